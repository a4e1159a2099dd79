import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { randomBelow, systemRandom } from './random'

/** Hands out these 32-bit numbers, one a call. */
function numbers(...values: number[]) {
  const left = [...values]
  return (size: number) => {
    const bytes = new Uint8Array(size)
    const next = left.shift()
    if (next === undefined) throw new Error('no more numbers')
    new DataView(bytes.buffer).setUint32(0, next)
    return bytes
  }
}

describe('randomBelow', () => {
  test('a number that would favour the low values is drawn again (no modulo bias)', () => {
    // 2^32 is 4,294 million and 967,296: what lies above the last whole million would make 000000–967295 likelier.
    expect(randomBelow(numbers(4_294_000_000, 4_294_967_295, 123_456), 1_000_000)).toBe(123_456)
    expect(randomBelow(numbers(4_293_999_999), 1_000_000)).toBe(999_999)
    expect(randomBelow(numbers(0), 1_000_000)).toBe(0)
  })

  test('a power of two needs no second draw, and the whole range is reached', () => {
    expect(randomBelow(numbers(2 ** 32 - 1), 2 ** 32)).toBe(2 ** 32 - 1)
    expect(randomBelow(numbers(2 ** 32 - 1), 256)).toBe(255)
  })

  test('is a whole number in [0, limit)', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 32 }), (limit) => {
        const value = randomBelow(systemRandom, limit)
        return Number.isInteger(value) && value >= 0 && value < limit
      }),
    )
  })

  test('ten values come about equally often in 20,000 draws', () => {
    const counts = Array<number>(10).fill(0)
    for (let draw = 0; draw < 20_000; draw += 1) {
      const value = randomBelow(systemRandom, 10)
      counts[value] = (counts[value] ?? 0) + 1
    }
    // Six standard deviations (42) about 2,000: a fair generator fails once in 50 million runs.
    for (const count of counts) expect(Math.abs(count - 2000)).toBeLessThan(255)
  })
})

describe('systemRandom', () => {
  test('gives as many bytes as asked for, different each time', () => {
    expect(systemRandom(32)).toHaveLength(32)
    expect(Buffer.from(systemRandom(32)).equals(Buffer.from(systemRandom(32)))).toBe(false)
  })
})
