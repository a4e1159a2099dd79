import Sqlite from 'better-sqlite3'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { freshDatabase } from '../testing/databases'
import { type Db, isUniqueViolation, sqliteFile, transact } from './db'
import { MAX_KEPT } from './sqlite-statements'

let database: Awaited<ReturnType<typeof freshDatabase>>
let db: Db
beforeEach(async () => {
  database = await freshDatabase('sqlite')
  db = database.db
})
afterEach(() => database.drop())

/** How often SQLite is asked to prepare while `work` runs. */
async function prepared(work: () => Promise<unknown>): Promise<number> {
  const spy = vi.spyOn(Sqlite.prototype, 'prepare')
  try {
    await work()
    return spy.mock.calls.length
  } finally {
    spy.mockRestore()
  }
}

test('a statement is prepared once by a connection, and answers each time for the values given then', async () => {
  const find = (slug: string) => db.tenant.findUnique({ where: { slug }, select: { slug: true, name: true } })
  await db.tenant.create({ data: { slug: 'a', name: 'A' } })
  await find('a')
  const times = await prepared(async () => {
    await db.tenant.create({ data: { slug: 'b', name: 'B' } })
    expect(await find('b')).toEqual({ slug: 'b', name: 'B' })
    expect(await find('none')).toBeNull()
    await db.tenant.update({ where: { slug: 'b' }, data: { name: 'BB' } })
    expect(await find('b')).toEqual({ slug: 'b', name: 'BB' })
  })
  // The update alone was not there before.
  expect(times).toBeLessThanOrEqual(2)
  expect(await prepared(() => find('a'))).toBe(0)
})

test('a statement that failed, in a transaction that was rolled back, is good again', async () => {
  const create = (slug: string) => transact({ db }, ({ db }) => db.tenant.create({ data: { slug, name: slug } }))
  await create('a')
  await expect(create('a')).rejects.toSatisfy(isUniqueViolation)
  expect(await create('b')).toMatchObject({ slug: 'b' })
  expect(await db.tenant.count()).toBe(2)
})

test('a table that another process changes meanwhile is read as it is now', async () => {
  const names = () => db.$queryRaw<{ name: string }[]>`SELECT * FROM "thing" ORDER BY "name"`
  const other = new Sqlite(sqliteFile(database.url))
  try {
    other.exec(`CREATE TABLE "thing" ("name" TEXT NOT NULL); INSERT INTO "thing" VALUES ('a')`)
    expect(await names()).toEqual([{ name: 'a' }])
    other.exec(`ALTER TABLE "thing" ADD COLUMN "size" INTEGER NOT NULL DEFAULT 3; DROP TABLE IF EXISTS "none"`)
    expect(await names()).toEqual([{ name: 'a', size: 3 }])
    other.exec(
      `DROP TABLE "thing"; CREATE TABLE "thing" ("size" TEXT, "name" TEXT); INSERT INTO "thing" VALUES ('l', 'b')`,
    )
    expect(await names()).toEqual([{ size: 'l', name: 'b' }])
  } finally {
    other.close()
  }
})

test('of the statements of a connection the last ones are kept', async () => {
  const list = (length: number) =>
    db.$queryRawUnsafe(`SELECT ${Array.from({ length }, (_, at) => at).join(' + ')} AS "sum"`)
  await list(1)
  for (let length = 2; length <= MAX_KEPT; length += 1) await list(length)
  expect(await prepared(() => list(1))).toBe(0)
  await list(MAX_KEPT + 1)
  expect(await prepared(() => list(1))).toBe(0)
  expect(await prepared(() => list(2))).toBe(1)
})
