import { expect, test } from 'vitest'
import { days, earlier, later } from './time'
import { dayIn, endOfDay, isZone, ZONES, zoneOf } from './zones'

test('X10: a zone is one of the IANA database', () => {
  expect(ZONES[0]).toBe('UTC')
  expect(new Set(ZONES).size).toBe(ZONES.length)
  for (const zone of ['UTC', 'Europe/Berlin', 'Asia/Tokyo', 'Asia/Seoul', 'America/New_York'])
    expect(isZone(zone)).toBe(true)
  for (const none of ['', 'utc', 'Europe/Nowhere', '+02:00', '../etc', 'toString']) expect(isZone(none)).toBe(false)
})

test('X10: what is stored and not known here is UTC', () => {
  expect(zoneOf('Europe/Berlin')).toBe('Europe/Berlin')
  for (const other of ['Asia/Kolkata', 'Asia/Calcutta']) expect(zoneOf(other)).toBe(other)
  for (const none of [null, undefined, '', 'Mars/Olympus']) expect(zoneOf(none)).toBe('UTC')
})

test.each([
  ['UTC', '2026-12-31', '2027-01-01T00:00:00.000Z'],
  ['Europe/Berlin', '2026-12-02', '2026-12-02T23:00:00.000Z'],
  ['Europe/Berlin', '2026-03-29', '2026-03-29T22:00:00.000Z'],
  ['Asia/Tokyo', '2026-12-02', '2026-12-02T15:00:00.000Z'],
  ['Asia/Kathmandu', '2026-12-02', '2026-12-02T18:15:00.000Z'],
  ['America/New_York', '2026-11-01', '2026-11-02T05:00:00.000Z'],
])('P8 X10: in %s %s ends at %s', (zone, day, end) => {
  expect(endOfDay(day, zone)).toEqual(new Date(end))
})

test.each(['Africa/Cairo', 'America/Havana', 'America/Santiago', 'Asia/Beirut', 'Atlantic/Azores', 'Pacific/Apia'])(
  'P8: in %s, whose clocks are changed around midnight, each day ends where the next one begins',
  (zone) => {
    for (let at = new Date('2026-01-01T12:00:00Z'); at.getUTCFullYear() < 2028; at = later(at, days(1))) {
      const day = at.toISOString().slice(0, 10)
      const end = endOfDay(day, zone)
      if (end === null) throw new Error(day)
      expect([day, dayIn(zone, earlier(end, 1)), dayIn(zone, end)]).toEqual([
        day,
        day,
        later(at, days(1)).toISOString().slice(0, 10),
      ])
    }
  },
)

test.each(['', '2026-02-29', '2026-13-01', '26-12-31', '2026-12-31T00:00', ' 2026-12-31', '31.12.2026', '0000-00-00'])(
  'P8: %j is no day',
  (typed) => {
    expect(endOfDay(typed, 'UTC')).toBeNull()
  },
)
