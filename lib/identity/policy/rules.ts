// Above 300 lines: a setting is added in one place, which is this table and what reads it (P7).

import { asBoolean, asDate, asNumber, asText, columnsOf } from '../../core/kernel/stored'
import { days, earlier, earliest, minutes } from '../../core/kernel/time'
import { isUnreadableRow, UnreadableRow } from '../../core/kernel/unreadable'
import { dayIn } from '../../core/kernel/zones'
import type { UserType } from '../user/types'
import { FACTOR_KINDS, type FactorKind, type Policy, type RuleChanges, type TypePolicy } from './types'

/** Kinds that this installation can lead a person through: a passcode by SMS needs a gateway (P7). */
export function deliverableKinds({ smsAvailable }: { smsAvailable: boolean }): FactorKind[] {
  return smsAvailable ? ['totp', 'email', 'sms'] : ['totp', 'email']
}

/** Kinds that somebody can have; a rule may name one that nobody can yet. */
export const KINDS_TO_HAVE: readonly FactorKind[] = deliverableKinds({ smsAvailable: true })

/** Whether there is a factor that both rules allow. */
export function kindsMeet(one: readonly FactorKind[], other: readonly FactorKind[]): boolean {
  return KINDS_TO_HAVE.some((kind) => one.includes(kind) && other.includes(kind))
}

/** A partner in production has the requirement on for everybody, from its first minute, and exempts nobody (U7). */
export function mustRequire(tenant: { kind: 'partner' | 'customer'; stage: 'trial' | 'production' }): boolean {
  return tenant.kind === 'partner' && tenant.stage === 'production'
}

/** The day of a user type, where reminders go out for it (P8). */
export function remindedUntil(
  tenant: Parameters<typeof mustRequire>[0],
  { required, deadline }: Pick<TypePolicy, 'required' | 'deadline'>,
): Date | null {
  return required && !mustRequire(tenant) ? deadline : null
}

/** How long a device may be trusted, in days (D1). */
export const TRUST_FLOOR_DAYS = 7
export const TRUST_CEILING_DAYS = 90
export const TRUST_NEVER = 0

