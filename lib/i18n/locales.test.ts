import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { DEFAULT_LOCALE, LOCALE_NAMES, LOCALES, localeOf, negotiate } from './locales'

describe('negotiate (RFC 9110 12.5.4)', () => {
  test.each([
    [null, 'en'],
    ['', 'en'],
    ['de', 'de'],
    ['DE-at', 'de'],
    ['ja-JP', 'ja'],
    ['ko_KR', 'ko'],
    ['fr', 'en'],
    ['fr, ja', 'ja'],
    ['de-DE,de;q=0.9,en-US;q=0.8,en;q=0.7', 'de'],
    ['en;q=0.5, ko;q=0.8, ja;q=0.7', 'ko'],
    ['ja;q=0.7, ko;q=0.7', 'ja'],
    ['en;q=0.3,de;q=0.30,ja;q=0.301', 'ja'],
    ['de;q=0', 'en'],
    ['de;q=0.000, ko;q=0.1', 'ko'],
    ['en;q=0, ja;q=0.1', 'ja'],
    ['de ; q=0.1 , ja ; q=0.2', 'ja'],
    ['*', 'en'],
    ['*;q=0.5, ko;q=0.1', 'ko'],
    ['deutsch', 'en'],
    ['jap', 'en'],
    [';;;,,,q=1', 'en'],
    ['de;q=much', 'de'],
    ['de;level=1;q=0.2, ja;q=0.3', 'ja'],
  ])('X1: %j gives %s', (header, locale) => {
    expect(negotiate(header)).toBe(locale)
  })

  test('X1: whatever a browser sends, the answer is a language of ours', () => {
    const part = fc.oneof(fc.string({ maxLength: 12 }), fc.constantFrom('de', 'ja;q=0.4', 'ko;q=', '*;q=0', 'en-GB'))
    fc.assert(
      fc.property(fc.array(part, { maxLength: 40 }), (parts) => {
        expect(LOCALES).toContain(negotiate(parts.join(',')))
      }),
      { numRuns: 500 },
    )
  })

  test('X1: the language with the highest weight wins, the first named of equal ones', () => {
    const preference = fc.record({
      locale: fc.constantFrom(...LOCALES),
      thousandths: fc.integer({ min: 0, max: 1000 }),
    })
    fc.assert(
      fc.property(fc.array(preference, { maxLength: 8 }), (preferences) => {
        const header = preferences
          .map(({ locale, thousandths }) => `${locale};q=${(thousandths / 1000).toFixed(3)}`)
          .join()
        const best = Math.max(0, ...preferences.map((each) => each.thousandths))
        const first = best === 0 ? undefined : preferences.find((each) => each.thousandths === best)
        expect(negotiate(header)).toBe(first?.locale ?? DEFAULT_LOCALE)
      }),
      { numRuns: 500 },
    )
  })

  test('ASVS 15.2.2: what stands beyond 500 characters is not read', () => {
    expect(negotiate(`${'x,'.repeat(249)}de`)).toBe('de')
    expect(negotiate(`${'x,'.repeat(250)}de`)).toBe('en')
    expect(negotiate(`ko;q=0.1,${'x'.repeat(1_000_000)}`)).toBe('ko')
  })
})

describe('localeOf', () => {
  test.each([
    ['de', 'de'],
    [' de ', 'de'],
    ['de-CH-1996', 'de'],
    ['EN_us', 'en'],
    ['', null],
    [null, null],
    [undefined, null],
    ['xx', null],
    ['deu', null],
    ['../de', null],
    ['__proto__', null],
    ['constructor', null],
  ])('X1: the tag %j is %s', (tag, locale) => {
    expect(localeOf(tag)).toBe(locale)
  })
})

test('X1: each language is named in itself', () => {
  expect(LOCALES).toEqual(['en', 'de', 'ja', 'ko'])
  for (const locale of LOCALES) {
    expect(LOCALE_NAMES[locale]).toBe(new Intl.DisplayNames([locale], { type: 'language' }).of(locale))
  }
})
