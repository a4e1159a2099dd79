// Above 300 lines: one protocol on two databases, to be read side by side: the lock, the wait, the application of
// one migration.

import { createHash, randomUUID } from 'node:crypto'
import { mkdir, open, readdir, readFile } from 'node:fs/promises'
import type { Socket } from 'node:net'
import { dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import Sqlite from 'better-sqlite3'
import pg from 'pg'
import { databaseKindOf, sqliteFile } from './db'
import { minutes, seconds } from './kernel/time'

export interface Migration {
  name: string
  sql: string
  checksum: string
}

export interface Applied {
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

export const postgresqlTable = `CREATE TABLE IF NOT EXISTS _prisma_migrations (
    id                      VARCHAR(36) PRIMARY KEY NOT NULL,
    checksum                VARCHAR(64) NOT NULL,
    finished_at             TIMESTAMPTZ,
    migration_name          VARCHAR(255) NOT NULL,
    logs                    TEXT,
    rolled_back_at          TIMESTAMPTZ,
    started_at              TIMESTAMPTZ NOT NULL DEFAULT now(),
    applied_steps_count     INTEGER NOT NULL DEFAULT 0
)`

export const appliedQuery = `SELECT migration_name AS name, checksum, finished_at IS NOT NULL AS finished
  FROM _prisma_migrations WHERE rolled_back_at IS NULL ORDER BY migration_name`

/** Prisma's own lock number, so that `prisma migrate deploy` and this exclude one another. */
export const lockNumber = 72707369

// Built, this stands in dist, one folder below the root; as source two.
const up = import.meta.url.endsWith('.ts') ? ['..', '..'] : ['..']
export const migrationsFolder = join(dirname(fileURLToPath(import.meta.url)), ...up, 'prisma', 'migrations')

export async function readMigrations(folder: string): Promise<Migration[]> {
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
export function nextMigration(known: Migration[], applied: Applied[]): Migration | null {
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

export function failure(name: string, cause: unknown): MigrationError {
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new MigrationError(`Migration ${name} failed and was undone: ${reason}`, { cause })
}

/** Told while something makes a start wait: a sentence for the log. */
export type OnWait = (sentence: string) => void

/** How long a lock is waited for, how often it is looked at, and how often a wait is told. Milliseconds. */
export interface Patience {
  lock: number
  look: number
  tell: number
  /** How long the database server may say nothing. */
  silence: number
}

const PATIENCE: Patience = { lock: minutes(1), look: 100, tell: seconds(5), silence: seconds(20) }

const LOCKED =
  'Another process is migrating the database or writing to it without a pause, and did not finish in time: stop it, ' +
  'or wait until it is done, and start again.'
const SILENT =
  'The database server took the connection and then said nothing: look whether it is overloaded or behind a ' +
  'firewall that drops connections, and start again.'

/** Tries until it is not `busy`, tells of a long wait, and throws when there is no end to it. */
async function untilFree<T>(
  work: () => Promise<T | 'busy'> | T | 'busy',
  { lock, look, tell }: Patience,
  onWait: OnWait,
): Promise<T> {
  const began = performance.now()
  for (let told = 0; ; ) {
    const outcome = await work()
    if (outcome !== 'busy') return outcome
    const waited = performance.now() - began
    if (waited >= lock) throw new MigrationError(LOCKED)
    if (waited >= told * tell + tell) {
      told += 1
      const left = Math.max(1, Math.round((lock - waited) / 1000))
      onWait(`Another process holds the database while it migrates or writes: waiting for up to ${left} s more.`)
    }
    await pause(look)
  }
}

function unlessBusy<T>(work: () => T): T | 'busy' {
  try {
    return work()
  } catch (error) {
    if (error instanceof Sqlite.SqliteError && error.code.startsWith('SQLITE_BUSY')) return 'busy'
    throw error
  }
}

async function openSqlite(file: string, patience: Patience, onWait: OnWait): Promise<Sqlite.Database> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 })
  await (await open(file, 'a', 0o600)).close()
  // SQLite would wait without a word and without an end that can be told.
  const db = new Sqlite(file, { timeout: 0 })
  const prepare = () => {
    db.pragma('journal_mode = WAL')
    db.pragma('synchronous = FULL')
    // A table is changed by building it anew, and dropping the old one would cascade into its children.
    db.pragma('foreign_keys = OFF')
    return db
  }
  return untilFree(() => unlessBusy(prepare), patience, onWait)
}

async function migrateSqlite(file: string, known: Migration[], patience: Patience, onWait: OnWait): Promise<string[]> {
  const db = await openSqlite(file, patience, onWait)

  function pending(): Migration | null {
    const rows = db.prepare<[], { name: string; checksum: string; finished: number }>(appliedQuery).all()
    return nextMigration(
      known,
      rows.map((row) => ({ ...row, finished: row.finished === 1 })),
    )
  }

  /** Without the lock: a start that has nothing to apply waits for nobody. */
  function upToDate(): boolean {
    const table = db.prepare("SELECT 1 FROM sqlite_master WHERE name = '_prisma_migrations'").get()
    return table !== undefined && pending() === null
  }

  const applyNext = db.transaction((): string | null => {
    db.exec(sqliteTable)
    const migration = pending()
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
    while (!(await untilFree(() => unlessBusy(upToDate), patience, onWait))) {
      const name = await untilFree(() => unlessBusy(() => applyNext.immediate()), patience, onWait)
      if (name !== null) names.push(name)
    }
    return names
  } finally {
    db.close()
  }
}

/** The driver gives these no code. */
function isTimeout(error: unknown): boolean {
  return error instanceof Error && /^(?:Query read timeout|timeout expired)$/.test(error.message)
}

async function migratePostgresql(
  url: string,
  known: Migration[],
  patience: Patience,
  onWait: OnWait,
): Promise<string[]> {
  const settings = {
    connectionString: url,
    application_name: 'twofold migrate',
    connectionTimeoutMillis: Math.min(seconds(10), patience.silence),
    keepAlive: true,
    keepAliveInitialDelayMillis: seconds(10),
  }
  const client = new pg.Client(settings)
  // Another one once TLS has begun.
  const hangUp = () => (client as unknown as { connection: { stream: Socket } }).connection.stream.destroy()
  // What the queries under way fail with says as much.
  client.on('error', () => undefined)
  let silent = false
  await client.connect().catch((error: unknown) => {
    throw isTimeout(error) ? new MigrationError(SILENT, { cause: error }) : error
  })

  /** Every statement but a migration's own, which may take long. */
  const ask = <Row extends pg.QueryResultRow>(text: string, values: unknown[] = []) =>
    client.query<Row>({ text, values, query_timeout: patience.silence } as pg.QueryConfig).catch((error: unknown) => {
      if (isTimeout(error)) {
        silent = true
        hangUp()
      }
      throw error
    })

  async function pending(): Promise<Migration | null> {
    const { rows } = await ask<Applied>(appliedQuery)
    return nextMigration(known, rows)
  }

  async function upToDate(): Promise<boolean> {
    const { rows } = await ask<{ there: boolean }>("SELECT to_regclass('_prisma_migrations') IS NOT NULL AS there")
    return rows[0]?.there === true && (await pending()) === null
  }

  /** A connection of its own asks whether the server is there while a migration runs. */
  async function apply({ name, sql }: Migration): Promise<void> {
    const began = performance.now()
    let ended = false
    const watch = async () => {
      for (;;) {
        await pause(patience.silence, undefined, { signal: over.signal })
        const other = new pg.Client({ ...settings, query_timeout: patience.silence })
        other.on('error', () => undefined)
        try {
          await other.connect()
          await other.query('SELECT 1')
        } catch {
          if (ended) return
          silent = true
          hangUp()
          return
        } finally {
          void other.end()
        }
        onWait(`Migration ${name} has been running for ${Math.round((performance.now() - began) / 1000)} s.`)
      }
    }
    const over = new AbortController()
    const watching = watch().catch(() => undefined)
    try {
      await client.query(sql)
    } catch (error) {
      throw silent ? error : failure(name, error)
    } finally {
      ended = true
      over.abort()
      void watching
    }
  }

  async function applyNext(): Promise<string | null | 'busy'> {
    await ask('BEGIN')
    try {
      const { rows } = await ask<{ mine: boolean }>('SELECT pg_try_advisory_xact_lock($1) AS mine', [lockNumber])
      if (rows[0]?.mine !== true) {
        await ask('ROLLBACK')
        return 'busy'
      }
      await ask(postgresqlTable)
      const migration = await pending()
      if (migration) {
        await apply(migration)
        await ask(
          `INSERT INTO _prisma_migrations (id, checksum, finished_at, migration_name, applied_steps_count)
            VALUES ($1, $2, clock_timestamp(), $3, 1)`,
          [randomUUID(), migration.checksum, migration.name],
        )
      }
      await ask('COMMIT')
      return migration?.name ?? null
    } catch (error) {
      if (!silent) await ask('ROLLBACK')
      throw error
    }
  }

  try {
    const names: string[] = []
    while (!(await upToDate())) {
      const name = await untilFree(applyNext, patience, onWait)
      if (name !== null) names.push(name)
    }
    return names
  } catch (error) {
    throw silent ? new MigrationError(SILENT, { cause: error }) : error
  } finally {
    // A server that is silent now answers no farewell either.
    const goodbye = new AbortController()
    void pause(patience.silence, undefined, { signal: goodbye.signal }).then(hangUp, () => undefined)
    await client.end()
    goodbye.abort()
  }
}

/**
 * Applies what is pending in `folder`/sqlite or `folder`/postgresql (default: prisma/migrations), in the order of the
 * names, each all or nothing, one process at a time; makes the file of a SQLite database when absent (0600, its folder
 * 0700). Gives the names applied. Every wait is told and has an end.
 * @throws MigrationError when a migration fails, was edited after it was applied, or is unknown to this version, and
 * when a lock or an answer does not come.
 */
export async function applyMigrations({
  url,
  folder = migrationsFolder,
  through,
  onWait = () => undefined,
  patience = {},
}: {
  url: string
  folder?: string
  /** The last one to apply. */
  through?: string
  onWait?: OnWait
  patience?: Partial<Patience>
}): Promise<string[]> {
  const kind = databaseKindOf(url)
  const all = await readMigrations(join(folder, kind))
  const known = all.filter(({ name }) => through === undefined || name <= through)
  const whole = { ...PATIENCE, ...patience }
  return kind === 'sqlite'
    ? migrateSqlite(sqliteFile(url), known, whole, onWait)
    : migratePostgresql(url, known, whole, onWait)
}
