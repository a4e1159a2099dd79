import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { giveEmail } from '../../administration/people/email/service'
import { viewReset } from '../../authentication/account/password/service'
import { turnOff } from '../../authentication/account/two-factor/service'
import { reportNotMe } from '../../authentication/devices/service'
import { confirmNewEmail, requestNewEmail } from '../../authentication/email-change/service'
import { judgeSession } from '../../authentication/session/rules'
import { proveDevice, proveFactor, proveRecoveryCode } from '../../authentication/signin/prove/service'
import { startWithPassword } from '../../authentication/signin/start/service'
import { viewSignIn } from '../../authentication/signin/view/service'
import { takeBack } from '../../authentication/undoing/service'
import { unseal } from '../../core/crypto/seal'
import { transact } from '../../core/db'
import type { TransactionDeps } from '../../core/deps'
import { days, hours, later, minutes } from '../../core/kernel/time'
import { dayIn } from '../../core/kernel/zones'
import { factorsOf } from '../../credentials/factor/service'
import { requestLink } from '../../credentials/link/service'
import { lastDayOf } from '../../identity/policy/rules'
import { tenantBySlug } from '../../identity/tenant/service'
import { maskEmail, nameKeys } from '../../identity/user/rules'
import { noteSignIn, personById, setTwoFactorOn } from '../../identity/user/service'
import { ROLES, type Role } from '../../identity/user/types'
import { eachDatabase } from '../../testing/databases'
import { setRules } from '../../testing/policy'
import { begunBefore, whileHashing } from '../../testing/race'
import {
  aKnownDevice,
  aMessagedFactor,
  anEnrolled,
  answerLinkRequests,
  countMails,
  mailedPasscode,
  mailedToken,
  savedCodes,
  signedIn,
  stepOf,
} from '../../testing/signin'
import {
  aFurtherTenant,
  aGuest,
  anAttempt,
  anId,
  anOperator,
  aPerson,
  aSession,
  aTenant,
  auditKinds,
  aVisitor,
  enrolmentProgress,
  PASSWORD,
  quickWorld,
  sessionOf,
  type TestWorld,
  totpCode,
} from '../../testing/world'
import { prepareBulk, viewBulk } from '../bulk/service'
import { createUser } from '../new-user/service'
import { changeIssuedCodes } from '../policy/service'
import { signOutEverybody } from '../sessions/service'
import {
  endExemptionOf,
  endMembership,
  endSessionsOfPerson,
  exempt,
  forgetDevicesOf,
  giveMoreTime,
  reactivate,
  signOutPerson,
  suspend,
} from './acts/service'
import { breakGlass, issueCode, resetTwoFactor } from './codes/service'
import { makePerson, makeService } from './conversion/service'
import { listPeople } from './list/service'
import type { PeopleQuery } from './list/types'
import { viewPerson } from './person/service'
import { changeProfile } from './profile/service'
import { changeRole } from './role/service'
import { may } from './rules'
import { PEOPLE_ACTIONS, type PeopleAction } from './types'

