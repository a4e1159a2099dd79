import { recordEvent } from '../../../audit/service'
import type { TransactionDeps } from '../../../core/deps'
import type { Visitor } from '../../../identity/actor/types'
import type { Person } from '../../../identity/user/types'
import { personEvent, type SignedIn } from '../attempt/service'

/**
 * Everything was proved, and the company is suspended: that is told to nobody who did not prove it (S13). No session is
 * opened, which the empty token says.
 */
export async function shutOut(
  deps: TransactionDeps,
  claimant: Pick<Visitor, 'request' | 'deviceToken'>,
  person: Person,
): Promise<SignedIn> {
  await recordEvent(deps, personEvent(person, claimant, 'sign_in_failed', { data: { reason: 'company_suspended' } }))
  const { deviceToken } = claimant
  return { sessionToken: '', expiresAt: deps.clock.now(), deviceToken, landing: '/sign-in?notice=company_suspended' }
}
