// Above 300 lines: each function is one statement on the rows of a person, and the rows have one writer.

import { type DbOrTx, Prisma } from '../../core/db'
import { asDate, asSureDate, asText, asTextOrNull, columnsOf } from '../../core/kernel/stored'
import { notAmong, orPassedOver } from '../../core/kernel/unreadable'
import { assignments } from '../../core/statement'
import { isFactorVoided, PERSON_COLUMNS, PERSON_JOINS, personOf, type RawRow } from '../person-sql'
import type { FactorKind } from '../policy/types'
import type { Counted, FactorLossRow, Person, Role, UserType } from './types'

const FIND = Prisma.raw(`
  SELECT w."hash" AS "w_hash", w."pepperKeyId" AS "w_pepperKeyId", ${PERSON_COLUMNS}
  FROM "app_user" u ${PERSON_JOINS}`)

export interface StoredPassword {
  hash: string
  keyId: string
}

export async function findPersonByEmail(
  db: DbOrTx,
  email: string,
): Promise<{ person: () => Person; password: StoredPassword | null } | null> {
  const rows = await db.$queryRaw<RawRow[]>`${FIND} WHERE u."email" = (SELECT ${email})`
  const row = rows[0]
  return row === undefined ? null : { person: () => personOf(rows), password: passwordOf(row) }
}

export async function findPersonById(
  db: DbOrTx,
  id: string,
): Promise<{ person: Person; password: StoredPassword | null } | null> {
  return personAndPassword(await db.$queryRaw<RawRow[]>`${FIND} WHERE u."id" = (SELECT ${id})`)
}

/** Without those of whom anything cannot be read (N41). */
export async function listPeopleByIds(db: DbOrTx, ids: readonly string[]): Promise<Person[]> {
  if (ids.length === 0) return []
  const rows = await db.$queryRaw<RawRow[]>`${FIND} WHERE u."id" IN (${Prisma.join([...ids])})`
  const groups = new Map<unknown, RawRow[]>()
  for (const row of rows) groups.set(row.u_id, [...(groups.get(row.u_id) ?? []), row])
  const people = [...groups.values()].map((group) => orPassedOver(() => personOf(group)))
  return people.filter((person) => person !== null)
}

function personAndPassword(rows: readonly RawRow[]) {
  const row = rows[0]
  if (row === undefined) return null
  return { person: personOf(rows), password: passwordOf(row) }
}

function passwordOf(row: RawRow): StoredPassword | null {
  const column = columnsOf(row, 'password', 'w_', row.u_id)
  const hash = column('hash', asTextOrNull)
  return hash === null ? null : { hash, keyId: column('pepperKeyId', asText) }
}

export async function insertUser(
  db: DbOrTx,
  user: {
    id: string
    tenantId: string
    email: string
    name: string
    locale: string | null
    createdAt: Date
    twoFactorOn?: boolean
    secondFactorSince?: Date
    recoveryCodesAt?: Date | null
  },
): Promise<void> {
  await db.user.create({ data: user, select: { id: true } })
}

export async function insertMembership(
  db: DbOrTx,
  membership: {
    id: string
    tenantId: string
    userId: string
    role: Role
    userType: UserType
    nameKey: string
    surnameKey: string
    lookKey: string
    emailKey: string
    createdAt: Date
    enrolledAt?: Date | null
    enrolled?: boolean
    factorKinds?: string
    ownTwoFactor?: boolean
    atRisk?: boolean
  },
): Promise<void> {
  await db.membership.create({ data: membership, select: { id: true } })
}

/** Of names that look alike, each spelling that the tenant has, once. */
export async function listSpellings(
  db: DbOrTx,
  tenantId: string,
  lookKeys: readonly string[],
): Promise<{ lookKey: string; nameKey: string }[]> {
  const where = { tenantId, lookKey: { in: [...lookKeys] } }
  const spellings = await db.membership.groupBy({ by: ['lookKey', 'nameKey'], where })
  return spellings
}

/** Memberships of before this key, or whose keys a migration found out of date. */
export function listWithoutLookKey(db: DbOrTx, limit: number) {
  const select = { id: true, user: { select: { name: true, email: true } } }
  return db.membership.findMany({ where: { lookKey: '' }, take: limit, select })
}

