import { type DbOrTx, Prisma } from '../db'

const columns = { key: true, failures: true, lifetime: true, windowEndsAt: true, blockedUntil: true } as const

export function findThrottle(db: DbOrTx, key: string) {
  return db.throttle.findUnique({ where: { key }, select: columns })
}

export interface WindowRow {
  key: string
  failures: number
  windowEndsAt: Date
}

/** One statement: the new counts are read in the same breath as they are made, so a burst cannot share a place. */
export function incrementWindows(db: DbOrTx, windows: readonly { key: string; end: Date }[]): Promise<WindowRow[]> {
  const rows = Prisma.join(windows.map(({ key, end }) => Prisma.sql`(${key}, 1, 0, ${end})`))
  return db.$queryRaw<WindowRow[]>`
    INSERT INTO "throttle" ("key", "failures", "lifetime", "windowEndsAt") VALUES ${rows}
    ON CONFLICT ("key") DO UPDATE SET "failures" = "throttle"."failures" + 1
    RETURNING "key", "failures", "windowEndsAt"`
}

export async function updateEndedWindow(db: DbOrTx, key: string, now: Date, windowEndsAt: Date): Promise<boolean> {
  const { count } = await db.throttle.updateMany({
    where: { key, windowEndsAt: { lte: now } },
    data: { failures: 1, windowEndsAt, blockedUntil: null },
  })
  return count === 1
}

export async function updateWindowEnd(db: DbOrTx, key: string, windowEndsAt: Date): Promise<void> {
  await db.throttle.updateMany({ where: { key }, data: { windowEndsAt } })
}

export async function decrementWindows(db: DbOrTx, keys: readonly string[]): Promise<void> {
  await db.throttle.updateMany({
    where: { key: { in: [...keys] }, failures: { gt: 0 } },
    data: { failures: { decrement: 1 } },
  })
}

export async function updateFactorCharge(
  db: DbOrTx,
  key: string,
  limits: { round: number; lifetime: number },
): Promise<boolean> {
  const { count } = await db.throttle.updateMany({
    where: { key, failures: { lt: limits.round }, lifetime: { lt: limits.lifetime } },
    data: { failures: { increment: 1 }, lifetime: { increment: 1 } },
  })
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
    data: { failures: { decrement: 1 }, lifetime: { decrement: 1 } },
  })
}

export async function insertFactorThrottle(db: DbOrTx, key: string, windowEndsAt: Date): Promise<void> {
  await db.throttle.upsert({
    where: { key },
    create: { key, windowEndsAt },
    update: {},
    select: { key: true },
  })
}

export async function updateFactorReset(db: DbOrTx, keys: readonly string[]): Promise<void> {
  await db.throttle.updateMany({
    where: { key: { in: [...keys] } },
    data: { failures: 0, lifetime: 0, blockedUntil: null },
  })
}

export async function updateFactorLifetime(db: DbOrTx, key: string, limit: number): Promise<boolean> {
  const { count } = await db.throttle.updateMany({
    where: { key, lifetime: { lt: limit } },
    data: { lifetime: { increment: 1 } },
  })
  return count === 1
}

export async function decrementFactorLifetime(db: DbOrTx, key: string): Promise<void> {
  await db.throttle.updateMany({ where: { key, lifetime: { gt: 0 } }, data: { lifetime: { decrement: 1 } } })
}
