import type { DbOrTx } from '../../core/db'
import type { VerificationRow } from './types'

const columns = {
  tenantId: true,
  walk: true,
  fromSeq: true,
  throughSeq: true,
  wholeAt: true,
  startedAt: true,
  finishedAt: true,
  findings: true,
  finding: true,
  dueAt: true,
} as const

/** A tenant whose chain nobody has walked yet. */
export async function findUnverified(db: DbOrTx): Promise<string | null> {
  const row = await db.tenant.findFirst({ where: { verification: null }, orderBy: { id: 'asc' }, select: { id: true } })
  return row?.id ?? null
}

/** Nothing where another worker was here first. */
export async function insertVerification(db: DbOrTx, tenantId: string, dueAt: Date): Promise<void> {
  await db.auditVerification.upsert({
    where: { tenantId },
    create: { tenantId, dueAt },
    update: {},
    select: { tenantId: true },
  })
}

export function findVerification(db: DbOrTx, tenantId: string): Promise<VerificationRow | null> {
  return db.auditVerification.findUnique({ where: { tenantId }, select: columns })
}

function workable(now: Date) {
  return { dueAt: { lte: now }, OR: [{ leasedUntil: null }, { leasedUntil: { lte: now } }] }
}

export function findDue(db: DbOrTx, now: Date): Promise<VerificationRow | null> {
  return db.auditVerification.findFirst({ where: workable(now), orderBy: { dueAt: 'asc' }, select: columns })
}

/** One conditional write: of any number of workers one walks. */
export async function updateLease(
  db: DbOrTx,
  tenantId: string,
  lease: { token: string; until: Date },
  now: Date,
): Promise<boolean> {
  const { count } = await db.auditVerification.updateMany({
    where: { tenantId, ...workable(now) },
    data: { leaseToken: lease.token, leasedUntil: lease.until },
  })
  return count === 1
}

/** By whoever holds the lease; false when somebody else does by now. */
export async function updateVerification(
  db: DbOrTx,
  held: { tenantId: string; token: string },
  data: Partial<Omit<VerificationRow, 'tenantId'>> & { leaseToken?: null; leasedUntil: Date | null },
): Promise<boolean> {
  const { count } = await db.auditVerification.updateMany({
    where: { tenantId: held.tenantId, leaseToken: held.token },
    data,
  })
  return count === 1
}
