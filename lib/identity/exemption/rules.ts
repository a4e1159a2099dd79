import { days, earlier, later } from '../../core/kernel/time'
import { dayAfter, dayIn, endOfDay } from '../../core/kernel/zones'
import { lastDayOf } from '../policy/rules'
import type { Exemption } from './types'

/** So many days in any window for one person, whoever gives them (U9). */
export const MAX_EXEMPT_DAYS = 14
export const EXEMPT_WINDOW_DAYS = 90

const DAY = days(1)

/** Milliseconds of `exemption` between two moments. */
function overlap({ startsAt, endsAt, endedAt }: Exemption, from: Date, to: Date): number {
  const end = endedAt !== null && endedAt < endsAt ? endedAt : endsAt
  return Math.max(0, Math.min(end.getTime(), to.getTime()) - Math.max(startsAt.getTime(), from.getTime()))
}

/**
 * Whether so many days from now keep within 14 days in any 90; what of an earlier one is still to come is given up for
 * it.
 */
export function mayExempt(past: readonly Exemption[], wanted: number, now: Date): boolean {
  if (!Number.isInteger(wanted) || wanted < 1 || wanted > MAX_EXEMPT_DAYS) return false
  const end = later(now, wanted * DAY)
  const from = earlier(end, EXEMPT_WINDOW_DAYS * DAY)
  // The window that ends with the new one holds the most: what lies before it falls out of every later one.
  const used = past.reduce((sum, each) => sum + overlap(each, from, now), 0)
  return used + wanted * DAY <= MAX_EXEMPT_DAYS * DAY
}

/** The longest that may be given now, in days. */
export function daysLeft(past: readonly Exemption[], now: Date): number {
  for (let wanted = MAX_EXEMPT_DAYS; wanted > 0; wanted -= 1) if (mayExempt(past, wanted, now)) return wanted
  return 0
}

/**
 * So many more days (P8): behind the day that was named, or, where that is over, today and those behind it. They end
 * with a day of the tenant's zone, as the one that was named does (X10).
 */
export function moreTime(deadline: Date, wanted: number, now: Date, zone: string): { startsAt: Date; endsAt: Date } {
  const isOver = deadline <= now
  const last = isOver ? dayAfter(dayIn(zone, now), wanted - 1) : dayAfter(lastDayOf(deadline, zone), wanted)
  const startsAt = isOver ? now : deadline
  return { startsAt, endsAt: (last === null ? null : endOfDay(last, zone)) ?? startsAt }
}
