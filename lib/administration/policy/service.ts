import { by } from '../../audit/rules'
import { recordEvent } from '../../audit/service'
import type { AuditEntry } from '../../audit/types'
import { countSessionsBeyond } from '../../authentication/session/service'
import type { DbOrTx } from '../../core/db'
import type { AnyDeps, Deps, TransactionDeps } from '../../core/deps'
import { type Err, err, ok, type Result } from '../../core/kernel/result'
import { hours, later } from '../../core/kernel/time'
import { zoneOf } from '../../core/kernel/zones'
import { isConfirmed, usableFactors } from '../../credentials/factor/rules'
import { factorsOf } from '../../credentials/factor/service'
import type { FreshAdmin, FreshOverClient, Overseer, SteppedUpAdmin, TenantAdmin } from '../../identity/actor/types'
import { type BelowFloor, belowFloor, boundWith } from '../../identity/policy/floor/rules'
import { deliverableKinds, lastDayOf } from '../../identity/policy/rules'
import { policyById, policyInVersion, savePolicy } from '../../identity/policy/service'
import type { BoundPolicy, FactorKind, Policy } from '../../identity/policy/types'
import { effectivePolicy, mailboxCounts } from '../../identity/user/rules'
import { personById } from '../../identity/user/service'
import type { UserType } from '../../identity/user/types'
import { actUnderFloors, recordInBoth } from '../acting/service'
import type { ConsoleAct } from '../doors/types'
import {
  type ChangeDecision,
  type DeviceRulesChange,
  decideChange,
  decideDeviceRules,
  decideIssuedCodes,
  decideSessionLimits,
  limitOutOfRange,
  type RequirementChange,
  type SessionLimitsChange,
} from './rules'

type Saved = 'changed' | 'unchanged'

/** A setting below a floor is refused with whose floor it is (T5). */
type Changed<C extends string> =
  | Result<Saved, C | 'changed_meanwhile' | 'not_permitted'>
  | Err<'below_floor', BelowFloor>

/**
 * A save of the version that the admin looked at: judged while tenant, admin and the tree are held (S8, T5), so that of
 * two at once the second is told. The version, the rows of the user types that change and one audit entry are written,
 * however many people it reaches; no row of a session is touched (P10).
 */
function change<C extends string>(
  deps: Deps,
  actor: SteppedUpAdmin | FreshOverClient,
  act: ConsoleAct,
  version: number,
  decide: (inside: TransactionDeps, policy: Policy) => ChangeDecision<C> | Promise<ChangeDecision<C>>,
  told: (policy: Policy) => Record<string, string | number | boolean>,
  more: (decision: ChangeDecision<C>) => Record<string, boolean> = () => ({}),
): Promise<Changed<C>> {
  const { tenant } = actor.tenant
  return actUnderFloors(deps, actor, act, async (deps): Promise<Changed<C>> => {
    const policy = await policyInVersion(deps.db, { tenantId: tenant.id, version })
    if (policy === null) return err('changed_meanwhile')
    const decision = await decide(deps, policy)
    switch (decision.outcome) {
      case 'unchanged':
        return ok('unchanged')
      case 'refused':
        return err(decision.code)
      case 'change': {
        const below = belowFloor(decision.rules, policy.floors)
        if (below !== null) return err('below_floor', below)
        if (!(await savePolicy(deps.db, policy.own, decision.rules, deps.clock.now()))) return err('changed_meanwhile')
        await record(deps, actor, {
          kind: 'policy_changed',
          data: { before: told(policy), after: told(boundWith(policy, decision.rules)), ...more(decision) },
        })
        return ok('changed')
      }
    }
  })
}

function record(
  deps: AnyDeps<'clock' | 'random'>,
  actor: SteppedUpAdmin | FreshOverClient,
  entry: Pick<AuditEntry, 'kind' | 'data'>,
): Promise<void> {
  if ('partner' in actor) return recordInBoth(deps, actor, entry)
  const { id, name } = actor.tenant.tenant
  return recordEvent(deps, { ...entry, ...by(actor), tenantId: id, subject: { id, name } })
}

// ——— the requirement ———

export interface RequirementView {
  policy: BoundPolicy
  /** Whether the admin who looks meets the rule: told before the switch, not after it (P3). */
  hasFactor: boolean
  /** Kinds that can be allowed here (P7). */
  kinds: readonly FactorKind[]
}

/** The switches, and whether the admin could turn them on (P1, P3). */
export async function viewRequirement(deps: Deps, { person, tenant }: Overseer): Promise<RequirementView> {
  const [policy, factors] = await Promise.all([policyById(deps.db, tenant.tenant.id), factorsOf(deps.db, person.id)])
  const hasFactor = usableFactors(factors, effectivePolicy(person).kinds).length > 0
  return { policy, hasFactor, kinds: deliverableKinds(deps) }
}

/** Kinds of factors that the admin has now; a mailbox that does not count now is none (S9, S20, R11). */
async function factorKindsOf(db: DbOrTx, userId: string, now: Date): Promise<FactorKind[]> {
  const confirmed = (await factorsOf(db, userId)).filter(isConfirmed).map(({ kind }) => kind)
  const found = await personById(db, userId)
  return found !== null && mailboxCounts(found.person, now) ? confirmed : confirmed.filter((kind) => kind !== 'email')
}

export type RequirementCode =
  | 'must_enrol_first'
  | 'partner_in_production'
  | 'no_kind'
  | 'deadline_out_of_range'
  | 'changed_meanwhile'
  | 'not_permitted'

/**
 * Who is asked for a second factor, and of which kinds; a refusal is written down as well. A partner above meets the
 * rule as one of the team would (S9).
 */
