import { dayAfter, dayIn, endOfDay } from '../../../core/kernel/zones'

/** The longest that a service account is given at once (U8): each is looked at again once a year. */
export const MAX_SERVICE_DAYS = 365

/** The first and the last day that may be named as its end, in the zone of its tenant. */
export function serviceDays(zone: string, now: Date): { first: string; last: string } {
  const today = dayIn(zone, now)
  return { first: dayAfter(today, 1) ?? today, last: dayAfter(today, MAX_SERVICE_DAYS) ?? today }
}

/** The end of that day there; null for a day that may not be named (U8, X10). */
export function endOfService(day: string, zone: string, now: Date): Date | null {
  const { first, last } = serviceDays(zone, now)
  return day < first || day > last ? null : endOfDay(day, zone)
}
