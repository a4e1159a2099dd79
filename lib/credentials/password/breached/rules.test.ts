import { describe, expect, test } from 'vitest'
import { checkPassword, MINIMUM_WITH_SECOND_FACTOR } from '../rules'
import breached from './filter.json' with { type: 'json' }
import { FALSE_POSITIVES, readFilter, sizeFor } from './rules'

const isBreached = readFilter(breached)
const setBits = (bits: string) =>
  Buffer.from(bits, 'base64url').reduce((count, byte) => count + byte.toString(2).replaceAll('0', '').length, 0)

describe('the filter of breached passwords that is shipped (N2, ASVS 6.2.12)', () => {
  test('it knows 58,237 of 12 characters or more, in 210 kB, at one wrong refusal in a million', () => {
    expect(breached.entries).toBe(58_237)
    expect(FALSE_POSITIVES).toBe(1e-6)
    const size = sizeFor(breached.entries)
    expect(Buffer.from(breached.bits, 'base64url')).toHaveLength(size.bytes)
    expect(size.bytes).toBeLessThan(210_000)
    expect(breached.probes).toBe(size.probes)
    // With half of its bits set, twenty probes all hit one by chance once in a million.
    expect((setBits(breached.bits) / (8 * size.bytes)) ** breached.probes).toBeLessThan(1.1e-6)
  })

  test('of 200,000 others it refuses one at most', () => {
    let wrong = 0
    for (let count = 0; count < 200_000; count += 1) if (isBreached(`unlisted ${count} of many`)) wrong += 1
    expect(wrong).toBeLessThanOrEqual(1)
  })

  test.each([
    'worldofwarkraft',
    'jesustransforma',
    'falmouth2000',
    'yjxyjqpfchfytw',
    'zxc159qwe753',
    'yesitworksfine',
    '0997378415wwqq',
  ])('%s is refused, in any case', (password) => {
    const check = (typed: string) => checkPassword(typed, { minimum: MINIMUM_WITH_SECOND_FACTOR, context: [] })
    for (const typed of [password, password.toUpperCase()]) {
      expect(check(typed)).toMatchObject({ ok: false, code: 'breached' })
    }
    expect(check(`${password} and more`)).toMatchObject({ ok: true })
  })

  test('nothing shorter than the shortest password is left out that could be chosen', () => {
    // Whoever lowers the minimum makes the filter anew.
    expect(MINIMUM_WITH_SECOND_FACTOR).toBe(12)
  })
})

test('a damaged filter stops at the start', () => {
  expect(() => readFilter({ entries: 1, probes: 20, bits: '!' })).toThrow()
  expect(() => readFilter({ entries: 0, probes: 20, bits: '' })).toThrow()
})
