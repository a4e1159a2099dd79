import { equalBytes } from '../../core/crypto/compare'
import { hmac } from '../../core/crypto/digest'
import { fromBase64Url, toBase64Url } from '../../core/crypto/encoding'
import type { KeyRing } from '../../core/crypto/keys'
import { type RandomBytes, randomBelow } from '../../core/kernel/random'
import { earlier, isAhead, minutes, seconds } from '../../core/kernel/time'
import { readDigits } from '../../core/kernel/typed'

/** Short enough to type, short-lived enough for six digits (D6, N5). */
export const PASSCODE_DIGITS = 6
export const PASSCODE_MINUTES = 5
export const PASSCODE_TTL = minutes(PASSCODE_MINUTES)
/** A passcode may be asked for again after this (N7). */
export const RESEND_INTERVAL = seconds(60)

/** Uniform, leading zeros included. */
export function newPasscode(random: RandomBytes): string {
  return String(randomBelow(random, 10 ** PASSCODE_DIGITS)).padStart(PASSCODE_DIGITS, '0')
}

/** The digits that were typed, or null when it can be no passcode (N11). */
export function readPasscode(typed: string): string | null {
  return readDigits(typed, PASSCODE_DIGITS)
}

export function passcodeDigest(keys: KeyRing, keyId: string, salt: string, code: string): string {
  return toBase64Url(hmac(keys.derive('passcode', keyId), `${salt}:${code}`))
}

export interface PasscodeRow {
  id: string
  salt: string
  hash: string
  keyId: string
  expiresAt: Date
}

export type PasscodeVerdict = 'right' | 'wrong' | 'expired' | 'none'

export function judgePasscode(row: PasscodeRow | null, keys: KeyRing, typed: string, now: Date): PasscodeVerdict {
  if (row === null) return 'none'
  if (row.expiresAt <= now || isAhead(earlier(row.expiresAt, PASSCODE_TTL), now)) return 'expired'
  const code = readPasscode(typed)
  const given = fromBase64Url(passcodeDigest(keys, row.keyId, row.salt, code ?? ''))
  const kept = fromBase64Url(row.hash)
  const right = code !== null && given !== null && kept !== null && equalBytes(given, kept)
  return right ? 'right' : 'wrong'
}

/** The country code and the digits behind it that tell one kind of number from another. */
export function phonePrefix(number: string): string {
  return number.slice(0, 6)
}
