import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { days, later } from '../../core/kernel/time'
import type { FactorRow } from '../../credentials/factor/types'
import type { Method } from '../../identity/actor/types'
import { FACTOR_KINDS, type FactorKind, type TypePolicy } from '../../identity/policy/types'
import type { MembershipView, Person } from '../../identity/user/types'
import { aFactorRow, aPersonView, aTypePolicy } from '../../testing/rows'
import {
  ATTEMPT_TTL,
  askedFactors,
  ENROLMENT_TTL,
  enrollableKinds,
  isOpen,
  lacksFor,
  linkServes,
  MAX_FAILURES,
  makesDeviceKnown,
  methodOf,
  methodsOf,
  nextStep,
  safePath,
  safeReturnPath,
  stepPath,
} from './rules'
import { type AttemptRow, type SignInState, STEPS, type Step } from './types'

const NOW = new Date('2026-11-20T09:00:00.000Z')
const BEFORE = new Date('2026-11-20T08:59:00.000Z')
const PROVED = new Date('2026-11-20T08:59:30.000Z')

const anAttempt = (more: Partial<AttemptRow> = {}): AttemptRow => ({
  id: 'attempt',
  userId: 'ann',
  createdAt: BEFORE,
  expiresAt: later(BEFORE, ATTEMPT_TTL),
  passwordProvedAt: BEFORE,
  linkProvedAt: null,
  mailProvedAt: null,
  factorProvedAt: null,
  factorId: null,
  chosenFactorId: null,
  trustWantedAt: null,
  clockHint: null,
  recoveryProvedAt: null,
  recoveryAnswer: null,
  enrollingFactorId: null,
  enrolledFactorId: null,
  failures: 0,
  returnTo: null,
  putOffAt: null,
  passwordShort: false,
  invited: false,
  completedAt: null,
  endedAt: null,
  ...more,
})

const aPolicy = (more: Partial<TypePolicy> = {}) =>
  aTypePolicy({ deviceVerification: true, issuedRecoveryCodes: true, ...more })

const aMembership = (more: Partial<MembershipView> = {}, policy: Partial<TypePolicy> = {}): MembershipView => ({
  role: 'agent',
  userType: 'team',
  suspended: false,
  exemptUntil: null,
  tenant: { id: 'acme', slug: 'acme', name: 'Acme', kind: 'customer', stage: 'production', timeZone: null },
  policy: aPolicy(policy),
  ...more,
})

const elsewhere = (policy: Partial<TypePolicy> = {}, suspended = false) =>
  aMembership(
    {
      suspended,
      tenant: { id: 'other', slug: 'other', name: 'Other', kind: 'customer', stage: 'production', timeZone: null },
    },
    policy,
  )

const ANN = {
  id: 'ann',
  tenantId: 'acme',
  name: 'Ann',
  email: 'ann@example.com',
  recoveryCodesAt: BEFORE,
  passwordSetAt: BEFORE,
}
const aPerson = (more: Partial<Person> = {}) => aPersonView([aMembership()], { ...ANN, ...more })

const aFactor = (more: Partial<FactorRow> = {}) => aFactorRow(BEFORE, more)

interface Facts {
  attempt?: Partial<AttemptRow>
  person?: Partial<Person>
  factors?: FactorRow[]
  known?: boolean
  trusted?: boolean
}

const aState = ({ attempt, person, factors = [], known = false, trusted = false }: Facts): SignInState => ({
  attempt: anAttempt(attempt),
  person: aPerson(person),
  factors,
  knownDevice: known || trusted ? { id: 'device', trusted } : null,
})

const LINK = { passwordProvedAt: null, linkProvedAt: BEFORE, mailProvedAt: BEFORE }
const MAILBOX = [aFactor({ kind: 'email', sealedKey: null })]
const MAIL_REQUIRED = { memberships: [aMembership({}, { required: true, kinds: ['totp', 'email'] as const })] }
const REQUIRED = { memberships: [aMembership({}, { required: true })] }
const RESET = { factorsResetAt: BEFORE, secondFactorSince: BEFORE }
const HAD_ONE = { secondFactorSince: BEFORE }
const GIVEN = { addressGivenAt: BEFORE }
const APP = [aFactor()]
/** Required, and may be put off until a millisecond from now (P8). */
const WITH_TIME = { memberships: [aMembership({}, { required: true, deadline: later(NOW, 1) })] }
const TIME_OVER = { memberships: [aMembership({}, { required: true, deadline: NOW })] }
const PARTNER = {
  id: 'acme',
  slug: 'acme',
  name: 'Acme',
  kind: 'partner',
  stage: 'production',
  timeZone: null,
} as const
const PUT_OFF = { putOffAt: PROVED }
const MAIL = { mailProvedAt: PROVED }
const FACTOR = { factorProvedAt: PROVED, factorId: 'app' }
const RECOVERY = { recoveryProvedAt: PROVED }

