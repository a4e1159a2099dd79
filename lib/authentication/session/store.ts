import { type Db, type DbOrTx, keptRead, readKeptRows } from '../../core/db'
import { asDate, asNumber, asSureDate, asText, asTextOrNull, columnsOf } from '../../core/kernel/stored'
import { notAmong, orPassedOver } from '../../core/kernel/unreadable'
import { insertion } from '../../core/statement'
import { METHODS, type Method, type SessionRecord } from '../../identity/actor/types'
import { PERSON_COLUMNS, PERSON_JOINS, personOf, type RawRow } from '../../identity/person-sql'
import type { Person } from '../../identity/user/types'
import type { ListedSession, MemberSessions, TenantSession, TenantSessions } from './types'

const MAX_LISTED = 100

const FIND = keptRead(`
  SELECT s."id" AS "s_id", s."tokenHash" AS "s_tokenHash", s."methods" AS "s_methods", s."deviceId" AS "s_deviceId", s."openedAs" AS "s_openedAs",
    s."createdAt" AS "s_createdAt", s."lastSeenAt" AS "s_lastSeenAt", s."expiresAt" AS "s_expiresAt",
    s."idleSeconds" AS "s_idleSeconds", s."steppedUpAt" AS "s_steppedUpAt", s."usedAt" AS "s_usedAt",
    ${PERSON_COLUMNS}
  FROM "session" s JOIN "app_user" u ON u."id" = s."userId" ${PERSON_JOINS}
  WHERE s."tokenHash" = ? AND s."endedAt" IS NULL`)

/** Not ended; one whose own row cannot be read is none (N41), so that its holder can sign in anew, and out. */
export async function findSession(
  db: Db,
  tokenHash: string,
): Promise<{ session: SessionRecord; person: Person; used: boolean } | null> {
  const rows = await readKeptRows(db, FIND, [tokenHash])
  const row = rows[0]
  if (row === undefined) return null
  const session = orPassedOver(() => sessionIn(row))
  if (session === null) return null
  const person = personOf(rows)
  return { person, used: row.s_usedAt !== null, session: { ...session, userId: person.id } }
}

function sessionIn(row: RawRow): Omit<SessionRecord, 'userId'> {
  const column = columnsOf(row, 'session', 's_', row.s_id)
  return {
    id: column('id', asText),
    tokenHash: column('tokenHash', asText),
    methods: methodsOf(column('methods', asText)),
    deviceId: column('deviceId', asTextOrNull),
    openedAs: column('openedAs', asText),
    createdAt: column('createdAt', asSureDate),
    lastSeenAt: column('lastSeenAt', asSureDate),
    expiresAt: column('expiresAt', asSureDate),
    idleSeconds: column('idleSeconds', asNumber),
    steppedUpAt: column('steppedUpAt', asDate),
  }
}

/** One that cannot be read, by whoever holds its cookie. */
export async function updateTokenEnded(db: DbOrTx, tokenHash: string, now: Date): Promise<void> {
  await db.session.updateMany({ where: { tokenHash, endedAt: null }, data: { endedAt: now } })
}

function methodsOf(text: string): Method[] {
  const named = text.split(' ')
  return METHODS.filter((method) => named.includes(method))
}

export async function insertSession(
  db: DbOrTx,
  row: Omit<SessionRecord, 'methods'> & {
    methods: string
    attemptId: string | null
    address: string | null
    userAgent: string | null
  },
): Promise<void> {
  await db.$executeRaw(insertion('session', row))
}

/** The new token takes the place of the old one (S12); two at once have one winner. */
export async function updateToken(
  db: DbOrTx,
  session: { id: string; tokenHash: string },
  data: { tokenHash: string; methods?: string; steppedUpAt?: Date; expiresAt?: Date; idleSeconds?: number },
): Promise<boolean> {
  const { count } = await db.session.updateMany({
    where: { id: session.id, tokenHash: session.tokenHash, endedAt: null },
    data,
  })
  return count === 1
}

export async function updateLastSeen(db: DbOrTx, id: string, seen: Date, now: Date): Promise<void> {
  await db.$executeRaw`
    UPDATE "session" SET "lastSeenAt" = ${now} WHERE "id" = ${id} AND "lastSeenAt" = ${seen} AND "endedAt" IS NULL`
}

export async function updateSessionUsed(db: DbOrTx, id: string, now: Date): Promise<void> {
  await db.$executeRaw`UPDATE "session" SET "usedAt" = ${now} WHERE "id" = ${id} AND "usedAt" IS NULL`
}

/** A token for a session that nobody has used yet; null when it was used, or has ended. */
export async function updateUnusedToken(
  db: DbOrTx,
  scope: { userId: string; attemptId: string },
  tokenHash: string,
): Promise<{ expiresAt: Date; deviceId: string | null; methods: Method[] } | null> {
  const unused = { ...scope, usedAt: null, endedAt: null }
  const { count } = await db.session.updateMany({ where: unused, data: { tokenHash } })
  if (count !== 1) return null
  const select = { expiresAt: true, deviceId: true, methods: true }
  const { methods, ...row } = await db.session.findUniqueOrThrow({ where: { attemptId: scope.attemptId }, select })
  return { ...row, methods: methodsOf(methods) }
}

export interface SessionScope {
  userId: string
  id?: string
  deviceId?: string
  exceptId?: string
}

