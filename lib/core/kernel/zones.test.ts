import { expect, test } from 'vitest'
import { isZone, ZONES, zoneOf } from './zones'

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
