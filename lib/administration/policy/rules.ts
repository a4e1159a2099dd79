import { days, earlier, later } from '../../core/kernel/time'
import { endOfDay, zoneOf } from '../../core/kernel/zones'
import {
  DEADLINE_DAYS,
  IDLE_CEILING_MINUTES,
  IDLE_FLOOR_MINUTES,
  lastDayOf,
  latest,
  mustRequire,
  SESSION_CEILING_HOURS,
  type SessionLimits,
  TRUST_CEILING_DAYS,
  TRUST_FLOOR_DAYS,
  TRUST_NEVER,
} from '../../identity/policy/rules'
import {
  FACTOR_KINDS,
  type FactorKind,
  type Policy,
  type RuleChanges,
  type TypePolicy,
} from '../../identity/policy/types'
import type { TenantView, UserType } from '../../identity/user/types'

export interface RequirementChange {
  required: Record<UserType, boolean>
  /** Allowed kinds (P7); null leaves them as they are. */
  kinds: Record<UserType, readonly FactorKind[]> | null
  endSessions: boolean
  /** Until the end of which day enrolment can be put off (P8); left out, it stays. */
  deadlines?: Partial<Record<UserType, DeadlineDay>>
}

/** As `2026-12-14`; empty for none. */
export type DeadlineDay = string

/** Days are named and end in its zone (X10). */
type DatedTenant = Pick<TenantView, 'kind' | 'stage' | 'timeZone'>

/** What a save comes to. */
export type ChangeDecision<C> =
  | { outcome: 'refused'; code: C }
  | { outcome: 'unchanged' }
  | { outcome: 'change'; rules: RuleChanges }

/**
 * 1. U7: a partner in production keeps the requirement for everybody.
 * 2. S9, P3: only someone who meets the new rule turns it on.
 * 3. A requirement counts from the moment it is turned on; saving it again moves nothing (P4).
 * 4. P4: the box ends the sessions of the types that are required after the change.
 * 5. P8: a day to put enrolment off until is one that is to come, within 90 days of the first time that 2FA was
 *    required; none in U7 tenants. It stays while the requirement is off, and saving it again moves nothing.
 * 6. P7: of the allowed kinds one at least can be delivered; one that cannot be delivered has no box, and stays as it
 *    was.
 */
export function decideChange(
  policy: Policy,
  wanted: RequirementChange,
  tenant: DatedTenant,
  actor: { userType: UserType; factorKinds: readonly FactorKind[] },
  deliverable: readonly FactorKind[],
  now: Date,
): ChangeDecision<'must_enrol_first' | 'partner_in_production' | 'no_kind' | 'deadline_out_of_range'> {
  const zone = zoneOf(tenant.timeZone)
  if (mustRequire(tenant) && !(wanted.required.team && wanted.required.end))
    return { outcome: 'refused', code: 'partner_in_production' }
  const kinds = {
    team: kindsAfter(policy.team, wanted.kinds?.team, deliverable),
    end: kindsAfter(policy.end, wanted.kinds?.end, deliverable),
  }
  if (USER_TYPES.some((type) => wanted.kinds !== null && !kinds[type].some((kind) => deliverable.includes(kind)))) {
    return { outcome: 'refused', code: 'no_kind' }
  }
  if (USER_TYPES.some((type) => !isDeadlineAllowed(policy[type], wanted, type, tenant, now))) {
    return { outcome: 'refused', code: 'deadline_out_of_range' }
  }
  const own = actor.userType
  const stricter = !policy[own].required || !sameKinds(kinds[own], policy[own].kinds)
  const meets = actor.factorKinds.some((kind) => kinds[own].includes(kind))
  if (wanted.required[own] && stricter && !meets) return { outcome: 'refused', code: 'must_enrol_first' }

  return decided(
    changesOf((type) => ({
      ...(wanted.required[type] === policy[type].required ? {} : switched(policy[type], wanted.required[type], now)),
      ...deadlineChange(policy[type], wanted, type, zone),
      ...(sameKinds(kinds[type], policy[type].kinds) ? {} : { kinds: kinds[type] }),
      ...(wanted.endSessions && wanted.required[type] ? { sessionsVoidedAt: now } : {}),
    })),
  )
}

/** No flip of the switch moves the first time that it was required (P8). */
function switched({ firstRequiredAt }: TypePolicy, required: boolean, now: Date): Partial<TypePolicy> {
  if (!required) return { required, requiredSince: null }
  return { required, requiredSince: now, ...(firstRequiredAt === null ? { firstRequiredAt: now } : {}) }
}

/**
 * The day that a draft names, where it names another one than there is; of a type that must not use 2FA it names none.
 */
function deadlineChange(
  { deadline }: Pick<TypePolicy, 'deadline'>,
  { required, deadlines }: Pick<RequirementChange, 'required' | 'deadlines'>,
  type: UserType,
  zone: string,
): { deadline?: Date | null } {
  const day = deadlines?.[type]
  if (!required[type] || day === undefined) return {}
  if (day === (deadline === null ? '' : lastDayOf(deadline, zone))) return {}
  return { deadline: endOfDay(day, zone) }
}

