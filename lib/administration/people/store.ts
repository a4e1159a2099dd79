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

export function findLastUse(db: DbOrTx, userId: string) {
  return db.user.findUnique({
    where: { id: userId },
    select: { lastSignInAt: true, lastSecondFactorAt: true, createdAt: true },
  })
}
