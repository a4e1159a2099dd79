import type { DbOrTx } from '../../core/db'
import { days, earlier } from '../../core/kernel/time'
import { notAmong } from '../../core/kernel/unreadable'
import type { Role, UserType } from '../../identity/user/types'
import { PICKED, type ReminderRound } from './types'

const columns = {
  id: true,
  tenantId: true,
  userType: true,
  milestone: true,
  askedByName: true,
  locale: true,
  position: true,
  mailed: true,
  createdAt: true,
  finishedAt: true,
} as const

/**
 * Tenants that named a day which ends between these times, and those below a partner that did (T5); none that is
 * suspended.
 */
export async function listTenantsWithDay(db: DbOrTx, now: Date, until: Date): Promise<string[]> {
  const asks = { some: { required: true, deadline: { gt: now, lte: until } } }
  const rows = await db.tenant.findMany({
    where: {
      suspendedAt: null,
      OR: [{ policy: { rules: asks } }, { ancestors: { some: { ancestor: { policy: { floors: asks } } } } }],
    },
    select: { id: true },
  })
  return rows.map(({ id }) => id)
}

export async function hasRound(db: DbOrTx, scope: { tenantId: string; slot: string }): Promise<boolean> {
  return (await db.reminderRound.findUnique({ where: { tenantId_slot: scope }, select: { id: true } })) !== null
}

export async function insertRound(
  db: DbOrTx,
  row: {
    id: string
    tenantId: string
    slot: string
    userType: UserType | null
    milestone: number | null
    askedById: string | null
    askedByName: string | null
    locale: string | null
    createdAt: Date
    finishedAt?: Date
  },
): Promise<void> {
  await db.reminderRound.create({ data: row, select: { id: true } })
}

export async function findRound(db: DbOrTx, scope: { tenantId: string; slot: string }): Promise<string | null> {
  return (await db.reminderRound.findUnique({ where: { tenantId_slot: scope }, select: { id: true } }))?.id ?? null
}

/** One more mail of a round. */
export async function updateRoundMailed(db: DbOrTx, id: string): Promise<void> {
  await db.reminderRound.updateMany({ where: { id }, data: { mailed: { increment: 1 } } })
}

/** Whether a reminder to this person, of any round, was sent or waits. */
export async function hasReminderSince(db: DbOrTx, userId: string, since: Date): Promise<boolean> {
  const where = { userId, createdAt: { gt: since }, roundId: { not: null }, failedAt: null }
  return (await db.outboxMessage.findFirst({ where, select: { id: true } })) !== null
}

/** Those of these people who were reminded since then by an admin who picked them. */
export async function listPickedSince(
  db: DbOrTx,
  { tenantId, userIds }: { tenantId: string; userIds: readonly string[] },
  since: Date,
): Promise<string[]> {
  // A round is older than its mails, by hours at most.
  const rounds = await db.reminderRound.findMany({
    where: { tenantId, slot: { startsWith: PICKED }, createdAt: { gt: earlier(since, days(7)) } },
    select: { id: true },
  })
  if (rounds.length === 0) return []
  const rows = await db.outboxMessage.findMany({
    where: {
      roundId: { in: rounds.map(({ id }) => id) },
      userId: { in: [...userIds] },
      createdAt: { gt: since },
      failedAt: null,
    },
    select: { userId: true },
  })
  return rows.flatMap(({ userId }) => userId ?? [])
}

/** When everybody was asked for; people who were picked are not. */
export async function findLastAsked(db: DbOrTx, tenantId: string): Promise<Date | null> {
  const row = await db.reminderRound.findFirst({
    where: { tenantId, milestone: null, NOT: { slot: { startsWith: PICKED } } },
    orderBy: { createdAt: 'desc' },
    select: { createdAt: true },
  })
  return row?.createdAt ?? null
}

export function listRounds(db: DbOrTx, tenantId: string, since: Date, limit: number): Promise<ReminderRound[]> {
  return db.reminderRound.findMany({
    where: { tenantId, createdAt: { gt: since } },
    orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
    take: limit,
    select: columns,
  })
}

function workable(now: Date) {
  return { finishedAt: null, OR: [{ leasedUntil: null }, { leasedUntil: { lte: now } }] }
}

