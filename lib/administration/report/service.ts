import { by } from '../../audit/rules'
import { recordEvent } from '../../audit/service'
import type { AuditEntry } from '../../audit/types'
import { newToken } from '../../core/crypto/token'
import { type DbOrTx, nextTurn, transact } from '../../core/db'
import type { Deps } from '../../core/deps'
import { newId } from '../../core/kernel/ids'
import { err, ok, type Result } from '../../core/kernel/result'
import { earlier, later } from '../../core/kernel/time'
import { transactResult } from '../../core/transaction'
import { coverageOf, factsOfKinds, membershipIn } from '../../coverage/rules'
import type { Coverage } from '../../coverage/types'
import { trustedUntil } from '../../credentials/device/rules'
import type { TenantAdmin } from '../../identity/actor/types'
import { readKinds } from '../../identity/policy/rules'
import { lockTenant } from '../../identity/policy/service'
import { tenantById } from '../../identity/tenant/service'
import { effectivePolicy, isConsoleRole, mayUsePages, userTypeOf } from '../../identity/user/rules'
import { managersOf, peopleByIds, personById } from '../../identity/user/service'
import type { Person, Role } from '../../identity/user/types'
import { enqueueMail } from '../../messaging/mail/outbox-service'
import { readerOf } from '../../messaging/mail/rules'
import {
  nextMonth,
  PART_ROWS,
  REPORT_FRESH,
  REPORT_HOURS,
  REPORT_LEASE,
  REPORT_LIFE,
  readReportPlace,
  sectionAfter,
  typeOf,
  writeReportPlace,
} from './rules'
import {
  countCodes,
  countInvited,
  countMembers,
  deleteOldReports,
  deleteSchedule,
  findDueSchedule,
  findFinished,
  findPart,
  findRecent,
  findSchedule,
  findWork,
  insertPart,
  insertReport,
  listInvited,
  listMembers,
  listReasons,
  listReports,
  listTrusted,
  updateFinished,
  updateLease,
  updateLeaseEnded,
  updateNextAt,
  updatePosition,
  upsertSchedule,
} from './store'
import type {
  ReportLevel,
  ReportPlace,
  ReportRow,
  ReportScope,
  ReportStatus,
  ReportView,
  ScheduleView,
  StoredReport,
} from './types'

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
  const [members, invited] = await Promise.all([
    countMembers(db, tenantId, userType),
    countInvited(db, tenantId, userType),
  ])
  return members + invited
}

