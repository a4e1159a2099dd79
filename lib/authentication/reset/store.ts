import type { DbOrTx } from '../../core/db'
import type { ResetRequest } from './types'

const columns = {
  id: true,
  tenantId: true,
  userId: true,
  reason: true,
  address: true,
  userAgent: true,
  createdAt: true,
  expiresAt: true,
  decidedAt: true,
  approved: true,
  denialReason: true,
  cancelledAt: true,
} as const

/** What is still to be decided. */
function open(now: Date) {
  return { decidedAt: null, cancelledAt: null, expiresAt: { gt: now } }
}

export async function insertResetRequest(
  db: DbOrTx,
  row: {
    id: string
    tenantId: string
    userId: string
    attemptId: string
    reason: string | null
    address: string | null
    userAgent: string | null
    createdAt: Date
    expiresAt: Date
  },
): Promise<void> {
  await db.resetRequest.create({ data: row, select: { id: true } })
}

export function findOpen(db: DbOrTx, userId: string, now: Date): Promise<ResetRequest | null> {
  return db.resetRequest.findFirst({ where: { userId, ...open(now) }, select: columns })
}

export function findRequest(db: DbOrTx, scope: { tenantId: string; id: string }): Promise<ResetRequest | null> {
  return db.resetRequest.findFirst({ where: scope, select: columns })
}

/** One conditional write: of an approval, a denial and a cancellation at once, one counts. */
export async function updateDecided(
  db: DbOrTx,
  scope: { tenantId: string; id: string },
  data: { decidedAt: Date; decidedById: string; approved: boolean; denialReason: string | null; doneAt: Date | null },
): Promise<boolean> {
  const { count } = await db.resetRequest.updateMany({ where: { ...scope, ...open(data.decidedAt) }, data })
  return count === 1
}

/** With `since` only those made from then on. */
export async function updateCancelled(db: DbOrTx, userId: string, now: Date, since?: Date): Promise<number> {
  const { count } = await db.resetRequest.updateMany({
    where: { userId, ...open(now), ...(since ? { createdAt: { gte: since } } : {}) },
    data: { cancelledAt: now },
  })
  return count
}

export function countOpen(db: DbOrTx, tenantId: string, now: Date): Promise<number> {
  return db.resetRequest.count({ where: { tenantId, ...open(now) } })
}

/** The oldest open ones first. */
export function listOpen(db: DbOrTx, tenantId: string, now: Date, limit: number): Promise<ResetRequest[]> {
  return db.resetRequest.findMany({
    where: { tenantId, ...open(now) },
    orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
    take: limit,
    select: columns,
  })
}

/** What came to an end lately, the last first. */
export function listEnded(
  db: DbOrTx,
  tenantId: string,
  range: { since: Date; now: Date },
  limit: number,
): Promise<ResetRequest[]> {
  const { since, now } = range
  return db.resetRequest.findMany({
    where: {
      tenantId,
      createdAt: { gt: since },
      OR: [{ decidedAt: { not: null } }, { cancelledAt: { not: null } }, { expiresAt: { lte: now } }],
    },
    orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
    take: limit,
    select: columns,
  })
}

/** A request that waits is answered by a reset, whoever asked for that (R6). Gives how many there were. */
export async function updateRequestsDone(db: DbOrTx, userId: string, decidedById: string, now: Date): Promise<number> {
  const { count } = await db.resetRequest.updateMany({
    where: { userId, decidedAt: null, cancelledAt: null, expiresAt: { gt: now } },
    data: { decidedAt: now, decidedById, approved: true, doneAt: now },
  })
  return count
}
