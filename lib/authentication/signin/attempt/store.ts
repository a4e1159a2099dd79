import { type DbOrTx, Prisma } from '../../../core/db'
import { asDate, asNumber, asSureDate, asText, asTextOrNull, columnsOf } from '../../../core/kernel/stored'
import { assignments, insertion } from '../../../core/statement'
import { PERSON_COLUMNS, PERSON_JOINS, personOf, type RawRow } from '../../../identity/person-sql'
import type { Person } from '../../../identity/user/types'
import type { AttemptRow } from '../types'

const FIND = Prisma.raw(`
  SELECT a."id" AS "a_id", a."createdAt" AS "a_createdAt", a."expiresAt" AS "a_expiresAt",
    a."passwordProvedAt" AS "a_passwordProvedAt", a."mailProvedAt" AS "a_mailProvedAt",
    a."linkProvedAt" AS "a_linkProvedAt", a."chosenFactorId" AS "a_chosenFactorId",
    a."trustWantedAt" AS "a_trustWantedAt", a."clockHint" AS "a_clockHint",
    a."factorProvedAt" AS "a_factorProvedAt", a."factorId" AS "a_factorId",
    a."recoveryProvedAt" AS "a_recoveryProvedAt",
    a."recoveryAnswer" AS "a_recoveryAnswer", a."enrollingFactorId" AS "a_enrollingFactorId",
    a."enrolledFactorId" AS "a_enrolledFactorId",
    a."putOffAt" AS "a_putOffAt", a."passwordShort" AS "a_passwordShort", a."invited" AS "a_invited",
    a."failures" AS "a_failures", a."returnTo" AS "a_returnTo", a."completedAt" AS "a_completedAt",
    a."endedAt" AS "a_endedAt", ${PERSON_COLUMNS}
  FROM "sign_in_attempt" a JOIN "app_user" u ON u."id" = a."userId" ${PERSON_JOINS}`)

type Found = { attempt: AttemptRow; person: Person }

export async function findAttempt(db: DbOrTx, tokenHash: string): Promise<Found | null> {
  return foundIn(await db.$queryRaw<RawRow[]>`${FIND} WHERE a."tokenHash" = (SELECT ${tokenHash})`)
}

export async function findAttemptById(db: DbOrTx, id: string): Promise<Found | null> {
  return foundIn(await db.$queryRaw<RawRow[]>`${FIND} WHERE a."id" = (SELECT ${id})`)
}

function foundIn(rows: RawRow[]): Found | null {
  const row = rows[0]
  if (row === undefined) return null
  const person = personOf(rows)
  const column = columnsOf(row, 'sign_in_attempt', 'a_', row.a_id)
  const answer = column('recoveryAnswer', asTextOrNull)
  return {
    person,
    attempt: {
      id: column('id', asText),
      userId: person.id,
      createdAt: column('createdAt', asSureDate),
      expiresAt: column('expiresAt', asSureDate),
      passwordProvedAt: column('passwordProvedAt', asDate),
      linkProvedAt: column('linkProvedAt', asDate),
      mailProvedAt: column('mailProvedAt', asDate),
      chosenFactorId: column('chosenFactorId', asTextOrNull),
      trustWantedAt: column('trustWantedAt', asDate),
      clockHint: column('clockHint', asTextOrNull),
      factorProvedAt: column('factorProvedAt', asDate),
      factorId: column('factorId', asTextOrNull),
      recoveryProvedAt: column('recoveryProvedAt', asDate),
      recoveryAnswer: answer === 'lost' || answer === 'at_hand' ? answer : null,
      enrollingFactorId: column('enrollingFactorId', asTextOrNull),
      enrolledFactorId: column('enrolledFactorId', asTextOrNull),
      failures: column('failures', asNumber),
      returnTo: column('returnTo', asTextOrNull),
      putOffAt: column('putOffAt', asDate),
      passwordShort: row.a_passwordShort !== false,
      invited: row.a_invited === true,
      completedAt: column('completedAt', asDate),
      endedAt: column('endedAt', asDate),
    },
  }
}

export async function insertAttempt(
  db: DbOrTx,
  row: {
    id: string
    tokenHash: string
    userId: string
    createdAt: Date
    expiresAt: Date
    passwordProvedAt: Date | null
    passwordShort?: boolean
    invited?: boolean
    linkProvedAt?: Date
    mailProvedAt?: Date
    chosenFactorId?: string
    returnTo: string | null
    address: string | null
    userAgent: string | null
    completedAt?: Date
  },
): Promise<void> {
  await db.$executeRaw(insertion('sign_in_attempt', row))
}

/** What completed it, for whoever holds its cookie. */
export function findAccepted(
  db: DbOrTx,
  tokenHash: string,
): Promise<{
  id: string
  userId: string
  acceptedHash: string | null
  completedAt: Date | null
  returnTo: string | null
  enrolledFactorId: string | null
  invited: boolean
} | null> {
  const when = { acceptedHash: true, completedAt: true, returnTo: true }
  const select = { id: true, userId: true, ...when, enrolledFactorId: true, invited: true } as const
  return db.signInAttempt.findUnique({ where: { tokenHash }, select })
}

