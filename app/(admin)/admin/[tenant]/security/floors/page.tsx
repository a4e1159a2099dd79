import type { Metadata } from 'next'
import { Console } from '@/app/console'
import { NotHere } from '@/app/not-here'
import { Alert } from '@/components/ui/alert'
import { Card } from '@/components/ui/card'
import { CheckboxField } from '@/components/ui/checkbox-field'
import { FieldGroup } from '@/components/ui/field-group'
import { ActionForm } from '@/components/ui/form'
import { PageHeader } from '@/components/ui/heading'
import { SubmitButton } from '@/components/ui/submit-button'
import { TextField } from '@/components/ui/text-field'
import {
  IDLE_CEILING_MINUTES,
  IDLE_FLOOR_MINUTES,
  SESSION_CEILING_HOURS,
  TRUST_CEILING_DAYS,
  TRUST_FLOOR_DAYS,
} from '@/lib/identity/policy/rules'
import { draftOfFloor } from '@/lib/web/forms/floors'
import { BOXED_KINDS } from '@/lib/web/forms/policy'
import { loadFloors } from '@/lib/web/loaders/security'
import { floorsPath } from '@/lib/web/paths'
import { reader } from '@/lib/web/words/reader'
import { saveFloors } from './actions'
import { Effects } from './effects'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await reader()).t('nav.floors') }
}

/** What a partner asks at least of every company below (T5). */
export default async function FloorsPage({
  params,
  searchParams,
}: {
  params: Promise<{ tenant: string }>
  searchParams: Promise<Record<string, string | string[] | undefined>>
}) {
  const { t } = await reader()
  const { tenant } = await params
  const search = await searchParams
  const page = await loadFloors(tenant, search)
  if (page === null) return <NotHere />
  const { view, draft, effects, lastDays } = page
  const resumed = page.steppedUp && draft !== null && search.look === undefined
  return (
    <Console view={page} current={floorsPath(tenant)}>
      <PageHeader title={t('floors.title')} intro={t('floors.intro', { tenant: page.actor.tenant.tenant.name })} />
      <div className="grid grid-cols-[minmax(0,1fr)] gap-6">
        {search.notice === 'saved' ? <Alert tone="positive">{t('floors.saved')}</Alert> : null}
        {search.notice === 'unchanged' ? <Alert tone="info">{t('advanced.unchanged')}</Alert> : null}
        {resumed ? <Alert tone="info">{t('advanced.resumed')}</Alert> : null}
        <ActionForm action={saveFloors} hidden={{ tenant, version: String(view.version) }}>
          <div className="grid grid-cols-[minmax(0,1fr)] gap-6 xl:grid-cols-2">
            {(['team', 'end'] as const).map((type) => {
              const shown = draft?.[type] ?? draftOfFloor(view.floors[type], view.zone)
              return (
                <Card key={type} title={t(`userType.${type}`)}>
                  <div className="grid gap-5">
                    <CheckboxField
                      label={t(`floors.require.${type}`)}
                      name={`${type}Required`}
                      defaultChecked={shown.required}
                      hint={t('floors.requireHint')}
                    />
                    <TextField
                      label={t(`advanced.deadline.${type}`)}
                      name={`${type}Deadline`}
                      type="date"
                      defaultValue={shown.deadline}
                      hint={t('advanced.deadlineHint', { last: lastDays[type], zone: view.zone })}
                      short
                    />
                    <FieldGroup legend={t(`floors.kinds.${type}`)} hint={t('floors.kindsHint')}>
                      {BOXED_KINDS.filter((kind) => view.kinds.includes(kind)).map((kind) => (
                        <CheckboxField
                          key={kind}
                          name={`${type}_${kind}`}
                          label={t(`factor.${kind}`)}
                          defaultChecked={shown.kinds.includes(kind)}
                        />
                      ))}
                    </FieldGroup>
                    <TextField
                      label={t(`floors.trust.${type}`)}
                      name={`${type}Trust`}
                      inputMode="numeric"
                      defaultValue={shown.trust}
                      hint={t('floors.trustHint', { least: TRUST_FLOOR_DAYS, most: TRUST_CEILING_DAYS })}
                      short
                    />
                    <TextField
                      label={t(`floors.idle.${type}`)}
                      name={`${type}Idle`}
                      inputMode="numeric"
                      defaultValue={shown.idle}
                      hint={t('floors.limitHint', { least: IDLE_FLOOR_MINUTES, most: IDLE_CEILING_MINUTES })}
                      short
                    />
                    <TextField
                      label={t(`floors.hours.${type}`)}
                      name={`${type}Hours`}
                      inputMode="numeric"
                      defaultValue={shown.hours}
                      hint={t('floors.limitHint', { least: 1, most: SESSION_CEILING_HOURS[type] })}
                      short
                    />
                  </div>
                </Card>
              )
            })}
          </div>
          <div className="grid gap-4">
            {effects === null ? null : <Effects effects={effects} t={t} />}
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