describe('what a sign-in asks for next', () => {
  const table: [string, Facts, Step][] = [
    // 1. Nothing to go on with.
    ['S8: a used attempt', { attempt: { completedAt: NOW }, known: true }, 'start-over'],
    ['S19: a cancelled attempt', { attempt: { endedAt: NOW }, known: true }, 'start-over'],
    ['D8: an attempt out of tries', { attempt: { failures: MAX_FAILURES }, known: true }, 'start-over'],
    ['D8: an attempt with one try left', { attempt: { failures: MAX_FAILURES - 1 }, known: true }, 'complete'],
    ['an attempt without the password', { attempt: { passwordProvedAt: null }, known: true }, 'start-over'],
    ['S8: a password changed since', { person: { passwordSetAt: NOW }, known: true }, 'start-over'],
    ['a password set at the moment it was proved', { person: { passwordSetAt: BEFORE }, known: true }, 'complete'],
    ['U8: a person whose password is gone', { person: { passwordSetAt: null }, known: true }, 'start-over'],
    ['S2: an attempt of somebody else', { attempt: { userId: 'bob' }, known: true }, 'start-over'],
    ['S8: a suspended person', { person: { suspended: true }, known: true }, 'start-over'],
    ['U8: a service account', { person: { kind: 'service' }, known: true }, 'start-over'],
    ['S8: a person without any membership', { person: { memberships: [] }, known: true }, 'start-over'],
    ['S8: a guest without a home membership', { person: { memberships: [elsewhere()] }, known: true }, 'start-over'],
    [
      'S8: a person suspended at home',
      { person: { memberships: [aMembership({ suspended: true })] }, known: true },
      'start-over',
    ],
    [
      'S8: a suspended person who has proved everything',
      { person: { ...REQUIRED, suspended: true }, factors: APP, attempt: { ...MAIL, ...FACTOR, ...RECOVERY } },
      'start-over',
    ],
    // 2. In force, and a usable factor.
    ['required, with an app, on an unknown device', { person: REQUIRED, factors: APP }, 'verify-factor'],
    ['D5: required, with an app, on a known device', { person: REQUIRED, factors: APP, known: true }, 'verify-factor'],
    [
      'S1: required, with an app, mail proved',
      { person: REQUIRED, factors: APP, known: true, attempt: MAIL },
      'verify-factor',
    ],
    ['U4: turned on for oneself', { person: { twoFactorOn: true }, factors: APP, known: true }, 'verify-factor'],
    [
      'U6: required by a host tenant',
      { person: { memberships: [aMembership(), elsewhere({ required: true })] }, factors: APP, known: true },
      'verify-factor',
    ],
    [
      'U6: required by a host tenant that suspended the guest',
      { person: { memberships: [aMembership(), elsewhere({ required: true }, true)] }, factors: APP, known: true },
      'verify-factor',
    ],
    ['the app proved', { person: REQUIRED, factors: APP, attempt: FACTOR }, 'complete'],
    [
      'E4: the app proved, codes never typed back',
      { person: { ...REQUIRED, recoveryCodesAt: null }, factors: APP, attempt: FACTOR },
      'show-recovery-codes',
    ],
    [
      'S7: the app proved, and then another took its place',
      { person: REQUIRED, factors: [aFactor({ id: 'new app' })], attempt: FACTOR },
      'verify-factor',
    ],
    [
      'S7: the app proved, and then another took its place, codes still to be shown',
      { person: { ...REQUIRED, recoveryCodesAt: null }, factors: [aFactor({ id: 'new app' })], attempt: FACTOR },
      'verify-factor',
    ],
    [
      'S7: a proof without the factor it is of',
      { person: REQUIRED, factors: APP, attempt: { ...FACTOR, factorId: null } },
      'verify-factor',
    ],
    ['R1: a recovery code proved', { person: REQUIRED, factors: APP, attempt: RECOVERY }, 'ask-if-lost'],
    [
      'R1: a recovery code proved, app at hand tomorrow',
      { person: REQUIRED, factors: APP, attempt: { ...RECOVERY, recoveryAnswer: 'at_hand' } },
      'complete',
    ],
    [
      'R2: the last recovery code proved, app at hand tomorrow',
      {
        person: { ...REQUIRED, recoveryCodesAt: null },
        factors: APP,
        attempt: { ...RECOVERY, recoveryAnswer: 'at_hand' },
      },
      'show-recovery-codes',
    ],
    [
      'R1: a recovery code proved, app lost',
      { person: { ...REQUIRED, ...HAD_ONE }, factors: APP, attempt: { ...RECOVERY, recoveryAnswer: 'lost' } },
      'enrol',
    ],
    [
      'R1: app lost, a new one confirmed',
      {
        person: { ...REQUIRED, ...HAD_ONE, recoveryCodesAt: null },
        factors: APP,
        attempt: { ...RECOVERY, recoveryAnswer: 'lost', ...FACTOR, enrolledFactorId: 'app' },
      },
      'show-recovery-codes',
    ],
    [
      'R1: app lost, a new one confirmed, codes typed back',
      {
        person: { ...REQUIRED, ...HAD_ONE },
        factors: APP,
        attempt: { ...RECOVERY, recoveryAnswer: 'lost', ...FACTOR, enrolledFactorId: 'app' },
      },
      'complete',
    ],
    [
      'S1: an answer without a recovery code',
      { person: REQUIRED, factors: APP, attempt: { recoveryAnswer: 'at_hand' } },
      'verify-factor',
    ],
    // 3. In force, and nothing usable.
    ['D5: to enrol, on an unknown device', { person: REQUIRED }, 'verify-device'],
    ['D5: to enrol, on an unknown device, mail proved', { person: REQUIRED, attempt: MAIL }, 'enrol'],
    ['D5: to enrol, on a known device', { person: REQUIRED, known: true }, 'enrol'],
    ['S6: had a factor once, on a known device', { person: { ...REQUIRED, ...HAD_ONE }, known: true }, 'verify-device'],
    [
      'S6: had a factor once, mail proved',
      { person: { ...REQUIRED, ...HAD_ONE }, known: true, attempt: MAIL },
      'enrol',
    ],
    [
      'S7: an unconfirmed app on a known device',
      { person: REQUIRED, factors: [aFactor({ confirmedAt: null })], known: true },
      'enrol',
    ],
    [
      'S7: a revoked app on a known device',
      { person: { ...REQUIRED, ...HAD_ONE }, factors: [aFactor({ revokedAt: BEFORE })], known: true },
      'verify-device',
    ],
    [
      'S6 P7: an app whose kind is no longer allowed, proved: a new factor is enrolled',
      {
        person: { memberships: [aMembership({}, { required: true, kinds: ['passkey'] })], ...HAD_ONE },
        factors: APP,
        attempt: FACTOR,
        known: true,
      },
      'enrol',
    ],
    [
      'S6 P7: an app whose kind one of two tenants does not allow is asked all the same, before a new one',
      {
        person: { memberships: [aMembership({}, { required: true }), elsewhere({ kinds: ['passkey'] })], ...HAD_ONE },
        factors: APP,
        known: true,
      },
      'verify-factor',
    ],
    // A device that is trusted stands in for the factor (D1, S21).
    ['D1: an app, on a trusted device', { person: REQUIRED, factors: APP, trusted: true }, 'complete'],
    ['D1: nothing enrolled, on a trusted device', { person: REQUIRED, trusted: true }, 'enrol'],
    [
      'D1 R2: codes used up, on a trusted device, which proves no factor to make new ones by',
      { person: { ...REQUIRED, recoveryCodesAt: null }, factors: APP, trusted: true },
      'complete',
    ],
    [
      'D9: a trusted device while a new password is demanded',
      { person: { ...REQUIRED, passwordDemandedAt: BEFORE }, factors: APP, trusted: true },
      'verify-factor',
    ],
    [
      'S20 D1: a trusted device beside a mailed link',
      { person: REQUIRED, factors: APP, trusted: true, attempt: LINK },
      'verify-factor',
    ],
    // A mailed link in place of the password (U1, S20).
    ['U1: a link, not in force', { attempt: LINK }, 'complete'],
    ['U1: a link and the app', { person: REQUIRED, factors: APP, attempt: { ...LINK, ...FACTOR } }, 'complete'],
    ['S20: a link enrols nothing', { person: REQUIRED, attempt: LINK }, 'password-needed'],
    [
      'S20 R1: a link and a recovery code enrol nothing',
      { person: REQUIRED, factors: APP, attempt: { ...LINK, ...RECOVERY, recoveryAnswer: 'lost' } },
      'password-needed',
    ],
    [
      'S20: a link and the passcode of the same mailbox',
      { person: MAIL_REQUIRED, factors: MAILBOX, attempt: { ...LINK, ...FACTOR } },
      'verify-factor',
    ],
    // The password came by mail (S20).
    ['E1: the mailbox proved', { person: MAIL_REQUIRED, factors: MAILBOX, attempt: FACTOR }, 'complete'],
    [
      'S20: the mailbox proved, and the password came by mail',
      { person: { ...MAIL_REQUIRED, passwordResetByMailAt: BEFORE }, factors: MAILBOX, attempt: FACTOR },
      'verify-factor',
    ],
    [
      'S20: the app proved, and the password came by mail',
      { person: { ...REQUIRED, passwordResetByMailAt: BEFORE }, factors: APP, attempt: FACTOR },
      'complete',
    ],
    [
      'S20: the password came by mail to somebody who had a factor: mail is no proof, a recovery code is asked for',
      { person: { ...REQUIRED, ...HAD_ONE, passwordResetByMailAt: BEFORE }, attempt: MAIL },
      'verify-factor',
    ],
    [
      'S20: the same with a recovery code',
      { person: { ...REQUIRED, ...HAD_ONE, passwordResetByMailAt: BEFORE }, attempt: RECOVERY },
      'enrol',
    ],
    [
      'R9 D5: the password came by mail to somebody who never had a factor: the mailed passcode still verifies the device',
      { person: { ...REQUIRED, passwordResetByMailAt: BEFORE } },
      'verify-device',
    ],
    // An admin gave the address lately (R11).
    [
      'R11: the mailbox proved, at an address that is too new',
      { person: { ...MAIL_REQUIRED, ...GIVEN }, factors: MAILBOX, attempt: FACTOR },
      'verify-factor',
    ],
    [
      'R11: a recovery code, at an address that is too new',
      { person: { ...MAIL_REQUIRED, ...GIVEN }, factors: MAILBOX, attempt: RECOVERY },
      'ask-if-lost',
    ],
    [
      'R11: the app proved, and the address is too new',
      { person: { ...REQUIRED, ...GIVEN }, factors: APP, attempt: FACTOR },
      'complete',
    ],
    [
      'R11 S6: whoever had a factor proves nothing by mail while the address is too new',
      { person: { ...REQUIRED, ...HAD_ONE, ...GIVEN }, attempt: MAIL },
      'verify-factor',
    ],
    [
      'R11 S6: the same with a recovery code',
      { person: { ...REQUIRED, ...HAD_ONE, ...GIVEN }, attempt: RECOVERY },
      'enrol',
    ],
    [
      'R11 D5: the mailed passcode still verifies the device of whoever never had a factor',
      { person: { ...REQUIRED, ...GIVEN } },
      'verify-device',
    ],
    ['R11 D5: and of whoever has none in force', { person: { ...HAD_ONE, ...GIVEN } }, 'verify-device'],
    [
      'R11 E9: reset, and the address is too new: mail is no proof, on a known device either',
      { person: { ...RESET, ...GIVEN }, attempt: MAIL, known: true },
      'verify-factor',
    ],
    ['R11 E9: the same with an issued code', { person: { ...RESET, ...GIVEN }, attempt: RECOVERY }, 'complete'],
    [
      'R11 E9: required, with an issued code',
      { person: { ...REQUIRED, ...RESET, ...GIVEN }, attempt: RECOVERY },
      'enrol',
    ],
    // A new password is demanded (D9).
    [
      'D9: a new password demanded, on a known device',
      { person: { passwordDemandedAt: BEFORE }, known: true },
      'verify-device',
    ],
    [
      'D9: a new password demanded, where nothing verifies devices',
      {
        person: { passwordDemandedAt: BEFORE, memberships: [aMembership({}, { deviceVerification: false })] },
        known: true,
      },
      'verify-device',
    ],
    ['D9: a new password demanded, mail proved', { person: { passwordDemandedAt: BEFORE }, attempt: MAIL }, 'complete'],
    // After an admin reset (E9).
    ['E9: reset, not in force, on a known device', { person: RESET, known: true }, 'verify-device'],
    ['E9: reset, not in force, mail proved', { person: RESET, attempt: MAIL }, 'complete'],
    ['E9 R3: reset, not in force, an issued code', { person: RESET, attempt: RECOVERY }, 'complete'],
    ['E9: reset, required, on a known device', { person: { ...REQUIRED, ...RESET }, known: true }, 'verify-device'],
    ['E9: reset, required, mail proved', { person: { ...REQUIRED, ...RESET }, attempt: MAIL }, 'enrol'],
    ['E9 R3: reset, required, an issued code', { person: { ...REQUIRED, ...RESET }, attempt: RECOVERY }, 'enrol'],
    [
      'E9 S20: reset, and the password came by mail: mail is no proof, not even where nothing is required',
      { person: { ...RESET, passwordResetByMailAt: BEFORE }, attempt: MAIL, known: true },
      'verify-factor',
    ],
    [
      'E9 S20: the same with an issued code',
      { person: { ...RESET, passwordResetByMailAt: BEFORE }, attempt: RECOVERY },
      'complete',
    ],
    ['E9 S20: reset, and a mailed link for the password', { person: RESET, attempt: LINK }, 'verify-factor'],
    // At device verification an issued code stands for the mailed passcode (R3).
    ['R3: not in force, on an unknown device, an issued code', { attempt: RECOVERY }, 'complete'],
    [
      'R3: required, never enrolled, on an unknown device, an issued code',
      { person: REQUIRED, attempt: RECOVERY },
      'enrol',
    ],
    // Until the day that was named (P8).
    ['P8: to enrol by a day, on a known device', { person: WITH_TIME, known: true }, 'put-off'],
    ['P8: put off', { person: WITH_TIME, known: true, attempt: PUT_OFF }, 'complete'],
    ['P8: put off on an unknown device', { person: WITH_TIME, attempt: PUT_OFF }, 'verify-device'],
    [
      'P8: put off on an unknown device, mail proved',
      { person: WITH_TIME, attempt: { ...PUT_OFF, ...MAIL } },
      'complete',
    ],
    ['P8: the day is over', { person: TIME_OVER, known: true }, 'enrol'],
    ['P8: put off, and the day is over', { person: TIME_OVER, known: true, attempt: PUT_OFF }, 'enrol'],
    ['P8: no day was named, whatever the attempt says', { person: REQUIRED, known: true, attempt: PUT_OFF }, 'enrol'],
    ['P8: a factor is asked for before the day', { person: WITH_TIME, factors: APP, known: true }, 'verify-factor'],
    [
      'P8: a factor is asked for whatever was put off',
      { person: WITH_TIME, factors: APP, known: true, attempt: PUT_OFF },
      'verify-factor',
    ],
    [
      'P8 P7: a factor of a kind that is no longer allowed is asked for, and a new one enrolled',
      {
        person: { memberships: [aMembership({}, { required: true, kinds: ['passkey'], deadline: later(NOW, 1) })] },
        factors: APP,
        attempt: { ...FACTOR, ...PUT_OFF },
        known: true,
      },
      'enrol',
    ],
    [
      'P8 S6: had a factor once: the mailed passcode comes before anything is put off',
      { person: { ...WITH_TIME, ...HAD_ONE }, known: true, attempt: PUT_OFF },
      'verify-device',
    ],
    [
      'P8 E9: reset, put off after the mailed passcode',
      { person: { ...WITH_TIME, ...RESET }, known: true, attempt: { ...MAIL, ...PUT_OFF } },
      'complete',
    ],
    [
      'P8 S20: reset, and the password came by mail: a recovery code is asked for',
      { person: { ...WITH_TIME, ...RESET, passwordResetByMailAt: BEFORE }, attempt: { ...MAIL, ...PUT_OFF } },
      'verify-factor',
    ],
    ['P8 S20: a link puts nothing off', { person: WITH_TIME, attempt: { ...LINK, ...PUT_OFF } }, 'password-needed'],
    [
      'P8 U4: who turned 2FA on puts nothing off',
      { person: { ...WITH_TIME, twoFactorOn: true }, known: true, attempt: PUT_OFF },
      'enrol',
    ],
    [
      'P8 U6: of two tenants that ask, one names no day',
      {
        person: { memberships: [...WITH_TIME.memberships, elsewhere({ required: true })] },
        known: true,
        attempt: PUT_OFF,
      },
      'enrol',
    ],
    [
      'P8 U6: of two tenants that ask, both name a day',
      {
        person: { memberships: [...WITH_TIME.memberships, elsewhere({ required: true, deadline: later(NOW, 9) })] },
        known: true,
      },
      'put-off',
    ],
    [
      'P8 U9: one tenant names a day, the other exempts',
      {
        person: {
          memberships: [
            ...WITH_TIME.memberships,
            { ...elsewhere({ required: true }), exemptUntil: later(NOW, days(3)) },
          ],
        },
        known: true,
      },
      'put-off',
    ],
    [
      'P8 U7: a partner in production gives no time',
      {
        person: { memberships: [aMembership({ tenant: PARTNER }, { required: true, deadline: later(NOW, 1) })] },
        known: true,
        attempt: PUT_OFF,
      },
      'enrol',
    ],
    // 4. Not in force.
    ['D5: not in force, on an unknown device', {}, 'verify-device'],
    ['D5: not in force, on a known device', { known: true }, 'complete'],
    ['D5: not in force, mail proved', { attempt: MAIL }, 'complete'],
    ['P5: not in force, with an app, on a known device', { factors: APP, person: HAD_ONE, known: true }, 'complete'],
    ['P5: not in force, with an app, on an unknown device', { factors: APP, person: HAD_ONE }, 'verify-device'],
    [
      'D5: not in force, no device verification for this user type',
      { person: { memberships: [aMembership({}, { deviceVerification: false })] } },
      'complete',
    ],
    [
      'U6: not in force, device verification asked by one of two tenants',
      { person: { memberships: [aMembership({}, { deviceVerification: false }), elsewhere()] } },
      'verify-device',
    ],
    ['E4: not in force, codes never typed back', { person: { recoveryCodesAt: null }, known: true }, 'complete'],
  ]
  test.each(table)('%s: %s → %s', (_name, facts, step) => {
    expect(nextStep(aState(facts), NOW)).toBe(step)
  })

  test('the table has every step', () => {
    expect(new Set(table.map((row) => row[2]))).toEqual(new Set(STEPS))
  })
})

