import type { DbOrTx, Tx } from '../../../core/db'
import { lockTenant } from '../../policy/service'
import type { TenantView } from '../../user/types'
import {
  findBelow,
  insertAncestors,
  listAncestors,
  listDescendants,
  updateSuspension,
  updateToProduction,
} from './store'

/** Ids of whoever is above a tenant, nearest first; none of a root. */
export async function ancestorsOf(db: DbOrTx, tenantId: string): Promise<string[]> {
  return (await listAncestors(db, tenantId)).map(({ ancestorId }) => ancestorId)
}

/** Ids of every tenant below, at any depth. */
export function descendantsOf(db: DbOrTx, partnerId: string): Promise<string[]> {
  return listDescendants(db, partnerId)
}

/** The tenant of this slug below that one; null where it is anybody else's, and where there is none (S15, T6). */
export async function tenantBelow(db: DbOrTx, ancestorId: string, slug: string): Promise<TenantView | null> {
  const found = await findBelow(db, ancestorId, slug)
  if (found === null) return null
  const { suspendedAt, ...tenant } = found
  return { ...tenant, suspended: suspendedAt !== null }
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

/** Its people stay, and so does whatever is below it; false where it is suspended by now. */
export function suspendTenant(tx: Tx, tenantId: string, now: Date): Promise<boolean> {
  return updateSuspension(tx, tenantId, now)
}

/** False where it is not suspended by now. */
export function reactivateTenant(tx: Tx, tenantId: string): Promise<boolean> {
  return updateSuspension(tx, tenantId, null)
}

/** Never back; false where it is in production by now. */
export function moveToProduction(tx: Tx, tenantId: string): Promise<boolean> {
  return updateToProduction(tx, tenantId)
}
