import { createHash, randomUUID } from 'node:crypto'
import { mkdir, open, readdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import Sqlite from 'better-sqlite3'
import pg from 'pg'
import { databaseKindOf, sqliteFile } from './db'
import { minutes } from './kernel/time'

interface Migration {
  name: string
  sql: string
  checksum: string
}

interface Applied {
  name: string
  checksum: string
  finished: boolean
}

/** The database is not one this version may touch: nothing was changed by the refused migration or later ones. */
export class MigrationError extends Error {
  override name = 'MigrationError'
}

// Prisma's own table, column for column, so that `prisma migrate deploy` stays usable.
const sqliteTable = `CREATE TABLE IF NOT EXISTS "_prisma_migrations" (
    "id"                    TEXT PRIMARY KEY NOT NULL,
    "checksum"              TEXT NOT NULL,
    "finished_at"           DATETIME,
    "migration_name"        TEXT NOT NULL,
    "logs"                  TEXT,
    "rolled_back_at"        DATETIME,
    "started_at"            DATETIME NOT NULL DEFAULT current_timestamp,
    "applied_steps_count"   INTEGER UNSIGNED NOT NULL DEFAULT 0
)`

const postgresqlTable = `CREATE TABLE IF NOT EXISTS _prisma_migrations (
    id                      VARCHAR(36) PRIMARY KEY NOT NULL,
    checksum                VARCHAR(64) NOT NULL,
    finished_at             TIMESTAMPTZ,
    migration_name          VARCHAR(255) NOT NULL,
    logs                    TEXT,
    rolled_back_at          TIMESTAMPTZ,
    started_at              TIMESTAMPTZ NOT NULL DEFAULT now(),
    applied_steps_count     INTEGER NOT NULL DEFAULT 0
)`

const appliedQuery = `SELECT migration_name AS name, checksum, finished_at IS NOT NULL AS finished
  FROM _prisma_migrations WHERE rolled_back_at IS NULL ORDER BY migration_name`

/** Prisma's own lock number, so that `prisma migrate deploy` and this exclude one another. */
const lockNumber = 72707369

const defaultFolder = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'prisma', 'migrations')

async function readMigrations(folder: string): Promise<Migration[]> {
  const entries = await readdir(folder, { withFileTypes: true })
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name)
  return Promise.all(
    names.sort().map(async (name) => {
      const sql = await readFile(join(folder, name, 'migration.sql'), 'utf8')
      return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') }
    }),
  )
}

/** The first migration still to apply, or null. */
function nextMigration(known: Migration[], applied: Applied[]): Migration | null {
  for (const { name, checksum, finished } of applied) {
    const migration = known.find((candidate) => candidate.name === name)
    if (!migration) {
      throw new MigrationError(
        `The database has migration ${name}, which this version does not know: it was migrated by a newer version. ` +
          'Start that version, or restore a backup made before.',
      )
    }
    if (!finished) {
      throw new MigrationError(
        `Migration ${name} was begun by another tool and never finished; see _prisma_migrations.`,
      )
    }
    if (migration.checksum !== checksum) {
      throw new MigrationError(`Migration ${name} was changed after it was applied; its file must not be edited.`)
    }
  }
  return known.find(({ name }) => !applied.some((done) => done.name === name)) ?? null
}

function failure(name: string, cause: unknown): MigrationError {
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new MigrationError(`Migration ${name} failed and was undone: ${reason}`, { cause })
}

async function openSqlite(file: string): Promise<Sqlite.Database> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 })
  await (await open(file, 'a', 0o600)).close()
  const db = new Sqlite(file, { timeout: minutes(1) })
  db.pragma('journal_mode = WAL')
  db.pragma('synchronous = FULL')
  // A table is changed by building it anew, and dropping the old one would cascade into its children.
  db.pragma('foreign_keys = OFF')
  return db
}

async function migrateSqlite(file: string, known: Migration[]): Promise<string[]> {
  const db = await openSqlite(file)

  const applyNext = db.transaction((): string | null => {
    db.exec(sqliteTable)
    const rows = db.prepare<[], { name: string; checksum: string; finished: number }>(appliedQuery).all()
    const migration = nextMigration(
      known,
      rows.map((row) => ({ ...row, finished: row.finished === 1 })),
    )
    if (!migration) return null
    const startedAt = Date.now()
    try {
      db.exec(migration.sql)
      const [broken] = db.pragma('foreign_key_check') as { table: string; parent: string }[]
      if (broken) throw new Error(`a row of ${broken.table} refers to a missing row of ${broken.parent}`)
    } catch (error) {
      throw failure(migration.name, error)
    }
    db.prepare(
      `INSERT INTO _prisma_migrations (id, checksum, finished_at, migration_name, started_at, applied_steps_count)
        VALUES (?, ?, ?, ?, ?, 1)`,
    ).run(randomUUID(), migration.checksum, Date.now(), migration.name, startedAt)
    return migration.name
  })

  try {
    const names: string[] = []
    for (;;) {
      const name = applyNext.immediate()
      if (name === null) return names
      names.push(name)
    }
  } finally {
    db.close()
  }
}

async function migratePostgresql(url: string, known: Migration[]): Promise<string[]> {
  const client = new pg.Client({ connectionString: url, application_name: 'twofold migrate' })
  await client.connect()

  async function applyNext(): Promise<string | null> {
    await client.query('BEGIN')
    try {
      await client.query('SELECT pg_advisory_xact_lock($1)', [lockNumber])
      await client.query(postgresqlTable)
      const { rows } = await client.query<Applied>(appliedQuery)
      const migration = nextMigration(known, rows)
      if (migration) {
        await client.query(migration.sql).catch((error: unknown) => {
          throw failure(migration.name, error)
        })
        await client.query(
          `INSERT INTO _prisma_migrations (id, checksum, finished_at, migration_name, applied_steps_count)
            VALUES ($1, $2, clock_timestamp(), $3, 1)`,
          [randomUUID(), migration.checksum, migration.name],
        )
      }
      await client.query('COMMIT')
      return migration?.name ?? null
    } catch (error) {
      await client.query('ROLLBACK')
      throw error
    }
  }

  try {
    const names: string[] = []
    for (;;) {
      const name = await applyNext()
      if (name === null) return names
      names.push(name)
    }
  } finally {
    await client.end()
  }
}

/**
 * Applies what is pending in `folder`/sqlite or `folder`/postgresql (default: prisma/migrations), in the order of the
 * names, each all or nothing, one process at a time; makes the file of a SQLite database when absent (0600, its folder
 * 0700). Gives the names applied.
 * @throws MigrationError when a migration fails, was edited after it was applied, or is unknown to this version.
 */
export async function applyMigrations({ url, folder = defaultFolder }: { url: string; folder?: string }) {
  const kind = databaseKindOf(url)
  const known = await readMigrations(join(folder, kind))
  return kind === 'sqlite' ? migrateSqlite(sqliteFile(url), known) : migratePostgresql(url, known)
}
