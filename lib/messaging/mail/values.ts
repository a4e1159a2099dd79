import type { Locale } from '../../i18n/locales'
import { formatTime, translator } from '../../i18n/translate'
import { type Kinds, MAIL_FACTORS, type ValueKind, type ValueKinds, type ValuesOf } from './templates'
import { describeUserAgent } from './user-agent'

/** How a value of each kind is read back, undefined for what is none, and how it is shown. */
const KINDS: { [K in ValueKind]: Handling<ValueKinds[K]> } = {
  text: { read: readText, show: (text) => text },
  code: { read: readText, show: (code) => code },
  link: { read: readText, show: (link) => link },
  count: { read: (stored) => (typeof stored === 'number' ? stored : undefined), show: (count) => count },
  time: { read: readTime, show: (time, { locale, zone }) => formatTime(locale, time, 'long', zone) },
  end: {
    read: (stored) => (stored === null ? null : readTime(stored)),
    show: (time, { locale, zone }) => (time === null ? 'none' : formatTime(locale, time, 'long', zone)),
  },
  factor: {
    read: (stored) => MAIL_FACTORS.find((factor) => factor === stored),
    show: (factor, { locale }) => translator(locale)(`mail.factor.${factor}`),
  },
  ip: {
    read: (stored) => (stored === null ? null : readText(stored)),
    show: (ip, { locale }) => ip ?? translator(locale)('mail.common.unknown'),
  },
  userAgent: {
    read: (stored) => (stored === null ? null : readText(stored)),
    show: (userAgent, { locale }) => describeUserAgent(userAgent) ?? translator(locale)('mail.common.unknown'),
  },
}

/** In which language, and in which zone for times (X10). */
export interface ValueReader {
  locale: Locale
  zone: string
}

interface Handling<T> {
  read: (stored: unknown) => T | undefined
  show: (value: T, reader: ValueReader) => string | number
}

function readText(stored: unknown): string | undefined {
  return typeof stored === 'string' ? stored : undefined
}

function readTime(stored: unknown): Date | undefined {
  const time = typeof stored === 'string' ? new Date(stored) : undefined
  return time === undefined || Number.isNaN(time.getTime()) ? undefined : time
}

type Values = Readonly<Record<string, ValueKinds[ValueKind]>>

/** The values of these kinds as JSON; a time is written as ISO 8601. */
export function writeValues(kinds: Kinds, values: Values): string {
  return JSON.stringify(values, Object.keys(kinds))
}

/** What `writeValues` wrote; null when it holds something else. */
export function readValues<K extends Kinds>(kinds: K, text: string): ValuesOf<K> | null {
  const stored: unknown = JSON.parse(text)
  if (typeof stored !== 'object' || stored === null) return null
  const fields = new Map(Object.entries(stored))
  const values = Object.entries(kinds).map(([name, kind]) => [name, KINDS[kind].read(fields.get(name))] as const)
  return values.some(([, value]) => value === undefined) ? null : (Object.fromEntries(values) as ValuesOf<K>)
}

/** The values as sentences name them. */
export function showValues(kinds: Kinds, values: Values, reader: ValueReader): Record<string, string | number> {
  const shown = Object.entries(kinds).map(([name, kind]) => {
    const value = values[name]
    if (value === undefined) throw new Error(`a message without its value ${name}`)
    return [name, show(kind, value, reader)] as const
  })
  return Object.fromEntries(shown)
}

function show<K extends ValueKind>(kind: K, value: ValueKinds[K], reader: ValueReader): string | number {
  return KINDS[kind].show(value, reader)
}