eachDatabase('people', (open) => {
  let world: TestWorld
  let acme: Awaited<ReturnType<typeof aTenant>>
  beforeAll(async () => {
    world = quickWorld(open())
    acme = await aTenant(world)
  })
  beforeEach(() => world.clock.move(hours(1)))

  /** An owner or admin of the tenant at a fresh proof. */
  const anActor = async (role: Role = 'admin', slug = acme.slug) => {
    const { id } = await aPerson(world, slug, role)
    return (await aSession(world, id, { methods: ['pwd', 'otp'], steppedUp: true })).freshAdmin
  }
  const outcome = (result: { ok: true } | { ok: false; code: string }) => (result.ok ? 'ok' : result.code)
  const RESET = { reason: 'lost the phone', withCode: false }
  const isIn = async (token: string) =>
    sessionOf(world, token).then(
      ({ assured }) => judgeSession(assured.session, assured.person, world.clock.now()) !== 'ended',
      () => false,
    )
  const start = (email: string) => startWithPassword(world, aVisitor(), { email, password: PASSWORD })

  test('ASVS 6.3.7: whoever is suspended, let in again or given another role is told by mail, once', async () => {
    const admin = await anActor('owner')
    const person = await aPerson(world, acme.slug)
    const told = () =>
      Promise.all(['suspended', 'reactivated', 'role_changed'].map((each) => countMails(world, person.email, each)))
    expect(outcome(await suspend(world, admin, person.id, 'left'))).toBe('ok')
    expect(outcome(await suspend(world, admin, person.id, 'left'))).toBe('already_so')
    expect(await told()).toEqual([1, 0, 0])
    expect(outcome(await reactivate(world, admin, person.id))).toBe('ok')
    expect(outcome(await changeRole(world, admin, person.id, 'admin'))).toBe('ok')
    expect(await told()).toEqual([1, 1, 1])
  })

  test('R5 E9 R11: no change of address that somebody began outlives a reset', async () => {
    const person = await anEnrolled(world, acme.slug)
    const { steppedUp } = await aSession(world, person.id, { methods: ['pwd', 'otp'], steppedUp: true })
    const elsewhere = `elsewhere.${person.email}`
    expect(outcome(await requestNewEmail(world, steppedUp, elsewhere))).toBe('ok')
    const token = await mailedToken(world, elsewhere, 'address_confirm')
    await resetTwoFactor(world, await anActor(), person.id, RESET)
    expect(outcome(await confirmNewEmail(world, aVisitor(), token))).toBe('link_dead')
  })

  describe('R5: reset of 2FA', () => {
    test('E9 D4: factors, codes, trust, sessions and open attempts are gone, and the person is told with a way to stop it', async () => {
      const person = await anEnrolled(world, acme.slug)
      const codes = await savedCodes(world, person.id)
      const cookie = await aKnownDevice(world, person.id, true)
      const session = await aSession(world, person.id, { methods: ['pwd', 'otp'] })
      const { claimant } = await anAttempt(world, person.email)
      const before = await enrolmentProgress(world.db, acme.id)
      const admin = await anActor()
      expect(await resetTwoFactor(world, admin, person.id, RESET)).toEqual({ ok: true, value: { code: null } })
      expect(await factorsOf(world.db, person.id)).toEqual([])
      expect(await isIn(session.token)).toBe(false)
      expect(await proveFactor(world, claimant, totpCode(world, person.key))).toMatchObject({ code: 'start_over' })
      expect(await world.db.recoveryCode.count({ where: { userId: person.id, usedAt: null, revokedAt: null } })).toBe(0)
      const after = await enrolmentProgress(world.db, acme.id)
      expect(after.team.enrolled).toBe(before.team.enrolled - 1)
      expect(await countMails(world, person.email, 'factors_reset')).toBe(1)
      const kinds = await auditKinds(world, person.id)
      expect(kinds).toContain('factors_reset')
      // The password alone does nothing, not even in the browser that was trusted (E9); the old codes are dead.
      const again = await anAttempt(world, person.email, cookie)
      expect(again.step).toBe('verify-device')
      expect(await proveRecoveryCode(world, again.claimant, codes[0] ?? '')).toMatchObject({ ok: false })
      const code = await mailedPasscode(world, person.email)
      // They had turned 2FA on for themselves: they enrol anew.
      expect(stepOf(await proveDevice(world, again.claimant, code))).toBe('enrol')
    })

    test('E9: where nothing is required either, every sign-in asks for mail until they enrol or turn it off', async () => {
      const person = await anEnrolled(world, acme.slug)
      await world.db.user.update({ where: { id: person.id }, data: { twoFactorOn: false } })
      await resetTwoFactor(world, await anActor(), person.id, RESET)
      let cookie: string | null = null
      for (let times = 0; times < 2; times += 1) {
        world.clock.move(minutes(2))
        const attempt: Awaited<ReturnType<typeof anAttempt>> = await anAttempt(world, person.email, cookie)
        expect(attempt.step).toBe('verify-device')
        const done = signedIn(await proveDevice(world, attempt.claimant, await mailedPasscode(world, person.email)))
        cookie = done.deviceToken
      }
    })

    test('E9 E6: turning 2FA off for oneself ends it, and is refused while it is required', async () => {
      const person = await anEnrolled(world, acme.slug)
      await world.db.user.update({ where: { id: person.id }, data: { twoFactorOn: false } })
      await resetTwoFactor(world, await anActor(), person.id, RESET)
      const { steppedUp } = await aSession(world, person.id, { methods: ['pwd', 'mail'], steppedUp: true })
      await setRules(world.db, acme.id, { team: { required: true } })
      const demanded = (await aSession(world, person.id, { methods: ['pwd', 'otp'], steppedUp: true })).steppedUp
      expect(outcome(await turnOff(world, demanded))).toBe('required')
      await setRules(world.db, acme.id, { team: { required: false } })
      expect(outcome(await turnOff(world, steppedUp))).toBe('ok')
      world.clock.move(1)
      const cookie = await aKnownDevice(world, person.id)
      expect(
        await startWithPassword(world, aVisitor({ deviceToken: cookie }), { email: person.email, password: PASSWORD }),
      ).toMatchObject({ ok: true, value: { kind: 'signed-in' } })
      expect(await auditKinds(world, person.id)).toContain('two_factor_turned_off')
    })

    test('E9 S20: with a password that came by mail too, only an issued code leads on', async () => {
      const person = await anEnrolled(world, acme.slug)
      const admin = await anActor()
      await resetTwoFactor(world, admin, person.id, RESET)
      await world.db.user.update({ where: { id: person.id }, data: { passwordResetByMailAt: world.clock.now() } })
      world.clock.move(minutes(2))
      const { claimant, step } = await anAttempt(world, person.email)
      expect(step).toBe('verify-factor')
      const issued = await issueCode(world, admin, person.id, 'called back')
      if (!issued.ok) throw new Error(issued.code)
      expect(stepOf(await proveRecoveryCode(world, claimant, issued.value.code))).toBe('enrol')
    })

    test.each([32])('of %i resets at once the log holds each, and the person ends with nothing', async (size) => {
      const person = await anEnrolled(world, acme.slug)
      const admins = await Promise.all(Array.from({ length: size / 8 }, () => anActor()))
      const reset = (index: number) =>
        resetTwoFactor(world, admins[index % admins.length] as (typeof admins)[number], person.id, RESET)
      const done = await Promise.all(Array.from({ length: size }, (_, index) => reset(index)))
      expect(done.every(({ ok }) => ok)).toBe(true)
      expect(await factorsOf(world.db, person.id)).toEqual([])
      expect((await auditKinds(world, person.id)).filter((kind) => kind === 'factor_removed')).toHaveLength(1)
    })

    test('E9: an attacker with the password and the admin’s reset races the right person, and binds nothing without the mailbox', async () => {
      const person = await anEnrolled(world, acme.slug)
      await resetTwoFactor(world, await anActor(), person.id, RESET)
      world.clock.move(minutes(2))
      const attacker = await anAttempt(world, person.email)
      world.clock.move(minutes(2))
      const rightful = await anAttempt(world, person.email)
      const code = await mailedPasscode(world, person.email)
      const results = await Promise.all([
        ...Array.from({ length: 3 }, (_, guess) => proveDevice(world, attacker.claimant, `00000${guess}`)),
        proveDevice(world, attacker.claimant, code),
        proveDevice(world, rightful.claimant, code),
      ])
      expect(results.slice(0, 4).every((each) => !each.ok)).toBe(true)
      expect(stepOf(results[4] as Awaited<ReturnType<typeof proveDevice>>)).toBe('enrol')
    })
  })

  describe('R3: recovery codes for others', () => {
    test('S10 S11: works once at the passcode step, leads to enrolling anew, and every old thing ends there', async () => {
      const person = await anEnrolled(world, acme.slug)
      const admin = await anActor()
      const told = await countMails(world, acme.ownerEmail, 'recovery_code_issued_other')
      const issued = await issueCode(world, admin, person.id, 'new phone, called back')
      if (!issued.ok) throw new Error(issued.code)
      const { code } = issued.value
      expect(code).toMatch(/^[A-Z2-7]{4}(-[A-Z2-7]{4}){3}$/)
      expect(JSON.stringify(await world.db.recoveryCode.findMany({ where: { userId: person.id } }))).not.toContain(
        code.replaceAll('-', ''),
      )
      expect(await countMails(world, person.email, 'recovery_code_issued')).toBe(1)
      expect(await countMails(world, acme.ownerEmail, 'recovery_code_issued_other')).toBe(told + 1)
      const { claimant } = await anAttempt(world, person.email)
      expect(stepOf(await proveRecoveryCode(world, claimant, code))).toBe('enrol')
      const second = await anAttempt(world, person.email)
      expect(await proveRecoveryCode(world, second.claimant, code)).toMatchObject({ ok: false, code: 'wrong' })
    })

    test('D5: at device verification it stands for the mailed passcode; a saved code does not', async () => {
      const person = await anEnrolled(world, acme.slug)
      await world.db.user.update({ where: { id: person.id }, data: { twoFactorOn: false } })
      const saved = await savedCodes(world, person.id)
      const { claimant, step } = await anAttempt(world, person.email)
      expect(step).toBe('verify-device')
      expect(await proveRecoveryCode(world, claimant, saved[0] ?? '')).toMatchObject({ ok: false, code: 'wrong' })
      const issued = await issueCode(world, await anActor(), person.id, 'mail does not arrive')
      if (!issued.ok) throw new Error(issued.code)
      const done = signedIn(await proveRecoveryCode(world, claimant, issued.value.code))
      const { assured } = await sessionOf(world, done.sessionToken)
      expect(assured.session).toMatchObject({ methods: ['pwd', 'recovery'], steppedUpAt: null })
      // A recovery code grants nothing lasting.
      expect((await anAttempt(world, person.email, done.deviceToken)).step).toBe('verify-device')
    })

    test.each([
      [-1, 'enrol'],
      [0, 'wrong'],
      [1, 'wrong'],
    ])('R3: %i ms after an hour: %s', async (offset, expected) => {
      const person = await anEnrolled(world, acme.slug)
      const issued = await issueCode(world, await anActor(), person.id, 'reason')
      if (!issued.ok) throw new Error(issued.code)
      world.clock.move(minutes(60) + offset)
      const result = await proveRecoveryCode(world, (await anAttempt(world, person.email)).claimant, issued.value.code)
      expect(result.ok ? stepOf(result) : result.code).toBe(expected)
    })

    test('R3: a newer one kills the older one', async () => {
      const person = await anEnrolled(world, acme.slug)
      const admin = await anActor()
      const [older, newer] = [
        await issueCode(world, admin, person.id, 'first'),
        await issueCode(world, admin, person.id, 'second'),
      ]
      if (!older.ok || !newer.ok) throw new Error('refused')
      const { claimant } = await anAttempt(world, person.email)
      expect(await proveRecoveryCode(world, claimant, older.value.code)).toMatchObject({ code: 'wrong' })
      expect(stepOf(await proveRecoveryCode(world, claimant, newer.value.code))).toBe('enrol')
    })

    test('R3: of 16 posts of one drawn form one makes a code, and a form drawn since makes another', async () => {
      const person = await anEnrolled(world, acme.slug)
      const admin = await anActor()
      const drawn = async () => (await viewPerson(world, admin, person.id))?.lastDone ?? ''
      const form = await drawn()
      const made = await Promise.all(Array.from({ length: 16 }, () => issueCode(world, admin, person.id, 'lost', form)))
      expect(made.filter(({ ok }) => ok)).toHaveLength(1)
      expect(await countMails(world, person.email, 'recovery_code_issued')).toBe(1)
      world.clock.move(1)
      expect(outcome(await issueCode(world, admin, person.id, 'lost', form))).toBe('done_meanwhile')
      expect(outcome(await issueCode(world, admin, person.id, 'lost', await drawn()))).toBe('ok')
    })

    describe('R3: an issued code dies with the rights of whoever issued it', () => {
      type Actor = Awaited<ReturnType<typeof anActor>>
      const ways: Record<string, (owner: Actor, issuer: string, tenantId: string) => Promise<unknown>> = {
        suspended: (owner, issuer) => suspend(world, owner, issuer, 'left'),
        'suspended and let in again': async (owner, issuer) => {
          await suspend(world, owner, issuer, 'left')
          return reactivate(world, owner, issuer)
        },
        'role lost': (owner, issuer) => changeRole(world, owner, issuer, 'agent'),
        'signed out everywhere': (owner, issuer) => signOutPerson(world, owner, issuer),
        'the team signed out': (owner) => signOutEverybody(world, owner, { scope: 'team', reason: 'stolen' }),
        'everybody signed out': (owner) => signOutEverybody(world, owner, { scope: 'all', reason: 'stolen' }),
      }
      test.each(Object.entries(ways))('%s', async (_way, lose) => {
        const tenant = await aFurtherTenant(world)
        const [owner, issuer] = [await anActor('owner', tenant.slug), await anActor('admin', tenant.slug)]
        const person = await anEnrolled(world, tenant.slug)
        const issued = await issueCode(world, issuer, person.id, 'lost')
        if (!issued.ok) throw new Error(issued.code)
        world.clock.move(1)
        await lose(owner, issuer.person.id, tenant.id)
        world.clock.move(minutes(1))
        const { claimant } = await anAttempt(world, person.email)
        expect(await proveRecoveryCode(world, claimant, issued.value.code)).toMatchObject({ ok: false, code: 'wrong' })
      })

      test('the membership of a guest who issued it ended; what others issued stays', async () => {
        const tenant = await aFurtherTenant(world)
        const [owner, other] = [await anActor('owner', tenant.slug), await anActor('admin', tenant.slug)]
        const guest = await aPerson(world, acme.slug, 'admin')
        await aGuest(world, tenant.id, guest.id, 'admin')
        const { freshAdmin } = await aSession(world, guest.id, { methods: ['pwd', 'otp'], steppedUp: true })
        const [home] = freshAdmin.person.memberships.filter((each) => each.tenant.id === tenant.id)
        if (home === undefined) throw new Error('no guest')
        const acting = Object.assign(Object.create(Object.getPrototypeOf(freshAdmin)), freshAdmin, { tenant: home })
        const [theirs, others] = [await anEnrolled(world, tenant.slug), await anEnrolled(world, tenant.slug)]
        const dead = await issueCode(world, acting, theirs.id, 'lost')
        const live = await issueCode(world, other, others.id, 'lost')
        if (!dead.ok || !live.ok) throw new Error('refused')
        expect(outcome(await endMembership(world, owner, guest.id, 'left'))).toBe('ok')
        const use = async (email: string, code: string) => {
          const { claimant } = await anAttempt(world, email)
          return (await proveRecoveryCode(world, claimant, code)).ok
        }
        expect([await use(theirs.email, dead.value.code), await use(others.email, live.value.code)]).toEqual([
          false,
          true,
        ])
      })

      test('D9: somebody who says "this was not me" of a session of theirs', async () => {
        const issuer = await aPerson(world, acme.slug, 'admin')
        const stolen = await aSession(world, issuer.id, { methods: ['pwd', 'otp'], steppedUp: true })
        const person = await anEnrolled(world, acme.slug)
        const issued = await issueCode(world, stolen.freshAdmin, person.id, 'lost')
        if (!issued.ok) throw new Error(issued.code)
        const own = await aSession(world, issuer.id, { methods: ['pwd', 'otp'], steppedUp: true })
        expect((await reportNotMe(world, own.steppedUp, { session: stolen.assured.session.id })).ok).toBe(true)
        const { claimant } = await anAttempt(world, person.email)
        expect(await proveRecoveryCode(world, claimant, issued.value.code)).toMatchObject({ ok: false, code: 'wrong' })
      })
    })

    test.each([64])('S10: of %i uses at once one counts', async (size) => {
      const person = await anEnrolled(world, acme.slug)
      const issued = await issueCode(world, await anActor(), person.id, 'reason')
      if (!issued.ok) throw new Error(issued.code)
      const attempts = await Promise.all(Array.from({ length: 4 }, () => anAttempt(world, person.email)))
      const results = await Promise.all(
        Array.from({ length: size }, (_, index) => {
          const { claimant } = attempts[index % 4] as (typeof attempts)[number]
          return proveRecoveryCode(world, claimant, issued.value.code)
        }),
      )
      expect(
        results.filter((each) => each.ok && each.value.kind === 'step' && each.value.step === 'enrol').length,
      ).toBeGreaterThan(0)
      expect((await auditKinds(world, person.id)).filter((kind) => kind === 'issued_code_used')).toHaveLength(1)
    })

    test('R4: for end users only where the tenant says so', async () => {
      const person = await aPerson(world, acme.slug, 'end_user')
      const owner = await anActor('owner')
      expect(outcome(await issueCode(world, owner, person.id, 'reason'))).toBe('codes_not_allowed')
      const both = { reason: 'reason', withCode: true }
      expect(outcome(await resetTwoFactor(world, owner, person.id, both))).toBe('codes_not_allowed')
      const { version } = await world.db.policy.findUniqueOrThrow({ where: { tenantId: acme.id } })
      expect(outcome(await changeIssuedCodes(world, owner, { endUsers: true, version }))).toBe('ok')
      expect(outcome(await issueCode(world, owner, person.id, 'reason'))).toBe('ok')
    })

    const codesOf = (userId: string) => world.db.recoveryCode.count({ where: { userId, kind: 'issued' } })

    describe('R4 S8: a transaction that forbids them is open meanwhile', () => {
      const forbidden = async <T>(act: () => Promise<T>): Promise<T> => {
        await setRules(world.db, acme.id, { end: { issuedRecoveryCodes: true } })
        const forbid = async ({ db }: TransactionDeps) => {
          await db.policy.update({ where: { tenantId: acme.id }, data: { version: { increment: 1 } } })
          await setRules(db, acme.id, { end: { issuedRecoveryCodes: false } })
        }
        return begunBefore(world, forbid, act)
      }

      test('no code is issued', async () => {
        const person = await aPerson(world, acme.slug, 'end_user')
        const owner = await anActor('owner')
        const told = await forbidden(() => issueCode(world, owner, person.id, 'reason'))
        expect([outcome(told), await codesOf(person.id)]).toEqual(['codes_not_allowed', 0])
      })

      test('none comes with a reset, which does not happen either', async () => {
        const person = await anEnrolled(world, acme.slug)
        await world.db.membership.updateMany({
          where: { userId: person.id },
          data: { role: 'end_user', userType: 'end' },
        })
        const owner = await anActor('owner')
        const both = { reason: 'reason', withCode: true }
        const told = await forbidden(() => resetTwoFactor(world, owner, person.id, both))
        expect([outcome(told), await codesOf(person.id)]).toEqual(['codes_not_allowed', 0])
        expect(await factorsOf(world.db, person.id)).toHaveLength(1)
      })
    })

    test('R8 S8: break-glass makes none for an owner who is demoted while the code is hashed', async () => {
      const tenant = await aFurtherTenant(world)
      const owner = await aPerson(world, tenant.slug, 'owner')
      const other = await anActor('owner', tenant.slug)
      const race = whileHashing(world, () => changeRole(world, other, owner.id, 'agent'))
      const told = await breakGlass(race, anOperator(), { email: owner.email, reason: 'all phones lost' })
      expect([outcome(told), await codesOf(owner.id)]).toEqual(['not_an_owner', 0])
    })

    test('R8: break-glass makes one for an owner, and alarms every owner and admin', async () => {
      const tenant = await aFurtherTenant(world)
      const owner = await aPerson(world, tenant.slug, 'owner')
      const admin = await aPerson(world, tenant.slug, 'admin')
      const agent = await aPerson(world, tenant.slug, 'agent')
      const made = await breakGlass(world, anOperator(), { email: owner.email, reason: 'all phones lost' })
      if (!made.ok) throw new Error(made.code)
      for (const each of [owner, admin]) expect(await countMails(world, each.email, 'break_glass')).toBe(1)
      expect(await countMails(world, agent.email, 'break_glass')).toBe(0)
      expect(await auditKinds(world, owner.id)).toContain('break_glass')
      const { claimant } = await anAttempt(world, owner.email)
      signedIn(await proveRecoveryCode(world, claimant, made.value.code))
      expect(outcome(await breakGlass(world, anOperator(), { email: admin.email, reason: 'x' }))).toBe('not_an_owner')
      expect(outcome(await breakGlass(world, anOperator(), { email: 'no@example.com', reason: 'x' }))).toBe('nobody')
    })
  })

  describe('suspension', () => {
    test('sessions, attempts, trust and issued codes end at once, and the counters follow', async () => {
      const person = await anEnrolled(world, acme.slug)
      const cookie = await aKnownDevice(world, person.id, true)
      const session = await aSession(world, person.id, { methods: ['pwd', 'otp'] })
      const { claimant } = await anAttempt(world, person.email)
      const admin = await anActor()
      const issued = await issueCode(world, admin, person.id, 'reason')
      const before = await enrolmentProgress(world.db, acme.id)
      expect(outcome(await suspend(world, admin, person.id, 'left'))).toBe('ok')
      const after = await enrolmentProgress(world.db, acme.id)
      expect(after.team).toEqual({ people: before.team.people - 1, enrolled: before.team.enrolled - 1 })
      expect(await isIn(session.token)).toBe(false)
      expect(await proveFactor(world, claimant, totpCode(world, person.key))).toMatchObject({ code: 'start_over' })
      expect(await start(person.email)).toMatchObject({ code: 'wrong_credentials' })
      expect(await world.db.recoveryCode.count({ where: { userId: person.id, kind: 'issued', revokedAt: null } })).toBe(
        0,
      )
      expect(issued.ok).toBe(true)
      expect(outcome(await suspend(world, admin, person.id, 'left'))).toBe('already_so')
      expect(outcome(await reactivate(world, admin, person.id))).toBe('ok')
      expect(outcome(await reactivate(world, admin, person.id))).toBe('already_so')
      expect(await enrolmentProgress(world.db, acme.id)).toEqual(before)
      // What was open before does not come back with the person.
      expect(await isIn(session.token)).toBe(false)
      expect(await proveFactor(world, claimant, totpCode(world, person.key))).toMatchObject({ code: 'start_over' })
      expect((await anAttempt(world, person.email, cookie)).step).toBe('verify-factor')
      expect((await anAttempt(world, person.email)).step).toBe('verify-factor')
    })

    test('a link that was mailed before it stays dead when the person is let in again', async () => {
      const person = await aPerson(world, acme.slug)
      await requestLink(world, aVisitor(), { kind: 'reset', email: person.email, returnTo: null })
      await answerLinkRequests(world)
      const reset = await mailedToken(world, person.email, 'password_reset')
      expect(outcome(await viewReset(world, aVisitor(), reset))).toBe('ok')
      const admin = await anActor()
      await suspend(world, admin, person.id, 'left')
      await reactivate(world, admin, person.id)
      expect(outcome(await viewReset(world, aVisitor(), reset))).toBe('link_dead')
    })

    test('a reset of somebody suspended keeps the counters right', async () => {
      const person = await anEnrolled(world, acme.slug)
      const admin = await anActor()
      const before = await enrolmentProgress(world.db, acme.id)
      await suspend(world, admin, person.id, 'left')
      await resetTwoFactor(world, admin, person.id, RESET)
      await reactivate(world, admin, person.id)
      const after = await enrolmentProgress(world.db, acme.id)
      expect(after.team).toEqual({ people: before.team.people, enrolled: before.team.enrolled - 1 })
    })
  })

  describe('roles', () => {
    test('S8: act at the next request, move the counters, and are given up to one’s own', async () => {
      const person = await aPerson(world, acme.slug, 'end_user')
      const session = await aSession(world, person.id)
      const before = await enrolmentProgress(world.db, acme.id)
      const admin = await anActor('admin')
      expect(outcome(await changeRole(world, admin, person.id, 'owner'))).toBe('not_permitted')
      expect(outcome(await changeRole(world, admin, person.id, 'agent'))).toBe('ok')
      expect(outcome(await changeRole(world, admin, person.id, 'agent'))).toBe('already_so')
      expect((await sessionOf(world, session.token)).assured.home).toMatchObject({ role: 'agent', userType: 'team' })
      const after = await enrolmentProgress(world.db, acme.id)
      expect(after.end.people).toBe(before.end.people - 1)
      expect(after.team.people).toBe(before.team.people + 2)
    })

    test('the last owner is neither demoted nor suspended, also not by two requests at once', async () => {
      const tenant = await aFurtherTenant(world)
      const [one, two] = [await anActor('owner', tenant.slug), await anActor('owner', tenant.slug)]
      const results = await Promise.all([
        changeRole(world, one, two.person.id, 'agent'),
        suspend(world, two, one.person.id, 'left'),
      ])
      expect(results.filter((each) => each.ok)).toHaveLength(1)
      expect(await world.db.membership.count({ where: { tenantId: tenant.id, role: 'owner', suspended: false } })).toBe(
        1,
      )
    })

    test('S8: whoever was demoted a moment ago does nothing more', async () => {
      const person = await aPerson(world, acme.slug, 'agent')
      const admin = await anActor('admin')
      await world.db.membership.updateMany({ where: { userId: admin.person.id }, data: { role: 'agent' } })
      expect(outcome(await suspend(world, admin, person.id, 'x'))).toBe('not_permitted')
      expect(outcome(await issueCode(world, admin, person.id, 'x'))).toBe('not_permitted')
    })
  })

  describe('the permission matrix over real rows', () => {
    const acts: Record<PeopleAction, (actor: Awaited<ReturnType<typeof anActor>>, id: string) => Promise<string>> = {
      see: async (actor, id) => ((await viewPerson(world, actor, id)) === null ? 'not_found' : 'ok'),
      see_security: async (actor, id) => ((await viewPerson(world, actor, id))?.security ? 'ok' : 'not_permitted'),
      reset_2fa: async (actor, id) => outcome(await resetTwoFactor(world, actor, id, RESET)),
      issue_code: async (actor, id) => outcome(await issueCode(world, actor, id, 'reason')),
      end_sessions: async (actor, id) => outcome(await endSessionsOfPerson(world, actor, id, null)),
      forget_devices: async (actor, id) => outcome(await forgetDevicesOf(world, actor, id)),
      suspend: async (actor, id) => outcome(await suspend(world, actor, id, 'reason')),
      reactivate: async (actor, id) => outcome(await reactivate(world, actor, id)),
      change_role: async (actor, id) => outcome(await changeRole(world, actor, id, 'end_user')),
      change_profile: async (actor, id) => outcome(await changeProfile(world, actor, id, { name: 'Pia Neu' })),
      change_address: async (actor, id) => {
        const input = { email: `moved-${anId(world)}@example.com`, reason: 'married' }
        return outcome(await giveEmail(world, actor, id, input))
      },
      exempt: async (actor, id) => outcome(await exempt(world, actor, id, { days: 1, reason: 'phone in repair' })),
      // There is no door for one alone: the choice says who would be reminded.
      remind: async (actor, id) => {
        const made = await prepareBulk(world, actor, { choice: 'remind', filter: null, picked: [id] })
        if (!made.ok) return made.code === 'nothing_picked' ? 'not_found' : made.code
        const found = await viewBulk(world, actor, made.value.id, { outcome: null, after: 0 })
        const becomes = found?.targets[0]?.outcome ?? 'gone'
        return becomes === 'open' || becomes === 'not_outstanding' ? 'ok' : 'not_permitted'
      },
      make_service: async (actor, id) => {
        const until = dayIn('UTC', later(world.clock.now(), days(9)))
        return outcome(await makeService(world, actor, id, { until, reason: 'nightly backup' }))
      },
      end_service: async (actor, id) => outcome(await makePerson(world, actor, id)),
      end_membership: async (actor, id) => outcome(await endMembership(world, actor, id, 'reason')),
    }
    const relations = ['self', 'home', 'guest', 'other'] as const

    test('S15 R3 U6: 544 cells: what is open goes through, and what is not changes nothing', async () => {
      let cells = 0
      const elsewhere = await aFurtherTenant(world)
      const tenant = await aFurtherTenant(world)
      await aPerson(world, tenant.slug, 'owner')
      await setRules(world.db, tenant.id, { end: { issuedRecoveryCodes: true } })
      for (const actorRole of ROLES) {
        const someone = await anActor(actorRole, tenant.slug)
        // Whoever is no admin may do nothing to anybody: one role of those it would be done to is enough.
        const targets: readonly Role[] = actorRole === 'owner' || actorRole === 'admin' ? ROLES : ['agent']
        for (const relation of relations) {
          for (const targetRole of relation === 'self' ? [actorRole] : targets) {
            for (const action of PEOPLE_ACTIONS) {
              const actor = relation === 'self' ? await anActor(actorRole, tenant.slug) : someone
              const target =
                relation === 'self'
                  ? actor.person
                  : await aPerson(world, relation === 'home' ? tenant.slug : elsewhere.slug, targetRole)
              if (relation === 'guest') await aGuest(world, tenant.id, target.id, targetRole)
              if (action === 'reactivate') {
                await world.db.membership.updateMany({
                  where: { userId: target.id, tenantId: tenant.id },
                  data: { suspended: true, suspendedAt: world.clock.now() },
                })
              }
              if (action === 'end_service') {
                const data = { kind: 'service' as const, serviceUntil: later(world.clock.now(), days(9)) }
                await world.db.user.update({ where: { id: target.id }, data })
              }
              const before = await personById(world.db, target.id)
              const told = await acts[action](actor, target.id)
              const cell = `${actorRole} ${action} ${relation} ${targetRole}`
              const isOpen = may(actorRole, action, relation, targetRole)
              const nothingToDo = action === 'change_role' && targetRole === 'end_user' ? 'already_so' : 'ok'
              if (isOpen) expect([cell, told]).toEqual([cell, nothingToDo])
              else {
                // Who sees is decided by the guard's proof; here nobody is a stranger to their own tenant.
                if (action === 'see_security') expect([cell, told]).toEqual([cell, 'not_permitted'])
                if (action !== 'see' && action !== 'see_security') {
                  expect([cell, told === 'not_permitted' || told === 'not_found']).toEqual([cell, true])
                  expect(await personById(world.db, target.id)).toEqual(before)
                }
              }
              cells += 1
            }
          }
        }
      }
      expect(cells).toBe(2 * 3 * 4 * 16 + 2 * 3 * 16 + 4 * 16)
    }, 120_000)
  })

  describe('M4: the list', () => {
    const base: PeopleQuery = {
      suspended: false,
      search: '',
      userType: null,
      role: null,
      status: null,
      atRisk: false,
      sort: 'name',
      from: 'first',
    }
    let slug = ''
    let admin: Awaited<ReturnType<typeof anActor>>
    const names = (rows: readonly { name: string }[]) => rows.map((each) => each.name)

    beforeAll(async () => {
      const tenant = await aFurtherTenant(world, { required: true })
      slug = tenant.slug
      admin = await anActor('owner', slug)
      for (let index = 0; index < 120; index += 1) {
        const { id } = await aPerson(world, slug, index % 2 ? 'agent' : 'end_user')
        const name = `Name ${String(index).padStart(3, '0')} Zuber`
        const key = name.toLowerCase()
        await world.db.user.update({ where: { id }, data: { name } })
        await world.db.membership.updateMany({
          where: { userId: id },
          data: {
            nameKey: key,
            surnameKey: `zuber ${key}`,
            enrolled: index % 3 === 0,
            factorKinds: index % 3 === 0 ? 'totp' : '',
            enrolledAt: index % 3 === 0 ? new Date(0) : null,
          },
        })
      }
    })

    test('N43: whose name differs from another by look-alike letters alone is marked, in the list and on their page', async () => {
      const home = await aFurtherTenant(world)
      const owner = await anActor('owner', home.slug)
      const ids: string[] = []
      for (const name of ['Mara Quill', 'Маra Quill', 'Tom Ode']) {
        const { id } = await aPerson(world, home.slug, 'agent')
        await world.db.user.update({ where: { id }, data: { name } })
        await world.db.membership.updateMany({ where: { userId: id }, data: nameKeys(name) })
        ids.push(id)
      }
      const { rows } = await listPeople(world, owner, { ...base, from: 'first' })
      const marked = rows.filter((row) => row.looksLikeAnother).map((row) => row.userId)
      expect(marked.sort()).toEqual(ids.slice(0, 2).sort())
      const views = await Promise.all(ids.map((id) => viewPerson(world, owner, id)))
      expect(views.map((view) => view?.looksLikeAnother)).toEqual([true, true, false])
    })

    /** Every page from one end to the other. */
    async function walk(query: PeopleQuery, forwards: boolean): Promise<string[]> {
      const seen: string[] = []
      let from: PeopleQuery['from'] = forwards ? 'first' : 'last'
      for (let pages = 0; pages < 20; pages += 1) {
        const page = await listPeople(world, admin, { ...query, from })
        if (forwards) seen.push(...names(page.rows))
        else seen.unshift(...names(page.rows))
        const to: string | null = forwards ? page.next : page.previous
        if (to === null) return seen
        from = forwards ? { after: to } : { before: to }
      }
      throw new Error('the list has no end')
    }

    test.each([
      ['everybody', {}, 121],
      ['those of a role', { role: 'agent' }, 60],
      ['end users', { userType: 'end' }, 60],
      ['enrolled', { status: 'enrolled' }, 40],
      ['setup required', { status: 'setup_required' }, 81],
      ['setup required among agents', { status: 'setup_required', role: 'agent' }, 40],
      ['a search by name', { search: 'name 01' }, 10],
      ['a search by surname', { search: 'ZUBER' }, 120],
      ['a search by address', { search: 'person' }, 121],
      ['sorted by role', { sort: 'role' }, 121],
      ['sorted by status', { sort: 'status' }, 121],
      ['sorted by the last sign-in', { sort: 'sign_in' }, 121],
      ['by name, the other way round', { descending: true }, 121],
      ['by status, the other way round', { sort: 'status', descending: true }, 121],
      [
        'those who must set up by the last sign-in',
        { sort: 'sign_in', status: 'setup_required', descending: true },
        81,
      ],
      ['nobody', { search: 'nobody' }, 0],
    ] as const)('%s: forwards and backwards the same, nobody twice', async (_name, more, count) => {
      const query = { ...base, ...more } as PeopleQuery
      const there = await walk(query, true)
      expect(there).toHaveLength(count)
      expect(new Set(there).size).toBe(count)
      expect(await walk(query, false)).toEqual(there)
    })

    test('sorted by role: the highest first; by status: who must set up first', async () => {
      const roles = (await listPeople(world, admin, { ...base, sort: 'role' })).rows.map((each) => each.role)
      expect(roles.slice(0, 2)).toEqual(['owner', 'agent'])
      const statuses = (await listPeople(world, admin, { ...base, sort: 'status', from: 'last' })).rows
      expect(statuses.at(-1)?.coverage.state).toBe('enrolled')
    })

    test('M4: sorted the other way round it is the same list from its end', async () => {
      for (const sort of ['name', 'status', 'role'] as const) {
        const there = await walk({ ...base, sort }, true)
        expect(await walk({ ...base, sort, descending: true }, true)).toEqual(there.toReversed())
      }
    })

    test('M4: sorted by the last sign-in, whoever never signed in is at one end, and a guest tells nothing (U6)', async () => {
      const [home, host] = [await aFurtherTenant(world), await aFurtherTenant(world)]
      const owner = await anActor('owner', host.slug)
      const [early, late, never] = [
        await aPerson(world, host.slug),
        await aPerson(world, host.slug),
        await aPerson(world, host.slug),
      ]
      const guest = await aPerson(world, home.slug)
      await aGuest(world, host.id, guest.id, 'agent')
      for (const { id } of [early, guest, late]) {
        const person = await personById(world.db, id)
        if (person === null) throw new Error('nobody')
        const proved = { withFactor: false, mailCountsAgain: false }
        await transact(world, ({ db }) => noteSignIn(db, person.person, world.clock.now(), proved))
        world.clock.move(days(1))
      }
      const sorted = async (descending: boolean) =>
        (await listPeople(world, owner, { ...base, sort: 'sign_in', descending })).rows.map((each) => each.userId)
      expect((await sorted(true)).slice(0, 2)).toEqual([late.id, early.id])
      expect((await sorted(false)).slice(-2)).toEqual([early.id, late.id])
      expect((await sorted(true)).slice(2).sort()).toEqual([never.id, guest.id, owner.person.id].sort())
    })

    test('T6 S15: shows nobody of another tenant', async () => {
      const other = await aFurtherTenant(world)
      const stranger = await anActor('owner', other.slug)
      expect((await listPeople(world, stranger, base)).rows.map((each) => each.userId)).toEqual([stranger.person.id])
    })

    test('a place that was forged, or is of another list, gives a page and no error', async () => {
      await listPeople(world, admin, { ...base, search: '\u0000a\u0000' })
      for (const after of ['', 'x', '99.a.b', `0.${'a'.repeat(50)}.\u0000`]) {
        await listPeople(world, admin, { ...base, from: { after } })
      }
    })
  })
})

