import type { Metadata } from 'next'
import { Console } from '@/app/console'
import { NotHere } from '@/app/not-here'
import { Alert } from '@/components/ui/alert'
import { Card } from '@/components/ui/card'
import { ActionForm } from '@/components/ui/form'
import { PageHeader } from '@/components/ui/heading'
import { SelectField } from '@/components/ui/select-field'
import { SubmitButton } from '@/components/ui/submit-button'
import { Tabs } from '@/components/ui/tabs'
import { TextField } from '@/components/ui/text-field'
import { MAX_HELP_TEXT } from '@/lib/administration/company/rules'
import { isZone, ZONES } from '@/lib/core/kernel/zones'
import { loadCompany } from '@/lib/web/loaders/security'
import { requirementPath } from '@/lib/web/paths'
import { reader } from '@/lib/web/words/reader'
import { ValidFor } from '../../../people/invitations/valid-for'
import { saveCompany, saveHelp, saveInvitationDays, saveStartPage } from '../actions'
import { advancedTabs } from '../tabs'
import { AccentCard } from './accent-card'
import { LogoCard } from './logo-card'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await reader()).t('advanced.title') }
}

/** The company as a whole: zone (X10), start page, help, logo (X9), accent (X6), validity of invitations (R10). */
export default async function CompanyPage({
  params,
  searchParams,
}: {
  params: Promise<{ tenant: string }>
  searchParams: Promise<{
    notice?: string
    zone?: string
    start?: string
    days?: string
    help?: string
    helpUrl?: string
    logo?: string
    accent?: string
  }>
}) {
  const text = await reader()
  const { t } = text
  const { tenant } = await params
  const view = await loadCompany(tenant)
  if (view === null) return <NotHere />
  const { notice, zone, start, days, help, helpUrl, logo, accent } = await searchParams
  const resumed = view.steppedUp && zone !== undefined && isZone(zone)
  const options = [...new Set([view.zone, ...ZONES])].map((each) => ({ value: each, label: each }))
  return (
    <Console view={view} current={requirementPath(tenant)}>
      <PageHeader title={t('advanced.title')} intro={t('company.intro')} />
      <Tabs label={t('advanced.tabs')} items={advancedTabs(tenant, 'company', t)} />
      <div className="grid grid-cols-[minmax(0,1fr)] gap-6">
        {notice === 'saved' ? <Alert tone="positive">{t('zone.saved')}</Alert> : null}
        {notice === 'start' ? <Alert tone="positive">{t('company.startSaved')}</Alert> : null}
        {notice === 'days' ? <Alert tone="positive">{t('company.invitesSaved')}</Alert> : null}
        {notice === 'help' ? <Alert tone="positive">{t('company.helpSaved')}</Alert> : null}
        {notice === 'logo' ? <Alert tone="positive">{t('company.logoSaved')}</Alert> : null}
        {notice === 'no_logo' ? <Alert tone="positive">{t('company.logoRemoved')}</Alert> : null}
        {notice === 'accent' ? <Alert tone="positive">{t('company.accentSaved')}</Alert> : null}
        {notice === 'unchanged' ? <Alert tone="info">{t('advanced.unchanged')}</Alert> : null}
        {resumed ? <Alert tone="info">{t('advanced.resumed')}</Alert> : null}
        <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-6 xl:grid-cols-2">
          <Card title={view.actor.tenant.tenant.name} intro={t('zone.companyIntro')}>
            <ActionForm action={saveCompany} hidden={{ tenant }}>
              <SelectField
                label={t('zone.title')}
                name="zone"
                hint={t('zone.companyHint')}
                options={options}
                defaultValue={resumed ? zone : view.zone}
              />
              <div>
                <SubmitButton pendingLabel={t('common.working')}>{t('common.save')}</SubmitButton>
              </div>
            </ActionForm>
          </Card>
          <Card title={t('company.startTitle')}>
            <ActionForm action={saveStartPage} hidden={{ tenant }}>
              <TextField
                label={t('company.startLabel')}
                name="start"
                type="url"
                hint={t('company.startHint')}
                autoComplete="off"
                maxLength={300}
                defaultValue={(view.steppedUp ? start : undefined) ?? view.startUrl ?? ''}
              />
              <div>
                <SubmitButton pendingLabel={t('common.working')}>{t('company.startSave')}</SubmitButton>
              </div>
            </ActionForm>
          </Card>
          <Card title={t('company.helpTitle')} intro={t('company.helpIntro')}>
            <ActionForm action={saveHelp} hidden={{ tenant }}>
              <TextField
                label={t('company.helpLabel')}
                name="help"
                hint={t('company.helpHint')}
                autoComplete="off"
                maxLength={MAX_HELP_TEXT}
                defaultValue={(view.steppedUp ? help : undefined) ?? view.helpText ?? ''}
              />
              <TextField
                label={t('company.helpUrlLabel')}
                name="helpUrl"
                hint={t('company.helpUrlHint')}
                autoComplete="off"
                maxLength={300}
                defaultValue={(view.steppedUp ? helpUrl : undefined) ?? view.helpUrl ?? ''}
              />
              <div>
                <SubmitButton pendingLabel={t('common.working')}>{t('company.helpSave')}</SubmitButton>
              </div>
            </ActionForm>
          </Card>
          <LogoCard tenant={tenant} view={view} problem={logo} t={t} />
          <AccentCard tenant={tenant} view={view} typed={view.steppedUp ? accent : undefined} t={t} />
          <Card title={t('company.invitesTitle')}>
            <ActionForm action={saveInvitationDays} hidden={{ tenant }}>
              <ValidFor
                deadline={view.invitations.deadline}
                days={view.invitations.usualDays}
                typed={view.steppedUp ? days : undefined}
                hint={t('company.invitesHint')}
                text={text}
              />
              <div>
                <SubmitButton pendingLabel={t('common.working')}>{t('company.invitesSave')}</SubmitButton>
              </div>
            </ActionForm>
          </Card>
        </div>
      </div>
    </Console>
  )
}
