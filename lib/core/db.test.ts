import { randomUUID } from 'node:crypto'
import { statSync } from 'node:fs'
import { describe, expect, test, vi } from 'vitest'
import { databaseKinds, eachDatabase, freshDatabase, newDatabase } from '../testing/databases'
import { statementsOf } from '../testing/statements'
import {
  closeDb,
  createDb,
  type Db,
  type DbOrTx,
  databaseKind,
  databaseKindOf,
  isUniqueViolation,
  keptRead,
  readKeptRows,
  sqliteFile,
  type Tx,
  transact,
} from './db'
import { asDate, asNumber } from './kernel/stored'

const burst = 64
const noon = new Date('2026-03-01T12:00:00.000Z')

const times = <T>(count: number, work: (index: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, (_, index) => work(index)))

function counter(db: DbOrTx): Promise<{ key: string; failures: number }> {
  return db.throttle.create({ data: { key: randomUUID(), windowEndsAt: noon }, select: { key: true, failures: true } })
}

/** A promise to be settled by hand. */
function gate(): { opened: Promise<void>; open: () => void } {
  let open = () => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { opened, open }
}

eachDatabase('transactions', (open, kind) => {
  test('64 parallel transactions on one row all get their turn, and none loses its write', async () => {
    const db = open()
    const { key } = await counter(db)
    await times(burst, () =>
      transact({ db }, async ({ db }) => {
        await db.throttle.update({ where: { key }, data: { failures: { increment: 1 } } })
        await db.throttle.findUniqueOrThrow({ where: { key } })
      }),
    )
    expect(await db.throttle.findUniqueOrThrow({ where: { key } })).toMatchObject({ failures: burst })
  })

  test('64 parallel conditional updates have one winner', async () => {
    const db = open()
    const link = await db.setupLink.create({ data: { tokenHash: randomUUID(), createdAt: noon, expiresAt: noon } })
    const results = await times(burst, () =>
      db.setupLink.updateMany({ where: { id: link.id, usedAt: null }, data: { usedAt: noon } }),
    )
    expect(results.filter(({ count }) => count === 1)).toHaveLength(1)
  })

  test('64 parallel conditional updates in transactions have one winner', async () => {
    const db = open()
    const link = await db.setupLink.create({ data: { tokenHash: randomUUID(), createdAt: noon, expiresAt: noon } })
    const results = await times(burst, () =>
      transact({ db }, async ({ db }) => {
        await db.setupLink.findUniqueOrThrow({ where: { id: link.id } })
        return db.setupLink.updateMany({ where: { id: link.id, usedAt: null }, data: { usedAt: noon } })
      }),
    )
    expect(results.filter(({ count }) => count === 1)).toHaveLength(1)
  })

  test('64 parallel increments with a cap of 10 count to exactly 10', async () => {
    const db = open()
    const { key } = await counter(db)
    const results = await times(burst, () =>
      transact({ db }, ({ db }) =>
        db.throttle.updateMany({ where: { key, failures: { lt: 10 } }, data: { failures: { increment: 1 } } }),
      ),
    )
    expect(results.filter(({ count }) => count === 1)).toHaveLength(10)
    expect(await db.throttle.findUniqueOrThrow({ where: { key } })).toMatchObject({ failures: 10 })
  })

  test('a transaction that throws leaves nothing, and the next one works', async () => {
    const db = open()
    const { key } = await counter(db)
    const failing = transact({ db }, async ({ db }) => {
      await db.throttle.update({ where: { key }, data: { failures: 5 } })
      throw new Error('changed my mind')
    })
    await expect(failing).rejects.toThrow('changed my mind')
    await transact({ db }, ({ db }) => db.throttle.update({ where: { key }, data: { lifetime: 1 } }))
    expect(await db.throttle.findUniqueOrThrow({ where: { key } })).toMatchObject({ failures: 0, lifetime: 1 })
  })

  test('a write beside an open transaction is not lost when that one rolls back', async () => {
    const db = open()
    const [mine, other] = [await counter(db), await counter(db)]
    const started = gate()
    const finish = gate()
    const failing = transact({ db }, async ({ db }) => {
      await db.throttle.update({ where: { key: mine.key }, data: { failures: 1 } })
      started.open()
      await finish.opened
      throw new Error('rolled back')
    })
    await started.opened
    const where = { key: other.key }
    const beside = Promise.all([
      db.throttle.update({ where, data: { failures: 1 } }),
      db.throttle.updateMany({ where, data: { lifetime: 1 } }),
    ])
    finish.open()
    await expect(failing).rejects.toThrow('rolled back')
    await beside
    expect(await db.throttle.findUniqueOrThrow({ where })).toMatchObject({ failures: 1, lifetime: 1 })
    expect(await db.throttle.findUniqueOrThrow({ where: { key: mine.key } })).toMatchObject({ failures: 0 })
  })

  test('a read beside an open transaction sees only what is committed', async () => {
    const db = open()
    const { key } = await counter(db)
    await transact({ db }, async (inside) => {
      await inside.db.throttle.update({ where: { key }, data: { failures: 1 } })
      expect(await db.throttle.findUniqueOrThrow({ where: { key } })).toMatchObject({ failures: 0 })
      expect(await inside.db.throttle.findUniqueOrThrow({ where: { key } })).toMatchObject({ failures: 1 })
    })
    expect(await db.throttle.findUniqueOrThrow({ where: { key } })).toMatchObject({ failures: 1 })
  })

  test('a transaction that hangs is rolled back in time and lets others through', async () => {
    const db = open()
    const { key } = await counter(db)
    const started = gate()
    const finish = gate()
    const hanging = db.$transaction(
      async (tx) => {
        await tx.throttle.update({ where: { key }, data: { failures: 7 } })
        started.open()
        await finish.opened
      },
      { timeout: 500 },
    )
    await started.opened
    const next = transact({ db }, ({ db }) =>
      db.throttle.update({ where: { key }, data: { failures: { increment: 1 } } }),
    )
    expect(await next).toMatchObject({ failures: 1 })
    finish.open()
    await expect(hanging).rejects.toThrow()
  })

  if (kind === 'postgresql') {
    test('two transactions that block each other both succeed, at least one of them at a further try', async () => {
      const db = open()
      const keys = [(await counter(db)).key, (await counter(db)).key] as const
      const gates = [gate(), gate()] as const
      let runs = 0
      const cross = (mine: 0 | 1, other: 0 | 1) =>
        transact({ db }, async ({ db }) => {
          runs += 1
          await db.throttle.update({ where: { key: keys[mine] }, data: { failures: { increment: 1 } } })
          gates[mine].open()
          await gates[other].opened
          await db.throttle.update({ where: { key: keys[other] }, data: { failures: { increment: 1 } } })
        })
      await Promise.all([cross(0, 1), cross(1, 0)])
      // Both look for a deadlock at the same moment when the machine is slow, and PostgreSQL may then undo both.
      expect(runs).toBeGreaterThanOrEqual(3)
      expect(runs).toBeLessThanOrEqual(5)
      const rows = await db.throttle.findMany({ where: { key: { in: [...keys] } }, select: { failures: true } })
      expect(rows).toEqual([{ failures: 2 }, { failures: 2 }])
    })
  }

  test('a statement of ours is part of its transaction, and of none once that is over', async () => {
    const db = open()
    const { key } = await counter(db)
    const count = (db: DbOrTx) => db.$executeRaw`UPDATE "throttle" SET "failures" = "failures" + 1 WHERE "key" = ${key}`
    const seen = (db: DbOrTx) => db.$queryRaw`SELECT "failures" FROM "throttle" WHERE "key" = ${key}`
    let late: DbOrTx | null = null
    const undone = transact({ db }, async ({ db }) => {
      late = db
      expect(await count(db)).toBe(1)
      expect(await seen(db)).toEqual([{ failures: 1 }])
      expect(await db.throttle.findUnique({ where: { key } })).toMatchObject({ failures: 1 })
      throw new Error('undone')
    })
    await expect(undone).rejects.toThrow('undone')
    expect(await seen(db)).toEqual([{ failures: 0 }])
    await transact({ db }, async () => {
      if (late === null) throw new Error('no transaction')
      await expect(count(late)).rejects.toThrow('the transaction is over')
      await expect(seen(late)).rejects.toThrow('the transaction is over')
    })
    expect(await seen(db)).toEqual([{ failures: 0 }])
  })

  if (kind === 'postgresql') {
    test('a statement of ours stays in its transaction when the client itself begins another meanwhile', async () => {
      const db = open()
      const { key } = await counter(db)
      const name = { slug: 'beside', name: 'Beside', kind: 'customer', stage: 'trial' } as const
      const undone = transact({ db }, async (inside) => {
        await db.tenant.create({ data: { ...name, policy: { create: {} } } })
        await inside.db.$executeRaw`UPDATE "throttle" SET "failures" = 7 WHERE "key" = ${key}`
        throw new Error('undone')
      })
      await expect(undone).rejects.toThrow('undone')
      expect(await db.throttle.findUnique({ where: { key } })).toMatchObject({ failures: 0 })
    })
  }

  test('a statement of ours that violates a unique column is told as one of a model is', async () => {
    const db = open()
    const { key } = await counter(db)
    const again = (db: DbOrTx) =>
      db.$executeRaw`INSERT INTO "throttle" ("key", "windowEndsAt") VALUES (${key}, ${noon})`
    await expect(again(db)).rejects.toSatisfy(isUniqueViolation)
    await expect(transact({ db }, ({ db }) => again(db))).rejects.toSatisfy(isUniqueViolation)
  })

  test('the kind is known of the client and of a transaction', async () => {
    const db = open()
    expect(databaseKind(db)).toBe(kind)
    expect(await transact({ db }, async ({ db }) => databaseKind(db))).toBe(kind)
    expect(() => databaseKind({} as Db)).toThrow()
  })

  test('a unique violation is told from other errors', async () => {
    const db = open()
    const { key } = await counter(db)
    const again = db.throttle.create({ data: { key, windowEndsAt: noon } })
    await expect(again).rejects.toSatisfy(isUniqueViolation)
    const missing = db.throttle.update({ where: { key: 'none' }, data: { failures: 1 } })
    await expect(missing).rejects.not.toSatisfy(isUniqueViolation)
  })
})