/** The worker makes it (M1, M2); asked for again while it is being made, or within minutes, it is the same one. */
export async function requestReport(
  deps: Deps,
  actor: TenantAdmin,
  scope: ReportScope,
): Promise<{ id: string; begun: boolean }> {
  const tenantId = actor.tenant.tenant.id
  const expected = await expectedRows(deps.db, tenantId, scope)
  return transact(deps, async (deps) => {
    const now = deps.clock.now()
    await lockTenant(deps.db, tenantId)
    const recent = await findRecent(deps.db, { tenantId, scope }, earlier(now, REPORT_FRESH))
    if (recent !== null) return { id: recent.id, begun: false }
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
    return { id, begun: true }
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
export async function setSchedule(deps: Deps, actor: TenantAdmin, scope: ReportScope | null): Promise<void> {
  const tenantId = actor.tenant.tenant.id
  await transact(deps, async (deps) => {
    if (scope === null) await deleteSchedule(deps.db, tenantId)
    else {
      const { id: setById, name: setByName } = actor.person
      const nextAt = nextMonth(deps.clock.now())
      await upsertSchedule(deps.db, tenantId, { scope, setById, setByName, locale: actor.locale, nextAt })
    }
    await recordEvent(deps, eventOf(actor, 'report_schedule_changed', { scope: scope ?? 'off' }))
  })
}

/** Its parts, one after the other, for as long as it can be had (M1); each download is written down (M7). */
export async function downloadReport(
  deps: Deps,
  actor: TenantAdmin,
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
  const work = await findWork(deps.db, now)
  if (work === null) return false
  const token = newToken(deps.random)
  if (!(await updateLease(deps.db, work.id, { token, until: later(now, REPORT_LEASE) }, now))) return false
  // One that fails keeps its lease: others are made before it is tried again.
  await makeReport(deps, work, token, stopped)
  await updateLeaseEnded(deps.db, work.id, token)
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
  for (let place: ReportPlace | null = readReportPlace(work.position); place !== null; ) {
    if (stopped()) return
    const made: { rows: ReportRow[]; next: ReportPlace | null } = await readPart(deps, work, place)
    const { rows, next } = made
    const more = rows.length > 0
    const to = {
      position: writeReportPlace(next),
      rows: rows.length,
      leasedUntil: later(deps.clock.now(), REPORT_LEASE),
      more,
    }
    const number = parts
    const kept = await transact(deps, async (deps) => {
      if (!(await updatePosition(deps.db, { id: work.id, token, parts: number }, to))) return false
      if (more) await insertPart(deps.db, { reportId: work.id, number, rows })
      return true
    })
    if (!kept) return
    if (more) parts += 1
    place = next
    await nextTurn()
  }
  if (!stopped()) await finish(deps, work, token)
}

/** The rows from a place on, and the place after them. */
async function readPart(
  deps: Deps,
  { tenantId, scope }: StoredReport,
  place: ReportPlace,
): Promise<{ rows: ReportRow[]; next: ReportPlace | null }> {
  const userType = typeOf(scope)
  if (place.section === 'invited') {
    const invited = await listInvited(deps.db, { tenantId, userType }, place.after, PART_ROWS)
    const last = invited.at(-1)
    const next = last === undefined || invited.length < PART_ROWS ? null : { ...place, after: last.email }
    return { rows: invited.map(invitedRow), next }
  }
  const members = await listMembers(deps.db, { tenantId, userType }, place.after, PART_ROWS)
  const last = members.at(-1)
  const ended = last === undefined || members.length < PART_ROWS
  const next = ended ? sectionAfter(place) : { ...place, after: last.userId }
  return { rows: await rowsOf(deps, tenantId, members), next }
}

function invitedRow({ email, name, role }: { email: string; name: string; role: Role }): ReportRow {
  return {
    name,
    email,
    userType: userTypeOf(role),
    role,
    status: 'invited',
    state: null,
    rule: null,
    level: null,
    since: null,
    reason: null,
    until: null,
    factorKinds: null,
    trustedDevices: null,
    codesLeft: null,
    lastSignInAt: null,
    lastSecondFactorAt: null,
  }
}

async function rowsOf(
  { db, clock }: Pick<Deps, 'db' | 'clock'>,
  tenantId: string,
  members: Awaited<ReturnType<typeof listMembers>>,
): Promise<ReportRow[]> {
  if (members.length === 0) return []
  const now = clock.now()
  const userIds = members.map(({ userId }) => userId)
  const [people, devices, codes, reasons] = await Promise.all([
    peopleByIds(db, userIds),
    listTrusted(db, userIds),
    countCodes(db, userIds),
    listReasons(db, { tenantId, userIds }, now),
  ])
  const byId = new Map(people.map((person) => [person.id, person]))
  const trusted = new Map<string, number>()
  for (const device of devices) {
    const person = byId.get(device.userId)
    if (person === undefined || trustedUntil(device, person, effectivePolicy(person), now) === null) continue
    trusted.set(person.id, (trusted.get(person.id) ?? 0) + 1)
  }
  return members.flatMap((member) => {
    const person = byId.get(member.userId)
    // Gone since the members were read.
    if (person === undefined) return []
    const kinds = readKinds(member.factorKinds)
    const coverage = coverageOf(factsOfKinds(person, kinds, now), now)
    // Factors, devices and codes of a guest are not this tenant's to know (U6).
    const home = person.tenantId === tenantId
    return [
      {
        name: person.name,
        email: person.email,
        userType: member.userType,
        role: member.role,
        status: statusOf(person, tenantId),
        state: coverage.state,
        rule: coverage.rule,
        level: levelOf(coverage, tenantId),
        since: coverage.tenant?.id === tenantId ? iso(coverage.since) : null,
        reason: coverage.state === 'exempt' ? (reasons.get(person.id) ?? null) : null,
        until: iso(coverage.until),
        factorKinds: home ? kinds : null,
        trustedDevices: home ? (trusted.get(person.id) ?? 0) : null,
        codesLeft: home ? (codes.get(person.id) ?? 0) : null,
        lastSignInAt: home ? iso(member.user.lastSignInAt) : null,
        lastSecondFactorAt: home ? iso(member.user.lastSecondFactorAt) : null,
      },
    ]
  })
}

/** Another tenant is not named (T6). */
function levelOf({ tenant, rule }: Coverage, tenantId: string): ReportLevel {
  if (tenant !== null) return tenant.id === tenantId ? 'tenant' : 'other'
  return rule === 'not_required' ? 'tenant' : 'person'
}

function statusOf(person: Person, tenantId: string): ReportStatus {
  const here = membershipIn(person, tenantId)
  const barred = person.kind === 'person' && !mayUsePages(person)
  return barred || here === null || here.suspended ? 'suspended' : 'active'
}

function iso(date: Date | null): string | null {
  return date?.toISOString() ?? null
}

/** It can be had from now on, and who asked is told; the owners are, where that person is no admin any more (S8). */
async function finish(deps: Deps, work: StoredReport, token: string): Promise<void> {
  const { tenantId } = work
  const tenant = await tenantById(deps, tenantId)
  const asked = await personById(deps.db, work.requestedById)
  await transactResult(deps, async (deps): Promise<Result<null, 'taken'>> => {
    const now = deps.clock.now()
    const times = { finishedAt: now, expiresAt: later(now, REPORT_LIFE) }
    if (!(await updateFinished(deps.db, { id: work.id, token }, times))) return err('taken')
    const rows = (await findFinished(deps.db, { tenantId, id: work.id }, now))?.rows ?? 0
    await recordEvent(deps, {
      tenantId,
      kind: 'report_made',
      actor: { kind: 'system' },
      subject: { id: work.requestedById, name: work.requestedByName },
      data: { scope: work.scope, rows },
    })
    const membership = asked === null ? null : membershipIn(asked.person, tenantId)
    const entitled = membership !== null && !membership.suspended && isConsoleRole(membership.role)
    const readers =
      asked !== null && entitled && mayUsePages(asked.person)
        ? [readerOf(asked.person, work.locale)]
        : (await managersOf(deps.db, tenantId, ['owner'])).map(({ reader }) => reader)
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