describe('the life of an attempt', () => {
  test('S18: it lives ten minutes, thirty in the wizard, and allows three failures', () => {
    expect([ATTEMPT_TTL, ENROLMENT_TTL, MAX_FAILURES]).toEqual([600_000, 1_800_000, 3])
  })

  test.each([
    [-1, true],
    [0, false],
    [1, false],
  ])('S4: %i ms after its end it is open: %s', (offset, open) => {
    const attempt = anAttempt()
    const now = later(attempt.expiresAt, offset)
    expect(isOpen(attempt, now)).toBe(open)
    expect(nextStep(aState({ known: true }), now)).toBe(open ? 'complete' : 'start-over')
  })

  test.each(Array.from({ length: 6 }, (_, failures) => failures))(
    'D8: with %i failures it is open below three',
    (failures) => {
      expect(isOpen(anAttempt({ failures }), NOW)).toBe(failures < 3)
    },
  )
})

test.each([
  [3_600_000, true],
  [3_600_001, false],
])('S4: an attempt that a clock dated which was %i ms ahead is open: %s', (ahead, open) => {
  const createdAt = later(NOW, ahead)
  expect(isOpen(anAttempt({ createdAt, expiresAt: later(createdAt, ATTEMPT_TTL) }), NOW)).toBe(open)
})

