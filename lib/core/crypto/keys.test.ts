import { Buffer } from 'node:buffer'
import { hkdfSync } from 'node:crypto'
import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { systemRandom } from '../kernel/random'
import { toBase64Url } from './encoding'
import { generateKeyRing, type KeyPurpose, type KeyRing, parseKeyRing } from './keys'

const PURPOSES: KeyPurpose[] = [
  'seal',
  'pepper',
  'passcode',
  'recovery-tag',
  'audit-head',
  'throttle',
  'server-actions',
]
const first = Uint8Array.from({ length: 32 }, (_, index) => index)
const second = Uint8Array.from({ length: 32 }, (_, index) => 255 - index)

function ring(text: string): KeyRing {
  const parsed = parseKeyRing(text)
  if (!parsed.ok) throw new Error('malformed')
  return parsed.value
}

describe('reading', () => {
  test('the first entry is current, and white space around entries does not matter', () => {
    const keys = ring(` b:${toBase64Url(second)} ,\n a:${toBase64Url(first)}\n`)
    expect(keys.currentId).toBe('b')
    expect(keys.derive('seal')).toEqual(ring(`x:${toBase64Url(second)}`).derive('seal'))
    expect(keys.derive('seal', 'a')).toEqual(ring(`x:${toBase64Url(first)}`).derive('seal'))
  })

  const good = toBase64Url(first)
  test.each([
    ['nothing', ''],
    ['no id', `:${good}`],
    ['no key', 'a:'],
    ['no colon', good],
    ['a third part', `a:${good}:b`],
    ['31 bytes', `a:${toBase64Url(first.subarray(1))}`],
    ['33 bytes', `a:${toBase64Url(Buffer.concat([first, Buffer.of(0)]))}`],
    ['padding', `a:${good}=`],
    ['left-over bits', `a:${good.slice(0, -1)}9`],
    ['the other base64 alphabet', `a:${Buffer.alloc(32, '\xfb\xff', 'latin1').toString('base64').replace('=', '')}`],
    ['a bad id', `a.b:${good}`],
    ['a long id', `${'a'.repeat(33)}:${good}`],
    ['an empty entry', `a:${good},`],
    ['an id twice', `a:${good},a:${toBase64Url(second)}`],
    ['a key twice', `a:${good},b:${good}`],
    ['a placeholder of one byte', `a:${'A'.repeat(43)}`],
  ])('%s is malformed', (_, text) => {
    expect(parseKeyRing(text)).toMatchObject({ ok: false, code: 'malformed' })
  })

  test('a generated entry can be read, is fresh each time, and can be put before the old one', () => {
    const one = generateKeyRing(systemRandom)
    const two = generateKeyRing(systemRandom)
    const keys = ring(`${two},${one}`)
    expect(keys.currentId).toBe(two.split(':')[0])
    expect(keys.derive('seal', one.split(':')[0])).toEqual(ring(one).derive('seal'))
    expect(ring(one).derive('seal')).not.toEqual(ring(two).derive('seal'))
  })
})

describe('deriving', () => {
  test('keys of all purposes and ids differ and have 32 bytes', () => {
    const keys = ring(`a:${toBase64Url(first)},b:${toBase64Url(second)}`)
    const derived = PURPOSES.flatMap((purpose) => [keys.derive(purpose), keys.derive(purpose, 'b')])
    expect(derived.every((key) => key.length === 32)).toBe(true)
    expect(new Set(derived.map(toBase64Url)).size).toBe(2 * PURPOSES.length)
  })

  test('it is HKDF-SHA-256 with the purpose as info, so that stored data outlives an upgrade', () => {
    const expected = new Uint8Array(hkdfSync('sha256', first, '', 'twofold/seal', 32))
    expect(ring(`a:${toBase64Url(first)}`).derive('seal')).toEqual(expected)
  })

  test('an unknown id throws', () => {
    expect(() => ring(`a:${toBase64Url(first)}`).derive('seal', 'b')).toThrow('unknown key id')
  })
})

test('nothing of a key shows in JSON, logs, inspection, keys or copies', () => {
  const keys = ring(`a:${toBase64Url(first)},b:${toBase64Url(second)}`)
  expect(JSON.stringify({ keys })).toBe('{"keys":{"currentId":"a"}}')
  expect(inspect(keys, { showHidden: true, depth: null, getters: true })).toMatch(/^Ring \{\s*currentId: 'a'\s*\}$/)
  expect(Object.getOwnPropertyNames(keys)).toEqual(['currentId'])
  expect(structuredClone({ ...keys })).toEqual({ currentId: 'a' })
})
