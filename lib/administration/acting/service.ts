import { by } from '../../audit/rules'
import { recordEvent } from '../../audit/service'
import type { AuditEntry } from '../../audit/types'
import type { AnyDeps, Deps, TransactionDeps } from '../../core/deps'
import { type Err, err, type Result } from '../../core/kernel/result'
import { transactResult } from '../../core/transaction'
import type { Confirmed, OverClient, PartnerAdmin, TenantAdmin } from '../../identity/actor/types'
import { lockTenant } from '../../identity/policy/service'
import { ancestorsOf, holdTree } from '../../identity/tenant/tree/service'
import { isConsoleRole, reachesBelow, roleIn } from '../../identity/user/rules'
import { lockPeople, personById } from '../../identity/user/service'
import type { Role } from '../../identity/user/types'
import type { ConsoleAct } from '../doors/types'

/**
 * The role that the actor has by now (R3, S8); null after a suspension, here or at home, that came in between. Tenant
 * and actor are held until the transaction ends, and whoever else the act is about: nothing changes it meanwhile.
 */
export async function roleNow(
  { db, clock }: TransactionDeps<'clock'>,
  actor: TenantAdmin | Confirmed,
  others: readonly string[] = [],
): Promise<Role | null> {
  const tenantId = actor.tenant.tenant.id
  await lockTenant(db, tenantId)
  await lockPeople(db, [actor.person.id, ...others])
  const person = (await personById(db, actor.person.id))?.person
  return person === undefined ? null : roleIn(person, tenantId, clock.now())
}

/**
 * The role by which somebody reaches what is below a partner now; null where they do not, or the partner is suspended.
 * Whoever is above is held before what is below, so that two at once wait and do not block each other.
 */
async function roleAbove(
  { db, clock }: TransactionDeps<'clock'>,
  actor: PartnerAdmin | OverClient,
  partnerId: string,
): Promise<Role | null> {
  await lockPeople(db, [actor.person.id])
  const person = (await personById(db, actor.person.id))?.person
  const membership = person?.memberships.find(({ tenant }) => tenant.id === partnerId)
  if (person === undefined || membership === undefined || !reachesBelow(membership)) return null
  return roleIn(person, partnerId, clock.now())
}

/** The same over one tenant, by the tree as it is now (S15). */
async function roleOver(deps: TransactionDeps<'clock'>, actor: OverClient): Promise<Role | null> {
  const partnerId = actor.partner.tenant.id
  const clientId = actor.tenant.tenant.id
  await lockTenant(deps.db, partnerId)
  await lockTenant(deps.db, clientId)
  const role = await roleAbove(deps, actor, partnerId)
  return (await ancestorsOf(deps.db, clientId)).includes(partnerId) ? role : null
}

/** What a partner does to the tree below it, which is held; a refusal is written down. */
export async function actOnTree<R extends Result<unknown, string, unknown>>(
  deps: Deps,
  actor: PartnerAdmin,
  act: ConsoleAct,
  work: (deps: TransactionDeps, above: readonly string[]) => Promise<R>,
): Promise<R | Err<'not_permitted'>> {
  const partnerId = actor.tenant.tenant.id
  const done = await transactResult(deps, async (deps): Promise<R | Err<'not_permitted'>> => {
    const above = await holdTree(deps.db, partnerId)
    await lockTenant(deps.db, partnerId)
    return (await roleAbove(deps, actor, partnerId)) === null ? err('not_permitted') : work(deps, above)
  })
  await noteRefused(deps, actor, partnerId, act, done)
  return done
}

async function noteRefused(
  deps: Deps,
  actor: TenantAdmin | OverClient,
  tenantId: string,
  action: ConsoleAct,
  done: Result<unknown, string, unknown>,
): Promise<void> {
  if (done.ok || done.code !== 'not_permitted') return
  await recordEvent(deps, { tenantId, kind: 'access_denied', ...by(actor), data: { action } })
}

/**
 * One act on a tenant as a whole: judged by the role that the actor has while it is held (S8). A refusal is written
 * down (ASVS 16.3.2), in a transaction of its own.
 */
export async function actOnTenant<R extends Result<unknown, string, unknown>>(
  deps: Deps,
  actor: TenantAdmin | OverClient,
  act: ConsoleAct,
  work: (deps: TransactionDeps, role: Role) => Promise<R>,
  hold: (deps: TransactionDeps) => Promise<unknown> = async () => null,
): Promise<R | Err<'not_permitted'>> {
  const done = await transactResult(deps, async (deps): Promise<R | Err<'not_permitted'>> => {
    await hold(deps)
    const role = 'partner' in actor ? await roleOver(deps, actor) : await roleNow(deps, actor)
    return role === null || !isConsoleRole(role) ? err('not_permitted') : work(deps, role)
  })
  await noteRefused(deps, actor, ('partner' in actor ? actor.partner : actor.tenant).tenant.id, act, done)
  return done
}

/**
 * The same of what floors decide, too (T5), which move only while the tree is held. Its root is held before anything
 * below it: whoever held the tenant first would stop all others of its tree, and be stopped by them.
 */
export function actUnderFloors<R extends Result<unknown, string, unknown>>(
  deps: Deps,
  actor: TenantAdmin | OverClient,
  act: ConsoleAct,
  work: (deps: TransactionDeps, role: Role) => Promise<R>,
): Promise<R | Err<'not_permitted'>> {
  return actOnTenant(deps, actor, act, work, ({ db }) => holdTree(db, actor.tenant.tenant.id))
}

/** What a partner did to a tenant below it: in the log of both, with the name of both. */
export async function recordInBoth(
  deps: AnyDeps<'clock' | 'random'>,
  actor: OverClient,
  entry: Pick<AuditEntry, 'kind' | 'data'>,
): Promise<void> {
  const partner = actor.partner.tenant
  const client = actor.tenant.tenant
  const event = { ...entry, ...by(actor), subject: { id: client.id, name: client.name } }
  for (const tenantId of [client.id, partner.id]) {
    await recordEvent(deps, { ...event, tenantId, data: { ...entry.data, partner: partner.name } })
  }
}
