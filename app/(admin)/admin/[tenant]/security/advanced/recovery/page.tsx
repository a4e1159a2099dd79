import type { Metadata } from 'next'
import { Console } from '@/app/console'
import { NotHere } from '@/app/not-here'
import { Alert } from '@/components/ui/alert'
import { Card } from '@/components/ui/card'
import { CheckboxField } from '@/components/ui/checkbox-field'
import { ActionForm } from '@/components/ui/form'
import { PageHeader } from '@/components/ui/heading'
import { SubmitButton } from '@/components/ui/submit-button'
import { Tabs } from '@/components/ui/tabs'
import { loadRecoveryRules } from '@/lib/web/loaders/security'
import { requirementPath } from '@/lib/web/paths'
import { reader } from '@/lib/web/words/reader'
import { saveRecoveryRules } from '../actions'
import { advancedTabs } from '../tabs'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await reader()).t('advanced.title') }
}

/** Whether codes may be issued for end users (R4). */
export default async function RecoveryRulesPage({
  params,
  searchParams,
}: {
  params: Promise<{ tenant: string }>
  searchParams: Promise<{ notice?: string; end?: string }>
}) {
  const { t } = await reader()
  const { tenant } = await params
  const view = await loadRecoveryRules(tenant)
  if (view === null) return <NotHere />
  const { notice, end } = await searchParams
  const resumed = view.steppedUp && end !== undefined
  return (
    <Console view={view} current={requirementPath(tenant)}>
      <PageHeader title={t('advanced.title')} intro={t('advanced.recoveryIntro')} />
      <Tabs label={t('advanced.tabs')} items={advancedTabs(tenant, 'recovery', t)} />
      <div className="grid grid-cols-[minmax(0,1fr)] gap-6">
        {notice === 'saved' ? <Alert tone="positive">{t('advanced.saved')}</Alert> : null}
        {notice === 'unchanged' ? <Alert tone="info">{t('advanced.unchanged')}</Alert> : null}
        {resumed ? <Alert tone="info">{t('advanced.resumed')}</Alert> : null}
        <ActionForm action={saveRecoveryRules} hidden={{ tenant, version: String(view.version) }}>
          <div className="grid grid-cols-[minmax(0,1fr)] gap-6 xl:grid-cols-2">
            <Card title={t('userType.team')}>
              <p className="text-sm text-ink-muted">{t('advanced.codesForTeam')}</p>
            </Card>
            <Card title={t('userType.end')}>
              <CheckboxField
                label={t('advanced.codesForEnd')}
                name="endCodes"
                defaultChecked={resumed ? end === '1' : view.codesForEndUsers}
                hint={t('advanced.codesForEndHint')}
              />
            </Card>
          </div>
          <div>
            <SubmitButton pendingLabel={t('common.working')}>{t('common.save')}</SubmitButton>
          </div>
        </ActionForm>
      </div>
    </Console>
  )
}
