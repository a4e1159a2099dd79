import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { hashToken, newToken } from '../../core/crypto/token'
import type { Db } from '../../core/db'
import { minutes, seconds } from '../../core/kernel/time'
import { FACTOR_ROUND } from '../../credentials/throttle/rules'
import { eachDatabase } from '../../testing/databases'
import {
  aKnownDevice,
  anEnrolled,
  anotherPasscode,
  attemptOf,
  countMails,
  knownDevice,
  mailedPasscode,
  savedCodes,
  sessionsOf,
  signedIn,
  startTotp,
  stepOf,
  wrongTotp,
} from '../../testing/signin'
import {
  aClaimant,
  anAttempt,
  anId,
  aPerson,
  aTenant,
  aVisitor,
  PASSWORD,
  quickWorld,
  type TestWorld,
  totpCode,
  totpKeyOf,
} from '../../testing/world'
import { confirmEnrolment, renewCodes, typeCodeBack } from '../enrolment/service'
import type { StepResult } from './attempt/service'
import { finishSignIn } from './finish/service'
import { answerIfLost, proveDevice, proveFactor, proveRecoveryCode } from './prove/service'
import { MAX_FAILURES } from './rules'
import { startWithPassword } from './start/service'

const NOBODYS = 'AAAA-AAAA-AAAA-AAAA'
const SIZES = [16, 64]

