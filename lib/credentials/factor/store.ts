import { type DbOrTx, Prisma } from '../../core/db'
import { asDate, asNumber, asOneOf, asSureDate, asText, asTextOrNull, columnsOf } from '../../core/kernel/stored'
import { assignments } from '../../core/statement'
import { FACTOR_STANDS } from '../../identity/person-sql'
import type { FactorKind } from '../../identity/policy/types'
import { type FactorRow, STORED_KINDS } from './types'

type UsedSteps = Pick<FactorRow, 'lastUsedStep' | 'usedBefore'>

const columns = {
  id: true,
  userId: true,
  kind: true,
  name: true,
  sealedKey: true,
  sealedPhone: true,
  phoneEnding: true,
  algorithm: true,
  digits: true,
  period: true,
  lastUsedStep: true,
  usedBefore: true,
  preferredAt: true,
  createdAt: true,
  expiresAt: true,
  confirmedAt: true,
  revokedAt: true,
  lastUsedAt: true,
} as const

/**
 * Every factor of the person that is not revoked, oldest first; unconfirmed ones included. None where 2FA was turned
 * off for the home tenant and the rows are still there (P6).
 */
export async function listFactors(db: DbOrTx, userId: string, without: readonly string[] = []): Promise<FactorRow[]> {
  const rows = await db.$queryRaw<Record<string, unknown>[]>`
    ${LIST} WHERE "userId" = ${userId} AND "revokedAt" IS NULL ${AND_STANDS} ORDER BY "createdAt"`
  return rows.filter(({ id }) => !without.includes(String(id))).map(factorOf)
}

const LIST = Prisma.raw(`
  SELECT "id", "userId", "kind", "name", "sealedKey", "sealedPhone", "phoneEnding", "algorithm", "digits", "period",
    "lastUsedStep", "usedBefore", "preferredAt", "createdAt", "expiresAt", "confirmedAt", "revokedAt", "lastUsedAt"
  FROM "factor"`)

const AND_STANDS = Prisma.raw(`AND ${FACTOR_STANDS}`)

const kindIn = asOneOf(STORED_KINDS)
const asNumberOrNull = (value: unknown) => (value === null ? null : asNumber(value))

function factorOf(row: Record<string, unknown>): FactorRow {
  const column = columnsOf(row, 'factor', '', row.id)
  return {
    id: column('id', asText),
    userId: column('userId', asText),
    kind: column('kind', kindIn),
    name: column('name', asText),
    sealedKey: column('sealedKey', asTextOrNull),
    sealedPhone: column('sealedPhone', asTextOrNull),
    phoneEnding: column('phoneEnding', asTextOrNull),
    algorithm: column('algorithm', asText),
    digits: column('digits', asNumber),
    period: column('period', asNumber),
    lastUsedStep: column('lastUsedStep', asNumberOrNull),
    usedBefore: column('usedBefore', asText),
    preferredAt: column('preferredAt', asDate),
    createdAt: column('createdAt', asSureDate),
    expiresAt: column('expiresAt', asDate),
    confirmedAt: column('confirmedAt', asDate),
    revokedAt: column('revokedAt', asDate),
    lastUsedAt: column('lastUsedAt', asDate),
  }
}

/** Every app that ever counted and was begun before then, those that are gone included. */
export function listAppsBefore(db: DbOrTx, userId: string, before: Date): Promise<{ revokedAt: Date | null }[]> {
  return db.factor.findMany({
    where: { userId, kind: 'totp', confirmedAt: { not: null }, createdAt: { lte: before } },
    select: { revokedAt: true },
  })
}

export function findUnconfirmed(
  db: DbOrTx,
  scope: { id: string; userId: string },
  now: Date,
): Promise<FactorRow | null> {
  return db.factor.findFirst({
    where: { ...scope, confirmedAt: null, revokedAt: null, expiresAt: { gt: now } },
    select: columns,
  })
}

export async function insertFactor(
  db: DbOrTx,
  row: {
    id: string
    userId: string
    kind: FactorKind
    name: string
    sealedKey?: string
    sealedPhone?: string
    phoneEnding?: string
    createdAt: Date
    expiresAt: Date
  },
): Promise<void> {
  await db.factor.create({ data: row, select: { id: true } })
}

/** Of another system, and proved there (X8). */
export async function insertConfirmed(
  db: DbOrTx,
  rows: readonly {
    id: string
    userId: string
    kind: FactorKind
    name: string
    sealedKey: string
    algorithm: string
    digits: number
    period: number
    createdAt: Date
    confirmedAt: Date
  }[],
): Promise<void> {
  await db.factor.createMany({ data: [...rows] })
}

