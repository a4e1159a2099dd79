import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { days, earlier, later } from '../../core/kernel/time'
import { type DeviceRow, trustedUntil } from '../../credentials/device/rules'
import {
  deliverableKinds,
  policyOf,
  TRUST_CEILING_DAYS,
  TRUST_FLOOR_DAYS,
  TRUST_NEVER,
  withChanges,
} from '../../identity/policy/rules'
import {
  FACTOR_KINDS,
  type FactorKind,
  type Policy,
  type RuleChanges,
  type TypePolicy,
} from '../../identity/policy/types'
import type { UserType } from '../../identity/user/types'
import { POLICY_ROW, policyRowWith } from '../../testing/policy'
import {
  decideChange,
  decideDeviceRules,
  isDeadlineAllowed,
  isTrustPeriod,
  policyAfter,
  type RequirementChange,
} from './rules'

const NOW = new Date('2026-11-20T09:00:00.000Z')
const EARLIER = new Date('2026-10-01T00:00:00.000Z')

function policy(required: Record<UserType, boolean>): Policy {
  const of = (type: UserType) => ({ required: required[type], requiredSince: required[type] ? EARLIER : null })
  return policyOf(policyRowWith({ team: of('team'), end: of('end') }))
}

const BOTH = [false, true]
const TYPES: UserType[] = ['team', 'end']

interface Cell {
  tenant: { kind: 'partner' | 'customer'; stage: 'trial' | 'production'; timeZone: string | null }
  before: Record<UserType, boolean>
  wanted: Record<UserType, boolean>
  endSessions: boolean
  actor: { userType: UserType; hasFactor: boolean }
}

/** Every combination there is. */
function cells(): Cell[] {
  const found: Cell[] = []
  for (const kind of ['partner', 'customer'] as const)
    for (const stage of ['trial', 'production'] as const)
      for (const teamBefore of BOTH)
        for (const endBefore of BOTH)
          for (const team of BOTH)
            for (const end of BOTH)
              for (const endSessions of BOTH)
                for (const userType of TYPES)
                  for (const hasFactor of BOTH)
                    found.push({
                      tenant: { kind, stage, timeZone: null },
                      before: { team: teamBefore, end: endBefore },
                      wanted: { team, end },
                      endSessions,
                      actor: { userType, hasFactor },
                    })
  return found
}

function decide(cell: Cell) {
  const draft = { required: cell.wanted, kinds: null, endSessions: cell.endSessions }
  const { userType, hasFactor } = cell.actor
  const actor = { userType, factorKinds: hasFactor ? (['totp'] as const) : [] }
  return decideChange(policy(cell.before), draft, cell.tenant, actor, ['totp', 'email'], NOW)
}

const isFixed = ({ tenant }: Cell) => tenant.kind === 'partner' && tenant.stage === 'production'

describe('decideChange', () => {
  test('the table below has 512 cells', () => {
    expect(cells()).toHaveLength(512)
  })

  test('U7: a partner in production cannot have the requirement off for anybody, and nobody else is bound so', () => {
    for (const cell of cells()) {
      const refused = isFixed(cell) && !(cell.wanted.team && cell.wanted.end)
      const decision = decide(cell)
      const saysSo = decision.outcome === 'refused' && decision.code === 'partner_in_production'
      expect(saysSo, JSON.stringify(cell)).toBe(refused)
    }
  })

  test('S9, P3: nobody without a factor turns on the requirement that covers them', () => {
    let met = 0
    for (const cell of cells()) {
      const { actor, before, wanted } = cell
      const coversSelf = wanted[actor.userType] && !before[actor.userType]
      const decision = decide(cell)
      if (coversSelf && !actor.hasFactor) {
        expect(decision.outcome, JSON.stringify(cell)).toBe('refused')
        met += 1
      } else if (decision.outcome === 'refused') {
        expect(decision.code, JSON.stringify(cell)).toBe('partner_in_production')
      }
    }
    expect(met).toBe(64)
  })

  test('S9: a team member without a factor may require it of end users, and leave on what is on', () => {
    const base = { tenant: { kind: 'customer', stage: 'production', timeZone: null }, endSessions: false } as const
    const actor = { userType: 'team', hasFactor: false } as const
    const forEnd = decide({ ...base, before: { team: false, end: false }, wanted: { team: false, end: true }, actor })
    expect(forEnd.outcome).toBe('change')
    const kept = decide({ ...base, before: { team: true, end: false }, wanted: { team: true, end: true }, actor })
    expect(kept.outcome).toBe('change')
  })

  test('P1, P4, P5: a change says exactly what differs: the switch, its date, and the end of sessions where asked', () => {
    let changes = 0
    for (const cell of cells()) {
      const decision = decide(cell)
      if (decision.outcome !== 'change') continue
      const expected: RuleChanges = {}
      for (const type of TYPES) {
        const rule: Partial<TypePolicy> = {}
        if (cell.wanted[type] !== cell.before[type]) {
          rule.required = cell.wanted[type]
          rule.requiredSince = cell.wanted[type] ? NOW : null
          if (cell.wanted[type]) rule.firstRequiredAt = NOW
        }
        if (cell.endSessions && cell.wanted[type]) rule.sessionsVoidedAt = NOW
        if (Object.keys(rule).length > 0) expected[type] = rule
      }
      expect(decision.rules, JSON.stringify(cell)).toEqual(expected)
      expect(Object.keys(decision.rules).length).toBeGreaterThan(0)
      changes += 1
    }
    expect(changes).toBeGreaterThan(200)
  })

  test('P4: saving what is so already changes nothing, so the date of a requirement never moves', () => {
    for (const cell of cells()) {
      const same = cell.wanted.team === cell.before.team && cell.wanted.end === cell.before.end
      const ends = cell.endSessions && (cell.wanted.team || cell.wanted.end)
      if (!same || ends || isFixed(cell)) continue
      expect(decide(cell), JSON.stringify(cell)).toEqual({ outcome: 'unchanged' })
    }
  })
})

