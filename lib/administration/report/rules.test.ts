import fc from 'fast-check'
import { expect, test } from 'vitest'
import { FIRST_POSITION, nextMonth, REPORT_TTL, readReportPosition, sectionAfter, writeReportPosition } from './rules'

test.each([
  ['2026-01-31T23:59:59.999Z', '2026-02-01T00:00:00.000Z'],
  ['2026-02-01T00:00:00.000Z', '2026-03-01T00:00:00.000Z'],
  ['2026-12-15T12:00:00.000Z', '2027-01-01T00:00:00.000Z'],
])('M2: after %s the next report is made at %s', (now, next) => {
  expect(nextMonth(new Date(now)).toISOString()).toBe(next)
})

test('M1: it can be had for 24 hours', () => {
  expect(REPORT_TTL).toBe(86_400_000)
})

test('X7: a place is read as it was written; a new report begins with the members, and the end is the end', () => {
  fc.assert(
    fc.property(fc.constantFrom('members', 'invited'), fc.string(), (section, after) => {
      const position = { section, after } as const
      expect(readReportPosition(writeReportPosition(position))).toEqual(position)
    }),
  )
  expect(readReportPosition(null)).toEqual(FIRST_POSITION)
  expect(readReportPosition(writeReportPosition(null))).toBeNull()
  expect(() => readReportPosition('elsewhere.1')).toThrow()
})

test('M3: members, then the invited, then nobody', () => {
  const second = sectionAfter(FIRST_POSITION)
  expect([second?.section, second === null ? undefined : sectionAfter(second)]).toEqual(['invited', null])
})
