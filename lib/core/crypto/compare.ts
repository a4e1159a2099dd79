import { timingSafeEqual } from 'node:crypto'

/** Takes a time that depends on the lengths alone (ASVS 11.2.4). */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b)
}

/** Takes a time that depends on the lengths alone (ASVS 11.2.4). */
export function equalText(a: string, b: string): boolean {
  // UTF-16, because UTF-8 makes one replacement character of every lone surrogate.
  return equalBytes(Buffer.from(a, 'utf16le'), Buffer.from(b, 'utf16le'))
}
