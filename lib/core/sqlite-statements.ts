import type { SqlDriverAdapter } from '@prisma/driver-adapter-utils'
import type Sqlite from 'better-sqlite3'

/** Most of one connection; a list of another length (`IN (?, ?)`) is a statement of its own. */
export const MAX_KEPT = 300

/** What the adapter asks of a statement. */
interface Bound {
  reader: boolean
  run(): unknown
  columns(): Sqlite.ColumnDefinition[]
  raw(): { all(): unknown[] }
}

/** Keeps the last statements that `prepare` made. */
function keeping<S>(prepare: (sql: string) => S): (sql: string) => S {
  const kept = new Map<string, S>()
  return (sql) => {
    const found = kept.get(sql) ?? prepare(sql)
    // The first is the one that was longest not asked for.
    kept.delete(sql)
    kept.set(sql, found)
    const [oldest] = kept.keys()
    if (kept.size > MAX_KEPT && oldest !== undefined) kept.delete(oldest)
    return found
  }
}

function bound(statement: Sqlite.Statement, values: readonly unknown[]): Bound {
  let read: unknown[] | null = null
  const rows = () => {
    read ??= statement.raw().all(...values)
    return read
  }
  return {
    reader: statement.reader,
    run: () => statement.run(...values),
    // After the rows: where a table changed, SQLite prepares anew when it reads them, and its columns are new as well.
    columns: () => {
      rows()
      return statement.columns()
    },
    raw: () => ({ all: rows }),
  }
}

/**
 * Prisma's adapter prepares each statement anew, which for a small one is most of its time. The statements of a
 * connection are few and come again: the last ones are kept.
 */
export function keepStatements(connection: SqlDriverAdapter): SqlDriverAdapter {
  const { client } = connection as unknown as { client: Sqlite.Database }
  const prepare = (sql: string): Sqlite.Statement => Object.getPrototypeOf(client).prepare.call(client, sql)
  const find = keeping(prepare)
  Object.assign(client, {
    prepare: (sql: string) => ({ bind: (values: readonly unknown[]) => bound(find(sql), values) }),
  })
  return connection
}

type Row = Record<string, unknown>
type Convert = (value: unknown) => unknown

const asItIs: Convert = (value) => value
const toInteger: Convert = (value) => Math.trunc(Number(value))
const toDate: Convert = (value) =>
  typeof value === 'number' || typeof value === 'bigint' ? new Date(Number(value)) : new Date(String(value))
const toBoolean: Convert = (value) => value === 1 || value === 1n || value === 'true' || value === '1'

/** What Prisma makes of a column that is declared so; of any other, and of a computed one, what SQLite has. */
const BY_TYPE: Readonly<Record<string, Convert>> = {
  INTEGER: toInteger,
  DATETIME: toDate,
  BOOLEAN: toBoolean,
  TEXT: asItIs,
}

interface Column {
  name: string
  convert: Convert
}

interface DirectStatement {
  statement: Sqlite.Statement
  /** Null where the statement names none: they are asked for after the rows, as above. */
  columns: readonly Column[] | null
}

/** Statements of ours on a connection, with the rows that Prisma makes of raw ones and its adapter's errors. */
export interface OnConnection {
  rows(sql: string, values: readonly unknown[]): Row[]
  changes(sql: string, values: readonly unknown[]): number
}

export function onConnection(connection: SqlDriverAdapter): OnConnection {
  const { client } = connection as unknown as { client: Sqlite.Database }
  const prepare = (sql: string): Sqlite.Statement => Object.getPrototypeOf(client).prepare.call(client, sql)
  const find = keeping((sql): DirectStatement => {
    const statement = prepare(sql)
    if (!statement.reader) return { statement, columns: [] }
    const declared = statement.columns()
    // A whole number that is computed is a bigint, as it is with Prisma.
    if (declared.every(({ type }) => type !== null && type in BY_TYPE)) statement.safeIntegers(false)
    return { statement: statement.raw(), columns: sql.includes('*') ? null : declared.map(columnOf) }
  })
  function told<T>(work: () => T): T {
    try {
      return work()
    } catch (error) {
      ;(connection as unknown as { onError(error: unknown): never }).onError(error)
      throw error
    }
  }
  return {
    rows: (sql, values) =>
      told(() => {
        const { statement, columns: named } = find(sql)
        const all = statement.all(...values.map(toSqlite))
        const columns = named ?? statement.columns().map(columnOf)
        return all.map((found) => {
          const row: Row = {}
          for (const [index, value] of (found as unknown[]).entries()) {
            const column = columns[index]
            if (column !== undefined) row[column.name] = value === null ? null : column.convert(value)
          }
          return row
        })
      }),
    changes: (sql, values) => told(() => find(sql).statement.run(...values.map(toSqlite)).changes),
  }
}

function columnOf({ name, type }: Sqlite.ColumnDefinition): Column {
  return { name, convert: BY_TYPE[type ?? ''] ?? asItIs }
}

/** Times are whole milliseconds; one that is none would be stored as no value. */
function toSqlite(value: unknown): unknown {
  if (value instanceof Date) {
    if (Number.isNaN(value.getTime())) throw new RangeError('Invalid time value')
    return value.getTime()
  }
  if (typeof value === 'boolean') return value ? 1 : 0
  return value === undefined ? null : value
}
