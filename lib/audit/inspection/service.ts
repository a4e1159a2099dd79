import type { Db } from '../../core/db'
import type { Deps } from '../../core/deps'
import { firstIdAt } from '../../core/kernel/ids'
import { earlier, earliest, later } from '../../core/kernel/time'
import { endWalk, MAX_FINDINGS, SEAL_MARGIN, startWalk, walkEntry } from '../chain/rules'
import { sealedEntries } from '../chain/service'
import { checkpointTrouble, furthestHead, headTrouble, signedHead } from '../signing/service'
import {
  findCheckpoint,
  findNextTenant,
  findTimeFurtherOn,
  getUnsealedCount,
  listSeals,
  listUnsealedOf,
} from '../store'
import type { ChainReport, ClockNote, ExpectedHead, Finding, Head } from '../types'

const PAGE = 1000
const WINDOW = 2000

/**
 * Walks every chain (or one tenant's) beside its events and the signed head; reads only, in pages. It can run while
 * the worker seals.
 *
 * Its limit: whoever can write to the database can change what is not sealed yet (seconds), and can put back an older
 * copy of the whole log with the head of that time. The second shows when a head noted elsewhere is given as
 * `expected`.
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
    .map((time) => earliest(time, now))
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
