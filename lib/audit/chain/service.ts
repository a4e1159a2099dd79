// Above 300 lines: sealing, cutting and verifying share how an entry is hashed and a head is signed; apart, they
// would export it.

import { toBase64Url } from '../../core/crypto/encoding'
import { signText, verifyText } from '../../core/crypto/signature'
import { type Db, isUniqueViolation, transact } from '../../core/db'
import type { Deps, TransactionDeps } from '../../core/deps'
import { newId } from '../../core/kernel/ids'
import { earlier, later } from '../../core/kernel/time'
import { compareRing, holdCurrentKey } from '../../core/ring/service'
import { recordEvent } from '../service'
import {
  deleteHeadsBefore,
  findCheckpoint,
  findFurthestHead,
  findLastSeal,
  findNextTenant,
  findTimeFurtherOn,
  getUnsealedCount,
  insertHead,
  insertSeals,
  listEventsById,
  listEventsOfKind,
  listFurthestHeads,
  listHeads,
  listSeals,
  listUnsealed,
  listUnsealedOf,
  updateCheckpointSigned,
  updateHead,
} from '../store'
import {
  type ChainReport,
  type Checkpoint,
  type CheckpointClaim,
  type ClockNote,
  type ExpectedHead,
  type Finding,
  type Head,
  INSTALLATION,
  type Seal,
  type StoredEvent,
} from '../types'
import {
  chainEvents,
  checkpointText,
  endWalk,
  headText,
  MAX_FINDINGS,
  nextHead,
  SEAL_CLOCK_TOLERANCE,
  SEAL_MARGIN,
  startWalk,
  walkEntry,
} from './rules'

/** Why a chain is not continued: doing so would sign over what was tampered with. `audit verify` says more. */
export interface SealRefusal {
  tenantId: string
  reason: 'bad_head' | 'unknown_key' | 'seals_beyond_head'
}

/** 128 bits: what is blanked cannot be guessed back from its digest. */
const SALT_BYTES = 16

type SealDeps = Pick<Deps, 'db' | 'clock' | 'random' | 'keys'>

/**
 * Continues the chains with up to `limit` unsealed events, the oldest of all tenants first. Any number of sealers may
 * run: a place in a chain is given once, whoever comes second takes nothing and loses nothing.
 *
 * Because the oldest go first, everything older than the furthest head is sealed but for what became visible late;
 * `lookBack` (milliseconds, at most SEAL_MARGIN) says how far to look for that. So the cost follows the events of that
 * time and not the size of the log.
 *
 * `onSealed` is told of each event once, after its seal is committed; it must not throw.
 */
export async function sealEvents(
  deps: SealDeps,
  limit: number,
  lookBack = SEAL_MARGIN,
  onSealed: (events: readonly StoredEvent[]) => void = () => undefined,
): Promise<{ sealed: number; refused: SealRefusal[] }> {
  const now = deps.clock.now()
  const refused: SealRefusal[] = []
  await noteClock(deps, now)
  const after = await sealedThrough(deps, now, lookBack)
  let sealed = 0
  for (;;) {
    const range = { afterId: firstIdAt(after), after, exceptTenants: refused.map((each) => each.tenantId) }
    const events = await listUnsealed(deps.db, range, limit)
    const refusedBefore = refused.length
    for (const [tenantId, own] of byTenant(events)) {
      const outcome = await sealTenant(deps, tenantId, own, now)
      if (typeof outcome === 'number') {
        sealed += outcome
        if (outcome > 0) onSealed(own)
      } else refused.push({ tenantId, reason: outcome })
    }
    // A refused tenant with a long tail must not keep the others waiting.
    const crowded = refused.length > refusedBefore && events.length === limit
    if (!crowded) return { sealed, refused }
  }
}

async function sealedThrough(deps: SealDeps, now: Date, lookBack: number): Promise<Date> {
  const furthest = await furthestHead(deps, now)
  return furthest ? earlier(soonest(furthest.through, now), lookBack) : new Date(0)
}

function soonest(a: Date, b: Date): Date {
  return a < b ? a : b
}

/**
 * A head that reaches further than now was signed by a clock that has gone back since. That is an event, once; its chain
 * is the installation's, whose head then says again up to where everything is sealed (N40).
 */
