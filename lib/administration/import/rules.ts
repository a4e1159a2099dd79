import { takeOver } from '../../core/crypto/imported-hash'
import { hasHidden, withoutCopiedMarks } from '../../core/kernel/text'
import { readImportedKey } from '../../core/otp/imported-key'
import { readBroughtCode } from '../../credentials/recovery/rules'
import { normaliseEmail } from '../../identity/user/rules'
import { ROLES, type Role } from '../../identity/user/types'
import { foldWord, type Headings } from './columns/rules'
import {
  type Column,
  type FallbackRole,
  type FileProblem,
  type ImportedPerson,
  type ImportOutcome,
  type Reading,
  type ReadRow,
  type RowOutcome,
  type RowProblem,
  SEPARATOR_NAMES,
  type Separator,
  type SeparatorName,
  type UPLOAD_PROBLEMS,
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

const YES = ['true', 'yes', 'ja', '1', 'はい', '예']
const NO = ['false', 'no', 'nein', '0', 'いいえ', '아니요', '아니오']
/** States of other systems in which a person can sign in, or will be able to. */
const ACTIVE = [
  'active',
  'aktiv',
  'enabled',
  'staged',
  'provisioned',
  'recovery',
  'passwordexpired',
  'lockedout',
  '有効',
  'アクティブ',
  '활성',
]
const SUSPENDED = [
  'suspended',
  'disabled',
  'inactive',
  'deprovisioned',
  'blocked',
  'archived',
  'deleted',
  'gesperrt',
  'inaktiv',
  'deaktiviert',
  '停止',
  '停止中',
  '無効',
  '정지',
  '비활성',
]

function among<T extends string>(words: Readonly<Record<T, readonly string[]>>, keys: readonly T[], text: string) {
  return keys.find((key) => words[key].includes(foldWord(text))) ?? null
}

/** A row of nothing but empty cells says nothing. */
export function isBlank(cells: readonly string[]): boolean {
  return cells.every((cell) => cell.trim() === '')
}

/** "Quill, Mara" is Mara Quill; what follows a comma may also be a title. */
const AFTER_COMMA = /^(jr|sr|ii|iii|iv|md|phd|mba|esq|dr|prof|dipling)$/

function unturned(name: string): string {
  const [last = '', first = '', ...more] = name.split(',').map((part) => part.trim())
  return more.length > 0 || last === '' || first === '' || AFTER_COMMA.test(foldWord(first)) ? name : `${first} ${last}`
}

/** The name of a person whose language puts the family first stays in that order. */
function joined(first: string, last: string): string {
  if (/\p{Script=Hangul}/u.test(last)) return `${last}${first}`
  const parts = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/u.test(last) ? [last, first] : [first, last]
  return parts.filter((part) => part !== '').join(' ')
}

function languageOf(text: string): string | null {
  return among(LANGUAGES, Object.keys(LANGUAGES), text.replace(/^([A-Za-z]{2})[-_].*$/, '$1'))
}

/** Whether somebody is suspended; null for a word that says neither. Where nothing stands, nobody said so. */
function suspendedOf(text: string, negated: boolean): boolean | null {
  if (text === '') return false
  if (YES.includes(foldWord(text))) return negated
  if (NO.includes(foldWord(text))) return !negated
  if (SUSPENDED.includes(foldWord(text))) return true
  return ACTIVE.includes(foldWord(text)) ? false : null
}

/** More than twice as many as we make is no set of codes. */
const MAX_CODES = 24

/** Separated by spaces or whatever else no code has in it; null where one of them is none. */
function codesIn(text: string): string[] | null {
  const typed = text.split(/[\s,;|]+/).filter((each) => each !== '')
  const codes = [...new Set(typed.flatMap((each) => readBroughtCode(each) ?? []))]
  return codes.length === typed.length && codes.length <= MAX_CODES ? codes : null
}

/** What waits for its turn under one seal. */
export function writeSecrets({ hash, app, codes }: Pick<ImportedPerson, 'hash' | 'app' | 'codes'>): string | null {
  return hash === null ? null : JSON.stringify({ hash, app, codes })
}

/** Of an earlier version it was the hash alone. */
export function readSecrets(text: string | null): Pick<ImportedPerson, 'hash' | 'app' | 'codes'> {
  if (text === null || !text.startsWith('{')) return { hash: text, app: null, codes: [] }
  return JSON.parse(text)
}

/** A row as it is read; whoever has no role in it gets the one that was chosen for such rows, or none. */
export function readRow(
  number: number,
  cells: readonly string[],
  headings: Headings,
  fallback: FallbackRole | null,
): ReadRow {
  const cell = (column: Column) => withoutCopiedMarks(cells[headings.columns[column] ?? -1] ?? '').trim()
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
  const name = (unturned(cell('name')) || joined(cell('first_name'), cell('last_name'))).normalize('NFC')
  if (name === '') return no('name', 'required')
  if (name.length > 100) return no('name', 'too_long')
  if (hasHidden(name)) return no('name', 'control_characters')
  const locale = cell('language') === '' ? null : languageOf(cell('language'))
  if (locale === null && cell('language') !== '') return no('language', 'unknown_language')
  const suspended = suspendedOf(cell('state'), headings.negated)
  if (suspended === null) return no('state', 'unknown_state')
  const hash = cell('password_hash') === '' ? null : takeOver(cell('password_hash'))
  if (hash === null && cell('password_hash') !== '') return no('password_hash', 'hash_not_accepted')
  const app = cell('totp_key') === '' ? null : readImportedKey(cell('totp_key'))
  if (app === null && cell('totp_key') !== '') return no('totp_key', 'key_not_accepted')
  const codes = codesIn(cell('recovery_codes'))
  if (codes === null) return no('recovery_codes', 'codes_not_accepted')
  // Who can prove no password proves nothing else, and a code stands for a passcode that is asked for.
  if (app !== null && hash === null) return no('totp_key', 'key_needs_password')
  if (codes.length > 0 && app === null) return no('recovery_codes', 'codes_need_key')
  const role = cell('role') === '' ? fallback : among(ROLE_WORDS, ROLES, cell('role'))
  if (role === null) return no('role', cell('role') === '' ? 'no_role' : 'unknown_role')
  return { number, email: email.value, person: { email: email.value, name, role, locale, hash, app, codes, suspended } }
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
 * 2. Whoever is of the tenant stays as they are: an import changes nobody, and can be run again.
 * 3. Whoever is suspended in the other system is left out unless asked for.
 * 4. With a hash an account is made, where an owner brings it; not with an address that somebody has or may take back.
 * 5. Without one an invitation; whoever is invited already is mailed only if nobody was told yet and mails are asked
 *    for.
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
  if (row.person.suspended && !facts.suspended) return is('left_out')
  if (row.person.hash !== null) {
    if (!facts.secrets) return no('password_hash', 'owners_only')
    if (facts.taken !== null) return no('email', 'address_taken')
    return facts.held ? no('email', 'address_held') : is('added')
  }
  if (facts.invited === null) return is('invited')
  return is(facts.invite && !facts.invited.sent ? 'invited' : 'unchanged')
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

/** Passwords of another system come by owners alone: whoever sends one knows it. */
export function maySendSecrets(role: Role): boolean {
  return role === 'owner'
}

/** A hash that waits for its turn is sealed for its row alone. */
export function hashBinding(importId: string, number: number): string[] {
  return ['people-import', importId, String(number)]
}
