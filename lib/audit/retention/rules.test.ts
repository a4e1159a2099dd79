import { expect, test } from 'vitest'
import { days, later } from '../../core/kernel/time'
import { decideRetention, exportName, FOR_EVER, RETENTION_CEILING_DAYS, RETENTION_FLOOR_DAYS } from './rules'

const now = new Date('2026-11-30T08:00:00.000Z')
const inAWeek = later(now, days(7))

test.each([0, 1, RETENTION_FLOOR_DAYS - 1, 90.5, Number.NaN, RETENTION_CEILING_DAYS + 1])(
  'X12: %s days are none that a log can be kept',
  (wanted) => {
    expect(decideRetention(FOR_EVER, wanted, now)).toEqual({ outcome: 'out_of_range' })
  },
)

test('X12: what keeps less counts after seven days, what keeps more at once', () => {
  expect(decideRetention(FOR_EVER, 90, now)).toEqual({
    outcome: 'change',
    to: { days: null, next: { days: 90, at: inAWeek } },
    effectiveAt: inAWeek,
    shorter: true,
  })
  expect(decideRetention({ days: 90, next: null }, 400, now)).toEqual({
    outcome: 'change',
    to: { days: 400, next: null },
    effectiveAt: now,
    shorter: false,
  })
  expect(decideRetention({ days: 90, next: null }, null, now)).toMatchObject({ to: FOR_EVER, shorter: false })
})

test('X12: what was announced is taken back at once, and said again it is no change', () => {
  const announced = { days: null, next: { days: 90, at: inAWeek } }
  expect(decideRetention(announced, 90, now)).toEqual({ outcome: 'unchanged' })
  expect(decideRetention(announced, null, now)).toMatchObject({ to: FOR_EVER, effectiveAt: now, shorter: false })
  const later = decideRetention(announced, 180, now)
  expect(later).toMatchObject({ to: { days: null, next: { days: 180, at: inAWeek } }, shorter: true })
})

test('X12: files of entries sort by their places', () => {
  expect(exportName('t', 1, 2000)).toBe('t.0000000001-0000002000.jsonl.gz')
})
