import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto'
import { fromBase64Url, toBase64Url } from './encoding'

const SEED_BYTES = 32
/** What RFC 8410 section 7 puts before the seed of an Ed25519 key in PKCS #8. */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex')

function privateKey(seed: Uint8Array): KeyObject {
  if (seed.length !== SEED_BYTES) throw new Error('an Ed25519 seed has 32 bytes')
  return createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, seed]), format: 'der', type: 'pkcs8' })
}

/** Ed25519 (RFC 8032) over the UTF-8 text, as base64url; the seed has 32 bytes. */
export function signText(seed: Uint8Array, text: string): string {
  return toBase64Url(sign(null, Buffer.from(text, 'utf8'), privateKey(seed)))
}

/** Whether `signText` with the same seed made this signature; false for anything malformed. */
export function verifyText(seed: Uint8Array, text: string, signature: string): boolean {
  const bytes = fromBase64Url(signature)
  if (bytes === null) return false
  return verify(null, Buffer.from(text, 'utf8'), createPublicKey(privateKey(seed)), bytes)
}
