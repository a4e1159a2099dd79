import type { DbOrTx } from '../../core/db'
import type { BulkOutcome, BulkRow, BulkTarget, NumberedBulkTarget } from './types'

const columns = {
  id: true,
  tenantId: true,
  act: true,
  value: true,
  filter: true,
  createdById: true,
  createdByName: true,
  locale: true,
  cursor: true,
  rows: true,
  createdAt: true,
  gatheredAt: true,
  startedAt: true,
  position: true,
  failures: true,
  finishedAt: true,
} as const

export async function insertBulk(db: DbOrTx, row: BulkRow): Promise<void> {
  await db.bulkAct.create({ data: row, select: { id: true } })
}

export function findBulk(db: DbOrTx, scope: { tenantId: string; id: string }): Promise<BulkRow | null> {
  return db.bulkAct.findFirst({ where: scope, select: columns })
}

export function listBulks(db: DbOrTx, tenantId: string, limit: number): Promise<BulkRow[]> {
  return db.bulkAct.findMany({
    where: { tenantId, startedAt: { not: null } },
    orderBy: { id: 'desc' },
    take: limit,
    select: columns,
  })
}

export async function insertTargets(
  db: DbOrTx,
  bulkId: string,
  after: number,
  targets: readonly BulkTarget[],
): Promise<void> {
  const data = targets.map((target, at) => ({ ...target, bulkId, number: after + at + 1 }))
  await db.bulkTarget.createMany({ data })
}

/** Those of these that are among the targets already. */
export async function listSubjectsAmong(db: DbOrTx, bulkId: string, ids: readonly string[]): Promise<string[]> {
  const rows = await db.bulkTarget.findMany({
    where: { bulkId, subjectId: { in: [...ids] } },
    select: { subjectId: true },
  })
  return rows.map(({ subjectId }) => subjectId)
}

/** A part of the list is gathered by whoever holds the lease, and no part twice. */
export async function updateGathered(
  db: DbOrTx,
  scope: { id: string; token: string; cursor: string | null },
  to: { cursor: string | null; rows: number; gatheredAt: Date | null; leasedUntil: Date },
): Promise<boolean> {
  const { cursor, rows, gatheredAt, leasedUntil } = to
  const { count } = await db.bulkAct.updateMany({
    where: { id: scope.id, leaseToken: scope.token, cursor: scope.cursor, gatheredAt: null },
    data: { cursor, gatheredAt, leasedUntil, rows: { increment: rows } },
  })
  return count === 1
}

/** Somebody says go: once (X7). From now on it waits for a worker. */
export async function updateBulkStarted(
  db: DbOrTx,
  scope: { tenantId: string; id: string; createdById: string },
  startedAt: Date,
): Promise<boolean> {
  const { count } = await db.bulkAct.updateMany({
    where: { ...scope, startedAt: null, gatheredAt: { not: null } },
    data: { startedAt, leasedUntil: startedAt },
  })
  return count === 1
}

export async function deleteBulk(
  db: DbOrTx,
  scope: { tenantId: string; id: string; createdById: string },
): Promise<boolean> {
  const { count } = await db.bulkAct.deleteMany({ where: { ...scope, startedAt: null } })
  return count === 1
}

/** Of one admin, beyond the newest ones that wait to be confirmed. */
export async function deleteWaitingBeyond(
  db: DbOrTx,
  scope: { tenantId: string; createdById: string },
  kept: number,
): Promise<void> {
  const rows = await db.bulkAct.findMany({
    where: { ...scope, startedAt: null },
    orderBy: { id: 'desc' },
    skip: kept,
    select: { id: true },
  })
  if (rows.length > 0) await db.bulkAct.deleteMany({ where: { id: { in: rows.map(({ id }) => id) }, startedAt: null } })
}

/** Never confirmed, or done with for long. Gives how many. */
export async function deleteOldBulks(
  db: DbOrTx,
  before: { waiting: Date; finished: Date },
  limit: number,
): Promise<number> {
  const { count } = await db.bulkAct.deleteMany({
    where: {
      OR: [
        { finishedAt: null, startedAt: null, createdAt: { lt: before.waiting } },
        { finishedAt: { lt: before.finished } },
      ],
    },
    limit,
  })
  return count
}

export async function countTargets(db: DbOrTx, bulkId: string): Promise<{ outcome: BulkOutcome; count: number }[]> {
  const rows = await db.bulkTarget.groupBy({ by: ['outcome'], where: { bulkId }, _count: { _all: true } })
  return rows.map(({ outcome, _count }) => ({ outcome: outcome as BulkOutcome, count: _count._all }))
}

