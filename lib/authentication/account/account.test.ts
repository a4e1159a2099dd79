import { beforeAll, describe, expect, test } from 'vitest'
import { recordEvent } from '../../audit/service'
import { toBase32 } from '../../core/crypto/encoding'
import { unseal } from '../../core/crypto/seal'
import { transact } from '../../core/db'
import { days, hours, later, minutes, seconds } from '../../core/kernel/time'
import { unfinishedFactor } from '../../credentials/factor/connect/service'
import { FACTOR_NAME_LENGTH, MAX_FACTORS } from '../../credentials/factor/rules'
import { factorsOf } from '../../credentials/factor/service'
import { matchCode } from '../../credentials/recovery/service'
import type { Method, SteppedUp } from '../../identity/actor/types'
import type { TenantFacts } from '../../identity/tenant/service'
import { noteCodesOpen, personById } from '../../identity/user/service'
import type { Role } from '../../identity/user/types'
import { eachDatabase } from '../../testing/databases'
import { setRules } from '../../testing/policy'
import { replacingCodes } from '../../testing/signin'
import {
  aFurtherTenant,
  anAttempt,
  anId,
  aPerson,
  aSession,
  aTenant,
  aTotpFactor,
  auditKinds,
  enrolmentProgress,
  lastMail,
  PASSWORD,
  quickWorld,
  REQUEST,
  sessionOf,
  type TestWorld,
  totpCode,
  totpKeyOf,
} from '../../testing/world'
import { isSteppedUp } from '../session/rules'
import { endSession } from '../session/service'
import { proveDevice, proveFactor, proveRecoveryCode } from '../signin/prove/service'
import { codesLeftOf, renewOwnCodes, typeOwnCodeBack } from './codes/service'
import {
  beginFactor as beginAny,
  confirmBegunFactor,
  nameFactor,
  removeFactor,
  viewOwnUnfinished as viewAny,
  viewSecurity,
} from './factors/service'
import { finishMailStepUp, startMailStepUp, stepUpWithFactor, viewStepUp } from './stepup/service'
import { turnOff, turnOn } from './two-factor/service'

const beginFactor = (world: TestWorld, actor: SteppedUp, name: string) => beginAny(world, actor, { kind: 'totp' }, name)
const viewUnfinished = async (world: TestWorld, actor: SteppedUp) => {
  const open = await viewAny(world, actor)
  return open?.kind === 'totp' ? open.connection : null
}

