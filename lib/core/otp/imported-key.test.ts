import { expect, test } from 'vitest'
import { fromBase32 } from '../crypto/encoding'
import { readImportedKey } from './imported-key'
import { totpAt } from './totp'

const KEY = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ'

test.each([
  [KEY, { key: KEY, algorithm: 'SHA1', digits: 6, period: 30 }],
  ['gezd gnbv gy3t qojq gezd gnbv gy3t qojq', { key: KEY, algorithm: 'SHA1', digits: 6, period: 30 }],
  [`otpauth://totp/Acme:ada@x.example?secret=${KEY}`, { key: KEY, algorithm: 'SHA1', digits: 6, period: 30 }],
  [
    `otpauth://totp/Acme:ada%40x.example?secret=${KEY}&issuer=Acme&algorithm=SHA256&digits=8&period=60`,
    { key: KEY, algorithm: 'SHA256', digits: 8, period: 60 },
  ],
  [`OTPAUTH://TOTP/a?Secret=${KEY}&Algorithm=sha-512`, { key: KEY, algorithm: 'SHA512', digits: 6, period: 30 }],
  [`otpauth://totp/a?secret=${KEY}&algorithm=HmacSHA1`, { key: KEY, algorithm: 'SHA1', digits: 6, period: 30 }],
  // 128 bits, and 80.
  ['GEZDGNBVGY3TQOJQGEZDGNBVGY', { key: 'GEZDGNBVGY3TQOJQGEZDGNBVGY', algorithm: 'SHA1', digits: 6, period: 30 }],
  ['GEZDGNBVGY3TQOJQ', null],
  ['not a key!', null],
  ['', null],
  [`otpauth://hotp/a?secret=${KEY}&counter=1`, null],
  [`otpauth://totp/a?secret=${KEY}&algorithm=MD5`, null],
  [`otpauth://totp/a?secret=${KEY}&digits=7`, null],
  [`otpauth://totp/a?secret=${KEY}&period=300`, null],
  [`otpauth://totp/a?secret=${KEY}&period=`, null],
  ['otpauth://totp/a', null],
  ['otpauth:', null],
  [`https://x.example/?secret=${KEY}`, null],
  ['A'.repeat(1000), null],
])('X8: the key %j is read as %j', (text, expected) => {
  expect(readImportedKey(text)).toEqual(expected)
})

test('X8: a key that was taken over shows the passcodes of RFC 6238', () => {
  const read = readImportedKey(`otpauth://totp/a?secret=${KEY}&digits=8`)
  expect(read && totpAt({ ...read, key: fromBase32(read.key) ?? new Uint8Array() }, 1)).toBe('94287082')
})
