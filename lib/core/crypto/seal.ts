import { createCipheriv, createDecipheriv } from 'node:crypto'
import type { RandomBytes } from '../kernel/random'
import { fromBase64Url, toBase64Url } from './encoding'
import type { KeyRing } from './keys'

// NIST SP 800-38D: 96-bit random nonces allow 2^32 messages under one key, and tags shorter than 128 bits weaken it.
const ALGORITHM = 'aes-256-gcm'
const NONCE_BYTES = 12
const TAG_BYTES = 16
const VERSION = '1'

function associatedData(keyId: string, binding: readonly string[]): Buffer {
  return Buffer.from(JSON.stringify([VERSION, keyId, ...binding]), 'utf8')
}

/**
 * Encrypts to the row that `binding` names (S16), under the current key. The result, `1.<key id>.<base64url of nonce,
 * ciphertext and tag>`, starts with what tells whether it is sealed under the current key.
 */
export function seal(keys: KeyRing, random: RandomBytes, plaintext: string, binding: readonly string[]): string {
  const keyId = keys.currentId
  const nonce = random(NONCE_BYTES)
  const cipher = createCipheriv(ALGORITHM, keys.derive('seal', keyId), nonce, { authTagLength: TAG_BYTES })
  cipher.setAAD(associatedData(keyId, binding))
  const ciphertext = Buffer.concat([cipher.update(plaintext, 'utf8'), cipher.final()])
  return `${VERSION}.${keyId}.${toBase64Url(Buffer.concat([nonce, ciphertext, cipher.getAuthTag()]))}`
}

/** The id of the key that a text is sealed under; null for what was never sealed. */
export function sealedUnder(sealed: string): string | null {
  const [version, keyId = ''] = sealed.split('.')
  return version === VERSION && keyId !== '' ? keyId : null
}

/** Whether the ring has the key; what was never sealed needs none. */
export function canUnseal(keys: KeyRing, sealed: string): boolean {
  const keyId = sealedUnder(sealed)
  return keyId === null || keys.has(keyId)
}

/**
 * The plaintext, or null for every failure alike: another row, another key, a changed byte (ASVS 11.2.5).
 * @throws UnknownKey when the ring lacks the key: nothing is wrong with the row (S28).
 */
export function unseal(keys: KeyRing, sealed: string, binding: readonly string[]): string | null {
  const [version, keyId = '', encoded = '', ...rest] = sealed.split('.')
  const bytes = fromBase64Url(encoded)
  if (version !== VERSION || rest.length > 0 || !bytes || bytes.length < NONCE_BYTES + TAG_BYTES) return null
  const key = keys.derive('seal', keyId)
  try {
    const nonce = bytes.subarray(0, NONCE_BYTES)
    const decipher = createDecipheriv(ALGORITHM, key, nonce, { authTagLength: TAG_BYTES })
    decipher.setAAD(associatedData(keyId, binding))
    decipher.setAuthTag(bytes.subarray(bytes.length - TAG_BYTES))
    const plaintext = decipher.update(bytes.subarray(NONCE_BYTES, bytes.length - TAG_BYTES))
    return Buffer.concat([plaintext, decipher.final()]).toString('utf8')
  } catch {
    return null
  }
}