export function findRoundWork(db: DbOrTx, now: Date): Promise<ReminderRound | null> {
  return db.reminderRound.findFirst({ where: workable(now), orderBy: { createdAt: 'asc' }, select: columns })
}

/** One conditional write: of any number of workers one has the round. */
export async function updateRoundLease(
  db: DbOrTx,
  id: string,
  lease: { token: string; until: Date },
  now: Date,
): Promise<boolean> {
  const { count } = await db.reminderRound.updateMany({
    where: { id, ...workable(now) },
    data: { leaseToken: lease.token, leasedUntil: lease.until },
  })
  return count === 1
}

/** A part is mailed by whoever holds the lease, and nobody is mailed twice. */
export async function updateRoundPosition(
  db: DbOrTx,
  scope: { id: string; token: string; from: string | null },
  to: { position: string; mailed: number; leasedUntil: Date },
): Promise<boolean> {
  const { position, mailed, leasedUntil } = to
  const { count } = await db.reminderRound.updateMany({
    where: { id: scope.id, leaseToken: scope.token, position: scope.from, finishedAt: null },
    data: { position, leasedUntil, mailed: { increment: mailed } },
  })
  return count === 1
}

export async function updateRoundFinished(
  db: DbOrTx,
  scope: { id: string; token: string },
  finishedAt: Date,
): Promise<boolean> {
  const { count } = await db.reminderRound.updateMany({
    where: { id: scope.id, leaseToken: scope.token, finishedAt: null },
    data: { finishedAt, leaseToken: null, leasedUntil: null },
  })
  return count === 1
}

/** Active people by id, from a place on. */
export function listActive(
  db: DbOrTx,
  { tenantId, userTypes }: { tenantId: string; userTypes: readonly UserType[] },
  after: string,
  limit: number,
  without: readonly string[],
) {
  return db.membership.findMany({
    where: {
      tenantId,
      suspended: false,
      userType: { in: [...userTypes] },
      userId: { gt: after },
      AND: notAmong(without),
    },
    orderBy: { userId: 'asc' },
    take: limit,
    select: { userId: true, userType: true, factorKinds: true },
  })
}

const ROLES_OF: Readonly<Record<UserType, Role[]>> = { team: ['owner', 'admin', 'agent'], end: ['end_user'] }

function invitedAs(userTypes: readonly UserType[]) {
  return { role: { in: userTypes.flatMap((type) => ROLES_OF[type]) } }
}

export function listInvitedTo(
  db: DbOrTx,
  { tenantId, userTypes }: { tenantId: string; userTypes: readonly UserType[] },
  after: string,
  limit: number,
  without: readonly string[],
) {
  return db.invitation.findMany({
    where: { tenantId, ...invitedAs(userTypes), email: { gt: after }, AND: notAmong(without) },
    orderBy: { email: 'asc' },
    take: limit,
    select: { id: true, email: true, role: true },
  })
}

/** Mails of each round that were sent, failed for good, or wait. */
export async function countByRound(
  db: DbOrTx,
  roundIds: readonly string[],
): Promise<{ roundId: string; as: 'sent' | 'failed' | 'waiting'; mails: number }[]> {
  const states = [
    ['sent', { sentAt: { not: null } }],
    ['failed', { failedAt: { not: null } }],
    ['waiting', { sentAt: null, failedAt: null }],
  ] as const
  const counted = await Promise.all(
    states.map(([, where]) =>
      db.outboxMessage.groupBy({
        by: ['roundId'],
        where: { roundId: { in: [...roundIds] }, ...where },
        _count: { _all: true },
      }),
    ),
  )
  return counted.flatMap((rows, index) =>
    rows.map((row) => ({ roundId: row.roundId ?? '', as: states[index]?.[0] ?? 'waiting', mails: row._count._all })),
  )
}

/** The messages of these rounds to these addresses, the newest first. */
export function listOfRounds(db: DbOrTx, roundIds: readonly string[], recipients: readonly string[]) {
  return db.outboxMessage.findMany({
    where: { roundId: { in: [...roundIds] }, recipient: { in: [...recipients] } },
    orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
    select: { recipient: true, createdAt: true, sentAt: true, failedAt: true },
  })
}
