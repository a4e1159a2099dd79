import { asBoolean, asDate, asText, asTextOrNull } from '../core/kernel/stored'
import { containedAt, latest, ruleOf, SETTING_NAMES } from './policy/rules'
import type { MembershipView, Person, Role, UserType } from './user/types'

/** Every setting of a user type, under its own name. */
export const RULE_COLUMNS = SETTING_NAMES.map((name) => `r."${name}"`).join(', ')

/**
 * A person, memberships, tenants and the rule of each membership's user type in one statement, so that a request costs
 * one or two (S8 read at each request without a price). Prisma's `include` would take five. The text is fixed: no value
 * is ever put into it.
 */
export const PERSON_COLUMNS = `
  u."id" AS "u_id", u."tenantId" AS "u_tenantId", u."name" AS "u_name", u."email" AS "u_email",
  u."locale" AS "u_locale", u."kind" AS "u_kind", u."twoFactorOn" AS "u_twoFactorOn",
  u."secondFactorSince" AS "u_secondFactorSince", u."recoveryCodesAt" AS "u_recoveryCodesAt",
  u."codeToTypeBack" AS "u_codeToTypeBack",
  u."suspendedAt" AS "u_suspendedAt", u."trustVoidedAt" AS "u_trustVoidedAt",
  u."passwordResetByMailAt" AS "u_passwordResetByMailAt", u."passwordDemandedAt" AS "u_passwordDemandedAt",
  u."factorsResetAt" AS "u_factorsResetAt", u."addressGivenAt" AS "u_addressGivenAt",
  w."setAt" AS "w_setAt",
  m."role" AS "m_role", m."userType" AS "m_userType", m."suspendedAt" AS "m_suspendedAt",
  m."exemptUntil" AS "m_exemptUntil", m."createdAt" AS "m_createdAt",
  t."id" AS "t_id", t."slug" AS "t_slug", t."name" AS "t_name", t."kind" AS "t_kind", t."stage" AS "t_stage",
  t."trustVoidedAt" AS "t_trustVoidedAt",
  ${RULE_COLUMNS}`

export const PERSON_JOINS = `
  LEFT JOIN "password" w ON w."userId" = u."id"
  LEFT JOIN "membership" m ON m."userId" = u."id"
  LEFT JOIN "tenant" t ON t."id" = m."tenantId"
  LEFT JOIN "policy_rule" r ON r."tenantId" = m."tenantId" AND r."userType" = m."userType"`

export type RawRow = Record<string, unknown>

/** Rows of one person, one a membership. */
export function personOf(rows: readonly RawRow[]): Person {
  const row = rows[0]
  if (row === undefined) throw new Error('no row of a person')
  const tenantId = asText(row.u_tenantId)
  const memberships = rows
    .filter((each) => each.t_id !== null)
    .sort(byJoining)
    .map(membershipOf)
  return {
    id: asText(row.u_id),
    tenantId,
    name: asText(row.u_name),
    email: asText(row.u_email),
    locale: asTextOrNull(row.u_locale),
    kind: row.u_kind === 'person' ? 'person' : 'service',
    twoFactorOn: asBoolean(row.u_twoFactorOn),
    secondFactorSince: asDate(row.u_secondFactorSince),
    recoveryCodesAt: asDate(row.u_recoveryCodesAt),
    codeToTypeBack: row.u_codeToTypeBack === null ? null : Number(row.u_codeToTypeBack),
    suspended: row.u_suspendedAt !== null,
    devicesVoidedAt: latest(asDate(row.u_trustVoidedAt), homeVoidedAt(rows, memberships, tenantId)),
    passwordResetByMailAt: asDate(row.u_passwordResetByMailAt),
    passwordDemandedAt: asDate(row.u_passwordDemandedAt),
    factorsResetAt: asDate(row.u_factorsResetAt),
    addressGivenAt: asDate(row.u_addressGivenAt),
    passwordSetAt: asDate(row.w_setAt),
    memberships,
  }
}

/** Devices belong to the home tenant's admins (U6): "forget all devices" (D4), and containing the person's type (SE4). */
function homeVoidedAt(rows: readonly RawRow[], memberships: readonly MembershipView[], tenantId: string): Date | null {
  const home = memberships.find(({ tenant }) => tenant.id === tenantId)
  const forgotten = asDate(rows.find((each) => each.t_id === tenantId)?.t_trustVoidedAt)
  return latest(forgotten, home === undefined ? null : containedAt(home.policy))
}

/** An order that every instance reads alike: the rules of hosts count in it (U6). */
function byJoining(one: RawRow, other: RawRow): number {
  const joined = (row: RawRow) => asDate(row.m_createdAt)?.getTime() ?? 0
  return joined(one) - joined(other) || (asText(one.t_id) < asText(other.t_id) ? -1 : 1)
}

function membershipOf(row: RawRow): MembershipView {
  const userType = asText(row.m_userType) as UserType
  return {
    role: asText(row.m_role) as Role,
    userType,
    suspended: row.m_suspendedAt !== null,
    exemptUntil: asDate(row.m_exemptUntil),
    tenant: {
      id: asText(row.t_id),
      slug: asText(row.t_slug),
      name: asText(row.t_name),
      kind: row.t_kind === 'customer' ? 'customer' : 'partner',
      stage: row.t_stage === 'trial' ? 'trial' : 'production',
    },
    policy: ruleOf(userType, row),
  }
}
