import { setTimeout as pause } from 'node:timers/promises'
import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3'
import type { SqlDriverAdapter, SqlDriverAdapterFactory, SqlQuery, Transaction } from '@prisma/driver-adapter-utils'
import type Sqlite from 'better-sqlite3'
import { seconds } from './kernel/time'
import { keepStatements, type OnConnection, onConnection } from './sqlite-statements'

/** How long a write waits for its turn in this process, and then for the lock that another process holds. */
export const LOCK_WAIT = seconds(9)
/** Between two looks at a lock that another process holds. */
const LOOK_INTERVAL = 4
/**
 * SQLite's lock has no queue: who writes without a pause keeps it from everybody else. After this long a process leaves
 * the lock free for a moment, several looks of the others long.
 */
const MAX_HOLD = 200
const GAP = 12

/** As the driver says it, and as Prisma knows it: not by its class, of which each bundle has its own. */
class Locked extends Error {
  override name = 'DriverAdapterError'
  override cause = { kind: 'SocketTimeout', originalCode: 'SQLITE_BUSY', originalMessage: 'database is locked' }
}

type Release = () => void

interface Turns {
  /** Resolves when those before have released; throws when that takes longer than `within`. */
  take(within: number): Promise<Release>
}

function isInTime(before: Promise<void>, within: number): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), within)
    void before.then(() => {
      clearTimeout(timer)
      resolve(true)
    })
  })
}

/** A queue for one database file. */
function makeTurns(): Turns {
  let last: Promise<void> = Promise.resolve()
  /** Whoever has the turn, and whoever waits for it. */
  let ahead = 0
  let heldSince = 0
  let freeSince = 0

  async function leaveGap(): Promise<void> {
    const now = performance.now()
    if (now - freeSince >= GAP) heldSince = now
    if (now - heldSince < MAX_HOLD) return
    await pause(GAP)
    heldSince = performance.now()
  }

  return {
    async take(within) {
      const before = last
      const free = ahead === 0
      ahead += 1
      let next: Release = () => undefined
      last = new Promise<void>((resolve) => {
        next = () => {
          ahead -= 1
          // Once, whatever ends it a second time.
          next = () => undefined
          resolve()
        }
      })
      // Most find it free, and need no timer.
      if (!free && !(await isInTime(before, within))) {
        void before.then(() => next())
        throw new Locked()
      }
      await leaveGap()
      return () => {
        freeSince = performance.now()
        next()
      }
    },
  }
}

// One queue a file and process, even when this module is bundled twice: a second connection of this process would else
// take the lock in between.
const turnsKey = Symbol.for('twofold.sqlite.turns')
const shared = globalThis as { [turnsKey]?: Map<string, Turns> }

function turnsOf(file: string): Turns {
  shared[turnsKey] ??= new Map()
  const turns = shared[turnsKey].get(file) ?? makeTurns()
  shared[turnsKey].set(file, turns)
  return turns
}

function isLocked(error: unknown): boolean {
  const cause = error instanceof Error ? (error.cause as { originalCode?: unknown } | undefined) : undefined
  return typeof cause?.originalCode === 'string' && cause.originalCode.startsWith('SQLITE_BUSY')
}

/**
 * SQLite itself waits for a lock without yielding: for as long, this process would answer nobody. So it is told not to
 * wait, and asked again.
 */
async function onceUnlocked<T>(within: number, work: () => Promise<T>): Promise<T> {
  const end = performance.now() + within
  for (;;) {
    try {
      return await work()
    } catch (error) {
      if (!isLocked(error) || performance.now() >= end) throw error
    }
    await pause(LOOK_INTERVAL)
  }
}

const isRead = ({ sql }: Pick<SqlQuery, 'sql'>) => /^\s*SELECT\b/i.test(sql)
/** Of the connection that reads; what others committed, too, which where this process writes leaves out its own. */
const isPragma = ({ sql }: Pick<SqlQuery, 'sql'>) => /\bpragma_/i.test(sql)

/** Statements of ours, without what Prisma's adapter makes of each. */
export interface OwnStatements {
  rows(...statement: Parameters<OnConnection['rows']>): Promise<ReturnType<OnConnection['rows']>>
  changes(...statement: Parameters<OnConnection['changes']>): Promise<number>
}

