import type { Role } from '../../identity/user/types'
import {
  type Column,
  type FileProblem,
  type ImportedPerson,
  type ImportOutcome,
  type Reading,
  type ReadRow,
  type Roleless,
  type RowOutcome,
  type RowProblem,
  SEPARATOR_NAMES,
  type Separator,
  type SeparatorName,
  type UPLOAD_PROBLEMS,
} from './types'
import { type Changer, outcomeOfThere, type There } from './update/rules'

/** Rows of one transaction; fewer where each may be a mail, which takes ten times as long. */
export const BATCH_ROWS = 500
export const BATCH_MAILED = 100
/** Where people who are there are changed, each with acts of their own. */
export const BATCH_CHANGED = 25
/** Of a file, empty and refused ones included: what is longer is refused before its first row is judged (N36). */
export const MAX_ROWS = 250_000
/** Of one row; more is a quote that was never closed, or no file of people. */
export const ROW_BOUNDS = { characters: 20_000, cells: 500 }
/** Bytes of a file that comes through the console; a longer one is brought in by command. */
export const MAX_BYTES = 32 * 1024 * 1024

/** What waits for its turn under one seal. */
export function writeSecrets({ hash, app, codes }: Pick<ImportedPerson, 'hash' | 'app' | 'codes'>): string | null {
  return hash === null ? null : JSON.stringify({ hash, app, codes })
}

/** Of an earlier version it was the hash alone. */
export function readSecrets(text: string | null): Pick<ImportedPerson, 'hash' | 'app' | 'codes'> {
  if (text === null || !text.startsWith('{')) return { hash: text, app: null, codes: [] }
  return JSON.parse(text)
}

export interface RowFacts {
  tenantId: string
  /** The tenants of whoever has the address; null when nobody has it. */
  taken: readonly string[] | null
  /** Whoever of the tenant has it; null when nobody does, or nobody who can be read. */
  there?: There | null
  /** Whether people who are there were asked to be changed as well. */
  update?: boolean
  /** Who would do it; null when they may do nothing here any more. */
  changer?: Changer | null
  /** Somebody may still take it back (R11). */
  held: boolean
  /** Null when the address is not invited; else whether a mail went out, and to which role. */
  invited: { sent: boolean; role: Role } | null
  /** Whether mails were asked for. */
  invite: boolean
  /** Whether people who are suspended in the other system were asked for. */
  suspended: boolean
  /** Whether passwords of another system may be brought in: by owners alone. */
  secrets: boolean
  mayGive: (role: Role) => boolean
}

/**
 * What becomes of a row.
 * 1. What cannot be read, or would give a role above one's own, is refused (R3); so is an address that is invited to
 *    such a role: its invitation is neither mailed nor ended.
 * 2. Whoever is of the tenant stays as they are, unless it was asked for that they become what the file says, and may
 *    be: so an import can be run again.
 * 3. Whoever is suspended in the other system is left out unless asked for.
 * 4. With a hash an account is made, where an owner brings it; not with an address that somebody has or may take back.
 * 5. Without one an invitation; whoever is invited already is mailed only if nobody was told yet and mails are asked
 *    for.
 * 6. Whoever would come in by 4 or 5 and has no role waits for one.
 */
export function rowOutcomeOf(row: ReadRow, facts: RowFacts): RowOutcome {
  const { number, email } = row
  const is = (outcome: ImportOutcome) => ({ number, email, outcome, column: null, problem: null })
  const no = (column: Column | null, problem: RowProblem): RowOutcome => ({
    number,
    email,
    outcome: 'refused',
    column,
    problem,
  })
  const isThere = facts.taken?.includes(facts.tenantId) === true
  if (isThere && row.said !== undefined && facts.there !== undefined) {
    const { outcome, column, problem, change } = outcomeOfThere(row.said, {
      there: facts.there,
      update: facts.update === true,
      changer: facts.changer ?? null,
    })
    return { number, email, outcome, column, problem, ...(change === null ? {} : { change }) }
  }
  const of = (comes: Comes) => (typeof comes === 'string' ? is(comes) : no(comes.column, comes.problem))
  if ('person' in row) {
    return facts.mayGive(row.person.role) ? of(newcomerOf(row.person, facts)) : no('role', 'not_permitted')
  }
  if (row.waiting === undefined) return no(row.column, row.problem)
  // Whom no role would bring in waits for none.
  const comes = newcomerOf(row.waiting, facts)
  return comes === 'added' || comes === 'invited' ? no(row.column, row.problem) : of(comes)
}

type Comes = 'added' | 'invited' | 'unchanged' | 'left_out' | { column: Column; problem: RowProblem }

/** What becomes of somebody of whom the file says enough, whichever role they get. */
function newcomerOf({ suspended, hash }: Roleless, facts: RowFacts): Comes {
  if (facts.invited !== null && !facts.mayGive(facts.invited.role)) return { column: 'role', problem: 'not_permitted' }
  if (facts.taken?.includes(facts.tenantId) === true) return 'unchanged'
  if (suspended && !facts.suspended) return 'left_out'
  if (hash !== null) {
    if (!facts.secrets) return { column: 'password_hash', problem: 'owners_only' }
    if (facts.taken !== null) return { column: 'email', problem: 'address_taken' }
    return facts.held ? { column: 'email', problem: 'address_held' } : 'added'
  }
  if (facts.invited === null) return 'invited'
  return facts.invite && !facts.invited.sent ? 'invited' : 'unchanged'
}

const SEPARATED_BY: Readonly<Record<SeparatorName, Separator>> = { comma: ',', semicolon: ';', tab: '\t' }

export function separatorNamed(name: SeparatorName): Separator {
  return SEPARATED_BY[name]
}

export function nameOfSeparator(separator: Separator): SeparatorName {
  return SEPARATOR_NAMES.find((name) => SEPARATED_BY[name] === separator) ?? 'comma'
}

/** Bytes of a file that are sealed together. */
export const PART_BYTES = 256 * 1024

/** What an admin can mend by saying how a file is to be read; with anything else it is not taken in. */
const MENDABLE: readonly FileProblem[] = [
  'mixed_encoding',
  'wrong_encoding',
  'no_email_column',
  'no_name_column',
  'column_twice',
  'no_such_column',
]

export function isMendable(problem: (typeof UPLOAD_PROBLEMS)[number]): boolean {
  return (MENDABLE as readonly string[]).includes(problem)
}

/** Whether a file was read in this encoding, and cut by this separator. */
export function isReadAlike(
  last: Reading,
  wished: { charset: Reading['charset'] | null; separator: Reading['separator'] | null },
): boolean {
  return wished.charset === last.charset && wished.separator === last.separator
}

/** A piece of a file that waits is sealed for its place in it. */
export function partBinding(importId: string, number: number): string[] {
  return ['people-import-file', importId, String(number)]
}

/**
 * Whether a program that could not write a letter of this name put a sign in its place: at a letter, for a question
 * mark that stands alone stands for none.
 */
export function mayLackLetter(name: string): boolean {
  return /\p{L}\p{M}*[?\uFFFD]|[?\uFFFD]\p{L}/u.test(name)
}

/** Passwords of another system come by owners alone: whoever sends one knows it. */
export function maySendSecrets(role: Role): boolean {
  return role === 'owner'
}

/** A hash that waits for its turn is sealed for its row alone. */
export function hashBinding(importId: string, number: number): string[] {
  return ['people-import', importId, String(number)]
}
