import { Buffer } from 'node:buffer'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { systemRandom } from '../kernel/random'
import { generateKeyRing, type KeyRing, parseKeyRing, UnknownKey } from './keys'
import { seal, unseal } from './seal'

const old = generateKeyRing(systemRandom)
const fresh = generateKeyRing(systemRandom)
const keys = ring(old)
const row = ['tenant', 'user', 'factor']

function ring(text: string): KeyRing {
  const parsed = parseKeyRing(text)
  if (!parsed.ok) throw new Error('malformed')
  return parsed.value
}

function body(sealed: string): Buffer {
  return Buffer.from(sealed.split('.')[2] ?? '', 'base64url')
}

test('S16: what is sealed to a row comes back for that row', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.array(fc.string()), (plaintext, binding) => {
      expect(unseal(keys, seal(keys, systemRandom, plaintext, binding), binding)).toBe(plaintext)
    }),
  )
})

describe('S16: nothing comes back for another row', () => {
  const sealed = seal(keys, systemRandom, 'secret', row)
  test.each([
    ['none', []],
    ['another factor', ['tenant', 'user', 'other']],
    ['another user', ['tenant', 'other', 'factor']],
    ['another order', ['user', 'tenant', 'factor']],
    ['one part less', ['tenant', 'user']],
    ['one part more', ['tenant', 'user', 'factor', '']],
    ['the parts cut elsewhere', ['tenan', 'tuser', 'factor']],
    ['the parts joined', ['tenant","user","factor']],
  ])('%s', (_, binding) => {
    expect(unseal(keys, sealed, binding)).toBeNull()
    expect(unseal(keys, sealed, row)).toBe('secret')
  })
})

describe('a changed value is refused (ASVS 11.3.3, 11.2.5)', () => {
  const sealed = seal(keys, systemRandom, 'a secret of some length', row)

  test('every bit of nonce, ciphertext and tag', () => {
    const bytes = body(sealed)
    const prefix = sealed.slice(0, sealed.lastIndexOf('.') + 1)
    for (let index = 0; index < bytes.length * 8; index += 1) {
      const changed = Buffer.from(bytes)
      changed.writeUInt8(changed.readUInt8(index >> 3) ^ (1 << (index & 7)), index >> 3)
      expect(unseal(keys, prefix + changed.toString('base64url'), row)).toBeNull()
    }
  })

  /** Of a text that names no key of the ring nothing is read either. */
  function opened(text: string): string | null {
    try {
      return unseal(keys, text, row)
    } catch (error) {
      if (error instanceof UnknownKey) return null
      throw error
    }
  }

  test('every character of the text, replaced, left out or doubled', () => {
    for (let index = 0; index < sealed.length; index += 1) {
      const [before, character, after] = [sealed.slice(0, index), sealed.charAt(index), sealed.slice(index + 1)]
      for (const other of ['A', 'B', '1', '2', '.', '=', '+', ' ', '\u0000', '']) {
        if (other !== character) expect(opened(before + other + after)).toBeNull()
      }
      expect(opened(before + character + character + after)).toBeNull()
    }
  })

  test.each([
    ['a short tag', -4],
    ['no tag', -16],
    ['no ciphertext', -30],
    ['nothing', -1000],
  ])('%s', (_, end) => {
    const prefix = sealed.slice(0, sealed.lastIndexOf('.') + 1)
    expect(unseal(keys, prefix + body(sealed).subarray(0, end).toString('base64url'), row)).toBeNull()
  })

  test('something behind', () => {
    for (const more of ['.', '.A', `.${sealed}`, '\n']) expect(unseal(keys, sealed + more, row)).toBeNull()
  })

  test.each(['', '.', '..', '...', 'null', '1.a', '1..AAAA'])('%j', (text) => {
    expect(unseal(keys, text, row)).toBeNull()
  })
})

describe('rotation (ASVS 11.2.2)', () => {
  const before = seal(keys, systemRandom, 'secret', row)

  test('old data is read while the old key is in the ring, new data is under the new key', () => {
    const rotated = ring(`${fresh},${old}`)
    expect(unseal(rotated, before, row)).toBe('secret')
    const after = seal(rotated, systemRandom, 'secret', row)
    expect(after.startsWith(`1.${rotated.currentId}.`)).toBe(true)
    expect(unseal(ring(fresh), after, row)).toBe('secret')
    expect(() => unseal(keys, after, row)).toThrow(UnknownKey)
  })

  test('S28: an unknown key is said to be one, while another key under the same id reads nothing', () => {
    expect(() => unseal(ring(fresh), before, row)).toThrow(new UnknownKey(keys.currentId))
    const impostor = `${keys.currentId}:${fresh.split(':')[1]}`
    expect(unseal(ring(impostor), before, row)).toBeNull()
  })

  test('a value cannot be relabelled to another key of the ring', () => {
    const rotated = ring(`${fresh},${old}`)
    expect(unseal(rotated, before.replace(keys.currentId, rotated.currentId), row)).toBeNull()
  })
})

test('100 000 values have 100 000 nonces, and equal plaintexts never look alike (ASVS 11.3.4)', () => {
  const derived = keys.derive('seal')
  const quick: KeyRing = { currentId: keys.currentId, derive: () => derived, has: () => true }
  const nonces = new Set<string>()
  const sealed = new Set<string>()
  for (let count = 0; count < 100_000; count += 1) {
    const value = seal(quick, systemRandom, 'x', [])
    nonces.add(value.slice(value.lastIndexOf('.') + 1).slice(0, 16))
    sealed.add(value)
  }
  expect(nonces.size).toBe(100_000)
  expect(sealed.size).toBe(100_000)
})

test('the plaintext does not show, and the key is the one for sealing alone', () => {
  const sealed = seal(keys, systemRandom, 'JBSWY3DPEHPK3PXP', row)
  expect(sealed).not.toContain('JBSWY3DPEHPK3PXP')
  expect(body(sealed).toString('latin1')).not.toContain('JBSWY3DPEHPK3PXP')
  const asked: string[] = []
  const watched: KeyRing = {
    currentId: keys.currentId,
    derive: (purpose, id) => {
      asked.push(purpose)
      return keys.derive(purpose, id)
    },
    has: (id) => keys.has(id),
  }
  unseal(watched, seal(watched, systemRandom, 'x', row), row)
  expect(asked).toEqual(['seal', 'seal'])
})
