import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { days, later } from '../kernel/time'
import type { UserType } from '../user/types'
import { decideChange, type PolicyRow, policyOf, STRICTEST, strictest } from './rules'
import { FACTOR_KINDS, type FactorKind, type Policy, type TypePolicy } from './types'

const NOW = new Date('2026-11-20T09:00:00.000Z')
const EARLIER = new Date('2026-10-01T00:00:00.000Z')

const ROW: PolicyRow = {
  tenantId: 'tenant-1',
  version: 4,
  teamRequired: false,
  teamRequiredSince: null,
  teamKinds: 'totp,email,passkey',
  teamTrustDays: 30,
  teamTrustFloor: null,
  teamIdleMinutes: 60,
  teamSessionHours: 12,
  teamSessionsVoidedAt: null,
  endRequired: false,
  endRequiredSince: null,
  endKinds: 'totp,email,passkey',
  endTrustDays: 30,
  endTrustFloor: null,
  endIdleMinutes: 60,
  endSessionHours: 24,
  endSessionsVoidedAt: null,
  endDeviceVerification: false,
}

function policy(required: Record<UserType, boolean>): Policy {
  return policyOf({
    ...ROW,
    teamRequired: required.team,
    teamRequiredSince: required.team ? EARLIER : null,
    endRequired: required.end,
    endRequiredSince: required.end ? EARLIER : null,
  })
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
      const expected: Partial<PolicyRow> = {}
      if (cell.wanted.team !== cell.before.team) {
        expected.teamRequired = cell.wanted.team
        expected.teamRequiredSince = cell.wanted.team ? NOW : null
      }
      if (cell.wanted.end !== cell.before.end) {
        expected.endRequired = cell.wanted.end
        expected.endRequiredSince = cell.wanted.end ? NOW : null
      }
      if (cell.endSessions && cell.wanted.team) expected.teamSessionsVoidedAt = NOW
      if (cell.endSessions && cell.wanted.end) expected.endSessionsVoidedAt = NOW
      expect(decision.data, JSON.stringify(cell)).toEqual(expected)
      expect(Object.keys(decision.data).length).toBeGreaterThan(0)
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

describe('policyOf', () => {
  test('gives each user type its own columns', () => {
    const row = {
      ...ROW,
      teamRequired: true,
      teamRequiredSince: EARLIER,
      teamKinds: 'totp',
      teamTrustDays: 7,
      teamTrustFloor: EARLIER,
      teamIdleMinutes: 15,
      teamSessionHours: 8,
      teamSessionsVoidedAt: NOW,
      endKinds: 'passkey,email',
      endTrustDays: 0,
      endIdleMinutes: 30,
      endSessionHours: 20,
      endDeviceVerification: true,
    }
    const read = policyOf(row)
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
    })
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
    expect(policyOf({ ...ROW, teamKinds: text }).team.kinds).toEqual(kinds)
    expect(policyOf({ ...ROW, endKinds: text }).end.kinds).toEqual(kinds)
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
