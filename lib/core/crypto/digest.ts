import { createHash, createHmac } from 'node:crypto'

/** SHA-256 of the UTF-8 text, as base64url. */
export function sha256(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('base64url')
}

/** SHA-1, which protects nothing here: the name under which a password stands in lists of breached ones. */
export function sha1Hex(text: string): string {
  return createHash('sha1').update(text, 'utf8').digest('hex').toUpperCase()
}

/** HMAC-SHA-256 of the UTF-8 text: 32 bytes. */
export function hmac(key: Uint8Array, text: string): Uint8Array {
  return new Uint8Array(createHmac('sha256', key).update(text, 'utf8').digest())
}
