import { cache } from 'react'
import { zoneOf } from '../../core/kernel/zones'
import type { Locale } from '../../i18n/locales'
import { localeOf } from '../../i18n/locales'
import { formatDistance, formatTime, type MessageKey, type Translate, translator } from '../../i18n/translate'
import { assured, visitorLocale } from '../gate/guard'
import { deps } from '../server/deps'
import { entranceBrand } from './brand'

/** The reader's language: a signed-in person's setting, else the browser's (X1). */
export const readerLocale = cache(async (): Promise<Locale> => {
  return localeOf((await assured())?.person.locale) ?? (await visitorLocale())
})

export interface Reader {
  locale: Locale
  t: Translate
  /** In the reader's zone, and how far it is from now (X10). */
  time: (date: Date) => string
  /** The same without the distance, for what is printed or kept. */
  date: (date: Date) => string
}

/** In a signed-in person's language and zone, else in the browser's language and in UTC. */
export async function reader(): Promise<Reader> {
  return readerOf(await readerLocale(), (await assured())?.person.timeZone ?? 'UTC')
}

/** The same where nobody is signed in yet: times in the tenant's zone (X10). */
export async function portalReader(): Promise<Reader> {
  const own = (await assured())?.person.timeZone
  return readerOf(await readerLocale(), own ?? zoneOf((await entranceBrand()).brand?.timeZone))
}

/** In the reader's language and another zone than theirs: what several people are to read alike (X11). */
export async function readerIn(zone: string): Promise<Reader> {
  return readerOf(await readerLocale(), zone)
}

/** For whoever was not authenticated yet: asks no database. */
export async function visitorReader(): Promise<Reader> {
  return readerOf(await visitorLocale(), 'UTC')
}

function readerOf(locale: Locale, zone: string): Reader {
  const date = (date: Date) => formatTime(locale, date, 'short', zone)
  const t = translator(locale)
  const time = (at: Date) => t('common.timeAndDistance', { time: date(at), distance: distance(locale, at) })
  return { locale, t, time, date }
}

function distance(locale: Locale, at: Date): string {
  return formatDistance(locale, at, deps().clock.now())
}

export type { MessageKey }
