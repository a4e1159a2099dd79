import type { Coverage, TwoFactorState } from '../../../coverage/types'
import type { Role, UserType } from '../../../identity/user/types'

export interface PersonRow {
  id: string
  userId: string
  name: string
  /** Another name of the tenant differs from it by look-alike letters alone. */
  looksLikeAnother: boolean
  email: string
  role: Role
  userType: UserType
  suspended: boolean
  /** At home in another tenant (U6). */
  guest: boolean
  /** Null where none was chosen. */
  locale: string | null
  /** What happens at their next sign-in, and why (M4, M9). */
  coverage: Coverage
  lastSignInAt: Date | null
}

export const SORTS = ['name', 'role', 'status', 'sign_in'] as const
export type Sort = (typeof SORTS)[number]

export interface PeopleQuery {
  suspended: boolean
  /** The beginning of a name, surname or address; empty for everybody. */
  search: string
  userType: UserType | null
  role: Role | null
  status: TwoFactorState | null
  /** Only who is one lost phone away from lockout (M6). */
  atRisk: boolean
  sort: Sort
  /** The other way round. */
  descending?: boolean
  /** A cursor that a page gave, or an end of the list. */
  from: { after: string } | { before: string } | 'first' | 'last'
}

export interface PeoplePage {
  rows: readonly PersonRow[]
  /** Cursors before the first row and after the last; null at an end of the list. */
  previous: string | null
  next: string | null
}

/** Which key a segment of the list goes along, and what all its rows have in common. */
export interface Segment {
  key: 'nameKey' | 'surnameKey' | 'emailKey' | 'signInKey'
  /** The beginning of that key. */
  prefix: string
  /** Keys whose beginning puts a row into an earlier segment. */
  notBy: readonly ('nameKey' | 'surnameKey')[]
  userType: UserType | null
  role: Role | null
  enrolled: boolean | null
  ownTwoFactor: boolean | null
  /** As `writeKinds` writes them; null where it does not matter. */
  factorKinds: string | null
  /** Those only of whom that is true; null where it does not matter. */
  exempt: true | null
  atRisk: true | null
  /** Those about whom more decides than one tenant, or those about whom nothing more does. */
  needsFullRead: boolean | null
  /** Those people only; null for anybody. */
  among: readonly string[] | null
  /** What each row of it is to be in the end: a state, none at all, or anything. */
  status: TwoFactorState | 'none' | null
}

/** Where a page begins: a segment and a key in it. */
export interface Cursor {
  segment: number
  key: string
  id: string
}
