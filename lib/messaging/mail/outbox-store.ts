import { type DbOrTx, Prisma } from '../../core/db'
import { asDate, asNumber, asSureDate, asText, asTextOrNull, columnsOf } from '../../core/kernel/stored'
import { insertion } from '../../core/statement'

/** What must hold for a message to be taken now: alive, due, and not in another worker's hands. */
function takeable(now: Date): Prisma.Sql {
  return Prisma.sql`"sentAt" IS NULL AND "failedAt" IS NULL AND "runAt" <= ${now}
    AND ("leasedUntil" IS NULL OR "leasedUntil" <= ${now})`
}

export async function insertMessages(
  db: DbOrTx,
  rows: readonly {
    id: string
    channel: 'email' | 'sms'
    recipient: string
    userId: string | null
    tenantId: string | null
    template: string
    locale: string
    sealed: string
    expiresAt: Date | null
    runAt: Date
    createdAt: Date
    roundId?: string | null
  }[],
): Promise<void> {
  const [only, ...others] = rows
  // Of one, which most are, Prisma would compile a new query each time.
  if (only !== undefined && others.length === 0) await db.$executeRaw(insertion('outbox_message', { ...only }))
  else await db.outboxMessage.createMany({ data: [...rows] })
}

/** What expires goes first, so that a passcode does not wait behind a thousand reminders. */
export async function listDueIds(db: DbOrTx, now: Date, limit: number): Promise<string[]> {
  const rows = await db.$queryRaw<{ id: string }[]>`
    SELECT "id" FROM "outbox_message" WHERE ${takeable(now)}
    ORDER BY "expiresAt" ASC NULLS LAST, "runAt", "id" LIMIT ${limit}`
  return rows.map((row) => row.id)
}

/** One conditional write: of any number of workers one gets the message. A taken message has used up a try. */
export async function updateMessageLease(
  db: DbOrTx,
  id: string,
  lease: { token: string; until: Date },
  now: Date,
): Promise<boolean> {
  const count = await db.$executeRaw`
    UPDATE "outbox_message" SET "leaseToken" = ${lease.token}, "leasedUntil" = ${lease.until}, "tries" = "tries" + 1
    WHERE "id" = ${id} AND ${takeable(now)}`
  return count === 1
}

export interface LeasedMessage {
  id: string
  channel: string
  recipient: string
  userId: string | null
  tenantId: string | null
  template: string
  locale: string
  sealed: string | null
  expiresAt: Date | null
  tries: number
  createdAt: Date
}

export async function findLeased(db: DbOrTx, id: string, token: string): Promise<LeasedMessage | null> {
  const [row] = await db.$queryRaw<Record<string, unknown>[]>`
    SELECT "id", "channel", "recipient", "userId", "tenantId", "template", "locale", "sealed", "expiresAt", "tries",
      "createdAt"
    FROM "outbox_message" WHERE "id" = ${id} AND "leaseToken" = ${token}`
  if (row === undefined) return null
  const column = columnsOf(row, 'outbox_message', '', id)
  return {
    id: column('id', asText),
    channel: column('channel', asText),
    recipient: column('recipient', asText),
    userId: column('userId', asTextOrNull),
    tenantId: column('tenantId', asTextOrNull),
    template: column('template', asText),
    locale: column('locale', asText),
    sealed: column('sealed', asTextOrNull),
    expiresAt: column('expiresAt', asDate),
    tries: column('tries', asNumber),
    createdAt: column('createdAt', asSureDate),
  }
}

/** The name for the greeting. */
export async function findRecipientName(db: DbOrTx, userId: string): Promise<string | null> {
  const user = await db.user.findUnique({ where: { id: userId }, select: { name: true } })
  return user?.name ?? null
}

/** Whose mail it is. */
export function findSender(
  db: DbOrTx,
  tenantId: string,
): Promise<{
  name: string
  slug: string
  timeZone: string | null
  helpText: string | null
  helpUrl: string | null
  logoToken: string | null
  logoWidth: number | null
  logoHeight: number | null
  accent: string | null
} | null> {
  const company = { name: true, slug: true, timeZone: true, helpText: true, helpUrl: true } as const
  const select = { ...company, logoToken: true, logoWidth: true, logoHeight: true, accent: true } as const
  return db.tenant.findUnique({ where: { id: tenantId }, select })
}

