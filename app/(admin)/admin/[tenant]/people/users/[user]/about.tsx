import { Badge } from '@/components/ui/badge'
import { Card } from '@/components/ui/card'
import { DefinitionList } from '@/components/ui/definition-list'
import { LOCALE_NAMES, localeOf } from '@/lib/i18n/locales'
import type { PersonPageView } from '@/lib/web/loaders/people'
import type { Reader } from '@/lib/web/words/reader'
import { StatusBadge } from '../status-badge'

/** Who somebody is here, and how they last signed in. */
export function About({ view, text: { t, time } }: { view: PersonPageView; text: Reader }) {
  const { role, coverage, security, relation, person } = view.view
  const locale = localeOf(person.locale)
  const when = (date: Date | null) => (date === null ? t('people.never') : time(date))
  return (
    <Card
      title={t('person.about')}
      aside={relation === 'self' ? <Badge variant="info" label={t('people.you')} /> : undefined}
    >
      <DefinitionList
        items={[
          { term: t('people.role'), value: t(`role.${role}`) },
          { term: t('people.statusName'), value: <StatusBadge status={coverage.state} t={t} /> },
          ...(security === null
            ? []
            : [
                { term: t('invite.language'), value: locale === null ? t('act.noLanguage') : LOCALE_NAMES[locale] },
                { term: t('person.since'), value: time(security.createdAt) },
                { term: t('people.lastSignIn'), value: when(security.lastSignInAt) },
                { term: t('person.lastFactor'), value: when(security.lastSecondFactorAt) },
              ]),
        ]}
      />
    </Card>
  )
}