export async function updateKeys(
  db: DbOrTx,
  id: string,
  keys: { nameKey: string; surnameKey: string; lookKey: string; emailKey: string },
): Promise<void> {
  await db.membership.updateMany({ where: { id }, data: keys })
}

/** What a membership says of the person's factors and codes. */
export function findEnrolment(db: DbOrTx, scope: { tenantId: string; userId: string }) {
  return db.membership.findFirst({
    where: scope,
    select: { enrolledAt: true, enrolled: true, factorKinds: true },
  })
}

export async function updateCounts(db: DbOrTx, counted: Counted, by: number): Promise<void> {
  await db.peopleCount.upsert({
    where: { tenantId_userType_factorKinds_ownTwoFactor: counted },
    create: { ...counted, people: by },
    update: { people: { increment: by } },
    select: { tenantId: true },
  })
}

export function listCounts(db: DbOrTx, tenantIds: readonly string[]) {
  return db.peopleCount.findMany({
    where: { tenantId: { in: [...tenantIds] }, people: { gt: 0 } },
    orderBy: [{ tenantId: 'asc' }, { userType: 'asc' }, { factorKinds: 'asc' }, { ownTwoFactor: 'asc' }],
    select: { tenantId: true, userType: true, factorKinds: true, ownTwoFactor: true, people: true },
  })
}

export function listCountsBelow(db: DbOrTx, ancestorId: string) {
  return db.peopleCount.findMany({
    where: { people: { gt: 0 }, tenant: { ancestors: { some: { ancestorId } } } },
    select: { tenantId: true, userType: true, factorKinds: true, ownTwoFactor: true, people: true },
  })
}

const countedColumns = {
  tenantId: true,
  userType: true,
  factorKinds: true,
  ownTwoFactor: true,
  suspended: true,
} as const

/** In the order of the tenants. */
export function listCounted(db: DbOrTx, userId: string): Promise<(Counted & { suspended: boolean })[]> {
  return db.membership.findMany({ where: { userId }, orderBy: { tenantId: 'asc' }, select: countedColumns })
}

export function findCounted(
  db: DbOrTx,
  scope: { tenantId: string; userId: string },
): Promise<(Counted & { suspended: boolean }) | null> {
  return db.membership.findFirst({ where: scope, select: countedColumns })
}

/** Confirmed factors of a person, by kind, and unused saved codes. */
export async function countFactorsAndCodes(
  db: DbOrTx,
  userId: string,
): Promise<{ kinds: FactorKind[]; codes: number }> {
  const factors = await db.factor.findMany({
    where: { userId, confirmedAt: { not: null }, revokedAt: null },
    select: { kind: true },
  })
  const codes = await db.recoveryCode.count({ where: { userId, kind: 'saved', usedAt: null, revokedAt: null } })
  return { kinds: factors.map(({ kind }) => kind), codes }
}

export async function updateEnrolment(
  db: DbOrTx,
  userId: string,
  { atRisk, ...summary }: { factorKinds: string; enrolled: boolean; atRisk: boolean },
  now: Date,
): Promise<void> {
  await db.membership.updateMany({ where: { userId }, data: summary })
  // What a guest has left is the home tenant's to know (U6).
  const user = await db.user.findUnique({ where: { id: userId }, select: { tenantId: true } })
  await db.membership.updateMany({ where: { userId, tenantId: user?.tenantId ?? '' }, data: { atRisk } })
  const enrolledAt = summary.enrolled ? null : { not: null }
  await db.membership.updateMany({
    where: { userId, enrolledAt },
    data: { enrolledAt: summary.enrolled ? now : null },
  })
}

/** False when it was so already: of two forms at once one counts. */
export async function updateService(
  db: DbOrTx,
  userId: string,
  before: Pick<Person, 'kind' | 'serviceUntil'>,
  data: {
    kind: 'person' | 'service'
    serviceSince: Date | null
    serviceUntil: Date | null
    serviceReason: string | null
    serviceById: string | null
    passwordResetByMailAt?: Date
  },
): Promise<boolean> {
  const { kind, serviceUntil } = before
  const { count } = await db.user.updateMany({ where: { id: userId, kind, serviceUntil }, data })
  return count === 1
}

