import { afterEach, describe, expect, test } from 'vitest'
import { databaseKinds } from '../testing/databases'
import { emptyInstallation, INIT, PASSWORD, run, runJson, withDb } from './testing'

const drops: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const drop of drops.splice(0)) await drop()
})

describe.each(databaseKinds)('break-glass (%s)', (kind) => {
  async function anInstallation() {
    const { env, drop } = await emptyInstallation(kind)
    drops.push(drop)
    const made = await run(env, INIT, { stdin: PASSWORD })
    if (made.code !== 0) throw new Error(made.err)
    const email = await withDb(env, async (db) => (await db.user.findFirstOrThrow()).email)
    return { env, email }
  }

  test('R8 S10: prints a code for an owner once, keeps its hash alone, and tells the owners', async () => {
    const { env, email } = await anInstallation()
    const made = await runJson(env, ['break-glass', '--email', email.toUpperCase(), '--reason', 'all phones lost'])
    expect(made.code).toBe(0)
    const code = String(made.data.code)
    expect(code).toMatch(/^[A-Z2-7]{4}(-[A-Z2-7]{4}){3}$/)
    await withDb(env, async (db) => {
      expect(await db.recoveryCode.count({ where: { kind: 'issued' } })).toBe(1)
      expect(JSON.stringify(await db.recoveryCode.findMany())).not.toContain(code.replaceAll('-', ''))
      expect(await db.outboxMessage.count({ where: { template: 'break_glass', recipient: email } })).toBe(1)
      const [event] = await db.auditEvent.findMany({ where: { kind: 'break_glass' } })
      expect(event).toMatchObject({ actorKind: 'operator' })
      expect(event?.data).toContain('all phones lost')
      expect(event?.data).not.toContain(code)
    })
  })

  test('R8: for nobody, for whoever is no owner, and without a reason there is none', async () => {
    const { env, email } = await anInstallation()
    const add = [
      'users',
      'create',
      '--email',
      'ann@example.com',
      '--name',
      'Ann',
      '--role',
      'admin',
      '--password-stdin',
    ]
    await run(env, add, { stdin: PASSWORD })
    const tries: [string[], number][] = [
      [['--email', 'no@example.com', '--reason', 'x'], 1],
      [['--email', 'ann@example.com', '--reason', 'x'], 1],
      [['--email', email], 2],
      [['--email', email, '--reason', ' '], 2],
      [['--email', 'no address', '--reason', 'x'], 1],
    ]
    for (const [args, code] of tries)
      expect([args, (await run(env, ['break-glass', ...args])).code]).toEqual([args, code])
    expect(await withDb(env, (db) => db.recoveryCode.count())).toBe(0)
  })
})
