import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { days, earlier, later } from '../../core/kernel/time'
import { type DeviceRow, trustedUntil } from '../../credentials/device/rules'
import type { UserType } from '../user/types'
import {
  decideChange,
  decideDeviceRules,
  deliverableKinds,
  isTrustPeriod,
  type PolicyRow,
  policyOf,
  type RequirementChange,
  STRICTEST,
  strictest,
  TRUST_CEILING_DAYS,
  TRUST_FLOOR_DAYS,
  TRUST_NEVER,
  withChanges,
} from './rules'
import { FACTOR_KINDS, type FactorKind, type Policy, type RuleChanges, type TypePolicy } from './types'

const NOW = new Date('2026-11-20T09:00:00.000Z')
const EARLIER = new Date('2026-10-01T00:00:00.000Z')

type RuleRow = PolicyRow['rules'][number]

const TEAM_RULE = {
  userType: 'team',
  required: false,
  requiredSince: null,
  kinds: 'totp,email,passkey',
  trustDays: 30,
  trustFloor: null,
  idleMinutes: 60,
  sessionHours: 12,
  sessionsVoidedAt: null,
  deviceVerification: false,
  issuedRecoveryCodes: false,
} as const satisfies RuleRow
const END_RULE = { ...TEAM_RULE, userType: 'end', sessionHours: 24 } as const satisfies RuleRow

function rowWith(more: { team?: Partial<RuleRow>; end?: Partial<RuleRow> } = {}): PolicyRow {
  return {
    tenantId: 'tenant-1',
    version: 4,
    rules: [
      { ...TEAM_RULE, ...more.team },
      { ...END_RULE, ...more.end },
    ],
  }
}

const ROW = rowWith()

function policy(required: Record<UserType, boolean>): Policy {
  const of = (type: UserType) => ({ required: required[type], requiredSince: required[type] ? EARLIER : null })
  return policyOf(rowWith({ team: of('team'), end: of('end') }))
}

const BOTH = [false, true]
const TYPES: UserType[] = ['team', 'end']

interface Cell {
  tenant: { kind: 'partner' | 'customer'; stage: 'trial' | 'production' }
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
                      tenant: { kind, stage },
                      before: { team: teamBefore, end: endBefore },
                      wanted: { team, end },
                      endSessions,
                      actor: { userType, hasFactor },
                    })
  return found
}