eachDatabase('many requests at once', (open) => {
  let world: TestWorld
  let db: Db
  let acme: Awaited<ReturnType<typeof aTenant>>

  beforeAll(async () => {
    db = open()
    world = quickWorld(db)
    acme = await aTenant(world)
  })
  beforeEach(() => world.clock.move(minutes(2)))

  type Claim = Awaited<ReturnType<typeof anAttempt>>['claimant']
  const atOnce = <T>(size: number, work: (index: number) => Promise<T>) =>
    Promise.all(Array.from({ length: size }, (_, index) => work(index)))
  const begin = async (email: string, deviceToken: string | null = null) =>
    (await anAttempt(world, email, deviceToken)).claimant
  /** As many attempts as if the password had been given as many times. */
  const beginMany = async (person: { id: string; email: string }, size: number): Promise<Claim[]> => {
    const first = await begin(person.email)
    const row = await attemptOf(world, person.id)
    const tokens = Array.from({ length: size - 1 }, () => newToken(world.random))
    await db.signInAttempt.createMany({
      data: tokens.map((token) => ({ ...row, id: anId(world), tokenHash: hashToken('attempt', token) })),
    })
    return [first, ...tokens.map((token) => aClaimant(token))]
  }
  const won = (results: readonly StepResult[]) => results.filter((each) => each.ok && each.value.kind === 'signed-in')
  const countEvents = (userId: string, kind: string) => db.auditEvent.count({ where: { subjectId: userId, kind } })
  /** Every answer that tells whether a code was right leaves one of these. */
  const judged = async (userId: string) =>
    (await countEvents(userId, 'sign_in_failed')) + (await countEvents(userId, 'sign_in_succeeded'))

  /**
   * Repeats of one form are answered for its one session: the token that was given last is the one that lives (N21).
   */
  async function oneSession(results: readonly StepResult[], userId: string) {
    const tokens = won(results).map((each) => hashToken('session', signedIn(each).sessionToken))
    const sessions = await sessionsOf(world, userId)
    expect(sessions).toHaveLength(1)
    expect(tokens.filter((each) => each === sessions[0]?.tokenHash)).toHaveLength(1)
    expect(await countEvents(userId, 'sign_in_succeeded')).toBe(1)
    expect(await judged(userId)).toBeLessThanOrEqual(MAX_FAILURES)
  }

  async function noneOrOne(results: readonly StepResult[], userId: string) {
    const sessions = await sessionsOf(world, userId)
    expect(sessions.length).toBeLessThanOrEqual(1)
    expect(won(results)).toHaveLength(sessions.length)
    expect(await judged(userId)).toBeLessThanOrEqual(MAX_FAILURES)
    const attempt = await attemptOf(world, userId)
    expect(attempt.failures).toBeLessThanOrEqual(MAX_FAILURES)
    expect(attempt.completedAt !== null || attempt.failures === MAX_FAILURES).toBe(true)
  }

  describe.each(SIZES)('of %i', (size) => {
    test('S4 D6: the right mailed passcode signs in once', async () => {
      const person = await aPerson(world, acme.slug)
      const claimant = await begin(person.email)
      const code = await mailedPasscode(world, person.email)
      await oneSession(await atOnce(size, () => proveDevice(world, claimant, code)), person.id)
      expect(await db.device.count({ where: { userId: person.id } })).toBe(1)
    })

    test('S4 D8: of wrong mailed passcodes and a right one among them three are judged', async () => {
      const person = await aPerson(world, acme.slug)
      const claimant = await begin(person.email)
      const code = await mailedPasscode(world, person.email)
      const type = (index: number) => (index === 1 ? code : anotherPasscode(code))
      await noneOrOne(await atOnce(size, (index) => proveDevice(world, claimant, type(index))), person.id)
      expect(await countMails(world, person.email)).toBeLessThanOrEqual(1 + MAX_FAILURES)
    })

    test('S3 S4: the right code of an app signs in once, in one attempt', async () => {
      const person = await anEnrolled(world, acme.slug)
      const claimant = await begin(person.email)
      await oneSession(await atOnce(size, () => proveFactor(world, claimant, totpCode(world, person.key))), person.id)
    })

    test('S3: the right code of an app signs in once, in as many attempts', async () => {
      const person = await anEnrolled(world, acme.slug)
      const claimants = await beginMany(person, size)
      const results = await Promise.all(
        claimants.map((claimant) => proveFactor(world, claimant, totpCode(world, person.key))),
      )
      expect(won(results)).toHaveLength(1)
      expect(await sessionsOf(world, person.id)).toHaveLength(1)
    })

    test('S4 D8: of wrong codes of an app and a right one among them three are judged', async () => {
      const person = await anEnrolled(world, acme.slug)
      const claimant = await begin(person.email)
      const type = (index: number) => (index === 1 ? totpCode(world, person.key) : wrongTotp(world, person.key))
      await noneOrOne(await atOnce(size, (index) => proveFactor(world, claimant, type(index))), person.id)
    })

    test('S5: of wrong codes in as many attempts five are judged', async () => {
      const person = await anEnrolled(world, acme.slug)
      const claimants = await beginMany(person, size)
      const results = await Promise.all(claimants.map((each) => proveFactor(world, each, wrongTotp(world, person.key))))
      expect(results.filter((each) => !each.ok && each.code !== 'throttled').length).toBeLessThanOrEqual(FACTOR_ROUND)
      expect(await judged(person.id)).toBe(FACTOR_ROUND)
      expect(await db.throttle.findUnique({ where: { key: `factor:${person.id}` } })).toMatchObject({
        failures: FACTOR_ROUND,
        lifetime: FACTOR_ROUND,
        blockedUntil: new Date(world.clock.now().getTime() + minutes(15)),
      })
    })

    test('S4 S10: the right recovery code is used once, in one attempt', async () => {
      const person = await anEnrolled(world, acme.slug)
      const codes = await savedCodes(world, person.id)
      const claimant = await begin(person.email)
      const results = await atOnce(size, () => proveRecoveryCode(world, claimant, codes[0] ?? ''))
      expect(
        results.filter((each) => each.ok && each.value.kind === 'step' && each.value.step === 'ask-if-lost').length,
      ).toBeGreaterThanOrEqual(1)
      expect(await countEvents(person.id, 'recovery_code_used')).toBe(1)
      expect(await countMails(world, person.email, 'recovery_code_used')).toBe(1)
      await oneSession([await answerIfLost(world, claimant, 'at_hand')], person.id)
    })

    test('S10: the right recovery code is used once, in as many attempts', async () => {
      const person = await anEnrolled(world, acme.slug)
      const codes = await savedCodes(world, person.id)
      const claimants = await beginMany(person, size)
      const results = await Promise.all(claimants.map((each) => proveRecoveryCode(world, each, codes[0] ?? '')))
      expect(results.filter((each) => each.ok)).toHaveLength(1)
      const proved = await db.signInAttempt.count({ where: { userId: person.id, recoveryProvedAt: { not: null } } })
      expect(proved).toBe(1)
    })

    test('S4 D8: of wrong recovery codes and a right one among them three are judged', async () => {
      const person = await anEnrolled(world, acme.slug)
      const codes = await savedCodes(world, person.id)
      const claimant = await begin(person.email)
      const results = await atOnce(size, (index) =>
        proveRecoveryCode(world, claimant, index === 1 ? (codes[0] ?? '') : NOBODYS),
      )
      const used = await countEvents(person.id, 'recovery_code_used')
      expect(used + (await judged(person.id))).toBeLessThanOrEqual(MAX_FAILURES)
      expect(results.filter((each) => each.ok && each.value.kind === 'signed-in')).toEqual([])
      expect(await sessionsOf(world, person.id)).toEqual([])
    })

    test('S4: the last answer, the last code typed back and the last click each open one session', async () => {
      const one = await anEnrolled(world, acme.slug)
      const codes = await savedCodes(world, one.id)
      const asked = await begin(one.email)
      stepOf(await proveRecoveryCode(world, asked, codes[0] ?? ''))
      await oneSession(await atOnce(size, () => answerIfLost(world, asked, 'at_hand')), one.id)

      const two = await anEnrolled(world, acme.slug)
      await savedCodes(world, two.id)
      await db.user.update({ where: { id: two.id }, data: { recoveryCodesAt: null } })
      const shown = await begin(two.email)
      stepOf(await proveFactor(world, shown, totpCode(world, two.key)))
      const made = await renewCodes(world, shown)
      if (!made.ok) throw new Error(made.code)
      const typed = made.value.codes[made.value.number - 1] ?? ''
      await oneSession(await atOnce(size, () => typeCodeBack(world, shown, typed)), two.id)

      const three = await anEnrolled(world, acme.slug)
      const done = await begin(three.email, await aKnownDevice(world, three.id))
      await db.user.update({ where: { id: three.id }, data: { twoFactorOn: false } })
      await oneSession(await atOnce(size, () => finishSignIn(world, done)), three.id)
    })

    test('S4 E3: a new app is confirmed once, with one set of codes', async () => {
      const person = await anEnrolled(world, acme.slug)
      const codes = await savedCodes(world, person.id)
      const claimant = await begin(person.email)
      await proveRecoveryCode(world, claimant, codes[0] ?? '')
      await answerIfLost(world, claimant, 'lost')
      await startTotp(world, claimant, 'App')
      const key = await totpKeyOf(world, person.id, (await attemptOf(world, person.id)).enrollingFactorId ?? '')
      const results = await atOnce(size, () => confirmEnrolment(world, claimant, totpCode(world, key)))
      expect(results.filter((each) => each.ok)).toHaveLength(1)
      expect(await db.recoveryCode.count({ where: { userId: person.id, usedAt: null, revokedAt: null } })).toBe(10)
      expect(await countMails(world, person.email, 'factor_added')).toBe(2)
      expect(await sessionsOf(world, person.id)).toEqual([])
    })

    test('S4 D7: sign-ins of one person in one new browser at once all get in, and whichever answer stays makes it known', async () => {
      const person = await aPerson(world, acme.slug)
      const deviceToken = await aKnownDevice(world, (await aPerson(world, acme.slug)).id)
      const claimants: { claimant: Claim; code: string }[] = []
      for (let count = 0; count < 8; count += 1) {
        world.clock.move(seconds(1))
        claimants.push({
          claimant: await begin(person.email, deviceToken),
          code: await mailedPasscode(world, person.email),
        })
      }
      const results = await Promise.all(
        claimants.slice(0, FACTOR_ROUND).map(({ claimant, code }) => proveDevice(world, claimant, code)),
      )
      expect(won(results)).toHaveLength(FACTOR_ROUND)
      for (const each of results) {
        expect(await knownDevice(world, signedIn(each).deviceToken, person.id)).not.toBeNull()
      }
    })
  })

  test('E4: of codes renewed while one of the old set is typed back the sign-in ends with those that are kept', async () => {
    for (let round = 0; round < 4; round += 1) {
      const person = await anEnrolled(world, acme.slug)
      await db.user.update({ where: { id: person.id }, data: { recoveryCodesAt: null } })
      const claimant = await begin(person.email)
      stepOf(await proveFactor(world, claimant, totpCode(world, person.key)))
      const old = await renewCodes(world, claimant)
      if (!old.ok) throw new Error(old.code)
      const typed = old.value.codes[old.value.number - 1] ?? ''
      const [renewed, done] = await Promise.all([renewCodes(world, claimant), typeCodeBack(world, claimant, typed)])
      const kept = (await db.user.findUniqueOrThrow({ where: { id: person.id } })).recoveryCodesAt !== null
      expect([renewed.ok, won([done]).length === 1, kept]).toEqual(
        renewed.ok ? [true, false, false] : [false, true, true],
      )
      expect(await db.recoveryCode.count({ where: { userId: person.id, revokedAt: null } })).toBe(10)
    }
  })

  test('S4: the right code beside two wrong ones at once is judged and signs in', async () => {
    const person = await anEnrolled(world, acme.slug)
    const claimant = await begin(person.email)
    const typed = [wrongTotp(world, person.key), totpCode(world, person.key), wrongTotp(world, person.key)]
    await oneSession(await Promise.all(typed.map((code) => proveFactor(world, claimant, code))), person.id)
  })

  test('S4 S10: a recovery code and an app at once on one attempt open one session and lose no count', async () => {
    for (let round = 0; round < 4; round += 1) {
      const person = await anEnrolled(world, acme.slug)
      const codes = await savedCodes(world, person.id)
      const claimant = await begin(person.email)
      const both = await Promise.allSettled([
        proveFactor(world, claimant, totpCode(world, person.key)),
        proveRecoveryCode(world, claimant, codes[0] ?? ''),
      ])
      const results = both.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []))
      const sessions = await sessionsOf(world, person.id)
      expect(won(results)).toHaveLength(sessions.length)
      expect(sessions.length).toBeLessThanOrEqual(1)
      expect(results.some((each) => each.ok)).toBe(true)
    }
  })

  test('S11: two attempts that enrol at once leave one app', async () => {
    for (let round = 0; round < 2; round += 1) {
      const person = await anEnrolled(world, acme.slug)
      const codes = await savedCodes(world, person.id)
      const claimants: Claim[] = []
      for (const code of codes.slice(0, 2)) {
        const claimant = await begin(person.email)
        await proveRecoveryCode(world, claimant, code)
        await answerIfLost(world, claimant, 'lost')
        claimants.push(claimant)
      }
      await Promise.all(claimants.map((claimant) => startTotp(world, claimant, 'App')))
      await Promise.allSettled(
        claimants.map(async (claimant) => {
          const attempt = await db.signInAttempt.findUniqueOrThrow({ where: { tokenHash: claimant.attemptHash } })
          const row = await db.factor.findUniqueOrThrow({ where: { id: attempt.enrollingFactorId ?? '' } })
          if (row.revokedAt !== null) return
          const key = await totpKeyOf(world, person.id, row.id)
          await confirmEnrolment(world, claimant, totpCode(world, key))
        }),
      )
      const live = await db.factor.findMany({
        where: { userId: person.id, revokedAt: null, confirmedAt: { not: null } },
      })
      expect(live).toHaveLength(1)
      expect(await db.recoveryCode.count({ where: { userId: person.id, usedAt: null, revokedAt: null } })).toBe(
        live[0]?.id === person.factorId ? 8 : 10,
      )
    }
  })

  test('D5: the first sign-ins of a person on a new browser at once', async () => {
    const person = await aPerson(world, acme.slug, 'end_user')
    const input = { email: person.email, password: PASSWORD }
    const results = await atOnce(9, () => startWithPassword(world, aVisitor(), input))
    expect(results.filter((each) => each.ok && each.value.kind === 'signed-in')).toHaveLength(9)
    expect(await sessionsOf(world, person.id)).toHaveLength(9)
  })

  test('R1: of several saved codes at once in one attempt one is spent', async () => {
    const person = await anEnrolled(world, acme.slug)
    const codes = await savedCodes(world, person.id)
    const { token } = await anAttempt(world, person.email)
    const results = await Promise.all(codes.slice(0, 3).map((code) => proveRecoveryCode(world, aClaimant(token), code)))
    expect(results.some((each) => each.ok)).toBe(true)
    expect(await world.db.recoveryCode.count({ where: { userId: person.id, usedAt: { not: null } } })).toBe(1)
  })

  test('S22: what one attempt proves at once with another adds nothing to that', async () => {
    const person = await anEnrolled(world, acme.slug)
    const one = await anAttempt(world, person.email)
    const other = await anAttempt(world, person.email)
    await Promise.all([
      proveFactor(world, aClaimant(one.token), totpCode(world, person.key)),
      finishSignIn(world, aClaimant(other.token)),
    ])
    expect(await sessionsOf(world, person.id)).toHaveLength(1)
    expect(stepOf(await finishSignIn(world, other.claimant))).toBe('verify-factor')
    world.clock.move(seconds(30))
    signedIn(await proveFactor(world, other.claimant, totpCode(world, person.key, 1)))
  })
})
