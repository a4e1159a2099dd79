import { expect, test } from 'vitest'
import { LOCALES } from '../../i18n/locales'
import { translator } from '../../i18n/translate'
import { tellText } from './tell'

const PLAIN = { tenant: 'Acme', link: 'https://id.example.com/sign-in', days: { team: '', end: '' }, help: null }
const HELP = { text: 'IT desk, room 12', link: { href: 'mailto:it@example.com', shown: 'it@example.com' } }

test('X9: the text before the switch names the day in words of each language, where one is set', () => {
  const days = { team: '2026-12-24', end: '2026-12-24' }
  expect(LOCALES.map((locale) => tellText(locale, PLAIN).includes('2026'))).toEqual([false, false, false, false])
  const named: Record<string, string> = {
    en: 'until the end of Thursday, December 24, 2026.',
    de: 'Donnerstag, 24. Dezember 2026',
    ja: '2026年12月24日木曜日',
    ko: '2026년 12월 24일 목요일',
  }
  for (const locale of LOCALES) {
    const text = tellText(locale, { ...PLAIN, days })
    expect(text.split(named[locale] ?? '-')).toHaveLength(2)
  }
})

test('X9: two days are told apart by whom they are for, one of them alone as well', () => {
  const both = tellText('en', { ...PLAIN, days: { team: '2026-12-24', end: '2027-01-15' } })
  expect(both).toContain('Team members: you can put the setup off until the end of Thursday, December 24, 2026.\nEnd')
  expect(both).toContain('until the end of Friday, January 15, 2027.')
  const one = tellText('en', { ...PLAIN, days: { team: '', end: '2027-01-15' } })
  expect(one).toContain('End users: you can put the setup off until the end of Friday, January 15, 2027.')
  expect(one).not.toContain('Team members')
})

test.each(['soon', '2026-13-45', '24.12.2026'])('X9: %j of an address is no day, and the text stays whole', (day) => {
  expect(tellText('en', { ...PLAIN, days: { team: day, end: '' } })).toBe(tellText('en', PLAIN))
})

test('X9: it says where to get help, in the company’s words, before the link', () => {
  for (const locale of LOCALES) {
    const text = tellText(locale, { ...PLAIN, help: HELP })
    const help = `${translator(locale)('help.where')}\nIT desk, room 12\nit@example.com`
    expect(text.split('\n\n').at(-2)).toBe(help)
  }
  const page = { text: '', link: { href: 'https://help.example.com/it', shown: 'help.example.com' } }
  expect(tellText('en', { ...PLAIN, help: page })).toContain('Where to get help\nhttps://help.example.com/it\n')
})
