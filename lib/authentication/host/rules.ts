import { exemptionIn } from '../../coverage/time/rules'
import { inOrder, usableFactors } from '../../credentials/factor/rules'
import type { FactorRow } from '../../credentials/factor/types'
import type { SessionRecord } from '../../identity/actor/types'
import type { FactorKind } from '../../identity/policy/types'
import { asksApart } from '../../identity/user/rules'
import type { MembershipView, Person } from '../../identity/user/types'
import { methodOf } from '../signin/rules'

/** What a session lacks for the pages of a host: a proof of this factor, or a factor that the host allows. */
export type HostAsks = { lacks: 'nothing' } | { lacks: 'proof'; factorId: string } | { lacks: 'factor' }

/**
 * What the pages of a host ask for that no sign-in does (U6): a factor of a kind that it allows, proved in this
 * session.
 * 1. Not where the sign-in's kinds are among its own, nor while 2FA is not in force or the host exempts the person
 *    (U9).
 * 2. Neither a trusted device nor a recovery code stands for it: both belong to the home tenant.
 */
export function hostAsks(
  { methods }: Pick<SessionRecord, 'methods'>,
  person: Person,
  membership: MembershipView,
  { factors, canProve }: { factors: readonly FactorRow[]; canProve: (factor: FactorRow) => boolean },
  now: Date,
): HostAsks {
  if (!asksApart(person, membership) || exemptionIn(membership, now) !== null) return { lacks: 'nothing' }
  const usable = usableFactors(factors, membership.policy.kinds)
  if (usable.some(({ kind }) => methods.includes(methodOf(kind)))) return { lacks: 'nothing' }
  const first = inOrder(usable).find(canProve)
  return first === undefined ? { lacks: 'factor' } : { lacks: 'proof', factorId: first.id }
}

/** Kinds that hosts of this person ask for on pages of their own. */
export function kindsAskedApart(person: Person): FactorKind[] {
  const asking = person.memberships.filter((each) => !each.suspended && asksApart(person, each))
  return [...new Set(asking.flatMap(({ policy }) => policy.kinds))]
}