describe('the day until which enrolment can be put off (P8)', () => {
  const CUSTOMER = { kind: 'customer', stage: 'production', timeZone: null } as const
  const ACTOR = { userType: 'team', factorKinds: ['totp'] } as const
  const OFF = policyOf(POLICY_ROW)
  const on = (more: Partial<TypePolicy> = {}) => {
    const { kinds: _, ...others } = more
    return policyOf(policyRowWith({ team: { required: true, requiredSince: NOW, firstRequiredAt: NOW, ...others } }))
  }
  const save = (
    before: Policy,
    team: string,
    more: Partial<RequirementChange> = {},
    tenant: Cell['tenant'] = CUSTOMER,
  ) =>
    decideChange(
      before,
      { required: { team: true, end: false }, kinds: null, endSessions: false, deadlines: { team }, ...more },
      tenant,
      ACTOR,
      ['totp', 'email'],
      NOW,
    )
  const KEEP = { required: { team: true, end: false }, kinds: null, endSessions: false }
  const END = new Date('2026-12-01T00:00:00.000Z')

  test('is named with the requirement or after it, moved, and taken away, and nothing else changes with it', () => {
    expect(save(OFF, '2026-11-30')).toEqual({
      outcome: 'change',
      rules: { team: { required: true, requiredSince: NOW, firstRequiredAt: NOW, deadline: END } },
    })
    expect(save(on(), '2026-11-30')).toEqual({ outcome: 'change', rules: { team: { deadline: END } } })
    expect(save(on({ deadline: END }), '2026-12-24')).toEqual({
      outcome: 'change',
      rules: { team: { deadline: new Date('2026-12-25T00:00:00.000Z') } },
    })
    expect(save(on({ deadline: END }), '')).toEqual({ outcome: 'change', rules: { team: { deadline: null } } })
  })

  test.each([
    ['2026-11-19', false],
    ['2026-11-20', true],
    ['2027-02-17', true],
    ['2027-02-18', false],
    ['2026-02-30', false],
    ['tomorrow', false],
  ])('%s, 90 days at most from 20 November at nine: %j', (day, may) => {
    const refused = { outcome: 'refused', code: 'deadline_out_of_range' }
    for (const before of [OFF, on()]) {
      if (may) expect(save(before, day).outcome).toBe('change')
      else expect(save(before, day)).toEqual(refused)
    }
    expect(isDeadlineAllowed(OFF.team, { ...KEEP, deadlines: { team: day } }, 'team', CUSTOMER, NOW)).toBe(may)
  })

  test('a form without the field, or with the day there is, moves nothing, also when it is over', () => {
    const over = on({ deadline: new Date('2026-11-01T00:00:00.000Z') })
    expect(save(over, '2026-10-31')).toEqual({ outcome: 'unchanged' })
    expect(save(over, '', { deadlines: {} })).toEqual({ outcome: 'unchanged' })
  })

  test('no flip of the switch gives time anew: the day stays, and so does the beginning of the 90 days', () => {
    const first = earlier(NOW, days(80))
    const before = on({ requiredSince: first, firstRequiredAt: first, deadline: END })
    const off = save(before, '2027-01-31', { required: { team: false, end: false } })
    expect(off).toEqual({ outcome: 'change', rules: { team: { required: false, requiredSince: null } } })
    const flipped = withChanges(before, off.outcome === 'change' ? off.rules : {})
    expect(flipped.team).toMatchObject({ firstRequiredAt: first, deadline: END })
    const again = save(flipped, '2026-11-30')
    expect(again).toEqual({ outcome: 'change', rules: { team: { required: true, requiredSince: NOW } } })
    expect(save(flipped, '2026-12-01')).toEqual({ outcome: 'refused', code: 'deadline_out_of_range' })
  })

  test('where nobody knows since when it is required, no day can be named', () => {
    const unknown = on({ requiredSince: null, firstRequiredAt: null })
    expect(save(unknown, '2026-11-30')).toEqual({ outcome: 'refused', code: 'deadline_out_of_range' })
  })

  test('U7: a partner in production names none, and may take away what an older row says', () => {
    const PARTNER = { kind: 'partner', stage: 'production', timeZone: null } as const
    const both = { required: { team: true, end: true } }
    const refused = { outcome: 'refused', code: 'deadline_out_of_range' }
    expect(save(on(), '2026-11-30', both, PARTNER)).toEqual(refused)
    expect(save(on({ deadline: END }), '', both, PARTNER)).toMatchObject({ rules: { team: { deadline: null } } })
    expect(save(on(), '2026-11-30', {}, { kind: 'partner', stage: 'trial', timeZone: null }).outcome).toBe('change')
  })

  test('X10: the day that is named ends in the zone of the tenant', () => {
    const berlin = { ...CUSTOMER, timeZone: 'Europe/Berlin' }
    const before = new Date('2026-11-30T23:00:00.000Z')
    expect(save(OFF, '2026-11-30', {}, berlin)).toMatchObject({ rules: { team: { deadline: before } } })
    expect(save(on({ deadline: before }), '2026-11-30', {}, berlin)).toEqual({ outcome: 'unchanged' })
  })

  test('P2: the preview goes by the day of the draft', () => {
    const draft = { required: { team: true, end: true }, kinds: null, deadlines: { team: '2026-11-30' } }
    const after = policyAfter(on(), draft, ['totp'], 'UTC')
    expect([after.team.deadline, after.end.deadline]).toEqual([END, null])
  })
})

