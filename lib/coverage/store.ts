import type { DbOrTx } from '../core/db'
import type { Role, UserType } from '../identity/user/types'

/**
 * Active people whom more decides about than counters tell, and those who were ever exempted or given more time, in
 * order of their rows.
 */
export function listUnlike(
  db: DbOrTx,
  { tenantId, which, afterId }: { tenantId: string; which: 'needsFullRead' | 'exempt'; afterId: string },
  now: Date,
  limit: number,
): Promise<{ id: string; userId: string }[]> {
  return db.membership.findMany({
    where: {
      tenantId,
      suspended: false,
      ...(which === 'needsFullRead'
        ? { needsFullRead: true }
        : {
            exempt: true,
            OR: [{ exemptUntil: { gt: now } }, { moreTimeUntil: { gt: now } }],
            NOT: { needsFullRead: true },
          }),
      id: { gt: afterId },
    },
    orderBy: { id: 'asc' },
    take: limit,
    select: { id: true, userId: true },
  })
}

/**
 * People at home in the tenant whose mailbox proves nothing at the moment, but for those who need a full read (R11,
 * S20).
 */
export function listWithoutMailbox(
  db: DbOrTx,
  { tenantId, afterId }: { tenantId: string; afterId: string },
  givenAfter: Date,
  limit: number,
): Promise<{ id: string }[]> {
  return db.user.findMany({
    where: {
      tenantId,
      OR: [{ passwordResetByMailAt: { not: null } }, { addressGivenAt: { gt: givenAfter } }],
      id: { gt: afterId },
      memberships: { some: { tenantId, suspended: false, needsFullRead: false } },
    },
    orderBy: { id: 'asc' },
    take: limit,
    select: { id: true },
  })
}

export function listFactorKinds(db: DbOrTx, scope: { tenantId: string; userIds: readonly string[] }) {
  return db.membership.findMany({
    where: { tenantId: scope.tenantId, userId: { in: [...scope.userIds] } },
    select: { userId: true, factorKinds: true, ownTwoFactor: true },
  })
}

/** Who is one lost phone away from lockout (M6); while a mark is open, of those whose rows are in step with it (P6). */
export function countAtRisk(db: DbOrTx, tenantId: string, mark: Date | null): Promise<number> {
  const inStep =
    mark === null ? {} : { user: { OR: [{ factorsSettledAt: { gte: mark } }, { createdAt: { gt: mark } }] } }
  return db.membership.count({ where: { tenantId, suspended: false, atRisk: true, ...inStep } })
}

export async function countInvited(db: DbOrTx, tenantId: string): Promise<{ role: Role; people: number }[]> {
  const rows = await db.invitation.groupBy({ by: ['role'], where: { tenantId }, _count: { _all: true } })
  return rows.map(({ role, _count }) => ({ role, people: _count._all }))
}

export async function countSuspended(db: DbOrTx, tenantId: string): Promise<Map<UserType, number>> {
  const where = { tenantId, suspended: true }
  const rows = await db.membership.groupBy({ by: ['userType'], where, _count: { _all: true } })
  return new Map(rows.map(({ userType, _count }) => [userType, _count._all]))
}
