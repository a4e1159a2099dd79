import { type DbOrTx, Prisma } from '../../core/db'
import { asDate, asNumber, asSureDate, asText, asTextOrNull, columnsOf } from '../../core/kernel/stored'
import { assignments, insertion } from '../../core/statement'
import type { DeviceRow, StoredDevice, ValueState } from './rules'

const columns = {
  id: true,
  userId: true,
  verifiedAt: true,
  trustGrantedAt: true,
  forgottenAt: true,
  lastSeenAt: true,
  userAgent: true,
} as const

const FIND = Prisma.raw(`
  SELECT "id", "userId", "verifiedAt", "trustGrantedAt", "forgottenAt", "lastSeenAt", "userAgent", "seriesHash",
    "valueHash", "previousHash", "successorSalt", "generation", "returned"
  FROM "device"`)

function deviceOf(row: Record<string, unknown>): StoredDevice {
  const column = columnsOf(row, 'device', '', row.id)
  return {
    id: column('id', asText),
    userId: column('userId', asText),
    verifiedAt: column('verifiedAt', asDate),
    trustGrantedAt: column('trustGrantedAt', asDate),
    forgottenAt: column('forgottenAt', asDate),
    lastSeenAt: column('lastSeenAt', asSureDate),
    userAgent: column('userAgent', asTextOrNull),
    seriesHash: column('seriesHash', asText),
    valueHash: column('valueHash', asText),
    previousHash: column('previousHash', asTextOrNull),
    successorSalt: column('successorSalt', asTextOrNull),
    generation: column('generation', asNumber),
    returned: column('returned', asNumber),
  }
}

/** Those of the person that the values of a cookie name, forgotten ones too. */
export async function findDevices(
  db: DbOrTx,
  { seriesHashes, userId }: { seriesHashes: readonly string[]; userId: string },
): Promise<StoredDevice[]> {
  const rows = await db.$queryRaw<Record<string, unknown>[]>`
    ${FIND} WHERE "seriesHash" IN (${Prisma.join([...seriesHashes])}) AND "userId" = ${userId}`
  return rows.map(deviceOf)
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

interface Use extends ValueState {
  seriesHash: string
  userAgent: string | null
  address: string | null
  verified: boolean
  trusted: boolean
  now: Date
}

function written({ now, verified, trusted, ...use }: Use) {
  return {
    ...use,
    lastSeenAt: now,
    ...(verified ? { verifiedAt: now } : {}),
    ...(trusted ? { trustGrantedAt: now } : {}),
  }
}

export async function insertDevice(db: DbOrTx, device: { id: string; userId: string }, use: Use): Promise<void> {
  await db.$executeRaw(insertion('device', { ...device, createdAt: use.now, ...written(use) }))
}

export async function findDevice(
  db: DbOrTx,
  { id, userId }: { id: string; userId: string },
): Promise<StoredDevice | null> {
  const [row] = await db.$queryRaw<Record<string, unknown>[]>`${FIND} WHERE "id" = ${id} AND "userId" = ${userId}`
  return row === undefined ? null : deviceOf(row)
}

/** A use of it; false when another one changed its value since it was read, or it was forgotten. */
export async function updateUse(
  db: DbOrTx,
  { id, generation }: Pick<StoredDevice, 'id' | 'generation'>,
  use: Use,
): Promise<boolean> {
  const count = await db.$executeRaw`
    UPDATE "device" SET ${assignments(written(use))}
    WHERE "id" = ${id} AND "generation" = ${generation} AND "forgottenAt" IS NULL`
  return count === 1
}

/** The value that is good now came back: the one before it is good no more (D7). */
export async function updateReturned(db: DbOrTx, { id, generation }: StoredDevice): Promise<void> {
  await db.$executeRaw`
    UPDATE "device" SET "returned" = ${generation}
    WHERE "id" = ${id} AND "generation" = ${generation} AND "returned" < ${generation}`
}

/** An old value came back, whose successor has been seen; once. */
export async function updateCopied(db: DbOrTx, id: string, generation: number, now: Date): Promise<boolean> {
  const { count } = await db.device.updateMany({
    where: { id, returned: { gt: generation }, forgottenAt: null },
    data: { forgottenAt: now, trustGrantedAt: null },
  })
  return count === 1
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
  if (ids.length > 0) await db.device.deleteMany({ where: { userId, id: { in: [...ids] } } })
}

/** What it held is good for nothing more; the row goes when the person signs in there again (D9). */
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
