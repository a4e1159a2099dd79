import type { DbOrTx } from '../../../core/db'

const view = {
  id: true,
  slug: true,
  name: true,
  kind: true,
  stage: true,
  timeZone: true,
  suspendedAt: true,
} as const

/** The tenant of this slug, where it is below that one: one statement, whoever it belongs to (S15). */
export function findBelow(db: DbOrTx, ancestorId: string, slug: string) {
  return db.tenant.findFirst({ where: { slug, ancestors: { some: { ancestorId } } }, select: view })
}

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

/** Once each way: false where it is so by now. */
export async function updateSuspension(db: DbOrTx, id: string, suspendedAt: Date | null): Promise<boolean> {
  const where = { id, suspendedAt: suspendedAt === null ? { not: null } : null }
  const { count } = await db.tenant.updateMany({ where, data: { suspendedAt } })
  return count === 1
}

/** Forwards only. */
export async function updateToProduction(db: DbOrTx, id: string): Promise<boolean> {
  const { count } = await db.tenant.updateMany({ where: { id, stage: 'trial' }, data: { stage: 'production' } })
  return count === 1
}
