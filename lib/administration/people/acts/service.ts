import { about, by } from '../../../audit/rules'
import { recordEvent } from '../../../audit/service'
import { endSessionsOf } from '../../../authentication/session/service'
import { endOpenAttempts } from '../../../authentication/signin/attempt/service'
import type { Deps, TransactionDeps } from '../../../core/deps'
import { err, ok, type Result } from '../../../core/kernel/result'
import { zoneOf } from '../../../core/kernel/zones'
import { ASKED_FOR } from '../../../credentials/link/rules'
import { endLinks } from '../../../credentials/link/service'
import { endIssued, endIssuedBy } from '../../../credentials/recovery/service'
import type { Confirmed, FreshAdmin } from '../../../identity/actor/types'
import { endExemption, giveExemption, giveTime } from '../../../identity/exemption/service'
import { lastDayOf, lastMomentOf, mustRequire } from '../../../identity/policy/rules'
import { dropMembership, setSuspended } from '../../../identity/user/membership/service'
import { voidDevices } from '../../../identity/user/service'
import type { Person } from '../../../identity/user/types'
import { enqueueMail } from '../../../messaging/mail/outbox-service'
import { readerOf } from '../../../messaging/mail/rules'
import { actOnPerson, type Refused, type Target } from '../service'
import { countOwners } from '../store'

/** All sessions of a person, or one (SE1); over at their next request. */
export function endSessionsOfPerson(
  deps: Deps,
  actor: FreshAdmin,
  userId: string,
  sessionId: string | null,
): Promise<Result<{ ended: number }, Refused>> {
  return actOnPerson(deps, actor, userId, 'end_sessions', (deps, target) =>
    endSessionsIn(deps, actor, target, sessionId),
  )
}

/** Of somebody who is held and judged, in the transaction of the caller. */
export async function endSessionsIn(
  deps: TransactionDeps,
  actor: FreshAdmin | Confirmed,
  { person }: Target,
  sessionId: string | null,
): Promise<Result<{ ended: number }, never>> {
  const ended = await endSessionsOf(deps, person.id, sessionId === null ? {} : { id: sessionId })
  if (sessionId === null) await endOpenAttempts(deps, person.id)
  const tenantId = actor.tenant.tenant.id
  await recordEvent(deps, { kind: 'session_ended', ...by(actor), ...about(person, tenantId), data: { ended } })
  return ok({ ended })
}

/**
 * Sessions, open attempts and device trust of a person end together (SE4); the next sign-in asks for everything anew.
 */
export function signOutPerson(
  deps: Deps,
  actor: FreshAdmin,
  userId: string,
): Promise<Result<{ ended: number }, Refused>> {
  return actOnPerson(deps, actor, userId, ['end_sessions', 'forget_devices'], async (deps, { person }) => {
    const ended = await endSessionsOf(deps, person.id, {})
    await endOpenAttempts(deps, person.id)
    await voidDevices(deps.db, person.id, deps.clock.now())
    await endIssuedBy(deps, { issuedById: person.id })
    await endLinks(deps, person.id, ASKED_FOR)
    await recordEvent(deps, {
      kind: 'contained',
      ...by(actor),
      ...about(person, actor.tenant.tenant.id),
      data: { of: 'person', ended },
    })
    return ok({ ended })
  })
}

/** What is known or trusted of this person is neither any more (D4); one write. */
export function forgetDevicesOf(deps: Deps, actor: FreshAdmin, userId: string): Promise<Result<null, Refused>> {
  return actOnPerson(deps, actor, userId, 'forget_devices', async (deps, { person }) => {
    await voidDevices(deps.db, person.id, deps.clock.now())
    await recordEvent(deps, {
      kind: 'devices_forgotten',
      ...by(actor),
      ...about(person, actor.tenant.tenant.id),
      data: { of: 'person' },
    })
    return ok(null)
  })
}

/**
 * Sessions, tokens, open attempts, trust, issued codes and mailed links end at once, and what the person issued (R3).
 */
export function suspend(
  deps: Deps,
  actor: FreshAdmin,
  userId: string,
  reason: string,
): Promise<Result<null, Refused | 'last_owner' | 'already_so'>> {
  return actOnPerson(
    deps,
    actor,
    userId,
    'suspend',
    async (deps, { person, membership }): Promise<Result<null, 'last_owner' | 'already_so'>> => {
      const now = deps.clock.now()
      const tenantId = membership.tenant.id
      if (membership.role === 'owner' && (await countOwners(deps.db, { tenantId, exceptUserId: person.id }, now)) === 0)
        return err('last_owner')
      if (!(await setSuspended(deps.db, { tenantId, userId: person.id }, true, now))) return err('already_so')
      const ended = await endSessionsOf(deps, person.id, {})
      await endOpenAttempts(deps, person.id)
      await voidDevices(deps.db, person.id, now)
      await endIssued(deps, person.id)
      await endIssuedBy(deps, { issuedById: person.id })
      await endLinks(deps, person.id, ASKED_FOR)
      await recordEvent(deps, {
        kind: 'user_suspended',
        ...by(actor),
        ...about(person, actor.tenant.tenant.id),
        data: { reason, ended },
      })
      await tell(deps, actor, person, 'suspended')
      return ok(null)
    },
  )
}