/** Whether more decides about a person than one membership and its tenant (U6, U8). */
export async function updateNeedsFullRead(db: DbOrTx, userId: string): Promise<void> {
  const memberships = await db.membership.count({ where: { userId } })
  const services = await db.user.count({ where: { id: userId, kind: 'service' } })
  await db.membership.updateMany({ where: { userId }, data: { needsFullRead: memberships > 1 || services > 0 } })
}

export async function updateTwoFactorOn(db: DbOrTx, userId: string, on: boolean): Promise<boolean> {
  const { count } = await db.user.updateMany({
    where: { id: userId, twoFactorOn: !on },
    data: { twoFactorOn: on },
  })
  return count === 1
}

export async function updateOwnTwoFactor(db: DbOrTx, userId: string, on: boolean): Promise<void> {
  await db.membership.updateMany({ where: { userId }, data: { ownTwoFactor: on } })
}

export async function updateSignedIn(
  db: DbOrTx,
  { userId, tenantId }: { userId: string; tenantId: string },
  data: { lastSignInAt: Date; lastSecondFactorAt?: Date; passwordResetByMailAt?: null },
): Promise<void> {
  await db.$executeRaw`UPDATE "app_user" SET ${assignments(data)} WHERE "id" = ${userId}`
  // When a guest signs in is the home tenant's to know (U6).
  await db.$executeRaw`
    UPDATE "membership" SET "signInKey" = ${data.lastSignInAt.toISOString()}
    WHERE "userId" = ${userId} AND "tenantId" = ${tenantId}`
}

export async function updateUser(
  db: DbOrTx,
  userId: string,
  data: {
    passwordDemandedAt?: Date | null
    passwordResetByMailAt?: Date | null
    factorsResetAt?: Date | null
    trustVoidedAt?: Date
    recoveryCodesAt?: Date
  },
): Promise<void> {
  await db.user.updateMany({ where: { id: userId }, data })
}

/** The address and what lists sort and search by. */
export async function updateEmail(
  db: DbOrTx,
  userId: string,
  data: { email: string; addressGivenAt: Date | null },
  emailKey: string,
): Promise<void> {
  await db.user.update({ where: { id: userId }, data, select: { id: true } })
  await db.membership.updateMany({ where: { userId }, data: { emailKey } })
}

/** Once set, never cleared (S6). */
export async function updateSecondFactorSince(db: DbOrTx, userId: string, now: Date): Promise<void> {
  await db.user.updateMany({ where: { id: userId, secondFactorSince: null }, data: { secondFactorSince: now } })
}

/** The set whose `number` was asked for (E4); a set made since then asks for itself. */
export async function updateCodesKept(db: DbOrTx, userId: string, number: number, now: Date): Promise<boolean> {
  const { count } = await db.user.updateMany({
    where: { id: userId, recoveryCodesAt: null, codeToTypeBack: number },
    data: { recoveryCodesAt: now, codeToTypeBack: null },
  })
  return count === 1
}

export async function updateCodesOpen(db: DbOrTx, userId: string, codeToTypeBack: number | null): Promise<void> {
  await db.user.updateMany({ where: { id: userId }, data: { recoveryCodesAt: null, codeToTypeBack } })
}

export async function updateLocale(db: DbOrTx, userId: string, locale: string): Promise<void> {
  await db.user.updateMany({ where: { id: userId }, data: { locale } })
}

/** False when the person has another name or language by now, or these. */
export async function updateNameAndLocale(
  db: DbOrTx,
  { id, name, locale }: { id: string; name: string; locale: string | null },
  to: { name: string; locale: string | null },
  keys: { nameKey: string; surnameKey: string; lookKey: string },
): Promise<boolean> {
  const { count } = await db.user.updateMany({ where: { id, name, locale }, data: to })
  if (count === 1 && to.name !== name) await db.membership.updateMany({ where: { userId: id }, data: keys })
  return count === 1
}

export async function updateZone(db: DbOrTx, userId: string, timeZone: string | null): Promise<void> {
  await db.user.updateMany({ where: { id: userId }, data: { timeZone } })
}

export async function findZone(db: DbOrTx, userId: string): Promise<string | null> {
  return (await db.user.findUnique({ where: { id: userId }, select: { timeZone: true } }))?.timeZone ?? null
}

