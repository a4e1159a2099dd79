import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { closeDb, createDb } from '../../core/db'
import { readConfig } from '../../core/env'
import { OUTAGES } from '../../core/failure'
import { log } from '../../core/log'
import { databaseKinds, freshDatabase } from '../../testing/databases'
import { observed } from '../../testing/observed'
import { startRelay } from '../../testing/silence'
import { quickWorld, type TestWorld } from '../../testing/world'
import { deps, setWorld, world } from './deps'
import { isReady } from './health'

function enter(deps_: TestWorld): void {
  const config = readConfig({})
  if (!config.ok) throw new Error(config.detail)
  setWorld({ deps: deps_, config: config.value, wake: () => undefined })
}

let lines: string[]
beforeEach(() => {
  lines = []
  vi.spyOn(log(), 'error').mockImplementation((_fields: unknown, message?: string) => {
    lines.push(message ?? '')
  })
})
afterEach(() => {
  vi.restoreAllMocks()
})

describe.each(databaseKinds)('readiness (%s)', (kind) => {
  let database: Awaited<ReturnType<typeof freshDatabase>>
  let made: TestWorld
  beforeEach(async () => {
    database = await freshDatabase(kind)
    made = quickWorld(database.db)
    // Connected, as a server is: a probe waits for two seconds only.
    await made.db.tenant.count()
  })
  afterEach(() => database.drop())

  test('the server is ready while its database answers and can be written', async () => {
    enter(made)
    expect(await isReady()).toBe(true)
    expect(lines).toEqual([])
  })

  test('ASVS 16.5.2: it is not when the database fails, and the log says so', async () => {
    const fail = () => {
      throw new Error('no database')
    }
    enter({ ...made, db: observed(made.db, fail) })
    expect(await isReady()).toBe(false)
    expect(lines).toEqual(['the database does not answer'])
  })

  test('N38: it is not while nothing can be written, although everything can be read', async () => {
    if (kind === 'sqlite') await made.db.$queryRawUnsafe('PRAGMA query_only = ON')
    else
      await made.db.$executeRawUnsafe(`ALTER DATABASE ${new URL(database.url).pathname.slice(1)}
      SET default_transaction_read_only = on`)
    const db = kind === 'sqlite' ? made.db : createDb({ url: database.url })
    enter({ ...made, db })
    expect(await db.tenant.count()).toBe(0)
    expect(await isReady()).toBe(false)
    if (kind === 'sqlite') await made.db.$queryRawUnsafe('PRAGMA query_only = OFF')
    else await db.$executeRawUnsafe('SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE')
    await vi.waitFor(async () => expect(await isReady()).toBe(true), { timeout: 10_000, interval: 200 })
    if (kind === 'postgresql') await closeDb(db)
  })

  test('however often it is asked, it writes once in a while', async () => {
    let writes = 0
    enter({
      ...made,
      db: observed(made.db, (statement) => {
        if (statement === 'INSERT INTO throttle') writes += 1
      }),
    })
    expect(new Set(await Promise.all(Array.from({ length: 20 }, isReady)))).toEqual(new Set([true]))
    expect(writes).toBe(1)
  })
})

test('N38: a silent database is told as not ready long before anything gives it up', async () => {
  const database = await freshDatabase('postgresql')
  const relay = await startRelay(database.url)
  const db = createDb({ url: relay.url, maxSilence: 6000 })
  await db.tenant.count()
  enter(quickWorld(db))
  expect(await isReady()).toBe(true)
  relay.hush()
  const given = db.tenant.count().then(
    () => 'given up',
    () => 'given up',
  )
  expect(await Promise.race([isReady(), given])).toBe(false)
  expect(lines.filter((line) => line !== OUTAGES.unreachable)).toEqual([])
  await closeDb(db)
  await relay.close()
  await database.drop()
})

test('there is one world a process, whichever bundle asks', async () => {
  const database = await freshDatabase('sqlite')
  const made = quickWorld(database.db)
  enter(made)
  expect(world()).toBe(world())
  expect(deps()).toBe(made)
  await database.drop()
})
