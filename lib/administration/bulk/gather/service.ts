import { newToken } from '../../../core/crypto/token'
import { type DbOrTx, nextTurn, passOver, transact } from '../../../core/db'
import type { Deps } from '../../../core/deps'
import { later } from '../../../core/kernel/time'
import type { TenantView } from '../../../identity/user/types'
import { invitationsAmong, invitationsFrom } from '../../invitation/many/service'
import type { InvitationRow } from '../../invitation/types'
import { peopleAmong, peopleFrom } from '../../people/list/service'
import type { PersonRow } from '../../people/list/types'
import { BULK_LEASE, GATHER_ROWS, isMemberAct, judgeInvitation, judgeMember } from '../rules'
import { insertTargets, listSubjectsAmong, updateBulkLease, updateBulkLeaseEnded, updateGathered } from '../store'
import type { BulkChoice, BulkRow, BulkTarget, Judge, MemberActName } from '../types'

/** Steps within the request that chose: more than that is for the worker. */
const STEPS_AT_ONCE = 2

interface Part {
  targets: readonly BulkTarget[]
  /** Null at the end of the list. */
  next: string | null
}

/** What is chosen, by whom, and of which tenant. */
export interface Chosen {
  choice: BulkChoice
  judge: Judge
  tenant: TenantView
}

export async function targetsOfPicked(
  deps: Pick<Deps, 'db' | 'clock'>,
  { choice, judge, tenant }: Chosen,
  ids: readonly string[],
): Promise<BulkTarget[]> {
  const { act } = choice
  if (isMemberAct(act)) {
    return (await peopleAmong(deps, tenant, ids)).map((row) => memberTarget(choice, act, judge, row))
  }
  const rows = await invitationsAmong(deps.db, tenant.id, ids)
  return rows.map((row) => invitationTarget(choice, judge, row))
}

function memberTarget(choice: BulkChoice, act: MemberActName, judge: Judge, row: PersonRow): BulkTarget {
  const { userId: subjectId, name, email } = row
  return { subjectId, name, email, outcome: judgeMember(choice, act, judge, row) }
}

function invitationTarget(choice: BulkChoice, judge: Judge, row: InvitationRow): BulkTarget {
  const { id: subjectId, name, email } = row
  return { subjectId, name, email, outcome: judgeInvitation(choice, judge, row) }
}

function partOf(deps: Pick<Deps, 'db' | 'clock'>, work: BulkRow, chosen: Chosen): Promise<Part> {
  const { act } = chosen.choice
  return isMemberAct(act) ? partOfMembers(deps, work, chosen, act) : partOfInvitations(deps.db, work, chosen)
}

async function partOfMembers(
  deps: Pick<Deps, 'db' | 'clock'>,
  work: BulkRow,
  { choice, judge, tenant }: Chosen,
  act: MemberActName,
): Promise<Part> {
  const from = { after: work.cursor, until: work.createdAt, limit: GATHER_ROWS }
  const { rows, next } = await peopleFrom(deps, tenant, work.filter ?? '', from)
  return { targets: rows.map((row) => memberTarget(choice, act, judge, row)), next }
}

async function partOfInvitations(db: DbOrTx, work: BulkRow, { choice, judge }: Chosen): Promise<Part> {
  const from = { search: work.filter ?? '', after: work.cursor ?? '', until: work.createdAt, limit: GATHER_ROWS }
  const rows = await passOver((without) => invitationsFrom(db, work.tenantId, { ...from, without }))
  const targets = rows.map((row) => invitationTarget(choice, judge, row))
  return { targets, next: rows.length < GATHER_ROWS ? null : (rows.at(-1)?.email ?? null) }
}

/**
 * Writes down whom it is about: a part of the list and the place in it in one transaction. Who comes into the list
 * after it was chosen is not among them, and nobody is twice.
 */
export async function gather(
  deps: Deps,
  work: BulkRow,
  { chosen, token, stopped }: { chosen: Chosen; token: string; stopped: () => boolean },
): Promise<void> {
  let { cursor, rows } = work
  while (!stopped()) {
    const { targets, next } = await partOf(deps, { ...work, cursor }, chosen)
    const from = { cursor, rows }
    const added = await transact(deps, async (deps) => {
      const ids = targets.map(({ subjectId }) => subjectId)
      const there = new Set(await listSubjectsAmong(deps.db, work.id, ids))
      const fresh = targets.filter(({ subjectId }) => !there.has(subjectId))
      const now = deps.clock.now()
      const to = {
        cursor: next,
        rows: fresh.length,
        gatheredAt: next === null ? now : null,
        leasedUntil: later(now, BULK_LEASE),
      }
      if (!(await updateGathered(deps.db, { id: work.id, token, cursor: from.cursor }, to))) return null
      await insertTargets(deps.db, work.id, from.rows, fresh)
      return fresh.length
    })
    if (added === null || next === null) return
    cursor = next
    rows += added
    await nextTurn()
  }
}

/** For whoever has just chosen: most lists are short. */
export async function gatherAtOnce(deps: Deps, work: BulkRow, chosen: Chosen): Promise<void> {
  const token = newToken(deps.random)
  const now = deps.clock.now()
  if (!(await updateBulkLease(deps.db, work.id, { token, until: later(now, BULK_LEASE) }, now))) return
  let steps = 0
  const stopped = () => {
    steps += 1
    return steps > STEPS_AT_ONCE
  }
  await gather(deps, work, { chosen, token, stopped })
  await updateBulkLeaseEnded(deps.db, work.id, token, now)
}
