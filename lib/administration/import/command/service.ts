import { transact } from '../../../core/db'
import type { Deps } from '../../../core/deps'
import { err, ok, type Result } from '../../../core/kernel/result'
import type { Operator } from '../../../identity/actor/types'
import { type OpenFile, readPeople } from '../read'
import { BATCH_MAILED, BATCH_ROWS, countOutcomes } from '../rules'
import { againWhenOvertaken, bringInRows, judge, noteImport, type Scope } from '../service'
import type { Counts, RowOutcome, UnreadableFile } from '../types'

export interface FileReport {
  counts: Counts
  refused: RowOutcome[]
}

/**
 * `users import`: everything in the file that can be brought in, in batches of a transaction each; stopped in the middle,
 * the same file brings in the rest. With `dryRun` nothing is written.
 */
export async function importFile(
  deps: Deps,
  operator: Operator,
  tenant: { id: string; name: string },
  open: OpenFile,
  options: { dryRun: boolean; invite: boolean; locale: string },
  onProgress: (rows: number) => void,
): Promise<Result<FileReport, 'unreadable', UnreadableFile & { counts: Counts }>> {
  const scope: Scope = {
    tenant,
    actor: { kind: 'operator' },
    request: operator.request,
    locale: options.locale,
    invite: options.invite,
    mayGive: () => true,
  }
  const counts = countOutcomes([])
  const refused: RowOutcome[] = []
  let done = 0
  for await (const batch of readPeople(open)) {
    if ('unreadable' in batch) {
      if (!options.dryRun && done > 0) await noteImport(deps, scope, counts)
      return err('unreadable', { ...batch.unreadable, counts })
    }
    const size = options.invite ? BATCH_MAILED : BATCH_ROWS
    for (let from = 0; from < batch.rows.length; from += size) {
      const rows = batch.rows.slice(from, from + size)
      const outcomes = options.dryRun
        ? (await judge(deps, scope, rows)).outcomes
        : await againWhenOvertaken(() => transact(deps, (deps) => bringInRows(deps, scope, rows)))
      for (const row of outcomes) {
        counts[row.outcome] += 1
        if (row.outcome === 'refused') refused.push(row)
      }
      done += outcomes.length
      onProgress(done)
    }
  }
  if (!options.dryRun) await noteImport(deps, scope, counts)
  return ok({ counts, refused })
}
