import { beforeAll, beforeEach, expect, test } from 'vitest'
import { type Db, transact } from '../../core/db'
import { hours, later, minutes, seconds } from '../../core/kernel/time'
import { keepIssued, makeIssued } from '../../credentials/recovery/service'
import { FACTOR_LIFETIME } from '../../credentials/throttle/rules'
import { eachDatabase } from '../../testing/databases'
import { setRules } from '../../testing/policy'
import {
  aKnownDevice,
  aMessagedFactor,
  anEnrolled,
  anotherPasscode,
  attemptOf,
  countMails,
  mailedPasscode,
  savedCodes,
  sessionsOf,
  signedIn,
  stepOf,
  wrongTotp,
} from '../../testing/signin'
import {
  aClaimant,
  aFurtherTenant,
  anAttempt,
  aPerson,
  aTenant,
  aVisitor,
  PASSWORD,
  quickWorld,
  type TestWorld,
  totpCode,
} from '../../testing/world'
import { tellOfWrongCodes } from './attempt/service'
import { answerIfLost, proveDevice, proveFactor, proveRecoveryCode, sendPasscodeAgain } from './prove/service'
import { startWithPassword } from './start/service'
import { viewSignIn } from './view/service'

const NOBODYS = 'AAAA-AAAA-AAAA-AAAA'

