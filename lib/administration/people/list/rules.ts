import type { Outcome, TwoFactorState } from '../../../coverage/types'
import { readKinds } from '../../../identity/policy/rules'
import type { FactorKind } from '../../../identity/policy/types'
import { readableEmail, searchKey } from '../../../identity/user/rules'
import type { Role, UserType } from '../../../identity/user/types'
import type { Cursor, PeopleQuery, Segment, Sort } from './types'

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

/** Everybody, along their names. */
export const ANYBODY: Segment = { ...NO_FILTER, key: 'nameKey', prefix: '', notBy: [] }

const ROLES_DOWN: readonly Role[] = ['owner', 'admin', 'agent', 'end_user']

/** What a tenant asks, as far as a list goes by it. */
export type PeopleRequest = Record<UserType, { required: boolean; kinds: readonly FactorKind[] }>

/**
 * The list as segments, each along one index, in which no row is twice; where a status is asked for, a segment may hold
 * some that `coverageOf` then says are of another.
 * 1. A search: those whose name begins so, then whose surname does, then whose address does.
 * 2. Sorted by role or by 2FA status: a segment for each; by the last sign-in: along that, where nothing is searched.
 * 3. A status is some segments by what the policy asks of each user type, and by the kinds of factors people have:
 *    `kinds` are all that occur (M4, P7). `isVoiding`: 2FA was turned off, and rows still say what was (P6).
 */
export function segmentsOf(
  query: Omit<PeopleQuery, 'from'>,
  asked: PeopleRequest,
  kinds: readonly string[],
  isVoiding = false,
): Segment[] {
  return statusesOf(query)
    .flatMap((status) => {
      // No column says what somebody has: everybody is looked through (P6).
      if (isVoiding) return [{ ...NO_FILTER, status }]
      return query.suspended ? filtersOfSuspended(status) : filtersOf(status, asked, kinds)
    })
    .map((filter) => (query.atRisk ? { ...filter, atRisk: true as const } : filter))
    .filter((filter) => query.userType === null || filter.userType === null || filter.userType === query.userType)
    .map((filter) => ({ ...filter, userType: filter.userType ?? query.userType }))
    .flatMap((filter) => rolesOf(query).map((role) => ({ ...filter, role })))
    .flatMap((filter) => searched(filter, searchKey(readableEmail(query.search.replace(/\p{Cc}/gu, ''))), query.sort))
}

function statusesOf({
  status,
  sort,
  suspended,
}: Pick<PeopleQuery, 'status' | 'sort' | 'suspended'>): Segment['status'][] {
  if (status !== null) return [status]
  if (sort !== 'status' || suspended) return [null]
  return ['setup_required', 'exempt', 'not_required', 'enrolled', 'service', 'none']
}

function rolesOf(query: Pick<PeopleQuery, 'role' | 'sort'>): (Role | null)[] {
  if (query.role !== null) return [query.role]
  return query.sort === 'role' ? [...ROLES_DOWN] : [null]
}

type Filter = Omit<Segment, 'key' | 'prefix' | 'notBy'>

const USER_TYPES = ['team', 'end'] as const

/** Supersets of those of a status: what one tenant alone says, and everybody about whom more decides. */
function filtersOf(status: Segment['status'], asked: PeopleRequest, kinds: readonly string[]): Filter[] {
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
        // Those who turned it on for themselves and whose factors are gone (U4).
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
function filtersOfSuspended(status: Segment['status']): Filter[] {
  if (status === null) return [NO_FILTER]
  if (status === 'enrolled') return [{ ...NO_FILTER, status, enrolled: true }]
  return status === 'service' ? [{ ...NO_FILTER, status, needsFullRead: true }] : []
}

/**
 * Supersets of those to whom one thing would happen, likewise, in which nobody is twice (P2). `withoutMailbox` are
 * people of one membership whose mailbox proves nothing now, `lasting` the types that may put enrolment off (P8).
 */
export function segmentsOfOutcome(
  outcome: Outcome,
  userType: UserType | null,
  asked: PeopleRequest,
  kinds: readonly string[],
  deliverable: readonly FactorKind[],
  withoutMailbox: readonly string[],
  lasting: readonly UserType[] = [],
  isVoiding = false,
): Segment[] {
  const query = { search: '', role: null, atRisk: false, sort: 'name', suspended: false } as const
  const of = (status: TwoFactorState, type = userType) =>
    segmentsOf({ ...query, userType: type, status }, asked, kinds, isVoiding)
  const types = USER_TYPES.filter((type) => userType === null || userType === type)
  const canEnrol = (type: UserType) => asked[type].kinds.some((kind) => deliverable.includes(kind))
  const by = (type: UserType, filter: Partial<Filter>): Segment[] =>
    searched({ ...NO_FILTER, userType: type, ...filter }, '')
  switch (outcome) {
    case 'fine':
      return [...of('enrolled'), ...of('not_required')]
    case 'exempt':
      return of('exempt')
    case 'must_enrol':
      return types.filter(canEnrol).flatMap((type) => {
        const segments = of('setup_required', type)
        return lasting.includes(type) ? segments.map(withoutTime) : segments
      })
    case 'may_put_off':
      return types.flatMap((type) =>
        lasting.includes(type)
          ? of('setup_required', type)
          : // The few who were given more time are found where the exempt are.
            [...by(type, { needsFullRead: true }), ...by(type, { needsFullRead: false, exempt: true })],
      )
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

/** Of those without a factor the ones who chose 2FA: nobody gave them time (P8). */
function withoutTime(segment: Segment): Segment {
  const { enrolled, needsFullRead, ownTwoFactor } = segment
  return enrolled === false && needsFullRead === false && ownTwoFactor === null
    ? { ...segment, ownTwoFactor: true }
    : segment
}

function searched(filter: Filter, prefix: string, sort: Sort = 'name'): Segment[] {
  const along = (key: Segment['key'], notBy: Segment['notBy']) => ({ ...filter, key, prefix, notBy })
  if (prefix === '') return [along(sort === 'sign_in' ? 'signInKey' : 'nameKey', [])]
  return [along('nameKey', []), along('surnameKey', ['nameKey']), along('emailKey', ['nameKey', 'surnameKey'])]
}

/** Where a page begins in a list that is read the other way round. */
export function turned(from: PeopleQuery['from']): PeopleQuery['from'] {
  if (from === 'first') return 'last'
  if (from === 'last') return 'first'
  return 'after' in from ? { before: from.after } : { after: from.before }
}

export const PAGE_SIZE = 50

/** A cursor as text for a URL. */
export function writeCursor({ segment, key, id }: Cursor): string {
  return `${segment}.${id}.${key}`
}

/** What `writeCursor` wrote; null for anything else. */
export function readCursor(text: string): Cursor | null {
  const match = /^(\d{1,2})\.([0-9A-Za-z-]{1,60})\.([^\p{Cc}]{0,320})$/u.exec(text)
  return match === null ? null : { segment: Number(match[1]), id: match[2] ?? '', key: match[3] ?? '' }
}
