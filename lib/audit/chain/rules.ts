// Above 300 lines: the forms of an entry and the walk along the chain are what a verifier has to agree on, byte by
// byte.

import { sha256 } from '../../core/crypto/digest'
import { hours, minutes } from '../../core/kernel/time'
import { canonicalJson } from '../rules'
import type {
  Checkpoint,
  CheckpointClaim,
  ClockNote,
  ExpectedHead,
  Finding,
  Head,
  HeadClaim,
  JsonValue,
  Seal,
  StoredEvent,
} from '../types'

/**
 * How late an event may become visible after its own time: a transaction lasts seconds, and the clocks of two instances
 * must agree within this. An event that turns up later is not sealed any more, and verification names it.
 */
export const SEAL_MARGIN = hours(1)

/** By so much the clocks of two instances, or of one at two moments, may differ without a word. */
export const SEAL_CLOCK_TOLERANCE = minutes(5)

/** Findings named per tenant; the rest is counted. */
export const MAX_FINDINGS = 1000

/**
 * - `first`: the hash before, the place in the chain and the whole event
 * - `second`: the time of sealing as well
 * - `third`: instead of what is personal its digests, so that it can be blanked
 */
const FORMS = ['third', 'second', 'first'] as const
type Form = (typeof FORMS)[number]

type Digests = Pick<Seal, 'actorSalt' | 'actorDigest' | 'subjectSalt' | 'subjectDigest'>
type Place = Pick<Seal, 'tenantId' | 'seq' | 'previous' | 'sealedAt'> & Pick<Digests, 'actorDigest' | 'subjectDigest'>

