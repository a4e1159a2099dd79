import { err, ok, type Result } from '../../../core/kernel/result'
import { COLUMNS, type Column, type Columns, type FileProblem, SEPARATORS, type Separator } from '../types'

/**
 * Headings as people's programs write them: of spreadsheets in our languages, and of Google Workspace, Entra, Okta,
 * Auth0, Zendesk, Keycloak and authentik. A column is the one that the first of its lists names: a sign-in name is
 * taken for an address only where nothing is called one, and "Adresse" beside an "E-Mail" is a street.
 */
const HEADINGS: Readonly<Record<Column, readonly (readonly string[])[]>> = {
  email: [
    [
      'email',
      'emailaddress',
      'mail',
      'mailaddress',
      'emailadresse',
      'mailadresse',
      'primaryemail',
      'useremail',
      'workemail',
      'メール',
      'メールアドレス',
      'eメール',
      'eメールアドレス',
      '電子メール',
      '이메일',
      '이메일주소',
      '전자메일',
      '메일주소',
    ],
    ['userprincipalname', 'login', 'userlogin'],
    ['adresse'],
  ],
  name: [
    [
      'name',
      'fullname',
      'displayname',
      'vollername',
      'vollständigername',
      'anzeigename',
      '名前',
      '氏名',
      '表示名',
      '이름',
      '성명',
      '표시이름',
    ],
  ],
  first_name: [['firstname', 'givenname', 'userfirstname', 'vorname', 'rufname', '名']],
  last_name: [
    ['lastname', 'surname', 'familyname', 'userlastname', 'nachname', 'familienname', 'zuname', '姓', '苗字', '성'],
  ],
  role: [['role', 'userrole', 'rolle', 'benutzerrolle', '役割', 'ロール', '역할']],
  language: [['language', 'locale', 'preferredlanguage', 'userlocale', 'sprache', '言語', '언어']],
  state: [
    [
      'status',
      'userstatus',
      'accountstatus',
      'accountenabled',
      'enabled',
      'active',
      'isactive',
      'suspended',
      'blocked',
      'aktiv',
      'gesperrt',
      '状態',
      'ステータス',
      '상태',
    ],
  ],
  password_hash: [['passwordhash', 'hash', 'passworthash', 'kennworthash', 'パスワードハッシュ', '비밀번호해시']],
  totp_key: [
    [
      'totpkey',
      'totp',
      'totpsecret',
      'totpuri',
      'otpauth',
      'otpsecret',
      'authenticatorkey',
      'mfasecret',
      'totpschlüssel',
      'authenticatorschlüssel',
      'totpキー',
      '認証アプリのキー',
      'totp키',
      '인증앱키',
    ],
  ],
  recovery_codes: [
    ['recoverycodes', 'backupcodes', 'wiederherstellungscodes', 'backupcode', 'リカバリーコード', '복구코드'],
  ],
}

/** Of these "yes" means that the person is suspended. */
const NEGATED: readonly string[] = ['suspended', 'blocked', 'gesperrt']

export function foldWord(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[\s_.\p{Pd}]/gu, '')
}

