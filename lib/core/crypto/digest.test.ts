import { Buffer } from 'node:buffer'
import { expect, test } from 'vitest'
import { hmac, sha256 } from './digest'

test('SHA-256 (FIPS 180-4 examples) as base64url, of the UTF-8 bytes', () => {
  const hex = (text: string) => Buffer.from(sha256(text), 'base64url').toString('hex')
  expect(hex('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
  expect(hex('')).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855')
  expect(sha256('é')).not.toBe(sha256('\xe9'.normalize('NFD')))
  expect(sha256('abc')).toMatch(/^[A-Za-z0-9_-]{43}$/)
})

test('HMAC-SHA-256 (RFC 4231 test cases 1, 2 and 6)', () => {
  const hex = (key: Uint8Array, text: string) => Buffer.from(hmac(key, text)).toString('hex')
  expect(hex(new Uint8Array(20).fill(0x0b), 'Hi There')).toBe(
    'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7',
  )
  expect(hex(Buffer.from('Jefe'), 'what do ya want for nothing?')).toBe(
    '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
  )
  expect(hex(new Uint8Array(131).fill(0xaa), 'Test Using Larger Than Block-Size Key - Hash Key First')).toBe(
    '60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54',
  )
})