async function noteClock(deps: SealDeps, now: Date): Promise<void> {
  const head = await findFurthestHead(deps.db)
  if (head === null || head.through <= later(now, SEAL_CLOCK_TOLERANCE) || !isSigned(deps, head)) return
  const [noted] = await listEventsOfKind(
    deps.db,
    { tenantId: INSTALLATION, subjectId: INSTALLATION, kind: 'clock_went_back' },
    1,
  )
  const from = head.through.toISOString()
  if (noted !== undefined && (JSON.parse(noted.data) as { from?: string }).from === from) return
  await recordEvent(deps, {
    tenantId: INSTALLATION,
    kind: 'clock_went_back',
    actor: { kind: 'system' },
    subject: { id: INSTALLATION, name: INSTALLATION },
    data: { from, to: now.toISOString() },
  })
}

/** By another instance's clock it may be ahead of ours; further ahead than the margin it is none of ours. */
async function furthestHead(deps: Pick<Deps, 'db' | 'keys'>, now: Date): Promise<Head | null> {
  const heads = await listFurthestHeads(deps.db, later(now, SEAL_MARGIN), 5)
  return heads.find((head) => isSigned(deps, head)) ?? null
}

/** Every id made after this time is greater. */
function firstIdAt(time: Date): string {
  return newId(time, (size) => new Uint8Array(size))
}

function byTenant(events: readonly StoredEvent[]): Map<string, StoredEvent[]> {
  const groups = new Map<string, StoredEvent[]>()
  for (const event of events) {
    const group = groups.get(event.tenantId)
    if (group) group.push(event)
    else groups.set(event.tenantId, [event])
  }
  return groups
}

async function sealTenant(
  deps: SealDeps,
  tenantId: string,
  events: readonly StoredEvent[],
  now: Date,
): Promise<number | SealRefusal['reason']> {
  try {
    return await transact(deps, async (deps) => {
      const [head = null] = await listHeads(deps.db, tenantId, 1)
      // S28: a chain is neither begun nor continued by a ring that cannot read what is there.
      if ((await compareRing(deps)).length > 0) return 'unknown_key'
      const trouble = head === null ? null : headTrouble(deps, head)
      if (trouble !== null) return trouble
      await holdCurrentKey(deps)
      const seals = chainEvents(tenantId, head, events, now, () => toBase64Url(deps.random(SALT_BYTES)))
      const next = nextHead(head, seals, events, deps.keys.currentId, now)
      if (next === null) return 0
      await insertSeals(deps.db, seals)
      const signature = signText(deps.keys.derive('audit-head', next.keyId), headText(next))
      await insertHead(deps.db, newId(now, deps.random), { ...next, signature })
      // Only the newest stays: an old signed head is what somebody would need to hide a cut-off end.
      await deleteHeadsBefore(deps.db, tenantId, next.seq)
      return seals.length
    })
  } catch (error) {
    if (!isUniqueViolation(error)) throw error
    // Seals and head are written together, so with seals beyond the head it was no other sealer.
    const last = await findLastSeal(deps.db, tenantId)
    const [head] = await listHeads(deps.db, tenantId, 1)
    return (last?.seq ?? 0) > (head?.seq ?? 0) ? 'seals_beyond_head' : 0
  }
}

/** The same end of a chain, signed anew: the key that signed it is lost (S28). */
export async function resignHead(deps: TransactionDeps<'keys' | 'clock'>, head: Head): Promise<void> {
  const { signature: _, ...claim } = head
  const next = { ...claim, keyId: deps.keys.currentId, signedAt: deps.clock.now() }
  const signature = signText(deps.keys.derive('audit-head', next.keyId), headText(next))
  await updateHead(deps.db, head, { ...next, signature })
}

export function signCheckpoint(deps: Pick<Deps, 'keys'>, claim: Omit<CheckpointClaim, 'keyId'>): Checkpoint {
  const whole = { ...claim, keyId: deps.keys.currentId }
  return { ...whole, signature: signText(deps.keys.derive('audit-head'), checkpointText(whole)) }
}

/** The same, signed anew, where there is one of this tenant under the lost key (S28). */
export async function resignCheckpoint(
  deps: TransactionDeps<'keys'>,
  { tenantId, keyId }: { tenantId: string; keyId: string },
): Promise<void> {
  const found = await findCheckpoint(deps.db, tenantId)
  if (found?.keyId === keyId) await updateCheckpointSigned(deps.db, found, signCheckpoint(deps, found))
}

function signatureTrouble<Bad extends string>(
  { keys }: Pick<Deps, 'keys'>,
  { keyId, signature }: { keyId: string; signature: string },
  text: string,
  bad: Bad,
): Bad | 'unknown_key' | null {
  let seed: Uint8Array
  try {
    seed = keys.derive('audit-head', keyId)
  } catch {
    return 'unknown_key'
  }
  return verifyText(seed, text, signature) ? null : bad
}

