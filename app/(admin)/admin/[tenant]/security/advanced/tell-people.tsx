import { SayToldWhileOpen } from '@/app/first-steps'
import { Card } from '@/components/ui/card'
import { CopyButton } from '@/components/ui/copy-button'
import { Disclosure } from '@/components/ui/disclosure'
import { LOCALES } from '@/lib/i18n/locales'
import { translator } from '@/lib/i18n/translate'
import type { HelpLine } from '@/lib/identity/tenant/types'
import type { UserType } from '@/lib/identity/user/types'
import type { Reader } from '@/lib/web/words/reader'
import { tellText } from '@/lib/web/words/tell'

/** Where the first steps lead (X9). */
export const TELL_PEOPLE = 'tell'

/** A text to send before the switch, in every language of the product. */
export function TellPeople({
  slug,
  tenant,
  link,
  days,
  help,
  text: { t, locale },
}: {
  slug: string
  tenant: string
  link: string
  /** The last day on which it can be put off, as `2026-12-24`; empty where none is set (P8). */
  days: Record<UserType, string>
  help: HelpLine | null
  text: Reader
}) {
  const own = [locale, ...LOCALES.filter((each) => each !== locale)]
  return (
    <Card id={TELL_PEOPLE} title={t('advanced.tellTitle')}>
      <div className="grid gap-3">
        <p className="text-sm">{t('advanced.tellIntro')}</p>
        {days.team === '' && days.end === '' ? (
          <p className="text-sm">{t('advanced.tellDay', { preview: t('advanced.preview') })}</p>
        ) : null}
        {own.map((each) => {
          const words = translator(each)
          const message = tellText(each, { tenant, link, days, help })
          return (
            <Disclosure key={each} summary={<span lang={each}>{words('advanced.tellLanguage')}</span>}>
              <p lang={each} className="whitespace-pre-line">
                {message}
              </p>
              <div>
                <CopyButton
                  text={message}
                  label={t('common.copy')}
                  copiedLabel={t('common.copied')}
                  variant="secondary"
                />
              </div>
            </Disclosure>
          )
        })}
        <SayToldWhileOpen tenant={slug} />
      </div>
    </Card>
  )
}
