import type { Role } from '../../identity/user/types'

/** What can be done to many at once, each the same act as on one (S29). */
export const INVITATION_ACTS = ['send', 'send_again', 'withdraw', 'invited_role', 'invited_language'] as const
export const MEMBER_ACTS = ['end_sessions', 'remind', 'role', 'language'] as const
export const BULK_ACTS = [...INVITATION_ACTS, ...MEMBER_ACTS] as const
export type BulkActName = (typeof BULK_ACTS)[number]
export type MemberActName = (typeof MEMBER_ACTS)[number]

/** An act, and the role or language that it gives; empty for acts that give nothing. */
export interface BulkChoice {
  act: BulkActName
  value: string
}

/**
 * `open`: to be done; `done`; or why not. `self`, `guest`, `higher_role`: the matrix; `owner`: a role is never taken
 * from an owner here; `suspended`: nothing of theirs is open; `service_account`: the same (U8); `already_so`: nothing
 * to change; `not_outstanding`: no 2FA is to be set up; `reminded_lately`: once a day (P8); `too_long`: valid for
 * longer than that role may be invited for (R10); `sent_already`: a mail went out before; `throttled`: that address
 * was written to too often; `gone`: not there any more; `unreadable`: a row that cannot be read (N41); `failed`:
 * tried several times, alone in the end; `stopped`: whoever confirmed it is no admin any more; `restored`: a backup
 * was restored before it was its turn.
 */
export const BULK_OUTCOMES = [
  'open',
  'done',
  'self',
  'guest',
  'higher_role',
  'owner',
  'suspended',
  'service_account',
  'already_so',
  'not_outstanding',
  'reminded_lately',
  'too_long',
  'sent_already',
  'throttled',
  'gone',
  'unreadable',
  'failed',
  'stopped',
  'restored',
] as const
export type BulkOutcome = (typeof BULK_OUTCOMES)[number]

/** Somebody or something that it is about, as chosen. */
export interface BulkTarget {
  subjectId: string
  name: string
  email: string
  outcome: BulkOutcome
}

export interface NumberedBulkTarget extends BulkTarget {
  number: number
}

export interface BulkRow {
  id: string
  tenantId: string
  act: string
  value: string
  filter: string | null
  createdById: string
  createdByName: string
  locale: string
  cursor: string | null
  rows: number
  createdAt: Date
  gatheredAt: Date | null
  startedAt: Date | null
  position: number
  /** How often the next part has failed in a row. */
  failures: number
  finishedAt: Date | null
}

export interface BulkView {
  id: string
  choice: BulkChoice
  by: string
  /** Whether it is all of a list, and not rows that were picked. */
  all: boolean
  rows: number
  /** Rows that are done with. */
  done: number
  counts: Readonly<Record<BulkOutcome, number>>
  createdAt: Date
  gatheredAt: Date | null
  startedAt: Date | null
  finishedAt: Date | null
}

export interface TargetQuery {
  outcome: BulkOutcome | null
  /** The last row that was shown. */
  after: number
}

/** Who judges: whoever chose, by the role they have here. */
export interface Judge {
  id: string
  role: Role
}
