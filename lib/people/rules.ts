import type { Policy } from '../policy/types'
import { isConsoleRole, searchKey } from '../user/rules'
import type { Person, Role, UserType } from '../user/types'
import type { PeopleAction, PeopleQuery, Place, Relation, Stretch, TwoFactorStatus } from './types'

const RANK: Readonly<Record<Role, number>> = { owner: 3, admin: 2, agent: 1, end_user: 0 }

export function isHigher(role: Role, than: Role): boolean {
  return RANK[role] > RANK[than]
}

/** To whom an action may be done at all. U6: factors, codes, devices and sessions belong to the home tenant's admins. */
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
  change_address: ['home'],
  exempt: ['home'],
  end_membership: ['guest'],
}

/** What only shows. */
const LOOKS: readonly PeopleAction[] = ['see', 'see_security']

/**
 * The permission matrix, cell by cell (R3, R5, U6).
 * 1. Nobody but owners and admins of this tenant.
 * 2. Only to those whom the action reaches; what changes something never reaches oneself.
 * 3. Not to a higher role.
 */
export function may(actorRole: Role, action: PeopleAction, relation: Relation, targetRole: Role): boolean {
  if (!isConsoleRole(actorRole) || !REACH[action].includes(relation)) return false
  return LOOKS.includes(action) || !isHigher(targetRole, actorRole)
}

/** R3: a role is given up to one's own, and no higher. */
export function mayGive(actorRole: Role, role: Role): boolean {
  return isConsoleRole(actorRole) && !isHigher(role, actorRole)
}

export function relationOf(actorId: string, tenantId: string, target: Person): Relation {
  if (target.id === actorId) return 'self'
  if (target.tenantId === tenantId) return 'home'
  return target.memberships.some((each) => each.tenant.id === tenantId) ? 'guest' : 'other'
}

/** R3, R4: whether codes may be made for this user type. */
export function takesIssuedCodes(userType: UserType, endUsersAllowed: boolean): boolean {
  return userType === 'team' || endUsersAllowed
}

export interface StatusFacts {
  kind: 'person' | 'service'
  enrolled: boolean
  exemptUntil: Date | null
  inForce: boolean
}

/**
 * M3, M4. 1. Service accounts are outside (U8). 2. Who has a factor is enrolled, and is asked. 3. An exemption counts
 * while it lasts (U9). 4. Whoever is covered must set one up.
 */
export function statusOf({ kind, enrolled, exemptUntil, inForce }: StatusFacts, now: Date): TwoFactorStatus {
  if (kind === 'service') return 'service'
  if (enrolled) return 'enrolled'
  if (!inForce) return 'not_required'
  return exemptUntil !== null && exemptUntil > now ? 'exempt' : 'setup_required'
}

const NO_FILTER = { userType: null, role: null, enrolled: null, ownTwoFactor: null, exempt: null }

const ROLES_DOWN: readonly Role[] = ['owner', 'admin', 'agent', 'end_user']

/**
 * The list as stretches, each along one index: together they are the whole answer, in order, and no row is in two.
 * 1. A search: those whose name begins so, then whose surname does, then whose address does.
 * 2. Sorted by role or by 2FA status: a stretch for each.
 * 3. A status is a stretch or two by what the policy asks of each user type (M4).
 */
export function stretchesOf(query: PeopleQuery, policy: Pick<Policy, 'team' | 'end'>): Stretch[] {
  return statusesOf(query)
    .flatMap((status) => filtersOf(status, policy))
    .filter((filter) => query.userType === null || filter.userType === null || filter.userType === query.userType)
    .map((filter) => ({ ...filter, userType: filter.userType ?? query.userType }))
    .flatMap((filter) => rolesOf(query).map((role) => ({ ...filter, role })))
    .flatMap((filter) => searched(filter, searchKey(query.search.replace(/\p{Cc}/gu, ''))))
}

function statusesOf(query: PeopleQuery): (TwoFactorStatus | null)[] {
  if (query.status !== null) return [query.status]
  return query.sort === 'status' ? ['setup_required', 'exempt', 'not_required', 'enrolled'] : [null]
}

function rolesOf(query: PeopleQuery): (Role | null)[] {
  if (query.role !== null) return [query.role]
  return query.sort === 'role' ? [...ROLES_DOWN] : [null]
}

type Filter = Omit<Stretch, 'key' | 'prefix' | 'notBy'>

function filtersOf(status: TwoFactorStatus | null, policy: Pick<Policy, 'team' | 'end'>): Filter[] {
  const open = { ...NO_FILTER, enrolled: false }
  const types = ['team', 'end'] as const
  const required = types.filter((type) => policy[type].required)
  const free = types.filter((type) => !policy[type].required)
  switch (status) {
    case null:
      return [NO_FILTER]
    case 'enrolled':
      return [{ ...NO_FILTER, enrolled: true }]
    case 'not_required':
      return free.length === 2
        ? [{ ...open, ownTwoFactor: false }]
        : free.map((userType) => ({ ...open, userType, ownTwoFactor: false }))
    case 'setup_required':
    case 'exempt': {
      const exempt = status === 'exempt'
      if (required.length === 2) return [{ ...open, exempt }]
      return [
        ...required.map((userType) => ({ ...open, userType, exempt })),
        // U4: those who turned it on for themselves and whose factors are gone.
        ...(required.length === 0
          ? [{ ...open, ownTwoFactor: true, exempt }]
          : free.map((userType) => ({ ...open, userType, ownTwoFactor: true, exempt }))),
      ]
    }
    case 'service':
      return []
  }
}

function searched(filter: Filter, prefix: string): Stretch[] {
  const along = (key: Stretch['key'], notBy: Stretch['notBy']) => ({ ...filter, key, prefix, notBy })
  if (prefix === '') return [along('nameKey', [])]
  return [along('nameKey', []), along('surnameKey', ['nameKey']), along('emailKey', ['nameKey', 'surnameKey'])]
}

export const PAGE_SIZE = 50

/** A place as text for an address. */
export function writePlace({ stretch, key, id }: Place): string {
  return `${stretch}.${id}.${key}`
}

/** What `writePlace` wrote; null for anything else. */
export function readPlace(text: string): Place | null {
  const match = /^(\d{1,2})\.([0-9A-Za-z-]{1,60})\.([^\p{Cc}]{0,320})$/u.exec(text)
  return match === null ? null : { stretch: Number(match[1]), id: match[2] ?? '', key: match[3] ?? '' }
}

/** R3, R5: why, in a sentence that the log and the people told will read. */
export const REASON_LENGTH = 200
