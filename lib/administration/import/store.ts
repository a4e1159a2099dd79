// Above 300 lines: each function is one statement on an import and its rows, which have one writer.

import type { DbOrTx } from '../../core/db'
import type { Role, UserType } from '../../identity/user/types'
import type { ImportOutcome, RowOutcome, RowProblem } from './types'

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
  createdById: true,
  createdByName: true,
  invite: true,
  fallbackRole: true,
  suspended: true,
  update: true,
  looked: true,
  problem: true,
  problemRow: true,
  rows: true,
  position: true,
  createdAt: true,
  startedAt: true,
  finishedAt: true,
} as const

export interface StoredImport {
  id: string
  fileName: string
  createdById: string
  createdByName: string
  invite: boolean
  fallbackRole: string | null
  suspended: boolean
  update: boolean
  looked: string | null
  problem: string | null
  problemRow: number | null
  rows: number
  position: number
  createdAt: Date
  startedAt: Date | null
  finishedAt: Date | null
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

/** How many rows of each outcome. */
export async function countRows(db: DbOrTx, importId: string): Promise<{ outcome: ImportOutcome; count: number }[]> {
  const rows = await db.peopleImportRow.groupBy({ by: ['outcome'], where: { importId }, _count: { _all: true } })
  return rows.map(({ outcome, _count }) => ({ outcome: outcome as ImportOutcome, count: _count._all }))
}

/** How many of the refused ones for each reason. */
export async function countProblems(
  db: DbOrTx,
  importId: string,
): Promise<{ problem: RowProblem | null; count: number }[]> {
  const rows = await db.peopleImportRow.groupBy({
    by: ['code'],
    where: { importId, outcome: 'refused' },
    _count: { _all: true },
  })
  return rows.map(({ code, _count }) => ({ problem: code as RowProblem | null, count: _count._all }))
}

export interface ShownRow extends Omit<RowOutcome, 'change'> {
  name: string
  role: Role | null
  locale: string | null
  /** As it is kept. */
  change: string | null
}

/** Rows of a file in its order, from a row on. */
export async function listRows(
  db: DbOrTx,
  importId: string,
  only: {
    outcomes: readonly ImportOutcome[]
    problem: RowProblem | null
    except: RowProblem | null
    roles: readonly Role[]
  },
  after: number,
  limit: number,
): Promise<ShownRow[]> {
  const rows = await db.peopleImportRow.findMany({
    where: {
      importId,
      number: { gt: after },
      // A role that is none keeps no other row from being shown (N41).
      OR: [{ role: null }, { role: { in: [...only.roles] } }],
      ...(only.outcomes.length === 0 ? {} : { outcome: { in: [...only.outcomes] } }),
      ...(only.problem === null ? {} : { code: only.problem }),
      ...(only.except === null ? {} : { NOT: { code: only.except } }),
    },
    orderBy: { number: 'asc' },
    take: limit,
    select: {
      number: true,
      email: true,
      name: true,
      role: true,
      locale: true,
      outcome: true,
      column: true,
      code: true,
      change: true,
    },
  })
  return rows.map(({ code, ...row }) => ({ ...row, problem: code }) as ShownRow)
}

/** Somebody says go: once (X8), and for changes at a proof of theirs alone. From now on it waits for a worker. */
export async function updateStarted(
  db: DbOrTx,
  scope: { tenantId: string; id: string },
  data: { createdById: string; createdByName: string; secrets: boolean; startedAt: Date },
  withChanges: boolean,
): Promise<boolean> {
  const { count } = await db.peopleImport.updateMany({
    // Not while it is read once more.
    where: { ...scope, startedAt: null, rows: { gt: 0 }, ...(withChanges ? {} : { update: false }) },
    data: { ...data, leasedUntil: data.startedAt },
  })
  return count === 1
}

/** Somebody said go, and it is not done with. */
export function listImportsUnderWay(db: DbOrTx, limit: number) {
  return db.peopleImport.findMany({
    where: { startedAt: { not: null }, finishedAt: null },
    orderBy: { id: 'asc' },
    take: limit,
    select: { id: true, tenantId: true, fileName: true, rows: true },
  })
}

/** It waits for somebody to say go once more, and for an owner where passwords are among it. */
export async function updateImportStopped(db: DbOrTx, id: string): Promise<void> {
  await db.peopleImport.updateMany({
    where: { id, finishedAt: null },
    data: { startedAt: null, secrets: false, leaseToken: null, leasedUntil: null },
  })
}

/** Rows of the file up to a place in it. */
export function countRowsUpTo(db: DbOrTx, importId: string, position: number): Promise<number> {
  return db.peopleImportRow.count({ where: { importId, number: { lte: position } } })
}
