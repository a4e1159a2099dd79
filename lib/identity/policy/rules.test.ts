import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { days, later } from '../../core/kernel/time'
import { POLICY_ROW, policyRowWith } from '../../testing/policy'
import {
  daysUntil,
  lastDayOf,
  lastMomentOf,
  levelOf,
  policyOf,
  STRICTEST,
  strictest,
  TRUST_CEILING_DAYS,
  TRUST_NEVER,
} from './rules'
import { FACTOR_KINDS, type FactorKind, type TypePolicy } from './types'

const NOW = new Date('2026-11-20T09:00:00.000Z')
const EARLIER = new Date('2026-10-01T00:00:00.000Z')

describe('policyOf', () => {
  test('gives each user type its own row, whatever their order', () => {
    const row = policyRowWith({
      team: {
        required: true,
        requiredSince: EARLIER,
        firstRequiredAt: EARLIER,
        deadline: NOW,
        kinds: 'totp',
        trustDays: 7,
        trustFloor: EARLIER,
        idleMinutes: 15,
        sessionHours: 8,
        sessionsVoidedAt: NOW,
      },
      end: {
        kinds: 'passkey,email',
        trustDays: 0,
        idleMinutes: 30,
        sessionHours: 20,
        deviceVerification: true,
        issuedRecoveryCodes: true,
      },
    })
    const read = policyOf(row)
    expect(policyOf({ ...row, rules: [...row.rules].reverse() })).toEqual(read)
    expect([read.tenantId, read.version]).toEqual(['tenant-1', 4])
    expect(read.team).toEqual({
      required: true,
      requiredSince: EARLIER,
      firstRequiredAt: EARLIER,
      deadline: NOW,
      kinds: ['totp'],
      idleMinutes: 15,
      sessionHours: 8,
      sessionsVoidedAt: NOW,
      trustDays: 7,
      trustFloor: EARLIER,
      deviceVerification: true,
      issuedRecoveryCodes: true,
    })
    expect(read.end).toEqual({
      required: false,
      requiredSince: null,
      firstRequiredAt: null,
      deadline: null,
      kinds: ['email', 'passkey'],
      idleMinutes: 30,
      sessionHours: 20,
      sessionsVoidedAt: null,
      trustDays: 0,
      trustFloor: null,
      deviceVerification: true,
      issuedRecoveryCodes: true,
    })
  })

  test('a policy without the rule of a user type is none', () => {
    for (const rule of POLICY_ROW.rules)
      expect(() => policyOf({ ...POLICY_ROW, rules: [rule] })).toThrow('the row is missing')
  })

  test('R4: codes may always be issued for team members, and as set for end users', () => {
    expect(policyOf(POLICY_ROW).team.issuedRecoveryCodes).toBe(true)
    expect(policyOf(POLICY_ROW).end.issuedRecoveryCodes).toBe(false)
  })

  test('what either database gives of a row is read alike', () => {
    const at = EARLIER.getTime()
    const asNumbers = { required: 1n, requiredSince: BigInt(at), trustDays: 7n, deviceVerification: 0, trustFloor: at }
    const asValues = { required: true, requiredSince: EARLIER, trustDays: 7, deviceVerification: false }
    expect(policyOf(policyRowWith({ end: asNumbers }))).toEqual(
      policyOf(policyRowWith({ end: { ...asValues, trustFloor: EARLIER } })),
    )
  })

  test('S8: in a row that was tampered with, no period is never, and a longer one than may be is the longest', () => {
    for (const stored of [-1, 1, 6, 6.5, Number.NaN]) {
      const read = policyOf(policyRowWith({ team: { trustDays: stored }, end: { trustDays: stored } }))
      expect(read.team.trustDays).toBe(TRUST_NEVER)
      expect(read.end.trustDays).toBe(TRUST_NEVER)
    }
    expect(policyOf(policyRowWith({ team: { trustDays: 4000 } })).team.trustDays).toBe(TRUST_CEILING_DAYS)
  })

  test('D5: device verification is always on for team members, and as set for end users', () => {
    expect(policyOf(POLICY_ROW).team.deviceVerification).toBe(true)
    expect(policyOf(POLICY_ROW).end.deviceVerification).toBe(false)
  })

  test.each([
    ['', []],
    ['carrier-pigeon', []],
    ['totp,carrier-pigeon', ['totp']],
    ['TOTP', []],
    ['totp ,email', ['email']],
    ['totp,totp', ['totp']],
    ['passkey,sms,email,totp', ['totp', 'email', 'sms', 'passkey']],
  ])('S8: of the kinds %j only %j are allowed: what is unknown is dropped', (text, kinds) => {
    expect(policyOf(policyRowWith({ team: { kinds: text } })).team.kinds).toEqual(kinds)
    expect(policyOf(policyRowWith({ end: { kinds: text } })).end.kinds).toEqual(kinds)
  })
})

