import { by } from '../../audit/rules'
import type { AuditEntry } from '../../audit/types'
import type { Confirmed, FreshAdmin, Operator } from '../../identity/actor/types'
import { isConsoleRole, isHigherRole } from '../../identity/user/rules'
import type { Person, Role, UserType } from '../../identity/user/types'
import type { PersonRow } from './list/types'
import type { PeopleAction, Relation } from './types'

/**
 * To whom an action may be done at all. U6: factors, codes, devices and sessions belong to the home tenant's admins.
 */
const REACH: Readonly<Record<PeopleAction, readonly Relation[]>> = {
  see: ['self', 'home', 'guest'],
  see_security: ['self', 'home'],
  reset_2fa: ['home'],
  issue_code: ['home'],
  end_sessions: ['home'],
  forget_devices: ['home'],
  suspend: ['home'],
  reactivate: ['home'],
  change_role: ['home'],
  change_profile: ['home'],
  change_address: ['home'],
  exempt: ['home'],
  remind: ['home'],
  make_service: ['home'],
  end_service: ['home'],
  end_membership: ['guest'],
}

/** What only shows. */
const LOOKS: readonly PeopleAction[] = ['see', 'see_security']

/**
 * The permission matrix, cell by cell (R3, R5, U6).
 * 1. Nobody but owners and admins of this tenant.
 * 2. Only to those whom the action reaches; what changes something never reaches oneself.
 * 3. Not to a higher role.
 * 4. No owner becomes a service account (U8).
 */
export function may(actorRole: Role, action: PeopleAction, relation: Relation, targetRole: Role): boolean {
  if (!isConsoleRole(actorRole) || !REACH[action].includes(relation)) return false
  if (action === 'make_service' && targetRole === 'owner') return false
  return LOOKS.includes(action) || !isHigherRole(targetRole, actorRole)
}

/** What is done to service accounts: nothing about 2FA, sessions or roles, of which they use none (U8). */
const OF_SERVICES: readonly PeopleAction[] = [
  ...LOOKS,
  'suspend',
  'reactivate',
  'change_profile',
  'change_address',
  'make_service',
  'end_service',
  'end_membership',
]

/** Whether an act is one for somebody who is a service account now (U8). */
export function suitsService(action: PeopleAction): boolean {
  return OF_SERVICES.includes(action)
}

/** Whether it is offered for them, or for a person. */
export function isOffered(action: PeopleAction, service: boolean): boolean {
  return service ? action !== 'make_service' && suitsService(action) : action !== 'end_service'
}

/** A role is given up to one's own, and no higher (R3). */
export function mayGive(actorRole: Role, role: Role): boolean {
  return isConsoleRole(actorRole) && !isHigherRole(role, actorRole)
}

export function relationOf(actorId: string, tenantId: string, target: Person): Relation {
  const isGuest = target.memberships.some((each) => each.tenant.id === tenantId)
  return relation(target.id === actorId, target.tenantId === tenantId, isGuest)
}

/** The same of a row of the tenant's list. */
export function relationOfRow(actorId: string, row: Pick<PersonRow, 'userId' | 'guest'>): Relation {
  return relation(row.userId === actorId, !row.guest, row.guest)
}

function relation(isSelf: boolean, isHome: boolean, isGuest: boolean): Relation {
  if (isSelf) return 'self'
  if (isHome) return 'home'
  return isGuest ? 'guest' : 'other'
}

/** Whether codes may be made for this user type (R3, R4). */
export function takesIssuedCodes(userType: UserType, endUsersAllowed: boolean): boolean {
  return userType === 'team' || endUsersAllowed
}

/** Who did something to a person, as the log and that person are told; the server's console stands for the company. */
export function doneBy(
  actor: FreshAdmin | Confirmed | Operator,
  tenant: { name: string },
): { entry: Pick<AuditEntry, 'actor' | 'request'>; name: string; locale: string | null } {
  return 'person' in actor
    ? { entry: by(actor), name: actor.person.name, locale: actor.locale }
    : { entry: { actor: { kind: 'operator' }, request: actor.request }, name: tenant.name, locale: null }
}

/** Why, in a sentence that the log and the people told will read (R3, R5). */
export const REASON_LENGTH = 200
