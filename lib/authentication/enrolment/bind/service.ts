import type { TransactionDeps } from '../../../core/deps'
import { endTrust } from '../../../credentials/device/service'
import type { ProvedConnection } from '../../../credentials/factor/connect/types'
import { confirmFactor, removeFactors } from '../../../credentials/factor/service'
import { type NewCodes, replaceCodes } from '../../../credentials/recovery/service'
import type { Visitor } from '../../../identity/actor/types'
import { noteFirstFactor } from '../../../identity/user/service'
import type { Person } from '../../../identity/user/types'
import { endRequestOf } from '../../reset/service'
import { endOtherSessions } from '../../session/service'

/**
 * A new factor counts from now on, in a sign-in and in a session alike (E3): its passcode is spent, other sessions,
 * device trust and an open request for a reset end, and the person is told (E8). `codes` where it brings a set of
 * recovery codes (E4); `alone` where the factors of before go (S11). False when another request was faster.
 */
export async function bindFactor(
  deps: TransactionDeps,
  visitor: Pick<Visitor, 'request' | 'locale'>,
  person: Person,
  { confirmation, use }: ProvedConnection,
  { codes, alone, sessionId }: { codes: NewCodes | null; alone: boolean; sessionId?: string },
): Promise<boolean> {
  const { request } = visitor
  const locale = person.locale ?? visitor.locale
  if (!(await use(deps)) || !(await confirmFactor(deps, person, confirmation, locale, request))) return false
  if (alone) await removeFactors(deps, person, { exceptId: confirmation.factorId }, 'replaced', locale, request)
  await endOtherSessions(deps, person, request, sessionId)
  await endTrust(deps.db, person.id)
  await noteFirstFactor(deps.db, person, deps.clock.now())
  await endRequestOf(deps, person, request)
  if (codes !== null) await replaceCodes(deps, person, codes, visitor)
  return true
}
