import { days, later } from '../../core/kernel/time'
import { isConsoleRole, roleIn, userTypeOf } from '../../identity/user/rules'
import type { Person, Role } from '../../identity/user/types'
import { mayGive } from '../people/rules'
import type { InvitationRow, InvitationState, InvitationTerms } from './types'

/** Days from one sending to its end, where nobody set others (R10, N25). */
export const INVITATION_DAYS = 7
export const MIN_INVITATION_DAYS = 1
export const MAX_INVITATION_DAYS = 30
/** For owners and admins (N25). */
export const MAX_CONSOLE_INVITATION_DAYS = 7
/** Instead of a number of days: until the day that the company named for the user type (P8). */
export const UNTIL_DEADLINE = 0

/** As forms say it; null as the company says. */
export function typedDays(days: number | null): string {
  return days === null ? 'company' : days === UNTIL_DEADLINE ? 'deadline' : String(days)
}

function mostDays(role: Role): number {
  return isConsoleRole(role) ? MAX_CONSOLE_INVITATION_DAYS : MAX_INVITATION_DAYS
}

/**
 * When a link that is sent now ends: after as many days as the invitation says, or else its company; until the day that
 * was named, where it says that. A day at least, so that a mail is not too late when it is read, and never longer than
 * its role allows.
 */
export function invitationUntil(
  { role, validDays }: Pick<InvitationRow, 'role' | 'validDays'>,
  { usualDays, deadline }: Pick<InvitationTerms, 'usualDays' | 'deadline'>,
  now: Date,
): Date {
  const chosen = validDays ?? usualDays
  const named = chosen === UNTIL_DEADLINE ? deadline[userTypeOf(role)] : null
  const until = named ?? later(now, days(chosen === UNTIL_DEADLINE ? INVITATION_DAYS : chosen))
  const [least, most] = [later(now, days(MIN_INVITATION_DAYS)), later(now, days(mostDays(role)))]
  return new Date(Math.min(Math.max(until.getTime(), least.getTime()), most.getTime()))
}

/** Why no invitation into this role can be valid for so long; null where it can. */
export function refusedValidity(
  { role, validDays }: Pick<InvitationRow, 'role' | 'validDays'>,
  { deadline }: Pick<InvitationTerms, 'deadline'>,
): 'days_out_of_range' | 'no_day_named' | null {
  if (validDays === null) return null
  if (validDays === UNTIL_DEADLINE) return deadline[userTypeOf(role)] === null ? 'no_day_named' : null
  return validDays < MIN_INVITATION_DAYS || validDays > mostDays(role) ? 'days_out_of_range' : null
}

/** The end of a link in hand once its invitation gives another role: no later than that role allows. */
export function endInRole({ sentAt, expiresAt }: Pick<InvitationRow, 'sentAt' | 'expiresAt'>, role: Role): Date | null {
  if (sentAt === null || expiresAt === null) return expiresAt
  const most = later(sentAt, days(mostDays(role)))
  return expiresAt > most ? most : expiresAt
}

/** Whether who sent it could do so now (R3, S8); one by command is nobody's to take back but by withdrawing it. */
export function isStillGiven(
  { createdById, role }: Pick<InvitationRow, 'createdById' | 'role'>,
  tenantId: string,
  sender: Person | null,
  now: Date,
): boolean {
  if (createdById === null) return true
  const own = sender?.id === createdById ? roleIn(sender, tenantId, now) : null
  return own !== null && mayGive(own, role)
}

export function invitationState(
  row: Pick<InvitationRow, 'sentAt' | 'expiresAt' | 'createdById' | 'role'>,
  tenantId: string,
  sender: Person | null,
  now: Date,
): InvitationState {
  if (row.sentAt === null || row.expiresAt === null) return 'not_sent'
  if (now >= row.expiresAt) return 'expired'
  return isStillGiven(row, tenantId, sender, now) ? 'open' : 'void'
}

/**
 * From PUBLIC_URL (S23). The address is exchanged for a cookie at once, so that the token stays in no history (R12).
 */
export function invitationUrl(publicUrl: string, token: string): string {
  return `${publicUrl}/link/invitation?token=${token}`
}

/** The page that the link leads to. */
export const INVITATION_PATH = '/invitation'

export const INVITATIONS_SHOWN = 50
