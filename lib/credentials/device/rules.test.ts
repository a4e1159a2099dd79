import { describe, expect, test } from 'vitest'
import { days, later } from '../../core/kernel/time'
import { DEVICE_COOKIE_DAYS, type DeviceRow, isKnown, isRemembered, isSameBrowser, trustedUntil } from './rules'

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

describe('trust (D1, D3, D4)', () => {
  const owner = { id: 'ann', devicesVoidedAt: null }
  const granted = aDevice({ trustGrantedAt: AT })
  const terms = { trustDays: 30, trustFloor: null }
  const end = later(AT, days(30))
  const before = new Date(AT.getTime() - 1)

  test.each([
    ['from the moment it was granted', granted, owner, terms, AT, end],
    ['until the last millisecond', granted, owner, terms, new Date(end.getTime() - 1), end],
    ['not at its end', granted, owner, terms, end, null],
    ['not before it was granted: the clock went back', granted, owner, terms, before, null],
    ['not where nobody granted it', aDevice(), owner, terms, AT, null],
    ['not where trusting is not allowed', granted, owner, { ...terms, trustDays: 0 }, AT, null],
    ['not for somebody else', granted, { ...owner, id: 'bob' }, terms, AT, null],
    ['not where it was forgotten', { ...granted, forgottenAt: AT }, owner, terms, AT, null],
    ['not where no verification succeeded', { ...granted, verifiedAt: null }, owner, terms, AT, null],
    ['not at the floor', granted, owner, { ...terms, trustFloor: AT }, AT, null],
    ['later than the floor', granted, owner, { ...terms, trustFloor: before }, AT, end],
    ['not where all were forgotten then or later', granted, { ...owner, devicesVoidedAt: AT }, terms, AT, null],
    ['when all were forgotten before', granted, { ...owner, devicesVoidedAt: before }, terms, AT, end],
    ['not where there is no device', null, owner, terms, AT, null],
  ])('%s', (_name, device, whose, rules, now, until) => {
    expect(trustedUntil(device, whose, rules, now)).toEqual(until)
  })
})

describe('isSameBrowser (D2)', () => {
  const browser = (system: string, rest: string) =>
    `Mozilla/5.0 (${system}) AppleWebKit/537.36 (KHTML, like Gecko) ${rest}`
  const chrome = browser('Windows NT 10.0; Win64; x64', 'Chrome/142.0.0.0 Safari/537.36')
  test.each([
    ['itself', chrome, true],
    ['after an update', browser('Windows NT 10.0; Win64; x64', 'Chrome/160.0.0.0 Safari/537.36'), true],
    [
      'another browser on the same system',
      browser('Windows NT 10.0; Win64; x64', 'Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0'),
      false,
    ],
    ['the same browser on another system', browser('X11; Linux x86_64', 'Chrome/142.0.0.0 Safari/537.36'), false],
    ['one that does not name itself', null, false],
    ['an empty name', '', false],
  ])('%s', (_name, sent, same) => {
    expect(isSameBrowser(chrome, sent)).toBe(same)
  })

  test('one that never named itself is the same as long as it does not', () => {
    expect(isSameBrowser(null, null)).toBe(true)
    expect(isSameBrowser(null, chrome)).toBe(false)
  })
})
