import { afterEach, describe, expect, test } from 'vitest'
import { databaseKinds } from '../testing/databases'
import { setRules } from '../testing/policy'
import { emptyInstallation, INIT, PASSWORD, run, runJson, withDb } from './testing'

const drops: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const drop of drops.splice(0)) await drop()
})

describe.each(databaseKinds)('why (%s)', (kind) => {
  test('M9: names the setting that decides, before and after it changes, and what decided the last sign-in', async () => {
    const { env, drop } = await emptyInstallation(kind)
    drops.push(drop)
    await run(env, INIT, { stdin: PASSWORD })
    const owner = await withDb(env, (db) => db.user.findFirstOrThrow())
    const before = await runJson(env, ['why', '--email', owner.email.toUpperCase()])
    expect(before).toMatchObject({
      code: 0,
      data: { ok: true, coverage: { path: 'let_in', rule: 'not_required' }, signIns: [] },
    })
    const tenant = await withDb(env, async (db) => {
      await setRules(db, undefined, { team: { required: true, requiredSince: new Date(0) } })
      await db.auditEvent.create({
        data: {
          tenantId: owner.tenantId,
          at: new Date(),
          kind: 'sign_in_succeeded',
          actorKind: 'user',
          subjectId: owner.id,
          data: JSON.stringify({ decision: 'not_asked', rule: 'not_required', level: 'tenant' }),
        },
      })
      return db.tenant.findFirstOrThrow()
    })
    const { out, code } = await run(env, ['why', '--email', owner.email])
    expect(code).toBe(0)
    expect(out).toContain('Must set up 2FA at the next sign-in')
    expect(out).toContain(`because ${tenant.name} has required it since 1970-01-01`)
    expect(out).toContain(`  * ${tenant.name} requires 2FA for team members`)
    expect(out).toContain('  - the person did not turn 2FA on')
    expect(out).toMatch(/: not_asked \(not_required, tenant\)/)
  })

  test('M9: an address that nobody has is said to be one, and without an address it is no command', async () => {
    const { env, drop } = await emptyInstallation(kind)
    drops.push(drop)
    await run(env, INIT, { stdin: PASSWORD })
    expect(await runJson(env, ['why', '--email', 'no@example.com'])).toMatchObject({
      code: 1,
      data: { code: 'nobody' },
    })
    expect((await run(env, ['why'])).code).toBe(2)
  })
})
