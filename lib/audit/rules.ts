import { sha256 } from '../core/crypto/digest'
import type { RequestInfo } from '../core/kernel/request'
import { days, hours, later } from '../core/kernel/time'
import {
  AUDIT_KINDS,
  type AuditEntry,
  type AuditFilters,
  type AuditKind,
  type AuditQuery,
  type EventRange,
  type ExpectedHead,
  type Finding,
  type Head,
  type HeadClaim,
  type JsonValue,
  type Place,
  type Seal,
  type StoredEvent,
} from './types'

/**
 * How late an event may become visible after its own time: a transaction lasts seconds, and the clocks of two instances
 * must agree within this. An event that turns up later is not sealed any more, and verification names it.
 */
export const SEAL_MARGIN = hours(1)

/** Findings named per tenant; the rest is counted. */
export const MAX_FINDINGS = 1000

const LIMITS = { name: 200, userAgent: 400, address: 64, requestId: 64, factorType: 40 }

/** Who did it, when that is somebody signed in, and with which request. */
export function by(actor: {
  person: { id: string; name: string }
  request: RequestInfo
}): Required<Pick<AuditEntry, 'actor' | 'request'>> {
  const { id, name } = actor.person
  return { actor: { kind: 'user', id, name }, request: actor.request }
}

/** To whom it was done; it stands in the log of the person's own tenant, or of the one in which it was done. */
export function about(
  person: { id: string; name: string; tenantId: string },
  tenantId = person.tenantId,
): Required<Pick<AuditEntry, 'tenantId' | 'subject'>> {
  return { tenantId, subject: { id: person.id, name: person.name } }
}

/** JSON with sorted keys and without white space: equal values give equal text. Throws on a number JSON lacks. */
export function canonicalJson(value: JsonValue | undefined): string {
  if (typeof value === 'number' && !Number.isFinite(value)) throw new Error('a number in audit data is not finite')
  if (value === undefined || value === null || typeof value !== 'object') return JSON.stringify(value ?? null)
  if (isList(value)) return `[${value.map(canonicalJson).join(',')}]`
  const fields = Object.entries(value)
    .filter(([, each]) => each !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, each]) => `${JSON.stringify(key)}:${canonicalJson(each)}`)
  return `{${fields.join(',')}}`
}

function isList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value)
}

/** The row of an event. Texts from outside lose control characters (ASVS 16.4.1; PostgreSQL stores no NUL). */
export function eventRow(entry: AuditEntry, id: string, at: Date): StoredEvent {
  return {
    id,
    tenantId: entry.tenantId,
    at,
    kind: entry.kind,
    actorKind: entry.actor.kind,
    actorId: entry.actor.id ?? null,
    actorName: plain(entry.actor.name, LIMITS.name),
    subjectId: entry.subject?.id ?? null,
    subjectName: plain(entry.subject?.name, LIMITS.name),
    factorType: plain(entry.factorType, LIMITS.factorType),
    address: plain(entry.request?.address, LIMITS.address),
    userAgent: plain(entry.request?.userAgent, LIMITS.userAgent),
    requestId: plain(entry.request?.requestId, LIMITS.requestId),
    data: canonicalJson(entry.data ?? {}),
  }
}

function plain(text: string | null | undefined, limit: number): string | null {
  if (text === null || text === undefined) return null
  return text
    .slice(0, limit)
    .replace(/\p{Cc}/gu, ' ')
    .replace(/\p{Cs}/gu, '\uFFFD')
}

/** SHA-256 over the hash before, the place in the chain and the whole event, as a JSON list of fixed order. */
export function hashEntry(place: Pick<Seal, 'tenantId' | 'seq' | 'previous'>, event: StoredEvent): string {
  return sha256(
    JSON.stringify([
      'twofold-audit-1',
      place.previous,
      place.tenantId,
      place.seq,
      event.id,
      event.tenantId,
      event.at.toISOString(),
      event.kind,
      event.actorKind,
      event.actorId,
      event.actorName,
      event.subjectId,
      event.subjectName,
      event.factorType,
      event.address,
      event.userAgent,
      event.requestId,
      event.data,
    ]),
  )
}