/** Holds the person's row until the transaction ends: two changes of factors at once come one after the other (E7). */
export async function updateFactorVersion(db: DbOrTx, userId: string): Promise<void> {
  await db.user.updateMany({ where: { id: userId }, data: { factorVersion: { increment: 1 } } })
}

/** Nobody who is a service account now (U8). */
function isPerson(now: Date) {
  return { OR: [{ kind: 'person' as const }, { serviceUntil: { lte: now } }] }
}

/** Who manages this tenant: its owners, or its owners and admins, as mails go to them. */
export function listManagers(
  db: DbOrTx,
  tenantId: string,
  { roles, now, limit }: { roles: readonly Role[]; now: Date; limit: number },
  without: readonly string[] = [],
) {
  return db.membership.findMany({
    where: {
      tenantId,
      role: { in: [...roles] },
      suspended: false,
      user: { suspendedAt: null, ...isPerson(now) },
      AND: notAmong(without),
    },
    orderBy: [{ nameKey: 'asc' }, { id: 'asc' }],
    take: limit,
    select: { userId: true, role: true, user: { select: { name: true, email: true, locale: true, tenantId: true } } },
  })
}

/** Held until the transaction ends. */
export async function lockUser(db: DbOrTx, userId: string): Promise<void> {
  await db.user.updateMany({ where: { id: userId }, data: { factorVersion: { increment: 0 } } })
}

/** True when that changed anything. */
export async function updateSuspended(
  db: DbOrTx,
  scope: { tenantId: string; userId: string },
  suspended: boolean,
  now: Date,
): Promise<boolean> {
  const { count } = await db.membership.updateMany({
    where: { ...scope, suspended: !suspended },
    data: { suspended, suspendedAt: suspended ? now : null },
  })
  return count === 1
}

export async function updateRole(
  db: DbOrTx,
  scope: { tenantId: string; userId: string; role: Role },
  to: { role: Role; userType: UserType },
): Promise<boolean> {
  const { count } = await db.membership.updateMany({ where: scope, data: to })
  return count === 1
}

export async function deleteMembership(db: DbOrTx, scope: { tenantId: string; userId: string }): Promise<boolean> {
  const { count } = await db.membership.deleteMany({ where: scope })
  return count === 1
}

/** Kept beside the membership, so that a request and a list read it without another statement. */
export async function updateExemptUntil(
  db: DbOrTx,
  scope: { tenantId: string; userId: string },
  until: { exemptUntil: Date | null; moreTimeUntil: Date | null },
): Promise<void> {
  const exempt = until.exemptUntil !== null || until.moreTimeUntil !== null
  await db.membership.updateMany({ where: scope, data: { ...until, exempt } })
}

/** Throws a unique violation when an address was taken meanwhile. */
export async function insertPeople(
  db: DbOrTx,
  users: readonly Parameters<typeof insertUser>[1][],
  memberships: readonly Parameters<typeof insertMembership>[1][],
): Promise<void> {
  await db.user.createMany({ data: [...users] })
  await db.membership.createMany({ data: [...memberships] })
}

// ——— 2FA that was turned off for a tenant (P6) ———

/** The mark of the home tenant where this person's rows are not in step with it; null where they are. */
export async function findOpenVoid(db: DbOrTx, userId: string): Promise<Date | null> {
  const [row] = await db.$queryRaw<RawRow[]>`
    SELECT u."createdAt", u."factorsSettledAt", t."factorsVoidedAt"
    FROM "app_user" u JOIN "tenant" t ON t."id" = u."tenantId"
    WHERE u."id" = ${userId} AND t."factorsVoidedAt" IS NOT NULL`
  if (row === undefined) return null
  const column = columnsOf(row, 'app_user', '', userId)
  const marks = { createdAt: column('createdAt', asSureDate), factorsSettledAt: column('factorsSettledAt', asDate) }
  const mark = column('factorsVoidedAt', asDate)
  return isFactorVoided(marks, mark) ? mark : null
}

/** Of a tenant, until the rows of everybody at home there are in step. */
export function findVoidUnderWay(db: DbOrTx, tenantId: string): Promise<{ voidedAt: Date } | null> {
  return db.factorVoid.findFirst({ where: { tenantId, finishedAt: null }, select: { voidedAt: true } })
}

