import type { DbOrTx } from '../../core/db'
import type { PolicyRow } from './rules'

const columns = {
  tenantId: true,
  version: true,
  teamRequired: true,
  teamRequiredSince: true,
  teamKinds: true,
  teamTrustDays: true,
  teamTrustFloor: true,
  teamIdleMinutes: true,
  teamSessionHours: true,
  teamSessionsVoidedAt: true,
  endRequired: true,
  endRequiredSince: true,
  endKinds: true,
  endTrustDays: true,
  endTrustFloor: true,
  endIdleMinutes: true,
  endSessionHours: true,
  endSessionsVoidedAt: true,
  endDeviceVerification: true,
} as const

export function findPolicy(db: DbOrTx, tenantId: string): Promise<PolicyRow | null> {
  return db.policy.findUnique({ where: { tenantId }, select: columns })
}

/** R4. */
export async function findIssuedForEnd(db: DbOrTx, tenantId: string): Promise<boolean> {
  const row = await db.policy.findUnique({ where: { tenantId }, select: { endIssuedRecoveryCodes: true } })
  return row?.endIssuedRecoveryCodes === true
}

/** Held until the transaction ends. */
export async function lockPolicy(db: DbOrTx, tenantId: string): Promise<void> {
  await db.policy.updateMany({ where: { tenantId }, data: { version: { increment: 0 } } })
}

/** P10: one row, whoever it reaches. Two admins at once: the second reads the first one's version and is told. */
export async function updatePolicy(
  db: DbOrTx,
  scope: { tenantId: string; version: number },
  data: Partial<PolicyRow> & { endIssuedRecoveryCodes?: boolean },
  now: Date,
): Promise<boolean> {
  const { count } = await db.policy.updateMany({
    where: scope,
    data: { ...data, version: scope.version + 1, updatedAt: now },
  })
  return count === 1
}
