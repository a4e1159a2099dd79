import type { DbOrTx } from '../db'

const columns = { id: true, userId: true, verifiedAt: true, forgottenAt: true } as const

export function findDevice(db: DbOrTx, scope: { tokenHash: string; userId: string }) {
  return db.device.findUnique({ where: { tokenHash_userId: scope }, select: columns })
}

export async function upsertDevice(
  db: DbOrTx,
  scope: { tokenHash: string; userId: string },
  row: { id: string; userAgent: string | null; address: string | null; verified: boolean; now: Date },
): Promise<string> {
  const seen = { lastSeenAt: row.now, userAgent: row.userAgent, address: row.address }
  const device = await db.device.upsert({
    where: { tokenHash_userId: scope },
    create: { id: row.id, ...scope, ...seen, createdAt: row.now, verifiedAt: row.verified ? row.now : null },
    update: { ...seen, ...(row.verified ? { verifiedAt: row.now, forgottenAt: null } : {}) },
    select: { id: true },
  })
  return device.id
}

/** Trust ends, the device stays known (D4). */
export async function updateTrustEnded(db: DbOrTx, userId: string): Promise<void> {
  await db.device.updateMany({ where: { userId, trustGrantedAt: { not: null } }, data: { trustGrantedAt: null } })
}

/** Browsers that only signed in. */
export async function deleteUnverified(db: DbOrTx, userId: string): Promise<void> {
  await db.device.deleteMany({ where: { userId, verifiedAt: null } })
}