/** Null for a head that carries our signature. */
export function headTrouble(deps: Pick<Deps, 'keys'>, head: Head): 'bad_head' | 'unknown_key' | null {
  return signatureTrouble(deps, head, headText(head), 'bad_head')
}

/** Null for a checkpoint that carries our signature. */
export function checkpointTrouble(
  deps: Pick<Deps, 'keys'>,
  checkpoint: Checkpoint,
): 'bad_checkpoint' | 'unknown_key' | null {
  return signatureTrouble(deps, checkpoint, checkpointText(checkpoint), 'bad_checkpoint')
}

function isSigned(deps: Pick<Deps, 'keys'>, head: Head): boolean {
  return headTrouble(deps, head) === null
}

const PAGE = 1000
const WINDOW = 2000

/**
 * Walks every chain (or one tenant's) beside its events and the signed head; reads only, in pages. It can run while
 * the worker seals.
 *
 * Its limit: whoever can write to the database can change what is not sealed yet (seconds), and can put back an older
 * copy of the whole log with the head of that time. The second shows when a head noted elsewhere is given as `expected`.
 */
export async function verifyChain(
  deps: Pick<Deps, 'db' | 'clock' | 'keys'>,
  options: { tenantId?: string; expected?: readonly ExpectedHead[] } = {},
): Promise<ChainReport[]> {
  const reports: ChainReport[] = []
  const expected = options.expected ?? []
  for await (const tenantId of tenantsToVerify(deps.db, options.tenantId, expected)) {
    reports.push(await verifyTenant(deps, tenantId, expected.find((each) => each.tenantId === tenantId) ?? null))
  }
  return reports
}

async function* tenantsToVerify(db: Db, one: string | undefined, expected: readonly ExpectedHead[]) {
  if (one !== undefined) {
    yield one
    return
  }
  const seen = new Set<string>()
  for (let id = await findNextTenant(db, ''); id !== null; id = await findNextTenant(db, id)) {
    seen.add(id)
    yield id
  }
  for (const { tenantId } of expected) if (!seen.has(tenantId)) yield tenantId
}

async function verifyTenant(
  deps: Pick<Deps, 'db' | 'clock' | 'keys'>,
  tenantId: string,
  expected: ExpectedHead | null,
): Promise<ChainReport> {
  const { db } = deps
  const findings: Finding[] = []
  const notes: ClockNote[] = []
  let moreFindings = 0
  const report = (found: readonly Finding[]) => {
    const room = MAX_FINDINGS - findings.length
    findings.push(...found.slice(0, room))
    moreFindings += Math.max(0, found.length - room)
  }

  // Before the head: what is deleted meanwhile is deleted with a checkpoint that is not known here.
  const checkpoint = await findCheckpoint(db, tenantId)
  const trouble = checkpoint === null ? null : checkpointTrouble(deps, checkpoint)
  if (checkpoint !== null && trouble !== null) {
    const key = trouble === 'unknown_key' ? { keyId: checkpoint.keyId } : {}
    report([{ kind: trouble, seq: checkpoint.seq, ...key }])
  }
  if (checkpoint !== null && expected?.seq === checkpoint.seq && expected.hash !== checkpoint.hash) {
    report([{ kind: 'rewritten', seq: checkpoint.seq }])
  }
  let { head, bad } = await signedHead(deps, tenantId)
  let walk = startWalk(tenantId, expected, checkpoint)
  let cursor: number | null = null
  let beyond = false
  for (;;) {
    for await (const { seal, event } of sealedEntries(db, tenantId, { after: cursor, upTo: head?.seq ?? null })) {
      const step = walkEntry(walk, seal, event)
      walk = step.walk
      notes.push(...step.notes.slice(0, MAX_FINDINGS - notes.length))
      report(step.findings)
      cursor = seal.seq
    }
    // Looked for before the head is read again: the seals of a sealer at work come with a head that covers them.
    beyond = (await listSeals(db, tenantId, { after: head?.seq ?? null, upTo: null }, 1)).length > 0
    if (!beyond) break
    const newer = await signedHead(deps, tenantId)
    if (newer.head === null || newer.head.seq <= (head?.seq ?? 0)) break
    head = newer.head
    bad = newer.bad
  }

  report(
    bad.map((each) =>
      headTrouble(deps, each) === 'unknown_key'
        ? { kind: 'unknown_key', seq: each.seq, keyId: each.keyId }
        : { kind: 'bad_head', seq: each.seq },
    ),
  )
  if (head === null && bad.length === 0 && (walk.entries > 0 || checkpoint !== null)) report([{ kind: 'bad_head' }])
  report(endWalk(walk, head))
  if (beyond && head !== null) {
    for await (const { seal, event } of sealedEntries(db, tenantId, { after: head.seq, upTo: null })) {
      report([{ kind: 'inserted', seq: seal.seq, eventId: seal.eventId, ...(event ? { at: event.at } : {}) }])
    }
  }
  const unsealed = await walkUnsealed(deps, tenantId, head, findings.length === 0, report)
  return {
    tenantId,
    entries: walk.entries,
    head: head && { seq: head.seq, hash: head.hash, through: head.through, signedAt: head.signedAt },
    findings,
    moreFindings,
    notes,
    checkpoint: checkpoint && {
      seq: checkpoint.seq,
      hash: checkpoint.hash,
      firstAt: checkpoint.firstAt,
      lastAt: checkpoint.lastAt,
      madeAt: checkpoint.madeAt,
    },
    blanked: walk.blanked,
    expectedGone: expected !== null && expected.seq < (checkpoint?.seq ?? 0),
    unsealed,
  }
}

