import { describe, expect, test } from 'vitest'
import { endOfService, MAX_SERVICE_DAYS, serviceDays } from './rules'

describe('the end of a service account (U8)', () => {
  // In Tokyo it is the 21st already.
  const now = new Date('2026-11-20T20:00:00.000Z')

  test('U8 X10: from tomorrow on and for a year at most, by the calendar of the company', () => {
    expect(MAX_SERVICE_DAYS).toBe(365)
    expect(serviceDays('UTC', now)).toEqual({ first: '2026-11-21', last: '2027-11-20' })
    expect(serviceDays('Asia/Tokyo', now)).toEqual({ first: '2026-11-22', last: '2027-11-21' })
  })

  test.each([
    ['UTC', '2026-11-20', null],
    ['UTC', '2026-11-21', '2026-11-22T00:00:00.000Z'],
    ['UTC', '2027-11-20', '2027-11-21T00:00:00.000Z'],
    ['UTC', '2027-11-21', null],
    ['UTC', '2026-13-40', null],
    ['Asia/Tokyo', '2026-11-21', null],
    ['Asia/Tokyo', '2026-11-22', '2026-11-22T15:00:00.000Z'],
    ['America/New_York', '2026-11-21', '2026-11-22T05:00:00.000Z'],
  ])('U8: in %s, %s', (zone, day, end) => {
    expect(endOfService(day, zone, now)?.toISOString() ?? null).toBe(end)
  })
})
