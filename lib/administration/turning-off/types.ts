import type { UserType } from '../../identity/user/types'

/** What the page says before anybody tries (P5, P6). */
export interface TurningOffView {
  version: number
  required: Record<UserType, boolean>
  /** Why nothing of it can be done here; null where it can (U7). */
  refused: 'partner_in_production' | null
  /** Whoever looks has no factor to prove, and somebody of the tenant has one. */
  factorNeeded: boolean
  counts: OffCounts
  /** 2FA was turned off and nobody uses it since. */
  isOff: boolean
  /** Rows are still being deleted. */
  isUnderWay: boolean
}

export interface OffCounts {
  /** At home here, active, and with a factor. */
  enrolled: number
  /** Those of them who turned 2FA on for themselves, and are asked as long as they have it (P5). */
  own: number
  /** Those who are asked because it is required of them, and for no other reason (P5). */
  freed: number
}

/** A tenant of which rows are brought into step, as far as the worker has come. */
export interface VoidRow {
  tenantId: string
  voidedAt: Date
  byId: string
  byName: string
  locale: string
  position: string
  people: number
}
