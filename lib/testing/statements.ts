import Database from 'better-sqlite3'
import pg from 'pg'
import { vi } from 'vitest'

/** What reaches the database drivers of this process while `work` runs, in order, without the values. */
export async function statementsOf(work: () => Promise<unknown>): Promise<string[]> {
  const seen: string[] = []
  const note = (statement: unknown) => {
    const text = typeof statement === 'object' && statement !== null && 'text' in statement ? statement.text : statement
    if (typeof text === 'string') seen.push(text.replace(/\s+/g, ' ').trim())
  }
  const spies = [
    vi.spyOn(Database.prototype, 'prepare'),
    vi.spyOn(Database.prototype, 'exec'),
    vi.spyOn(pg.Client.prototype, 'query'),
  ] as { mock: { calls: unknown[][] }; mockRestore: () => void }[]
  const before = spies.map((spy) => spy.mock.calls.length)
  try {
    await work()
  } finally {
    for (const [index, spy] of spies.entries()) {
      for (const call of spy.mock.calls.slice(before[index])) note(call[0])
      spy.mockRestore()
    }
  }
  return seen
}