export async function updateSessionsEnded(db: DbOrTx, scope: SessionScope, now: Date): Promise<number> {
  const { count } = await db.session.updateMany({
    where: {
      userId: scope.userId,
      endedAt: null,
      ...(scope.id ? { id: scope.id } : {}),
      ...(scope.deviceId ? { deviceId: scope.deviceId } : {}),
      ...(scope.exceptId ? { id: { not: scope.exceptId } } : {}),
    },
    data: { endedAt: now },
  })
  return count
}

const listed = {
  id: true,
  tokenHash: true,
  userId: true,
  methods: true,
  deviceId: true,
  openedAs: true,
  createdAt: true,
  lastSeenAt: true,
  expiresAt: true,
  idleSeconds: true,
  steppedUpAt: true,
  address: true,
  userAgent: true,
} as const

/** Newest use first. What each is worth by the rules of the day, `judgeSession` says. */
export async function listSessions(db: DbOrTx, userId: string, now: Date): Promise<ListedSession[]> {
  const rows = await db.session.findMany({
    where: { userId, endedAt: null, expiresAt: { gt: now } },
    orderBy: [{ lastSeenAt: 'desc' }, { id: 'desc' }],
    take: MAX_LISTED,
    select: listed,
  })
  return rows.map((row) => ({ ...row, methods: methodsOf(row.methods) }))
}

export async function findDeviceSessions(
  db: DbOrTx,
  scope: { userId: string; deviceId: string },
): Promise<Pick<SessionRecord, 'id' | 'methods'>[]> {
  const rows = await db.session.findMany({ where: { ...scope, endedAt: null }, select: { id: true, methods: true } })
  return rows.map((row) => ({ id: row.id, methods: methodsOf(row.methods) }))
}

/** Of people at home in the tenant (U6). */
function atHome({ tenantId, userType }: TenantSessions) {
  return { tenantId, memberships: { some: { tenantId, ...(userType === null ? {} : { userType }) } } }
}

/** Newest first; ids begin with the time. */
export async function listTenantSessions(
  db: DbOrTx,
  scope: TenantSessions,
  { before, limit }: { before: string | null; limit: number },
  now: Date,
  without: readonly string[] = [],
): Promise<TenantSession[]> {
  const rows = await db.session.findMany({
    where: {
      endedAt: null,
      expiresAt: { gt: now },
      user: atHome(scope),
      ...(before === null ? {} : { id: { lt: before } }),
      AND: notAmong(without),
    },
    orderBy: { id: 'desc' },
    take: limit,
    select: {
      ...listed,
      user: {
        select: {
          name: true,
          email: true,
          memberships: { where: { tenantId: scope.tenantId }, select: { role: true, userType: true } },
        },
      },
    },
  })
  return rows.flatMap(({ user, methods, ...row }) => {
    const membership = user.memberships[0]
    if (membership === undefined) return []
    return [{ ...row, methods: methodsOf(methods), person: { name: user.name, email: user.email, ...membership } }]
  })
}

export function countTenantSessions(db: DbOrTx, scope: TenantSessions, now: Date): Promise<number> {
  return db.session.count({ where: { endedAt: null, expiresAt: { gt: now }, user: atHome(scope) } })
}

/** Idle limits that sessions of the tenant's people began with: few, for each is a setting of some time. */
export async function listIdleLimits(db: DbOrTx, scope: MemberSessions, now: Date): Promise<number[]> {
  const where = { endedAt: null, expiresAt: { gt: now }, user: withMembership(scope) }
  const rows = await db.session.groupBy({ by: ['idleSeconds'], where, orderBy: { idleSeconds: 'asc' } })
  return rows.map((row) => row.idleSeconds)
}

/** Guests among them: the strictest of several tenants counts (U6). */
function withMembership({ tenantId, userType }: MemberSessions) {
  return { memberships: { some: { tenantId, userType } } }
}

/**
 * Open sessions that began, or were last used, at or before these times; `used` is when one of each idle limit still
 * lives.
 */
export function countSessionsBefore(
  db: DbOrTx,
  scope: MemberSessions,
  live: { voidedAt: Date | null; used: readonly { idleSeconds: number; after: Date }[] },
  bounds: { begun: Date; used: Date },
  secondFactors: readonly Method[],
  now: Date,
): Promise<number> {
  return db.session.count({
    where: {
      endedAt: null,
      expiresAt: { gt: now },
      user: withMembership(scope),
      ...(live.voidedAt === null ? {} : { createdAt: { gt: live.voidedAt } }),
      AND: [
        { OR: live.used.map(({ idleSeconds, after }) => ({ idleSeconds, lastSeenAt: { gt: after } })) },
        { OR: [{ createdAt: { lte: bounds.begun } }, { lastSeenAt: { lte: bounds.used } }] },
        // An end user without a factor has limits of no setting (N20).
        {
          OR: [
            ...secondFactors.map((method) => ({ methods: { contains: method } })),
            { user: { memberships: { some: { userType: 'team' as const } } } },
          ],
        },
      ],
    },
  })
}

export async function updateEnrolling(db: DbOrTx, id: string, enrollingFactorId: string): Promise<void> {
  await db.session.updateMany({ where: { id, endedAt: null }, data: { enrollingFactorId } })
}

export async function findEnrolling(db: DbOrTx, id: string): Promise<string | null> {
  const row = await db.session.findUnique({ where: { id }, select: { enrollingFactorId: true } })
  return row?.enrollingFactorId ?? null
}
