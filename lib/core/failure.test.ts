import { readFile, writeFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { freshDatabase, newDatabase } from '../testing/databases'
import { closeDb, createDb, type Db, sqliteFile } from './db'
import { failureSentence, OUTAGES, type Outage, outageOf } from './failure'

const failure = (work: Promise<unknown>) =>
  work.then(
    () => null,
    (error: unknown) => error,
  )

const rows = (db: Db, name: string, many: number) =>
  db.throttle.createMany({
    data: Array.from({ length: many }, (_, n) => ({
      key: `${name} ${n} ${'x'.repeat(200)}`,
      windowEndsAt: new Date(0),
    })),
  })

function expectOutage(error: unknown, outage: Outage): void {
  expect(outageOf(error)).toBe(outage)
  expect(failureSentence(error)).toBe(OUTAGES[outage])
}

test('N38: SQLite on a full disk, without the right to write, damaged, and not a database', async () => {
  const { db, url, drop } = await freshDatabase('sqlite')
  await rows(db, 'a', 100)
  const [page] = await db.$queryRawUnsafe<{ page_count: bigint }[]>('PRAGMA page_count')
  await db.$queryRawUnsafe(`PRAGMA max_page_count = ${Number(page?.page_count)}`)
  expectOutage(await failure(rows(db, 'b', 2000)), 'full')
  await db.$queryRawUnsafe('PRAGMA query_only = ON')
  expectOutage(await failure(db.throttle.deleteMany()), 'read_only')
  await closeDb(db)

  const file = sqliteFile(url)
  await writeFile(file, Buffer.alloc(64 * 1024, 'x'))
  const broken = createDb({ url })
  expectOutage(await failure(broken.tenant.count()), 'damaged')
  await closeDb(broken)
  await drop()
})

test('N38: PostgreSQL that is not there, knows no such database, may not write, and was ended', async () => {
  const { db, url, drop } = await freshDatabase('postgresql')
  const nobody = createDb({ url: 'postgresql://postgres@127.0.0.1:1/none' })
  expectOutage(await failure(nobody.tenant.count()), 'unreachable')
  await closeDb(nobody)
  const noSocket = createDb({ url: 'postgresql://postgres@localhost/none?host=/no-such-folder' })
  expectOutage(await failure(noSocket.tenant.count()), 'unreachable')
  await closeDb(noSocket)
  expect(outageOf(await failure(readFile('/no-such-file')))).toBeNull()

  const missing = new URL(url)
  missing.pathname = 'missing'
  const unknown = createDb({ url: missing.href })
  expectOutage(await failure(unknown.tenant.count()), 'no_database')
  await closeDb(unknown)

  const readOnly = new URL(url)
  await db.$executeRawUnsafe(`ALTER DATABASE ${readOnly.pathname.slice(1)} SET default_transaction_read_only = on`)
  const standby = createDb({ url })
  expectOutage(await failure(rows(standby, 'a', 1)), 'read_only')
  await closeDb(standby)

  const ended = failure(db.$queryRaw`SELECT pg_terminate_backend(pg_backend_pid())`)
  expectOutage(await ended, 'unreachable')
  expect(await db.tenant.count()).toBe(0)
  await drop()

  const { url: empty, drop: dropEmpty } = await newDatabase('postgresql', { empty: true })
  const unmigrated = createDb({ url: empty })
  expectOutage(await failure(unmigrated.tenant.count()), 'not_migrated')
  await closeDb(unmigrated)
  await dropEmpty()
})

test('N38: a bug is no outage', async () => {
  const { db, drop } = await freshDatabase('sqlite')
  await db.throttle.create({ data: { key: 'a', windowEndsAt: new Date(0) } })
  const twice = failure(db.throttle.create({ data: { key: 'a', windowEndsAt: new Date(0) } }))
  expect(outageOf(await twice)).toBeNull()
  expect(outageOf(new TypeError('x is not a function'))).toBeNull()
  expect(outageOf(null)).toBeNull()
  const cyclic = new Error('round')
  cyclic.cause = cyclic
  expect(outageOf(cyclic)).toBeNull()
  await drop()
})