describe('an address that an admin gave (R11)', () => {
  const SEVEN = days(7)
  const ALL = { memberships: [aMembership({}, { required: true, kinds: ['totp', 'email'] as const })] }
  const FACTORS = [...APP, aFactor({ id: 'box', kind: 'email', sealedKey: null })]

  test.each([
    [-1, false],
    [0, true],
    [1, true],
  ])('R11: %i ms after seven days mail counts: %s', (offset, serves) => {
    const addressGivenAt = later(NOW, -SEVEN - offset)
    const state = aState({ person: { ...ALL, addressGivenAt }, factors: FACTORS })
    expect(askedFactors(state, NOW).some(({ kind }) => kind === 'email')).toBe(serves)
    expect(askedFactors(state, NOW).some(({ kind }) => kind === 'totp')).toBe(true)
    expect(enrollableKinds(state.person, ['totp', 'email'], NOW)).toEqual(serves ? ['totp', 'email'] : ['totp'])
    expect(linkServes(state.person, FACTORS, NOW)).toBe(serves)
    const reset = aState({ person: { ...RESET, addressGivenAt }, attempt: MAIL })
    expect(nextStep(reset, NOW)).toBe(serves ? 'complete' : 'verify-factor')
  })
})

// ——— any state at all ———

const maybe = (): fc.Arbitrary<Date | null> => fc.constantFrom(null, PROVED)
const anyPolicy = (): fc.Arbitrary<TypePolicy> =>
  fc
    .record({
      required: fc.boolean(),
      kinds: fc.subarray<FactorKind>([...FACTOR_KINDS]),
      deviceVerification: fc.boolean(),
      issuedRecoveryCodes: fc.boolean(),
      deadline: fc.constantFrom(null, NOW, later(NOW, 1)),
    })
    .map(aPolicy)
const anyGuest = (): fc.Arbitrary<MembershipView> =>
  fc
    .record({ suspended: fc.boolean(), policy: anyPolicy() })
    .map(({ suspended, policy }) => elsewhere(policy, suspended))
const anyHome = (): fc.Arbitrary<MembershipView> =>
  fc
    .record({ suspended: mostly(false, true), policy: anyPolicy() })
    .chain(({ suspended, policy }) =>
      mostly(aMembership({ suspended }, policy), aMembership({ suspended, tenant: PARTNER }, policy)),
    )
const anyMemberships = (): fc.Arbitrary<MembershipView[]> =>
  fc
    .tuple(fc.option(anyHome(), { freq: 5 }), fc.array(anyGuest(), { maxLength: 2 }))
    .map(([home, guests]) => (home === null ? guests : [home, ...guests]))
const anyFactor = (): fc.Arbitrary<FactorRow> =>
  fc
    .record({
      id: fc.constantFrom('app', 'other'),
      kind: fc.constantFrom(...FACTOR_KINDS),
      confirmedAt: maybe(),
      revokedAt: maybe(),
    })
    .map(aFactor)
/** What ends a sign-in is rare, so that the rest of the rules is reached. */
function mostly<T>(usual: T, rare: T): fc.Arbitrary<T> {
  return fc.oneof({ weight: 20, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: fc.constant(rare) })
}
const anyState: fc.Arbitrary<SignInState> = fc.record({
  attempt: fc
    .record({
      userId: mostly('ann', 'bob'),
      expiresAt: mostly(later(NOW, 2), NOW),
      passwordProvedAt: mostly(PROVED, null),
      linkProvedAt: maybe(),
      mailProvedAt: maybe(),
      factorProvedAt: maybe(),
      factorId: fc.constantFrom(null, 'app', 'other'),
      recoveryProvedAt: maybe(),
      recoveryAnswer: fc.constantFrom(null, 'lost' as const, 'at_hand' as const),
      enrollingFactorId: fc.constantFrom(null, 'app', 'other'),
      enrolledFactorId: fc.constantFrom(null, 'app', 'other'),
      failures: fc.constantFrom(0, 0, 0, 1, 1, 2, 2, 3, 4),
      putOffAt: maybe(),
      completedAt: mostly(null, PROVED),
      endedAt: mostly(null, PROVED),
    })
    .map(anAttempt),
  person: fc
    .record({
      kind: mostly<'person' | 'service'>('person', 'service'),
      twoFactorOn: fc.boolean(),
      passwordResetByMailAt: mostly<Date | null>(null, BEFORE),
      passwordDemandedAt: mostly<Date | null>(null, BEFORE),
      factorsResetAt: mostly<Date | null>(null, BEFORE),
      addressGivenAt: fc.constantFrom(null, null, null, later(NOW, -days(7)), later(NOW, 1 - days(7)), BEFORE),
      secondFactorSince: maybe(),
      recoveryCodesAt: maybe(),
      suspended: mostly(false, true),
      passwordSetAt: mostly(BEFORE, NOW),
      memberships: anyMemberships(),
    })
    .map(aPerson),
  factors: fc.array(anyFactor(), { maxLength: 3 }),
  knownDevice: fc.constantFrom(null, { id: 'device', trusted: false }, { id: 'device', trusted: true }),
})

/** What the product says, written without the code under test. */
const inForce = ({ person }: SignInState) =>
  person.twoFactorOn || person.memberships.length === 0 || person.memberships.some((each) => each.policy.required)
