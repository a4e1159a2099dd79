import type { Role } from '../../identity/user/types'

/** What a file can say of a person. */
export const COLUMNS = ['email', 'name', 'role', 'language', 'password_hash'] as const
export type Column = (typeof COLUMNS)[number]

/** Why a row is not brought in, or a file not read; each has a sentence in every language (`import.problem.<code>`). */
export const ROW_PROBLEMS = [
  'required',
  'not_an_address',
  'too_long',
  'control_characters',
  'unknown_role',
  'unknown_language',
  'hash_not_accepted',
  'twice_in_file',
  'too_many_cells',
  'address_taken',
  'address_held',
  'not_permitted',
] as const
export type RowProblem = (typeof ROW_PROBLEMS)[number]

export const FILE_PROBLEMS = [
  'empty',
  'not_text',
  'broken',
  'row_too_long',
  'no_email_column',
  'no_name_column',
  'column_twice',
  'too_many_rows',
] as const
export type FileProblem = (typeof FILE_PROBLEMS)[number]

export interface ImportedPerson {
  email: string
  name: string
  role: Role
  locale: string | null
  /** argon2id or bcrypt, of another system. */
  hash: string | null
}

/** A row of the file, numbered as a spreadsheet does: the headings are row 1. */
export type ReadRow =
  | { number: number; email: string; person: ImportedPerson }
  | { number: number; email: string; column: Column | null; problem: RowProblem }

/**
 * `added`: an account with the imported hash; `invited`: an invitation, mailed only where that was asked for;
 * `unchanged`: of the tenant, or invited, already; `refused`: see the problem.
 */
export const IMPORT_OUTCOMES = ['added', 'invited', 'unchanged', 'refused'] as const
export type ImportOutcome = (typeof IMPORT_OUTCOMES)[number]

export interface RowOutcome {
  number: number
  email: string
  outcome: ImportOutcome
  column: Column | null
  problem: RowProblem | null
}

export type Counts = Record<ImportOutcome, number>

/** Why a form with a file is not checked; each has a sentence in every language (`import.file.<code>`). */
export const UPLOAD_PROBLEMS = [...FILE_PROBLEMS, 'no_file', 'too_large', 'busy', 'other_session'] as const

/** Why a file that came through the console is not checked. */
export interface RefusedFile {
  /** `busy`: another file is being checked. */
  problem: (typeof UPLOAD_PROBLEMS)[number]
  row: number | null
}

export interface UnreadableFile {
  problem: FileProblem
  /** Where the file breaks, or null. */
  row: number | null
}

/** A file that an admin has sent, and how far it has got. */
export interface ImportView {
  id: string
  fileName: string
  by: string
  invite: boolean
  rows: number
  /** Rows that are done. */
  done: number
  createdAt: Date
  startedAt: Date | null
  finishedAt: Date | null
  /** Before the start: what would happen; afterwards: what did. */
  counts: Counts
}
