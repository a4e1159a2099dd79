import { type Db, type DbOrTx, databaseKind, type KeptRead, Prisma, readKeptRows } from '../core/db'
import type { TestWorld } from './world'

const kinds = (globalThis as { [key: symbol]: WeakMap<object, unknown> | undefined })[
  Symbol.for('twofold.database.kinds')
]
const reads = (globalThis as { [key: symbol]: WeakMap<object, unknown> | undefined })[
  Symbol.for('twofold.database.reads')
]

type Before = (statement: string) => void

/** A client that calls `before` ahead of every statement, those of transactions too; what it throws is the outcome. */
export function observed(db: Db, before: Before): Db {
  const client = wrap(db, before)
  kinds?.set(client, databaseKind(db))
  reads?.set(client, async (...[statement, values]: [KeptRead, readonly string[]]) => {
    before('$queryRaw')
    return readKeptRows(db, statement, values)
  })
  return client
}

function wrap<T extends DbOrTx>(client: T, before: Before): T {
  return new Proxy(client, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name)
      if (name === '$transaction') return transaction(target as unknown as Db, before)
      if (typeof name === 'symbol') return member
      if (isFunction(member)) return name.startsWith('$') ? statement(target, name, member, before) : member
      return typeof member === 'object' && member !== null ? model(member, name, before) : member
    },
  })
}

function transaction(db: Db, before: Before) {
  return (work: (tx: Prisma.TransactionClient) => Promise<unknown>) => db.$transaction((tx) => work(wrap(tx, before)))
}

function model(delegate: object, name: string, before: Before) {
  return new Proxy(delegate, {
    get(target, method) {
      const member: unknown = Reflect.get(target, method)
      return isFunction(member) ? statement(target, `${name}.${String(method)}`, member, before) : member
    },
  })
}

type Call = (...args: readonly unknown[]) => unknown

function isFunction(member: unknown): member is Call {
  return typeof member === 'function'
}

const WRITES = /^\s*(INSERT INTO|UPDATE|DELETE FROM) "(\w+)"/

/** A raw statement is called after what it writes, such as `INSERT INTO audit_event`. */
function nameOf(name: string, [first]: readonly unknown[]): string {
  const text = Array.isArray(first) ? first[0] : (first as { sql?: unknown } | undefined)?.sql
  const [, verb, table] = (typeof text === 'string' && WRITES.exec(text)) || []
  return verb === undefined ? name : `${verb} ${table}`
}

function statement(target: object, name: string, call: Call, before: Before) {
  return async (...args: readonly unknown[]) => {
    before(name.startsWith('$') ? nameOf(name, args) : name)
    return await call.apply(target, [...args])
  }
}

export class Died extends Error {
  override name = 'Died'
}

/** A world whose process dies ahead of its `at`-th statement: neither that nor any later one is run. */
export function dyingAt(world: TestWorld, at: number): TestWorld {
  let count = 0
  const db = observed(world.db, () => {
    count += 1
    if (count >= at) throw new Died()
  })
  return { ...world, db }
}

/** A world in which one statement never works, such as `INSERT INTO audit_event`. */
export function failingAt(world: TestWorld, name: string): TestWorld {
  const db = observed(world.db, (statementName) => {
    if (statementName === name) throw new Died()
  })
  return { ...world, db }
}

/** Every row of every table. */
export async function allRows(db: Db): Promise<Record<string, unknown[]>> {
  const models = db as unknown as Record<string, { findMany(): Promise<unknown[]> }>
  const rows: Record<string, unknown[]> = {}
  for (const name of Object.values(Prisma.ModelName)) {
    rows[name] = (await models[`${name.slice(0, 1).toLowerCase()}${name.slice(1)}`]?.findMany()) ?? []
  }
  return rows
}

/** Every row that a sign-in of this person could have made or changed. */
export async function rowsOf(db: Db, userId: string) {
  const own = { where: { userId }, orderBy: { id: 'asc' } } as const
  return {
    user: await db.user.findUnique({ where: { id: userId } }),
    memberships: await db.membership.findMany(own),
    attempts: await db.signInAttempt.findMany(own),
    sessions: await db.session.findMany(own),
    factors: await db.factor.findMany(own),
    codes: await db.recoveryCode.findMany(own),
    passcodes: await db.passcode.findMany(own),
    devices: await db.device.findMany(own),
    mails: await db.outboxMessage.findMany(own),
    counters: await db.throttle.findMany({ where: { key: { contains: userId } }, orderBy: { key: 'asc' } }),
    events: await db.auditEvent.findMany({ where: { subjectId: userId }, orderBy: { id: 'asc' } }),
  }
}
