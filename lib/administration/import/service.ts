import { by } from '../../audit/rules'
import { recordEvent, recordEvents } from '../../audit/service'
import type { AuditActor, AuditEntry } from '../../audit/types'
import { IMPORTED } from '../../core/crypto/imported-hash'
import { seal, unseal } from '../../core/crypto/seal'
import { newToken } from '../../core/crypto/token'
import { type DbOrTx, isUniqueViolation, nextTurn, type Tx, transact } from '../../core/db'
import type { AnyDeps, Deps, TransactionDeps } from '../../core/deps'
import { newId } from '../../core/kernel/ids'
import type { RequestInfo } from '../../core/kernel/request'
import { err, ok, type Result } from '../../core/kernel/result'
import { days, earlier, later, minutes } from '../../core/kernel/time'
import { transactResult } from '../../core/transaction'
import { addPasswords } from '../../credentials/password/service'
import type { Operator, SteppedUpAdmin, TenantAdmin } from '../../identity/actor/types'
import { tenantById } from '../../identity/tenant/service'
import { roleIn, searchKey, surnameKey, userTypeOf } from '../../identity/user/rules'
import { addPeople, personById } from '../../identity/user/service'
import type { Role } from '../../identity/user/types'
import { addInvitations, endInvitations, invitedAmong, sendIn } from '../invitation/service'
import { mayGive } from '../people/rules'
import { readPeople } from './read'
import { BATCH_MAILED, BATCH_ROWS, countOutcomes, rowOutcomeOf } from './rules'
import {
  countRows,
  countRowsUpTo,
  deleteImport,
  deleteOldImports,
  findImport,
  findImportWork,
  type ImportWork,
  insertImport,
  insertRows,
  listHeld,
  listImports,
  listRefused,
  listRowsToDo,
  listTaken,
  type NewPerson,
  type StoredImport,
  type StoredRow,
  updateImportFinished,
  updateImportLease,
  updateImportLeaseEnded,
  updateImportPosition,
  updateRows,
  updateRowsDone,
  updateStarted,
} from './store'
import type { Counts, ImportedPerson, ImportView, ReadRow, RowOutcome, UnreadableFile } from './types'

/** Into which tenant, in whose name, and up to which role. */
interface Scope {
  tenant: { id: string; name: string }
  actor: AuditActor
  request: RequestInfo
  locale: string
  invite: boolean
  mayGive: (role: Role) => boolean
}

async function judge(deps: AnyDeps<'clock'>, scope: Scope, rows: readonly ReadRow[]) {
  const emails = rows.flatMap((row) => ('problem' in row ? [] : row.email))
  const tenantId = scope.tenant.id
  const taken = new Map((await listTaken(deps.db, emails)).map(({ email, tenantIds }) => [email, tenantIds]))
  const held = new Set(await listHeld(deps.db, emails, deps.clock.now()))
  const invited = await invitedAmong(deps.db, tenantId, emails)
  const outcomes = rows.map((row) => {
    const invitation = invited.get(row.email)
    return rowOutcomeOf(row, {
      tenantId,
      taken: taken.get(row.email) ?? null,
      held: held.has(row.email),
      invited: invitation === undefined ? null : { sent: invitation.sent, role: invitation.row.role },
      invite: scope.invite,
      mayGive: scope.mayGive,
    })
  })
  return { outcomes, invited }
}