const dates = fc.option(
  fc.integer({ min: -40, max: 0 }).map((n) => later(NOW, days(n))),
  { nil: null },
)
const typePolicy: fc.Arbitrary<TypePolicy> = fc.record({
  required: fc.boolean(),
  requiredSince: dates,
  firstRequiredAt: dates,
  deadline: dates,
  kinds: fc.subarray([...FACTOR_KINDS]) as fc.Arbitrary<FactorKind[]>,
  idleMinutes: fc.integer({ min: 1, max: 120 }),
  sessionHours: fc.integer({ min: 1, max: 720 }),
  sessionsVoidedAt: dates,
  trustDays: fc.constantFrom(0, 7, 30, 90),
  trustFloor: dates,
  deviceVerification: fc.boolean(),
  issuedRecoveryCodes: fc.boolean(),
})
/** As rows are: a date only where it is required. */
const soundPolicy = typePolicy.map((each) => ({ ...each, requiredSince: each.required ? each.requiredSince : null }))
const policies = fc.array(soundPolicy, { minLength: 1, maxLength: 5 })

/** A passkey is a kind that a rule may name and nobody can have yet. */
const canHave = (kinds: readonly FactorKind[]) => kinds.some((kind) => kind !== 'passkey')

/** Whether a session opened then, without a second factor, is still good by the requirement alone (P4). */
function isGood(asked: TypePolicy, openedAt: Date): boolean {
  return !asked.required || (asked.requiredSince !== null && openedAt <= asked.requiredSince)
}

