import { AsyncLocalStorage } from 'node:async_hooks'
import type {
  ArgType,
  ColumnTypeEnum,
  SqlDriverAdapterFactory,
  SqlQuery,
  SqlQueryable,
  SqlResultSet,
  Transaction,
} from '@prisma/driver-adapter-utils'
import { rawReadable } from './rows'

type Row = Record<string, unknown>

/** A statement with its values, as `Prisma.sql` makes one. */
interface Statement {
  sql: string
  text: string
  values: readonly unknown[]
}

/** A connection, or a transaction; one that has a shorter way of its own takes statements without their types. */
export interface Queryable extends SqlQueryable {
  rows?(sql: string, values: readonly unknown[]): Promise<Row[]>
  changes?(sql: string, values: readonly unknown[]): Promise<number>
}

/** Of the transaction that Prisma begins for us. */
interface Opening {
  transaction: Queryable | null
}

// One a process: a client made in one bundle is used in another.
const openingKey = Symbol.for('twofold.database.opening')
const shared = globalThis as { [openingKey]?: AsyncLocalStorage<Opening> }
shared[openingKey] ??= new AsyncLocalStorage<Opening>()
const opening = shared[openingKey]

/** What runs the statements of one client past Prisma, and within its transactions. */
export interface Direct {
  adapter: SqlDriverAdapterFactory
  /** Null until the client connected, and after it disconnected. */
  connected(): Queryable | null
}

/**
 * The same adapter, whose connection and transactions can be spoken to past Prisma's engine, which costs several times
 * what a small statement does.
 */
export function directly(factory: SqlDriverAdapterFactory): Direct {
  let current: Queryable | null = null
  return {
    connected: () => current,
    adapter: {
      provider: factory.provider,
      adapterName: factory.adapterName,
      connect: async () => {
        const adapter = await factory.connect()
        const { startTransaction, dispose } = adapter
        adapter.startTransaction = async (level) => {
          const begun = guarded(await startTransaction.call(adapter, level))
          const held = opening.getStore()
          // The first is the one that was asked for: Prisma begins others, for what a client writes beside it.
          if (held !== undefined) held.transaction ??= begun
          return begun
        }
        adapter.dispose = () => {
          if (current === adapter) current = null
          return dispose.call(adapter)
        }
        current = adapter
        return adapter
      },
    },
  }
}

const ENDS = /^\s*(COMMIT|ROLLBACK)\s*$/i

/**
 * A transaction that takes nothing more once it ends, be it by its time limit: on SQLite a late statement would slip
 * into the transaction that follows.
 */
function guarded(begun: Transaction & Queryable): Transaction & Queryable {
  let over = false
  const { rows, changes } = begun
  function run<T>(sql: string, how: () => Promise<T>): Promise<T> {
    const ends = ENDS.test(sql)
    // After a COMMIT that failed comes a ROLLBACK.
    if (over && !ends) return Promise.reject(new Error('the transaction is over'))
    over ||= ends
    return how()
  }
  return {
    provider: begun.provider,
    adapterName: begun.adapterName,
    options: begun.options,
    queryRaw: (query) => run(query.sql, () => begun.queryRaw(query)),
    executeRaw: (query) => run(query.sql, () => begun.executeRaw(query)),
    ...(rows && { rows: (sql, values) => run(sql, () => rows(sql, values)) }),
    ...(changes && { changes: (sql, values) => run(sql, () => changes(sql, values)) }),
    commit: () => begun.commit(),
    rollback: () => begun.rollback(),
    createSavepoint: async (name) => begun.createSavepoint?.(name),
    rollbackToSavepoint: async (name) => begun.rollbackToSavepoint?.(name),
    releaseSavepoint: async (name) => begun.releaseSavepoint?.(name),
  }
}

const ARGUMENT: ArgType = { scalarType: 'unknown', arity: 'scalar' }

/** Values as the adapters take them: both know a Date, and neither looks at the type of anything but a text. */
function queryOf({ sql, text, values }: Statement, provider: SqlQueryable['provider']): SqlQuery {
  return {
    sql: provider === 'postgres' ? text : sql,
    args: values.map((value) => (value === undefined ? null : value)),
    argTypes: values.map(() => ARGUMENT),
  }
}

