import { afterEach, beforeEach, expect, test } from 'vitest'
import { newDatabase, type TestDatabase } from '../testing/databases'
import { type Relay, startRelay } from '../testing/silence'
import { closeDb, createDb, type Db, transact } from './db'
import { outageOf } from './failure'

// Longer than an answer takes on a busy machine.
const SILENCE = 2500

let database: TestDatabase
let relay: Relay
let db: Db
beforeEach(async () => {
  database = await newDatabase('postgresql')
  relay = await startRelay(database.url)
  db = createDb({ url: relay.url, maxSilence: SILENCE })
  await db.tenant.count()
})
afterEach(async () => {
  await closeDb(db)
  await relay.close()
  await database.drop()
})

const failure = (work: Promise<unknown>) =>
  work.then(
    () => null,
    (error: unknown) => error,
  )

test('N38: a query on a connection that went silent fails as “unreachable”, and the next one works', async () => {
  relay.hush()
  expect(outageOf(await failure(db.tenant.count()))).toBe('unreachable')
  relay.speak()
  expect(await db.tenant.count()).toBe(0)
})

test('N38: a transaction that meets the silence half way fails, and the next one works', async () => {
  const cut = failure(
    transact({ db }, async ({ db }) => {
      await db.tenant.count()
      relay.hush()
      await db.tenant.create({ data: { slug: 'a', name: 'A' } })
    }),
  )
  expect(outageOf(await cut)).toBe('unreachable')
  relay.speak()
  expect(await transact({ db }, ({ db }) => db.tenant.count())).toBe(0)
})

test('N38: a server that takes connections and says nothing is told to all who wait for one, and closing ends', async () => {
  relay.hush()
  const fresh = createDb({ url: relay.url, maxWait: 600, maxSilence: SILENCE })
  const failures = await Promise.all([
    failure(transact({ db: fresh }, ({ db }) => db.tenant.count())),
    ...Array.from({ length: 25 }, () => failure(fresh.tenant.count())),
  ])
  expect(new Set(failures.map(outageOf))).toEqual(new Set(['unreachable']))
  await closeDb(fresh)
})