/** Of the home; each host that came after narrows them as long as anything is left that somebody can have (U6). */
const kindsOf = ({ person }: SignInState) => {
  const isHome = (each: MembershipView) => each.tenant.id === person.tenantId
  const [first, ...others] = [...person.memberships].sort((one, other) => Number(isHome(other)) - Number(isHome(one)))
  return others.reduce<readonly FactorKind[]>((kinds, { policy }) => {
    const left = kinds.filter((kind) => policy.kinds.includes(kind))
    return left.some((kind) => kind !== 'passkey') ? left : kinds
  }, first?.policy.kinds ?? ['totp'])
}
const counts = (state: SignInState) => confirmedOf(state).filter(({ kind }) => kindsOf(state).includes(kind))
const confirmedOf = ({ factors }: SignInState) =>
  factors.filter((factor) => factor.confirmedAt !== null && factor.revokedAt === null)
const mailboxUsed = ({ attempt, person }: SignInState, now: Date) =>
  person.passwordResetByMailAt !== null ||
  attempt.passwordProvedAt === null ||
  (person.addressGivenAt !== null && now.getTime() - person.addressGivenAt.getTime() < 7 * 86_400_000)
/** What may be proved: the mailbox only where it counts (S6, S20, R11). */
const provable = (state: SignInState, now: Date) =>
  (counts(state).length > 0 ? counts(state) : confirmedOf(state)).filter(
    (factor) => factor.kind !== 'email' || !mailboxUsed(state, now),
  )
const provedFactor = (state: SignInState, now: Date) =>
  state.attempt.factorProvedAt !== null && provable(state, now).some((factor) => factor.id === state.attempt.factorId)
const provedRecovery = ({ attempt }: SignInState) => attempt.recoveryProvedAt !== null
/** Every tenant that asks has named a day that is to come, and nobody else asks (P8, U7, U4). */
const hasTime = ({ person }: SignInState, now: Date) => {
  const asking = person.memberships.filter((each) => each.policy.required)
  const waits = ({ policy, tenant }: MembershipView) =>
    policy.deadline !== null && policy.deadline > now && !(tenant.kind === 'partner' && tenant.stage === 'production')
  return asking.length > 0 && !person.twoFactorOn && asking.every(waits)
}
const hasPutOff = (state: SignInState, now: Date) =>
  hasTime(state, now) && state.attempt.putOffAt !== null && state.attempt.passwordProvedAt !== null
const trustCounts = ({ attempt, person, knownDevice }: SignInState) =>
  knownDevice?.trusted === true && attempt.passwordProvedAt !== null && person.passwordDemandedAt === null
const isDead = ({ attempt, person }: SignInState, now: Date) =>
  (attempt.passwordProvedAt ?? attempt.linkProvedAt ?? NOW) < (person.passwordSetAt ?? BEFORE) ||
  attempt.completedAt !== null ||
  attempt.endedAt !== null ||
  attempt.failures >= 3 ||
  (attempt.passwordProvedAt === null && attempt.linkProvedAt === null) ||
  attempt.userId !== person.id ||
  now.getTime() >= attempt.expiresAt.getTime()
const isBarred = ({ person }: SignInState) =>
  person.suspended ||
  person.kind !== 'person' ||
  !person.memberships.some((each) => each.tenant.id === person.tenantId && !each.suspended)

function holds(state: SignInState, now: Date): Step {
  const step = nextStep(state, now)
  // Whoever may use no page, or whose attempt is over, starts over, and nobody else (S8, S4).
  expect(step === 'start-over').toBe(isDead(state, now) || isBarred(state))
  if (step === 'start-over') return step
  const { attempt, person, knownDevice } = state
  const confirmed = confirmedOf(state).length > 0
  const proved = provedFactor(state, now) || provedRecovery(state)
  const demanded = person.passwordDemandedAt !== null
  const wasReset = person.factorsResetAt !== null
  const hadFactor = person.secondFactorSince !== null || wasReset
  // No end without a factor or trust where 2FA is in force (S1, D1), but for those who have none and are given time
  // (P8).
  if (step === 'complete' && inForce(state)) {
    expect(confirmed ? proved || trustCounts(state) : hasPutOff(state, now)).toBe(true)
  }
  // Nor without codes that were typed back (E4, R2).
  if (step === 'complete' && inForce(state) && confirmed && proved) expect(person.recoveryCodesAt).not.toBeNull()
  if (step === 'show-recovery-codes') expect(proved && counts(state).length > 0).toBe(true)
  // The password alone ends it only on a known device with nothing demanded (D5, D9).
  if (step === 'complete' && !inForce(state)) {
    const asked = person.memberships.some((each) => each.policy.deviceVerification)
    const guarded = demanded || wasReset
    const given = attempt.mailProvedAt !== null || provedRecovery(state)
    expect((knownDevice !== null && !guarded) || given || !(asked || guarded)).toBe(true)
    // After a reset a mailbox that proves nothing needs a recovery code (E9, S20, R11).
    if (wasReset && mailboxUsed(state, now)) expect(provedRecovery(state)).toBe(true)
  }
  if (step === 'put-off') expect(hasTime(state, now) && !confirmed).toBe(true)
  if (step === 'enrol' && !confirmed) expect(hasTime(state, now)).toBe(false)
  // A factor is enrolled, or that put off, by the best proof that the account has (S6, S19, S20, R11, P8).
  if (step === 'enrol' || step === 'put-off' || (step === 'complete' && inForce(state) && !confirmed)) {
    expect(inForce(state)).toBe(true)
    expect(attempt.passwordProvedAt).not.toBeNull()
    if (counts(state).length > 0) expect(provedRecovery(state)).toBe(true)
    if (confirmed) expect(proved).toBe(true)
    const more = attempt.mailProvedAt !== null || proved
    if (hadFactor || knownDevice === null || demanded) expect(more).toBe(true)
    if (hadFactor && mailboxUsed(state, now)) expect(proved).toBe(true)
  }
  if (step === 'password-needed') expect(attempt.passwordProvedAt).toBeNull()
  // What was never confirmed is never asked for (S7).
  const mayAsk = confirmed || (hadFactor && mailboxUsed(state, now))
  if (step === 'verify-factor' || step === 'ask-if-lost') expect(mayAsk).toBe(true)
  return step
}

describe('of any state', () => {
  test('S1 S6 S7 S8 S19: no step is reached without what it rests on', () => {
    const seen = new Set<Step>()
    fc.assert(
      fc.property(anyState, (state) => {
        seen.add(holds(state, NOW))
      }),
      { numRuns: 4_000 },
    )
    expect(seen).toEqual(new Set(STEPS))
  })

  test('S7: what is unconfirmed or revoked might as well not exist', () => {
    fc.assert(
      fc.property(anyState, (state) => {
        expect(nextStep({ ...state, factors: confirmedOf(state) }, NOW)).toBe(nextStep(state, NOW))
      }),
      { numRuns: 1_500 },
    )
  })

  const withoutTime = (state: SignInState): SignInState => ({
    ...state,
    attempt: { ...state.attempt, putOffAt: null },
    person: {
      ...state.person,
      memberships: state.person.memberships.map((each) => ({ ...each, policy: { ...each.policy, deadline: null } })),
    },
  })

  test('P8 S18: a day that is named takes the wizard alone away, and no proof', () => {
    let differ = 0
    fc.assert(
      fc.property(anyState, (state) => {
        const [step, strict] = [nextStep(state, NOW), nextStep(withoutTime(state), NOW)]
        if (step === strict) return
        differ += 1
        expect(strict).toBe('enrol')
        expect(['put-off', 'complete']).toContain(step)
      }),
      { numRuns: 4_000 },
    )
    expect(differ).toBeGreaterThan(20)
  })

  test('P8 S18: for whoever has a factor, and after the day, it is as if none had been named', () => {
    fc.assert(
      fc.property(anyState, (state) => {
        const strict = nextStep(withoutTime(state), NOW)
        if (confirmedOf(state).length > 0) expect(nextStep(state, NOW)).toBe(strict)
        expect(nextStep(state, later(NOW, 1))).toBe(nextStep(withoutTime(state), later(NOW, 1)))
      }),
      { numRuns: 2_000 },
    )
  })

  test('S8: without a policy everything is asked for', () => {
    expect(nextStep(aState({ person: { memberships: [] }, known: true }), NOW)).toBe('start-over')
  })

  test('S18: no allowed kind, no setting and no further membership turns a demand into less', () => {
    fc.assert(
      fc.property(anyState, anyGuest(), (state, guest) => {
        const { person } = state
        fc.pre(person.memberships.length > 0 && inForce(state) && nextStep(state, NOW) !== 'complete')
        const after = { ...state, person: { ...person, memberships: [...person.memberships, guest] } }
        expect(nextStep(after, NOW)).not.toBe('complete')
      }),
      { numRuns: 1_500 },
    )
  })
})

