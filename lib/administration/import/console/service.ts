import { by } from '../../../audit/rules'
import { recordEvent } from '../../../audit/service'
import type { AuditEntry } from '../../../audit/types'
import { seal } from '../../../core/crypto/seal'
import { nextTurn, transact } from '../../../core/db'
import type { Deps } from '../../../core/deps'
import { newId } from '../../../core/kernel/ids'
import { err, ok, type Result } from '../../../core/kernel/result'
import { later, minutes } from '../../../core/kernel/time'
import { transactResult } from '../../../core/transaction'
import type { SteppedUpAdmin, TenantAdmin } from '../../../identity/actor/types'
import { lockTenant } from '../../../identity/policy/service'
import { mayGive } from '../../people/rules'
import { type OpenFile, readPeople } from '../read'
import { hashBinding } from '../rules'
import { judge, type Scope } from '../service'
import {
  countRows,
  countRowsUpTo,
  deleteAbandoned,
  deleteImport,
  findChecking,
  findImport,
  insertImport,
  insertRows,
  listImports,
  listRefused,
  type StoredImport,
  type StoredRow,
  updateChecking,
  updateRows,
  updateStarted,
} from '../store'
import type { ImportView, ReadRow, RefusedFile, RowOutcome } from '../types'

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

/** How long a check may be silent before its file counts as given up. */
const CHECKING_LEASE = minutes(2)

/**
 * Takes in a file and says, row by row, what would come of it; nothing is brought in before an admin says so. One file of
 * a tenant at a time, on all instances (N36).
 */
export async function receiveFile(
  deps: Deps,
  actor: SteppedUpAdmin,
  file: { name: string; open: OpenFile; invite: boolean },
): Promise<Result<{ id: string }, 'refused', RefusedFile>> {
  const id = newId(deps.clock.now(), deps.random)
  const where = { tenantId: actor.tenant.tenant.id, id }
  if (!(await beginCheck(deps, actor, id, file))) return err('refused', { problem: 'busy', row: null })
  try {
    const checked = await checkFile(deps, actor, id, file)
    if (!checked.ok) await deleteImport(deps.db, where)
    return checked
  } catch (error) {
    await deleteImport(deps.db, where).catch(() => undefined)
    throw error
  }
}

async function beginCheck(
  deps: Deps,
  actor: SteppedUpAdmin,
  id: string,
  { name, invite }: { name: string; invite: boolean },
): Promise<boolean> {
  const tenantId = actor.tenant.tenant.id
  return transact(deps, async (deps) => {
    await lockTenant(deps.db, tenantId)
    const createdAt = deps.clock.now()
    if (await findChecking(deps.db, tenantId, createdAt)) return false
    await deleteAbandoned(deps.db, tenantId, createdAt)
    const { id: createdById, name: createdByName } = actor.person
    await insertImport(deps.db, {
      id,
      tenantId,
      createdById,
      createdByName,
      locale: actor.locale,
      fileName: name,
      invite,
      rows: 0,
      createdAt,
      leasedUntil: later(createdAt, CHECKING_LEASE),
    })
    return true
  })
}

async function checkFile(
  deps: Deps,
  actor: SteppedUpAdmin,
  id: string,
  file: { name: string; open: OpenFile; invite: boolean },
): Promise<Result<{ id: string }, 'refused', RefusedFile>> {
  const scope = scopeOf(actor, file.invite)
  let rows = 0
  for await (const batch of readPeople(file.open)) {
    if ('unreadable' in batch) return err('refused', batch.unreadable)
    if (!(await updateChecking(deps.db, id, later(deps.clock.now(), CHECKING_LEASE)))) {
      return err('refused', { problem: 'busy', row: null })
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
        : seal(deps.keys, deps.random, hash, hashBinding(importId, row.number)),
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
 * An admin says go; the worker does it, in that admin's name. What the check refused to whoever sent the file stays
 * refused, so that nobody's yes gives what the sender could not give (R3).
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