eachDatabase('account', (open) => {
  let world: TestWorld
  let free: TenantFacts
  let strict: TenantFacts
  beforeAll(async () => {
    world = quickWorld(open())
    free = await aTenant(world)
    strict = await aFurtherTenant(world, { required: true })
  })

  /** A person with a session at a fresh proof. */
  async function someone(more: { slug?: string; role?: Role; methods?: Method[] } = {}) {
    const person = await aPerson(world, more.slug ?? free.slug, more.role ?? 'agent')
    return { ...person, ...(await aSession(world, person.id, { methods: more.methods ?? ['pwd'], steppedUp: true })) }
  }

  /** The same with a working authenticator app. */
  async function enrolled(more: { slug?: string; role?: Role } = {}) {
    const person = await aPerson(world, more.slug ?? free.slug, more.role ?? 'agent')
    const factor = await aTotpFactor(world, person.id)
    const session = await aSession(world, person.id, { methods: ['pwd', 'otp'], steppedUp: true })
    return { ...person, ...session, factor }
  }

  const personOf = async (id: string) => {
    const found = await personById(world.db, id)
    if (found === null) throw new Error('no person')
    return found.person
  }
  const confirmedOf = async (id: string) => (await factorsOf(world.db, id)).filter((each) => each.confirmedAt !== null)
  const isAlive = (token: string) =>
    sessionOf(world, token).then(
      () => true,
      () => false,
    )
  const unusedCodes = (userId: string) =>
    world.db.recoveryCode.count({ where: { userId, usedAt: null, revokedAt: null } })
  const mailsTo = (recipient: string) =>
    world.db.outboxMessage
      .findMany({ where: { recipient }, orderBy: { id: 'asc' } })
      .then((rows) => rows.map((row) => row.template))
  const chargedOf = async (userId: string) =>
    (await world.db.throttle.findUnique({ where: { key: `factor:${userId}` } }))?.lifetime ?? 0

  /** A trusted device of this person, to see its trust end. */
  async function aTrustedDevice(userId: string): Promise<string> {
    const now = world.clock.now()
    const id = anId(world)
    await world.db.device.create({
      data: { id, userId, seriesHash: id, valueHash: id, verifiedAt: now, trustGrantedAt: now, lastSeenAt: now },
    })
    return id
  }
  const isTrusted = async (id: string) =>
    (await world.db.device.findUniqueOrThrow({ where: { id } })).trustGrantedAt !== null

  /** Begins one more authenticator app, as the account page does; gives what the page then knows. */
  async function begin(at: { token: string }, name = 'Phone') {
    const { steppedUp } = await sessionOf(world, at.token)
    expect(await beginFactor(world, steppedUp, name)).toEqual({ ok: true, value: null })
    const actor = await sessionOf(world, at.token)
    const view = await viewUnfinished(world, actor.steppedUp)
    if (view === null) throw new Error('nothing is open')
    const key = await totpKeyOf(world, actor.assured.person.id, view.id)
    return { ...actor, view, key, code: totpCode(world, key) }
  }

  /** The same, confirmed. */
  async function connect(at: { token: string }) {
    const { view, key, code, steppedUp } = await begin(at)
    const done = await confirmBegunFactor(world, steppedUp, code)
    if (!done.ok) throw new Error(done.code)
    return { factor: { id: view.id, key }, ...done.value, ...(await sessionOf(world, done.value.token)) }
  }

  /** New codes as the account page makes them; the session goes on under a new token. */
  async function renew(at: { token: string }) {
    const made = await renewOwnCodes(world, (await sessionOf(world, at.token)).renewer)
    if (!made.ok) throw new Error(made.code)
    return { ...made.value, ...(await sessionOf(world, made.value.token)) }
  }

  /** Fails when the audit entry is written: its id is taken. */
  async function stuckAt(tenantId: string) {
    const stuck = { ...world, random: (size: number) => new Uint8Array(size).fill(5) }
    world.clock.move(1)
    await recordEvent(stuck, { tenantId, kind: 'signed_out', actor: { kind: 'system' } })
    return stuck
  }

  describe('stepUpWithFactor', () => {
    test('S12, S21: a right passcode makes a new token for the same session, stepped up now', async () => {
      const person = await enrolled()
      world.clock.move(minutes(20))
      expect(isSteppedUp(person.assured.session, world.clock.now())).toBe(false)
      const code = totpCode(world, person.factor.key)
      const done = await stepUpWithFactor(world, person.assured, code)
      if (!done.ok) throw new Error(done.code)
      expect(await isAlive(person.token)).toBe(false)
      const { session } = (await sessionOf(world, done.value.token)).assured
      expect(session).toMatchObject({
        id: person.assured.session.id,
        methods: ['pwd', 'otp'],
        steppedUpAt: world.clock.now(),
      })
      expect(isSteppedUp(session, world.clock.now())).toBe(true)
      const event = await world.db.auditEvent.findFirstOrThrow({
        where: { subjectId: person.id, kind: 'step_up_succeeded' },
      })
      expect(event).toMatchObject({ factorType: 'totp', actorId: person.id, address: '192.0.2.7' })
    })

    test('S3: a passcode steps up once, in whichever session', async () => {
      const person = await enrolled()
      const other = await aSession(world, person.id)
      const code = totpCode(world, person.factor.key)
      expect((await stepUpWithFactor(world, person.assured, code)).ok).toBe(true)
      expect(await stepUpWithFactor(world, other.assured, code)).toMatchObject({ ok: false, code: 'wrong' })
    })

    test('S22: a recovery code, a mailed passcode, a stranger’s and an unfinished factor’s code are no step-up', async () => {
      const person = await enrolled()
      const stranger = await enrolled()
      const renewed = await renew(person)
      const unfinished = await begin(renewed)
      const typed = [renewed.codes[0] ?? '', totpCode(world, stranger.factor.key), unfinished.code]
      for (const each of typed) {
        expect(await stepUpWithFactor(world, renewed.assured, each)).toMatchObject({ ok: false })
        await world.db.throttle.deleteMany()
      }
      expect(await isAlive(renewed.token)).toBe(true)
      expect(await unusedCodes(person.id)).toBe(10)
      expect((await auditKinds(world, person.id)).filter((kind) => kind === 'step_up_failed')).toHaveLength(3)
    })

    test('S5: wrong tries in any session count with those at sign-in, and shut that out too', async () => {
      const person = await enrolled({ slug: strict.slug })
      const other = await aSession(world, person.id)
      for (const actor of [person.assured, other.assured, person.assured, other.assured]) {
        expect(await stepUpWithFactor(world, actor, '000000')).toMatchObject({ ok: false, code: 'wrong' })
      }
      expect(await chargedOf(person.id)).toBe(4)
      const fifth = await stepUpWithFactor(world, other.assured, '000000')
      expect(fifth).toMatchObject({
        ok: false,
        code: 'throttled',
        detail: { until: new Date(world.clock.now().getTime() + minutes(15)) },
      })
      const { claimant } = await anAttempt(world, person.email)
      const atSignIn = await proveFactor(world, claimant, totpCode(world, person.factor.key))
      expect(atSignIn).toMatchObject({ ok: false, code: 'throttled' })
    })

    test('S5: failures at sign-in count at step-up', async () => {
      const person = await enrolled({ slug: strict.slug })
      for (let n = 0; n < 2; n += 1) {
        const { claimant } = await anAttempt(world, person.email)
        await proveFactor(world, claimant, '000000')
        await proveFactor(world, claimant, '000000')
      }
      const { claimant } = await anAttempt(world, person.email)
      await proveFactor(world, claimant, '000000')
      const right = totpCode(world, person.factor.key)
      expect(await stepUpWithFactor(world, person.assured, right)).toMatchObject({ ok: false, code: 'throttled' })
    })

    test('S5: a right step-up takes back its own charge and no failure before it', async () => {
      const person = await enrolled()
      await stepUpWithFactor(world, person.assured, '000000')
      await stepUpWithFactor(world, person.assured, '000000')
      const done = await stepUpWithFactor(world, person.assured, totpCode(world, person.factor.key))
      expect(done.ok).toBe(true)
      expect(await chargedOf(person.id)).toBe(2)
    })

    test('S5: three tries per session in ten minutes; of 16 at once no more are judged', async () => {
      const person = await enrolled()
      const results = await Promise.all(
        Array.from({ length: 16 }, () => stepUpWithFactor(world, person.assured, '000000')),
      )
      expect(results.filter((each) => !each.ok && each.code === 'wrong').length).toBeLessThanOrEqual(3)
      expect(results.filter((each) => !each.ok && each.code === 'throttled').length).toBeGreaterThanOrEqual(13)
      expect((await auditKinds(world, person.id)).filter((kind) => kind === 'step_up_failed')).toHaveLength(3)
      expect(await chargedOf(person.id)).toBe(3)
      const right = () => stepUpWithFactor(world, person.assured, totpCode(world, person.factor.key))
      expect(await right()).toMatchObject({ ok: false, code: 'throttled' })
      world.clock.move(minutes(10))
      expect((await right()).ok).toBe(true)
    })

    test('M7: tries that are refused unjudged leave one entry a minute', async () => {
      const person = await enrolled()
      for (let n = 0; n < 8; n += 1) await stepUpWithFactor(world, person.assured, '000000')
      const events = await auditKinds(world, person.id)
      expect(events.filter((kind) => kind === 'step_up_failed')).toHaveLength(3)
      expect(events.filter((kind) => kind === 'sign_in_throttled')).toHaveLength(1)
      world.clock.move(minutes(1))
      await stepUpWithFactor(world, person.assured, '000000')
      expect((await auditKinds(world, person.id)).filter((kind) => kind === 'sign_in_throttled')).toHaveLength(2)
    })

    test('S5: who waits for the person’s own limit does not use up the session’s', async () => {
      const person = await enrolled()
      const others = [await aSession(world, person.id), await aSession(world, person.id)]
      for (const actor of [person, person, person, ...others]) await stepUpWithFactor(world, actor.assured, '000000')
      const last = others[1] ?? person
      for (let n = 0; n < 5; n += 1) {
        expect(await stepUpWithFactor(world, last.assured, '000000')).toMatchObject({ code: 'throttled' })
      }
      world.clock.move(minutes(15))
      expect((await stepUpWithFactor(world, last.assured, totpCode(world, person.factor.key))).ok).toBe(true)
    })

    test('S3, S12: of several at once with one right passcode, one session comes out', async () => {
      const person = await enrolled()
      const code = totpCode(world, person.factor.key)
      const results = await Promise.all(Array.from({ length: 8 }, () => stepUpWithFactor(world, person.assured, code)))
      expect(results.filter((each) => each.ok)).toHaveLength(1)
    })

    test('a request that was overtaken is told, and spends neither passcode nor try', async () => {
      const person = await enrolled()
      const stale = person.assured
      const fresh = await stepUpWithFactor(world, stale, totpCode(world, person.factor.key))
      if (!fresh.ok) throw new Error(fresh.code)
      const next = totpCode(world, person.factor.key, 1)
      expect(await stepUpWithFactor(world, stale, next)).toMatchObject({ ok: false, code: 'conflict' })
      const { assured } = await sessionOf(world, fresh.value.token)
      expect((await stepUpWithFactor(world, assured, next)).ok).toBe(true)
    })

    test('S14: when its event cannot be written, nobody is stepped up and the passcode is not spent', async () => {
      const person = await enrolled()
      const code = totpCode(world, person.factor.key)
      const stuck = await stuckAt(person.assured.person.tenantId)
      await expect(stepUpWithFactor(stuck, person.assured, code)).rejects.toThrow()
      expect(await isAlive(person.token)).toBe(true)
      expect((await stepUpWithFactor(world, person.assured, code)).ok).toBe(true)
    })
  })

  describe('step-up by password and mail', () => {
    const passcodeTo = async (email: string) => String((await lastMail(world, email)).values.code)

    test('a person without a factor gives the password, then the passcode from the mail', async () => {
      const person = await someone()
      world.clock.move(minutes(20))
      expect(await viewStepUp(world, person.assured)).toEqual({ method: 'password' })
      expect(await startMailStepUp(world, person.assured, PASSWORD)).toEqual({ ok: true, value: 'sent' })
      const mail = await lastMail(world, person.email)
      expect(mail).toEqual({
        template: 'step_up_passcode',
        values: { code: expect.stringMatching(/^\d{6}$/), minutes: 5 },
      })
      expect(await viewStepUp(world, person.assured)).toEqual({
        method: 'mail',
        sentTo: expect.stringMatching(/^p•••@e•••\.com$/),
        refused: false,
      })
      const done = await finishMailStepUp(world, person.assured, await passcodeTo(person.email))
      if (!done.ok) throw new Error(done.code)
      expect(await isAlive(person.token)).toBe(false)
      const { session } = (await sessionOf(world, done.value.token)).assured
      expect(session).toMatchObject({ methods: ['pwd', 'mail'], steppedUpAt: world.clock.now() })
      const event = await world.db.auditEvent.findFirstOrThrow({
        where: { subjectId: person.id, kind: 'step_up_succeeded' },
      })
      expect(event.factorType).toBe('mail')
    })

    test('a wrong password sends nothing and is written down', async () => {
      const person = await someone()
      expect(await startMailStepUp(world, person.assured, `${PASSWORD}!`)).toMatchObject({ ok: false, code: 'wrong' })
      expect(await mailsTo(person.email)).toEqual([])
      expect(await world.db.passcode.count({ where: { userId: person.id } })).toBe(0)
      const event = await world.db.auditEvent.findFirstOrThrow({
        where: { subjectId: person.id, kind: 'step_up_failed' },
      })
      expect(JSON.parse(event.data)).toEqual({ way: 'password' })
      expect(await viewStepUp(world, person.assured)).toEqual({ method: 'password' })
    })

    test('three wrong passwords per person in ten minutes, over all sessions; the right one waits too', async () => {
      const person = await someone()
      const other = await aSession(world, person.id)
      for (const { assured } of [person, other, person]) {
        expect(await startMailStepUp(world, assured, 'wrong')).toMatchObject({ code: 'wrong' })
      }
      expect(await startMailStepUp(world, other.assured, PASSWORD)).toMatchObject({ ok: false, code: 'throttled' })
      world.clock.move(minutes(10))
      expect(await startMailStepUp(world, other.assured, PASSWORD)).toEqual({ ok: true, value: 'sent' })
    })

    test('right passwords do not use up the tries, but the mails have a limit', async () => {
      const person = await someone()
      for (let n = 0; n < 9; n += 1) {
        expect(await startMailStepUp(world, person.assured, PASSWORD)).toEqual({ ok: true, value: 'sent' })
      }
      expect(await startMailStepUp(world, person.assured, PASSWORD)).toMatchObject({ ok: false, code: 'throttled' })
      expect(await mailsTo(person.email)).toHaveLength(9)
    })

    test('S22: the passcode belongs to the session that asked; in another one it is worth nothing', async () => {
      const person = await someone()
      const other = await aSession(world, person.id)
      await startMailStepUp(world, person.assured, PASSWORD)
      const code = await passcodeTo(person.email)
      expect(await viewStepUp(world, other.assured)).toEqual({ method: 'password' })
      expect(await finishMailStepUp(world, other.assured, code)).toMatchObject({ ok: false, code: 'expired' })
      // Nor is it when that session asks as well: its own is another.
      await startMailStepUp(world, other.assured, PASSWORD)
      const own = await passcodeTo(person.email)
      if (own !== code) {
        expect(await finishMailStepUp(world, other.assured, code)).toMatchObject({ ok: false, code: 'wrong' })
      }
      expect((await finishMailStepUp(world, person.assured, code)).ok).toBe(true)
    })

    test('S22: it verifies no device at sign-in, and a sign-in’s passcode steps nobody up', async () => {
      const person = await someone()
      const attempt = await anAttempt(world, person.email)
      expect(attempt.step).toBe('verify-device')
      const forSignIn = await passcodeTo(person.email)
      await startMailStepUp(world, person.assured, PASSWORD)
      const forStepUp = await passcodeTo(person.email)
      if (forSignIn === forStepUp) return
      expect(await finishMailStepUp(world, person.assured, forSignIn)).toMatchObject({ ok: false, code: 'wrong' })
      expect(await proveDevice(world, attempt.claimant, forStepUp)).toMatchObject({ ok: false, code: 'wrong_new_sent' })
      expect((await finishMailStepUp(world, person.assured, forStepUp)).ok).toBe(true)
    })

    test('only the newest passcode works, and once', async () => {
      const person = await someone()
      await startMailStepUp(world, person.assured, PASSWORD)
      const first = await passcodeTo(person.email)
      await startMailStepUp(world, person.assured, PASSWORD)
      const second = await passcodeTo(person.email)
      if (first !== second) {
        expect(await finishMailStepUp(world, person.assured, first)).toMatchObject({ code: 'wrong' })
      }
      const done = await finishMailStepUp(world, person.assured, second)
      if (!done.ok) throw new Error(done.code)
      const { assured } = await sessionOf(world, done.value.token)
      expect(await finishMailStepUp(world, assured, second)).toMatchObject({ ok: false, code: 'expired' })
    })

    test.each([
      [minutes(5) - 1, true],
      [minutes(5), false],
    ])('after %i ms it still counts: %s; an expired one costs no try', async (after, counts) => {
      const person = await someone()
      await startMailStepUp(world, person.assured, PASSWORD)
      world.clock.move(after)
      const done = await finishMailStepUp(world, person.assured, await passcodeTo(person.email))
      expect(done.ok).toBe(counts)
      if (!counts) {
        expect(done).toMatchObject({ code: 'expired' })
        expect(await viewStepUp(world, person.assured)).toEqual({ method: 'password' })
      }
      expect(await chargedOf(person.id)).toBe(0)
    })

    test('S5: wrong ones count with those at sign-in', async () => {
      const person = await someone()
      const sessions = [person, await aSession(world, person.id)]
      for (const { assured } of sessions) await startMailStepUp(world, assured, PASSWORD)
      for (const index of [0, 1, 0, 1]) {
        const actor = sessions[index]
        if (actor === undefined) throw new Error('no session')
        expect(await finishMailStepUp(world, actor.assured, 'abc')).toMatchObject({ code: 'wrong' })
      }
      expect(await finishMailStepUp(world, person.assured, 'abc')).toMatchObject({ code: 'throttled' })
      const { claimant } = await anAttempt(world, person.email)
      const code = await passcodeTo(person.email)
      expect(await proveDevice(world, claimant, code)).toMatchObject({ ok: false, code: 'throttled' })
    })

    test('S22: a recovery code is none, and a person with a factor cannot go this way', async () => {
      const person = await enrolled()
      const { codes, assured, token } = await renew(person)
      expect(await viewStepUp(world, assured)).toMatchObject({ method: 'factor', factor: { kind: 'totp' }, others: [] })
      expect(await viewStepUp(world, assured, { again: true })).toMatchObject({
        method: 'factor',
        factor: { kind: 'totp' },
        others: [],
      })
      await startMailStepUp(world, assured, PASSWORD)
      const mail = await lastMail(world, person.email)
      for (const typed of [codes[0] ?? '', String(mail.values.code ?? '')]) {
        expect(await finishMailStepUp(world, assured, typed)).toMatchObject({ ok: false, code: 'expired' })
      }
      expect(await isAlive(token)).toBe(true)
      expect(await unusedCodes(person.id)).toBe(10)
    })

    test('an expired one does not use up the tries of the session; asking again is possible at any time', async () => {
      const person = await someone()
      for (let n = 0; n < 4; n += 1) {
        await startMailStepUp(world, person.assured, PASSWORD)
        expect(await viewStepUp(world, person.assured, { again: true })).toEqual({ method: 'password' })
        const late = await passcodeTo(person.email)
        world.clock.move(minutes(5))
        expect(await finishMailStepUp(world, person.assured, late)).toMatchObject({ code: 'expired' })
      }
      await startMailStepUp(world, person.assured, PASSWORD)
      expect((await finishMailStepUp(world, person.assured, await passcodeTo(person.email))).ok).toBe(true)
    })

    test('of 16 at once with the right passcode one session comes out', async () => {
      const person = await someone()
      await startMailStepUp(world, person.assured, PASSWORD)
      const code = await passcodeTo(person.email)
      const results = await Promise.all(Array.from({ length: 16 }, () => finishMailStepUp(world, person.assured, code)))
      expect(results.filter((each) => each.ok)).toHaveLength(1)
    })
  })

  describe('connecting an authenticator app', () => {
    test('E3, S7: until it is confirmed it satisfies nothing and replaces nothing', async () => {
      const person = await enrolled()
      await begin(person)
      expect(await confirmedOf(person.id)).toHaveLength(1)
      expect(await viewSecurity(world, person.assured)).toMatchObject({ factors: [{ id: person.factor.id }] })
      expect((await stepUpWithFactor(world, person.assured, totpCode(world, person.factor.key))).ok).toBe(true)
    })

    test('E2, S16: its key is shown while it is unfinished, to its owner, and never after', async () => {
      const person = await someone()
      const stranger = await someone()
      expect(await viewUnfinished(world, person.steppedUp)).toBeNull()
      const { view, key, code, steppedUp } = await begin(person)
      expect(view).toEqual({ id: view.id, key: toBase32(key), uri: expect.stringMatching(/^otpauth:\/\/totp\/Acme:/) })
      expect(await viewUnfinished(world, stranger.steppedUp)).toBeNull()
      expect(await unfinishedFactor(world, stranger.assured.person.id, view.id)).toBeNull()
      const done = await confirmBegunFactor(world, steppedUp, code)
      if (!done.ok) throw new Error(done.code)
      const after = await sessionOf(world, done.value.token)
      expect(await viewUnfinished(world, after.steppedUp)).toBeNull()
      expect(await unfinishedFactor(world, after.assured.person.id, view.id)).toBeNull()
    })

    test('S6: a session shows and confirms only what it began itself', async () => {
      const person = await someone()
      const other = await aSession(world, person.id, { steppedUp: true })
      const { code } = await begin(person)
      const elsewhere = await sessionOf(world, other.token)
      expect(await viewUnfinished(world, elsewhere.steppedUp)).toBeNull()
      expect(await confirmBegunFactor(world, elsewhere.steppedUp, code)).toMatchObject({
        ok: false,
        code: 'nothing_open',
      })
      expect(await confirmedOf(person.id)).toEqual([])
    })

    test('E2: two tabs of one session show the same key, and another session begins a new one', async () => {
      const person = await someone()
      const first = await begin(person, 'First')
      const second = await begin(person, 'Second')
      expect(second.view).toEqual(first.view)
      const elsewhere = await begin(await aSession(world, person.id, { steppedUp: true }))
      expect(elsewhere.view.key).not.toBe(first.view.key)
      expect(await confirmBegunFactor(world, elsewhere.steppedUp, first.code)).toMatchObject({ code: 'wrong' })
      expect((await confirmBegunFactor(world, elsewhere.steppedUp, elsewhere.code)).ok).toBe(true)
    })

    test('E2 E3: beside an app that works the next has a name and label of its own, now and later', async () => {
      const person = await enrolled()
      const label = (uri: string) => decodeURIComponent(/^otpauth:\/\/totp\/Acme:([^?]*)/.exec(uri)?.[1] ?? '')
      const second = await begin(person, 'Phone')
      expect(label(second.view.uri)).toBe(`${person.email} (2)`)
      const done = await confirmBegunFactor(world, second.steppedUp, second.code)
      if (!done.ok) throw new Error(done.code)
      expect((await confirmedOf(person.id)).map(({ name }) => name)).toEqual(['Authenticator app', 'Phone (2)'])
      const { steppedUp } = await sessionOf(world, done.value.token)
      const removed = await removeFactor(world, steppedUp, person.factor.id)
      if (!removed.ok) throw new Error(removed.code)
      expect(label((await begin({ token: removed.value.token })).view.uri)).toBe(`${person.email} (3)`)
    })

    test('E3: an unfinished one ends after 30 minutes', async () => {
      const person = await someone()
      const second = await begin(person)
      world.clock.move(minutes(30) - 1)
      expect(await viewUnfinished(world, second.steppedUp)).not.toBeNull()
      world.clock.move(1)
      expect(await viewUnfinished(world, second.steppedUp)).toBeNull()
      const late = totpCode(world, second.key)
      expect(await confirmBegunFactor(world, second.steppedUp, late)).toMatchObject({ ok: false, code: 'nothing_open' })
      expect(await confirmedOf(person.id)).toEqual([])
    })

    test('a name is kept in one form and to 40 characters; ten factors are the most; the kind must be allowed', async () => {
      const person = await someone()
      await beginFactor(world, person.steppedUp, `  Zoe\u0308s phone ${'x'.repeat(60)}`)
      const [factor] = await factorsOf(world.db, person.id)
      expect(factor?.name).toBe(`Zoës phone ${'x'.repeat(60)}`.slice(0, FACTOR_NAME_LENGTH))
      for (let n = 0; n < MAX_FACTORS; n += 1) await aTotpFactor(world, person.id)
      expect(await beginFactor(world, person.steppedUp, 'One more')).toMatchObject({ code: 'too_many_factors' })

      const narrow = await aFurtherTenant(world)
      await setRules(world.db, narrow.id, { team: { kinds: ['passkey'] } })
      const other = await someone({ slug: narrow.slug })
      expect(await beginFactor(world, other.steppedUp, 'Phone')).toMatchObject({ code: 'kind_not_allowed' })
      expect(await factorsOf(world.db, other.id)).toEqual([])
    })

    test('E4, E6, U4: the first one brings ten codes and turns 2FA on for oneself', async () => {
      const person = await someone()
      const done = await connect(person)
      expect(done.codes).toHaveLength(10)
      expect(new Set(done.codes).size).toBe(10)
      for (const code of done.codes ?? []) expect(code).toMatch(/^[A-Z2-7]{4}(-[A-Z2-7]{4}){3}$/)
      expect(done.number).toBeGreaterThanOrEqual(1)
      expect(done.number).toBeLessThanOrEqual(10)
      const now = await personOf(person.id)
      expect(now).toMatchObject({ twoFactorOn: true, recoveryCodesAt: null, codeToTypeBack: done.number })
      expect(now.secondFactorSince).toEqual(world.clock.now())
      expect(await unusedCodes(person.id)).toBe(10)
      expect(await mailsTo(person.email)).toEqual(
        expect.arrayContaining(['factor_added', 'recovery_codes_made', 'two_factor_on']),
      )
      expect(await auditKinds(world, person.id)).toEqual(
        expect.arrayContaining(['mfa_setup_succeeded', 'recovery_codes_made', 'two_factor_turned_on']),
      )
    })

    test('P5, U4: made because it is required, it does not turn 2FA on for oneself', async () => {
      const tenant = await aFurtherTenant(world, { required: true })
      const person = await someone({ slug: tenant.slug })
      await connect(person)
      expect((await personOf(person.id)).twoFactorOn).toBe(false)
      expect(await mailsTo(person.email)).not.toContain('two_factor_on')
      expect((await anAttempt(world, person.email)).step).toBe('verify-factor')
      // The requirement is stopped: nobody asks any more.
      await setRules(world.db, tenant.id, { team: { required: false } })
      expect((await anAttempt(world, person.email)).step).toBe('verify-device')
    })

    test('E4: a further one makes no new codes and leaves the switch as it is', async () => {
      const person = await someone()
      const first = await connect(person)
      await turnOff(world, first.steppedUp)
      const codes = await world.db.recoveryCode.findMany({ where: { userId: person.id }, orderBy: { id: 'asc' } })
      world.clock.move(seconds(30))
      const second = await connect(first)
      expect(second.codes).toBeNull()
      expect(await world.db.recoveryCode.findMany({ where: { userId: person.id }, orderBy: { id: 'asc' } })).toEqual(
        codes,
      )
      expect((await personOf(person.id)).twoFactorOn).toBe(false)
      expect(await confirmedOf(person.id)).toHaveLength(2)
    })

    test('S12, D4: the token changes, every other session and all trust end', async () => {
      const person = await someone()
      const stranger = await someone()
      const other = await aSession(world, person.id, { methods: ['pwd', 'otp'] })
      const device = await aTrustedDevice(person.id)
      const done = await connect(person)
      expect(await isAlive(person.token)).toBe(false)
      expect(await isAlive(other.token)).toBe(false)
      expect(await isAlive(done.token)).toBe(true)
      expect(await isAlive(stranger.token)).toBe(true)
      expect(await isTrusted(device)).toBe(false)
      expect(done.assured.session).toMatchObject({ methods: ['pwd', 'otp'], steppedUpAt: world.clock.now() })
    })

    test('S3: the passcode that confirmed it is used up', async () => {
      const person = await someone()
      const done = await connect(person)
      const code = totpCode(world, done.factor.key)
      expect(await stepUpWithFactor(world, done.assured, code)).toMatchObject({ ok: false, code: 'wrong' })
    })

    test('E3: a wrong passcode confirms nothing and is written down; with nothing open there is nothing to confirm', async () => {
      const person = await someone()
      expect(await confirmBegunFactor(world, person.steppedUp, '123456')).toMatchObject({ code: 'nothing_open' })
      const { steppedUp } = await begin(person)
      expect(await confirmBegunFactor(world, steppedUp, '12345')).toMatchObject({ ok: false, code: 'wrong' })
      expect(await confirmedOf(person.id)).toEqual([])
      expect(await unusedCodes(person.id)).toBe(0)
      expect(await isAlive(person.token)).toBe(true)
      expect(await auditKinds(world, person.id)).toContain('mfa_setup_failed')
      expect(await mailsTo(person.email)).toEqual([])
    })

    test('of eight confirmations at once one wins: one factor, one set of codes, one mail', async () => {
      const person = await someone()
      const { steppedUp, code } = await begin(person)
      const results = await Promise.all(Array.from({ length: 8 }, () => confirmBegunFactor(world, steppedUp, code)))
      const winners = results.filter((each) => each.ok)
      expect(winners).toHaveLength(1)
      expect(await confirmedOf(person.id)).toHaveLength(1)
      expect(await unusedCodes(person.id)).toBe(10)
      expect((await mailsTo(person.email)).filter((each) => each === 'factor_added')).toHaveLength(1)
      const [winner] = winners
      expect(winner?.ok && winner.value.number).toBe((await personOf(person.id)).codeToTypeBack)
    })

    test('S14: when it cannot be written down, nothing is connected and nothing has ended', async () => {
      const person = await someone()
      const other = await aSession(world, person.id)
      const { steppedUp, code } = await begin(person)
      const stuck = await stuckAt(free.id)
      await expect(confirmBegunFactor(stuck, steppedUp, code)).rejects.toThrow()
      expect(await confirmedOf(person.id)).toEqual([])
      expect(await unusedCodes(person.id)).toBe(0)
      expect(await personOf(person.id)).toMatchObject({ twoFactorOn: false, secondFactorSince: null })
      for (const { token } of [person, other]) expect(await isAlive(token)).toBe(true)
    })

    test('a request that was overtaken changes nothing', async () => {
      const person = await someone()
      const stale = await begin(person)
      await startMailStepUp(world, stale.assured, PASSWORD)
      const mailed = String((await lastMail(world, person.email)).values.code)
      const raised = await finishMailStepUp(world, stale.assured, mailed)
      if (!raised.ok) throw new Error(raised.code)
      expect(await confirmBegunFactor(world, stale.steppedUp, stale.code)).toMatchObject({
        ok: false,
        code: 'conflict',
      })
      expect(await confirmedOf(person.id)).toEqual([])
      expect(await unusedCodes(person.id)).toBe(0)
      const { steppedUp } = await sessionOf(world, raised.value.token)
      expect((await confirmBegunFactor(world, steppedUp, stale.code)).ok).toBe(true)
    })

    test('SE2: a long session without a factor becomes as short as one with a factor, and none grows', async () => {
      const person = await someone({ role: 'end_user' })
      expect(person.assured.session).toMatchObject({ idleSeconds: 30 * 86_400 })
      world.clock.move(minutes(5))
      const { session } = (await connect(person)).assured
      expect(session.expiresAt).toEqual(new Date(world.clock.now().getTime() + hours(24)))
      expect(session.idleSeconds).toBe(3600)
      const agent = await enrolled()
      world.clock.move(minutes(5))
      const raised = await stepUpWithFactor(world, agent.assured, totpCode(world, agent.factor.key))
      if (!raised.ok) throw new Error(raised.code)
      const after = (await sessionOf(world, raised.value.token)).assured.session
      expect(after.expiresAt).toEqual(agent.assured.session.expiresAt)
      expect(after.idleSeconds).toBe(3600)
    })

    test('P7: a kind that was forbidden since it was begun is not added', async () => {
      const tenant = await aFurtherTenant(world)
      const person = await someone({ slug: tenant.slug })
      const { steppedUp, code } = await begin(person)
      await setRules(world.db, tenant.id, { team: { kinds: ['email'] } })
      expect(await confirmBegunFactor(world, steppedUp, code)).toMatchObject({ ok: false, code: 'conflict' })
      expect(await confirmedOf(person.id)).toHaveLength(0)
    })
  })

  describe('turning 2FA on and off for oneself', () => {
    const stepOf = async (email: string) => (await anAttempt(world, email)).step

    test('E6, U4: off is a click, the factor stays, and on is a click', async () => {
      const person = await someone()
      const done = await connect(person)
      const device = await aTrustedDevice(person.id)
      expect(await stepOf(person.email)).toBe('verify-factor')

      expect(await turnOff(world, done.steppedUp)).toEqual({ ok: true, value: null })
      expect(await stepOf(person.email)).toBe('verify-device')
      expect(await confirmedOf(person.id)).toHaveLength(1)
      expect(await unusedCodes(person.id)).toBe(10)
      expect(await isTrusted(device)).toBe(false)

      const again = await sessionOf(world, done.token)
      expect(await turnOn(world, again.steppedUp)).toEqual({ ok: true, value: null })
      expect(await stepOf(person.email)).toBe('verify-factor')
      const mails = (await mailsTo(person.email)).filter((each) => each.startsWith('two_factor'))
      expect(mails).toEqual(['two_factor_on', 'two_factor_off', 'two_factor_on'])
      const kinds = (await auditKinds(world, person.id)).filter((kind) => kind.startsWith('two_factor'))
      expect(kinds).toEqual(['two_factor_turned_on', 'two_factor_turned_off', 'two_factor_turned_on'])
    })

    test('E6: off is refused while it is required, and nothing changes', async () => {
      const person = await enrolled({ slug: strict.slug })
      await turnOn(world, person.steppedUp)
      const device = await aTrustedDevice(person.id)
      const before = await personOf(person.id)
      expect(before.twoFactorOn).toBe(true)
      expect(await turnOff(world, person.steppedUp)).toMatchObject({ ok: false, code: 'required' })
      expect(await personOf(person.id)).toEqual(before)
      expect(await isTrusted(device)).toBe(true)
      expect(await mailsTo(person.email)).not.toContain('two_factor_off')
    })

    test('P5: who enrolled only because of a requirement that has ended turns it on again with one click', async () => {
      const tenant = await aFurtherTenant(world, { required: true })
      const person = await enrolled({ slug: tenant.slug })
      await setRules(world.db, tenant.id, { team: { required: false } })
      expect(await stepOf(person.email)).toBe('verify-device')
      const now = await sessionOf(world, person.token)
      expect(await turnOn(world, now.steppedUp)).toEqual({ ok: true, value: null })
      expect(await stepOf(person.email)).toBe('verify-factor')
    })

    test('E6, E7: a requirement that came after the page was read counts: off and the last removal are refused', async () => {
      const tenant = await aFurtherTenant(world)
      const person = await enrolled({ slug: tenant.slug })
      await turnOn(world, person.steppedUp)
      await setRules(world.db, tenant.id, { team: { required: true } })
      expect(await turnOff(world, person.steppedUp)).toMatchObject({ ok: false, code: 'required' })
      expect((await personOf(person.id)).twoFactorOn).toBe(true)
      const [factor] = await confirmedOf(person.id)
      if (factor === undefined) throw new Error('no factor')
      const removed = await removeFactor(world, person.steppedUp, factor.id)
      expect(removed).toMatchObject({ ok: false, code: 'required' })
      expect(await confirmedOf(person.id)).toHaveLength(1)
    })

    test('U4: the last factor removed meanwhile leaves nothing to turn on', async () => {
      const person = await enrolled()
      const [factor] = await confirmedOf(person.id)
      if (factor === undefined) throw new Error('no factor')
      const both = await Promise.all([
        removeFactor(world, person.steppedUp, factor.id),
        ...Array.from({ length: 4 }, () => turnOn(world, person.steppedUp)),
      ])
      expect(both[0]).toMatchObject({ ok: true })
      expect(await confirmedOf(person.id)).toHaveLength(0)
      expect((await personOf(person.id)).twoFactorOn).toBe(false)
    })

    test('E6: on without a factor is refused', async () => {
      const person = await someone()
      await beginFactor(world, person.steppedUp, 'Unfinished')
      expect(await turnOn(world, person.steppedUp)).toMatchObject({ ok: false, code: 'no_factor' })
      expect((await personOf(person.id)).twoFactorOn).toBe(false)
    })

    test('E8: what was so already is no change: no second mail, no second event, also not at once', async () => {
      const person = await enrolled()
      await Promise.all(Array.from({ length: 4 }, () => turnOn(world, person.steppedUp)))
      await turnOn(world, person.steppedUp)
      expect((await mailsTo(person.email)).filter((each) => each === 'two_factor_on')).toHaveLength(1)
      expect((await auditKinds(world, person.id)).filter((kind) => kind === 'two_factor_turned_on')).toHaveLength(1)
    })

    test('S14: when it cannot be written down, it stays as it was', async () => {
      const person = await enrolled()
      const stuck = await stuckAt(free.id)
      await expect(turnOn(stuck, person.steppedUp)).rejects.toThrow()
      expect((await personOf(person.id)).twoFactorOn).toBe(false)
      expect(await mailsTo(person.email)).not.toContain('two_factor_on')
    })
  })

  describe('removing a factor', () => {
    test('E7: the last one cannot be removed while it is required; nothing changes, not even the token', async () => {
      const person = await enrolled({ slug: strict.slug })
      const device = await aTrustedDevice(person.id)
      const other = await aSession(world, person.id)
      const refused = await removeFactor(world, person.steppedUp, person.factor.id)
      expect(refused).toMatchObject({ ok: false, code: 'required' })
      expect(await confirmedOf(person.id)).toHaveLength(1)
      for (const { token } of [person, other]) expect(await isAlive(token)).toBe(true)
      expect(await isTrusted(device)).toBe(true)
      expect(await mailsTo(person.email)).not.toContain('factor_removed')
      expect((await stepUpWithFactor(world, person.assured, totpCode(world, person.factor.key))).ok).toBe(true)
    })

    test('E7: whether one may be removed is known before, as the removal then decides', async () => {
      const person = await enrolled({ slug: strict.slug })
      const removable = async (of: typeof person) =>
        (await viewSecurity(world, of.assured)).factors.map((f) => f.removable)
      expect(await removable(person)).toEqual([false])
      const two = await connect(person)
      expect((await viewSecurity(world, two.assured)).factors.map((each) => each.removable)).toEqual([true, true])
      expect(await removable(await enrolled())).toEqual([true])
    })

    test('S20 R11: where the mailbox cannot be added now the page knows why, and until when', async () => {
      const person = await enrolled()
      const now = world.clock.now()
      const withheld = async () => {
        const { assured } = await sessionOf(world, person.token)
        const { kinds, mailWithheld } = await viewSecurity(world, assured)
        return { kinds, mailWithheld }
      }
      expect(await withheld()).toEqual({ kinds: ['totp', 'email'], mailWithheld: null })
      await world.db.user.update({ where: { id: person.id }, data: { addressGivenAt: now } })
      expect(await withheld()).toEqual({ kinds: ['totp'], mailWithheld: { until: later(now, days(7)) } })
      await world.db.user.update({ where: { id: person.id }, data: { passwordResetByMailAt: now } })
      expect(await withheld()).toEqual({ kinds: ['totp'], mailWithheld: { until: null } })
    })

    test('E7: an unfinished one beside it does not count as another', async () => {
      const person = await enrolled({ slug: strict.slug })
      await beginFactor(world, person.steppedUp, 'Unfinished')
      expect(await removeFactor(world, person.steppedUp, person.factor.id)).toMatchObject({ code: 'required' })
    })

    test('E6, E8, D4, S12: one of two stops at once; its key is gone; other sessions and trust end; codes stay', async () => {
      const person = await enrolled({ slug: strict.slug })
      const second = await aTotpFactor(world, person.id)
      const renewed = await renew(person)
      const device = await aTrustedDevice(person.id)
      const other = await aSession(world, person.id)
      const done = await removeFactor(world, renewed.steppedUp, person.factor.id)
      if (!done.ok) throw new Error(done.code)
      expect((await confirmedOf(person.id)).map((each) => each.id)).toEqual([second.id])
      const gone = await world.db.factor.findUniqueOrThrow({ where: { id: person.factor.id } })
      expect(gone).toMatchObject({ sealedKey: null, revokedAt: world.clock.now() })
      expect(await isAlive(renewed.token)).toBe(false)
      expect(await isAlive(other.token)).toBe(false)
      expect(await isTrusted(device)).toBe(false)
      expect(await unusedCodes(person.id)).toBe(10)
      expect((await lastMail(world, person.email)).template).toBe('factor_removed')
      const now = await sessionOf(world, done.value.token)
      expect(await stepUpWithFactor(world, now.assured, totpCode(world, person.factor.key))).toMatchObject({
        ok: false,
      })
      expect((await stepUpWithFactor(world, now.assured, totpCode(world, second.key))).ok).toBe(true)
      const event = await world.db.auditEvent.findFirstOrThrow({
        where: { subjectId: person.id, kind: 'factor_removed' },
      })
      expect(JSON.parse(event.data)).toEqual({ reason: 'removed', removed: 1 })
    })

    test('E7: the last one, where it is not required, turns 2FA off and ends the codes; S6 is not forgotten', async () => {
      const person = await someone()
      const first = await connect(person)
      const before = await enrolmentProgress(world.db, free.id)
      const done = await removeFactor(world, first.steppedUp, first.factor.id)
      if (!done.ok) throw new Error(done.code)
      expect(await unusedCodes(person.id)).toBe(0)
      const match = await matchCode(world, person.id, first.codes?.[0] ?? '')
      expect(match).toEqual({ ok: true, value: null })
      const now = await personOf(person.id)
      expect(now.twoFactorOn).toBe(false)
      expect(now.secondFactorSince).not.toBeNull()
      const after = await enrolmentProgress(world.db, free.id)
      expect(after.team.enrolled).toBe(before.team.enrolled - 1)
      expect(after.team.people).toBe(before.team.people)
      expect((await mailsTo(person.email)).slice(-2).sort()).toEqual(['factor_removed', 'two_factor_off'])
      expect((await anAttempt(world, person.email)).step).toBe('verify-device')
    })

    test('S2: somebody else’s, an unfinished one and one that is not there cannot be removed', async () => {
      const person = await enrolled()
      const stranger = await enrolled()
      const open = await begin(person)
      for (const id of [stranger.factor.id, open.view.id, anId(world)]) {
        expect(await removeFactor(world, person.steppedUp, id)).toMatchObject({ ok: false, code: 'not_found' })
      }
      expect(await confirmedOf(stranger.id)).toHaveLength(1)
      expect(await isAlive(person.token)).toBe(true)
    })

    test('E7: two removals at once of two factors from two sessions leave one', async () => {
      for (let round = 0; round < 6; round += 1) {
        const person = await enrolled({ slug: strict.slug })
        const second = await aTotpFactor(world, person.id)
        const other = await aSession(world, person.id, { methods: ['pwd', 'otp'], steppedUp: true })
        const results = await Promise.all([
          removeFactor(world, person.steppedUp, person.factor.id),
          removeFactor(world, other.steppedUp, second.id),
        ])
        expect(results.filter((each) => each.ok)).toHaveLength(1)
        expect(await confirmedOf(person.id)).toHaveLength(1)
      }
    })

    test('E7: also from one session, and of one factor twice', async () => {
      const person = await enrolled({ slug: strict.slug })
      const second = await aTotpFactor(world, person.id)
      const results = await Promise.all(
        [person.factor.id, second.id, person.factor.id].map((id) => removeFactor(world, person.steppedUp, id)),
      )
      expect(results.filter((each) => each.ok)).toHaveLength(1)
      expect(await confirmedOf(person.id)).toHaveLength(1)
      expect((await mailsTo(person.email)).filter((each) => each === 'factor_removed')).toHaveLength(1)
    })

    test('S14: when it cannot be written down, the factor still works', async () => {
      const person = await enrolled()
      const code = totpCode(world, person.factor.key)
      const stuck = await stuckAt(free.id)
      await expect(removeFactor(stuck, person.steppedUp, person.factor.id)).rejects.toThrow()
      expect(await isAlive(person.token)).toBe(true)
      expect((await stepUpWithFactor(world, person.assured, code)).ok).toBe(true)
    })
  })

  describe('naming a factor', () => {
    test('E5: one’s own gets the name, in one form and to 40 characters', async () => {
      const person = await enrolled()
      const name = `  Zoe\u0308s ${'x'.repeat(60)}`
      expect((await nameFactor(world, person.assured, person.factor.id, name)).ok).toBe(true)
      expect((await factorsOf(world.db, person.id))[0]?.name).toBe(
        `Zoës ${'x'.repeat(60)}`.slice(0, FACTOR_NAME_LENGTH),
      )
      expect(await auditKinds(world, person.id)).toContain('factor_renamed')
    })

    test('S2: not somebody else’s, nor an unfinished one', async () => {
      const person = await enrolled()
      const stranger = await enrolled()
      const open = await begin(person)
      for (const id of [stranger.factor.id, open.view.id]) {
        expect(await nameFactor(world, person.assured, id, 'Mine')).toMatchObject({ code: 'not_found' })
      }
      expect(await world.db.factor.count({ where: { name: 'Mine' } })).toBe(0)
      expect(await auditKinds(world, person.id)).not.toContain('factor_renamed')
    })
  })

  describe('recovery codes', () => {
    test('S10, E6: a new set ends the old one; only digests are stored', async () => {
      const person = await enrolled()
      const old = await renew(person)
      const made = await renew(old)
      expect(await matchCode(world, person.id, old.codes[0] ?? '')).toEqual({ ok: true, value: null })
      const match = await matchCode(world, person.id, made.codes[3] ?? '')
      expect(match).toMatchObject({ ok: true, value: { number: 4, left: 9 } })
      const rows = JSON.stringify(await world.db.recoveryCode.findMany({ where: { userId: person.id } }))
      for (const code of [...old.codes, ...made.codes]) {
        expect(rows).not.toContain(code)
        expect(rows).not.toContain(code.replaceAll('-', ''))
      }
      expect(await personOf(person.id)).toMatchObject({ recoveryCodesAt: null, codeToTypeBack: made.number })
      expect((await lastMail(world, person.email)).template).toBe('recovery_codes_made')
    })

    test('S12: making them changes the token; a session that has ended or was overtaken makes none', async () => {
      const person = await enrolled()
      const first = await renew(person)
      expect(await isAlive(person.token)).toBe(false)
      expect(first.assured.session.id).toBe(person.assured.session.id)
      expect(await renewOwnCodes(world, person.renewer)).toMatchObject({ ok: false, code: 'conflict' })
      await endSession(world, first.token, 'signed_out', REQUEST)
      expect(await renewOwnCodes(world, first.renewer)).toMatchObject({ ok: false, code: 'conflict' })
      expect(await matchCode(world, person.id, first.codes[0] ?? '')).toMatchObject({ value: { number: 1 } })
      expect(await unusedCodes(person.id)).toBe(10)
      const events = (await auditKinds(world, person.id)).filter((kind) => kind === 'recovery_codes_made')
      expect(events).toHaveLength(1)
    })

    test('of eight at once one set comes out', async () => {
      const person = await enrolled()
      const results = await Promise.all(Array.from({ length: 8 }, () => renewOwnCodes(world, person.renewer)))
      const winners = results.filter((each) => each.ok)
      expect(winners).toHaveLength(1)
      expect(await unusedCodes(person.id)).toBe(10)
      const [winner] = winners
      expect(winner?.ok && winner.value.number).toBe((await personOf(person.id)).codeToTypeBack)
    })

    test('without a factor there are none to make', async () => {
      const person = await someone()
      expect(await renewOwnCodes(world, person.renewer)).toMatchObject({ ok: false, code: 'no_factor' })
      expect(await codesLeftOf(world, person.assured)).toBeNull()
      await beginFactor(world, person.steppedUp, 'Unfinished')
      expect(await codesLeftOf(world, person.assured)).toBeNull()
    })

    test('E4: the code with the number typed back is kept, and not used up by it', async () => {
      const person = await enrolled()
      const { codes, number, assured, token } = await renew(person)
      const asked = codes[number - 1] ?? ''
      const others = codes.filter((code) => code !== asked)
      for (const typed of [...others.slice(0, 3), '', 'ABCD-EFGH-IJKL-MNOP', asked.slice(0, -1)]) {
        expect(await typeOwnCodeBack(world, assured, typed)).toMatchObject({ ok: false, code: 'wrong' })
      }
      expect((await personOf(person.id)).recoveryCodesAt).toBeNull()
      const typed = ` ${asked.toLowerCase().replaceAll('-', ' ')} `
      expect(await typeOwnCodeBack(world, assured, typed)).toEqual({ ok: true, value: null })
      expect(await personOf(person.id)).toMatchObject({ recoveryCodesAt: world.clock.now(), codeToTypeBack: null })
      expect(await codesLeftOf(world, assured)).toBe(10)
      // Typed again it is kept already.
      const again = await sessionOf(world, token)
      expect(await typeOwnCodeBack(world, again.assured, 'anything')).toEqual({ ok: true, value: null })
    })

    test('E4: a set that was replaced meanwhile is not kept by typing back one of the old', async () => {
      const person = await enrolled()
      const old = await renew(person)
      const hasher = {
        ...world.hasher,
        verifyCode: async (...args: Parameters<typeof world.hasher.verifyCode>) => {
          const verified = await world.hasher.verifyCode(...args)
          // Just then another request makes a new set, and another number is asked for.
          await transact(world, (world) => noteCodesOpen(world.db, person.id, (old.number % 10) + 1))
          return verified
        },
      }
      const asked = old.codes[old.number - 1] ?? ''
      expect(await typeOwnCodeBack({ ...world, hasher }, old.assured, asked)).toMatchObject({
        ok: false,
        code: 'wrong',
      })
      expect((await personOf(person.id)).recoveryCodesAt).toBeNull()
    })

    test('E4: nor when the new set asks for the same number', async () => {
      const person = await enrolled()
      const old = await renew(person)
      const meanwhile = replacingCodes(world, person.id, old.number)
      expect(await typeOwnCodeBack(meanwhile, old.assured, old.codes[old.number - 1] ?? '')).toMatchObject({
        ok: false,
        code: 'wrong',
      })
      expect(await personOf(person.id)).toMatchObject({ recoveryCodesAt: null, codeToTypeBack: old.number })
    })

    test('E4: without a set to type back there is nothing to be right about', async () => {
      const person = await someone()
      expect(await typeOwnCodeBack(world, person.assured, 'ABCD-EFGH-IJKL-MNOP')).toMatchObject({
        ok: false,
        code: 'wrong',
      })
      expect((await personOf(person.id)).recoveryCodesAt).toBeNull()
    })

    test('S2: a stranger’s code is no code', async () => {
      const person = await renew(await enrolled())
      const theirs = await renew(await enrolled())
      for (const code of theirs.codes) {
        expect(await typeOwnCodeBack(world, person.assured, code)).toMatchObject({ ok: false, code: 'wrong' })
      }
    })

    test('R2: a used one is one less', async () => {
      const person = await enrolled({ slug: strict.slug })
      const made = await renew(person)
      const { claimant } = await anAttempt(world, person.email)
      expect((await proveRecoveryCode(world, claimant, made.codes[0] ?? '')).ok).toBe(true)
      expect(await codesLeftOf(world, made.assured)).toBe(9)
    })

    test('a busy server makes none, and leaves the old set as it is', async () => {
      const person = await enrolled()
      const made = await renew(person)
      const busy = { ...world.hasher, hashCode: async () => ({ ok: false, code: 'busy', detail: undefined }) as const }
      expect(await renewOwnCodes({ ...world, hasher: busy }, made.renewer)).toMatchObject({ code: 'busy' })
      expect(await matchCode(world, person.id, made.codes[0] ?? '')).toMatchObject({ value: { number: 1 } })
    })
  })

  describe('viewSecurity', () => {
    test('E6: says what there is, whether it is required, and how long a new password must be', async () => {
      const person = await enrolled({ slug: strict.slug, role: 'end_user' })
      await beginFactor(world, person.steppedUp, 'Unfinished')
      expect(await viewSecurity(world, person.assured)).toEqual({
        factors: [
          {
            id: person.factor.id,
            kind: 'totp',
            name: 'Authenticator app',
            target: null,
            first: true,
            allowed: true,
            removable: false,
            createdAt: expect.any(Date),
            lastUsedAt: expect.any(Date),
          },
        ],
        kinds: ['totp', 'email'],
        mailWithheld: null,
        codesLeft: 0,
        codesKept: true,
        turnedOn: false,
        required: true,
        inForce: true,
        steppedUp: true,
        minimumPassword: 12,
        wasReset: false,
      })
      world.clock.move(minutes(15))
      const later = await sessionOf(world, person.token)
      expect((await viewSecurity(world, later.assured)).steppedUp).toBe(false)
      const other = await someone()
      expect(await viewSecurity(world, other.assured)).toMatchObject({
        factors: [],
        required: false,
        inForce: false,
        minimumPassword: 15,
        wasReset: false,
      })
    })
  })

  describe('mails about factors', () => {
    test('E8, S10, S16: each change is told, and no stored row holds a key, a recovery code, a password or a token', async () => {
      const person = await someone()
      const secrets = [PASSWORD, person.token]
      const first = await connect(person)
      const [code] = first.codes ?? []
      secrets.push(first.token, toBase32(first.factor.key), ...(first.codes ?? []))
      world.clock.move(seconds(30))
      const second = await connect(first)
      secrets.push(second.token, toBase32(second.factor.key))
      const renewed = await renew(second)
      secrets.push(renewed.token, ...renewed.codes)
      await typeOwnCodeBack(world, renewed.assured, renewed.codes[0] ?? '')
      await turnOff(world, renewed.steppedUp)
      await turnOn(world, renewed.steppedUp)
      world.clock.move(seconds(30))
      const raised = await stepUpWithFactor(world, renewed.assured, totpCode(world, second.factor.key))
      if (!raised.ok) throw new Error(raised.code)
      await stepUpWithFactor(world, (await sessionOf(world, raised.value.token)).assured, code ?? '')
      const one = await removeFactor(world, (await sessionOf(world, raised.value.token)).steppedUp, first.factor.id)
      if (!one.ok) throw new Error(one.code)
      const two = await removeFactor(world, (await sessionOf(world, one.value.token)).steppedUp, second.factor.id)
      if (!two.ok) throw new Error(two.code)
      secrets.push(raised.value.token, one.value.token, two.value.token)

      const mails = await world.db.outboxMessage.findMany({
        where: { recipient: person.email },
        orderBy: { id: 'asc' },
      })
      expect(mails.map((mail) => mail.template).sort()).toEqual([
        'factor_added',
        'factor_added',
        'factor_removed',
        'factor_removed',
        'recovery_codes_made',
        'recovery_codes_made',
        'two_factor_off',
        'two_factor_off',
        'two_factor_on',
        'two_factor_on',
      ])
      const told = mails.map((mail) => unseal(world.keys, mail.sealed ?? '', ['outbox', mail.id]) ?? '')
      expect(told.every((each) => each.startsWith('{'))).toBe(true)
      const stored = JSON.stringify([
        mails,
        told,
        await world.db.auditEvent.findMany({ where: { subjectId: person.id } }),
        await world.db.user.findUniqueOrThrow({ where: { id: person.id } }),
        await world.db.factor.findMany({ where: { userId: person.id } }),
        await world.db.recoveryCode.findMany({ where: { userId: person.id } }),
        await world.db.session.findMany({ where: { userId: person.id } }),
      ])
      expect(secrets.length).toBeGreaterThan(26)
      for (const secret of secrets) {
        expect(stored).not.toContain(secret)
        expect(stored).not.toContain(secret.replaceAll('-', ''))
      }
    })

    test('S23, X1: they go to the registered address alone, in the person’s own language', async () => {
      const person = await someone()
      await world.db.user.update({ where: { id: person.id }, data: { locale: 'de' } })
      const session = await aSession(world, person.id, { steppedUp: true })
      await connect(session)
      const mails = await world.db.outboxMessage.findMany({ where: { userId: person.id } })
      expect(mails.length).toBeGreaterThanOrEqual(3)
      for (const mail of mails) expect(mail).toMatchObject({ recipient: person.email, locale: 'de', tenantId: free.id })
    })
  })
})
