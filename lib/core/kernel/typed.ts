/** What no keyboard shows: zero-width and direction marks, soft hyphens (N11). */
const UNSEEN = /\p{Cf}/gu
/** Hyphens and dashes of every kind, the minus sign, and what a Japanese keyboard gives in their place. */
const DASHES = /[\p{Pd}\u2212\u30fc]/gu

/** As it was meant: full width folded, marks that nobody sees left out, one kind of dash, one kind of space (N11). */
export function unfussy(typed: string): string {
  return typed.normalize('NFKC').replace(UNSEEN, '').replace(DASHES, '-').replace(/\s+/g, ' ').trim()
}

/**
 * A passcode of so many digits as people have it: in groups, or pasted with the words around it, where it is the only
 * one (N11). Null when there is none, or more than one.
 */
export function readDigits(typed: string, digits: number): string | null {
  const text = unfussy(typed)
  if (/\p{Cc}/u.test(text)) return null
  const plain = text.replace(/[ -]/g, '')
  if (new RegExp(`^[0-9]{${digits}}$`).test(plain)) return plain
  const half = digits / 2
  // In one piece or in two halves; a piece of a longer number is none.
  const group = `[0-9]{${Math.floor(half)}}[ -]?[0-9]{${Math.ceil(half)}}`
  const found = text.match(new RegExp(`(?<![0-9])(?<![0-9][ .,:-])${group}(?![0-9])(?![ .,:-][0-9])`, 'g')) ?? []
  const codes = new Set(found.map((each) => each.replace(/[ -]/g, '')))
  return codes.size === 1 ? ([...codes][0] ?? null) : null
}
