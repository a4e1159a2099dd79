import type { ReportRow } from '../../administration/report/types'
import type { Locale } from '../../i18n/locales'
import { translator } from '../../i18n/translate'
import { csvText, streamOf } from './csv'

/** What a report says of a person, in the order of the columns (M3). */
export const REPORT_COLUMNS = [
  'name',
  'email',
  'userType',
  'role',
  'status',
  'state',
  'rule',
  'level',
  'since',
  'deadline',
  'remindedAt',
  'reminder',
  'reason',
  'until',
  'factorKinds',
  'factorStrengths',
  'clockOffset',
  'trustedDevices',
  'codesLeft',
  'lastSignIn',
  'lastSecondFactor',
] as const

/** `2026-11-28 18:20:05`: what spreadsheet programs take for a time, in UTC as the heading says. */
function timeCell(iso: string | null): string | null {
  return iso === null ? null : iso.slice(0, 19).replace('T', ' ')
}

/** `tenant` is the name of the tenant whose report it is. */
export function reportWriter(
  locale: Locale,
  tenant: string,
): { head: string; part(rows: readonly ReportRow[]): string } {
  const t = translator(locale)
  const cells = (row: ReportRow): Record<(typeof REPORT_COLUMNS)[number], string | number | null> => ({
    name: row.name,
    email: row.email,
    userType: t(`userType.${row.userType}`),
    role: t(`role.${row.role}`),
    status: t(`report.status.${row.status}`),
    state: row.state === null ? null : t(`people.status.${row.state}`),
    rule: row.rule === null ? null : t(`report.rule.${row.rule}`),
    level: row.level === null ? null : row.level === 'tenant' ? tenant : t(`report.level.${row.level}`),
    since: timeCell(row.since),
    deadline: timeCell(row.deadline),
    remindedAt: timeCell(row.remindedAt),
    reminder: row.reminder === null ? null : t(`reminder.${row.reminder}`),
    reason: row.reason,
    until: timeCell(row.until),
    factorKinds: row.factorKinds?.map((kind) => t(`factor.${kind}`)).join(' + ') ?? null,
    factorStrengths: row.factorStrengths?.map((each) => t(`report.strength.${each}`)).join(' + ') ?? null,
    clockOffset: row.clockOffset ?? null,
    trustedDevices: row.trustedDevices,
    codesLeft: row.codesLeft,
    lastSignIn: timeCell(row.lastSignInAt),
    lastSecondFactor: timeCell(row.lastSecondFactorAt),
  })
  return {
    head: csvText(locale, [REPORT_COLUMNS.map((column) => t(`report.column.${column}`))], { bom: true }),
    part: (rows) =>
      csvText(
        locale,
        rows.map((row) => {
          const of = cells(row)
          return REPORT_COLUMNS.map((column) => of[column])
        }),
        { bom: false },
      ),
  }
}

export function reportStream(parts: AsyncGenerator<readonly ReportRow[], void>, locale: Locale, tenant: string) {
  const writer = reportWriter(locale, tenant)
  return streamOf(writer.head, parts, writer.part)
}

/** A row a line, with its facts as they are: what an API gives. */
export function reportLines(parts: AsyncGenerator<readonly ReportRow[], void>): ReadableStream<Uint8Array> {
  return streamOf('', parts, (rows) => rows.map((row) => `${JSON.stringify(row)}\n`).join(''))
}
