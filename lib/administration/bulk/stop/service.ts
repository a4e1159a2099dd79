import { recordEvent } from '../../../audit/service'
import type { TransactionDeps } from '../../../core/deps'
import type { Operator } from '../../../identity/actor/types'
import { countTargets, listUnderWay, updateBulkStopped, updateOpenTargets } from '../store'

/** More than that are not under way at once. */
const MAX_UNDER_WAY = 10_000

/**
 * After a restore nothing that was confirmed goes on by itself: what is left of it was done since, or was not wanted
 * any more. Whoever it was for is named on its page.
 */
export async function stopBulks(deps: TransactionDeps, operator: Operator): Promise<number> {
  const rows = await listUnderWay(deps.db, MAX_UNDER_WAY)
  for (const { id, tenantId, act, value, rows: all, createdById, createdByName } of rows) {
    await updateOpenTargets(deps.db, id, 'restored')
    await updateBulkStopped(deps.db, id, deps.clock.now())
    const done = (await countTargets(deps.db, id)).find(({ outcome }) => outcome === 'done')?.count ?? 0
    await recordEvent(deps, {
      tenantId,
      kind: 'bulk_stopped',
      actor: { kind: 'operator' },
      subject: { id: createdById, name: createdByName },
      request: operator.request,
      data: { bulk: id, action: act, ...(value === '' ? {} : { to: value }), done, others: all - done },
    })
  }
  return rows.length
}
