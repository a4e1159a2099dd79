import { about, by } from '../../../audit/rules'
import { recordEvent } from '../../../audit/service'
import { withdrawRequests } from '../../../authentication/reset/service'
import { endSessionsOf } from '../../../authentication/session/service'
import { endOpenAttempts } from '../../../authentication/signin/attempt/service'
import type { Deps, TransactionDeps } from '../../../core/deps'
import { err, ok, type Result } from '../../../core/kernel/result'
import { zoneOf } from '../../../core/kernel/zones'
import { resetFactors } from '../../../credentials/factor/service'
import { tellByText } from '../../../credentials/factor/sms/service'
import { ASKED_FOR } from '../../../credentials/link/rules'
import { endLinks } from '../../../credentials/link/service'
import { endPassword } from '../../../credentials/password/service'
import { endCodes, endIssued, endIssuedBy } from '../../../credentials/recovery/service'
import type { FreshAdmin } from '../../../identity/actor/types'
import { endExemption } from '../../../identity/exemption/service'
import { lastDayOf, lastMomentOf } from '../../../identity/policy/rules'
import { isService } from '../../../identity/user/rules'
import { beginService, endService, managersOf, noteReset, voidDevices } from '../../../identity/user/service'
import type { Person } from '../../../identity/user/types'
import { enqueueMail } from '../../../messaging/mail/outbox-service'
import { readerOf } from '../../../messaging/mail/rules'
import { actOnPerson, type Refused } from '../service'
import { endOfService } from './rules'

/**
 * A person becomes a service account, with reason and end (U8): outside 2FA and without any page. Sessions, sign-ins
 * under way, mailed links, trust, password, factors and codes end in the same transaction, and what they issued. The
 * ways back of earlier notices stay, as at a suspension: they only ever take away. Whoever had a factor is as after an
 * admin reset when the time is over (E9).
 */
export async function makeService(
  deps: Deps,
  actor: FreshAdmin,
  userId: string,
  input: { until: string; reason: string },
): Promise<Result<{ until: Date }, Refused | 'service_until' | 'already_so'>> {
  return actOnPerson(
    deps,
    actor,
    userId,
    'make_service',
    async (deps, { person, membership }): Promise<Result<{ until: Date }, 'service_until' | 'already_so'>> => {
      const now = deps.clock.now()
      const { tenant } = membership
      if (isService(person, now)) return err('already_so')
      const until = endOfService(input.until, zoneOf(tenant.timeZone), now)
      if (until === null) return err('service_until')
      const { reason } = input
      if (!(await beginService(deps.db, person, { until, reason, byId: actor.person.id }, now)))
        return err('already_so')
      const ended = await endAll(deps, actor, person)
      const data = { reason, until: lastDayOf(until, zoneOf(tenant.timeZone)), ended }
      await recordEvent(deps, { kind: 'service_account_made', ...by(actor), ...about(person, tenant.id), data })
      await tell(deps, actor, person, { reason, until: lastMomentOf(until) })
      return ok({ until })
    },
  )
}

/** All that this person could come in by, or keep; gives how many sessions there were. */
async function endAll(deps: TransactionDeps, actor: FreshAdmin, person: Person): Promise<number> {
  const now = deps.clock.now()
  const tenantId = actor.tenant.tenant.id
  if ((await withdrawRequests(deps, person.id, new Date(0))) > 0) {
    const data = { reason: 'service_account' }
    await recordEvent(deps, { kind: 'reset_cancelled', ...by(actor), ...about(person, tenantId), data })
  }
  await tellByText(deps, person, 'sms_factors_reset', actor.locale)
  const kinds = await resetFactors(deps, person, by(actor))
  await endCodes(deps, person.id)
  if (kinds.length > 0) await noteReset(deps.db, person, now)
  await endPassword(deps.db, person.id)
  const ended = await endSessionsOf(deps, person.id, {})
  await endOpenAttempts(deps, person.id)
  await voidDevices(deps.db, person.id, now)
  await endIssued(deps, person.id)
  await endIssuedBy(deps, { issuedById: person.id })
  await endLinks(deps, person.id, [...ASKED_FOR, 'cancel'])
  // It was given to a person who signs in (U9).
  if (await endExemption(deps, { tenantId, userId: person.id })) {
    await recordEvent(deps, { kind: 'exemption_ended', ...by(actor), ...about(person, tenantId) })
  }
  return ended
}

/** A person again at once, by hand (U8). What was ended stays so: the password comes anew by mail (R9). */
export async function makePerson(
  deps: Deps,
  actor: FreshAdmin,
  userId: string,
): Promise<Result<null, Refused | 'already_so'>> {
  return actOnPerson(
    deps,
    actor,
    userId,
    'end_service',
    async (deps, { person, membership }): Promise<Result<null, 'already_so'>> => {
      if (!isService(person, deps.clock.now())) return err('already_so')
      if (!(await endService(deps.db, person))) return err('already_so')
      const { tenant } = membership
      await recordEvent(deps, { kind: 'service_account_ended', ...by(actor), ...about(person, tenant.id) })
      const values = { by: actor.person.name, tenant: tenant.name }
      await enqueueMail(deps, { ...readerOf(person, actor.locale), template: 'service_account_ended', values })
      return ok(null)
    },
  )
}

/** Whoever reads that mailbox, and the other owners, as at a reset (R5). */
async function tell(
  deps: TransactionDeps,
  actor: FreshAdmin,
  person: Person,
  given: { reason: string; until: Date },
): Promise<void> {
  const { tenant } = actor.tenant
  const values = { by: actor.person.name, tenant: tenant.name, ...given }
  await enqueueMail(deps, { ...readerOf(person, actor.locale), template: 'service_account_made', values })
  for (const { userId, reader } of await managersOf(deps, tenant.id, ['owner'])) {
    if (userId === actor.person.id || userId === person.id) continue
    await enqueueMail(deps, {
      ...reader,
      locale: reader.locale ?? actor.locale,
      template: 'service_account_made_other',
      values: { by: actor.person.name, person: person.name, ...given },
    })
  }
}
