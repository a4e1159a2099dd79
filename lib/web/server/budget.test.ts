import { expect, test } from 'vitest'
import { createBudget } from './budget'

test('N37: each key has so many in a window, all keys together so many, and the next window begins anew', () => {
  const take = createBudget({ most: 2, inAll: 5, every: 1000 })
  const tries = (key: string, now: number) => [1, 2, 3].map(() => take(key, now))
  expect(tries('a', 0)).toEqual([true, true, false])
  expect(tries('b', 500)).toEqual([true, true, false])
  expect(tries('c', 999)).toEqual([true, false, false])
  expect(take('d', 999)).toBe(false)
  expect(tries('a', 1000)).toEqual([true, true, false])
})
