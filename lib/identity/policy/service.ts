import type { DbOrTx, Tx } from '../../core/db'
import { tellPassedOver, UnreadableRow } from '../../core/kernel/unreadable'
import type { UserType } from '../user/types'
import { boundPolicy, floorsOf } from './floor/rules'
import {
  type ContainScope,
  containData,
  initialRule,
  type PolicyRow,
  policyOf,
  STRICTEST,
  storedChanges,
} from './rules'
import {
  findPolicy,
  findTwoFactorHidden,
  insertPolicy,
  listPolicies,
  lockPolicy,
  updatePolicy,
  updateTwoFactorHidden,
  updateTwoFactorShown,
} from './store'
import type { BoundPolicy, FloorsAbove, Policy, RuleChanges } from './types'

/**
 * The policy that counts in a tenant, under the floors above it (T5), read anew (S8), as its admins see it: of a rule
 * that cannot be read the strictest, while those it covers are stopped (N41).
 */
export async function policyById(db: DbOrTx, tenantId: string): Promise<BoundPolicy> {
  const row = await findPolicy(db, tenantId)
  if (row === null) throw new UnreadableRow([{ table: 'policy', id: tenantId, column: null, problem: 'missing' }])
  return bound(row)
}

/** Those of several tenants, each read in the same way. */
export async function policiesById(db: DbOrTx, tenantIds: readonly string[]): Promise<BoundPolicy[]> {
  if (tenantIds.length === 0) return []
  return (await listPolicies(db, tenantIds)).map(bound)
}

function bound(row: PolicyRow): BoundPolicy {
  return boundPolicy(policyOf(row, strictestInstead), floorsIn(row, strictestInstead))
}

function strictestInstead(unreadable: UnreadableRow) {
  tellPassedOver(unreadable)
  return STRICTEST
}

function floorsIn({ rules }: PolicyRow, otherwise?: Parameters<typeof floorsOf>[2]): FloorsAbove {
  const rowsOf = (userType: UserType) => rules.filter((each) => each.userType === userType)
  return {
    team: floorsOf('team', rowsOf('team'), otherwise),
    end: floorsOf('end', rowsOf('end'), otherwise),
  }
}

/** What a new tenant asks of its people; a partner in production begins with the requirement (U7). */
export function addPolicy(db: DbOrTx, tenantId: string, requiredSince: Date | null): Promise<void> {
  return insertPolicy(db, tenantId, [initialRule('team', requiredSince), initialRule('end', requiredSince)])
}

/** Of whom 2FA is required in a tenant, by itself or by a floor above it (T5). */
export async function requiredOf(db: DbOrTx, tenantId: string): Promise<Record<UserType, boolean>> {
  const { team, end } = await policyById(db, tenantId)
  return { team: team.required, end: end.required }
}

/** Whether recovery codes may be issued for end users (R4). */
export async function issuesCodesForEndUsers(db: DbOrTx, tenantId: string): Promise<boolean> {
  return (await policyById(db, tenantId)).end.issuedRecoveryCodes
}

/**
 * The policy in this version, for whoever holds the tenant and its tree; null where it, or a floor above, has another
 * by now, or there is none.
 */
export async function policyInVersion(
  tx: Tx,
  { tenantId, version }: Pick<Policy, 'tenantId' | 'version'>,
): Promise<BoundPolicy | null> {
  const row = await findPolicy(tx, tenantId)
  const policy = row === null ? null : boundPolicy(policyOf(row), floorsIn(row))
  return policy?.version === version ? policy : null
}

/** One version of a policy becomes the next, whoever it reaches (P10); false when another change came in between. */
export function savePolicy(
  tx: Tx,
  { tenantId, version }: Pick<Policy, 'tenantId' | 'version'>,
  changes: RuleChanges,
  now: Date,
): Promise<boolean> {
  return updatePolicy(tx, { tenantId, version }, storedChanges(changes), now)
}

/** The same few rows, however many people (SE4); false when another change came in between. */
export async function voidEverything(tx: Tx, tenantId: string, scope: ContainScope, now: Date): Promise<boolean> {
  const row = await findPolicy(tx, tenantId)
  return row !== null && savePolicy(tx, { tenantId, version: row.version }, containData(scope, now), now)
}

/** Acts on one tenant come one after the other: its policy is held until the transaction ends. */
export function lockTenant(tx: Tx, tenantId: string): Promise<void> {
  return lockPolicy(tx, tenantId)
}

/** Lists of this tenant leave 2FA out from now on, until it is required or used again (P6). */
export function hideTwoFactor(tx: Tx, tenantId: string, now: Date): Promise<void> {
  return updateTwoFactorHidden(tx, tenantId, now)
}

/** Somebody at home uses it again. */
export function showTwoFactor(tx: Tx, tenantId: string): Promise<void> {
  return updateTwoFactorShown(tx, tenantId)
}

export async function isTwoFactorHidden(db: DbOrTx, tenantId: string): Promise<boolean> {
  return ((await findTwoFactorHidden(db, tenantId))?.twoFactorHiddenAt ?? null) !== null
}
