import type { Role } from '../../../identity/user/types'
import { may, mayGive } from '../../people/rules'
import type { PeopleAction } from '../../people/types'
import type { Change, Column, ImportOutcome, RowProblem, Said } from '../types'

/** Somebody of the tenant, as a row of a file finds them. */
export interface There {
  userId: string
  name: string
  role: Role
  locale: string | null
  /** At home in another tenant. */
  guest: boolean
  suspended: boolean
  /** A service account now (U8). */
  service: boolean
}

/** In whose name; whoever is at the server's console is nobody of the tenant. */
export interface Changer {
  id: string | null
  role: Role
}

/** What the file says otherwise; a cell that is empty, or a column that is not there, says nothing. */
export function changeOf({ name, role, locale, secrets }: Said, there: There): Change {
  return {
    from: { name: there.name, role: there.role, locale: there.locale },
    to: {
      ...(name === null || name === there.name ? {} : { name }),
      ...(role === null || role === there.role ? {} : { role }),
      ...(locale === null || locale === there.locale ? {} : { locale }),
    },
    secrets,
  }
}

export function changesNothing({ to }: Change): boolean {
  return Object.keys(to).length === 0
}

/** The acts of one that a change is (S29). */
function actsOf({ to }: Change): readonly PeopleAction[] {
  return [
    ...(to.role === undefined ? [] : (['change_role'] as const)),
    ...(to.name === undefined && to.locale === undefined ? [] : (['change_profile'] as const)),
  ]
}

/**
 * Why a change is not made, or null.
 * 1. Not by whoever may do nothing here any more, not of oneself, and not of guests, whose home has them (U6).
 * 2. Not of people who are suspended here, nor of service accounts (U8): they come back by an act of their own.
 * 3. Nobody becomes an owner by a file, and no owner anything else.
 * 4. What the person's page refuses (R3): a higher role, and a role above one's own.
 */
export function refusedChange(
  change: Change,
  there: There,
  changer: Changer | null,
): { column: Column | null; problem: RowProblem } | null {
  const { role } = change.to
  const no = (column: Column | null, problem: RowProblem) => ({ column, problem })
  if (changer === null) return no(null, 'not_permitted')
  if (changer.id === there.userId) return no(null, 'yourself')
  if (there.guest) return no(null, 'guest')
  if (there.suspended) return no(null, 'suspended_here')
  if (there.service) return no(null, 'service_here')
  if (role !== undefined && (role === 'owner' || there.role === 'owner')) return no('role', 'owner')
  if (!actsOf(change).every((act) => may(changer.role, act, 'home', there.role))) return no(null, 'higher_role')
  return role === undefined || mayGive(changer.role, role) ? null : no('role', 'not_permitted')
}

/**
 * What becomes of somebody who is there. Where nobody asked for changes nothing is refused, and who could not be
 * changed is told apart from whom the choice would change.
 */
export function outcomeOfThere(
  said: Said,
  { there, update, changer }: { there: There | null; update: boolean; changer: Changer | null },
): { outcome: ImportOutcome; column: Column | null; problem: RowProblem | null; change: Change | null } {
  const stays = { column: null, problem: null } as const
  if (there === null) {
    return update
      ? { outcome: 'refused', column: null, problem: 'unreadable', change: null }
      : { ...stays, outcome: 'unchanged', change: null }
  }
  const change = changeOf(said, there)
  if (changesNothing(change)) return { ...stays, outcome: 'unchanged', change }
  const refused = refusedChange(change, there, changer)
  if (refused !== null) return { outcome: update ? 'refused' : 'unchangeable', ...refused, change }
  return { ...stays, outcome: update ? 'changed' : 'differs', change }
}
