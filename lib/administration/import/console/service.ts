import { by } from '../../../audit/rules'
import { recordEvent } from '../../../audit/service'
import type { AuditEntry } from '../../../audit/types'
import { sha256 } from '../../../core/crypto/digest'
import type { Deps } from '../../../core/deps'
import { err, ok, type Result } from '../../../core/kernel/result'
import { zoneOf } from '../../../core/kernel/zones'
import { lastDayLeft } from '../../../coverage/time/rules'
import type { FreshAdmin, SteppedUpAdmin, TenantAdmin } from '../../../identity/actor/types'
import { mustRequire } from '../../../identity/policy/rules'
import { policyById } from '../../../identity/policy/service'
import { userTypeOf } from '../../../identity/user/rules'
import { ROLES, type Role } from '../../../identity/user/types'
import { actOnTenant } from '../../acting/service'
import { mayGive } from '../../people/rules'
import { dropFile, isFileKept } from '../kept/service'
import { maySendSecrets } from '../rules'
import { readLooked, readUnreadable } from '../schema'
import {
  countProblems,
  countRows,
  countRowsUpTo,
  deleteImport,
  findImport,
  listImports,
  listRows,
  type ShownRow,
  type StoredImport,
  updateStarted,
} from '../store'
import { BRINGS_IN, tallyOf } from '../tally/rules'
import {
  FALLBACK_ROLES,
  type ImportFile,
  type ImportFilter,
  type ImportOutcome,
  type ImportView,
  ROW_PROBLEMS,
  type RowQuery,
  type Tally,
} from '../types'

function eventOf(
  actor: TenantAdmin,
  kind: 'import_received' | 'import_started' | 'import_dropped',
  file: { id: string; fileName: string; rows: number },
  more: { changes?: number } = {},
): AuditEntry {
  return {
    tenantId: actor.tenant.tenant.id,
    kind,
    ...by(actor),
    subject: { id: file.id, name: file.fileName },
    data: { rows: file.rows, ...more },
  }
}

const IMPORTS_SHOWN = 20
export const ROWS_SHOWN = 100

function fileOf(row: StoredImport): ImportFile {
  const { id, fileName, createdByName: by, invite, rows, createdAt, startedAt, finishedAt } = row
  return { id, fileName, by, invite, rows, createdAt, startedAt, finishedAt }
}

type Looked = Pick<StoredImport, 'looked' | 'rows' | 'fallbackRole' | 'suspended' | 'update'>

/** Names how a file was read and what would come of it: a yes to one look is none to another (S26). */
export function lookOf({ looked, rows, fallbackRole, suspended, update }: Looked): string {
  return sha256(JSON.stringify([looked, rows, fallbackRole, suspended, update]))
}

/** Whether there is anything to look at: a check that came to its end, one way or the other. */
function isChecked(row: StoredImport | null): row is StoredImport {
  return row !== null && (row.rows > 0 || row.problem !== null)
}

export async function viewImports(deps: Deps, actor: TenantAdmin): Promise<ImportFile[]> {
  const rows = await listImports(deps.db, actor.tenant.tenant.id, IMPORTS_SHOWN)
  return rows.filter(isChecked).map(fileOf)
}

const OUTCOMES: Readonly<Record<ImportFilter, readonly ImportOutcome[]>> = {
  all: [],
  new: BRINGS_IN,
  changed: ['changed', 'differs', 'unchangeable'],
  unchanged: ['unchanged'],
  left_out: ['left_out'],
  waiting: ['refused'],
  refused: ['refused'],
}

/** Which of the refused ones: while the file can be read once more, those without a role wait, and are told apart. */
function problemsOf({ filter, problem }: RowQuery, kept: boolean) {
  if (filter === 'waiting') return { problem: 'no_role', except: null } as const
  return {
    problem: filter === 'refused' ? problem : null,
    except: filter === 'refused' && kept ? 'no_role' : null,
  } as const
}

async function tallyNow(deps: Deps, id: string): Promise<Tally> {
  const [counts, problems] = await Promise.all([countRows(deps.db, id), countProblems(deps.db, id)])
  const told = problems.flatMap(({ problem, count }) => (problem === null ? [] : [[problem, count]]))
  return { counts: tallyOf(counts), problems: Object.fromEntries(told), roles: {} }
}

const FIRST_ROWS: RowQuery = { filter: 'all', problem: null, after: 0 }

