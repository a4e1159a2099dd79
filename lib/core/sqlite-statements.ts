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
  const kept = new Map<string, Sqlite.Statement>()
  function find(sql: string): Sqlite.Statement {
    const found = kept.get(sql) ?? prepare(sql)
    // The first is the one that was longest not asked for.
    kept.delete(sql)
    kept.set(sql, found)
    const [oldest] = kept.keys()
    if (kept.size > MAX_KEPT && oldest !== undefined) kept.delete(oldest)
    return found
  }
  Object.assign(client, {
    prepare: (sql: string) => ({ bind: (values: readonly unknown[]) => bound(find(sql), values) }),
  })
  return connection
}
