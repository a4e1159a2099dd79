import { createFormatter, createTranslator } from 'use-intl/core'
import { LOCALES, type Locale } from './locales'
import de from './messages/de.json' with { type: 'json' }
import en from './messages/en.json' with { type: 'json' }
import ja from './messages/ja.json' with { type: 'json' }
import ko from './messages/ko.json' with { type: 'json' }

export type Messages = typeof en
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

/** `short` in tables and beside labels, `long` within a sentence. */
const TIME_STYLES = {
  short: { dateStyle: 'medium', timeStyle: 'short' },
  long: { year: 'numeric', month: 'long', day: 'numeric', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' },
} as const

/** Date and time as the reader's language writes them, always in UTC, which is named: the reader's zone is not known. */
export function formatTime(locale: Locale, date: Date, style: keyof typeof TIME_STYLES = 'short'): string {
  const formatter = formatters.get(locale) ?? createFormatter({ locale, timeZone: 'UTC' })
  return formatter.dateTime(date, { ...TIME_STYLES[style], timeZone: 'UTC' }).concat(' UTC')
}