// ——— random walks ———

/** The service without its database: what each request adds to the attempt, and what may happen elsewhere meanwhile. */
class Walk {
  now = NOW
  made = 0
  complete = false
  state: SignInState = aState({ person: { recoveryCodesAt: null } })

  step(): Step {
    return nextStep(this.state, this.now)
  }

  attempt(change: Partial<AttemptRow>) {
    this.state = { ...this.state, attempt: { ...this.state.attempt, ...change } }
    if (this.step() === 'complete') this.complete = true
  }

  person(change: Partial<Person>) {
    this.state = { ...this.state, person: { ...this.state.person, ...change } }
  }

  home(change: Partial<TypePolicy>) {
    const [home, ...others] = this.state.person.memberships
    if (home !== undefined)
      this.person({ memberships: [{ ...home, policy: { ...home.policy, ...change } }, ...others] })
  }

  factors(change: (factor: FactorRow) => FactorRow) {
    this.state = { ...this.state, factors: this.state.factors.map(change) }
  }

  add(factor: FactorRow) {
    this.state = { ...this.state, factors: [...this.state.factors, factor] }
  }

  newId(): string {
    this.made += 1
    return `app ${this.made}`
  }
}

/** What really happened, kept apart from the rows. */
interface Truth {
  mail: boolean
  recovery: boolean
  factors: Set<string>
  hadFactor: boolean
  putOff: boolean
}

class Move implements fc.Command<Truth, Walk> {
  constructor(
    readonly name: string,
    readonly at: Step | null,
    readonly act: (walk: Walk, truth: Truth) => void,
  ) {}

  check(): boolean {
    return true
  }

  run(truth: Truth, walk: Walk): void {
    // Anything may be asked for at any time (S19); only the step that stands is done.
    if (this.at === null || walk.step() === this.at) this.act(walk, truth)
    const step = holds(walk.state, walk.now)
    const usable = counts(walk.state)
    const confirmed = confirmedOf(walk.state).length > 0
    if (step === 'complete' && inForce(walk.state) && !confirmed) {
      expect(truth.putOff && hasTime(walk.state, walk.now)).toBe(true)
      if (truth.hadFactor) expect(truth.recovery || truth.mail).toBe(true)
    } else if (step === 'complete' && inForce(walk.state)) {
      expect(truth.recovery || usable.some((factor) => truth.factors.has(factor.id))).toBe(true)
    }
    if ((step === 'enrol' || step === 'put-off') && truth.hadFactor) {
      const old = confirmedOf(walk.state).some((factor) => truth.factors.has(factor.id))
      expect(truth.recovery || (confirmedOf(walk.state).length > 0 ? old : truth.mail)).toBe(true)
    }
  }

  toString(): string {
    return this.name
  }
}

const beginNew = (walk: Walk) => {
  const id = walk.newId()
  walk.add(aFactor({ id, confirmedAt: null }))
  walk.attempt({ enrollingFactorId: id, expiresAt: later(walk.state.attempt.createdAt, ENROLMENT_TTL) })
}

const confirmNew = (walk: Walk, truth: Truth) => {
  const id = walk.state.attempt.enrollingFactorId
  const open = walk.state.factors.find((factor) => factor.id === id && factor.confirmedAt === null)
  if (id === null || open === undefined || open.revokedAt !== null) return
  walk.factors((factor) =>
    factor.id === id ? { ...factor, confirmedAt: walk.now } : { ...factor, revokedAt: walk.now },
  )
  walk.person({ recoveryCodesAt: null, secondFactorSince: walk.state.person.secondFactorSince ?? walk.now })
  truth.hadFactor = true
  truth.factors.add(id)
  walk.attempt({ factorProvedAt: walk.now, factorId: id, enrolledFactorId: id })
}

const moves = [
  new Move('the right mailed passcode', 'verify-device', (walk, truth) => {
    truth.mail = true
    walk.attempt({ mailProvedAt: walk.now })
  }),
  new Move('the right passcode of an app', 'verify-factor', (walk, truth) => {
    const [factor] = provable(walk.state, walk.now)
    if (factor === undefined) return
    truth.factors.add(factor.id)
    walk.attempt({ factorProvedAt: walk.now, factorId: factor.id })
  }),
  new Move('a right recovery code', 'verify-factor', (walk, truth) => {
    truth.recovery = true
    walk.attempt({ recoveryProvedAt: walk.now })
  }),
  new Move('the last recovery code', 'verify-factor', (walk, truth) => {
    truth.recovery = true
    walk.person({ recoveryCodesAt: null })
    walk.attempt({ recoveryProvedAt: walk.now })
  }),
  new Move('lost', 'ask-if-lost', (walk) => walk.attempt({ recoveryAnswer: 'lost' })),
  new Move('at hand', 'ask-if-lost', (walk) => walk.attempt({ recoveryAnswer: 'at_hand' })),
  new Move('begin an app', 'enrol', beginNew),
  new Move('begin an app before the day', 'put-off', beginNew),
  new Move('confirm the app before the day', 'put-off', confirmNew),
  new Move('not now', 'put-off', (walk, truth) => {
    truth.putOff = true
    walk.attempt({ putOffAt: walk.now })
  }),
  new Move('a day is named', null, (walk) => walk.home({ deadline: later(walk.now, days(1)) })),
  new Move('the day is over', null, (walk) => walk.home({ deadline: walk.now })),
  new Move('leave the app', 'enrol', (walk) => walk.attempt({ enrollingFactorId: null })),
  new Move('confirm the app', 'enrol', confirmNew),
  new Move('type a code back', 'show-recovery-codes', (walk) => {
    walk.person({ recoveryCodesAt: walk.now })
    walk.attempt({})
  }),
  new Move('a wrong entry', null, (walk) => walk.attempt({ failures: walk.state.attempt.failures + 1 })),
  new Move('cancel', null, (walk) => walk.attempt({ endedAt: walk.now })),
  new Move('finish', 'complete', (walk) => walk.attempt({ completedAt: walk.now })),
  new Move('six minutes', null, (walk) => {
    walk.now = later(walk.now, 360_000)
  }),
  new Move('start over', null, (walk, truth) => {
    if (walk.step() !== 'start-over') return
    const attempt = anAttempt({ createdAt: walk.now, expiresAt: later(walk.now, ATTEMPT_TTL) })
    walk.state = { ...walk.state, attempt }
    Object.assign(truth, { mail: false, recovery: false, factors: new Set(), putOff: false })
  }),
  new Move('the requirement is turned on', null, (walk) => walk.home({ required: true })),
  new Move('the requirement is turned off', null, (walk) => walk.home({ required: false })),
  new Move('2FA is turned on for oneself', null, (walk) => walk.person({ twoFactorOn: true })),
  new Move('2FA is turned off for oneself', null, (walk) => walk.person({ twoFactorOn: false })),
  new Move('apps are no longer allowed', null, (walk) => walk.home({ kinds: ['passkey'] })),
  new Move('apps are allowed', null, (walk) => walk.home({ kinds: ['totp'] })),
  new Move('the factors are removed', null, (walk) => walk.factors((each) => ({ ...each, revokedAt: walk.now }))),
  new Move('an app is confirmed elsewhere', null, (walk, truth) => {
    walk.add(aFactor({ id: walk.newId(), confirmedAt: walk.now }))
    walk.person({ secondFactorSince: walk.state.person.secondFactorSince ?? walk.now, recoveryCodesAt: walk.now })
    truth.hadFactor = true
  }),
  new Move('an app is begun elsewhere', null, (walk) => walk.add(aFactor({ id: walk.newId(), confirmedAt: null }))),
  new Move('an admin gives another address', null, (walk) => walk.person({ addressGivenAt: walk.now })),
  new Move('the person is suspended', null, (walk) => walk.person({ suspended: true })),
  new Move('the person is active', null, (walk) => walk.person({ suspended: false })),
  new Move('the device is known', null, (walk) => {
    walk.state = { ...walk.state, knownDevice: { id: 'device', trusted: false } }
  }),
  new Move('the device is forgotten', null, (walk) => {
    walk.state = { ...walk.state, knownDevice: null }
  }),
]

