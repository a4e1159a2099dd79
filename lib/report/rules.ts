import { hours, minutes } from '../kernel/time'
import type { UserType } from '../user/types'
import type { ReportPlace, ReportScope } from './types'

/** M1. */
export const REPORT_HOURS = 24
export const REPORT_LIFE = hours(REPORT_HOURS)
/** How long a worker may be silent before another goes on. */
export const REPORT_LEASE = minutes(2)
/** People of one part: what is in memory at a time. */
export const PART_ROWS = 500

export function typeOf(scope: ReportScope): UserType | null {
  return scope === 'all' ? null : scope
}

const SECTIONS = ['active', 'suspended', 'invited'] as const

export const FIRST_PLACE: ReportPlace = { section: 'active', key: '', id: '' }

/** The beginning of the next section; null after the last. */
export function sectionAfter({ section }: ReportPlace): ReportPlace | null {
  const next = SECTIONS[SECTIONS.indexOf(section) + 1]
  return next === undefined ? null : { section: next, key: '', id: '' }
}

export function writeReportPlace({ section, key, id }: ReportPlace): string {
  return `${section}.${id}.${key}`
}

/** What `writeReportPlace` wrote; the beginning for a report that was not begun. */
export function readReportPlace(text: string | null): ReportPlace {
  if (text === null) return FIRST_PLACE
  const [section = '', id = '', ...key] = text.split('.')
  const known = SECTIONS.find((each) => each === section)
  if (known === undefined) throw new Error('a report without a place')
  return { section: known, id, key: key.join('.') }
}

/** M2: the first of the month after `now`, at midnight UTC. */
export function nextMonth(now: Date): Date {
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1, 1))
}
