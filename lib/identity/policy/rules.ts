import { days, earlier } from '../../core/kernel/time'
import type { UserType } from '../user/types'
import { FACTOR_KINDS, type FactorKind, type Policy, type TypePolicy } from './types'

/** Kinds that this installation can lead a person through: a passcode by SMS needs a gateway (P7). */
export function deliverableKinds({ smsAvailable }: { smsAvailable: boolean }): FactorKind[] {
  return smsAvailable ? ['totp', 'email', 'sms'] : ['totp', 'email']
}

/** U7: a partner in production has the requirement on for everybody, from its first minute, and exempts nobody. */
export function mustRequire(tenant: { kind: 'partner' | 'customer'; stage: 'trial' | 'production' }): boolean {
  return tenant.kind === 'partner' && tenant.stage === 'production'
}

/** D1, in days. */
export const TRUST_FLOOR_DAYS = 7
export const TRUST_CEILING_DAYS = 90
export const TRUST_NEVER = 0

export interface PolicyRow {
  tenantId: string
  version: number
  teamRequired: boolean
  teamRequiredSince: Date | null
  teamKinds: string
  teamTrustDays: number
  teamTrustFloor: Date | null
  teamIdleMinutes: number
  teamSessionHours: number
  teamSessionsVoidedAt: Date | null
  endRequired: boolean
  endRequiredSince: Date | null
  endKinds: string
  endTrustDays: number
  endTrustFloor: Date | null
  endIdleMinutes: number
  endSessionHours: number
  endSessionsVoidedAt: Date | null
  endDeviceVerification: boolean
}

/** Unknown kinds in the row are dropped, never allowed (S8). */
export function policyOf(row: PolicyRow): Policy {
  return {
    tenantId: row.tenantId,
    version: row.version,
    team: {
      required: row.teamRequired,
      requiredSince: row.teamRequiredSince,
      kinds: readKinds(row.teamKinds),
      idleMinutes: row.teamIdleMinutes,
      sessionHours: row.teamSessionHours,
      sessionsVoidedAt: row.teamSessionsVoidedAt,
      trustDays: trustDaysOf(row.teamTrustDays),
      trustFloor: row.teamTrustFloor,
      deviceVerification: true,
    },
    end: {
      required: row.endRequired,
      requiredSince: row.endRequiredSince,
      kinds: readKinds(row.endKinds),
      idleMinutes: row.endIdleMinutes,
      sessionHours: row.endSessionHours,
      sessionsVoidedAt: row.endSessionsVoidedAt,
      trustDays: trustDaysOf(row.endTrustDays),
      trustFloor: row.endTrustFloor,
      deviceVerification: row.endDeviceVerification,
    },
  }
}

/** What is no period at all is none (S8); a longer one than may be is the longest. */
function trustDaysOf(stored: number): number {
  return Number.isInteger(stored) && stored >= TRUST_FLOOR_DAYS ? Math.min(stored, TRUST_CEILING_DAYS) : TRUST_NEVER
}

export function readKinds(text: string): FactorKind[] {
  const named = new Set(text.split(','))
  return FACTOR_KINDS.filter((kind) => named.has(kind))
}

/** Each kind once, in one order. */
export function writeKinds(kinds: readonly FactorKind[]): string {
  return FACTOR_KINDS.filter((kind) => kinds.includes(kind)).join(',')
}

/** A missing policy asks for the most there is (S8, architecture 1.2). */
export const STRICTEST: TypePolicy = {
  required: true,
  requiredSince: null,
  kinds: ['totp'],
  idleMinutes: 15,
  sessionHours: 1,
  sessionsVoidedAt: null,
  trustDays: TRUST_NEVER,
  trustFloor: null,
  deviceVerification: true,
}

/**
 * What all memberships together ask of a person; the strictest wins (U6).
 * 1. Required by one is required. 2. It counts from the earliest date: a session is good only when it is older than
 * every requirement. 3. Kinds must be allowed by all. 4. Limits and trust are the shortest, and end at the latest mark.
 */
