import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { days, later } from '../../core/kernel/time'
import { MOVES, walk } from '../../testing/device-walk'
import {
  DEVICE_COOKIE_DAYS,
  type DeviceRow,
  type DeviceValue,
  freshValue,
  isKnown,
  isRemembered,
  isSameBrowser,
  readDeviceCookie,
  renewedValue,
  type Standing,
  standingOf,
  trustedUntil,
  type ValueState,
  writeDeviceCookie,
} from './rules'

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
    expect(isRemembered(device, { id: userId, devicesVoidedAt: null, factorsVoided: false })).toBe(remembered)
    expect(isKnown(device, { id: userId, devicesVoidedAt: null, factorsVoided: false })).toBe(known)
  })

  test('S18: its cookie lives 400 days at most', () => {
    expect(DEVICE_COOKIE_DAYS).toBeLessThanOrEqual(400)
  })
})

describe('trust (D1, D3, D4)', () => {
  const owner = { id: 'ann', devicesVoidedAt: null, factorsVoided: false }
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
    ['not where 2FA was turned off for everybody (P6)', granted, { ...owner, factorsVoided: true }, terms, AT, null],
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

describe('the value in the cookie (D7, S21)', () => {
  let made = 0
  const token = () => {
    made += 1
    return String(made).padStart(43, 'A')
  }
  const random = () => ({ series: token(), secret: token() })

  test('D7: it is read as it was written, five at most, and anything else is none', () => {
    const values = Array.from({ length: 6 }, () => freshValue(null, null, random()).value)
    expect(readDeviceCookie(writeDeviceCookie(values))).toEqual(values.slice(1))
    const [one] = values
    if (one === undefined) throw new Error('no value')
    const text = writeDeviceCookie([one])
    for (const wrong of [null, '', `${text}x`, `${text}.1`, text.slice(1), '~', 'x'.repeat(2000)]) {
      expect(readDeviceCookie(wrong)).toEqual([])
    }
    expect(readDeviceCookie(`${text}~nonsense`)).toEqual([one])
  })

  test('D7: a cookie of the version before is its own series and first value', () => {
    const old = token()
    expect(readDeviceCookie(old)).toEqual([{ series: old, secret: old, generation: 0 }])
  })

  test('S21: nobody who has one of value and salt can make the successor', () => {
    const before = freshValue(null, null, random())
    const renewed = renewedValue(before.state, { value: before.value, standing: 'current' }, token())
    const guessed = renewedValue(before.state, { value: before.value, standing: 'current' }, token())
    expect(standingOf(renewed.state, guessed.value)).toBe('unknown')
    expect(JSON.stringify(renewed.state)).not.toContain(renewed.value.secret)
  })

  test('S21: a claimed number opens nothing, and only an older one is anybody’s copy', () => {
    const { state, value } = freshValue(null, null, random())
    const returned = renewedValue(state, { value, standing: 'current' }, token()).state
    for (const generation of [0, 1, 2, 999_999_999]) {
      expect(standingOf(returned, { ...value, secret: token(), generation })).toBe(generation < 1 ? 'old' : 'unknown')
    }
  })

  test('S21 D7: no order of two tabs, lost answers and restarts ends an honest person’s device, and no kept value lasts', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom(...MOVES), { maxLength: 40 }), async (moves) => {
        const first = freshValue(null, null, random())
        const rows = new Map([[first.value.series, { state: first.state, known: true, ended: false }]])
        const find = (cookie: string) => {
          const [value] = readDeviceCookie(cookie)
          const row = value && rows.get(value.series)
          return value && row && !row.ended ? { value, row, standing: standingOf(row.state, value) } : null
        }
        const isGood = (found: ReturnType<typeof find>) =>
          found?.standing === 'current' || found?.standing === 'replaced'
        await walk(moves, writeDeviceCookie([first.value]), {
          read: async (cookie) => {
            const found = find(cookie)
            return { good: isGood(found), known: isGood(found) && found?.row.known === true }
          },
          finish: async (cookie, met, verified) => {
            const found = find(cookie)
            const good = found !== null && (isGood(found) || met.good)
            const ended = found?.standing === 'old' && !met.good
            if (found && ended) found.row.ended = true
            const known = good && (isGood(found) ? found.row.known : met.known)
            if (found && !ended && (good || verified)) {
              const next = answer(found.row.state, found, verified)
              if (next) found.row.state = next.state
              found.row.known ||= verified
              return { ended, known, cookie: next && writeDeviceCookie([next.value]) }
            }
            const { state, value } = freshValue(null, null, random())
            rows.set(value.series, { state, known: verified, ended: false })
            return { ended, known, cookie: writeDeviceCookie([value]) }
          },
        })
      }),
      { numRuns: 2000 },
    )
  })

  function answer(
    state: ValueState,
    { value, standing }: { value: DeviceValue; standing: Standing },
    verified: boolean,
  ) {
    if (verified) return freshValue(state, { value, standing }, random())
    return standing === 'current' || standing === 'replaced' ? renewedValue(state, { value, standing }, token()) : null
  }
})
