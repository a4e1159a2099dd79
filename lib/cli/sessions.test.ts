import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { databaseKinds } from '../testing/databases'
import { emptyInstallation, INIT, PASSWORD, run, runJson, withDb } from './testing'

const drops: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const drop of drops.splice(0)) await drop()
})

describe.each(databaseKinds)('sessions end (%s)', (kind) => {
  test('SE4: everybody is signed out of every tenant, and the log of each says by whom and why', async () => {
    const { env, drop } = await emptyInstallation(kind)
    drops.push(drop)
    await run(env, INIT, { stdin: PASSWORD })
    const at = new Date(Date.now() - 60_000)
    await withDb(env, async (db) => {
      const { id: userId } = await db.user.findFirstOrThrow()
      await db.session.create({
        data: {
          userId,
          tokenHash: 'x',
          methods: 'pwd',
          createdAt: at,
          lastSeenAt: at,
          expiresAt: new Date(Date.now() + 3_600_000),
          idleSeconds: 3600,
        },
      })
    })
    expect((await run(env, ['sessions', 'end', '--all'])).code).toBe(2)
    expect((await run(env, ['sessions', 'end', '--reason', 'stolen laptop'])).code).toBe(2)
    const ended = await runJson(env, ['sessions', 'end', '--all', '--reason', 'stolen laptop'])
    expect(ended).toMatchObject({ code: 0, data: { ok: true, sessions: 1, tenants: 1 } })
    await withDb(env, async (db) => {
      const rules = await db.policyRule.findMany()
      expect(rules.every(({ sessionsVoidedAt }) => sessionsVoidedAt !== null && sessionsVoidedAt > at)).toBe(true)
      expect((await db.tenant.findFirstOrThrow()).trustVoidedAt?.getTime()).toBeGreaterThan(at.getTime())
      const event = await db.auditEvent.findFirstOrThrow({ where: { kind: 'contained' } })
      expect(event).toMatchObject({ actorKind: 'operator' })
      expect(event.data).toContain('stolen laptop')
    })
  })
})

test('S28: a command that finds no key file where people depend on its keys leaves none of its own', async () => {
  const { env, drop } = await emptyInstallation('sqlite')
  drops.push(drop)
  await run(env, INIT, { stdin: PASSWORD })
  const keyFile = join(env.DATA_DIR ?? '', 'secret.keys')
  rmSync(keyFile)
  const refused = await runJson(env, ['sessions', 'end', '--all', '--reason', 'stolen laptop'])
  expect(refused).toMatchObject({ code: 1, data: { ok: false, code: 'unknown_key' } })
  expect(existsSync(keyFile)).toBe(false)
})
