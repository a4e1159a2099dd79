import { by } from '../../audit/rules'
import { recordEvent } from '../../audit/service'
import type { Tx } from '../../core/db'
import type { Deps, TransactionDeps } from '../../core/deps'
import { type Err, err, type Result } from '../../core/kernel/result'
import { transactResult } from '../../core/transaction'
import type { Confirmed, TenantAdmin } from '../../identity/actor/types'
import { lockTenant } from '../../identity/policy/service'
import { isConsoleRole, roleIn } from '../../identity/user/rules'
import { lockPeople, personById } from '../../identity/user/service'
import type { Role } from '../../identity/user/types'
import type { ConsoleAct } from '../doors/types'

/**
 * The role that the actor has by now (R3, S8); null after a suspension, here or at home, that came in between. Tenant
 * and actor are held until the transaction ends, and whoever else the act is about: nothing changes it meanwhile.
 */
export async function roleNow(
  tx: Tx,
  actor: TenantAdmin | Confirmed,
  others: readonly string[] = [],
): Promise<Role | null> {
  const tenantId = actor.tenant.tenant.id
  await lockTenant(tx, tenantId)
  await lockPeople(tx, [actor.person.id, ...others])
  const person = (await personById(tx, actor.person.id))?.person
  return person === undefined ? null : roleIn(person, tenantId)
}

/**
 * One act on a tenant as a whole: judged by the role that the actor has while it is held (S8). A refusal is written
 * down (ASVS 16.3.2), in a transaction of its own.
 */
export async function actOnTenant<R extends Result<unknown, string, unknown>>(
  deps: Deps,
  actor: TenantAdmin,
  act: ConsoleAct,
  work: (deps: TransactionDeps, role: Role) => Promise<R>,
): Promise<R | Err<'not_permitted'>> {
  const done = await transactResult(deps, async (deps): Promise<R | Err<'not_permitted'>> => {
    const role = await roleNow(deps.db, actor)
    return role === null || !isConsoleRole(role) ? err('not_permitted') : work(deps, role)
  })
  if (!done.ok && done.code === 'not_permitted') {
    const tenantId = actor.tenant.tenant.id
    await recordEvent(deps, { tenantId, kind: 'access_denied', ...by(actor), data: { action: act } })
  }
  return done
}
