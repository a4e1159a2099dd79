import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { hashToken, newToken } from '../../core/crypto/token'
import type { Db } from '../../core/db'
import { days, later, minutes, seconds } from '../../core/kernel/time'
import { FACTOR_ROUND, MAILS_PER_QUARTER, SMS_PER_NUMBER } from '../../credentials/throttle/rules'
import { eachDatabase } from '../../testing/databases'
import { setRules } from '../../testing/policy'
import {
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
  textedPasscode,
  wrongTotp,
} from '../../testing/signin'
import {
  aClaimant,
  anAttempt,
  anId,
  aPerson,
  aTenant,
  auditKinds,
  quickWorld,
  type TestWorld,
  totpCode,
} from '../../testing/world'
import { findLiveSession } from '../session/service'
import {
  answerIfLost,
  chooseFactor,
  proveDevice,
  proveFactor,
  proveRecoveryCode,
  sendPasscodeAgain,
} from './prove/service'
import { MAX_FAILURES } from './rules'
import { viewSignIn } from './view/service'

eachDatabase('factors by message', (open) => {
  let world: TestWorld
  let db: Db
  let acme: Awaited<ReturnType<typeof aTenant>>

  beforeAll(async () => {
    db = open()
    world = quickWorld(db)
    acme = await aTenant(world)
    await setRules(db, acme.id, { team: { kinds: ['totp', 'email', 'sms'] } })
  })
  beforeEach(() => world.clock.move(minutes(2)))

  type Kind = 'email' | 'sms'
  let numbers = 0
  const aNumber = () => `+4917012${String(++numbers).padStart(5, '0')}`
  const enrolled = async (kind: Kind, number = aNumber()) => {
    const person = await aPerson(world, acme.slug)
    const factorId = await aMessagedFactor(world, person.id, kind, number)
    await db.user.update({ where: { id: person.id }, data: { twoFactorOn: true } })
    return { ...person, factorId, number, kind }
  }
  type Enrolled = Awaited<ReturnType<typeof enrolled>>
  const passcode = async (person: Enrolled) =>
    person.kind === 'email'
      ? mailedPasscode(world, person.email, 'factor_passcode')
      : (await textedPasscode(world, person.id)).code
  const messages = (person: Enrolled) =>
    db.outboxMessage.count({ where: { userId: person.id, template: { in: ['factor_passcode', 'sms_passcode'] } } })
  const begin = async (person: { email: string }) => (await anAttempt(world, person.email)).claimant
  const lifetime = async (userId: string) =>
    (await db.throttle.findUnique({ where: { key: `factor:${userId}` } }))?.lifetime ?? 0

  describe.each(['email', 'sms'] as const)('by %s', (kind) => {
    test('E1 S1 S12 M7: its passcode goes out with the password and completes the sign-in', async () => {
      const person = await enrolled(kind)
      const { claimant, step } = await anAttempt(world, person.email)
      expect(step).toBe('verify-factor')
      expect(await sessionsOf(world, person.id)).toEqual([])
      const view = await viewSignIn(world, claimant)
      expect(view).toMatchObject({ passcodeSent: true, chosen: { kind, reachable: true } })
      expect(JSON.stringify(view)).not.toContain(kind === 'email' ? person.email : person.number)
      const done = signedIn(await proveFactor(world, claimant, await passcode(person), false))
      const session = await findLiveSession(world, hashToken('session', done.sessionToken))
      expect(session?.session).toMatchObject({
        userId: person.id,
        methods: ['pwd', kind],
        steppedUpAt: world.clock.now(),
      })
      const kinds = await auditKinds(world, person.id)
      expect(kinds).toContain('passcode_sent')
      expect(kinds.at(-1)).toBe('sign_in_succeeded')
      const event = await db.auditEvent.findFirstOrThrow({ where: { subjectId: person.id, kind: 'sign_in_succeeded' } })
      expect(event.factorType).toBe(kind)
      expect((await db.factor.findUniqueOrThrow({ where: { id: person.factorId } })).lastUsedAt).toEqual(
        world.clock.now(),
      )
    })

    test('S23: to one recipient, the registered one', async () => {
      const person = await enrolled(kind)
      await begin(person)
      if (kind === 'email') {
        const rows = await db.outboxMessage.findMany({ where: { userId: person.id, template: 'factor_passcode' } })
        expect(rows.map((row) => row.recipient)).toEqual([person.email])
      } else {
        expect((await textedPasscode(world, person.id)).to).toBe(person.number)
        const rows = await db.outboxMessage.findMany({ where: { userId: person.id, channel: 'sms' } })
        for (const row of rows) expect(JSON.stringify(row)).not.toContain(person.number.slice(3, 11))
      }
    })

    test.each([
      [-1, 'signed in'],
      [0, 'expired_new_sent'],
      [1, 'expired_new_sent'],
    ])('D6: %i ms after five minutes it gives: %s', async (offset, outcome) => {
      const person = await enrolled(kind)
      const claimant = await begin(person)
      const code = await passcode(person)
      world.clock.move(minutes(5) + offset)
      const result = await proveFactor(world, claimant, code, false)
      expect(result.ok ? 'signed in' : result.code).toBe(outcome)
      expect(await messages(person)).toBe(result.ok ? 1 : 2)
    })

    test('D6 S5: a wrong one counts and brings a new one by itself; the old one is dead', async () => {
      const person = await enrolled(kind)
      const claimant = await begin(person)
      const old = await passcode(person)
      world.clock.move(seconds(1))
      expect(await proveFactor(world, claimant, anotherPasscode(old), false)).toMatchObject({ code: 'wrong_new_sent' })
      expect((await attemptOf(world, person.id)).failures).toBe(1)
      expect(await lifetime(person.id)).toBe(1)
      const fresh = await passcode(person)
      world.clock.move(seconds(1))
      if (fresh !== old) expect(await proveFactor(world, claimant, old, false)).toMatchObject({ ok: false })
      world.clock.move(seconds(1))
      signedIn(await proveFactor(world, claimant, await passcode(person), false))
      expect(await lifetime(person.id)).toBe(0)
    })

    test('D8: three wrong ones end the attempt, and the right one comes too late', async () => {
      const person = await enrolled(kind)
      const claimant = await begin(person)
      for (const code of ['wrong_new_sent', 'wrong_new_sent', 'out_of_tries']) {
        const wrong = anotherPasscode(await passcode(person))
        world.clock.move(seconds(1))
        expect(await proveFactor(world, claimant, wrong, false)).toMatchObject({ ok: false, code })
      }
      expect(await proveFactor(world, claimant, await passcode(person), false)).toMatchObject({ code: 'start_over' })
    })

    test('D6 S22: it serves no other attempt, no other person and no other step', async () => {
      const [person, other] = [await enrolled(kind), await enrolled(kind)]
      const first = await begin(person)
      const code = await passcode(person)
      world.clock.move(seconds(1))
      const second = await begin(person)
      const strangers = await begin(other)
      for (const claimant of [second, strangers]) {
        expect((await proveFactor(world, claimant, code, false)).ok).toBe(false)
      }
      expect(stepOf(await proveDevice(world, first, code))).toBe('verify-factor')
      expect(await proveRecoveryCode(world, first, code)).toMatchObject({ ok: false, code: 'wrong' })
      signedIn(await proveFactor(world, first, code, false))
    })

    test.each([64])('S4 D6: of %i right ones at once one signs in', async (size) => {
      const person = await enrolled(kind)
      const claimant = await begin(person)
      const code = await passcode(person)
      const results = await Promise.all(Array.from({ length: size }, () => proveFactor(world, claimant, code, false)))
      // Repeats of one form are answered for its one session: one token of it lives (N21).
      const tokens = results.flatMap((each) =>
        each.ok && each.value.kind === 'signed-in' ? [hashToken('session', each.value.signedIn.sessionToken)] : [],
      )
      const sessions = await sessionsOf(world, person.id)
      expect(sessions).toHaveLength(1)
      expect(tokens.filter((each) => each === sessions[0]?.tokenHash)).toHaveLength(1)
    })

    test.each([64])('S4 D8: of %i wrong ones at once three are judged, and few messages go', async (size) => {
      const person = await enrolled(kind)
      const claimant = await begin(person)
      const wrong = anotherPasscode(await passcode(person))
      await Promise.all(Array.from({ length: size }, () => proveFactor(world, claimant, wrong, false)))
      const judged = (await auditKinds(world, person.id)).filter((each) => each === 'sign_in_failed')
      expect(judged).toHaveLength(MAX_FAILURES)
      expect(await messages(person)).toBeLessThanOrEqual(1 + MAX_FAILURES)
      expect(await sessionsOf(world, person.id)).toEqual([])
    })

    test('S19: on demand a minute after the last one, and the older one is dead', async () => {
      const person = await enrolled(kind)
      const claimant = await begin(person)
      const old = await passcode(person)
      const from = world.clock.now()
      world.clock.move(seconds(60) - 1)
      expect(await sendPasscodeAgain(world, claimant)).toMatchObject({
        code: 'mail_throttled',
        detail: { until: later(from, seconds(60)) },
      })
      world.clock.move(1)
      expect(await sendPasscodeAgain(world, claimant)).toMatchObject({ ok: true, value: 'sent' })
      const fresh = await passcode(person)
      world.clock.move(seconds(1))
      if (fresh !== old)
        expect(await proveFactor(world, claimant, old, false)).toMatchObject({ code: 'wrong_new_sent' })
      world.clock.move(seconds(1))
      signedIn(await proveFactor(world, claimant, await passcode(person), false))
    })

    test('S7 E3: a factor that is removed meanwhile proves nothing', async () => {
      const person = await enrolled(kind)
      const claimant = await begin(person)
      const code = await passcode(person)
      await db.factor.update({ where: { id: person.factorId }, data: { revokedAt: world.clock.now() } })
      expect((await proveFactor(world, claimant, code, false)).ok).toBe(true)
      expect(await sessionsOf(world, person.id)).toEqual([])
    })

    test('R1: a recovery code stands in for it', async () => {
      const person = await enrolled(kind)
      const codes = await savedCodes(world, person.id)
      const claimant = await begin(person)
      expect(stepOf(await proveRecoveryCode(world, claimant, codes[0] ?? ''))).toBe('ask-if-lost')
      signedIn(await answerIfLost(world, claimant, 'at_hand'))
    })
  })

  describe('S5: failures count per person', () => {
    const all = async () => {
      const app = await anEnrolled(world, acme.slug)
      const email = await aMessagedFactor(world, app.id, 'email')
      const sms = await aMessagedFactor(world, app.id, 'sms', aNumber())
      return { ...app, email: app.email, emailId: email, smsId: sms }
    }

    test('over all kinds and attempts together, and wait for all of them', async () => {
      const person = await all()
      let wrong = 0
      const guess = async (factorId: string, typed: string) => {
        const claimant = await begin(person)
        stepOf(await chooseFactor(world, claimant, factorId))
        const result = await proveFactor(world, claimant, typed, false)
        if (!result.ok && result.code !== 'throttled') wrong += 1
        return result
      }
      for (const factorId of [person.factorId, person.emailId, person.smsId, person.factorId]) {
        world.clock.move(seconds(61))
        expect((await guess(factorId, wrongTotp(world, person.key))).ok).toBe(false)
      }
      world.clock.move(seconds(61))
      expect(await guess(person.emailId, '000000')).toMatchObject({ code: 'throttled' })
      expect(wrong).toBe(FACTOR_ROUND - 1)
      expect(await lifetime(person.id)).toBe(FACTOR_ROUND)
      world.clock.move(seconds(61))
      const claimant = await begin(person)
      expect(await proveFactor(world, claimant, totpCode(world, person.key))).toMatchObject({ code: 'throttled' })
    })

    test.each([64])('of %i guesses at once over attempts and kinds five are judged', async (size) => {
      const person = await all()
      const first = await begin(person)
      const row = await attemptOf(world, person.id)
      const tokens = Array.from({ length: size - 1 }, () => newToken(world.random))
      const kinds = [person.factorId, person.emailId, person.smsId]
      await db.signInAttempt.createMany({
        data: tokens.map((token, index) => ({
          ...row,
          id: anId(world),
          tokenHash: hashToken('attempt', token),
          chosenFactorId: kinds[index % kinds.length] ?? null,
        })),
      })
      const claimants = [first, ...tokens.map((token) => aClaimant(token))]
      const type = wrongTotp(world, person.key)
      await Promise.all(claimants.map((each) => proveFactor(world, each, type, false)))
      const events = (await auditKinds(world, person.id)).filter((each) => each === 'sign_in_failed')
      expect(events.length).toBeLessThanOrEqual(FACTOR_ROUND)
      expect(await lifetime(person.id)).toBeLessThanOrEqual(FACTOR_ROUND)
      expect(await sessionsOf(world, person.id)).toEqual([])
    })

    test('a resend, another kind and a new attempt forgive nothing', async () => {
      const person = await all()
      const claimant = await begin(person)
      stepOf(await chooseFactor(world, claimant, person.emailId))
      await proveFactor(world, claimant, '000000', false)
      world.clock.move(seconds(61))
      await sendPasscodeAgain(world, claimant)
      stepOf(await chooseFactor(world, claimant, person.smsId))
      await begin(person)
      expect(await lifetime(person.id)).toBe(1)
      expect(
        (await db.signInAttempt.findFirstOrThrow({ where: { userId: person.id, failures: 1 } })).endedAt,
      ).toBeNull()
    })
  })

  describe('E5: “try another way”', () => {
    test('offers the rest, sends at once, keeps the choice, and takes nobody else’s factor', async () => {
      const person = await anEnrolled(world, acme.slug)
      const mail = await aMessagedFactor(world, person.id, 'email')
      const stranger = await enrolled('email')
      const claimant = await begin(person)
      expect((await viewSignIn(world, claimant))?.asked.map((each) => each.kind)).toEqual(['totp', 'email'])
      expect(await countMails(world, person.email, 'factor_passcode')).toBe(0)
      for (const id of [stranger.factorId, 'none', '']) {
        expect(stepOf(await chooseFactor(world, claimant, id))).toBe('verify-factor')
        expect((await viewSignIn(world, claimant))?.chosen?.id).toBe(person.factorId)
      }
      stepOf(await chooseFactor(world, claimant, mail))
      expect((await viewSignIn(world, claimant))?.chosen).toMatchObject({ id: mail, kind: 'email' })
      expect(await countMails(world, person.email, 'factor_passcode')).toBe(1)
      stepOf(await chooseFactor(world, claimant, mail))
      expect(await countMails(world, person.email, 'factor_passcode')).toBe(1)
      signedIn(await proveFactor(world, claimant, await mailedPasscode(world, person.email, 'factor_passcode'), false))
    })

    test('S22: a mailed passcode is none of the app, and the app’s is none of the mail', async () => {
      const person = await anEnrolled(world, acme.slug)
      const mail = await aMessagedFactor(world, person.id, 'email')
      const claimant = await begin(person)
      stepOf(await chooseFactor(world, claimant, mail))
      const mailed = await mailedPasscode(world, person.email, 'factor_passcode')
      world.clock.move(seconds(1))
      expect(await proveFactor(world, claimant, totpCode(world, person.key), false)).toMatchObject({ ok: false })
      stepOf(await chooseFactor(world, claimant, person.factorId))
      expect(await proveFactor(world, claimant, mailed, false)).toMatchObject({ ok: false, code: 'wrong' })
    })

    test('E5: the one that is preferred is asked first', async () => {
      const person = await anEnrolled(world, acme.slug)
      const mail = await aMessagedFactor(world, person.id, 'email')
      await db.factor.update({ where: { id: mail }, data: { preferredAt: world.clock.now() } })
      const claimant = await begin(person)
      expect((await viewSignIn(world, claimant))?.asked.map((each) => each.kind)).toEqual(['email', 'totp'])
      expect(await countMails(world, person.email, 'factor_passcode')).toBe(1)
    })
  })

  describe('R11: an address that an admin gave', () => {
    const give = (id: string) => db.user.update({ where: { id }, data: { addressGivenAt: world.clock.now() } })

    test('R11: the page says until when mail is no proof, asks for the rest, and sends nothing there', async () => {
      const person = await anEnrolled(world, acme.slug)
      const mail = await aMessagedFactor(world, person.id, 'email')
      await db.factor.update({ where: { id: mail }, data: { preferredAt: world.clock.now() } })
      await give(person.id)
      const until = later(world.clock.now(), days(7))
      const claimant = await begin(person)
      const view = await viewSignIn(world, claimant)
      expect(view?.asked.map((each) => each.kind)).toEqual(['totp'])
      expect(view).toMatchObject({ addressNewUntil: until, mailboxUsed: false })
      stepOf(await chooseFactor(world, claimant, mail))
      expect((await viewSignIn(world, claimant))?.chosen?.id).toBe(person.factorId)
      expect(await countMails(world, person.email, 'factor_passcode')).toBe(0)
      // Of no use to whoever has no such factor.
      const other = await anEnrolled(world, acme.slug)
      await give(other.id)
      expect((await viewSignIn(world, await begin(other)))?.addressNewUntil).toBeNull()
    })

    test('R11: with nothing but the mailbox a recovery code gets in; after seven days mail is asked again', async () => {
      const person = await enrolled('email')
      await give(person.id)
      const until = later(world.clock.now(), days(7))
      const claimant = await begin(person)
      expect(await viewSignIn(world, claimant)).toMatchObject({ chosen: null, asked: [], addressNewUntil: until })
      expect(await countMails(world, person.email, 'factor_passcode')).toBe(0)
      const [code = ''] = await savedCodes(world, person.id)
      expect(stepOf(await proveRecoveryCode(world, claimant, code))).toBe('ask-if-lost')
      signedIn(await answerIfLost(world, claimant, 'at_hand'))
      world.clock.move(days(7))
      const view = await viewSignIn(world, await begin(person))
      expect(view).toMatchObject({ chosen: { kind: 'email' }, addressNewUntil: null })
      expect(await countMails(world, person.email, 'factor_passcode')).toBe(1)
    })
  })

  describe('messages have their limits', () => {
    test('N7: nine passcodes in fifteen minutes, whatever their kind; the page of the factor stays open', async () => {
      const person = await enrolled('email')
      for (let count = 0; count < MAILS_PER_QUARTER.failures; count += 1) {
        world.clock.move(seconds(1))
        await begin(person)
      }
      expect(await messages(person)).toBe(MAILS_PER_QUARTER.failures)
      world.clock.move(seconds(1))
      const claimant = await begin(person)
      expect(await messages(person)).toBe(MAILS_PER_QUARTER.failures)
      expect(await viewSignIn(world, claimant)).toMatchObject({ step: 'verify-factor', passcodeSent: false })
      expect(await sendPasscodeAgain(world, claimant)).toMatchObject({ code: 'mail_throttled' })
      const codes = await savedCodes(world, person.id)
      expect(stepOf(await proveRecoveryCode(world, claimant, codes[0] ?? ''))).toBe('ask-if-lost')
    })

    test('N7: five text messages an hour to one number, whoever asks', async () => {
      const number = aNumber()
      const people = [await enrolled('sms', number), await enrolled('sms', number)]
      for (let count = 0; count < SMS_PER_NUMBER.failures + 2; count += 1) {
        world.clock.move(seconds(1))
        await begin(people[count % 2] as Enrolled)
      }
      const sent = await db.outboxMessage.count({
        where: { channel: 'sms', userId: { in: people.map((each) => each.id) } },
      })
      expect(sent).toBe(SMS_PER_NUMBER.failures)
      world.clock.move(minutes(60))
      await begin(people[0] as Enrolled)
      expect(await messages(people[0] as Enrolled)).toBe(4)
    })

    test('D6: at the limit a wrong passcode leaves the last one good', async () => {
      const person = await enrolled('email')
      for (let count = 0; count < MAILS_PER_QUARTER.failures - 1; count += 1) {
        world.clock.move(seconds(1))
        await begin(person)
      }
      world.clock.move(seconds(1))
      const claimant = await begin(person)
      const code = await passcode(person)
      expect(await proveFactor(world, claimant, anotherPasscode(code), false)).toMatchObject({
        code: 'wrong_mail_throttled',
      })
      signedIn(await proveFactor(world, claimant, code, false))
    })
  })

  test('P7: where no gateway is configured any more, the phone cannot be asked and the page says so; a code still helps', async () => {
    const person = await enrolled('sms')
    const codes = await savedCodes(world, person.id)
    const without = { ...world, smsAvailable: false }
    const { claimant } = await anAttempt(without, person.email)
    expect(await messages(person)).toBe(0)
    expect((await viewSignIn(without, claimant))?.chosen).toMatchObject({ kind: 'sms', reachable: false })
    expect(stepOf(await proveFactor(without, claimant, '000000', false))).toBe('verify-factor')
    expect((await attemptOf(without, person.id)).failures).toBe(0)
    expect(stepOf(await proveRecoveryCode(without, claimant, codes[0] ?? ''))).toBe('ask-if-lost')
  })

  test('S16: a number moved to another row is no number', async () => {
    const [person, other] = [await enrolled('sms'), await enrolled('sms')]
    const { sealedPhone } = await db.factor.findUniqueOrThrow({ where: { id: other.factorId } })
    await db.factor.update({ where: { id: person.factorId }, data: { sealedPhone } })
    await expect(begin(person)).rejects.toThrow(`factor ${person.factorId}: sealedPhone does not open under its key`)
    expect(await messages(person)).toBe(0)
  })

  describe('X4: a phone whose clock is off', () => {
    const begun = async () => {
      const person = await anEnrolled(world, acme.slug)
      return { person, claimant: await begin(person) }
    }

    test.each([2, 8, 20, -2, -20])(
      'is told by %i steps after two successive passcodes, never after one; both cost a try',
      async (offset) => {
        const { person, claimant } = await begun()
        expect(await proveFactor(world, claimant, totpCode(world, person.key, offset))).toMatchObject({
          ok: false,
          code: 'wrong',
        })
        expect((await attemptOf(world, person.id)).failures).toBe(1)
        world.clock.move(seconds(30))
        expect(await proveFactor(world, claimant, totpCode(world, person.key, offset))).toEqual({
          ok: false,
          code: 'clock_off',
          detail: { seconds: offset * 30 },
        })
        expect((await attemptOf(world, person.id)).failures).toBe(2)
        expect(await lifetime(person.id)).toBe(2)
        const offsetOf = async () =>
          (await world.db.factor.findUniqueOrThrow({ where: { id: person.factorId } })).clockOffset
        // M3: kept for the report until a passcode fits again.
        expect(await offsetOf()).toBe(offset * 30)
        signedIn(await proveFactor(world, claimant, totpCode(world, person.key)))
        expect(await offsetOf()).toBeNull()
      },
    )

    test('is not told by one passcode typed twice, nor by two of different offsets, nor over attempts', async () => {
      const { person, claimant } = await begun()
      const code = totpCode(world, person.key, 8)
      expect(await proveFactor(world, claimant, code)).toMatchObject({ code: 'wrong' })
      world.clock.move(seconds(5))
      expect(await proveFactor(world, claimant, code)).toMatchObject({ code: 'wrong' })

      const two = await begun()
      expect(await proveFactor(world, two.claimant, totpCode(world, two.person.key, 8))).toMatchObject({
        code: 'wrong',
      })
      world.clock.move(seconds(30))
      expect(await proveFactor(world, two.claimant, totpCode(world, two.person.key, 9))).toMatchObject({
        code: 'wrong',
      })

      const three = await begun()
      expect(await proveFactor(world, three.claimant, totpCode(world, three.person.key, 8))).toMatchObject({
        code: 'wrong',
      })
      world.clock.move(seconds(30))
      const next = await begin(three.person)
      expect(await proveFactor(world, next, totpCode(world, three.person.key, 8))).toMatchObject({ code: 'wrong' })
    })

    test('is not told beyond ten minutes, and the third wrong one ends the attempt whatever it tells', async () => {
      const { person, claimant } = await begun()
      for (const move of [0, 30]) {
        world.clock.move(seconds(move))
        expect(await proveFactor(world, claimant, totpCode(world, person.key, 21))).toMatchObject({ code: 'wrong' })
      }
      world.clock.move(seconds(30))
      expect(await proveFactor(world, claimant, totpCode(world, person.key, 8))).toMatchObject({ code: 'out_of_tries' })
    })
  })
})
