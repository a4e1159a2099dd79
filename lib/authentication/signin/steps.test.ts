import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { hashToken } from '../../core/crypto/token'
import { type Db, transact } from '../../core/db'
import { days, later, minutes, seconds } from '../../core/kernel/time'
import { UnreadableRow } from '../../core/kernel/unreadable'
import { sendPasscode } from '../../credentials/passcode/service'
import { personById } from '../../identity/user/service'
import { deliverDue } from '../../messaging/mail/outbox-service'
import { NotTakenOver, Undeliverable } from '../../messaging/mail/types'
import { eachDatabase } from '../../testing/databases'
import { allRows, rowsOf } from '../../testing/observed'
import { setRules } from '../../testing/policy'
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
  aPerson,
  aTenant,
  aVisitor,
  PASSWORD,
  quickWorld,
  REQUEST,
  type TestWorld,
  totpCode,
} from '../../testing/world'
import { confirmEnrolment, renewCodes, typeCodeBack } from '../enrolment/service'
import { findLiveSession } from '../session/service'
import { cancelSignIn, readSignIn, type StepResult, tellOfWrongCodes } from './attempt/service'
import { finishSignIn } from './finish/service'
import { answerIfLost, proveDevice, proveFactor, proveRecoveryCode, sendPasscodeAgain } from './prove/service'
import { MAX_FAILURES } from './rules'
import { startWithPassword } from './start/service'
import { viewSignIn } from './view/service'