function decide(cell: Cell) {
  const wish = { required: cell.wanted, kinds: null, endSessions: cell.endSessions }
  const { userType, hasFactor } = cell.actor
  const actor = { userType, factorKinds: hasFactor ? (['totp'] as const) : [] }
  return decideChange(policy(cell.before), wish, cell.tenant, actor, ['totp', 'email'], NOW)
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
    const base = { tenant: { kind: 'customer', stage: 'production' }, endSessions: false } as const
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

describe('allowed kinds (P7)', () => {
  const CUSTOMER = { kind: 'customer', stage: 'production' } as const
  const KEPT = { team: false, end: false }
  const rowOf = (kinds: string) => policyOf(rowWith({ team: { kinds } }))

  function allow(
    team: readonly FactorKind[],
    end: readonly FactorKind[],
    {
      before = policyOf(ROW),
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
    const wish = { required, kinds: { team, end }, endSessions: false }
    return decideChange(before, wish, CUSTOMER, { userType: 'team', factorKinds: actor }, deliverable, NOW)
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
    const wish = { required: { team: false, end: true }, kinds: null, endSessions: false }
    const actor = { userType: 'team', factorKinds: [] } as const
    expect(decideChange(before, wish, CUSTOMER, actor, ['totp', 'email'], NOW)).toEqual({
      outcome: 'change',
      rules: { end: { required: true, requiredSince: NOW } },
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
    const before = policyOf(rowWith({ team: { required: true, requiredSince: EARLIER, kinds: 'passkey' } }))
    const required = { team: true, end: false }
    const decision = allow(kinds, ['totp', 'email'], { before, required, actor: has })
    expect(decision.outcome).toBe(may ? 'change' : 'refused')
    if (!may) expect(decision).toMatchObject({ code: 'must_enrol_first' })
    // Turned on by the same save, it is the same.
    const turned = allow(kinds, ['totp', 'email'], { before: rowOf('passkey'), required, actor: has })
    expect(turned.outcome).toBe(decision.outcome)
  })

  test('S9, P3: what is narrowed for others, or required of nobody, needs no factor of the admin', () => {
    const before = policyOf(rowWith({ team: { required: true, requiredSince: EARLIER } }))
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

const OWNER = { id: 'ann', devicesVoidedAt: null }

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
    decideDeviceRules(policyOf(ROW), { trustDays: { team, end }, endDeviceVerification }, NOW)

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
    const on = policyOf(rowWith({ end: { deviceVerification: true } }))
    const off = { trustDays: { team: 30, end: 30 }, endDeviceVerification: false }
    expect(decideDeviceRules(on, off, NOW)).toEqual({
      outcome: 'change',
      rules: { end: { deviceVerification: false } },
    })
  })

  test('S8: in a row that was tampered with, no period is never, and a longer one than may be is the longest', () => {
    for (const stored of [-1, 1, 6, 6.5, Number.NaN]) {
      const read = policyOf(rowWith({ team: { trustDays: stored }, end: { trustDays: stored } }))
      expect(read.team.trustDays).toBe(TRUST_NEVER)
      expect(read.end.trustDays).toBe(TRUST_NEVER)
    }
    expect(policyOf(rowWith({ team: { trustDays: 4000 } })).team.trustDays).toBe(TRUST_CEILING_DAYS)
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
    expect(isTrusted(policyOf(ROW), granted, NOW)).toEqual([true, true])
    const shortened = withPeriod(policyOf(ROW), 7, NOW)
    expect(isTrusted(shortened, granted, NOW)).toEqual([short, short])
    expect(isTrusted(withPeriod(shortened, 30, NOW), granted, NOW)).toEqual([long, long])
  })

  test.each([-1, 0, 1])('D3: between 7 and 30 again, what ends under the 7 days stays ended: %d ms', (more) => {
    const granted = NOW
    const shortened = withPeriod(policyOf(ROW), 7, NOW)
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
    const forbidden = withPeriod(policyOf(ROW), TRUST_NEVER, NOW)
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
    const longer = withPeriod(policyOf(ROW), 90, NOW)
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
        let policy = policyOf(rowWith({ team: { trustDays: first }, end: { trustDays: first } }))
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

describe('policyOf', () => {
  test('gives each user type its own row, whatever their order', () => {
    const row = rowWith({
      team: {
        required: true,
        requiredSince: EARLIER,
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
    for (const rule of ROW.rules) expect(() => policyOf({ ...ROW, rules: [rule] })).toThrow('without a rule')
  })

  test('R4: codes may always be issued for team members, and as set for end users', () => {
    expect(policyOf(ROW).team.issuedRecoveryCodes).toBe(true)
    expect(policyOf(ROW).end.issuedRecoveryCodes).toBe(false)
  })

  test('what either database gives of a row is read alike', () => {
    const at = EARLIER.getTime()
    const asNumbers = { required: 1n, requiredSince: BigInt(at), trustDays: 7n, deviceVerification: 0, trustFloor: at }
    const asValues = { required: true, requiredSince: EARLIER, trustDays: 7, deviceVerification: false }
    expect(policyOf(rowWith({ end: asNumbers }))).toEqual(
      policyOf(rowWith({ end: { ...asValues, trustFloor: EARLIER } })),
    )
  })

  test('D5: device verification is always on for team members, and as set for end users', () => {
    expect(policyOf(ROW).team.deviceVerification).toBe(true)
    expect(policyOf(ROW).end.deviceVerification).toBe(false)
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
    expect(policyOf(rowWith({ team: { kinds: text } })).team.kinds).toEqual(kinds)
    expect(policyOf(rowWith({ end: { kinds: text } })).end.kinds).toEqual(kinds)
  })
})

const dates = fc.option(
  fc.integer({ min: -40, max: 0 }).map((n) => later(NOW, days(n))),
  { nil: null },
)
const typePolicy: fc.Arbitrary<TypePolicy> = fc.record({
  required: fc.boolean(),
  requiredSince: dates,
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
        expect(more.kinds).toEqual(expect.arrayContaining([...after.kinds]))
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
        expect(FACTOR_KINDS.filter((kind) => some.every((each) => each.kinds.includes(kind)))).toEqual(all.kinds)
      }),
    )
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
    const off: TypePolicy = { ...policyOf(ROW).team, required: false, requiredSince: null }
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

  test('the order of memberships does not matter, nor does one that is named twice', () => {
    fc.assert(
      fc.property(policies, (some) => {
        expect(strictest([...some].reverse())).toEqual(strictest(some))
        expect(strictest([...some, ...some])).toEqual(strictest(some))
      }),
    )
  })
})
