import type { UserType } from '../user/types'

export const FACTOR_KINDS = ['totp', 'email', 'sms', 'passkey'] as const
export type FactorKind = (typeof FACTOR_KINDS)[number]

/** What a tenant asks of one user type. */
export interface TypePolicy {
  required: boolean
  requiredSince: Date | null
  /** When it was required for the first time, whatever became of it since (P8). */
  firstRequiredAt: Date | null
  /** From then on nobody puts enrolment off (P8); null: nobody ever does. */
  deadline: Date | null
  kinds: readonly FactorKind[]
  idleMinutes: number
  sessionHours: number
  sessionsVoidedAt: Date | null
  /** How many days a device may be trusted (D1); 0: never. */
  trustDays: number
  /** Trust granted at or before this has ended for good (D3). */
  trustFloor: Date | null
  /** Always for team members, a setting for end users (D5). */
  deviceVerification: boolean
  /** Whether an admin may issue a recovery code: always for team members, a setting for end users (R4). */
  issuedRecoveryCodes: boolean
}

export type Policy = { tenantId: string; version: number } & Record<UserType, TypePolicy>

/** What a partner asks at least of one user type of every tenant below (T5); null: nothing. */
export interface Floor {
  required: boolean
  requiredSince: Date | null
  /** As in a policy (P8). */
  firstRequiredAt: Date | null
  /** From then on nobody below puts enrolment off (P8); null: nobody ever does. */
  deadline: Date | null
  kinds: readonly FactorKind[] | null
  /** The longest time that a device may be trusted, in days (D1); 0: never. */
  trustDays: number | null
  /** Trust granted below at or before this has ended for good (D3). */
  trustFloor: Date | null
  idleMinutes: number | null
  sessionHours: number | null
}

/** The floor of a partner above a tenant. */
export interface FloorAbove {
  partner: { id: string; name: string }
  version: number
  floor: Floor
}

/** The nearest first. */
export type FloorsAbove = Record<UserType, readonly FloorAbove[]>

/** What one user type of a tenant below another has of its own, and the floors above it. */
export interface RuleBelow {
  tenant: { id: string; slug: string; name: string; kind: 'partner' | 'customer'; stage: 'trial' | 'production' }
  userType: UserType
  own: TypePolicy
  floors: readonly FloorAbove[]
  /** How many of these are nearer to it than the other. */
  nearer: number
}

/** What counts in a tenant: its own settings, and nothing below what those above ask for (T5). */
export type BoundPolicy = Policy & { own: Policy; floors: FloorsAbove }

/** Settings of user types that are to be written, and no other. */
export type RuleChanges = Partial<Record<UserType, Partial<TypePolicy>>>