export async function findUsedSteps(
  db: DbOrTx,
  { id, userId }: { id: string; userId: string },
): Promise<(UsedSteps & { period: number }) | null> {
  const [row] = await db.$queryRaw<Record<string, unknown>[]>`
    SELECT "lastUsedStep", "usedBefore", "period" FROM "factor"
    WHERE "id" = ${id} AND "userId" = ${userId} AND "confirmedAt" IS NOT NULL AND "revokedAt" IS NULL`
  if (row === undefined) return null
  const column = columnsOf(row, 'factor', '', id)
  return {
    lastUsedStep: column('lastUsedStep', asNumberOrNull),
    usedBefore: column('usedBefore', asText),
    period: column('period', asNumber),
  }
}

/** Of several uses at once, one finds the row as it was read (S3). */
export async function consumeStep(
  db: DbOrTx,
  scope: { id: string; userId: string },
  { lastUsedStep, usedBefore }: UsedSteps,
  after: UsedSteps,
  now: Date,
): Promise<boolean> {
  // One that fits shows that the clock is right again (X4).
  const count = await db.$executeRaw`
    UPDATE "factor" SET ${assignments({ ...after, lastUsedAt: now, clockOffset: null })}
    WHERE "id" = ${scope.id} AND "userId" = ${scope.userId} AND "confirmedAt" IS NOT NULL AND "revokedAt" IS NULL
      AND "usedBefore" = ${usedBefore}
      AND ${lastUsedStep === null ? Prisma.sql`"lastUsedStep" IS NULL` : Prisma.sql`"lastUsedStep" = ${lastUsedStep}`}`
  return count === 1
}

export async function updateClockOffset(
  db: DbOrTx,
  scope: { id: string; userId: string },
  clockOffset: number,
): Promise<void> {
  await db.factor.updateMany({
    where: { ...scope, confirmedAt: { not: null }, revokedAt: null },
    data: { clockOffset },
  })
}

/** The right passcode makes it count, once (E3); the time step of an app's passcode is used up. */
export async function consumeUnconfirmed(
  db: DbOrTx,
  scope: { id: string; userId: string },
  step: number | null,
  now: Date,
): Promise<boolean> {
  const { count } = await db.factor.updateMany({
    where: { ...scope, confirmedAt: null, revokedAt: null, expiresAt: { gt: now } },
    data: { confirmedAt: now, lastUsedAt: now, lastUsedStep: step },
  })
  return count === 1
}

/** The factor must still be one when its passcode is used. */
export async function updateUsed(db: DbOrTx, scope: { id: string; userId: string }, now: Date): Promise<boolean> {
  const { count } = await db.factor.updateMany({
    where: { ...scope, confirmedAt: { not: null }, revokedAt: null },
    data: { lastUsedAt: now },
  })
  return count === 1
}

export async function updatePreferred(db: DbOrTx, scope: { id: string; userId: string }, now: Date): Promise<boolean> {
  const { count } = await db.factor.updateMany({
    where: { ...scope, confirmedAt: { not: null }, revokedAt: null },
    data: { preferredAt: now },
  })
  return count === 1
}

export async function updateFactorsRevoked(
  db: DbOrTx,
  scope: { userId: string; id?: string; exceptId?: string; unconfirmedOnly?: boolean },
  now: Date,
): Promise<number> {
  const { count } = await db.factor.updateMany({
    where: {
      userId: scope.userId,
      revokedAt: null,
      ...(scope.id ? { id: scope.id } : {}),
      ...(scope.exceptId ? { id: { not: scope.exceptId } } : {}),
      ...(scope.unconfirmedOnly ? { confirmedAt: null } : {}),
    },
    data: { revokedAt: now, sealedKey: null, sealedPhone: null },
  })
  return count
}

/** Those whose key or number is sealed under this key. */
export async function updateFactorsRevokedUnder(db: DbOrTx, userId: string, keyId: string, now: Date): Promise<void> {
  const startsWith = `1.${keyId}.`
  await db.factor.updateMany({
    where: { userId, revokedAt: null, OR: [{ sealedKey: { startsWith } }, { sealedPhone: { startsWith } }] },
    data: { revokedAt: now, sealedKey: null, sealedPhone: null },
  })
}

/** What counts only since then, and whatever is unfinished. */
export async function updateFactorsRevokedSince(db: DbOrTx, userId: string, since: Date, now: Date): Promise<void> {
  await db.factor.updateMany({
    where: { userId, revokedAt: null, OR: [{ confirmedAt: { gt: since } }, { confirmedAt: null }] },
    data: { revokedAt: now, sealedKey: null, sealedPhone: null },
  })
}

export async function updateName(db: DbOrTx, scope: { id: string; userId: string }, name: string): Promise<boolean> {
  const { count } = await db.factor.updateMany({
    where: { ...scope, revokedAt: null, confirmedAt: { not: null } },
    data: { name },
  })
  return count === 1
}