export async function changeRequirement(
  deps: Deps,
  actor: FreshAdmin | FreshOverClient,
  input: RequirementChange & { version: number },
): Promise<Changed<RequirementCode>> {
  const { tenant } = actor.tenant
  const { userType } = 'partner' in actor ? actor.partner : actor.tenant
  const zone = zoneOf(tenant.timeZone)
  const result = await change<Exclude<RequirementCode, 'changed_meanwhile' | 'not_permitted'>>(
    deps,
    actor,
    'change_requirement',
    input.version,
    async (inside, policy) => {
      // The admin is held: the factor by which they meet the rule is not taken away meanwhile (S9, S8). The time is
      // read as late as can be: what is begun until then counts as older (P4).
      const now = inside.clock.now()
      const factorKinds = await factorKindsOf(inside.db, actor.person.id, now)
      return decideChange(policy, input, tenant, { userType, factorKinds }, deliverableKinds(inside), now)
    },
    ({ team, end }) => ({
      team: team.required,
      end: end.required,
      teamKinds: team.kinds.join(' '),
      endKinds: end.kinds.join(' '),
      ...(team.deadline === null ? {} : { teamDeadline: lastDayOf(team.deadline, zone) }),
      ...(end.deadline === null ? {} : { endDeadline: lastDayOf(end.deadline, zone) }),
    }),
    (decision) => ({
      sessionsEnded:
        decision.outcome === 'change' && Object.values(decision.rules).some((rule) => 'sessionsVoidedAt' in rule),
    }),
  )
  if (!result.ok && result.code !== 'changed_meanwhile' && result.code !== 'not_permitted') {
    await record(deps, actor, { kind: 'policy_change_refused', data: { reason: result.code } })
  }
  return result
}

// ——— recovery ———

/** Security > Advanced > Recovery. */
export async function viewRecoveryRules(
  deps: Deps,
  actor: TenantAdmin,
): Promise<{ version: number; codesForEndUsers: boolean }> {
  const { version, end } = await policyById(deps.db, actor.tenant.tenant.id)
  return { version, codesForEndUsers: end.issuedRecoveryCodes }
}

/** Whether recovery codes may be issued for end users (R4). */
export function changeIssuedCodes(
  deps: Deps,
  actor: SteppedUpAdmin,
  input: { endUsers: boolean; version: number },
): Promise<Changed<never>> {
  return change<never>(
    deps,
    actor,
    'change_recovery_rules',
    input.version,
    (_, policy) => decideIssuedCodes(policy, input.endUsers),
    ({ end }) => ({ endIssuedRecoveryCodes: end.issuedRecoveryCodes }),
  )
}

// ——— devices ———

/** Security > Advanced > Devices. */
export function viewDeviceRules(deps: Deps, actor: TenantAdmin): Promise<BoundPolicy> {
  return policyById(deps.db, actor.tenant.tenant.id)
}

/** It reaches every device already trusted; no row of a device is touched (D1, D3, D5). */
export function changeDeviceRules(
  deps: Deps,
  actor: SteppedUpAdmin,
  input: DeviceRulesChange & { version: number },
): Promise<Changed<'trust_out_of_range'>> {
  return change<'trust_out_of_range'>(
    deps,
    actor,
    'change_device_rules',
    input.version,
    (inside, policy) => decideDeviceRules(policy, input, inside.clock.now()),
    ({ team, end }) => ({
      teamTrustDays: team.trustDays,
      endTrustDays: end.trustDays,
      endDeviceVerification: end.deviceVerification,
    }),
  )
}

// ——— sessions ———

/** Security > Advanced > Sessions. */
export function viewSessionLimits(deps: Deps, actor: TenantAdmin): Promise<BoundPolicy> {
  return policyById(deps.db, actor.tenant.tenant.id)
}

export interface EndingSessions {
  counts: Record<UserType, number>
  /** The one of whoever looks is among them. */
  own: boolean
}

/** How many sessions would end with these limits (SE2); null where they may not be. */
export async function previewSessionLimits(
  deps: Deps,
  actor: TenantAdmin,
  wanted: SessionLimitsChange,
): Promise<EndingSessions | null> {
  if (limitOutOfRange(wanted) !== null) return null
  const { tenant, userType } = actor.tenant
  const policy = await policyById(deps.db, tenant.id)
  const count = (type: UserType) => {
    const shorter = {
      idleMinutes: Math.min(wanted[type].idleMinutes, policy[type].idleMinutes),
      sessionHours: Math.min(wanted[type].sessionHours, policy[type].sessionHours),
    }
    return countSessionsBeyond(deps, { tenantId: tenant.id, userType: type }, policy[type], shorter)
  }
  const [team, end] = await Promise.all([count('team'), count('end')])
  const { createdAt } = actor.session
  const own = later(createdAt, hours(wanted[userType].sessionHours)) <= deps.clock.now()
  return { counts: { team, end }, own }
}

/** They reach every open session that they shorten; no row of a session is touched (SE2, P10). */
export function changeSessionLimits(
  deps: Deps,
  actor: SteppedUpAdmin,
  input: { limits: SessionLimitsChange; version: number },
): Promise<Changed<'limits_out_of_range'>> {
  return change<'limits_out_of_range'>(
    deps,
    actor,
    'change_session_limits',
    input.version,
    (_, policy) => decideSessionLimits(policy, input.limits),
    ({ team, end }) => ({
      teamIdleMinutes: team.idleMinutes,
      teamSessionHours: team.sessionHours,
      endIdleMinutes: end.idleMinutes,
      endSessionHours: end.sessionHours,
    }),
  )
}
