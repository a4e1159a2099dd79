import { parse } from 'csv-parse/sync'
import { expect, test } from 'vitest'
import type { ReportRow } from '../../administration/report/types'
import { LOCALES } from '../../i18n/locales'
import { translator } from '../../i18n/translate'
import { REPORT_COLUMNS, reportStream, reportWriter } from './report-export'

const row: ReportRow = {
  name: '=HYPERLINK("https://evil.example","x"); "Ann"\nLee',
  email: 'ann@example.com',
  userType: 'team',
  role: 'agent',
  status: 'active',
  state: 'exempt',
  rule: 'exempted',
  level: 'tenant',
  since: null,
  deadline: null,
  remindedAt: null,
  reminder: null,
  reason: '+49 travels',
  until: '2026-12-01T08:30:05.000Z',
  factorKinds: ['totp', 'sms'],
  factorStrengths: ['good', 'basic'],
  clockOffset: -300,
  trustedDevices: 0,
  codesLeft: 10,
  lastSignInAt: '2026-11-20T09:00:00.123Z',
  lastSecondFactorAt: null,
}

async function download(rows: readonly (readonly ReportRow[])[], locale: (typeof LOCALES)[number]): Promise<Buffer> {
  async function* parts() {
    yield* rows
  }
  return Buffer.from(await new Response(reportStream(parts(), locale, '@Acme')).arrayBuffer())
}

test.each(LOCALES)(
  'M3 X1: in %s a file that spreadsheet programs open right, formulas made harmless',
  async (locale) => {
    const bytes = await download(
      [
        [row],
        [],
        [
          { ...row, name: '-1+1' },
          { ...row, name: '\tx' },
        ],
      ],
      locale,
    )
    expect([...bytes.subarray(0, 3)]).toEqual([0xef, 0xbb, 0xbf])
    const text = bytes.toString('utf8')
    // One mark, at the beginning; every line ends as Windows ends it.
    expect(text.split('\ufeff')).toHaveLength(2)
    expect(text.endsWith('\r\n')).toBe(true)
    const delimiter = locale === 'de' ? ';' : ','
    const [head = [], ...lines] = parse(text, { bom: true, delimiter }) as string[][]
    expect(head).toHaveLength(REPORT_COLUMNS.length)
    expect(new Set(head).size).toBe(head.length)
    const of = (line: string[] | undefined, column: (typeof REPORT_COLUMNS)[number]) =>
      line?.[REPORT_COLUMNS.indexOf(column)]
    expect(lines.map((line) => of(line, 'name'))).toEqual([`'${row.name}`, `'-1+1`, `'\tx`])
    expect(of(lines[0], 'level')).toBe(`'@Acme`)
    expect(of(lines[0], 'reason')).toBe(`'+49 travels`)
    expect(of(lines[0], 'until')).toBe('2026-12-01 08:30:05')
    expect(of(lines[0], 'lastSignIn')).toBe('2026-11-20 09:00:00')
    expect(of(lines[0], 'lastSecondFactor')).toBe('')
    const t = translator(locale)
    expect(of(lines[0], 'factorStrengths')).toBe(`${t('report.strength.good')} + ${t('report.strength.basic')}`)
    // A number, though it begins with a minus.
    expect(of(lines[0], 'clockOffset')).toBe('-300')
    expect([of(lines[0], 'trustedDevices'), of(lines[0], 'codesLeft')]).toEqual(['0', '10'])
  },
)

test('M3: what does not apply is an empty cell, and the words are those of the language', () => {
  const invited: ReportRow = {
    ...row,
    name: 'Invited',
    status: 'invited',
    state: null,
    rule: null,
    level: null,
    reason: null,
    until: null,
    factorKinds: null,
    factorStrengths: null,
    clockOffset: null,
    trustedDevices: null,
    codesLeft: null,
    lastSignInAt: null,
  }
  expect(reportWriter('en', 'Acme').part([invited])).toBe(
    'Invited,ann@example.com,Team members,Agent,Invited,,,,,,,,,,,,,,,,\r\n',
  )
  const german = reportWriter('de', 'Acme')
  expect(german.part([{ ...row, name: 'Ann', level: 'person' }])).toContain(';Befreit;Befreit;Person;')
  expect(german.part([{ ...row, name: 'Ann', level: 'other' }])).toContain(';Befreit;Anderes Unternehmen;')
})
