import { describe, expect, test } from 'vitest'
import type { Role } from '../../identity/user/types'
import { readHeadings, readHint, separatorOf } from './columns/rules'
import { isBlank, readRow } from './row/rules'
import { mayLackLetter, rowOutcomeOf } from './rules'
import type { ReadRow } from './types'

const BCRYPT = `$2b$12$${'.'.repeat(53)}`

describe('X8: headings', () => {
  test.each([
    [['Email', 'Name', 'Role', 'Language', 'Password hash']],
    [['E-Mail', 'Name', 'Rolle', 'Sprache', 'Passwort-Hash']],
    [['メールアドレス', '名前', '役割', '言語', 'パスワードハッシュ']],
    [['이메일', '이름', '역할', '언어', '비밀번호 해시']],
    [['e-mail address', 'FULL NAME', 'role', 'locale', 'password_hash']],
  ])('%j are understood', (cells) => {
    const read = readHeadings(cells)
    expect(read.ok && read.value.columns).toEqual({ email: 0, name: 1, role: 2, language: 3, password_hash: 4 })
  })

  test.each([
    ['Authenticator key', 'Recovery codes'],
    ['Authenticator-Schlüssel', 'Wiederherstellungscodes'],
    ['認証アプリのキー', 'リカバリーコード'],
    ['인증 앱 키', '복구 코드'],
  ])('%s and %s are understood, which is how the page names them', (key, codes) => {
    const read = readHeadings(['Email', 'Name', key, codes])
    expect(read.ok && read.value.columns).toMatchObject({ totp_key: 2, recovery_codes: 3 })
  })

  test.each([
    [['Name'], 'no_email_column'],
    [['Email', 'Phone'], 'no_name_column'],
    [['Email', 'Name', 'E-Mail'], 'column_twice'],
    [['olga@example.com', 'Olga'], 'no_email_column'],
  ])('%j are refused: %s', (cells, code) => {
    expect(readHeadings(cells)).toMatchObject({ ok: false, code })
  })

  test('others are left out, in whatever order', () => {
    const read = readHeadings(['Phone', 'Name', 'Team', 'Email'])
    expect(read.ok && read.value.columns).toEqual({ name: 1, email: 3 })
  })

  test.each([
    ['Entra', 'id,userPrincipalName,displayName,surname,mail,givenName,userType,accountEnabled', [4, 2, 5, 3, 7]],
    ['Okta', 'login,firstName,lastName,email,user.status', [3, undefined, 1, 2, 4]],
    ['Okta, without an address', 'login,firstName,lastName', [0, undefined, 1, 2, undefined]],
    ['Keycloak', 'id,username,email,firstName,lastName,enabled', [2, undefined, 3, 4, 5]],
    ['Auth0', 'user_id,email,name,given_name,family_name,blocked', [1, 2, 3, 4, 5]],
    ['a template of Entra', 'Name [displayName] Required,User name [userPrincipalName] Required', [1, 0]],
    ['a street beside an email', 'Name,E-Mail,Adresse', [1, 0]],
    ['an address alone', 'Name,Adresse', [1, 0]],
    ['a surname called a name', 'Name,Vorname,E-Mail', [2, undefined, 1, 0]],
    ['a given name in Korean', '성,이름,이메일', [2, undefined, 1, 0]],
  ])('the columns of %s', (_, line, [email, name, first_name, last_name, state]) => {
    const read = readHeadings(line.split(','))
    expect(read.ok && read.value.columns).toEqual(
      Object.fromEntries(
        Object.entries({ email, name, first_name, last_name, state }).filter(([, at]) => at !== undefined),
      ),
    )
  })

  test('as an admin says: another column, none, or one by its heading', () => {
    const headings = ['Contact', 'Email', 'Name', 'E-Mail']
    expect(readHeadings(headings)).toMatchObject({ ok: false, code: 'column_twice' })
    expect(readHeadings(headings, { email: 3 })).toMatchObject({ value: { columns: { email: 3, name: 2 } } })
    expect(readHeadings(headings, { email: 'contact' })).toMatchObject({ value: { columns: { email: 0 } } })
    expect(readHeadings(headings, { email: 3, name: null })).toMatchObject({ ok: false, code: 'no_name_column' })
    expect(readHeadings(headings, { email: 4 })).toMatchObject({ ok: false, code: 'no_such_column' })
    expect(readHeadings(headings, { email: 'Phone' })).toMatchObject({ ok: false, code: 'no_such_column' })
  })

  test.each([
    ['sep=;', { separator: ';' }],
    ['sep=|', { separator: null }],
    ['#TYPE System.Management.Automation.PSCustomObject', { separator: null }],
    ['version:v1.0,,,', { separator: null }],
    ['Email;Name', null],
  ])('the line %j is a hint: %j', (line, hint) => {
    expect(readHint(line)).toEqual(hint)
  })

  test.each([
    ['Email,Name', ','],
    ['Name, as written;Email', ';'],
    ['Email;Name;Role', ';'],
    ['Email\tName', '\t'],
    ['"a,b,c";Email;Name', ';'],
    ['Email', ','],
  ])('%j is separated by %j', (line, separator) => {
    expect(separatorOf(line)).toBe(separator)
  })
})

