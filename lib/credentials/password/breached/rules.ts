import { sha256 } from '../../../core/crypto/digest'
import { fromBase64Url } from '../../../core/crypto/encoding'

/** A Bloom filter: knows everything that was put into it, and of a million other texts about one (N2). */
export interface Filter {
  entries: number
  /** Bits that are set for one text. */
  probes: number
  /** Base64url. */
  bits: string
}

/** One in a million. */
export const FALSE_POSITIVES = 1e-6

/** Breached passwords differ in case and accents as people's do: for comparison only. */
export function fold(text: string): string {
  return text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase()
}

/** For so many texts: bits and probes that give the rate above (Bloom 1970). */
export function sizeFor(entries: number): { bytes: number; probes: number } {
  const bits = (-Math.log(FALSE_POSITIVES) / Math.LN2 ** 2) * entries
  return { bytes: Math.ceil(bits / 8), probes: Math.round((bits / entries) * Math.LN2) }
}

/** Where the bits of a folded text are: one digest, read twice (Kirsch and Mitzenmacher 2006). */
export function bitsOf(folded: string, { bytes, probes }: { bytes: number; probes: number }): number[] {
  const digest = fromBase64Url(sha256(folded))
  if (digest === null) throw new Error('a digest is base64url')
  const view = new DataView(digest.buffer, digest.byteOffset)
  const [start, step] = [view.getUint32(0), view.getUint32(4) | 1]
  return Array.from({ length: probes }, (_, probe) => (start + probe * (step >>> 0)) % (bytes * 8))
}

export function readFilter({ probes, bits }: Filter): (folded: string) => boolean {
  const bytes = fromBase64Url(bits)
  if (bytes === null || bytes.length === 0) throw new Error('the filter of breached passwords is damaged')
  return (folded) =>
    bitsOf(folded, { bytes: bytes.length, probes }).every((place) => ((bytes[place >> 3] ?? 0) >> (place & 7)) & 1)
}
