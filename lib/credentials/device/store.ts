import type { DbOrTx } from '../../core/db'
import type { DeviceRow } from './rules'

const columns = {
  id: true,
  userId: true,
  verifiedAt: true,
  trustGrantedAt: true,
  forgottenAt: true,
  lastSeenAt: true,
  userAgent: true,
} as const

export function findDevice(db: DbOrTx, scope: { tokenHash: string; userId: string }): Promise<DeviceRow | null> {
  return db.device.findUnique({ where: { tokenHash_userId: scope }, select: columns })
}

export interface ListedDevice extends DeviceRow {
  address: string | null
  createdAt: Date
}

/** Forgotten ones too, the one seen last first. */
export function listDevices(db: DbOrTx, userId: string): Promise<ListedDevice[]> {
  return db.device.findMany({
    where: { userId },
    orderBy: [{ lastSeenAt: 'desc' }, { id: 'desc' }],
    select: { ...columns, address: true, createdAt: true },
  })
}

export async function upsertDevice(
  db: DbOrTx,
  scope: { tokenHash: string; userId: string },
  row: {
    id: string
    userAgent: string | null
    address: string | null
    verified: boolean
    trusted: boolean
    /** The row counts as made now: what stood in it was forgotten. */
    anew: boolean
    now: Date
  },
): Promise<string> {
  const { now } = row
  const seen = { lastSeenAt: now, userAgent: row.userAgent, address: row.address }
  const forgotten = { forgottenAt: null, createdAt: now, verifiedAt: null, trustGrantedAt: null }
  const proved = { ...(row.verified ? { verifiedAt: now } : {}), ...(row.trusted ? { trustGrantedAt: now } : {}) }
  const device = await db.device.upsert({
    where: { tokenHash_userId: scope },
    create: { id: row.id, ...scope, ...seen, createdAt: now, ...proved },
    update: { ...seen, ...(row.anew ? forgotten : {}), ...proved },
    select: { id: true },
  })
  return device.id
}

/** Trust ends, the device stays known (D4). */
export async function updateTrustEnded(db: DbOrTx, userId: string): Promise<void> {
  await db.device.updateMany({ where: { userId, trustGrantedAt: { not: null } }, data: { trustGrantedAt: null } })
}

/** Browsers that only signed in. */
export async function deleteUnverified(db: DbOrTx, userId: string): Promise<void> {
  await db.device.deleteMany({ where: { userId, verifiedAt: null } })
}

export async function deleteDevices(db: DbOrTx, userId: string, ids: readonly string[]): Promise<void> {
  await db.device.deleteMany({ where: { userId, id: { in: [...ids] } } })
}

/** Nothing of it is left but the row, so that the same cookie can begin anew (D9). */
export async function updateForgotten(db: DbOrTx, scope: { id: string; userId: string }, now: Date): Promise<boolean> {
  const { count } = await db.device.updateMany({
    where: { ...scope, forgottenAt: null },
    data: { forgottenAt: now, trustGrantedAt: null },
  })
  return count === 1
}

export async function updateForgottenSince(
  db: DbOrTx,
  { userId, since }: { userId: string; since: Date },
  now: Date,
): Promise<number> {
  const { count } = await db.device.updateMany({
    where: { userId, forgottenAt: null, OR: [{ createdAt: { gt: since } }, { verifiedAt: { gt: since } }] },
    data: { forgottenAt: now, trustGrantedAt: null },
  })
  return count
}
