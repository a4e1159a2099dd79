import { expect, test } from 'vitest'
import { systemRandom } from '../kernel/random'
import { hashToken, isToken, newToken, TOKEN_KINDS } from './token'

test('N29: a token carries 256 bits and has the form that isToken asks for (ASVS 11.5.1)', () => {
  expect(newToken((size) => new Uint8Array(size).fill(255))).toBe(`${'_'.repeat(42)}8`)
  const tokens = Array.from({ length: 10_000 }, () => newToken(systemRandom))
  expect(tokens.every(isToken)).toBe(true)
  expect(new Set(tokens).size).toBe(tokens.length)
})

test.each(['', 'a'.repeat(42), 'a'.repeat(44), `${'a'.repeat(42)}=`, `${'a'.repeat(42)}+`, `${'a'.repeat(43)}\n`])(
  '%j does not have the form of a token',
  (text) => {
    expect(isToken(text)).toBe(false)
  },
)

test('S22: the hash of a token of one kind never equals the hash of the same token as another kind', () => {
  const token = newToken(systemRandom)
  const hashes = TOKEN_KINDS.map((kind) => hashToken(kind, token))
  expect(new Set(hashes).size).toBe(TOKEN_KINDS.length)
  expect(TOKEN_KINDS.length).toBe(13)
})

test('S12: what is stored is a digest, the same each time, without the token in it', () => {
  const token = newToken(systemRandom)
  expect(hashToken('session', token)).toBe(hashToken('session', token))
  expect(hashToken('session', token)).toMatch(/^[A-Za-z0-9_-]{43}$/)
  expect(hashToken('session', token)).not.toContain(token)
  expect(hashToken('session', token)).not.toBe(hashToken('session', newToken(systemRandom)))
  // Stored rows outlive an upgrade: SHA-256 of 'session:' and 43 times 'A'.
  expect(hashToken('session', 'A'.repeat(43))).toBe('601xcWNx5HTn0lDwKSjPAzgueNFHel_JeIchrHsBecQ')
})
