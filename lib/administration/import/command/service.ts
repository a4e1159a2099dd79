import { transact } from '../../../core/db'
import type { Deps } from '../../../core/deps'
import { err, ok, type Result } from '../../../core/kernel/result'
import type { Operator } from '../../../identity/actor/types'
import { requiredOf } from '../../../identity/policy/service'
import type { TenantFacts } from '../../../identity/tenant/service'
import { userTypeOf } from '../../../identity/user/rules'
import { ROLES, type Role } from '../../../identity/user/types'
import { namesPeople } from '../columns/rules'
import { type OpenFile, readPeople, type Wishes } from '../read'
import { BATCH_CHANGED, BATCH_MAILED, BATCH_ROWS } from '../rules'
import { type AppName, againWhenOvertaken, bringInRows, judge, noteImport, prepareRows, type Scope } from '../service'
import { addToTally, broughtIn, emptyTally, speaksOfSomebody } from '../tally/rules'
import type { Counts, Reading, RowOutcome, UnreadableFile } from '../types'

export interface FileReport {
  reading: Reading
  counts: Counts
  /** Of whom the requirement covers none, or all. */
  roles: readonly { role: Role; count: number; required: boolean }[]
  brought: { apps: number; codes: number }
  refused: RowOutcome[]
}

export interface ImportOptions {
  dryRun: boolean
  invite: boolean
  locale: string
  /** Whether people who are suspended in the other system come as well. */
  suspended: boolean
  /** Whether people who are there become what the file says. */
  update: boolean
  wishes: Wishes
  appName: AppName
}

/**
 * `users import`: everything in the file that can be brought in, in batches of a transaction each; stopped in the
 * middle, the same file brings in the rest. With `dryRun` nothing is written.
 */
export async function importFile(
  deps: Deps,
  operator: Operator,
  tenant: TenantFacts,
  open: OpenFile,
  options: ImportOptions,
  onProgress: (rows: number) => void,
): Promise<Result<FileReport, 'unreadable', UnreadableFile & { counts: Counts }>> {
  const scope: Scope = {
    tenant,
    actor: { kind: 'operator' },
    request: operator.request,
    locale: options.locale,
    invite: options.invite,
    suspended: options.suspended,
    appName: options.appName,
    secrets: true,
    mayGive: () => true,
    update: options.update,
    changer: { id: null, role: 'owner' },
    changedBy: operator,
  }
  const tally = emptyTally()
  const { counts } = tally
  const brought = { apps: 0, codes: 0 }
  const refused: RowOutcome[] = []
  let done = 0
  let someThere = false
  let reading: Reading | null = null
  for await (const batch of readPeople(open, options.wishes)) {
    if ('unreadable' in batch) {
      if (!options.dryRun && done > 0) await noteImport(deps, scope, counts, brought)
      return err('unreadable', { ...batch.unreadable, counts })
    }
    if ('reading' in batch) {
      reading = batch.reading
      continue
    }
    const mailed = options.invite || batch.rows.some((row) => 'person' in row && row.person.hash !== null)
    const size = options.update ? BATCH_CHANGED : mailed ? BATCH_MAILED : BATCH_ROWS
    for (let from = 0; from < batch.rows.length; from += size) {
      const rows = batch.rows.slice(from, from + size)
      const prepared = options.dryRun ? null : await prepareRows(deps, scope, rows)
      const outcomes =
        prepared === null
          ? (await judge(deps, scope, rows)).outcomes
          : await againWhenOvertaken(() => transact(deps, (deps) => bringInRows(deps, scope, rows, prepared)))
      addToTally(tally, rows, outcomes)
      someThere ||= speaksOfSomebody(outcomes)
      const { apps, codes } = broughtIn(rows, outcomes)
      brought.apps += apps
      brought.codes += codes
      for (const row of outcomes) {
        if (row.outcome === 'refused') refused.push(row)
      }
      done += outcomes.length
      onProgress(done)
    }
  }
  if (reading !== null && !namesPeople(reading.columns) && !someThere) {
    return err('unreadable', { problem: 'no_name_column', row: null, counts })
  }
  if (!options.dryRun) await noteImport(deps, scope, counts, brought)
  if (reading === null) throw new Error('rows without a reading')
  const required = await requiredOf(deps.db, tenant.id)
  const told = ROLES.map((role) => ({
    role,
    count: tally.roles[role] ?? 0,
    required: required[userTypeOf(role)],
  }))
  return ok({ reading, counts, brought, roles: told.filter(({ count }) => count > 0), refused })
}
