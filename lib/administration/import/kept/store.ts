import type { DbOrTx } from '../../../core/db'

export async function insertKeptPart(
  db: DbOrTx,
  part: { importId: string; number: number; sealed: string },
): Promise<void> {
  await db.peopleImportPart.create({ data: part, select: { number: true } })
}

export async function findKeptPart(db: DbOrTx, importId: string, number: number): Promise<string | null> {
  const where = { importId_number: { importId, number } }
  return (await db.peopleImportPart.findUnique({ where, select: { sealed: true } }))?.sealed ?? null
}

/** Whether the file is still there, to be read in another way. */
export async function hasParts(db: DbOrTx, importId: string): Promise<boolean> {
  return (await db.peopleImportPart.findFirst({ where: { importId }, select: { number: true } })) !== null
}

export async function deleteParts(db: DbOrTx, importId: string): Promise<void> {
  await db.peopleImportPart.deleteMany({ where: { importId } })
}

/** Of files that wait for longer than they are kept, and that nobody reads at the moment. Gives how many. */
export async function deleteOldParts(db: DbOrTx, before: Date, limit: number): Promise<number> {
  const where = { import: { createdAt: { lt: before }, leasedUntil: null } }
  const { count } = await db.peopleImportPart.deleteMany({ where, limit })
  return count
}

/** Parts under a key that is lost. */
export async function deletePartsUnder(db: DbOrTx, keyId: string): Promise<void> {
  await db.peopleImportPart.deleteMany({ where: { sealed: { startsWith: `1.${keyId}.` } } })
}