describe('allowed kinds (P7)', () => {
  const CUSTOMER = { kind: 'customer', stage: 'production', timeZone: null } as const
  const KEPT = { team: false, end: false }
  const rowOf = (kinds: string) => policyOf(policyRowWith({ team: { kinds } }))

  function allow(
    team: readonly FactorKind[],
    end: readonly FactorKind[],
    {
      before = policyOf(POLICY_ROW),
      required = KEPT,
      actor = ['totp'],
      deliverable = ['totp', 'email'],
    }: {
      before?: Policy
      required?: RequirementChange['required']
      actor?: readonly FactorKind[]
      deliverable?: readonly FactorKind[]
    } = {},
  ) {
    const draft = { required, kinds: { team, end }, endSessions: false }
    return decideChange(before, draft, CUSTOMER, { userType: 'team', factorKinds: actor }, deliverable, NOW)
  }

  test('P7: a passcode by SMS can be allowed only where a gateway is configured', () => {
    expect(deliverableKinds({ smsAvailable: false })).toEqual(['totp', 'email'])
    expect(deliverableKinds({ smsAvailable: true })).toEqual(['totp', 'email', 'sms'])
    expect(allow(['totp', 'sms'], ['totp', 'email'])).toEqual({
      outcome: 'change',
      rules: { team: { kinds: ['totp', 'passkey'] } },
    })
    expect(allow(['totp', 'sms'], ['totp', 'email'], { deliverable: ['totp', 'email', 'sms'] })).toEqual({
      outcome: 'change',
      rules: { team: { kinds: ['totp', 'sms', 'passkey'] } },
    })
  })

  test.each([
    [[], ['totp']],
    [['totp'], []],
    [['sms'], ['totp']],
    [['totp'], ['sms']],
    [['passkey'], ['email']],
    [[], []],
  ] as const)('P7: %j for team members and %j for end users leaves one with nothing to set up', (team, end) => {
    expect(allow(team, end)).toEqual({ outcome: 'refused', code: 'no_kind' })
  })

  test('P7: a kind that cannot be delivered has no box: whatever the form says, it stays as it was', () => {
    for (const before of ['totp,sms,passkey', 'totp', 'totp,passkey']) {
      for (const said of [['email'], ['email', 'sms'], ['email', 'passkey', 'sms']] as const) {
        const decision = allow(said, ['totp', 'email'], { before: rowOf(before) })
        const kept = before.split(',').filter((kind) => kind !== 'totp')
        expect(decision).toEqual({ outcome: 'change', rules: { team: { kinds: ['email', ...kept] } } })
      }
    }
  })

  test('P7: a form without boxes leaves the kinds as they are, even when none of them can be delivered', () => {
    const before = rowOf('passkey')
    const draft = { required: { team: false, end: true }, kinds: null, endSessions: false }
    const actor = { userType: 'team', factorKinds: [] } as const
    expect(decideChange(before, draft, CUSTOMER, actor, ['totp', 'email'], NOW)).toEqual({
      outcome: 'change',
      rules: { end: { required: true, requiredSince: NOW, firstRequiredAt: NOW } },
    })
  })

  test('P7: the same kinds change nothing, and the order in which they stand does not matter', () => {
    expect(allow(['email', 'totp'], ['totp', 'email'])).toEqual({ outcome: 'unchanged' })
    expect(allow(['email', 'totp'], ['totp', 'email'], { before: rowOf('passkey,email,totp') })).toEqual({
      outcome: 'unchanged',
    })
  })

  test('P7: each user type has its own kinds, and no date moves with them', () => {
    expect(allow(['totp'], ['email'])).toEqual({
      outcome: 'change',
      rules: { team: { kinds: ['totp', 'passkey'] }, end: { kinds: ['email', 'passkey'] } },
    })
  })

  test.each([
    [['totp'], ['totp'], true],
    [['totp'], ['email'], false],
    [['totp'], ['totp', 'email'], true],
    [['email'], ['totp'], false],
    [['email'], ['email'], true],
    [['totp', 'email'], ['email'], true],
    [[], ['totp'], false],
    // Widened: whoever has nothing of it is refused as well.
    [[], ['totp', 'email'], false],
  ] as const)('S9, P3: an admin with %j who requires %j of team members alone may: %j', (has, kinds, may) => {
    const before = policyOf(policyRowWith({ team: { required: true, requiredSince: EARLIER, kinds: 'passkey' } }))
    const required = { team: true, end: false }
    const decision = allow(kinds, ['totp', 'email'], { before, required, actor: has })
    expect(decision.outcome).toBe(may ? 'change' : 'refused')
    if (!may) expect(decision).toMatchObject({ code: 'must_enrol_first' })
    // Turned on by the same save, it is the same.
    const turned = allow(kinds, ['totp', 'email'], { before: rowOf('passkey'), required, actor: has })
    expect(turned.outcome).toBe(decision.outcome)
  })

  test('S9, P3: what is narrowed for others, or required of nobody, needs no factor of the admin', () => {
    const before = policyOf(policyRowWith({ team: { required: true, requiredSince: EARLIER } }))
    expect(allow(['totp', 'email'], ['totp'], { before, required: { team: true, end: true }, actor: [] }).outcome).toBe(
      'change',
    )
    expect(allow(['email'], ['totp', 'email'], { actor: [] }).outcome).toBe('change')
  })

  test('P7, S9: over all boxes, what is saved can be set up by everybody and is met by the admin', () => {
    const kinds = fc.subarray([...FACTOR_KINDS])
    fc.assert(
      fc.property(kinds, kinds, kinds, kinds, kinds, fc.boolean(), (wasTeam, team, end, has, can, on) => {
        const deliverable: FactorKind[] = ['totp', ...can.filter((kind) => kind !== 'totp' && kind !== 'passkey')]
        const before = rowOf(wasTeam.join(','))
        const decision = allow(team, end, { before, required: { team: on, end: on }, actor: has, deliverable })
        if (decision.outcome !== 'change') return
        const after = withChanges(before, decision.rules)
        for (const type of TYPES) expect(after[type].kinds.some((kind) => deliverable.includes(kind))).toBe(true)
        if (on) expect(after.team.kinds.some((kind) => has.includes(kind))).toBe(true)
        for (const kind of FACTOR_KINDS) {
          const wanted = deliverable.includes(kind) ? team.includes(kind) : wasTeam.includes(kind)
          expect(after.team.kinds.includes(kind)).toBe(wanted)
        }
      }),
      { numRuns: 2000 },
    )
  })
})

