import { sha256 } from '../../core/crypto/digest'
import { days, hours, isAhead, minutes } from '../../core/kernel/time'
import { containedAt } from '../../identity/policy/rules'
import { homeOf } from '../../identity/user/rules'
import type { Person } from '../../identity/user/types'
import { CARRIED_KINDS, type CarriedKind, type CarriedLink, type LinkKind, type OpenLink } from './types'

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

/** What a person asked for: it does not outlive their being contained (SE4), where the ways back of a notice do. */
export const ASKED_FOR = ['magic', 'reset', 'address'] as const satisfies readonly LinkKind[]

/** Whether the home tenant contained everybody of this person's type since the link was made (SE4). */
export function isContained({ kind, createdAt }: Pick<OpenLink, 'kind' | 'createdAt'>, person: Person | null): boolean {
  const home = person === null ? null : homeOf(person)
  const at = home === null ? null : containedAt(home.policy)
  return at !== null && createdAt <= at && ASKED_FOR.some((each) => each === kind)
}

/** What a clock that was ahead made is over, where the person can ask for it anew; ways back of a notice are kept. */
export function isDatedAhead({ kind, createdAt }: Pick<OpenLink, 'kind' | 'createdAt'>, now: Date): boolean {
  return isAhead(createdAt, now) && ASKED_FOR.some((each) => each === kind)
}

/** Links that one browser carries to their pages at once; the one opened first makes room. */
export const LINKS_CARRIED = 5

/** By what an address and a form name a link of this browser (R12, S26); nobody gets to the token from it. */
export function linkRef(token: string): string {
  return sha256(`link-ref:${token}`).slice(0, 16)
}

/** As a cookie carries them, the one opened last first; what is no link of ours is left out. */
export function readCarried(text: string): CarriedLink[] {
  return text.split('~').flatMap((entry) => {
    const [kind = '', token = ''] = entry.split('.')
    const known = CARRIED_KINDS.find((each) => each === kind)
    return known === undefined || token === '' ? [] : [{ kind: known, token }]
  })
}

export function writeCarried(links: readonly CarriedLink[]): string {
  return links.map(({ kind, token }) => `${kind}.${token}`).join('~')
}

/** With one more in front. */
export function withCarried(links: readonly CarriedLink[], link: CarriedLink): CarriedLink[] {
  return [link, ...links.filter(({ token }) => token !== link.token)].slice(0, LINKS_CARRIED)
}

/** The link that a page or form names; a page that names none shows the one of its kind that was opened last. */
export function carriedLink(
  links: readonly CarriedLink[],
  kind: CarriedKind,
  ref: string | undefined,
): CarriedLink | null {
  return links.find((link) => link.kind === kind && (ref === undefined || linkRef(link.token) === ref)) ?? null
}
