import { describe, expect, test } from 'vitest'
import { hours, later } from '../core/kernel/time'
import { LOCALES } from './locales'
import { formatDistance, formatTime, translator } from './translate'

describe('translator', () => {
  test('X1: says the same thing in each language', () => {
    const said = LOCALES.map((locale) => translator(locale)('common.signOut'))
    expect(said[0]).toBe('Sign out')
    expect(new Set(said).size).toBe(LOCALES.length)
  })

  test('X1: counts as each language does', () => {
    const left = (locale: (typeof LOCALES)[number], count: number) => translator(locale)('codes.left', { count })
    expect([0, 1, 2].map((count) => left('en', count))).toEqual(['0 left', '1 left', '2 left'])
    for (const locale of LOCALES)
      for (const count of [0, 1, 2, 10]) expect(left(locale, count)).toContain(String(count))
  })

  test('a value is put in as text, never as markup or as a message of its own', () => {
    const name = '<b>{count}</b> {minutes, plural, other {#}}'
    expect(translator('en')('account.hello', { name })).toBe(`Hello, ${name}`)
  })

  test('N43: a name written from right to left does not turn the words around it', () => {
    const said = translator('en')('account.hello', { name: 'דנה 12' })
    expect(said).toBe('Hello, \u2068דנה 12\u2069')
    expect(translator('en')('account.hello', { name: 'Dana' })).toBe('Hello, Dana')
  })

  test('a key that is not there, or a value that is missing, throws instead of showing a key', () => {
    const t = translator('en') as unknown as (key: string, values?: object) => string
    expect(() => t('error.no_such_code')).toThrow('MISSING_MESSAGE')
    expect(() => t('account.hello')).toThrow()
  })
})

describe('formatTime', () => {
  const at = new Date('2026-11-20T21:05:00.000Z')

  test.each([
    ['en', /^Nov 20, 2026, 9:05 PM UTC$/],
    ['de', /^20\.11\.2026, 21:05 UTC$/],
    ['ja', /^2026\/11\/20 21:05 UTC$/],
    // Node 20 and 24 differ in the word.
    ['ko', /^2026\. 11\. 20\. (오후|PM) 9:05 UTC$/],
  ] as const)('X1: in %s it is %s, with its zone', (locale, text) => {
    expect(formatTime(locale, at).replace(/\s/g, ' ')).toMatch(text)
  })

  test.each([
    ['en', 'Europe/Berlin', /^Nov 20, 2026, 10:05 PM GMT\+1$/],
    ['de', 'Europe/Berlin', /^20\.11\.2026, 22:05 MEZ$/],
    ['ja', 'Asia/Tokyo', /^2026\/11\/21 6:05 JST$/],
    ['ko', 'Asia/Seoul', /^2026\. 11\. 21\. (오전|AM) 6:05 GMT\+9$/],
  ] as const)('X10: in %s and %s it is %s', (locale, zone, text) => {
    expect(formatTime(locale, at, 'short', zone).replace(/\s/g, ' ')).toMatch(text)
  })

  test('X10: the zone is named as it is called on that day', () => {
    const summer = new Date('2026-07-20T21:05:00.000Z')
    expect(formatTime('de', summer, 'short', 'Europe/Berlin')).toBe('20.07.2026, 23:05 MESZ')
  })

  test.each([
    ['en', 3, '3 hours ago'],
    ['de', 3, 'vor 3 Stunden'],
    ['ja', 3, '3 時間前'],
    ['ko', 3, '3시간 전'],
    ['en', -3, 'in 3 hours'],
  ] as const)('X10: how far it is from now: %s %i', (locale, past, text) => {
    expect(formatDistance(locale, at, later(at, hours(past)))).toBe(text)
  })

  test('is UTC whatever the zone of the server', () => {
    const zone = process.env.TZ
    process.env.TZ = 'Pacific/Kiritimati'
    try {
      expect(formatTime('de', at)).toContain('20.11.2026, 21:05')
    } finally {
      if (zone === undefined) delete process.env.TZ
      else process.env.TZ = zone
    }
  })
})
