import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fromBase32, fromBase64Url, toBase32, toBase64Url } from './encoding'

const ascii = (text: string) => new TextEncoder().encode(text)

describe('base32', () => {
  test.each([
    ['', ''],
    ['f', 'MY'],
    ['fo', 'MZXQ'],
    ['foo', 'MZXW6'],
    ['foob', 'MZXW6YQ'],
    ['fooba', 'MZXW6YTB'],
    ['foobar', 'MZXW6YTBOI'],
    ['12345678901234567890', 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ'],
    ['12345678901234567890123456789012', 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZA'],
    [`${'1234567890'.repeat(6)}1234`, `${'GEZDGNBVGY3TQOJQ'.repeat(6)}GEZDGNA`],
  ])('RFC 4648 10 and RFC 6238: %j is %s', (text, encoded) => {
    expect(toBase32(ascii(text))).toBe(encoded)
    expect(fromBase32(encoded)).toEqual(ascii(text))
    expect(fromBase32(encoded.toLowerCase())).toEqual(ascii(text))
    expect(fromBase32(encoded.padEnd(Math.ceil(encoded.length / 8) * 8, '='))).toEqual(ascii(text))
  })

  test('spaces, line breaks, hyphens and lower case are understood', () => {
    expect(fromBase32(' gezd-gnbv gy3t\tqojq\n')).toEqual(ascii('1234567890'))
  })

  test('zero bytes keep their place', () => {
    expect(toBase32(new Uint8Array(20))).toBe('A'.repeat(32))
    expect(fromBase32('A'.repeat(32))).toEqual(new Uint8Array(20))
    expect(fromBase32('AAAAAAA')).toEqual(new Uint8Array(4))
  })

  test.each([
    ['a digit outside the alphabet', 'MZXW6YT0'],
    ['another digit outside it', 'MZXW6YT1'],
    ['an eight', 'MZXW6YT8'],
    ['a sign', 'MZXW6YT!'],
    ['padding in the middle', 'MY======MY'],
    ['only padding too long', 'MY======='],
    ['a length of 1', 'A'],
    ['a length of 3', 'AAA'],
    ['a length of 6', 'AAAAAA'],
    ['a length of 9', 'AAAAAAAAA'],
    ['left-over bits', 'MZ'],
    ['a letter that only upper case makes ASCII', 'ıAAAAAAA'],
    ['another one', 'ſAAAAAAA'],
    ['full-width letters', 'ＡＡＡＡＡＡＡＡ'],
  ])('%s is null', (_, text) => {
    expect(fromBase32(text)).toBeNull()
  })

  test('every value survives and has one spelling', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        expect(toBase32(bytes)).toMatch(/^[A-Z2-7]*$/)
        expect(fromBase32(toBase32(bytes))).toEqual(bytes)
      }),
    )
    fc.assert(
      fc.property(fc.stringMatching(/^[A-Z2-7]{0,20}$/), (text) => {
        const bytes = fromBase32(text)
        if (bytes) expect(toBase32(bytes)).toBe(text)
      }),
    )
  })
})

describe('base64url', () => {
  test('every value survives, views into a larger buffer too', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), fc.nat(10), (bytes, start) => {
        const view = bytes.subarray(start)
        expect(toBase64Url(view)).toMatch(/^[A-Za-z0-9_-]*$/)
        expect(fromBase64Url(toBase64Url(view))).toEqual(view.slice())
      }),
    )
  })

  test.each(['A', 'AAAAA', 'AA==', 'AA=', '+/+/', 'A A', 'AB', 'AAA\n', 'AA!A', 'ÄAAA'])('%j is null', (text) => {
    expect(fromBase64Url(text)).toBeNull()
  })
})
