import { newToken } from '../../core/crypto/token'
import { nextTurn, transact } from '../../core/db'
import type { Deps, TransactionDeps } from '../../core/deps'
import { newId } from '../../core/kernel/ids'
import { days, earlier, hours, later, minutes } from '../../core/kernel/time'
import { holdCurrentKey } from '../../core/ring/service'
import type { TenantAdmin } from '../../identity/actor/types'
import { startWalk, type Walk, walkEntry } from '../chain/rules'
import { sealedEntries } from '../chain/service'
import { exportedEvent } from '../reading/rules'
import { listAudit } from '../reading/service'
import { recordEvent } from '../service'
import { checkpointTrouble, signCheckpoint, signedHead } from '../signing/service'
import { findCheckpoint } from '../store'
import type { FindingKind, Seal, StoredEvent } from '../types'
import {
  decideRetention,
  exportName,
  FOR_EVER,
  type Kept,
  type RetentionDecision,
  type RetentionState,
  retentionAt,
} from './rules'
import {
  deleteCheckpointsBefore,
  deleteDeletions,
  deleteEvents,
  deleteSeals,
  findRetention,
  findRetentionWork,
  insertCheckpoint,
  insertDeletions,
  updateDueRetentions,
  updateRetentionFreed,
  updateRetentionLease,
  updateRetentionLooked,
  upsertRetention,
} from './store'
import type { Archive, RetentionView } from './types'

/** How long a worker may be silent before another goes on. */
const PRUNE_LEASE = minutes(10)
/** Entries of one file, and of the transaction that deletes them. */
export const PRUNE_BATCH = 2000
/** Entries that are verified at a time. */
const TURN = 50
/** When a log of which nothing is old enough, or which is not whole, is looked at again. */
const LOOK_AGAIN = hours(1)

/** A log that is not whole is kept as it is: what is wrong with it is evidence. */
export class PruneRefused extends Error {
  override name = 'PruneRefused'
  constructor(tenantId: string, reason: FindingKind) {
    super(`the audit log of tenant ${tenantId} is kept beyond its time (${reason}): run audit verify`)
  }
}

export async function retentionOf(deps: Pick<Deps, 'db'>, tenantId: string): Promise<RetentionState> {
  return (await findRetention(deps.db, tenantId)) ?? FOR_EVER
}

/** What counts, what was announced, and what is gone already (X12); whoever runs the server sets it. */
export async function viewRetention(deps: Pick<Deps, 'db' | 'clock'>, actor: TenantAdmin): Promise<RetentionView> {
  const tenantId = actor.tenant.tenant.id
  const kind = 'audit_retention_changed'
  const [state, checkpoint, { events }] = await Promise.all([
    retentionOf(deps, tenantId),
    findCheckpoint(deps.db, tenantId),
    listAudit(deps, actor, { personId: null, kind, from: null, to: null, start: 'newest' }),
  ])
  return {
    ...retentionAt(state, deps.clock.now()),
    setAt: events[0]?.at ?? null,
    gone: checkpoint && { entries: checkpoint.seq, from: checkpoint.firstAt, to: checkpoint.lastAt },
  }
}

/** How long the log of a tenant is kept from now on, or from a later day; whoever calls tells of it. */
export async function setRetention(
  deps: TransactionDeps<'clock'>,
  tenantId: string,
  wanted: Kept,
): Promise<RetentionDecision & { before: RetentionState }> {
  const now = deps.clock.now()
  const before = (await findRetention(deps.db, tenantId)) ?? FOR_EVER
  const decision = decideRetention(before, wanted, now)
  if (decision.outcome === 'change') await upsertRetention(deps.db, tenantId, decision.to, now)
  return { ...decision, before }
}

/**
 * For the worker: of one log, the oldest entries that are past their time are written to a file, and then deleted in
 * one transaction with the checkpoint that stands for them and the entry that tells of it. Whoever dies between the two
 * writes the same file again. Gives whether there may be more to do now.
 */
