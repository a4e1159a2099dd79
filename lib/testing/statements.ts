import Database from 'better-sqlite3'
import pg from 'pg'
import { vi } from 'vitest'

/** Prepared ones are kept by their connection, so that what counts is each time one runs. */
function sqliteStatement(): Database.Statement {
  const db = new Database(':memory:')
  const statement = db.prepare('SELECT 1')
  db.close()
  return Object.getPrototypeOf(statement)
}

/** What reaches the database drivers of this process while `work` runs, in order, without the values. */
export async function statementsOf(work: () => Promise<unknown>): Promise<string[]> {
  const seen: { text: string; order: number }[] = []
  const statement = sqliteStatement()
  const spies = [
    vi.spyOn(statement, 'run'),
    vi.spyOn(statement, 'all'),
    vi.spyOn(Database.prototype, 'exec'),
    vi.spyOn(pg.Client.prototype, 'query'),
  ] as unknown as {
    mock: { calls: unknown[][]; contexts: unknown[]; invocationCallOrder: number[] }
    mockRestore: () => void
  }[]
  const before = spies.map((spy) => spy.mock.calls.length)
  try {
    await work()
  } finally {
    for (const [index, { mock, mockRestore }] of spies.entries()) {
      for (let call = before[index] ?? 0; call < mock.calls.length; call += 1) {
        const text = textOf(mock.calls[call]?.[0], mock.contexts[call])
        if (text !== null) seen.push({ text, order: mock.invocationCallOrder[call] ?? 0 })
      }
      mockRestore()
    }
  }
  return seen.toSorted((one, other) => one.order - other.order).map(({ text }) => text)
}

function textOf(asked: unknown, context: unknown): string | null {
  const of = (value: unknown, name: 'source' | 'text') =>
    typeof value === 'object' && value !== null && name in value ? (value as Record<string, unknown>)[name] : undefined
  const text = [of(context, 'source'), of(asked, 'text'), asked].find((each) => typeof each === 'string')
  return typeof text === 'string' ? text.replace(/\s+/g, ' ').trim() : null
}
