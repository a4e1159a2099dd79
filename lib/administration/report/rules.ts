import { hours, minutes } from '../../core/kernel/time'
import type { UserType } from '../../identity/user/types'
import type { ReportCounts, ReportPosition, ReportRow, ReportScope } from './types'

/** How long a finished report can be downloaded (M1, N26). */
export const REPORT_HOURS = 24
export const REPORT_TTL = hours(REPORT_HOURS)
/** How long a worker may be silent before another goes on. */
export const REPORT_LEASE = minutes(2)
/** People of one part: what is in memory at a time. */
export const PART_ROWS = 500

export function typeOf(scope: ReportScope): UserType | null {
  return scope === 'all' ? null : scope
}

export const FIRST_POSITION: ReportPosition = { section: 'members', after: '' }

/** The beginning of the next section; null after the last. */
export function sectionAfter({ section }: ReportPosition): ReportPosition | null {
  return section === 'members' ? { section: 'invited', after: '' } : null
}

const END = 'end'

/** As text for the report's row; null is behind everybody. */
export function writeReportPosition(position: ReportPosition | null): string {
  return position === null ? END : `${position.section}.${position.after}`
}

/** What `writeReportPosition` wrote; the beginning for a report that was not begun. */
export function readReportPosition(text: string | null): ReportPosition | null {
  if (text === null) return FIRST_POSITION
  if (text === END) return null
  const [section, ...after] = text.split('.')
  if (section !== 'members' && section !== 'invited') throw new Error('a report without a position')
  return { section, after: after.join('.') }
}

/** What rows add to the one number (P9): nobody who is suspended, and whoever is invited as that. */
export function countsOf(rows: readonly Pick<ReportRow, 'status' | 'state'>[]): ReportCounts {
  const active = (state: ReportRow['state']) =>
    rows.filter((row) => row.status === 'active' && row.state === state).length
  return {
    enrolled: active('enrolled'),
    mustSetUp: active('setup_required'),
    invited: rows.filter(({ status }) => status === 'invited').length,
  }
}

/** One that was asked for so lately is given again. */
export const REPORT_FRESH = minutes(5)

/** The first of the month after `now`, at midnight UTC (M2). */
export function nextMonth(now: Date): Date {
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1, 1))
}
