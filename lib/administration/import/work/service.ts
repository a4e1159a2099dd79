import { by } from '../../../audit/rules'
import { unseal } from '../../../core/crypto/seal'
import { newToken } from '../../../core/crypto/token'
import { nextTurn, orPassOver, type Tx, transact } from '../../../core/db'
import type { AnyDeps, Deps, TransactionDeps } from '../../../core/deps'
import { days, earlier, later, minutes } from '../../../core/kernel/time'
import { isUnreadableRow, tellPassedOver } from '../../../core/kernel/unreadable'
import { lockTenant } from '../../../identity/policy/service'
import { tenantById } from '../../../identity/tenant/service'
import { isConsoleRole, roleIn, standsByThem } from '../../../identity/user/rules'
import { personById } from '../../../identity/user/service'
import type { Confirm } from '../../bulk/work/service'
import { mayGive } from '../../people/rules'
import { dropFilesUnder } from '../kept/service'
import { BATCH_CHANGED, BATCH_MAILED, BATCH_ROWS, hashBinding, maySendSecrets, readSecrets } from '../rules'
import { readChange } from '../schema'
import { type AppName, againWhenOvertaken, bringInRows, noteImport, prepareRows, type Scope } from '../service'
import { countRows, deleteOldImports } from '../store'
import { broughtIn, tallyOf } from '../tally/rules'
import type { ReadRow, RowOutcome, StoredRow } from '../types'
import {
  findImportBrought,
  findImportWork,
  type ImportWork,
  listRowsToDo,
  updateImportBrought,
  updateImportFinished,
  updateImportLease,
  updateImportLeaseEnded,
  updateImportPosition,
  updateRolesRefused,
  updateRowsDone,
  updateRowsRefusedUnder,
} from './store'

/** How long a worker may be silent before another goes on. */
const LEASE = minutes(2)
/** After a batch that failed: what is wrong with it is seldom over at once. */
const AFTER_FAILURE = minutes(5)
const IMPORTS_RETENTION = days(30)

/** For the worker: goes on with a file until it is done, a batch a transaction. Gives whether there was any. */
export async function bringIn(
  deps: Deps,
  stopped: () => boolean,
  appName: AppName = () => 'TOTP',
  confirm: Confirm | null = null,
): Promise<boolean> {
  const work = await findImportWork(deps.db, deps.clock.now())
  if (work === null) return false
  const token = newToken(deps.random)
  const now = deps.clock.now()
  if (!(await updateImportLease(deps.db, work.id, { token, until: later(now, LEASE) }, now))) return false
  try {
    await bringInFile(deps, work, token, { stopped, appName, confirm })
  } catch (error) {
    await updateImportLeaseEnded(deps.db, work.id, token, later(deps.clock.now(), AFTER_FAILURE))
    throw error
  }
  await updateImportLeaseEnded(deps.db, work.id, token, deps.clock.now())
  return true
}

/** Whether a file waits to be brought in: asked often, and answered by one row. */
export async function hasImportWork(deps: Pick<Deps, 'db' | 'clock'>): Promise<boolean> {
  return (await findImportWork(deps.db, deps.clock.now())) !== null
}

async function bringInFile(
  deps: Deps,
  work: ImportWork,
  token: string,
  { stopped, appName, confirm }: { stopped: () => boolean; appName: AppName; confirm: Confirm | null },
): Promise<void> {
  const tenant = await tenantById(deps, work.tenantId)
  if (tenant === null) return
  const scopeOf = (deps: AnyDeps<'clock'>) => scopeOfWork(deps, work, tenant, { appName, confirm })
  let { position } = work
  while (!stopped()) {
    const rows = await rowsToDo(deps, work.id, position, batchOf(work))
    const last = rows.at(-1)
    if (last === undefined) break
    const from = position
    const read = rows.map((row) => readAgain(deps, work.id, row))
    const prepared = await prepareRows(deps, await scopeOf(deps), read)
    const taken = await againWhenOvertaken(() =>
      transact(deps, async (deps) => {
        // What the sender may give is read while nothing changes their role (S8).
        await lockTenant(deps.db, work.tenantId)
        const to = { position: last.number, leasedUntil: later(deps.clock.now(), LEASE) }
        if (!(await updateImportPosition(deps.db, { id: work.id, token, from }, to))) return false
        const scope = await scopeOf(deps)
        const outcomes = await bringInRows(deps, scope, read, prepared)
        await updateImportBrought(deps.db, work.id, broughtIn(read, outcomes))
        await keepOutcomes(deps.db, work.id, outcomes)
        return true
      }),
    )
    if (!taken) return
    position = last.number
    await nextTurn()
  }
  if (stopped()) return
  const scope = await scopeOf(deps)
  await transact(deps, async (deps) => {
    if (!(await updateImportFinished(deps.db, work.id, token, deps.clock.now()))) return
    const brought = await findImportBrought(deps.db, work.id)
    await noteImport(deps, scope, tallyOf(await countRows(deps.db, work.id)), brought)
  })
}