export function reactivate(
  deps: Deps,
  actor: FreshAdmin,
  userId: string,
): Promise<Result<null, Refused | 'already_so'>> {
  return actOnPerson(
    deps,
    actor,
    userId,
    'reactivate',
    async (deps, { person, membership }): Promise<Result<null, 'already_so'>> => {
      const scope = { tenantId: membership.tenant.id, userId: person.id }
      if (!(await setSuspended(deps.db, scope, false, deps.clock.now()))) return err('already_so')
      await recordEvent(deps, { kind: 'user_reactivated', ...by(actor), ...about(person, actor.tenant.tenant.id) })
      await tell(deps, actor, person, 'reactivated')
      return ok(null)
    },
  )
}

// ——— exemptions (U9) ———

/** Without the requirement for some days, with a reason (U9); not in tenants of U7, and never a higher role (R3). */
export async function exempt(
  deps: Deps,
  actor: FreshAdmin,
  userId: string,
  input: { days: number; reason: string },
): Promise<Result<{ until: Date }, Refused | 'no_days_left' | 'partner_in_production'>> {
  return actOnPerson(
    deps,
    actor,
    userId,
    'exempt',
    async (
      deps,
      { person, membership },
    ): Promise<Result<{ until: Date }, 'no_days_left' | 'partner_in_production'>> => {
      if (mustRequire(membership.tenant)) return err('partner_in_production')
      const { reason } = input
      const scope = { tenantId: membership.tenant.id, userId: person.id }
      const until = await giveExemption(deps, scope, { givenById: actor.person.id, reason, wanted: input.days })
      if (until === null) return err('no_days_left')
      const data = { reason, until: until.toISOString() }
      await recordEvent(deps, { kind: 'exemption_given', ...by(actor), ...about(person, membership.tenant.id), data })
      const values = { by: actor.person.name, until }
      await enqueueMail(deps, { ...readerOf(person, actor.locale), template: 'exempted', values })
      return ok({ until })
    },
  )
}

/** More days to set 2FA up for one person, with a reason (P8), within the limits of U9 (S29, R3). */
export async function giveMoreTime(
  deps: Deps,
  actor: FreshAdmin,
  userId: string,
  input: { days: number; reason: string },
): Promise<Result<{ until: Date }, Refused | 'no_days_left' | 'no_deadline'>> {
  return actOnPerson(
    deps,
    actor,
    userId,
    'exempt',
    async (deps, { person, membership }): Promise<Result<{ until: Date }, 'no_days_left' | 'no_deadline'>> => {
      const { tenant, policy } = membership
      const { deadline } = policy
      if (!policy.required || deadline === null || mustRequire(tenant)) return err('no_deadline')
      const { reason } = input
      const zone = zoneOf(tenant.timeZone)
      const given = { givenById: actor.person.id, reason, wanted: input.days, deadline, zone }
      const until = await giveTime(deps, { tenantId: tenant.id, userId: person.id }, given)
      if (until === null) return err('no_days_left')
      const data = { reason, until: lastDayOf(until, zone) }
      await recordEvent(deps, { kind: 'time_given', ...by(actor), ...about(person, tenant.id), data })
      const values = { by: actor.person.name, until: lastMomentOf(until) }
      await enqueueMail(deps, { ...readerOf(person, actor.locale), template: 'more_time', values })
      return ok({ until })
    },
  )
}

export function endExemptionOf(
  deps: Deps,
  actor: FreshAdmin,
  userId: string,
): Promise<Result<null, Refused | 'already_so'>> {
  return actOnPerson(
    deps,
    actor,
    userId,
    'exempt',
    async (deps, { person, membership }): Promise<Result<null, 'already_so'>> => {
      const scope = { tenantId: membership.tenant.id, userId: person.id }
      if (!(await endExemption(deps, scope))) return err('already_so')
      await recordEvent(deps, { kind: 'exemption_ended', ...by(actor), ...about(person, actor.tenant.tenant.id) })
      return ok(null)
    },
  )
}

/** All that a host may end of a guest (U6). */
export function endMembership(
  deps: Deps,
  actor: FreshAdmin,
  userId: string,
  reason: string,
): Promise<Result<null, Refused>> {
  return actOnPerson(
    deps,
    actor,
    userId,
    'end_membership',
    async (deps, { person, membership }): Promise<Result<null, Refused>> => {
      const scope = { tenantId: membership.tenant.id, userId: person.id }
      if (!(await dropMembership(deps.db, scope))) return err('not_found')
      await endIssuedBy(deps, { issuedById: person.id, tenantId: scope.tenantId })
      await recordEvent(deps, {
        kind: 'membership_ended',
        ...by(actor),
        ...about(person, actor.tenant.tenant.id),
        data: { reason },
      })
      await tell(deps, actor, person, 'membership_ended')
      return ok(null)
    },
  )
}

/** Whom it was done to, by whom and where (ASVS 6.3.7). */
function tell(
  deps: TransactionDeps,
  actor: FreshAdmin,
  person: Person,
  template: 'suspended' | 'reactivated' | 'membership_ended',
): Promise<unknown> {
  const values = { by: actor.person.name, tenant: actor.tenant.tenant.name }
  return enqueueMail(deps, { ...readerOf(person, actor.locale), template, values })
}
