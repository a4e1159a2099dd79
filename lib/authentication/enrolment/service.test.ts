import { beforeAll, beforeEach, expect, test } from 'vitest'
import { toBase32 } from '../../core/crypto/encoding'
import { unseal } from '../../core/crypto/seal'
import { hashToken } from '../../core/crypto/token'
import type { Db } from '../../core/db'
import { days, later, minutes, seconds } from '../../core/kernel/time'
import { lastDayOf } from '../../identity/policy/rules'
import { eachDatabase } from '../../testing/databases'
import { allRows, rowsOf } from '../../testing/observed'
import { setRules } from '../../testing/policy'
import { whileHashing } from '../../testing/race'
import {
  aKnownDevice,
  anEnrolled,
  attemptOf,
  countMails,
  mailedPasscode,
  replacingCodes,
  savedCodes,
  sessionsOf,
  signedIn,
  startTotp,
  stepOf,
  wrongTotp,
} from '../../testing/signin'
import {
  aFurtherTenant,
  anAttempt,
  aPerson,
  aSession,
  aTenant,
  auditKinds,
  enrolmentProgress,
  quickWorld,
  type TestWorld,
  totpCode,
  totpKeyOf,
} from '../../testing/world'
import { judgeSession } from '../session/rules'
import { findLiveSession } from '../session/service'
import { readSignIn } from '../signin/attempt/service'
import { finishSignIn } from '../signin/finish/service'
import { answerIfLost, proveDevice, proveFactor, proveRecoveryCode } from '../signin/prove/service'
import { ATTEMPT_TTL, ENROLMENT_TTL } from '../signin/rules'
import { type StepView, viewSignIn } from '../signin/view/service'
import { confirmEnrolment, putOffEnrolment, renewCodes, typeCodeBack } from './service'

