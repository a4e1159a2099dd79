import { type Db, databaseKind } from '../core/db'
import { adapterKind } from '../core/failure'

/** Fails when the database cannot be reached. */
export async function getAnswer(db: Db): Promise<void> {
  await db.$queryRaw`SELECT 1 AS "one"`
}

export interface AppliedMigration {
  name: string
  checksum: string
  finished: boolean
}

/** What the database says was applied to it; nothing when it never was migrated. */
export async function listAppliedMigrations(db: Db): Promise<AppliedMigration[]> {
  try {
    const rows = await db.$queryRaw<{ name: string; checksum: string; finished: number | bigint }[]>`
      SELECT migration_name AS "name", checksum AS "checksum",
        CASE WHEN finished_at IS NULL THEN 0 ELSE 1 END AS "finished"
      FROM _prisma_migrations WHERE rolled_back_at IS NULL ORDER BY migration_name`
    return rows.map((row) => ({ ...row, finished: Number(row.finished) === 1 }))
  } catch (error) {
    if (adapterKind(error) === 'TableDoesNotExist') return []
    throw error
  }
}

/** The server's clock; null with SQLite, which has none of its own. */
export async function findServerTime(db: Db): Promise<Date | null> {
  if (databaseKind(db) === 'sqlite') return null
  const [row] = await db.$queryRaw<{ now: Date }[]>`SELECT clock_timestamp() AS "now"`
  return row?.now ?? null
}

/** When the newest entry of the log says it was made: ids begin with the time. */
export async function findNewestEventTime(db: Db): Promise<Date | null> {
  const row = await db.auditEvent.findFirst({ orderBy: { id: 'desc' }, select: { at: true } })
  return row?.at ?? null
}

export async function findSlug(db: Db, tenantId: string): Promise<string | null> {
  const row = await db.tenant.findUnique({ where: { id: tenantId }, select: { slug: true } })
  return row?.slug ?? null
}

/** How many rows rest on a key. */
export interface KeyUse {
  keyId: string
  rows: number
}

export async function listPasswordKeys(db: Db): Promise<KeyUse[]> {
  const groups = await db.password.groupBy({ by: ['pepperKeyId'], _count: { _all: true } })
  return groups.map((group) => ({ keyId: group.pepperKeyId, rows: group._count._all }))
}

export async function listHeadKeys(db: Db): Promise<KeyUse[]> {
  const groups = await db.auditHead.groupBy({ by: ['keyId'], _count: { _all: true } })
  return groups.map((group) => ({ keyId: group.keyId, rows: group._count._all }))
}

/** Sealed texts begin `1.<key id>.`. */
export function listFactorKeys(db: Db): Promise<KeyUse[]> {
  const live = { revokedAt: null, sealedKey: { not: null } }
  return keysByBeginning({
    find: async (known) => {
      const NOT = known.map((keyId) => ({ sealedKey: { startsWith: `1.${keyId}.` } }))
      const row = await db.factor.findFirst({ where: { ...live, NOT }, select: { sealedKey: true } })
      return row?.sealedKey?.split('.')[1] ?? null
    },
    count: (keyId) => db.factor.count({ where: { revokedAt: null, sealedKey: { startsWith: `1.${keyId}.` } } }),
  })
}

/** Hashes of recovery codes begin `<key id>:`. */
export function listRecoveryCodeKeys(db: Db): Promise<KeyUse[]> {
  const live = { usedAt: null, revokedAt: null }
  return keysByBeginning({
    find: async (known) => {
      const NOT = known.map((keyId) => ({ hash: { startsWith: `${keyId}:` } }))
      const row = await db.recoveryCode.findFirst({ where: { ...live, NOT }, select: { hash: true } })
      return row?.hash.split(':')[0] ?? null
    },
    count: (keyId) => db.recoveryCode.count({ where: { ...live, hash: { startsWith: `${keyId}:` } } }),
  })
}

/** One query finds a key id that is not known yet, until there is none: rings are short. */
async function keysByBeginning(rows: {
  find: (known: readonly string[]) => Promise<string | null>
  count: (keyId: string) => Promise<number>
}): Promise<KeyUse[]> {
  const uses: KeyUse[] = []
  for (;;) {
    const known = uses.map((use) => use.keyId)
    const keyId = await rows.find(known)
    if (keyId === null || known.includes(keyId)) return uses
    uses.push({ keyId, rows: await rows.count(keyId) })
  }
}
