import { createFormatter, createTranslator } from 'use-intl/core'
import { LOCALES, type Locale } from './locales'
import de from './messages/de.json'
import en from './messages/en.json'
import ja from './messages/ja.json'
import ko from './messages/ko.json'

type Messages = typeof en
const MESSAGES: Record<Locale, Messages> = { en, de, ja, ko }

function create(locale: Locale) {
  return createTranslator<Messages>({
    locale,
    messages: MESSAGES[locale],
    timeZone: 'UTC',
    onError: (error) => {
      throw error
    },
  })
}

export type Translate = ReturnType<typeof create>
export type MessageKey = Parameters<Translate>[0]

const translators = new Map(LOCALES.map((locale) => [locale, create(locale)]))
const formatters = new Map(LOCALES.map((locale) => [locale, createFormatter({ locale, timeZone: 'UTC' })]))

export function translator(locale: Locale): Translate {
  return translators.get(locale) ?? create(locale)
}

/** Date and time with zone, as the reader's language writes them. */
export function formatTime(locale: Locale, date: Date): string {
  const formatter = formatters.get(locale) ?? createFormatter({ locale, timeZone: 'UTC' })
  return formatter.dateTime(date, { dateStyle: 'medium', timeStyle: 'short', timeZone: 'UTC' }).concat(' UTC')
}
