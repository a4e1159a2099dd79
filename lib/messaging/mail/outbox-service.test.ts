import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { generateKeyRing, type KeyRing, parseKeyRing } from '../../core/crypto/keys'
import { seal } from '../../core/crypto/seal'
import { createDb, type Db, transact } from '../../core/db'
import type { Deps } from '../../core/deps'
import { mint } from '../../core/kernel/proof'
import { systemRandom } from '../../core/kernel/random'
import { days, later, minutes, seconds } from '../../core/kernel/time'
import type { TenantAdmin } from '../../identity/actor/types'
import { databaseKinds, freshDatabase } from '../../testing/databases'
import type { SmsMessage } from '../sms/types'
import { countDeadMessages, deliverDue, enqueueMail, viewMessageTroubles } from './outbox-service'
import { type Mailer, type MailOrder, type Message, NotTakenOver, Undeliverable } from './types'

const ring = (text: string): KeyRing => {
  const parsed = parseKeyRing(text)
  if (!parsed.ok) throw new Error('malformed')
  return parsed.value
}
const keyText = generateKeyRing(systemRandom)
const start = new Date('2026-11-21T21:42:00.000Z')
const order: MailOrder = {
  to: 'ann@example.com',
  userId: null,
  tenantId: 't1',
  locale: 'en',
  template: 'device_passcode',
  values: { code: '081804', minutes: 5, address: '203.0.113.9', userAgent: null },
}
const notice: MailOrder = { ...order, template: 'two_factor_on', values: {} }

class Refused extends Error {
  override name = 'Refused'
}