describe('on random walks', () => {
  test('S1 S6 S7 S8 S19: whatever is tried and whatever happens meanwhile, no step stands without its proof', () => {
    let completed = 0
    fc.assert(
      fc.property(
        fc.commands(
          moves.map((move) => fc.constant(move)),
          { size: '+2', maxCommands: 60 },
        ),
        (commands) => {
          const walk = new Walk()
          const truth: Truth = { mail: false, recovery: false, factors: new Set(), hadFactor: false, putOff: false }
          fc.modelRun(() => ({ model: truth, real: walk }), commands)
          if (walk.complete) completed += 1
        },
      ),
      { numRuns: 600 },
    )
    expect(completed).toBeGreaterThan(50)
  })
})

// ——— what follows from an attempt ———

describe('what an attempt leaves', () => {
  test('the session says what it rests on', () => {
    expect(methodsOf(aState({}))).toEqual(['pwd'])
    expect(methodsOf(aState({ attempt: MAIL }))).toEqual(['pwd', 'mail'])
    expect(methodsOf(aState({ attempt: FACTOR, factors: [aFactor()] }))).toEqual(['pwd', 'otp'])
    expect(methodsOf(aState({ attempt: { ...MAIL, ...PUT_OFF } }))).toEqual(['pwd', 'mail', 'put_off'])
    expect(methodsOf(aState({ attempt: { ...FACTOR, ...PUT_OFF }, factors: [aFactor()] }))).toEqual(['pwd', 'otp'])
    expect(methodsOf(aState({ attempt: { ...MAIL, ...FACTOR, ...RECOVERY }, factors: [aFactor()] }))).toEqual([
      'pwd',
      'otp',
      'recovery',
      'mail',
    ])
  })

  test('D7 R3: a factor or the mailed passcode makes the browser known; the password or a recovery code does not', () => {
    expect(makesDeviceKnown(anAttempt())).toBe(false)
    expect(makesDeviceKnown(anAttempt({ ...RECOVERY, recoveryAnswer: 'at_hand' }))).toBe(false)
    expect(makesDeviceKnown(anAttempt(FACTOR))).toBe(true)
    expect(makesDeviceKnown(anAttempt(MAIL))).toBe(true)
  })

  test('S17: each step has a page of the sign-in', () => {
    expect(STEPS.map(stepPath)).toEqual([
      '/sign-in?notice=start_over',
      '/sign-in?notice=password_needed',
      '/sign-in/device',
      '/sign-in/verify',
      '/sign-in/verify',
      '/sign-in/later',
      '/sign-in/enroll',
      '/sign-in/enroll',
      '/sign-in/verify',
    ])
  })
})

// ——— paths that a sign-in may lead to (S17) ———

/** Where a browser on our origin would go. */
const originOf = (path: string) => new URL(path, 'https://login.example.com/sign-in').origin

const HOSTILE = [
  'https://evil.example',
  'http:evil.example',
  'https:/evil.example',
  'https:evil.example',
  'HTTPS://EVIL.EXAMPLE',
  'javascript:alert(1)',
  'JaVaScRiPt:alert(1)',
  'data:text/html,x',
  'mailto:a@evil.example',
  'blob:https://login.example.com/x',
  '//evil.example',
  '///evil.example',
  '////evil.example',
  '//evil.example/%2f..',
  '//login.example.com@evil.example',
  '/\\evil.example',
  '/\\/evil.example',
  '\\\\evil.example',
  '\\/evil.example',
  '/path\\..\\evil',
  '/.//evil.example',
  '/..//evil.example',
  '/x/..//evil.example',
  '/%2e//evil.example',
  '/%2e%2e//evil.example',
  '/\tevil',
  '/\t/evil.example',
  '/\n/evil.example',
  '/\r/evil.example',
  '/\r\nLocation: https://evil.example',
  '/\u0000/evil.example',
  '/\u007f/evil.example',
  '\t//evil.example',
  ' //evil.example',
  ' /account',
  '\u00a0/account',
  '\ufeff/account',
  'account',
  'account/devices',
  './account',
  '../account',
  '?return=/account',
  '#account',
  '',
  '@evil.example',
  ':443/account',
  '／/evil.example',
  '⁄evil.example',
  '\u2215evil.example',
  '．．/evil.example',
  `/${'a'.repeat(600)}`,
]

const LITERAL = [
  ['/%5cevil.example', '/%5cevil.example'],
  ['/%2fevil.example', '/%2fevil.example'],
  ['/%2f%2fevil.example', '/%2f%2fevil.example'],
  ['/%09/evil.example', '/%09/evil.example'],
  ['/%0d%0aSet-Cookie:x', '/%0d%0aSet-Cookie:x'],
  ['/／evil.example', '/%EF%BC%8Fevil.example'],
  ['/＼evil.example', '/%EF%BC%BCevil.example'],
  ['/⁄/evil.example', '/%E2%81%84/evil.example'],
  ['/@evil.example', '/@evil.example'],
  ['/https://evil.example', '/https://evil.example'],
  ['/javascript:alert(1)', '/javascript:alert(1)'],
  ['/evil.example', '/evil.example'],
] as const

