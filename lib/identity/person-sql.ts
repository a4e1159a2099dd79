import {
  asBoolean,
  asDate,
  asNumber,
  asOneOf,
  asSureDate,
  asText,
  asTextOrNull,
  columnsOf,
} from '../core/kernel/stored'
import { zoneOf } from '../core/kernel/zones'
import { FLOOR_NAMES, floorsOf, underFloors } from './policy/floor/rules'
import { containedAt, latest, ruleOf, SETTING_NAMES } from './policy/rules'
import { type FactorMarks, type MembershipView, type Person, ROLES } from './user/types'

/** Every setting of a user type, under its own name. */
export const RULE_COLUMNS = SETTING_NAMES.map((name) => `r."${name}"`).join(', ')

/** The floors above a tenant (T5), each joined by keys alone: a row for each tenant above, however many there are. */
export const FLOOR_COLUMNS = `
  x."distance" AS "x_distance", f."tenantId" AS "f_tenantId", v."name" AS "f_name",
  ${[...FLOOR_NAMES, 'version'].map((name) => `f."${name}" AS "f_${name}"`).join(', ')}`

const floorJoins = (alias: string) => `
  LEFT JOIN "tenant_ancestor" x ON x."tenantId" = ${alias}."tenantId"
  LEFT JOIN "policy_floor" f ON f."tenantId" = x."ancestorId" AND f."userType" = ${alias}."userType"
  LEFT JOIN "tenant" v ON v."id" = f."tenantId"`

/** Above the tenant of each rule. */
export const RULE_FLOORS = floorJoins('r')

/**
 * A person, memberships, tenants and the rule of each membership's user type in one statement, so that a request costs
 * one or two (S8 read at each request without a price). Prisma's `include` would take five. The text is fixed: no value
 * is ever put into it.
 */
export const PERSON_COLUMNS = `
  u."id" AS "u_id", u."tenantId" AS "u_tenantId", u."name" AS "u_name", u."email" AS "u_email",
  u."locale" AS "u_locale", u."timeZone" AS "u_timeZone", u."kind" AS "u_kind",
  u."serviceUntil" AS "u_serviceUntil", u."twoFactorOn" AS "u_twoFactorOn",
  u."secondFactorSince" AS "u_secondFactorSince", u."recoveryCodesAt" AS "u_recoveryCodesAt",
  u."codeToTypeBack" AS "u_codeToTypeBack",
  u."suspendedAt" AS "u_suspendedAt", u."trustVoidedAt" AS "u_trustVoidedAt",
  u."createdAt" AS "u_createdAt", u."factorsSettledAt" AS "u_factorsSettledAt",
  u."passwordResetByMailAt" AS "u_passwordResetByMailAt", u."passwordDemandedAt" AS "u_passwordDemandedAt",
  u."factorsResetAt" AS "u_factorsResetAt", u."addressGivenAt" AS "u_addressGivenAt",
  w."setAt" AS "w_setAt",
  m."id" AS "m_id", m."role" AS "m_role", m."userType" AS "m_userType", m."suspendedAt" AS "m_suspendedAt",
  m."exemptUntil" AS "m_exemptUntil", m."moreTimeUntil" AS "m_moreTimeUntil", m."createdAt" AS "m_createdAt",
  t."id" AS "t_id", t."slug" AS "t_slug", t."name" AS "t_name", t."kind" AS "t_kind", t."stage" AS "t_stage",
  t."trustVoidedAt" AS "t_trustVoidedAt", t."timeZone" AS "t_timeZone", t."suspendedAt" AS "t_suspendedAt",
  t."factorsVoidedAt" AS "t_factorsVoidedAt",
  ${RULE_COLUMNS}, ${FLOOR_COLUMNS}`

/**
 * Whose row it is, is said as `(SELECT ${id})`: SQLite's planner may choose by a bare value and prepares the join anew
 * for each, which takes twenty times as long as the join.
 */
export const PERSON_JOINS = `
  LEFT JOIN "password" w ON w."userId" = u."id"
  LEFT JOIN "membership" m ON m."userId" = u."id"
  LEFT JOIN "tenant" t ON t."id" = m."tenantId"
  LEFT JOIN "policy_rule" r ON r."tenantId" = m."tenantId" AND r."userType" = m."userType"
  ${floorJoins('m')}`

export type RawRow = Record<string, unknown>

const kindIn = asOneOf(['person', 'service'])
const roleIn = asOneOf(ROLES)
const userTypeIn = asOneOf(['team', 'end'])
const tenantKindIn = asOneOf(['partner', 'customer'])
const stageIn = asOneOf(['trial', 'production'])

/**
 * Rows of one person: one a membership, or as many as there are tenants above.
 * @throws UnreadableRow when any of it says nothing: nobody is let in by what cannot be read (N41).
 */
