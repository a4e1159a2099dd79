import type { DbOrTx } from '../../core/db'
import type { Role, UserType } from '../../identity/user/types'
import type { Counts, ImportOutcome, RowOutcome } from './types'

/** Those of these addresses that somebody has, with the tenants they belong to. */
export async function listTaken(
  db: DbOrTx,
  emails: readonly string[],
): Promise<{ email: string; tenantIds: readonly string[] }[]> {
  const rows = await db.user.findMany({
    where: { email: { in: [...emails] } },
    select: { email: true, memberships: { select: { tenantId: true } } },
  })
  return rows.map(({ email, memberships }) => ({ email, tenantIds: memberships.map((each) => each.tenantId) }))
}

/** Those of these addresses that somebody may still take back (R11). */
export async function listHeld(db: DbOrTx, emails: readonly string[], now: Date): Promise<string[]> {
  const rows = await db.mailedLink.findMany({
    where: { email: { in: [...emails] }, kind: 'undo', usedAt: null, expiresAt: { gt: now } },
    select: { email: true },
  })
  return rows.flatMap(({ email }) => email ?? [])
}

export interface NewPerson {
  user: { id: string; tenantId: string; email: string; name: string; locale: string | null; createdAt: Date }
  membership: {
    id: string
    tenantId: string
    userId: string
    role: Role
    userType: UserType
    nameKey: string
    surnameKey: string
    lookKey: string
    emailKey: string
    createdAt: Date
  }
  password: { userId: string; hash: string; pepperKeyId: string; setAt: Date }
}

// ——— files from the console ———

const columns = {
  id: true,
  fileName: true,
  createdByName: true,
  invite: true,
  rows: true,
  position: true,
  createdAt: true,
  startedAt: true,
  finishedAt: true,
} as const

export interface StoredImport {
  id: string
  fileName: string
  createdByName: string
  invite: boolean
  rows: number
  position: number
  createdAt: Date
  startedAt: Date | null
  finishedAt: Date | null
}

export async function insertImport(
  db: DbOrTx,
  row: {
    id: string
    tenantId: string
    createdById: string
    createdByName: string
    locale: string
    fileName: string
    invite: boolean
    rows: number
    createdAt: Date
    leasedUntil: Date
  },
): Promise<void> {
  await db.peopleImport.create({ data: row, select: { id: true } })
}

/** Whether a file of this tenant is being checked, anywhere: as long as its lease is carried on. */
export async function findChecking(db: DbOrTx, tenantId: string, now: Date): Promise<boolean> {
  const where = { tenantId, rows: 0, startedAt: null, leasedUntil: { gt: now } }
  return (await db.peopleImport.findFirst({ where, select: { id: true } })) !== null
}

/** Files whose check nobody carried to its end. */
export async function deleteAbandoned(db: DbOrTx, tenantId: string, now: Date): Promise<void> {
  await db.peopleImport.deleteMany({
    where: { tenantId, rows: 0, startedAt: null, OR: [{ leasedUntil: null }, { leasedUntil: { lte: now } }] },
  })
}

/** The check goes on; not where it took so long that the file was given up. */
export async function updateChecking(db: DbOrTx, importId: string, leasedUntil: Date): Promise<boolean> {
  const { count } = await db.peopleImport.updateMany({
    where: { id: importId, rows: 0, startedAt: null },
    data: { leasedUntil },
  })
  return count === 1
}

export interface StoredRow extends RowOutcome {
  name: string
  role: Role | null
  locale: string | null
  sealedHash: string | null
}

export async function insertRows(db: DbOrTx, importId: string, rows: readonly StoredRow[]): Promise<void> {
  await db.peopleImportRow.createMany({
    data: rows.map(({ problem, ...row }) => ({ ...row, code: problem, importId })),
  })
}

export async function updateRows(db: DbOrTx, importId: string, rows: number): Promise<void> {
  await db.peopleImport.updateMany({ where: { id: importId }, data: { rows, leasedUntil: null } })
}

export async function deleteImport(db: DbOrTx, scope: { tenantId: string; id: string }): Promise<boolean> {
  const { count } = await db.peopleImport.deleteMany({ where: { ...scope, startedAt: null } })
  return count === 1
}

/** Files that are over for a while, started or not. */
export async function deleteOldImports(db: DbOrTx, before: Date, limit: number): Promise<number> {
  const { count } = await db.peopleImport.deleteMany({
    where: { createdAt: { lt: before }, OR: [{ startedAt: null }, { finishedAt: { not: null } }] },
    limit,
  })
  return count
}

export function findImport(db: DbOrTx, scope: { tenantId: string; id: string }): Promise<StoredImport | null> {
  return db.peopleImport.findFirst({ where: scope, select: columns })
}

export function listImports(db: DbOrTx, tenantId: string, limit: number): Promise<StoredImport[]> {
  return db.peopleImport.findMany({ where: { tenantId }, orderBy: { id: 'desc' }, take: limit, select: columns })
}

export async function countRows(db: DbOrTx, importId: string): Promise<Counts> {
  const rows = await db.peopleImportRow.groupBy({
    by: ['outcome'],
    where: { importId },
    _count: { _all: true },
  })
  const of = (outcome: ImportOutcome) => rows.find((row) => row.outcome === outcome)?._count._all ?? 0
  return { added: of('added'), invited: of('invited'), unchanged: of('unchanged'), refused: of('refused') }
}

/** Rows that are not brought in, in the order of the file, from a row on. */
export async function listRefused(db: DbOrTx, importId: string, after: number, limit: number): Promise<RowOutcome[]> {
  const rows = await db.peopleImportRow.findMany({
    where: { importId, outcome: 'refused', number: { gt: after } },
    orderBy: { number: 'asc' },
    take: limit,
    select: { number: true, email: true, outcome: true, column: true, code: true },
  })
  return rows.map(({ code, ...row }) => ({ ...row, problem: code }) as RowOutcome)
}

/** Somebody says go: once (X8). From now on it waits for a worker. */
export async function updateStarted(
  db: DbOrTx,
  scope: { tenantId: string; id: string },
  data: { createdById: string; createdByName: string; startedAt: Date },
): Promise<boolean> {
  const { count } = await db.peopleImport.updateMany({
    where: { ...scope, startedAt: null },
    data: { ...data, leasedUntil: data.startedAt },
  })
  return count === 1
}

/** Rows of the file up to a place in it. */
export function countRowsUpTo(db: DbOrTx, importId: string, position: number): Promise<number> {
  return db.peopleImportRow.count({ where: { importId, number: { lte: position } } })
}

export interface ImportWork {
  id: string
  tenantId: string
  createdById: string
  createdByName: string
  locale: string
  invite: boolean
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
export function findImportWork(db: DbOrTx, now: Date): Promise<ImportWork | null> {
  return db.peopleImport.findFirst({
    where: workable(now),
    orderBy: [{ leasedUntil: 'asc' }, { startedAt: 'asc' }],
    select: {
      id: true,
      tenantId: true,
      createdById: true,
      createdByName: true,
      locale: true,
      invite: true,
      position: true,
    },
  })
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