export function strictest(policies: readonly TypePolicy[]): TypePolicy {
  const [first, ...rest] = policies
  if (first === undefined) return STRICTEST
  return rest.reduce<TypePolicy>(
    (sum, next) => ({
      required: sum.required || next.required,
      requiredSince: earliestRequirement(sum, next),
      kinds: sum.kinds.filter((kind) => next.kinds.includes(kind)),
      idleMinutes: Math.min(sum.idleMinutes, next.idleMinutes),
      sessionHours: Math.min(sum.sessionHours, next.sessionHours),
      sessionsVoidedAt: latest(sum.sessionsVoidedAt, next.sessionsVoidedAt),
      trustDays: Math.min(sum.trustDays, next.trustDays),
      trustFloor: latest(sum.trustFloor, next.trustFloor),
      deviceVerification: sum.deviceVerification || next.deviceVerification,
    }),
    first,
  )
}

/** Unknown is earliest of all. */
function earliestRequirement(a: TypePolicy, b: TypePolicy): Date | null {
  if (!a.required) return b.required ? b.requiredSince : null
  if (!b.required) return a.requiredSince
  if (a.requiredSince === null || b.requiredSince === null) return null
  return earliest(a.requiredSince, b.requiredSince)
}

function earliest(a: Date, b: Date): Date {
  return a < b ? a : b
}

export function latest(a: Date | null, b: Date | null): Date | null {
  if (a === null || b === null) return a ?? b
  return a > b ? a : b
}

export interface RequirementChange {
  required: Record<UserType, boolean>
  /** P7: allowed kinds; null leaves them as they are. */
  kinds: Record<UserType, readonly FactorKind[]> | null
  endSessions: boolean
}

export type ChangeDecision =
  | { outcome: 'refused'; code: 'must_enrol_first' | 'partner_in_production' | 'no_kind' }
  | { outcome: 'unchanged' }
  | { outcome: 'change'; data: Partial<PolicyRow> }

/**
 * 1. U7: a partner in production keeps the requirement for everybody.
 * 2. S9, P3: only someone who meets the new rule turns it on.
 * 3. A requirement counts from the moment it is turned on; saving it again moves nothing (P4).
 * 4. P4: the box ends the sessions of the types that are required after the change.
 * 5. P7: of the allowed kinds one at least can be delivered; one that cannot be delivered has no box, and stays as it was.
 */
export function decideChange(
  policy: Policy,
  wanted: RequirementChange,
  tenant: { kind: 'partner' | 'customer'; stage: 'trial' | 'production' },
  actor: { userType: UserType; factorKinds: readonly FactorKind[] },
  deliverable: readonly FactorKind[],
  now: Date,
): ChangeDecision {
  if (mustRequire(tenant) && !(wanted.required.team && wanted.required.end))
    return { outcome: 'refused', code: 'partner_in_production' }
  const kinds = {
    team: kindsAfter(policy.team, wanted.kinds?.team, deliverable),
    end: kindsAfter(policy.end, wanted.kinds?.end, deliverable),
  }
  if (USER_TYPES.some((type) => wanted.kinds !== null && !kinds[type].some((kind) => deliverable.includes(kind)))) {
    return { outcome: 'refused', code: 'no_kind' }
  }
  const own = actor.userType
  const stricter = !policy[own].required || !sameKinds(kinds[own], policy[own].kinds)
  const meets = actor.factorKinds.some((kind) => kinds[own].includes(kind))
  if (wanted.required[own] && stricter && !meets) return { outcome: 'refused', code: 'must_enrol_first' }

  const data: Partial<PolicyRow> = {}
  if (wanted.required.team !== policy.team.required) {
    data.teamRequired = wanted.required.team
    data.teamRequiredSince = wanted.required.team ? now : null
  }
  if (wanted.required.end !== policy.end.required) {
    data.endRequired = wanted.required.end
    data.endRequiredSince = wanted.required.end ? now : null
  }
  if (!sameKinds(kinds.team, policy.team.kinds)) data.teamKinds = kinds.team.join(',')
  if (!sameKinds(kinds.end, policy.end.kinds)) data.endKinds = kinds.end.join(',')
  if (wanted.endSessions && wanted.required.team) data.teamSessionsVoidedAt = now
  if (wanted.endSessions && wanted.required.end) data.endSessionsVoidedAt = now
  return Object.keys(data).length === 0 ? { outcome: 'unchanged' } : { outcome: 'change', data }
}

