import { beforeAll, beforeEach, expect, test } from 'vitest'
import { fromBase32, toBase32 } from '../../core/crypto/encoding'
import { seal } from '../../core/crypto/seal'
import { type Db, transact } from '../../core/db'
import { err } from '../../core/kernel/result'
import { hours, later, minutes, seconds } from '../../core/kernel/time'
import { UnreadableRow } from '../../core/kernel/unreadable'
import { TOTP_DEFAULTS, type TotpParams, timeStep, totpAt } from '../../core/otp/totp'
import { personById } from '../../identity/user/service'
import type { Person } from '../../identity/user/types'
import { eachDatabase } from '../../testing/databases'
import { failingAt, rowsOf } from '../../testing/observed'
import { countMails } from '../../testing/signin'
import {
  aBegunFactor,
  aPerson,
  aTenant,
  aTotpFactor,
  auditKinds,
  quickWorld,
  REQUEST,
  type TestWorld,
  totpCode,
  totpKeyOf,
} from '../../testing/world'
import { proveConnection, unfinishedFactor, viewUnfinished } from './connect/service'
import { confirmFactor, factorsOf, removeFactors, renameFactor } from './service'
import { keyBinding } from './totp/rules'
import { matchConfirmed, useStep as spendStep } from './totp/service'

