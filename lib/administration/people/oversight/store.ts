import type { DbOrTx } from '../../../core/db'

/** One more reset of which the owners are to be told. */
export async function incrementUntold(db: DbOrTx, tenantId: string): Promise<void> {
  await db.resetNotice.upsert({
    where: { tenantId },
    create: { tenantId, untold: 1 },
    update: { untold: { increment: 1 } },
    select: { tenantId: true },
  })
}

export interface Untold {
  tenantId: string
  untold: number
  toldAt: Date | null
}

/** A tenant whose owners were not told of anything since `before`, and are to be told of something. */
export function findUntold(db: DbOrTx, before: Date): Promise<Untold | null> {
  return db.resetNotice.findFirst({
    where: { untold: { gt: 0 }, OR: [{ toldAt: null }, { toldAt: { lte: before } }] },
    select: { tenantId: true, untold: true, toldAt: true },
  })
}

/** One conditional write: of two workers one tells, and what came meanwhile is told the next time. */
export async function updateTold(db: DbOrTx, { tenantId, untold, toldAt }: Untold, now: Date): Promise<boolean> {
  const { count } = await db.resetNotice.updateMany({
    where: { tenantId, toldAt, untold: { gte: untold } },
    data: { untold: { decrement: untold }, toldAt: now },
  })
  return count === 1
}
