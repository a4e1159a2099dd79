import { about } from '../../../audit/rules'
import { recordEvent } from '../../../audit/service'
import { endSessionsOf } from '../../../authentication/session/service'
import { endOpenAttempts } from '../../../authentication/signin/attempt/service'
import type { Deps, TransactionDeps } from '../../../core/deps'
import { err, ok, type Result } from '../../../core/kernel/result'
import { endIssuedBy } from '../../../credentials/recovery/service'
import type { Confirmed, FreshAdmin, Operator } from '../../../identity/actor/types'
import { endExemption } from '../../../identity/exemption/service'
import { setRole } from '../../../identity/user/membership/service'
import { isService, userTypeOf } from '../../../identity/user/rules'
import { voidDevices } from '../../../identity/user/service'
import type { Role } from '../../../identity/user/types'
import { enqueueMail } from '../../../messaging/mail/outbox-service'
import { readerOf } from '../../../messaging/mail/rules'
import { doneBy, mayGive } from '../rules'
import { actOnPerson, type Refused, type Target } from '../service'
import { countOwners } from '../store'

/** Acts at the next request of the person (S8). Nobody gives a higher role than their own; one owner always stays. */
export function changeRole(
  deps: Deps,
  actor: FreshAdmin,
  userId: string,
  role: Role,
): Promise<Result<null, Refused | 'last_owner' | 'already_so'>> {
  return actOnPerson(deps, actor, userId, 'change_role', (deps, target, own) =>
    changeRoleIn(deps, { actor, own }, target, role),
  )
}

/**
 * Of somebody who is held and judged, in the transaction of the caller; `own` is the role that the actor has by now. A
 * refusal has changed nothing.
 */
export async function changeRoleIn(
  deps: TransactionDeps,
  { actor, own }: { actor: FreshAdmin | Confirmed | Operator; own: Role },
  { person, membership }: Target,
  role: Role,
): Promise<Result<null, 'not_permitted' | 'service_account' | 'last_owner' | 'already_so'>> {
  const { tenant } = membership
  const { entry, name, locale } = doneBy(actor, tenant)
  if (!mayGive(own, role)) return err('not_permitted')
  if (isService(person, deps.clock.now())) return err('service_account')
  if (membership.role === role) return err('already_so')
  if (
    membership.role === 'owner' &&
    (await countOwners(deps.db, { tenantId: tenant.id, exceptUserId: person.id }, deps.clock.now())) === 0
  )
    return err('last_owner')
  const to = { role, userType: userTypeOf(role) }
  const scope = { tenantId: tenant.id, userId: person.id }
  if (!(await setRole(deps.db, { ...scope, role: membership.role }, to))) return err('already_so')
  // Marks are of a type (SE4): what the old type's ended must not be good again under the new one's.
  if (to.userType !== membership.userType && membership.policy.sessionsVoidedAt !== null) {
    await endSessionsOf(deps, person.id, {})
    await endOpenAttempts(deps, person.id)
    await voidDevices(deps.db, person.id, deps.clock.now())
  }
  // What the old role could issue ends with it (R3).
  await endIssuedBy(deps, { issuedById: person.id, tenantId: tenant.id })
  // It was given to the role before, by whoever may judge that one (U9).
  if (await endExemption(deps, scope)) {
    await recordEvent(deps, { kind: 'exemption_ended', ...entry, ...about(person, tenant.id) })
  }
  const data = { before: membership.role, after: role }
  await recordEvent(deps, { kind: 'role_changed', ...entry, ...about(person, tenant.id), data })
  // Whom it was done to, by whom and where (ASVS 6.3.7).
  const values = { by: name, tenant: tenant.name }
  await enqueueMail(deps, { ...readerOf(person, locale), template: 'role_changed', values })
  return ok(null)
}
