import { by } from '../../audit/rules'
import { recordEvent } from '../../audit/service'
import type { AuditEntry } from '../../audit/types'
import { countSessionsOfTenant, sessionsOfTenant } from '../../authentication/session/service'
import type { TenantSession } from '../../authentication/session/types'
import { transact } from '../../core/db'
import type { Deps, TransactionDeps } from '../../core/deps'
import { err, ok, type Result } from '../../core/kernel/result'
import { transactResult } from '../../core/transaction'
import { endIssuedBy } from '../../credentials/recovery/service'
import type { FreshAdmin, Operator, TenantAdmin } from '../../identity/actor/types'
import type { ContainScope } from '../../identity/policy/rules'
import { lockTenant, policyById, voidEverything } from '../../identity/policy/service'
import { allTenants, voidTenantDevices } from '../../identity/tenant/service'
import { normaliseEmail } from '../../identity/user/rules'
import { personByEmail } from '../../identity/user/service'
import type { UserType } from '../../identity/user/types'
import { actOnTenant } from '../acting/service'
import { forgetDevicesOf } from '../people/acts/service'
import { may } from '../people/rules'
import type { Refused } from '../people/service'

/** Of somebody of this tenant, by their address; the same act as on their page (D4, S29). */
export async function forgetDevicesOfPerson(
  deps: Deps,
  admin: FreshAdmin,
  typed: string,
): Promise<Result<null, 'nobody_here' | Exclude<Refused, 'not_found'>>> {
  const email = normaliseEmail(typed)
  const found = email.ok ? await personByEmail(deps.db, email.value) : null
  if (found === null) return err('nobody_here')
  const forgotten = await forgetDevicesOf(deps, admin, found.person.id)
  if (forgotten.ok) return forgotten
  return err(forgotten.code === 'not_found' ? 'nobody_here' : forgotten.code)
}

/** Every device of everybody at home in this tenant, by one write (D4). */
export function forgetDevicesOfTenant(deps: Deps, admin: FreshAdmin): Promise<Result<null, 'not_permitted'>> {
  const { tenant } = admin.tenant
  return actOnTenant(deps, admin, 'forget_all_devices', async (deps) => {
    await voidTenantDevices(deps.db, tenant.id, deps.clock.now())
    await recordEvent(deps, {
      tenantId: tenant.id,
      kind: 'devices_forgotten',
      ...by(admin),
      subject: { id: tenant.id, name: tenant.name },
      data: { of: 'tenant' },
    })
    return ok(null)
  })
}

export interface TenantSessionsView {
  rows: (TenantSession & { mayEnd: boolean })[]
  next: string | null
}

/** Who at home in this tenant is signed in. */
export async function viewTenantSessions(
  deps: Deps,
  actor: TenantAdmin,
  query: { userType: UserType | null; before: string | null },
): Promise<TenantSessionsView> {
  const tenantId = actor.tenant.tenant.id
  const policy = await policyById(deps.db, tenantId)
  const voided = { team: policy.team.sessionsVoidedAt, end: policy.end.sessionsVoidedAt }
  const scope = { tenantId, userType: query.userType }
  const { rows, next } = await sessionsOfTenant(deps, scope, voided, query.before)
  const mayEnd = (row: TenantSession) => {
    const relation = row.userId === actor.person.id ? 'self' : 'home'
    return may(actor.tenant.role, 'end_sessions', relation, row.person.role)
  }
  return { rows: rows.map((row) => ({ ...row, mayEnd: mayEnd(row) })), next }
}

type SignedOut = { sessions: number }

/**
 * Sessions, open attempts, known and trusted devices of a user type or of everybody end, with a write or two, and
 * everybody signs in anew (SE4); whoever does it is signed out as well when it reaches them, for theirs may be the
 * stolen session. Gives how many sessions were open.
 */
export async function signOutEverybody(
  deps: Deps,
  actor: FreshAdmin,
  input: { scope: ContainScope; reason: string },
): Promise<Result<SignedOut, 'changed_meanwhile' | 'not_permitted'>> {
  const { tenant } = actor.tenant
  const done = await actOnTenant(deps, actor, 'contain', (deps) => endEverything(deps, tenant, input, by(actor)))
  if (done.ok) await markAgain(deps, tenant.id, input.scope)
  return done
}

/** The same of every tenant, by somebody with an account on the server; one audit entry each. */
export async function signOutInstallation(
  deps: Deps,
  operator: Operator,
  reason: string,
): Promise<Result<{ sessions: number; tenants: number }, 'changed_meanwhile'>> {
  let sessions = 0
  const tenants = await allTenants(deps)
  const who = { actor: { kind: 'operator' }, request: operator.request } as const
  for (const tenant of tenants) {
    const done = await transactResult(deps, async (deps) => {
      await lockTenant(deps.db, tenant.id)
      return endEverything(deps, tenant, { scope: 'all', reason }, who)
    })
    if (!done.ok) return done
    await markAgain(deps, tenant.id, 'all')
    sessions += done.value.sessions
  }
  return ok({ sessions, tenants: tenants.length })
}

/** Of a tenant that is held. */
async function endEverything(
  deps: TransactionDeps,
  tenant: { id: string; name: string },
  input: { scope: ContainScope; reason: string },
  who: Pick<AuditEntry, 'actor' | 'request'>,
): Promise<Result<SignedOut, 'changed_meanwhile'>> {
  const userType = input.scope === 'all' ? null : input.scope
  const sessions = await countSessionsOfTenant(deps.db, { tenantId: tenant.id, userType }, deps.clock.now())
  // As late as can be: what was begun while they were counted is over as well.
  const now = deps.clock.now()
  if (!(await voidEverything(deps.db, tenant.id, input.scope, now))) return err('changed_meanwhile')
  if (input.scope === 'all') await voidTenantDevices(deps.db, tenant.id, now)
  // Whoever issues codes is of the team: what a stolen session of theirs made is no way in (R3).
  if (input.scope !== 'end') await endIssuedBy(deps, { tenantId: tenant.id })
  await recordEvent(deps, {
    tenantId: tenant.id,
    kind: 'contained',
    ...who,
    subject: { id: tenant.id, name: tenant.name },
    data: { of: input.scope, reason: input.reason, ended: sessions },
  })
  return ok({ sessions })
}

/**
 * Until the marks were whole, others read the old ones: whatever they opened began before now. Not part of what was
 * done: without it, such a session is over when everybody is signed out the next time, or at its own end.
 */
async function markAgain(deps: Deps, tenantId: string, scope: ContainScope): Promise<void> {
  await transact(deps, async (deps) => {
    await lockTenant(deps.db, tenantId)
    await voidEverything(deps.db, tenantId, scope, deps.clock.now())
  })
}
