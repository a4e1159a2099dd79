import { days } from '../../core/kernel/time'
import { CANCEL_LINK_DAYS } from '../../credentials/link/rules'
import type { RequestState, ResetRequest } from './types'

/** As long as its cancel link works. */
export const REQUEST_TTL = days(CANCEL_LINK_DAYS)
export const REQUEST_REASON_LENGTH = 200

/** 1. What an admin or the person decided stands. 2. Without that it is open until its end. */
export function requestState(
  {
    decidedAt,
    approved,
    cancelledAt,
    expiresAt,
  }: Pick<ResetRequest, 'decidedAt' | 'approved' | 'cancelledAt' | 'expiresAt'>,
  now: Date,
): RequestState {
  if (decidedAt !== null) return approved === true ? 'approved' : 'denied'
  if (cancelledAt !== null) return 'cancelled'
  return expiresAt > now ? 'open' : 'expired'
}
