import type { VerificationView } from '../../audit/verification/types'
import type { CoverageCounts } from '../../coverage/types'
import type { Policy } from '../../identity/policy/types'
import type { ReportView } from '../report/types'

/** Somebody of whom less is asked than of others: why, by whom, and until when. */
export interface ExceptionRow {
  id: string
  name: string
  email: string
  /** An exemption (U9), or more time to set 2FA up (P8). */
  moreTime: boolean
  reason: string
  by: string | null
  from: Date
  until: Date
}

/** A service account stands among the exceptions (U8). */
export interface ServiceRow {
  id: string
  name: string
  email: string
  /** Of one at home here; what another company says of its own is not this one's (T6). */
  reason: string | null
  until: Date | null
  /** When it was turned into one, or made. */
  madeAt: Date
  /** Null where the log does not reach back, or nobody of the company made it. */
  by: string | null
  byCommand: boolean
}

/** What an auditor is shown on one page (X11). */
export interface ProofView {
  at: Date
  /** Of the tenant, in which the times are given. */
  zone: string
  policy: Policy
  changes: readonly { id: string; at: Date; by: string | null }[]
  coverage: CoverageCounts
  exceptions: readonly ExceptionRow[]
  /** There are more than are shown. */
  moreExceptions: boolean
  services: readonly ServiceRow[]
  moreServices: boolean
  report: ReportView | null
  verification: VerificationView
}
