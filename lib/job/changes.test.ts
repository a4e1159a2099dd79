import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { closeDb, createDb, transact } from '../core/db'
import { databaseKinds, freshDatabase } from '../testing/databases'
import { statementsOf } from '../testing/statements'
import { fixedClock } from '../testing/world'
import { TIMED_INTERVAL, workOnChange } from './changes'

describe.each(databaseKinds)('work on change (%s)', (kind) => {
  let database: Awaited<ReturnType<typeof freshDatabase>>
  let clock: ReturnType<typeof fixedClock>
  beforeEach(async () => {
    database = await freshDatabase(kind)
    clock = fixedClock()
    vi.useFakeTimers({ toFake: ['setTimeout'] })
  })
  afterEach(async () => {
    vi.useRealTimers()
    await database.drop()
  })

  function pass(milliseconds: number): void {
    clock.move(milliseconds)
    vi.advanceTimersByTime(milliseconds)
  }
  const write = (slug: string) => database.db.tenant.create({ data: { slug, name: slug } })
  function counted(more: () => boolean = () => false) {
    const state = { times: 0 }
    const step = workOnChange({ db: database.db, clock })(async () => {
      state.times += 1
      return more()
    })
    const onceMore = async (milliseconds: number, woken = false) => {
      pass(milliseconds)
      await step(woken)
      return state.times
    }
    /** Other databases of one PostgreSQL move the mark as well: of many looks some find nothing new. */
    const settles = async () => {
      for (let tries = 0; tries < 1_000; tries += 1) {
        const before = state.times
        if ((await onceMore(1_000)) === before) return before
      }
      throw new Error('every look found a change')
    }
    return { onceMore, settles }
  }

  test('nothing is looked for again until something is committed, by this process or another', async () => {
    const { onceMore, settles } = counted()
    expect(await onceMore(0)).toBe(1)
    const idle = await settles()
    await write('own')
    expect(await onceMore(1_000)).toBe(idle + 1)
    const again = await settles()
    const other = createDb({ url: database.url })
    await other.tenant.create({ data: { slug: 'other', name: 'other' } })
    await closeDb(other)
    expect(await onceMore(1_000)).toBe(again + 1)
    await settles()
  })

  test('what is committed while a step looks is found by the next', async () => {
    let during = async () => void (await write('during'))
    const step = workOnChange({ db: database.db, clock })(async () => {
      times += 1
      await during()
      return false
    })
    let times = 0
    await step(false)
    during = async () => undefined
    pass(1_000)
    await step(false)
    expect(times).toBe(2)
  })

  test('a transaction that began before a look and ends after it is a change', async () => {
    const { onceMore, settles } = counted()
    let end: () => void = () => undefined
    const ended = new Promise<void>((resolve) => {
      end = resolve
    })
    let begun: () => void = () => undefined
    const isOpen = new Promise<void>((resolve) => {
      begun = resolve
    })
    const open = transact({ db: database.db }, async ({ db }) => {
      await db.tenant.create({ data: { slug: 'slow', name: 'slow' } })
      begun()
      await ended
    })
    await isOpen
    expect(await onceMore(0)).toBe(1)
    const idle = await settles()
    end()
    await open
    expect(await onceMore(1_000)).toBe(idle + 1)
  })

  test('whoever is woken, has more to do, failed or waits for a time looks without a change', async () => {
    const { onceMore, settles } = counted()
    expect([await onceMore(0), await onceMore(1_000, true)]).toEqual([1, 2])
    const idle = await settles()
    expect(await onceMore(TIMED_INTERVAL)).toBe(idle + 1)
    let left = 2
    const busy = counted(() => {
      left -= 1
      return left > 0
    })
    expect([await busy.onceMore(0), await busy.onceMore(1_000)]).toEqual([1, 2])
    await busy.settles()
    let times = 0
    const failing = workOnChange({ db: database.db, clock })(async () => {
      times += 1
      throw new Error('no mail')
    })
    await expect(failing(false)).rejects.toThrow('no mail')
    pass(1_000)
    await expect(failing(false)).rejects.toThrow('no mail')
    expect(times).toBe(2)
  })

  test('many kinds of work ask one question', async () => {
    const onChange = workOnChange({ db: database.db, clock })
    const steps = Array.from({ length: 6 }, () => onChange(async () => false))
    await Promise.all(steps.map((step) => step(false)))
    pass(1_000)
    const asked = await statementsOf(() => Promise.all(steps.map((step) => step(false))))
    expect(asked).toHaveLength(1)
  })
})
