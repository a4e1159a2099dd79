import { createFormatter, createTranslator } from 'use-intl/core'
import { LOCALES, type Locale } from './locales'
import de from './messages/de.json' with { type: 'json' }
import en from './messages/en.json' with { type: 'json' }
import ja from './messages/ja.json' with { type: 'json' }
import ko from './messages/ko.json' with { type: 'json' }

export type Messages = typeof en
const MESSAGES: Record<Locale, Messages> = { en, de, ja, ko }

const RIGHT_TO_LEFT = /[\p{Script=Arab}\p{Script=Hebr}\p{Script=Syrc}\p{Script=Thaa}\p{Script=Nkoo}\p{Script=Adlm}]/u

/** What is put into a sentence, such as a name, does not turn the words around it (Unicode TR 9: FSI, PDI). */
function isolated(value: unknown): unknown {
  return typeof value === 'string' && RIGHT_TO_LEFT.test(value) ? `\u2068${value}\u2069` : value
}

function isolating<T extends object>(translate: T): T {
  return new Proxy(translate, {
    apply: (target, self, [key, values, ...rest]: unknown[]) => {
      const own = values === undefined ? values : Object.entries(values as object)
      const safe = own && Object.fromEntries(own.map(([name, value]) => [name, isolated(value)]))
      return Reflect.apply(target as never, self, [key, safe, ...rest])
    },
  })
}

function create(locale: Locale) {
  const translate = createTranslator<Messages>({
    locale,
    messages: MESSAGES[locale],
    timeZone: 'UTC',
    onError: (error) => {
      throw error
    },
  })
  return isolating(translate)
}

export type Translate = ReturnType<typeof create>
export type MessageKey = Parameters<Translate>[0]

const translators = new Map(LOCALES.map((locale) => [locale, create(locale)]))
const formatters = new Map<string, ReturnType<typeof createFormatter>>()
const zoneFormats = new Map<string, Intl.DateTimeFormat>()

function formatter(locale: Locale, timeZone: string) {
  const key = `${locale} ${timeZone}`
  const known = formatters.get(key) ?? createFormatter({ locale, timeZone })
  formatters.set(key, known)
  return known
}

export function translator(locale: Locale): Translate {
  return translators.get(locale) ?? create(locale)
}

/** `short` in tables and beside labels, `long` within a sentence. */
const TIME_STYLES = {
  short: { dateStyle: 'medium', timeStyle: 'short' },
  long: { year: 'numeric', month: 'long', day: 'numeric', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' },
} as const

/** Date and time as the reader's language writes them, in this zone, which is named (X10). */
export function formatTime(
  locale: Locale,
  date: Date,
  style: keyof typeof TIME_STYLES = 'short',
  timeZone = 'UTC',
): string {
  const text = formatter(locale, timeZone).dateTime(date, { ...TIME_STYLES[style], timeZone })
  return `${text} ${zoneName(locale, date, timeZone)}`
}

/** A day as `2026-12-24`, with its weekday; of whichever zone it is a day. */
export function formatDay(locale: Locale, day: string): string {
  return formatter(locale, 'UTC').dateTime(new Date(`${day}T00:00:00Z`), { dateStyle: 'full', timeZone: 'UTC' })
}

/** `UTC`, `GMT+1`, or what the language calls it, on that day. */
function zoneName(locale: Locale, date: Date, timeZone: string): string {
  const key = `${locale} ${timeZone}`
  const format = zoneFormats.get(key) ?? new Intl.DateTimeFormat(locale, { timeZone, timeZoneName: 'short' })
  zoneFormats.set(key, format)
  const parts = format.formatToParts(date)
  return parts.find(({ type }) => type === 'timeZoneName')?.value ?? timeZone
}

/** How long ago, or how soon. */
export function formatDistance(locale: Locale, date: Date, now: Date): string {
  return formatter(locale, 'UTC').relativeTime(date, now)
}
