// Above 300 lines: a backup and its way back are one format; whoever changes the one has the other before them.

import { createReadStream, createWriteStream } from 'node:fs'
import { chmod, mkdir, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip, createGzip } from 'node:zlib'
import Sqlite from 'better-sqlite3'
import type pg from 'pg'
import { databaseKindOf, sqliteFile } from './db'
import { minutes, seconds } from './kernel/time'
import { applyMigrations, type OnWait } from './migrate'
import { impatient } from './postgresql'

/** Why a database cannot be put back where the settings say. */
export type RestoreRefusal = 'in_use' | 'not_empty' | 'damaged' | 'other_version'

/** A restore that changed nothing, and why. */
export class RestoreRefused extends Error {
  override name = 'RestoreRefused'
  constructor(readonly reason: RestoreRefusal) {
    super(`the backup was not restored: ${reason}`)
  }
}

export interface RestoreOptions {
  /** For the name of what is moved aside. */
  stamp: string
  onWait: OnWait
  /** What must be done to the rows before anybody may serve them. */
  settle(url: string): Promise<void>
}

interface Applied {
  name: string
  checksum: string
}

const APPLIED = `SELECT migration_name AS name, checksum FROM _prisma_migrations
  WHERE rolled_back_at IS NULL AND finished_at IS NOT NULL ORDER BY migration_name`

/** What a file of rows begins with. */
interface Head {
  twofold: 1
  migrations: Applied[]
}

const FETCHED = 500
const MAX_BATCH_LENGTH = 4 * 1024 * 1024
/** A statement of this may take long, but not without an end. */
const MAX_SILENCE = minutes(5)

/** Writes a whole and consistent copy of the database to `file`, beside a running server; gives its migrations. */
export function backUp(url: string, file: string): Promise<Applied[]> {
  return databaseKindOf(url) === 'sqlite' ? copySqlite(sqliteFile(url), file) : dumpPostgresql(url, file)
}

/**
 * Puts a copy back, brings it up to this version and lets `settle` end what must not go on. SQLite: a database that is
 * there is moved aside when all that is done, and its new name given. PostgreSQL: the database must be empty.
 * @throws RestoreRefused
 */
export async function putBack(
  url: string,
  file: string,
  { stamp, onWait, settle }: RestoreOptions,
): Promise<{ movedTo: string | null }> {
  if (databaseKindOf(url) === 'sqlite') return replaceSqlite(sqliteFile(url), file, { stamp, onWait, settle })
  await expectEmpty(url)
  try {
    await loadPostgresql(url, file, onWait)
    await applyMigrations({ url, onWait })
    await settle(url)
  } catch (error) {
    // Nothing half restored may be served.
    await clearPostgresql(url)
    throw error
  }
  return { movedTo: null }
}

// ——— SQLite: a file ———

async function copySqlite(file: string, target: string): Promise<Applied[]> {
  const db = new Sqlite(file, { fileMustExist: true, timeout: seconds(10) })
  try {
    // One read transaction: whole, without the log beside it, and it keeps nobody from writing.
    db.prepare('VACUUM INTO ?').run(target)
  } finally {
    db.close()
  }
  await chmod(target, 0o600)
  await flush(target)
  return checkSqlite(target)
}

function checkSqlite(file: string): Applied[] {
  const copy = new Sqlite(file, { readonly: true, fileMustExist: true })
  try {
    if (copy.pragma('integrity_check', { simple: true }) !== 'ok') throw new RestoreRefused('damaged')
    return copy.prepare<[], Applied>(APPLIED).all()
  } finally {
    copy.close()
  }
}

