import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { generateKeyRing, type KeyRing, parseKeyRing } from '../../core/crypto/keys'
import { type RandomBytes, systemRandom } from '../../core/kernel/random'
import { earlier, hours, later } from '../../core/kernel/time'
import {
  judgePasscode,
  newPasscode,
  PASSCODE_DIGITS,
  PASSCODE_TTL,
  type PasscodeRow,
  passcodeDigest,
  readPasscode,
} from './rules'

const ringOf = (text: string): KeyRing => {
  const parsed = parseKeyRing(text)
  if (!parsed.ok) throw new Error(parsed.code)
  return parsed.value
}
const first = generateKeyRing(systemRandom)
const second = generateKeyRing(systemRandom)
const keys = ringOf(first)
const END = new Date('2026-11-20T09:05:00.000Z')
const BEFORE = later(END, -1)

const aRow = (code: string, ring = keys): PasscodeRow => ({
  id: 'passcode',
  salt: 'salt',
  hash: passcodeDigest(ring, ring.currentId, 'salt', code),
  keyId: ring.currentId,
  expiresAt: END,
})

/** Bytes that make `randomBelow` draw exactly this number. */
const drawing =
  (value: number): RandomBytes =>
  (size) => {
    const bytes = new Uint8Array(size)
    new DataView(bytes.buffer).setUint32(0, value)
    return bytes
  }

describe('a new passcode', () => {
  test('S18 D6: it has six digits and five minutes', () => {
    expect([PASSCODE_DIGITS, PASSCODE_TTL]).toEqual([6, 300_000])
  })

  test.each([
    [0, '000000'],
    [42, '000042'],
    [81_804, '081804'],
    [999_999, '999999'],
    [1_000_000, '000000'],
  ])('a draw of %i is %s', (value, code) => {
    expect(newPasscode(drawing(value))).toBe(code)
  })

  test('every first digit comes, zero included', () => {
    const firsts = new Set(Array.from({ length: 400 }, () => newPasscode(systemRandom)[0]))
    expect(firsts.size).toBe(10)
  })
})

describe('what was typed', () => {
  test.each([
    ['081804', '081804'],
    [' 081804 ', '081804'],
    ['081 804', '081804'],
    ['081-804', '081804'],
    ['０８１８０４', '081804'],
    ['081\u00a0804', '081804'],
  ])('%j is the passcode %s', (typed, code) => {
    expect(readPasscode(typed)).toBe(code)
  })

  test.each([
    '',
    '81804',
    '0818041',
    '08180a',
    'O81804',
    '081.804',
    '٠٨١٨٠٤',
    '-----',
    '0x1234',
    '1e5000',
    "' OR '1'='1",
  ])('%j is none', (typed) => {
    expect(readPasscode(typed)).toBeNull()
  })
})

describe('a passcode is', () => {
  const judge = (typed: string, now = BEFORE, row: PasscodeRow | null = aRow('081804'), ring = keys) =>
    judgePasscode(row, ring, typed, now)

  test.each([
    [-1, 'right'],
    [0, 'expired'],
    [1, 'expired'],
  ])('D6: %i ms after its end %s', (offset, verdict) => {
    expect(judge('081804', later(END, offset))).toBe(verdict)
  })

  test.each([
    [hours(1), 'right'],
    [hours(1) + 1, 'expired'],
    [hours(2), 'expired'],
  ])('D6: of a clock that was %i ms ahead: %s', (ahead, verdict) => {
    expect(judge('081804', earlier(END, PASSCODE_TTL + ahead))).toBe(verdict)
  })

  test('D6: expired whatever is typed, so that nobody learns whether it was right', () => {
    for (const typed of ['081804', '081805', '', 'x']) expect(judge(typed, END)).toBe('expired')
  })

  test.each(['081805', '081803', '', '000000', '81804', 'x'.repeat(1000)])('wrong when %j is typed', (typed) => {
    expect(judge(typed)).toBe('wrong')
  })

  test('right for nothing but itself', () => {
    const digits = fc.stringMatching(/^\d{6}$/)
    fc.assert(
      fc.property(digits, digits, (code, typed) => {
        expect(judge(typed, BEFORE, aRow(code))).toBe(typed === code ? 'right' : 'wrong')
        expect(judge(code, BEFORE, aRow(code))).toBe('right')
      }),
    )
  })

  test('none where none was sent', () => {
    expect(judge('081804', BEFORE, null)).toBe('none')
  })

  test('wrong with another salt or a damaged hash', () => {
    for (const change of [{ salt: 'other' }, { hash: '' }, { hash: 'not base64url!' }, { hash: 'AAAA' }]) {
      expect(judge('081804', BEFORE, { ...aRow('081804'), ...change })).toBe('wrong')
    }
  })

  test('good under the key it was made with while that is in the ring (ASVS 11.2.2); S28: not called wrong without it', () => {
    const row = aRow('081804')
    expect(judge('081804', BEFORE, row, ringOf(`${second},${first}`))).toBe('right')
    expect(() => judge('081804', BEFORE, row, ringOf(second))).toThrow('unknown key')
    expect(judge('081804', row.expiresAt, row, ringOf(second))).toBe('expired')
  })

  test('S10: stored as a digest under a key of its own, so that a million guesses at the row find nothing without it', () => {
    const row = aRow('081804')
    expect(row.hash).toMatch(/^[A-Za-z0-9_-]{43}$/)
    expect(aRow('081804', ringOf(second)).hash).not.toBe(row.hash)
    expect(passcodeDigest(keys, keys.currentId, 'other', '081804')).not.toBe(row.hash)
  })
})
