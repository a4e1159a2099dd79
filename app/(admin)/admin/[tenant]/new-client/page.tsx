import type { Metadata } from 'next'
import { Console } from '@/app/console'
import { NotHere } from '@/app/not-here'
import { Card } from '@/components/ui/card'
import { ActionForm } from '@/components/ui/form'
import { PageHeader } from '@/components/ui/heading'
import { SelectField } from '@/components/ui/select-field'
import { SubmitButton } from '@/components/ui/submit-button'
import { TextField } from '@/components/ui/text-field'
import { TextLink } from '@/components/ui/text-link'
import { LOCALE_NAMES, LOCALES } from '@/lib/i18n/locales'
import { loadNewClient } from '@/lib/web/loaders/clients'
import { clientsPath } from '@/lib/web/paths'
import { reader } from '@/lib/web/words/reader'
import { makeClientOf } from '../clients/actions'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await reader()).t('clients.add') }
}

export default async function NewClientPage({
  params,
  searchParams,
}: {
  params: Promise<{ tenant: string }>
  searchParams: Promise<Record<string, string | string[] | undefined>>
}) {
  const { t, locale } = await reader()
  const { tenant } = await params
  const view = await loadNewClient(tenant)
  if (view === null) return <NotHere />
  const search = await searchParams
  const typed = (name: string) => (typeof search[name] === 'string' ? search[name] : undefined)
  return (
    <Console view={view} current={clientsPath(tenant)}>
      <PageHeader
        title={t('clients.add')}
        intro={t('clients.addIntro', { tenant: view.actor.tenant.tenant.name })}
        actions={<TextLink href={clientsPath(tenant)}>{t('clients.back')}</TextLink>}
      />
      <div className="max-w-3xl">
        <ActionForm action={makeClientOf} hidden={{ tenant }}>
          <Card title={t('clients.company')}>
            <div className="grid gap-4 sm:grid-cols-2">
              <TextField
                label={t('clients.companyName')}
                name="name"
                autoComplete="off"
                maxLength={100}
                defaultValue={typed('name')}
                required
              />
              <TextField
                label={t('clients.slug')}
                hint={t('clients.slugHint')}
                name="slug"
                autoComplete="off"
                maxLength={40}
                defaultValue={typed('slug')}
              />
              <SelectField
                label={t('clients.kind')}
                hint={t('clients.kindHint')}
                name="kind"
                defaultValue={typed('kind') ?? 'customer'}
                options={[
                  { value: 'customer', label: t('clients.kindOf.customer') },
                  { value: 'partner', label: t('clients.kindOf.partner') },
                ]}
              />
              <SelectField
                label={t('clients.stage')}
                hint={t('clients.stageHint')}
                name="stage"
                defaultValue={typed('stage') ?? 'production'}
                options={[
                  { value: 'production', label: t('clients.production') },
                  { value: 'trial', label: t('clients.trial') },
                ]}
              />
            </div>
          </Card>
          <Card title={t('clients.firstOwner')}>
            <p className="mb-4 text-sm">{t('clients.firstOwnerHint')}</p>
            <div className="grid gap-4 sm:grid-cols-2">
              <TextField
                label={t('people.name')}
                name="ownerName"
                autoComplete="off"
                maxLength={100}
                defaultValue={typed('ownerName')}
                required
              />
              <TextField
                label={t('common.email')}
                name="email"
                type="email"
                autoComplete="off"
                maxLength={254}
                defaultValue={typed('email')}
                required
              />
              <SelectField
                label={t('invite.language')}
                name="locale"
                defaultValue={typed('locale') ?? locale}
                options={LOCALES.map((each) => ({ value: each, label: LOCALE_NAMES[each] }))}
              />
            </div>
          </Card>
          <div>
            <SubmitButton pendingLabel={t('common.working')}>{t('clients.make')}</SubmitButton>
          </div>
        </ActionForm>
      </div>
    </Console>
  )
}
