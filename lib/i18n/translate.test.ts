import { describe, expect, test } from 'vitest'
import { LOCALES } from './locales'
import { formatTime, translator } from './translate'

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