describe.each(databaseKinds)('a second client (%s)', (kind) => {
  test('of a second copy of this module in one process shares the queue, so neither blocks the other', async () => {
    const { db: first, url, drop } = await freshDatabase(kind)
    vi.resetModules()
    const copy = await import('./db')
    expect(copy.createDb).not.toBe(createDb)
    const second = copy.createDb({ url })
    try {
      const { key } = await counter(first)
      const increment = async ({ db }: { db: Tx }) => {
        await db.throttle.update({ where: { key }, data: { failures: { increment: 1 } } })
        await db.throttle.findUniqueOrThrow({ where: { key } })
      }
      await times(16, (index) =>
        index % 2 ? transact({ db: first }, increment) : copy.transact({ db: second }, increment),
      )
      expect(await first.throttle.findUniqueOrThrow({ where: { key } })).toMatchObject({ failures: 16 })
    } finally {
      await copy.closeDb(second)
      await drop()
    }
  })
})

describe('SQLite', () => {
  async function withClient(use: (db: Db, url: string) => Promise<void>) {
    const { db, url, drop } = await freshDatabase('sqlite')
    try {
      await use(db, url)
    } finally {
      await drop()
    }
  }

  const pragmas = async (db: Pick<Db, '$queryRawUnsafe'>, from: (name: string) => string) => {
    const values: Record<string, unknown> = {}
    for (const name of ['journal_mode', 'synchronous', 'foreign_keys']) {
      const [row] = await db.$queryRawUnsafe<Record<string, unknown>[]>(from(name))
      values[name] = row?.[name]
    }
    const [row] = await db.$queryRawUnsafe<Record<string, unknown>[]>(from('busy_timeout'))
    return { ...values, busy_timeout: row?.timeout }
  }

  // synchronous 2 is FULL. What SQLite waits for a lock, it waits without yielding.
  const wanted = { journal_mode: 'wal', synchronous: 2n, foreign_keys: 1n, busy_timeout: 0n }

  test('the connection that writes has WAL, full synchronisation, foreign keys and never waits inside SQLite', () =>
    withClient(async (db) => {
      expect(await pragmas(db, (name) => `PRAGMA ${name}`)).toEqual(wanted)
      expect(await transact({ db }, ({ db }) => pragmas(db, (name) => `PRAGMA ${name}`))).toEqual(wanted)
    }))

  test('the connection that reads has them too and cannot write', () =>
    withClient(async (db) => {
      expect(await pragmas(db, (name) => `SELECT * FROM pragma_${name}`)).toEqual({ ...wanted, busy_timeout: 1000n })
      expect(await db.$queryRaw`SELECT * FROM pragma_query_only`).toEqual([{ query_only: 1n }])
      expect(await db.$queryRawUnsafe('PRAGMA query_only')).toEqual([{ query_only: 0n }])
    }))

  test('a transaction holds the write lock from its start, so that it never fails half way for another process', () =>
    withClient(async (db, url) => {
      const { default: Sqlite } = await import('better-sqlite3')
      const other = new Sqlite(sqliteFile(url), { timeout: 0 })
      try {
        await transact({ db }, async ({ db }) => {
          await db.throttle.findFirst()
          expect(() => other.exec('BEGIN IMMEDIATE')).toThrow('locked')
        })
        other.exec('BEGIN IMMEDIATE; COMMIT')
      } finally {
        other.close()
      }
    }))

  test('a COMMIT that fails is rolled back, and the next transaction works', () =>
    withClient(async (db) => {
      const failing = transact({ db }, async ({ db }) => {
        await db.$executeRawUnsafe('PRAGMA defer_foreign_keys=ON')
        await db.policy.create({ data: { tenantId: 'nobody' } })
      })
      await expect(failing).rejects.toThrow()
      expect(await transact({ db }, ({ db }) => db.policy.count())).toBe(0)
      expect(await transact({ db }, ({ db }) => counter(db))).toMatchObject({ failures: 0 })
    }))

  test('a missing file is an error, not a new and open database', async () => {
    const { url } = await newDatabase('sqlite', { empty: true })
    const db = createDb({ url })
    await expect(db.tenant.count()).rejects.toThrow()
    expect(() => statSync(sqliteFile(url))).toThrow('ENOENT')
    await closeDb(db)
  })
})

