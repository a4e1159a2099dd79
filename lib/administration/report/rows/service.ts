import { passOver } from '../../../core/db'
import type { Deps } from '../../../core/deps'
import { coverageOf, factsOfKinds, levelIn, membershipIn } from '../../../coverage/rules'
import { moreTimeIn } from '../../../coverage/time/rules'
import type { Coverage, Level } from '../../../coverage/types'
import { trustedUntil } from '../../../credentials/device/rules'
import { strengthOf } from '../../../credentials/factor/rules'
import { readKinds } from '../../../identity/policy/rules'
import { effectivePolicy, isService, mayUsePages, userTypeOf } from '../../../identity/user/rules'
import { peopleByIds } from '../../../identity/user/service'
import type { Person, Role } from '../../../identity/user/types'
import { lastReminders } from '../../reminder/service'
import type { LastReminder } from '../../reminder/types'
import { PART_ROWS, sectionAfter, typeOf } from '../rules'
import { countCodes, listClockOffsets, listInvitedPeople, listMembers, listReasons, listTrusted } from '../store'
import type { ReportPosition, ReportRow, ReportStatus, StoredReport } from '../types'

/** The rows from a place on, and the place after them. */
export async function readPart(
  deps: Deps,
  { tenantId, scope }: StoredReport,
  position: ReportPosition,
): Promise<{ rows: ReportRow[]; next: ReportPosition | null }> {
  const userType = typeOf(scope)
  if (position.section === 'invited') {
    const invited = await passOver((without) =>
      listInvitedPeople(deps.db, { tenantId, userType }, position.after, PART_ROWS, without),
    )
    const last = invited.at(-1)
    const next = last === undefined || invited.length < PART_ROWS ? null : { ...position, after: last.email }
    const reminders = await lastReminders(
      deps,
      tenantId,
      invited,
      invited.map(({ id }) => id),
    )
    return { rows: invited.map((each) => ({ ...invitedRow(each), ...reminderOf(reminders, each.email) })), next }
  }
  // Whoever cannot be read keeps nobody else from the report (N41).
  const members = await passOver((without) =>
    listMembers(deps.db, { tenantId, userType }, position.after, PART_ROWS, without),
  )
  const last = members.at(-1)
  const ended = last === undefined || members.length < PART_ROWS
  const next = ended ? sectionAfter(position) : { ...position, after: last.userId }
  return { rows: await rowsOf(deps, tenantId, members), next }
}

const NO_REMINDER = { remindedAt: null, reminder: null } as const

function reminderOf(reminders: ReadonlyMap<string, LastReminder>, email: string) {
  const found = reminders.get(email)
  return found === undefined ? NO_REMINDER : { remindedAt: found.at.toISOString(), reminder: found.as }
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
    deadline: null,
    ...NO_REMINDER,
    reason: null,
    until: null,
    factorKinds: null,
    factorStrengths: null,
    clockOffset: null,
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
  const [people, devices, codes, reasons, clocks] = await Promise.all([
    peopleByIds(db, userIds),
    passOver((without) => listTrusted(db, userIds, without)),
    countCodes(db, userIds),
    listReasons(db, { tenantId, userIds }, now),
    listClockOffsets(db, userIds),
  ])
  const reminders = await lastReminders({ db, clock }, tenantId, people)
  const byId = new Map(people.map((person) => [person.id, person]))
  const trusted = new Map<string, number>()
  for (const device of devices) {
    const person = byId.get(device.userId)
    if (person === undefined || trustedUntil(device, person, effectivePolicy(person), now) === null) continue
    trusted.set(person.id, (trusted.get(person.id) ?? 0) + 1)
  }
  return members.flatMap((member) => {
    const person = byId.get(member.userId)
    // Gone since the members were read, or not to be read.
    if (person === undefined) return []
    // What rows say of factors and codes is over where 2FA was turned off and the worker is still to come (P6).
    const kept = !person.factorsVoided
    const kinds = kept ? readKinds(member.factorKinds) : []
    const coverage = coverageOf(factsOfKinds(person, kinds, now), now)
    // Factors, devices and codes of a guest are not this tenant's to know (U6).
    const home = person.tenantId === tenantId
    return [
      {
        name: person.name,
        email: person.email,
        userType: member.userType,
        role: member.role,
        status: statusOf(person, tenantId, now),
        state: coverage.state,
        rule: coverage.rule,
        level: levelOf(coverage, tenantId),
        since: coverage.tenant?.id === tenantId ? iso(coverage.since) : null,
        deadline: coverage.tenant?.id === tenantId ? iso(coverage.deadline) : null,
        ...reminderOf(reminders, person.email),
        reason:
          coverage.state === 'service' && home
            ? member.user.serviceReason
            : coverage.state === 'exempt' || hasMoreTime(person, tenantId, now)
              ? (reasons.get(person.id) ?? null)
              : null,
        until: iso(coverage.until),
        factorKinds: home ? kinds : null,
        factorStrengths: home ? kinds.map(strengthOf) : null,
        clockOffset: home && kept ? (clocks.get(person.id) ?? null) : null,
        trustedDevices: home ? (trusted.get(person.id) ?? 0) : null,
        codesLeft: home ? (kept && codes.get(person.id)) || 0 : null,
        lastSignInAt: home ? iso(member.user.lastSignInAt) : null,
        lastSecondFactorAt: home ? iso(member.user.lastSecondFactorAt) : null,
      },
    ]
  })
}

function hasMoreTime(person: Person, tenantId: string, now: Date): boolean {
  const membership = membershipIn(person, tenantId)
  return membership !== null && moreTimeIn(membership, now) !== null
}

function levelOf(coverage: Coverage, tenantId: string): Level {
  return coverage.tenant === null && coverage.rule === 'not_required' ? 'tenant' : levelIn(coverage, tenantId)
}

function statusOf(person: Person, tenantId: string, now: Date): ReportStatus {
  const here = membershipIn(person, tenantId)
  const barred = !isService(person, now) && !mayUsePages(person, now)
  return barred || here === null || here.suspended ? 'suspended' : 'active'
}

function iso(date: Date | null): string | null {
  return date?.toISOString() ?? null
}