eachDatabase('factors', (open) => {
  let world: TestWorld
  let db: Db
  let slug: string
  let person: Person

  beforeAll(async () => {
    db = open()
    world = quickWorld(db)
    slug = (await aTenant(world)).slug
  })
  const someone = async (): Promise<Person> => {
    const { id } = await aPerson(world, slug)
    const found = await personById(db, id)
    if (found === null) throw new Error('no person')
    return found.person
  }
  beforeEach(async () => {
    world.clock.move(minutes(2))
    person = await someone()
  })

  const begin = async (of = person) => {
    const id = await aBegunFactor(world, of, { kind: 'totp' }, 'App', minutes(30))
    return { id, key: await totpKeyOf(world, of.id, id) }
  }
  const confirm = (match: { factorId: string; step: number }, of = person) =>
    transact(world, (world) => confirmFactor(world, of, { ...match, kind: 'totp' }, 'en', REQUEST))
  const find = async (typed: string, of = person) => matchConfirmed(world, of, await factorsOf(db, of.id), typed)

  const totpConnection = async (of: Person, id: string) => {
    const factor = await unfinishedFactor(world, of.id, id)
    const view = factor === null ? null : await viewUnfinished(world, of, 'Acme', factor)
    return view?.kind === 'totp' ? view.connection : null
  }
  const matchUnconfirmed = async (of: Person, id: string, typed: string) => {
    const factor = await unfinishedFactor(world, of.id, id)
    if (factor === null) return null
    const proved = await proveConnection(world, of, factor, typed, async () => err('by_message'))
    const step = proved.ok ? proved.value.confirmation.step : null
    return step === null ? null : { factorId: id, step }
  }

  test('S16: the key of a new app has 160 bits, and its row none of them', async () => {
    const { id, key } = await begin()
    expect(key).toHaveLength(20)
    const row = await db.factor.findUniqueOrThrow({ where: { id } })
    expect(row.sealedKey).toMatch(/^1\./)
    expect(JSON.stringify(row)).not.toContain(toBase32(key))
    expect(row).toMatchObject({ algorithm: 'SHA1', digits: 6, period: 30, confirmedAt: null, lastUsedStep: null })
    expect(toBase32((await begin()).key)).not.toBe(toBase32(key))
  })

  test('E2 S16: its key is given while it is unfinished, to its own person only', async () => {
    const { id, key } = await begin()
    const other = await someone()
    expect(await totpConnection(person, id)).toEqual({
      id,
      key: toBase32(key),
      uri: expect.stringContaining(`secret=${toBase32(key)}&issuer=Acme`),
    })
    expect(await totpConnection(other, id)).toBeNull()
    const match = await matchUnconfirmed(person, id, totpCode(world, key))
    if (match === null) throw new Error('no match')
    await confirm(match)
    expect(await totpConnection(person, id)).toBeNull()
  })

  test.each([
    [-1, true],
    [0, false],
    [1, false],
  ])('E3: %i ms after its end an unfinished app can be finished: %s', async (offset, open) => {
    const { id, key } = await begin()
    const step = timeStep(world.clock.now())
    world.clock.move(minutes(30) + offset)
    expect((await totpConnection(person, id)) !== null).toBe(open)
    expect((await matchUnconfirmed(person, id, totpCode(world, key))) !== null).toBe(open)
    expect(await confirm({ factorId: id, step })).toBe(open)
  })

  test('E3 S16: a new unfinished app ends the one before, and its key is gone', async () => {
    const first = await begin()
    await begin()
    expect(await db.factor.findUniqueOrThrow({ where: { id: first.id } })).toMatchObject({
      sealedKey: null,
      revokedAt: world.clock.now(),
    })
    expect(await matchUnconfirmed(person, first.id, totpCode(world, first.key))).toBeNull()
    expect(await confirm({ factorId: first.id, step: 1 })).toBe(false)
  })

  test('S7: a new unfinished app leaves a confirmed one, and that of somebody else', async () => {
    const { id } = await aTotpFactor(world, person.id)
    const other = await someone()
    const theirs = await begin(other)
    await begin()
    for (const each of [id, theirs.id]) {
      expect(await db.factor.findUniqueOrThrow({ where: { id: each } })).toMatchObject({ revokedAt: null })
    }
  })

  test('S2 S7: the right code of an unfinished app is none of a confirmed one, of another app or of another person', async () => {
    const { id, key } = await begin()
    const code = totpCode(world, key)
    const other = await someone()
    expect(await find(code)).toBeNull()
    expect(await matchUnconfirmed(other, id, code)).toBeNull()
    expect(await matchUnconfirmed(person, (await begin(other)).id, code)).toBeNull()
    const match = await matchUnconfirmed(person, id, code)
    if (match === null) throw new Error('no match')
    expect(await confirm(match, other)).toBe(false)
    expect(await confirm(match)).toBe(true)
  })

  test('E3 E8: confirming is written down and mailed', async () => {
    const { id, key } = await begin()
    const match = await matchUnconfirmed(person, id, totpCode(world, key))
    if (match === null) throw new Error('no match')
    expect(await confirm(match)).toBe(true)
    expect(await auditKinds(world, person.id)).toContain('mfa_setup_succeeded')
    expect(await countMails(world, person.email, 'factor_added')).toBe(1)
    expect(await db.factor.findUniqueOrThrow({ where: { id } })).toMatchObject({
      confirmedAt: world.clock.now(),
      lastUsedStep: match.step,
    })
  })

  test('S14: without its audit entry an app is not confirmed, and none is removed', async () => {
    const { id } = await begin()
    const match = { factorId: id, step: timeStep(world.clock.now()) }
    const before = await rowsOf(db, person.id)
    const broken = failingAt(world, 'INSERT INTO audit_event')
    await expect(
      transact(broken, (broken) => confirmFactor(broken, person, { ...match, kind: 'totp' }, 'en', REQUEST)),
    ).rejects.toThrow()
    expect(await rowsOf(db, person.id)).toEqual(before)
    await confirm(match)
    const confirmed = await rowsOf(db, person.id)
    await expect(
      transact(broken, (broken) => removeFactors(broken, person, { id }, 'removed', 'en', REQUEST)),
    ).rejects.toThrow()
    expect(await rowsOf(db, person.id)).toEqual(confirmed)
  })

  test('S3: the code that confirmed an app is used up', async () => {
    const { id, key } = await begin()
    const code = totpCode(world, key)
    const match = await matchUnconfirmed(person, id, code)
    if (match === null) throw new Error('no match')
    await confirm(match)
    expect(await find(code)).toBeNull()
    expect(await find(totpCode(world, key, -1))).toBeNull()
    expect(await find(totpCode(world, key, 1))).toEqual({ factorId: id, step: match.step + 1 })
  })

  test.each([64])('S4 E3: of %i confirmations at once one counts', async (size) => {
    const { id, key } = await begin()
    const match = await matchUnconfirmed(person, id, totpCode(world, key))
    if (match === null) throw new Error('no match')
    const results = await Promise.all(Array.from({ length: size }, () => confirm(match)))
    expect(results.filter(Boolean)).toHaveLength(1)
    expect(await countMails(world, person.email, 'factor_added')).toBe(1)
  })

  test('S3: a time step is accepted once, and never one that is older than the last', async () => {
    const { id } = await aTotpFactor(world, person.id)
    const now = timeStep(world.clock.now())
    const use = (step: number) => transact(world, (world) => spendStep(world, person.id, { factorId: id, step }))
    expect(await use(now)).toBe(true)
    expect(await use(now)).toBe(false)
    expect(await use(now - 1)).toBe(false)
    expect(await use(now + 1)).toBe(true)
    expect(await use(now)).toBe(false)
  })

  test('S3: a clock that was two hours ahead for a minute locks no app, and none of its codes comes back', async () => {
    const { id, key } = await aTotpFactor(world, person.id)
    const use = (step: number) => transact(world, (world) => spendStep(world, person.id, { factorId: id, step }))
    const early = timeStep(world.clock.now())
    expect(await use(early)).toBe(true)
    world.clock.move(hours(2))
    const ahead = await find(totpCode(world, key))
    expect(await use(ahead?.step ?? 0)).toBe(true)
    world.clock.move(minutes(1))
    expect(await use(timeStep(world.clock.now()))).toBe(true)
    world.clock.move(-hours(2))
    expect(await use(early)).toBe(false)
    const now = await find(totpCode(world, key))
    expect(now).toEqual({ factorId: id, step: early + 2 })
    expect(await use(early + 2)).toBe(true)
    expect(await use(early + 2)).toBe(false)
    world.clock.move(hours(2))
    expect(await find(totpCode(world, key))).toBeNull()
    expect(await use(early + 242)).toBe(false)
    expect(await find(totpCode(world, key, 1))).toEqual({ factorId: id, step: early + 243 })
    world.clock.move(-hours(2))
  })

  test.each([64])('S3: of %i uses of one step at once one counts', async (size) => {
    const { id } = await aTotpFactor(world, person.id)
    const match = { factorId: id, step: timeStep(world.clock.now()) }
    const uses = await Promise.all(
      Array.from({ length: size }, () => transact(world, (world) => spendStep(world, person.id, match))),
    )
    expect(uses.filter(Boolean)).toHaveLength(1)
  })

  test('S3: of older and newer steps at once the last one stands', async () => {
    const { id } = await aTotpFactor(world, person.id)
    const now = timeStep(world.clock.now())
    const steps = Array.from({ length: 30 }, (_, index) => now + (index % 3) - 1)
    await Promise.all(
      steps.map((step) => transact(world, (world) => spendStep(world, person.id, { factorId: id, step }))),
    )
    expect((await db.factor.findUniqueOrThrow({ where: { id } })).lastUsedStep).toBe(now + 1)
  })

  test('S2 S7: no step is used of an app that is unfinished, removed or somebody else’s', async () => {
    const step = timeStep(world.clock.now())
    const { id } = await begin()
    expect(await transact(world, (world) => spendStep(world, person.id, { factorId: id, step }))).toBe(false)
    await confirm({ factorId: id, step: step - 1 })
    const { id: other } = await someone()
    expect(await transact(world, (world) => spendStep(world, other, { factorId: id, step }))).toBe(false)
    await transact(world, (world) => removeFactors(world, person, { id }, 'removed', 'en', REQUEST))
    expect(await transact(world, (world) => spendStep(world, person.id, { factorId: id, step }))).toBe(false)
  })

  test('S16: a key sealed for another row, tenant or person opens nothing', async () => {
    const { id, key } = await aTotpFactor(world, person.id)
    const other = await someone()
    const { id: theirs } = await aTotpFactor(world, other.id)
    const text = toBase32(key)
    const bindings = [
      keyBinding(person.tenantId, person.id, theirs),
      keyBinding(person.tenantId, other.id, id),
      keyBinding('another tenant', person.id, id),
      ['outbox', id],
    ]
    for (const binding of bindings) {
      await db.factor.update({ where: { id }, data: { sealedKey: seal(world.keys, world.random, text, binding) } })
      await expect(find(totpCode(world, key))).rejects.toThrow(`factor ${id}: sealedKey does not open under its key`)
    }
    const right = seal(world.keys, world.random, text, keyBinding(person.tenantId, person.id, id))
    await db.factor.update({ where: { id }, data: { sealedKey: right } })
    expect(await find(totpCode(world, key))).not.toBeNull()
  })

  test('S16, N41: a damaged key matches nothing and calls nothing wrong', async () => {
    const { id } = await aTotpFactor(world, person.id)
    const binding = keyBinding(person.tenantId, person.id, id)
    for (const sealedKey of [null, '', 'damaged', seal(world.keys, world.random, 'not base32 1', binding)]) {
      await db.factor.update({ where: { id }, data: { sealedKey } })
      await expect(find('123456')).rejects.toThrow(UnreadableRow)
    }
  })

  test('E5: of several apps the one that fits is found', async () => {
    const first = await aTotpFactor(world, person.id)
    world.clock.move(seconds(1))
    const second = await aTotpFactor(world, person.id)
    expect((await factorsOf(db, person.id)).map((factor) => factor.id)).toEqual([first.id, second.id])
    expect((await find(totpCode(world, first.key)))?.factorId).toBe(first.id)
    expect((await find(totpCode(world, second.key)))?.factorId).toBe(second.id)
  })

  test.each([
    { algorithm: 'SHA256', digits: 8, period: 30 },
    { algorithm: 'SHA512', digits: 6, period: 60 },
  ] as const)('X8: an imported app of %j is judged by its own parameters', async (params) => {
    const { id, key } = await aTotpFactor(world, person.id)
    await db.factor.update({ where: { id }, data: { ...params, lastUsedStep: null } })
    const full: TotpParams = { key, ...params }
    const step = timeStep(world.clock.now(), params.period)
    expect(await find(totpAt(full, step))).toEqual({ factorId: id, step })
    const usual = totpAt({ key, ...TOTP_DEFAULTS }, timeStep(world.clock.now()))
    if (usual !== totpAt(full, step)) expect(await find(usual)).toBeNull()
  })

  test('E7 E8 S16: removing ends the named app only, forgets its key, and is written down and mailed once', async () => {
    const one = await aTotpFactor(world, person.id)
    const other = await aTotpFactor(world, person.id)
    const remove = (scope: { id?: string; exceptId?: string }, of = person) =>
      transact(world, (world) => removeFactors(world, of, scope, 'removed', 'en', REQUEST))
    expect(await remove({ id: one.id }, await someone())).toBe(0)
    expect(await remove({ id: one.id })).toBe(1)
    expect(await db.factor.findUniqueOrThrow({ where: { id: one.id } })).toMatchObject({
      sealedKey: null,
      revokedAt: world.clock.now(),
    })
    expect((await factorsOf(db, person.id)).map((factor) => factor.id)).toEqual([other.id])
    expect(await remove({ id: one.id })).toBe(0)
    expect((await auditKinds(world, person.id)).filter((kind) => kind === 'factor_removed')).toHaveLength(1)
    expect(await countMails(world, person.email, 'factor_removed')).toBe(1)
  })

  test('S11: replacing ends all apps but the new one', async () => {
    await aTotpFactor(world, person.id)
    await aTotpFactor(world, person.id)
    const kept = await aTotpFactor(world, person.id)
    const removed = await transact(world, (world) =>
      removeFactors(world, person, { exceptId: kept.id }, 'replaced', 'en', REQUEST),
    )
    expect(removed).toBe(2)
    expect((await factorsOf(db, person.id)).map((factor) => factor.id)).toEqual([kept.id])
    const event = await db.auditEvent.findFirstOrThrow({ where: { subjectId: person.id, kind: 'factor_removed' } })
    expect(event).toMatchObject({ factorType: 'totp', data: '{"reason":"replaced","removed":2}' })
  })

  test('E5: a name is given to an own confirmed app only', async () => {
    const { id } = await aTotpFactor(world, person.id)
    const unfinished = await begin()
    const rename = (factorId: string, userId = person.id) =>
      transact({ db }, ({ db }) => renameFactor(db, userId, factorId, 'Work phone'))
    expect(await rename(id, (await someone()).id)).toBe(false)
    expect(await rename(unfinished.id)).toBe(false)
    expect(await rename(id)).toBe(true)
    expect(await db.factor.findUniqueOrThrow({ where: { id } })).toMatchObject({ name: 'Work phone' })
  })

  test('E3: the life of an unfinished app is what was asked for', async () => {
    const { id, key } = await begin()
    const row = await db.factor.findUniqueOrThrow({ where: { id } })
    expect(row.expiresAt).toEqual(later(world.clock.now(), minutes(30)))
    expect(fromBase32(toBase32(key))).toEqual(key)
  })
})
