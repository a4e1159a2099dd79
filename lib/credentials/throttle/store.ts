import { type DbOrTx, Prisma } from '../../core/db'
import { asDate, asNumber, asSureDate, asText, columnsOf } from '../../core/kernel/stored'

export async function findThrottle(db: DbOrTx, key: string) {
  const [row] = await listThrottles(db, [key])
  return row ?? null
}

export async function listThrottles(db: DbOrTx, keys: readonly string[]) {
  const rows = await db.$queryRaw<Record<string, unknown>[]>`
    SELECT "key", "failures", "lifetime", "windowEndsAt", "blockedUntil" FROM "throttle"
    WHERE "key" IN (${Prisma.join([...keys])})`
  return rows.map((row) => {
    const column = columnsOf(row, 'throttle', '', row.key)
    return {
      key: column('key', asText),
      failures: column('failures', asNumber),
      lifetime: column('lifetime', asNumber),
      windowEndsAt: column('windowEndsAt', asSureDate),
      blockedUntil: column('blockedUntil', asDate),
    }
  })
}

export interface WindowRow {
  key: string
  failures: number
  windowEndsAt: Date
}

/**
 * Whoever holds several counters takes them in the same order, so that two at once wait and do not block each other.
 */
function inOrder<T extends { key: string }>(counters: readonly T[]): T[] {
  return [...counters].sort((a, b) => (a.key < b.key ? -1 : 1))
}

/**
 * One statement: an ended window begins anew, and the new counts are read in the same breath as they are made, so a
 * burst cannot share a place.
 */
export function incrementWindows(
  db: DbOrTx,
  windows: readonly { key: string; end: Date }[],
  now: Date,
): Promise<WindowRow[]> {
  const rows = Prisma.join(inOrder(windows).map(({ key, end }) => Prisma.sql`(${key}, 1, 0, ${end})`))
  return db.$queryRaw<WindowRow[]>`
    INSERT INTO "throttle" ("key", "failures", "lifetime", "windowEndsAt") VALUES ${rows}
    ON CONFLICT ("key") DO UPDATE SET
      "failures" = CASE WHEN "throttle"."windowEndsAt" <= ${now} THEN 1 ELSE "throttle"."failures" + 1 END,
      "windowEndsAt" = CASE WHEN "throttle"."windowEndsAt" <= ${now} THEN excluded."windowEndsAt"
        ELSE "throttle"."windowEndsAt" END
    RETURNING "key", "failures", "windowEndsAt"`
}

/** Never earlier: a request that was slow, or on an instance whose clock is behind, shortens no wait. */
export async function updateWindowEnd(db: DbOrTx, key: string, windowEndsAt: Date): Promise<void> {
  await db.throttle.updateMany({ where: { key, windowEndsAt: { lt: windowEndsAt } }, data: { windowEndsAt } })
}

/** Where it ends as it was read; of two at once, one brings it down. */
export async function updateWindowBounded(db: DbOrTx, { key, windowEndsAt }: WindowRow, end: Date): Promise<void> {
  await db.throttle.updateMany({ where: { key, windowEndsAt }, data: { windowEndsAt: end } })
}

export async function updateBlockBounded(db: DbOrTx, key: string, blockedUntil: Date, until: Date): Promise<void> {
  await db.throttle.updateMany({ where: { key, blockedUntil }, data: { blockedUntil: until } })
}

export async function updateWindowsOver(db: DbOrTx, keys: readonly string[], now: Date): Promise<void> {
  await db.throttle.updateMany({ where: { key: { in: [...keys] } }, data: { failures: 0, windowEndsAt: now } })
}

/** The end of a window that was none. */
const OVER = new Date(0)

/** An insert, because it takes its rows in the order they are given in; an update takes them as it finds them. */
export async function decrementWindows(db: DbOrTx, keys: readonly string[]): Promise<void> {
  const rows = Prisma.join(inOrder(keys.map((key) => ({ key }))).map(({ key }) => Prisma.sql`(${key}, 0, 0, ${OVER})`))
  await db.$executeRaw`
    INSERT INTO "throttle" ("key", "failures", "lifetime", "windowEndsAt") VALUES ${rows}
    ON CONFLICT ("key") DO UPDATE SET
      "failures" = CASE WHEN "throttle"."failures" > 0 THEN "throttle"."failures" - 1 ELSE 0 END`
}

