import type { Rule, TwoFactorState } from '../coverage/types'
import type { FactorKind } from '../policy/types'
import type { Role, UserType } from '../user/types'

/** M1, M2. */
export const REPORT_SCOPES = ['team', 'end', 'all'] as const
export type ReportScope = (typeof REPORT_SCOPES)[number]

export const REPORT_STATUSES = ['active', 'suspended', 'invited'] as const
export type ReportStatus = (typeof REPORT_STATUSES)[number]

/** M3: one line; times as ISO 8601 in UTC. Null is what does not apply, or is not this tenant's to know (U6). */
export interface ReportRow {
  name: string
  email: string
  userType: UserType
  role: Role
  status: ReportStatus
  state: TwoFactorState | null
  rule: Rule | null
  /** The tenant whose setting it is; null for the person's own, or none. */
  level: string | null
  since: string | null
  /** Of an exemption: why, and until when. */
  reason: string | null
  until: string | null
  factorKinds: readonly FactorKind[] | null
  trustedDevices: number | null
  codesLeft: number | null
  lastSignInAt: string | null
  lastSecondFactorAt: string | null
}

/** Where a report goes on: people by name, the active before the suspended, then the invited by address. */
export interface ReportPlace {
  section: 'active' | 'suspended' | 'invited'
  key: string
  id: string
}

export interface StoredReport {
  id: string
  tenantId: string
  scope: ReportScope
  locale: string
  requestedById: string
  requestedByName: string
  scheduled: boolean
  expected: number
  rows: number
  parts: number
  position: string | null
  createdAt: Date
  finishedAt: Date | null
  expiresAt: Date | null
}

export interface ReportView {
  id: string
  scope: ReportScope
  by: string
  scheduled: boolean
  expected: number
  rows: number
  createdAt: Date
  finishedAt: Date | null
  /** Until when it can be downloaded. */
  expiresAt: Date | null
}

export interface ScheduleView {
  scope: ReportScope
  by: string
  nextAt: Date
}