export async function pruneAudit(deps: Deps, archive: Archive, stopped: () => boolean): Promise<boolean> {
  const now = deps.clock.now()
  await updateDueRetentions(deps.db, now)
  const work = await findRetentionWork(deps.db, now)
  if (work === null || stopped()) return false
  const token = newToken(deps.random)
  if (!(await updateRetentionLease(deps.db, work, { token, until: later(now, PRUNE_LEASE) }, now))) return false
  const scope = { ...work, token }
  const found = await oldEntries(deps, work.tenantId, earlier(now, days(work.days)))
  if ('refused' in found || found.entries.length === 0) {
    await updateRetentionLooked(deps.db, scope, later(now, LOOK_AGAIN))
    if ('refused' in found) throw new PruneRefused(work.tenantId, found.refused)
    return true
  }
  const { entries, walk, firstAt } = found
  const [first, last] = [entries[0]?.seal.seq ?? 0, walk.seq]
  const file = exportName(work.tenantId, first, last)
  const digest = await archive.keep(file, linesOf(entries))
  await nextTurn()
  const times = entries.map(({ event }) => event.at.getTime())
  const claim = {
    tenantId: work.tenantId,
    seq: last,
    hash: walk.hash,
    firstAt,
    lastAt: new Date(Math.max(...times)),
    latest: new Date(walk.latest),
    madeAt: now,
  }
  const kept = await transact(deps, async (deps) => {
    // The rule of then, and the lease of then, or nothing (S8).
    if (!(await updateRetentionLooked(deps.db, scope, now))) return false
    await holdCurrentKey(deps)
    await insertCheckpoint(deps.db, newId(now, deps.random), signCheckpoint(deps, claim))
    await insertDeletions(deps.db, work.tenantId, last)
    const seals = await deleteSeals(deps.db, work.tenantId, last)
    const events = await deleteEvents(deps.db)
    if (seals !== entries.length || events !== entries.length) throw new Error('an audit log changed while it was cut')
    await deleteDeletions(deps.db)
    await deleteCheckpointsBefore(deps.db, work.tenantId, last)
    await recordEvent(deps, {
      tenantId: work.tenantId,
      kind: 'audit_pruned',
      actor: { kind: 'system' },
      data: {
        entries: entries.length,
        first,
        last,
        hash: walk.hash,
        oldest: new Date(Math.min(...times)).toISOString(),
        newest: claim.lastAt.toISOString(),
        export: file,
        sha256: digest,
        days: work.days,
      },
    })
    return true
  })
  if (!kept) await updateRetentionFreed(deps.db, work.tenantId, token)
  return true
}

interface SealedEvent {
  seal: Seal
  event: StoredEvent
}

/** From the beginning of the chain, verified as they are read; never the last one of it. */
async function oldEntries(
  deps: Deps,
  tenantId: string,
  before: Date,
): Promise<{ entries: SealedEvent[]; walk: Walk; firstAt: Date } | { refused: FindingKind }> {
  const { head } = await signedHead(deps, tenantId)
  const checkpoint = await findCheckpoint(deps.db, tenantId)
  const trouble = checkpoint === null ? null : checkpointTrouble(deps, checkpoint)
  if (trouble !== null) return { refused: trouble }
  let walk = startWalk(tenantId, null, checkpoint)
  const entries: SealedEvent[] = []
  let firstAt = checkpoint?.firstAt ?? null
  if (head !== null) {
    for await (const { seal, event } of sealedEntries(deps.db, tenantId, { after: null, upTo: head.seq - 1 })) {
      if (event !== null && event.at >= before) break
      const step = walkEntry(walk, seal, event)
      const [finding] = step.findings
      if (finding !== undefined) return { refused: finding.kind }
      if (event === null) return { refused: 'removed' }
      walk = step.walk
      firstAt = firstAt === null || event.at < firstAt ? event.at : firstAt
      entries.push({ seal, event })
      if (entries.length === PRUNE_BATCH) break
      // Whoever waits for a page is not to wait for this.
      if (entries.length % TURN === 0) await nextTurn()
    }
  }
  return { entries, walk, firstAt: firstAt ?? before }
}

/** An entry a line, as the console exports it, with its seal: a program can follow the chain from line to line. */
function* linesOf(entries: readonly SealedEvent[]): Generator<string> {
  for (const { seal, event } of entries) {
    const { eventId: _id, tenantId: _tenant, ...place } = seal
    yield `${JSON.stringify({ ...exportedEvent(event), seal: { ...place, sealedAt: seal.sealedAt.toISOString() } })}\n`
  }
}
