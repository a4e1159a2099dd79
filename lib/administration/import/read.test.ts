import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { LOCALES } from '../../i18n/locales'
import { readPeople, type Wishes } from './read'
import type { Reading, ReadRow, UnreadableFile } from './types'

const ROOT = join(import.meta.dirname, '../../..')
const WISHES: Wishes = { charset: null, separator: null, columns: {}, role: null }

async function read(bytes: Uint8Array, wishes: Partial<Wishes> = {}, size = 1000) {
  async function* open() {
    for (let from = 0; from < bytes.length; from += size) yield bytes.slice(from, from + size)
  }
  const rows: ReadRow[] = []
  let reading: Reading | null = null
  let unreadable: UnreadableFile | null = null
  for await (const batch of readPeople(open, { ...WISHES, ...wishes })) {
    if ('rows' in batch) rows.push(...batch.rows)
    if ('reading' in batch) reading = batch.reading
    if ('unreadable' in batch) unreadable = batch.unreadable
  }
  return { rows, reading, unreadable }
}

/** A line for each row, as an admin sees it. */
function lines(rows: readonly ReadRow[]): string[] {
  return rows.map((row) => {
    if ('problem' in row) return `${row.number}: ${row.column ?? 'row'} ${row.problem}`
    const { email, name, role, locale, suspended } = row.person
    return [`${row.number}: ${email}`, name, role, locale, suspended ? 'suspended' : null].filter(Boolean).join(', ')
  })
}

const caseOf = (name: string) => new Uint8Array(readFileSync(join(ROOT, 'lib/testing/import-cases', name)))

test.each<[string, string[]]>([
  [
    'crlf-heading-lf-rows.csv',
    [
      '2: mara@eol.example, Mara Quill, end_user',
      '3: tom@eol.example, Tom Ode, end_user',
      '4: kim@eol.example, Kim Park, end_user',
      '5: lea@eol.example, Lea Voss, end_user',
    ],
  ],
  [
    'crlf-heading-lf-rows-3col.csv',
    [
      '2: mara@eol3.example, Mara Quill, end_user',
      '3: tom@eol3.example, Tom Ode, end_user',
      '4: kim@eol3.example, Kim Park, end_user',
    ],
  ],
  [
    'unquoted-comma.csv',
    ['2: row too_many_cells', '3: row too_many_cells', '4: kim@comma.example, Kim Park, end_user'],
  ],
  [
    'google-workspace.csv',
    ['2: mara.quill@gw.example, Mara Quill, end_user', '3: tom.ode@gw.example, Tom Ode, end_user, suspended'],
  ],
  [
    'zendesk-users.csv',
    [
      '2: mara.quill@zd.example, Mara Quill, end_user, en',
      '3: tom.ode@zd.example, Tom Ode, agent, de',
      '4: kim@zd.example, Kim Park, admin, ko',
    ],
  ],
  // A spreadsheet takes in the line that names the separator.
  ['excel-sep-line.csv', ['2: mara@sep.example, Mara Quill, agent']],
  ['german-street-address.csv', ['2: mara@hr.example, Mara Quill, end_user']],
  [
    'hidden-marks.csv',
    [
      '2: mara@zw.example, Mara Quill, end_user',
      '3: tom@zw.example, Tom Ode, end_user',
      '4: kim@zw.example, Kim Park, end_user',
    ],
  ],
  ['old-mac-cr.csv', ['2: mara@cr.example, Mara Quill, end_user', '3: tom@cr.example, Tom Ode, end_user']],
  [
    'hr-semicolon-cp1252.csv',
    [
      '2: joerg.mueller@nordlicht.example, Jörg Müller, end_user',
      '3: anne.lange@nordlicht.example, Anne Lange, end_user',
      '4: guenther.huebner@nordlicht.example, Günther Hübner, end_user',
      '5: kaethe.wisniewski@nordlicht.example, Käthe Wi?niewski, end_user',
      '6: matthias.roth@nordlicht.example, Matthias Roth, end_user',
      '7: soeren.oeztuerk@nordlicht.example, Sören Öztürk, end_user',
      '8: email required',
    ],
  ],
])('X8: %s, as other programs write it', async (name, expected) => {
  for (const size of [1, 7, 1000]) {
    const { rows, unreadable } = await read(caseOf(name), { role: 'end_user' }, size)
    expect(unreadable).toBeNull()
    expect(lines(rows)).toEqual(expected)
  }
})

