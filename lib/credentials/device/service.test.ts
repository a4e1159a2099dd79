import { beforeAll, beforeEach, expect, test } from 'vitest'
import { hashToken, newToken } from '../../core/crypto/token'
import { type Db, transact } from '../../core/db'
import { days, minutes } from '../../core/kernel/time'
import { eachDatabase } from '../../testing/databases'
import { knownDevice } from '../../testing/signin'
import { aPerson, aTenant, quickWorld, REQUEST, type TestWorld } from '../../testing/world'
import { endTrust, findBrowser, forgetUnverified, rememberDevice } from './service'

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

  const owner = (id: string) => ({ id, devicesVoidedAt: null })
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
    expect(token).toMatch(/^[A-Za-z0-9_-]{43}$/)
    expect(await knownDevice(world, token, userId)).toEqual({ id })
    const row = await rowOf(id)
    expect(row).toMatchObject({
      tokenHash: hashToken('device', token),
      verifiedAt: world.clock.now(),
      trustGrantedAt: null,
      address: REQUEST.address,
      userAgent: REQUEST.userAgent,
    })
    expect(JSON.stringify(row)).not.toContain(token)
    expect((await remember()).token).not.toBe(token)
  })

  test('D2 S21: it is known to nobody else, until they verify it too', async () => {
    const { id, token } = await remember()
    const colleague = await someone()
    expect(await knownDevice(world, token, colleague)).toBeNull()
    expect(await find(token, colleague)).toBeNull()
    const own = await remember(token, true, colleague)
    expect(own.token).toBe(token)
    expect(own.id).not.toBe(id)
    expect(await knownDevice(world, token, colleague)).toEqual({ id: own.id })
    expect(await knownDevice(world, token, userId)).toEqual({ id })
  })

  test.each([null, '', 'x', 'A'.repeat(42), 'A'.repeat(44), `${'A'.repeat(42)}=`, `${'A'.repeat(42)}\n`])(
    'D7: a cookie that says %j is unknown, and a new token takes its place',
    async (token) => {
      await remember()
      expect(await find(token, userId)).toBeNull()
      const made = await remember(token)
      expect(made.token).not.toBe(token)
      expect(made.token).toMatch(/^[A-Za-z0-9_-]{43}$/)
    },
  )

  test('S22: a token of another kind names no browser', async () => {
    const token = newToken(world.random)
    const { id } = await remember()
    for (const kind of ['session', 'attempt', 'setup'] as const) {
      await db.device.update({ where: { id }, data: { tokenHash: hashToken(kind, token) } })
      expect(await find(token, userId)).toBeNull()
    }
  })

  test('R3 D7: a browser that only signed in is remembered and not known, until it is verified', async () => {
    const { id, token } = await remember(null, false)
    expect(await find(token, userId)).toEqual({ id, known: false })
    expect(await knownDevice(world, token, userId)).toBeNull()
    await remember(token)
    expect(await find(token, userId)).toEqual({ id, known: true })
    await remember(token, false)
    expect(await knownDevice(world, token, userId)).toEqual({ id })
    expect(await db.device.count({ where: { userId } })).toBe(1)
  })

  test('D9: a forgotten browser is unknown; only verifying it again makes it known', async () => {
    const { id, token } = await remember()
    await db.device.update({ where: { id }, data: { forgottenAt: world.clock.now() } })
    expect(await find(token, userId)).toBeNull()
    expect((await remember(token, false)).fresh).toBe(true)
    expect(await find(token, userId)).toEqual({ id, known: false })
    expect((await remember(token)).fresh).toBe(false)
    expect(await knownDevice(world, token, userId)).toEqual({ id })
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

  test.each([64])('S4: of %i verifications of one browser at once there is one row', async (size) => {
    const token = newToken(world.random)
    const made = await Promise.all(Array.from({ length: size }, () => remember(token)))
    expect(new Set(made.map((each) => each.id)).size).toBe(1)
    expect(await db.device.count({ where: { userId } })).toBe(1)
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
