import type { DbOrTx, Tx } from '../../../core/db'
import { lockTenant } from '../../policy/service'
import { insertAncestors, listAncestors, listDescendants } from './store'

/** Ids of whoever is above a tenant, nearest first; none of a root. */
export async function ancestorsOf(db: DbOrTx, tenantId: string): Promise<string[]> {
  return (await listAncestors(db, tenantId)).map(({ ancestorId }) => ancestorId)
}

/** Ids of every tenant below, at any depth. */
export function descendantsOf(db: DbOrTx, partnerId: string): Promise<string[]> {
  return listDescendants(db, partnerId)
}

/**
 * Changes of one tree come one after the other: its root is held until the transaction ends, and stays its root. Gives
 * who is above the tenant, nearest first, as nothing changes it meanwhile.
 */
export async function holdTree(tx: Tx, tenantId: string): Promise<string[]> {
  const rootId = (await ancestorsOf(tx, tenantId)).at(-1) ?? tenantId
  await lockTenant(tx, rootId)
  return ancestorsOf(tx, tenantId)
}

/** A new tenant is below its parent, and below whoever that is below. */
export async function placeBelow(tx: Tx, tenantId: string, parentId: string): Promise<void> {
  const above = [parentId, ...(await holdTree(tx, parentId))]
  await insertAncestors(
    tx,
    above.map((ancestorId, index) => ({ tenantId, ancestorId, distance: index + 1 })),
  )
}
