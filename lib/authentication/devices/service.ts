import { may } from '../../administration/people/rules'
import { recordEvent } from '../../audit/service'
import type { AuditEntry } from '../../audit/types'
import { transact } from '../../core/db'
import type { Deps, TransactionDeps } from '../../core/deps'
import { err, ok, type Result } from '../../core/kernel/result'
import { transactResult } from '../../core/transaction'
import { devicesOf, forgetDevice, type RegisteredDevice } from '../../credentials/device/service'
import type { Assured, FreshAdmin, SteppedUp, SteppedUpAdmin, TenantAdmin } from '../../identity/actor/types'
import type { ContainScope } from '../../identity/policy/rules'
import { policyById, voidEverything } from '../../identity/policy/service'
import { voidTenantDevices } from '../../identity/tenant/service'
import { effectivePolicy, normaliseEmail } from '../../identity/user/rules'
import { demandPassword, personByEmail, voidDevices } from '../../identity/user/service'
import type { UserType } from '../../identity/user/types'
import { enqueueMail } from '../../messaging/mail/outbox-service'
import { countSessionsOfTenant, endSessionsOf, sessionsOf, sessionsOfTenant } from '../session/service'
import type { ListedSession, TenantSession } from '../session/types'
import { endOpenAttempts } from '../signin/attempt/service'

function eventOf(actor: Assured, kind: AuditEntry['kind'], more: Partial<AuditEntry> = {}): AuditEntry {
  const { person } = actor
  return {
    tenantId: person.tenantId,
    kind,
    actor: { kind: 'user', id: person.id, name: person.name },
    subject: { id: person.id, name: person.name },
    request: actor.request,
    ...more,
  }
}

export interface RegisterView {
  devices: (RegisteredDevice & { current: boolean })[]
  sessions: (ListedSession & { current: boolean })[]
  /** D1: whether a device can be trusted at all. */
  trustDays: number
}

/** D9: the person's own browsers and sessions, the ones used last first. */
export async function viewRegister(deps: Deps, actor: Assured): Promise<RegisterView> {
  const { person, session } = actor
  const policy = effectivePolicy(person)
  const [devices, sessions] = await Promise.all([devicesOf(deps, person, policy), sessionsOf(deps, person)])
  return {
    devices: devices.map((device) => ({ ...device, current: device.id === session.deviceId })),
    sessions: sessions.map((each) => ({ ...each, current: each.id === session.id })),
    trustDays: policy.trustDays,
  }
}

/** D9, SE1: over at its next request. False when it is not this person's, or is over already. */
export async function endOwnSession(deps: Deps, actor: SteppedUp, id: string): Promise<Result<null, 'not_found'>> {
  return transactResult(deps, async (deps): Promise<Result<null, 'not_found'>> => {
    if ((await endSessionsOf(deps, actor.person.id, { id })) === 0) return err('not_found')
    await recordEvent(deps, eventOf(actor, 'session_ended', { data: { ended: 1 } }))
    return ok(null)
  })
}

/** D9: unknown and untrusted from now on; its sessions end with it, but for the one that asks. */
export async function forgetOwnDevice(deps: Deps, actor: SteppedUp, id: string): Promise<Result<null, 'not_found'>> {
  return transactResult(deps, async (deps): Promise<Result<null, 'not_found'>> => {
    if (!(await forgetDevice(deps, actor.person.id, id))) return err('not_found')
    const scope = { deviceId: id, exceptId: actor.session.id }
    const ended = await endSessionsOf(deps, actor.person.id, scope)
    await recordEvent(deps, eventOf(actor, 'device_forgotten', { data: { ended } }))
    return ok(null)
  })
}

/**
 * D9, "this was not me": the session and its browser are out, open sign-ins end, and the old password is good for nothing
 * but making a new one. The person is told by mail.
 */
export async function reportNotMe(
  deps: Deps,
  actor: SteppedUp,
  what: { session: string } | { device: string },
): Promise<Result<null, 'not_found'>> {
  const { person } = actor
  const { sessions, devices } = await viewRegister(deps, actor)
  const session = 'session' in what ? sessions.find((each) => each.id === what.session) : undefined
  const deviceId = 'device' in what ? what.device : (session?.deviceId ?? null)
  const device = devices.find((each) => each.id === deviceId)
  const from = session ?? device
  // The one that asks is its own: whoever wants it gone signs out.
  if (from === undefined || from.current) return err('not_found')
  return transactResult(deps, async (deps): Promise<Result<null, 'not_found'>> => {
    const keep = { exceptId: actor.session.id }
    let ended = session === undefined ? 0 : await endSessionsOf(deps, person.id, { id: session.id })
    if (device !== undefined && !device.current) {
      await forgetDevice(deps, person.id, device.id)
      ended += await endSessionsOf(deps, person.id, { deviceId: device.id, ...keep })
    }
    await endOpenAttempts(deps, person.id)
    await demandPassword(deps.db, person.id, deps.clock.now())
    await recordEvent(deps, eventOf(actor, 'not_me_reported', { data: { ended } }))
    await enqueueMail(deps, {
      template: 'not_me_reported',
      values: { address: from.address, userAgent: from.userAgent },
      to: person.email,
      userId: person.id,
      tenantId: person.tenantId,
      locale: person.locale ?? actor.locale,
    })
    return ok(null)
  })
}

