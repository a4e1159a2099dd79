import type { Metadata } from 'next'
import { Console } from '@/app/console'
import { NotHere } from '@/app/not-here'
import { Alert } from '@/components/ui/alert'
import { Card } from '@/components/ui/card'
import { CheckboxField } from '@/components/ui/checkbox-field'
import { ActionForm, FormDisclosure } from '@/components/ui/form'
import { PageHeader } from '@/components/ui/heading'
import { SubmitButton } from '@/components/ui/submit-button'
import { Tabs } from '@/components/ui/tabs'
import { TextField } from '@/components/ui/text-field'
import { TRUST_CEILING_DAYS, TRUST_FLOOR_DAYS } from '@/lib/identity/policy/rules'
import { loadDeviceRules } from '@/lib/web/loaders/security'
import { requirementPath } from '@/lib/web/paths'
import { reader } from '@/lib/web/words/reader'
import { forgetDevicesOfAll, forgetDevicesOfOne, saveDeviceRules } from '../actions'
import { FloorNotes } from '../floor-notes'
import { advancedTabs } from '../tabs'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await reader()).t('advanced.title') }
}

const DEFAULT_DAYS = '30'
const NOTICES = ['saved', 'unchanged', 'all_forgotten', 'one_forgotten'] as const

type Search = {
  notice?: string
  forget?: string
  team?: string
  teamDays?: string
  end?: string
  endDays?: string
  verification?: string
  person?: string
}

export default async function DeviceRulesPage({
  params,
  searchParams,
}: {
  params: Promise<{ tenant: string }>
  searchParams: Promise<Search>
}) {
  const text = await reader()
  const { t } = text
  const { tenant } = await params
  const view = await loadDeviceRules(tenant)
  if (view === null) return <NotHere />
  const search = await searchParams
  const { policy } = view
  const resumed = view.steppedUp && search.team !== undefined && search.end !== undefined
  const notice = NOTICES.find((each) => each === search.notice)
  const here = requirementPath(tenant)
  const allowed = (type: 'team' | 'end') => (resumed ? search[type] === '1' : policy[type].trustDays > 0)
  const days = (type: 'team' | 'end') => {
    const draft = resumed ? search[`${type}Days`] : undefined
    return draft ?? (policy[type].trustDays > 0 ? String(policy[type].trustDays) : DEFAULT_DAYS)
  }
  const company = view.actor.tenant.tenant.name
  return (
    <Console view={view} current={here}>
      <PageHeader title={t('advanced.title')} intro={t('advanced.devicesIntro')} />
      <Tabs label={t('advanced.tabs')} items={advancedTabs(tenant, 'devices', t)} />
      <div className="grid grid-cols-[minmax(0,1fr)] gap-6">
        {notice ? (
          <Alert tone={notice === 'unchanged' ? 'info' : 'positive'}>{t(`advanced.deviceNotice.${notice}`)}</Alert>
        ) : null}
        {resumed ? <Alert tone="info">{t('advanced.resumed')}</Alert> : null}
        <ActionForm action={saveDeviceRules} hidden={{ tenant, version: String(policy.version) }}>
          <div className="grid grid-cols-[minmax(0,1fr)] gap-6 xl:grid-cols-2">
            {(['team', 'end'] as const).map((type) => (
              <Card key={type} title={t(`userType.${type}`)}>
                <div className="grid gap-5">
                  <FloorNotes floors={policy.floors[type]} settings={['trustDays']} text={text} />
                  <CheckboxField
                    label={t(`advanced.trust.${type}`)}
                    name={`${type}Trust`}
                    defaultChecked={allowed(type)}
                    hint={t('advanced.trustHint')}
                  />
                  <TextField
                    label={t(`advanced.trustDays.${type}`)}
                    name={`${type}Days`}
                    type="number"
                    inputMode="numeric"
                    min={TRUST_FLOOR_DAYS}
                    max={TRUST_CEILING_DAYS}
                    defaultValue={days(type)}
                    hint={t('advanced.trustDaysHint', { least: TRUST_FLOOR_DAYS, most: TRUST_CEILING_DAYS })}
                    short
                  />
                  {type === 'end' ? (
                    <CheckboxField
                      label={t('advanced.verification')}
                      name="endVerification"
                      defaultChecked={resumed ? search.verification === '1' : policy.end.deviceVerification}
                      hint={t('advanced.verificationHint')}
                    />
                  ) : (
                    <p className="text-sm text-ink-muted">{t('advanced.verificationTeam')}</p>
                  )}
                </div>
              </Card>
            ))}
          </div>
          <div className="grid gap-3">
            <p className="text-sm text-ink-muted">{t('advanced.trustReach')}</p>
            <div>
              <SubmitButton pendingLabel={t('common.working')}>{t('common.save')}</SubmitButton>
            </div>
          </div>
        </ActionForm>
        <Card title={t('advanced.forgetTitle')} intro={t('advanced.forgetIntro')} tone="danger">
          <div className="grid gap-5">
            <ActionForm action={forgetDevicesOfOne} hidden={{ tenant }}>
              <FormDisclosure summary={t('advanced.forgetOne')} open={search.person !== undefined}>
                <TextField
                  label={t('common.email')}
                  name="email"
                  type="email"
                  inputMode="email"
                  autoComplete="off"
                  defaultValue={search.person}
                  hint={t('advanced.forgetOneHint')}
                  required
                />
                <div>
                  <SubmitButton variant="danger" size="sm">
                    {t('advanced.forgetOneDo')}
                  </SubmitButton>
                </div>
              </FormDisclosure>
            </ActionForm>
            <ActionForm action={forgetDevicesOfAll} hidden={{ tenant }}>
              <FormDisclosure summary={t('advanced.forgetAll', { tenant: company })} open={search.forget === 'all'}>
                <p className="text-sm text-ink-muted">{t('advanced.forgetAllHint', { tenant: company })}</p>
                <div>
                  <SubmitButton variant="danger" size="sm">
                    {t('advanced.forgetAllDo')}
                  </SubmitButton>
                </div>
              </FormDisclosure>
            </ActionForm>
          </div>
        </Card>
      </div>
    </Console>
  )
}
