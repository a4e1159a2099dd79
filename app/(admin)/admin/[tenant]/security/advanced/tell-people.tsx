import { Card } from '@/components/ui/card'
import { CopyButton } from '@/components/ui/copy-button'
import { Disclosure } from '@/components/ui/disclosure'
import { LOCALES } from '@/lib/i18n/locales'
import { translator } from '@/lib/i18n/translate'
import type { Reader } from '@/lib/web/words/reader'

/** Where the first steps lead (X9). */
export const TELL_PEOPLE = 'tell'

/** A text to send before the switch, in every language of the product. */
export function TellPeople({ tenant, link, text: { t, locale } }: { tenant: string; link: string; text: Reader }) {
  const own = [locale, ...LOCALES.filter((each) => each !== locale)]
  return (
    <Card id={TELL_PEOPLE} title={t('advanced.tellTitle')}>
      <div className="grid gap-3">
        <p className="text-sm">{t('advanced.tellIntro')}</p>
        {own.map((each) => {
          const words = translator(each)
          const message = words('advanced.tellText', { tenant, link })
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
      </div>
    </Card>
  )
}
