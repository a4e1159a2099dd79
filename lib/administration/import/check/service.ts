import { by } from '../../../audit/rules'
import { recordEvent } from '../../../audit/service'
import { seal } from '../../../core/crypto/seal'
import { nextTurn, orPassOver, transact } from '../../../core/db'
import type { Deps, TransactionDeps } from '../../../core/deps'
import { newId } from '../../../core/kernel/ids'
import { err, ok, type Result } from '../../../core/kernel/result'
import { later, minutes } from '../../../core/kernel/time'
import type { SteppedUpAdmin } from '../../../identity/actor/types'
import { lockTenant } from '../../../identity/policy/service'
import { isHigherRole, roleIn } from '../../../identity/user/rules'
import { personById } from '../../../identity/user/service'
import type { Role } from '../../../identity/user/types'
import { mayGive } from '../../people/rules'
import { namesPeople } from '../columns/rules'
import { isFileKept, keepFile, keptFile } from '../kept/service'
import { type OpenFile, readPeople, type Wishes } from '../read'
import { hashBinding, isMendable, isReadAlike, maySendSecrets, writeSecrets } from '../rules'
import { readLooked } from '../schema'
import { judge, type Scope } from '../service'
import { deleteImport, findImport } from '../store'
import { addToTally, emptyTally, speaksOfSomebody } from '../tally/rules'
import type { Reading, ReadRow, RefusedFile, RowOutcome, StoredRow, Tally } from '../types'
import {
  deleteAbandoned,
  deleteRows,
  findChecking,
  insertImport,
  insertRows,
  updateChecked,
  updateCheckedAgain,
  updateChecking,
} from './store'

/** How long a check may be silent before its file counts as given up. */
const CHECKING_LEASE = minutes(2)
const ROWS_AT_ONCE = 5000

/** What an admin says of a file, and whether people who are suspended in the other system come as well. */
export interface FileWishes extends Wishes {
  suspended: boolean
  /** Whether people who are there become what the file says. */
  update: boolean
}

const NOTHING_WISHED: FileWishes = {
  charset: null,
  separator: null,
  columns: {},
  role: null,
  suspended: false,
  update: false,
}

interface Work {
  id: string
  fileName: string
  invite: boolean
  open: OpenFile
  secrets: boolean
  mayGive: Scope['mayGive']
  changer: Scope['changer']
}

const busy = () => err('refused', { problem: 'busy', row: null } as const)

/**
 * Takes in a file and says, row by row, what would come of it; nothing is brought in before an admin says so. One file
 * of a tenant at a time, on all instances (N36).
 */
export async function receiveFile(
  deps: Deps,
  actor: SteppedUpAdmin,
  file: { name: string; open: OpenFile; invite: boolean },
): Promise<Result<{ id: string }, 'refused', RefusedFile>> {
  const id = newId(deps.clock.now(), deps.random)
  const { open, invite } = file
  const own = (role: Role) => mayGive(actor.tenant.role, role)
  if (!(await beginCheck(deps, actor, id, file))) return busy()
  return orDropped(deps, actor, id, async () => {
    const secrets = maySendSecrets(actor.tenant.role)
    const changer = { id: actor.person.id, role: actor.tenant.role }
    const work = { id, fileName: file.name, invite, open, secrets, mayGive: own, changer }
    const checked = await checkFile(deps, actor, work, NOTHING_WISHED)
    if (checked === null) return busy()
    if (checked.problem !== null && !isMendable(checked.problem.problem)) return err('refused', checked.problem)
    await keepFile(deps, id, open, () => goesOn(deps, id))
    return endCheck(deps, work, NOTHING_WISHED, checked, (deps) => noteReceived(deps, actor, work, checked))
  })
}

/** Reads a file that waits once more, as the admin says: nothing of the look before stays. */
export async function readFileAgain(
  deps: Deps,
  actor: SteppedUpAdmin,
  id: string,
  wishes: FileWishes,
): Promise<Result<{ id: string }, 'refused', RefusedFile>> {
  const where = { tenantId: actor.tenant.tenant.id, id }
  const row = await findImport(deps.db, where)
  if (row === null || row.startedAt !== null || !(await isFileKept(deps.db, id))) {
    return err('refused', { problem: 'gone', row: null })
  }
  // Of a file that is read in another encoding, or cut in another way, no place of a column means what it meant.
  const last = readLooked(row.looked)?.reading ?? null
  const { columns, ...others } = wishes
  const same = last !== null && isReadAlike(last, wishes)
  const wished: FileWishes = { ...others, columns: same ? columns : {} }
  const senders = await roleOfSender(deps, where.tenantId, row.createdById)
  const begun = await transact(deps, async (deps) => {
    await lockTenant(deps.db, where.tenantId)
    const now = deps.clock.now()
    if (await findChecking(deps.db, where.tenantId, now)) return false
    return updateCheckedAgain(deps.db, where, later(now, CHECKING_LEASE))
  })
  if (!begun) return busy()
  return orDropped(deps, actor, id, async () => {
    while ((await deleteRows(deps.db, id, ROWS_AT_ONCE)) > 0) await nextTurn()
    const work = {
      id,
      fileName: row.fileName,
      invite: row.invite,
      open: () => keptFile(deps, id),
      secrets: maySendSecrets(actor.tenant.role) && senders !== null && maySendSecrets(senders),
      // Nobody's reading gives what whoever sent the file could not give (R3).
      mayGive: (role: Role) => mayGive(actor.tenant.role, role) && senders !== null && mayGive(senders, role),
      changer: senders === null ? null : { id: actor.person.id, role: lowerOf(actor.tenant.role, senders) },
    }
    const checked = await checkFile(deps, actor, work, wished)
    return checked === null ? busy() : endCheck(deps, work, wished, checked)
  })
}

