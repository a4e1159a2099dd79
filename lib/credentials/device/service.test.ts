import fc from 'fast-check'
import { beforeAll, beforeEach, expect, test } from 'vitest'
import { hashToken, newToken } from '../../core/crypto/token'
import { type Db, type Tx, transact } from '../../core/db'
import { days, minutes } from '../../core/kernel/time'
import { eachDatabase } from '../../testing/databases'
import { MOVES, walk } from '../../testing/device-walk'
import { knownDevice } from '../../testing/signin'
import { aPerson, aTenant, quickWorld, REQUEST, type TestWorld } from '../../testing/world'
import { readDeviceCookie } from './rules'
import { type Browser, endTrust, findBrowser, forgetUnverified, meetBrowser, rememberDevice } from './service'

eachDatabase('browsers', (open) => {
  let world: TestWorld
  let db: Db
  let slug: string
  let userId: string

  beforeAll(async () => {
    db = open()
    world = quickWorld(db)
    slug = (await aTenant(world)).slug
  })
  beforeEach(async () => {
    world.clock.move(minutes(1))
    userId = (await aPerson(world, slug)).id
  })

  const owner = (id: string) => ({ id, devicesVoidedAt: null, factorsVoided: false })
  const find = async (deviceToken: string | null, id: string) => {
    const browser = await findBrowser(world, { deviceToken, request: REQUEST }, owner(id), null)
    return browser === null ? null : { id: browser.id, known: browser.known }
  }
  const someone = async () => (await aPerson(world, slug)).id
  const remember = (token: string | null = null, verified = true, of = userId) =>
    transact(world, (world) =>
      rememberDevice(world, owner(of), { deviceToken: token, request: REQUEST }, { verified, trusted: false }),
    )
  const rowOf = (id: string) => db.device.findUniqueOrThrow({ where: { id } })

  test('D7 S12: a verified browser is known by the cookie it is given, of which only a digest is stored', async () => {
    const { id, token } = await remember()
    const [value] = readDeviceCookie(token)
    if (value === undefined) throw new Error('no value')
    expect(await knownDevice(world, token, userId)).toEqual({ id })
    const row = await rowOf(id)
    expect(row).toMatchObject({
      seriesHash: hashToken('device', value.series),
      valueHash: hashToken('device', value.secret),
      verifiedAt: world.clock.now(),
      trustGrantedAt: null,
      address: REQUEST.address,
      userAgent: REQUEST.userAgent,
    })
    for (const part of [value.series, value.secret]) expect(JSON.stringify(row)).not.toContain(part)
    expect((await remember()).token).not.toBe(token)
  })

  test('D2 S21: it is known to nobody else, until they verify it too', async () => {
    const { id, token } = await remember()
    const colleague = await someone()
    expect(await knownDevice(world, token, colleague)).toBeNull()
    expect(await find(token, colleague)).toBeNull()
    const own = await remember(token, true, colleague)
    expect(own.token?.startsWith(`${token}~`)).toBe(true)
    expect(own.id).not.toBe(id)
    expect(await knownDevice(world, own.token, colleague)).toEqual({ id: own.id })
    expect(await knownDevice(world, own.token, userId)).toEqual({ id })
    expect(await find(token, colleague)).toBeNull()
  })

  test.each([null, '', 'x', 'A'.repeat(42), 'A'.repeat(44), `${'A'.repeat(42)}=`, `${'A'.repeat(42)}\n`])(
    'D7: a cookie that says %j is unknown, and a new token takes its place',
    async (token) => {
      await remember()
      expect(await find(token, userId)).toBeNull()
      const made = await remember(token)
      expect(made.token).not.toBe(token)
      expect(readDeviceCookie(made.token)).toHaveLength(1)
    },
  )

  test('S22: a token of another kind names no browser', async () => {
    const token = newToken(world.random)
    const { id } = await remember()
    for (const kind of ['session', 'attempt', 'setup'] as const) {
      const hash = hashToken(kind, token)
      await db.device.update({ where: { id }, data: { seriesHash: hash, valueHash: hash } })
      expect(await find(token, userId)).toBeNull()
    }
  })

  test('R3 D7: a browser that only signed in is remembered and not known, until it is verified', async () => {
    const { id, token } = await remember(null, false)
    expect(await find(token, userId)).toEqual({ id, known: false })
    expect(await knownDevice(world, token, userId)).toBeNull()
    const verified = await remember(token)
    expect(await find(verified.token, userId)).toEqual({ id, known: true })
    const renewed = await remember(verified.token, false)
    expect(await knownDevice(world, renewed.token, userId)).toEqual({ id })
    expect(await db.device.count({ where: { userId } })).toBe(1)
  })

  test('D9: a forgotten browser is unknown; only verifying it again makes it known', async () => {
    const { id, token } = await remember()
    await db.device.update({ where: { id }, data: { forgottenAt: world.clock.now() } })
    expect(await find(token, userId)).toBeNull()
    const again = await remember(token, false)
    expect(again.fresh).toBe(true)
    expect(await find(again.token, userId)).toEqual({ id: again.id, known: false })
    const verified = await remember(again.token)
    expect(verified.fresh).toBe(false)
    expect(await knownDevice(world, verified.token, userId)).toEqual({ id: again.id })
    expect(await db.device.count({ where: { userId } })).toBe(1)
  })

  test('D9: it keeps when it was first seen and says when it was last', async () => {
    const { id, token } = await remember()
    const first = world.clock.now()
    world.clock.move(days(3))
    const request = { address: '198.51.100.9', userAgent: 'Newer browser', requestId: null }
    await transact(world, (world) =>
      rememberDevice(world, owner(userId), { deviceToken: token, request }, { verified: false, trusted: false }),
    )
    expect(await rowOf(id)).toMatchObject({
      createdAt: first,
      verifiedAt: first,
      lastSeenAt: world.clock.now(),
      address: '198.51.100.9',
      userAgent: 'Newer browser',
    })
  })

  test.each([64])('S4 D7: %i renewals of one value at once give the same one, in one row', async (size) => {
    const { id, token } = await remember()
    const made = await Promise.all(Array.from({ length: size }, () => remember(token, false)))
    expect(new Set(made.map((each) => each.id))).toEqual(new Set([id]))
    expect(new Set(made.map((each) => each.token)).size).toBe(1)
    expect(made[0]?.token).not.toBe(token)
    expect(await rowOf(id)).toMatchObject({ generation: 2, returned: 1 })
  })

  test('S4 D7: a value that another request renews between look and write is looked at again', async () => {
    const { id, token } = await remember()
    const others: (string | null)[] = []
    const tx = new Proxy(db, {
      get: (target, key) => {
        if (key !== '$queryRaw' || others.length > 0) return Reflect.get(target, key)
        return async (...query: Parameters<typeof target.$queryRaw>) => {
          const rows = await target.$queryRaw(...query)
          others.push((await remember(token, false)).token)
          return rows
        }
      },
    })
    const from = { deviceToken: token, request: REQUEST }
    const inside = { ...world, db: tx as unknown as Tx }
    const made = await rememberDevice(inside, owner(userId), from, { verified: false, trusted: false })
    expect(others).toHaveLength(1)
    expect(made).toMatchObject({ id, token: others[0] })
    expect(await db.device.count({ where: { userId } })).toBe(1)
  })

  const meet = (deviceToken: string | null, met: Browser | null = null) =>
    transact(world, (world) => meetBrowser(world, { deviceToken, request: REQUEST }, owner(userId), met))

  test('S21 D7: whoever held the value before a device was made known or trusted holds nothing', async () => {
    const kept = (await remember(null, false)).token
    const made = await remember(kept)
    expect(await find(kept, userId)).toBeNull()
    expect(await knownDevice(world, made.token, userId)).toEqual({ id: made.id })
    // Its own value has not come back: the answer may have been lost, and nobody's device ends.
    expect(await meet(kept)).toEqual([])
    await remember(made.token, false)
    expect(await meet(kept)).toMatchObject([{ id: made.id }])
  })

  test('S21 D7: the value that was replaced is good until its successor has come back, then it ends the device', async () => {
    const first = await remember()
    const second = await remember(first.token, false)
    expect(await find(first.token, userId)).toEqual({ id: first.id, known: true })
    expect(await meet(first.token)).toEqual([])
    expect(await meet(second.token)).toEqual([])
    expect(await find(first.token, userId)).toBeNull()
    expect(await find(second.token, userId)).toEqual({ id: first.id, known: true })
    expect(await meet(first.token)).toMatchObject([{ id: first.id }])
    expect(await find(second.token, userId)).toBeNull()
    expect(await meet(first.token)).toEqual([])
  })

  test.each([16])('S21: an old value that comes %i times at once ends its device once', async (size) => {
    const first = await remember()
    const second = await remember(first.token, false)
    await remember(second.token, false)
    const ended = await Promise.all(Array.from({ length: size }, () => meet(first.token)))
    expect(ended.flat()).toHaveLength(1)
  })

  test('D7: what was good when the password came in was overtaken by another tab, and ends nothing', async () => {
    const first = await remember()
    const met = await findBrowser(world, { deviceToken: first.token, request: REQUEST }, owner(userId), null)
    const second = await remember(first.token, false)
    const third = await remember(second.token, false)
    expect(await meet(first.token, met)).toEqual([])
    const from = { deviceToken: first.token, request: REQUEST, met }
    const none = { verified: false, trusted: false }
    const late = await transact(world, (world) => rememberDevice(world, owner(userId), from, none))
    expect(late).toMatchObject({ id: first.id, token: null, fresh: false, before: { id: first.id, known: true } })
    expect(await knownDevice(world, third.token, userId)).toEqual({ id: first.id })
  })

  test('D7: five people at most have a value in one browser; whoever signed in longest ago is asked again', async () => {
    const people = await Promise.all(Array.from({ length: 6 }, someone))
    let token: string | null = null
    for (const id of people) token = (await remember(token, true, id)).token
    const known = await Promise.all(people.map((id) => knownDevice(world, token, id)))
    expect(known.map((each) => each !== null)).toEqual([false, true, true, true, true, true])
  })

  test('D7: the cookie of the version before is honoured once, and renewed', async () => {
    const token = newToken(world.random)
    const { id } = await remember()
    const hash = hashToken('device', token)
    const before = { seriesHash: hash, valueHash: hash, generation: 0, returned: 0 }
    await db.device.update({ where: { id }, data: before })
    expect(await find(token, userId)).toEqual({ id, known: true })
    const renewed = await remember(token, false)
    expect(await knownDevice(world, renewed.token, userId)).toEqual({ id })
    expect(await meet(token)).toEqual([])
    await remember(renewed.token, false)
    expect(await meet(token)).toMatchObject([{ id }])
  })

  test('S21 D7: no order of two tabs, lost answers and restarts ends an honest person’s device, and no kept value lasts', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom(...MOVES), { maxLength: 12 }), async (moves) => {
        const person = await someone()
        const first = await remember(null, true, person)
        await walk(moves, first.token ?? '', {
          read: (cookie) => findBrowser(world, { deviceToken: cookie, request: REQUEST }, owner(person), null),
          finish: (cookie, met, verified) =>
            transact(world, async (world) => {
              const from = { deviceToken: cookie, request: REQUEST, met }
              const ended = await meetBrowser(world, from, owner(person), met)
              const done = await rememberDevice(world, owner(person), from, { verified, trusted: false })
              return { ended: ended.length > 0, known: done.before?.known === true, cookie: done.token }
            }),
        })
      }),
      { numRuns: 25 },
    )
  })

  test('D4 S21: ending trust ends it on all browsers of the person and no other, and they stay known', async () => {
    const other = await someone()
    const granted = { trustGrantedAt: world.clock.now() }
    const mine = [await remember(), await remember()]
    const theirs = await remember(null, true, other)
    await db.device.updateMany({ where: { userId: { in: [userId, other] } }, data: granted })
    await transact({ db }, ({ db }) => endTrust(db, userId))
    for (const { id, token } of mine) {
      expect((await rowOf(id)).trustGrantedAt).toBeNull()
      expect(await knownDevice(world, token, userId)).toEqual({ id })
    }
    expect(await rowOf(theirs.id)).toMatchObject(granted)
  })

  test('after a password change browsers that only signed in are gone, verified ones and those of others stay', async () => {
    const other = await someone()
    const verified = await remember()
    const passing = await remember(null, false)
    const theirs = await remember(null, false, other)
    await transact({ db }, ({ db }) => forgetUnverified(db, userId))
    expect(await find(passing.token, userId)).toBeNull()
    expect(await knownDevice(world, verified.token, userId)).not.toBeNull()
    expect(await find(theirs.token, other)).not.toBeNull()
  })
})