async function flush(path: string): Promise<void> {
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

async function isThere(path: string): Promise<boolean> {
  return open(path, 'r').then(
    async (handle) => {
      await handle.close()
      return true
    },
    () => false,
  )
}

/** Nobody else has it open: only then does SQLite leave its log behind. */
function isFree(file: string): boolean {
  const db = new Sqlite(file, { timeout: 0 })
  try {
    return db.pragma('journal_mode = DELETE', { simple: true }) === 'delete'
  } catch (error) {
    if (error instanceof Sqlite.SqliteError && error.code.startsWith('SQLITE_BUSY')) return false
    if (error instanceof Sqlite.SqliteError) return true
    throw error
  } finally {
    db.close()
  }
}

async function replaceSqlite(
  file: string,
  copy: string,
  { stamp, onWait, settle }: RestoreOptions,
): Promise<{ movedTo: string | null }> {
  checkSqlite(copy)
  // A log beside the file belongs to the database that is there, and would be played into the new one.
  if (await isThere(`${file}-wal`)) throw new RestoreRefused('in_use')
  const there = await isThere(file)
  if (there && !isFree(file)) throw new RestoreRefused('in_use')
  const draft = `${file}.restoring`
  const url = `file:${draft}`
  const clear = async () => {
    for (const suffix of ['', '-wal', '-shm']) await rm(`${draft}${suffix}`, { force: true })
  }
  try {
    await clear()
    await mkdir(dirname(file), { recursive: true, mode: 0o700 })
    await pipeline(createReadStream(copy), createWriteStream(draft, { mode: 0o600, flags: 'wx' }))
    await applyMigrations({ url, onWait })
    await settle(url)
    if (!isFree(draft)) throw new RestoreRefused('in_use')
    await flush(draft)
    const movedTo = there ? `${file}.before-restore-${stamp}` : null
    if (movedTo !== null) await rename(file, movedTo)
    await rename(draft, file)
    await flush(dirname(file))
    return { movedTo }
  } finally {
    await clear()
  }
}

// ——— PostgreSQL: rows as JSON, one a line, read in one snapshot ———

async function connect(url: string): Promise<pg.Client> {
  const Client = impatient(MAX_SILENCE)
  const client = new Client({
    connectionString: url,
    application_name: 'twofold backup',
    connectionTimeoutMillis: seconds(10),
    keepAlive: true,
    options: '-c timezone=UTC',
  })
  client.on('error', () => undefined)
  await client.connect()
  return client
}

const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`

async function tablesOf(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    'SELECT tablename AS name FROM pg_tables WHERE schemaname = current_schema() ORDER BY tablename',
  )
  return rows.map(({ name }) => name)
}

async function* linesOf(client: pg.Client, applied: Applied[]): AsyncGenerator<string> {
  const head: Head = { twofold: 1, migrations: applied }
  yield `${JSON.stringify(head)}\n`
  let count = 0
  for (const table of await tablesOf(client)) {
    if (table === '_prisma_migrations') continue
    yield `${JSON.stringify({ table })}\n`
    await client.query(`DECLARE backup NO SCROLL CURSOR FOR SELECT row_to_json(t)::text AS row FROM ${quoted(table)} t`)
    for (;;) {
      const { rows } = await client.query<{ row: string }>(`FETCH ${FETCHED} FROM backup`)
      if (rows.length === 0) break
      count += rows.length
      yield rows.map(({ row }) => `${row}\n`).join('')
    }
    await client.query('CLOSE backup')
  }
  yield `${JSON.stringify({ end: count })}\n`
}

async function dumpPostgresql(url: string, file: string): Promise<Applied[]> {
  const client = await connect(url)
  try {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')
    const { rows: applied } = await client.query<Applied>(APPLIED)
    const lines = Readable.from(linesOf(client, applied))
    await pipeline(lines, createGzip(), createWriteStream(file, { mode: 0o600, flags: 'wx' }))
    await client.query('COMMIT')
    await flush(file)
    return applied
  } finally {
    await client.end()
  }
}

/** By line feeds alone: a row may hold any other separator. */
async function* readLines(file: string): AsyncGenerator<string> {
  let rest: Buffer[] = []
  for await (const part of createReadStream(file).pipe(createGunzip()) as AsyncIterable<Buffer>) {
    let from = 0
    for (let at = part.indexOf(10); at >= 0; at = part.indexOf(10, from)) {
      yield Buffer.concat([...rest, part.subarray(from, at)]).toString('utf8')
      rest = []
      from = at + 1
    }
    if (from < part.length) rest.push(part.subarray(from))
  }
  if (rest.length > 0) throw new RestoreRefused('damaged')
}

async function headOf(file: string): Promise<Head> {
  for await (const line of readLines(file)) {
    const head = JSON.parse(line) as Partial<Head>
    if (head.twofold !== 1 || !Array.isArray(head.migrations)) break
    return head as Head
  }
  throw new RestoreRefused('damaged')
}

async function expectEmpty(url: string): Promise<void> {
  const client = await connect(url)
  try {
    if ((await tablesOf(client)).length > 0) throw new RestoreRefused('not_empty')
  } finally {
    await client.end()
  }
}

/** Takes away what a restore into an empty database has made. */
async function clearPostgresql(url: string): Promise<void> {
  const client = await connect(url)
  try {
    for (const table of await tablesOf(client)) await client.query(`DROP TABLE ${quoted(table)} CASCADE`)
    const { rows } = await client.query<{ name: string }>(
      `SELECT typname AS name FROM pg_type WHERE typtype = 'e' AND typnamespace = current_schema()::regnamespace`,
    )
    for (const { name } of rows) await client.query(`DROP TYPE ${quoted(name)} CASCADE`)
    const { rows: functions } = await client.query<{ name: string }>(
      `SELECT oid::regprocedure::text AS name FROM pg_proc
        WHERE pronamespace = current_schema()::regnamespace AND prolang = (SELECT oid FROM pg_language WHERE lanname = 'plpgsql')`,
    )
    for (const { name } of functions) await client.query(`DROP FUNCTION ${name} CASCADE`)
  } finally {
    await client.end()
  }
}

async function loadPostgresql(url: string, file: string, onWait: OnWait): Promise<void> {
  const { migrations } = await headOf(file)
  const client = await connect(url)
  try {
    const last = migrations.at(-1)
    if (last === undefined) throw new RestoreRefused('damaged')
    // As it was then; what came later is applied to the rows once they are there.
    await applyMigrations({ url, through: last.name, onWait })
    const { rows: applied } = await client.query<Applied>(APPLIED)
    if (JSON.stringify(applied) !== JSON.stringify(migrations)) throw new RestoreRefused('other_version')
    await client.query('BEGIN')
    const { rows: keys } = await client.query<{ of: string; name: string; text: string }>(
      `SELECT conrelid::regclass::text AS of, conname AS name, pg_get_constraintdef(oid) AS text FROM pg_constraint
        WHERE contype = 'f' AND connamespace = current_schema()::regnamespace`,
    )
    // Rows come by table, and tables refer to one another: that they fit is checked at the end.
    for (const { of, name } of keys) await client.query(`ALTER TABLE ${of} DROP CONSTRAINT ${quoted(name)}`)
    await loadRows(client, file)
    for (const { of, name, text } of keys) {
      await client.query(`ALTER TABLE ${of} ADD CONSTRAINT ${quoted(name)} ${text}`)
    }
    await client.query('COMMIT')
  } finally {
    await client.end()
  }
}

async function loadRows(client: pg.Client, file: string): Promise<void> {
  let table: string | null = null
  let batch: string[] = []
  let length = 0
  let count = 0
  let ended = false
  const write = async () => {
    if (table !== null && batch.length > 0) {
      const name = quoted(table)
      await client.query(`INSERT INTO ${name} SELECT * FROM json_populate_recordset(NULL::${name}, $1::json)`, [
        `[${batch.join(',')}]`,
      ])
    }
    count += batch.length
    batch = []
    length = 0
  }
  let first = true
  for await (const line of readLines(file)) {
    if (first) {
      first = false
      continue
    }
    // A row has every column of its table, and none has this one alone.
    const mark = /^\{"(table|end)":("(?:[^"\\]|\\.)*"|\d+)\}$/.exec(line)
    if (mark === null) {
      batch.push(line)
      length += line.length
      if (batch.length >= FETCHED || length >= MAX_BATCH_LENGTH) await write()
      continue
    }
    await write()
    if (mark[1] === 'table') table = JSON.parse(mark[2] ?? '')
    else ended = Number(mark[2]) === count
  }
  if (!ended) throw new RestoreRefused('damaged')
}
