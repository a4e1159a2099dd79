import type { Role, UserType } from '../../identity/user/types'

/** An invitation as its row says; it goes when it is accepted or withdrawn. */
export interface InvitationRow {
  id: string
  email: string
  name: string
  role: Role
  locale: string | null
  sentAt: Date | null
  expiresAt: Date | null
  createdById: string | null
  createdAt: Date
  /** Null: as the tenant says. */
  validDays: number | null
  /** When the worker looks at it next; null where no reminder is to come. */
  remindAt: Date | null
  /** The last reminder of its newest mail, of whichever kind (R10, P8). */
  remindedAt: Date | null
}

/** Which of its reminders (R10). */
export const REMINDER_STEPS = ['half_way', 'last_day'] as const
export type ReminderStep = (typeof REMINDER_STEPS)[number]

/** One that a link opened. */
export interface OpenInvitation extends InvitationRow {
  /** Of its mail, whichever link was opened. */
  tokenHash: string
  tenant: { id: string; name: string }
}

/** What the company says of invitations now, per user type. */
export interface InvitationTerms {
  /** Days a link is valid for where the invitation itself says nothing. */
  usualDays: number
  required: Readonly<Record<UserType, boolean>>
  /** The day until whose end enrolment can be put off (P8), where it is still to come. */
  deadline: Readonly<Record<UserType, Date | null>>
  /** Whether an authenticator app is among what can be set up. */
  app: Readonly<Record<UserType, boolean>>
}

/** `not_sent`: nobody was mailed yet (X8); `void`: whoever sent it may not give that role any more (R3). */
export type InvitationState = 'open' | 'expired' | 'not_sent' | 'void'

export interface InvitationPage {
  rows: readonly (InvitationRow & { state: InvitationState; by: string | null; mayChange: boolean })[]
  /** Addresses that the pages before and after go from; null at an end of the list. */
  previous: string | null
  next: string | null
}

export interface InvitationQuery {
  /** The beginning of an address; empty for all. */
  search: string
  from: { after: string } | { before: string } | 'first'
}
