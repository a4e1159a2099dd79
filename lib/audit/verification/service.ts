import { newToken } from '../../core/crypto/token'
import { nextTurn } from '../../core/db'
import type { Deps } from '../../core/deps'
import { later, minutes } from '../../core/kernel/time'
import type { TenantAdmin } from '../../identity/actor/types'
import { endWalk, startWalk, type Walk, walkEntry } from '../chain/rules'
import { checkpointTrouble, headTrouble } from '../signing/service'
import { findCheckpoint, listEventsById, listHeads, listSeals } from '../store'
import type { Finding, Head } from '../types'
import { readWalk, VERIFY_INTERVAL, verificationView, writeWalk } from './rules'
import { findDue, findUnverified, findVerification, insertVerification, updateLease, updateVerification } from './store'
import type { VerificationRow, VerificationView } from './types'

const LEASE = minutes(2)
const PAGE = 1000

type Needs = Pick<Deps, 'db' | 'clock' | 'random' | 'keys'>

/** Whether the chain of this tenant was walked today, and what was found (X11). */
export async function viewVerification(
  { db, clock }: Pick<Deps, 'db' | 'clock'>,
  actor: TenantAdmin,
): Promise<VerificationView> {
  return verificationView(await findVerification(db, actor.tenant.tenant.id), clock.now())
}

/**
 * For the worker: walks one chain that is due, from where the last walk stood, so that a day costs what a day added.
 * After a finding the next walk is of the whole chain: what is broken stays so until it is mended. What is not sealed
 * yet, and an older copy of everything, the command finds (`audit verify`). Gives whether there was any.
 */
export async function verifyChains(deps: Needs, stopped: () => boolean): Promise<boolean> {
  const now = deps.clock.now()
  const unknown = await findUnverified(deps.db)
  if (unknown !== null) await insertVerification(deps.db, unknown, now)
  const row = await findDue(deps.db, now)
  if (row === null) return unknown !== null
  const token = newToken(deps.random)
  if (!(await updateLease(deps.db, row.tenantId, { token, until: later(now, LEASE) }, now))) return false
  await walkOn(deps, row, token, stopped)
  return true
}

async function walkOn(deps: Needs, row: VerificationRow, token: string, stopped: () => boolean): Promise<void> {
  const { db } = deps
  const { tenantId } = row
  const held = { tenantId, token }
  const lease = () => later(deps.clock.now(), LEASE)
  const begun = row.startedAt !== null
  const checkpoint = await findCheckpoint(db, tenantId)
  const kept = begun || row.findings === 0 ? readWalk(row.walk, tenantId) : null
  // What was walked before may be deleted by rule by now: a checkpoint stands for it.
  let walk: Walk = kept !== null && kept.seq >= (checkpoint?.seq ?? 0) ? kept : startWalk(tenantId, null, checkpoint)
  let findings = begun ? row.findings : 0
  let finding = begun ? row.finding : null
  const report = (found: readonly Finding[]) => {
    findings += found.length
    finding ??= found[0] === undefined ? null : JSON.stringify(found[0])
  }
  if (!begun) {
    const now = deps.clock.now()
    const whole = walk.entries === 0 ? { wholeAt: now } : {}
    const start = { startedAt: now, fromSeq: walk.seq + 1, findings: 0, finding: null, ...whole }
    if (!(await updateVerification(db, held, { ...start, walk: writeWalk(walk), leasedUntil: lease() }))) return
    const trouble = checkpoint === null ? null : checkpointTrouble(deps, checkpoint)
    if (checkpoint !== null && trouble !== null) report([{ kind: trouble, seq: checkpoint.seq }])
    // What was walked before is not walked again; its end must still be there.
    if (walk.entries > 0) {
      const [end] = await listSeals(db, tenantId, { after: walk.seq - 1, upTo: walk.seq }, 1)
      if (end === undefined) report([{ kind: 'cut_off', seq: walk.seq }])
      else if (end.hash !== walk.hash) report([{ kind: 'rewritten', seq: walk.seq }])
    }
  }
  const head = await headOf(deps, tenantId, report)
  for (let more = head !== null; more && head !== null; ) {
    if (stopped()) return
    const seals = await listSeals(db, tenantId, { after: walk.seq, upTo: head.seq }, PAGE)
    const ids = seals.map(({ eventId }) => eventId)
    const events = new Map((await listEventsById(db, ids)).map((event) => [event.id, event]))
    for (const seal of seals) {
      const step = walkEntry(walk, seal, events.get(seal.eventId) ?? null)
      walk = step.walk
      report(step.findings)
    }
    more = seals.length === PAGE
    const at = { walk: writeWalk(walk), throughSeq: walk.seq, findings, finding, leasedUntil: lease() }
    if (!(await updateVerification(db, held, at))) return
    await nextTurn()
  }
  report(endWalk(walk, head))
  const now = deps.clock.now()
  await updateVerification(db, held, {
    ...{ walk: writeWalk(walk), throughSeq: walk.seq, findings, finding, finishedAt: now, startedAt: null },
    ...{ dueAt: later(now, VERIFY_INTERVAL), leaseToken: null, leasedUntil: null },
  })
}

/** The signed end of the chain; one that is not ours is a finding. */
async function headOf(
  deps: Pick<Deps, 'db' | 'keys'>,
  tenantId: string,
  report: (found: readonly Finding[]) => void,
): Promise<Head | null> {
  const [head = null] = await listHeads(deps.db, tenantId, 1)
  if (head === null) {
    const [seal] = await listSeals(deps.db, tenantId, { after: null, upTo: null }, 1)
    if (seal !== undefined) report([{ kind: 'bad_head' }])
    return null
  }
  const trouble = headTrouble(deps, head)
  if (trouble === null) return head
  report([{ kind: trouble, seq: head.seq, ...(trouble === 'unknown_key' ? { keyId: head.keyId } : {}) }])
  return null
}
