import { days, hours, minutes } from '../../core/kernel/time'
import type { LinkKind } from './types'

export const MAGIC_LINK_MINUTES = 10
export const RESET_LINK_MINUTES = 30
export const ADDRESS_LINK_HOURS = 24
export const UNDO_LINK_DAYS = 7
/** As long as a request can wait (R6), and as a notice may lie unread. */
export const CANCEL_LINK_DAYS = 7
export const STOP_LINK_DAYS = 7

/** Of a kind; a further request mails nothing, so that nobody's requests end a link in hand (R9, S30). */
export const MAX_ALIVE = 3
/** How long the browser in which a link was used has password tries of its own (N13). */
export const LINK_LANE_MINUTES = 60

/** From the mail to the end of the link (N24). */
export const LINK_TTL: Readonly<Record<LinkKind, number>> = {
  magic: minutes(MAGIC_LINK_MINUTES),
  reset: minutes(RESET_LINK_MINUTES),
  address: hours(ADDRESS_LINK_HOURS),
  undo: days(UNDO_LINK_DAYS),
  cancel: days(CANCEL_LINK_DAYS),
  stop: days(STOP_LINK_DAYS),
}

/**
 * From PUBLIC_URL (S23). The address is exchanged for a cookie at once, so that the token stays in no history (R12).
 */
export function linkUrl(publicUrl: string, kind: LinkKind, token: string): string {
  return `${publicUrl}/link/${kind}?token=${token}`
}

/** Where the person reads what the link is about and says yes. */
export const LINK_PAGES: Readonly<Record<LinkKind, string>> = {
  magic: '/sign-in/link/open',
  reset: '/password/new',
  address: '/address/confirm',
  undo: '/address/undo',
  cancel: '/reset/cancel',
  stop: '/reset/stop',
}
