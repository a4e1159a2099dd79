import { by } from '../../audit/rules'
import { recordEvent } from '../../audit/service'
import type { DbOrTx } from '../../core/db'
import type { Deps } from '../../core/deps'
import { type Err, err, ok, type Result } from '../../core/kernel/result'
import { zoneOf } from '../../core/kernel/zones'
import { usableFactors } from '../../credentials/factor/rules'
import { factorsOf } from '../../credentials/factor/service'
import type { FreshAdmin, TenantAdmin } from '../../identity/actor/types'
import { floorsById, type OwnFloors, rulesBelow, writeFloors } from '../../identity/policy/floor/service'
import { deliverableKinds, KINDS_TO_HAVE, lastDayOf } from '../../identity/policy/rules'
import type { FactorKind, Floor } from '../../identity/policy/types'
import { peopleAlikeBelow } from '../../identity/user/membership/service'
import type { UserType } from '../../identity/user/types'
import { actUnderFloors } from '../acting/service'
import {
  decideFloors,
  effectsOf,
  type FloorEffect,
  type FloorSettingCode,
  floorsAfter,
  leftWithoutKind,
  type WantedFloor,
} from './rules'

type Wanted = Record<UserType, WantedFloor>

export interface FloorsView extends OwnFloors {
  /** Kinds that can be allowed here (P7). */
  kinds: readonly FactorKind[]
  zone: string
}

/** Only a partner has anybody below whom it could ask for anything. */
export async function viewFloors(deps: Deps, actor: TenantAdmin): Promise<FloorsView | null> {
  const { tenant } = actor.tenant
  if (tenant.kind !== 'partner') return null
  return { ...(await floorsById(deps.db, tenant.id)), kinds: deliverableKinds(deps), zone: zoneOf(tenant.timeZone) }
}

/**
 * What other floors would do to everybody below (P2): two statements, however many there are. Null where they may not
 * be so.
 */
export async function previewFloors(
  deps: Deps,
  actor: TenantAdmin,
  { floors, zone, kinds: deliverable }: FloorsView,
  wanted: Wanted,
): Promise<FloorEffect[] | null> {
  const { tenant } = actor.tenant
  const now = deps.clock.now()
  if (decideFloors(floors, wanted, { zone, hasFactor: true, deliverable }, now).outcome === 'refused') return null
  const after = floorsAfter(floors, wanted, { zone, deliverable }, now)
  const [below, alike] = await Promise.all([rulesBelow(deps.db, tenant.id), peopleAlikeBelow(deps.db, tenant.id)])
  return effectsOf(below, tenant, after, alike, now)
}

export type SaveFloorsRefusal =
  | Err<'changed_meanwhile' | 'not_permitted' | 'not_a_partner' | 'must_enrol_first', undefined>
  | Err<FloorSettingCode, { userType: UserType; setting: keyof WantedFloor }>
  | Err<'leaves_no_kind', { userType: UserType; tenant: { id: string; name: string } }>

type Saved = Result<'changed' | 'unchanged', never> | SaveFloorsRefusal

/**
 * What everybody below must meet at least, from the next request on (T5, P10): judged while the tree is held, in which
 * settings below are saved as well, so that of two at once the second is judged by the first. A row a user type that
 * changes and one audit entry are written, however many are below. A refusal is written down as well.
 */
export async function changeFloors(
  deps: Deps,
  actor: FreshAdmin,
  input: { wanted: Wanted; version: number },
): Promise<Saved> {
  const { tenant } = actor.tenant
  const zone = zoneOf(tenant.timeZone)
  const deliverable = deliverableKinds(deps)
  const done = await actUnderFloors(deps, actor, 'change_floors', async (deps): Promise<Saved> => {
    if (tenant.kind !== 'partner') return err('not_a_partner')
    const { version, floors } = await floorsById(deps.db, tenant.id)
    if (version !== input.version) return err('changed_meanwhile')
    const now = deps.clock.now()
    const hasFactor = await hasAnyFactor(deps.db, actor.person.id)
    const decision = decideFloors(floors, input.wanted, { zone, hasFactor, deliverable }, now)
    if (decision.outcome === 'unchanged') return ok('unchanged')
    if (decision.outcome === 'refused') {
      return decision.code === 'must_enrol_first'
        ? err(decision.code)
        : err(decision.code, { userType: decision.userType, setting: decision.setting })
    }
    const after = { ...floors, ...decision.floors }
    const without = leftWithoutKind(await rulesBelow(deps.db, tenant.id), tenant, after, deliverable)
    if (without !== null) return err('leaves_no_kind', without)
    await writeFloors(deps.db, tenant.id, decision.floors)
    await recordEvent(deps, {
      ...ofTenant(actor),
      kind: 'floors_changed',
      data: { before: told(floors, zone), after: told(after, zone) },
    })
    return ok('changed')
  })
  if (!done.ok && done.code !== 'changed_meanwhile' && done.code !== 'not_permitted') {
    const named: Record<string, string> = done.code === 'leaves_no_kind' ? { tenant: done.detail.tenant.name } : {}
    await recordEvent(deps, {
      ...ofTenant(actor),
      kind: 'policy_change_refused',
      data: { reason: done.code, ...named },
    })
  }
  return done
}

async function hasAnyFactor(db: DbOrTx, userId: string): Promise<boolean> {
  return usableFactors(await factorsOf(db, userId), KINDS_TO_HAVE).length > 0
}

function ofTenant(actor: FreshAdmin) {
  const { id, name } = actor.tenant.tenant
  return { ...by(actor), tenantId: id, subject: { id, name } }
}

/** What is asked for, under the names that a policy has in the log. */
function told(floors: Record<UserType, Floor>, zone: string): Record<string, string | number | boolean> {
  const of = (type: UserType) => {
    const { required, deadline, kinds, trustDays, idleMinutes, sessionHours } = floors[type]
    return {
      [type]: required,
      ...(required && deadline !== null ? { [`${type}Deadline`]: lastDayOf(deadline, zone) } : {}),
      ...(kinds === null ? {} : { [`${type}Kinds`]: kinds.join(' ') }),
      ...(trustDays === null ? {} : { [`${type}TrustDays`]: trustDays }),
      ...(idleMinutes === null ? {} : { [`${type}IdleMinutes`]: idleMinutes }),
      ...(sessionHours === null ? {} : { [`${type}SessionHours`]: sessionHours }),
    }
  }
  return { ...of('team'), ...of('end') }
}
