import type { DbOrTx } from '../../../core/db'
import type { ImportOutcome, StoredRow } from '../types'

export interface ImportWork {
  id: string
  tenantId: string
  createdById: string
  createdByName: string
  locale: string
  invite: boolean
  secrets: boolean
  update: boolean
  startedAt: Date
  position: number
}

function workable(now: Date) {
  return {
    startedAt: { not: null },
    finishedAt: null,
    OR: [{ leasedUntil: null }, { leasedUntil: { lte: now } }],
  }
}

/** The one that nobody has tried for longest: one that always fails holds no other up. */
export async function findImportWork(db: DbOrTx, now: Date): Promise<ImportWork | null> {
  const row = await db.peopleImport.findFirst({
    where: workable(now),
    orderBy: [{ leasedUntil: 'asc' }, { startedAt: 'asc' }],
    select: {
      id: true,
      tenantId: true,
      createdById: true,
      createdByName: true,
      locale: true,
      invite: true,
      secrets: true,
      update: true,
      startedAt: true,
      position: true,
    },
  })
  return row === null || row.startedAt === null ? null : { ...row, startedAt: row.startedAt }
}

/** One conditional write: of any number of workers one has the file. */
export async function updateImportLease(
  db: DbOrTx,
  id: string,
  lease: { token: string; until: Date },
  now: Date,
): Promise<boolean> {
  const { count } = await db.peopleImport.updateMany({
    where: { id, ...workable(now) },
    data: { leaseToken: lease.token, leasedUntil: lease.until },
  })
  return count === 1
}

/** Given up: from then on another may go on. */
export async function updateImportLeaseEnded(db: DbOrTx, id: string, token: string, until: Date): Promise<void> {
  await db.peopleImport.updateMany({
    where: { id, leaseToken: token },
    data: { leaseToken: null, leasedUntil: until },
  })
}

/** A batch is done by whoever holds the lease, and by nobody twice. */
export async function updateImportPosition(
  db: DbOrTx,
  scope: { id: string; token: string; from: number },
  to: { position: number; leasedUntil: Date },
): Promise<boolean> {
  const { count } = await db.peopleImport.updateMany({
    where: { id: scope.id, leaseToken: scope.token, position: scope.from },
    data: to,
  })
  return count === 1
}

/** What of another system came along with a batch. */
export async function updateImportBrought(
  db: DbOrTx,
  id: string,
  { apps, codes }: { apps: number; codes: number },
): Promise<void> {
  if (apps === 0) return
  await db.peopleImport.updateMany({ where: { id }, data: { apps: { increment: apps }, codes: { increment: codes } } })
}

export async function findImportBrought(db: DbOrTx, id: string): Promise<{ apps: number; codes: number }> {
  return (
    (await db.peopleImport.findUnique({ where: { id }, select: { apps: true, codes: true } })) ?? { apps: 0, codes: 0 }
  )
}

export async function updateImportFinished(db: DbOrTx, id: string, token: string, finishedAt: Date): Promise<boolean> {
  const { count } = await db.peopleImport.updateMany({
    where: { id, leaseToken: token, finishedAt: null },
    data: { finishedAt, leaseToken: null, leasedUntil: null },
  })
  return count === 1
}

/** Rows to bring in, from a row on. */
export async function listRowsToDo(db: DbOrTx, importId: string, after: number, limit: number): Promise<StoredRow[]> {
  const rows = await db.peopleImportRow.findMany({
    where: { importId, number: { gt: after } },
    orderBy: { number: 'asc' },
    take: limit,
    select: {
      number: true,
      email: true,
      name: true,
      role: true,
      locale: true,
      sealedHash: true,
      outcome: true,
      column: true,
      code: true,
      change: true,
    },
  })
  return rows.map(({ code, ...row }) => ({ ...row, problem: code }) as StoredRow)
}

/** What became of rows of one outcome and problem; their hashes go. */
export async function updateRowsDone(
  db: DbOrTx,
  importId: string,
  numbers: readonly number[],
  done: { outcome: ImportOutcome; column: string | null; code: string | null },
): Promise<void> {
  await db.peopleImportRow.updateMany({
    where: { importId, number: { in: [...numbers] } },
    data: { ...done, sealedHash: null },
  })
}

/** Rows whose role says nothing: they are refused, and can be read again. */
export async function updateRolesRefused(db: DbOrTx, importId: string, numbers: readonly number[]): Promise<void> {
  await db.peopleImportRow.updateMany({
    where: { importId, number: { in: [...numbers] } },
    data: { role: null, outcome: 'refused', column: 'role', code: 'unknown_role', sealedHash: null },
  })
}

/** Rows that wait with a hash under a key that is lost. */
export async function updateRowsRefusedUnder(db: DbOrTx, keyId: string): Promise<void> {
  await db.peopleImportRow.updateMany({
    where: { sealedHash: { startsWith: `1.${keyId}.` } },
    data: { sealedHash: null, outcome: 'refused', column: 'password_hash', code: 'hash_not_accepted' },
  })
}
