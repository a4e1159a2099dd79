import type { Metadata } from 'next'
import { Console } from '@/app/console'
import { Badge } from '@/components/ui/badge'
import { Card, Row } from '@/components/ui/card'
import { PageHeader } from '@/components/ui/heading'
import { LinkButton } from '@/components/ui/link-button'
import { TextLink } from '@/components/ui/text-link'
import { loadAccount } from '@/lib/web/loaders/account'
import { consolePath } from '@/lib/web/paths'
import { securityState } from '@/lib/web/words/coverage'
import { reader } from '@/lib/web/words/reader'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await reader()).t('account.title') }
}

export default async function AccountPage() {
  const { t } = await reader()
  const view = await loadAccount()
  const { person, home } = view.actor
  const guestOf = person.memberships.filter((each) => each.tenant.id !== home.tenant.id && !each.suspended)
  const state = securityState(view.security)
  return (
    <Console view={view} current="/account">
      <PageHeader title={t('account.hello', { name: person.name })} intro={t(`account.state.${state.sentence}`)} />
      <Card
        title={t('account.signInTitle')}
        aside={<Badge variant={state.badge} label={t(`account.badge.${state.word}`)} />}
        flush
        footer={<LinkButton href="/account/security">{t('account.manage')}</LinkButton>}
      >
        <Row title={t('common.email')} note={person.email} />
        <Row title={t('account.company')} note={home.tenant.name} />
        <Row title={t('account.role')} note={t(`role.${home.role}`)} />
        {guestOf.map(({ tenant, userType }) => (
          <Row
            key={tenant.id}
            title={t('account.guest')}
            note={
              userType === 'team' ? <TextLink href={consolePath(tenant.slug)}>{tenant.name}</TextLink> : tenant.name
            }
          />
        ))}
      </Card>
    </Console>
  )
}
