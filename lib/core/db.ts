import { PrismaClient as PostgresqlClient } from '../../prisma/generated/postgresql/client'
import { Prisma, PrismaClient as SqliteClient } from '../../prisma/generated/sqlite/client'
import { type Direct, directly, directStatements, whileOpening } from './direct'
import { seconds } from './kernel/time'
import { isUnreadableRow, tellPassedOver } from './kernel/unreadable'
import { postgresqlAdapter } from './postgresql'
import { readable } from './rows'
import { sqliteAdapter } from './sqlite'

export type DatabaseKind = 'sqlite' | 'postgresql'

/** The client. Both generated clients have one shape; the SQLite one's types stand for both. */
export type Db = SqliteClient

/** The first argument of a store: the client, or the client of the transaction it must take part in. */
export type DbOrTx = Prisma.TransactionClient

declare const inTransaction: unique symbol

/** The client of a transaction, which `transact` alone makes: where it is asked for, the outer client does not do. */
export type Tx = DbOrTx & { readonly [inTransaction]: true }

export { Prisma }

const transactionOptions = { maxWait: seconds(10), timeout: seconds(10) }

// One map a process: a client made in one bundle is used in another.
const kindsKey = Symbol.for('twofold.database.kinds')
const readsKey = Symbol.for('twofold.database.reads')
type Read = (statement: KeptRead, values: readonly string[]) => Promise<Record<string, unknown>[]>
const processWide = globalThis as { [kindsKey]?: WeakMap<object, DatabaseKind>; [readsKey]?: WeakMap<object, Read> }
processWide[kindsKey] ??= new WeakMap()
processWide[readsKey] ??= new WeakMap()
const kinds = processWide[kindsKey]
const reads = processWide[readsKey]

