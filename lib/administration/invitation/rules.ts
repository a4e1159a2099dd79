import { hours, later } from '../../core/kernel/time'
import { roleIn } from '../../identity/user/rules'
import type { Person } from '../../identity/user/types'
import { mayGive } from '../people/rules'
import type { InvitationRow, InvitationState } from './types'

/** From one sending to its end (R10, N25). */
export const INVITATION_HOURS = 72

export function invitationUntil(now: Date): Date {
  return later(now, hours(INVITATION_HOURS))
}

/** Whether who sent it could do so now (R3, S8); one by command is nobody's to take back but by withdrawing it. */
export function isStillGiven(
  { createdById, role }: Pick<InvitationRow, 'createdById' | 'role'>,
  tenantId: string,
  sender: Person | null,
): boolean {
  if (createdById === null) return true
  const own = sender?.id === createdById ? roleIn(sender, tenantId) : null
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
  return isStillGiven(row, tenantId, sender) ? 'open' : 'void'
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
