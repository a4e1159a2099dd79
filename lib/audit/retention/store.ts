import { type DbOrTx, Prisma } from '../../core/db'
import type { Checkpoint } from '../types'
import type { RetentionState } from './rules'

export async function findRetention(db: DbOrTx, tenantId: string): Promise<RetentionState | null> {
  const row = await db.auditRetention.findUnique({
    where: { tenantId },
    select: { days: true, nextDays: true, nextAt: true },
  })
  if (row === null) return null
  return { days: row.days, next: row.nextAt === null ? null : { days: row.nextDays, at: row.nextAt } }
}

export async function upsertRetention(
  db: DbOrTx,
  tenantId: string,
  { days, next }: RetentionState,
  lookAt: Date,
): Promise<void> {
  const data = { days, nextDays: next?.days ?? null, nextAt: next?.at ?? null, lookAt }
  await db.auditRetention.upsert({
    where: { tenantId },
    create: { tenantId, ...data },
    update: data,
    select: { tenantId: true },
  })
}

/** What was announced for now or before counts. */
export async function updateDueRetentions(db: DbOrTx, now: Date): Promise<void> {
  await db.$executeRaw`UPDATE "audit_retention" SET "days" = "nextDays", "nextDays" = NULL, "nextAt" = NULL
    WHERE "nextAt" <= ${now}`
}

function workable(now: Date) {
  return { days: { not: null }, lookAt: { lte: now }, OR: [{ leasedUntil: null }, { leasedUntil: { lte: now } }] }
}

/** A tenant whose log is to be looked at now. */
export async function findRetentionWork(db: DbOrTx, now: Date): Promise<{ tenantId: string; days: number } | null> {
  const row = await db.auditRetention.findFirst({
    where: workable(now),
    orderBy: { lookAt: 'asc' },
    select: { tenantId: true, days: true },
  })
  return row === null || row.days === null ? null : { tenantId: row.tenantId, days: row.days }
}

/** One conditional write: of any number of workers one has the log. */
export async function updateRetentionLease(
  db: DbOrTx,
  { tenantId, days }: { tenantId: string; days: number },
  lease: { token: string; until: Date },
  now: Date,
): Promise<boolean> {
  const { count } = await db.auditRetention.updateMany({
    where: { tenantId, ...workable(now), days },
    data: { leaseToken: lease.token, leasedUntil: lease.until },
  })
  return count === 1
}

/** Ends the lease of whoever holds it still, for as many days as it was begun with; false for nobody. */
export async function updateRetentionLooked(
  db: DbOrTx,
  scope: { tenantId: string; days: number; token: string },
  lookAt: Date,
): Promise<boolean> {
  const { count } = await db.auditRetention.updateMany({
    where: { tenantId: scope.tenantId, days: scope.days, leaseToken: scope.token },
    data: { lookAt, leaseToken: null, leasedUntil: null },
  })
  return count === 1
}

/** A lease that ended because the rule was changed meanwhile. */
export async function updateRetentionFreed(db: DbOrTx, tenantId: string, token: string): Promise<void> {
  await db.auditRetention.updateMany({
    where: { tenantId, leaseToken: token },
    data: { leaseToken: null, leasedUntil: null },
  })
}

export async function insertCheckpoint(db: DbOrTx, id: string, checkpoint: Checkpoint): Promise<void> {
  await db.auditCheckpoint.create({ data: { id, ...checkpoint }, select: { id: true } })
}

/** Only the newest stays: it stands for all that is gone. */
export async function deleteCheckpointsBefore(db: DbOrTx, tenantId: string, seq: number): Promise<void> {
  await db.auditCheckpoint.deleteMany({ where: { tenantId, seq: { lt: seq } } })
}

/**
 * Opens the gate for the sealed entries up to this one, and for nothing else; the triggers look whether they may go.
 */
export async function insertDeletions(db: DbOrTx, tenantId: string, upTo: number): Promise<void> {
  await db.$executeRaw`INSERT INTO "audit_deletion" ("eventId")
    SELECT "eventId" FROM "audit_seal" WHERE "tenantId" = ${tenantId} AND "seq" <= ${upTo}`
}

/** Gives how many went. */
export async function deleteSeals(db: DbOrTx, tenantId: string, upTo: number): Promise<number> {
  const { count } = await db.auditSeal.deleteMany({ where: { tenantId, seq: { lte: upTo } } })
  return count
}

export function deleteEvents(db: DbOrTx): Promise<number> {
  return db.$executeRaw(Prisma.sql`DELETE FROM "audit_event" WHERE "id" IN (SELECT "eventId" FROM "audit_deletion")`)
}

/** Closes the gate. */
export async function deleteDeletions(db: DbOrTx): Promise<void> {
  await db.auditDeletion.deleteMany()
}
