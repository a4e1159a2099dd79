import type { DbOrTx } from '../core/db'
import type { Role, UserType } from '../identity/user/types'

/**
 * Active people whom more decides about than counters tell, and those who were ever exempted or given more time, in
 * order of their rows.
 */
export function listUnlike(
  db: DbOrTx,
  { tenantIds, which, afterId }: { tenantIds: readonly string[]; which: 'needsFullRead' | 'exempt'; afterId: string },
  now: Date,
  limit: number,
): Promise<{ id: string; userId: string; tenantId: string }[]> {
  return db.membership.findMany({
    where: {
      tenantId: { in: [...tenantIds] },
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
    select: { id: true, userId: true, tenantId: true },
  })
}

/**
 * People at home in the tenants whose mailbox proves nothing at the moment, but for those who need a full read (R11,
 * S20).
 */
export function listWithoutMailbox(
  db: DbOrTx,
  { tenantIds, afterId }: { tenantIds: readonly string[]; afterId: string },
  givenAfter: Date,
  limit: number,
): Promise<{ id: string; tenantId: string }[]> {
  const tenantId = { in: [...tenantIds] }
  return db.user.findMany({
    where: {
      tenantId,
      OR: [{ passwordResetByMailAt: { not: null } }, { addressGivenAt: { gt: givenAfter } }],
      id: { gt: afterId },
      memberships: { some: { tenantId, suspended: false, needsFullRead: false } },
    },
    orderBy: { id: 'asc' },
    take: limit,
    select: { id: true, tenantId: true },
  })
}

export function listFactorKinds(db: DbOrTx, scope: { tenantIds: readonly string[]; userIds: readonly string[] }) {
  return db.membership.findMany({
    where: { tenantId: { in: [...scope.tenantIds] }, userId: { in: [...scope.userIds] } },
    select: { tenantId: true, userId: true, factorKinds: true, ownTwoFactor: true },
  })
}

/** Who is one lost phone away from lockout (M6); while a mark is open, of those whose rows are in step with it (P6). */
export function countAtRisk(db: DbOrTx, tenantId: string, mark: Date | null): Promise<number> {
  const inStep =
    mark === null ? {} : { user: { OR: [{ factorsSettledAt: { gte: mark } }, { createdAt: { gt: mark } }] } }
  return db.membership.count({ where: { tenantId, suspended: false, atRisk: true, ...inStep } })
}

export async function countInvited(
  db: DbOrTx,
  tenantIds: readonly string[],
): Promise<{ tenantId: string; role: Role; people: number }[]> {
  const where = { tenantId: { in: [...tenantIds] } }
  const rows = await db.invitation.groupBy({ by: ['tenantId', 'role'], where, _count: { _all: true } })
  return rows.map(({ tenantId, role, _count }) => ({ tenantId, role, people: _count._all }))
}

export async function countSuspended(
  db: DbOrTx,
  tenantIds: readonly string[],
): Promise<{ tenantId: string; userType: UserType; people: number }[]> {
  const where = { tenantId: { in: [...tenantIds] }, suspended: true }
  const rows = await db.membership.groupBy({ by: ['tenantId', 'userType'], where, _count: { _all: true } })
  return rows.map(({ tenantId, userType, _count }) => ({ tenantId, userType, people: _count._all }))
}
