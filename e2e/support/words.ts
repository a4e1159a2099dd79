import { readFileSync } from 'node:fs'
import { createTranslator } from 'use-intl/core'
import { LOCALES, type Locale } from '../../lib/i18n/locales'
import type en from '../../lib/i18n/messages/en.json'

function create(locale: Locale) {
  const file = new URL(`../../lib/i18n/messages/${locale}.json`, import.meta.url)
  const messages: typeof en = JSON.parse(readFileSync(file, 'utf8'))
  return createTranslator<typeof en>({ locale, messages, timeZone: 'UTC' })
}

/** What the pages say, in one language. */
export type Words = ReturnType<typeof create>

const made = new Map(LOCALES.map((locale) => [locale, create(locale)]))

export function wordsOf(locale: Locale): Words {
  return made.get(locale) ?? create(locale)
}
