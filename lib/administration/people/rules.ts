import type { Outcome, TwoFactorState } from '../../coverage/types'
import { readKinds } from '../../identity/policy/rules'
import type { FactorKind } from '../../identity/policy/types'
import { isConsoleRole, searchKey } from '../../identity/user/rules'
import type { Person, Role, UserType } from '../../identity/user/types'
import type { PeopleAction, PeopleQuery, PersonRow, Place, Relation, Stretch } from './types'

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

/** R3, R4: whether codes may be made for this user type. */
export function takesIssuedCodes(userType: UserType, endUsersAllowed: boolean): boolean {
  return userType === 'team' || endUsersAllowed
}

const NO_FILTER = {
  userType: null,
  role: null,
  enrolled: null,
  ownTwoFactor: null,
  factorKinds: null,
  exempt: null,
  atRisk: null,
  needsFullRead: null,
  among: null,
  status: null,
} as const

const ROLES_DOWN: readonly Role[] = ['owner', 'admin', 'agent', 'end_user']

/** What a tenant asks, as far as a list goes by it. */
export type Asked = Record<UserType, { required: boolean; kinds: readonly FactorKind[] }>

/**
 * The list as stretches, each along one index, in which no row is twice; where a status is wished for, a stretch may hold
 * some that `coverageOf` then says are of another.
 * 1. A search: those whose name begins so, then whose surname does, then whose address does.
 * 2. Sorted by role or by 2FA status: a stretch for each.
 * 3. A status is some stretches by what the policy asks of each user type, and by the kinds of factors people have:
 *    `kinds` are all that occur (M4, P7).
 */
export function stretchesOf(query: Omit<PeopleQuery, 'from'>, asked: Asked, kinds: readonly string[]): Stretch[] {
  return statusesOf(query)
    .flatMap((status) => (query.suspended ? filtersOfSuspended(status) : filtersOf(status, asked, kinds)))
    .map((filter) => (query.atRisk ? { ...filter, atRisk: true as const } : filter))
    .filter((filter) => query.userType === null || filter.userType === null || filter.userType === query.userType)
    .map((filter) => ({ ...filter, userType: filter.userType ?? query.userType }))
    .flatMap((filter) => rolesOf(query).map((role) => ({ ...filter, role })))
    .flatMap((filter) => searched(filter, searchKey(query.search.replace(/\p{Cc}/gu, ''))))
}

function statusesOf({
  status,
  sort,
  suspended,
}: Pick<PeopleQuery, 'status' | 'sort' | 'suspended'>): Stretch['status'][] {
  if (status !== null) return [status]
  if (sort !== 'status' || suspended) return [null]
  return ['setup_required', 'exempt', 'not_required', 'enrolled', 'service', 'none']
}

function rolesOf(query: Pick<PeopleQuery, 'role' | 'sort'>): (Role | null)[] {
  if (query.role !== null) return [query.role]
  return query.sort === 'role' ? [...ROLES_DOWN] : [null]
}

type Filter = Omit<Stretch, 'key' | 'prefix' | 'notBy'>

const USER_TYPES = ['team', 'end'] as const

/** Supersets of those of a status: what one tenant alone says, and everybody about whom more decides. */
function filtersOf(status: Stretch['status'], asked: Asked, kinds: readonly string[]): Filter[] {
  const any: Filter = { ...NO_FILTER, status }
  const open: Filter = { ...any, enrolled: false }
  const required = USER_TYPES.filter((type) => asked[type].required)
  const free = USER_TYPES.filter((type) => !asked[type].required)
  const each = (types: readonly UserType[], filter: Filter): Filter[] =>
    types.length === 2 ? [filter] : types.map((userType) => ({ ...filter, userType }))
  const isRefused = (text: string, type: UserType) => !readKinds(text).some((kind) => asked[type].kinds.includes(kind))
  const refused = kinds.filter((text) => text !== '' && USER_TYPES.some((type) => isRefused(text, type)))
  switch (status) {
    case null:
      return [NO_FILTER]
    case 'enrolled':
      // Of one kind of factors after the other only where some of them do not count.
      return refused.length === 0
        ? [{ ...any, enrolled: true }]
        : kinds.filter((text) => text !== '').map((factorKinds) => ({ ...any, factorKinds }))
    case 'not_required':
      return each(free, { ...open, ownTwoFactor: false })
    case 'setup_required': {
      const alone = { ...open, needsFullRead: false }
      return [
        ...each(required, alone),
        // U4: those who turned it on for themselves and whose factors are gone.
        ...each(free, { ...alone, ownTwoFactor: true }),
        ...refused.flatMap((factorKinds) =>
          USER_TYPES.filter((type) => isRefused(factorKinds, type)).map((userType) => ({
            ...any,
            userType,
            factorKinds,
            needsFullRead: false,
            ...(asked[userType].required ? {} : { ownTwoFactor: true }),
          })),
        ),
        { ...any, needsFullRead: true },
      ]
    }
    case 'exempt':
      return [
        { ...open, exempt: true, needsFullRead: false },
        { ...any, needsFullRead: true },
      ]
    case 'service':
    case 'none':
      return [{ ...any, needsFullRead: true }]
  }
}

/** Nothing is asked of whoever is suspended: they have a factor, or are in no state. */
function filtersOfSuspended(status: Stretch['status']): Filter[] {
  if (status === null) return [NO_FILTER]
  if (status === 'enrolled') return [{ ...NO_FILTER, status, enrolled: true }]
  return status === 'service' ? [{ ...NO_FILTER, status, needsFullRead: true }] : []
}

/**
 * P2: supersets of those to whom one thing would happen, likewise, in which nobody is twice. `withoutMailbox` are people of
 * one membership whose mailbox proves nothing now.
 */
export function stretchesOfOutcome(
  outcome: Outcome,
  userType: UserType | null,
  asked: Asked,
  kinds: readonly string[],
  deliverable: readonly FactorKind[],
  withoutMailbox: readonly string[],
): Stretch[] {
  const query = { search: '', role: null, atRisk: false, sort: 'name', suspended: false } as const
  const of = (status: TwoFactorState, type = userType) =>
    stretchesOf({ ...query, userType: type, status }, asked, kinds)
  const types = USER_TYPES.filter((type) => userType === null || userType === type)
  const canEnrol = (type: UserType) => asked[type].kinds.some((kind) => deliverable.includes(kind))
  const by = (type: UserType, filter: Partial<Filter>): Stretch[] =>
    searched({ ...NO_FILTER, userType: type, ...filter }, '')
  switch (outcome) {
    case 'fine':
      return [...of('enrolled'), ...of('not_required')]
    case 'exempt':
      return of('exempt')
    case 'must_enrol':
      return types.filter(canEnrol).flatMap((type) => of('setup_required', type))
    case 'locked_out':
      return types.flatMap((type) => {
        if (canEnrol(type))
          return [...by(type, { needsFullRead: true }), ...by(type, { needsFullRead: false, among: withoutMailbox })]
        const others = (['enrolled', 'not_required', 'exempt'] as const).flatMap((status) => [
          ...by(type, { needsFullRead: true, status }),
          ...by(type, { needsFullRead: false, among: withoutMailbox, status }),
        ])
        return [...of('setup_required', type), ...others]
      })
    case 'service':
    case 'barred':
      // Active here and barred elsewhere are those alone who are members of several tenants.
      return types.flatMap((type) => by(type, { needsFullRead: true }))
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