/** "Name [displayName] Required", "Status [READ ONLY]": what is in brackets is a name of its own, or a remark. */
function spellings(heading: string): string[] {
  const inside = /\[([^\]]*)\]/.exec(heading)?.[1] ?? ''
  return [foldWord(heading), foldWord(inside), foldWord(heading.replace(/[[(（].*$/, ''))].filter((each) => each !== '')
}

/** Which columns are recognised, and those that two headings claim alike. */
export function recogniseColumns(headings: readonly string[]): { columns: Columns; twice: readonly Column[] } {
  const columns: Columns = {}
  const twice: Column[] = []
  const at = (words: readonly string[]) =>
    headings.flatMap((heading, index) => (spellings(heading).some((each) => words.includes(each)) ? [index] : []))
  for (const column of COLUMNS) {
    const found = HEADINGS[column].map(at).find((each) => each.length > 0) ?? []
    if (found.length > 1) twice.push(column)
    else if (found[0] !== undefined) columns[column] = found[0]
  }
  return { columns: halves(headings, columns), twice }
}

/** "Name" beside "Vorname" alone is the surname, and "이름" beside "성" the given name. */
function halves(headings: readonly string[], { name, first_name, last_name, ...others }: Columns): Columns {
  const word = name === undefined ? '' : foldWord(headings[name] ?? '')
  if (word === 'name' && first_name !== undefined && last_name === undefined) {
    return { ...others, first_name, last_name: name }
  }
  if (word === '이름' && last_name !== undefined && first_name === undefined) {
    return { ...others, first_name: name, last_name }
  }
  return {
    ...others,
    ...(name === undefined ? {} : { name }),
    ...(first_name === undefined ? {} : { first_name }),
    ...(last_name === undefined ? {} : { last_name }),
  }
}

/** Without it a file brings nobody in, and can yet say another role or language of people who are there. */
export function namesPeople({ name, first_name, last_name }: Columns): boolean {
  return name !== undefined || first_name !== undefined || last_name !== undefined
}

export interface Headings {
  /** Which cell holds what. */
  columns: Columns
  /** How many cells have a heading, those that say nothing to us included. */
  width: number
  /** Whether "yes" in the column of states means that somebody is suspended. */
  negated: boolean
}

/** What an admin says of the columns: a place in the row, or a heading; null for none. */
export type WishedColumns = Partial<Record<Column, number | string | null | undefined>>

/** As recognised, where nothing else is wished. Headings that say nothing to us are left out. */
export function readHeadings(headings: readonly string[], wished: WishedColumns = {}): Result<Headings, FileProblem> {
  const { columns: recognised, twice } = recogniseColumns(headings)
  const columns: Columns = {}
  for (const column of COLUMNS) {
    const wish = wished[column]
    if (wish === undefined && twice.includes(column)) return err('column_twice')
    const index = wish === undefined ? recognised[column] : placeOf(headings, wish)
    if (index === 'nowhere') return err('no_such_column')
    if (index !== undefined) columns[column] = index
  }
  if (columns.email === undefined) return err('no_email_column')
  if (!namesPeople(columns) && columns.role === undefined && columns.language === undefined)
    return err('no_name_column')
  const state = columns.state === undefined ? [] : spellings(headings[columns.state] ?? '')
  return ok({
    columns,
    width: headings.findLastIndex((cell) => cell.trim() !== '') + 1,
    negated: state.some((each) => NEGATED.includes(each)),
  })
}

function placeOf(headings: readonly string[], wish: number | string | null): number | 'nowhere' | undefined {
  if (wish === null) return undefined
  if (typeof wish === 'number') return wish < headings.length ? wish : 'nowhere'
  const index = headings.findIndex((each) => foldWord(each) === foldWord(wish))
  return index < 0 ? 'nowhere' : index
}

/**
 * The separator with which an address is recognised, which each file needs, and then most columns; of two, the one that
 * the line holds more of outside of quotes.
 */
export function separatorOf(line: string): Separator {
  const plain = line.replace(/"[^"]*"/g, (quoted) => quoted.replace(/[,;\t]/g, ' '))
  const score = (separator: Separator) => {
    const cells = plain.split(separator).map((cell) => cell.replace(/"/g, ''))
    const { columns } = recogniseColumns(cells)
    return (columns.email === undefined ? 0 : 1_000_000) + Object.keys(columns).length * 1000 + cells.length
  }
  const [best] = SEPARATORS.toSorted((a, b) => score(b) - score(a))
  return best ?? ','
}

/** A line above the headings that is none: the separator as Excel is told it, and marks of other programs. */
export function readHint(line: string): { separator: Separator | null } | null {
  const told = /^"?sep=(.)"?\s*$/i.exec(line)
  if (told !== null) return { separator: SEPARATORS.find((each) => each === told[1]) ?? null }
  return /^"?(#TYPE |version:v?\d)/i.test(line) ? { separator: null } : null
}
