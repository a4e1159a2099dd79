/**
 * U1, R9, the two of R11: to confirm a new address, and to bring the old one back; `cancel` withdraws a request (R6),
 * and `stop` is the "this was not me" of a notice.
 */
export const LINK_KINDS = ['magic', 'reset', 'address', 'undo', 'cancel', 'stop'] as const
export type LinkKind = (typeof LINK_KINDS)[number]

/** The ways back from what a notice tells of: each takes back everything since (R11). */
export type NoticeKind = Extract<LinkKind, 'undo' | 'cancel' | 'stop'>

/** What a browser carries to its page; an invitation is a row of its own, for nobody is a user yet (R10). */
export const CARRIED_KINDS = [...LINK_KINDS, 'invitation'] as const
export type CarriedKind = (typeof CARRIED_KINDS)[number]

export interface CarriedLink {
  kind: CarriedKind
  token: string
}

/** A link that can still be used. */
export interface OpenLink {
  id: string
  kind: LinkKind
  userId: string
  /** The new address of a change, or the one that was proved before what a link of a notice tells of (R11). */
  email: string | null
  returnTo: string | null
  createdAt: Date
}

/** What somebody who is not signed in may ask for by an address (R9, U1); answered apart from the request (S13). */
export interface LinkRequest {
  kind: 'magic' | 'reset'
  email: string
  returnTo: string | null
  locale: string
  address: string | null
  userAgent: string | null
}