/** What is no period at all is none (S8); a longer one than may be is the longest. */
export function trustDaysOf(stored: number): number {
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

/** How long after 2FA was required for the first time enrolment can be put off at most (P8). */
export const DEADLINE_DAYS = 90

const DAY = days(1)

/** The last day before then in that zone, as a form has it (X10). */
export function lastDayOf(deadline: Date, zone: string): string {
  return dayIn(zone, lastMomentOf(deadline))
}

/** What is shown of a day's end: still on that day. */
export function lastMomentOf(deadline: Date): Date {
  return earlier(deadline, minutes(1))
}

/** Whole days until then; 0 on the last day, and none afterwards. */
export function daysUntil(deadline: Date, now: Date): number {
  return Math.max(0, Math.floor((deadline.getTime() - now.getTime()) / DAY))
}

/** How long a session lasts in a new tenant, idle and in all. */
export const IDLE_MINUTES = 60
export const TEAM_SESSION_HOURS = 12
export const END_SESSION_HOURS = 24
/** Between which a session may be left idle, and how long one may last in all (SE2, N20). */
export const IDLE_FLOOR_MINUTES = 15
export const IDLE_CEILING_MINUTES = 60
export const SESSION_CEILING_HOURS: Record<UserType, number> = { team: TEAM_SESSION_HOURS, end: END_SESSION_HOURS }

export interface SessionLimits {
  idleMinutes: number
  sessionHours: number
}

/** Time limits of each assurance level: NIST SP 800-63B-4, 2.3.3, 2.2.3 and 2.1.3 (which names no idle limit). */
export const LEVEL_LIMITS = [
  { level: 'aal3', idleMinutes: 15, sessionHours: 12 },
  { level: 'aal2', idleMinutes: 60, sessionHours: 24 },
  { level: 'aal1', idleMinutes: Number.POSITIVE_INFINITY, sessionHours: 30 * 24 },
] as const
export type AssuranceLevel = (typeof LEVEL_LIMITS)[number]['level']

/** The highest level whose time limits these limits keep (SE2); null for none. */
export function levelOf({ idleMinutes, sessionHours }: SessionLimits): AssuranceLevel | null {
  const kept = LEVEL_LIMITS.find((each) => idleMinutes <= each.idleMinutes && sessionHours <= each.sessionHours)
  return kept?.level ?? null
}

interface Setting<T> {
  /** From its column as either database gives it; what is no value is read as the safest. */
  read(stored: unknown, userType: UserType): T
  /** In a new tenant. */
  initial: Record<UserType, T>
  /** Where there is no policy at all: the most that can be asked (S8). */
  utmost: T
  /** Of the rules of two tenants for one person, the earlier one first (U6). */
  stricter(one: TypePolicy, other: TypePolicy): T
}

const forBoth = <T>(value: T): Record<UserType, T> => ({ team: value, end: value })

/**
 * Every setting of a user type, by the name of its column in `policy_rule`: rows are read, tenants begun and
 * memberships joined by this table alone.
 */
const SETTINGS: { readonly [K in keyof TypePolicy]: Setting<TypePolicy[K]> } = {
  required: {
    read: asBoolean,
    initial: forBoth(false),
    utmost: true,
    stricter: (one, other) => one.required || other.required,
  },
  // The earliest date counts: a session is good only when it is older than every requirement.
  requiredSince: { read: asDate, initial: forBoth(null), utmost: null, stricter: earliestRequirement },
  firstRequiredAt: {
    read: asDate,
    initial: forBoth(null),
    utmost: null,
    stricter: (one, other) => earliestOf(one.firstRequiredAt, other.firstRequiredAt),
  },
  // Of those that ask; one that names no day lets nobody put it off.
  deadline: {
    read: asDate,
    initial: forBoth(null),
    utmost: null,
    stricter: (one, other) => {
      if (one.required !== other.required) return one.required ? one.deadline : other.deadline
      return one.deadline === null || other.deadline === null ? null : earliest(one.deadline, other.deadline)
    },
  },
  kinds: {
    read: (stored) => readKinds(asText(stored)),
    initial: forBoth(['totp', 'email', 'passkey']),
    utmost: ['totp'],
    // Rules that no factor can meet together: the earlier one decides, and the other asks on pages of its own.
    stricter: ({ kinds }, other) =>
      kindsMeet(kinds, other.kinds) ? kinds.filter((kind) => other.kinds.includes(kind)) : kinds,
  },
  idleMinutes: {
    read: asNumber,
    initial: forBoth(IDLE_MINUTES),
    utmost: 15,
    stricter: (one, other) => Math.min(one.idleMinutes, other.idleMinutes),
  },
  sessionHours: {
    read: asNumber,
    initial: { team: TEAM_SESSION_HOURS, end: END_SESSION_HOURS },
    utmost: 1,
    stricter: (one, other) => Math.min(one.sessionHours, other.sessionHours),
  },
  sessionsVoidedAt: {
    read: asDate,
    initial: forBoth(null),
    utmost: null,
    stricter: (one, other) => latest(one.sessionsVoidedAt, other.sessionsVoidedAt),
  },
  trustDays: {
    read: (stored) => trustDaysOf(Number(stored)),
    initial: forBoth(30),
    utmost: TRUST_NEVER,
    stricter: (one, other) => Math.min(one.trustDays, other.trustDays),
  },
  trustFloor: {
    read: asDate,
    initial: forBoth(null),
    utmost: null,
    stricter: (one, other) => latest(one.trustFloor, other.trustFloor),
  },
  deviceVerification: {
    read: (stored, userType) => userType === 'team' || asBoolean(stored),
    initial: { team: true, end: false },
    utmost: true,
    stricter: (one, other) => one.deviceVerification || other.deviceVerification,
  },
  issuedRecoveryCodes: {
    read: (stored, userType) => userType === 'team' || asBoolean(stored),
    initial: { team: true, end: false },
    utmost: false,
    stricter: (one, other) => one.issuedRecoveryCodes && other.issuedRecoveryCodes,
  },
}

export const SETTING_NAMES = Object.keys(SETTINGS) as (keyof TypePolicy)[]

function eachSetting(value: (name: keyof TypePolicy) => TypePolicy[keyof TypePolicy]): TypePolicy {
  return Object.fromEntries(SETTING_NAMES.map((name) => [name, value(name)])) as unknown as TypePolicy
}

/** A policy row that is gone asks for nothing that could be told (N41). */
function missingRule(tenantId: string, userType: UserType): UnreadableRow {
  return new UnreadableRow([{ table: 'policy_rule', id: `${tenantId} ${userType}`, column: null, problem: 'missing' }])
}

/** What a row of `policy_rule` says, by the names of its columns; where it is not there, all are null. */
export function ruleOf(tenantId: string, userType: UserType, row: Readonly<Record<string, unknown>>): TypePolicy {
  if (row.kinds === null || row.kinds === undefined) throw missingRule(tenantId, userType)
  const column = columnsOf(row, 'policy_rule', '', `${tenantId} ${userType}`)
  return eachSetting((name) => column<TypePolicy[typeof name]>(name, (stored) => SETTINGS[name].read(stored, userType)))
}

/** A rule as its row has it. */
export type StoredRule = Omit<TypePolicy, 'kinds'> & { kinds: string }
export type StoredChanges = Partial<Record<UserType, Partial<StoredRule>>>

export function storedChanges(changes: RuleChanges): StoredChanges {
  const stored = Object.entries(changes).map(([userType, { kinds, ...others }]) => {
    return [userType, kinds === undefined ? others : { ...others, kinds: writeKinds(kinds) }]
  })
  return Object.fromEntries(stored)
}

export interface PolicyRow {
  tenantId: string
  version: number
  rules: readonly ({ userType: UserType } & Readonly<Record<keyof TypePolicy, unknown>>)[]
}

/** @throws UnreadableRow for a rule that is gone or says nothing, unless `otherwise` has what counts instead. */
export function policyOf(
  { tenantId, version, rules }: PolicyRow,
  otherwise?: (unreadable: UnreadableRow) => TypePolicy,
): Policy {
  const of = (userType: UserType) => {
    try {
      return ruleOf(tenantId, userType, rules.find((each) => each.userType === userType) ?? {})
    } catch (error) {
      if (otherwise === undefined || !isUnreadableRow(error)) throw error
      return otherwise(error)
    }
  }
  return { tenantId, version, team: of('team'), end: of('end') }
}

/** What a new tenant asks of a user type; `requiredSince` where it begins with the requirement (U7). */
export function initialRule(userType: UserType, requiredSince: Date | null): StoredRule & { userType: UserType } {
  const initial = eachSetting((name) => SETTINGS[name].initial[userType])
  const required = { required: requiredSince !== null, requiredSince, firstRequiredAt: requiredSince }
  return { ...initial, ...required, userType, kinds: writeKinds(initial.kinds) }
}

/** A missing policy asks for the most there is (S8). */
export const STRICTEST: TypePolicy = eachSetting((name) => SETTINGS[name].utmost)

/**
 * What all memberships together ask of a person, the home's rule first and then those of hosts in the order of joining;
 * the strictest wins, setting by setting (U6). Kinds are always some of the home's, and none of them only where it has
 * none.
 */
export function strictest(policies: readonly TypePolicy[]): TypePolicy {
  const [first, ...rest] = policies
  if (first === undefined) return STRICTEST
  return rest.reduce((one, other) => eachSetting((name) => SETTINGS[name].stricter(one, other)), first)
}

/** Unknown is earliest of all. */
function earliestRequirement(a: TypePolicy, b: TypePolicy): Date | null {
  if (!a.required) return b.required ? b.requiredSince : null
  if (!b.required) return a.requiredSince
  if (a.requiredSince === null || b.requiredSince === null) return null
  return earliest(a.requiredSince, b.requiredSince)
}

function earliestOf(a: Date | null, b: Date | null): Date | null {
  return a === null || b === null ? (a ?? b) : earliest(a, b)
}

export function latest(a: Date | null, b: Date | null): Date | null {
  if (a === null || b === null) return a ?? b
  return a > b ? a : b
}

/** Whom one action contains (SE4). */
export const CONTAIN_SCOPES = ['team', 'end', 'all'] as const
export type ContainScope = (typeof CONTAIN_SCOPES)[number]

/**
 * What was known of a browser by then is not any more (SE4). Containing moves both marks at once, so the earlier of
 * them is no earlier than that. P4's box and D3 move one each; where both did, some browsers are asked for a passcode
 * once more.
 */
export function containedAt({ sessionsVoidedAt, trustFloor }: TypePolicy): Date | null {
  if (sessionsVoidedAt === null || trustFloor === null) return null
  return earliest(sessionsVoidedAt, trustFloor)
}

/**
 * One write for however many people (SE4, D3): sessions and attempts begun by now are over, and so is what was known or
 * trusted by now.
 */
export function containData(scope: ContainScope, now: Date): RuleChanges {
  const marks = { sessionsVoidedAt: now, trustFloor: now }
  return { ...(scope === 'end' ? {} : { team: marks }), ...(scope === 'team' ? {} : { end: marks }) }
}

/** The policy once these changes are saved. */
export function withChanges(policy: Policy, changes: RuleChanges): Policy {
  return { ...policy, team: { ...policy.team, ...changes.team }, end: { ...policy.end, ...changes.end } }
}
