const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** RFC 4648 section 6, upper case, without padding. */
export function toBase32(bytes: Uint8Array): string {
  let text = ''
  let buffer = 0
  let bits = 0
  for (const byte of bytes) {
    buffer = (buffer << 8) | byte
    bits += 8
    while (bits >= 5) {
      bits -= 5
      text += BASE32.charAt((buffer >>> bits) & 31)
    }
    buffer &= 31
  }
  return bits > 0 ? text + BASE32.charAt((buffer << (5 - bits)) & 31) : text
}

/**
 * Takes upper and lower case, white space, hyphens and padding at the end. Null for any other character, for a length
 * that no number of bytes gives, and for left-over bits that are not zero, so that every value has one spelling.
 */
export function fromBase32(text: string): Uint8Array | null {
  const compact = text.replace(/[\s-]/g, '').replace(/={1,6}$/, '')
  // Tested before the case is changed: 'ı'.toUpperCase() is 'I'.
  if (!/^[A-Za-z2-7]*$/.test(compact)) return null
  const bytes = new Uint8Array(Math.floor((compact.length * 5) / 8))
  let buffer = 0
  let bits = 0
  let length = 0
  for (const character of compact.toUpperCase()) {
    buffer = (buffer << 5) | BASE32.indexOf(character)
    bits += 5
    if (bits >= 8) {
      bits -= 8
      bytes[length++] = buffer >>> bits
      buffer &= (1 << bits) - 1
    }
  }
  return bits >= 5 || buffer !== 0 ? null : bytes
}

/** RFC 4648 section 5, without padding. */
export function toBase64Url(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64url')
}

/** Null unless `text` is exactly what `toBase64Url` makes of some bytes. */
export function fromBase64Url(text: string): Uint8Array | null {
  const bytes = new Uint8Array(Buffer.from(text, 'base64url'))
  return toBase64Url(bytes) === text ? bytes : null
}