/** The seals that continue a chain, one per event, in the order given. */
export function chainEvents(
  tenantId: string,
  head: Pick<Head, 'seq' | 'hash'> | null,
  events: readonly StoredEvent[],
): Seal[] {
  let seq = head?.seq ?? 0
  let previous = head?.hash ?? ''
  return events.map((event) => {
    seq += 1
    const place = { tenantId, seq, previous }
    const hash = hashEntry(place, event)
    previous = hash
    return { eventId: event.id, ...place, hash }
  })
}

/** The head after these seals. `through` never goes back, and never runs ahead of `now`. */
export function nextHead(
  before: Pick<Head, 'through'> | null,
  seals: readonly Seal[],
  events: readonly StoredEvent[],
  keyId: string,
  now: Date,
): HeadClaim | null {
  const last = seals.at(-1)
  if (last === undefined) return null
  const times = [before?.through ?? new Date(0), ...events.map((event) => event.at)]
  const through = new Date(Math.min(now.getTime(), Math.max(...times.map((time) => time.getTime()))))
  return { tenantId: last.tenantId, seq: last.seq, hash: last.hash, through, signedAt: now, keyId }
}

/** What the signature of a head covers. */
export function headText(head: HeadClaim): string {
  return JSON.stringify([
    'twofold-audit-head-1',
    head.tenantId,
    head.seq,
    head.hash,
    head.through.toISOString(),
    head.signedAt.toISOString(),
    head.keyId,
  ])
}

/** Where a verification stands: the last entry walked and what it leads to expect of the next. */
export interface Walk {
  tenantId: string
  expected: ExpectedHead | null
  seq: number
  hash: string
  /** Latest time of an intact entry so far, in milliseconds. */
  latest: number
  last: { seq: number; eventId: string; at: Date | null; sound: boolean } | null
  entries: number
}

export function startWalk(tenantId: string, expected: ExpectedHead | null): Walk {
  return { tenantId, expected, seq: 0, hash: '', latest: Number.NEGATIVE_INFINITY, last: null, entries: 0 }
}

/**
 * Checks the next entry, in ascending order of seq. The order of blame:
 *
 * 1. a place outside the chain → inserted
 * 2. missing places before it → removed
 * 3. no event → removed
 * 4. its own hash does not come out → changed
 * 5. it does not follow from the entry before although itself intact → the one before was changed and hashed anew
 * 6. sealed, but long older than what was sealed before it → inserted
 * 7. not the hash noted outside → rewritten
 */
export function walkEntry(walk: Walk, seal: Seal, event: StoredEvent | null): { walk: Walk; findings: Finding[] } {
  const here = { seq: seal.seq, eventId: seal.eventId, ...(event ? { at: event.at } : {}) }
  if (seal.seq <= walk.seq) return { walk, findings: [{ kind: 'inserted', ...here }] }
  const findings: Finding[] = []
  const gap = seal.seq !== walk.seq + 1
  if (gap) findings.push({ kind: 'removed', ...span(walk.seq + 1, seal.seq - 1) })

  const sound = event !== null && hashEntry(seal, event) === seal.hash
  if (event === null) findings.push({ kind: 'removed', ...here })
  else if (!sound) findings.push({ kind: 'changed', ...here })

  const follows = gap || seal.previous === walk.hash
  if (!follows && (sound || event === null)) {
    const blamed = walk.last
    if (blamed === null) findings.push({ kind: 'changed', ...here })
    else if (blamed.sound) findings.push({ kind: 'changed', ...named(blamed) })
  }

  const time = sound ? event.at.getTime() : walk.latest
  if (time < walk.latest - SEAL_MARGIN) findings.push({ kind: 'inserted', ...here })
  if (walk.expected?.seq === seal.seq && walk.expected.hash !== seal.hash) {
    findings.push({ kind: 'rewritten', ...here })
  }
  return {
    findings,
    walk: {
      ...walk,
      seq: seal.seq,
      hash: seal.hash,
      latest: Math.max(walk.latest, time),
      last: { seq: seal.seq, eventId: seal.eventId, at: event?.at ?? null, sound },
      entries: walk.entries + 1,
    },
  }
}

/** What the end of the chain tells, compared with the signed head and with a head noted outside. */
export function endWalk(walk: Walk, head: Pick<Head, 'seq' | 'hash'> | null): Finding[] {
  const findings: Finding[] = []
  const goal = Math.max(head?.seq ?? 0, walk.expected?.seq ?? 0)
  if (walk.seq < goal) findings.push({ kind: 'cut_off', ...span(walk.seq + 1, goal) })
  else if (head !== null && walk.seq === head.seq && walk.hash !== head.hash && walk.last?.sound) {
    findings.push({ kind: 'rewritten', ...named(walk.last) })
  }
  return findings
}

