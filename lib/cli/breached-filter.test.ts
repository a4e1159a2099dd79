import { describe, expect, test } from 'vitest'
import { fold, readFilter } from '../credentials/password/breached/rules'
import { filterOf } from './breached-filter'

describe('a filter made from lists', () => {
  test('it knows each of them as folded, and nothing too short; the order does not matter', () => {
    const lists = [
      ['Überraschung mit Ei', 'short one', ''],
      ['correct battery horse', 'CORRECT battery horse'],
    ]
    const made = filterOf(lists)
    expect(made).toMatchObject({ entries: 2 })
    const knows = readFilter(made)
    for (const known of ['Uberraschung MIT Ei', 'correct battery horse']) expect(knows(fold(known))).toBe(true)
    for (const other of ['short one', 'correct battery', '']) expect(knows(other)).toBe(false)
    expect(filterOf([...lists].reverse())).toEqual(made)
  })
})
