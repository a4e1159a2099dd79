import { hmac } from '../../core/crypto/digest'
import { toBase32 } from '../../core/crypto/encoding'
import type { KeyRing } from '../../core/crypto/keys'
import type { RandomBytes } from '../../core/kernel/random'
import { hours } from '../../core/kernel/time'
import { unfussy } from '../../core/kernel/typed'

/** Ten codes of 80 bits (N9). */
export const CODES_PER_SET = 10
const CODE_BYTES = 10
/** An issued one lives for an hour (R3, N9). */
export const ISSUED_TTL = hours(1)
export const CODE_LENGTH = 16
/** From here on the person is told that few are left (R2). */
export const FEW_LEFT = 3

/** `ABCD-EFGH-IJKL-MNOP`. */
export function newRecoveryCode(random: RandomBytes): string {
  return (toBase32(random(CODE_BYTES)).match(/.{4}/g) ?? []).join('-')
}

/**
 * What was typed, as it was made: case, spaces, dashes and a leading number do not matter, and a digit that no code has
 * is the letter it looks like (N11). Null when it is no code.
 */
export function readRecoveryCode(typed: string): string | null {
  const plain = lookalikes(plainOf(typed))
  return plain.length === CODE_LENGTH && /^[A-Z2-7]+$/.test(plain) ? plain : null
}

function plainOf(typed: string): string {
  return unfussy(typed)
    .toUpperCase()
    .replace(/^\d{1,2}[.)\s:-]+/, '')
    .replace(/[\s-]/g, '')
}

function lookalikes(plain: string): string {
  return plain.replaceAll('0', 'O').replaceAll('8', 'B')
}

/** Of other systems' codes so many characters at least that 64 bits are in them, whatever they are made of (N9). */
const BROUGHT = [/^[0-9]{20,64}$/, /^(?=.*[A-F])[0-9A-F]{16,64}$/, /^(?=.*[G-Z])[0-9A-Z]{13,64}$/]

/**
 * A code that another system made (X8), as it was typed here or stands in a file; null for what is none, or could be
 * guessed.
 */
export function readBroughtCode(typed: string): string | null {
  const plain = plainOf(typed)
  return BROUGHT.some((each) => each.test(plain)) ? lookalikes(plain) : null
}

/** Eight keyed bits, so that one try costs one slow hash and the table alone says nothing of the code. */
export function codeTag(keys: KeyRing, userId: string, code: string, keyId: string): number {
  return hmac(keys.derive('recovery-tag', keyId), `${userId}:${code}`)[0] ?? 0
}

export interface StoredCode {
  tag: number
  /** The key that tag and hash were made with; a code outlives the change of the current key (ASVS 11.2.2). */
  keyId: string
}

/** Whether the row is worth a slow hash. */
export function isLikely(keys: KeyRing, userId: string, code: string, row: StoredCode): boolean {
  return codeTag(keys, userId, code, row.keyId) === row.tag
}
