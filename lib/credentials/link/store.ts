import type { DbOrTx } from '../../core/db'
import type { LinkKind, OpenLink } from './types'

const columns = { id: true, kind: true, userId: true, email: true, returnTo: true, createdAt: true } as const

export async function insertLink(db: DbOrTx, row: OpenLink & { tokenHash: string; expiresAt: Date }): Promise<void> {
  await db.mailedLink.create({ data: row, select: { id: true } })
}

export async function findOpenLink(
  db: DbOrTx,
  scope: { tokenHash: string; kind: LinkKind },
  now: Date,
): Promise<OpenLink | null> {
  const row = await db.mailedLink.findFirst({
    where: { ...scope, usedAt: null, expiresAt: { gt: now } },
    // Compared by the database alone, what is no date would be good for ever (N41).
    select: { ...columns, expiresAt: true },
  })
  return row === null ? null : { ...row, kind: scope.kind }
}

export async function listOpenLinks(
  db: DbOrTx,
  scope: { userId: string; kind: LinkKind },
  now: Date,
): Promise<OpenLink[]> {
  const rows = await db.mailedLink.findMany({
    where: { ...scope, usedAt: null, expiresAt: { gt: now } },
    select: columns,
  })
  return rows.map((row) => ({ ...row, kind: scope.kind }))
}

/** A link that was used since then, or ended beside one that was. */
export function findUsedLink(
  db: DbOrTx,
  scope: { tokenHash: string; kind: LinkKind },
  since: Date,
): Promise<{ id: string; userId: string } | null> {
  return db.mailedLink.findFirst({ where: { ...scope, usedAt: { gt: since } }, select: { id: true, userId: true } })
}

/** One use, by one conditional write (R12). */
export async function consumeLink(db: DbOrTx, scope: { id: string; kind: LinkKind }, now: Date): Promise<boolean> {
  const { count } = await db.mailedLink.updateMany({
    where: { ...scope, usedAt: null, expiresAt: { gt: now } },
    data: { usedAt: now },
  })
  return count === 1
}

/** Links of these kinds are over; with `since` only those made from then on. */
export async function updateLinksEnded(
  db: DbOrTx,
  scope: { userId: string; kinds: readonly LinkKind[]; since?: Date },
  now: Date,
): Promise<void> {
  await db.mailedLink.updateMany({
    where: {
      userId: scope.userId,
      kind: { in: [...scope.kinds] },
      usedAt: null,
      ...(scope.since ? { createdAt: { gte: scope.since } } : {}),
    },
    data: { usedAt: now },
  })
}

/** Of everybody. */
export async function updateAllLinksEnded(db: DbOrTx, kinds: readonly LinkKind[], now: Date): Promise<void> {
  await db.mailedLink.updateMany({ where: { kind: { in: [...kinds] }, usedAt: null }, data: { usedAt: now } })
}

/** Whether somebody may still take this address back. */
export async function hasOpenUndo(
  db: DbOrTx,
  scope: { email: string; exceptUserId: string | null },
  now: Date,
): Promise<boolean> {
  const row = await db.mailedLink.findFirst({
    where: {
      email: scope.email,
      kind: 'undo',
      usedAt: null,
      expiresAt: { gt: now },
      ...(scope.exceptUserId === null ? {} : { userId: { not: scope.exceptUserId } }),
    },
    select: { id: true },
  })
  return row !== null
}

/** The address of the newest undoing that is open. */
export async function findNewestUndo(db: DbOrTx, userId: string, now: Date): Promise<string | null> {
  const row = await db.mailedLink.findFirst({
    where: { userId, kind: 'undo', usedAt: null, expiresAt: { gt: now } },
    orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
    select: { email: true },
  })
  return row?.email ?? null
}

/** Of the undo links made from then on, used or not; more than a person makes in a week. */
export async function listUndone(db: DbOrTx, userId: string, since: Date): Promise<string[]> {
  const rows = await db.mailedLink.findMany({
    where: { userId, kind: 'undo', createdAt: { gte: since }, email: { not: null } },
    orderBy: { createdAt: 'asc' },
    take: 50,
    select: { email: true },
  })
  return rows.flatMap(({ email }) => (email === null ? [] : [email]))
}

export async function insertLinkRequest(
  db: DbOrTx,
  row: { id: string; payload: string; runAt: Date; createdAt: Date },
): Promise<void> {
  await db.job.create({ data: { kind: 'link_request', ...row }, select: { id: true } })
}

export function listRequests(db: DbOrTx, now: Date, limit: number): Promise<{ id: string; payload: string }[]> {
  return db.job.findMany({
    where: { kind: 'link_request', runAt: { lte: now } },
    orderBy: [{ runAt: 'asc' }, { id: 'asc' }],
    take: limit,
    select: { id: true, payload: true },
  })
}

/** Of any number of workers one gets it, and its row goes with what it leads to. */
export async function consumeRequest(db: DbOrTx, id: string): Promise<boolean> {
  const { count } = await db.job.deleteMany({ where: { id, kind: 'link_request' } })
  return count === 1
}

export async function updateRequestLater(db: DbOrTx, id: string, runAt: Date): Promise<void> {
  await db.job.updateMany({ where: { id }, data: { runAt } })
}

/** A request that nothing came of is not answered hours later. */
export async function deleteOldRequests(db: DbOrTx, before: Date): Promise<void> {
  await db.job.deleteMany({ where: { kind: 'link_request', createdAt: { lt: before } } })
}
