import { expect, test } from 'vitest'
import { systemClock } from './clock'
import { days, earlier, hours, later, minutes, seconds } from './time'

test('durations are milliseconds', () => {
  expect([seconds(1), minutes(1), hours(1), days(1)]).toEqual([1000, 60_000, 3_600_000, 86_400_000])
  expect([seconds(90), hours(24), days(30)]).toEqual([minutes(1.5), days(1), hours(720)])
})

test('later and earlier make a new date and leave the given one', () => {
  const at = new Date('2026-03-29T00:30:00.000Z')
  expect(later(at, hours(1)).toISOString()).toBe('2026-03-29T01:30:00.000Z')
  expect(earlier(at, minutes(31)).toISOString()).toBe('2026-03-28T23:59:00.000Z')
  expect(at.toISOString()).toBe('2026-03-29T00:30:00.000Z')
})

test('the system clock tells the time', () => {
  const before = Date.now()
  const now = systemClock.now().getTime()
  expect(now).toBeGreaterThanOrEqual(before)
  expect(now).toBeLessThanOrEqual(Date.now())
})
