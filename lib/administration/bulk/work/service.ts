import { by } from '../../../audit/rules'
import { recordEvent } from '../../../audit/service'
import { newToken } from '../../../core/crypto/token'
import { nextTurn, orPassOver, transact } from '../../../core/db'
import type { AnyDeps, Deps, TransactionDeps } from '../../../core/deps'
import { days, earlier, later } from '../../../core/kernel/time'
import type { Confirmed } from '../../../identity/actor/types'
import { lockTenant } from '../../../identity/policy/service'
import { isConsoleRole, roleIn, standsByThem } from '../../../identity/user/rules'
import { personById } from '../../../identity/user/service'
import type { MembershipView, Person } from '../../../identity/user/types'
import { actOn, holdPart } from '../acts/service'
import { gather } from '../gather/service'
import { AFTER_FAILURE, BATCH_ACTS, BULK_LEASE, MAX_PART_FAILURES, readChoice } from '../rules'
import {
  countTargets,
  deleteBulk,
  deleteOldBulks,
  findBulkWork,
  listTargets,
  updateBulkFailed,
  updateBulkFinished,
  updateBulkLease,
  updateBulkLeaseEnded,
  updateBulkPosition,
  updateTargetsDone,
} from '../store'
import type { BulkChoice, BulkOutcome, BulkRow, NumberedBulkTarget } from '../types'

const WAITING_RETENTION = days(1)
const DONE_RETENTION = days(30)

/** Makes the proof that somebody confirmed; by the worker alone. */
export type Confirm = (who: { person: Person; tenant: MembershipView; locale: string }) => Confirmed

/** What a failure says of whoever it was about: nothing, where the database is what failed. */
export type IsOutage = (error: unknown) => boolean

interface Working {
  token: string
  confirm: Confirm
  stopped: () => boolean
  isOutage: IsOutage
}

/** For the worker: goes on with one, a part a transaction. Gives whether there was any. */
export async function workOnBulk(
  deps: Deps,
  confirm: Confirm,
  stopped: () => boolean,
  isOutage: IsOutage = () => false,
): Promise<boolean> {
  const now = deps.clock.now()
  const work = await findBulkWork(deps.db, now)
  if (work === null) return false
  const token = newToken(deps.random)
  if (!(await updateBulkLease(deps.db, work.id, { token, until: later(now, BULK_LEASE) }, now))) return false
  try {
    if (work.startedAt === null) await gatherAll(deps, work, token, stopped)
    else await doAll(deps, work, { token, confirm, stopped, isOutage })
  } catch (error) {
    const leasedUntil = later(deps.clock.now(), AFTER_FAILURE)
    await updateBulkFailed(deps.db, { id: work.id, token }, { leasedUntil, counts: !isOutage(error) })
    throw error
  }
  await updateBulkLeaseEnded(deps.db, work.id, token, deps.clock.now())
  return true
}

/** Whoever chose, as they are now; null when they are no admin here any more (S8), or were signed out since (SE4). */
async function chooserOf(
  { db, clock }: AnyDeps<'clock'>,
  work: BulkRow,
): Promise<{ person: Person; tenant: MembershipView } | null> {
  const person = (await orPassOver(() => personById(db, work.createdById)))?.person
  const tenant = person?.memberships.find((each) => each.tenant.id === work.tenantId)
  if (person === undefined || tenant === undefined) return null
  const role = roleIn(person, work.tenantId, clock.now())
  if (role === null || !isConsoleRole(role)) return null
  return work.startedAt === null || standsByThem(person, tenant, work.startedAt) ? { person, tenant } : null
}

/** What was chosen, as a role may still choose it. */
function choiceOf({ act, value }: BulkRow, own: MembershipView): BulkChoice | null {
  return readChoice(value === '' ? act : `${act}.${value}`, own.role)
}

async function gatherAll(deps: Deps, work: BulkRow, token: string, stopped: () => boolean): Promise<void> {
  const chooser = await chooserOf(deps, work)
  const choice = chooser && choiceOf(work, chooser.tenant)
  // Nobody is there to confirm it.
  if (chooser === null || choice === null) {
    const { id, tenantId, createdById } = work
    await deleteBulk(deps.db, { id, tenantId, createdById })
    return
  }
  const judge = { id: chooser.person.id, role: chooser.tenant.role }
  await gather(deps, work, { chosen: { choice, judge, tenant: chooser.tenant.tenant }, token, stopped })
}

