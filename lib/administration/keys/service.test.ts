import { beforeEach, describe, expect, test } from 'vitest'
import { sealEvents } from '../../audit/chain/service'
import { verifyChain } from '../../audit/inspection/service'
import { startWithPassword } from '../../authentication/signin/start/service'
import { takeBack } from '../../authentication/undoing/service'
import { generateKeyRing, type KeyRing, parseKeyRing, UnknownKey } from '../../core/crypto/keys'
import { createPasswordHasher } from '../../core/crypto/password-hash'
import { systemRandom } from '../../core/kernel/random'
import { minutes } from '../../core/kernel/time'
import { keysInUse } from '../../core/ring/service'
import { homeOf } from '../../identity/user/rules'
import { personById } from '../../identity/user/service'
import { databaseKinds, freshDatabase } from '../../testing/databases'
import { countMails, mailedToken, savedCodes, sessionsOf } from '../../testing/signin'
import {
  anAttempt,
  anOperator,
  aPerson,
  aSession,
  aTenant,
  aTotpFactor,
  auditKinds,
  aVisitor,
  lastMail,
  PASSWORD,
  quickArgon2,
  quickWorld,
  type TestWorld,
} from '../../testing/world'
import { breakGlass } from '../people/codes/service'
import { lostKeysText } from './rules'
import { findLostKeys, goOnWithoutKey } from './service'

const text = generateKeyRing(systemRandom)
const [ID = '', BYTES = ''] = text.split(':')
const other = generateKeyRing(systemRandom)

function ring(entries: string): KeyRing {
  const parsed = parseKeyRing(entries)
  if (!parsed.ok) throw new Error('malformed')
  return parsed.value
}

/** The same installation, started with another ring. */
function startedWith(world: TestWorld, entries: string): TestWorld {
  const keys = ring(entries)
  return { ...world, keys, hasher: createPasswordHasher({ keys, random: world.random, argon2: quickArgon2 }) }
}

const everything = async ({ db }: TestWorld) =>
  JSON.stringify({
    throttles: await db.throttle.findMany({ orderBy: { key: 'asc' } }),
    events: await db.auditEvent.count(),
    seals: await db.auditSeal.count(),
    heads: await db.auditHead.findMany({ orderBy: { id: 'asc' } }),
    keys: await db.keyInUse.findMany({ orderBy: { keyId: 'asc' } }),
    attempts: await db.signInAttempt.count(),
    passwords: await db.password.findMany({ orderBy: { userId: 'asc' } }),
  })

