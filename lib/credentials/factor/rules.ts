import parsePhoneNumber from 'libphonenumber-js/max'
import { err, ok, type Result } from '../../core/kernel/result'
import type { FactorKind } from '../../identity/policy/types'
import type { FactorRow } from './types'

/** An unconfirmed or revoked factor, or one of a kind that is not allowed, satisfies nothing (S7). */
export function usableFactors(factors: readonly FactorRow[], kinds: readonly FactorKind[]): FactorRow[] {
  return factors.filter((factor) => isConfirmed(factor) && kinds.includes(factor.kind))
}

export function isConfirmed(factor: Pick<FactorRow, 'confirmedAt' | 'revokedAt'>): boolean {
  return factor.confirmedAt !== null && factor.revokedAt === null
}

/** What a TOTP key is sealed to (S16). */
export function keyBinding(tenantId: string, userId: string, factorId: string): string[] {
  return ['totp-key', tenantId, userId, factorId]
}

/** While 2FA is required, a factor stays that meets the requirement (E7, E6). */
export function mayRemove(
  factorId: string,
  confirmed: readonly { id: string; kind: FactorKind }[],
  { required, kinds }: { required: boolean; kinds: readonly FactorKind[] },
): { allowed: true; last: boolean } | { allowed: false; reason: 'not_found' | 'required' } {
  if (!confirmed.some((factor) => factor.id === factorId)) return { allowed: false, reason: 'not_found' }
  const left = confirmed.filter((factor) => factor.id !== factorId)
  const met = (factors: typeof confirmed) => factors.some((factor) => kinds.includes(factor.kind))
  if (required && (left.length === 0 || (met(confirmed) && !met(left)))) return { allowed: false, reason: 'required' }
  return { allowed: true, last: left.length === 0 }
}

/** What a number, and only it, is sealed to. */
export function phoneBinding(tenantId: string, userId: string, factorId: string): string[] {
  return ['phone', tenantId, userId, factorId]
}

/** In the words of the interface: strongest, good, basic. A passcode by mail or SMS can be read by others on its way. */
export const STRENGTHS = { passkey: 3, totp: 2, email: 1, sms: 1 } as const satisfies Record<FactorKind, number>

/** The confirmed factors that are as strong as the strongest one: what a change of factors is proved by (S6). */
export function strongestFactors<F extends Pick<FactorRow, 'kind' | 'confirmedAt' | 'revokedAt'>>(
  factors: readonly F[],
): F[] {
  const confirmed = factors.filter(isConfirmed)
  const most = Math.max(0, ...confirmed.map(({ kind }) => STRENGTHS[kind]))
  return confirmed.filter(({ kind }) => STRENGTHS[kind] === most)
}

/** The one made first by the person, else the strongest, else the oldest (E5). */
export function inOrder(factors: readonly FactorRow[]): FactorRow[] {
  const preferred = (factor: FactorRow) => factor.preferredAt?.getTime() ?? 0
  return [...factors].sort(
    (a, b) =>
      preferred(b) - preferred(a) ||
      STRENGTHS[b.kind] - STRENGTHS[a.kind] ||
      a.createdAt.getTime() - b.createdAt.getTime(),
  )
}

/** Kinds whose passcode is a message. */
export function isMessaged(kind: FactorKind): kind is 'email' | 'sms' {
  return kind === 'email' || kind === 'sms'
}

/** A passcode that was refused would have fitted this step, so many steps from the server's (X4). */
export interface ClockHint {
  factorId: string
  offset: number
  step: number
}

/**
 * By how many steps the phone's clock is off, once two successive passcodes of one app fit two steps with one offset
 * (X4); null otherwise. A step that comes twice is one passcode typed twice.
 */
export function clockOffset(before: readonly ClockHint[], now: readonly ClockHint[]): number | null {
  const twice = now.find((hint) =>
    before.some(
      ({ factorId, offset, step }) => factorId === hint.factorId && offset === hint.offset && step !== hint.step,
    ),
  )
  return twice?.offset ?? null
}

/** For the attempt's row: `factor offset step`, one a line. */
export function writeHints(hints: readonly ClockHint[]): string | null {
  return hints.map(({ factorId, offset, step }) => `${factorId} ${offset} ${step}`).join('\n') || null
}

export function readHints(text: string | null): ClockHint[] {
  return (text ?? '').split('\n').flatMap((line) => {
    const [factorId = '', offset, step] = line.split(' ')
    return step === undefined ? [] : [{ factorId, offset: Number(offset), step: Number(step) }]
  })
}

export interface PhoneNumber {
  /** E.164. */
  number: string
  /** The country's ordinary mobile numbers; others are capped by prefix. */
  ordinary: boolean
}

const ORDINARY = ['MOBILE', 'FIXED_LINE_OR_MOBILE']
const REFUSED = ['PREMIUM_RATE', 'SHARED_COST', 'TOLL_FREE', 'UAN', 'VOICEMAIL', 'PAGER', 'FIXED_LINE']

/** A number that text messages reach at an ordinary price, with its country code (ASVS 6.6.1). */
export function readPhone(typed: string): Result<PhoneNumber, 'not_a_phone' | 'phone_refused'> {
  const text = typed.normalize('NFKC').trim().replace(/^00/, '+')
  const phone = /^\+[\d\s()./-]{6,30}$/.test(text) ? parsePhoneNumber(text) : undefined
  if (!phone?.isValid()) return err('not_a_phone')
  const type = phone.getType()
  if (type !== undefined && REFUSED.includes(type)) return err('phone_refused')
  const ordinary = type !== undefined && ORDINARY.includes(type) && phone.country !== undefined
  return ok({ number: phone.number, ordinary })
}

/** The country code and the digits behind it that tell one kind of number from another. */
export function phonePrefix(number: string): string {
  return number.slice(0, 6)
}

export const PHONE_ENDING_DIGITS = 2

export const FACTOR_NAME_LENGTH = 40
/** More than anyone carries; keeps a stolen session from filling the table. */
export const MOST_FACTORS = 10