function open(id: string, now: Date, cap: number): Prisma.Sql {
  return Prisma.sql`"id" = ${id} AND "completedAt" IS NULL AND "endedAt" IS NULL AND "expiresAt" > ${now}
    AND "failures" < ${cap}`
}

/** Charges one try before it is judged (S4); a burst finds no more places than the cap. */
export async function updateFailures(db: DbOrTx, id: string, now: Date, cap: number): Promise<boolean> {
  const count = await db.$executeRaw`
    UPDATE "sign_in_attempt" SET "failures" = "failures" + 1 WHERE ${open(id, now, cap)}`
  return count === 1
}

export async function decrementFailures(db: DbOrTx, id: string): Promise<void> {
  await db.signInAttempt.updateMany({ where: { id, failures: { gt: 0 } }, data: { failures: { decrement: 1 } } })
}

/** Kept whatever becomes of the try (X4). */
export async function updateClockHint(db: DbOrTx, id: string, clockHint: string | null): Promise<void> {
  await db.signInAttempt.updateMany({ where: { id }, data: { clockHint } })
}

export interface ProofChange {
  chosenFactorId?: string
  trustWantedAt?: Date
  mailProvedAt?: Date
  factorProvedAt?: Date
  factorId?: string
  recoveryProvedAt?: Date
  recoveryCodeId?: string
  recoveryAnswer?: 'lost' | 'at_hand'
  enrollingFactorId?: string | null
  enrolledFactorId?: string
  putOffAt?: Date
  expiresAt?: Date
  /** Once, since only an open attempt is changed (S4). */
  completedAt?: Date
  acceptedHash?: string
}

/**
 * Adds to an attempt that is still open; `charged` takes back the charge of a right answer, which may be the last one.
 */
export async function updateProof(
  db: DbOrTx,
  id: string,
  now: Date,
  cap: number,
  change: ProofChange,
  charged: boolean,
): Promise<boolean> {
  const { empty, sql } = Prisma
  // One recovery code an attempt, also where several arrive at once.
  const once = change.recoveryProvedAt === undefined ? empty : sql`AND "recoveryProvedAt" IS NULL`
  const changed = [assignments(change), charged ? sql`"failures" = "failures" - 1` : empty].filter(
    ({ sql }) => sql !== '',
  )
  const count = await db.$executeRaw`
    UPDATE "sign_in_attempt" SET ${changed.length === 0 ? sql`"id" = "id"` : Prisma.join(changed)}
    WHERE ${open(id, now, charged ? cap + 1 : cap)} ${once}`
  return count === 1
}

export async function updateAttemptsEnded(db: DbOrTx, id: string, now: Date): Promise<void> {
  await db.signInAttempt.updateMany({ where: { id, completedAt: null, endedAt: null }, data: { endedAt: now } })
}

/** The open ones of a person, all or all but one. */
export async function updateAllEnded(
  db: DbOrTx,
  { userId, exceptId }: { userId: string; exceptId?: string },
  now: Date,
): Promise<void> {
  await db.signInAttempt.updateMany({
    where: { userId, ...(exceptId ? { id: { not: exceptId } } : {}), completedAt: null, endedAt: null },
    data: { endedAt: now },
  })
}

const WRONG_CODE = 'wrong_code'

/** One for each attempt; a later one brings its time forward. */
export async function upsertWrongCode(
  db: DbOrTx,
  row: { id: string; payload: string; runAt: Date; createdAt: Date },
): Promise<void> {
  await db.$executeRaw`
    INSERT INTO "job" ("id", "kind", "payload", "runAt", "createdAt")
    VALUES (${row.id}, ${WRONG_CODE}, ${row.payload}, ${row.runAt}, ${row.createdAt})
    ON CONFLICT ("id") DO UPDATE SET "runAt" = excluded."runAt"`
}

export async function updateWrongCodeDue(db: DbOrTx, id: string, runAt: Date): Promise<void> {
  await db.job.updateMany({ where: { id, kind: WRONG_CODE }, data: { runAt } })
}

export function listWrongCodes(db: DbOrTx, now: Date, limit: number): Promise<{ id: string; payload: string }[]> {
  return db.job.findMany({
    where: { kind: WRONG_CODE, runAt: { lte: now } },
    orderBy: [{ runAt: 'asc' }, { id: 'asc' }],
    take: limit,
    select: { id: true, payload: true },
  })
}

/** Of any number of workers one gets it. */
export async function consumeWrongCode(db: DbOrTx, id: string): Promise<boolean> {
  const { count } = await db.job.deleteMany({ where: { id, kind: WRONG_CODE } })
  return count === 1
}
