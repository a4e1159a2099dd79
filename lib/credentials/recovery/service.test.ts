import { beforeAll, beforeEach, expect, test } from 'vitest'
import type { Argon2Options } from '../../core/crypto/hash-threads'
import { generateKeyRing, parseKeyRing } from '../../core/crypto/keys'
import { createPasswordHasher } from '../../core/crypto/password-hash'
import { type Db, transact } from '../../core/db'
import { systemRandom } from '../../core/kernel/random'
import { seconds } from '../../core/kernel/time'
import { personById } from '../../identity/user/service'
import type { Person } from '../../identity/user/types'
import { eachDatabase } from '../../testing/databases'
import { failingAt, rowsOf } from '../../testing/observed'
import { countMails } from '../../testing/signin'
import { aPerson, aTenant, auditKinds, aVisitor, quickArgon2, quickWorld, type TestWorld } from '../../testing/world'
import { codesLeft, endCodes, makeCodes, matchCode, replaceCodes, useCode as spendCode } from './service'

eachDatabase('recovery codes', (open) => {
  let world: TestWorld
  let db: Db
  let slug: string
  let person: Person
  let hashes: Omit<Argon2Options, 'salt'>[]

  beforeAll(async () => {
    db = open()
    const quick = quickWorld(db)
    const argon2: typeof quickArgon2 = (input, options) => {
      const { salt, ...cost } = options
      hashes.push(cost)
      return quickArgon2(input, { ...cost, salt })
    }
    hashes = []
    world = { ...quick, hasher: createPasswordHasher({ keys: quick.keys, random: quick.random, argon2 }) }
    slug = (await aTenant(world)).slug
  })
  beforeEach(async () => {
    world.clock.move(seconds(10))
    const { id } = await aPerson(world, slug)
    const found = await personById(db, id)
    if (found === null) throw new Error('no person')
    person = found.person
    hashes = []
  })

  const made = async () => {
    const codes = await makeCodes(world, person.id)
    if (!codes.ok) throw new Error(codes.code)
    return codes.value
  }
  const kept = async () => {
    const codes = await made()
    await transact(world, (world) => replaceCodes(world, person, codes, aVisitor()))
    return codes
  }
  const match = async (typed: string, userId = person.id) => {
    const found = await matchCode(world, userId, typed)
    if (!found.ok) throw new Error(found.code)
    return found.value
  }

  test('E4 S10: ten different codes, one of which is to be typed back; nothing is stored yet', async () => {
    const codes = await made()
    expect(codes.codes).toHaveLength(10)
    expect(new Set(codes.codes).size).toBe(10)
    expect(codes.rows.map((row) => row.number)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
    expect(codes.number).toBeGreaterThanOrEqual(1)
    expect(codes.number).toBeLessThanOrEqual(10)
    expect(await codesLeft(db, person.id)).toBe(0)
  })

  test('E4: any of the ten may be asked for', async () => {
    const numbers = new Set<number>()
    for (let round = 0; round < 80; round += 1) numbers.add((await made()).number)
    expect(numbers.size).toBeGreaterThan(6)
  })

  test('S10: the rows hold a salted slow hash each, its key, and no code', async () => {
    const { codes } = await kept()
    const rows = await db.recoveryCode.findMany({ where: { userId: person.id }, orderBy: { number: 'asc' } })
    expect(rows).toHaveLength(10)
    expect(new Set(rows.map((row) => row.hash)).size).toBe(10)
    for (const row of rows) {
      expect(row.hash).toMatch(new RegExp(`^${world.keys.currentId}:\\$argon2id\\$v=19\\$m=19456,t=2,p=1\\$`))
      expect(row).toMatchObject({ kind: 'saved', usedAt: null, revokedAt: null, expiresAt: null })
    }
    const text = JSON.stringify(rows)
    for (const code of codes) {
      expect(text).not.toContain(code)
      expect(text).not.toContain(code.replaceAll('-', ''))
    }
  })

  test('S10 E8: making them is written down and mailed, without a code', async () => {
    await kept()
    expect(await auditKinds(world, person.id)).toContain('recovery_codes_made')
    expect(await countMails(world, person.email, 'recovery_codes_made')).toBe(1)
    const row = await db.user.findUniqueOrThrow({ where: { id: person.id } })
    expect([row.recoveryCodesAt, row.codeToTypeBack === null]).toEqual([null, false])
  })

  test('S14: without its audit entry there is no new set, and the old one still works', async () => {
    const { codes } = await kept()
    const before = await rowsOf(db, person.id)
    const next = await made()
    const broken = failingAt(world, 'INSERT INTO audit_event')
    await expect(transact(broken, (broken) => replaceCodes(broken, person, next, aVisitor()))).rejects.toThrow()
    expect(await rowsOf(db, person.id)).toEqual(before)
    expect(await match(codes[0] ?? '')).not.toBeNull()
  })

  test('S10: a new set kills the old one, and nobody else’s', async () => {
    const { codes } = await kept()
    const own = person
    const { id } = await aPerson(world, slug)
    const other = await personById(db, id)
    if (other === null) throw new Error('no person')
    person = other.person
    const theirs = await kept()
    person = own
    const next = await kept()
    expect(await match(codes[0] ?? '')).toBeNull()
    expect(await match(next.codes[0] ?? '')).toMatchObject({ number: 1, left: 9 })
    expect(await match(theirs.codes[0] ?? '', id)).toMatchObject({ number: 1 })
    expect(await codesLeft(db, own.id)).toBe(10)
  })

  test('S2: a code of one person is none of another', async () => {
    const { codes } = await kept()
    const { id } = await aPerson(world, slug)
    expect(await match(codes[0] ?? '', id)).toBeNull()
    const found = await match(codes[0] ?? '')
    expect(await transact(world, (world) => spendCode(world, id, found?.id ?? ''))).toBe(false)
    expect(await transact(world, (world) => spendCode(world, person.id, found?.id ?? ''))).toBe(true)
  })

  test('R1 R2: a used code fits no more, and the rest is counted', async () => {
    const { codes } = await kept()
    for (const [index, code] of codes.entries()) {
      const found = await match(code)
      expect(found).toMatchObject({ number: index + 1, left: 9 - index })
      expect(await transact(world, (world) => spendCode(world, person.id, found?.id ?? ''))).toBe(true)
      expect(await match(code)).toBeNull()
      expect(await codesLeft(db, person.id)).toBe(9 - index)
    }
  })

  test.each([64])('S10: of %i uses at once one counts', async (size) => {
    const { codes } = await kept()
    const found = await match(codes[0] ?? '')
    const use = () => transact(world, (world) => spendCode(world, person.id, found?.id ?? ''))
    expect((await Promise.all(Array.from({ length: size }, use))).filter(Boolean)).toHaveLength(1)
  })

  test.each([
    [1, true],
    [0, false],
    [-1, false],
  ])('R3: a code that ends in %i ms can be used: %s', async (offset, usable) => {
    const { codes } = await kept()
    const found = await match(codes[0] ?? '')
    const id = found?.id ?? ''
    await db.recoveryCode.update({
      where: { id },
      data: { expiresAt: new Date(world.clock.now().getTime() + offset) },
    })
    expect(await transact(world, (world) => spendCode(world, person.id, id))).toBe(usable)
  })

  test('S10: a revoked code cannot be used, although it was matched before', async () => {
    const { codes } = await kept()
    const found = await match(codes[0] ?? '')
    await transact(world, (world) => endCodes(world, person.id))
    expect(await transact(world, (world) => spendCode(world, person.id, found?.id ?? ''))).toBe(false)
    expect(await codesLeft(db, person.id)).toBe(0)
  })

  test('S13: a wrong code costs a hash as a right one does, also where there is no code at all', async () => {
    const { codes } = await kept()
    const cost = { memoryCost: 19_456, timeCost: 2, parallelism: 1, outputLen: 32 }
    for (const typed of [codes[0] ?? '', 'nonsense', '', '123456']) {
      hashes = []
      await match(typed)
      expect(hashes.length).toBeGreaterThanOrEqual(1)
      for (const each of hashes) expect(each).toEqual(cost)
    }
    hashes = []
    await match(codes[0] ?? '', 'nobody')
    expect(hashes).toEqual([cost])
  })

  test('one try costs one hash, or rarely two, and not ten', async () => {
    const { codes } = await kept()
    hashes = []
    for (const code of codes) await match(code)
    expect(hashes.length).toBeLessThan(14)
  })

  test('two codes with the same tag are told apart', async () => {
    const { codes } = await kept()
    const [first, second] = await db.recoveryCode.findMany({ where: { userId: person.id }, orderBy: { number: 'asc' } })
    if (!first || !second) throw new Error('no codes')
    await db.recoveryCode.update({ where: { id: first.id }, data: { tag: second.tag } })
    expect(await match(codes[1] ?? '')).toMatchObject({ number: 2 })
  })

  test('E4: only the code of the asked number counts as typed back, and is not used up', async () => {
    const { codes } = await kept()
    expect(await matchCode(world, person.id, codes[6] ?? '')).toMatchObject({ ok: true, value: { number: 7 } })
    expect(await matchCode(world, person.id, codes[5] ?? '')).toMatchObject({ ok: true, value: { number: 6 } })
    expect(await matchCode(world, person.id, 'nonsense')).toEqual({ ok: true, value: null })
    expect(await codesLeft(db, person.id)).toBe(10)
  })

  test('codes outlive a new current key (ASVS 11.2.2); S28: without their own none is called wrong', async () => {
    const random = systemRandom
    const [one, two] = [generateKeyRing(random), generateKeyRing(random)]
    const under = (text: string): TestWorld => {
      const keys = parseKeyRing(text)
      if (!keys.ok) throw new Error(keys.code)
      const hasher = createPasswordHasher({ keys: keys.value, random, argon2: quickArgon2 })
      return { ...world, keys: keys.value, hasher }
    }
    await world.db.keyInUse.deleteMany()
    const codes = await makeCodes(under(one), person.id)
    if (!codes.ok) throw new Error(codes.code)
    await transact(under(one), (world) => replaceCodes(world, person, codes.value, aVisitor()))
    const typed = codes.value.codes[3] ?? ''
    expect(await matchCode(under(`${two},${one}`), person.id, typed)).toMatchObject({ value: { number: 4 } })
    await expect(matchCode(under(two), person.id, typed)).rejects.toThrow('unknown key')
    await world.db.keyInUse.deleteMany()
  })

  test('when no hash can be made now, nothing is decided', async () => {
    const { codes } = await kept()
    const busy = async () => ({ ok: false, code: 'busy' }) as never
    const broken = { ...world, hasher: { ...world.hasher, hashCode: busy, verifyCode: busy } }
    expect(await makeCodes(broken, person.id)).toMatchObject({ code: 'busy' })
    expect(await matchCode(broken, person.id, codes[0] ?? '')).toMatchObject({ code: 'busy' })
  })
})