/** D4: one's own; sessions go on. */
export async function forgetOwnDevices(deps: Deps, actor: SteppedUp): Promise<void> {
  await transact(deps, async (deps) => {
    await voidDevices(deps.db, actor.person.id, deps.clock.now())
    await recordEvent(deps, eventOf(actor, 'devices_forgotten', { data: { of: 'person' } }))
  })
}

/** D4, U6: a person whose home this tenant is; one write, whatever devices there are. */
export async function forgetDevicesOfPerson(
  deps: Deps,
  admin: SteppedUpAdmin,
  typed: string,
): Promise<Result<{ name: string }, 'nobody_here'>> {
  const { tenant } = admin.tenant
  const email = normaliseEmail(typed)
  const found = email.ok ? await personByEmail(deps.db, email.value) : null
  const person = found?.person.tenantId === tenant.id ? found.person : null
  if (person === null) return err('nobody_here')
  await transact(deps, async (deps) => {
    await voidDevices(deps.db, person.id, deps.clock.now())
    await note(deps, admin, { id: person.id, name: person.name }, 'person')
  })
  return ok({ name: person.name })
}

/** D4: every device of everybody at home in this tenant, by one write. */
export async function forgetDevicesOfTenant(deps: Deps, admin: SteppedUpAdmin): Promise<void> {
  const { tenant } = admin.tenant
  await transact(deps, async (deps) => {
    await voidTenantDevices(deps.db, tenant.id, deps.clock.now())
    await note(deps, admin, { id: tenant.id, name: tenant.name }, 'tenant')
  })
}

async function note(
  deps: TransactionDeps,
  admin: SteppedUpAdmin,
  subject: { id: string; name: string },
  of: 'person' | 'tenant',
): Promise<void> {
  const tenantId = admin.tenant.tenant.id
  await recordEvent(deps, eventOf(admin, 'devices_forgotten', { tenantId, subject, data: { of } }))
}

// ——— the tenant (SE1, SE4) ———

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

const MOST_TRIES = 5

/**
 * SE4: sessions, open attempts, known and trusted devices of a user type or of everybody end, with a write or two, and
 * everybody signs in anew; whoever does it is signed out as well when it reaches them, for theirs may be the stolen session. Gives how many
 * sessions were open.
 */
export async function contain(
  deps: Deps,
  actor: FreshAdmin,
  input: { scope: ContainScope; reason: string },
): Promise<Result<{ sessions: number }, 'changed_meanwhile'>> {
  const { tenant } = actor.tenant
  const userType = input.scope === 'all' ? null : input.scope
  for (let tries = 0; tries < MOST_TRIES; tries += 1) {
    const done = await transactResult(
      deps,
      async (deps): Promise<Result<{ sessions: number }, 'changed_meanwhile'>> => {
        const sessions = await countSessionsOfTenant(deps.db, { tenantId: tenant.id, userType }, deps.clock.now())
        // As late as can be: what was begun while they were counted is over as well.
        const now = deps.clock.now()
        if (!(await voidEverything(deps.db, tenant.id, input.scope, now))) return err('changed_meanwhile')
        if (input.scope === 'all') await voidTenantDevices(deps.db, tenant.id, now)
        await recordEvent(deps, {
          ...eventOf(actor, 'contained'),
          tenantId: tenant.id,
          subject: { id: tenant.id, name: tenant.name },
          data: { of: input.scope, reason: input.reason, ended: sessions },
        })
        return ok({ sessions })
      },
    )
    if (done.ok) {
      await markAgain(deps, tenant.id, input.scope)
      return done
    }
  }
  return err('changed_meanwhile')
}

/**
 * Until the marks were whole, others read the old ones: whatever they opened began before now. Not part of what was done:
 * without it, such a session is over at the next containing or its own end.
 */
async function markAgain(deps: Deps, tenantId: string, scope: ContainScope): Promise<void> {
  for (let tries = 0; tries < MOST_TRIES; tries += 1) {
    if (await transact(deps, (deps) => voidEverything(deps.db, tenantId, scope, deps.clock.now()))) return
  }
}