/** Brings in a batch, judged by what is so at that moment (X8): accounts, invitations, counters (P9) and the log (S14). */
async function bringInRows(deps: TransactionDeps, scope: Scope, rows: readonly ReadRow[]): Promise<RowOutcome[]> {
  const { outcomes, invited } = await judge(deps, scope, rows)
  const people = (wanted: RowOutcome['outcome']) =>
    rows.flatMap((row, index) => (outcomes[index]?.outcome === wanted && !('problem' in row) ? row.person : []))
  const added = people('added')
  const made = added.map((person) => newPerson(deps, scope.tenant.id, person))
  if (made.length > 0) {
    await addPeople(deps.db, scope.tenant.id, made)
    await addPasswords(
      deps.db,
      made.map(({ password }) => password),
    )
  }
  const ended = added.flatMap(({ email }) => invited.get(email)?.row ?? [])
  if (ended.length > 0) {
    const ids = ended.map(({ id }) => id)
    await endInvitations(deps.db, scope.tenant.id, ids)
  }
  const toInvite = people('invited')
  const fresh = toInvite
    .filter(({ email }) => !invited.has(email))
    .map((person) => ({ ...person, locale: person.locale ?? scope.locale }))
  const invitations = [
    ...(await addInvitations(deps, scope.tenant.id, fresh, scope.actor.id ?? null)),
    ...toInvite.flatMap(({ email }) => invited.get(email)?.row ?? []),
  ]
  if (scope.invite) {
    const { id: tenantId, name: tenantName } = scope.tenant
    const from = { tenantId, tenantName, by: scope.actor.name ?? tenantName, id: scope.actor.id ?? null }
    for (const row of invitations) await sendIn(deps, from, row)
  }
  const event = (kind: AuditEntry['kind'], id: string, name: string, role: Role): AuditEntry => ({
    tenantId: scope.tenant.id,
    kind,
    actor: scope.actor,
    subject: { id, name },
    request: scope.request,
    data: { role, imported: true },
  })
  const events = [
    ...made.map(({ user, membership }) => event('user_created', user.id, user.name, membership.role)),
    ...ended.map(({ id, email, role }) => event('invitation_withdrawn', id, email, role)),
    ...invitations.map(({ id, email, role }) => event('user_invited', id, email, role)),
  ]
  if (events.length > 0) await recordEvents(deps, events)
  return outcomes
}

function newPerson(deps: AnyDeps, tenantId: string, { email, name, role, locale, hash }: ImportedPerson): NewPerson {
  const now = deps.clock.now()
  const id = newId(now, deps.random)
  return {
    user: { id, tenantId, email, name, locale, createdAt: now },
    membership: {
      id: newId(now, deps.random),
      tenantId,
      userId: id,
      role,
      userType: userTypeOf(role),
      nameKey: searchKey(name),
      surnameKey: surnameKey(name),
      emailKey: searchKey(email),
      createdAt: now,
    },
    password: { userId: id, hash: hash ?? '', pepperKeyId: IMPORTED, setAt: now },
  }
}

/** An address that somebody took between the look and the write: the batch is judged again. */
async function againWhenOvertaken<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 0; ; tries += 1) {
    try {
      return await work()
    } catch (error) {
      if (!isUniqueViolation(error) || tries >= 3) throw error
    }
  }
}