/** Reads the kind from a database URL; throws when it is neither `file:/absolute/path` nor `postgresql://…`. */
export function databaseKindOf(url: string): DatabaseKind {
  if (url.startsWith('file:/')) return 'sqlite'
  if (/^postgres(ql)?:\/\//.test(url)) return 'postgresql'
  throw new Error('DATABASE_URL must be file:/absolute/path or postgresql://…')
}

/** The file of a SQLite URL: taken literally, not percent-decoded, as Prisma has it. */
export function sqliteFile(url: string): string {
  return url.replace(/^file:(\/\/)?/, '').replace(/\?.*$/, '')
}

/**
 * The one creator of a client; it connects at the first query. `file:/absolute/path.db`, which `applyMigrations` must
 * have made, or `postgresql://…`.
 *
 * Prisma's own methods give the same on both databases; `$queryRaw` gives
 * - a DateTime column: a Date; a computed one (`max("at")`): a bigint of milliseconds on SQLite, a Date on PostgreSQL
 * - a Boolean column: a boolean; a computed one (`"usedAt" IS NULL`): 0n or 1n on SQLite, a boolean on PostgreSQL
 * - an Int column: a number; a computed one (`"tries" + 1`): a bigint on SQLite, a number on PostgreSQL
 * - `count(*)`: a bigint
 *
 * and takes a Date for a DateTime column.
 *
 * Every wait has an end: for a turn, a lock or a connection `maxWait`, for an answer `maxSilence` milliseconds.
 */
export function createDb({ url, maxWait, maxSilence }: { url: string; maxWait?: number; maxSilence?: number }): Db {
  const kind = databaseKindOf(url)
  const options = { transactionOptions, errorFormat: 'minimal' } as const
  const shared = kind === 'postgresql' ? postgresqlAdapter(url, { maxWait, maxSilence }) : null
  const direct = directly(shared ?? sqliteAdapter(sqliteFile(url), maxWait))
  const { adapter } = direct
  const client =
    kind === 'sqlite'
      ? new SqliteClient({ adapter, ...options })
      : (new PostgresqlClient({ adapter, ...options }) as unknown as Db)
  const db = withDirectStatements(withReadableRows(client), direct)
  kinds.set(db, kind)
  reads.set(db, async (statement, values) => {
    if (shared === null) return db.$queryRaw(new Prisma.Sql(statement.sqlite, values))
    const read = () => shared.readNow(statement.postgresql, values)
    const rows = read()
    if (rows !== null) return rows
    await client.$connect()
    return read() ?? Promise.reject(new Error('the client was closed'))
  })
  return db
}

/** A SELECT in the words of each database; on SQLite in parts, with a value between two. */
export interface KeptRead {
  sqlite: readonly string[]
  postgresql: string
}

/**
 * `?` stands for a value. On SQLite it is no bare one: its planner may choose by the value and prepares a join anew for
 * each, which takes twenty times as long as the join.
 */
export function keptRead(text: string): KeptRead {
  const parts = text.split('?')
  return {
    sqlite: parts.map((part, index) => (index < parts.length - 1 ? `${part}+` : part)),
    postgresql: parts.reduce((before, part, index) => `${before}$${index}${part}`),
  }
}

/**
 * Rows of a statement that is asked at each request and kept prepared, on PostgreSQL too. Values are texts; columns
 * come as their database has them, to be read by `columnsOf`. Never inside a transaction, whose writes it does not see.
 */
export function readKeptRows(
  db: Db,
  statement: KeptRead,
  values: readonly string[],
): Promise<Record<string, unknown>[]> {
  const read = reads.get(db)
  if (!read) throw new Error('Not a database client of createDb')
  return read(statement, values)
}

/** What cannot be read is told as an UnreadableRow, inside transactions too. */
function withReadableRows(client: Db): Db {
  const extended = client.$extends({
    query: {
      $allModels: { $allOperations: ({ query, ...asked }) => readable(asked, query) },
    },
  })
  return extended as unknown as Db
}

/** Statements of ours go to the driver itself, those of a transaction on its connection; models go through Prisma. */
function withDirectStatements(client: Db, { connected }: Direct): Db {
  const statementOf = (strings: readonly string[], values: readonly unknown[]) => new Prisma.Sql(strings, values)
  const outside = directStatements(async () => {
    const open = connected()
    if (open !== null) return open
    await client.$connect()
    const opened = connected()
    if (opened === null) throw new Error('the client is closed')
    return opened
  }, statementOf)
  const begin: Db['$transaction'] = (...[work, options]: [unknown, unknown]) =>
    whileOpening((begun) =>
      client.$transaction((tx) => {
        const inside = directStatements(async () => begun(), statementOf)
        return (work as (tx: DbOrTx) => Promise<unknown>)(over(tx, inside))
      }, options as object),
    ) as never
  return over(client, { ...outside, $transaction: begin })
}

/** The same client with these in the place of its own: set on itself, a client of Prisma would take them for all. */
function over<C extends object>(client: C, methods: object): C {
  return Object.create(client, Object.getOwnPropertyDescriptors(methods))
}

export async function closeDb(db: Db): Promise<void> {
  await db.$disconnect()
}

/** Of a client of `createDb` or a transaction of `transact`; throws on any other. */
export function databaseKind(db: DbOrTx): DatabaseKind {
  const kind = kinds.get(db)
  if (!kind) throw new Error('Not a database client of createDb or transact')
  return kind
}

/**
 * Runs `fn` in one transaction, rolled back when it throws. It waits up to 10 s for its turn and may then take 10 s.
 * SQLite runs one at a time: never hash a password or wait for the network in it, and never write through `db`
 * itself, which waits for this very transaction. Of two that block each other PostgreSQL undoes one, and `fn` runs
 * again.
 *
 * `fn` is handed the same world with the transaction's client in the place of `db`. Its parameter has the name of what
 * was handed in, so that the outer client is out of reach.
 */
export async function transact<D extends { db: Db }, T>(
  outer: D,
  fn: (inside: Omit<D, 'db'> & { db: Tx }) => Promise<T>,
): Promise<T> {
  const kind = databaseKind(outer.db)
  for (let tries = 1; ; tries += 1) {
    try {
      return await outer.db.$transaction((tx) => {
        kinds.set(tx, kind)
        return fn({ ...outer, db: tx as Tx })
      })
    } catch (error) {
      if (tries === MAX_TRIES || !isDeadlock(error)) throw error
    }
  }
}

const MAX_TRIES = 3

function isDeadlock(error: unknown): boolean {
  // Not by instanceof, as below. 40P01 where it was a statement of ours, P2034 where it was one of Prisma's.
  if (!(error instanceof Error)) return false
  return ('code' in error && error.code === 'P2034') || causeOf(error)?.originalCode === '40P01'
}

/**
 * What it gives is equal twice only where nothing was committed in between, by whomever: one small statement. On SQLite
 * what this process commits counts too, since reads have a connection of their own.
 */
export async function changeMark(db: Db): Promise<string> {
  const [row] = await readKeptRows(db, CHANGE_MARK, [])
  return String(row?.mark)
}

const CHANGE_MARK: KeptRead = {
  sqlite: ['SELECT "data_version" AS "mark" FROM pragma_data_version'],
  // Every transaction that wrote moves it when it ends, and none that only read.
  postgresql: 'SELECT pg_current_snapshot()::text AS "mark"',
}

/** Whether a write failed on a unique column. On PostgreSQL the transaction it failed in is lost. */
export function isUniqueViolation(error: unknown): boolean {
  // Not by instanceof: a client made in one bundle throws the error class of that bundle.
  if (!(error instanceof Error)) return false
  return ('code' in error && error.code === 'P2002') || causeOf(error)?.kind === 'UniqueConstraintViolation'
}

/** What the adapter says of a statement of ours. */
function causeOf({ cause }: Error): { kind?: unknown; originalCode?: unknown } | null {
  return typeof cause === 'object' ? cause : null
}

/**
 * Lets whatever waits for its turn go first, requests among them: with SQLite long work in many small steps never
 * leaves this turn of the event loop by itself.
 */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

/** More in one list is a damaged database and no damaged row. */
const MAX_PASSED_OVER = 1_000

/** Reads a list again without the rows of it that cannot be read (N41); each is told of. */
export async function passOver<T>(read: (without: readonly string[]) => Promise<T>): Promise<T> {
  const without = new Set<string>()
  for (;;) {
    try {
      return await read([...without])
    } catch (error) {
      if (!isUnreadableRow(error)) throw error
      const ids = error.places.flatMap(({ id }) => (id === null || without.has(id) ? [] : [id]))
      if (ids.length === 0 || without.size + ids.length > MAX_PASSED_OVER) throw error
      tellPassedOver(error)
      for (const id of ids) without.add(id)
    }
  }
}

/** One piece of work of many: null for one that a row keeps from being done, which is told of (N41). */
export async function orPassOver<T>(work: () => Promise<T>): Promise<T | null> {
  try {
    return await work()
  } catch (error) {
    if (!isUnreadableRow(error)) throw error
    tellPassedOver(error)
    return null
  }
}
