import { sha256 } from '../../core/crypto/digest'
import { hours } from '../../core/kernel/time'
import type { ExpectedHead, Finding, Head, HeadClaim, Seal, StoredEvent } from '../types'

/**
 * How late an event may become visible after its own time: a transaction lasts seconds, and the clocks of two instances
 * must agree within this. An event that turns up later is not sealed any more, and verification names it.
 */
export const SEAL_MARGIN = hours(1)

/** Findings named per tenant; the rest is counted. */
export const MAX_FINDINGS = 1000

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