describe.each(databaseKinds)('outbox (%s)', (kind) => {
  let database: Awaited<ReturnType<typeof freshDatabase>>
  let db: Db
  let now: Date
  let deps: Pick<Deps, 'db' | 'clock' | 'random' | 'keys' | 'publicUrl'>
  let sent: Message[]
  let mailer: Mailer

  beforeAll(async () => {
    database = await freshDatabase(kind)
    db = database.db
  })
  afterAll(async () => {
    await database.drop()
  })
  beforeEach(async () => {
    await db.outboxMessage.deleteMany()
    now = start
    deps = {
      db,
      clock: { now: () => now },
      random: systemRandom,
      keys: ring(keyText),
      publicUrl: 'https://id.example.com',
    }
    sent = []
    mailer = {
      send: async (message) => {
        sent.push(message)
      },
    }
  })

  const enqueue = (each: MailOrder = order) => transact(deps, (deps) => enqueueMail(deps, each))
  const deliver = (limit = 50) => deliverDue(deps, { mailer }, limit)
  const row = () => db.outboxMessage.findFirstOrThrow()
  const failing = (error: unknown): Mailer => ({ send: () => Promise.reject(error) })

  test('the console lists what failed and what is tried again, of this tenant alone and without what it said', async () => {
    const admin = mint<TenantAdmin>({ tenant: { tenant: { id: 't1' } } } as never)
    const stranger = mint<TenantAdmin>({ tenant: { tenant: { id: 't2' } } } as never)
    await enqueue(notice)
    await enqueue({ ...notice, to: 'bob@example.com' })
    await enqueue({ ...order, expiresAt: later(now, minutes(5)) })
    mailer = {
      send: ({ to }) =>
        Promise.reject(to === 'bob@example.com' ? new Undeliverable('SMTP_550') : new NotTakenOver('SMTP_451')),
    }
    await deliver()
    now = later(now, minutes(5))
    await deliver()
    const { dead, retried } = await viewMessageTroubles(deps, admin)
    expect(dead.map((each) => [each.recipient, each.template, each.trouble, each.lastError])).toEqual(
      expect.arrayContaining([
        ['ann@example.com', 'device_passcode', 'expired', 'expired'],
        ['bob@example.com', 'two_factor_on', 'rejected', 'SMTP_550'],
      ]),
    )
    expect(retried.map((each) => [each.recipient, each.trouble, each.tries])).toEqual([
      ['ann@example.com', 'not_taken_over', 2],
    ])
    expect(JSON.stringify([dead, retried])).not.toContain('081804')
    expect(await countDeadMessages(deps, admin)).toBe(2)
    expect(await viewMessageTroubles(deps, stranger)).toEqual({ dead: [], retried: [] })
    now = later(now, days(1) + 1)
    expect(await countDeadMessages(deps, admin)).toBe(0)
    now = later(now, days(30))
    expect((await viewMessageTroubles(deps, admin)).dead).toEqual([])
  })

  test('a message is sent once, as it was ordered, at the next delivery', async () => {
    await enqueue()
    now = later(now, seconds(1))
    expect(await deliver()).toEqual({ sent: 1, undelivered: [] })
    expect(await deliver()).toEqual({ sent: 0, undelivered: [] })
    expect(sent).toEqual([
      {
        id: (await row()).id,
        to: 'ann@example.com',
        subject: 'Your verification passcode',
        text: expect.stringContaining('081804'),
        html: expect.stringContaining('081804'),
        locale: 'en',
        createdAt: start,
      },
    ])
    expect(await row()).toMatchObject({ sentAt: now, failedAt: null, tries: 1, leasedUntil: null })
  })

  test('S10: no passcode stands readable in the outbox, before or after, and nothing stays once it is sent', async () => {
    await enqueue()
    const before = await row()
    expect(before.sealed).toMatch(/^1\./)
    const readable = [before.sealed, Buffer.from(before.sealed?.split('.')[2] ?? '', 'base64url').toString('latin1')]
    for (const text of [JSON.stringify(before), ...readable]) expect(text).not.toContain('081804')
    await deliver()
    const after = await row()
    expect(sent[0]?.text).toContain('081804')
    expect(after.sealed).toBeNull()
    expect(JSON.stringify(after)).not.toContain('081804')
  })

  test('S10: what a transport says of a mail it refuses is not kept', async () => {
    await enqueue()
    mailer = failing(new Error('cannot send "081804" to ann@example.com'))
    const { undelivered } = await deliver()
    expect(undelivered).toMatchObject([{ template: 'device_passcode', reason: 'Error', final: false }])
    expect(JSON.stringify([undelivered, await row()])).not.toContain('081804')
  })

  test('values sealed for one message cannot be sent with another', async () => {
    await enqueue()
    const first = await row()
    await enqueue({ ...order, to: 'eve@example.com' })
    await db.outboxMessage.updateMany({ where: { recipient: 'eve@example.com' }, data: { sealed: first.sealed } })
    const { undelivered } = await deliver()
    expect(sent.map(({ to }) => to)).toEqual(['ann@example.com'])
    expect(undelivered).toMatchObject([{ reason: 'unreadable', final: true }])
    expect(await db.outboxMessage.count({ where: { recipient: 'eve@example.com', sealed: null } })).toBe(1)
  })

  test('a message goes with the transaction it was ordered in, rolled back or committed', async () => {
    const work = transact(deps, async (deps) => {
      await enqueueMail(deps, order)
      throw new Error('the change failed')
    })
    await expect(work).rejects.toThrow('the change failed')
    expect(await db.outboxMessage.count()).toBe(0)
    await transact(deps, (deps) => enqueueMail(deps, order))
    expect((await deliver()).sent).toBe(1)
  })

  test.each([
    'ann@example.com, eve@example.com',
    'ann@example.com;eve@example.com',
    'ann@example.com\r\nBcc: eve@example.com',
    'Ann <ann@example.com>',
    'ann@example.com eve@example.com',
    'ann@eve@example.com',
    '@example.com',
    'ann@',
    'ann',
    '',
  ])('S23: %j is not one plain recipient', async (to) => {
    await expect(enqueue({ ...order, to })).rejects.toThrow('one plain address')
    expect(await db.outboxMessage.count()).toBe(0)
  })

  test('S23: links come from the public URL', async () => {
    await enqueue(notice)
    await deliver()
    expect(sent[0]?.text).toContain('https://id.example.com/account/security')
  })

  test('X6: company and person are named as they are at the time of sending, in the language ordered', async () => {
    const tenant = await db.tenant.create({ data: { slug: 'acme', name: 'Acme' } })
    const user = await db.user.create({ data: { tenantId: tenant.id, email: 'ann@example.com', name: 'Ann' } })
    await enqueue({ ...notice, userId: user.id, tenantId: tenant.id, locale: 'de-AT' })
    await db.user.update({ where: { id: user.id }, data: { name: 'Ann\r\nLee' } })
    await deliver()
    expect(sent[0]?.text).toMatch(/^Acme\n\nGuten Tag Ann Lee,\n/)
    expect(sent[0]?.locale).toBe('de')
    await enqueue({ ...notice, userId: 'gone', locale: null })
    await deliver()
    expect(sent[1]?.text).toMatch(/^Hello,\n/)
  })

  test('a burst of workers on connections of their own sends each message once', async () => {
    for (let n = 0; n < 12; n += 1) await enqueue({ ...notice, to: `p${n}@example.com` })
    const clients = Array.from({ length: 4 }, () => createDb({ url: database.url }))
    try {
      const all = await Promise.all(
        clients.flatMap((client) =>
          Array.from({ length: 4 }, () => deliverDue({ ...deps, db: client }, { mailer }, 50)),
        ),
      )
      expect(all.reduce((sum, each) => sum + each.sent, 0)).toBe(12)
      expect(sent.map(({ to }) => to).sort()).toEqual(Array.from({ length: 12 }, (_, n) => `p${n}@example.com`).sort())
    } finally {
      await Promise.all(clients.map((client) => client.$disconnect()))
    }
  })

  test('a failed message waits 30 seconds, doubled each time, and is dead after the eighth try', async () => {
    await enqueue(notice)
    mailer = failing(Object.assign(new Error('no'), { code: 'ECONNREFUSED' }))
    for (let n = 0; n < 7; n += 1) {
      expect((await deliver()).undelivered).toMatchObject([{ reason: 'ECONNREFUSED', final: false }])
      const wait = seconds(30) * 2 ** n
      expect(await row()).toMatchObject({ runAt: later(now, wait), failedAt: null, lastError: 'ECONNREFUSED' })
      now = later(now, wait - 1)
      expect(await deliver()).toEqual({ sent: 0, undelivered: [] })
      now = later(now, 1)
    }
    expect((await deliver()).undelivered).toMatchObject([{ reason: 'ECONNREFUSED', final: true }])
    expect(await row()).toMatchObject({ failedAt: now, sealed: null, tries: 8 })
    now = later(now, days(1) + 1)
    expect(await deliver()).toEqual({ sent: 0, undelivered: [] })
  })

  test('a message is sent at the next try after a failure', async () => {
    await enqueue()
    const good = mailer
    mailer = failing(new Refused())
    await deliver()
    mailer = good
    now = later(now, seconds(30))
    expect((await deliver()).sent).toBe(1)
    expect(await row()).toMatchObject({ sentAt: now, lastError: null, tries: 2 })
  })

  test('D6: a passcode is sent until its end and never at it or later', async () => {
    const expiresAt = later(start, minutes(5))
    await enqueue({ ...order, expiresAt })
    now = later(expiresAt, -1)
    expect((await deliver()).sent).toBe(1)
    await db.outboxMessage.deleteMany()
    now = start
    await enqueue({ ...order, expiresAt })
    now = expiresAt
    expect((await deliver()).undelivered).toMatchObject([{ reason: 'expired', final: true }])
    expect(sent).toHaveLength(1)
    expect(await row()).toMatchObject({ failedAt: now, sealed: null, lastError: 'expired', sentAt: null })
  })

  test('D6: a passcode that cannot be sent is gone at its end, not at the next try', async () => {
    const expiresAt = later(start, minutes(1))
    await enqueue({ ...order, expiresAt })
    mailer = failing(new Refused())
    await deliver()
    now = later(now, seconds(30))
    await deliver()
    expect(await row()).toMatchObject({ runAt: expiresAt })
    now = expiresAt
    expect((await deliver()).undelivered).toMatchObject([{ reason: 'expired', final: true }])
    expect((await row()).sealed).toBeNull()
  })

  test('a passcode does not wait behind mail that keeps', async () => {
    for (let n = 0; n < 5; n += 1) await enqueue(notice)
    now = later(now, seconds(1))
    await enqueue({ ...order, expiresAt: later(now, minutes(5)) })
    await deliver(1)
    expect(sent.map(({ subject }) => subject)).toEqual(['Your verification passcode'])
  })

  test('a message in the hands of a worker is left alone until the lease runs out, then another takes it', async () => {
    await enqueue(notice)
    let hang: () => void = () => undefined
    const stuck: Mailer = { send: () => new Promise<void>((resolve) => (hang = resolve)) }
    const first = deliverDue(deps, { mailer: stuck }, 1)
    await vi.waitFor(async () => expect((await row()).leasedUntil).not.toBeNull())
    now = later(start, minutes(2) - 1)
    expect(await deliver()).toEqual({ sent: 0, undelivered: [] })
    now = later(start, minutes(2))
    expect((await deliver()).sent).toBe(1)
    hang()
    await first
    expect(await row()).toMatchObject({ sentAt: now, tries: 2 })
  })

  test('a worker that lost its lease and failed does not undo what another has sent or is sending', async () => {
    await enqueue(notice)
    let fail: (error: Error) => void = () => undefined
    const stuck: Mailer = { send: () => new Promise<void>((_, reject) => (fail = reject)) }
    const first = deliverDue(deps, { mailer: stuck }, 1)
    await vi.waitFor(async () => expect((await row()).leasedUntil).not.toBeNull())
    now = later(start, minutes(2))
    await deliver()
    fail(new Refused())
    await first
    expect(await row()).toMatchObject({ sentAt: now, failedAt: null, lastError: null, runAt: start })
    now = later(now, days(1) + 1)
    expect((await deliver()).sent).toBe(0)
  })

  test('a message that ends its worker each time is given up after eight tries', async () => {
    await enqueue()
    for (let n = 0; n < 8; n += 1) {
      await db.outboxMessage.updateMany({ data: { leaseToken: 'dead', leasedUntil: now, tries: { increment: 1 } } })
    }
    expect((await deliver()).undelivered).toMatchObject([{ reason: 'too_many_tries', final: true }])
    expect(sent).toEqual([])
  })

  test('a transport that says nothing for a minute counts as failed', async () => {
    await enqueue(notice)
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    try {
      const silent: Mailer = {
        send: () => {
          queueMicrotask(() => vi.advanceTimersByTime(seconds(60)))
          return new Promise(() => undefined)
        },
      }
      const { undelivered } = await deliverDue(deps, { mailer: silent }, 1)
      expect(undelivered).toMatchObject([{ reason: 'TimedOut', final: false }])
    } finally {
      vi.useRealTimers()
    }
  })

  test('no message is begun once the worker is to stop', async () => {
    for (let n = 0; n < 20; n += 1) await enqueue(notice)
    let stopped = false
    const last: Mailer = {
      send: async () => {
        stopped = true
      },
    }
    const { sent: done } = await deliverDue(deps, { mailer: last }, 50, () => stopped)
    expect(done).toBeLessThanOrEqual(4)
    expect(await db.outboxMessage.count({ where: { sentAt: null, leaseToken: null } })).toBe(20 - done)
  })

  test('a message of a template that no longer exists is dead, and others are sent', async () => {
    await enqueue(notice)
    await db.outboxMessage.updateMany({ data: { template: 'gone' } })
    await enqueue(notice)
    expect(await deliver()).toMatchObject({ sent: 1, undelivered: [{ template: 'gone', reason: 'unreadable' }] })
  })

  test('what the version before queued is sent after an upgrade, with its times and its number', async () => {
    const queued = async (id: string, row: { channel: string; template: string; locale: string }, values: string) => {
      const sealed = seal(deps.keys, deps.random, values, ['outbox', id])
      await db.outboxMessage.create({
        data: { id, recipient: 'ann@example.com', sealed, runAt: now, createdAt: now, ...row },
      })
    }
    const mail = { channel: 'email', template: 'exempted', locale: 'de' }
    await queued('m1', mail, '{"by":"Olga Owner","until":"2026-11-27T09:00:00.000Z"}')
    await queued('m2', { ...mail, template: 'too_many_attempts', locale: 'en' }, '{"until":null}')
    const passcode = { channel: 'sms', template: 'sms_passcode', locale: 'en' }
    await queued('s1', passcode, '{"code":"081804","minutes":5,"to":"+4915112345678"}')
    await queued('s2', { ...passcode, template: 'sms_code_issued' }, '{"to":"+4915112345678"}')
    const texts: SmsMessage[] = []
    const sms = { send: async (message: SmsMessage) => void texts.push(message) }
    expect(await deliverDue(deps, { mailer, sms }, 50)).toEqual({ sent: 4, undelivered: [] })
    const said = new Map([...sent, ...texts].map(({ id, text }) => [id, text]))
    expect(said.get('m1')).toContain('Olga Owner hat Sie bis 27. November 2026 um 09:00 UTC')
    expect(said.get('m2')).toContain('locked until you use a recovery code')
    expect(said.get('s1')).toBe(
      '081804 is your passcode for id.example.com. Valid for 5 minutes. Do not give it to anyone.\n\n@id.example.com #081804',
    )
    expect(said.get('s2')).toContain('an admin created a recovery code for you')
    expect(texts.map(({ to }) => to)).toEqual(['+4915112345678', '+4915112345678'])
  })

  test('after a rotation of keys waiting messages are still sent', async () => {
    await enqueue()
    deps = { ...deps, keys: ring(`${generateKeyRing(systemRandom)},${keyText}`) }
    expect((await deliver()).sent).toBe(1)
  })
})
