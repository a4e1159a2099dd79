import type { DbOrTx } from '../../core/db'

/** Owners at home in the tenant who can act: neither suspended nor converted. */
export function countOwners(
  db: DbOrTx,
  { tenantId, exceptUserId }: { tenantId: string; exceptUserId: string },
  now: Date,
): Promise<number> {
  return db.membership.count({
    where: {
      tenantId,
      role: 'owner',
      suspended: false,
      userId: { not: exceptUserId },
      user: { tenantId, suspendedAt: null, OR: [{ kind: 'person' }, { serviceUntil: { lte: now } }] },
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

/** Until when somebody is a service account, why and by whom (U8). */
export function findService(db: DbOrTx, userId: string) {
  return db.user.findUnique({
    where: { id: userId },
    select: { serviceUntil: true, serviceReason: true, serviceById: true },
  })
}