eachDatabase('guessing limits of a sign-in', (open) => {
  let world: TestWorld
  let db: Db
  let acme: Awaited<ReturnType<typeof aTenant>>

  beforeAll(async () => {
    db = open()
    world = quickWorld(db)
    acme = await aTenant(world)
  })
  beforeEach(() => world.clock.move(minutes(2)))

  type Person = Awaited<ReturnType<typeof anEnrolled>>
  const throttled = (until: Date | null) => ({ ok: false, code: 'throttled', detail: { until } })
  const counterOf = (person: Person) => db.throttle.findUnique({ where: { key: `factor:${person.id}` } })
  const begin = async (person: Person, deviceToken: string | null = null) => {
    world.clock.move(seconds(1))
    return (await anAttempt(world, person.email, deviceToken)).claimant
  }
  const right = (person: Person) => totpCode(world, person.key)
  const wrong = (person: Person) => wrongTotp(world, person.key)
  /** As many wrong codes, in new attempts whenever one has used up its three. */
  const fail = async (person: Person, times: number, deviceToken: string | null = null) => {
    const results = []
    let claimant = await begin(person, deviceToken)
    for (let round = 0; round < times; round += 1) {
      if (round % 3 === 0 && round > 0) claimant = await begin(person, deviceToken)
      results.push(await proveFactor(world, claimant, wrong(person)))
    }
    return results
  }

  test('S5: failures add up over apps, mailed passcodes and attempts; the fifth begins the wait', async () => {
    const person = await anEnrolled(world, acme.slug)
    const first = await begin(person)
    for (const _ of [1, 2]) expect(await proveFactor(world, first, wrong(person))).toMatchObject({ code: 'wrong' })
    await db.user.update({ where: { id: person.id }, data: { twoFactorOn: false } })
    const second = await begin(person)
    const code = anotherPasscode(await mailedPasscode(world, person.email))
    expect(await proveDevice(world, second, code)).toMatchObject({ code: 'wrong_new_sent' })
    await db.user.update({ where: { id: person.id }, data: { twoFactorOn: true } })
    const third = await begin(person)
    expect(await proveFactor(world, third, wrong(person))).toMatchObject({ code: 'wrong' })
    const until = later(world.clock.now(), minutes(15))
    expect(await proveFactor(world, third, wrong(person))).toEqual(throttled(until))
    expect(await counterOf(person)).toMatchObject({ failures: 5, lifetime: 5, blockedUntil: until })
  })

  test('S5: the fifth failure by a mailed passcode waits too, and sends no further mail', async () => {
    const person = await anEnrolled(world, acme.slug)
    await fail(person, 4)
    await db.user.update({ where: { id: person.id }, data: { twoFactorOn: false } })
    const claimant = await begin(person)
    const code = await mailedPasscode(world, person.email)
    const sent = await countMails(world, person.email)
    expect(await proveDevice(world, claimant, anotherPasscode(code))).toMatchObject({ code: 'throttled' })
    expect(await proveDevice(world, claimant, code)).toMatchObject({ code: 'throttled' })
    expect(await countMails(world, person.email)).toBe(sent)
  })

  test('S5: during the wait no passcode is judged, in old attempts and new ones, and none costs the attempt a try', async () => {
    const person = await anEnrolled(world, acme.slug)
    const old = await begin(person)
    await fail(person, 5)
    const until = later(world.clock.now(), minutes(15))
    const fresh = await begin(person)
    for (const claimant of [old, fresh]) {
      for (const _ of [1, 2, 3, 4]) expect(await proveFactor(world, claimant, right(person))).toEqual(throttled(until))
    }
    expect((await attemptOf(world, person.id)).failures).toBe(0)
    expect(await sessionsOf(world, person.id)).toEqual([])
    expect((await counterOf(person))?.lifetime).toBe(5)
  })

  test.each([
    [-1, false],
    [0, true],
  ])('S5: %i ms after fifteen minutes the right code signs in: %s', async (offset, works) => {
    const person = await anEnrolled(world, acme.slug)
    await fail(person, 5)
    world.clock.move(minutes(14))
    const claimant = await begin(person)
    world.clock.move(minutes(1) - seconds(1) + offset)
    expect((await proveFactor(world, claimant, right(person))).ok).toBe(works)
  })

  test('S5: the next round waits twice as long', async () => {
    const person = await anEnrolled(world, acme.slug)
    await fail(person, 5)
    world.clock.move(minutes(15))
    const results = await fail(person, 5)
    expect(results.at(-1)).toEqual(throttled(later(world.clock.now(), minutes(30))))
  })

  test('S5: neither a new attempt nor a passcode by mail nor a proof halfway resets the count', async () => {
    const person = await anEnrolled(world, acme.slug)
    await db.user.update({ where: { id: person.id }, data: { recoveryCodesAt: null } })
    await fail(person, 4)
    const claimant = await begin(person)
    expect(stepOf(await proveFactor(world, claimant, right(person)))).toBe('show-recovery-codes')
    expect(await counterOf(person)).toMatchObject({ failures: 4, lifetime: 4 })
    world.clock.move(minutes(1))
    expect((await fail(person, 1))[0]).toMatchObject({ code: 'throttled' })
  })

  test('S5: a complete sign-in of the person starts the count anew', async () => {
    const person = await anEnrolled(world, acme.slug)
    await fail(person, 4)
    signedIn(await proveFactor(world, await begin(person), right(person)))
    expect(await counterOf(person)).toMatchObject({ failures: 0, lifetime: 0, blockedUntil: null })
    const results = await fail(person, 4)
    expect(results.map((result) => !result.ok && result.code)).toEqual(['wrong', 'wrong', 'out_of_tries', 'wrong'])
  })

  const signInWithoutFactor = async (person: Person, deviceToken: string | null = null) => {
    await db.user.update({ where: { id: person.id }, data: { twoFactorOn: false } })
    world.clock.move(seconds(1))
    const input = { email: person.email, password: PASSWORD }
    const started = await startWithPassword(world, aVisitor({ deviceToken }), input)
    if (!started.ok) throw new Error(started.code)
    if (started.value.kind === 'attempt') {
      const claimant = aClaimant(started.value.attemptToken, deviceToken)
      signedIn(await proveDevice(world, claimant, await mailedPasscode(world, person.email)))
    }
    await db.user.update({ where: { id: person.id }, data: { twoFactorOn: true } })
  }

  test('S5: a sign-in by the password, or by that and mail, is none of the factor, and resets nothing that guards it', async () => {
    const person = await anEnrolled(world, acme.slug)
    await fail(person, 4)
    await signInWithoutFactor(person)
    await signInWithoutFactor(person, await aKnownDevice(world, person.id))
    expect(await counterOf(person)).toMatchObject({ failures: 4, lifetime: 4 })
  })

  test('S5: for someone who has no factor the mailed passcode is the most there is, and starts the count anew', async () => {
    const person = await anEnrolled(world, acme.slug)
    const other = await anEnrolled(world, acme.slug)
    await fail(person, 4)
    await fail(other, 4)
    await db.factor.updateMany({ where: { userId: person.id }, data: { revokedAt: world.clock.now() } })
    await signInWithoutFactor(person, await aKnownDevice(world, person.id))
    expect((await counterOf(person))?.lifetime).toBe(4)
    await signInWithoutFactor(person)
    expect((await counterOf(person))?.lifetime).toBe(0)
    expect((await counterOf(other))?.lifetime).toBe(4)
  })

  test('S5: failures from elsewhere do not shut out a known device, whose own failures shut out only itself', async () => {
    const person = await anEnrolled(world, acme.slug)
    const deviceToken = await aKnownDevice(world, person.id)
    await fail(person, 5)
    expect((await fail(person, 4, deviceToken)).map((result) => !result.ok && result.code)).toEqual([
      'wrong',
      'wrong',
      'out_of_tries',
      'wrong',
    ])
    expect((await counterOf(person))?.lifetime).toBe(9)
    expect((await fail(person, 1, deviceToken))[0]).toMatchObject({ code: 'throttled' })
    world.clock.move(minutes(15))
    signedIn(await proveFactor(world, await begin(person, deviceToken), right(person)))
    expect((await counterOf(person))?.lifetime).toBe(0)
    signedIn(await proveFactor(world, await begin(person), totpCode(world, person.key, 1)))
  })

  test('S5: a device known to somebody else gives no budget of its own', async () => {
    const person = await anEnrolled(world, acme.slug)
    const deviceToken = await aKnownDevice(world, (await anEnrolled(world, acme.slug)).id)
    await fail(person, 5)
    expect((await fail(person, 1, deviceToken))[0]).toMatchObject({ code: 'throttled' })
  })

  test('S5 S21: a browser that only signed in has no rounds of its own for the factor', async () => {
    const person = await anEnrolled(world, acme.slug)
    const codes = await savedCodes(world, person.id)
    const claimant = await begin(person)
    stepOf(await proveRecoveryCode(world, claimant, codes[0] ?? ''))
    const { deviceToken } = signedIn(await answerIfLost(world, claimant, 'at_hand'))
    await fail(person, 5)
    expect((await fail(person, 1, deviceToken))[0]).toMatchObject({ code: 'throttled' })
  })

  test('S5: the person is told of the wait, once in half an hour', async () => {
    const person = await anEnrolled(world, acme.slug)
    await fail(person, 5)
    await tellOfWrongCodes(world, () => false)
    expect(await countMails(world, person.email, 'code_wrong_after_password')).toBe(1)
    expect(await countMails(world, person.email, 'too_many_attempts')).toBe(1)
    world.clock.move(minutes(15))
    await fail(person, 5)
    expect(await countMails(world, person.email, 'too_many_attempts')).toBe(1)
    world.clock.move(minutes(30))
    await fail(person, 5)
    expect(await countMails(world, person.email, 'too_many_attempts')).toBe(2)
  })

  test('N19: a sign-in after five failures is told by mail, once in half an hour; after four it is not', async () => {
    const person = await aPerson(world, acme.slug)
    const deviceToken = await aKnownDevice(world, person.id)
    const told = () => countMails(world, person.email, 'signed_in_after_failures')
    const wrong = async (times: number) => {
      for (let time = 0; time < times; time += 1) {
        world.clock.move(minutes(3))
        const visitor = aVisitor({ deviceToken })
        const tried = await startWithPassword(world, visitor, { email: person.email, password: 'not the password' })
        expect(tried).toMatchObject({ code: 'wrong_credentials' })
      }
    }
    const right = async () => {
      world.clock.move(minutes(1))
      const visitor = aVisitor({ deviceToken })
      const started = await startWithPassword(world, visitor, { email: person.email, password: PASSWORD })
      expect(started).toMatchObject({ ok: true, value: { kind: 'signed-in' } })
      world.clock.move(minutes(1))
    }
    await wrong(4)
    await right()
    expect(await told()).toBe(0)
    await wrong(5)
    await right()
    expect(await told()).toBe(1)
    await right()
    await wrong(5)
    await right()
    expect(await told()).toBe(1)
    world.clock.move(minutes(30))
    await wrong(5)
    await right()
    expect(await told()).toBe(2)
  })

  // ——— recovery codes ———

  const issuedCode = async (person: Person) => {
    const made = await makeIssued(world, person.id)
    if (!made.ok) throw new Error(made.code)
    await transact(world, (deps) => keepIssued(deps, made.value.row, { issuedById: null, reason: 'locked out' }))
    return made.value.code
  }

  test('N10 S30 R3: in a round’s wait a saved and an issued code are judged, and neither costs a try of the person', async () => {
    const person = await anEnrolled(world, acme.slug)
    const codes = await savedCodes(world, person.id)
    const issued = await issuedCode(person)
    await fail(person, 5)
    expect(stepOf(await proveRecoveryCode(world, await begin(person), issued))).toBe('enrol')
    const claimant = await begin(person)
    expect(await proveRecoveryCode(world, claimant, NOBODYS)).toMatchObject({ code: 'wrong' })
    expect(await counterOf(person)).toMatchObject({ failures: 5, lifetime: 5 })
    expect(stepOf(await proveRecoveryCode(world, claimant, codes[0] ?? ''))).toBe('ask-if-lost')
    signedIn(await answerIfLost(world, claimant, 'at_hand'))
    signedIn(await proveFactor(world, await begin(person), right(person)))
  })

  test('N10: thirty wrong codes an hour from a network, whoever’s; a right one opens past that, and no other is hashed', async () => {
    const person = await anEnrolled(world, acme.slug)
    const other = await anEnrolled(world, acme.slug)
    const codes = await savedCodes(world, person.id)
    let hashed = 0
    const verifyCode: TestWorld['hasher']['verifyCode'] = (...args) => {
      hashed += 1
      return world.hasher.verifyCode(...args)
    }
    const counted = { ...world, hasher: { ...world.hasher, verifyCode } }
    const from = { request: { address: '198.51.100.7', userAgent: null, requestId: null } }
    const guess = async (of: Person, typed = NOBODYS) => {
      const { token } = await anAttempt(world, of.email)
      return proveRecoveryCode(counted, { ...aClaimant(token), ...from }, typed)
    }
    for (let tries = 0; tries < 30; tries += 1) {
      expect(await guess(tries % 2 === 0 ? person : other)).toMatchObject({ code: 'wrong' })
    }
    expect(hashed).toBeGreaterThanOrEqual(30)
    hashed = 0
    for (const of of [other, other]) expect(await guess(of)).toMatchObject({ code: 'throttled' })
    expect(hashed).toBe(0)
    expect(stepOf(await guess(person, codes[0]))).toBe('ask-if-lost')
    const elsewhere = await proveRecoveryCode(world, await begin(other), NOBODYS)
    expect(elsewhere).toMatchObject({ code: 'wrong' })
    world.clock.move(hours(1))
    expect(await guess(other)).toMatchObject({ code: 'wrong' })
  })

  // ——— messages ———

  const spendMessages = async (person: Person) => {
    for (const _ of [1, 2, 3]) {
      const { claimant } = await anAttempt(world, person.email)
      for (let sent = 0; sent < 2; sent += 1) {
        world.clock.move(minutes(1))
        await sendPasscodeAgain(world, claimant)
      }
    }
  }

  test('N7 S30: with the messages used up the attempt is made, says when the next can come, and an issued code opens', async () => {
    const person = await anEnrolled(world, acme.slug)
    await db.user.update({ where: { id: person.id }, data: { twoFactorOn: false } })
    await spendMessages(person)
    const sent = await countMails(world, person.email)
    const { claimant, step } = await anAttempt(world, person.email)
    expect(step).toBe('verify-device')
    expect(await countMails(world, person.email)).toBe(sent)
    const view = await viewSignIn(world, claimant)
    expect(view).toMatchObject({ passcodeSent: false })
    expect(view?.passcodeFrom?.getTime()).toBeGreaterThan(world.clock.now().getTime())
    expect(await sendPasscodeAgain(world, claimant)).toMatchObject({
      code: 'mail_throttled',
      detail: { until: view?.passcodeFrom },
    })
    signedIn(await proveRecoveryCode(world, claimant, await issuedCode(person)))
  })

  test('N7 S30: whoever has the password uses up no message of a known device', async () => {
    const acmeMail = await aFurtherTenant(world, { required: true })
    await setRules(db, acmeMail.id, { team: { kinds: ['email'] } })
    const someone = await aPerson(world, acmeMail.slug)
    await aMessagedFactor(world, someone.id, 'email')
    const deviceToken = await aKnownDevice(world, someone.id)
    for (let tries = 0; tries < 12; tries += 1) await anAttempt(world, someone.email)
    const stranger = await anAttempt(world, someone.email)
    expect(await viewSignIn(world, stranger.claimant)).toMatchObject({ passcodeSent: false })
    world.clock.move(seconds(1))
    const own = await anAttempt(world, someone.email, deviceToken)
    expect(await viewSignIn(world, own.claimant)).toMatchObject({ passcodeSent: true, passcodeFrom: null })
    const code = await mailedPasscode(world, someone.email, 'factor_passcode')
    signedIn(await proveFactor(world, own.claimant, code))
  })

  // ——— the lifetime lock ———

  const lock = async (person: Person) => {
    await fail(person, 1)
    await db.throttle.update({
      where: { key: `factor:${person.id}` },
      data: { failures: 1, lifetime: FACTOR_LIFETIME - 1, blockedUntil: null },
    })
    expect((await fail(person, 1))[0]).toEqual(throttled(null))
  }

  test('S5: after 100 consecutive failures no time and no device makes the app count again', async () => {
    const person = await anEnrolled(world, acme.slug)
    const deviceToken = await aKnownDevice(world, person.id)
    await lock(person)
    world.clock.move(hours(100))
    for (const token of [null, deviceToken]) {
      expect(await proveFactor(world, await begin(person, token), right(person))).toEqual(throttled(null))
    }
    expect((await counterOf(person))?.lifetime).toBe(FACTOR_LIFETIME)
  })

  test.each([
    ['an unknown', false],
    ['a known', true],
  ])('S5: a recovery code is the way out of the lock, on %s device, and frees the app', async (_name, known) => {
    const person = await anEnrolled(world, acme.slug)
    const codes = await savedCodes(world, person.id)
    const deviceToken = known ? await aKnownDevice(world, person.id) : null
    await lock(person)
    const claimant = await begin(person, deviceToken)
    expect(stepOf(await proveRecoveryCode(world, claimant, codes[0] ?? ''))).toBe('ask-if-lost')
    expect((await counterOf(person))?.lifetime).toBe(FACTOR_LIFETIME)
    signedIn(await answerIfLost(world, claimant, 'at_hand'))
    expect((await counterOf(person))?.lifetime).toBe(0)
    signedIn(await proveFactor(world, await begin(person), right(person)))
  })

  test('S5: in the lock wrong recovery codes cost the attempt its tries and open nothing', async () => {
    const person = await anEnrolled(world, acme.slug)
    await savedCodes(world, person.id)
    await lock(person)
    const claimant = await begin(person)
    const results = []
    for (const _ of [1, 2, 3, 4]) results.push(await proveRecoveryCode(world, claimant, NOBODYS))
    expect(results.map((result) => !result.ok && result.code)).toEqual(['wrong', 'wrong', 'out_of_tries', 'start_over'])
    expect((await counterOf(person))?.lifetime).toBe(FACTOR_LIFETIME)
    expect(await proveFactor(world, await begin(person), right(person))).toEqual(throttled(null))
  })

  test('S5: in the lock a recovery code that could not be judged takes nothing off the count', async () => {
    const person = await anEnrolled(world, acme.slug)
    const codes = await savedCodes(world, person.id)
    await lock(person)
    const verifyCode = async () => ({ ok: false, code: 'busy' }) as never
    const busy = { ...world, hasher: { ...world.hasher, verifyCode } }
    const claimant = await begin(person)
    for (const _ of [1, 2, 3, 4]) {
      expect(await proveRecoveryCode(busy, claimant, codes[0] ?? '')).toMatchObject({ code: 'busy' })
    }
    expect((await counterOf(person))?.lifetime).toBe(FACTOR_LIFETIME)
    expect(await proveFactor(world, claimant, right(person))).toEqual(throttled(null))
  })
})
