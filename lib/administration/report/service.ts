import { by } from '../../audit/rules'
import { recordEvent } from '../../audit/service'
import type { AuditEntry } from '../../audit/types'
import { newToken } from '../../core/crypto/token'
import { type DbOrTx, nextTurn, orPassOver, transact } from '../../core/db'
import type { Deps } from '../../core/deps'
import { newId } from '../../core/kernel/ids'
import { err, ok, type Result } from '../../core/kernel/result'
import { earlier, later } from '../../core/kernel/time'
import { transactResult } from '../../core/transaction'
import { membershipIn } from '../../coverage/rules'
import { invitedByType } from '../../coverage/service'
import type { FreshAdmin, TenantAdmin } from '../../identity/actor/types'
import { tenantById } from '../../identity/tenant/service'
import { isConsoleRole, mayUsePages } from '../../identity/user/rules'
import { managersOf, personById } from '../../identity/user/service'
import { enqueueMail } from '../../messaging/mail/outbox-service'
import { readerOf } from '../../messaging/mail/rules'
import { actOnTenant } from '../acting/service'
import { readPart } from './rows/service'
import {
  countsOf,
  nextMonth,
  REPORT_FRESH,
  REPORT_HOURS,
  REPORT_LEASE,
  REPORT_TTL,
  readReportPosition,
  typeOf,
  writeReportPosition,
} from './rules'
import {
  countMembers,
  deleteOldReports,
  deleteSchedule,
  findDueSchedule,
  findFinished,
  findPart,
  findRecent,
  findReportWork,
  findSchedule,
  insertPart,
  insertReport,
  listReports,
  updateNextAt,
  updateReportFinished,
  updateReportLease,
  updateReportLeaseEnded,
  updateReportPosition,
  upsertSchedule,
} from './store'
import type { ReportPosition, ReportRow, ReportScope, ReportView, ScheduleView, StoredReport } from './types'

// ——— asking for one ———

function eventOf(actor: TenantAdmin, kind: AuditEntry['kind'], data: NonNullable<AuditEntry['data']>): AuditEntry {
  return {
    tenantId: actor.tenant.tenant.id,
    kind,
    ...by(actor),
    data,
  }
}

async function expectedRows(db: DbOrTx, tenantId: string, scope: ReportScope): Promise<number> {
  const userType = typeOf(scope)
  const [members, { team, end }] = await Promise.all([
    countMembers(db, tenantId, userType),
    invitedByType(db, tenantId),
  ])
  return members + (userType === 'end' ? 0 : team) + (userType === 'team' ? 0 : end)
}

/** The worker makes it (M1, M2); asked for again while it is being made, or within minutes, it is the same one. */
export async function requestReport(
  deps: Deps,
  actor: FreshAdmin,
  scope: ReportScope,
): Promise<Result<{ id: string; begun: boolean }, 'not_permitted'>> {
  const tenantId = actor.tenant.tenant.id
  const expected = await expectedRows(deps.db, tenantId, scope)
  return actOnTenant(deps, actor, 'make_report', async (deps) => {
    const now = deps.clock.now()
    const recent = await findRecent(deps.db, { tenantId, scope }, earlier(now, REPORT_FRESH))
    if (recent !== null) return ok({ id: recent.id, begun: false })
    const id = newId(now, deps.random)
    await insertReport(deps.db, {
      id,
      tenantId,
      scope,
      locale: actor.locale,
      requestedById: actor.person.id,
      requestedByName: actor.person.name,
      scheduled: false,
      expected,
      createdAt: now,
    })
    await recordEvent(deps, eventOf(actor, 'report_requested', { scope }))
    return ok({ id, begun: true })
  })
}

const REPORTS_SHOWN = 20

export async function viewReports(
  deps: Deps,
  actor: TenantAdmin,
): Promise<{ reports: ReportView[]; schedule: ScheduleView | null }> {
  const tenantId = actor.tenant.tenant.id
  const [reports, schedule] = await Promise.all([
    listReports(deps.db, tenantId, REPORTS_SHOWN),
    findSchedule(deps.db, tenantId),
  ])
  return {
    reports: reports.map(({ requestedByName: by, ...report }) => ({ ...report, by })),
    schedule:
      schedule === null
        ? null
        : { scope: schedule.scope as ReportScope, by: schedule.setByName, nextAt: schedule.nextAt },
  }
}

/** On the first of each month, in the name of who set it (M2); null ends it. */
export function setSchedule(
  deps: Deps,
  actor: FreshAdmin,
  scope: ReportScope | null,
): Promise<Result<null, 'not_permitted'>> {
  const tenantId = actor.tenant.tenant.id
  return actOnTenant(deps, actor, 'schedule_report', async (deps) => {
    if (scope === null) await deleteSchedule(deps.db, tenantId)
    else {
      const { id: setById, name: setByName } = actor.person
      const nextAt = nextMonth(deps.clock.now())
      await upsertSchedule(deps.db, tenantId, { scope, setById, setByName, locale: actor.locale, nextAt })
    }
    await recordEvent(deps, eventOf(actor, 'report_schedule_changed', { scope: scope ?? 'off' }))
    return ok(null)
  })
}

/** Its parts, one after the other, for as long as it can be had (M1); each download is written down (M7). */
export async function downloadReport(
  deps: Deps,
  actor: FreshAdmin,
  id: string,
): Promise<
  Result<{ report: ReportView; tenant: string; parts: AsyncGenerator<readonly ReportRow[], void> }, 'not_found'>
