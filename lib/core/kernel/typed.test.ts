import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readDigits } from './typed'

describe('N11: a passcode as people have it', () => {
  test.each([
    ['123456'],
    [' 123456\n'],
    ['123 456'],
    ['123-456'],
    ['123\u2013456'],
    ['123\u2011456'],
    ['123\u2212456'],
    ['123\u30fc456'],
    ['1 2 3 4 5 6'],
    ['１２３４５６'],
    ['123\u00a0456'],
    ['123\u200b456'],
    ['\u200e123456\u200f'],
    ['\u2066123456\u2069'],
    ['\ufeff123\u00ad456'],
    ['G-123456'],
    ['g‑123456'],
    ['Your verification passcode is 123456. It is valid for 5 minutes.'],
    ['Ihr Einmalcode lautet 123 456 (5 Minuten).'],
    ['確認コードは123456です。5分間有効です。'],
    ['인증 코드: 123-456'],
    ['123456 is your code. Again: 123456'],
  ])('%j is read', (typed) => {
    expect(readDigits(typed, 6)).toBe('123456')
  })

  test.each([
    [''],
    ['12345'],
    ['1234567'],
    ['+123456 7'],
    ['Code 123456 or 654321'],
    ['+49 170 1234567'],
    ['0800 123 456'],
    ['2026-11-29 12:34:56'],
    ['192.168.123.456'],
    ['12345.6'],
    ['123_456'],
    ['\u0661\u0662\u0663\u0664\u0665\u0666'],
  ])('%j is none', (typed) => {
    expect(readDigits(typed, 6)).toBeNull()
  })

  test('eight digits are read as six are, and neither in the other', () => {
    expect(readDigits('Code: 1234 5678.', 8)).toBe('12345678')
    expect(readDigits('12345678', 6)).toBeNull()
    expect(readDigits('123456', 8)).toBeNull()
  })

  test('nothing but digits that were there in this order is ever read', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'0123456789 -.,G\u200b\u2013') }), (typed) => {
        const read = readDigits(typed, 6)
        if (read !== null) expect(typed.replace(/\D/g, '')).toContain(read)
      }),
    )
  })
})