eachDatabase('exemptions and given addresses', (open) => {
  let world: TestWorld
  let acme: Awaited<ReturnType<typeof aTenant>>
  beforeAll(async () => {
    world = quickWorld(open())
    acme = await aTenant(world)
  })
  beforeEach(() => world.clock.move(days(100)))

  const anActor = async (role: Role = 'owner', slug = acme.slug) => {
    const { id } = await aPerson(world, slug, role)
    return (await aSession(world, id, { methods: ['pwd', 'otp'], steppedUp: true })).freshAdmin
  }
  const outcome = (result: { ok: true } | { ok: false; code: string }) => (result.ok ? 'ok' : result.code)
  const aCovered = async (more: Parameters<typeof aFurtherTenant>[1] = {}) => {
    const tenant = await aFurtherTenant(world, more)
    await setRules(world.db, tenant.id, { team: { required: true, requiredSince: new Date(0) } })
    const actor = await anActor('owner', tenant.slug)
    const person = await aPerson(world, tenant.slug)
    return { tenant, actor, person }
  }
  const enter = async (person: { id: string; email: string }) => {
    const device = await aKnownDevice(world, person.id, false)
    return startWithPassword(world, aVisitor({ deviceToken: device }), { email: person.email, password: PASSWORD })
  }
  const FIVE = { days: 5, reason: 'phone in repair' }

  describe('U9', () => {
    test('U9: exempt for days: in without a factor, then asked again, and the session of that time is over', async () => {
      const { actor, person } = await aCovered()
      expect(await enter(person)).toMatchObject({ value: { step: 'enrol' } })
      expect(outcome(await exempt(world, actor, person.id, FIVE))).toBe('ok')
      const entered = await enter(person)
      if (!entered.ok || entered.value.kind !== 'signed-in') throw new Error('not in')
      const { assured } = await sessionOf(world, entered.value.signedIn.sessionToken)
      const { session } = assured
      expect(judgeSession(session, assured.person, world.clock.now())).toBe('assured')
      expect((await viewPerson(world, actor, person.id))?.coverage.state).toBe('exempt')
      expect(await auditKinds(world, person.id)).toContain('exemption_given')
      expect(await countMails(world, person.email, 'exempted')).toBe(1)
      const until = new Date(world.clock.now().getTime() + days(5))
      const createdAt = new Date(until.getTime() - 1)
      const fresh = { ...session, createdAt, expiresAt: new Date(until.getTime() + 2), lastSeenAt: until }
      expect(judgeSession(fresh, assured.person, new Date(until.getTime() - 1))).toBe('assured')
      expect(judgeSession(fresh, assured.person, until)).toBe('not_assured')
      world.clock.move(days(5))
      expect(await enter(person)).toMatchObject({ value: { step: 'enrol' } })
      expect((await viewPerson(world, actor, person.id))?.coverage.state).toBe('setup_required')
    })

    test('U9: whoever has a factor is asked all the same', async () => {
      const { tenant, actor } = await aCovered()
      const person = await anEnrolled(world, tenant.slug)
      expect(outcome(await exempt(world, actor, person.id, FIVE))).toBe('ok')
      expect(await enter(person)).toMatchObject({ value: { step: 'verify-factor' } })
      expect((await viewPerson(world, actor, person.id))?.coverage.state).toBe('enrolled')
    })

    test('U9: 14 days in 90 and no more, also by 16 requests at once', async () => {
      const { actor, person } = await aCovered()
      const ten = { days: 10, reason: 'travels' }
      const results = await Promise.all(Array.from({ length: 16 }, () => exempt(world, actor, person.id, ten)))
      // The later ones replace the first before it has used up anything.
      expect(results.every((each) => each.ok)).toBe(true)
      expect(await world.db.exemption.count({ where: { userId: person.id, endedAt: null } })).toBe(1)
      world.clock.move(days(10))
      expect(outcome(await exempt(world, actor, person.id, FIVE))).toBe('no_days_left')
      expect(outcome(await exempt(world, actor, person.id, { ...FIVE, days: 4 }))).toBe('ok')
      world.clock.move(days(4))
      expect(outcome(await exempt(world, actor, person.id, { ...FIVE, days: 1 }))).toBe('no_days_left')
      expect((await viewPerson(world, actor, person.id))?.exemptDays).toBe(0)
      world.clock.move(days(77))
      expect(outcome(await exempt(world, actor, person.id, { ...FIVE, days: 1 }))).toBe('ok')
    })

    test('U9: taken back it ends at once; a new role ends it as well', async () => {
      const { actor, person } = await aCovered()
      await exempt(world, actor, person.id, FIVE)
      expect(outcome(await endExemptionOf(world, actor, person.id))).toBe('ok')
      expect(outcome(await endExemptionOf(world, actor, person.id))).toBe('already_so')
      expect(await enter(person)).toMatchObject({ value: { step: 'enrol' } })
      await exempt(world, actor, person.id, FIVE)
      await changeRole(world, actor, person.id, 'admin')
      expect(await enter(person)).toMatchObject({ value: { step: 'enrol' } })
    })

    test('U9 U7: a partner in production exempts nobody', async () => {
      const { actor, person } = await aCovered({ kind: 'partner' })
      expect(outcome(await exempt(world, actor, person.id, FIVE))).toBe('partner_in_production')
    })

    test('U9 U6: an exemption at home leaves what another tenant asks of its guest', async () => {
      const [home, host] = [await aCovered(), await aCovered()]
      await aGuest(world, host.tenant.id, home.person.id, 'agent')
      await exempt(world, home.actor, home.person.id, FIVE)
      expect(await enter(home.person)).toMatchObject({ value: { step: 'enrol' } })
      expect((await viewPerson(world, home.actor, home.person.id))?.coverage.state).toBe('setup_required')
    })

    test('U9 E9: after a reset an exemption does not make the password enough', async () => {
      const { tenant, actor } = await aCovered()
      const person = await anEnrolled(world, tenant.slug)
      await resetTwoFactor(world, actor, person.id, { reason: 'lost', withCode: false })
      await exempt(world, actor, person.id, FIVE)
      expect(await enter(person)).toMatchObject({ value: { step: 'verify-device' } })
    })
  })

  describe('more time for one person (P8)', () => {
    const THREE = { days: 3, reason: 'on leave' }
    /** Whose company names a day that is over in a moment. */
    async function aLatecomer() {
      const covered = await aCovered()
      const now = world.clock.now()
      const deadline = new Date(Math.ceil((now.getTime() + 1) / days(1)) * days(1))
      world.clock.move(deadline.getTime() - now.getTime() - minutes(1))
      await setRules(world.db, covered.tenant.id, { team: { deadline }, end: { deadline } })
      return { ...covered, deadline }
    }

    test('P8: the days are behind the day of all, stand in the log and are told; then nobody waits any more', async () => {
      const { tenant, actor, person, deadline } = await aLatecomer()
      const other = await aPerson(world, tenant.slug)
      expect(await enter(person)).toMatchObject({ value: { step: 'put-off' } })
      const until = later(deadline, days(3))
      expect(await giveMoreTime(world, actor, person.id, THREE)).toEqual({ ok: true, value: { until } })
      const event = await world.db.auditEvent.findFirstOrThrow({ where: { subjectId: person.id, kind: 'time_given' } })
      expect(JSON.parse(event.data)).toEqual({ reason: 'on leave', until: lastDayOf(until, 'UTC') })
      expect(await countMails(world, person.email, 'more_time')).toBe(1)
      world.clock.move(minutes(1))
      expect(await enter(person)).toMatchObject({ value: { step: 'put-off' } })
      expect(await enter(other)).not.toMatchObject({ value: { step: 'put-off' } })
      const view = await viewPerson(world, actor, person.id)
      expect(view?.coverage).toMatchObject({ path: 'put_off', state: 'setup_required', deadline: until })
      expect(view?.trace).toContainEqual(expect.objectContaining({ setting: 'more_time', until, decides: true }))
      world.clock.move(days(3))
      expect((await viewPerson(world, actor, person.id))?.coverage.path).toBe('enrol')
    })

    test('P8: after the day it is from today on, to the end of a day', async () => {
      const { actor, person } = await aLatecomer()
      world.clock.move(days(2))
      const now = world.clock.now()
      const given = await giveMoreTime(world, actor, person.id, { ...THREE, days: 1 })
      if (!given.ok) throw new Error(given.code)
      const { until } = given.value
      expect(until.getTime() % days(1)).toBe(0)
      expect(until.getTime() - now.getTime()).toBeGreaterThan(0)
      expect(until.getTime() - now.getTime()).toBeLessThanOrEqual(days(1))
    })

    test('P8 U9: together with exemptions 14 days in 90, of which the later one replaces the one before', async () => {
      const { actor, person } = await aLatecomer()
      world.clock.move(minutes(2))
      expect(outcome(await exempt(world, actor, person.id, { ...THREE, days: 10 }))).toBe('ok')
      world.clock.move(days(10))
      expect(outcome(await giveMoreTime(world, actor, person.id, { ...THREE, days: 5 }))).toBe('no_days_left')
      expect(outcome(await giveMoreTime(world, actor, person.id, { ...THREE, days: 4 }))).toBe('ok')
      expect(await world.db.exemption.count({ where: { userId: person.id, endedAt: null, moreTime: true } })).toBe(1)
    })

    test('P8: whoever has a factor is asked for it all the same, and a new role ends it', async () => {
      const { tenant, actor, person } = await aLatecomer()
      const enrolled = await anEnrolled(world, tenant.slug)
      await giveMoreTime(world, actor, enrolled.id, THREE)
      await giveMoreTime(world, actor, person.id, THREE)
      world.clock.move(minutes(2))
      expect(await enter(enrolled)).toMatchObject({ value: { step: 'verify-factor' } })
      await changeRole(world, actor, person.id, 'admin')
      expect((await viewPerson(world, actor, person.id))?.coverage.path).toBe('enrol')
    })

    test('P8: where no day is named there is nothing to lengthen', async () => {
      const { actor, person } = await aCovered()
      expect(outcome(await giveMoreTime(world, actor, person.id, THREE))).toBe('no_deadline')
      const partner = await aCovered({ kind: 'partner' })
      await setRules(world.db, partner.tenant.id, { team: { deadline: later(world.clock.now(), days(9)) } })
      expect(outcome(await giveMoreTime(world, partner.actor, partner.person.id, THREE))).toBe('no_deadline')
    })
  })

  test('R3 R5: whoever has a phone as a factor is told there as well, without a link or a code', async () => {
    const actor = await anActor()
    const person = await aPerson(world, acme.slug)
    await aMessagedFactor(world, person.id, 'sms')
    const texts = () => world.db.outboxMessage.findMany({ where: { userId: person.id, channel: 'sms' } })
    expect(outcome(await issueCode(world, actor, person.id, 'locked out'))).toBe('ok')
    expect((await texts()).map((each) => each.template)).toEqual(['sms_code_issued'])
    expect(outcome(await resetTwoFactor(world, actor, person.id, { reason: 'lost', withCode: false }))).toBe('ok')
    expect((await texts()).map((each) => each.template).sort()).toEqual(['sms_code_issued', 'sms_factors_reset'])
    // The factor is gone: nothing goes there any more.
    await issueCode(world, actor, person.id, 'again')
    expect(await texts()).toHaveLength(2)
  })

  describe('R11', () => {
    const moved = (email: string) => ({ email: `new.${email}`, reason: 'married' })
    const mailedValues = async (recipient: string, template: string) => {
      const row = await world.db.outboxMessage.findFirstOrThrow({ where: { recipient, template } })
      return JSON.parse(unseal(world.keys, row.sealed ?? '', ['outbox', row.id]) ?? 'null')
    }

    test('R11: the address counts at once, both are told, and for seven days it sets no password and opens no link', async () => {
      const actor = await anActor()
      const person = await aPerson(world, acme.slug)
      const to = moved(person.email)
      expect(outcome(await giveEmail(world, actor, person.id, to))).toBe('ok')
      expect((await personById(world.db, person.id))?.person.email).toBe(to.email)
      expect(await countMails(world, person.email, 'address_given')).toBe(1)
      expect(await mailedValues(to.email, 'address_given_here')).toEqual({
        by: actor.person.name,
        until: later(world.clock.now(), days(7)).toISOString(),
      })
      const event = await world.db.auditEvent.findFirstOrThrow({
        where: { subjectId: person.id, kind: 'address_changed' },
      })
      expect(event.actorId).toBe(actor.person.id)
      expect(JSON.parse(event.data ?? '')).toEqual({
        from: maskEmail(person.email),
        to: maskEmail(to.email),
        reason: to.reason,
      })
      const ask = async (kind: 'reset' | 'magic') => {
        await requestLink(world, aVisitor(), { kind, email: to.email, returnTo: null })
        await answerLinkRequests(world)
      }
      await ask('reset')
      await ask('magic')
      expect(await countMails(world, to.email, 'password_reset_refused')).toBe(1)
      expect(await countMails(world, to.email, 'password_reset')).toBe(0)
      expect(await countMails(world, to.email, 'sign_in_link')).toBe(0)
      world.clock.move(days(7) - 1)
      await ask('reset')
      expect(await countMails(world, to.email, 'password_reset')).toBe(0)
      world.clock.move(1)
      await ask('reset')
      expect(await countMails(world, to.email, 'password_reset')).toBe(1)
    })

    test('R11 E9: after a reset the mailbox of a given address proves nothing; an issued code does', async () => {
      const actor = await anActor()
      const person = await anEnrolled(world, acme.slug)
      const to = moved(person.email)
      await giveEmail(world, actor, person.id, to)
      const reset = await resetTwoFactor(world, actor, person.id, { reason: 'lost', withCode: true })
      const code = reset.ok ? (reset.value.code ?? '') : ''
      const { claimant, step } = await anAttempt(world, to.email)
      expect(step).toBe('verify-factor')
      expect(await countMails(world, to.email)).toBe(0)
      expect((await viewSignIn(world, claimant))?.addressNewUntil).toEqual(later(world.clock.now(), days(7)))
      // 2FA is the person's own choice still: the code leads into the wizard.
      expect(stepOf(await proveRecoveryCode(world, claimant, code))).toBe('enrol')
      world.clock.move(days(7))
      const afterwards = await startWithPassword(world, aVisitor(), { email: to.email, password: PASSWORD })
      expect(afterwards).toMatchObject({ value: { step: 'verify-device' } })
    })

    test('R11: the e-mail factor does not follow an address that an admin gave, for seven days', async () => {
      const actor = await anActor()
      const person = await aPerson(world, acme.slug)
      await aMessagedFactor(world, person.id, 'email')
      await transact(world, (world) => setTwoFactorOn(world.db, person.id, true))
      const to = moved(person.email)
      await giveEmail(world, actor, person.id, to)
      const before = await world.db.outboxMessage.count({ where: { recipient: to.email, template: 'factor_passcode' } })
      const started = await startWithPassword(world, aVisitor(), { email: to.email, password: PASSWORD })
      expect(started).toMatchObject({ value: { step: 'verify-factor' } })
      expect(await world.db.outboxMessage.count({ where: { recipient: to.email, template: 'factor_passcode' } })).toBe(
        before,
      )
    })

    test('R11: the old address brings itself back, and the new one is not held against it', async () => {
      const actor = await anActor()
      const person = await aPerson(world, acme.slug)
      await giveEmail(world, actor, person.id, moved(person.email))
      const undo = await mailedToken(world, person.email, 'address_given')
      expect(outcome(await takeBack(world, aVisitor(), 'undo', undo))).toBe('ok')
      expect((await personById(world.db, person.id))?.person).toMatchObject({
        email: person.email,
        addressGivenAt: null,
        passwordDemandedAt: world.clock.now(),
      })
    })

    test('R11: a suspension takes nobody the way back, which lets nobody in', async () => {
      const actor = await anActor()
      const person = await aPerson(world, acme.slug)
      await giveEmail(world, actor, person.id, moved(person.email))
      await suspend(world, actor, person.id, 'left')
      const undo = await mailedToken(world, person.email, 'address_given')
      expect(outcome(await takeBack(world, aVisitor(), 'undo', undo))).toBe('ok')
      expect((await personById(world.db, person.id))?.person.email).toBe(person.email)
      const attempt = await startWithPassword(world, aVisitor(), { email: person.email, password: PASSWORD })
      expect(outcome(attempt)).toBe('wrong_credentials')
    })

    test('R11: trust, open sign-ins and the links of the old mailbox end; sessions go on', async () => {
      const actor = await anActor()
      const person = await anEnrolled(world, acme.slug)
      await aKnownDevice(world, person.id, true)
      const session = await aSession(world, person.id, { methods: ['pwd', 'otp'] })
      await startWithPassword(world, aVisitor(), { email: person.email, password: PASSWORD })
      await requestLink(world, aVisitor(), { kind: 'reset', email: person.email, returnTo: null })
      await answerLinkRequests(world)
      const reset = await mailedToken(world, person.email, 'password_reset')
      expect(outcome(await giveEmail(world, actor, person.id, moved(person.email)))).toBe('ok')
      expect(outcome(await viewReset(world, aVisitor(), reset))).toBe('link_dead')
      const open = { userId: person.id, completedAt: null, endedAt: null }
      expect(await world.db.signInAttempt.count({ where: open })).toBe(0)
      expect(await world.db.device.count({ where: { userId: person.id, trustGrantedAt: { not: null } } })).toBe(0)
      expect((await sessionOf(world, session.token)).assured.person.email).toBe(moved(person.email).email)
    })

    test('R11: an address that was only given brings nothing back; the one before it does, after each change', async () => {
      const actor = await anActor()
      const person = await aPerson(world, acme.slug)
      const [second, third] = [moved(person.email), { email: `third.${person.email}`, reason: 'mistyped' }]
      await giveEmail(world, actor, person.id, second)
      world.clock.move(days(7) - 1)
      expect(outcome(await giveEmail(world, actor, person.id, third))).toBe('ok')
      expect(await countMails(world, second.email, 'address_left')).toBe(1)
      expect(await countMails(world, second.email, 'address_given')).toBe(0)
      expect(await world.db.mailedLink.count({ where: { kind: 'undo', email: second.email } })).toBe(0)
      expect(await countMails(world, person.email, 'address_given')).toBe(2)
      const undo = await mailedToken(world, person.email, 'address_given')
      world.clock.move(days(7) - 1)
      expect(outcome(await takeBack(world, aVisitor(), 'undo', undo))).toBe('ok')
      expect((await personById(world.db, person.id))?.person.email).toBe(person.email)
    })

    test('R11: nor does it when the person goes on from it to an address of their own', async () => {
      const actor = await anActor()
      const person = await aPerson(world, acme.slug)
      const [given, own] = [moved(person.email), `own.${person.email}`]
      await giveEmail(world, actor, person.id, given)
      world.clock.move(hours(1))
      const { steppedUp } = await aSession(world, person.id, { steppedUp: true })
      await requestNewEmail(world, steppedUp, own)
      expect(outcome(await confirmNewEmail(world, aVisitor(), await mailedToken(world, own, 'address_confirm')))).toBe(
        'ok',
      )
      expect((await personById(world.db, person.id))?.person).toMatchObject({ email: own, addressGivenAt: null })
      expect(await countMails(world, given.email, 'address_left')).toBe(1)
      expect(await world.db.mailedLink.count({ where: { kind: 'undo', email: given.email } })).toBe(0)
      expect(await countMails(world, person.email, 'address_changed')).toBe(1)
    })

    test('R11: of several changes within seven days the way back leads to what the person confirmed last', async () => {
      const actor = await anActor()
      const person = await aPerson(world, acme.slug)
      const [second, third] = [`second.${person.email}`, `third.${person.email}`]
      for (const own of [second, third]) {
        world.clock.move(minutes(20))
        const { steppedUp } = await aSession(world, person.id, { steppedUp: true })
        await requestNewEmail(world, steppedUp, own)
        await confirmNewEmail(world, aVisitor(), await mailedToken(world, own, 'address_confirm'))
      }
      const told = () => Promise.all([person.email, second].map((each) => countMails(world, each, 'address_changed')))
      expect(await told()).toEqual([1, 1])
      for (const given of ['fourth', 'fifth']) {
        world.clock.move(1)
        await giveEmail(world, actor, person.id, { email: `${given}.${person.email}`, reason: 'x' })
      }
      expect(await told()).toEqual([1, 1])
      expect(await countMails(world, third, 'address_given')).toBe(2)
      expect(await countMails(world, `fourth.${person.email}`, 'address_left')).toBe(1)
    })

    test('R11: one that counts by now does bring itself back, and one given back has nothing to undo', async () => {
      const actor = await anActor()
      const person = await aPerson(world, acme.slug)
      const [second, third] = [moved(person.email), { email: `third.${person.email}`, reason: 'x' }]
      await giveEmail(world, actor, person.id, second)
      world.clock.move(days(7))
      await giveEmail(world, actor, person.id, third)
      expect(await countMails(world, second.email, 'address_left')).toBe(0)
      expect(await countMails(world, second.email, 'address_given')).toBe(1)
      world.clock.move(1)
      await giveEmail(world, actor, person.id, { email: second.email, reason: 'x' })
      expect(await countMails(world, third.email, 'address_left')).toBe(1)
      expect(await countMails(world, second.email, 'address_given')).toBe(1)
      expect(await world.db.mailedLink.count({ where: { kind: 'undo', userId: person.id } })).toBe(2)
      expect((await personById(world.db, person.id))?.person).toMatchObject({
        email: second.email,
        addressGivenAt: world.clock.now(),
      })
    })

    test('R11: nor does somebody who is added by an operator', async () => {
      const person = await aPerson(world, acme.slug)
      const admin = await anActor()
      const given = { email: `given-${anId(world)}@example.com`, reason: 'married' }
      expect(outcome(await giveEmail(world, admin, person.id, given))).toBe('ok')
      const add = async () => {
        const tenant = await tenantBySlug(world, acme.slug)
        if (tenant === null) throw new Error('no tenant')
        const input = {
          email: person.email,
          name: 'Nora New',
          role: 'agent',
          password: PASSWORD,
          locale: null,
        } as const
        return outcome(await createUser(world, anOperator(), tenant, input))
      }
      expect(await add()).toBe('address_held')
      expect(await world.db.user.count({ where: { email: person.email } })).toBe(0)
      world.clock.move(days(7))
      expect(await add()).toBe('ok')
    })

    test('R11: of 16 people given one address at once one has it; nor one that may come back to somebody else', async () => {
      const actor = await anActor()
      const people = await Promise.all(Array.from({ length: 16 }, () => aPerson(world, acme.slug)))
      const draft = { email: 'shared@example.com', reason: 'mistake' }
      const outcomes = await Promise.all(
        people.map(async ({ id }) => outcome(await giveEmail(world, actor, id, draft))),
      )
      expect(outcomes.filter((each) => each === 'ok')).toHaveLength(1)
      expect(outcomes.filter((each) => each === 'address_taken')).toHaveLength(15)
      const winner = people[outcomes.indexOf('ok')]
      const loser = people[outcomes.indexOf('address_taken')]
      const old = { email: winner?.email ?? '', reason: 'x' }
      expect(outcome(await giveEmail(world, actor, loser?.id ?? '', old))).toBe('address_held')
      const own = { email: 'SHARED@example.com', reason: 'x' }
      expect(outcome(await giveEmail(world, actor, winner?.id ?? '', own))).toBe('same_address')
      expect(outcome(await giveEmail(world, actor, winner?.id ?? '', { email: 'x', reason: 'x' }))).toBe(
        'not_an_address',
      )
    })
  })
})
