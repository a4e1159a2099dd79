import type { Charset } from '../../core/kernel/charset'
import type { Role } from '../../identity/user/types'

/** What a file can say of a person. */
export const COLUMNS = [
  'email',
  'name',
  'first_name',
  'last_name',
  'role',
  'language',
  'state',
  'password_hash',
  'totp_key',
  'recovery_codes',
] as const
export type Column = (typeof COLUMNS)[number]
/** Which cell of a row holds what. */
export type Columns = Partial<Record<Column, number>>

export const SEPARATORS = [',', ';', '\t'] as const
export type Separator = (typeof SEPARATORS)[number]
/** As a form or a command names them. */
export const SEPARATOR_NAMES = ['comma', 'semicolon', 'tab'] as const
export type SeparatorName = (typeof SEPARATOR_NAMES)[number]

/** How a file was read. */
export interface Reading {
  charset: Charset
  separator: Separator
  /** As the file has them. */
  headings: readonly string[]
  columns: Columns
}

/** For rows that name no role; nobody is made an owner for want of a word. */
export const FALLBACK_ROLES = ['end_user', 'agent', 'admin'] as const
export type FallbackRole = (typeof FALLBACK_ROLES)[number]

/** Why a row is not brought in, or a file not read; each has a sentence in every language (`import.problem.<code>`). */
export const ROW_PROBLEMS = [
  'required',
  'not_an_address',
  'too_long',
  'control_characters',
  'unknown_role',
  'no_role',
  'unknown_language',
  'unknown_state',
  'hash_not_accepted',
  'owners_only',
  'key_not_accepted',
  'codes_not_accepted',
  'key_needs_password',
  'codes_need_key',
  'twice_in_file',
  'too_many_cells',
  'address_taken',
  'address_held',
  'not_permitted',
  // Of people who are there, whom the file would change.
  'yourself',
  'guest',
  'suspended_here',
  'service_here',
  'owner',
  'higher_role',
  'not_there',
  'unreadable',
] as const
export type RowProblem = (typeof ROW_PROBLEMS)[number]

export const FILE_PROBLEMS = [
  'empty',
  'not_text',
  'mixed_encoding',
  'wrong_encoding',
  'broken',
  'row_too_long',
  'no_email_column',
  'no_name_column',
  'column_twice',
  'no_such_column',
  'too_many_rows',
] as const
export type FileProblem = (typeof FILE_PROBLEMS)[number]

export interface ImportedPerson {
  email: string
  name: string
  role: Role
  locale: string | null
  /** Of a password, made by another system. */
  hash: string | null
  /** Of an authenticator app, made by another system. */
  app: { key: string; algorithm: 'SHA1' | 'SHA256' | 'SHA512'; digits: number; period: number } | null
  /** As `readBroughtCode` reads them. */
  codes: readonly string[]
  /** In the other system. */
  suspended: boolean
}

/** What the file itself says of somebody who is there already; null for an empty cell, which changes nothing. */
export interface Said {
  name: string | null
  role: Role | null
  locale: string | null
  /** Whether it brings a password, a key or codes, which are taken of new people alone. */
  secrets: boolean
}

/** What the file would make of somebody who is there: how they are, and what it says otherwise. */
export interface Change {
  from: { name: string; role: Role; locale: string | null }
  to: { name?: string; role?: Role; locale?: string }
  secrets: boolean
}

/** Somebody of whom all is read but a role, which the file does not say. */
export type Roleless = Omit<ImportedPerson, 'role'>

/**
 * A row of the file, numbered as a spreadsheet does: the headings are row 1. With a problem and `said` it brings nobody
 * in, and can yet change somebody who is there; `waiting` is who comes in once a role is chosen.
 */
export type ReadRow =
  | { number: number; email: string; said?: Said; person: ImportedPerson }
  | { number: number; email: string; said?: Said; column: Column | null; problem: RowProblem; waiting?: Roleless }

/**
 * `added`: an account with the imported hash; `invited`: an invitation, mailed only where that was asked for;
 * `changed`: of the tenant, and made what the file says; `differs`: the same where nobody asked for it, so that they
 * stay as they are; `unchangeable`: the same, and asked for it would be refused, see the problem; `unchanged`: of the
 * tenant, or invited, already; `left_out`: suspended in the other system; `refused`: see the problem.
 */
export const IMPORT_OUTCOMES = [
  'added',
  'invited',
  'changed',
  'differs',
  'unchangeable',
  'unchanged',
  'left_out',
  'refused',
] as const
export type ImportOutcome = (typeof IMPORT_OUTCOMES)[number]

export interface RowOutcome {
  number: number
  email: string
  outcome: ImportOutcome
  column: Column | null
  problem: RowProblem | null
  /** Of somebody who is there. */
  change?: Change
}

/** As it waits; of a row that is refused there may be no name. */
export interface StoredRow extends Omit<RowOutcome, 'change'> {
  name: string
  role: Role | null
  locale: string | null
  sealedHash: string | null
  /** Of somebody who is there, as JSON. */
  change: string | null
}

export type Counts = Record<ImportOutcome, number>

/** Why a form with a file is not checked; each has a sentence in every language (`import.file.<code>`). */
export const UPLOAD_PROBLEMS = [...FILE_PROBLEMS, 'no_file', 'too_large', 'busy', 'other_session', 'gone'] as const

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

/** How many rows become what, by problem, and by role those who come in. */
export interface Tally {
  counts: Counts
  problems: Partial<Record<RowProblem, number>>
  roles: Partial<Record<Role, number>>
}

/** A file that an admin has sent, and how far it has got. */
export interface ImportFile {
  id: string
  fileName: string
  by: string
  invite: boolean
  rows: number
  createdAt: Date
  startedAt: Date | null
  finishedAt: Date | null
}

interface RoleCovered {
  required: boolean
  /** Until whose end setting up can be put off, in the tenant's zone (P8); null where it cannot. */
  lastDay: string | null
}

export interface ImportView extends ImportFile {
  /** Rows that are done. */
  done: number
  /** Before the start: what would happen; afterwards: what did. */
  counts: Counts
  /** Of the refused ones. */
  problems: readonly { problem: RowProblem; count: number }[]
  /** Rows, among the refused ones, that come in once a role is chosen for them. */
  waiting: number
  /** Of those who come in, and whether the requirement covers them. */
  roles: readonly ({ role: Role; count: number } & RoleCovered)[]
  /** Null for files of an earlier version. */
  reading: Reading | null
  /** Why it could not be read so. */
  problem: RefusedFile | null
  fallback: FallbackRole | null
  /** Roles that whoever looks may choose for rows without one, and whether the requirement covers them. */
  choices: readonly ({ role: FallbackRole } & RoleCovered)[]
  suspended: boolean
  /** Whether people who are there were asked to be changed as well. */
  update: boolean
  /** Whether it brings passwords along that whoever looks may bring in. */
  secrets: boolean
  /** Whether the file is still there, to be read in another way. */
  kept: boolean
  /** Names how it was read and what would come of it. */
  look: string
}

/** Which rows of a file are shown. */
export const IMPORT_FILTERS = ['all', 'new', 'changed', 'unchanged', 'left_out', 'waiting', 'refused'] as const
export type ImportFilter = (typeof IMPORT_FILTERS)[number]

export interface RowQuery {
  filter: ImportFilter
  problem: RowProblem | null
  /** The last row that was shown. */
  after: number
}
