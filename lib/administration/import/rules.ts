import { isImportable } from '../../core/crypto/imported-hash'
import { err, ok, type Result } from '../../core/kernel/result'
import { hasHidden, withoutCopiedMarks } from '../../core/kernel/text'
import { normaliseEmail } from '../../identity/user/rules'
import { ROLES, type Role } from '../../identity/user/types'
import {
  COLUMNS,
  type Column,
  type Counts,
  type FileProblem,
  type ImportOutcome,
  type ReadRow,
  type RowOutcome,
  type RowProblem,
} from './types'

/** Rows of one transaction; fewer where each may be a mail, which takes ten times as long. */
export const BATCH_ROWS = 500
export const BATCH_MAILED = 100
/** Of a file, empty and refused ones included: what is longer is refused before its first row is judged (N36). */
export const MAX_ROWS = 250_000
/** Of one row; more is a quote that was never closed, or no file of people. */
export const ROW_BOUNDS = { characters: 20_000, cells: 500 }
/** Bytes of a file that comes through the console; a longer one is brought in by command. */
export const MAX_BYTES = 32 * 1024 * 1024

/** Headings as spreadsheets in our languages have them; case, spaces, `_` and `-` do not matter. */
const HEADINGS: Readonly<Record<Column, readonly string[]>> = {
  email: [
    'email',
    'emailaddress',
    'mail',
    'emailadresse',
    'adresse',
    'メール',
    'メールアドレス',
    '이메일',
    '이메일주소',
  ],
  name: ['name', 'fullname', 'vollername', '名前', '氏名', '이름', '성명'],
  role: ['role', 'rolle', '役割', 'ロール', '역할'],
  language: ['language', 'locale', 'sprache', '言語', '언어'],
  password_hash: ['passwordhash', 'hash', 'passworthash', 'kennworthash', 'パスワードハッシュ', '비밀번호해시'],
}

const ROLE_WORDS: Readonly<Record<Role, readonly string[]>> = {
  owner: ['owner', 'inhaber', 'inhaberin', 'オーナー', '所有者', '소유자'],
  admin: ['admin', 'administrator', 'administratorin', '管理者', '관리자'],
  agent: ['agent', 'agentin', 'エージェント', '担当者', '상담원', '에이전트'],
  end_user: [
    'enduser',
    'user',
    'endbenutzer',
    'endnutzer',
    'benutzer',
    'エンドユーザー',
    'ユーザー',
    '最終利用者',
    '최종사용자',
    '사용자',
  ],
}

const LANGUAGES: Readonly<Record<string, readonly string[]>> = {
  en: ['en', 'english', 'englisch', '英語', '영어'],
  de: ['de', 'german', 'deutsch', 'ドイツ語', '독일어'],
  ja: ['ja', 'japanese', 'japanisch', '日本語', '일본어'],
  ko: ['ko', 'korean', 'koreanisch', '韓国語', '한국어'],
}

function fold(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[\s_-]/g, '')
}

function among<T extends string>(words: Readonly<Record<T, readonly string[]>>, keys: readonly T[], text: string) {
  return keys.find((key) => words[key].includes(fold(text))) ?? null
}

export interface Headings {
  /** Which cell holds what. */
  at: ReadonlyMap<Column, number>
  /** How many cells have a heading, those that say nothing to us included. */
  width: number
}

/** Headings that say nothing to us are left out. */
export function readHeadings(cells: readonly string[]): Result<Headings, FileProblem> {
  const found = new Map<Column, number>()
  for (const [index, cell] of cells.entries()) {
    const column = among(HEADINGS, COLUMNS, cell)
    if (column === null) continue
    if (found.has(column)) return err('column_twice')
    found.set(column, index)
  }
  if (!found.has('email')) return err('no_email_column')
  if (!found.has('name')) return err('no_name_column')
  return ok({ at: found, width: cells.findLastIndex((cell) => cell.trim() !== '') + 1 })
}

/** A row of nothing but empty cells says nothing. */
export function isBlank(cells: readonly string[]): boolean {
  return cells.every((cell) => cell.trim() === '')
}

