import { recordEvent } from '../../audit/service'
import type { DbOrTx, Tx } from '../../core/db'
import type { Deps } from '../../core/deps'
import { err, ok, type Result } from '../../core/kernel/result'
import { transactResult } from '../../core/transaction'
import { isConfirmed, usableFactors } from '../../credentials/factor/rules'
import { factorsOf } from '../../credentials/factor/service'
import type { SteppedUpAdmin, TenantAdmin } from '../actor/types'
import { demandOf, mailboxCounts } from '../user/rules'
import type { Person } from '../user/types'
import {
  type ContainScope,
  containData,
  type DeviceRulesChange,
  decideChange,
  decideDeviceRules,
  deliverableKinds,
  initialRule,
  policyOf,
  type RequirementChange,
  storedChanges,
  withChanges,
} from './rules'
import { findPolicy, insertPolicy, lockPolicy, updatePolicy } from './store'
import type { FactorKind, Policy } from './types'

export interface RequirementView {
  policy: Policy
  /** Whether the admin who looks meets the rule: told before the switch, not after it (P3). */
  hasFactor: boolean
  /** Kinds that can be allowed here (P7). */
  kinds: readonly FactorKind[]
}

/** The policy of a tenant, read anew (S8). */
export async function policyById(db: DbOrTx, tenantId: string): Promise<Policy> {
  const row = await findPolicy(db, tenantId)
  if (row === null) throw new Error('a tenant without a policy')
  return policyOf(row)
}

/** What a new tenant asks of its people; a partner in production begins with the requirement (U7). */
export function addPolicy(db: DbOrTx, tenantId: string, requiredSince: Date | null): Promise<void> {
  return insertPolicy(db, tenantId, [initialRule('team', requiredSince), initialRule('end', requiredSince)])
}

/** Whether recovery codes may be issued for end users (R4). */
export async function issuesCodesForEndUsers(db: DbOrTx, tenantId: string): Promise<boolean> {
  return (await policyById(db, tenantId)).end.issuedRecoveryCodes
}

/** Security > Advanced > Recovery. */
export async function viewRecoveryRules(
  deps: Deps,
  actor: TenantAdmin,
): Promise<{ version: number; codesForEndUsers: boolean }> {
  const { version, end } = await policyById(deps.db, actor.tenant.tenant.id)
  return { version, codesForEndUsers: end.issuedRecoveryCodes }
}

/** R4: one conditional write and one audit entry. */
export async function changeIssuedCodes(
  deps: Deps,
  actor: SteppedUpAdmin,
  input: { endUsers: boolean; version: number },
): Promise<Result<'changed' | 'unchanged', 'changed_meanwhile'>> {
  const { tenant } = actor.tenant
  return transactResult(deps, async (deps) => {
    const row = await findPolicy(deps.db, tenant.id)
    if (row === null || row.version !== input.version) return err('changed_meanwhile')
    const before = policyOf(row).end.issuedRecoveryCodes
    if (before === input.endUsers) return ok('unchanged')
    const changes = { end: { issuedRecoveryCodes: input.endUsers } }
    if (!(await updatePolicy(deps.db, { tenantId: tenant.id, version: row.version }, changes, deps.clock.now()))) {
      return err('changed_meanwhile')
    }
    await recordEvent(deps, {
      tenantId: tenant.id,
      kind: 'policy_changed',
      actor: { kind: 'user', id: actor.person.id, name: actor.person.name },
      subject: { id: tenant.id, name: tenant.name },
      request: actor.request,
      data: { before: { endIssuedRecoveryCodes: before }, after: { endIssuedRecoveryCodes: input.endUsers } },
    })
    return ok('changed')
  })
}

/** P1, P9: the switches and how far each user type is. */
export async function viewRequirement(deps: Deps, actor: TenantAdmin): Promise<RequirementView> {
  const tenantId = actor.tenant.tenant.id
  const [row, hasFactor] = await Promise.all([findPolicy(deps.db, tenantId), meetsRule(deps, actor.person)])
  if (row === null) throw new Error('a tenant without a policy')
  return { policy: policyOf(row), hasFactor, kinds: deliverableKinds(deps) }
}

async function meetsRule(deps: Deps, person: Person): Promise<boolean> {
  return usableFactors(await factorsOf(deps.db, person.id), demandOf(person).kinds).length > 0
}

/** S9: kinds of factors that the admin has; a mailbox that does not count now is none (S20, R11). */
async function factorKindsOf(deps: Deps, person: Person): Promise<FactorKind[]> {
  const confirmed = (await factorsOf(deps.db, person.id)).filter(isConfirmed).map(({ kind }) => kind)
  return mailboxCounts(person, deps.clock.now()) ? confirmed : confirmed.filter((kind) => kind !== 'email')
}

export type RequirementCode = 'must_enrol_first' | 'partner_in_production' | 'no_kind' | 'changed_meanwhile'