const USER_TYPES: readonly UserType[] = ['team', 'end']

/** P2: the policy as the wish would leave it, whether it may be saved or not. */
export function policyAfter(
  policy: Pick<Policy, UserType>,
  wanted: Pick<RequirementChange, 'required' | 'kinds'>,
  deliverable: readonly FactorKind[],
): Record<UserType, Pick<TypePolicy, 'required' | 'kinds'>> {
  const of = (type: UserType) => ({
    required: wanted.required[type],
    kinds: kindsAfter(policy[type], wanted.kinds?.[type], deliverable),
  })
  return { team: of('team'), end: of('end') }
}

function kindsAfter(
  policy: TypePolicy,
  wanted: readonly FactorKind[] | undefined,
  deliverable: readonly FactorKind[],
): FactorKind[] {
  if (wanted === undefined) return [...policy.kinds]
  return FACTOR_KINDS.filter((kind) => (deliverable.includes(kind) ? wanted : policy.kinds).includes(kind))
}

function sameKinds(a: readonly FactorKind[], b: readonly FactorKind[]): boolean {
  return a.length === b.length && a.every((kind) => b.includes(kind))
}

export interface DeviceRulesChange {
  /** Days, or `TRUST_NEVER`. */
  trustDays: Record<UserType, number>
  /** D5, for end users. */
  endDeviceVerification: boolean
}

export type DeviceRulesDecision =
  | { outcome: 'refused'; code: 'trust_out_of_range' }
  | { outcome: 'unchanged' }
  | { outcome: 'change'; data: Partial<PolicyRow> }

/**
 * 1. A period is never, or between the floor and the ceiling of D1.
 * 2. D3: what has ended under the shorter of the two periods stays ended: the floor moves there, and never back. Never
 *    counts as 0 days, so that nothing survives it.
 */
export function decideDeviceRules(policy: Policy, wanted: DeviceRulesChange, now: Date): DeviceRulesDecision {
  const data: Partial<PolicyRow> = {}
  for (const type of USER_TYPES) {
    const period = wanted.trustDays[type]
    if (period !== TRUST_NEVER && !isTrustPeriod(period)) return { outcome: 'refused', code: 'trust_out_of_range' }
    if (period === policy[type].trustDays) continue
    const floor = latest(policy[type].trustFloor, earlier(now, days(Math.min(period, policy[type].trustDays))))
    if (type === 'team') Object.assign(data, { teamTrustDays: period, teamTrustFloor: floor })
    else Object.assign(data, { endTrustDays: period, endTrustFloor: floor })
  }
  if (wanted.endDeviceVerification !== policy.end.deviceVerification) {
    data.endDeviceVerification = wanted.endDeviceVerification
  }
  return Object.keys(data).length === 0 ? { outcome: 'unchanged' } : { outcome: 'change', data }
}

export function isTrustPeriod(period: number): boolean {
  return Number.isInteger(period) && period >= TRUST_FLOOR_DAYS && period <= TRUST_CEILING_DAYS
}

/** SE4: whom one action contains. */
export const CONTAIN_SCOPES = ['team', 'end', 'all'] as const
export type ContainScope = (typeof CONTAIN_SCOPES)[number]

/**
 * SE4: what was known of a browser by then is not any more. Containing moves both marks at once, so the earlier of them is no
 * earlier than that. P4's box and D3 move one each; where both did, some browsers are asked for a passcode once more.
 */
export function containedAt({ sessionsVoidedAt, trustFloor }: TypePolicy): Date | null {
  if (sessionsVoidedAt === null || trustFloor === null) return null
  return earliest(sessionsVoidedAt, trustFloor)
}

/**
 * SE4, D3: one write for however many people: sessions and attempts begun by now are over, and so is what was known or
 * trusted by now.
 */
export function containData(scope: ContainScope, now: Date): Partial<PolicyRow> {
  return {
    ...(scope === 'end' ? {} : { teamSessionsVoidedAt: now, teamTrustFloor: now }),
    ...(scope === 'team' ? {} : { endSessionsVoidedAt: now, endTrustFloor: now }),
  }
}
