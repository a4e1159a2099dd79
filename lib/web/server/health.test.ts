import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { readConfig } from '../../core/env'
import { log } from '../../core/log'
import { freshDatabase } from '../../testing/databases'
import { observed } from '../../testing/observed'
import { quickWorld, type TestWorld } from '../../testing/world'
import { deps, setWorld, world } from './deps'
import { isReady } from './health'

let database: Awaited<ReturnType<typeof freshDatabase>>
let made: TestWorld
beforeAll(async () => {
  database = await freshDatabase('sqlite')
  made = quickWorld(database.db)
})
afterAll(() => database.drop())

function enter(deps_: TestWorld): void {
  const config = readConfig({})
  if (!config.ok) throw new Error(config.detail)
  setWorld({ deps: deps_, config: config.value, wake: () => undefined })
}

test('the server is ready while its database answers', async () => {
  enter(made)
  expect(await isReady()).toBe(true)
})

test('ASVS 16.5.2: it is not when the database fails, and the log says so', async () => {
  const fail = () => {
    throw new Error('no database')
  }
  enter({ ...made, db: observed(made.db, fail) })
  const logged = vi.spyOn(log(), 'error').mockImplementation(() => undefined)
  try {
    expect(await isReady()).toBe(false)
    expect(logged).toHaveBeenCalledOnce()
  } finally {
    logged.mockRestore()
  }
})

test('there is one world a process, whichever bundle asks', () => {
  enter(made)
  expect(world()).toBe(world())
  expect(deps()).toBe(made)
})