/**
 * Prisma's adapter has one connection, on which a statement outside any transaction would slip into the
 * transaction that happens to be open, and be rolled back with it. Here such writes wait for their turn, reads have
 * a connection of their own and see only what is committed, and a transaction takes the write lock at its start.
 */
export function sqliteAdapter(file: string, lockWait: number = LOCK_WAIT): SqlDriverAdapterFactory {
  // Whole milliseconds: sorted and compared as numbers, and no text form beside another can sort wrongly.
  const factory = new PrismaBetterSqlite3({ url: file, fileMustExist: true }, { timestampFormat: 'unixepoch-ms' })
  const pragmas = 'PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;'
  const turns = turnsOf(file)

  async function connect(): Promise<SqlDriverAdapter & OwnStatements> {
    const writer = keepStatements(await factory.connect())
    const { client: writing } = writer as unknown as { client: Sqlite.Database }
    await onceUnlocked(lockWait, async () => writer.executeScript(`PRAGMA busy_timeout=0; ${pragmas}`))
    const reader = keepStatements(await factory.connect())
    const [onWriter, onReader] = [onConnection(writer), onConnection(reader)]
    // A reader is kept waiting only while the log is recovered after a crash.
    await reader.executeScript(`PRAGMA busy_timeout=1000; ${pragmas} PRAGMA query_only=ON;`)

    /**
     * A connection forgets the pages it has read whenever another one commits: while no transaction is open, the one
     * that writes reads as well.
     */
    async function read<T>(
      query: Pick<SqlQuery, 'sql'>,
      on: Record<'writer' | 'reader', () => T | Promise<T>>,
    ): Promise<T> {
      if (writing.inTransaction || isPragma(query)) return on.reader()
      try {
        return await on.writer()
      } catch (error) {
        // The log is recovered after a crash: it does not wait for that.
        if (isLocked(error)) return on.reader()
        throw error
      }
    }

    /** Both waits together take no longer than one. */
    async function takeLock<T>(work: () => Promise<T>): Promise<{ release: Release; done: T }> {
      const began = performance.now()
      const release = await turns.take(lockWait)
      try {
        return { release, done: await onceUnlocked(lockWait - (performance.now() - began), work) }
      } catch (error) {
        release()
        throw error
      }
    }

    async function inTurn<T>(work: () => Promise<T>): Promise<T> {
      const { release, done } = await takeLock(work)
      release()
      return done
    }

    async function startTransaction(): Promise<Transaction & OwnStatements> {
      const { release } = await takeLock(async () => writer.executeScript('BEGIN IMMEDIATE'))
      async function rollback() {
        try {
          // After ROLLBACK this is an error without meaning; after a failed COMMIT it is needed.
          await writer.executeScript('ROLLBACK')
        } catch {
        } finally {
          release()
        }
      }
      return {
        provider: 'sqlite',
        adapterName: writer.adapterName,
        options: { usePhantomQuery: false },
        queryRaw: (query) => writer.queryRaw(query),
        executeRaw: (query) => writer.executeRaw(query),
        commit: async () => release(),
        rollback,
        rows: async (sql, values) => onWriter.rows(sql, values),
        changes: async (sql, values) => onWriter.changes(sql, values),
        createSavepoint: async (name) => writer.executeScript(`SAVEPOINT ${name}`),
        rollbackToSavepoint: async (name) => writer.executeScript(`ROLLBACK TO ${name}`),
        releaseSavepoint: async (name) => writer.executeScript(`RELEASE SAVEPOINT ${name}`),
      }
    }

    return {
      provider: 'sqlite',
      adapterName: writer.adapterName,
      queryRaw: (query) =>
        isRead(query)
          ? read(query, { writer: () => writer.queryRaw(query), reader: () => reader.queryRaw(query) })
          : inTurn(() => writer.queryRaw(query)),
      rows: (sql, values) =>
        isRead({ sql })
          ? read({ sql }, { writer: () => onWriter.rows(sql, values), reader: () => onReader.rows(sql, values) })
          : inTurn(async () => onWriter.rows(sql, values)),
      changes: (sql, values) => inTurn(async () => onWriter.changes(sql, values)),
      executeRaw: (query) => inTurn(() => writer.executeRaw(query)),
      executeScript: (script) => inTurn(async () => writer.executeScript(script)),
      startTransaction,
      dispose: async () => {
        await reader.dispose()
        await writer.dispose()
      },
    }
  }

  return { provider: 'sqlite', adapterName: factory.adapterName, connect }
}
