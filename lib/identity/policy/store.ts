import { type DbOrTx, Prisma } from '../../core/db'
import { FLOOR_COLUMNS, RULE_COLUMNS, RULE_FLOORS } from '../person-sql'
import type { UserType } from '../user/types'
import type { PolicyRow, StoredChanges, StoredRule } from './rules'

const FIND = Prisma.raw(`
  SELECT p."tenantId", p."version", r."userType", ${RULE_COLUMNS}, ${FLOOR_COLUMNS}
  FROM "policy" p JOIN "policy_rule" r ON r."tenantId" = p."tenantId" ${RULE_FLOORS}`)

/** Version, rules and the floors above in one statement: they belong together, whoever saves meanwhile. */
export async function findPolicy(db: DbOrTx, tenantId: string): Promise<PolicyRow | null> {
  const rules = await db.$queryRaw<
    (PolicyRow['rules'][number] & { version: unknown })[]
  >`${FIND} WHERE p."tenantId" = ${tenantId}`
  return rules[0] === undefined ? null : { tenantId, version: Number(rules[0].version), rules }
}

/** Those of several tenants. */
export async function listPolicies(db: DbOrTx, tenantIds: readonly string[]): Promise<PolicyRow[]> {
  const rows = await db.$queryRaw<
    (PolicyRow['rules'][number] & { tenantId: string; version: unknown })[]
  >`${FIND} WHERE p."tenantId" IN (${Prisma.join([...tenantIds])})`
  return [...new Set(rows.map((row) => row.tenantId))].map((tenantId) => {
    const rules = rows.filter((row) => row.tenantId === tenantId)
    return { tenantId, version: Number(rules[0]?.version), rules }
  })
}

export async function insertPolicy(
  db: DbOrTx,
  tenantId: string,
  rules: readonly (StoredRule & { userType: UserType })[],
): Promise<void> {
  await db.policy.create({ data: { tenantId, rules: { create: [...rules] } }, select: { tenantId: true } })
}

/** Held until the transaction ends. */
export async function lockPolicy(db: DbOrTx, tenantId: string): Promise<void> {
  await db.policy.updateMany({ where: { tenantId }, data: { version: { increment: 0 } } })
}

/**
 * The version and the rows of the user types that change, whoever it reaches (P10). Two admins at once: the second
 * finds the first one's version and is told.
 */
export async function updatePolicy(
  db: DbOrTx,
  scope: { tenantId: string; version: number },
  changes: StoredChanges,
  now: Date,
): Promise<boolean> {
  // What is required is shown in lists again (P6).
  const isShown = changes.team?.required === true || changes.end?.required === true
  const { count } = await db.policy.updateMany({
    where: scope,
    data: { version: scope.version + 1, updatedAt: now, ...(isShown ? { twoFactorHiddenAt: null } : {}) },
  })
  if (count !== 1) return false
  for (const userType of ['team', 'end'] as const) {
    const data = changes[userType]
    if (data === undefined) continue
    const where = { tenantId_userType: { tenantId: scope.tenantId, userType } }
    await db.policyRule.update({ where, data, select: { tenantId: true } })
  }
  return true
}

/** Lists say nothing of 2FA any more (P6). */
export async function updateTwoFactorHidden(db: DbOrTx, tenantId: string, now: Date): Promise<void> {
  await db.policy.updateMany({ where: { tenantId }, data: { twoFactorHiddenAt: now } })
}

/** It is used again. */
export async function updateTwoFactorShown(db: DbOrTx, tenantId: string): Promise<void> {
  await db.policy.updateMany({
    where: { tenantId, twoFactorHiddenAt: { not: null } },
    data: { twoFactorHiddenAt: null },
  })
}

export function findTwoFactorHidden(db: DbOrTx, tenantId: string): Promise<{ twoFactorHiddenAt: Date | null } | null> {
  return db.policy.findUnique({ where: { tenantId }, select: { twoFactorHiddenAt: true } })
}
