import type { Progress } from '../../coverage/types'
import type { TenantView, UserType } from '../../identity/user/types'

export const CLIENT_SORTS = ['name', 'share', 'outstanding'] as const
export type ClientSort = (typeof CLIENT_SORTS)[number]

/** Of whom 2FA is required: of both user types, of one, of none. */
export const REQUIREMENTS = ['all', 'some', 'none'] as const

export interface ClientQuery {
  /** Part of a name, or of the address of its console; empty for all. */
  search: string
  kind: TenantView['kind'] | null
  stage: TenantView['stage'] | null
  requires: (typeof REQUIREMENTS)[number] | null
  suspended: boolean
  sort: ClientSort
  descending: boolean
  /** A cursor that a page gave, or the beginning. */
  from: { after: string } | { before: string } | 'first'
}

/** Where a page begins: beside the row of these keys. */
export interface ClientCursor {
  value: number
  key: string
  id: string
}

/** A tenant below, as the list is sorted by. */
export interface ListedTenant extends TenantView {
  suspended: boolean
  /** The last change of what it asks of its people. */
  changedAt: Date
  required: Record<UserType, boolean>
  cursor: ClientCursor
}

export interface ClientRow extends Omit<ListedTenant, 'cursor'> {
  progress: Progress
}

export interface ClientPage {
  rows: readonly ClientRow[]
  previous: string | null
  next: string | null
  /** Whether there is any tenant below, whatever is searched for. */
  any: boolean
}

/** How a tenant stands, in a word that has a sentence. */
export const CLIENT_STATES = ['suspended', 'empty', 'off', 'partly', 'outstanding', 'done'] as const
export type ClientState = (typeof CLIENT_STATES)[number]
