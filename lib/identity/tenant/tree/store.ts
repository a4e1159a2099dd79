import type { DbOrTx } from '../../../core/db'

/** Who is above, nearest first: one look-up by index, whatever the depth. */
export function listAncestors(db: DbOrTx, tenantId: string): Promise<{ ancestorId: string; distance: number }[]> {
  return db.tenantAncestor.findMany({
    where: { tenantId },
    orderBy: { distance: 'asc' },
    select: { ancestorId: true, distance: true },
  })
}

export async function insertAncestors(
  db: DbOrTx,
  rows: readonly { tenantId: string; ancestorId: string; distance: number }[],
): Promise<void> {
  await db.tenantAncestor.createMany({ data: [...rows] })
}

/** Everybody below at any depth, in the order of their ids. */
export async function listDescendants(db: DbOrTx, ancestorId: string): Promise<string[]> {
  const rows = await db.tenantAncestor.findMany({
    where: { ancestorId },
    orderBy: { tenantId: 'asc' },
    select: { tenantId: true },
  })
  return rows.map(({ tenantId }) => tenantId)
}
