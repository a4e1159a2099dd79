import { cache } from 'react'
import type { Locale } from '../../i18n/locales'
import { localeOf } from '../../i18n/locales'
import { formatTime, type MessageKey, type Translate, translator } from '../../i18n/translate'
import { assured, visitorLocale } from '../gate/guard'

/** The reader's language: a signed-in person's setting, else the browser's (X1). */
export const readerLocale = cache(async (): Promise<Locale> => {
  return localeOf((await assured())?.person.locale) ?? (await visitorLocale())
})

export interface Reader {
  locale: Locale
  t: Translate
  time: (date: Date) => string
}

export async function reader(): Promise<Reader> {
  return readerOf(await readerLocale())
}

/** For whoever was not authenticated yet: asks no database. */
export async function visitorReader(): Promise<Reader> {
  return readerOf(await visitorLocale())
}

function readerOf(locale: Locale): Reader {
  return { locale, t: translator(locale), time: (date) => formatTime(locale, date) }
}

export type { MessageKey }
