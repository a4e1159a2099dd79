import { days, earlier, later } from './time'

/** Zones of the IANA database as this Node lists them, UTC first. */
export const ZONES: readonly string[] = ['UTC', ...Intl.supportedValuesOf('timeZone').filter((zone) => zone !== 'UTC')]
const LISTED: ReadonlySet<string> = new Set(ZONES)

/** One that can be chosen. */
export function isZone(text: string): boolean {
  return LISTED.has(text)
}

/** What was stored, as long as this Node knows it, under whichever of its names; else UTC. */
export function zoneOf(stored: string | null | undefined): string {
  return stored !== null && stored !== undefined && (isZone(stored) || isKnown(stored)) ? stored : 'UTC'
}

function isKnown(zone: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}

/** The day of the calendar there, as `2026-12-14`. */
export function dayIn(zone: string, at: Date): string {
  return dayFormat(zone).format(at)
}

const formats = new Map<string, Intl.DateTimeFormat>()

function dayFormat(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone) ?? new Intl.DateTimeFormat('en-CA', { timeZone: zone, dateStyle: 'short' })
  formats.set(zone, known)
  return known
}

/** The end of a day named as `2026-12-14`: the first moment of the next one there. Null for what is no day. */
export function endOfDay(day: string, zone: string): Date | null {
  const next = dayAfter(day, 1)
  return next === null ? null : startOfDay(next, zone)
}

/** So many days after that one; null for what is no day. */
export function dayAfter(day: string, count: number): string | null {
  const start = /^\d{4}-\d{2}-\d{2}$/.test(day) ? new Date(`${day}T00:00:00.000Z`) : null
  if (start === null || Number.isNaN(start.getTime()) || start.toISOString().slice(0, 10) !== day) return null
  return later(start, days(count)).toISOString().slice(0, 10)
}

/**
 * The first moment of a day there. Clocks are changed at midnight in places, so that a day begins at 01:00, or has two
 * midnights: the first one counts.
 */
export function startOfDay(day: string, zone: string): Date {
  const midnight = new Date(`${day}T00:00:00.000Z`)
  const starts = [earlier(midnight, days(1)), later(midnight, days(1))]
    .map((near) => earlier(midnight, offsetAt(zone, near)))
    .sort((one, other) => one.getTime() - other.getTime())
  return starts.find((each) => dayIn(zone, each) >= day) ?? midnight
}

/** How far the clocks there are ahead of UTC, in milliseconds. */
function offsetAt(zone: string, at: Date): number {
  const parts = new Intl.DateTimeFormat('en-CA', {
    timeZone: zone,
    hourCycle: 'h23',
    ...{ year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit' },
  }).formatToParts(at)
  const of = (type: string) => parts.find((part) => part.type === type)?.value ?? '00'
  const shown = `${of('year')}-${of('month')}-${of('day')}T${of('hour')}:${of('minute')}:${of('second')}Z`
  return new Date(shown).getTime() - Math.floor(at.getTime() / 1000) * 1000
}
