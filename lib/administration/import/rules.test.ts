import { describe, expect, test } from 'vitest'
import type { Role } from '../../identity/user/types'
import { isBlank, readHeadings, readRow, rowOutcomeOf, separatorOf } from './rules'
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
    expect(read.ok && [...read.value.at.entries()]).toEqual([
      ['email', 0],
      ['name', 1],
      ['role', 2],
      ['language', 3],
      ['password_hash', 4],
    ])
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
    expect(read.ok && [...read.value.at.entries()]).toEqual([
      ['name', 1],
      ['email', 3],
    ])
  })

  test.each([
    ['Email,Name', ','],
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
  const row = (...cells: string[]) => readRow(7, cells, headings.value)

  test('a row becomes a person, the address in its one spelling', () => {
    expect(row(' Ines@Example.COM ', ' Ines  Invited ', 'Agent', '日本語', BCRYPT)).toEqual({
      number: 7,
      email: 'ines@example.com',
      person: { email: 'ines@example.com', name: 'Ines  Invited', role: 'agent', locale: 'ja', hash: BCRYPT },
    })
  })

  test('without a role the least there is; without a language or a hash none', () => {
    expect(row('ines@example.com', 'Ines')).toMatchObject({ person: { role: 'end_user', locale: null, hash: null } })
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
  const person = (hash: string | null): ReadRow => ({
    number: 2,
    email: 'ines@example.com',
    person: { email: 'ines@example.com', name: 'Ines', role: 'agent', locale: null, hash },
  })
  const free = { tenantId: 'acme', taken: null, held: false, invited: null, invite: false, mayGive: () => true }
  const invitedAbove = { invited: { sent: false, role: 'owner' }, mayGive: (role: Role) => role !== 'owner' } as const
  test.each([
    [person(BCRYPT), free, 'added', null],
    [person(null), free, 'invited', null],
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
})
