import type { Metadata } from 'next'
import { Console } from '@/app/console'
import { NotHere } from '@/app/not-here'
import { Alert } from '@/components/ui/alert'
import { Card } from '@/components/ui/card'
import { ActionForm } from '@/components/ui/form'
import { PageHeader } from '@/components/ui/heading'
import { SubmitButton } from '@/components/ui/submit-button'
import { TextField } from '@/components/ui/text-field'
import { TextLink } from '@/components/ui/text-link'
import { REASON_LENGTH } from '@/lib/administration/people/rules'
import { loadContain } from '@/lib/web/loaders/security'
import { sessionsPath } from '@/lib/web/paths'
import { reader } from '@/lib/web/words/reader'
import { containAll } from '../actions'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await reader()).t('sessions.title') }
}

/** Says who will be signed out, and asks. */
export default async function ContainPage({
  params,
  searchParams,
}: {
  params: Promise<{ tenant: string; scope: string }>
  searchParams: Promise<{ reason?: string }>
}) {
  const { t } = await reader()
  const { tenant, scope: wanted } = await params
  const { reason } = await searchParams
  const typed = typeof reason === 'string' ? reason.slice(0, REASON_LENGTH) : ''
  const view = await loadContain(tenant, wanted, typed)
  if (view === null) return <NotHere />
  const { scope, reachesSelf } = view
  const back = sessionsPath(tenant)
  return (
    <Console view={view} current={back}>
      <PageHeader title={t(`contain.${scope}`)} intro={t('contain.intro')} />
      <div className="grid max-w-xl grid-cols-[minmax(0,1fr)] gap-6">
        {reachesSelf ? <Alert tone="attention">{t('contain.self')}</Alert> : null}
        <ActionForm action={containAll} hidden={{ tenant, scope }}>
          <Card tone="danger">
            <div className="grid gap-5">
              <TextField
                label={t('act.reason')}
                name="reason"
                autoComplete="off"
                maxLength={REASON_LENGTH}
                defaultValue={typed}
                hint={t('contain.reasonHint')}
                required
              />
              <div className="flex flex-wrap items-center gap-4">
                <SubmitButton variant="danger" pendingLabel={t('common.working')}>
                  {t(`contain.${scope}`)}
                </SubmitButton>
                <span className="text-sm">
                  <TextLink href={back} quiet>
                    {t('act.cancel')}
                  </TextLink>
                </span>
              </div>
            </div>
          </Card>
        </ActionForm>
      </div>
    </Console>
  )
}
