import type { Metadata } from 'next'
import { Console } from '@/app/console'
import { Alert } from '@/components/ui/alert'
import { Badge } from '@/components/ui/badge'
import { Card, Row } from '@/components/ui/card'
import { ActionForm } from '@/components/ui/form'
import { PageHeader } from '@/components/ui/heading'
import { LinkButton } from '@/components/ui/link-button'
import { SelectField } from '@/components/ui/select-field'
import { SubmitButton } from '@/components/ui/submit-button'
import { TextLink } from '@/components/ui/text-link'
import { ZONES } from '@/lib/core/kernel/zones'
import { loadAccountPage } from '@/lib/web/loaders/account'
import { consolePath } from '@/lib/web/paths'
import { securityState } from '@/lib/web/words/coverage'
import { reader } from '@/lib/web/words/reader'
import { saveOwnZone } from './actions'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await reader()).t('account.title') }
}

export default async function AccountPage({ searchParams }: { searchParams: Promise<{ notice?: string }> }) {
  const { t } = await reader()
  const { notice } = await searchParams
  const view = await loadAccountPage()
  const { person, home } = view.actor
  const guestOf = person.memberships.filter((each) => each.tenant.id !== home.tenant.id && !each.suspended)
  const state = securityState(view.security)
  return (
    <Console view={view} current="/account">
      <PageHeader title={t('account.hello', { name: person.name })} intro={t(`account.state.${state.sentence}`)} />
      {notice === 'zone' ? (
        <Alert tone="positive" className="mb-6">
          {t('zone.saved')}
        </Alert>
      ) : null}
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
      <Card title={t('zone.title')} intro={t('zone.ownIntro')} className="mt-6">
        <ActionForm action={saveOwnZone}>
          <SelectField
            label={t('zone.title')}
            hideLabel
            name="zone"
            options={[
              { value: '', label: t('zone.ofCompany', { zone: view.companyZone }) },
              ...[...new Set([...(view.ownZone === null ? [] : [view.ownZone]), ...ZONES])].map((zone) => ({
                value: zone,
                label: zone,
              })),
            ]}
            defaultValue={view.ownZone ?? ''}
          />
          <div>
            <SubmitButton variant="secondary" pendingLabel={t('common.working')}>
              {t('common.save')}
            </SubmitButton>
          </div>
        </ActionForm>
      </Card>
    </Console>
  )
}
