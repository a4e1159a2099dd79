import type { DbOrTx } from '../../core/db'
import type { Exemption } from './types'

export interface ExemptionScope {
  tenantId: string
  userId: string
}

export function listExemptions(db: DbOrTx, scope: ExemptionScope, since: Date): Promise<Exemption[]> {
  return db.exemption.findMany({
    where: { ...scope, endsAt: { gt: since } },
    orderBy: { startsAt: 'asc' },
    select: { startsAt: true, endsAt: true, endedAt: true },
  })
}

export async function insertExemption(
  db: DbOrTx,
  row: ExemptionScope & {
    id: string
    reason: string
    givenById: string
    startsAt: Date
    endsAt: Date
    moreTime?: boolean
  },
): Promise<void> {
  await db.exemption.create({ data: row, select: { id: true } })
}

/** Those that last are over; gives how many. */
export async function updateExemptionEnded(db: DbOrTx, scope: ExemptionScope, now: Date): Promise<number> {
  const { count } = await db.exemption.updateMany({
    where: { ...scope, endedAt: null, endsAt: { gt: now } },
    data: { endedAt: now },
  })
  return count
}