type Convert = (value: unknown) => unknown

const asItIs: Convert = (value) => value
const toInteger: Convert = (value) => Math.trunc(Number(value))
const toBigInt: Convert = (value) => BigInt(typeof value === 'number' ? Math.trunc(value) : String(value))
const toBoolean: Convert = (value) => value === true || value === 1 || value === 'true' || value === '1'
const toDate: Convert = (value) => new Date(String(value))

/** The adapters' numbers of types; one that none of our raw statements reads is missing. */
const TYPE = {
  Int32: 0,
  Int64: 1,
  Float: 2,
  Double: 3,
  Boolean: 5,
  Character: 6,
  Text: 7,
  DateTime: 10,
  Enum: 12,
  Uuid: 15,
  UnknownNumber: 128,
} as const satisfies Partial<typeof ColumnTypeEnum>

/** What Prisma makes of a raw column. */
const CONVERT: { readonly [type: number]: Convert } = {
  [TYPE.Int32]: toInteger,
  [TYPE.Int64]: toBigInt,
  [TYPE.Float]: asItIs,
  [TYPE.Double]: asItIs,
  [TYPE.Boolean]: toBoolean,
  [TYPE.Character]: asItIs,
  [TYPE.Text]: asItIs,
  [TYPE.DateTime]: toDate,
  [TYPE.Enum]: asItIs,
  [TYPE.Uuid]: asItIs,
  [TYPE.UnknownNumber]: asItIs,
}

function rowsOf({ columnNames, columnTypes, rows }: SqlResultSet): Row[] {
  const converts = columnTypes.map((type) => {
    const convert = CONVERT[type]
    if (convert === undefined) throw new Error(`a raw statement reads a column of type ${type}`)
    return convert
  })
  return rows.map((values) => {
    const row: Row = {}
    for (const [index, name] of columnNames.entries()) {
      const value = values[index] ?? null
      row[name] = value === null ? null : converts[index]?.(value)
    }
    return row
  })
}

export interface DirectStatements {
  $queryRaw(first: TemplateStringsArray | Statement, ...values: unknown[]): Promise<unknown>
  $executeRaw(first: TemplateStringsArray | Statement, ...values: unknown[]): Promise<number>
}

/** Prisma's two methods, by way of what `find` gives. */
export function directStatements(
  find: () => Promise<Queryable>,
  statementOf: (strings: readonly string[], values: readonly unknown[]) => Statement,
): DirectStatements {
  const read = (first: TemplateStringsArray | Statement, values: readonly unknown[]) =>
    'sql' in first ? first : statementOf(first, values)
  return {
    async $queryRaw(first, ...values) {
      const queryable = await find()
      const statement = read(first, values)
      return rawReadable(() =>
        inTheDatabasesWords(
          async () =>
            queryable.rows?.(statement.sql, statement.values) ??
            rowsOf(await queryable.queryRaw(queryOf(statement, queryable.provider))),
        ),
      )
    },
    async $executeRaw(first, ...values) {
      const queryable = await find()
      const statement = read(first, values)
      return inTheDatabasesWords(
        async () =>
          queryable.changes?.(statement.sql, statement.values) ??
          queryable.executeRaw(queryOf(statement, queryable.provider)),
      )
    },
  }
}

/** The adapter's error says its kind alone: what a trigger refuses has the kind of a foreign key. */
async function inTheDatabasesWords<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    const said = error instanceof Error && (error.cause as { originalMessage?: unknown } | undefined)?.originalMessage
    if (typeof said === 'string') (error as Error).message = said
    throw error
  }
}

/** Runs what begins a transaction of this client, and says which it is. */
export function whileOpening<T>(begin: (begun: () => Queryable) => Promise<T>): Promise<T> {
  const held: Opening = { transaction: null }
  return opening.run(held, () =>
    begin(() => {
      if (held.transaction === null) throw new Error('a transaction of another adapter')
      return held.transaction
    }),
  )
}