/** One conditional write and one audit entry with before and after; no session row and no user row is touched (P10). */
export async function changeRequirement(
  deps: Deps,
  actor: SteppedUpAdmin,
  input: RequirementChange & { version: number },
): Promise<Result<'changed' | 'unchanged', RequirementCode>> {
  const { tenant, userType } = actor.tenant
  const event = {
    tenantId: tenant.id,
    actor: { kind: 'user' as const, id: actor.person.id, name: actor.person.name },
    subject: { id: tenant.id, name: tenant.name },
    request: actor.request,
  }
  const factorKinds = await factorKindsOf(deps, actor.person)
  return transactResult(deps, async (deps): Promise<Result<'changed' | 'unchanged', RequirementCode>> => {
    const row = await findPolicy(deps.db, tenant.id)
    if (row === null || row.version !== input.version) return err('changed_meanwhile')
    const policy = policyOf(row)
    // As late as can be: what is begun until then counts as older (P4).
    const now = deps.clock.now()
    const decision = decideChange(policy, input, tenant, { userType, factorKinds }, deliverableKinds(deps), now)
    switch (decision.outcome) {
      case 'unchanged':
        return ok('unchanged')
      case 'refused':
        return err(decision.code)
      case 'change':
        if (
          !(await updatePolicy(
            deps.db,
            { tenantId: tenant.id, version: row.version },
            storedChanges(decision.rules),
            now,
          ))
        ) {
          return err('changed_meanwhile')
        }
        await recordEvent(deps, {
          ...event,
          kind: 'policy_changed',
          data: {
            before: { team: policy.team.required, end: policy.end.required, ...kindsIn(policy) },
            after: {
              team: input.required.team,
              end: input.required.end,
              ...kindsIn(withChanges(policy, decision.rules)),
            },
            sessionsEnded: Object.values(decision.rules).some((rule) => 'sessionsVoidedAt' in rule),
          },
        })
        return ok('changed')
    }
  }).then(async (result) => {
    if (result.ok || result.code === 'changed_meanwhile') return result
    await recordEvent(deps, { ...event, kind: 'policy_change_refused', data: { reason: result.code } })
    return result
  })
}

function kindsIn({ team, end }: Policy) {
  return { teamKinds: team.kinds.join(' '), endKinds: end.kinds.join(' ') }
}

// ——— devices (D1, D3, D5) ———

/** Security > Advanced > Devices. */
export async function viewDeviceRules(deps: Deps, actor: TenantAdmin): Promise<Policy> {
  const row = await findPolicy(deps.db, actor.tenant.tenant.id)
  if (row === null) throw new Error('a tenant without a policy')
  return policyOf(row)
}

/** D3, P10: one conditional write, which reaches every device already trusted; no device row is touched. */
export async function changeDeviceRules(
  deps: Deps,
  actor: SteppedUpAdmin,
  input: DeviceRulesChange & { version: number },
): Promise<Result<'changed' | 'unchanged', 'trust_out_of_range' | 'changed_meanwhile'>> {
  const { tenant } = actor.tenant
  const now = deps.clock.now()
  return transactResult(deps, async (deps) => {
    const row = await findPolicy(deps.db, tenant.id)
    if (row === null || row.version !== input.version) return err('changed_meanwhile')
    const policy = policyOf(row)
    const decision = decideDeviceRules(policy, input, now)
    switch (decision.outcome) {
      case 'unchanged':
        return ok('unchanged')
      case 'refused':
        return err(decision.code)
      case 'change':
        if (
          !(await updatePolicy(
            deps.db,
            { tenantId: tenant.id, version: row.version },
            storedChanges(decision.rules),
            now,
          ))
        ) {
          return err('changed_meanwhile')
        }
        await recordEvent(deps, {
          tenantId: tenant.id,
          kind: 'policy_changed',
          actor: { kind: 'user', id: actor.person.id, name: actor.person.name },
          subject: { id: tenant.id, name: tenant.name },
          request: actor.request,
          data: { before: devicesIn(policy), after: devicesIn(withChanges(policy, decision.rules)) },
        })
        return ok('changed')
    }
  })
}

/** SE4: one write, however many people; false when another change came in between. */
export async function voidEverything(tx: Tx, tenantId: string, scope: ContainScope, now: Date): Promise<boolean> {
  const row = await findPolicy(tx, tenantId)
  return (
    row !== null && updatePolicy(tx, { tenantId, version: row.version }, storedChanges(containData(scope, now)), now)
  )
}

function devicesIn({ team, end }: Policy) {
  return { teamTrustDays: team.trustDays, endTrustDays: end.trustDays, endDeviceVerification: end.deviceVerification }
}

/** Acts on one tenant come one after the other: its policy is held until the transaction ends. */
export function lockTenant(tx: Tx, tenantId: string): Promise<void> {
  return lockPolicy(tx, tenantId)
}