/** From a row on, in the order they were found in. */
export async function listTargets(
  db: DbOrTx,
  bulkId: string,
  { outcome, after }: { outcome: BulkOutcome | null; after: number },
  limit: number,
): Promise<NumberedBulkTarget[]> {
  const rows = await db.bulkTarget.findMany({
    where: { bulkId, number: { gt: after }, ...(outcome === null ? {} : { outcome }) },
    orderBy: { number: 'asc' },
    take: limit,
    select: { number: true, subjectId: true, name: true, email: true, outcome: true },
  })
  return rows.map((row) => ({ ...row, outcome: row.outcome as BulkOutcome }))
}

// ——— after a restore ———

/** Confirmed, and not done with. */
export function listUnderWay(db: DbOrTx, limit: number): Promise<BulkRow[]> {
  return db.bulkAct.findMany({
    where: { startedAt: { not: null }, finishedAt: null },
    orderBy: { id: 'asc' },
    take: limit,
    select: columns,
  })
}

export async function updateBulkStopped(db: DbOrTx, id: string, finishedAt: Date): Promise<boolean> {
  const { count } = await db.bulkAct.updateMany({
    where: { id, finishedAt: null },
    data: { finishedAt, leaseToken: null, leasedUntil: null },
  })
  return count === 1
}

export async function updateOpenTargets(db: DbOrTx, bulkId: string, outcome: BulkOutcome): Promise<void> {
  await db.bulkTarget.updateMany({ where: { bulkId, outcome: 'open' }, data: { outcome } })
}

// ——— the lease ———

function workable(now: Date) {
  return {
    finishedAt: null,
    AND: [
      { OR: [{ gatheredAt: null }, { startedAt: { not: null } }] },
      { OR: [{ leasedUntil: null }, { leasedUntil: { lte: now } }] },
    ],
  }
}

/** The one that nobody has tried for longest: one that always fails holds no other up. */
export function findBulkWork(db: DbOrTx, now: Date): Promise<BulkRow | null> {
  return db.bulkAct.findFirst({
    where: workable(now),
    orderBy: [{ leasedUntil: 'asc' }, { createdAt: 'asc' }],
    select: columns,
  })
}

/** One conditional write: of any number of workers one has it. */
export async function updateBulkLease(
  db: DbOrTx,
  id: string,
  lease: { token: string; until: Date },
  now: Date,
): Promise<boolean> {
  const { count } = await db.bulkAct.updateMany({
    where: { id, ...workable(now) },
    data: { leaseToken: lease.token, leasedUntil: lease.until },
  })
  return count === 1
}

/** The part under way failed: another try is due later. */
export async function updateBulkFailed(
  db: DbOrTx,
  scope: { id: string; token: string },
  to: { leasedUntil: Date; counts: boolean },
): Promise<void> {
  await db.bulkAct.updateMany({
    where: { id: scope.id, leaseToken: scope.token },
    data: { leaseToken: null, leasedUntil: to.leasedUntil, ...(to.counts ? { failures: { increment: 1 } } : {}) },
  })
}

/** Given up: from then on another may go on. */
export async function updateBulkLeaseEnded(db: DbOrTx, id: string, token: string, until: Date): Promise<void> {
  await db.bulkAct.updateMany({ where: { id, leaseToken: token }, data: { leaseToken: null, leasedUntil: until } })
}

/** A part is done by whoever holds the lease, and nothing is done twice. */
export async function updateBulkPosition(
  db: DbOrTx,
  scope: { id: string; token: string; from: number },
  to: { position: number; failures: number; leasedUntil: Date },
): Promise<boolean> {
  const { count } = await db.bulkAct.updateMany({
    where: { id: scope.id, leaseToken: scope.token, position: scope.from, finishedAt: null },
    data: to,
  })
  return count === 1
}

export async function updateTargetsDone(
  db: DbOrTx,
  bulkId: string,
  numbers: readonly number[],
  outcome: BulkOutcome,
): Promise<void> {
  await db.bulkTarget.updateMany({ where: { bulkId, number: { in: [...numbers] } }, data: { outcome } })
}

export async function updateBulkFinished(db: DbOrTx, id: string, token: string, finishedAt: Date): Promise<boolean> {
  const { count } = await db.bulkAct.updateMany({
    where: { id, leaseToken: token, finishedAt: null },
    data: { finishedAt, leaseToken: null, leasedUntil: null },
  })
  return count === 1
}