describe('PostgreSQL', () => {
  test('a session is in UTC and has time-outs', async () => {
    const { db, drop } = await freshDatabase('postgresql')
    try {
      expect(await db.$queryRaw`SHOW timezone`).toEqual([{ TimeZone: 'UTC' }])
      expect(await db.$queryRaw`SHOW statement_timeout`).toEqual([{ statement_timeout: '15s' }])
      expect(await db.$queryRaw`SHOW idle_in_transaction_session_timeout`).toEqual([
        { idle_in_transaction_session_timeout: '30s' },
      ])
    } finally {
      await drop()
    }
  })
})

eachDatabase('values', (open, kind) => {
  const slugs = ['a', 'b', 'c', 'd'] as const
  const at = {
    a: new Date('2026-01-02T03:04:05.000Z'),
    b: new Date('2026-01-02T03:04:05.678Z'),
    c: new Date('2026-01-02T03:04:06.000Z'),
    d: new Date('2026-10-25T01:30:00.000Z'),
  }

  test('DateTimes compare and sort by time, however they were written', async () => {
    const db = open()
    await db.tenant.create({ data: { slug: 'd', name: 'D', createdAt: at.d } })
    await db.tenant.createMany({ data: [{ slug: 'b', name: 'B', createdAt: at.b }] })
    await db.tenant.create({ data: { slug: 'a', name: 'A' } })
    await db.$executeRaw`UPDATE tenant SET "createdAt" = ${at.a} WHERE slug = 'a'`
    await db.tenant.create({ data: { slug: 'c', name: 'C' } })
    await db.tenant.updateMany({ where: { slug: 'c' }, data: { createdAt: at.c } })

    const sorted = await db.tenant.findMany({ orderBy: { createdAt: 'asc' }, select: { slug: true } })
    expect(sorted.map(({ slug }) => slug)).toEqual(slugs)
    for (const [index, slug] of slugs.entries()) {
      expect(await db.tenant.count({ where: { createdAt: at[slug] } })).toBe(1)
      expect(await db.tenant.count({ where: { createdAt: { gt: at[slug] } } })).toBe(3 - index)
      expect(await db.$queryRaw`SELECT slug FROM tenant WHERE "createdAt" < ${at[slug]}`).toHaveLength(index)
    }
    expect(await db.tenant.aggregate({ _max: { createdAt: true } })).toEqual({ _max: { createdAt: at.d } })
  })

  test('a default of now() is stored in the same form as a given time', async () => {
    const db = open()
    const before = new Date()
    const { id } = await db.tenant.create({ data: { slug: 'now', name: 'Now' }, select: { id: true } })
    const where = { id, createdAt: { gte: before, lte: new Date() } }
    expect(await db.tenant.count({ where })).toBe(1)
    await db.tenant.delete({ where: { id } })
  })

  test('raw rows have a Date for a DateTime column and a boolean for a Boolean one', async () => {
    const db = open()
    const tenant = await db.tenant.findUniqueOrThrow({ where: { slug: 'b' } })
    const settings = { required: true, kinds: 'totp', trustDays: 30, idleMinutes: 60, sessionHours: 12 }
    const rule = { ...settings, userType: 'team' as const, deviceVerification: false, issuedRecoveryCodes: false }
    await db.policy.create({ data: { tenantId: tenant.id, rules: { create: [rule] } } })
    const rows =
      await db.$queryRaw`SELECT t."createdAt", t."trustVoidedAt", r."required", r."deviceVerification", p.version
      FROM tenant t JOIN policy p ON p."tenantId" = t.id JOIN policy_rule r ON r."tenantId" = t.id`
    expect(rows).toEqual([
      { createdAt: at.b, trustVoidedAt: null, required: true, deviceVerification: false, version: 1 },
    ])
  })

  test('raw rows with computed values are as createDb tells', async () => {
    const rows = await open()
      .$queryRaw`SELECT max(t."createdAt") AS latest, min(p.version) + 1 AS next, count(*) AS rows,
      max(t."trustVoidedAt") IS NULL AS without FROM tenant t LEFT JOIN policy p ON p."tenantId" = t.id`
    expect(rows).toEqual(
      kind === 'sqlite'
        ? [{ latest: BigInt(at.d.getTime()), next: 2n, rows: 4n, without: 1n }]
        : [{ latest: at.d, next: 2, rows: 4n, without: true }],
    )
  })

  test('M4: names are sorted by their bytes, whatever the locale of the server', async () => {
    const db = open()
    const tenant = await db.tenant.findUniqueOrThrow({ where: { slug: 'a' } })
    const names = ['Zoe', 'a-b', 'ab', 'abel', 'b', 'z', 'ä', '吉']
    for (const name of names.toReversed()) {
      const email = `${randomUUID()}@example.test`
      const user = { create: { email, name, tenantId: tenant.id } }
      const keys = { nameKey: name, surnameKey: name, emailKey: email, role: 'agent', userType: 'team' } as const
      await db.membership.create({ data: { ...keys, tenant: { connect: { id: tenant.id } }, user } })
    }
    const rows = await db.membership.findMany({ orderBy: { nameKey: 'asc' }, select: { nameKey: true } })
    expect(rows.map(({ nameKey }) => nameKey)).toEqual(names)
    const found = await db.membership.findMany({
      where: { nameKey: { gte: 'ab', lt: 'ac' } },
      select: { nameKey: true },
    })
    expect(found.map(({ nameKey }) => nameKey).sort()).toEqual(['ab', 'abel'])
  })
})