describe('X8: rows', () => {
  const headings = readHeadings(['Email', 'Name', 'Role', 'Language', 'Password hash'])
  if (!headings.ok) throw new Error(headings.code)
  const row = (...cells: string[]) => readRow(7, cells, headings.value, 'end_user')

  test('a row becomes a person, the address in its one spelling', () => {
    expect(row(' Ines@Example.COM ', ' Ines  Invited ', 'Agent', '日本語', BCRYPT)).toMatchObject({
      number: 7,
      email: 'ines@example.com',
      person: {
        email: 'ines@example.com',
        name: 'Ines  Invited',
        role: 'agent',
        locale: 'ja',
        hash: BCRYPT,
        app: null,
        codes: [],
        suspended: false,
      },
    })
  })

  test('without a role the one that was chosen, or none; without a language or a hash none', () => {
    expect(row('ines@example.com', 'Ines')).toMatchObject({ person: { role: 'end_user', locale: null, hash: null } })
    const unasked = readRow(7, ['ines@example.com', 'Ines'], headings.value, null)
    expect(unasked).toMatchObject({ column: 'role', problem: 'no_role' })
    expect(readRow(7, ['ines@example.com', 'Ines', 'admin'], headings.value, null)).toMatchObject({
      person: { role: 'admin' },
    })
  })

  test.each([
    ['Quill, Mara', 'Mara Quill'],
    ['King, Jr.', 'King, Jr.'],
    ['Quill, Mara, Dr.', 'Quill, Mara, Dr.'],
    ['Quill,', 'Quill,'],
  ])('the name %j is %j', (cell, name) => {
    expect(row('ines@example.com', cell)).toMatchObject({ person: { name } })
  })

  test.each([
    ['Mara', 'Quill', 'Mara Quill'],
    ['', 'Quill', 'Quill'],
    ['太郎', '山田', '山田 太郎'],
    ['민수', '김', '김민수'],
  ])('%j and %j make the name %j', (first, last, name) => {
    const halves = readHeadings(['Email', 'First name', 'Last name'])
    expect(halves.ok && readRow(2, ['ines@example.com', first, last], halves.value, 'agent')).toMatchObject({
      person: { name },
    })
  })

  test.each([
    ['Status', 'Active', false],
    ['Status', 'Suspended', true],
    ['Status', 'DEPROVISIONED', true],
    ['Status', '', false],
    ['Status', 'married', 'unknown_state'],
    ['accountEnabled', 'False', true],
    ['enabled', 'true', false],
    ['blocked', 'true', true],
    ['Suspended', 'No', false],
    ['Gesperrt', 'ja', true],
    ['状態', '停止中', true],
    ['상태', '활성', false],
    ['상태', '정지됨', true],
  ])('%s %j: suspended in the other system is %s', (heading, cell, expected) => {
    const read = readHeadings(['Email', 'Name', heading])
    expect(read.ok && readRow(2, ['ines@example.com', 'Ines', cell], read.value, 'agent')).toMatchObject(
      typeof expected === 'string' ? { column: 'state', problem: expected } : { person: { suspended: expected } },
    )
  })

  test.each([
    ['en-US', 'en'],
    ['de_DE', 'de'],
    ['Korean', 'ko'],
  ])('the language %s is %s', (cell, locale) => {
    expect(row('ines@example.com', 'Ines', 'agent', cell)).toMatchObject({ person: { locale } })
  })

  test.each([
    ['owner', 'owner'],
    ['Administrator', 'admin'],
    ['Endbenutzer', 'end_user'],
    ['エンドユーザー', 'end_user'],
    ['관리자', 'admin'],
  ])('the role %s is %s', (word, role) => {
    expect(row('ines@example.com', 'Ines', word)).toMatchObject({ person: { role } })
  })

  test.each([
    [['', 'Ines'], 'email', 'required'],
    [['ines', 'Ines'], 'email', 'not_an_address'],
    [['ines@example.com,evil@example.com', 'Ines'], 'email', 'not_an_address'],
    [['ines@example.com', ''], 'name', 'required'],
    [['ines@example.com', 'x'.repeat(101)], 'name', 'too_long'],
    [['ines@example.com', 'Ines\u202e'], 'name', 'control_characters'],
    [['ines@example.com', 'Ines\r\nBcc: x'], 'name', 'control_characters'],
    [['ines@example.com', 'Ines', 'root'], 'role', 'unknown_role'],
    [['ines@example.com', 'Ines', 'agent', 'Klingon'], 'language', 'unknown_language'],
    [['ines@example.com', 'Ines', 'agent', 'en', 'plain text'], 'password_hash', 'hash_not_accepted'],
    [['ines@example.com', 'Ines', 'agent', 'en', `$2b$04$${'.'.repeat(53)}`], 'password_hash', 'hash_not_accepted'],
  ])('%j is refused at %s: %s', (cells, column, problem) => {
    expect(row(...cells)).toMatchObject({ number: 7, column, problem })
  })

  test('a line of separators says nothing', () => {
    expect([isBlank(['']), isBlank(['', ' ', '']), isBlank(['', 'x'])]).toEqual([true, true, false])
  })
})

