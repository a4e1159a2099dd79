import { recordEvent } from '../../../audit/service'
import type { TransactionDeps } from '../../../core/deps'
import type { Operator } from '../../../identity/actor/types'
import { listImportsUnderWay, updateImportStopped } from '../store'

/** More than that are not under way at once. */
const MAX_UNDER_WAY = 10_000

/** After a restore no file goes on by itself: it waits where it was for somebody to say go once more. */
export async function stopImports(deps: TransactionDeps, operator: Operator): Promise<number> {
  const files = await listImportsUnderWay(deps.db, MAX_UNDER_WAY)
  for (const { id, tenantId, fileName, rows } of files) {
    await updateImportStopped(deps.db, id)
    await recordEvent(deps, {
      tenantId,
      kind: 'import_stopped',
      actor: { kind: 'operator' },
      subject: { id, name: fileName },
      request: operator.request,
      data: { rows },
    })
  }
  return files.length
}
