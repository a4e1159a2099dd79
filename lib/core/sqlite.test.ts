import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import Sqlite from 'better-sqlite3'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { freshDatabase } from '../testing/databases'
import { closeDb, createDb, type Db, sqliteFile, transact } from './db'
import { outageOf } from './failure'

const root = join(import.meta.dirname, '..', '..')

let database: Awaited<ReturnType<typeof freshDatabase>>
let db: Db
beforeEach(async () => {
  database = await freshDatabase('sqlite')
  db = database.db
})
afterEach(() => database.drop())

const write = (db: Db, slug: string) => db.tenant.create({ data: { slug, name: slug } })

test('N38: a lock that another process holds is waited for without holding up anything else, and not for ever', async () => {
  const impatient = createDb({ url: database.url, maxWait: 800 })
  const other = new Sqlite(sqliteFile(database.url))
  other.exec('BEGIN IMMEDIATE')
  let turns = 0
  const ticking = setInterval(() => {
    turns += 1
  }, 10)
  try {
    const stuck = [
      write(impatient, 'a'),
      write(impatient, 'b'),
      transact({ db: impatient }, ({ db }) => db.tenant.count()),
    ]
    const outcomes = await Promise.allSettled(stuck)
    expect(turns).toBeGreaterThan(5)
    expect(outcomes.map((each) => (each.status === 'rejected' ? outageOf(each.reason) : each.status))).toEqual([
      'locked',
      'locked',
      'locked',
    ])
    const patient = write(db, 'c')
    await pause(100)
    other.exec('COMMIT')
    expect(await patient).toMatchObject({ slug: 'c' })
    expect(await write(impatient, 'd')).toMatchObject({ slug: 'd' })
  } finally {
    clearInterval(ticking)
    other.close()
    await closeDb(impatient)
  }
})

test('N38: a command that writes without a pause leaves the running server its turn', async () => {
  const script = `
    import { createDb, transact } from './lib/core/db.ts'
    const db = createDb({ url: ${JSON.stringify(database.url)} })
    for (let n = 0; ; n += 1) {
      await transact({ db }, async ({ db }) => {
        const end = performance.now() + 40
        while (performance.now() < end) await db.throttle.count()
        await db.throttle.create({ data: { key: 'k' + n, windowEndsAt: new Date() } })
      })
      if (n === 3) console.log('writing')
    }`
  const command = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  try {
    await once(command.stdout, 'data')
    const before = await db.throttle.count()
    for (let n = 0; n < 10; n += 1) {
      await write(db, `t${n}`)
      await transact({ db }, ({ db }) => db.tenant.update({ where: { slug: `t${n}` }, data: { name: 'x' } }))
    }
    expect(await db.tenant.count({ where: { name: 'x' } })).toBe(10)
    await pause(500)
    expect(await db.throttle.count()).toBeGreaterThan(before)
  } finally {
    command.kill('SIGKILL')
    await once(command, 'exit')
  }
})

test('a write that is given up leaves its place to the next one', async () => {
  const impatient = createDb({ url: database.url, maxWait: 200 })
  let finish: () => void = () => undefined
  const gate = new Promise<void>((resolve) => {
    finish = resolve
  })
  const long = transact({ db }, async ({ db }) => {
    await db.tenant.create({ data: { slug: 'long', name: 'long' } })
    await gate
  })
  await expect(write(impatient, 'a')).rejects.toSatisfy((error) => outageOf(error) === 'locked')
  finish()
  await long
  expect(await write(impatient, 'b')).toMatchObject({ slug: 'b' })
  expect((await db.tenant.findMany()).map(({ slug }) => slug).toSorted()).toEqual(['b', 'long'])
  await closeDb(impatient)
})
