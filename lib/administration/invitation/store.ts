import { type DbOrTx, Prisma } from '../../core/db'
import { notAmong } from '../../core/kernel/unreadable'
import { PERSON_COLUMNS, PERSON_JOINS, personOf, type RawRow } from '../../identity/person-sql'
import type { Person } from '../../identity/user/types'
import type { InvitationRow, OpenInvitation } from './types'

const columns = {
  id: true,
  email: true,
  name: true,
  role: true,
  locale: true,
  sentAt: true,
  expiresAt: true,
  createdById: true,
  createdAt: true,
  validDays: true,
  remindAt: true,
  remindedAt: true,
} as const

/** Sorts after every other character in the order of bytes. */
const LAST = '\u{10ffff}'

export async function insertInvitation(
  db: DbOrTx,
  tenantId: string,
  row: InvitationRow & { tokenHash: string | null },
): Promise<void> {
  await db.invitation.create({ data: { ...row, tenantId }, select: { id: true } })
}

/** Many at once, without a mail (X8). */
export async function insertInvitations(
  db: DbOrTx,
  tenantId: string,
  rows: readonly (InvitationRow & { tokenHash: string | null })[],
): Promise<void> {
  await db.invitation.createMany({ data: rows.map((row) => ({ ...row, tenantId })) })
}

export function findInvitation(
  db: DbOrTx,
  scope: { tenantId: string; id: string },
): Promise<(InvitationRow & { tokenHash: string | null }) | null> {
  return db.invitation.findFirst({ where: scope, select: { ...columns, tokenHash: true } })
}

/** Those of these addresses that are invited. */
export function listInvited(
  db: DbOrTx,
  tenantId: string,
  emails: readonly string[],
): Promise<(InvitationRow & { tokenHash: string | null })[]> {
  return db.invitation.findMany({
    where: { tenantId, email: { in: [...emails] } },
    select: { ...columns, tokenHash: true },
  })
}

export async function deleteInvitations(db: DbOrTx, tenantId: string, ids: readonly string[]): Promise<void> {
  await db.invitation.deleteMany({ where: { tenantId, id: { in: [...ids] } } })
}

/** That of a suspended tenant waits for its end, as its reminders do. */
export async function findOpenInvitation(db: DbOrTx, tokenHash: string, now: Date): Promise<OpenInvitation | null> {
  const row = await db.invitation.findFirst({
    where: { tokenHash, expiresAt: { gt: now }, tenant: { suspendedAt: null } },
    select: {
      ...columns,
      tenant: { select: { id: true, name: true } },
    },
  })
  return row === null ? null : { ...row, tokenHash }
}

/** The link of the mail that this one of a reminder hangs on. */
export async function findFirstHash(db: DbOrTx, tokenHash: string): Promise<string | null> {
  const row = await db.invitationLink.findUnique({ where: { tokenHash }, select: { firstHash: true } })
  return row?.firstHash ?? null
}

export async function insertInvitationLink(
  db: DbOrTx,
  row: { id: string; invitationId: string; tokenHash: string; firstHash: string; createdAt: Date },
): Promise<void> {
  await db.invitationLink.create({ data: row, select: { id: true } })
}

export async function listNewestLinks(db: DbOrTx, invitationId: string, limit: number): Promise<string[]> {
  const rows = await db.invitationLink.findMany({
    where: { invitationId },
    orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
    take: limit,
    select: { id: true },
  })
  return rows.map(({ id }) => id)
}

export async function deleteInvitationLinks(db: DbOrTx, invitationId: string, but: readonly string[]): Promise<void> {
  await db.invitationLink.deleteMany({ where: { invitationId, id: { notIn: [...but] } } })
}

/** Those at which the worker is to look by now, the longest overdue first. */
export function listToRemind(
  db: DbOrTx,
  now: Date,
  limit: number,
  without: readonly string[],
): Promise<{ id: string; tenantId: string }[]> {
  return db.invitation.findMany({
    where: { remindAt: { lte: now }, tenant: { suspendedAt: null }, AND: notAmong(without) },
    orderBy: { remindAt: 'asc' },
    take: limit,
    select: { id: true, tenantId: true },
  })
}

/** One conditional write a reminder: false when it is gone, sent anew, changed or reminded of since it was read. */
export async function updateReminded(
  db: DbOrTx,
  tenantId: string,
  row: Pick<InvitationRow, 'id' | 'role' | 'createdById' | 'remindAt' | 'remindedAt'> & { tokenHash: string | null },
  to: Pick<InvitationRow, 'remindAt' | 'remindedAt'>,
): Promise<boolean> {
  const { id, role, createdById, remindAt, remindedAt, tokenHash } = row
  const { count } = await db.invitation.updateMany({
    where: { id, tenantId, role, createdById, remindAt, remindedAt, tokenHash },
    data: to,
  })
  return count === 1
}

