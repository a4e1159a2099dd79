import { fromBase32, toBase32 } from '../crypto/encoding'
import { isTotpAlgorithm, MIN_KEY_BYTES, TOTP_DEFAULTS, type TotpAlgorithm } from './totp'

/** A key of an authenticator app that another system made; the key in base32. */
export interface ImportedKey {
  key: string
  algorithm: TotpAlgorithm
  digits: number
  period: number
}

/** HMAC takes in no more than a block of its digest as it is. */
const MAX_KEY_BYTES = 128

/**
 * A key as other systems write it: `otpauth://totp/…`, or base32 alone with what every app understands (SHA-1, six
 * digits, 30 seconds). Null for a counter-based one, for numbers that we do not verify by, and for a key that can be
 * guessed.
 */
export function readImportedKey(text: string): ImportedKey | null {
  if (!/^otpauth:/i.test(text)) return keyOf(text, TOTP_DEFAULTS)
  const uri = URL.parse(text)
  if (uri === null || uri.protocol !== 'otpauth:' || uri.hostname.toLowerCase() !== 'totp') return null
  // Apps read these names in any case.
  const named = new Map([...uri.searchParams].map(([name, value]) => [name.toLowerCase(), value]))
  const algorithm = (named.get('algorithm') ?? TOTP_DEFAULTS.algorithm).toUpperCase().replace(/^HMAC|-/g, '')
  const digits = Number(named.get('digits') ?? TOTP_DEFAULTS.digits)
  const period = Number(named.get('period') ?? TOTP_DEFAULTS.period)
  if (!isTotpAlgorithm(algorithm) || ![6, 8].includes(digits) || ![30, 60].includes(period)) return null
  return keyOf(named.get('secret') ?? '', { algorithm, digits, period })
}

function keyOf(text: string, numbers: Omit<ImportedKey, 'key'>): ImportedKey | null {
  const bytes = fromBase32(text)
  if (bytes === null || bytes.length < MIN_KEY_BYTES || bytes.length > MAX_KEY_BYTES) return null
  return { ...numbers, key: toBase32(bytes) }
}
