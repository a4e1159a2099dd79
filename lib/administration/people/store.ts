import type { DbOrTx } from '../../core/db'

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

export function findMembership(db: DbOrTx, scope: { tenantId: string; userId: string }) {
  return db.membership.findFirst({ where: scope, select: { enrolled: true, exemptUntil: true, suspendedAt: true } })
}

/** A request that waits is answered by a reset, whoever asked for that (R6). Gives how many there were. */
export async function updateRequestsDone(db: DbOrTx, userId: string, decidedById: string, now: Date): Promise<number> {
  const { count } = await db.resetRequest.updateMany({
    where: { userId, decidedAt: null, cancelledAt: null, expiresAt: { gt: now } },
    data: { decidedAt: now, decidedById, approved: true, doneAt: now },
  })
  return count
}

export function findLastUse(db: DbOrTx, userId: string) {
  return db.user.findUnique({
    where: { id: userId },
    select: { lastSignInAt: true, lastSecondFactorAt: true, createdAt: true },
  })
}