describe('where a sign-in may lead', () => {
  test.each(HOSTILE)('S17: %j is no path of ours', (typed) => {
    expect(safePath(typed)).toBeNull()
    expect(safeReturnPath(typed)).toBeNull()
  })

  test.each([null, undefined])('S17: %s is no path of ours', (typed) => {
    expect(safePath(typed)).toBeNull()
    expect(safeReturnPath(typed)).toBeNull()
  })

  test.each(LITERAL)('S17: %j stays a path on our own origin', (typed, path) => {
    expect(safePath(typed)).toBe(path)
    expect(originOf(path)).toBe('https://login.example.com')
  })

  test.each([
    ['/', '/'],
    ['/account', '/account'],
    ['/account/devices?tab=1&x=y', '/account/devices?tab=1&x=y'],
    ['/account#top', '/account'],
    ['/admin/acme/../other', '/admin/other'],
    ['/admin/a%20b', '/admin/a%20b'],
    ['/admin/ä', '/admin/%C3%A4'],
  ])('SE3: %j leads to %j', (typed, path) => {
    expect(safePath(typed)).toBe(path)
    expect(safeReturnPath(typed)).toBe(path)
  })

  test.each([
    '/sign-in',
    '/sign-in/',
    '/sign-in?return=/sign-in',
    '/sign-in/verify',
    '/./sign-in',
    '/account/../sign-in/device',
    '/%73ign-in',
    '/sign%2din/verify',
    '/sign-in%2fverify',
    '/sign-in%3freturn=x',
    '/sign-out',
    '/sign-out?x',
    '/setup?token=x',
    '/api',
    '/api/v1/me',
    '/%61pi/auth/signout',
    '/_next/static/x.js',
  ])('SE3: a sign-in never leads to %j', (typed) => {
    expect(safeReturnPath(typed)).toBeNull()
  })

  test.each(['/sign-inspect', '/setups', '/apis', '/account/sign-in', '/account?return=/sign-in'])(
    'SE3: %j only looks like it',
    (typed) => {
      expect(safeReturnPath(typed)).toBe(typed)
    },
  )

  test('S17: what cannot be decoded is still no way out', () => {
    expect(safeReturnPath('/%E0%A4%A')).toBe('/%E0%A4%A')
    expect(safeReturnPath('/%')).toBe('/%')
  })

  test.each([
    [599, true],
    [600, true],
    [601, false],
  ])('S17: of %i characters: %s', (length, accepted) => {
    expect(safePath(`/${'a'.repeat(length - 1)}`) !== null).toBe(accepted)
  })

  test('S17: whatever is typed, what comes out is a path, on our origin for every browser, and comes out again', () => {
    const piece = fc.constantFrom(
      ...['/', '\\', '.', '..', '//', ':', '@', '?', '#', '%2f', '%5c', '%2e', '%09', '\t', '\n', '\r', '\u0000', ' '],
      ...['https:', 'javascript:', 'evil.example', 'account', 'sign-in', '／', '＼', '\ufeff', '\u2028', '%'],
    )
    const typed = fc.oneof(
      fc.array(piece, { maxLength: 12 }).map((parts) => parts.join('')),
      fc.string(),
      fc.webUrl(),
    )
    fc.assert(
      fc.property(
        typed.chain((text) => fc.constantFrom(text, `/${text}`)),
        (text) => {
          const path = safePath(text)
          if (path === null) return
          expect(path).toMatch(/^\/(?![/\\])[\x21-\x7e]*$/)
          expect(path).not.toContain('\\')
          expect(originOf(path)).toBe('https://login.example.com')
          expect(safePath(path)).toBe(path.length > 600 ? null : path)
        },
      ),
      { numRuns: 4_000 },
    )
  })
})

describe('what a session lacks for a role that is younger than it (R13, S27)', () => {
  const PROOFS: Method[][] = [
    ['pwd'],
    ['pwd', 'mail'],
    ['pwd', 'otp'],
    ['pwd', 'email'],
    ['pwd', 'recovery'],
    ['pwd', 'device'],
  ]
  const FACTORS = [[], APP, MAILBOX.map((each) => ({ ...each, id: 'mailbox' }))]
  const POLICIES = [
    { required: false },
    { required: true, kinds: ['totp'] as const },
    { required: true, kinds: ['totp', 'email'] as const },
  ]
  const cells = POLICIES.flatMap((policy) =>
    FACTORS.flatMap((factors) =>
      PROOFS.flatMap((methods) => [false, true].map((known) => ({ policy, factors, methods, known }))),
    ),
  )

  test('S27 R13: it opens the console exactly where a new sign-in with its proofs would be through', () => {
    let opens = 0
    for (const { policy, factors, methods, known } of cells) {
      const who = { memberships: [aMembership({ role: 'admin' }, policy)] }
      const proved = factors.find(({ kind }) => methods.includes(methodOf(kind)))
      const attempt = {
        // A factor that nobody asks for any more is as good as the mail.
        ...(methods.includes('mail') || methods.includes('otp') || methods.includes('email') ? MAIL : {}),
        ...(proved ? { factorProvedAt: PROVED, factorId: proved.id } : {}),
        ...(methods.includes('recovery') ? { ...RECOVERY, recoveryAnswer: 'at_hand' as const } : {}),
      }
      const step = nextStep(aState({ person: who, factors, attempt, known }), NOW)
      const session = { methods, deviceId: known ? 'device' : null }
      const lacks = lacksFor(session, aPerson(who), factors, NOW)
      expect([step, lacks === 'nothing'], JSON.stringify({ policy, methods, known })).toEqual([
        step,
        step === 'complete',
      ])
      if (lacks === 'nothing') opens += 1
    }
    expect(opens).toBeGreaterThan(20)
    expect(opens).toBeLessThan(cells.length)
  })

  test.each([
    ['a passcode by mail, where no factor is asked for', { required: false }, [], ['pwd'], 'proof'],
    ['the app that is asked for', { required: true }, APP, ['pwd', 'mail'], 'proof'],
    ['the app, which a trusted device stood for', { required: true }, APP, ['pwd', 'device'], 'proof'],
    ['the wizard', { required: true }, [], ['pwd', 'mail'], 'sign-in'],
    [
      'the wizard, with a factor of a kind that the role does not allow',
      { required: true },
      MAILBOX,
      ['pwd', 'email'],
      'sign-in',
    ],
  ] as [string, Partial<TypePolicy>, FactorRow[], Method[], string][])(
    'R13: %s',
    (_what, policy, factors, methods, lacks) => {
      const who = aPerson({ memberships: [aMembership({ role: 'admin' }, policy)] })
      expect(lacksFor({ methods, deviceId: null }, who, factors, NOW)).toBe(lacks)
    },
  )

  test('P8 R13: what was put off opens the console until the day, and no other session without a factor does', () => {
    const who = aPerson({ memberships: [aMembership({ role: 'admin' }, { required: true, deadline: later(NOW, 1) })] })
    const lacks = (methods: Method[], factors: FactorRow[] = [], at = NOW) =>
      lacksFor({ methods, deviceId: 'device' }, who, factors, at)
    expect(lacks(['pwd', 'put_off'])).toBe('nothing')
    expect(lacks(['pwd', 'put_off'], [], later(NOW, 1))).toBe('sign-in')
    expect(lacks(['pwd', 'mail'])).toBe('sign-in')
    expect(lacks(['pwd', 'put_off'], APP)).toBe('proof')
  })

  test('R13: where the mailbox proves nothing, step-up would be no way on, and a sign-in is', () => {
    const who = { ...HAD_ONE, passwordResetByMailAt: BEFORE }
    expect(lacksFor({ methods: ['pwd'], deviceId: null }, aPerson(who), [], NOW)).toBe('sign-in')
    const asked = { ...who, memberships: [aMembership({}, { required: true, kinds: ['email'] })] }
    expect(lacksFor({ methods: ['pwd'], deviceId: null }, aPerson(asked), MAILBOX, NOW)).toBe('sign-in')
  })

  test('R13 D9: a password too short for the role asks for the factor on every device, and for a new one after it', () => {
    const attempt = { passwordShort: true }
    expect(nextStep(aState({ attempt, known: true }), NOW)).toBe('verify-device')
    expect(nextStep(aState({ attempt, person: REQUIRED, factors: APP, trusted: true }), NOW)).toBe('verify-factor')
    expect(nextStep(aState({ attempt: { ...attempt, ...MAIL }, known: true }), NOW)).toBe('complete')
  })
})
