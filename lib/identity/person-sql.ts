import { containedAt, latest, policyOf } from './policy/rules'
import type { MembershipView, Person, Role, UserType } from './user/types'

/**
 * A person, memberships, tenants and policies in one statement, so that a request costs one or two (S8 read at each
 * request without a price). Prisma's `include` would take five. The text is fixed: no value is ever put into it.
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
  m."exemptUntil" AS "m_exemptUntil",
  t."id" AS "t_id", t."slug" AS "t_slug", t."name" AS "t_name", t."kind" AS "t_kind", t."stage" AS "t_stage",
  t."trustVoidedAt" AS "t_trustVoidedAt",
  p."version" AS "p_version",
  p."teamRequired" AS "p_teamRequired", p."teamRequiredSince" AS "p_teamRequiredSince", p."teamKinds" AS "p_teamKinds",
  p."teamTrustDays" AS "p_teamTrustDays", p."teamTrustFloor" AS "p_teamTrustFloor",
  p."teamIdleMinutes" AS "p_teamIdleMinutes", p."teamSessionHours" AS "p_teamSessionHours",
  p."teamSessionsVoidedAt" AS "p_teamSessionsVoidedAt",
  p."endRequired" AS "p_endRequired", p."endRequiredSince" AS "p_endRequiredSince", p."endKinds" AS "p_endKinds",
  p."endTrustDays" AS "p_endTrustDays", p."endTrustFloor" AS "p_endTrustFloor",
  p."endIdleMinutes" AS "p_endIdleMinutes", p."endSessionHours" AS "p_endSessionHours",
  p."endSessionsVoidedAt" AS "p_endSessionsVoidedAt", p."endDeviceVerification" AS "p_endDeviceVerification"`

export const PERSON_JOINS = `
  LEFT JOIN "password" w ON w."userId" = u."id"
  LEFT JOIN "membership" m ON m."userId" = u."id"
  LEFT JOIN "tenant" t ON t."id" = m."tenantId"
  LEFT JOIN "policy" p ON p."tenantId" = m."tenantId"`

export type RawRow = Record<string, unknown>

/** Raw rows differ by database: dates come as text, number or Date, booleans as 0 and 1 or as booleans. */
export function asDate(value: unknown): Date | null {
  if (value === null || value === undefined) return null
  return value instanceof Date
    ? value
    : new Date(typeof value === 'bigint' ? Number(value) : (value as string | number))
}

export function asSureDate(value: unknown): Date {
  const date = asDate(value)
  if (date === null) throw new Error('a date is missing in a row')
  return date
}

export function asBoolean(value: unknown): boolean {
  return value === true || value === 1 || value === 1n
}

export function asText(value: unknown): string {
  if (typeof value !== 'string') throw new Error('a text is missing in a row')
  return value
}

export function asTextOrNull(value: unknown): string | null {
  return value === null || value === undefined ? null : asText(value)
}

/** Rows of one person, one a membership. */
export function personOf(rows: readonly RawRow[]): Person {
  const row = rows[0]
  if (row === undefined) throw new Error('no row of a person')
  const tenantId = asText(row.u_tenantId)
  const memberships = rows.filter((each) => each.t_id !== null).map(membershipOf)
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

function membershipOf(row: RawRow): MembershipView {
  const userType = asText(row.m_userType) as UserType
  const policy = policyOf({
    tenantId: asText(row.t_id),
    version: Number(row.p_version),
    teamRequired: asBoolean(row.p_teamRequired),
    teamRequiredSince: asDate(row.p_teamRequiredSince),
    teamKinds: asText(row.p_teamKinds),
    teamTrustDays: Number(row.p_teamTrustDays),
    teamTrustFloor: asDate(row.p_teamTrustFloor),
    teamIdleMinutes: Number(row.p_teamIdleMinutes),
    teamSessionHours: Number(row.p_teamSessionHours),
    teamSessionsVoidedAt: asDate(row.p_teamSessionsVoidedAt),
    endRequired: asBoolean(row.p_endRequired),
    endRequiredSince: asDate(row.p_endRequiredSince),
    endKinds: asText(row.p_endKinds),
    endTrustDays: Number(row.p_endTrustDays),
    endTrustFloor: asDate(row.p_endTrustFloor),
    endIdleMinutes: Number(row.p_endIdleMinutes),
    endSessionHours: Number(row.p_endSessionHours),
    endSessionsVoidedAt: asDate(row.p_endSessionsVoidedAt),
    endDeviceVerification: asBoolean(row.p_endDeviceVerification),
  })
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
    policy: policy[userType],
  }
}