/** Read when a mail goes out: no row of the outbox holds its bytes (X9). */
export function findLogoOf(db: DbOrTx, token: string): Promise<{ type: string; content: string } | null> {
  return db.tenantLogo.findUnique({ where: { token }, select: { type: true, content: true } })
}

/** Whoever holds the lease by now: what was sent must not be sent again. */
export async function updateMessageSent(db: DbOrTx, id: string, now: Date): Promise<void> {
  await db.$executeRaw`
    UPDATE "outbox_message" SET "sentAt" = ${now}, "failedAt" = NULL, "sealed" = NULL, "leaseToken" = NULL,
      "leasedUntil" = NULL, "lastError" = NULL
    WHERE "id" = ${id} AND "sentAt" IS NULL`
}

export async function updateRetry(db: DbOrTx, id: string, token: string, runAt: Date, error: string): Promise<void> {
  await db.outboxMessage.updateMany({
    where: { id, leaseToken: token, sentAt: null },
    data: { runAt, leaseToken: null, leasedUntil: null, lastError: error },
  })
}

export async function updateFailed(db: DbOrTx, id: string, token: string, now: Date, error: string): Promise<void> {
  await db.outboxMessage.updateMany({
    where: { id, leaseToken: token, sentAt: null },
    data: { failedAt: now, sealed: null, leaseToken: null, leasedUntil: null, lastError: error },
  })
}

/** What waits is dropped as too late. */
export async function updateWaitingExpired(db: DbOrTx, now: Date): Promise<number> {
  const { count } = await db.outboxMessage.updateMany({
    where: { sentAt: null, failedAt: null },
    data: { expiresAt: now },
  })
  return count
}

export interface TroubledRow {
  id: string
  channel: string
  recipient: string
  template: string
  tries: number
  lastError: string | null
  createdAt: Date
  runAt: Date
  failedAt: Date | null
}

const troubled = {
  id: true,
  channel: true,
  recipient: true,
  template: true,
  tries: true,
  lastError: true,
  createdAt: true,
  runAt: true,
  failedAt: true,
} as const

/** Dead ones, the last first. */
export function listDead(db: DbOrTx, tenantId: string, since: Date, limit: number): Promise<TroubledRow[]> {
  return db.outboxMessage.findMany({
    where: { tenantId, failedAt: { gte: since } },
    orderBy: [{ failedAt: 'desc' }, { id: 'desc' }],
    take: limit,
    select: troubled,
  })
}

/** Those that failed at least once and will be tried again. */
export function listRetried(db: DbOrTx, tenantId: string, limit: number): Promise<TroubledRow[]> {
  return db.outboxMessage.findMany({
    where: { sentAt: null, failedAt: null, tenantId, lastError: { not: null } },
    orderBy: [{ runAt: 'asc' }, { id: 'asc' }],
    take: limit,
    select: troubled,
  })
}

export function countDead(db: DbOrTx, tenantId: string, since: Date): Promise<number> {
  return db.outboxMessage.count({ where: { tenantId, failedAt: { gte: since } } })
}

/** When the tenant's last mail was taken over, or failed for good. */
export async function findLastMail(db: DbOrTx, tenantId: string, end: 'sentAt' | 'failedAt'): Promise<Date | null> {
  const row = await db.outboxMessage.findFirst({
    where: { tenantId, channel: 'email', [end]: { not: null } },
    orderBy: { [end]: 'desc' },
    select: { sentAt: true, failedAt: true },
  })
  return row?.[end] ?? null
}

/** The newest message of these templates to a person since then; null where there is none. */
export function findNewestOf(
  db: DbOrTx,
  userId: string,
  templates: readonly string[],
  since: Date,
): Promise<{ failedAt: Date | null } | null> {
  return db.outboxMessage.findFirst({
    where: { userId, template: { in: [...templates] }, createdAt: { gte: since } },
    orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
    select: { failedAt: true },
  })
}
