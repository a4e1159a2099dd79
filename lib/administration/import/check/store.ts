import type { DbOrTx } from '../../../core/db'
import type { StoredRow } from '../types'

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

const BEING_CHECKED = { rows: 0, problem: null, startedAt: null } as const

/** Whether a file of this tenant is being checked, anywhere: as long as its lease is carried on. */
export async function findChecking(db: DbOrTx, tenantId: string, now: Date): Promise<boolean> {
  const where = { tenantId, ...BEING_CHECKED, leasedUntil: { gt: now } }
  return (await db.peopleImport.findFirst({ where, select: { id: true } })) !== null
}

/** Files whose check nobody carried to its end. */
export async function deleteAbandoned(db: DbOrTx, tenantId: string, now: Date): Promise<void> {
  await db.peopleImport.deleteMany({
    where: { tenantId, ...BEING_CHECKED, OR: [{ leasedUntil: null }, { leasedUntil: { lte: now } }] },
  })
}

/** The check goes on; not where it took so long that the file was given up. */
export async function updateChecking(db: DbOrTx, importId: string, leasedUntil: Date): Promise<boolean> {
  const { count } = await db.peopleImport.updateMany({
    where: { id: importId, ...BEING_CHECKED },
    data: { leasedUntil },
  })
  return count === 1
}

/** To be checked once more: not what somebody has said go to. */
export async function updateCheckedAgain(
  db: DbOrTx,
  scope: { tenantId: string; id: string },
  leasedUntil: Date,
): Promise<boolean> {
  const { count } = await db.peopleImport.updateMany({
    where: { ...scope, startedAt: null },
    data: { rows: 0, problem: null, problemRow: null, leasedUntil },
  })
  return count === 1
}

export interface Checked {
  rows: number
  looked: string | null
  fallbackRole: string | null
  suspended: boolean
  update: boolean
  problem: string | null
  problemRow: number | null
}

/** The check has come to its end; false where the file was given up meanwhile. */
export async function updateChecked(db: DbOrTx, importId: string, checked: Checked): Promise<boolean> {
  const { count } = await db.peopleImport.updateMany({
    where: { id: importId, ...BEING_CHECKED },
    data: { ...checked, leasedUntil: null },
  })
  return count === 1
}

export async function insertRows(db: DbOrTx, importId: string, rows: readonly StoredRow[]): Promise<void> {
  await db.peopleImportRow.createMany({
    data: rows.map(({ problem, ...row }) => ({ ...row, code: problem, importId })),
  })
}

/** Some of the rows of an earlier check. Gives how many. */
export async function deleteRows(db: DbOrTx, importId: string, limit: number): Promise<number> {
  const { count } = await db.peopleImportRow.deleteMany({ where: { importId }, limit })
  return count
}
