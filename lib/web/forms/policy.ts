import type { z } from 'zod'
import {
  type DeadlineDay,
  type DeviceRulesChange,
  isDeadlineAllowed,
  isTrustPeriod,
  limitOutOfRange,
  type RequirementChange,
  type SessionLimitsChange,
} from '../../administration/policy/rules'
import {
  type deviceRulesSchema,
  requirementDraftSchema,
  type requirementSchema,
  sessionLimitsDraftSchema,
} from '../../administration/policy/schema'
import type { Outcome } from '../../coverage/types'
import type { BelowFloor, FloorSetting } from '../../identity/policy/floor/rules'
import { TRUST_NEVER } from '../../identity/policy/rules'
import type { FactorKind, TypePolicy } from '../../identity/policy/types'
import type { UserType } from '../../identity/user/types'
import { requirementPath } from '../paths'

type RequirementInput = z.output<typeof requirementSchema>
type DeviceRulesInput = z.output<typeof deviceRulesSchema>

/** Kinds that have a box (P7). */
export const BOXED_KINDS = ['totp', 'email', 'sms'] as const

/** What the boxes say (P7); null for a form that has none. */
export function wantedKinds(input: RequirementInput): Record<UserType, FactorKind[]> | null {
  if (input.kinds === undefined) return null
  const of = (type: UserType) => BOXED_KINDS.filter((kind) => input[`${type}_${kind}`])
  return { team: of('team'), end: of('end') }
}

/** The days that were named (P8), as far as the form has a field for them. */
export function wantedDeadlines(input: RequirementInput): Partial<Record<UserType, DeadlineDay>> {
  return deadlinesOf(input.teamDeadline, input.endDeadline)
}

function deadlinesOf(team: string | undefined, end: string | undefined): Partial<Record<UserType, DeadlineDay>> {
  return { ...(team === undefined ? {} : { team }), ...(end === undefined ? {} : { end }) }
}

/**
 * A box that is not ticked is never, whatever stands beside it (D1); beside a ticked one only a period counts, not 0.
 */
export function wantedDeviceRules(input: DeviceRulesInput): DeviceRulesChange {
  return {
    trustDays: { team: period(input.teamTrust, input.teamDays), end: period(input.endTrust, input.endDays) },
    endDeviceVerification: input.endVerification,
  }
}

function period(allowed: boolean, typed = ''): number {
  if (!allowed) return TRUST_NEVER
  const days = /^\d+$/.test(typed.trim()) ? Number(typed) : Number.NaN
  return isTrustPeriod(days) ? days : Number.NaN
}

const USER_TYPES: readonly UserType[] = ['team', 'end']

/** The box of the type for which nothing is allowed that can be delivered: where the refusal is said. */
export function fieldWithoutKind(
  kinds: Record<UserType, readonly FactorKind[]> | null,
  deliverable: readonly FactorKind[],
): string | undefined {
  const type = USER_TYPES.find((each) => kinds !== null && !kinds[each].some((kind) => deliverable.includes(kind)))
  return type && `${type}_totp`
}

/** The day that cannot be named: where the refusal is said. */
export function fieldOfDeadline(
  policy: Record<UserType, TypePolicy>,
  wanted: RequirementChange,
  tenant: Parameters<typeof isDeadlineAllowed>[3],
  now: Date,
): string | undefined {
  const type = USER_TYPES.find((each) => !isDeadlineAllowed(policy[each], wanted, each, tenant, now))
  return type && `${type}Deadline`
}

/** The number that is no period: where the refusal is said. */
export function fieldOutOfRange({ trustDays }: DeviceRulesChange): string | undefined {
  const type = USER_TYPES.find((each) => Number.isNaN(trustDays[each]))
  return type && `${type}Days`
}

const FIELD_OF: Readonly<Record<FloorSetting, string>> = {
  required: 'Required',
  deadline: 'Deadline',
  kinds: '_totp',
  trustDays: 'Days',
  idleMinutes: 'Idle',
  sessionHours: 'Hours',
}

/** A setting below a floor: where that is said, and whose floor it is (T5). */
export function belowFloorAnswer({ userType, setting, partner }: BelowFloor) {
  return { error: 'below_floor', field: `${userType}${FIELD_OF[setting]}`, name: partner.name } as const
}