/** What the policy is after this period was saved for both user types. */
function withPeriod(policy: Policy, period: number, now: Date): Policy {
  const wanted = { trustDays: { team: period, end: period }, endDeviceVerification: policy.end.deviceVerification }
  const decision = decideDeviceRules(policy, wanted, now)
  return decision.outcome === 'change' ? withChanges(policy, decision.rules) : policy
}

const OWNER = { id: 'ann', devicesVoidedAt: null, factorsVoided: false }

function aDevice(trustGrantedAt: Date | null): DeviceRow {
  return {
    id: 'device',
    userId: OWNER.id,
    verifiedAt: trustGrantedAt ?? NOW,
    trustGrantedAt,
    forgottenAt: null,
    lastSeenAt: NOW,
    userAgent: null,
  }
}

const isTrusted = (policy: Policy, granted: Date, now: Date) =>
  TYPES.map((type) => trustedUntil(aDevice(granted), OWNER, policy[type], now) !== null)

describe('decideDeviceRules (D1, D3, D5)', () => {
  const decideDays = (team: number, end: number, endDeviceVerification = false) =>
    decideDeviceRules(policyOf(POLICY_ROW), { trustDays: { team, end }, endDeviceVerification }, NOW)

  test.each([Number.NaN, Number.POSITIVE_INFINITY, -1, 1, TRUST_FLOOR_DAYS - 1, 7.5, TRUST_CEILING_DAYS + 1, 1e9])(
    'D1: %d days are no period, for neither user type',
    (period) => {
      expect(decideDays(period, 30)).toEqual({ outcome: 'refused', code: 'trust_out_of_range' })
      expect(decideDays(30, period)).toEqual({ outcome: 'refused', code: 'trust_out_of_range' })
      expect(isTrustPeriod(period)).toBe(false)
    },
  )

  test.each([TRUST_NEVER, TRUST_FLOOR_DAYS, TRUST_FLOOR_DAYS + 1, TRUST_CEILING_DAYS - 1, TRUST_CEILING_DAYS])(
    'D1: %d days are one',
    (period) => {
      const floor = earlier(NOW, days(Math.min(period, 30)))
      expect(decideDays(period, period)).toEqual({
        outcome: 'change',
        rules: { team: { trustDays: period, trustFloor: floor }, end: { trustDays: period, trustFloor: floor } },
      })
    },
  )

  test('D1: never is a setting of its own, and no period', () => {
    expect(isTrustPeriod(TRUST_NEVER)).toBe(false)
  })

  const changedBy = (decision: ReturnType<typeof decideDays>) =>
    decision.outcome === 'change'
      ? Object.entries(decision.rules).map(([type, rule]) => [type, Object.keys(rule)])
      : decision.outcome

  test('D1: one user type changes without the other, and saving what is so already changes nothing', () => {
    expect(decideDays(30, 30)).toEqual({ outcome: 'unchanged' })
    expect(changedBy(decideDays(7, 30))).toEqual([['team', ['trustDays', 'trustFloor']]])
    expect(changedBy(decideDays(30, 7))).toEqual([['end', ['trustDays', 'trustFloor']]])
  })

  test('D5: the setting is that of end users, and moves no floor', () => {
    expect(decideDays(30, 30, true)).toEqual({ outcome: 'change', rules: { end: { deviceVerification: true } } })
    const on = policyOf(policyRowWith({ end: { deviceVerification: true } }))
    const off = { trustDays: { team: 30, end: 30 }, endDeviceVerification: false }
    expect(decideDeviceRules(on, off, NOW)).toEqual({
      outcome: 'change',
      rules: { end: { deviceVerification: false } },
    })
  })

  test.each([
    // granted before the change | 30 → 7 at once | and 30 again a second later
    [days(7) - 1, true, true],
    [days(7), false, false],
    [days(7) + 1, false, false],
    [days(8), false, false],
    [days(30) - 1, false, false],
    [0, true, true],
  ])('D3: shortened from 30 to 7, trust of %d ms is good: %j; lengthened again: %j', (age, short, long) => {
    const granted = earlier(NOW, age)
    expect(isTrusted(policyOf(POLICY_ROW), granted, NOW)).toEqual([true, true])
    const shortened = withPeriod(policyOf(POLICY_ROW), 7, NOW)
    expect(isTrusted(shortened, granted, NOW)).toEqual([short, short])
    expect(isTrusted(withPeriod(shortened, 30, NOW), granted, NOW)).toEqual([long, long])
  })

  test.each([-1, 0, 1])('D3: between 7 and 30 again, what ends under the 7 days stays ended: %d ms', (more) => {
    const granted = NOW
    const shortened = withPeriod(policyOf(POLICY_ROW), 7, NOW)
    const then = later(NOW, days(7) + more)
    const good = more < 0
    expect(isTrusted(shortened, granted, then)).toEqual([good, good])
    const again = withPeriod(shortened, 30, then)
    expect(isTrusted(again, granted, then)).toEqual([good, good])
    expect(isTrusted(again, granted, later(NOW, days(30) - 1))).toEqual([good, good])
    expect(isTrusted(again, granted, later(NOW, days(30)))).toEqual([false, false])
  })

  test.each([
    [-1, false],
    [0, false],
    [1, true],
  ])('D3: never reaches everything at once; allowed again, trust granted %d ms after it is good: %j', (more, good) => {
    const forbidden = withPeriod(policyOf(POLICY_ROW), TRUST_NEVER, NOW)
    const allowed = later(NOW, 10)
    const again = withPeriod(forbidden, 30, allowed)
    const granted = later(allowed, more)
    const look = later(allowed, 20)
    expect(isTrusted(forbidden, earlier(NOW, 1), NOW)).toEqual([false, false])
    expect(isTrusted(again, granted, look)).toEqual([good, good])
    // A mark that a browser kept from before, or from between, is worth nothing.
    for (const old of [earlier(NOW, days(1)), NOW, later(NOW, 5)]) {
      expect(isTrusted(again, old, look)).toEqual([false, false])
    }
  })

  test('D3: lengthening ends nothing that is good, and gives it the longer period', () => {
    const granted = earlier(NOW, days(29))
    const longer = withPeriod(policyOf(POLICY_ROW), 90, NOW)
    expect(isTrusted(longer, granted, NOW)).toEqual([true, true])
    expect(isTrusted(longer, granted, later(granted, days(90) - 1))).toEqual([true, true])
    expect(isTrusted(longer, granted, later(granted, days(90)))).toEqual([false, false])
  })

  test('D3: shortening and never reach at once; 30→7→30 and never→30 revive nothing, in any order of changes', () => {
    const period = fc.oneof(fc.constantFrom(TRUST_NEVER, 7, 30, 90), fc.integer({ min: 7, max: 90 }))
    // Around the ends of periods too, a millisecond to either side.
    const wait = fc.oneof(
      fc.integer({ min: 0, max: days(40) }),
      fc.tuple(fc.constantFrom(0, 7, 30, 90), fc.integer({ min: -1, max: 1 })).map(([n, ms]) => days(n) + ms),
    )
    const step = fc.record({ wait: wait.map((ms) => Math.max(0, ms)), period: fc.option(period, { nil: null }) })
    const grants = fc.array(fc.integer({ min: -days(95), max: days(200) }), { minLength: 1, maxLength: 12 })
    fc.assert(
      fc.property(period, fc.array(step, { maxLength: 12 }), grants, (first, steps, offsets) => {
        let policy = policyOf(policyRowWith({ team: { trustDays: first }, end: { trustDays: first } }))
        let now = NOW
        const ended = new Set<number>()
        const look = () => {
          for (const offset of offsets) {
            const granted = later(NOW, offset)
            if (granted > now) continue
            const [team, end] = isTrusted(policy, granted, now)
            expect(team).toBe(end)
            // The model: trust is good for as long as it never once was not.
            const inPeriod = policy.team.trustDays > 0 && now < later(granted, days(policy.team.trustDays))
            if (!inPeriod) ended.add(offset)
            expect(team, `granted ${offset}, now ${now.getTime() - NOW.getTime()}`).toBe(!ended.has(offset))
          }
        }
        look()
        for (const { wait: ms, period: wanted } of steps) {
          now = later(now, ms)
          look()
          if (wanted === null) continue
          policy = withPeriod(policy, wanted, now)
          look()
        }
      }),
      { numRuns: 3000 },
    )
  })
})
