import type { FactorKind } from '../../identity/policy/types'
import type { FactorRow } from './types'

/** An unconfirmed or revoked factor, or one of a kind that is not allowed, satisfies nothing (S7). */
export function usableFactors(factors: readonly FactorRow[], kinds: readonly FactorKind[]): FactorRow[] {
  return factors.filter((factor) => isConfirmed(factor) && kinds.includes(factor.kind))
}

export function isConfirmed(factor: Pick<FactorRow, 'confirmedAt' | 'revokedAt'>): boolean {
  return factor.confirmedAt !== null && factor.revokedAt === null
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

/**
 * Beside an app that counts, a further one is told from it by a number that no entry of before has, for an app
 * overwrites an entry of the same name (E3). Where none counts, the old entry is of no use, and may go.
 */
export function numbered(name: string, appsBefore: readonly { revokedAt: Date | null }[]): string {
  const beside = appsBefore.some(({ revokedAt }) => revokedAt === null)
  return beside ? `${name} (${appsBefore.length + 1})` : name
}

/**
 * In the words of the interface: strongest, good, basic. A passcode by mail or SMS can be read by others on its way.
 */
export const STRENGTHS = { passkey: 3, totp: 2, email: 1, sms: 1 } as const satisfies Record<FactorKind, number>

export const STRENGTH_NAMES = ['basic', 'good', 'strongest'] as const
export type Strength = (typeof STRENGTH_NAMES)[number]

/** A factor's strength as it is told (M3). */
export function strengthOf(kind: FactorKind): Strength {
  return STRENGTH_NAMES[STRENGTHS[kind] - 1] ?? 'basic'
}

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

export const FACTOR_NAME_LENGTH = 40
/** More than anyone carries; keeps a stolen session from filling the table. */
export const MAX_FACTORS = 10
