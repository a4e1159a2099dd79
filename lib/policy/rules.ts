import type { UserType } from '../user/types'
import { FACTOR_KINDS, type FactorKind, type Policy, type TypePolicy } from './types'

/** Kinds that this installation can lead a person through today. */
export const USABLE_KINDS: readonly FactorKind[] = ['totp']

export interface PolicyRow {
  tenantId: string
  version: number
  teamRequired: boolean
  teamRequiredSince: Date | null
  teamKinds: string
  teamIdleMinutes: number
  teamSessionHours: number
  teamSessionsVoidedAt: Date | null
  endRequired: boolean
  endRequiredSince: Date | null
  endKinds: string
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
      kinds: kindsOf(row.teamKinds),
      idleMinutes: row.teamIdleMinutes,
      sessionHours: row.teamSessionHours,
      sessionsVoidedAt: row.teamSessionsVoidedAt,
      deviceVerification: true,
    },
    end: {
      required: row.endRequired,
      requiredSince: row.endRequiredSince,
      kinds: kindsOf(row.endKinds),
      idleMinutes: row.endIdleMinutes,
      sessionHours: row.endSessionHours,
      sessionsVoidedAt: row.endSessionsVoidedAt,
      deviceVerification: row.endDeviceVerification,
    },
  }
}

function kindsOf(text: string): FactorKind[] {
  const named = new Set(text.split(','))
  return FACTOR_KINDS.filter((kind) => named.has(kind))
}

/** A missing policy asks for the most there is (S8, architecture 1.2). */
export const STRICTEST: TypePolicy = {
  required: true,
  requiredSince: null,
  kinds: ['totp'],
  idleMinutes: 15,
  sessionHours: 1,
  sessionsVoidedAt: null,
  deviceVerification: true,
}

/**
 * What all memberships together ask of a person; the strictest wins (U6).
 * 1. Required by one is required. 2. It counts from the earliest date: a session is good only when it is older than
 * every requirement. 3. Kinds must be allowed by all. 4. Limits are the shortest.
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

function latest(a: Date | null, b: Date | null): Date | null {
  if (a === null || b === null) return a ?? b
  return a > b ? a : b
}

export interface RequirementChange {
  required: Record<UserType, boolean>
  endSessions: boolean
}

export type ChangeDecision =
  | { outcome: 'refused'; code: 'must_enrol_first' | 'partner_in_production' }
  | { outcome: 'unchanged' }
  | { outcome: 'change'; data: Partial<PolicyRow> }

/**
 * 1. U7: a partner in production keeps the requirement for everybody.
 * 2. S9, P3: only someone who meets the new rule turns it on.
 * 3. A requirement counts from the moment it is turned on; saving it again moves nothing (P4).
 * 4. P4: the box ends the sessions of the types that are required after the change.
 */
export function decideChange(
  policy: Policy,
  wanted: RequirementChange,
  tenant: { kind: 'partner' | 'customer'; stage: 'trial' | 'production' },
  actor: { userType: UserType; hasFactor: boolean },
  now: Date,
): ChangeDecision {
  const fixed = tenant.kind === 'partner' && tenant.stage === 'production'
  if (fixed && !(wanted.required.team && wanted.required.end))
    return { outcome: 'refused', code: 'partner_in_production' }
  const turnsOn = (type: UserType) => wanted.required[type] && !policy[type].required
  if (turnsOn(actor.userType) && !actor.hasFactor) return { outcome: 'refused', code: 'must_enrol_first' }

  const data: Partial<PolicyRow> = {}
  if (wanted.required.team !== policy.team.required) {
    data.teamRequired = wanted.required.team
    data.teamRequiredSince = wanted.required.team ? now : null
  }
  if (wanted.required.end !== policy.end.required) {
    data.endRequired = wanted.required.end
    data.endRequiredSince = wanted.required.end ? now : null
  }
  if (wanted.endSessions && wanted.required.team) data.teamSessionsVoidedAt = now
  if (wanted.endSessions && wanted.required.end) data.endSessionsVoidedAt = now
  return Object.keys(data).length === 0 ? { outcome: 'unchanged' } : { outcome: 'change', data }
}