> {
  const tenantId = actor.tenant.tenant.id
  const report = await findFinished(deps.db, { tenantId, id }, deps.clock.now())
  if (report === null) return err('not_found')
  await recordEvent(deps, eventOf(actor, 'report_downloaded', { scope: report.scope, rows: report.rows }))
  const tenant = actor.tenant.tenant.name
  return ok({ report: { ...report, by: report.requestedByName }, tenant, parts: partsOf(deps.db, report) })
}

async function* partsOf(db: DbOrTx, { id, parts }: StoredReport): AsyncGenerator<readonly ReportRow[], void> {
  for (let number = 0; number < parts; number += 1) {
    const rows = await findPart(db, id, number)
    // Better a download that breaks off than one that looks whole.
    if (rows === null) throw new Error(`part ${number} of report ${id} is gone`)
    yield rows
    await nextTurn()
  }
}

// ——— making it ———

/** For the worker: asks for what the schedules say, and goes on with one report. Gives whether there was any. */
export async function makeReports(deps: Deps, stopped: () => boolean): Promise<boolean> {
  await askForScheduled(deps)
  const now = deps.clock.now()
  const work = await findReportWork(deps.db, now)
  if (work === null) return false
  const token = newToken(deps.random)
  if (!(await updateReportLease(deps.db, work.id, { token, until: later(now, REPORT_LEASE) }, now))) return false
  // One that fails keeps its lease: others are made before it is tried again.
  await makeReport(deps, work, token, stopped)
  await updateReportLeaseEnded(deps.db, work.id, token)
  return true
}

async function askForScheduled(deps: Deps): Promise<void> {
  const now = deps.clock.now()
  const due = await findDueSchedule(deps.db, now)
  if (due === null) return
  const { tenantId, locale, setById, setByName } = due
  const scope = due.scope as ReportScope
  const expected = await expectedRows(deps.db, tenantId, scope)
  await transact(deps, async (deps) => {
    if (!(await updateNextAt(deps.db, { tenantId, nextAt: due.nextAt }, nextMonth(now)))) return
    await insertReport(deps.db, {
      id: newId(now, deps.random),
      tenantId,
      scope,
      locale,
      requestedById: setById,
      requestedByName: setByName,
      scheduled: true,
      expected,
      createdAt: now,
    })
    await recordEvent(deps, {
      tenantId,
      kind: 'report_requested',
      actor: { kind: 'system' },
      subject: { id: setById, name: setByName },
      data: { scope, scheduled: true },
    })
  })
}

async function makeReport(deps: Deps, work: StoredReport, token: string, stopped: () => boolean): Promise<void> {
  let { parts } = work
  for (let position: ReportPosition | null = readReportPosition(work.position); position !== null; ) {
    if (stopped()) return
    const made: { rows: ReportRow[]; next: ReportPosition | null } = await readPart(deps, work, position)
    const { rows, next } = made
    const more = rows.length > 0
    const to = {
      position: writeReportPosition(next),
      rows: rows.length,
      counted: countsOf(rows),
      leasedUntil: later(deps.clock.now(), REPORT_LEASE),
      more,
    }
    const number = parts
    const kept = await transact(deps, async (deps) => {
      if (!(await updateReportPosition(deps.db, { id: work.id, token, parts: number }, to))) return false
      if (more) await insertPart(deps.db, { reportId: work.id, number, rows })
      return true
    })
    if (!kept) return
    if (more) parts += 1
    position = next
    await nextTurn()
  }
  if (!stopped()) await finish(deps, work, token)
}

/** It can be had from now on, and who asked is told; the owners are, where that person is no admin any more (S8). */
async function finish(deps: Deps, work: StoredReport, token: string): Promise<void> {
  const { tenantId } = work
  const tenant = await tenantById(deps, tenantId)
  const asked = await orPassOver(() => personById(deps.db, work.requestedById))
  await transactResult(deps, async (deps): Promise<Result<null, 'taken'>> => {
    const now = deps.clock.now()
    const times = { finishedAt: now, expiresAt: later(now, REPORT_TTL) }
    if (!(await updateReportFinished(deps.db, { id: work.id, token }, times))) return err('taken')
    const finished = await findFinished(deps.db, { tenantId, id: work.id }, now)
    const { rows, enrolled, mustSetUp, invited } = finished ?? work
    const outOf = enrolled + mustSetUp + invited
    await recordEvent(deps, {
      tenantId,
      kind: 'report_made',
      actor: { kind: 'system' },
      subject: { id: work.requestedById, name: work.requestedByName },
      data: { scope: work.scope, rows, enrolled, outOf },
    })
    const membership = asked === null ? null : membershipIn(asked.person, tenantId)
    const entitled = membership !== null && !membership.suspended && isConsoleRole(membership.role)
    const readers =
      asked !== null && entitled && mayUsePages(asked.person, deps.clock.now())
        ? [readerOf(asked.person, work.locale)]
        : (await managersOf(deps, tenantId, ['owner'])).map(({ reader }) => reader)
    const values = {
      tenant: tenant?.name ?? '',
      rows,
      hours: REPORT_HOURS,
      link: `${deps.publicUrl}/admin/${tenant?.slug ?? ''}/security/reports`,
    }
    for (const reader of readers) {
      const locale = reader.locale ?? work.locale
      await enqueueMail(deps, { ...reader, locale, template: 'report_ready', values, expiresAt: times.expiresAt })
    }
    return ok(null)
  })
}

/** For the cleaning. */
export function dropOldReports(deps: Pick<Deps, 'db' | 'clock'>, limit: number): Promise<number> {
  return deleteOldReports(deps.db, deps.clock.now(), limit)
}