export function personOf(rows: readonly RawRow[]): Person {
  const row = rows[0]
  if (row === undefined) throw new Error('no row of a person')
  const column = columnsOf(row, 'app_user', 'u_', row.u_id)
  const tenantId = column('tenantId', asText)
  const memberships = byMembership(rows)
    .sort(([one], [other]) => byJoining(one, other))
    .map(membershipOf)
  const factorsVoidedAt = homeColumn(rows, tenantId, 'factorsVoidedAt')
  const marks = { createdAt: column('createdAt', asSureDate), factorsSettledAt: column('factorsSettledAt', asDate) }
  const factorsVoided = isFactorVoided(marks, factorsVoidedAt)
  // What rows still say of 2FA is over (P6); but for when there was a first factor, which is never cleared (S6).
  const unlessVoided = <T>(value: T): T | null => (factorsVoided ? null : value)
  return {
    id: column('id', asText),
    tenantId,
    name: column('name', asText),
    email: column('email', asText),
    locale: column('locale', asTextOrNull),
    timeZone: zoneOf(column('timeZone', asTextOrNull) ?? homeIn(memberships, tenantId)?.tenant.timeZone),
    kind: column('kind', kindIn),
    serviceUntil: column('serviceUntil', asDate),
    twoFactorOn: column('twoFactorOn', asBoolean) && !factorsVoided,
    secondFactorSince: column('secondFactorSince', asDate),
    recoveryCodesAt: unlessVoided(column('recoveryCodesAt', asDate)),
    codeToTypeBack: row.u_codeToTypeBack === null ? null : unlessVoided(column('codeToTypeBack', asNumber)),
    suspended: column('suspendedAt', asDate) !== null,
    devicesVoidedAt: latest(column('trustVoidedAt', asDate), homeVoidedAt(rows, memberships, tenantId)),
    passwordResetByMailAt: column('passwordResetByMailAt', asDate),
    passwordDemandedAt: column('passwordDemandedAt', asDate),
    factorsResetAt: unlessVoided(column('factorsResetAt', asDate)),
    factorsVoidedAt,
    factorsVoided,
    addressGivenAt: column('addressGivenAt', asDate),
    passwordSetAt: columnsOf(row, 'password', 'w_', row.u_id)('setAt', asDate),
    memberships,
  }
}

function homeIn(memberships: readonly MembershipView[], tenantId: string): MembershipView | undefined {
  return memberships.find(({ tenant }) => tenant.id === tenantId)
}

/**
 * Devices belong to the home tenant's admins (U6): "forget all devices" (D4), and containing the person's type (SE4).
 */
function homeVoidedAt(rows: readonly RawRow[], memberships: readonly MembershipView[], tenantId: string): Date | null {
  const home = homeIn(memberships, tenantId)
  const forgotten = homeColumn(rows, tenantId, 'trustVoidedAt')
  return latest(forgotten, home === undefined ? null : containedAt(home.policy))
}

function homeColumn(rows: readonly RawRow[], tenantId: string, name: 'trustVoidedAt' | 'factorsVoidedAt') {
  const row = rows.find((each) => each.t_id === tenantId)
  return row === undefined ? null : columnsOf(row, 'tenant', 't_', row.t_id)(name, asDate)
}

/**
 * Whether the home tenant turned 2FA off (P6) and nobody has brought this person's rows into step yet: nothing of what
 * they say of factors, codes and trust is so any more.
 */
export function isFactorVoided({ createdAt, factorsSettledAt }: FactorMarks, factorsVoidedAt: Date | null): boolean {
  if (factorsVoidedAt === null || createdAt > factorsVoidedAt) return false
  return factorsSettledAt === null || factorsSettledAt < factorsVoidedAt
}

type MembershipRows = readonly [RawRow, ...RawRow[]]

function byMembership(rows: readonly RawRow[]): MembershipRows[] {
  const groups = new Map<unknown, [RawRow, ...RawRow[]]>()
  for (const row of rows) {
    if (row.t_id === null) continue
    const group = groups.get(row.m_id)
    if (group === undefined) groups.set(row.m_id, [row])
    else group.push(row)
  }
  return [...groups.values()]
}

/** `isFactorVoided` of a factor's person, as rows of factors are looked for: the same statement says it (P6). */
export const FACTOR_STANDS = `
  NOT EXISTS (
    SELECT 1 FROM "app_user" u JOIN "tenant" t ON t."id" = u."tenantId"
    WHERE u."id" = "factor"."userId" AND u."createdAt" <= t."factorsVoidedAt"
      AND (u."factorsSettledAt" IS NULL OR u."factorsSettledAt" < t."factorsVoidedAt"))`

/** An order that every instance reads alike: the rules of hosts count in it (U6). */
function byJoining(one: RawRow, other: RawRow): number {
  const joined = (row: RawRow) => columnsOf(row, 'membership', 'm_', row.m_id)('createdAt', asSureDate).getTime()
  return joined(one) - joined(other) || (asText(one.t_id) < asText(other.t_id) ? -1 : 1)
}

function membershipOf(rows: MembershipRows): MembershipView {
  const [row] = rows
  const column = columnsOf(row, 'membership', 'm_', row.m_id)
  const tenant = columnsOf(row, 'tenant', 't_', row.t_id)
  const tenantId = tenant('id', asText)
  const userType = column('userType', userTypeIn)
  const own = ruleOf(tenantId, userType, row)
  const floors = floorsOf(userType, rows)
  return {
    role: column('role', roleIn),
    userType,
    suspended: column('suspendedAt', asDate) !== null,
    exemptUntil: column('exemptUntil', asDate),
    moreTimeUntil: column('moreTimeUntil', asDate),
    tenant: {
      id: tenantId,
      slug: tenant('slug', asText),
      name: tenant('name', asText),
      kind: tenant('kind', tenantKindIn),
      stage: tenant('stage', stageIn),
      timeZone: tenant('timeZone', asTextOrNull),
      suspended: tenant('suspendedAt', asDate) !== null,
    },
    policy: underFloors(own, userType, floors),
    own,
    floors,
  }
}
