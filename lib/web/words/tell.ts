import type { Locale } from '../../i18n/locales'
import { formatDay, translator } from '../../i18n/translate'
import type { HelpLine } from '../../identity/tenant/types'
import type { UserType } from '../../identity/user/types'

interface Told {
  tenant: string
  link: string
  /** The last day on which it can be put off, as `2026-12-24`; empty where none is set (P8). */
  days: Record<UserType, string>
  help: HelpLine | null
}

/** What people are told before the switch: with the day, where one is set, and where to get help (X9). */
export function tellText(locale: Locale, { tenant, link, days, help }: Told): string {
  const t = translator(locale)
  const types = (['team', 'end'] as const).filter((type) => isDay(days[type]))
  const [one] = types
  const day = (type: UserType) => formatDay(locale, days[type])
  const due =
    one === undefined
      ? []
      : types.length > 1 && days.team === days.end
        ? [t('advanced.tellBy', { day: day(one) })]
        : types.map((type) => t('advanced.tellByType', { type: t(`userType.${type}`), day: day(type) }))
  const where = help === null ? [] : [help.text, ...(help.link === null ? [] : [hrefInWords(help.link)])]
  return [
    t('advanced.tellText', { tenant }),
    ...(due.length === 0 ? [] : [due.join('\n')]),
    t('advanced.tellNever'),
    ...(where.length === 0 ? [] : [[t('help.where'), ...where.filter((line) => line !== '')].join('\n')]),
    t('advanced.tellLink', { link }),
  ].join('\n\n')
}

/** What a form or an address says need be no day. */
function isDay(text: string): boolean {
  return /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(`${text}T00:00:00Z`))
}

function hrefInWords({ href, shown }: { href: string; shown: string }): string {
  return href.startsWith('https:') ? href : shown
}
