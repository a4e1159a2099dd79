import { days, earlier } from '../../core/kernel/time'
import { endOfDay } from '../../core/kernel/zones'
import { coverageOf, factsOfOne } from '../../coverage/rules'
import { underFloors } from '../../identity/policy/floor/rules'
import {
  IDLE_CEILING_MINUTES,
  IDLE_FLOOR_MINUTES,
  lastDayOf,
  latest,
  readKinds,
  SESSION_CEILING_HOURS,
  TRUST_CEILING_DAYS,
  TRUST_NEVER,
} from '../../identity/policy/rules'
import {
  FACTOR_KINDS,
  type FactorKind,
  type Floor,
  type FloorAbove,
  type RuleBelow,
  type TypePolicy,
} from '../../identity/policy/types'
import type { Counted, UserType } from '../../identity/user/types'
import { type DeadlineDay, isTrustPeriod, latestDeadline } from '../policy/rules'

/** What a partner wants to ask of one user type below; NaN is what is no number. */
export interface WantedFloor {
  required: boolean
  /** Until the end of which day enrolment can be put off (P8). */
  deadline: DeadlineDay
  /** Those that may be allowed below, of the kinds that this installation can deliver. */
  kinds: readonly FactorKind[]
  /** Null: nothing is asked. */
  trustDays: number | null
  idleMinutes: number | null
  sessionHours: number | null
}

export type FloorSettingCode = 'trust_out_of_range' | 'limits_out_of_range' | 'no_kind' | 'deadline_out_of_range'

export type FloorsDecision =
  | { outcome: 'refused'; code: FloorSettingCode; userType: UserType; setting: keyof WantedFloor }
  | { outcome: 'refused'; code: 'must_enrol_first' }
  | { outcome: 'unchanged' }
  | { outcome: 'change'; floors: Partial<Record<UserType, Floor>> }

const USER_TYPES = ['team', 'end'] as const

/**
 * 1. Every number is within what a tenant can set itself; a day is one to come, within 90 days of the first time that
 *    the floor required 2FA (P8).
 * 2. P7: of the kinds one at least can be delivered; one that cannot stays as it was.
 * 3. P3: only somebody who has 2FA requires it of others.
 * 4. P4, P8: a requirement counts from the moment the floor has it, and no flip of it gives time anew.
 * 5. D3: what has ended under the shorter of two periods stays ended.
 */
export function decideFloors(
  floors: Record<UserType, Floor>,
  wanted: Record<UserType, WantedFloor>,
  { zone, hasFactor, deliverable }: { zone: string; hasFactor: boolean; deliverable: readonly FactorKind[] },
  now: Date,
): FloorsDecision {
  for (const userType of USER_TYPES) {
    const problem = problemOf(floors[userType], wanted[userType], { userType, zone, deliverable }, now)
    if (problem !== null) return { outcome: 'refused', userType, ...problem }
  }
  const after = floorsAfter(floors, wanted, { zone, deliverable }, now)
  if (!hasFactor && USER_TYPES.some((type) => after[type].required && !floors[type].required)) {
    return { outcome: 'refused', code: 'must_enrol_first' }
  }
  const changes = USER_TYPES.filter((type) => !isSame(floors[type], after[type])).map((type) => [type, after[type]])
  return changes.length === 0 ? { outcome: 'unchanged' } : { outcome: 'change', floors: Object.fromEntries(changes) }
}

function problemOf(
  floor: Floor,
  wanted: WantedFloor,
  { userType, zone, deliverable }: { userType: UserType; zone: string; deliverable: readonly FactorKind[] },
  now: Date,
): { code: FloorSettingCode; setting: keyof WantedFloor } | null {
  const { trustDays, idleMinutes, sessionHours } = wanted
  if (!isDayAllowed(floor, wanted, zone, now)) return { code: 'deadline_out_of_range', setting: 'deadline' }
  if (!deliverable.some((kind) => wanted.kinds.includes(kind))) return { code: 'no_kind', setting: 'kinds' }
  if (trustDays !== null && trustDays !== TRUST_NEVER && !isTrustPeriod(trustDays)) {
    return { code: 'trust_out_of_range', setting: 'trustDays' }
  }
  if (!isWithin(idleMinutes, IDLE_FLOOR_MINUTES, IDLE_CEILING_MINUTES)) {
    return { code: 'limits_out_of_range', setting: 'idleMinutes' }
  }
  if (!isWithin(sessionHours, 1, SESSION_CEILING_HOURS[userType])) {
    return { code: 'limits_out_of_range', setting: 'sessionHours' }
  }
  return null
}

function isWithin(value: number | null, least: number, most: number): boolean {
  return value === null || (Number.isInteger(value) && value >= least && value <= most)
}

/** The day that is wanted where it is another one than there is; null where it is no day. */
function dayWanted({ deadline }: Floor, wanted: WantedFloor, zone: string): { deadline?: Date | null } {
  if (!wanted.required || wanted.deadline === (deadline === null ? '' : lastDayOf(deadline, zone))) return {}
  return { deadline: wanted.deadline === '' ? null : endOfDay(wanted.deadline, zone) }
}

function isDayAllowed(floor: Floor, wanted: WantedFloor, zone: string, now: Date): boolean {
  const change = dayWanted(floor, wanted, zone)
  if (change.deadline === undefined || wanted.deadline === '') return true
  return change.deadline !== null && change.deadline > now && change.deadline <= latestDeadline(floor, now)
}

