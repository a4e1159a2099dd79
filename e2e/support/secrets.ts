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

  /** Those added from the `from`th on. */
  leaksIn(where: string, text: string, from = 0): Leak[] {
    return [...this.#kinds]
      .slice(from)
      .filter(([value]) => occursIn(value, text))
      .map(([, kind]) => ({ kind, where }))
  }
}

/**
 * Looks for each secret in each line once: secrets and what is written only grow, and all of both is too much each
 * time.
 */
export class LeakSearch {
  readonly #secrets: Secrets
  readonly #lines = new Map<string, Set<string>>()
  #looked = 0

  constructor(secrets: Secrets) {
    this.#secrets = secrets
  }

  leaks(texts: Iterable<readonly [where: string, text: string]>): Leak[] {
    const found: Leak[] = []
    for (const [where, text] of texts) {
      const seen = this.#lines.get(where) ?? new Set()
      this.#lines.set(where, seen)
      const lines = text.split('\n')
      const fresh = lines.filter((line) => !seen.has(line))
      const known = lines.filter((line) => seen.has(line))
      found.push(...this.#secrets.leaksIn(where, fresh.join('\n')))
      found.push(...this.#secrets.leaksIn(where, known.join('\n'), this.#looked))
      for (const line of fresh) seen.add(line)
    }
    this.#looked = this.#secrets.size
    return found
  }
}

const WORD = /[A-Za-z0-9_-]/

/** A passcode is short enough to occur within any id by chance: it counts only when it stands alone. */
function occursIn(value: string, text: string): boolean {
  if (!/^\d{1,8}$/.test(value)) return text.includes(value)
  for (let at = text.indexOf(value); at !== -1; at = text.indexOf(value, at + 1)) {
    if (!WORD.test(text.charAt(at - 1)) && !WORD.test(text.charAt(at + value.length))) return true
  }
  return false
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
