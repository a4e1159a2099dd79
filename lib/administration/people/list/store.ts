import type { DbOrTx } from '../../../core/db'
import { notAmong } from '../../../core/kernel/unreadable'
import type { Role, UserType } from '../../../identity/user/types'
import type { Cursor, Segment } from './types'

const ROLES: readonly Role[] = ['owner', 'admin', 'agent', 'end_user']

/** Sorts after every other character in the order of bytes. */
const LAST = '\u{10ffff}'

function begins(prefix: string) {
  return { gte: prefix, lt: `${prefix}${LAST}` }
}

export interface ListedMembership {
  id: string
  userId: string
  role: Role
  userType: UserType
  nameKey: string
  surnameKey: string
  emailKey: string
  signInKey: string
  factorKinds: string
  ownTwoFactor: boolean
  atRisk: boolean
  needsFullRead: boolean
  suspended: boolean
  exemptUntil: Date | null
  moreTimeUntil: Date | null
  user: {
    tenantId: string
    name: string
    email: string
    locale: string | null
    passwordResetByMailAt: Date | null
    addressGivenAt: Date | null
    lastSignInAt: Date | null
  }
}

/**
 * What all rows of a segment have in common. Along names an index serves it as it stands. Beside surnames, addresses
 * and exemptions, whose indexes hold nothing else, it is said as what a row is not: no index can be chosen for that,
 * which would read everybody of a kind to find a few.
 */
function filtersOf({
  key,
  exempt,
  atRisk,
  needsFullRead,
  userType,
  role,
  enrolled,
  ownTwoFactor,
  factorKinds,
}: Segment) {
  const few = exempt ?? atRisk ?? needsFullRead ?? false
  const indexed = key === 'nameKey' && !few && factorKinds === null
  const otherType = userType === 'team' ? ('end' as const) : ('team' as const)
  // Of the two indexes with a status the one whose rows are fewer: nearly everybody did not turn 2FA on for themself.
  const byOwn = indexed && (ownTwoFactor === true || userType === null)
  const byType = indexed && ownTwoFactor !== true
  return [
    ...(userType === null ? [] : [byType ? { userType } : { NOT: { userType: otherType } }]),
    ...(role === null ? [] : [indexed ? { role } : { role: { notIn: ROLES.filter((each) => each !== role) } }]),
    ...(enrolled === null ? [] : [indexed ? { enrolled } : { NOT: { enrolled: !enrolled } }]),
    ...(ownTwoFactor === null ? [] : [byOwn ? { ownTwoFactor } : { NOT: { ownTwoFactor: !ownTwoFactor } }]),
    ...(factorKinds === null ? [] : [{ factorKinds }]),
    ...(exempt === true ? [{ exempt }] : []),
    ...(atRisk === true ? [exempt === true ? { NOT: { atRisk: false } } : { atRisk }] : []),
    ...(needsFullRead === null
      ? []
      : [
          needsFullRead && exempt !== true && atRisk !== true
            ? { needsFullRead }
            : { NOT: { needsFullRead: !needsFullRead } },
        ]),
  ]
}

/** Up to `limit` rows of one segment, from a cursor on (not with it), in the order of its key or against it. */
export function listSegment(
  db: DbOrTx,
  { tenantId, suspended, until }: { tenantId: string; suspended: boolean; until?: Date },
  segment: Segment,
  from: { cursor: Omit<Cursor, 'segment'> | null; backwards: boolean; limit: number },
  now: Date,
  without: readonly string[] = [],
): Promise<ListedMembership[]> {
  const { key } = segment
  const direction = from.backwards ? ('desc' as const) : ('asc' as const)
  const order = from.backwards ? { on: 'lte', beyond: 'lt' } : { on: 'gte', beyond: 'gt' }
  return db.membership.findMany({
    where: {
      tenantId,
      suspended,
      ...(until === undefined ? {} : { createdAt: { lte: until } }),
      AND: [
        ...filtersOf(segment),
        ...(segment.prefix === '' ? [] : [{ [key]: begins(segment.prefix) }]),
        // The first of the two is what an index can start from.
        ...(from.cursor === null
          ? []
          : [
              { [key]: { [order.on]: from.cursor.key } },
              { OR: [{ [key]: { [order.beyond]: from.cursor.key } }, { id: { [order.beyond]: from.cursor.id } }] },
            ]),
        ...segment.notBy.map((other) => ({ NOT: { [other]: begins(segment.prefix) } })),
        ...(segment.exempt === true ? [{ OR: [{ exemptUntil: { gt: now } }, { moreTimeUntil: { gt: now } }] }] : []),
        ...notAmong(without),
        ...(segment.among === null ? [] : [{ userId: { in: [...segment.among] } }]),
      ],
    },
    orderBy: [{ [key]: direction }, { id: direction }],
    take: from.limit,
    select: {
      id: true,
      userId: true,
      role: true,
      userType: true,
      nameKey: true,
      surnameKey: true,
      emailKey: true,
      signInKey: true,
      factorKinds: true,
      ownTwoFactor: true,
      atRisk: true,
      needsFullRead: true,
      suspended: true,
      exemptUntil: true,
      moreTimeUntil: true,
      user: {
        select: {
          tenantId: true,
          name: true,
          email: true,
          locale: true,
          passwordResetByMailAt: true,
          addressGivenAt: true,
          lastSignInAt: true,
        },
      },
    },
  })
}
