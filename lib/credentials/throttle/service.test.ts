import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Db } from '../../core/db'
import { hours, later, minutes } from '../../core/kernel/time'
import { eachDatabase } from '../../testing/databases'
import { quickWorld, type TestWorld } from '../../testing/world'
import { FACTOR_LIFETIME, FACTOR_LIFETIME_UNKNOWN, FACTOR_ROUND, type WindowLimit } from './rules'
import {
  askersCounters,
  chargeFactorTry,
  factorCounters,
  giveBack,
  nextSlot,
  noteFactorFailure,
  refundFactorTry,
  resetFactorCounters,
  resetRounds,
  takeNotice,
  takeSlot,
  takeSlots,
  throttleKey,
} from './service'
import { updateFactorNextRound } from './store'

const THREE: WindowLimit = { failures: 3, window: minutes(15) }
const BURSTS = [64]

eachDatabase('counters', (open) => {
  let world: TestWorld
  let db: Db
  let key: string
  let user: string
  let count = 0

  beforeAll(() => {
    db = open()
    world = quickWorld(db)
  })
  beforeEach(() => {
    count += 1
    key = `key ${count}`
    user = `user ${count}`
  })

  const take = (limit = THREE) => takeSlot(world, key, limit)
  const failuresOf = async (name = key) => (await db.throttle.findUnique({ where: { key: name } }))?.failures
  const inParallel = <T>(size: number, work: (index: number) => Promise<T>) =>
    Promise.all(Array.from({ length: size }, (_, index) => work(index)))

  test('a window lets as many through as its limit, then none until it ends', async () => {
    const { window } = THREE
    for (const _ of [1, 2, 3]) expect(await take()).toMatchObject({ ok: true })
    const until = later(world.clock.now(), window)
    expect(await take()).toEqual({ ok: false, code: 'throttled', detail: { until } })
    world.clock.move(window - 1)
    expect(await take()).toEqual({ ok: false, code: 'throttled', detail: { until } })
    world.clock.move(1)
    expect(await take()).toMatchObject({ ok: true })
  })

  test('the wait is a whole window from the last place, not the rest of the first', async () => {
    await take()
    await take()
    world.clock.move(minutes(14))
    expect(await take()).toMatchObject({ ok: true })
    expect(await take()).toMatchObject({ detail: { until: later(world.clock.now(), minutes(15)) } })
  })

  test('an ended window begins anew with a full limit, and not at its end less a millisecond', async () => {
    await take()
    await take()
    world.clock.move(minutes(15) - 1)
    expect(await failuresOf()).toBe(2)
    await take()
    expect(await failuresOf()).toBe(3)
    world.clock.move(minutes(15))
    await take()
    expect(await failuresOf()).toBe(1)
  })

  test('a success gives its place back, and never makes room for more', async () => {
    for (const _ of Array.from({ length: 10 })) {
      expect(await take()).toMatchObject({ ok: true })
      await giveBack(db, [key])
    }
    await giveBack(db, [key])
    expect(await failuresOf()).toBe(0)
    for (const _ of [1, 2, 3]) expect(await take()).toMatchObject({ ok: true })
    expect(await take()).toMatchObject({ ok: false })
  })

  test('a refused request counts for nothing', async () => {
    for (const _ of [1, 2, 3, 4, 5, 6]) await take()
    expect(await failuresOf()).toBe(3)
  })

  test('of two counters both are taken or neither, so that a client shut out cannot shut out others', async () => {
    const client = `client of ${key}`
    const places = [
      { key, limit: THREE },
      { key: client, limit: { failures: 1, window: minutes(15) } },
    ]
    expect(await takeSlots(world, places)).toMatchObject({ ok: true })
    for (const _ of Array.from({ length: 5 })) expect(await takeSlots(world, places)).toMatchObject({ ok: false })
    expect(await failuresOf()).toBe(1)
    expect(await failuresOf(client)).toBe(1)
  })

  test('the last place of one counter does not begin its wait when the other refuses', async () => {
    const full = `full ${key}`
    const one = { failures: 1, window: minutes(15) }
    await takeSlot(world, full, one)
    world.clock.move(minutes(5))
    await take()
    await take()
    world.clock.move(minutes(1))
    await takeSlots(world, [
      { key, limit: THREE },
      { key: full, limit: one },
    ])
    expect(await failuresOf()).toBe(2)
    expect(await take()).toMatchObject({ ok: true })
  })

  test.each(BURSTS)('S4: of %i at once exactly the limit get a place', async (size) => {
    const results = await inParallel(size, () => take())
    expect(results.filter((each) => each.ok)).toHaveLength(3)
    expect(await take()).toMatchObject({ ok: false })
  })

  test.each(BURSTS)('S4: of %i at once at the end of a window exactly the limit get a place', async (size) => {
    for (const _ of [1, 2, 3, 4]) await take()
    world.clock.move(minutes(15))
    const results = await inParallel(size, () => take())
    expect(results.filter((each) => each.ok)).toHaveLength(3)
    expect(await take()).toMatchObject({ ok: false })
  })

  test('S4: requests refused in one window take nothing from the count of the next', async () => {
    for (const _ of [1, 2, 3]) await take()
    const next = later(world.clock.now(), minutes(15))
    const results = await inParallel(64, (index) =>
      takeSlot(index % 2 === 0 ? world : { ...world, clock: { now: () => next } }, key, THREE),
    )
    expect(results.filter((each) => each.ok)).toHaveLength(3)
    world.clock.move(minutes(15))
    expect(await take()).toMatchObject({ ok: false })
  })

  describe('a clock that was two hours ahead for a minute', () => {
    const underIt = async (work: () => Promise<unknown>) => {
      world.clock.move(hours(2))
      await work()
      world.clock.move(-hours(2))
    }

    test('S4: leaves a wait of one window from the next try on, and gives no place more', async () => {
      await underIt(async () => {
        for (const _ of [1, 2, 3]) await take()
      })
      const until = later(world.clock.now(), minutes(15))
      expect(await nextSlot(world, [{ key, limit: THREE }])).toEqual(until)
      const results = await inParallel(64, () => take())
      expect(results.every((each) => !each.ok && each.detail.until?.getTime() === until.getTime())).toBe(true)
      world.clock.move(minutes(15) - 1)
      expect(await take()).toEqual({ ok: false, code: 'throttled', detail: { until } })
      world.clock.move(1)
      for (const _ of [1, 2, 3]) expect(await take()).toMatchObject({ ok: true })
      expect(await take()).toMatchObject({ ok: false })
    })

    test('M7: keeps no notice back for longer than one interval', async () => {
      await underIt(() => takeNotice(world, 'test', user))
      expect(await takeNotice(world, 'test', user)).toBe(false)
      world.clock.move(minutes(30))
      expect(await takeNotice(world, 'test', user)).toBe(true)
    })

    test('S5: leaves a wait after a round of failures that is as long as the round’s from the next try on', async () => {
      await underIt(() => failRound())
      const until = later(world.clock.now(), minutes(15))
      const refused = { judged: false, charged: { ok: false, code: 'throttled', detail: { until } } }
      expect(await fail()).toEqual(refused)
      world.clock.move(minutes(15) - 1)
      expect(await fail()).toEqual(refused)
      world.clock.move(1)
      expect(await fail()).toEqual({ judged: true, wait: null })
    })
  })

  test('S4: two counters taken and given back by 64 at once end at nothing', async () => {
    const wide = { failures: 1000, window: minutes(15) }
    const both = [`b ${key}`, `a ${key}`]
    await inParallel(64, async () => {
      expect(
        await takeSlots(
          world,
          both.map((each) => ({ key: each, limit: wide })),
        ),
      ).toMatchObject({ ok: true })
      await giveBack(db, both)
    })
    expect(await Promise.all(both.map(failuresOf))).toEqual([0, 0])
  })

  test('the name of a counter tells nothing of whom it counts', () => {
    const named = throttleKey(world, 'password', 'ann@example.com')
    expect(named).toMatch(/^password:[A-Za-z0-9_-]{43}$/)
    expect(throttleKey(world, 'password', 'bob@example.com')).not.toBe(named)
    expect(throttleKey(quickWorld(db), 'password', 'ann@example.com')).not.toBe(named)
  })

  // ——— the second factor ———

  const unknown = () => factorCounters(user, null)
  const known = (device = 'device') => factorCounters(user, device)
  const rowOf = (name: string) => db.throttle.findUniqueOrThrow({ where: { key: name } })
  const fail = async (counters = unknown()) => {
    const charged = await chargeFactorTry(world, counters)
    return charged.ok ? { judged: true, wait: await noteFactorFailure(world, counters) } : { judged: false, charged }
  }
  const failRound = async (counters = unknown()) => {
    for (const _ of [1, 2, 3, 4]) expect(await fail(counters)).toEqual({ judged: true, wait: null })
    return fail(counters)
  }

  test('S5: the fifth failure begins a wait of 15 minutes, which doubles with each round up to a day', async () => {
    for (const wait of [15, 30, 60, 120, 240, 480, 960, 1440, 1440]) {
      const until = later(world.clock.now(), minutes(wait))
      expect(await failRound()).toEqual({ judged: true, wait: { until } })
      expect(await fail()).toEqual({ judged: false, charged: { ok: false, code: 'throttled', detail: { until } } })
      world.clock.move(minutes(wait) - 1)
      expect(await fail()).toMatchObject({ judged: false })
      world.clock.move(1)
    }
  })

  test('S5: at 100 consecutive failures no time helps, on any device', async () => {
    await fail()
    await fail(known())
    await db.throttle.update({ where: { key: unknown().person }, data: { lifetime: FACTOR_LIFETIME - 1 } })
    expect(await fail()).toEqual({ judged: true, wait: { until: null } })
    for (const counters of [unknown(), known(), known('another')]) {
      world.clock.move(hours(48))
      expect(await chargeFactorTry(world, counters)).toEqual({ ok: false, code: 'throttled', detail: { until: null } })
    }
    expect((await rowOf(unknown().person)).lifetime).toBe(FACTOR_LIFETIME)
  })

  test('S30 N12: browsers that are not known use up eighty of the 100, and the rest is a known device’s', async () => {
    await fail()
    const place = { key: unknown().unknown }
    await db.throttle.update({ where: place, data: { lifetime: FACTOR_LIFETIME_UNKNOWN - 1 } })
    await db.throttle.update({ where: { key: unknown().person }, data: { lifetime: FACTOR_LIFETIME_UNKNOWN - 1 } })
    expect(await fail()).toEqual({ judged: true, wait: { until: null } })
    world.clock.move(hours(48))
    for (const _ of [1, 2]) expect(await fail()).toMatchObject({ judged: false, charged: { detail: { until: null } } })
    expect((await rowOf(unknown().person)).lifetime).toBe(FACTOR_LIFETIME_UNKNOWN)
    expect(await fail(known())).toEqual({ judged: true, wait: null })
    await resetFactorCounters(db, user, known())
    expect(await fail()).toEqual({ judged: true, wait: null })
  })

  test('S30 N42: however many admins were asked for this person’s passcode, a known device has its twenty', async () => {
    for (let wait = 15; wait < 240; wait *= 2) {
      for (const asker of ['a', 'b', 'c', 'd', 'e']) {
        for (let tries = 0; tries < FACTOR_ROUND; tries += 1) await fail(askersCounters(user, asker))
      }
      world.clock.move(minutes(wait))
    }
    const spent = { judged: false, charged: { ok: false, code: 'throttled', detail: { until: null } } }
    expect(await fail(askersCounters(user, 'f'))).toEqual(spent)
    expect((await rowOf(unknown().person)).lifetime).toBe(FACTOR_LIFETIME_UNKNOWN)
    expect(await fail(known())).toEqual({ judged: true, wait: null })
    await resetFactorCounters(db, user, known())
    expect(await fail(askersCounters(user, 'f'))).toEqual({ judged: true, wait: null })
  })

  test('S5 N42: what an admin is refunded, or waits for, leaves the counts of the person as they were', async () => {
    const asker = askersCounters(user, 'a')
    const lifetimes = async () => [(await rowOf(unknown().person)).lifetime, (await rowOf(unknown().unknown)).lifetime]
    await failRound(asker)
    expect(await fail(asker)).toMatchObject({ judged: false })
    expect(await lifetimes()).toEqual([5, 5])
    await resetRounds(db, asker)
    expect(await chargeFactorTry(world, asker)).toMatchObject({ ok: true })
    expect(await lifetimes()).toEqual([6, 6])
    await refundFactorTry(db, asker)
    expect(await lifetimes()).toEqual([5, 5])
  })

  test('S30: of 64 tries at once two before the eightieth, two are judged', async () => {
    await fail()
    await db.throttle.update({
      where: { key: unknown().unknown },
      data: { lifetime: FACTOR_LIFETIME_UNKNOWN - 2 },
    })
    const results = await inParallel(64, () => chargeFactorTry(world, unknown()))
    expect(results.filter((each) => each.ok)).toHaveLength(2)
    expect(await rowOf(unknown().person)).toMatchObject({ failures: 3, lifetime: 3 })
  })

  test('S5: failures on a known device count to the 100 of the person', async () => {
    await fail(known())
    await db.throttle.update({ where: { key: unknown().person }, data: { lifetime: FACTOR_LIFETIME - 1 } })
    expect(await fail(known())).toEqual({ judged: true, wait: { until: null } })
    expect(await fail()).toMatchObject({ judged: false })
  })

  test('S5: whoever read that a wait is over begins no round while another wait has begun', async () => {
    const limits = { round: FACTOR_ROUND, lifetime: FACTOR_LIFETIME }
    const blockedUntil = later(world.clock.now(), minutes(15))
    await db.throttle.create({
      data: { key, failures: FACTOR_ROUND, lifetime: 7, windowEndsAt: blockedUntil, blockedUntil },
    })
    const before = later(blockedUntil, -1)
    expect(await updateFactorNextRound(db, key, limits, before)).toBe(false)
    expect(await db.throttle.findUniqueOrThrow({ where: { key } })).toMatchObject({
      failures: FACTOR_ROUND,
      lifetime: 7,
    })
    expect(await updateFactorNextRound(db, key, limits, blockedUntil)).toBe(true)
    expect(await db.throttle.findUniqueOrThrow({ where: { key } })).toMatchObject({ failures: 1, lifetime: 8 })
  })

  test('S5: a known device has rounds of its own, in both directions', async () => {
    await failRound()
    expect(await fail()).toMatchObject({ judged: false })
    await failRound(known())
    expect(await fail(known())).toMatchObject({ judged: false })
    expect(await fail(known('another'))).toMatchObject({ judged: true })
  })

  test('S5: a device refused for its own round adds nothing to the person', async () => {
    await failRound(known())
    for (const _ of [1, 2, 3]) await fail(known())
    expect((await rowOf(unknown().person)).lifetime).toBe(FACTOR_ROUND)
  })

  test('S5: people do not share a counter', async () => {
    await failRound()
    user = `${user} else`
    expect(await fail()).toMatchObject({ judged: true })
  })

  test('S5: a right answer gives back exactly its own try', async () => {
    for (const counters of [unknown(), known()]) {
      await fail(counters)
      await chargeFactorTry(world, counters)
      await refundFactorTry(db, counters)
      expect(await rowOf(counters.device ?? counters.person)).toMatchObject({ failures: 1, lifetime: 1 })
    }
    expect((await rowOf(unknown().person)).lifetime).toBe(2)
    for (const _ of [1, 2, 3, 4]) await refundFactorTry(db, known())
    expect(await rowOf(known().device ?? '')).toMatchObject({ failures: 0, lifetime: 0 })
  })

  test('S5: a wait begun beside a try that proved right is not spent before the next is due', async () => {
    for (const _ of [1, 2, 3, 4, 5]) await chargeFactorTry(world, unknown())
    expect(await fail()).toMatchObject({ judged: false })
    await refundFactorTry(db, unknown())
    world.clock.move(minutes(16))
    expect(await fail()).toEqual({ judged: true, wait: { until: later(world.clock.now(), minutes(15)) } })
    expect(await fail()).toMatchObject({ judged: false })
  })

  test('S5: a complete sign-in starts the counts of the person and of this device anew, and no other', async () => {
    const stranger = factorCounters(`stranger ${user}`, null)
    for (const counters of [unknown(), known(), known('another'), stranger]) await failRound(counters)
    await resetFactorCounters(db, user, known())
    expect(await fail()).toMatchObject({ judged: true })
    expect(await fail(known())).toMatchObject({ judged: true })
    expect(await fail(known('another'))).toMatchObject({ judged: false })
    expect(await fail(stranger)).toMatchObject({ judged: false })
    expect((await rowOf(unknown().person)).lifetime).toBe(2)
  })

  test('S5: a round, once counted, outlives ten years without a try', async () => {
    await fail()
    expect((await rowOf(unknown().person)).windowEndsAt > later(world.clock.now(), hours(24 * 3650))).toBe(true)
  })

  test.each(BURSTS)('S5: of %i tries at once, for someone never counted before, five are judged', async (size) => {
    const results = await inParallel(size, () => chargeFactorTry(world, unknown()))
    expect(results.filter((each) => each.ok)).toHaveLength(FACTOR_ROUND)
    expect(await rowOf(unknown().person)).toMatchObject({ failures: FACTOR_ROUND, lifetime: FACTOR_ROUND })
  })

  test.each(BURSTS)(
    'S5: of %i tries at once on a known device, never counted before, five are judged',
    async (size) => {
      const results = await inParallel(size, () => chargeFactorTry(world, known()))
      expect(results.filter((each) => each.ok)).toHaveLength(FACTOR_ROUND)
      expect((await rowOf(unknown().person)).lifetime).toBe(FACTOR_ROUND)
    },
  )

  test.each(BURSTS)('S5: of %i tries at once at the end of a wait, five are judged', async (size) => {
    await failRound()
    world.clock.move(minutes(15))
    const results = await inParallel(size, () => chargeFactorTry(world, unknown()))
    expect(results.filter((each) => each.ok)).toHaveLength(FACTOR_ROUND)
    expect((await rowOf(unknown().person)).lifetime).toBe(2 * FACTOR_ROUND)
  })

  test('S5: of 64 tries at once two before the hundredth, two are judged, from known devices and others together', async () => {
    await fail()
    await db.throttle.update({ where: { key: unknown().person }, data: { lifetime: FACTOR_LIFETIME - 2 } })
    const results = await inParallel(64, (index) =>
      chargeFactorTry(world, index % 2 === 0 ? unknown() : known(`device ${index}`)),
    )
    expect(results.filter((each) => each.ok)).toHaveLength(2)
    expect((await rowOf(unknown().person)).lifetime).toBe(FACTOR_LIFETIME)
  })

  // ——— notices ———

  test('one notice of a kind goes to a person in half an hour, also of 64 at once', async () => {
    const notice = (kind = 'wrong') => takeNotice(world, kind, user)
    expect((await inParallel(64, () => notice())).filter(Boolean)).toHaveLength(1)
    expect(await notice('another kind')).toBe(true)
    world.clock.move(minutes(30) - 1)
    expect(await notice()).toBe(false)
    world.clock.move(1)
    expect((await inParallel(64, () => notice())).filter(Boolean)).toHaveLength(1)
  })
})