/** What would come of a file, or did, and a page of its rows. */
export async function viewImport(
  deps: Deps,
  actor: TenantAdmin,
  id: string,
  query: RowQuery = FIRST_ROWS,
): Promise<{ view: ImportView; rows: readonly ShownRow[]; more: number | null } | null> {
  const tenantId = actor.tenant.tenant.id
  const row = await findImport(deps.db, { tenantId, id })
  if (!isChecked(row)) return null
  const kept = row.startedAt === null && (await isFileKept(deps.db, id))
  const only = { outcomes: OUTCOMES[query.filter], ...problemsOf(query, kept), roles: ROLES }
  // Of what nobody has said go to nothing changes: it was counted when it was read.
  const looked = readLooked(row.looked)
  const [tally, done, found, policy] = await Promise.all([
    row.startedAt === null && looked !== null ? looked.tally : tallyNow(deps, id),
    row.finishedAt === null ? countRowsUpTo(deps.db, id, row.position) : row.rows,
    listRows(deps.db, id, only, query.after, ROWS_SHOWN + 1),
    policyById(deps.db, tenantId),
  ])
  const { tenant } = actor.tenant
  const zone = zoneOf(tenant.timeZone)
  const now = deps.clock.now()
  const covered = (role: Role) => {
    const rule = policy[userTypeOf(role)]
    const required = mustRequire(tenant) || rule.required
    return { required, lastDay: required ? lastDayLeft({ tenant, zone }, rule.deadline, now) : null }
  }
  const rows = found.slice(0, ROWS_SHOWN)
  const problems = ROW_PROBLEMS.map((problem) => ({ problem, count: tally.problems[problem] ?? 0 }))
  const roles = ROLES.map((role) => ({ role, count: tally.roles[role] ?? 0, ...covered(role) }))
  const choices = FALLBACK_ROLES.filter((role) => mayGive(actor.tenant.role, role))
  return {
    view: {
      ...fileOf(row),
      done,
      counts: tally.counts,
      problems: problems.filter(({ count }) => count > 0),
      waiting: kept ? (tally.problems.no_role ?? 0) : 0,
      roles: roles.filter(({ count }) => count > 0),
      reading: looked?.reading ?? null,
      problem: readUnreadable({ problem: row.problem, row: row.problemRow }),
      fallback: FALLBACK_ROLES.find((role) => role === row.fallbackRole) ?? null,
      choices: choices.map((role) => ({ role, ...covered(role) })),
      suspended: row.suspended,
      update: row.update,
      secrets: maySendSecrets(actor.tenant.role) && tally.counts.added > 0,
      kept,
      look: lookOf(row),
    },
    rows,
    more: found.length > ROWS_SHOWN ? (rows.at(-1)?.number ?? null) : null,
  }
}

type StartCode = 'not_found' | 'already_so' | 'not_permitted' | 'read_meanwhile'

/**
 * An admin says go; the worker does it, in that admin's name. What the check refused to whoever sent the file stays
 * refused, so that nobody's yes gives what the sender could not give (R3). `look` is what their page showed: a file
 * that was read in another way since does not start.
 */
export async function startImport(
  deps: Deps,
  actor: SteppedUpAdmin,
  id: string,
  look?: string,
): Promise<Result<null, StartCode | 'with_passwords'>> {
  const secrets = maySendSecrets(actor.tenant.role) && tallyOf(await countRows(deps.db, id)).added > 0
  return secrets ? err('with_passwords') : start(deps, actor, id, { act: 'import', look })
}

/** The same, and people who are there become what the file says, at the proof of the act of one (S29). */
export function startImportWithChanges(
  deps: Deps,
  actor: FreshAdmin,
  id: string,
  look?: string,
): Promise<Result<null, StartCode>> {
  return start(deps, actor, id, { act: 'import_changes', look })
}

/** The same, and passwords of another system come along where an owner says so, at a fresh proof; and changes. */
export function startImportWithPasswords(
  deps: Deps,
  actor: FreshAdmin,
  id: string,
  look?: string,
): Promise<Result<null, StartCode>> {
  return start(deps, actor, id, { act: 'import_secrets', look })
}

async function start(
  deps: Deps,
  actor: SteppedUpAdmin,
  id: string,
  { act, look }: { act: 'import' | 'import_changes' | 'import_secrets'; look: string | undefined },
): Promise<Result<null, StartCode>> {
  const scope = { tenantId: actor.tenant.tenant.id, id }
  const { id: createdById, name: createdByName } = actor.person
  return actOnTenant(deps, actor, act, async (deps, role): Promise<Result<null, StartCode>> => {
    // No other reading of it begins while the tenant is held.
    const row = await findImport(deps.db, scope)
    if (row === null || row.rows === 0) return err('not_found')
    if (look !== undefined && look !== lookOf(row)) return err('read_meanwhile')
    const secrets = act === 'import_secrets' && maySendSecrets(role)
    const by = { createdById, createdByName, secrets, startedAt: deps.clock.now() }
    const changes = row.update ? tallyOf(await countRows(deps.db, id)).changed : 0
    if (!(await updateStarted(deps.db, scope, by, act !== 'import'))) return err('already_so')
    await dropFile(deps, id)
    await recordEvent(deps, eventOf(actor, 'import_started', row, changes === 0 ? {} : { changes }))
    return ok(null)
  })
}

export async function dropImport(
  deps: Deps,
  actor: SteppedUpAdmin,
  id: string,
): Promise<Result<null, 'not_found' | 'not_permitted'>> {
  const scope = { tenantId: actor.tenant.tenant.id, id }
  const row = await findImport(deps.db, scope)
  if (row === null) return err('not_found')
  return actOnTenant(deps, actor, 'import', async (deps): Promise<Result<null, 'not_found'>> => {
    if (!(await deleteImport(deps.db, scope))) return err('not_found')
    await recordEvent(deps, eventOf(actor, 'import_dropped', row))
    return ok(null)
  })
}
