import { takeOver } from '../../../core/crypto/imported-hash'
import { hasHidden, withoutCopiedMarks } from '../../../core/kernel/text'
import { readImportedKey } from '../../../core/otp/imported-key'
import { readBroughtCode } from '../../../credentials/recovery/rules'
import { normaliseEmail } from '../../../identity/user/rules'
import { ROLES, type Role } from '../../../identity/user/types'
import { foldWord, type Headings } from '../columns/rules'
import type { Column, FallbackRole, ImportedPerson, ReadRow, RowProblem, Said } from '../types'

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
  '정지됨',
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
  if (name.length > 100) return no('name', 'too_long')
  if (hasHidden(name)) return no('name', 'control_characters')
  const locale = cell('language') === '' ? null : languageOf(cell('language'))
  if (locale === null && cell('language') !== '') return no('language', 'unknown_language')
  const suspended = suspendedOf(cell('state'), headings.negated)
  if (suspended === null) return no('state', 'unknown_state')
  const role = among(ROLE_WORDS, ROLES, cell('role'))
  if (role === null && cell('role') !== '') return no('role', 'unknown_role')
  const secrets = SECRETS.some((column) => cell(column) !== '')
  const said: Said = { name: name === '' ? null : name, role, locale, secrets }
  const brought = secretsIn(cell)
  // What is asked of new people alone keeps nobody who is there from being changed.
  const lacks = (column: Column, problem: RowProblem) => ({ number, email: email.value, said, column, problem })
  if (name === '') return lacks('name', 'required')
  if ('problem' in brought) return lacks(brought.column, brought.problem)
  const given = role ?? fallback
  const waiting = { email: email.value, name, locale, ...brought, suspended }
  if (given === null) return { ...lacks('role', 'no_role'), waiting }
  return { number, email: email.value, said, person: { ...waiting, role: given } }
}

const SECRETS = ['password_hash', 'totp_key', 'recovery_codes'] as const

/** What a row brings of another system, or why it cannot be taken over. */
function secretsIn(
  cell: (column: Column) => string,
): Pick<ImportedPerson, 'hash' | 'app' | 'codes'> | { column: Column; problem: RowProblem } {
  const no = (column: Column, problem: RowProblem) => ({ column, problem })
  const hash = cell('password_hash') === '' ? null : takeOver(cell('password_hash'))
  if (hash === null && cell('password_hash') !== '') return no('password_hash', 'hash_not_accepted')
  const app = cell('totp_key') === '' ? null : readImportedKey(cell('totp_key'))
  if (app === null && cell('totp_key') !== '') return no('totp_key', 'key_not_accepted')
  const codes = codesIn(cell('recovery_codes'))
  if (codes === null) return no('recovery_codes', 'codes_not_accepted')
  // Who can prove no password proves nothing else, and a code stands for a passcode that is asked for.
  if (app !== null && hash === null) return no('totp_key', 'key_needs_password')
  if (codes.length > 0 && app === null) return no('recovery_codes', 'codes_need_key')
  return { hash, app, codes }
}
