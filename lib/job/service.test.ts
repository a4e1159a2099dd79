import { beforeEach, expect, test } from 'vitest'
import { days, earlier, hours, later, minutes } from '../core/kernel/time'
import { eachDatabase } from '../testing/databases'
import { ATTEMPTS_RETENTION, cleanUp, MAIL_RETENTION, PASSCODES_RETENTION } from './service'

const now = new Date('2026-11-21T21:42:00.000Z')

eachDatabase('cleaning', (open) => {
  let userId: string
  const deps = () => ({ db: open(), clock: { now: () => now } })

  beforeEach(async () => {
    const db = open()
    await db.passcode.deleteMany()
    await db.signInAttempt.deleteMany()
    await db.throttle.deleteMany()
    await db.outboxMessage.deleteMany()
    await db.user.deleteMany()
    await db.tenant.deleteMany()
    const tenant = await db.tenant.create({ data: { slug: 'acme', name: 'Acme' } })
    userId = (await db.user.create({ data: { tenantId: tenant.id, email: 'ann@example.com', name: 'Ann' } })).id
  })

  const passcode = (expiresAt: Date, id: string) => ({
    id,
    userId,
    channel: 'email',
    salt: 's',
    hash: 'h',
    keyId: 'k',
    expiresAt,
  })

  test('passcodes and attempts go some time after their end, not before', async () => {
    const db = open()
    await db.passcode.createMany({
      data: [
        passcode(earlier(now, PASSCODES_RETENTION + 1), 'old'),
        passcode(earlier(now, PASSCODES_RETENTION), 'kept'),
        passcode(later(now, minutes(5)), 'open'),
      ],
    })
    await db.signInAttempt.createMany({
      data: [
        { id: 'old', tokenHash: '1', userId, expiresAt: earlier(now, ATTEMPTS_RETENTION + 1) },
        { id: 'kept', tokenHash: '2', userId, expiresAt: earlier(now, ATTEMPTS_RETENTION) },
      ],
    })
    await cleanUp(deps())
    expect((await db.passcode.findMany({ orderBy: { id: 'asc' } })).map(({ id }) => id)).toEqual(['kept', 'open'])
    expect((await db.signInAttempt.findMany()).map(({ id }) => id)).toEqual(['kept'])
  })

  test('S5: ended windows go; a counter with a lifetime, a block or a running window stays', async () => {
    const db = open()
    const ended = { failures: 3, windowEndsAt: earlier(now, 1) }
    await db.throttle.createMany({
      data: [
        { key: 'ended', ...ended },
        { key: 'ended-block', ...ended, blockedUntil: earlier(now, 1) },
        { key: 'lifetime', ...ended, lifetime: 1 },
        { key: 'blocked', ...ended, blockedUntil: later(now, 1) },
        { key: 'running', failures: 1, windowEndsAt: now },
      ],
    })
    await cleanUp(deps())
    const left = (await db.throttle.findMany()).map(({ key }) => key).sort()
    expect(left).toEqual(['blocked', 'lifetime', 'running'])
  })

  test('mail that is sent or dead goes after a time, waiting mail never', async () => {
    const db = open()
    const mail = { channel: 'email', recipient: 'ann@example.com', template: 'two_factor_on', locale: 'en', runAt: now }
    const old = earlier(now, MAIL_RETENTION + 1)
    await db.outboxMessage.createMany({
      data: [
        { ...mail, id: 'sent', createdAt: old, sentAt: old },
        { ...mail, id: 'dead', createdAt: old, failedAt: old },
        { ...mail, id: 'waiting', createdAt: old },
        { ...mail, id: 'young', createdAt: earlier(now, days(29)), sentAt: now },
      ],
    })
    await cleanUp(deps())
    expect((await db.outboxMessage.findMany()).map(({ id }) => id).sort()).toEqual(['waiting', 'young'])
  })

  test('more rows than a batch holds all go, and a stop ends it between batches', async () => {
    const db = open()
    const fill = () =>
      db.throttle.createMany({
        data: Array.from({ length: 1203 }, (_, n) => ({ key: `k${n}`, windowEndsAt: earlier(now, hours(1)) })),
      })
    await fill()
    await cleanUp(deps())
    expect(await db.throttle.count()).toBe(0)
    await fill()
    let asked = 0
    await cleanUp(deps(), () => {
      asked += 1
      return asked > 5
    })
    expect(await db.throttle.count()).toBe(1203 - 1000)
  })
})
