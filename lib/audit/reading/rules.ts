import { days, later } from '../../core/kernel/time'
import { endOfDay, startOfDay } from '../../core/kernel/zones'
import {
  AUDIT_KINDS,
  type AuditFilters,
  type AuditKind,
  type AuditQuery,
  type EventRange,
  type JsonValue,
  KIND_GROUP_NAMES,
  type KindGroup,
  type Position,
  type StoredEvent,
} from '../types'

export const AUDIT_PAGE_SIZE = 50

const GROUPED = {
  sign_in: [
    'sign_in_succeeded',
    'sign_in_repeated',
    'sign_in_failed',
    'sign_in_throttled',
    'sign_in_link_requested',
    'step_up_succeeded',
    'step_up_failed',
    'passcode_sent',
    'signed_out',
    'session_ended',
    'contained',
  ],
  factors: [
    'enrolment_put_off',
    'mfa_setup_succeeded',
    'mfa_setup_failed',
    'factor_removed',
    'factor_renamed',
    'factor_preferred',
    'two_factor_turned_on',
    'two_factor_turned_off',
    'two_factor_voided',
    'factors_voided',
  ],
  recovery: [
    'recovery_codes_made',
    'recovery_code_used',
    'recovery_code_issued',
    'issued_code_used',
    'factors_reset',
    'reset_requested',
    'reset_approved',
    'reset_denied',
    'reset_cancelled',
    'break_glass',
    'change_stopped',
  ],
  devices: [
    'device_verification_sent',
    'device_verified',
    'device_trusted',
    'device_forgotten',
    'device_copied',
    'devices_forgotten',
    'not_me_reported',
  ],
  account: [
    'password_changed',
    'password_change_failed',
    'password_reset_requested',
    'password_reset_refused',
    'password_reset',
    'address_change_requested',
    'address_changed',
    'address_restored',
  ],
  people: [
    'user_created',
    'user_invited',
    'invitation_withdrawn',
    'invitation_changed',
    'invitation_reminded',
    'invitation_accepted',
    'import_received',
    'import_started',
    'import_dropped',
    'import_stopped',
    'users_imported',
    'bulk_started',
    'bulk_done',
    'bulk_stopped',
    'user_suspended',
    'user_reactivated',
    'role_changed',
    'profile_changed',
    'membership_ended',
    'exemption_given',
    'time_given',
    'exemption_ended',
    'service_account_made',
    'service_account_ended',
    'reminders_requested',
    'reminders_made',
    'person_reminded',
  ],
  settings: [
    'tenant_created',
    'tenant_suspended',
    'tenant_reactivated',
    'stage_changed',
    'setup_done',
    'policy_changed',
    'floors_changed',
    'policy_change_refused',
    'company_changed',
  ],
  exports: ['report_requested', 'report_made', 'report_downloaded', 'report_schedule_changed', 'audit_exported'],
  server: [
    'key_given_up',
    'backup_made',
    'backup_restored',
    'clock_went_back',
    'audit_retention_changed',
    'audit_pruned',
    'audit_forgotten',
  ],
} as const satisfies Partial<Record<KindGroup, readonly AuditKind[]>>

const isGrouped = new Set<AuditKind>(Object.values(GROUPED).flat())

/** The kinds as a reader looks for them; what belongs nowhere else comes last. */
export const KIND_GROUPS: Readonly<Record<KindGroup, readonly AuditKind[]>> = {
  ...GROUPED,
  other: AUDIT_KINDS.filter((kind) => !isGrouped.has(kind)),
}

/** A position as text for an address. */
export function writePosition({ at, id }: Position): string {
  return `${at.getTime()}.${id}`
}

/** What `writePlace` wrote; null for anything else. */
export function readPosition(text: string): Position | null {
  const match = /^(\d{1,14})\.([0-9A-Za-z-]{1,60})$/.exec(text)
  return match === null ? null : { at: new Date(Number(match[1])), id: match[2] ?? '' }
}

/** Where a page begins, and which way it is read. */
export function startOf({ start }: AuditQuery): { position: Position | null; backwards: boolean } {
  if (start === 'newest') return { position: null, backwards: false }
  const backwards = 'newer' in start
  const position = readPosition(backwards ? start.newer : start.older)
  return { position, backwards: backwards && position !== null }
}

/**
 * The ranges whose entries together are the answer, each along one index: an entry of somebody is one where they are
 * the subject or the actor, and may be in both; of a group of kinds each has its own. Days are those of the zone (X10).
 */
export function rangesOf(filters: AuditFilters, zone: string): EventRange[] {
  const { personId, kind, from, to } = filters
  const group = KIND_GROUP_NAMES.find((each) => each === kind)
  const kinds = group === undefined ? [kind as AuditKind | null] : KIND_GROUPS[group]
  return kinds.flatMap((kind): EventRange[] => {
    const range = {
      kind,
      from: from === null ? null : startOfDay(from, zone),
      until: to === null ? null : endOfDay(to, zone),
    }
    if (personId === null) return [{ ...range, person: null }]
    return (['subject', 'actor'] as const).map((as) => ({ ...range, person: { as, id: personId } }))
  })
}

/** Ordered lists as one in the same order, each entry once; the first `limit` of it. */
export function mergeRanges<E extends Position>(
  lists: readonly (readonly E[])[],
  { backwards, limit }: { backwards: boolean; limit: number },
): E[] {
  const sign = backwards ? 1 : -1
  const compare = (a: E, b: E) => a.at.getTime() - b.at.getTime() || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)
  const sorted = lists.flat().sort((a, b) => sign * compare(a, b))
  return sorted.filter((each, index) => each.id !== sorted[index - 1]?.id).slice(0, limit)
}

/** What happened often, told once: entries of one kind within a day of the newest of them. */
export interface EventGroup {
  newest: StoredEvent
  events: number
  /** How many it was done to; 0 where the entries name nobody. */
  people: number
}

/** Entries, the newest first, as what happened; the first `limit` of it. */
export function groupEvents(events: readonly StoredEvent[], limit: number): EventGroup[] {
  const groups: (EventGroup & { subjects: Set<string> })[] = []
  for (const event of events) {
    const within = later(event.at, days(1))
    let group = groups.find(({ newest }) => newest.kind === event.kind && newest.at < within)
    if (group === undefined) {
      group = { newest: event, events: 0, people: 0, subjects: new Set() }
      groups.push(group)
    }
    group.events += 1
    if (event.subjectId !== null) group.subjects.add(event.subjectId)
    group.people = group.subjects.size
  }
  return groups.slice(0, limit).map(({ subjects: _, ...group }) => group)
}

/** The stored data; the text itself where it is none of ours any more. */
export function dataOf({ data }: Pick<StoredEvent, 'data'>): JsonValue {
  try {
    return JSON.parse(data)
  } catch {
    return data
  }
}

/** An entry for programs, with its data parsed; the factor's kind under the name that M7 gives it. */
export function exportedEvent(event: StoredEvent) {
  const { factorType: MfaFactorType, address, userAgent, requestId, data: _text, ...others } = event
  return { ...others, at: event.at.toISOString(), MfaFactorType, address, userAgent, requestId, data: dataOf(event) }
}

/** What the log on standard output says of an entry. */
export function loggedEvent(event: StoredEvent) {
  const { userAgent: _agent, requestId: _request, ...rest } = exportedEvent(event)
  return rest
}
