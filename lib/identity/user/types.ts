import type { FloorAbove, TypePolicy } from '../policy/types'

export const ROLES = ['owner', 'admin', 'agent', 'end_user'] as const
export type Role = (typeof ROLES)[number]
export type UserType = 'team' | 'end'

export interface TenantView {
  id: string
  slug: string
  name: string
  kind: 'partner' | 'customer'
  stage: 'trial' | 'production'
  /** Null where none was chosen: UTC (X10). */
  timeZone: string | null
  /** Its own people cannot sign in, and its admins reach nothing below it; left out: it is not. */
  suspended?: boolean
}

export interface MembershipView {
  role: Role
  userType: UserType
  suspended: boolean
  /** The end of an exemption from this tenant's requirement, past or to come (U9). */
  exemptUntil: Date | null
  /** Until when this person alone may put enrolment off, past or to come (P8). */
  moreTimeUntil?: Date | null
  tenant: TenantView
  /** What counts: the tenant's own settings under the floors above it (T5). */
  policy: TypePolicy
  /** Left out where there is nobody above. */
  own?: TypePolicy
  floors?: readonly FloorAbove[]
}

/** What a counter of people counts by: all that decides about somebody of one tenant alone (P2, P9). */
export interface Counted {
  tenantId: string
  userType: UserType
  /** As `writeKinds` writes them. */
  factorKinds: string
  ownTwoFactor: boolean
}

/** Since when somebody is there, and with which turning-off of 2FA for the tenant their rows are in step (P6). */
export interface FactorMarks {
  createdAt: Date
  factorsSettledAt: Date | null
}

/** What somebody had when 2FA was turned off for their home tenant (P6). */
export interface FactorLossRow {
  userId: string
  tenantId: string
  voidedAt: Date
  /** As `writeKinds` writes them. */
  kinds: string
  factors: number
  codes: number
  own: boolean
}

/** A person with all memberships and what each tenant asks: read anew at each request (S8). */
export interface Person {
  id: string
  /** The home tenant. */
  tenantId: string
  name: string
  email: string
  locale: string | null
  /** Their own, else the home tenant's, else UTC (X10). */
  timeZone: string
  /** `isService` says which it is now: the time of a service account ends (U8). */
  kind: 'person' | 'service'
  /** The end of its time as a service account, past or to come; null where none was set. */
  serviceUntil: Date | null
  twoFactorOn: boolean
  secondFactorSince: Date | null
  recoveryCodesAt: Date | null
  codeToTypeBack: number | null
  suspended: boolean
  /** "Forget all devices", of the person or of the home tenant: what was known or trusted by then is neither (D4). */
  devicesVoidedAt: Date | null
  /** Nothing but mail was proved since the password was set by a mailed link (S20). */
  passwordResetByMailAt: Date | null
  /** The old password opens nothing but the page that asks for a new one (D9). */
  passwordDemandedAt: Date | null
  /** An admin reset the second factor, and none was enrolled nor 2FA turned off since (E9). */
  factorsResetAt: Date | null
  /** When the home tenant turned 2FA off for everybody (P6). */
  factorsVoidedAt: Date | null
  /** It did so, and rows of factors, codes and trust are still there that are good for nothing. */
  factorsVoided: boolean
  /** Somebody else gave this person the address (R11); it proves little for a week. */
  addressGivenAt: Date | null
  passwordSetAt: Date | null
  /** In the order of joining. */
  memberships: readonly MembershipView[]
}
