import { describe, expect, test } from 'vitest'
import { toBase64Url } from './encoding'
import { signText, verifyText } from './signature'

const hex = (text: string) => new Uint8Array(Buffer.from(text, 'hex'))

describe('Ed25519', () => {
  test('RFC 8032 7.1, test 1 and 2: the signature of the vector comes out', () => {
    const empty = signText(hex('9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60'), '')
    expect(empty).toBe(
      toBase64Url(
        hex(
          'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155' +
            '5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
        ),
      ),
    )
    const one = signText(hex('4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb'), 'r')
    expect(one).toBe(
      toBase64Url(
        hex(
          '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da' +
            '085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
        ),
      ),
    )
  })

  test('a signature holds for its text and its key, and for nothing else', () => {
    const seed = new Uint8Array(32).fill(7)
    const signature = signText(seed, 'text')
    expect(verifyText(seed, 'text', signature)).toBe(true)
    expect(verifyText(seed, 'Text', signature)).toBe(false)
    expect(verifyText(new Uint8Array(32).fill(8), 'text', signature)).toBe(false)
    expect(verifyText(seed, 'text', `A${signature.slice(1)}`)).toBe(signature.startsWith('A'))
    for (const malformed of ['', 'AAAA', `${signature}=`, '*']) expect(verifyText(seed, 'text', malformed)).toBe(false)
  })
})
