// Above 300 lines: a few long statements make the rows of a report; the rest is one statement each.

import type { DbOrTx } from '../../core/db'
import { notAmong, UnreadableRow } from '../../core/kernel/unreadable'
import type { Role, UserType } from '../../identity/user/types'
import type { ReportCounts, ReportRow, ReportScope, StoredReport } from './types'

const columns = {
  id: true,
  tenantId: true,
  scope: true,
  locale: true,
  requestedById: true,
  requestedByName: true,
  scheduled: true,
  expected: true,
  rows: true,
  enrolled: true,
  mustSetUp: true,
  invited: true,
  parts: true,
  position: true,
  createdAt: true,
  finishedAt: true,
  expiresAt: true,
} as const

const stored = (row: Omit<StoredReport, 'scope'> & { scope: string }) => row as StoredReport

export async function insertReport(
  db: DbOrTx,
  row: {
    id: string
    tenantId: string
    scope: ReportScope
    locale: string
    requestedById: string
    requestedByName: string
    scheduled: boolean
    expected: number
    createdAt: Date
  },
): Promise<void> {
  await db.report.create({ data: row, select: { id: true } })
}

/** One that is being made, or was asked for after this time. */
export async function findRecent(
  db: DbOrTx,
  scope: { tenantId: string; scope: ReportScope },
  askedAfter: Date,
): Promise<{ id: string } | null> {
  return db.report.findFirst({
    where: { ...scope, OR: [{ finishedAt: null }, { createdAt: { gt: askedAfter } }] },
    select: { id: true },
  })
}

export async function listReports(db: DbOrTx, tenantId: string, limit: number): Promise<StoredReport[]> {
  const rows = await db.report.findMany({
    where: { tenantId },
    orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
    take: limit,
    select: columns,
  })
  return rows.map(stored)
}

export async function findFinished(
  db: DbOrTx,
  scope: { tenantId: string; id: string },
  now: Date,
): Promise<StoredReport | null> {
  const row = await db.report.findFirst({ where: { ...scope, expiresAt: { gt: now } }, select: columns })
  return row === null ? null : stored(row)
}

function workable(now: Date) {
  return { finishedAt: null, OR: [{ leasedUntil: null }, { leasedUntil: { lte: now } }] }
}

export async function findReportWork(db: DbOrTx, now: Date): Promise<StoredReport | null> {
  const row = await db.report.findFirst({ where: workable(now), orderBy: { createdAt: 'asc' }, select: columns })
  return row === null ? null : stored(row)
}

/** One conditional write: of any number of workers one has the report. */
export async function updateReportLease(
  db: DbOrTx,
  id: string,
  lease: { token: string; until: Date },
  now: Date,
): Promise<boolean> {
  const { count } = await db.report.updateMany({
    where: { id, ...workable(now) },
    data: { leaseToken: lease.token, leasedUntil: lease.until },
  })
  return count === 1
}

export async function updateReportLeaseEnded(db: DbOrTx, id: string, token: string): Promise<void> {
  await db.report.updateMany({ where: { id, leaseToken: token }, data: { leaseToken: null, leasedUntil: null } })
}

/** A part is written by whoever holds the lease, and by nobody twice. */
export async function updateReportPosition(
  db: DbOrTx,
  scope: { id: string; token: string; parts: number },
  to: { position: string; rows: number; counted: ReportCounts; leasedUntil: Date; more: boolean },
): Promise<boolean> {
  const { position, rows, counted, leasedUntil } = to
  const { count } = await db.report.updateMany({
    where: { id: scope.id, leaseToken: scope.token, parts: scope.parts, finishedAt: null },
    data: {
      position,
      leasedUntil,
      rows: { increment: rows },
      enrolled: { increment: counted.enrolled },
      mustSetUp: { increment: counted.mustSetUp },
      invited: { increment: counted.invited },
      parts: { increment: to.more ? 1 : 0 },
    },
  })
  return count === 1
}

export async function updateReportFinished(
  db: DbOrTx,
  scope: { id: string; token: string },
  times: { finishedAt: Date; expiresAt: Date },
): Promise<boolean> {
  const { count } = await db.report.updateMany({
    where: { id: scope.id, leaseToken: scope.token, finishedAt: null },
    data: { ...times, leaseToken: null, leasedUntil: null },
  })
  return count === 1
}

export async function insertPart(
  db: DbOrTx,
  part: { reportId: string; number: number; rows: readonly ReportRow[] },
): Promise<void> {
  const { reportId, number, rows } = part
  await db.reportPart.create({ data: { reportId, number, text: JSON.stringify(rows) }, select: { reportId: true } })
}

function rowsOf(reportId: string, number: number, text: string): ReportRow[] {
  try {
    return JSON.parse(text)
  } catch {
    throw new UnreadableRow([{ table: 'report_part', id: `${reportId} ${number}`, column: 'text', problem: 'no_json' }])
  }
}

export async function findPart(db: DbOrTx, reportId: string, number: number): Promise<ReportRow[] | null> {
  const part = await db.reportPart.findUnique({
    where: { reportId_number: { reportId, number } },
    select: { text: true },
  })
  return part === null ? null : rowsOf(reportId, number, part.text)
}

export function countMembers(db: DbOrTx, tenantId: string, userType: UserType | null): Promise<number> {
  return db.membership.count({ where: { tenantId, ...(userType === null ? {} : { userType }) } })
}

