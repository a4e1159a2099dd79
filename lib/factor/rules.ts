import type { FactorKind } from '../policy/types'
import type { FactorRow } from './types'

/** S7: an unconfirmed or revoked factor, or one of a kind that is not allowed, satisfies nothing. */
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

/** E7, E6. */
export function mayRemove(
  factorId: string,
  confirmed: readonly { id: string }[],
  required: boolean,
): { allowed: true; last: boolean } | { allowed: false; reason: 'not_found' | 'required' } {
  if (!confirmed.some((factor) => factor.id === factorId)) return { allowed: false, reason: 'not_found' }
  const last = confirmed.length === 1
  if (last && required) return { allowed: false, reason: 'required' }
  return { allowed: true, last }
}

export const FACTOR_NAME_LENGTH = 40
/** More than anyone carries; keeps a stolen session from filling the table. */
export const MOST_FACTORS = 10