// ——— by command ———

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
  bytes: AsyncIterable<Uint8Array>,
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
  for await (const batch of readPeople(bytes)) {
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

function noteImport(deps: AnyDeps, scope: Scope, counts: Counts): Promise<void> {
  return recordEvent(deps, {
    tenantId: scope.tenant.id,
    kind: 'users_imported',
    actor: scope.actor,
    request: scope.request,
    data: { ...counts },
  })
}

// ——— from the console ———

function scopeOf(actor: TenantAdmin, invite: boolean): Scope {
  const { id, name } = actor.tenant.tenant
  return {
    tenant: { id, name },
    ...by(actor),
    locale: actor.locale,
    invite,
    mayGive: (role) => mayGive(actor.tenant.role, role),
  }
}

function eventOf(
  actor: TenantAdmin,
  kind: 'import_received' | 'import_started' | 'import_dropped',
  file: { id: string; fileName: string; rows: number },
): AuditEntry {
  return {
    tenantId: actor.tenant.tenant.id,
    kind,
    ...by(actor),
    subject: { id: file.id, name: file.fileName },
    data: { rows: file.rows },
  }
}

function binding(importId: string, number: number): string[] {
  return ['people-import', importId, String(number)]
}

/** Takes in a file and says, row by row, what would come of it; nothing is brought in before an admin says so. */
export async function receiveFile(
  deps: Deps,
  actor: SteppedUpAdmin,
  file: { name: string; bytes: AsyncIterable<Uint8Array>; invite: boolean },
): Promise<Result<{ id: string }, 'unreadable', UnreadableFile>> {
  const scope = scopeOf(actor, file.invite)
  const id = newId(deps.clock.now(), deps.random)
  const where = { tenantId: scope.tenant.id, id }
  await insertImport(deps.db, {
    ...where,
    createdById: actor.person.id,
    createdByName: actor.person.name,
    locale: actor.locale,
    fileName: file.name,
    invite: file.invite,
    rows: 0,
    createdAt: deps.clock.now(),
  })
  let rows = 0
  for await (const batch of readPeople(file.bytes)) {
    if ('unreadable' in batch) {
      await deleteImport(deps.db, where)
      return err('unreadable', batch.unreadable)
    }
    const { outcomes } = await judge(deps, scope, batch.rows)
    await insertRows(
      deps.db,
      id,
      batch.rows.map((row, index) => storedRow(deps, id, row, outcomes[index])),
    )
    rows += batch.rows.length
    await nextTurn()
  }
  // Last: a file that came only half is not there.
  await transact(deps, async (deps) => {
    await updateRows(deps.db, id, rows)
    await recordEvent(deps, eventOf(actor, 'import_received', { id, fileName: file.name, rows }))
  })
  return ok({ id })
}

function storedRow(deps: Deps, importId: string, row: ReadRow, outcome: RowOutcome | undefined): StoredRow {
  if (outcome === undefined) throw new Error('a row without an outcome')
  const person = 'problem' in row ? null : row.person
  const hash = person?.hash ?? null
  return {
    ...outcome,
    name: person?.name ?? '',
    role: person?.role ?? null,
    locale: person?.locale ?? null,
    // Of a row that stays refused nothing secret waits (S16).
    sealedHash:
      hash === null || outcome.outcome === 'refused'
        ? null
        : seal(deps.keys, deps.random, hash, binding(importId, row.number)),
  }
}

const IMPORTS_SHOWN = 20
export const REFUSED_SHOWN = 200

function viewOf(row: StoredImport): Omit<ImportView, 'counts' | 'done'> {
  const { id, fileName, createdByName: by, invite, rows, createdAt, startedAt, finishedAt } = row
  return { id, fileName, by, invite, rows, createdAt, startedAt, finishedAt }
}

export async function viewImports(deps: Deps, actor: TenantAdmin): Promise<Omit<ImportView, 'counts' | 'done'>[]> {
  const rows = await listImports(deps.db, actor.tenant.tenant.id, IMPORTS_SHOWN)
  return rows.filter((row) => row.rows > 0).map(viewOf)
}

export async function viewImport(
  deps: Deps,
  actor: TenantAdmin,
  id: string,
  after: number,
): Promise<{ view: ImportView; refused: readonly RowOutcome[]; more: number | null } | null> {
  const row = await findImport(deps.db, { tenantId: actor.tenant.tenant.id, id })
  if (row === null || row.rows === 0) return null
  const [counts, done, refused] = await Promise.all([
    countRows(deps.db, id),
    row.finishedAt === null ? countRowsUpTo(deps.db, id, row.position) : row.rows,
    listRefused(deps.db, id, after, REFUSED_SHOWN + 1),
  ])
  const shown = refused.slice(0, REFUSED_SHOWN)
  const more = refused.length > REFUSED_SHOWN ? (shown.at(-1)?.number ?? null) : null
  return { view: { ...viewOf(row), done, counts }, refused: shown, more }
}

/**
 * An admin says go; the worker does it, in that admin's name. What the check refused to whoever sent the file stays refused,
 * so that nobody's yes gives what the sender could not give (R3).
 */
export async function startImport(
  deps: Deps,
  actor: SteppedUpAdmin,
  id: string,
): Promise<Result<null, 'not_found' | 'already_so'>> {
  const scope = { tenantId: actor.tenant.tenant.id, id }
  const row = await findImport(deps.db, scope)
  if (row === null || row.rows === 0) return err('not_found')
  const { id: createdById, name: createdByName } = actor.person
  return transactResult(deps, async (deps): Promise<Result<null, 'already_so'>> => {
    const by = { createdById, createdByName, startedAt: deps.clock.now() }
    if (!(await updateStarted(deps.db, scope, by))) return err('already_so')
    await recordEvent(deps, eventOf(actor, 'import_started', row))
    return ok(null)
  })
}

export async function dropImport(deps: Deps, actor: SteppedUpAdmin, id: string): Promise<Result<null, 'not_found'>> {
  const scope = { tenantId: actor.tenant.tenant.id, id }
  const row = await findImport(deps.db, scope)
  if (row === null) return err('not_found')
  return transactResult(deps, async (deps): Promise<Result<null, 'not_found'>> => {
    if (!(await deleteImport(deps.db, scope))) return err('not_found')
    await recordEvent(deps, eventOf(actor, 'import_dropped', row))
    return ok(null)
  })
}

/** How long a worker may be silent before another goes on. */
const LEASE = minutes(2)
/** After a batch that failed: what is wrong with it is seldom over at once. */
const AFTER_FAILURE = minutes(5)
const IMPORTS_RETENTION = days(30)

/** For the worker: goes on with a file until it is done, a batch a transaction. Gives whether there was any. */
export async function bringIn(deps: Deps, stopped: () => boolean): Promise<boolean> {
  const work = await findImportWork(deps.db, deps.clock.now())
  if (work === null) return false
  const token = newToken(deps.random)
  const now = deps.clock.now()
  if (!(await updateImportLease(deps.db, work.id, { token, until: later(now, LEASE) }, now))) return false
  try {
    await bringInFile(deps, work, token, stopped)
  } catch (error) {
    await updateImportLeaseEnded(deps.db, work.id, token, later(deps.clock.now(), AFTER_FAILURE))
    throw error
  }
  await updateImportLeaseEnded(deps.db, work.id, token, deps.clock.now())
  return true
}

async function bringInFile(deps: Deps, work: ImportWork, token: string, stopped: () => boolean): Promise<void> {
  const tenant = await tenantById(deps, work.tenantId)
  if (tenant === null) return
  let { position } = work
  while (!stopped()) {
    const rows = await listRowsToDo(deps.db, work.id, position, work.invite ? BATCH_MAILED : BATCH_ROWS)
    const last = rows.at(-1)
    if (last === undefined) break
    const from = position
    const taken = await againWhenOvertaken(() =>
      transact(deps, async (deps) => {
        const to = { position: last.number, leasedUntil: later(deps.clock.now(), LEASE) }
        if (!(await updateImportPosition(deps.db, { id: work.id, token, from }, to))) return false
        const scope = await scopeOfWork(deps.db, work, tenant)
        const outcomes = await bringInRows(
          deps,
          scope,
          rows.map((row) => readAgain(deps, work.id, row)),
        )
        await keepOutcomes(deps.db, work.id, outcomes)
        return true
      }),
    )
    if (!taken) return
    position = last.number
    await nextTurn()
  }
  if (stopped()) return
  const scope = await scopeOfWork(deps.db, work, tenant)
  await transact(deps, async (deps) => {
    if (!(await updateImportFinished(deps.db, work.id, token, deps.clock.now()))) return
    await noteImport(deps, scope, await countRows(deps.db, work.id))
  })
}

/** In the name of whoever said go, up to the role that they have by now (S8). */
async function scopeOfWork(db: DbOrTx, work: ImportWork, tenant: { id: string; name: string }): Promise<Scope> {
  const person = (await personById(db, work.createdById))?.person
  const own = person === undefined ? null : roleIn(person, work.tenantId)
  return {
    tenant: { id: tenant.id, name: tenant.name },
    ...by({
      person: { id: work.createdById, name: work.createdByName },
      request: { address: null, userAgent: null, requestId: null },
    }),
    locale: work.locale,
    invite: work.invite,
    mayGive: (wanted) => own !== null && mayGive(own, wanted),
  }
}

function readAgain(deps: AnyDeps, importId: string, row: StoredRow): ReadRow {
  const { number, email, name, role, locale, sealedHash, outcome, column, problem } = row
  if (role === null || outcome === 'refused')
    return { number, email, column: column ?? 'email', problem: problem ?? 'required' }
  const hash = sealedHash === null ? null : unseal(deps.keys, sealedHash, binding(importId, number))
  // A key that has left the ring.
  if (sealedHash !== null && hash === null)
    return { number, email, column: 'password_hash', problem: 'hash_not_accepted' }
  return { number, email, person: { email, name, role, locale, hash } }
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

/** For the cleaning: files of a month ago. */
export function dropOldImports(deps: Pick<Deps, 'db' | 'clock'>, limit: number): Promise<number> {
  return deleteOldImports(deps.db, earlier(deps.clock.now(), IMPORTS_RETENTION), limit)
}