/** What fell due by now counts as done. */
export async function updateRemindersDue(db: DbOrTx, now: Date): Promise<void> {
  await db.invitation.updateMany({ where: { remindAt: { lte: now } }, data: { remindAt: now } })
}

/** A new link; the one before dies. False when the row is gone, or was sent by somebody else meanwhile. */
export async function updateInvitationSent(
  db: DbOrTx,
  scope: { tenantId: string; id: string; tokenHash: string | null },
  link: { tokenHash: string; sentAt: Date; expiresAt: Date; createdById: string | null; remindAt: Date | null },
): Promise<boolean> {
  const { count } = await db.invitation.updateMany({ where: scope, data: { ...link, remindedAt: null } })
  return count === 1
}

/** What it gives from now on; false when it is gone, or was mailed about meanwhile. */
export async function updateInvitation(
  db: DbOrTx,
  scope: { tenantId: string; id: string; tokenHash: string | null; remindAt: Date | null },
  change: Pick<InvitationRow, 'role' | 'locale' | 'validDays' | 'expiresAt' | 'createdById' | 'remindAt'>,
): Promise<boolean> {
  const { count } = await db.invitation.updateMany({ where: scope, data: change })
  return count === 1
}

/** One use, by one conditional write, of what it gave when it was read (R10). */
export async function consumeInvitation(
  db: DbOrTx,
  scope: Pick<InvitationRow, 'id' | 'role' | 'createdById'> & { tokenHash: string },
  now: Date,
): Promise<boolean> {
  const { count } = await db.invitation.deleteMany({ where: { ...scope, expiresAt: { gt: now } } })
  return count === 1
}

export async function deleteInvitation(db: DbOrTx, scope: { tenantId: string; id: string }): Promise<boolean> {
  const { count } = await db.invitation.deleteMany({ where: scope })
  return count === 1
}

/** Up to `limit` in the order of addresses, from one on (not with it), or against it. */
export function listInvitations(
  db: DbOrTx,
  tenantId: string,
  {
    search,
    after,
    before,
    until,
    limit,
    without = [],
  }: {
    search: string
    after?: string
    before?: string
    until?: Date
    limit: number
    without?: readonly string[]
  },
): Promise<InvitationRow[]> {
  return db.invitation.findMany({
    where: {
      tenantId,
      ...(until === undefined ? {} : { createdAt: { lte: until } }),
      AND: [
        ...(search === '' ? [] : [{ email: { gte: search, lt: `${search}${LAST}` } }]),
        ...(after === undefined ? [] : [{ email: { gt: after } }]),
        ...(before === undefined ? [] : [{ email: { lt: before } }]),
        ...notAmong(without),
      ],
    },
    orderBy: { email: before === undefined ? 'asc' : 'desc' },
    take: limit,
    select: columns,
  })
}

export function listInvitationsAmong(
  db: DbOrTx,
  tenantId: string,
  ids: readonly string[],
): Promise<(InvitationRow & { tokenHash: string | null })[]> {
  return db.invitation.findMany({
    where: { tenantId, id: { in: [...ids] } },
    orderBy: { email: 'asc' },
    select: { ...columns, tokenHash: true },
  })
}

const PEOPLE = Prisma.raw(`SELECT ${PERSON_COLUMNS} FROM "app_user" u ${PERSON_JOINS}`)

/** Those who invited, as they are now, in one statement. */
export async function listSenders(db: DbOrTx, ids: readonly string[]): Promise<Person[]> {
  if (ids.length === 0) return []
  const rows = await db.$queryRaw<RawRow[]>`${PEOPLE} WHERE u."id" IN (${Prisma.join([...ids])})`
  return ids
    .map((id) => rows.filter((row) => row.u_id === id))
    .flatMap((own) => (own.length === 0 ? [] : personOf(own)))
}

export function findMember(db: DbOrTx, scope: { tenantId: string; email: string }): Promise<{ id: string } | null> {
  return db.membership.findFirst({
    where: { tenantId: scope.tenantId, user: { email: scope.email } },
    select: { id: true },
  })
}

/** Those of these addresses that somebody of the tenant has. */
export async function listMembersAmong(db: DbOrTx, tenantId: string, emails: readonly string[]): Promise<string[]> {
  const rows = await db.membership.findMany({
    where: { tenantId, user: { email: { in: [...emails] } } },
    select: { user: { select: { email: true } } },
  })
  return rows.map(({ user }) => user.email)
}
