import { hours, later } from '../kernel/time'
import type { InvitationRow, InvitationState } from './types'

/** R10. */
export const INVITATION_HOURS = 72

export function invitationUntil(now: Date): Date {
  return later(now, hours(INVITATION_HOURS))
}

export function stateOf(
  { sentAt, expiresAt }: Pick<InvitationRow, 'sentAt' | 'expiresAt'>,
  now: Date,
): InvitationState {
  if (sentAt === null || expiresAt === null) return 'not_sent'
  return now < expiresAt ? 'open' : 'expired'
}

/** S23: from PUBLIC_URL. The address is exchanged for a cookie at once, so that the token stays in no history (R12). */
export function invitationUrl(publicUrl: string, token: string): string {
  return `${publicUrl}/link/invitation?token=${token}`
}

/** The page that the link leads to. */
export const INVITATION_PATH = '/invitation'

export const INVITATIONS_SHOWN = 50