/** Without a role column, or in an empty cell of it, the least there is. */
export function readRow(number: number, cells: readonly string[], headings: Headings): ReadRow {
  const cell = (column: Column) => withoutCopiedMarks(cells[headings.at.get(column) ?? -1] ?? '').trim()
  const typed = cell('email').slice(0, 254)
  const no = (column: Column | null, problem: RowProblem) => ({
    number,
    email: hasHidden(typed) ? typed.replace(/[\p{C}\p{Bidi_Control}]/gu, ' ') : typed,
    column,
    problem,
  })
  // Of a cell that was cut in two, each next one stands below another heading: none of them is believed.
  if (!isBlank(cells.slice(headings.width))) return no(null, 'too_many_cells')
  if (typed === '') return no('email', 'required')
  const email = normaliseEmail(cell('email'))
  if (!email.ok) return no('email', 'not_an_address')
  const name = cell('name').normalize('NFC')
  if (name === '') return no('name', 'required')
  if (name.length > 100) return no('name', 'too_long')
  if (hasHidden(name)) return no('name', 'control_characters')
  const role = cell('role') === '' ? 'end_user' : among(ROLE_WORDS, ROLES, cell('role'))
  if (role === null) return no('role', 'unknown_role')
  const locale = cell('language') === '' ? null : among(LANGUAGES, Object.keys(LANGUAGES), cell('language'))
  if (locale === null && cell('language') !== '') return no('language', 'unknown_language')
  const hash = cell('password_hash') === '' ? null : cell('password_hash')
  if (hash !== null && !isImportable(hash)) return no('password_hash', 'hash_not_accepted')
  return { number, email: email.value, person: { email: email.value, name, role, locale, hash } }
}

/** The separator that the line of headings holds most of, outside of quotes: comma, semicolon or tab. */
export function separatorOf(line: string): ',' | ';' | '\t' {
  const plain = line.replace(/"[^"]*"/g, '')
  const count = (separator: string) => plain.split(separator).length
  const [best] = ([',', ';', '\t'] as const).toSorted((a, b) => count(b) - count(a))
  return best ?? ','
}

export interface RowFacts {
  tenantId: string
  /** The tenants of whoever has the address; null when nobody has it. */
  taken: readonly string[] | null
  /** Somebody may still take it back (R11). */
  held: boolean
  /** Null when the address is not invited; else whether a mail went out, and to which role. */
  invited: { sent: boolean; role: Role } | null
  /** Whether mails were asked for. */
  invite: boolean
  mayGive: (role: Role) => boolean
}

/**
 * What becomes of a row.
 * 1. What cannot be read, or would give a role above one's own, is refused (R3); so is an address that is invited to such
 *    a role: its invitation is neither mailed nor ended.
 * 2. Whoever is of the tenant stays as they are: an import changes nobody, and can be run again.
 * 3. With a hash an account is made; not with an address that somebody has or may take back.
 * 4. Without one an invitation; whoever is invited already is mailed only if nobody was told yet and mails are asked for.
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
  if ('problem' in row) return no(row.column, row.problem)
  if (!facts.mayGive(row.person.role)) return no('role', 'not_permitted')
  if (facts.invited !== null && !facts.mayGive(facts.invited.role)) return no('role', 'not_permitted')
  if (facts.taken?.includes(facts.tenantId)) return is('unchanged')
  if (row.person.hash !== null) {
    if (facts.taken !== null) return no('email', 'address_taken')
    return facts.held ? no('email', 'address_held') : is('added')
  }
  if (facts.invited === null) return is('invited')
  return is(facts.invite && !facts.invited.sent ? 'invited' : 'unchanged')
}

export function countOutcomes(rows: readonly Pick<RowOutcome, 'outcome'>[]): Counts {
  const counts = { added: 0, invited: 0, unchanged: 0, refused: 0 }
  for (const { outcome } of rows) counts[outcome] += 1
  return counts
}

/** A hash that waits for its turn is sealed for its row alone. */
export function hashBinding(importId: string, number: number): string[] {
  return ['people-import', importId, String(number)]
}
