import fc from 'fast-check'
import { expect, test } from 'vitest'
import { equalBytes, equalText } from './compare'

test('bytes and texts are equal to themselves and to nothing else', () => {
  fc.assert(
    fc.property(fc.uint8Array(), fc.uint8Array(), (a, b) => {
      expect(equalBytes(a, a.slice())).toBe(true)
      expect(equalBytes(a, b)).toBe(toArray(a) === toArray(b))
    }),
  )
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (a, b) => {
      expect(equalText(a, a)).toBe(true)
      expect(equalText(a, b)).toBe(a === b)
    }),
  )
})

test('another length, one other bit and a lone surrogate make a difference', () => {
  expect(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 2, 3))).toBe(false)
  expect(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 3))).toBe(false)
  expect(equalText('123456', '1234567')).toBe(false)
  expect(equalText('', 'a')).toBe(false)
  expect(equalText('\ud800', '\ufffd')).toBe(false)
})

function toArray(bytes: Uint8Array): string {
  return Array.from(bytes).join()
}
