import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { newId } from './ids'
import { systemRandom } from './random'

const ffs = (size: number) => new Uint8Array(size).fill(0xff)
const zeros = (size: number) => new Uint8Array(size)

describe('newId', () => {
  test('gives the example of RFC 9562 A.6 for its time and bytes', () => {
    const bytes = Uint8Array.from(Buffer.from('0000000000000cc318c4dc0c0c07398f', 'hex'))
    expect(newId(new Date(0x017f22e279b0), () => bytes)).toBe('017f22e2-79b0-7cc3-98c4-dc0c0c07398f')
  })

  test('sets version 7 and variant 10 whatever the bytes are', () => {
    for (const random of [ffs, zeros, systemRandom]) {
      expect(newId(new Date(1_763_712_000_000), random)).toMatch(
        /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
      )
    }
  })

  test('a later time always sorts behind, also past 32 bits of milliseconds', () => {
    const time = fc.integer({ min: 0, max: 2 ** 48 - 2 })
    fc.assert(
      fc.property(time, (at) => {
        expect(newId(new Date(at), ffs) < newId(new Date(at + 1), zeros)).toBe(true)
      }),
    )
  })

  test('asks for 16 fresh bytes each time, so two ids of one moment differ', () => {
    const now = new Date()
    expect(new Set(Array.from({ length: 1000 }, () => newId(now, systemRandom))).size).toBe(1000)
  })
})
