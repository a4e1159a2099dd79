import type { Metadata } from 'next'
import { Console } from '@/app/console'
import { NotHere } from '@/app/not-here'
import { Alert } from '@/components/ui/alert'
import { Card, Row } from '@/components/ui/card'
import { ActionForm } from '@/components/ui/form'
import type { FormAction } from '@/components/ui/form-state'
import { PageHeader, QuietLinks } from '@/components/ui/heading'
import { ProgressBar } from '@/components/ui/progress'
import { RefreshEvery } from '@/components/ui/refresh-every'
import { SubmitButton } from '@/components/ui/submit-button'
import { TextLink } from '@/components/ui/text-link'
import { isMemberAct } from '@/lib/administration/bulk/rules'
import { BULK_OUTCOMES, type BulkActName } from '@/lib/administration/bulk/types'
import { bulkListPath } from '@/lib/web/forms/bulk'
import { type BulkPageView, loadBulk } from '@/lib/web/loaders/people'
import { bulkPath, peoplePath } from '@/lib/web/paths'
import { type Reader, reader } from '@/lib/web/words/reader'
import {
  confirmInvitationChanges,
  confirmInvitations,
  confirmLanguages,
  confirmReminders,
  confirmRoles,
  confirmSessionEnds,
  confirmWithdrawals,
  dropBulkOf,
} from '../actions'
import { choiceLabel } from '../bulk-bar'
import { Targets } from './targets'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await reader()).t('bulk.for') }
}

type Part = { view: BulkPageView; tenant: string; text: Reader }

/** The door of each act, which asks for its proof (S29). */
const CONFIRM: Readonly<Record<BulkActName, FormAction>> = {
  send: confirmInvitations,
  send_again: confirmInvitations,
  withdraw: confirmWithdrawals,
  invited_role: confirmInvitationChanges,
  invited_language: confirmInvitationChanges,
  end_sessions: confirmSessionEnds,
  remind: confirmReminders,
  role: confirmRoles,
  language: confirmLanguages,
}

/** Whom it would reach and whom not, and why; how far it has got, or what it did. */
export default async function BulkPage({
  params,
  searchParams,
}: {
  params: Promise<{ tenant: string; bulk: string }>
  searchParams: Promise<Record<string, string | string[] | undefined>>
}) {
  const text = await reader()
  const { t } = text
  const { tenant, bulk: id } = await params
  const view = await loadBulk(tenant, id, await searchParams)
  if (view === null) return <NotHere />
  const { view: bulk } = view.found
  return (
    <Console view={view} current={peoplePath(tenant)}>
      <PageHeader
        title={choiceLabel(bulk.choice, t)}
        intro={t('bulk.chosenBy', { when: text.time(bulk.createdAt), name: bulk.by })}
      />
      <div className="grid max-w-4xl grid-cols-[minmax(0,1fr)] gap-6">
        <State view={view} tenant={tenant} text={text} />
        {bulk.gatheredAt === null ? null : (
          <>
            <Outcomes view={view} tenant={tenant} text={text} />
            <Targets view={view} tenant={tenant} text={text} />
          </>
        )}
        <QuietLinks>
          <TextLink href={bulkListPath(tenant, bulk.choice.act)}>
            {t(isMemberAct(bulk.choice.act) ? 'bulk.toUsers' : 'bulk.toInvitations')}
          </TextLink>
        </QuietLinks>
      </div>
    </Console>
  )
}

function State({ view, tenant, text: { t } }: Part) {
  const { view: bulk } = view.found
  const hidden = { tenant, bulk: bulk.id }
  if (bulk.finishedAt !== null) return <Alert tone="positive">{t('bulk.finished')}</Alert>
  if (bulk.startedAt !== null || bulk.gatheredAt === null) {
    return (
      <Card>
        <ProgressBar
          label={t(bulk.startedAt === null ? 'bulk.gathering' : 'bulk.running')}
          value={bulk.startedAt === null ? 0 : bulk.done}
          max={bulk.rows}
          text={
            bulk.startedAt === null
              ? t('bulk.number', { count: bulk.rows })
              : t('bulk.rowsDone', { done: bulk.done, rows: bulk.rows })
          }
        />
        <RefreshEvery seconds={2} />
        <p className="mt-4 text-sm text-ink-muted">
          {t('bulk.goesOn')} <TextLink href={bulkPath(tenant, bulk.id)}>{t('bulk.look')}</TextLink>
        </p>
      </Card>
    )
  }
  return (
    <Card>
      <div className="flex flex-wrap items-center gap-3">
        {bulk.counts.open > 0 ? (
          <ActionForm action={CONFIRM[bulk.choice.act]} hidden={hidden}>
            <SubmitButton pendingLabel={t('common.working')}>
              {t('bulk.confirm', { count: bulk.counts.open })}
            </SubmitButton>
          </ActionForm>
        ) : (
          <p className="text-sm">{t('bulk.nobody')}</p>
        )}
        <ActionForm action={dropBulkOf} hidden={hidden}>
          <SubmitButton variant="quiet">{t('bulk.drop')}</SubmitButton>
        </ActionForm>
      </div>
    </Card>
  )
}

function Outcomes({ view, text: { t } }: Part) {
  const { view: bulk } = view.found
  const shown = BULK_OUTCOMES.filter((outcome) => bulk.counts[outcome] > 0)
  if (shown.length === 0) return null
  return (
    <Card title={t(bulk.finishedAt === null ? 'bulk.would' : 'bulk.did')} flush>
      {shown.map((outcome) => (
        <Row key={outcome} title={t(`bulk.outcome.${outcome}`, { count: bulk.counts[outcome] })} />
      ))}
    </Card>
  )
}
