import { by } from '../../audit/rules'
import { recordEvent } from '../../audit/service'
import { transact } from '../../core/db'
import type { Deps } from '../../core/deps'
import { newId } from '../../core/kernel/ids'
import { err, ok, type Result } from '../../core/kernel/result'
import type { SteppedUpAdmin, TenantAdmin } from '../../identity/actor/types'
import { actOnTenant } from '../acting/service'
import { gatherAtOnce, targetsOfPicked } from './gather/service'
import { ACT_OF, MAX_PICKED, MAX_UNCONFIRMED, readChoice, writeChoice } from './rules'
import {
  countTargets,
  deleteBulk,
  deleteWaitingBeyond,
  findBulk,
  insertBulk,
  insertTargets,
  listTargets,
  updateBulkStarted,
} from './store'
import {
  BULK_OUTCOMES,
  type BulkActName,
  type BulkOutcome,
  type BulkRow,
  type BulkView,
  type NumberedBulkTarget,
  type TargetQuery,
} from './types'

const ROWS_SHOWN = 100

/**
 * Writes down what was chosen, and for whom: nothing is done to anybody. All of a list is its filter and the time; the
 * worker goes through what is long.
 */
export async function prepareBulk(
  deps: Deps,
  actor: TenantAdmin,
  input: { choice: string; filter: string | null; picked: readonly string[] },
): Promise<Result<{ id: string }, 'nothing_picked' | 'not_permitted'>> {
  const choice = readChoice(input.choice, actor.tenant.role)
  if (choice === null) return err('not_permitted')
  const tenantId = actor.tenant.tenant.id
  const createdById = actor.person.id
  const { tenant, role } = actor.tenant
  const chosen = { choice, judge: { id: createdById, role }, tenant }
  const picked = input.picked.slice(0, MAX_PICKED)
  const targets = input.filter === null ? await targetsOfPicked(deps, chosen, picked) : ([] as const)
  if (input.filter === null && targets.length === 0) return err('nothing_picked')
  const now = deps.clock.now()
  const row: BulkRow = {
    id: newId(now, deps.random),
    tenantId,
    ...choice,
    filter: input.filter,
    createdById,
    createdByName: actor.person.name,
    locale: actor.locale,
    cursor: null,
    rows: targets.length,
    createdAt: now,
    gatheredAt: input.filter === null ? now : null,
    startedAt: null,
    position: 0,
    failures: 0,
    finishedAt: null,
  }
  await transact(deps, async (deps) => {
    await deleteWaitingBeyond(deps.db, { tenantId, createdById }, MAX_UNCONFIRMED - 1)
    await insertBulk(deps.db, row)
    if (targets.length > 0) await insertTargets(deps.db, row.id, 0, targets)
  })
  if (input.filter !== null) await gatherAtOnce(deps, row, chosen)
  return ok({ id: row.id })
}

function isChooser(row: BulkRow, actor: TenantAdmin): boolean {
  return row.createdById === actor.person.id
}

/**
 * What would be done, is being done or was, and a page of those it is about; before it began to whoever chose it alone.
 */
export async function viewBulk(
  deps: Deps,
  actor: TenantAdmin,
  id: string,
  query: TargetQuery,
): Promise<{ view: BulkView; targets: readonly NumberedBulkTarget[]; more: number | null } | null> {
  const row = await findBulk(deps.db, { tenantId: actor.tenant.tenant.id, id })
  if (row === null || (row.startedAt === null && !isChooser(row, actor))) return null
  const [counted, found] = await Promise.all([
    countTargets(deps.db, id),
    listTargets(deps.db, id, query, ROWS_SHOWN + 1),
  ])
  const count = (outcome: BulkOutcome) => counted.find((each) => each.outcome === outcome)?.count ?? 0
  const counts = Object.fromEntries(BULK_OUTCOMES.map((each) => [each, count(each)])) as Record<BulkOutcome, number>
  const targets = found.slice(0, ROWS_SHOWN)
  const { act, value, createdByName, filter, rows, createdAt, gatheredAt, startedAt, finishedAt } = row
  return {
    view: {
      id,
      choice: { act: act as BulkActName, value },
      by: createdByName,
      all: filter !== null,
      rows,
      done: rows - counts.open,
      counts,
      createdAt,
      gatheredAt,
      startedAt,
      finishedAt,
    },
    targets,
    more: found.length > ROWS_SHOWN ? (targets.at(-1)?.number ?? null) : null,
  }
}

/**
 * Whoever chose says go, at the proof of the act (S29); the worker does it, in their name, whatever becomes of the
 * proof and the browser (X7).
 */
export async function confirmBulk(
  deps: Deps,
  actor: SteppedUpAdmin,
  id: string,
  acts: readonly BulkActName[],
): Promise<Result<null, 'not_found' | 'already_so' | 'not_permitted'>> {
  const scope = { tenantId: actor.tenant.tenant.id, id }
  const row = await findBulk(deps.db, scope)
  if (row === null || row.gatheredAt === null || !isChooser(row, actor)) return err('not_found')
  const choice = readChoice(writeChoice({ act: row.act as BulkActName, value: row.value }), actor.tenant.role)
  if (choice === null || !acts.includes(choice.act)) return err('not_found')
  return actOnTenant(deps, actor, ACT_OF[choice.act], async (deps): Promise<Result<null, 'already_so'>> => {
    const of = { ...scope, createdById: actor.person.id }
    if (!(await updateBulkStarted(deps.db, of, deps.clock.now()))) return err('already_so')
    const open = (await countTargets(deps.db, id)).find(({ outcome }) => outcome === 'open')?.count ?? 0
    const { act, value } = choice
    await recordEvent(deps, {
      tenantId: scope.tenantId,
      kind: 'bulk_started',
      ...by(actor),
      data: { bulk: id, action: act, ...(value === '' ? {} : { to: value }), people: open },
    })
    return ok(null)
  })
}

/** Gives what it was about. */
export async function dropBulk(
  deps: Deps,
  actor: TenantAdmin,
  id: string,
): Promise<Result<{ act: BulkActName }, 'not_found'>> {
  const scope = { tenantId: actor.tenant.tenant.id, id }
  const row = await findBulk(deps.db, scope)
  if (row === null || !(await deleteBulk(deps.db, { ...scope, createdById: actor.person.id }))) return err('not_found')
  return ok({ act: row.act as BulkActName })
}