const ROLES_OF: Readonly<Record<UserType, Role[]>> = { team: ['owner', 'admin', 'agent'], end: ['end_user'] }

function invitedAs(userType: UserType | null) {
  return userType === null ? {} : { role: { in: ROLES_OF[userType] } }
}

/** By id, from a place on. */
export function listMembers(
  db: DbOrTx,
  scope: { tenantId: string; userType: UserType | null },
  after: string,
  limit: number,
  without: readonly string[],
) {
  const { tenantId, userType } = scope
  return db.membership.findMany({
    where: {
      tenantId,
      userId: { gt: after },
      AND: notAmong(without),
      ...(userType === null ? {} : { NOT: { userType: otherType(userType) } }),
    },
    orderBy: { userId: 'asc' },
    take: limit,
    select: {
      userId: true,
      role: true,
      userType: true,
      factorKinds: true,
      user: { select: { lastSignInAt: true, lastSecondFactorAt: true, serviceReason: true } },
    },
  })
}

/** Said as what a row is not, so that no index is chosen for it that is in another order. */
function otherType(userType: UserType): UserType {
  return userType === 'team' ? 'end' : 'team'
}

export function listInvitedPeople(
  db: DbOrTx,
  scope: { tenantId: string; userType: UserType | null },
  after: string,
  limit: number,
  without: readonly string[],
) {
  return db.invitation.findMany({
    where: { tenantId: scope.tenantId, ...invitedAs(scope.userType), email: { gt: after }, AND: notAmong(without) },
    orderBy: { email: 'asc' },
    take: limit,
    select: { id: true, email: true, name: true, role: true },
  })
}

/** Devices that were ever trusted and not forgotten; whether they still are, the rules say. */
export function listTrusted(db: DbOrTx, userIds: readonly string[], without: readonly string[]) {
  return db.device.findMany({
    where: { userId: { in: [...userIds] }, trustGrantedAt: { not: null }, forgottenAt: null, AND: notAmong(without) },
    select: {
      id: true,
      userId: true,
      verifiedAt: true,
      trustGrantedAt: true,
      forgottenAt: true,
      lastSeenAt: true,
      userAgent: true,
    },
  })
}

export async function countCodes(db: DbOrTx, userIds: readonly string[]): Promise<Map<string, number>> {
  const rows = await db.recoveryCode.groupBy({
    by: ['userId'],
    where: { userId: { in: [...userIds] }, kind: 'saved', usedAt: null, revokedAt: null },
    _count: { _all: true },
  })
  return new Map(rows.map((row) => [row.userId, row._count._all]))
}

/** Of each person, by how much the clock of the app that is furthest off was off (X4). */
export async function listClockOffsets(db: DbOrTx, userIds: readonly string[]): Promise<Map<string, number>> {
  const rows = await db.factor.findMany({
    where: { userId: { in: [...userIds] }, clockOffset: { not: null }, confirmedAt: { not: null }, revokedAt: null },
    select: { userId: true, clockOffset: true },
  })
  const furthest = new Map<string, number>()
  for (const { userId, clockOffset } of rows) {
    if (clockOffset !== null && Math.abs(clockOffset) > Math.abs(furthest.get(userId) ?? 0))
      furthest.set(userId, clockOffset)
  }
  return furthest
}

/** The reasons of the exemptions that last (U9). */
export async function listReasons(
  db: DbOrTx,
  scope: { tenantId: string; userIds: readonly string[] },
  now: Date,
): Promise<Map<string, string>> {
  const rows = await db.exemption.findMany({
    where: { tenantId: scope.tenantId, userId: { in: [...scope.userIds] }, endedAt: null, endsAt: { gt: now } },
    select: { userId: true, reason: true },
  })
  return new Map(rows.map((row) => [row.userId, row.reason]))
}

/** Reports that can be downloaded no more; their parts go with them. */
export async function deleteOldReports(db: DbOrTx, before: Date, limit: number): Promise<number> {
  const { count } = await db.report.deleteMany({ where: { expiresAt: { lt: before } }, limit })
  return count
}

export function findSchedule(db: DbOrTx, tenantId: string) {
  return db.reportSchedule.findUnique({
    where: { tenantId },
    select: { scope: true, setByName: true, nextAt: true },
  })
}

export async function upsertSchedule(
  db: DbOrTx,
  tenantId: string,
  data: { scope: ReportScope; setById: string; setByName: string; locale: string; nextAt: Date },
): Promise<void> {
  await db.reportSchedule.upsert({
    where: { tenantId },
    create: { tenantId, ...data },
    update: data,
    select: { tenantId: true },
  })
}

export async function deleteSchedule(db: DbOrTx, tenantId: string): Promise<void> {
  await db.reportSchedule.deleteMany({ where: { tenantId } })
}

/** That of a suspended tenant waits for its end. */
export function findDueSchedule(db: DbOrTx, now: Date) {
  return db.reportSchedule.findFirst({
    where: { nextAt: { lte: now }, tenant: { suspendedAt: null } },
    orderBy: { nextAt: 'asc' },
    select: { tenantId: true, scope: true, setById: true, setByName: true, locale: true, nextAt: true },
  })
}

/** One conditional write: of any number of workers one asks for the report of this month. */
export async function updateNextAt(
  db: DbOrTx,
  scope: { tenantId: string; nextAt: Date },
  nextAt: Date,
): Promise<boolean> {
  const { count } = await db.reportSchedule.updateMany({ where: scope, data: { nextAt } })
  return count === 1
}
