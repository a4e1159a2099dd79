import { beforeAll, beforeEach, expect, test } from 'vitest'
import { unseal } from '../../core/crypto/seal'
import { type Db, transact } from '../../core/db'
import { days, later, minutes, seconds } from '../../core/kernel/time'
import { personById } from '../../identity/user/service'
import { eachDatabase } from '../../testing/databases'
import { failingAt } from '../../testing/observed'
import { aPerson, aTenant, quickWorld, REQUEST, type TestWorld } from '../../testing/world'
import { factorCounters } from '../throttle/service'
import { PASSCODE_TTL } from './rules'
import {
  findPasscode,
  newestSentAt,
  nextMessageAt,
  sendPasscode,
  usePasscode as spendPasscode,
  takeMessageSlot,
} from './service'
import type { PasscodeScope } from './types'

eachDatabase('passcodes', (open) => {
  let world: TestWorld
  let db: Db
  let slug: string
  let reader: { id: string; email: string; tenantId: string; locale: string }
  let scope: PasscodeScope & { sessionId: string }
  let count = 0

  beforeAll(async () => {
    db = open()
    world = quickWorld(db)
    slug = (await aTenant(world)).slug
  })
  beforeEach(async () => {
    world.clock.move(seconds(10))
    count += 1
    const { id } = await aPerson(world, slug)
    const found = await personById(db, id)
    if (found === null) throw new Error('no person')
    reader = { ...found.person, locale: 'en' }
    scope = { userId: id, factorId: null, sessionId: `session ${count}` }
  })

  const send = async (to: PasscodeScope = scope, purpose: 'device' | 'step_up' = 'device') => {
    world.clock.move(seconds(1))
    await transact(world, (world) =>
      sendPasscode(world, to, reader, { purpose, channel: { kind: 'email' }, request: REQUEST }),
    )
    return mailed()
  }
  const mailed = async () => {
    const mail = await db.outboxMessage.findFirstOrThrow({
      where: { recipient: reader.email },
      orderBy: { createdAt: 'desc' },
    })
    const values: Record<string, unknown> = JSON.parse(unseal(world.keys, mail.sealed ?? '', ['outbox', mail.id]) ?? '')
    return { mail, values, code: String(values.code) }
  }

  test('D6: the mail says what it is for, to the registered address, and is dropped when the passcode is', async () => {
    const { mail, values } = await send()
    expect(mail).toMatchObject({
      template: 'device_passcode',
      recipient: reader.email,
      userId: reader.id,
      tenantId: reader.tenantId,
      expiresAt: later(world.clock.now(), PASSCODE_TTL),
    })
    expect(values).toEqual({
      code: expect.stringMatching(/^\d{6}$/),
      minutes: 5,
      address: REQUEST.address,
      userAgent: REQUEST.userAgent,
    })
    const stepUp = await send(scope, 'step_up')
    expect(stepUp.mail.template).toBe('step_up_passcode')
    expect(stepUp.values).toEqual({ code: expect.stringMatching(/^\d{6}$/), minutes: 5 })
  })

  test('S10: the row has a digest and a salt of its own, and not the digits', async () => {
    const { code } = await send()
    await send({ userId: reader.id, factorId: null, sessionId: `other ${count}` })
    const rows = await db.passcode.findMany({ where: { userId: reader.id } })
    expect(rows).toHaveLength(2)
    expect(new Set(rows.map((row) => row.salt)).size).toBe(2)
    for (const row of rows) expect([row.salt, row.hash]).not.toContain(code)
    expect(rows.map((row) => Buffer.from(row.salt, 'base64url').length)).toEqual([16, 16])
    expect(rows.every((row) => row.keyId === world.keys.currentId && row.channel === 'email')).toBe(true)
  })

  test('D6: only the newest of an attempt or session counts', async () => {
    const old = await send()
    const { code } = await send()
    expect(await findPasscode(world, scope, old.code)).toEqual({ verdict: 'wrong' })
    expect(await findPasscode(world, scope, code)).toMatchObject({ verdict: 'right' })
  })

  test('D6: one that was replaced never counts again, not after the newer one was used either', async () => {
    const old = await send()
    const { code } = await send()
    const judged = await findPasscode(world, scope, code)
    if (judged.verdict !== 'right') throw new Error(judged.verdict)
    expect(await transact(world, (world) => spendPasscode(world, scope, judged.id))).toBe(true)
    for (const typed of [old.code, code])
      expect(await findPasscode(world, scope, typed)).toEqual({ verdict: 'expired' })
  })

  test('S22: it serves no other session, no attempt and no other person', async () => {
    const { code } = await send()
    const others: PasscodeScope[] = [
      { userId: reader.id, factorId: null, sessionId: 'another' },
      { userId: reader.id, factorId: null, attemptId: scope.sessionId },
      { userId: reader.id, factorId: 'a factor', sessionId: scope.sessionId },
      { userId: 'somebody', factorId: null, sessionId: scope.sessionId },
    ]
    const judged = await findPasscode(world, scope, code)
    if (judged.verdict !== 'right') throw new Error(judged.verdict)
    for (const other of others) {
      expect(await findPasscode(world, other, code)).toEqual({ verdict: 'expired' })
      expect(await transact(world, (world) => spendPasscode(world, other, judged.id))).toBe(false)
      expect(await newestSentAt(world, other)).toBeNull()
    }
    expect(await transact(world, (world) => spendPasscode(world, scope, judged.id))).toBe(true)
  })

  test('D6: a new one in one session leaves that of another', async () => {
    const other = { userId: reader.id, factorId: null, sessionId: `other ${count}` }
    const { code } = await send()
    await send(other)
    expect(await findPasscode(world, scope, code)).toMatchObject({ verdict: 'right' })
  })

  test.each([64])('S4, N34: of %i uses at once one counts', async (size) => {
    const { code } = await send()
    const judged = await findPasscode(world, scope, code)
    if (judged.verdict !== 'right') throw new Error(judged.verdict)
    const { id } = judged
    const uses = await Promise.all(
      Array.from({ length: size }, () => transact(world, (world) => spendPasscode(world, scope, id))),
    )
    expect(uses.filter(Boolean)).toHaveLength(1)
  })

  test.each([
    [-1, true],
    [0, false],
  ])('D6: %i ms after five minutes it can be used: %s', async (offset, usable) => {
    const { code } = await send()
    const judged = await findPasscode(world, scope, code)
    if (judged.verdict !== 'right') throw new Error(judged.verdict)
    world.clock.move(PASSCODE_TTL + offset)
    expect((await newestSentAt(world, scope)) !== null).toBe(usable)
    expect(await transact(world, (world) => spendPasscode(world, scope, judged.id))).toBe(usable)
  })

  test('a replaced one cannot be used, although it was judged right before', async () => {
    const { code } = await send()
    const judged = await findPasscode(world, scope, code)
    if (judged.verdict !== 'right') throw new Error(judged.verdict)
    await send()
    expect(await transact(world, (world) => spendPasscode(world, scope, judged.id))).toBe(false)
  })

  test('S14: without its mail there is no new passcode, and the old one still counts', async () => {
    const { code } = await send()
    world.clock.move(seconds(1))
    const broken = failingAt(world, 'INSERT INTO outbox_message')
    await expect(
      transact(broken, (broken) =>
        sendPasscode(broken, scope, reader, { purpose: 'device', channel: { kind: 'email' }, request: REQUEST }),
      ),
    ).rejects.toThrow()
    expect(await findPasscode(world, scope, code)).toMatchObject({ verdict: 'right' })
  })

  // ——— how many mails ———

  const lane = (deviceId: string | null = null, id = reader.id) => factorCounters(id, deviceId)
  const take = () => takeMessageSlot(world, reader, { kind: 'email' }, lane())

  test('D6: nine in fifteen minutes', async () => {
    for (let sent = 0; sent < 9; sent += 1) expect(await take()).toMatchObject({ ok: true })
    const until = later(world.clock.now(), minutes(15))
    expect(await take()).toEqual({ ok: false, code: 'throttled', detail: { until } })
    world.clock.move(minutes(15))
    expect(await take()).toMatchObject({ ok: true })
  })

  test('D6: thirty a day', async () => {
    for (let sent = 0; sent < 30; sent += 1) {
      world.clock.move(minutes(15))
      expect(await take()).toMatchObject({ ok: true })
    }
    const until = later(world.clock.now(), days(1))
    world.clock.move(minutes(15))
    expect(await take()).toEqual({ ok: false, code: 'throttled', detail: { until } })
    const [quarter] = lane().messages
    expect((await db.throttle.findUnique({ where: { key: quarter } }))?.failures).toBe(0)
    world.clock.move(days(1))
    expect(await take()).toMatchObject({ ok: true })
  })

  test.each([64])('S4 D6: of %i at once nine go', async (size) => {
    const taken = await Promise.all(Array.from({ length: size }, take))
    expect(taken.filter((each) => each.ok)).toHaveLength(9)
  })

  test('D6: people do not share the limit', async () => {
    for (let sent = 0; sent < 10; sent += 1) await take()
    const other = lane(null, 'somebody else')
    expect(await takeMessageSlot(world, reader, { kind: 'email' }, other)).toMatchObject({ ok: true })
  })

  test('N7 S30: a known device has as many of its own, and the next one is known before it is asked for', async () => {
    const at = (deviceId: string | null) => nextMessageAt(world, reader, { kind: 'email' }, lane(deviceId))
    for (let sent = 0; sent < 9; sent += 1) await take()
    expect(await take()).toMatchObject({ ok: false })
    expect(await at(null)).toEqual(later(world.clock.now(), minutes(15)))
    expect(await at('device')).toBeNull()
    for (let sent = 0; sent < 9; sent += 1) {
      expect(await takeMessageSlot(world, reader, { kind: 'email' }, lane('device'))).toMatchObject({ ok: true })
    }
    expect(await takeMessageSlot(world, reader, { kind: 'email' }, lane('device'))).toMatchObject({ ok: false })
    expect(await at('another')).toBeNull()
    world.clock.move(minutes(15))
    expect(await at(null)).toBeNull()
  })

  test('N7 S30: five texts an hour to one number from elsewhere leave a known device its own', async () => {
    const text = (deviceId: string | null) => {
      const phone = { number: '+491701230000', ordinary: true }
      return takeMessageSlot(world, reader, { kind: 'sms', phone }, lane(deviceId))
    }
    for (let sent = 0; sent < 5; sent += 1) expect(await text(null)).toMatchObject({ ok: true })
    expect(await text(null)).toMatchObject({ ok: false })
    expect(await text('device')).toMatchObject({ ok: true })
  })

  // ——— text messages by number ———

  /** Somebody new each time, so that only what the numbers have in common is counted. */
  const text = (number: string, ordinary: boolean, index: number) =>
    takeMessageSlot(
      world,
      { tenantId: `tenant ${index}` },
      { kind: 'sms', phone: { number, ordinary } },
      lane(null, `reader ${index}`),
    )

  test('N7: to numbers of one unusual prefix five a day, whoever asks and whichever of them', async () => {
    for (let sent = 0; sent < 5; sent += 1)
      expect(await text(`+8835100000${sent}`, false, sent)).toMatchObject({ ok: true })
    expect(await text('+88351000009', false, 9)).toMatchObject({ ok: false, code: 'throttled' })
    expect(await text('+88352000009', false, 9)).toMatchObject({ ok: true })
    world.clock.move(days(1))
    expect(await text('+88351000009', false, 9)).toMatchObject({ ok: true })
  })

  test('N7: ordinary mobile numbers share no prefix’s limit', async () => {
    for (let sent = 0; sent < 9; sent += 1)
      expect(await text(`+4917012345${sent}7`, true, sent)).toMatchObject({ ok: true })
  })

  test.each([64])('S4 N7: of %i at once to one unusual prefix five go', async (size) => {
    const taken = await Promise.all(
      Array.from({ length: size }, (_, index) => text(`+8839900${1000 + index}`, false, index)),
    )
    expect(taken.filter((each) => each.ok)).toHaveLength(5)
  })
})
