import { toBase64Url } from '../../core/crypto/encoding'
import { type Db, isUniqueViolation, transact } from '../../core/db'
import type { Deps } from '../../core/deps'
import { firstIdAt, newId } from '../../core/kernel/ids'
import { earlier, earliest, later } from '../../core/kernel/time'
import { compareRing, holdCurrentKey } from '../../core/ring/service'
import { recordEvent } from '../service'
import { furthestHead, headTrouble, isSigned, signHead } from '../signing/service'
import {
  deleteHeadsBefore,
  findFurthestHead,
  findLastSeal,
  insertHead,
  insertSeals,
  listEventsById,
  listEventsOfKind,
  listHeads,
  listSeals,
  listUnsealed,
} from '../store'
import { INSTALLATION, type Seal, type StoredEvent } from '../types'
import { chainEvents, nextHead, SEAL_CLOCK_TOLERANCE, SEAL_MARGIN } from './rules'

/** Why a chain is not continued: doing so would sign over what was tampered with. `audit verify` says more. */
export interface SealRefusal {
  tenantId: string
  reason: 'bad_head' | 'unknown_key' | 'seals_beyond_head'
}

/** 128 bits: what is blanked cannot be guessed back from its digest. */
const SALT_BYTES = 16

const PAGE = 1000

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
  return furthest ? earlier(earliest(furthest.through, now), lookBack) : new Date(0)
}

/**
 * A head that reaches further than now was signed by a clock that has gone back since. That is an event, once; its
 * chain is the installation's, whose head then says again up to where everything is sealed (N40).
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
      await insertHead(deps.db, newId(now, deps.random), signHead(deps, next))
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

/** What is sealed of one tenant, in the order of its chain, read in pages. */
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
