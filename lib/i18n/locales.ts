export const LOCALES = ['en', 'de', 'ja', 'ko'] as const
export type Locale = (typeof LOCALES)[number]
export const DEFAULT_LOCALE: Locale = 'en'

/** Each language by its own name. */
export const LOCALE_NAMES: Record<Locale, string> = { en: 'English', de: 'Deutsch', ja: '日本語', ko: '한국어' }

export function localeOf(tag: string | null | undefined): Locale | null {
  const language = tag?.trim().toLowerCase().split(/[-_]/)[0]
  return LOCALES.find((locale) => locale === language) ?? null
}

/** The best of ours for an Accept-Language header (RFC 9110 12.5.4); English when none fits. */
export function negotiate(header: string | null): Locale {
  const wanted = (header ?? '')
    .slice(0, 500)
    .split(',')
    .map((part, index) => {
      const [tag = '', ...parameters] = part.split(';')
      const q = parameters.map((each) => each.trim().match(/^q=([01](?:\.\d{0,3})?)$/)?.[1]).find(Boolean)
      return { locale: localeOf(tag), quality: q === undefined ? 1 : Number(q), index }
    })
    .filter((each) => each.locale !== null && each.quality > 0)
    .sort((a, b) => b.quality - a.quality || a.index - b.index)
  return wanted[0]?.locale ?? DEFAULT_LOCALE
}