eachDatabase('enrolling at sign-in', (open) => {
  let world: TestWorld
  let db: Db
  let acme: Awaited<ReturnType<typeof aTenant>>

  beforeAll(async () => {
    db = open()
    world = quickWorld(db)
    acme = await aTenant(world)
    await setRules(db, acme.id, { team: { required: true } })
  })
  beforeEach(() => world.clock.move(minutes(2)))

  const connectionOf = (view: StepView | null) => (view?.enrolling?.kind === 'totp' ? view.enrolling.connection : null)
  type Claim = Awaited<ReturnType<typeof anAttempt>>['claimant']
  const standing = async (claimant: Claim) => (await readSignIn(world, claimant))?.step

  /** Someone who must enrol, at the choice of kinds. */
  async function atChoice() {
    const person = await aPerson(world, acme.slug)
    const deviceToken = await aKnownDevice(world, person.id)
    const { claimant, step } = await anAttempt(world, person.email, deviceToken)
    if (step !== 'enrol') throw new Error(step)
    return { person, claimant, deviceToken }
  }

  async function begun(claimant: Claim, userId: string) {
    stepOf(await startTotp(world, claimant, 'My phone'))
    const attempt = await db.signInAttempt.findUniqueOrThrow({ where: { tokenHash: claimant.attemptHash } })
    const factorId = attempt.enrollingFactorId ?? ''
    return { factorId, key: await totpKeyOf(world, userId, factorId) }
  }

  /** … who has confirmed the app and sees the codes. */
  async function atCodes() {
    const at = await atChoice()
    const app = await begun(at.claimant, at.person.id)
    return { ...at, ...app, ...(await confirmed(at.claimant, app.key)) }
  }

  async function confirmed(claimant: Claim, key: Uint8Array) {
    const done = await confirmEnrolment(world, claimant, totpCode(world, key))
    if (!done.ok) throw new Error(done.code)
    return { codes: done.value.codes, asked: done.value.codes[done.value.number - 1] ?? '', number: done.value.number }
  }

  const lost = async (email: string, code: string) => {
    const { claimant } = await anAttempt(world, email)
    stepOf(await proveRecoveryCode(world, claimant, code))
    stepOf(await answerIfLost(world, claimant, 'lost'))
    return claimant
  }

  /** Of a company that has named a day: at the page that offers to put it off. */
  async function beforeTheDay(until = later(world.clock.now(), days(10) + 1)) {
    const tenant = await aFurtherTenant(world, { required: true })
    await setRules(db, tenant.id, { team: { deadline: until } })
    const person = await aPerson(world, tenant.slug)
    const deviceToken = await aKnownDevice(world, person.id)
    world.clock.move(1)
    return { tenant, person, deviceToken, until, ...(await anAttempt(world, person.email, deviceToken)) }
  }

  test('P8: put off, the session is good until the day is over, and the next sign-in asks again', async () => {
    const { tenant, person, deviceToken, until, claimant, step } = await beforeTheDay()
    expect(step).toBe('put-off')
    expect(await viewSignIn(world, claimant)).toMatchObject({ putOff: { until, days: 10 }, kinds: ['totp', 'email'] })
    const { sessionToken } = signedIn(await putOffEnrolment(world, claimant))
    const [session] = await sessionsOf(world, person.id)
    expect(session).toMatchObject({ methods: 'pwd put_off', steppedUpAt: null })
    const events = await db.auditEvent.findMany({ where: { subjectId: person.id, kind: { not: 'device_verified' } } })
    expect(events.find(({ kind }) => kind === 'enrolment_put_off')?.data).toContain(lastDayOf(until, 'UTC'))
    const told = JSON.parse(events.find(({ kind }) => kind === 'sign_in_succeeded')?.data ?? '{}')
    expect(told).toMatchObject({ decision: 'put_off', rule: 'deadline', level: 'tenant' })
    const worth = async () => {
      const live = await findLiveSession(world, hashToken('session', sessionToken))
      return live && judgeSession(live.session, live.person, world.clock.now())
    }
    expect(await worth()).toBe('assured')
    world.clock.move(seconds(1))
    expect((await anAttempt(world, person.email, deviceToken)).step).toBe('put-off')
    await setRules(db, tenant.id, { team: { deadline: world.clock.now() } })
    expect(await worth()).toBe('not_assured')
    expect((await anAttempt(world, person.email, deviceToken)).step).toBe('enrol')
  })

  test('P8: what was offered before the day is over is refused after it', async () => {
    const { tenant, person, claimant } = await beforeTheDay()
    await setRules(db, tenant.id, { team: { deadline: world.clock.now() } })
    expect(stepOf(await putOffEnrolment(world, claimant))).toBe('enrol')
    expect(await sessionsOf(world, person.id)).toEqual([])
    expect(await auditKinds(world, person.id)).not.toContain('enrolment_put_off')
  })

  test('P8: pressed eight times at once it opens one session', async () => {
    const { person, claimant } = await beforeTheDay()
    await Promise.all(Array.from({ length: 8 }, () => putOffEnrolment(world, claimant)))
    expect(await sessionsOf(world, person.id)).toHaveLength(1)
    expect((await auditKinds(world, person.id)).filter((kind) => kind === 'enrolment_put_off')).toHaveLength(1)
  })

  test('P8: set up at once, before the day', async () => {
    const { person, claimant } = await beforeTheDay()
    const { key } = await begun(claimant, person.id)
    expect((await viewSignIn(world, claimant))?.enrolling?.kind).toBe('totp')
    const { asked } = await confirmed(claimant, key)
    expect(await standing(claimant)).toBe('show-recovery-codes')
    expect(stepOf(await putOffEnrolment(world, claimant))).toBe('show-recovery-codes')
    signedIn(await typeCodeBack(world, claimant, asked))
    expect((await sessionsOf(world, person.id))[0]?.methods).toBe('pwd otp')
  })

  test('E1 E3 E4 S1: from the choice to the session, and no session before the codes are typed back', async () => {
    const { person, claimant } = await atChoice()
    const view = async () => viewSignIn(world, claimant)
    expect(await view()).toMatchObject({ step: 'enrol', kinds: ['totp', 'email'], enrolling: null })
    const { key } = await begun(claimant, person.id)
    expect(connectionOf(await view())?.key).toBe(toBase32(key))
    const { codes, number } = await confirmed(claimant, key)
    expect(codes).toHaveLength(10)
    expect(new Set(codes).size).toBe(10)
    expect(await view()).toMatchObject({ step: 'show-recovery-codes', enrolling: null, codeToTypeBack: number })
    expect(await sessionsOf(world, person.id)).toEqual([])
    expect(await finishSignIn(world, claimant)).toMatchObject({ value: { step: 'show-recovery-codes' } })
    const done = signedIn(await typeCodeBack(world, claimant, codes[number - 1] ?? ''))
    const session = await findLiveSession(world, hashToken('session', done.sessionToken))
    expect(session?.session).toMatchObject({ methods: ['pwd', 'otp'], steppedUpAt: world.clock.now() })
    expect(await sessionsOf(world, person.id)).toHaveLength(1)
    expect(await auditKinds(world, person.id)).toEqual(
      expect.arrayContaining(['mfa_setup_succeeded', 'recovery_codes_made', 'sign_in_succeeded']),
    )
    for (const mail of ['factor_added', 'recovery_codes_made']) {
      expect(await countMails(world, person.email, mail)).toBe(1)
    }
    expect(await countMails(world, person.email, 'factor_removed')).toBe(0)
  })

  test('E2 S16: the link names tenant and address; once confirmed the key is shown no more, and never before either elsewhere', async () => {
    const { person, claimant } = await atChoice()
    const { key } = await begun(claimant, person.id)
    const connection = connectionOf(await viewSignIn(world, claimant))
    expect(connection?.uri).toBe(
      `otpauth://totp/Acme:${encodeURIComponent(person.email)}?secret=${toBase32(key)}&issuer=Acme&algorithm=SHA1&digits=6&period=30`,
    )
    const deviceToken = await aKnownDevice(world, person.id)
    const other = await anAttempt(world, person.email, deviceToken)
    expect(await viewSignIn(world, other.claimant)).toMatchObject({ step: 'enrol', enrolling: null })
    await confirmed(claimant, key)
    expect((await viewSignIn(world, claimant))?.enrolling).toBeNull()
  })

  test('D5 S6: on an unknown device the mailed passcode comes before the wizard', async () => {
    const person = await aPerson(world, acme.slug)
    const { claimant, step } = await anAttempt(world, person.email)
    expect(step).toBe('verify-device')
    expect(stepOf(await startTotp(world, claimant, 'App'))).toBe('verify-device')
    expect(await db.factor.count({ where: { userId: person.id } })).toBe(0)
    expect(stepOf(await proveDevice(world, claimant, await mailedPasscode(world, person.email)))).toBe('enrol')
    const { key } = await begun(claimant, person.id)
    const { asked } = await confirmed(claimant, key)
    const done = signedIn(await typeCodeBack(world, claimant, asked))
    const session = await findLiveSession(world, hashToken('session', done.sessionToken))
    expect(session?.session.methods).toEqual(['pwd', 'otp', 'mail'])
  })

  test('S6: who had a factor once never binds one by the password alone, on a known device either', async () => {
    const person = await anEnrolled(world, acme.slug)
    const deviceToken = await aKnownDevice(world, person.id)
    await db.factor.updateMany({ where: { userId: person.id }, data: { revokedAt: world.clock.now() } })
    const { claimant, step } = await anAttempt(world, person.email, deviceToken)
    expect(step).toBe('verify-device')
    expect(stepOf(await startTotp(world, claimant, 'App'))).toBe('verify-device')
    expect(await confirmEnrolment(world, claimant, totpCode(world, person.key))).toMatchObject({ code: 'elsewhere' })
    expect(stepOf(await proveDevice(world, claimant, await mailedPasscode(world, person.email)))).toBe('enrol')
  })

  test('E3 S7: an unfinished app asks for nothing and accepts nothing', async () => {
    const { person, claimant, deviceToken } = await atChoice()
    const { key, factorId } = await begun(claimant, person.id)
    const later = await anAttempt(world, person.email, deviceToken)
    expect(later.step).toBe('enrol')
    expect(stepOf(await proveFactor(world, later.claimant, totpCode(world, key)))).toBe('enrol')
    expect(await db.factor.findUniqueOrThrow({ where: { id: factorId } })).toMatchObject({ confirmedAt: null })
    expect(await sessionsOf(world, person.id)).toEqual([])
  })

  test('E3: a wrong code confirms nothing, costs no try, and is written down', async () => {
    const { person, claimant } = await atChoice()
    const { key, factorId } = await begun(claimant, person.id)
    for (let round = 0; round < 5; round += 1) {
      expect(await confirmEnrolment(world, claimant, wrongTotp(world, key))).toMatchObject({ code: 'wrong' })
    }
    expect(await attemptOf(world, person.id)).toMatchObject({ failures: 0 })
    expect(await db.factor.findUniqueOrThrow({ where: { id: factorId } })).toMatchObject({ confirmedAt: null })
    expect((await auditKinds(world, person.id)).filter((kind) => kind === 'mfa_setup_failed')).toHaveLength(5)
    await confirmed(claimant, key)
  })

  test('E3: without an app begun nothing is confirmed', async () => {
    const { claimant } = await atChoice()
    expect(await confirmEnrolment(world, claimant, '123456')).toMatchObject({ code: 'wrong' })
  })

  test('E3: an app begun anew takes the place of the unfinished one, in any attempt', async () => {
    const { person, claimant, deviceToken } = await atChoice()
    const first = await begun(claimant, person.id)
    world.clock.move(seconds(1))
    const other = await anAttempt(world, person.email, deviceToken)
    const second = await begun(other.claimant, person.id)
    expect(await confirmEnrolment(world, claimant, totpCode(world, first.key))).toMatchObject({ code: 'wrong' })
    await confirmed(other.claimant, second.key)
    expect(await db.factor.findUniqueOrThrow({ where: { id: first.factorId } })).toMatchObject({ sealedKey: null })
  })

  test('S2 S22: the app begun in one attempt is not confirmed in another', async () => {
    const ann = await atChoice()
    const bob = await atChoice()
    const { key, factorId } = await begun(ann.claimant, ann.person.id)
    await begun(bob.claimant, bob.person.id)
    expect(await confirmEnrolment(world, bob.claimant, totpCode(world, key))).toMatchObject({ code: 'wrong' })
    await db.signInAttempt.updateMany({ where: { userId: bob.person.id }, data: { enrollingFactorId: factorId } })
    expect(await confirmEnrolment(world, bob.claimant, totpCode(world, key))).toMatchObject({ code: 'wrong' })
    expect((await viewSignIn(world, bob.claimant))?.enrolling).toBeNull()
  })

  test('S3: the code that confirmed the app does not sign anybody in', async () => {
    const { person, claimant } = await atChoice()
    const { key } = await begun(claimant, person.id)
    const code = totpCode(world, key)
    await confirmed(claimant, key)
    const again = await anAttempt(world, person.email)
    expect(await proveFactor(world, again.claimant, code)).toMatchObject({ code: 'wrong' })
    expect(stepOf(await proveFactor(world, again.claimant, totpCode(world, key, 1)))).toBe('show-recovery-codes')
  })

  test('E2: another tab of the wizard shows the same key', async () => {
    const { person, claimant } = await atChoice()
    const first = await begun(claimant, person.id)
    expect(await begun(claimant, person.id)).toEqual(first)
    expect(await confirmEnrolment(world, claimant, totpCode(world, first.key))).toMatchObject({ ok: true })
  })

  test('E3: who enrols anew beside an app that may still work gets an entry of its own in the app', async () => {
    const { person, claimant, asked, codes } = await atCodes()
    signedIn(await typeCodeBack(world, claimant, asked))
    const anew = await lost(person.email, codes.find((code) => code !== asked) ?? '')
    await begun(anew, person.id)
    const uri = connectionOf(await viewSignIn(world, anew))?.uri
    expect(uri).toContain(`otpauth://totp/Acme:${encodeURIComponent(`${person.email} (2)`)}?`)
  })

  test('the wizard has thirty minutes from the password, however often it is begun, and the cookie is told', async () => {
    const { person, claimant } = await atChoice()
    const { createdAt } = await attemptOf(world, person.id)
    const end = later(createdAt, ENROLMENT_TTL)
    world.clock.move(minutes(9))
    expect(await startTotp(world, claimant, 'App')).toMatchObject({ value: { until: end } })
    world.clock.move(minutes(20))
    expect(await startTotp(world, claimant, 'App')).toMatchObject({ value: { until: end } })
    world.clock.move(minutes(1) - 1)
    expect(await standing(claimant)).toBe('enrol')
    world.clock.move(1)
    expect(await startTotp(world, claimant, 'App')).toMatchObject({ code: 'start_over' })
  })

  test('S4: without an app begun the attempt ends at its ten minutes', async () => {
    const { claimant } = await atChoice()
    world.clock.move(ATTEMPT_TTL)
    expect(await startTotp(world, claimant, 'App')).toMatchObject({ code: 'start_over' })
  })

  test('P7: an app is not begun where apps are not allowed', async () => {
    const { person, claimant } = await atChoice()
    await setRules(db, acme.id, { team: { kinds: ['passkey'] } })
    try {
      expect(stepOf(await startTotp(world, claimant, 'App'))).toBe('enrol')
      expect(await viewSignIn(world, claimant)).toMatchObject({ kinds: [] })
      expect(await db.factor.count({ where: { userId: person.id } })).toBe(0)
    } finally {
      await setRules(db, acme.id, { team: { kinds: ['totp', 'email', 'passkey'] } })
    }
  })

  // ——— the recovery codes ———

  test('E4: a wrong entry, another code of the set, and one of nobody do not end the wizard', async () => {
    const { person, claimant, codes, number, asked } = await atCodes()
    const another = codes[number % 10] ?? ''
    for (const typed of ['', 'nonsense', another, 'AAAA-AAAA-AAAA-AAAA']) {
      expect(await typeCodeBack(world, claimant, typed)).toMatchObject({ ok: false, code: 'wrong' })
    }
    expect(await sessionsOf(world, person.id)).toEqual([])
    signedIn(await typeCodeBack(world, claimant, asked.toLowerCase().replaceAll('-', ' ')))
  })

  test('E4: the code typed back is not used up', async () => {
    const { person, claimant, asked } = await atCodes()
    signedIn(await typeCodeBack(world, claimant, asked))
    const { claimant: next } = await anAttempt(world, person.email)
    expect(stepOf(await proveRecoveryCode(world, next, asked))).toBe('ask-if-lost')
  })

  test('E4 S10: a reload gives new codes; the old set is dead, for typing back and for signing in', async () => {
    const { person, claimant, asked } = await atCodes()
    const renewed = await renewCodes(world, claimant)
    if (!renewed.ok) throw new Error(renewed.code)
    expect(await typeCodeBack(world, claimant, asked)).toMatchObject({ code: 'wrong' })
    expect(await db.recoveryCode.count({ where: { userId: person.id, revokedAt: null } })).toBe(10)
    signedIn(await typeCodeBack(world, claimant, renewed.value.codes[renewed.value.number - 1] ?? ''))
    const { claimant: next } = await anAttempt(world, person.email)
    expect(await proveRecoveryCode(world, next, asked)).toMatchObject({ code: 'wrong' })
    expect(stepOf(await proveRecoveryCode(world, next, renewed.value.codes[0] ?? ''))).toBe('ask-if-lost')
  })

  test('E4 S10: a set that was replaced while one of its codes was judged is not kept, though the same number is asked', async () => {
    const { person, claimant, asked } = await atCodes()
    const { codeToTypeBack } = await db.user.findUniqueOrThrow({ where: { id: person.id } })
    const meanwhile = replacingCodes(world, person.id, codeToTypeBack ?? 0)
    expect(await typeCodeBack(meanwhile, claimant, asked)).toMatchObject({ code: 'wrong' })
    const row = await db.user.findUniqueOrThrow({ where: { id: person.id } })
    expect(row).toMatchObject({ recoveryCodesAt: null, codeToTypeBack })
    expect(await sessionsOf(world, person.id)).toEqual([])
  })

  test('E4 S1: who leaves after confirming proves the app at the next sign-in, and then gets codes before a session', async () => {
    const { person, key, asked } = await atCodes()
    world.clock.move(minutes(20))
    const { claimant, step } = await anAttempt(world, person.email)
    expect(step).toBe('verify-factor')
    expect(await renewCodes(world, claimant)).toMatchObject({ code: 'elsewhere' })
    expect(stepOf(await proveFactor(world, claimant, totpCode(world, key)))).toBe('show-recovery-codes')
    expect(await sessionsOf(world, person.id)).toEqual([])
    signedIn(await typeCodeBack(world, claimant, asked))
  })

  test('E4: the codes step extends the attempt to the thirty minutes of the wizard', async () => {
    const { person, key } = await atCodes()
    world.clock.move(minutes(20))
    const { claimant } = await anAttempt(world, person.email)
    await proveFactor(world, claimant, totpCode(world, key))
    world.clock.move(minutes(9))
    await renewCodes(world, claimant)
    world.clock.move(minutes(21) - 1)
    expect(await standing(claimant)).toBe('show-recovery-codes')
    world.clock.move(1)
    expect(await renewCodes(world, claimant)).toMatchObject({ code: 'elsewhere' })
  })

  test('E4: when no hash can be made now, nothing is confirmed, and the same code works after', async () => {
    const { person, claimant } = await atChoice()
    const { key } = await begun(claimant, person.id)
    const busy = { ...world, hasher: { ...world.hasher, hashCode: async () => ({ ok: false, code: 'busy' }) as never } }
    const before = await rowsOf(db, person.id)
    expect(await confirmEnrolment(busy, claimant, totpCode(world, key))).toMatchObject({ code: 'busy' })
    expect(await rowsOf(db, person.id)).toEqual(before)
    await confirmed(claimant, key)
  })

  // ——— enrolling anew ———

  test('S11 R1 D4: a lost app enrolled anew ends the old one, its key, sessions, other attempts, trust and codes, and says so', async () => {
    const person = await anEnrolled(world, acme.slug)
    const codes = await savedCodes(world, person.id)
    const deviceToken = await aKnownDevice(world, person.id)
    await db.device.updateMany({ where: { userId: person.id }, data: { trustGrantedAt: world.clock.now() } })
    const session = await aSession(world, person.id, { methods: ['pwd', 'otp'] })
    const stolen = await lost(person.email, codes[1] ?? '')
    const colleague = await anEnrolled(world, acme.slug)
    await aSession(world, colleague.id)
    await db.device.create({
      data: {
        ...(await db.device.findFirstOrThrow({ where: { userId: person.id } })),
        id: `device of ${colleague.id}`,
        userId: colleague.id,
      },
    })
    const before = await rowsOf(db, colleague.id)

    const claimant = await lost(person.email, codes[0] ?? '')
    world.clock.move(minutes(1))
    const { key, factorId } = await begun(claimant, person.id)
    expect(await db.factor.findUniqueOrThrow({ where: { id: person.factorId } })).toMatchObject({ revokedAt: null })
    const { asked } = await confirmed(claimant, key)

    expect(await db.factor.findUniqueOrThrow({ where: { id: person.factorId } })).toMatchObject({
      revokedAt: world.clock.now(),
      sealedKey: null,
    })
    expect(await findLiveSession(world, hashToken('session', session.token))).toBeNull()
    expect(await standing(stolen)).toBe('start-over')
    const devices = await db.device.findMany({ where: { userId: person.id } })
    expect(devices.map((device) => [device.trustGrantedAt, device.forgottenAt])).toEqual([[null, null]])
    expect(await db.recoveryCode.count({ where: { userId: person.id, usedAt: null, revokedAt: null } })).toBe(10)
    for (const mail of ['factor_added', 'factor_removed', 'recovery_codes_made']) {
      expect(await countMails(world, person.email, mail)).toBeGreaterThanOrEqual(1)
    }
    expect(await auditKinds(world, person.id)).toEqual(
      expect.arrayContaining(['factor_removed', 'mfa_setup_succeeded', 'recovery_codes_made']),
    )
    const done = signedIn(await typeCodeBack(world, claimant, asked))
    expect((await findLiveSession(world, hashToken('session', done.sessionToken)))?.session.methods).toEqual([
      'pwd',
      'otp',
      'recovery',
    ])
    const { claimant: next } = await anAttempt(world, person.email, deviceToken)
    expect(await proveFactor(world, next, totpCode(world, person.key))).toMatchObject({ code: 'wrong' })
    expect(await proveRecoveryCode(world, next, codes[2] ?? '')).toMatchObject({ code: 'wrong' })
    expect(await db.factor.findUniqueOrThrow({ where: { id: factorId } })).toMatchObject({ revokedAt: null })
    expect(await rowsOf(db, colleague.id)).toEqual(before)
  })

  test('S11 S7: a sign-in that has proved the old app and waits for its codes gets neither codes nor a session', async () => {
    const person = await anEnrolled(world, acme.slug)
    const codes = await savedCodes(world, person.id)
    await db.user.update({ where: { id: person.id }, data: { recoveryCodesAt: null } })
    const thief = await anAttempt(world, person.email)
    expect(stepOf(await proveFactor(world, thief.claimant, totpCode(world, person.key)))).toBe('show-recovery-codes')
    const claimant = await lost(person.email, codes[0] ?? '')
    const { key } = await begun(claimant, person.id)
    const { asked } = await confirmed(claimant, key)
    expect(await renewCodes(world, thief.claimant)).toMatchObject({ ok: false })
    expect(await typeCodeBack(world, thief.claimant, asked)).toMatchObject({ code: 'start_over' })
    expect(await sessionsOf(world, person.id)).toEqual([])
  })

  test('S7 E3: an unfinished new app does not replace the one that works', async () => {
    const person = await anEnrolled(world, acme.slug)
    const codes = await savedCodes(world, person.id)
    const claimant = await lost(person.email, codes[0] ?? '')
    const { key } = await begun(claimant, person.id)
    expect(await confirmEnrolment(world, claimant, wrongTotp(world, key))).toMatchObject({ code: 'wrong' })
    const { claimant: next } = await anAttempt(world, person.email)
    expect(await proveFactor(world, next, totpCode(world, key))).toMatchObject({ code: 'wrong' })
    signedIn(await proveFactor(world, next, totpCode(world, person.key)))
  })

  test('P9: the first factor is counted once, in every tenant of the person', async () => {
    const count = async () => (await enrolmentProgress(db, acme.id)).team.enrolled
    const before = await count()
    const { person, claimant, asked } = await atCodes()
    expect(await count()).toBe(before + 1)
    signedIn(await typeCodeBack(world, claimant, asked))
    const { secondFactorSince } = await db.user.findUniqueOrThrow({ where: { id: person.id } })
    expect(secondFactorSince).toEqual(world.clock.now())
    world.clock.move(minutes(10))
    const anew = await lost(person.email, asked)
    const { key } = await begun(anew, person.id)
    await confirmed(anew, key)
    expect(await count()).toBe(before + 1)
    expect(await db.user.findUniqueOrThrow({ where: { id: person.id } })).toMatchObject({ secondFactorSince })
  })

  // ——— secrets ———

  test('S10 S12 S16: of a whole journey no key, code or token is in any row, nor in any mail but the passcode in its own', async () => {
    const person = await aPerson(world, acme.slug)
    const { claimant, token } = await anAttempt(world, person.email)
    const passcode = await mailedPasscode(world, person.email)
    await proveDevice(world, claimant, passcode)
    const { key, factorId } = await begun(claimant, person.id)
    const sealed = (await db.factor.findUniqueOrThrow({ where: { id: factorId } })).sealedKey ?? ''
    expect(sealed).toMatch(/^1\./)
    const { codes, asked } = await confirmed(claimant, key)
    const done = signedIn(await typeCodeBack(world, claimant, asked))
    const next = await anAttempt(world, person.email)
    world.clock.move(minutes(1))
    const typed = totpCode(world, key)
    const again = signedIn(await proveFactor(world, next.claimant, typed))
    const used = await lost(person.email, codes[3] ?? '')
    expect(await standing(used)).toBe('enrol')

    const everything = JSON.stringify(await allRows(db))
    const secrets = {
      key: toBase32(key),
      'key in hexadecimal': Buffer.from(key).toString('hex'),
      'key in base64': Buffer.from(key).toString('base64'),
      ...Object.fromEntries(codes.map((code, index) => [`code ${index}`, code])),
      ...Object.fromEntries(codes.map((code, index) => [`bare code ${index}`, code.replaceAll('-', '')])),
      passcode: `"${passcode}"`,
      'TOTP passcode': `"${typed}"`,
      'attempt token': token,
      'session token': done.sessionToken,
      'second session token': again.sessionToken,
      'device token': done.deviceToken ?? 'none',
    }
    for (const [name, secret] of Object.entries(secrets))
      expect([name, everything.includes(secret)]).toEqual([name, false])

    const mails = await db.outboxMessage.findMany({ where: { userId: person.id } })
    expect(mails.length).toBeGreaterThanOrEqual(4)
    for (const mail of mails) {
      const values = unseal(world.keys, mail.sealed ?? '', ['outbox', mail.id]) ?? ''
      expect(values).not.toBe('')
      for (const [name, secret] of Object.entries(secrets)) {
        const meant = name === 'passcode' && mail.template === 'device_passcode'
        expect([mail.template, name, values.includes(secret)]).toEqual([mail.template, name, meant])
      }
    }
  })

  test('P7: a kind that was forbidden since it was begun is neither shown nor bound', async () => {
    const other = await aFurtherTenant(world, { required: true })
    const person = await aPerson(world, other.slug)
    const deviceToken = await aKnownDevice(world, person.id)
    const { claimant } = await anAttempt(world, person.email, deviceToken)
    const { key } = await begun(claimant, person.id)
    await setRules(db, other.id, { team: { kinds: ['email'] } })
    const view = await viewSignIn(world, claimant)
    expect(view).toMatchObject({ step: 'enrol', kinds: ['email'], enrolling: null })
    expect(await confirmEnrolment(world, claimant, totpCode(world, key))).toMatchObject({
      ok: false,
      code: 'elsewhere',
    })
    expect(await db.factor.count({ where: { userId: person.id, confirmedAt: { not: null } } })).toBe(0)
  })

  test('P7: nor one that is forbidden while its codes are hashed', async () => {
    const other = await aFurtherTenant(world, { required: true })
    const person = await aPerson(world, other.slug)
    const deviceToken = await aKnownDevice(world, person.id)
    const { claimant } = await anAttempt(world, person.email, deviceToken)
    const { key } = await begun(claimant, person.id)
    const overtaken = whileHashing(world, () => setRules(db, other.id, { team: { kinds: ['email'] } }))
    expect(await confirmEnrolment(overtaken, claimant, totpCode(world, key))).toMatchObject({ ok: false })
    expect(await db.factor.count({ where: { userId: person.id, confirmedAt: { not: null } } })).toBe(0)
  })
})
