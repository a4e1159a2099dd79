import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { generateKeyRing, type KeyRing, parseKeyRing } from '../../core/crypto/keys'
import { systemRandom } from '../../core/kernel/random'
import { countedRandom } from '../../testing/world'
import { CODES_PER_SET, codeTag, FEW_LEFT, isLikely, newRecoveryCode, readRecoveryCode } from './rules'

const ringOf = (text: string): KeyRing => {
  const parsed = parseKeyRing(text)
  if (!parsed.ok) throw new Error(parsed.code)
  return parsed.value
}
const first = generateKeyRing(systemRandom)
const second = generateKeyRing(systemRandom)
const keys = ringOf(first)
const CODE = 'ABCDEFGHIJKLMN23'

describe('recovery codes (N11)', () => {
  test('S10 S18: ten of 80 bits, in four groups', () => {
    expect([CODES_PER_SET, FEW_LEFT]).toEqual([10, 3])
    const asked: number[] = []
    const random = countedRandom()
    const code = newRecoveryCode((size) => {
      asked.push(size)
      return random(size)
    })
    expect(asked).toEqual([10])
    expect(code).toMatch(/^[A-Z2-7]{4}(-[A-Z2-7]{4}){3}$/)
    expect(newRecoveryCode(random)).not.toBe(code)
  })

  test.each([
    'ABCD-EFGH-IJKL-MN23',
    'abcd-efgh-ijkl-mn23',
    'ABCDEFGHIJKLMN23',
    '  ABCD EFGH IJKL MN23 ',
    '7. ABCD-EFGH-IJKL-MN23',
    '10) ABCD-EFGH-IJKL-MN23',
    '7: ABCD-EFGH-IJKL-MN23',
    '7 ABCD-EFGH-IJKL-MN23',
    'ＡＢＣＤ－ＥＦＧＨ－ＩＪＫＬ－ＭＮ２３',
    'ABCD\u00a0EFGH\tIJKL\nMN23',
    'ABCD\u2013EFGH\u2011IJKL\u2212MN23',
    '\u200eABCD-EF\u200bGH-IJKL-MN23\ufeff',
    'A8CD-EFGH-IJKL-MN23',
    '8. A8CD-EFGH-IJKL-MN23',
  ])('%j is understood', (typed) => {
    expect(readRecoveryCode(typed)).toBe(CODE)
  })

  test.each([
    '',
    'ABCD-EFGH-IJKL',
    'ABCD-EFGH-IJKL-MN23-A',
    'ABCD-EFGH-IJKL-MN01',
    'ABCD-EFGH-IJKL-MN2!',
    '123456',
    '7ABCD-EFGH-IJKL-MN23',
    '100. ABCD-EFGH-IJKL-MN23',
    'ABCD_EFGH_IJKL_MN23',
    'ÄBCD-EFGH-IJKL-MN23',
  ])('%j is none', (typed) => {
    expect(readRecoveryCode(typed)).toBeNull()
  })

  test('what was made is understood, numbered and in any case', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 99 }), fc.uint8Array({ minLength: 10, maxLength: 10 }), (number, bytes) => {
        const shown = newRecoveryCode(() => bytes)
        const bare = shown.replaceAll('-', '')
        for (const typed of [shown, bare, shown.toLowerCase(), `${number}. ${shown}`, `${number} ${shown}`]) {
          expect(readRecoveryCode(typed)).toBe(bare)
        }
      }),
    )
  })
})

describe('the tag of a code', () => {
  const tag = (userId: string, code: string, ring = keys) => codeTag(ring, userId, code, ring.currentId)

  test('it is eight bits, and spreads', () => {
    const tags = new Set<number>()
    for (let count = 0; count < 3000; count += 1) tags.add(tag('ann', newRecoveryCode(systemRandom)))
    expect(tags.size).toBeGreaterThan(240)
    for (const each of tags) expect(Number.isInteger(each) && each >= 0 && each <= 255).toBe(true)
  })

  test('S10: it depends on the person and on the key', () => {
    const many = Array.from({ length: 20 }, () => newRecoveryCode(systemRandom))
    const own = many.map((code) => tag('ann', code))
    expect(many.map((code) => tag('ann', code))).toEqual(own)
    expect(many.map((code) => tag('bob', code))).not.toEqual(own)
    expect(many.map((code) => tag('ann', code, ringOf(second)))).not.toEqual(own)
  })

  test('a code outlives a new current key, and S28: is not called wrong without its own (ASVS 11.2.2)', () => {
    const row = { tag: tag('ann', CODE), keyId: keys.currentId }
    expect(isLikely(keys, 'ann', CODE, row)).toBe(true)
    expect(isLikely(ringOf(`${second},${first}`), 'ann', CODE, row)).toBe(true)
    expect(() => isLikely(ringOf(second), 'ann', CODE, row)).toThrow('unknown key')
    expect(isLikely(keys, 'ann', CODE, { ...row, tag: (row.tag + 1) % 256 })).toBe(false)
  })
})
