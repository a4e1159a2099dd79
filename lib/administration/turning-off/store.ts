import type { DbOrTx } from '../../core/db'
import type { VoidRow } from './types'

const columns = {
  tenantId: true,
  voidedAt: true,
  byId: true,
  byName: true,
  locale: true,
  position: true,
  people: true,
} as const

/** One at a time for each tenant: another one begins anew, for everybody. */
export async function upsertVoid(
  db: DbOrTx,
  { tenantId, ...row }: Omit<VoidRow, 'position' | 'people'>,
): Promise<void> {
  const anew = { ...row, position: '', people: 0, leaseToken: null, leasedUntil: null, finishedAt: null }
  await db.factorVoid.upsert({
    where: { tenantId },
    create: { tenantId, ...anew },
    update: anew,
    select: { tenantId: true },
  })
}

function workable(now: Date) {
  return { finishedAt: null, OR: [{ leasedUntil: null }, { leasedUntil: { lte: now } }] }
}

export function findVoidWork(db: DbOrTx, now: Date): Promise<VoidRow | null> {
  return db.factorVoid.findFirst({ where: workable(now), orderBy: { voidedAt: 'asc' }, select: columns })
}

type Scope = Pick<VoidRow, 'tenantId' | 'voidedAt'>

export async function updateVoidLease(
  db: DbOrTx,
  scope: Scope,
  lease: { token: string; until: Date },
  now: Date,
): Promise<boolean> {
  const { count } = await db.factorVoid.updateMany({
    where: { ...scope, ...workable(now) },
    data: { leaseToken: lease.token, leasedUntil: lease.until },
  })
  return count === 1
}

/** Somebody else may go on from then. */
export async function updateVoidLeaseEnded(db: DbOrTx, scope: Scope, token: string, until: Date): Promise<void> {
  await db.factorVoid.updateMany({
    where: { ...scope, leaseToken: token },
    data: { leaseToken: null, leasedUntil: until },
  })
}

/** By whoever holds the lease. */
export async function updateVoidPosition(
  db: DbOrTx,
  scope: Scope & { token: string },
  to: { position: string; people: number; leasedUntil: Date },
): Promise<boolean> {
  const { token, ...row } = scope
  const { count } = await db.factorVoid.updateMany({ where: { ...row, leaseToken: token, finishedAt: null }, data: to })
  return count === 1
}

export async function updateVoidFinished(db: DbOrTx, scope: Scope & { token: string }, now: Date): Promise<boolean> {
  const { token, ...row } = scope
  const { count } = await db.factorVoid.updateMany({
    where: { ...row, leaseToken: token, finishedAt: null },
    data: { finishedAt: now, leaseToken: null, leasedUntil: null },
  })
  return count === 1
}