eachDatabase('the steps of a sign-in', (open) => {
  let world: TestWorld
  let db: Db
  let acme: Awaited<ReturnType<typeof aTenant>>

  beforeAll(async () => {
    db = open()
    world = quickWorld(db)
    acme = await aTenant(world)
  })
  beforeEach(() => world.clock.move(minutes(2)))

  const isRequired = (on: boolean) => setRules(db, acme.id, { team: { required: on } })
  const failuresOf = async (userId: string) => ({
    attempt: (await attemptOf(world, userId)).failures,
    person: (await db.throttle.findUnique({ where: { key: `factor:${userId}` } }))?.lifetime ?? 0,
  })
  const eventsOf = (userId: string, kind: string) =>
    db.auditEvent.findMany({ where: { subjectId: userId, kind }, orderBy: { at: 'asc' } })
  type Claim = Awaited<ReturnType<typeof anAttempt>>['claimant']
  const standing = async (claimant: Claim) => (await readSignIn(world, claimant))?.step

  describe('device verification', () => {
    const begin = async () => {
      const person = await aPerson(world, acme.slug)
      const { claimant, token } = await anAttempt(world, person.email)
      return { person, claimant, token, code: await mailedPasscode(world, person.email) }
    }

    test('D5 D7 S12: the mailed passcode completes the sign-in and makes the browser known', async () => {
      const { person, claimant, code } = await begin()
      const done = signedIn(await proveDevice(world, claimant, code))
      const session = await findLiveSession(world, hashToken('session', done.sessionToken))
      expect(session?.session).toMatchObject({ userId: person.id, methods: ['pwd', 'mail'] })
      expect(session?.session.steppedUpAt).toEqual(world.clock.now())
      expect(done.deviceToken).not.toBeNull()
      expect((await knownDevice(world, done.deviceToken, person.id))?.id).toBe(session?.session.deviceId)
      const again = await startWithPassword(world, aVisitor({ deviceToken: done.deviceToken }), {
        email: person.email,
        password: PASSWORD,
      })
      expect(again).toMatchObject({ ok: true, value: { kind: 'signed-in' } })
      expect((await eventsOf(person.id, 'device_verified')).length).toBe(1)
      expect((await eventsOf(person.id, 'sign_in_succeeded'))[0]).toMatchObject({ factorType: null })
    })

    test('D7 S21: a sign-in leaves the value of a colleague as it was, and adds its own', async () => {
      const { person } = await begin()
      const colleague = await aPerson(world, acme.slug)
      const deviceToken = await aKnownDevice(world, colleague.id)
      world.clock.move(seconds(1))
      const { claimant } = await anAttempt(world, person.email, deviceToken)
      const done = signedIn(await proveDevice(world, claimant, await mailedPasscode(world, person.email)))
      expect(done.deviceToken?.startsWith(`${deviceToken}~`)).toBe(true)
      for (const each of [colleague, person]) {
        expect(await knownDevice(world, done.deviceToken, each.id)).not.toBeNull()
      }
    })

    test.each([
      [-1, 'signed in'],
      [0, 'expired_new_sent'],
      [1, 'expired_new_sent'],
    ])('D6: %i ms after five minutes the passcode gives: %s', async (offset, outcome) => {
      const { claimant, code } = await begin()
      world.clock.move(minutes(5) + offset)
      const result = await proveDevice(world, claimant, code)
      expect(result.ok ? 'signed in' : result.code).toBe(outcome)
    })

    test('D6: an expired passcode brings a new one and is no failure', async () => {
      const { person, claimant, code } = await begin()
      world.clock.move(minutes(5))
      expect(await proveDevice(world, claimant, code)).toMatchObject({ ok: false, code: 'expired_new_sent' })
      expect(await failuresOf(person.id)).toEqual({ attempt: 0, person: 0 })
      expect(await eventsOf(person.id, 'sign_in_failed')).toEqual([])
      expect(await countMails(world, person.email)).toBe(2)
      signedIn(await proveDevice(world, claimant, await mailedPasscode(world, person.email)))
    })

    test('D6: whether an expired passcode was right, nobody learns', async () => {
      const outcomes = []
      for (const type of [(code: string) => code, anotherPasscode, () => 'no digits']) {
        const { person, claimant, code } = await begin()
        world.clock.move(minutes(5))
        outcomes.push([await proveDevice(world, claimant, type(code)), await failuresOf(person.id)])
      }
      expect(outcomes[1]).toEqual(outcomes[0])
      expect(outcomes[2]).toEqual(outcomes[0])
    })

    test('D6 M7: a wrong passcode counts, brings a new one by itself, and the old one is dead', async () => {
      const { person, claimant, code } = await begin()
      world.clock.move(seconds(1))
      expect(await proveDevice(world, claimant, anotherPasscode(code))).toMatchObject({ code: 'wrong_new_sent' })
      expect(await failuresOf(person.id)).toEqual({ attempt: 1, person: 1 })
      expect(await eventsOf(person.id, 'sign_in_failed')).toMatchObject([
        { factorType: 'mail', data: '{"triesUsed":false}' },
      ])
      expect(await countMails(world, person.email)).toBe(2)
      const fresh = await mailedPasscode(world, person.email)
      expect(fresh).not.toBe(code)
      world.clock.move(seconds(1))
      expect(await proveDevice(world, claimant, code)).toMatchObject({ code: 'wrong_new_sent' })
      signedIn(await proveDevice(world, claimant, await mailedPasscode(world, person.email)))
    })

    test('D6: after a new passcode was sent for an expired one, the expired one is wrong', async () => {
      const { person, claimant, code } = await begin()
      world.clock.move(minutes(5))
      await proveDevice(world, claimant, code)
      expect(await proveDevice(world, claimant, code)).toMatchObject({ code: 'wrong_new_sent' })
      expect((await failuresOf(person.id)).attempt).toBe(1)
    })

    test('D6 S22: a passcode serves no other attempt of the same person', async () => {
      const { person, claimant, code } = await begin()
      world.clock.move(seconds(1))
      const second = await anAttempt(world, person.email)
      const secondCode = await mailedPasscode(world, person.email)
      expect(await proveDevice(world, second.claimant, code)).toMatchObject({ ok: false })
      expect(await proveDevice(world, claimant, secondCode)).toMatchObject({ ok: false })
      expect(await sessionsOf(world, person.id)).toEqual([])
    })

    test('D6 S4: a passcode works once', async () => {
      const { claimant, code } = await begin()
      signedIn(await proveDevice(world, claimant, code))
      world.clock.move(minutes(1))
      expect(await proveDevice(world, claimant, code)).toMatchObject({ code: 'start_over' })
    })

    test('S22: a passcode of a step-up is none of a sign-in', async () => {
      const { person, claimant } = await begin()
      const found = await personById(db, person.id)
      if (found === null) throw new Error('no person')
      const reader = { ...found.person, locale: 'en' }
      const scope = { userId: person.id, factorId: null, sessionId: 'session' }
      await transact(world, (world) =>
        sendPasscode(world, scope, reader, {
          purpose: 'step_up',
          channel: { kind: 'email' },
          request: REQUEST,
        }),
      )
      const mails = await db.outboxMessage.findMany({
        where: { recipient: person.email, template: 'step_up_passcode' },
      })
      expect(mails).toHaveLength(1)
      const sent = await db.passcode.findFirstOrThrow({ where: { sessionId: 'session', userId: person.id } })
      const own = await db.passcode.findFirstOrThrow({ where: { userId: person.id, sessionId: null } })
      // Both rows say the same: it is the scope that tells them apart.
      const code = await mailedPasscode(world, person.email)
      await db.passcode.update({ where: { id: sent.id }, data: { salt: own.salt, hash: own.hash, keyId: own.keyId } })
      await db.passcode.update({ where: { id: own.id }, data: { supersededAt: world.clock.now() } })
      expect(await proveDevice(world, claimant, code)).toMatchObject({ code: 'expired_new_sent' })
    })

    test('S2: a passcode of another person is wrong', async () => {
      const ann = await begin()
      const bob = await begin()
      expect(await proveDevice(world, ann.claimant, bob.code)).toMatchObject({ code: 'wrong_new_sent' })
      signedIn(await proveDevice(world, bob.claimant, bob.code))
      expect(await sessionsOf(world, ann.person.id)).toEqual([])
    })

    test('D8 M7: three wrong passcodes end the attempt; the right one comes too late', async () => {
      const { person, claimant } = await begin()
      const type = async (change: (code: string) => string) => {
        world.clock.move(seconds(1))
        return proveDevice(world, claimant, change(await mailedPasscode(world, person.email)))
      }
      expect(await type(anotherPasscode)).toMatchObject({ code: 'wrong_new_sent' })
      expect(await type(anotherPasscode)).toMatchObject({ code: 'wrong_new_sent' })
      expect(await type(anotherPasscode)).toMatchObject({ code: 'out_of_tries' })
      expect(await countMails(world, person.email)).toBe(3)
      expect(await type((code) => code)).toMatchObject({ code: 'start_over' })
      expect((await eventsOf(person.id, 'sign_in_failed')).map((event) => event.data)).toEqual([
        '{"triesUsed":false}',
        '{"triesUsed":false}',
        '{"triesUsed":true}',
      ])
      expect(await sessionsOf(world, person.id)).toEqual([])
    })

    test('D8: an expired passcode between wrong ones starts no new count', async () => {
      const { person, claimant } = await begin()
      const wrong = async () => {
        world.clock.move(seconds(1))
        return proveDevice(world, claimant, anotherPasscode(await mailedPasscode(world, person.email)))
      }
      await wrong()
      world.clock.move(minutes(5))
      expect(await wrong()).toMatchObject({ code: 'expired_new_sent' })
      await wrong()
      expect(await wrong()).toMatchObject({ code: 'out_of_tries' })
    })

    /** What the page of a new attempt says of the next mail; null where one has gone. */
    const nextMailAfterStart = async (person: { email: string }) => {
      const { claimant } = await anAttempt(world, person.email)
      const view = await viewSignIn(world, claimant)
      expect(view?.passcodeSent).toBe(view?.passcodeFrom === null)
      return view?.passcodeFrom
    }

    test('D6: nine mails in fifteen minutes; at the limit the last passcode stays good and the page can say until when', async () => {
      const { person, claimant, code } = await begin()
      for (let sent = 1; sent < 9; sent += 1) {
        world.clock.move(seconds(1))
        await anAttempt(world, person.email)
      }
      const until = later(world.clock.now(), minutes(15))
      world.clock.move(seconds(1))
      expect(await nextMailAfterStart(person)).toEqual(until)
      expect(await proveDevice(world, claimant, anotherPasscode(code))).toEqual({
        ok: false,
        code: 'wrong_mail_throttled',
        detail: { until },
      })
      expect(await countMails(world, person.email)).toBe(9)
      expect((await failuresOf(person.id)).person).toBe(1)
      signedIn(await proveDevice(world, claimant, code))
    })

    const sentSoFar = (userId: string, counter: 'mail15' | 'mail24', failures: number) =>
      db.throttle.update({ where: { key: `${counter}:${userId}` }, data: { failures } })

    test('D6: thirty mails a day, however they are spread', async () => {
      const { person } = await begin()
      await sentSoFar(person.id, 'mail24', 29)
      world.clock.move(minutes(16))
      expect(await nextMailAfterStart(person)).toBeNull()
      const until = later(world.clock.now(), days(1))
      world.clock.move(minutes(16))
      expect(await nextMailAfterStart(person)).toEqual(until)
      world.clock.move(days(1))
      expect(await nextMailAfterStart(person)).toBeNull()
    })

    test('D6: a complete sign-in starts the count of mails anew', async () => {
      const { person, claimant, code } = await begin()
      await sentSoFar(person.id, 'mail15', 9)
      await sentSoFar(person.id, 'mail24', 30)
      expect(await nextMailAfterStart(person)).not.toBeNull()
      signedIn(await proveDevice(world, claimant, code))
      for (const _ of [1, 2, 3, 4, 5, 6, 7, 8, 9]) expect(await nextMailAfterStart(person)).toBeNull()
      expect(await nextMailAfterStart(person)).not.toBeNull()
    })

    test.each([
      [-1, false],
      [0, true],
      [1, true],
    ])('S19: %i ms after a minute a new passcode comes on demand: %s', async (offset, sent) => {
      const { person, claimant, code } = await begin()
      const until = later(world.clock.now(), seconds(60))
      world.clock.move(seconds(60) + offset)
      const result = await sendPasscodeAgain(world, claimant)
      expect(result).toEqual(
        sent ? { ok: true, value: 'sent' } : { ok: false, code: 'mail_throttled', detail: { until } },
      )
      expect(await countMails(world, person.email)).toBe(sent ? 2 : 1)
      expect((await proveDevice(world, claimant, code)).ok).toBe(!sent)
    })

    test('S19 D8 S5: a passcode on demand forgives no failure and counts as a mail', async () => {
      const { person, claimant, code } = await begin()
      await proveDevice(world, claimant, anotherPasscode(code))
      for (let sent = 2; sent < 9; sent += 1) {
        world.clock.move(seconds(61))
        expect(await sendPasscodeAgain(world, claimant)).toMatchObject({ ok: true })
      }
      world.clock.move(seconds(61))
      expect(await sendPasscodeAgain(world, claimant)).toMatchObject({ code: 'mail_throttled' })
      expect(await countMails(world, person.email)).toBe(9)
      expect(await failuresOf(person.id)).toEqual({ attempt: 1, person: 1 })
    })

    test('S13 D5: a passcode that was refused for good is told of in the attempt it belongs to; a new one is not', async () => {
      const { person, claimant } = await begin()
      const refuse = { send: () => Promise.reject(new Undeliverable('SMTP_550')) }
      const later = { send: () => Promise.reject(new NotTakenOver('SMTP_450')) }
      expect(await viewSignIn(world, claimant)).toMatchObject({ passcodeSent: true, passcodeRefused: false })
      await deliverDue(world, { mailer: later }, 50)
      expect(await viewSignIn(world, claimant)).toMatchObject({ passcodeSent: true, passcodeRefused: false })
      world.clock.move(seconds(61))
      await deliverDue(world, { mailer: refuse }, 50)
      expect(await viewSignIn(world, claimant)).toMatchObject({ passcodeSent: true, passcodeRefused: true })
      expect(await sendPasscodeAgain(world, claimant)).toMatchObject({ ok: true })
      expect(await viewSignIn(world, claimant)).toMatchObject({ passcodeSent: true, passcodeRefused: false })
      expect(await countMails(world, person.email)).toBe(2)
    })

    test('P5 S19: whose 2FA ends at the passcode page has no mail yet, and gets one on demand at once', async () => {
      const person = await anEnrolled(world, acme.slug)
      const { claimant } = await anAttempt(world, person.email)
      await db.user.update({ where: { id: person.id }, data: { twoFactorOn: false } })
      expect(await viewSignIn(world, claimant)).toMatchObject({ step: 'verify-device', passcodeSent: false })
      expect(await sendPasscodeAgain(world, claimant)).toEqual({ ok: true, value: 'sent' })
      expect(await viewSignIn(world, claimant)).toMatchObject({ passcodeSent: true })
      signedIn(await proveDevice(world, claimant, await mailedPasscode(world, person.email)))
    })

    test('S8: the requirement turned on meanwhile sends on to the wizard instead of in', async () => {
      const { person, claimant, code } = await begin()
      await isRequired(true)
      try {
        expect(stepOf(await proveDevice(world, claimant, code))).toBe('enrol')
        expect(await sessionsOf(world, person.id)).toEqual([])
        expect(await failuresOf(person.id)).toEqual({ attempt: 0, person: 0 })
      } finally {
        await isRequired(false)
      }
    })

    test('the page learns where the passcode went, masked, and how many tries are left', async () => {
      const { person, claimant, code } = await begin()
      await proveDevice(world, claimant, anotherPasscode(code))
      const view = await viewSignIn(world, claimant)
      expect(view).toMatchObject({ step: 'verify-device', tenantName: 'Acme', triesLeft: 2, enrolling: null })
      expect(view?.maskedEmail).toBe(`${person.email.slice(0, 1)}•••@e•••.com`)
    })
  })

  describe('the authenticator app', () => {
    test('S1 S12 M7: its passcode completes the sign-in; before there is no session', async () => {
      const person = await anEnrolled(world, acme.slug)
      const { claimant } = await anAttempt(world, person.email)
      expect(await sessionsOf(world, person.id)).toEqual([])
      const done = signedIn(await proveFactor(world, claimant, totpCode(world, person.key)))
      const session = await findLiveSession(world, hashToken('session', done.sessionToken))
      expect(session?.session).toMatchObject({ userId: person.id, methods: ['pwd', 'otp'] })
      expect(session?.session.steppedUpAt).toEqual(world.clock.now())
      expect(await knownDevice(world, done.deviceToken, person.id)).not.toBeNull()
      expect(await eventsOf(person.id, 'sign_in_succeeded')).toMatchObject([{ factorType: 'totp' }])
      const row = await db.user.findUniqueOrThrow({ where: { id: person.id } })
      expect([row.lastSignInAt, row.lastSecondFactorAt]).toEqual([world.clock.now(), world.clock.now()])
    })

    test.each([
      [-2, false],
      [-1, true],
      [0, true],
      [1, true],
      [2, false],
    ])('S18: a code %i steps from now is right: %s', async (offset, right) => {
      const person = await anEnrolled(world, acme.slug)
      const { claimant } = await anAttempt(world, person.email)
      expect((await proveFactor(world, claimant, totpCode(world, person.key, offset))).ok).toBe(right)
    })

    test('S3: the code of a completed sign-in signs nobody in again, nor does an older one', async () => {
      const person = await anEnrolled(world, acme.slug)
      const code = totpCode(world, person.key)
      signedIn(await proveFactor(world, (await anAttempt(world, person.email)).claimant, code))
      const { claimant } = await anAttempt(world, person.email)
      expect(await proveFactor(world, claimant, code)).toMatchObject({ code: 'wrong' })
      expect(await proveFactor(world, claimant, totpCode(world, person.key, -1))).toMatchObject({ code: 'wrong' })
      signedIn(await proveFactor(world, claimant, totpCode(world, person.key, 1)))
      expect(await sessionsOf(world, person.id)).toHaveLength(2)
    })

    test('S2: the code of another person is wrong, and their factor is not used', async () => {
      const ann = await anEnrolled(world, acme.slug)
      const bob = await anEnrolled(world, acme.slug)
      const { claimant } = await anAttempt(world, ann.email)
      expect(await proveFactor(world, claimant, totpCode(world, bob.key))).toMatchObject({ code: 'wrong' })
      signedIn(await proveFactor(world, (await anAttempt(world, bob.email)).claimant, totpCode(world, bob.key)))
      expect(await sessionsOf(world, ann.id)).toEqual([])
    })

    test('S16: a key moved to another row opens nothing', async () => {
      const ann = await anEnrolled(world, acme.slug)
      const bob = await anEnrolled(world, acme.slug)
      const rows = await db.factor.findMany({ where: { id: { in: [ann.factorId, bob.factorId] } } })
      const sealed = new Map(rows.map((row) => [row.id, row.sealedKey]))
      const swap = async (one: string, other: string) =>
        db.factor.update({ where: { id: one }, data: { sealedKey: sealed.get(other) ?? null } })
      await swap(ann.factorId, bob.factorId)
      await swap(bob.factorId, ann.factorId)
      const { claimant } = await anAttempt(world, ann.email)
      for (const key of [ann.key, bob.key]) {
        await expect(proveFactor(world, claimant, totpCode(world, key))).rejects.toThrow(UnreadableRow)
      }
      await swap(ann.factorId, ann.factorId)
      signedIn(await proveFactor(world, claimant, totpCode(world, ann.key)))
    })

    test('S7: an unconfirmed app and a removed one are no factor', async () => {
      const person = await anEnrolled(world, acme.slug)
      const { claimant } = await anAttempt(world, person.email)
      await db.factor.create({
        data: {
          ...(await db.factor.findUniqueOrThrow({ where: { id: person.factorId } })),
          id: `unconfirmed ${person.id}`,
          confirmedAt: null,
        },
      })
      await db.factor.update({ where: { id: person.factorId }, data: { revokedAt: world.clock.now() } })
      expect(await standing(claimant)).toBe('verify-device')
      expect(stepOf(await proveFactor(world, claimant, totpCode(world, person.key)))).toBe('verify-device')
      expect(await sessionsOf(world, person.id)).toEqual([])
    })

    test('S7: a proof ends with its factor', async () => {
      const person = await anEnrolled(world, acme.slug)
      await db.user.update({ where: { id: person.id }, data: { recoveryCodesAt: null } })
      const { claimant } = await anAttempt(world, person.email)
      expect(stepOf(await proveFactor(world, claimant, totpCode(world, person.key)))).toBe('show-recovery-codes')
      const factor = await db.factor.findUniqueOrThrow({ where: { id: person.factorId } })
      await db.factor.create({ data: { ...factor, id: `new ${person.id}` } })
      await db.factor.update({ where: { id: person.factorId }, data: { revokedAt: world.clock.now() } })
      expect(await standing(claimant)).toBe('verify-factor')
      expect(await renewCodes(world, claimant)).toMatchObject({ ok: false, code: 'elsewhere' })
    })

    test('D8 M7 S5: three wrong codes end the attempt, count for the person, and the person is told once', async () => {
      const person = await anEnrolled(world, acme.slug)
      const { claimant } = await anAttempt(world, person.email)
      const wrong = () => proveFactor(world, claimant, wrongTotp(world, person.key))
      expect(await wrong()).toMatchObject({ code: 'wrong' })
      expect(await wrong()).toMatchObject({ code: 'wrong' })
      expect(await wrong()).toMatchObject({ code: 'out_of_tries' })
      expect(await proveFactor(world, claimant, totpCode(world, person.key))).toMatchObject({ code: 'start_over' })
      expect(await failuresOf(person.id)).toEqual({ attempt: MAX_FAILURES, person: 3 })
      expect(await eventsOf(person.id, 'sign_in_failed')).toMatchObject([
        { factorType: 'totp', data: '{"triesUsed":false}' },
        { factorType: 'totp', data: '{"triesUsed":false}' },
        { factorType: 'totp', data: '{"triesUsed":true}' },
      ])
      await tellOfWrongCodes(world, () => false)
      await tellOfWrongCodes(world, () => false)
      expect(await countMails(world, person.email, 'code_wrong_after_password')).toBe(1)
    })

    test('N19: one mistyped passcode mails nothing when the next try is right; the notice goes when the attempt is over', async () => {
      const person = await anEnrolled(world, acme.slug)
      const told = async () => {
        await tellOfWrongCodes(world, () => false)
        return countMails(world, person.email, 'code_wrong_after_password')
      }
      const mistyped = async () => {
        const { claimant } = await anAttempt(world, person.email)
        expect(await proveFactor(world, claimant, wrongTotp(world, person.key))).toMatchObject({ code: 'wrong' })
        return claimant
      }
      signedIn(await proveFactor(world, await mistyped(), totpCode(world, person.key)))
      world.clock.move(minutes(10))
      expect(await told()).toBe(0)
      expect(await db.job.count({ where: { kind: 'wrong_code' } })).toBe(0)
      await mistyped()
      world.clock.move(minutes(10) - 1)
      expect(await told()).toBe(0)
      world.clock.move(1)
      const both = await Promise.all([told(), told()])
      expect(Math.max(...both)).toBe(1)
      world.clock.move(minutes(30))
      const given = await mistyped()
      await cancelSignIn(world, given)
      expect(await told()).toBe(2)
    })

    test('D8: the third try may be the right one', async () => {
      const person = await anEnrolled(world, acme.slug)
      const { claimant } = await anAttempt(world, person.email)
      for (const _ of [1, 2]) await proveFactor(world, claimant, wrongTotp(world, person.key))
      signedIn(await proveFactor(world, claimant, totpCode(world, person.key)))
    })

    test('M7: refused tries during a wait are written down, once a minute', async () => {
      const person = await anEnrolled(world, acme.slug)
      for (const _ of [1, 2]) {
        const { claimant } = await anAttempt(world, person.email)
        for (const _ of [1, 2, 3]) await proveFactor(world, claimant, wrongTotp(world, person.key))
      }
      const { claimant } = await anAttempt(world, person.email)
      for (const _ of [1, 2, 3]) await proveFactor(world, claimant, totpCode(world, person.key))
      expect(await eventsOf(person.id, 'sign_in_throttled')).toHaveLength(1)
      world.clock.move(minutes(1))
      await proveFactor(world, claimant, totpCode(world, person.key))
      expect(await eventsOf(person.id, 'sign_in_throttled')).toMatchObject([
        { data: '{"step":"second_factor"}' },
        { data: '{"step":"second_factor"}' },
      ])
    })

    test('U1: a code with spaces and full-width digits is understood', async () => {
      const person = await anEnrolled(world, acme.slug)
      const code = totpCode(world, person.key)
      const wide = Array.from(code, (digit) => String.fromCharCode(digit.charCodeAt(0) + 0xfee0)).join('')
      const { claimant } = await anAttempt(world, person.email)
      signedIn(await proveFactor(world, claimant, ` ${wide.slice(0, 3)} ${wide.slice(3)} `))
    })
  })

  describe('recovery codes', () => {
    const begin = async () => {
      const person = await anEnrolled(world, acme.slug)
      const codes = await savedCodes(world, person.id)
      const { claimant } = await anAttempt(world, person.email)
      return { person, codes, claimant, first: codes[0] ?? '' }
    }

    test('R1 S1: one stands in for the passcode, then the person is asked; before the answer there is no session', async () => {
      const { person, claimant, first } = await begin()
      expect(stepOf(await proveRecoveryCode(world, claimant, first))).toBe('ask-if-lost')
      expect(await sessionsOf(world, person.id)).toEqual([])
      expect(await failuresOf(person.id)).toEqual({ attempt: 0, person: 0 })
      const done = signedIn(await answerIfLost(world, claimant, 'at_hand'))
      const session = await findLiveSession(world, hashToken('session', done.sessionToken))
      expect(session?.session).toMatchObject({ methods: ['pwd', 'recovery'], steppedUpAt: null })
      expect(await eventsOf(person.id, 'sign_in_succeeded')).toMatchObject([{ factorType: 'recovery' }])
      const row = await db.user.findUniqueOrThrow({ where: { id: person.id } })
      expect([row.lastSignInAt, row.lastSecondFactorAt]).toEqual([world.clock.now(), null])
    })

    test('R3 D7 S21: a recovery code makes no browser known', async () => {
      const { person, claimant, first } = await begin()
      await proveRecoveryCode(world, claimant, first)
      const { deviceToken } = signedIn(await answerIfLost(world, claimant, 'at_hand'))
      expect(await knownDevice(world, deviceToken, person.id)).toBeNull()
      await db.user.update({ where: { id: person.id }, data: { twoFactorOn: false } })
      expect((await anAttempt(world, person.email, deviceToken)).step).toBe('verify-device')
    })

    test('S10: it works once; the others still do', async () => {
      const { person, codes, claimant, first } = await begin()
      await proveRecoveryCode(world, claimant, first)
      signedIn(await answerIfLost(world, claimant, 'at_hand'))
      const second = await anAttempt(world, person.email)
      expect(await proveRecoveryCode(world, second.claimant, first)).toMatchObject({ code: 'wrong' })
      expect(stepOf(await proveRecoveryCode(world, second.claimant, codes[9] ?? ''))).toBe('ask-if-lost')
    })

    test('S10 E8: its use is written down by number and told by mail, without the code', async () => {
      const { person, claimant, codes } = await begin()
      const seventh = codes[6] ?? ''
      await proveRecoveryCode(world, claimant, seventh)
      const [event] = await eventsOf(person.id, 'recovery_code_used')
      expect(event).toMatchObject({ factorType: 'recovery', data: '{"left":9,"number":7}' })
      expect(await countMails(world, person.email, 'recovery_code_used')).toBe(1)
      for (const text of [seventh, seventh.replaceAll('-', '')]) {
        expect(JSON.stringify(await allRows(db))).not.toContain(text)
      }
    })

    test('S2: the code of another person is wrong and not used', async () => {
      const ann = await begin()
      const bob = await begin()
      expect(await proveRecoveryCode(world, ann.claimant, bob.first)).toMatchObject({ code: 'wrong' })
      expect(stepOf(await proveRecoveryCode(world, bob.claimant, bob.first))).toBe('ask-if-lost')
    })

    test('R1: at hand leaves the app as it was', async () => {
      const { person, claimant, first } = await begin()
      await proveRecoveryCode(world, claimant, first)
      signedIn(await answerIfLost(world, claimant, 'at_hand'))
      signedIn(await proveFactor(world, (await anAttempt(world, person.email)).claimant, totpCode(world, person.key)))
    })

    test('R1 S19: lost leads to the wizard, and the old app still guards the account until it is replaced', async () => {
      const { person, claimant, first } = await begin()
      await proveRecoveryCode(world, claimant, first)
      expect(stepOf(await answerIfLost(world, claimant, 'lost'))).toBe('enrol')
      expect(await sessionsOf(world, person.id)).toEqual([])
      signedIn(await proveFactor(world, (await anAttempt(world, person.email)).claimant, totpCode(world, person.key)))
    })

    test('R1: the answer is given once', async () => {
      const { claimant, first } = await begin()
      await proveRecoveryCode(world, claimant, first)
      await answerIfLost(world, claimant, 'lost')
      expect(stepOf(await answerIfLost(world, claimant, 'at_hand'))).toBe('enrol')
    })

    test('R2: the last one leads to a new set before any session', async () => {
      const { person, codes } = await begin()
      await db.recoveryCode.updateMany({
        where: { userId: person.id, number: { gt: 1 } },
        data: { usedAt: new Date(0) },
      })
      const { claimant } = await anAttempt(world, person.email)
      expect(stepOf(await proveRecoveryCode(world, claimant, codes[0] ?? ''))).toBe('ask-if-lost')
      expect(stepOf(await answerIfLost(world, claimant, 'at_hand'))).toBe('show-recovery-codes')
      expect(await sessionsOf(world, person.id)).toEqual([])
      expect(stepOf(await typeCodeBack(world, claimant, codes[0] ?? ''))).toBe('show-recovery-codes')
      const made = await renewCodes(world, claimant)
      if (!made.ok) throw new Error(made.code)
      expect(made.value.codes).toHaveLength(10)
      signedIn(await typeCodeBack(world, claimant, made.value.codes[made.value.number - 1] ?? ''))
    })

    test('R2: with one left nobody is sent to make new ones', async () => {
      const { person, codes } = await begin()
      await db.recoveryCode.updateMany({
        where: { userId: person.id, number: { gt: 2 } },
        data: { usedAt: new Date(0) },
      })
      const { claimant } = await anAttempt(world, person.email)
      await proveRecoveryCode(world, claimant, codes[0] ?? '')
      signedIn(await answerIfLost(world, claimant, 'at_hand'))
    })

    test.each(['', 'AAAA-AAAA-AAAA-AAAA', '000000', 'x'.repeat(60)])(
      'S5 N10 M7: %j counts as a failure of the attempt, and of nothing that a passcode waits for',
      async (typed) => {
        const { person, claimant } = await begin()
        expect(await proveRecoveryCode(world, claimant, typed)).toMatchObject({ code: 'wrong' })
        expect(await failuresOf(person.id)).toEqual({ attempt: 1, person: 0 })
        expect(await eventsOf(person.id, 'sign_in_failed')).toMatchObject([{ factorType: 'recovery' }])
      },
    )

    test('S5: when no hash can be made now, that is no failure', async () => {
      const { person, claimant, first } = await begin()
      const verifyCode = async () => ({ ok: false, code: 'busy' }) as never
      const busy = { ...world, hasher: { ...world.hasher, verifyCode } }
      for (const _ of [1, 2, 3, 4])
        expect(await proveRecoveryCode(busy, claimant, first)).toMatchObject({ code: 'busy' })
      expect(await failuresOf(person.id)).toEqual({ attempt: 0, person: 0 })
      stepOf(await proveRecoveryCode(world, claimant, first))
    })

    test('R3: an issued code, a revoked one and an expired one are no saved code', async () => {
      const { person, claimant, codes } = await begin()
      const update = (number: number, data: object) =>
        db.recoveryCode.updateMany({ where: { userId: person.id, number }, data })
      await update(1, { kind: 'issued' })
      await update(2, { revokedAt: world.clock.now() })
      await update(3, { expiresAt: world.clock.now() })
      for (const code of codes.slice(0, 3)) {
        expect(await proveRecoveryCode(world, claimant, code)).toMatchObject({ ok: false })
      }
      expect((await db.recoveryCode.findMany({ where: { userId: person.id, usedAt: { not: null } } })).length).toBe(0)
    })
  })

  describe('what a pending sign-in may do', () => {
    const inputs = async () => {
      const person = await anEnrolled(world, acme.slug)
      const codes = await savedCodes(world, person.id)
      return { person, codes }
    }
    type Person = Awaited<ReturnType<typeof inputs>>
    type Action = (claimant: Claim, given: Person) => Promise<unknown>

    const actions: Record<string, Action> = {
      proveDevice: (claimant) => proveDevice(world, claimant, '123456'),
      sendPasscodeAgain: (claimant) => sendPasscodeAgain(world, claimant),
      proveFactor: (claimant, { person }) => proveFactor(world, claimant, totpCode(world, person.key)),
      proveRecoveryCode: (claimant, { codes }) => proveRecoveryCode(world, claimant, codes[4] ?? ''),
      lost: (claimant) => answerIfLost(world, claimant, 'lost'),
      'at hand': (claimant) => answerIfLost(world, claimant, 'at_hand'),
      finish: (claimant) => finishSignIn(world, claimant),
      startTotp: (claimant) => startTotp(world, claimant, 'App'),
      confirmEnrolment: (claimant, { person }) => confirmEnrolment(world, claimant, totpCode(world, person.key)),
      renewCodes: (claimant) => renewCodes(world, claimant),
      typeCodeBack: (claimant, { codes }) => typeCodeBack(world, claimant, codes[0] ?? ''),
    }
    const stages: Record<string, { own: string[]; reach: (given: Person) => Promise<Claim> }> = {
      'verify-device': {
        own: ['proveDevice', 'sendPasscodeAgain', 'proveRecoveryCode'],
        reach: async ({ person }) => {
          await db.user.update({ where: { id: person.id }, data: { twoFactorOn: false } })
          return (await anAttempt(world, person.email)).claimant
        },
      },
      'verify-factor': {
        own: ['proveFactor', 'proveRecoveryCode'],
        reach: async ({ person }) => (await anAttempt(world, person.email)).claimant,
      },
      'ask-if-lost': {
        own: ['lost', 'at hand'],
        reach: async ({ person, codes }) => {
          const { claimant } = await anAttempt(world, person.email)
          await proveRecoveryCode(world, claimant, codes[8] ?? '')
          return claimant
        },
      },
      enrol: {
        own: ['startTotp', 'confirmEnrolment'],
        reach: async ({ person, codes }) => {
          const { claimant } = await anAttempt(world, person.email)
          await proveRecoveryCode(world, claimant, codes[8] ?? '')
          await answerIfLost(world, claimant, 'lost')
          return claimant
        },
      },
      'show-recovery-codes': {
        own: ['renewCodes', 'typeCodeBack'],
        reach: async ({ person }) => {
          await db.user.update({ where: { id: person.id }, data: { recoveryCodesAt: null } })
          const { claimant } = await anAttempt(world, person.email)
          await proveFactor(world, claimant, totpCode(world, person.key, -1))
          return claimant
        },
      },
      complete: {
        own: ['finish'],
        reach: async ({ person }) => {
          const deviceToken = await aKnownDevice(world, person.id)
          const { claimant } = await anAttempt(world, person.email, deviceToken)
          await db.user.update({ where: { id: person.id }, data: { twoFactorOn: false } })
          return claimant
        },
      },
      'start-over': {
        own: [],
        reach: async ({ person }) => {
          const { claimant } = await anAttempt(world, person.email)
          await cancelSignIn(world, claimant)
          return claimant
        },
      },
    }

    test.each(Object.keys(stages))(
      'S19 S1: at %s every other action changes nothing and says where it stands',
      async (step) => {
        const stage = stages[step]
        if (stage === undefined) throw new Error(step)
        const given = await inputs()
        const claimant = await stage.reach(given)
        expect(await standing(claimant)).toBe(step)
        const before = await rowsOf(db, given.person.id)
        for (const [name, act] of Object.entries(actions)) {
          if (stage.own.includes(name)) continue
          const result = (await act(claimant, given)) as StepResult | undefined
          const told =
            result?.ok && result.value.kind === 'step'
              ? result.value.step
              : result?.ok === false
                ? result.code
                : 'nothing'
          expect([name, [step, 'elsewhere', 'start_over'].includes(told)]).toEqual([name, true])
        }
        expect(await rowsOf(db, given.person.id)).toEqual(before)
        expect(await sessionsOf(world, given.person.id)).toEqual([])
      },
    )

    const deaths: [string, (claimant: Claim, given: Person) => Promise<unknown>][] = [
      ['cancelled', (claimant) => cancelSignIn(world, claimant)],
      ['expired', async () => world.clock.move(minutes(10))],
      ['out of tries', (_claimant, { person }) => endTries(person.id)],
      ['completed', (claimant, { person }) => proveFactor(world, claimant, totpCode(world, person.key, -1))],
      ['suspended', (_claimant, { person }) => changeUser(person.id, { suspendedAt: new Date(0) })],
      ['turned into a service account', (_claimant, { person }) => changeUser(person.id, { kind: 'service' })],
      [
        'suspended at home',
        (_claimant, { person }) =>
          db.membership.updateMany({ where: { userId: person.id }, data: { suspendedAt: new Date(0) } }),
      ],
      [
        'resting on an old password',
        (_claimant, { person }) =>
          db.password.update({ where: { userId: person.id }, data: { setAt: later(world.clock.now(), 1) } }),
      ],
      ['without membership', (_claimant, { person }) => db.membership.deleteMany({ where: { userId: person.id } })],
    ]
    const changeUser = (id: string, data: object) => db.user.update({ where: { id }, data })
    const endTries = (userId: string) =>
      db.signInAttempt.updateMany({ where: { userId }, data: { failures: MAX_FAILURES } })

    test.each(deaths)('S4 S8: an attempt that is %s starts over, whatever is asked of it', async (_name, kill) => {
      const given = await inputs()
      const { claimant } = await anAttempt(world, given.person.email)
      await kill(claimant, given)
      expect(await standing(claimant)).toBe('start-over')
      const before = await rowsOf(db, given.person.id)
      for (const [name, act] of Object.entries(actions)) {
        const result = (await act(claimant, given)) as StepResult | undefined
        if (result !== undefined) expect([name, result.ok]).toEqual([name, false])
      }
      expect(await rowsOf(db, given.person.id)).toEqual(before)
    })

    test('S22: no token of another kind is an attempt, and an attempt is no other kind', async () => {
      const { person } = await inputs()
      const { claimant, token } = await anAttempt(world, person.email)
      const done = signedIn(await proveFactor(world, claimant, totpCode(world, person.key)))
      const open = await anAttempt(world, person.email)
      for (const other of [done.sessionToken, done.deviceToken ?? '', 'A'.repeat(43), '']) {
        expect(await readSignIn(world, aClaimant(other))).toBeNull()
        expect(await finishSignIn(world, aClaimant(other))).toMatchObject({ code: 'start_over' })
      }
      for (const other of [token, open.token, done.deviceToken ?? '']) {
        expect(await findLiveSession(world, hashToken('session', other))).toBeNull()
      }
      for (const other of [token, open.token, done.sessionToken]) {
        expect(await knownDevice(world, other, person.id)).toBeNull()
      }
      expect(await findLiveSession(world, hashToken('session', done.sessionToken))).not.toBeNull()
    })

    test('S22: the proof of one kind is refused where another is asked for', async () => {
      const { person, codes } = await inputs()
      const code = codes[0] ?? ''
      const atFactor = (await anAttempt(world, person.email)).claimant
      expect(await proveFactor(world, atFactor, code)).toMatchObject({ code: 'wrong' })
      expect(await proveRecoveryCode(world, atFactor, totpCode(world, person.key))).toMatchObject({ code: 'wrong' })
      await db.user.update({ where: { id: person.id }, data: { twoFactorOn: false } })
      const atDevice = (await anAttempt(world, person.email)).claimant
      expect(await proveDevice(world, atDevice, totpCode(world, person.key))).toMatchObject({ code: 'wrong_new_sent' })
      expect(await proveDevice(world, atDevice, code)).toMatchObject({ code: 'wrong_new_sent' })
      expect(await sessionsOf(world, person.id)).toEqual([])
    })

    test('S19: cancel ends the attempt once and for all, and only this one', async () => {
      const { person } = await inputs()
      const one = await anAttempt(world, person.email)
      const other = await anAttempt(world, person.email)
      await cancelSignIn(world, one.claimant)
      await cancelSignIn(world, one.claimant)
      expect(await standing(one.claimant)).toBe('start-over')
      expect(await standing(other.claimant)).toBe('verify-factor')
      signedIn(await proveFactor(world, other.claimant, totpCode(world, person.key)))
      const row = await db.signInAttempt.findFirstOrThrow({ where: { tokenHash: hashToken('attempt', other.token) } })
      await cancelSignIn(world, other.claimant)
      expect(await db.signInAttempt.findUnique({ where: { id: row.id } })).toEqual(row)
    })

    test('P5 S8: when 2FA ends on the way, a known device needs one more click, an unknown one the mail', async () => {
      const { person } = await inputs()
      const deviceToken = await aKnownDevice(world, person.id)
      const known = await anAttempt(world, person.email, deviceToken)
      const unknown = await anAttempt(world, person.email)
      await db.user.update({ where: { id: person.id }, data: { twoFactorOn: false } })
      expect(stepOf(await finishSignIn(world, unknown.claimant))).toBe('verify-device')
      const done = signedIn(await finishSignIn(world, known.claimant))
      const session = await findLiveSession(world, hashToken('session', done.sessionToken))
      expect(session?.session.methods).toEqual(['pwd'])
      expect(await knownDevice(world, done.deviceToken, person.id)).not.toBeNull()
    })
  })
})
