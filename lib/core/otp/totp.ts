import { HOTP, Secret, TOTP } from 'otpauth'
import { equalText } from '../crypto/compare'
import { toBase32 } from '../crypto/encoding'
import type { RandomBytes } from '../kernel/random'
import { readDigits } from '../kernel/typed'

export type TotpAlgorithm = 'SHA1' | 'SHA256' | 'SHA512'

/** `digits` is 6 to 8, `period` in seconds. */
export interface TotpParams {
  key: Uint8Array
  algorithm: TotpAlgorithm
  digits: number
  period: number
}

/** What every authenticator app understands (RFC 6238; period: ASVS 6.5.5). */
export const TOTP_DEFAULTS = { algorithm: 'SHA1', digits: 6, period: 30 } as const

export const KEY_BYTES = 20
// RFC 4226 section 4, requirement 6. A damaged row must not end in a key that everyone can guess.
export const MIN_KEY_BYTES = 16
export const MAX_WINDOW = 1

/** 160 bits, the length RFC 4226 section 4 recommends. */
export function newTotpKey(random: RandomBytes): Uint8Array {
  return random(KEY_BYTES)
}

export function isTotpAlgorithm(name: string): name is TotpAlgorithm {
  return name === 'SHA1' || name === 'SHA256' || name === 'SHA512'
}

/** The number of whole periods, in seconds, since 1970 (RFC 6238 4.2). */
export function timeStep(now: Date, period: number = TOTP_DEFAULTS.period): number {
  return TOTP.counter({ period, timestamp: now.getTime() })
}

/** The code of a time step (RFC 6238), which is also the HOTP of that counter (RFC 4226 5.3). */
export function totpAt(params: TotpParams, step: number): string {
  const { algorithm, digits, key } = params
  if (!Number.isSafeInteger(step) || step < 0) throw new RangeError('a step is a whole number from 0 on')
  if (!Number.isInteger(digits) || digits < 6 || digits > 8) throw new RangeError('a code has 6 to 8 digits')
  if (key.length < MIN_KEY_BYTES) throw new RangeError('a key has 128 bits or more')
  // A copy, because otpauth reads the whole buffer behind a view.
  const secret = new Secret({ buffer: Uint8Array.from(key).buffer })
  return HOTP.generate({ secret, algorithm, digits, counter: step })
}

/**
 * The time step whose code this is: within ± `window` steps (0 or 1) of `now`, later than `after` and none of `except`,
 * which were accepted of this factor (S3, RFC 6238 5.2); else null. What was typed is read as people have it (N11).
 */
export function matchTotp(
  params: TotpParams,
  code: string,
  now: Date,
  options: { window: number; after: number | null; except?: readonly number[] },
): number | null {
  const { window, after, except = [] } = options
  // One step of transport delay and no more (RFC 6238 5.2) (S18).
  if (!Number.isInteger(window) || window < 0 || window > MAX_WINDOW) throw new RangeError('the window is 0 or 1')
  const typed = readDigits(code, params.digits) ?? ''
  const current = timeStep(now, params.period)
  let matched: number | null = null
  // All steps are tried, so that time tells nothing; when two have the same code the later one is taken, so that the
  // code cannot come back for it (S3).
  for (let step = Math.max(current - window, 0); step <= current + window; step += 1) {
    const equal = equalText(totpAt(params, step), typed)
    if (equal && (after === null || step > after) && !except.includes(step)) matched = step
  }
  return matched
}

/** Ten minutes either way, in seconds (X4). */
const MAX_DRIFT = 600

/** The steps beyond the window, up to ten minutes away, whose code this is: for telling how far a clock is off (X4). */
export function driftsOf(params: TotpParams, code: string, now: Date): { offset: number; step: number }[] {
  const typed = readDigits(code, params.digits) ?? ''
  const current = timeStep(now, params.period)
  const found: { offset: number; step: number }[] = []
  const most = Math.floor(MAX_DRIFT / params.period)
  for (let offset = -most; offset <= most; offset += 1) {
    const step = current + offset
    if (step < 0) continue
    const equal = equalText(totpAt(params, step), typed)
    if (equal && Math.abs(offset) > MAX_WINDOW) found.push({ offset, step })
  }
  return found
}

/**
 * The text of the QR code, in the Key URI format of Google Authenticator. That format reserves the colon, so in the
 * names it becomes a dash.
 */
export function keyUri({
  issuer,
  account,
  key,
  algorithm = TOTP_DEFAULTS.algorithm,
  digits = TOTP_DEFAULTS.digits,
  period = TOTP_DEFAULTS.period,
}: { issuer: string; account: string } & Pick<TotpParams, 'key'> & Partial<TotpParams>): string {
  const by = encode(issuer)
  const parameters = `secret=${toBase32(key)}&issuer=${by}&algorithm=${algorithm}&digits=${digits}&period=${period}`
  return `otpauth://totp/${by}:${encode(account)}?${parameters}`
}

function encode(name: string): string {
  return encodeURIComponent(name.replace(/\s*:\s*/g, ' - ').trim())
}
