import { type DbOrTx, Prisma } from '../db'
import { asText, asTextOrNull, PERSON_COLUMNS, PERSON_JOINS, personOf, type RawRow } from '../person-sql'
import type { Person, Role, UserType } from './types'

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
): Promise<{ person: Person; password: StoredPassword | null } | null> {
  return personAndPassword(await db.$queryRaw<RawRow[]>`${FIND} WHERE u."email" = ${email}`)
}

export async function findPersonById(
  db: DbOrTx,
  id: string,
): Promise<{ person: Person; password: StoredPassword | null } | null> {
  return personAndPassword(await db.$queryRaw<RawRow[]>`${FIND} WHERE u."id" = ${id}`)
}

function personAndPassword(rows: readonly RawRow[]) {
  const row = rows[0]
  if (row === undefined) return null
  const hash = asTextOrNull(row.w_hash)
  return {
    person: personOf(rows),
    password: hash === null ? null : { hash, keyId: asText(row.w_pepperKeyId) },
  }
}

export async function insertUser(
  db: DbOrTx,
  user: { id: string; tenantId: string; email: string; name: string; locale: string | null; createdAt: Date },
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
    emailKey: string
    createdAt: Date
    enrolledAt?: Date | null
    enrolled?: boolean
    ownTwoFactor?: boolean
  },
): Promise<void> {
  await db.membership.create({ data: membership, select: { id: true } })
}

export async function findEnrolledAt(db: DbOrTx, scope: { tenantId: string; userId: string }): Promise<Date | null> {
  const row = await db.membership.findFirst({ where: scope, select: { enrolledAt: true } })
  return row?.enrolledAt ?? null
}

export async function updateCounts(
  db: DbOrTx,
  scope: { tenantId: string; userType: UserType },
  change: { people?: number; enrolled?: number },
): Promise<void> {
  await db.peopleCount.upsert({
    where: { tenantId_userType: scope },
    create: { ...scope, people: change.people ?? 0, enrolled: change.enrolled ?? 0 },
    update: { people: { increment: change.people ?? 0 }, enrolled: { increment: change.enrolled ?? 0 } },
    select: { tenantId: true },
  })
}

export function listCounts(db: DbOrTx, tenantId: string) {
  return db.peopleCount.findMany({
    where: { tenantId },
    select: { userType: true, people: true, enrolled: true },
  })
}

export async function updateTwoFactorOn(db: DbOrTx, userId: string, on: boolean): Promise<boolean> {
  const { count } = await db.user.updateMany({
    where: { id: userId, twoFactorOn: !on },
    data: { twoFactorOn: on },
  })
  if (count === 1) await db.membership.updateMany({ where: { userId }, data: { ownTwoFactor: on } })
  return count === 1
}

export async function updateSignedIn(
  db: DbOrTx,
  userId: string,
  data: { lastSignInAt: Date; lastSecondFactorAt?: Date; passwordResetByMailAt?: null },
): Promise<void> {
  await db.user.updateMany({ where: { id: userId }, data })
}

export async function updateUser(
  db: DbOrTx,
  userId: string,
  data: {
    passwordDemandedAt?: Date | null
    passwordResetByMailAt?: Date | null
    factorsResetAt?: Date | null
    trustVoidedAt?: Date
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

/** S6: once set, never cleared. */
export async function updateSecondFactorSince(db: DbOrTx, userId: string, now: Date): Promise<void> {
  await db.user.updateMany({ where: { id: userId, secondFactorSince: null }, data: { secondFactorSince: now } })
}

/** E4: the set whose `number` was asked for; a set made since then asks for itself. */
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

/** Marks a membership enrolled or not; true when that changed. */
export async function updateEnrolled(
  db: DbOrTx,
  scope: { tenantId: string; userId: string },
  enrolledAt: Date | null,
): Promise<boolean> {
  const { count } = await db.membership.updateMany({
    where: { ...scope, enrolledAt: enrolledAt === null ? { not: null } : null },
    data: { enrolledAt, enrolled: enrolledAt !== null },
  })
  return count === 1
}

export async function updateLocale(db: DbOrTx, userId: string, locale: string): Promise<void> {
  await db.user.updateMany({ where: { id: userId }, data: { locale } })
}

/** Holds the person's row until the transaction ends: two changes of factors at once come one after the other (E7). */
export async function updateFactorVersion(db: DbOrTx, userId: string): Promise<void> {
  await db.user.updateMany({ where: { id: userId }, data: { factorVersion: { increment: 1 } } })
}