function batchOf({ invite, secrets, update }: ImportWork): number {
  if (update) return BATCH_CHANGED
  return invite || secrets ? BATCH_MAILED : BATCH_ROWS
}

/** A row that cannot be read is refused, and keeps no other one of the file (N41). */
async function rowsToDo(deps: Deps, importId: string, after: number, limit: number): Promise<StoredRow[]> {
  try {
    return await listRowsToDo(deps.db, importId, after, limit)
  } catch (error) {
    if (!isUnreadableRow(error) || error.places.some(({ id }) => id === null)) throw error
    tellPassedOver(error)
    const numbers = error.places.map(({ id }) => Number(id))
    await transact(deps, (deps) => updateRolesRefused(deps.db, importId, numbers))
    return listRowsToDo(deps.db, importId, after, limit)
  }
}

/** In the name of whoever said go, up to the role that they have by now (S8), unless signed out since then (SE4). */
async function scopeOfWork(
  { db, clock }: AnyDeps<'clock'>,
  work: ImportWork,
  tenant: { id: string; name: string },
  { appName, confirm }: { appName: AppName; confirm: Confirm | null },
): Promise<Scope> {
  const person = (await orPassOver(() => personById(db, work.createdById)))?.person
  const membership = person?.memberships.find((each) => each.tenant.id === work.tenantId)
  const stands = person !== undefined && membership !== undefined && standsByThem(person, membership, work.startedAt)
  const own = stands ? roleIn(person, work.tenantId, clock.now()) : null
  const isAdmin = own !== null && isConsoleRole(own)
  const changedBy =
    !isAdmin || person === undefined || membership === undefined || confirm === null
      ? null
      : confirm({ person, tenant: membership, locale: work.locale })
  return {
    tenant: { id: tenant.id, name: tenant.name },
    ...by({
      person: { id: work.createdById, name: work.createdByName },
      request: { address: null, userAgent: null, requestId: null },
    }),
    locale: work.locale,
    invite: work.invite,
    // Whoever waits by now was asked for; the others are left out.
    suspended: false,
    appName,
    secrets: work.secrets && own !== null && maySendSecrets(own),
    mayGive: (wanted) => own !== null && mayGive(own, wanted),
    update: work.update,
    changer: isAdmin ? { id: work.createdById, role: own } : null,
    changedBy,
  }
}

function readAgain(deps: AnyDeps, importId: string, row: StoredRow): ReadRow {
  const { number, email, name, role, locale, sealedHash, outcome, column, problem } = row
  const change = readChange(row.change)
  // Whoever was there when it was looked at is changed as was shown, or not at all, and brought in by no row.
  if (row.change !== null && outcome !== 'refused') {
    const said = change && { name: null, role: null, locale: null, ...change.to, secrets: change.secrets }
    return { number, email, ...(said === null ? {} : { said }), column: null, problem: 'not_there' }
  }
  if (outcome === 'refused') return { number, email, column, problem: problem ?? 'required' }
  const suspended = outcome === 'left_out'
  // Nobody was asked for a role of theirs, since none would have brought them in.
  if (role === null) {
    const waiting = { email, name, locale, ...readSecrets(null), suspended }
    return { number, email, column: 'role', problem: 'no_role', waiting }
  }
  const secrets = sealedHash === null ? null : unseal(deps.keys, sealedHash, hashBinding(importId, number))
  if (sealedHash !== null && secrets === null)
    return { number, email, column: 'password_hash', problem: 'hash_not_accepted' }
  return {
    number,
    email,
    person: { email, name, role, locale, ...readSecrets(secrets), suspended },
  }
}

async function keepOutcomes(tx: Tx, importId: string, outcomes: readonly RowOutcome[]): Promise<void> {
  const groups = new Map<string, RowOutcome[]>()
  for (const row of outcomes) {
    const key = `${row.outcome} ${row.column} ${row.problem}`
    groups.set(key, [...(groups.get(key) ?? []), row])
  }
  for (const group of groups.values()) {
    const [first] = group
    if (first === undefined) continue
    const { outcome, column, problem } = first
    const numbers = group.map(({ number }) => number)
    await updateRowsDone(tx, importId, numbers, { outcome, column, code: problem })
  }
}

/** Their hashes came in a file that can be brought in again; the key that sealed them is lost (S28). */
export async function refuseRowsUnder(deps: TransactionDeps<'keys'>, keyId: string): Promise<void> {
  await dropFilesUnder(deps, keyId)
  await updateRowsRefusedUnder(deps.db, keyId)
}

/** For the cleaning: files of a month ago. */
export function dropOldImports(deps: Pick<Deps, 'db' | 'clock'>, limit: number): Promise<number> {
  return deleteOldImports(deps.db, earlier(deps.clock.now(), IMPORTS_RETENTION), limit)
}