describe('strictest (U6)', () => {
  test('S8: nothing known of a person asks for everything', () => {
    expect(strictest([])).toBe(STRICTEST)
    expect(STRICTEST).toEqual({
      required: true,
      requiredSince: null,
      firstRequiredAt: null,
      deadline: null,
      kinds: ['totp'],
      idleMinutes: 15,
      sessionHours: 1,
      sessionsVoidedAt: null,
      trustDays: 0,
      trustFloor: null,
      deviceVerification: true,
      issuedRecoveryCodes: false,
    })
  })

  test('of one membership it is that one', () => {
    fc.assert(
      fc.property(soundPolicy, (one) => {
        expect(strictest([one])).toEqual(one)
      }),
    )
  })

  test('U6: one more membership never loosens anything', () => {
    fc.assert(
      fc.property(policies, soundPolicy, (some, more) => {
        const before = strictest(some)
        const after = strictest([...some, more])
        expect(after.required).toBe(before.required || more.required)
        expect(before.kinds).toEqual(expect.arrayContaining([...after.kinds]))
        // A host whose kinds have nothing in common with the others' locks nobody out: it asks on pages of its own.
        const meets = canHave(before.kinds.filter((kind) => more.kinds.includes(kind)))
        if (meets) expect(more.kinds).toEqual(expect.arrayContaining([...after.kinds]))
        else expect(after.kinds).toEqual(before.kinds)
        // Time that one of those who ask does not give is not given (P8).
        if (before.required && after.deadline !== null) {
          expect(before.deadline?.getTime()).toBeGreaterThanOrEqual(after.deadline.getTime())
        }
        expect(after.idleMinutes).toBeLessThanOrEqual(Math.min(before.idleMinutes, more.idleMinutes))
        expect(after.sessionHours).toBeLessThanOrEqual(Math.min(before.sessionHours, more.sessionHours))
        for (const each of [before, more]) {
          if (each.deviceVerification) expect(after.deviceVerification).toBe(true)
          if (!each.issuedRecoveryCodes) expect(after.issuedRecoveryCodes).toBe(false)
          if (each.sessionsVoidedAt === null) continue
          expect(after.sessionsVoidedAt?.getTime()).toBeGreaterThanOrEqual(each.sessionsVoidedAt.getTime())
        }
      }),
    )
  })

  test('U6: it invents nothing either: what it asks, one of the memberships asks', () => {
    fc.assert(
      fc.property(policies, (some) => {
        const all = strictest(some)
        expect(some.map((each) => each.required)).toContain(all.required)
        expect(some.map((each) => each.idleMinutes)).toContain(all.idleMinutes)
        expect(some.map((each) => each.sessionHours)).toContain(all.sessionHours)
        expect(some.map((each) => each.deviceVerification)).toContain(all.deviceVerification)
        expect(some.map((each) => each.sessionsVoidedAt)).toContainEqual(all.sessionsVoidedAt)
        const common = FACTOR_KINDS.filter((kind) => some.every((each) => each.kinds.includes(kind)))
        if (canHave(common)) expect(all.kinds).toEqual(common)
      }),
    )
  })

  test('U6: no host locks anybody out: where the home allows a kind that one can have, one is left, and none but its own', () => {
    fc.assert(
      fc.property(policies, ([home, ...hosts]) => {
        if (home === undefined) return
        const { kinds } = strictest([home, ...hosts])
        expect(home.kinds).toEqual(expect.arrayContaining([...kinds]))
        expect(canHave(kinds)).toBe(canHave(home.kinds))
      }),
    )
  })

  test('U6: of two hosts that allow nothing in common the later one widens nothing', () => {
    const asking = (kinds: FactorKind[]): TypePolicy => ({ ...policyOf(POLICY_ROW).team, kinds })
    const [home, app, mail] = [asking(['totp', 'email']), asking(['totp']), asking(['email'])]
    expect(strictest([home, app, mail]).kinds).toEqual(['totp'])
    expect(strictest([home, mail, app]).kinds).toEqual(['email'])
    expect(strictest([asking(['email']), app, asking(['totp', 'passkey'])]).kinds).toEqual(['email'])
    // A kind that nobody can have yet is nothing in common.
    expect(strictest([asking(['email', 'passkey']), asking(['totp', 'passkey'])]).kinds).toEqual(['email', 'passkey'])
  })

  test('U6, P4: a session without a factor is good exactly when it is good under every membership', () => {
    const opened = fc.integer({ min: -45, max: 1 }).map((n) => later(NOW, days(n)))
    fc.assert(
      fc.property(policies, opened, (some, openedAt) => {
        expect(isGood(strictest(some), openedAt)).toBe(some.every((each) => isGood(each, openedAt)))
      }),
      { numRuns: 1000 },
    )
  })

  test('P4: the earliest requirement counts, and one of unknown date is earliest of all', () => {
    const off: TypePolicy = { ...policyOf(POLICY_ROW).team, required: false, requiredSince: null }
    const old = { ...off, required: true, requiredSince: EARLIER }
    const recent = { ...off, required: true, requiredSince: NOW }
    const unknown = { ...off, required: true, requiredSince: null }
    expect(strictest([old, recent]).requiredSince).toEqual(EARLIER)
    expect(strictest([recent, old]).requiredSince).toEqual(EARLIER)
    expect(strictest([off, recent]).requiredSince).toEqual(NOW)
    expect(strictest([recent, off]).requiredSince).toEqual(NOW)
    expect(strictest([unknown, old])).toMatchObject({ required: true, requiredSince: null })
    expect(strictest([old, unknown])).toMatchObject({ required: true, requiredSince: null })
    expect(strictest([off, off])).toMatchObject({ required: false, requiredSince: null })
  })

  test('the order of memberships matters to kinds alone, which hosts may not have in common; naming one twice does not', () => {
    fc.assert(
      fc.property(policies, (some) => {
        const anyKinds = (policy: TypePolicy) => ({ ...policy, kinds: null })
        expect(anyKinds(strictest([...some].reverse()))).toEqual(anyKinds(strictest(some)))
        expect(strictest([...some, ...some])).toEqual(strictest(some))
      }),
    )
  })
})

describe('the last day to put enrolment off (P8)', () => {
  test('its last moment is still on it', () => {
    const end = new Date('2027-01-01T00:00:00.000Z')
    expect(lastDayOf(end, 'UTC')).toBe('2026-12-31')
    expect(lastDayOf(end, 'Asia/Tokyo')).toBe('2027-01-01')
    expect(lastMomentOf(end)).toEqual(new Date('2026-12-31T23:59:00.000Z'))
  })

  test.each([
    ['2026-12-17T23:59:59.999Z', 14],
    ['2026-12-18T00:00:00.000Z', 14],
    ['2026-12-18T00:00:00.001Z', 13],
    ['2026-12-31T00:00:00.001Z', 0],
    ['2027-01-01T00:00:00.000Z', 0],
    ['2027-02-01T00:00:00.000Z', 0],
  ])('at %s there are %i whole days left until the end of 31 December', (now, left) => {
    expect(daysUntil(new Date('2027-01-01T00:00:00.000Z'), new Date(now))).toBe(left)
  })
})

describe('SE2: the assurance level whose time limits a setting keeps (NIST SP 800-63B-4)', () => {
  test.each([
    [15, 12, 'aal3'],
    [16, 12, 'aal2'],
    [15, 13, 'aal2'],
    [60, 24, 'aal2'],
    [61, 24, 'aal1'],
    [60, 25, 'aal1'],
    [43_200, 720, 'aal1'],
    [15, 721, null],
  ] as const)('%i minutes and %i hours: %s', (idleMinutes, sessionHours, level) => {
    expect(levelOf({ idleMinutes, sessionHours })).toBe(level)
  })
})