/** Whether the day of a draft may be named (P8). */
export function isDeadlineAllowed(
  policy: FirstRequired & Pick<TypePolicy, 'deadline'>,
  wanted: RequirementChange,
  type: UserType,
  tenant: DatedTenant,
  now: Date,
): boolean {
  const change = deadlineChange(policy, wanted, type, zoneOf(tenant.timeZone))
  if (change.deadline === undefined || wanted.deadlines?.[type] === '') return true
  if (change.deadline === null || mustRequire(tenant)) return false
  return change.deadline > now && change.deadline <= latestDeadline(policy, now)
}

type FirstRequired = Pick<TypePolicy, 'required' | 'requiredSince' | 'firstRequiredAt'>

/**
 * The time by which the last day that may be named must be over (P8); of a requirement of unknown age there is none.
 */
export function latestDeadline({ required, requiredSince, firstRequiredAt }: FirstRequired, now: Date): Date {
  const first = firstRequiredAt ?? requiredSince
  if (first === null) return required ? now : later(now, days(DEADLINE_DAYS))
  return later(first, days(DEADLINE_DAYS))
}

/** The user types of which something changes, and what. */
function changesOf(of: (type: UserType) => Partial<TypePolicy>): RuleChanges {
  const changes = USER_TYPES.map((type) => [type, of(type)] as const)
  return Object.fromEntries(changes.filter(([, rule]) => Object.keys(rule).length > 0))
}

function decided(rules: RuleChanges): ChangeDecision<never> {
  return Object.keys(rules).length === 0 ? { outcome: 'unchanged' } : { outcome: 'change', rules }
}

const USER_TYPES: readonly UserType[] = ['team', 'end']

/** The policy as the draft would leave it, whether it may be saved or not (P2). */
export function policyAfter(
  policy: Pick<Policy, UserType>,
  wanted: Pick<RequirementChange, 'required' | 'kinds' | 'deadlines'>,
  deliverable: readonly FactorKind[],
  zone: string,
): Record<UserType, Pick<TypePolicy, 'required' | 'kinds' | 'deadline'>> {
  const of = (type: UserType) => ({
    required: wanted.required[type],
    kinds: kindsAfter(policy[type], wanted.kinds?.[type], deliverable),
    deadline: policy[type].deadline,
    ...deadlineChange(policy[type], wanted, type, zone),
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

/**
 * 1. A period is never, or between the floor and the ceiling of D1.
 * 2. D3: what has ended under the shorter of the two periods stays ended: the floor moves there, and never back. Never
 *    counts as 0 days, so that nothing survives it.
 */
export function decideDeviceRules(
  policy: Policy,
  wanted: DeviceRulesChange,
  now: Date,
): ChangeDecision<'trust_out_of_range'> {
  const { trustDays, endDeviceVerification } = wanted
  if (USER_TYPES.some((type) => trustDays[type] !== TRUST_NEVER && !isTrustPeriod(trustDays[type]))) {
    return { outcome: 'refused', code: 'trust_out_of_range' }
  }
  return decided(
    changesOf((type) => {
      const before = policy[type]
      const period = trustDays[type]
      const floor = latest(before.trustFloor, earlier(now, days(Math.min(period, before.trustDays))))
      return {
        ...(period === before.trustDays ? {} : { trustDays: period, trustFloor: floor }),
        ...(type === 'end' && endDeviceVerification !== before.deviceVerification
          ? { deviceVerification: endDeviceVerification }
          : {}),
      }
    }),
  )
}

export function isTrustPeriod(period: number): boolean {
  return Number.isInteger(period) && period >= TRUST_FLOOR_DAYS && period <= TRUST_CEILING_DAYS
}

/** Whether recovery codes may be issued for end users; for team members they always may (R4). */
export function decideIssuedCodes(policy: Policy, endUsers: boolean): ChangeDecision<never> {
  if (endUsers === policy.end.issuedRecoveryCodes) return { outcome: 'unchanged' }
  return { outcome: 'change', rules: { end: { issuedRecoveryCodes: endUsers } } }
}

export type SessionLimitsChange = Record<UserType, SessionLimits>

/**
 * Within floor and ceiling (N20). What gets shorter counts at each session's next request, from its beginning and last
 * use; what gets longer counts for sessions that begin later (SE2).
 */
export function decideSessionLimits(
  policy: Policy,
  wanted: SessionLimitsChange,
): ChangeDecision<'limits_out_of_range'> {
  if (limitOutOfRange(wanted) !== null) return { outcome: 'refused', code: 'limits_out_of_range' }
  return decided(
    changesOf((type) => {
      const { idleMinutes, sessionHours } = wanted[type]
      return {
        ...(idleMinutes === policy[type].idleMinutes ? {} : { idleMinutes }),
        ...(sessionHours === policy[type].sessionHours ? {} : { sessionHours }),
      }
    }),
  )
}

/** The first limit that may not be so. */
export function limitOutOfRange(wanted: SessionLimitsChange): { type: UserType; limit: keyof SessionLimits } | null {
  const within = (value: number, least: number, most: number) =>
    Number.isInteger(value) && value >= least && value <= most
  for (const type of USER_TYPES) {
    const { idleMinutes, sessionHours } = wanted[type]
    if (!within(idleMinutes, IDLE_FLOOR_MINUTES, IDLE_CEILING_MINUTES)) return { type, limit: 'idleMinutes' }
    if (!within(sessionHours, 1, SESSION_CEILING_HOURS[type])) return { type, limit: 'sessionHours' }
  }
  return null
}