function lowerOf(one: Role, other: Role): Role {
  return isHigherRole(one, other) ? other : one
}

async function roleOfSender({ db, clock }: Pick<Deps, 'db' | 'clock'>, tenantId: string, userId: string) {
  const person = (await orPassOver(() => personById(db, userId)))?.person
  return person === undefined ? null : roleIn(person, tenantId, clock.now())
}

/** A file that came only half, or is refused, is not there. */
async function orDropped<T>(
  deps: Deps,
  actor: SteppedUpAdmin,
  id: string,
  work: () => Promise<Result<T, 'refused', RefusedFile>>,
): Promise<Result<T, 'refused', RefusedFile>> {
  const where = { tenantId: actor.tenant.tenant.id, id }
  try {
    const done = await work()
    if (!done.ok) await deleteImport(deps.db, where)
    return done
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

interface Looked {
  rows: number
  tally: Tally
  reading: Reading | null
  problem: RefusedFile | null
}

/** Null where the check took so long that the file was given up. */
async function checkFile(deps: Deps, actor: SteppedUpAdmin, work: Work, wishes: FileWishes): Promise<Looked | null> {
  const { id, name } = actor.tenant.tenant
  const scope: Scope = {
    tenant: { id, name },
    ...by(actor),
    locale: actor.locale,
    invite: work.invite,
    suspended: wishes.suspended,
    // Nobody comes in yet.
    appName: () => '',
    secrets: work.secrets,
    mayGive: work.mayGive,
    update: wishes.update,
    changer: work.changer,
    changedBy: null,
  }
  const looked: Looked = { rows: 0, tally: emptyTally(), reading: null, problem: null }
  let someThere = false
  for await (const batch of readPeople(work.open, wishes)) {
    if (!(await goesOn(deps, work.id))) return null
    if ('unreadable' in batch) return { ...looked, rows: 0, reading: batch.reading, problem: batch.unreadable }
    if ('reading' in batch) {
      looked.reading = batch.reading
      continue
    }
    const { outcomes } = await judge(deps, scope, batch.rows)
    someThere ||= speaksOfSomebody(outcomes)
    await insertRows(
      deps.db,
      work.id,
      batch.rows.map((row, index) => storedRow(deps, work.id, row, outcomes[index])),
    )
    addToTally(looked.tally, batch.rows, outcomes)
    looked.rows += batch.rows.length
    await nextTurn()
  }
  // Nobody of this file is there, and without a name nobody comes in: the column is what is missing.
  if (looked.reading !== null && !namesPeople(looked.reading.columns) && !someThere) {
    while ((await deleteRows(deps.db, work.id, ROWS_AT_ONCE)) > 0) await nextTurn()
    const problem = { problem: 'no_name_column', row: null } as const
    return { ...looked, rows: 0, tally: emptyTally(), problem }
  }
  return looked
}

function goesOn(deps: Deps, id: string): Promise<boolean> {
  return updateChecking(deps.db, id, later(deps.clock.now(), CHECKING_LEASE))
}

/** One file that was sent is one entry, in however many ways it is read; a file that cannot be read yet has no rows. */
function noteReceived(
  deps: TransactionDeps,
  actor: SteppedUpAdmin,
  { id, fileName }: Work,
  { rows, problem }: Looked,
): Promise<void> {
  return recordEvent(deps, {
    tenantId: actor.tenant.tenant.id,
    kind: 'import_received',
    ...by(actor),
    subject: { id, name: fileName },
    data: problem === null ? { rows } : {},
  })
}

/** Last: what was looked at only half says nothing. */
async function endCheck(
  deps: Deps,
  { id }: Work,
  { role, suspended, update }: FileWishes,
  { rows, tally, reading, problem }: Looked,
  note: (deps: TransactionDeps) => Promise<void> = async () => undefined,
): Promise<Result<{ id: string }, 'refused', RefusedFile>> {
  const ended = await transact(deps, async (deps) => {
    const how = { fallbackRole: role, suspended, update, looked: JSON.stringify({ reading, tally }) }
    const what = { rows, problem: problem?.problem ?? null, problemRow: problem?.row ?? null }
    if (!(await updateChecked(deps.db, id, { ...how, ...what }))) return false
    await note(deps)
    return true
  })
  return ended ? ok({ id }) : busy()
}

function storedRow(deps: Deps, importId: string, row: ReadRow, outcome: RowOutcome | undefined): StoredRow {
  if (outcome === undefined) throw new Error('a row without an outcome')
  const { change = null, ...others } = outcome
  const person = 'problem' in row ? null : row.person
  const secrets = person === null ? null : writeSecrets(person)
  const shown = change?.from ?? person ?? ('problem' in row ? row.waiting : null)
  return {
    ...others,
    name: shown?.name ?? '',
    role: (change?.from ?? person)?.role ?? null,
    locale: shown?.locale ?? null,
    change: change === null ? null : JSON.stringify(change),
    // Of a row that brings nobody in nothing secret waits (S16).
    sealedHash:
      secrets === null || change !== null || outcome.outcome === 'refused' || outcome.outcome === 'left_out'
        ? null
        : seal(deps.keys, deps.random, secrets, hashBinding(importId, row.number)),
  }
}
