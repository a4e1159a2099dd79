import type { Metadata } from 'next'
import { Console } from '@/app/console'
import { NotHere } from '@/app/not-here'
import { Alert } from '@/components/ui/alert'
import { Badge } from '@/components/ui/badge'
import { Card } from '@/components/ui/card'
import { ActionForm } from '@/components/ui/form'
import { PageHeader } from '@/components/ui/heading'
import { SubmitButton } from '@/components/ui/submit-button'
import { Tabs } from '@/components/ui/tabs'
import { TextField } from '@/components/ui/text-field'
import {
  IDLE_CEILING_MINUTES,
  IDLE_FLOOR_MINUTES,
  LEVEL_LIMITS,
  levelOf,
  SESSION_CEILING_HOURS,
} from '@/lib/identity/policy/rules'
import { loadSessionLimits } from '@/lib/web/loaders/security'
import { requirementPath } from '@/lib/web/paths'
import { reader } from '@/lib/web/words/reader'
import { saveSessionLimits } from '../actions'
import { FloorNotes } from '../floor-notes'
import { advancedTabs } from '../tabs'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await reader()).t('advanced.title') }
}

const [AAL3, AAL2] = LEVEL_LIMITS

/** How long sessions may be idle, and last in all, with the assurance level that the limits keep (SE2). */
export default async function SessionLimitsPage({
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
  const view = await loadSessionLimits(tenant, search)
  if (view === null) return <NotHere />
  const { policy, draft, wanted, ending } = view
  const resumed = view.steppedUp && draft !== null && search.look === undefined
  const looked = draft !== null && search.look !== undefined && ending !== null
  return (
    <Console view={view} current={requirementPath(tenant)}>
      <PageHeader title={t('advanced.title')} intro={t('limits.intro')} />
      <Tabs label={t('advanced.tabs')} items={advancedTabs(tenant, 'sessions', t)} />
      <div className="grid grid-cols-[minmax(0,1fr)] gap-6">
        {search.notice === 'saved' ? <Alert tone="positive">{t('limits.saved')}</Alert> : null}
        {search.notice === 'unchanged' ? <Alert tone="info">{t('advanced.unchanged')}</Alert> : null}
        {resumed ? <Alert tone="info">{t('advanced.resumed')}</Alert> : null}
        <ActionForm action={saveSessionLimits} hidden={{ tenant, version: String(policy.version) }}>
          <div className="grid grid-cols-[minmax(0,1fr)] gap-6 xl:grid-cols-2">
            {(['team', 'end'] as const).map((type) => {
              const level = levelOf(looked && wanted !== null ? wanted[type] : policy[type])
              return (
                <Card
                  key={type}
                  title={t(`userType.${type}`)}
                  aside={level === null ? null : <Badge variant="neutral" label={t(`limits.level.${level}`)} />}
                >
                  <div className="grid gap-5">
                    <FloorNotes floors={policy.floors[type]} settings={['idleMinutes', 'sessionHours']} text={text} />
                    <TextField
                      label={t(`limits.idle.${type}`)}
                      name={`${type}Idle`}
                      type="number"
                      inputMode="numeric"
                      min={IDLE_FLOOR_MINUTES}
                      max={IDLE_CEILING_MINUTES}
                      defaultValue={draft?.[`${type}Idle`] ?? String(policy[type].idleMinutes)}
                      hint={t('limits.idleHint', { least: IDLE_FLOOR_MINUTES, most: IDLE_CEILING_MINUTES })}
                      short
                    />
                    <TextField
                      label={t(`limits.hours.${type}`)}
                      name={`${type}Hours`}
                      type="number"
                      inputMode="numeric"
                      min={1}
                      max={SESSION_CEILING_HOURS[type]}
                      defaultValue={draft?.[`${type}Hours`] ?? String(policy[type].sessionHours)}
                      hint={t('limits.hoursHint', { most: SESSION_CEILING_HOURS[type] })}
                      short
                    />
                    {type === 'end' ? <p className="text-sm text-ink-muted">{t('limits.withoutFactor')}</p> : null}
                  </div>
                </Card>
              )
            })}
          </div>
          <Card title={t('limits.levelsTitle')} intro={t('limits.levelsIntro')}>
            <ul className="grid gap-2 text-sm">
              {[AAL2, AAL3].map(({ level, idleMinutes, sessionHours }) => (
                <li key={level}>
                  {t('limits.levelAsks', { level: t(`limits.level.${level}`), idleMinutes, sessionHours })}
                </li>
              ))}
              <li className="text-ink-muted">{t('limits.levelBesides')}</li>
            </ul>
          </Card>
          <div className="grid gap-4">
            <p className="text-sm text-ink-muted">{t('limits.reach')}</p>
            {looked ? (
              <Card title={t('advanced.previewTitle')}>
                <ul className="grid gap-2 text-sm" id="preview">
                  {(['team', 'end'] as const).map((type) => (
                    <li key={type} className="flex flex-wrap items-baseline gap-x-3">
                      <span>{t(`userType.${type}`)}</span>
                      <span className="font-medium tabular-nums">{t('limits.ending', { n: ending.counts[type] })}</span>
                    </li>
                  ))}
                  {ending.own ? <li>{t('limits.endingOwn')}</li> : null}
                </ul>
              </Card>
            ) : null}
            <div className="flex flex-wrap gap-3">
              <SubmitButton pendingLabel={t('common.working')}>{t('common.save')}</SubmitButton>
              <SubmitButton pendingLabel={t('common.working')} variant="secondary" name="preview" value="1">
                {t('advanced.preview')}
              </SubmitButton>
            </div>
          </div>
        </ActionForm>
      </div>
    </Console>
  )
}