/** SHA-256 over a JSON list of fixed order. Entries of before keep their form. */
export function hashEntry(place: Place, event: StoredEvent, form: Form = 'third'): string {
  const { previous, tenantId, seq } = place
  if (form === 'third') {
    const { actorDigest, subjectDigest } = place
    const { id, at, kind, actorKind, actorId, subjectId, factorType, requestId } = event
    const [sealedAt, madeAt] = [place.sealedAt.toISOString(), at.toISOString()]
    return sha256(
      JSON.stringify([
        ...['twofold-audit-3', previous, tenantId, seq, sealedAt],
        ...[id, event.tenantId, madeAt, kind, actorKind, actorId, actorDigest, subjectId, subjectDigest],
        ...[factorType, requestId, splitData(event.data).others],
      ]),
    )
  }
  const head =
    form === 'first'
      ? ['twofold-audit-1', previous, tenantId, seq]
      : ['twofold-audit-2', previous, tenantId, seq, place.sealedAt.toISOString()]
  return sha256(
    JSON.stringify([
      ...head,
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

/** Of the data of an entry, what is about a person or was written about one; never another list for this form. */
const PERSONAL_DATA = new Set(['email', 'file', 'from', 'name', 'reason', 'to'])

/** What is personal in the data of an entry, and the rest of it; text that is not as it was written has nothing. */
export function splitData(data: string): { personal: string; others: string } {
  const whole = { personal: '{}', others: data }
  let parsed: JsonValue
  try {
    parsed = JSON.parse(data)
  } catch {
    return whole
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed) || canonicalJson(parsed) !== data) {
    return whole
  }
  const entries = Object.entries(parsed as Readonly<Record<string, JsonValue>>)
  const of = (personal: boolean) =>
    canonicalJson(Object.fromEntries(entries.filter(([name]) => PERSONAL_DATA.has(name) === personal)))
  return { personal: of(true), others: of(false) }
}

/** Of who did it, and with which browser. */
function actorDigestOf(salt: string, { actorName, address, userAgent }: StoredEvent): string {
  return sha256(JSON.stringify(['twofold-audit-actor-1', salt, actorName, address, userAgent]))
}

/** Of whom it was done to, and what was written of it. */
function subjectDigestOf(salt: string, { subjectName, data }: StoredEvent): string {
  return sha256(JSON.stringify(['twofold-audit-subject-1', salt, subjectName, splitData(data).personal]))
}

/** Whether the entry says what was sealed; what was blanked must be blank. */
function isSound(seal: Seal, event: StoredEvent, form: Form): boolean {
  const { actorSalt, actorDigest, subjectSalt, subjectDigest } = seal
  const digested = actorDigest !== null && subjectDigest !== null
  if (digested !== (form === 'third') || hashEntry(seal, event, form) !== seal.hash) return false
  if (!digested) return true
  const actor =
    actorSalt === null
      ? event.actorName === null && event.address === null && event.userAgent === null
      : actorDigestOf(actorSalt, event) === actorDigest
  const subject =
    subjectSalt === null
      ? event.subjectName === null && splitData(event.data).personal === '{}'
      : subjectDigestOf(subjectSalt, event) === subjectDigest
  return actor && subject
}

function isBlanked({ actorSalt, actorDigest, subjectSalt, subjectDigest }: Digests): boolean {
  return (actorSalt === null && actorDigest !== null) || (subjectSalt === null && subjectDigest !== null)
}

/** The seals that continue a chain, one per event, in the order given. */
export function chainEvents(
  tenantId: string,
  head: Pick<Head, 'seq' | 'hash'> | null,
  events: readonly StoredEvent[],
  sealedAt: Date,
  newSalt: () => string,
): Seal[] {
  let seq = head?.seq ?? 0
  let previous = head?.hash ?? ''
  return events.map((event) => {
    seq += 1
    const [actorSalt, subjectSalt] = [newSalt(), newSalt()]
    const digests = {
      actorSalt,
      actorDigest: actorDigestOf(actorSalt, event),
      subjectSalt,
      subjectDigest: subjectDigestOf(subjectSalt, event),
    }
    const place = { tenantId, seq, previous, sealedAt, ...digests }
    const hash = hashEntry(place, event)
    previous = hash
    return { eventId: event.id, ...place, hash }
  })
}

/** The head after these seals. `through` never runs ahead of `now`, and goes back with it alone. */
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

/** What the signature of a checkpoint covers. */
export function checkpointText(claim: CheckpointClaim): string {
  const times = [claim.firstAt, claim.lastAt, claim.latest, claim.madeAt].map((time) => time.toISOString())
  return JSON.stringify(['twofold-audit-checkpoint-1', claim.tenantId, claim.seq, claim.hash, ...times, claim.keyId])
}

/** Where a verification stands: the last entry walked and what it leads to expect of the next. */
export interface Walk {
  tenantId: string
  expected: ExpectedHead | null
  seq: number
  hash: string
  /** Up to which time everything was sealed, as far as the intact entries so far tell, in milliseconds. */
  latest: number
  /** When the last intact entry was sealed; null while none said so. */
  sealedAt: Date | null
  /** The last intact entry was dated after its sealing. */
  ahead: boolean
  last: { seq: number; eventId: string; at: Date | null; sound: boolean } | null
  entries: number
  /** Of those, how many were blanked. */
  blanked: number
}

const NOTHING_WALKED = {
  latest: Number.NEGATIVE_INFINITY,
  sealedAt: null,
  ahead: false,
  last: null,
  entries: 0,
  blanked: 0,
} as const

/** From the first entry, or from behind those that a checkpoint stands for. */
export function startWalk(
  tenantId: string,
  expected: ExpectedHead | null,
  checkpoint: Pick<Checkpoint, 'seq' | 'hash' | 'latest'> | null = null,
): Walk {
  if (checkpoint === null) return { tenantId, expected, seq: 0, hash: '', ...NOTHING_WALKED }
  const { seq, hash, latest } = checkpoint
  return { tenantId, expected, seq, hash, ...NOTHING_WALKED, latest: latest.getTime() }
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
 *
 * What is long older is told by the times of sealing, which the hashes hold: a clock that was ahead for a while, of the
 * sealer or of whoever wrote an event, is noted where it was, and makes nothing before or after it an insertion (N40).
 */
export function walkEntry(
  walk: Walk,
  seal: Seal,
  event: StoredEvent | null,
): { walk: Walk; findings: Finding[]; notes: ClockNote[] } {
  const here = { seq: seal.seq, eventId: seal.eventId, ...(event ? { at: event.at } : {}) }
  if (seal.seq <= walk.seq) return { walk, findings: [{ kind: 'inserted', ...here }], notes: [] }
  const findings: Finding[] = []
  const gap = seal.seq !== walk.seq + 1
  if (gap) findings.push({ kind: 'removed', ...span(walk.seq + 1, seal.seq - 1) })

  const form = event === null ? undefined : FORMS.find((each) => isSound(seal, event, each))
  const sound = event !== null && form !== undefined
  if (event === null) findings.push({ kind: 'removed', ...here })
  else if (!sound) findings.push({ kind: 'changed', ...here })

  const follows = gap || seal.previous === walk.hash
  if (!follows && (sound || event === null)) {
    const blamed = walk.last
    if (blamed === null) findings.push({ kind: 'changed', ...here })
    else if (blamed.sound) findings.push({ kind: 'changed', ...named(blamed) })
  }

  const time = sound ? event.at.getTime() : walk.latest
  const sealedAt = form === undefined || form === 'first' ? null : seal.sealedAt
  // Nothing was sealed by a time that had not come when this was.
  const until = Math.min(walk.latest, sealedAt?.getTime() ?? walk.latest)
  if (time < until - SEAL_MARGIN) findings.push({ kind: 'inserted', ...here })
  const notes = event === null || sealedAt === null ? [] : clockNotes(walk, seal.seq, event.at, sealedAt)
  if (walk.expected?.seq === seal.seq && walk.expected.hash !== seal.hash) {
    findings.push({ kind: 'rewritten', ...here })
  }
  return {
    findings,
    notes,
    walk: {
      ...walk,
      seq: seal.seq,
      hash: seal.hash,
      latest: Math.min(Math.max(until, time), sealedAt?.getTime() ?? Number.POSITIVE_INFINITY),
      sealedAt: sealedAt ?? walk.sealedAt,
      ahead: sealedAt === null ? walk.ahead : isAhead(time, sealedAt),
      last: { seq: seal.seq, eventId: seal.eventId, at: event?.at ?? null, sound },
      entries: walk.entries + 1,
      blanked: walk.blanked + (isBlanked(seal) ? 1 : 0),
    },
  }
}

function isAhead(time: number, sealedAt: Date): boolean {
  return time > sealedAt.getTime() + SEAL_CLOCK_TOLERANCE
}

function clockNotes(walk: Walk, seq: number, at: Date, sealedAt: Date): ClockNote[] {
  const notes: ClockNote[] = []
  const from = walk.sealedAt
  if (from !== null && sealedAt.getTime() < from.getTime() - SEAL_CLOCK_TOLERANCE) {
    notes.push({ kind: 'clock_back', seq, from, to: sealedAt })
  }
  if (!walk.ahead && isAhead(at.getTime(), sealedAt)) notes.push({ kind: 'clock_ahead', seq, from: at, to: sealedAt })
  return notes
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
