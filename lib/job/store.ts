import type { DbOrTx } from '../core/db'

/** Bounded, so that no cleaning holds the database for long. Each gives how many rows went. */
export async function deleteExpiredPasscodes(db: DbOrTx, before: Date, limit: number): Promise<number> {
  const { count } = await db.passcode.deleteMany({ where: { expiresAt: { lt: before } }, limit })
  return count
}

export async function deleteExpiredAttempts(db: DbOrTx, before: Date, limit: number): Promise<number> {
  const { count } = await db.signInAttempt.deleteMany({ where: { expiresAt: { lt: before } }, limit })
  return count
}

export async function deleteExpiredLinks(db: DbOrTx, before: Date, limit: number): Promise<number> {
  const { count } = await db.mailedLink.deleteMany({ where: { expiresAt: { lt: before } }, limit })
  return count
}

/** A counter with a lifetime, or one that still blocks, is no mere window and stays (S5). */
export async function deleteEndedWindows(db: DbOrTx, now: Date, limit: number): Promise<number> {
  const { count } = await db.throttle.deleteMany({
    where: {
      windowEndsAt: { lt: now },
      lifetime: 0,
      OR: [{ blockedUntil: null }, { blockedUntil: { lt: now } }],
    },
    limit,
  })
  return count
}

export async function deleteDoneMail(db: DbOrTx, before: Date, limit: number): Promise<number> {
  const { count } = await db.outboxMessage.deleteMany({
    where: {
      createdAt: { lt: before },
      OR: [{ sentAt: { not: null } }, { failedAt: { not: null } }],
    },
    limit,
  })
  return count
}