/** Takes back what was counted in these very windows: a window that began since is not to be lowered by it. */
export async function decrementCounted(db: DbOrTx, counted: readonly WindowRow[]): Promise<void> {
  const rows = Prisma.join(inOrder(counted).map(({ key, windowEndsAt }) => Prisma.sql`(${key}, 0, 0, ${windowEndsAt})`))
  await db.$executeRaw`
    INSERT INTO "throttle" ("key", "failures", "lifetime", "windowEndsAt") VALUES ${rows}
    ON CONFLICT ("key") DO UPDATE SET
      "failures" = CASE WHEN "throttle"."windowEndsAt" = excluded."windowEndsAt" AND "throttle"."failures" > 0
        THEN "throttle"."failures" - 1 ELSE "throttle"."failures" END`
}

/**
 * Counts one more in each of these as long as its own limits allow it, in the order they are given in; whoever has no
 * row yet begins one. Gives the keys of those that were counted.
 */
export async function upsertFactorCharges(
  db: DbOrTx,
  charges: readonly { key: string; failures: 0 | 1; lifetime: number }[],
  { round, windowEndsAt }: { round: number; windowEndsAt: Date },
): Promise<string[]> {
  const { join, sql } = Prisma
  const rows = charges.map(({ key, failures }) => sql`(${key}, ${failures}, 1, ${windowEndsAt})`)
  const within = charges.map(({ key, failures, lifetime }) =>
    failures === 0
      ? sql`("throttle"."key" = ${key} AND "throttle"."lifetime" < ${lifetime})`
      : sql`("throttle"."key" = ${key} AND "throttle"."lifetime" < ${lifetime} AND "throttle"."failures" < ${round})`,
  )
  const counted = await db.$queryRaw<{ key: string }[]>`
    INSERT INTO "throttle" ("key", "failures", "lifetime", "windowEndsAt") VALUES ${join(rows)}
    ON CONFLICT ("key") DO UPDATE SET "failures" = "throttle"."failures" + excluded."failures",
      "lifetime" = "throttle"."lifetime" + 1
    WHERE ${join(within, ' OR ')}
    RETURNING "key"`
  return counted.map(({ key }) => key)
}

export async function updateFactorCharge(
  db: DbOrTx,
  key: string,
  limits: { round: number; lifetime: number },
): Promise<boolean> {
  const count = await db.$executeRaw`
    UPDATE "throttle" SET "failures" = "failures" + 1, "lifetime" = "lifetime" + 1
    WHERE "key" = ${key} AND "failures" < ${limits.round} AND "lifetime" < ${limits.lifetime}`
  return count === 1
}

export async function updateFactorNextRound(
  db: DbOrTx,
  key: string,
  limits: { round: number; lifetime: number },
  now: Date,
): Promise<boolean> {
  const { count } = await db.throttle.updateMany({
    where: {
      key,
      failures: { gte: limits.round },
      lifetime: { lt: limits.lifetime },
      blockedUntil: { lte: now },
    },
    data: { failures: 1, lifetime: { increment: 1 }, blockedUntil: null },
  })
  return count === 1
}

export async function updateFactorBlock(db: DbOrTx, key: string, round: number, until: Date): Promise<boolean> {
  const { count } = await db.throttle.updateMany({
    where: { key, failures: { gte: round }, blockedUntil: null },
    data: { blockedUntil: until },
  })
  return count === 1
}

export async function updateFactorRefund(db: DbOrTx, key: string): Promise<void> {
  await db.throttle.updateMany({
    where: { key, failures: { gt: 0 }, lifetime: { gt: 0 } },
    // A wait begun by a try that proved right would otherwise be over before the next one is due.
    data: { failures: { decrement: 1 }, lifetime: { decrement: 1 }, blockedUntil: null },
  })
}

/** Not Prisma's upsert: with nothing to update it reads first, and of two at once one fails. */
export async function insertFactorThrottle(db: DbOrTx, key: string, windowEndsAt: Date): Promise<void> {
  await db.$executeRaw`
    INSERT INTO "throttle" ("key", "failures", "lifetime", "windowEndsAt") VALUES (${key}, 0, 0, ${windowEndsAt})
    ON CONFLICT ("key") DO NOTHING`
}

export async function updateFactorReset(db: DbOrTx, keys: readonly string[]): Promise<void> {
  await db.$executeRaw`
    UPDATE "throttle" SET "failures" = 0, "lifetime" = 0, "blockedUntil" = NULL
    WHERE "key" IN (${Prisma.join([...keys])})`
}

export async function updateFactorLifetime(db: DbOrTx, key: string, limit: number): Promise<boolean> {
  const count = await db.$executeRaw`
    UPDATE "throttle" SET "lifetime" = "lifetime" + 1 WHERE "key" = ${key} AND "lifetime" < ${limit}`
  return count === 1
}

export async function decrementFactorLifetime(db: DbOrTx, key: string): Promise<void> {
  await db.throttle.updateMany({ where: { key, lifetime: { gt: 0 } }, data: { lifetime: { decrement: 1 } } })
}