/** Those of these people of whom that is so. */
export async function listVoided(db: DbOrTx, userIds: readonly string[]): Promise<string[]> {
  const rows = await db.user.findMany({
    where: { id: { in: [...userIds] }, tenant: { factorsVoidedAt: { not: null } } },
    select: { id: true, createdAt: true, factorsSettledAt: true, tenant: { select: { factorsVoidedAt: true } } },
  })
  return rows.filter((row) => isFactorVoided(row, row.tenant.factorsVoidedAt)).map(({ id }) => id)
}

/** Once for each mark. */
export async function updateFactorsSettled(db: DbOrTx, userId: string, mark: Date): Promise<boolean> {
  const { count } = await db.user.updateMany({
    where: { id: userId, OR: [{ factorsSettledAt: null }, { factorsSettledAt: { lt: mark } }] },
    data: {
      factorsSettledAt: mark,
      twoFactorOn: false,
      recoveryCodesAt: null,
      codeToTypeBack: null,
      factorsResetAt: null,
    },
  })
  return count === 1
}

/** What counted at that time, and whether 2FA was turned on for oneself. */
export async function findToLose(db: DbOrTx, userId: string, at: Date) {
  const user = await db.user.findUnique({ where: { id: userId }, select: { tenantId: true, twoFactorOn: true } })
  const { kinds } = await countFactorsAndCodes(db, userId)
  const unused = { userId, usedAt: null, revokedAt: null }
  const codes = await db.recoveryCode.count({
    where: { ...unused, OR: [{ kind: 'saved' }, { kind: 'issued', expiresAt: { gt: at } }] },
  })
  return { tenantId: user?.tenantId ?? '', kinds, codes, own: user?.twoFactorOn ?? false }
}

export async function insertLoss(db: DbOrTx, row: FactorLossRow): Promise<void> {
  await db.factorLoss.create({ data: row, select: { userId: true } })
}

/** Every row of factors and codes, used and revoked ones too; devices stay known, and none is trusted. */
export async function deleteFactorRows(db: DbOrTx, userId: string): Promise<void> {
  await db.factor.deleteMany({ where: { userId } })
  await db.recoveryCode.deleteMany({ where: { userId } })
  await db.device.updateMany({ where: { userId, trustGrantedAt: { not: null } }, data: { trustGrantedAt: null } })
}

/** People at home in the tenant by then, in order of their ids, whoever is in step already among them. */
export async function listHomeIds(
  db: DbOrTx,
  { tenantId, mark, after }: { tenantId: string; mark: Date; after: string },
  limit: number,
): Promise<string[]> {
  const rows = await db.user.findMany({
    where: { tenantId, createdAt: { lte: mark }, id: { gt: after } },
    orderBy: { id: 'asc' },
    take: limit,
    select: { id: true },
  })
  return rows.map(({ id }) => id)
}

/** Active guests of a tenant, by what its counters count them as: each is a member elsewhere, too. */
export async function countGuests(
  db: DbOrTx,
  tenantId: string,
): Promise<(Omit<Counted, 'tenantId'> & { people: number })[]> {
  const rows = await db.membership.groupBy({
    by: ['userType', 'factorKinds', 'ownTwoFactor'],
    where: { tenantId, suspended: false, needsFullRead: true, user: { tenantId: { not: tenantId } } },
    _count: { _all: true },
  })
  return rows.map(({ _count, ...counted }) => ({ ...counted, people: _count._all }))
}

/** What somebody lost and is still to be told of. */
export function listLosses(db: DbOrTx, userId: string): Promise<FactorLossRow[]> {
  return db.factorLoss.findMany({
    where: { userId },
    orderBy: { voidedAt: 'asc' },
    select: { userId: true, tenantId: true, voidedAt: true, kinds: true, factors: true, codes: true, own: true },
  })
}

/** Once. */
export async function consumeLoss(
  db: DbOrTx,
  { userId, voidedAt }: Pick<FactorLossRow, 'userId' | 'voidedAt'>,
): Promise<boolean> {
  const { count } = await db.factorLoss.deleteMany({ where: { userId, voidedAt } })
  return count === 1
}