async function doAll(deps: Deps, work: BulkRow, working: Working): Promise<void> {
  let { position } = work
  // A part that keeps failing is tried one by one: those that can be done are, and the others are named.
  let alone = work.failures >= MAX_PART_FAILURES ? BATCH_ACTS : 0
  while (!working.stopped()) {
    const targets = await listTargets(
      deps.db,
      work.id,
      { outcome: 'open', after: position },
      alone > 0 ? 1 : BATCH_ACTS,
    )
    const last = targets.at(-1)
    if (last === undefined) return finish(deps, work, working.token)
    const part = { targets, from: position, to: last.number, failures: alone > 1 ? work.failures : 0 }
    const kept = alone > 0 ? await doOne(deps, work, working, part) : await doPart(deps, work, working, part)
    if (!kept) return
    position = last.number
    alone = Math.max(0, alone - 1)
    await nextTurn()
  }
}

interface Part {
  targets: readonly NumberedBulkTarget[]
  from: number
  to: number
  failures: number
}

/** False where somebody else has it by now. */
function doPart(deps: Deps, work: BulkRow, { token, confirm }: Working, part: Part): Promise<boolean> {
  return transact(deps, async (deps) => {
    // What the one in whose name it is done may do is read while nothing changes their role (S8).
    await lockTenant(deps.db, work.tenantId)
    if (!(await moveOn(deps, work, token, part))) return false
    const { targets } = part
    await holdPart(
      deps.db,
      work,
      targets.map(({ subjectId }) => subjectId),
    )
    const chooser = await chooserOf(deps, work)
    const choice = chooser && choiceOf(work, chooser.tenant)
    const actor = chooser && confirm({ ...chooser, locale: work.locale })
    const outcomes = new Map<BulkOutcome, number[]>()
    for (const { number, subjectId } of targets) {
      const doing = actor && choice && { actor, role: actor.tenant.role, choice, bulkId: work.id }
      const outcome = doing === null ? 'stopped' : await actOn(deps, doing, subjectId)
      outcomes.set(outcome, [...(outcomes.get(outcome) ?? []), number])
    }
    for (const [outcome, numbers] of outcomes) await updateTargetsDone(deps.db, work.id, numbers, outcome)
    return true
  })
}

/** One that fails alone as well, for the last time, is left out. */
async function doOne(deps: Deps, work: BulkRow, working: Working, part: Part): Promise<boolean> {
  try {
    return await doPart(deps, work, working, part)
  } catch (error) {
    if (working.isOutage(error)) throw error
    return transact(deps, async (deps) => {
      if (!(await moveOn(deps, work, working.token, part))) return false
      const numbers = part.targets.map(({ number }) => number)
      await updateTargetsDone(deps.db, work.id, numbers, 'failed')
      return true
    })
  }
}

function moveOn(deps: TransactionDeps, { id }: BulkRow, token: string, part: Part): Promise<boolean> {
  const to = { position: part.to, failures: part.failures, leasedUntil: later(deps.clock.now(), BULK_LEASE) }
  return updateBulkPosition(deps.db, { id, token, from: part.from }, to)
}

async function finish(deps: Deps, work: BulkRow, token: string): Promise<void> {
  await transact(deps, async (deps) => {
    if (!(await updateBulkFinished(deps.db, work.id, token, deps.clock.now()))) return
    const counts = await countTargets(deps.db, work.id)
    const done = counts.find(({ outcome }) => outcome === 'done')?.count ?? 0
    const { id, act, value, tenantId, createdById, createdByName } = work
    await recordEvent(deps, {
      tenantId,
      kind: 'bulk_done',
      ...by({
        person: { id: createdById, name: createdByName },
        request: { address: null, userAgent: null, requestId: null },
      }),
      data: { bulk: id, action: act, ...(value === '' ? {} : { to: value }), done, others: work.rows - done },
    })
  })
}

/** For the cleaning: what nobody confirmed, and what was done a month ago. */
export function dropOldBulks({ db, clock }: Pick<Deps, 'db' | 'clock'>, limit: number): Promise<number> {
  const now = clock.now()
  const before = { waiting: earlier(now, WAITING_RETENTION), finished: earlier(now, DONE_RETENTION) }
  return deleteOldBulks(db, before, limit)
}
