import type { Metadata } from 'next'
import { Console } from '@/app/console'
import { NotHere } from '@/app/not-here'
import { Alert } from '@/components/ui/alert'
import { Badge } from '@/components/ui/badge'
import { Card } from '@/components/ui/card'
import { CheckboxField, FieldGroup, SubmitButton } from '@/components/ui/field'
import { ActionForm } from '@/components/ui/form'
import { PageHeader } from '@/components/ui/heading'
import { Progress } from '@/components/ui/progress'
import { Tabs } from '@/components/ui/tabs'
import { TextLink } from '@/components/ui/text-link'
import type { FactorKind } from '@/lib/policy/types'
import type { UserType } from '@/lib/user/types'
import { loadAuthentication } from '@/lib/web/loaders'
import { BOXED_KINDS } from '@/lib/web/policy'
import { reader } from '@/lib/web/text'
import { saveRequirement } from './actions'
import { advancedTabs } from './tabs'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await reader()).t('advanced.title') }
}

type Search = {
  notice?: string
  team?: string
  end?: string
  sessions?: string
  teamKinds?: string
  endKinds?: string
}

export default async function AdvancedPage({
  params,
  searchParams,
}: {
  params: Promise<{ tenant: string }>
  searchParams: Promise<Search>
}) {
  const { t } = await reader()
  const { tenant } = await params
  const view = await loadAuthentication(tenant)
  if (view === null) return <NotHere />
  const search = await searchParams
  const { policy, progress } = view.view
  const resumed = view.steppedUp && search.team !== undefined && search.end !== undefined
  const ticked = {
    team: resumed ? search.team === '1' : policy.team.required,
    end: resumed ? search.end === '1' : policy.end.required,
  }
  const wished = { team: search.teamKinds, end: search.endKinds }
  const isAllowed = (type: UserType, kind: FactorKind) =>
    resumed && wished[type] !== undefined ? wished[type].split(' ').includes(kind) : policy[type].kinds.includes(kind)
  const here = `/admin/${tenant}/security/advanced`
  return (
    <Console view={view} current={here}>
      <PageHeader title={t('advanced.title')} intro={t('advanced.intro')} />
      <Tabs label={t('advanced.tabs')} items={advancedTabs(tenant, 'authentication', t)} />
      <div className="grid max-w-2xl grid-cols-[minmax(0,1fr)] gap-6">
        {search.notice === 'saved' ? <Alert tone="positive">{t('advanced.saved')}</Alert> : null}
        {search.notice === 'unchanged' ? <Alert tone="info">{t('advanced.unchanged')}</Alert> : null}
        {resumed ? <Alert tone="info">{t('advanced.resumed')}</Alert> : null}
        {view.view.hasFactor ? null : (
          <Alert tone="attention" title={t('advanced.youFirstTitle')}>
            <p>{t('advanced.youFirst')}</p>
            <p className="mt-2">
              <TextLink href="/account/security">{t('security.turnOnFirst')}</TextLink>
            </p>
          </Alert>
        )}
        <ActionForm action={saveRequirement} hidden={{ tenant, version: String(policy.version), kinds: '1' }}>
          {(['team', 'end'] as const).map((type) => (
            <Card
              key={type}
              title={t(`userType.${type}`)}
              aside={
                <Badge
                  variant={policy[type].required ? 'positive' : 'neutral'}
                  label={policy[type].required ? t('advanced.on') : t('advanced.off')}
                />
              }
            >
              <div className="grid gap-5">
                <Progress
                  label={t('advanced.progressLabel')}
                  value={progress[type].enrolled}
                  max={progress[type].people}
                  text={t('advanced.progress', progress[type])}
                />
                <CheckboxField
                  label={t(`advanced.require.${type}`)}
                  name={`${type}Required`}
                  defaultChecked={ticked[type]}
                  hint={t(`advanced.requireHint.${type}`)}
                />
                <FieldGroup legend={t(`advanced.kinds.${type}`)} hint={t('advanced.kindsHint')}>
                  {BOXED_KINDS.filter((kind) => view.view.kinds.includes(kind)).map((kind) => (
                    <CheckboxField
                      key={kind}
                      name={`${type}_${kind}`}
                      label={t(`factor.${kind}`)}
                      hint={t(kind === 'totp' ? 'enroll.good' : 'enroll.basic')}
                      defaultChecked={isAllowed(type, kind)}
                    />
                  ))}
                </FieldGroup>
              </div>
            </Card>
          ))}
          <div className="grid gap-4">
            <CheckboxField
              label={t('advanced.endSessions')}
              name="endSessions"
              defaultChecked={search.sessions === '1'}
              hint={t('advanced.endSessionsHint')}
            />
            <div>
              <SubmitButton pendingLabel={t('common.working')}>{t('common.save')}</SubmitButton>
            </div>
          </div>
        </ActionForm>
      </div>
    </Console>
  )
}
