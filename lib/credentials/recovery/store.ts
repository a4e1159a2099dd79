import type { DbOrTx } from '../../core/db'

export function listUnused(db: DbOrTx, userId: string) {
  return db.recoveryCode.findMany({
    where: { userId, kind: 'saved', usedAt: null, revokedAt: null },
    orderBy: { number: 'asc' },
    select: { id: true, kind: true, number: true, tag: true, hash: true },
  })
}

export function listUnusedSince(db: DbOrTx, userId: string, since: Date) {
  return db.recoveryCode.findMany({
    where: { userId, kind: 'saved', usedAt: null, revokedAt: null, createdAt: { gt: since } },
    select: { createdAt: true },
  })
}

/** The one that an admin made last, as long as it lives (R3). */
export function listIssued(db: DbOrTx, userId: string, now: Date) {
  return db.recoveryCode.findMany({
    where: { userId, kind: 'issued', usedAt: null, revokedAt: null, expiresAt: { gt: now } },
    // Compared by the database alone, what is no date would be good for ever (N41).
    select: { id: true, kind: true, number: true, tag: true, hash: true, createdAt: true, expiresAt: true },
  })
}

export function countUnused(db: DbOrTx, userId: string): Promise<number> {
  return db.recoveryCode.count({ where: { userId, kind: 'saved', usedAt: null, revokedAt: null } })
}

/** Those of these people who have an unused code, saved or issued. */
export async function listHolders(db: DbOrTx, userIds: readonly string[], now: Date): Promise<string[]> {
  const rows = await db.recoveryCode.findMany({
    where: {
      userId: { in: [...userIds] },
      usedAt: null,
      revokedAt: null,
      OR: [{ kind: 'saved' }, { kind: 'issued', expiresAt: { gt: now } }],
    },
    distinct: ['userId'],
    select: { userId: true },
  })
  return rows.map(({ userId }) => userId)
}

export async function insertIssued(
  db: DbOrTx,
  row: {
    id: string
    userId: string
    tag: number
    hash: string
    createdAt: Date
    expiresAt: Date
    issuedById: string | null
    reason: string
  },
): Promise<void> {
  await db.recoveryCode.create({ data: { ...row, kind: 'issued', number: 0 }, select: { id: true } })
}

/** Earlier issued ones die (R3); gives how many. */
export async function updateIssuedRevoked(db: DbOrTx, userId: string, now: Date): Promise<number> {
  const { count } = await db.recoveryCode.updateMany({
    where: { userId, kind: 'issued', usedAt: null, revokedAt: null },
    data: { revokedAt: now },
  })
  return count
}

/** Of everybody. */
export async function updateAllIssuedRevoked(db: DbOrTx, now: Date): Promise<number> {
  const { count } = await db.recoveryCode.updateMany({
    where: { kind: 'issued', usedAt: null, revokedAt: null },
    data: { revokedAt: now },
  })
  return count
}

/** What people at home in this tenant, or in any, hold from this issuer, or from anybody (R3); gives how many. */
export async function updateIssuedByRevoked(
  db: DbOrTx,
  scope: { issuedById: string | null; tenantId: string | null },
  now: Date,
): Promise<number> {
  const { count } = await db.recoveryCode.updateMany({
    where: {
      kind: 'issued',
      usedAt: null,
      revokedAt: null,
      issuedById: scope.issuedById ?? { not: null },
      ...(scope.tenantId === null ? {} : { user: { tenantId: scope.tenantId } }),
    },
    data: { revokedAt: now },
  })
  return count
}

export async function insertCodes(
  db: DbOrTx,
  rows: readonly { id: string; userId: string; number: number; tag: number; hash: string; createdAt: Date }[],
): Promise<void> {
  await db.recoveryCode.createMany({ data: [...rows] })
}

/** One conditional write (S10). */
export async function consumeCode(db: DbOrTx, scope: { id: string; userId: string }, now: Date): Promise<boolean> {
  const { count } = await db.recoveryCode.updateMany({
    where: { ...scope, usedAt: null, revokedAt: null, OR: [{ expiresAt: null }, { expiresAt: { gt: now } }] },
    data: { usedAt: now },
  })
  return count === 1
}

export async function updateCodesRevoked(db: DbOrTx, userId: string, now: Date): Promise<void> {
  await db.recoveryCode.updateMany({ where: { userId, usedAt: null, revokedAt: null }, data: { revokedAt: now } })
}

/** Saved ones made since then; gives how many. */
export async function updateCodesRevokedSince(db: DbOrTx, userId: string, since: Date, now: Date): Promise<number> {
  const { count } = await db.recoveryCode.updateMany({
    where: { userId, kind: 'saved', usedAt: null, revokedAt: null, createdAt: { gt: since } },
    data: { revokedAt: now },
  })
  return count
}

/** When the code that an admin made last dies, as long as it lives (R3). */
export function findOpenIssued(db: DbOrTx, userId: string, now: Date) {
  return db.recoveryCode.findFirst({
    where: { userId, kind: 'issued', usedAt: null, revokedAt: null, expiresAt: { gt: now } },
    select: { expiresAt: true },
  })
}

/** Saved and issued ones; their hashes begin with the key's id. Gives how many. */
export async function updateCodesRevokedUnder(db: DbOrTx, userId: string, keyId: string, now: Date): Promise<number> {
  const { count } = await db.recoveryCode.updateMany({
    where: { userId, usedAt: null, revokedAt: null, hash: { startsWith: `${keyId}:` } },
    data: { revokedAt: now },
  })
  return count
}