const flag = (on: boolean) => (on ? '1' : '0')

/** The draft of an admin who must give a fresh proof first, for the address it comes back to. */
export function requirementDraft(input: RequirementInput): string {
  return writeRequirementDraft({
    required: { team: input.teamRequired, end: input.endRequired },
    kinds: wantedKinds(input),
    endSessions: input.endSessions,
    deadlines: wantedDeadlines(input),
  }).toString()
}

export interface RequirementDraft {
  required: Record<UserType, boolean>
  kinds: Record<UserType, FactorKind[]> | null
  endSessions: boolean
  deadlines?: Partial<Record<UserType, DeadlineDay>>
}

/** What `requirementDraft` wrote; null for anything else. */
export function readRequirementDraft(search: Record<string, string | string[] | undefined>): RequirementDraft | null {
  const read = requirementDraftSchema.safeParse(search)
  if (!read.success) return null
  const { team, end, sessions, teamKinds, endKinds, teamBy, endBy } = read.data
  const kindsOf = (text: string) => BOXED_KINDS.filter((kind) => text.split(' ').includes(kind))
  return {
    required: { team: team === '1', end: end === '1' },
    kinds:
      teamKinds === undefined || endKinds === undefined ? null : { team: kindsOf(teamKinds), end: kindsOf(endKinds) },
    endSessions: sessions === '1',
    deadlines: deadlinesOf(teamBy, endBy),
  }
}

export function writeRequirementDraft({ required, kinds, endSessions, deadlines }: RequirementDraft): URLSearchParams {
  return new URLSearchParams({
    team: flag(required.team),
    end: flag(required.end),
    sessions: flag(endSessions),
    ...(kinds === null ? {} : { teamKinds: kinds.team.join(' '), endKinds: kinds.end.join(' ') }),
    ...(deadlines?.team === undefined ? {} : { teamBy: deadlines.team }),
    ...(deadlines?.end === undefined ? {} : { endBy: deadlines.end }),
  })
}

/** Those to whom one thing would happen (P2). */
export function previewPath(
  tenant: string,
  draft: RequirementDraft,
  outcome: Outcome,
  userType: UserType | null,
): string {
  const search = writeRequirementDraft(draft)
  search.set('outcome', outcome)
  if (userType !== null) search.set('type', userType)
  return `${requirementPath(tenant)}/preview?${search}`
}

export function deviceRulesDraft(input: DeviceRulesInput): string {
  return new URLSearchParams({
    team: flag(input.teamTrust),
    teamDays: input.teamDays ?? '',
    end: flag(input.endTrust),
    endDays: input.endDays ?? '',
    verification: flag(input.endVerification),
  }).toString()
}

/** The limits as they were typed: what a step-up leads back with. */
export type SessionLimitsDraft = z.output<typeof sessionLimitsDraftSchema>

export function sessionLimitsDraft({ teamIdle, teamHours, endIdle, endHours }: SessionLimitsDraft): string {
  return new URLSearchParams({ teamIdle, teamHours, endIdle, endHours }).toString()
}

/** What `sessionLimitsDraft` wrote; null for anything else. */
export function readSessionLimits(search: Record<string, string | string[] | undefined>): SessionLimitsDraft | null {
  const read = sessionLimitsDraftSchema.safeParse(search)
  return read.success ? read.data : null
}

export function wantedSessionLimits(draft: SessionLimitsDraft): SessionLimitsChange {
  const of = (idle: string, hours: string) => ({ idleMinutes: whole(idle), sessionHours: whole(hours) })
  return { team: of(draft.teamIdle, draft.teamHours), end: of(draft.endIdle, draft.endHours) }
}

function whole(typed: string): number {
  return /^\d+$/.test(typed.trim()) ? Number(typed) : Number.NaN
}

/** The limit that may not be so: where the refusal is said. */
export function fieldOfLimit(wanted: SessionLimitsChange): string | undefined {
  const found = limitOutOfRange(wanted)
  return found === null ? undefined : `${found.type}${found.limit === 'idleMinutes' ? 'Idle' : 'Hours'}`
}