test('X8: a file that names no role gives nobody one; what was recognised is told, and what is not used', async () => {
  const { rows, reading } = await read(caseOf('hr-semicolon-cp1252.csv'))
  expect(lines(rows).filter((line) => line.endsWith('role no_role'))).toHaveLength(6)
  expect(reading).toEqual({
    charset: 'windows-1252',
    separator: ';',
    headings: [
      ...['Personalnr.', 'Name', 'Geburtsdatum', 'Eintritt', 'Abteilung'],
      ...['Kostenstelle', 'E-Mail', 'Telefon', 'Austritt', 'Vollzeit'],
    ],
    columns: { email: 6, name: 1 },
  })
})

test.each(LOCALES)('X8: the sample file in %s is read as it is', async (locale) => {
  const { rows } = await read(new Uint8Array(readFileSync(join(ROOT, `public/samples/${locale}.csv`))))
  expect(rows.map((row) => ('problem' in row ? row.problem : [row.person.role, row.person.locale]))).toEqual([
    ['admin', locale],
    ['agent', locale],
    ['end_user', locale],
  ])
})

const latin = (text: string) => new Uint8Array(Buffer.from(text, 'latin1'))

test('X8: encoding and separator are recognised, or as an admin says', async () => {
  // 氏名,メール / 山田 太郎
  const japanese = latin('\x8e\x81\x96\xbc\t\x83\x81\x81[\x83\x8b\n\x8e\x52\x93\x63 \x91\xbe\x98\x59\ty@x.example\n')
  const read1 = await read(japanese, { role: 'agent' })
  expect(lines(read1.rows)).toEqual(['2: y@x.example, 山田 太郎, agent'])
  expect(read1.reading).toMatchObject({ charset: 'shift_jis', separator: '\t' })
  expect((await read(japanese, { charset: 'utf-8' })).unreadable).toEqual({ problem: 'wrong_encoding', row: null })
  // Wiśniewski, which only a Pole can tell from Wiœniewski.
  const polish = latin('Email,Name\nk@x.example,Kasia Wi\x9cniewska\n')
  expect(lines((await read(polish, { role: 'agent' })).rows)).toEqual(['2: k@x.example, Kasia Wiœniewska, agent'])
  expect(lines((await read(polish, { role: 'agent', charset: 'windows-1250' })).rows)).toEqual([
    '2: k@x.example, Kasia Wiśniewska, agent',
  ])
  const wished = await read(latin('Email;x,Name\na@x.example,Ada\n'), { separator: ',', columns: { email: 0 } })
  expect(wished.reading).toMatchObject({ separator: ',', columns: { email: 0, name: 1 } })
})

test('X8: what cannot be told apart is asked for: the headings come along with the reason', async () => {
  const { unreadable, reading } = await read(latin('Kontakt,Anzeigename\na@x.example,Ada\n'))
  expect(unreadable).toEqual({ problem: 'no_email_column', row: 1 })
  expect(reading?.headings).toEqual(['Kontakt', 'Anzeigename'])
  const again = await read(latin('Kontakt,Anzeigename\na@x.example,Ada\n'), { columns: { email: 0 }, role: 'agent' })
  expect(lines(again.rows)).toEqual(['2: a@x.example, Ada, agent'])
})

test('X8: lines above the headings that are none are passed over, and counted as a spreadsheet counts them', async () => {
  const typed = '#TYPE System.Object\r\n"Email","Name"\r\n"a@x.example","Ada"\r\n'
  expect(lines((await read(latin(typed), { role: 'agent' })).rows)).toEqual(['3: a@x.example, Ada, agent'])
  const entra = 'version:v1.0,,\nName [displayName] Required,User name [userPrincipalName] Required\nAda,a@x.example\n'
  expect(lines((await read(latin(entra), { role: 'agent' })).rows)).toEqual(['3: a@x.example, Ada, agent'])
})
