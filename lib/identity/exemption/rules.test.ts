import { expect, test } from 'vitest'
import { days, later } from '../../core/kernel/time'
import { daysLeft, mayExempt, moreTime } from './rules'

const NOW = new Date('2026-11-20T09:00:00.000Z')
const ago = (count: number, more = 0) => new Date(NOW.getTime() - days(count) + more)
const past = (from: number, to: number, endedAt: Date | null = null) => ({
  startsAt: ago(from),
  endsAt: ago(to),
  endedAt,
})

test.each([
  [0, false],
  [1, true],
  [14, true],
  [15, false],
  [1.5, false],
  [Number.NaN, false],
])('U9: %d days at once: %s', (wanted, expected) => {
  expect(mayExempt([], wanted, NOW)).toBe(expected)
})

test('U9: 14 days in any 90, whatever they are made of', () => {
  expect(daysLeft([past(20, 10)], NOW)).toBe(4)
  expect(daysLeft([past(30, 23), past(20, 13)], NOW)).toBe(0)
  expect(daysLeft([past(200, 186)], NOW)).toBe(14)
})

test('U9: the window slides: what lies 90 days before the end of the new one no longer counts', () => {
  expect(mayExempt([past(90, 76)], 1, NOW)).toBe(true)
  expect(mayExempt([{ ...past(90, 76), endsAt: ago(76, 1) }], 1, NOW)).toBe(false)
  expect(mayExempt([past(89, 75)], 1, NOW)).toBe(false)
  expect(mayExempt([past(90, 76)], 14, NOW)).toBe(true)
})

test('P8: more days are counted from the day that was named, or, where that is over, from today, which is one of them', () => {
  const day = new Date('2026-11-22T00:00:00.000Z')
  expect(moreTime(day, 3, NOW, 'UTC')).toEqual({ startsAt: day, endsAt: new Date('2026-11-25T00:00:00.000Z') })
  for (const over of [NOW, ago(1), ago(30)]) {
    expect(moreTime(over, 3, NOW, 'UTC')).toEqual({ startsAt: NOW, endsAt: new Date('2026-11-23T00:00:00.000Z') })
  }
})

test('P8 X10: more days end with a day of the zone, and a change of its clocks makes none of them shorter', () => {
  const day = new Date('2026-10-23T22:00:00.000Z')
  const before = new Date('2026-10-20T09:00:00.000Z')
  expect(moreTime(day, 3, before, 'Europe/Berlin').endsAt).toEqual(new Date('2026-10-26T23:00:00.000Z'))
  const night = new Date('2026-11-20T22:30:00.000Z')
  expect(moreTime(night, 1, night, 'Asia/Tokyo').endsAt).toEqual(new Date('2026-11-21T15:00:00.000Z'))
})

test('U9: one taken back counts as long as it lasted, and one that lasts up to now', () => {
  expect(daysLeft([past(20, 6, ago(19))], NOW)).toBe(13)
  const lasting = { startsAt: ago(3), endsAt: later(NOW, days(11)), endedAt: null }
  expect(daysLeft([lasting], NOW)).toBe(11)
})
