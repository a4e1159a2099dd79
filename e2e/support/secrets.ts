import Sqlite from 'better-sqlite3'
import pg from 'pg'
import { databaseKindOf, sqliteFile } from '../../lib/core/db'

/** A secret of the run, found where it must not be. */
export interface Leak {
  kind: string
  where: string
}

/** Every secret a run has used, to be looked for where none may be (S10, S12, S16; ASVS 16.2.5). */
export class Secrets {
  readonly #kinds = new Map<string, string>()

  add(kind: string, ...values: string[]): void {
    for (const value of values) if (value !== '') this.#kinds.set(value, kind)
  }

  get size(): number {
    return this.#kinds.size
  }

  has(kind: string): boolean {
    return [...this.#kinds.values()].includes(kind)
  }

  leaksIn(where: string, text: string): Leak[] {
    return [...this.#kinds].filter(([value]) => occursIn(value, text)).map(([, kind]) => ({ kind, where }))
  }
}

/** A passcode is short enough to occur within any id by chance: it counts only when it stands alone. */
function occursIn(value: string, text: string): boolean {
  if (!/^\d{1,8}$/.test(value)) return text.includes(value)
  return new RegExp(`(?<![A-Za-z0-9_-])${value}(?![A-Za-z0-9_-])`).test(text)
}

/** All text in all tables, table by table. */
export async function textOfDatabase(url: string): Promise<Map<string, string>> {
  return databaseKindOf(url) === 'sqlite' ? textOfSqlite(sqliteFile(url)) : textOfPostgresql(url)
}

function textOfSqlite(file: string): Map<string, string> {
  const db = new Sqlite(file, { readonly: true })
  try {
    const names = db.prepare<[], { name: string }>("SELECT name FROM sqlite_master WHERE type = 'table'").all()
    return new Map(names.map(({ name }) => [name, textOfRows(db.prepare(`SELECT * FROM "${name}"`).all())]))
  } finally {
    db.close()
  }
}

async function textOfPostgresql(url: string): Promise<Map<string, string>> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    const tables = await client.query<{ name: string }>(
      "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public'",
    )
    const texts = new Map<string, string>()
    for (const { name } of tables.rows) {
      texts.set(name, textOfRows((await client.query(`SELECT * FROM "${name}"`)).rows))
    }
    return texts
  } finally {
    await client.end()
  }
}

function textOfRows(rows: readonly unknown[]): string {
  return rows
    .flatMap((row) => Object.values(row ?? {}))
    .map((value) => (Buffer.isBuffer(value) ? value.toString('latin1') : value))
    .filter((value) => typeof value === 'string')
    .join('\n')
}
