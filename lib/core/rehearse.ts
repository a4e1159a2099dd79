import { mkdtemp, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import Sqlite from 'better-sqlite3'
import pg from 'pg'
import { databaseKindOf, sqliteFile } from './db'
import { seconds } from './kernel/time'
import {
  type Applied,
  appliedQuery,
  applyMigrations,
  failure,
  lockNumber,
  MigrationError,
  migrationsFolder,
  nextMigration,
  type OnWait,
  postgresqlTable,
  readMigrations,
} from './migrate'

export interface Rehearsal {
  /** What would be applied, and how long it took. */
  migrations: { name: string; milliseconds: number }[]
  /** How long it took to copy the database; null where it was tried in a transaction. */
  copied: number | null
}

/** How long a lock that the running service holds is waited for, and no longer: others wait behind who waits. */
const LOCK_WAIT = '5s'

/**
 * Applies what is pending where it leaves nothing behind, and tells how long each took: SQLite on a copy of the file
 * that is deleted again, PostgreSQL in one transaction that is rolled back.
 * @throws MigrationError as `applyMigrations` would
 */
export async function rehearseMigrations({
  url,
  folder = migrationsFolder,
  onWait = () => undefined,
}: {
  url: string
  folder?: string
  onWait?: OnWait
}): Promise<Rehearsal> {
  return databaseKindOf(url) === 'sqlite'
    ? rehearseSqlite(sqliteFile(url), folder, onWait)
    : rehearsePostgresql(url, folder, onWait)
}

async function timed<T>(work: () => Promise<T> | T): Promise<[T, number]> {
  const began = performance.now()
  const result = await work()
  return [result, Math.round(performance.now() - began)]
}

async function rehearseSqlite(file: string, folder: string, onWait: OnWait): Promise<Rehearsal> {
  if (!(await stat(file).catch(() => null))) throw new MigrationError(`There is no database at ${file}.`)
  // On the same disk, so that it is as quick or slow there, and readable by nobody else.
  const beside = await mkdtemp(join(dirname(file), '.rehearsal-'))
  const copy = join(beside, 'copy.db')
  try {
    const [, copied] = await timed(() => {
      const db = new Sqlite(file, { fileMustExist: true, timeout: seconds(10) })
      try {
        db.prepare('VACUUM INTO ?').run(copy)
      } finally {
        db.close()
      }
    })
    const migrations: Rehearsal['migrations'] = []
    for (const name of await pendingOf(copy, folder)) {
      const one = { url: `file:${copy}`, folder, through: name, onWait }
      const [, milliseconds] = await timed(() => applyMigrations(one))
      migrations.push({ name, milliseconds })
    }
    return { migrations, copied }
  } finally {
    await rm(beside, { recursive: true, force: true })
  }
}

async function pendingOf(file: string, folder: string): Promise<string[]> {
  const known = await readMigrations(join(folder, 'sqlite'))
  const db = new Sqlite(file, { readonly: true, fileMustExist: true })
  try {
    const table = db.prepare("SELECT 1 FROM sqlite_master WHERE name = '_prisma_migrations'").get()
    const applied = table === undefined ? [] : db.prepare<[], Applied>(appliedQuery).all()
    // Refuses what a start would refuse.
    nextMigration(known, applied)
    return known.map(({ name }) => name).filter((name) => !applied.some((each) => each.name === name))
  } finally {
    db.close()
  }
}

async function rehearsePostgresql(url: string, folder: string, onWait: OnWait): Promise<Rehearsal> {
  const known = await readMigrations(join(folder, 'postgresql'))
  const client = new pg.Client({
    connectionString: url,
    application_name: 'twofold migrate --dry-run',
    connectionTimeoutMillis: seconds(10),
  })
  client.on('error', () => undefined)
  await client.connect()
  try {
    await client.query('BEGIN')
    await client.query(`SET LOCAL lock_timeout = '${LOCK_WAIT}'`)
    const { rows } = await client.query<{ mine: boolean }>('SELECT pg_try_advisory_xact_lock($1) AS mine', [lockNumber])
    if (rows[0]?.mine !== true)
      throw new MigrationError('Another process is migrating this database: wait until it is done.')
    await client.query(postgresqlTable)
    const applied = (await client.query<Applied>(appliedQuery)).rows
    const migrations: Rehearsal['migrations'] = []
    for (let next = nextMigration(known, applied); next !== null; next = nextMigration(known, applied)) {
      const { name, sql, checksum } = next
      onWait(`Trying ${name}.`)
      const [, milliseconds] = await timed(() =>
        client.query(sql).catch((error: unknown) => {
          throw failure(name, error)
        }),
      )
      migrations.push({ name, milliseconds })
      applied.push({ name, checksum, finished: true })
    }
    return { migrations, copied: null }
  } finally {
    await client.query('ROLLBACK').catch(() => undefined)
    await client.end()
  }
}
