import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ReportRow } from '../../lib/administration/report/types'
import type { StoredEvent } from '../../lib/audit/types'
import { LOCALES, type Locale } from '../../lib/i18n/locales'
import { writerOf } from '../../lib/web/export/audit-export'
import { reportWriter } from '../../lib/web/export/report-export'
import { provideCommand } from '../support/tools'
import type { Check, Party } from './types'

const SEPARATORS = [',', ';', '\t', '|'] as const

/** What a stranger may call their browser, and a person themselves. */
const HOSTILE = [
  '=1+1',
  '+1+1',
  '-1+1',
  '@SUM(1;1)',
  'Mozilla/5.0 (X11;=1+1; x)',
  'Mozilla/5.0 (X11,=1+1, x)',
  'Mozilla/5.0 (X11\t=1+1\tx)',
  'Mozilla/5.0 (X11|=1+1|x)',
  'Mozilla; =1+1;x',
  'Mozilla;"=1+1";x',
  'Mozilla\n=1+1\nx',
  'Mozilla\r=1+1',
  '\t=1+1',
  '"=1+1"',
  'Mozilla",=1+1,"x',
  'Mozilla";=1+1;"x',
]

function auditOf(locale: Locale): string {
  const writer = writerOf('csv', locale)
  const events = HOSTILE.map((userAgent, index) => ({
    id: String(index),
    tenantId: 't',
    at: new Date(0),
    kind: 'access_denied',
    actorKind: 'visitor',
    actorId: null,
    actorName: null,
    subjectId: null,
    subjectName: userAgent,
    factorType: null,
    address: '192.0.2.7',
    userAgent,
    requestId: null,
    data: null,
  }))
  return writer.head + writer.page(events as unknown as StoredEvent[])
}

function reportOf(locale: Locale): string {
  const writer = reportWriter(locale, '=1+1')
  const rows = HOSTILE.map(
    (name): ReportRow => ({
      name,
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
      reason: name,
      until: null,
      factorKinds: null,
      factorStrengths: null,
      clockOffset: null,
      trustedDevices: 0,
      codesLeft: 0,
      lastSignInAt: null,
      lastSecondFactorAt: null,
    }),
  )
  return writer.head + writer.part(rows)
}

/** The formulas that LibreOffice makes of files, opened with a separator. */
function formulasOf(files: Readonly<Record<string, string>>, separator: string): Map<string, string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'twofold-sheets-'))
  try {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, `${name}.csv`), text)
    // Separator, quote, UTF-8, from line 1, quoted cells not forced to be text, special numbers told, formulas
    // computed.
    const filter = `CSV:${separator.charCodeAt(0)},34,76,1,,0,false,true,false,false,false,0,true`
    const names = Object.keys(files)
    spawnSync(
      'soffice',
      [
        `-env:UserInstallation=file://${folder}/profile`,
        '--headless',
        `--infilter=${filter}`,
        ...['--convert-to', 'fods', '--outdir', folder],
        ...names.map((name) => join(folder, `${name}.csv`)),
      ],
      { stdio: ['ignore', 'ignore', 'inherit'], timeout: 300_000 },
    )
    return new Map(
      names.map((name) => {
        const sheet = readFileSync(join(folder, `${name}.fods`), 'utf8')
        if (!sheet.includes('<table:table-row')) throw new Error(`nothing was read of ${name}`)
        return [name, [...sheet.matchAll(/table:formula="([^"]*)"/g)].map(([, formula = '']) => formula)]
      }),
    )
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** N35: the exports of this product, opened in LibreOffice Calc with each separator, hold no formula. */
export const spreadsheets: Party = {
  name: 'spreadsheets (LibreOffice Calc)',
  provide: () => provideCommand('soffice', 'libreoffice-calc'),
  checks: () => {
    const files = Object.fromEntries(
      LOCALES.flatMap((locale) => [
        [`audit-${locale}`, auditOf(locale)],
        [`report-${locale}`, reportOf(locale)],
      ]),
    )
    // Without this, a program that computes nothing at all would pass.
    const bare = HOSTILE.map((text) => `x,"${text.replaceAll('"', '""')}",x`).join('\r\n')
    return SEPARATORS.flatMap((separator): Check[] => {
      let found: Map<string, string[]> | null = null
      const of = (name: string) => {
        found ??= formulasOf({ ...files, bare }, separator)
        return found.get(name) ?? []
      }
      const by = `opened with ${JSON.stringify(separator)}`
      return [
        [`a file that is not ours computes, ${by}`, () => (of('bare').length > 0 ? null : 'it does not')],
        ...Object.keys(files).map((name): Check => {
          return [`N35: ${name} computes nothing, ${by}`, () => of(name).join(' ') || null]
        }),
      ]
    })
  },
}