/** The floors as the draft would leave them, whether they may be saved or not. */
export function floorsAfter(
  floors: Record<UserType, Floor>,
  wanted: Record<UserType, WantedFloor>,
  { zone, deliverable }: { zone: string; deliverable: readonly FactorKind[] },
  now: Date,
): Record<UserType, Floor> {
  const of = (type: UserType) => floorAfter(floors[type], wanted[type], zone, deliverable, now)
  return { team: of('team'), end: of('end') }
}

function floorAfter(
  floor: Floor,
  wanted: WantedFloor,
  zone: string,
  deliverable: readonly FactorKind[],
  now: Date,
): Floor {
  const { required, trustDays, idleMinutes, sessionHours } = wanted
  const shorter = Math.min(trustDays ?? TRUST_CEILING_DAYS, floor.trustDays ?? TRUST_CEILING_DAYS)
  return {
    ...floor,
    ...dayWanted(floor, wanted, zone),
    ...(required === floor.required ? {} : { required, requiredSince: required ? now : null }),
    ...(required && floor.firstRequiredAt === null ? { firstRequiredAt: now } : {}),
    kinds: kindsWanted(floor, wanted, deliverable),
    idleMinutes,
    sessionHours,
    ...(trustDays === floor.trustDays
      ? {}
      : { trustDays, trustFloor: latest(floor.trustFloor, earlier(now, days(shorter))) }),
  }
}

/** Where nothing is forbidden there is no floor. */
function kindsWanted(
  floor: Floor,
  wanted: WantedFloor,
  deliverable: readonly FactorKind[],
): readonly FactorKind[] | null {
  const before = floor.kinds ?? FACTOR_KINDS
  const kinds = FACTOR_KINDS.filter((kind) => (deliverable.includes(kind) ? wanted.kinds : before).includes(kind))
  return kinds.length === FACTOR_KINDS.length ? null : kinds
}

function isSame(one: Floor, other: Floor): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}

/** Floors above a tenant once that of the partner is another one. */
function withFloor({ floors, nearer }: RuleBelow, partner: FloorAbove['partner'], floor: Floor): FloorAbove[] {
  const others = floors.filter((each) => each.partner.id !== partner.id)
  return [...others.slice(0, nearer), { partner, version: 0, floor }, ...others.slice(nearer)]
}

/**
 * The first tenant below for which no kind would be left that this installation can deliver (T5, P7): none that its own
 * setting and every floor above it allow.
 */
export function leftWithoutKind(
  below: readonly RuleBelow[],
  partner: FloorAbove['partner'],
  after: Record<UserType, Floor>,
  deliverable: readonly FactorKind[],
): { tenant: RuleBelow['tenant']; userType: UserType } | null {
  const found = below.find((rule) => {
    const floor = after[rule.userType]
    if (floor.kinds === null) return false
    const allowed = withFloor(rule, partner, floor).map((each) => each.floor.kinds ?? FACTOR_KINDS)
    return !deliverable.some((kind) => [rule.own.kinds, ...allowed].every((kinds) => kinds.includes(kind)))
  })
  return found === undefined ? null : { tenant: found.tenant, userType: found.userType }
}

/** Settings that would begin or cease to be others for the people of a tenant. */
const TOLD = ['required', 'kinds', 'trustDays', 'idleMinutes', 'sessionHours', 'deadline'] as const
export type ToldSetting = (typeof TOLD)[number]

export interface FloorEffect {
  tenant: RuleBelow['tenant']
  userType: UserType
  settings: readonly ToldSetting[]
  /** Who must set up 2FA now, and who would have to. */
  mustSetUp: { now: number; after: number }
}

/** What other floors would do to each tenant below, by counters of people who are alike (P2). */
export function effectsOf(
  below: readonly RuleBelow[],
  partner: FloorAbove['partner'],
  after: Record<UserType, Floor>,
  alike: readonly (Counted & { people: number })[],
  now: Date,
): FloorEffect[] {
  const byTenant = new Map<string, (Counted & { people: number })[]>()
  for (const each of alike) {
    const key = `${each.tenantId} ${each.userType}`
    byTenant.set(key, [...(byTenant.get(key) ?? []), each])
  }
  return below.flatMap((rule) => {
    const { tenant, userType, own, floors } = rule
    const before = underFloors(own, userType, floors)
    const then = underFloors(own, userType, withFloor(rule, partner, after[userType]))
    const settings = TOLD.filter((name) => JSON.stringify(before[name]) !== JSON.stringify(then[name]))
    if (settings.length === 0) return []
    const people = byTenant.get(`${tenant.id} ${userType}`) ?? []
    const mustSetUp = (policy: TypePolicy) =>
      people.reduce((sum, each) => sum + (isOutstanding(rule, policy, each, now) ? each.people : 0), 0)
    return { tenant, userType, settings, mustSetUp: { now: mustSetUp(before), after: mustSetUp(then) } }
  })
}

function isOutstanding({ tenant, userType }: RuleBelow, policy: TypePolicy, each: Counted, now: Date): boolean {
  const { ownTwoFactor } = each
  const membership = { tenant, userType, policy, exemptUntil: null }
  const facts = factsOfOne(membership, { factorKinds: readKinds(each.factorKinds), ownTwoFactor })
  return coverageOf(facts, now).state === 'setup_required'
}
