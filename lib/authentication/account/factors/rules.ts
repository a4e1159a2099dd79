import { isConfirmed } from '../../../credentials/factor/rules'
import type { FactorRow } from '../../../credentials/factor/types'
import type { FactorKind } from '../../../identity/policy/types'
import { effectivePolicy, kindsToSetUp, mailboxCounts, mailWithheld } from '../../../identity/user/rules'
import type { Person } from '../../../identity/user/types'
import { kindsAskedApart } from '../../host/rules'

/**
 * What somebody may add: kinds that the home allows, or that a host asks for on its own pages (U6). One mailbox is one
 * factor.
 */
export function addableKinds(
  deliverable: readonly FactorKind[],
  person: Person,
  factors: readonly FactorRow[],
  now: Date,
): FactorKind[] {
  return kindsToSetUp(allowedKinds(person), deliverable, !hasMail(factors) && mailboxCounts(person, now))
}

/** Why the mailbox is not among them, where it would be (S20, R11). */
export function mailMissing(person: Person, factors: readonly FactorRow[], now: Date): { until: Date | null } | null {
  return hasMail(factors) || !allowedKinds(person).includes('email') ? null : mailWithheld(person, now)
}

function allowedKinds(person: Person): FactorKind[] {
  return [...effectivePolicy(person).kinds, ...kindsAskedApart(person)]
}

function hasMail(factors: readonly FactorRow[]): boolean {
  return factors.some((factor) => factor.kind === 'email' && isConfirmed(factor))
}
