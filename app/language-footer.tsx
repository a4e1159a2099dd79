import { setLanguage } from '@/app/actions'
import { LanguageMenu } from '@/components/shell/language-menu'
import { LOCALE_NAMES, LOCALES } from '@/lib/i18n/locales'
import { currentPath } from '@/lib/web/gate/guard'
import { reader } from '@/lib/web/words/reader'

export async function LanguageFooter() {
  const { locale, t } = await reader()
  return (
    <LanguageMenu
      label={t('common.language', { language: LOCALE_NAMES[locale] })}
      action={setLanguage}
      current={locale}
      locales={LOCALES.map((value) => ({ value, label: LOCALE_NAMES[value] }))}
      hidden={{ back: await currentPath() }}
    />
  )
}