test('a database URL is of one kind or refused', () => {
  expect(databaseKindOf('file:/data/twofold.db')).toBe('sqlite')
  expect(databaseKindOf('file:///data/twofold.db')).toBe('sqlite')
  expect(databaseKindOf('postgres://localhost/twofold')).toBe('postgresql')
  expect(databaseKindOf('postgresql://localhost/twofold')).toBe('postgresql')
  for (const url of ['', 'file:twofold.db', 'file:./twofold.db', '/data/twofold.db', 'mysql://localhost/twofold']) {
    expect(() => databaseKindOf(url)).toThrow('DATABASE_URL')
  }
  expect(sqliteFile('file:/data/my 100%.db')).toBe('/data/my 100%.db')
  expect(sqliteFile('file:///data/twofold.db?connection_limit=1')).toBe('/data/twofold.db')
})

const THROTTLE = keptRead('SELECT "windowEndsAt", "failures" FROM "throttle" WHERE "key" = ? AND "key" <> ?')

eachDatabase('rows of a kept statement', (open, kind) => {
  const read = async (key: string) => {
    const rows = await readKeptRows(open(), THROTTLE, [key, 'none'])
    return rows.map((row) => [asDate(row.windowEndsAt), asNumber(row.failures)])
  }

  test('are what is committed, each time, with times as they were written, by one statement', async () => {
    const { key } = await counter(open())
    expect(await read(key)).toEqual([[noon, 0]])
    await transact({ db: open() }, async ({ db }) => {
      await db.throttle.update({ where: { key }, data: { failures: 3 } })
      expect(await read(key)).toEqual([[noon, 0]])
    })
    expect(await read(key)).toEqual([[noon, 3]])
    expect(await read('nobody')).toEqual([])
    expect(await statementsOf(() => read(key))).toEqual([expect.stringContaining('SELECT "windowEndsAt"')])
  })

  test('come from a client that has not been asked before, and again from one that was closed', async () => {
    const database = await newDatabase(kind)
    const db = createDb({ url: database.url })
    const none = () => readKeptRows(db, THROTTLE, ['a', 'b'])
    expect(await none()).toEqual([])
    await closeDb(db)
    expect(await none()).toEqual([])
    await closeDb(db)
    await database.drop()
  })

  test('are no rows of a transaction', async () => {
    const read = transact({ db: open() }, ({ db }) => readKeptRows(db as unknown as Db, THROTTLE, ['a', 'b']))
    await expect(read).rejects.toThrow('Not a database client of createDb')
  })
})
