import type { DbOrTx } from '../../core/db'
import { notAmong } from '../../core/kernel/unreadable'

/** Exemptions and more time that last, the first to end first. */
export function listLasting(db: DbOrTx, tenantId: string, now: Date, limit: number, without: readonly string[]) {
  return db.exemption.findMany({
    where: { tenantId, endedAt: null, endsAt: { gt: now }, AND: notAmong(without) },
    orderBy: [{ endsAt: 'asc' }, { id: 'asc' }],
    take: limit,
    select: {
      id: true,
      reason: true,
      givenById: true,
      startsAt: true,
      endsAt: true,
      moreTime: true,
      user: { select: { name: true, email: true } },
    },
  })
}

/** Service accounts are among those about whom more decides, whom an index finds (U8). */
export async function listServices(db: DbOrTx, tenantId: string, now: Date, limit: number) {
  const rows = await db.membership.findMany({
    where: {
      tenantId,
      suspended: false,
      needsFullRead: true,
      user: { kind: 'service', OR: [{ serviceUntil: null }, { serviceUntil: { gt: now } }] },
    },
    orderBy: [{ nameKey: 'asc' }, { id: 'asc' }],
    take: limit,
    select: {
      createdAt: true,
      user: {
        select: {
          id: true,
          tenantId: true,
          name: true,
          email: true,
          serviceSince: true,
          serviceUntil: true,
          serviceReason: true,
          serviceById: true,
        },
      },
    },
  })
  return rows.map(({ createdAt, user }) => ({ ...user, createdAt }))
}
