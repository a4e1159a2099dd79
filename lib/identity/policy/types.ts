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

/** Settings of user types that are to be written, and no other. */
export type RuleChanges = Partial<Record<UserType, Partial<TypePolicy>>>
