import type { Metadata } from 'next'
import { Console } from '@/app/console'
import { BackToSteps } from '@/app/first-steps'
import { NotHere } from '@/app/not-here'
import { Alert } from '@/components/ui/alert'
import { Badge } from '@/components/ui/badge'
import { Card } from '@/components/ui/card'
import { CheckboxField } from '@/components/ui/checkbox-field'
import { FieldGroup } from '@/components/ui/field-group'
import { ActionForm } from '@/components/ui/form'
import { PageHeader } from '@/components/ui/heading'
import { Shares } from '@/components/ui/progress'
import { SubmitButton } from '@/components/ui/submit-button'
import { Tabs } from '@/components/ui/tabs'
import { TextField } from '@/components/ui/text-field'
import { TextLink } from '@/components/ui/text-link'
import { progressOf } from '@/lib/coverage/rules'
import { formatDay } from '@/lib/i18n/translate'
import { lastDayOf } from '@/lib/identity/policy/rules'
import type { FactorKind } from '@/lib/identity/policy/types'
import type { UserType } from '@/lib/identity/user/types'
import { BOXED_KINDS } from '@/lib/web/forms/policy'
import { loadAuthentication } from '@/lib/web/loaders/security'
import { requirementPath } from '@/lib/web/paths'
import { sharesOf } from '@/lib/web/words/coverage'
import { reader } from '@/lib/web/words/reader'
import { GenerateReport } from '../reports/generate-report'
import { saveRequirement } from './actions'
import { FloorNotes } from './floor-notes'
import { Preview } from './preview-card'
import { Reminders } from './reminders'
import { advancedTabs } from './tabs'
import { TellPeople } from './tell-people'
import { TwoFactorSwitch } from './two-factor-switch'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await reader()).t('advanced.title') }
}

export default async function AdvancedPage({
  params,
  searchParams,
}: {
  params: Promise<{ tenant: string }>
  searchParams: Promise<Record<string, string | string[] | undefined>>
}) {
  const text = await reader()
  const { t } = text
  const { tenant } = await params
  const search = await searchParams
  const view = await loadAuthentication(tenant, search)
  if (view === null) return <NotHere />
  const { policy } = view.view
  const { draft, preview } = view
  const resumed = view.steppedUp && draft !== null && search.look === undefined
  const ticked = draft?.required ?? { team: policy.team.required, end: policy.end.required }
  const isAllowed = (type: UserType, kind: FactorKind) => (draft?.kinds?.[type] ?? policy[type].kinds).includes(kind)
  const here = requirementPath(tenant)
  const { lastDays, daysLeft } = view
  const hintOf = (type: UserType) => {
    const day = daysLeft[type]
    if (day === null) return t(`advanced.requireHint.${type}`)
    return t(`advanced.requireHintBy.${type}`, { day: formatDay(text.locale, day) })
  }
  const dayOf = (type: UserType) => {
    const { deadline } = policy[type]
    return draft?.deadlines?.[type] ?? (deadline === null ? '' : lastDayOf(deadline, view.zone))
  }
  return (
    <Console view={view} current={here}>
      <PageHeader back={<BackToSteps tenant={tenant} />} title={t('advanced.title')} intro={t('advanced.intro')} />
      <Tabs label={t('advanced.tabs')} items={advancedTabs(tenant, 'authentication', t)} />
      <div className="grid grid-cols-[minmax(0,1fr)] gap-6">
        {search.notice === 'saved' ? <Alert tone="positive">{t('advanced.saved')}</Alert> : null}
        {search.notice === 'now_remind' ? <Alert tone="info">{t('reminder.now')}</Alert> : null}
        {search.notice === 'reminded' ? <Alert tone="positive">{t('reminder.begun')}</Alert> : null}
        {search.notice === 'unchanged' ? <Alert tone="info">{t('advanced.unchanged')}</Alert> : null}
        {resumed ? <Alert tone="info">{t('advanced.resumed')}</Alert> : null}
        {view.fixed ? <Alert tone="info">{t('error.partner_in_production')}</Alert> : null}
        {view.view.hasFactor ? null : (
          <Alert tone="attention" title={t('advanced.youFirstTitle')}>
            <p>{t('advanced.youFirst')}</p>
            <p className="mt-2">
              <TextLink href="/account/security">{t('security.turnOnFirst')}</TextLink>
            </p>
          </Alert>
        )}
        {search.notice === 'turned_off' ? <Alert tone="positive">{t('twoFactor.done')}</Alert> : null}
        <TwoFactorSwitch
          tenant={tenant}
          name={view.actor.tenant.tenant.name}
          required={view.turningOff.required}
          isOff={view.turningOff.isOff}
          isUnderWay={view.turningOff.isUnderWay}
          has={view.turningOff.counts.enrolled > 0}
          isKept={view.turningOff.refused !== null}
          t={t}
        />
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
              <FloorNotes floors={policy.floors[type]} settings={['required', 'deadline', 'kinds']} text={text} />
              <div className="grid items-start gap-x-10 gap-y-5 lg:grid-cols-2">
                <Shares {...sharesOf(progressOf(view.coverage.types[type]), policy[type].required, t)} />
                <CheckboxField
                  label={t(`advanced.require.${type}`)}
                  name={`${type}Required`}
                  defaultChecked={ticked[type]}
                  hint={hintOf(type)}
                />
                {lastDays === null ? null : (
                  <TextField
                    label={t(`advanced.deadline.${type}`)}
                    name={`${type}Deadline`}
                    type="date"
                    defaultValue={dayOf(type)}
                    hint={t('advanced.deadlineHint', { last: lastDays[type], zone: view.zone })}
                    short
                  />
                )}
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
              defaultChecked={draft?.endSessions ?? false}
              hint={t('advanced.endSessionsHint')}
            />
            {draft === null || preview === null ? null : (
              <Preview tenant={tenant} draft={draft} counts={preview} t={t} />
            )}
            <div className="flex flex-wrap gap-3">
              <SubmitButton pendingLabel={t('common.working')}>{t('common.save')}</SubmitButton>
              <SubmitButton pendingLabel={t('common.working')} variant="secondary" name="preview" value="1">
                {t('advanced.preview')}
              </SubmitButton>
            </div>
          </div>
        </ActionForm>
        <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-6 xl:grid-cols-2">
          <TellPeople
            slug={tenant}
            tenant={view.actor.tenant.tenant.name}
            link={view.signInUrl}
            days={{ team: dayOf('team'), end: dayOf('end') }}
            help={view.help}
            text={text}
          />
          <Reminders tenant={tenant} view={view.reminders} text={text} />
          <GenerateReport tenant={tenant} t={t} />
        </div>
      </div>
    </Console>
  )
}
