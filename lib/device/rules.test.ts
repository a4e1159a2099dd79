import { describe, expect, test } from 'vitest'
import { DEVICE_COOKIE_DAYS, type DeviceRow, isKnown, isRemembered } from './rules'

const AT = new Date('2026-11-20T09:00:00.000Z')
const aDevice = (more: Partial<DeviceRow> = {}): DeviceRow => ({
  id: 'device',
  userId: 'ann',
  verifiedAt: AT,
  trustGrantedAt: null,
  forgottenAt: null,
  lastSeenAt: AT,
  userAgent: null,
  ...more,
})

describe('a browser', () => {
  test.each([
    ['verified', aDevice(), 'ann', true, true],
    ['verified by somebody else', aDevice(), 'bob', false, false],
    ['that only signed in', aDevice({ verifiedAt: null }), 'ann', true, false],
    ['that only signed in, of somebody else', aDevice({ verifiedAt: null }), 'bob', false, false],
    ['forgotten', aDevice({ forgottenAt: AT }), 'ann', false, false],
    ['forgotten, that only signed in', aDevice({ forgottenAt: AT, verifiedAt: null }), 'ann', false, false],
    ['never seen', null, 'ann', false, false],
  ])('D2 D7 S21: %s', (_name, device, userId, remembered, known) => {
    expect(isRemembered(device, { id: userId, devicesVoidedAt: null })).toBe(remembered)
    expect(isKnown(device, { id: userId, devicesVoidedAt: null })).toBe(known)
  })

  test('S18: its cookie lives 400 days at most', () => {
    expect(DEVICE_COOKIE_DAYS).toBeLessThanOrEqual(400)
  })
})
