import type { DbOrTx } from '../../core/db'
import type { Role, UserType } from '../../identity/user/types'
import type { Place, Stretch } from './types'

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
  factorKinds: string
  ownTwoFactor: boolean
  needsFullRead: boolean
  suspended: boolean
  exemptUntil: Date | null
  user: {
    tenantId: string
    name: string
    email: string
    passwordResetByMailAt: Date | null
    addressGivenAt: Date | null
    lastSignInAt: Date | null
  }
}

/**
 * What all rows of a stretch have in common. Along names an index serves it as it stands. Beside surnames, addresses and
 * exemptions, whose indexes hold nothing else, it is said as what a row is not: no index can be chosen for that, which would
 * read everybody of a kind to find a few.
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
}: Stretch) {
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

/** Up to `limit` rows of one stretch, from a place on (not with it), in the order of its key or against it. */
export function listStretch(
  db: DbOrTx,
  scope: { tenantId: string; suspended: boolean },
  stretch: Stretch,
  from: { place: Omit<Place, 'stretch'> | null; backwards: boolean; limit: number },
  now: Date,
): Promise<ListedMembership[]> {
  const { key } = stretch
  const direction = from.backwards ? ('desc' as const) : ('asc' as const)
  const order = from.backwards ? { on: 'lte', beyond: 'lt' } : { on: 'gte', beyond: 'gt' }
  return db.membership.findMany({
    where: {
      ...scope,
      AND: [
        ...filtersOf(stretch),
        ...(stretch.prefix === '' ? [] : [{ [key]: begins(stretch.prefix) }]),
        // The first of the two is what an index can start from.
        ...(from.place === null
          ? []
          : [
              { [key]: { [order.on]: from.place.key } },
              { OR: [{ [key]: { [order.beyond]: from.place.key } }, { id: { [order.beyond]: from.place.id } }] },
            ]),
        ...stretch.notBy.map((other) => ({ NOT: { [other]: begins(stretch.prefix) } })),
        ...(stretch.exempt === true ? [{ exemptUntil: { gt: now } }] : []),
        ...(stretch.among === null ? [] : [{ userId: { in: [...stretch.among] } }]),
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
      factorKinds: true,
      ownTwoFactor: true,
      needsFullRead: true,
      suspended: true,
      exemptUntil: true,
      user: {
        select: {
          tenantId: true,
          name: true,
          email: true,
          passwordResetByMailAt: true,
          addressGivenAt: true,
          lastSignInAt: true,
        },
      },
    },
  })
}

/** Owners at home in the tenant who can act: neither suspended nor converted. */
export function countOwners(db: DbOrTx, tenantId: string, exceptUserId: string): Promise<number> {
  return db.membership.count({
    where: {
      tenantId,
      role: 'owner',
      suspended: false,
      userId: { not: exceptUserId },
      user: { tenantId, suspendedAt: null, kind: 'person' },
    },
  })
}

/** True when that changed anything. */
export async function updateSuspended(
  db: DbOrTx,
  scope: { tenantId: string; userId: string },
  suspended: boolean,
  now: Date,
): Promise<boolean> {
  const { count } = await db.membership.updateMany({
    where: { ...scope, suspended: !suspended },
    data: { suspended, suspendedAt: suspended ? now : null },
  })
  return count === 1
}

export async function updateRole(
  db: DbOrTx,
  scope: { tenantId: string; userId: string; role: Role },
  to: { role: Role; userType: UserType },
): Promise<boolean> {
  const { count } = await db.membership.updateMany({ where: scope, data: to })
  return count === 1
}

export async function deleteMembership(db: DbOrTx, scope: { tenantId: string; userId: string }): Promise<boolean> {
  const { count } = await db.membership.deleteMany({ where: scope })
  return count === 1
}

export function findMembership(db: DbOrTx, scope: { tenantId: string; userId: string }) {
  return db.membership.findFirst({ where: scope, select: { enrolled: true, exemptUntil: true, suspendedAt: true } })
}

/** R6: a request that waits is answered by a reset, whoever asked for that. Gives how many there were. */
export async function updateRequestsDone(db: DbOrTx, userId: string, decidedById: string, now: Date): Promise<number> {
  const { count } = await db.resetRequest.updateMany({
    where: { userId, decidedAt: null, cancelledAt: null, expiresAt: { gt: now } },
    data: { decidedAt: now, decidedById, approved: true, doneAt: now },
  })
  return count
}

/** Who manages this tenant: its owners, or its owners and admins, as mails go to them. */
export function listManagers(db: DbOrTx, tenantId: string, roles: readonly Role[], limit: number) {
  return db.membership.findMany({
    where: { tenantId, role: { in: [...roles] }, suspended: false, user: { suspendedAt: null, kind: 'person' } },
    orderBy: [{ nameKey: 'asc' }, { id: 'asc' }],
    take: limit,
    select: { userId: true, role: true, user: { select: { name: true, email: true, locale: true, tenantId: true } } },
  })
}

export function findLastUse(db: DbOrTx, userId: string) {
  return db.user.findUnique({
    where: { id: userId },
    select: { lastSignInAt: true, lastSecondFactorAt: true, createdAt: true },
  })
}