describe('X8: what becomes of a row', () => {
  const found = (hash: string | null, suspended: boolean) => ({
    email: 'ines@example.com',
    name: 'Ines',
    role: 'agent' as const,
    locale: null,
    hash,
    app: null,
    codes: [],
    suspended,
  })
  const person = (hash: string | null, suspended = false): ReadRow => ({
    number: 2,
    email: 'ines@example.com',
    person: found(hash, suspended),
  })
  const free = {
    tenantId: 'acme',
    taken: null,
    held: false,
    invited: null,
    invite: false,
    suspended: false,
    secrets: true,
    mayGive: () => true,
  }
  const invitedAbove = { invited: { sent: false, role: 'owner' }, mayGive: (role: Role) => role !== 'owner' } as const
  test.each([
    [person(BCRYPT), free, 'added', null],
    [person(BCRYPT), { ...free, secrets: false }, 'refused', 'owners_only'],
    [person(BCRYPT), { ...free, secrets: false, taken: ['acme'] }, 'unchanged', null],
    [person(null), { ...free, secrets: false }, 'invited', null],
    [person(null), free, 'invited', null],
    [person(null, true), free, 'left_out', null],
    [person(BCRYPT, true), free, 'left_out', null],
    [person(BCRYPT, true), { ...free, suspended: true }, 'added', null],
    [person(null, true), { ...free, taken: ['acme'] }, 'unchanged', null],
    [person(null), { ...free, taken: ['acme'] }, 'unchanged', null],
    [person(BCRYPT), { ...free, taken: ['other', 'acme'] }, 'unchanged', null],
    [person(BCRYPT), { ...free, taken: ['other'] }, 'refused', 'address_taken'],
    [person(null), { ...free, taken: ['other'] }, 'invited', null],
    [person(BCRYPT), { ...free, held: true }, 'refused', 'address_held'],
    [person(BCRYPT), { ...free, mayGive: () => false }, 'refused', 'not_permitted'],
    [person(null), { ...free, mayGive: () => false, taken: ['acme'] }, 'refused', 'not_permitted'],
    [person(null), { ...free, invited: { sent: false, role: 'agent' as const } }, 'unchanged', null],
    [person(null), { ...free, invited: { sent: false, role: 'agent' as const }, invite: true }, 'invited', null],
    [person(null), { ...free, invited: { sent: true, role: 'agent' as const }, invite: true }, 'unchanged', null],
    [person(BCRYPT), { ...free, invited: { sent: true, role: 'agent' as const } }, 'added', null],
    [person(BCRYPT), { ...free, ...invitedAbove }, 'refused', 'not_permitted'],
    [person(null), { ...free, ...invitedAbove, invite: true }, 'refused', 'not_permitted'],
  ])('%#: %s', (row, facts, outcome, problem) => {
    expect(rowOutcomeOf(row, facts)).toMatchObject({ outcome, problem })
  })

  const roleless = (hash: string | null, suspended = false): ReadRow => {
    const { role: _, ...waiting } = found(hash, suspended)
    return { number: 2, email: waiting.email, column: 'role', problem: 'no_role', waiting }
  }
  const invited = { sent: false, role: 'agent' } as const
  test.each([
    [roleless(null), free, 'refused', 'no_role'],
    [roleless(BCRYPT), free, 'refused', 'no_role'],
    [roleless(null), { ...free, invited }, 'unchanged', null],
    [roleless(null), { ...free, invited, invite: true }, 'refused', 'no_role'],
    [roleless(null), { ...free, taken: ['acme'] }, 'unchanged', null],
    [roleless(null, true), free, 'left_out', null],
    [roleless(null, true), { ...free, suspended: true }, 'refused', 'no_role'],
    [roleless(BCRYPT), { ...free, secrets: false }, 'refused', 'owners_only'],
  ])('X8: %#: without a role only whom a role would bring in waits for one', (row, facts, outcome, problem) => {
    expect(rowOutcomeOf(row, facts)).toMatchObject({ outcome, problem })
  })
})

test.each([
  ['Wi?niewski', true],
  ['Wi\ufffdniewski', true],
  ['?ukasz Nowak', true],
  ['Jos? Silva', true],
  ['Wiśniewski', false],
  ['Ann ? Agent', false],
  ['?', false],
])('X8: whether %j may have lost a letter: %j', (name, lost) => {
  expect(mayLackLetter(name)).toBe(lost)
})
