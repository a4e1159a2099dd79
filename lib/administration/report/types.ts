import type { Level, Rule, TwoFactorState } from '../../coverage/types'
import type { Strength } from '../../credentials/factor/rules'
import type { FactorKind } from '../../identity/policy/types'
import type { Role, UserType } from '../../identity/user/types'

/** Whom a report is about (M1, M2). */
export const REPORT_SCOPES = ['team', 'end', 'all'] as const
export type ReportScope = (typeof REPORT_SCOPES)[number]

export const REPORT_STATUSES = ['active', 'suspended', 'invited'] as const
export type ReportStatus = (typeof REPORT_STATUSES)[number]

/** One line (M3); times as ISO 8601 in UTC. Null is what does not apply, or is not this tenant's to know (U6). */
export interface ReportRow {
  name: string
  email: string
  userType: UserType
  role: Role
  status: ReportStatus
  state: TwoFactorState | null
  rule: Rule | null
  /** Whose: this tenant's, a partner's above it (T5), another one's (U6), or the person's own; null without a rule. */
  level: Level | null
  since: string | null
  /** By when whoever must enrol has to (P8). */
  deadline: string | null
  /** The last reminder (P8): when, and whether it was sent, failed or waits. */
  remindedAt: string | null
  reminder: 'sent' | 'failed' | 'waiting' | null
  /** Of an exemption: why, and until when. */
  reason: string | null
  until: string | null
  factorKinds: readonly FactorKind[] | null
  /** Of each of these kinds; not there in rows of before. */
  factorStrengths?: readonly Strength[] | null
  /** By how many seconds the clock of an app was off when two passcodes said so (X4); the one that is furthest. */
  clockOffset?: number | null
  trustedDevices: number | null
  codesLeft: number | null
  lastSignInAt: string | null
  lastSecondFactorAt: string | null
}

/** Where a report goes on: members by id, which never changes, then the invited by address. */
export interface ReportPosition {
  section: 'members' | 'invited'
  /** The last id or address that is in it; empty at the beginning. */
  after: string
}

/** The one number when it was made (P9): `enrolled` of all three. */
export interface ReportCounts {
  enrolled: number
  mustSetUp: number
  invited: number
}

export interface StoredReport extends ReportCounts {
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

export interface ReportView extends ReportCounts {
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