describe.each(databaseKinds)('the key ring and what is stored (%s)', (kind) => {
  let world: TestWorld
  let ownerId: string
  beforeEach(async () => {
    const { db, drop } = await freshDatabase(kind)
    world = startedWith(quickWorld(db), text)
    ownerId = (await aTenant(world)).ownerId
    return drop
  })

  const typed = (in_: TestWorld, password = PASSWORD) =>
    startWithPassword(in_, aVisitor(), { email: 'olga@example.com', password })

  test('S28: a key is in the table from the transaction on that first stores something lasting under it', async () => {
    expect(await keysInUse(world)).toEqual([{ keyId: ID, checkValue: expect.stringMatching(/^[\w-]{43}$/) }])
    expect(JSON.stringify(await keysInUse(world))).not.toContain(BYTES)
    const rotated = startedWith(world, `${other},${text}`)
    expect(await findLostKeys(rotated)).toEqual([])
    expect(await keysInUse(rotated)).toHaveLength(1)
    await savedCodes(rotated, ownerId)
    expect((await keysInUse(rotated)).map(({ keyId }) => keyId).sort()).toEqual([ID, other.split(':')[0]].sort())
  })

  test.each([
    ['lacks the key', other, 'missing'],
    ['has other bytes under its id', `${ID}:${other.split(':')[1]}`, 'other'],
    ['has it under another id', `renamed:${BYTES}`, 'missing'],
  ])('S28: a ring that %s is named with what is under it, and nothing is written', async (_, entries, is) => {
    await aTotpFactor(world, ownerId)
    await savedCodes(world, ownerId)
    await sealEvents(world, 100)
    const before = await everything(world)
    const lost = await findLostKeys(startedWith(world, entries))
    const under = { passwords: 1, factors: 1, codes: 10, imports: 0, heads: 1 }
    expect(lost).toEqual([{ keyId: ID, is, under }])
    const said = lostKeysText(lost, 'SECRET_KEYS')
    expect(said).toContain('passwords: 1, authenticator apps and phones: 1, recovery codes: 10, audit heads: 1')
    expect(said).toContain(`npm start -- --without-key ${ID}`)
    expect(await everything(world)).toBe(before)
  })

  test('S28: a running instance without the key calls no right password wrong, counts nothing and writes nothing', async () => {
    const before = await everything(world)
    await expect(typed(startedWith(world, other))).rejects.toEqual(new UnknownKey(ID))
    expect(await everything(world)).toBe(before)
    expect(await typed(world)).toMatchObject({ ok: true })
  })

  test('S28: it stores nothing under a key of its own either', async () => {
    const wrong = startedWith(world, other)
    await expect(savedCodes(wrong, ownerId)).rejects.toThrow(UnknownKey)
    await expect(aTotpFactor(wrong, ownerId)).rejects.toThrow(UnknownKey)
    await expect(aPerson(wrong, 'acme')).rejects.toThrow(UnknownKey)
    expect(await keysInUse(world)).toHaveLength(1)
    expect(await world.db.factor.count()).toBe(0)
  })

  test('S28, M8: a wrong ring neither begins a chain nor goes on with one, and the right one finds no tampering', async () => {
    const wrong = startedWith(world, other)
    expect((await sealEvents(wrong, 100)).refused.map(({ reason }) => reason)).toEqual(['unknown_key'])
    expect(await world.db.auditHead.count()).toBe(0)
    await sealEvents(world, 100)
    await aPerson(world, 'acme')
    await sealEvents(wrong, 100)
    await sealEvents(world, 100)
    expect((await verifyChain(world)).flatMap(({ findings }) => findings)).toEqual([])
  })

  test('S28: rows of before the table tell the bytes at the first start, or stop it', async () => {
    await aTotpFactor(world, ownerId)
    await sealEvents(world, 100)
    await world.db.keyInUse.updateMany({ data: { checkValue: null } })
    const impostor = startedWith(world, `${ID}:${other.split(':')[1]}`)
    expect(await findLostKeys(impostor)).toMatchObject([{ keyId: ID, is: 'other' }])
    expect(await keysInUse(world)).toEqual([{ keyId: ID, checkValue: null }])
    expect(await findLostKeys(world)).toEqual([])
    expect(await keysInUse(world)).toMatchObject([{ checkValue: expect.any(String) }])
    expect(await findLostKeys(impostor)).toMatchObject([{ keyId: ID, is: 'other' }])
  })

  test('S28: a key that was current and under which nothing lasts stops nobody once it is taken out', async () => {
    await world.db.keyInUse.create({ data: { keyId: 'spare', checkValue: 'x', since: world.clock.now() } })
    expect(await findLostKeys(world)).toEqual([])
    expect((await keysInUse(world)).map(({ keyId }) => keyId)).toEqual([ID])
  })

  test.each([
    ['another key', other],
    ['the same id with other bytes', `${ID}:${other.split(':')[1]}`],
  ])(
    'S28, E9: going on with %s resets whose factor is gone, and the way back is link and issued code',
    async (_, entries) => {
      const person = await aPerson(world, 'acme')
      await aTotpFactor(world, ownerId)
      await savedCodes(world, ownerId)
      await aSession(world, ownerId)
      await sealEvents(world, 100)
      world.clock.move(minutes(1))
      const after = startedWith(world, entries)
      expect(await goOnWithoutKey(after, ID)).toEqual({ passwords: 2, factors: 1, codes: 10, reset: 1 })
      expect(await findLostKeys(after)).toEqual([])

      // Nothing that was right is called wrong: there is no password any more.
      expect((await personById(world.db, ownerId))?.password).toBeNull()
      const owner = (await personById(world.db, ownerId))?.person
      expect(owner).toMatchObject({ factorsResetAt: after.clock.now(), passwordSetAt: null })
      expect((await personById(world.db, person.id))?.person.factorsResetAt).toBeNull()
      expect(await auditKinds(world, ownerId)).toContain('factors_reset')

      // Who lost their factor is told as after an admin's reset, by a mail of the keys that are there.
      expect(await lastMail(after, 'olga@example.com')).toMatchObject({
        template: 'factors_reset',
        values: { by: 'Acme', link: expect.stringContaining('/link/stop?token=') },
      })
      expect(await countMails(after, person.email, 'factors_reset')).toBe(0)
      expect(await sessionsOf(after, ownerId)).toEqual([])
      const token = await mailedToken(after, 'olga@example.com', 'factors_reset')
      expect(await takeBack(after, aVisitor(), 'stop', token)).toMatchObject({ ok: true })
      expect(owner === undefined ? null : homeOf(owner)?.role).toBe('owner')
      expect(await breakGlass(after, anOperator(), { email: 'olga@example.com', reason: 'lost keys' })).toMatchObject({
        ok: true,
      })

      // The chain goes on from where it was, and says so.
      expect(await sealEvents(after, 100)).toMatchObject({ refused: [] })
      expect((await verifyChain(after)).flatMap(({ findings }) => findings)).toEqual([])
      expect(await auditKinds(world)).toContain('key_given_up')
    },
  )

  test('S28: what rests on a key that is there stays as it is when another one is given up', async () => {
    const rotated = startedWith(world, `${other},${text}`)
    const person = await aPerson(rotated, 'acme')
    await savedCodes(rotated, ownerId)
    const after = startedWith(world, other)
    expect(await goOnWithoutKey(after, ID)).toEqual({ passwords: 1, factors: 0, codes: 0, reset: 0 })
    expect(await anAttempt(after, person.email).catch(() => 'signed in')).toBeTruthy()
    expect(await world.db.recoveryCode.count({ where: { revokedAt: null } })).toBe(10)
  })
})