function span(seq: number, lastSeq: number): { seq: number; lastSeq?: number } {
  return lastSeq > seq ? { seq, lastSeq } : { seq }
}

function named(entry: { seq: number; eventId: string; at: Date | null }): { seq: number; eventId: string; at?: Date } {
  return { seq: entry.seq, eventId: entry.eventId, ...(entry.at ? { at: entry.at } : {}) }
}

// ——— reading (M7) ———

export const PAGE_SIZE = 50

const GROUPED = {
  sign_in: [
    'sign_in_succeeded',
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
    'mfa_setup_succeeded',
    'mfa_setup_failed',
    'factor_removed',
    'factor_renamed',
    'factor_preferred',
    'two_factor_turned_on',
    'two_factor_turned_off',
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
    'invitation_accepted',
    'users_imported',
    'user_suspended',
    'user_reactivated',
    'role_changed',
    'membership_ended',
    'exemption_given',
    'exemption_ended',
  ],
  settings: ['tenant_created', 'setup_done', 'policy_changed', 'policy_change_refused', 'report_schedule_changed'],
} as const satisfies Record<string, readonly AuditKind[]>

const isGrouped = new Set<AuditKind>(Object.values(GROUPED).flat())

/** The kinds as a reader looks for them; what belongs nowhere else comes last. */
export const KIND_GROUPS = { ...GROUPED, other: AUDIT_KINDS.filter((kind) => !isGrouped.has(kind)) }
export type KindGroup = keyof typeof KIND_GROUPS

/** A place as text for an address. */
export function writePlace({ at, id }: Place): string {
  return `${at.getTime()}.${id}`
}

/** What `writePlace` wrote; null for anything else. */
export function readPlace(text: string): Place | null {
  const match = /^(\d{1,14})\.([0-9A-Za-z-]{1,60})$/.exec(text)
  return match === null ? null : { at: new Date(Number(match[1])), id: match[2] ?? '' }
}

/** Where a page begins, and which way it is read. */
export function startOf({ start }: AuditQuery): { place: Place | null; backwards: boolean } {
  if (start === 'newest') return { place: null, backwards: false }
  const backwards = 'newer' in start
  const place = readPlace(backwards ? start.newer : start.older)
  return { place, backwards: backwards && place !== null }
}

/**
 * The ranges whose entries together are the answer, each along one index: an entry of somebody is one where they are the
 * subject or the actor, and may be in both.
 */
export function rangesOf(filters: AuditFilters): EventRange[] {
  const { personId, kind, from, to } = filters
  const range = { kind, from: startOfDay(from), until: endOfDay(to) }
  if (personId === null) return [{ ...range, person: null }]
  return (['subject', 'actor'] as const).map((as) => ({ ...range, person: { as, id: personId } }))
}

function startOfDay(day: string | null): Date | null {
  return day === null ? null : new Date(`${day}T00:00:00.000Z`)
}

function endOfDay(day: string | null): Date | null {
  const start = startOfDay(day)
  return start === null ? null : later(start, days(1))
}

/** Ordered lists as one in the same order, each entry once; the first `limit` of it. */
export function mergeRanges<E extends Place>(
  lists: readonly (readonly E[])[],
  { backwards, limit }: { backwards: boolean; limit: number },
): E[] {
  const sign = backwards ? 1 : -1
  const compare = (a: E, b: E) => a.at.getTime() - b.at.getTime() || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)
  const sorted = lists.flat().sort((a, b) => sign * compare(a, b))
  return sorted.filter((each, index) => each.id !== sorted[index - 1]?.id).slice(0, limit)
}

/** The stored data; the text itself where it is none of ours any more. */
export function dataOf({ data }: Pick<StoredEvent, 'data'>): JsonValue {
  try {
    return JSON.parse(data)
  } catch {
    return data
  }
}

/** An entry for programs, with its data parsed. */
export function exportedEvent(event: StoredEvent) {
  return { ...event, at: event.at.toISOString(), data: dataOf(event) }
}

/** What the log on standard output says of an entry. */
export function loggedEvent(event: StoredEvent) {
  const { userAgent: _agent, requestId: _request, ...rest } = exportedEvent(event)
  return rest
}