/** The newest head with our signature, and those without. */
export async function signedHead(
  deps: Pick<Deps, 'db' | 'keys'>,
  tenantId: string,
): Promise<{ head: Head | null; bad: Head[] }> {
  const heads = await listHeads(deps.db, tenantId, 100)
  return {
    head: heads.find((head) => isSigned(deps, head)) ?? null,
    bad: heads.filter((head) => !isSigned(deps, head)),
  }
}

export async function* sealedEntries(
  db: Db,
  tenantId: string,
  range: { after: number | null; upTo: number | null },
): AsyncGenerator<{ seal: Seal; event: StoredEvent | null }> {
  let { after } = range
  for (;;) {
    const seals = await listSeals(db, tenantId, { after, upTo: range.upTo }, PAGE)
    const ids = seals.map((seal) => seal.eventId)
    const events = new Map((await listEventsById(db, ids)).map((event) => [event.id, event]))
    for (const seal of seals) yield { seal, event: events.get(seal.eventId) ?? null }
    const last = seals.at(-1)
    if (last === undefined || seals.length < PAGE) return
    after = last.seq
  }
}

/** Names the events that the sealing should have reached, or that claim to come from the future; counts the tail. */
async function walkUnsealed(
  deps: Pick<Deps, 'db' | 'clock' | 'keys'>,
  tenantId: string,
  head: Head | null,
  othersCount: boolean,
  report: (found: readonly Finding[]) => void,
): Promise<number> {
  const now = deps.clock.now()
  // Sealing goes through all tenants in order of time, so another one's head tells of a tenant without any; but a
  // chain that is refused stays behind the others.
  const furthest = othersCount ? await furthestHead(deps, now) : null
  const times = [head?.through, furthest?.through]
    .filter((time) => time !== undefined)
    .map((time) => soonest(time, now))
  const sealedBy =
    times.length > 0 ? earlier(new Date(Math.max(...times.map((time) => time.getTime()))), SEAL_MARGIN) : null
  if (sealedBy !== null) {
    await reportUnsealed(deps.db, tenantId, { from: null, upTo: sealedBy }, report)
    // Dated later than it was made, by its own id, and never sealed.
    const firstId = firstIdAt(sealedBy)
    await reportUnsealed(
      deps.db,
      tenantId,
      { from: later(now, SEAL_MARGIN), upTo: null },
      report,
      ({ id }) => id < firstId,
    )
  }
  return getUnsealedCount(deps.db, tenantId, { from: sealedBy, upTo: null })
}

async function reportUnsealed(
  db: Db,
  tenantId: string,
  range: { from: Date | null; upTo: Date | null },
  report: (found: readonly Finding[]) => void,
  counts: (event: { id: string }) => boolean = () => true,
): Promise<void> {
  // In windows: one search for what is not there would read the whole log in a single statement.
  for (let from = range.from; ; ) {
    const end = await findTimeFurtherOn(db, tenantId, { from, upTo: range.upTo }, WINDOW)
    const window = { from, upTo: end ?? range.upTo }
    let after: { at: Date; id: string } | null = null
    do {
      const page: { id: string; at: Date }[] = await listUnsealedOf(db, tenantId, { ...window, after }, PAGE)
      report(page.filter(counts).map(({ id, at }) => ({ kind: 'inserted', eventId: id, at })))
      after = page.length < PAGE ? null : (page.at(-1) ?? null)
    } while (after !== null)
    if (end === null) return
    from = end
  }
}
