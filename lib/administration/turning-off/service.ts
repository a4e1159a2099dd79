import { by } from '../../audit/rules'
import { recordEvent } from '../../audit/service'
import type { Deps, TransactionDeps } from '../../core/deps'
import { type Err, err, ok, type Result } from '../../core/kernel/result'
import { isConfirmed } from '../../credentials/factor/rules'
import { factorsOf } from '../../credentials/factor/service'
import type { FreshAdmin, TenantAdmin } from '../../identity/actor/types'
import { type BelowFloor, belowFloor } from '../../identity/policy/floor/rules'
import { mustRequire } from '../../identity/policy/rules'
import {
  hideTwoFactor,
  isTwoFactorHidden,
  policyById,
  policyInVersion,
  savePolicy,
} from '../../identity/policy/service'
import type { Policy, RuleChanges } from '../../identity/policy/types'
import { tenantById, voidTenantFactors } from '../../identity/tenant/service'
import { openVoid, peopleAlike, peopleAtHome, voidCounters } from '../../identity/user/membership/service'
import { managersOf } from '../../identity/user/service'
import { enqueueMail } from '../../messaging/mail/outbox-service'
import { actUnderFloors } from '../acting/service'
import { decideTurningOff, type TurningOffCode } from './rules'
import { upsertVoid } from './store'
import type { TurningOffView } from './types'

/** Security > Advanced > Authentication > Disable (T3): what each way to turn it off would do, and to how many. */
export async function viewTurningOff(deps: Pick<Deps, 'db'>, actor: TenantAdmin): Promise<TurningOffView> {
  const { tenant } = actor.tenant
  const { db } = deps
  const [policy, home, anybody, own, isOff, mark] = await Promise.all([
    policyById(db, tenant.id),
    peopleAtHome(db, tenant.id),
    hasAnybodyFactor(db, tenant.id),
    factorsOf(db, actor.person.id),
    isTwoFactorHidden(db, tenant.id),
    openVoid(db, tenant.id),
  ])
  const enrolled = home.filter(({ factorKinds }) => factorKinds !== '')
  const sum = (rows: typeof home) => rows.reduce((total, { people }) => total + people, 0)
  return {
    version: policy.version,
    required: { team: policy.team.required, end: policy.end.required },
    refused: mustRequire(tenant) ? 'partner_in_production' : null,
    factorNeeded: anybody && !own.some(isConfirmed),
    counts: {
      enrolled: sum(enrolled),
      own: sum(enrolled.filter(({ ownTwoFactor }) => ownTwoFactor)),
      freed: sum(enrolled.filter(({ ownTwoFactor, userType }) => !ownTwoFactor && policy[userType].required)),
    },
    isOff,
    isUnderWay: mark !== null,
  }
}

/** By the counters, guests included. */
async function hasAnybodyFactor(db: Parameters<typeof peopleAlike>[0], tenantId: string): Promise<boolean> {
  return (await peopleAlike(db, tenantId)).some(({ factorKinds, people }) => factorKinds !== '' && people > 0)
}

/** Not where a partner above requires 2FA (T5). */
type TurnedOff =
  | Result<'changed' | 'unchanged', TurningOffCode | 'changed_meanwhile' | 'not_permitted'>
  | Err<'below_floor', BelowFloor>

/**
 * P6: nothing is required any more, and factors, codes and trust of everybody at home are void, with a few rows however
 * many people there are; the worker deletes the rest and tells each of them. Tenant and name come from the proof.
 */
export async function turnOffForAll(
  deps: Deps,
  actor: FreshAdmin,
  input: { name: string; version: number },
): Promise<TurnedOff> {
  const { id: tenantId } = actor.tenant.tenant
  const done = await actUnderFloors(deps, actor, 'turn_off_2fa', async (deps): Promise<TurnedOff> => {
    const tenant = await tenantById(deps, tenantId)
    const policy = await policyInVersion(deps.db, { tenantId, version: input.version })
    if (tenant === null || policy === null) return err('changed_meanwhile')
    const below = belowFloor(nothingRequired(policy), policy.floors)
    if (below !== null) return err('below_floor', below)
    const decision = decideTurningOff({
      tenant,
      typedName: input.name,
      anybodyHasFactor: await hasAnybodyFactor(deps.db, tenantId),
      actorHasFactor: (await factorsOf(deps.db, actor.person.id)).some(isConfirmed),
      required: policy.team.required || policy.end.required,
      isOff: await isTwoFactorHidden(deps.db, tenantId),
    })
    if (decision === 'unchanged') return ok('unchanged')
    if (typeof decision === 'object') return err(decision.refused)
    return (await voidAll(deps, actor, tenant, policy.own)) ? ok('changed') : err('changed_meanwhile')
  })
  if (!done.ok && done.code !== 'changed_meanwhile' && done.code !== 'not_permitted') {
    const { id, name } = actor.tenant.tenant
    const data = { reason: done.code }
    await recordEvent(deps, { tenantId, kind: 'policy_change_refused', ...by(actor), subject: { id, name }, data })
  }
  return done
}

/** Of a tenant that is held. */
async function voidAll(
  deps: TransactionDeps,
  actor: FreshAdmin,
  tenant: { id: string; name: string; slug: string },
  policy: Policy,
): Promise<boolean> {
  const { id: tenantId, name } = tenant
  if (!(await savePolicy(deps.db, policy, nothingRequired(policy), deps.clock.now()))) return false
  const lost = await voidCounters(deps.db, tenantId)
  // As late as can be: whoever is at home by then is among them.
  const now = deps.clock.now()
  const voidedAt = await voidTenantFactors(deps.db, tenantId, now)
  await hideTwoFactor(deps.db, tenantId, now)
  const who = { byId: actor.person.id, byName: actor.person.name, locale: actor.locale }
  await upsertVoid(deps.db, { tenantId, voidedAt, ...who })
  await recordEvent(deps, {
    tenantId,
    kind: 'two_factor_voided',
    ...by(actor),
    subject: { id: tenantId, name },
    data: { ...lost, team: policy.team.required, end: policy.end.required },
  })
  const values = {
    by: actor.person.name,
    tenant: name,
    count: lost.enrolled,
    link: `${deps.publicUrl}/admin/${tenant.slug}/security/audit?kind=two_factor_voided`,
  }
  for (const { reader } of await managersOf(deps, tenantId, ['owner'])) {
    await enqueueMail(deps, { ...reader, locale: reader.locale ?? actor.locale, template: 'two_factor_voided', values })
  }
  return true
}

function nothingRequired(policy: Policy): RuleChanges {
  const off = { required: false, requiredSince: null }
  return { ...(policy.team.required ? { team: off } : {}), ...(policy.end.required ? { end: off } : {}) }
}
