import type { Metadata } from 'next'
import { Console } from '@/app/console'
import { BackToSteps } from '@/app/first-steps'
import { NotHere } from '@/app/not-here'
import { Alert } from '@/components/ui/alert'
import { Badge } from '@/components/ui/badge'
import { Card, Row } from '@/components/ui/card'
import { ActionForm } from '@/components/ui/form'
import { PageHeader } from '@/components/ui/heading'
import { LinkButton } from '@/components/ui/link-button'
import { ProgressBar } from '@/components/ui/progress'
import { RefreshEvery } from '@/components/ui/refresh-every'
import { SelectField } from '@/components/ui/select-field'
import { SubmitButton } from '@/components/ui/submit-button'
import { TextLink } from '@/components/ui/text-link'
import { REPORT_SCOPES, type ReportView } from '@/lib/administration/report/types'
import { loadReports } from '@/lib/web/loaders/security'
import { reportsPath } from '@/lib/web/paths'
import { type Reader, reader } from '@/lib/web/words/reader'
import { scheduleReport } from './actions'
import { GenerateReport } from './generate-report'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await reader()).t('report.pageTitle') }
}

type Search = { notice?: string; take?: string; scope?: string; schedule?: string }

const NOTICES = ['begun', 'running', 'scheduled', 'unscheduled'] as const

export default async function ReportsPage({
  params,
  searchParams,
}: {
  params: Promise<{ tenant: string }>
  searchParams: Promise<Search>
}) {
  const text = await reader()
  const { t, time } = text
  const { tenant } = await params
  const view = await loadReports(tenant)
  if (view === null) return <NotHere />
  const search = await searchParams
  const shown = NOTICES.find((each) => each === search.notice)
  // What was chosen before a proof was asked for.
  const scope = REPORT_SCOPES.find((each) => each === search.scope)
  const scheduled = [...REPORT_SCOPES, 'off' as const].find((each) => each === search.schedule)
  const resumed = view.proved && (scope !== undefined || scheduled !== undefined)
  const here = reportsPath(tenant)
  const { reports, schedule, now } = view
  const running = reports.some(({ finishedAt }) => finishedAt === null)
  return (
    <Console view={view} current={here}>
      <PageHeader back={<BackToSteps tenant={tenant} />} title={t('report.pageTitle')} intro={t('report.pageIntro')} />
      <div className="grid max-w-2xl grid-cols-[minmax(0,1fr)] gap-6">
        {shown ? <Alert tone="positive">{t(`report.notice.${shown}`)}</Alert> : null}
        {resumed ? <Alert tone="info">{t('report.resumed')}</Alert> : null}
        {view.proved && search.take !== undefined ? <Alert tone="info">{t('report.nowDownload')}</Alert> : null}
        {reports.length === 0 ? null : (
          <Card title={t('report.made')} flush>
            {reports.map((report) => (
              <ReportLine key={report.id} report={report} tenant={tenant} now={now} text={text} />
            ))}
          </Card>
        )}
        {running ? (
          <p className="text-sm text-ink-muted">
            <RefreshEvery seconds={2} />
            {t('report.goesOn')} <TextLink href={here}>{t('import.look')}</TextLink>
          </p>
        ) : null}
        <GenerateReport tenant={tenant} scope={scope} t={t} />
        <Card title={t('report.monthly')}>
          <ActionForm action={scheduleReport} hidden={{ tenant }}>
            <p className="text-sm">
              {schedule === null
                ? t('report.noSchedule')
                : t('report.nextOne', { when: time(schedule.nextAt), name: schedule.by })}
            </p>
            <SelectField
              label={t('report.scheduleName')}
              name="schedule"
              defaultValue={scheduled ?? schedule?.scope ?? 'off'}
              options={[
                { value: 'off', label: t('report.never') },
                ...REPORT_SCOPES.map((scope) => ({ value: scope, label: t(`report.scope.${scope}`) })),
              ]}
            />
            <div>
              <SubmitButton pendingLabel={t('common.working')} variant="secondary">
                {t('common.save')}
              </SubmitButton>
            </div>
          </ActionForm>
        </Card>
      </div>
    </Console>
  )
}

function ReportLine({
  report,
  tenant,
  now,
  text: { t, time },
}: {
  report: ReportView
  tenant: string
  now: Date
  text: Reader
}) {
  const { id, scope, by, scheduled, rows, expected, createdAt, finishedAt, expiresAt } = report
  const { enrolled, mustSetUp, invited } = report
  const open = expiresAt !== null && expiresAt > now
  const is = finishedAt === null ? 'running' : open ? 'ready' : 'over'
  return (
    <Row
      title={
        <>
          {t(`report.scope.${scope}`)}
          <Badge variant={is === 'ready' ? 'positive' : 'neutral'} label={t(`report.is.${is}`)} />
        </>
      }
      note={
        <div className="grid gap-2">
          <span>{t(scheduled ? 'report.askedMonthly' : 'report.askedBy', { when: time(createdAt), name: by })}</span>
          {finishedAt === null ? (
            <ProgressBar
              label={t('report.running')}
              value={rows}
              max={Math.max(expected, rows)}
              text={t('import.rowsDone', { done: rows, rows: Math.max(expected, rows) })}
            />
          ) : (
            <>
              <span className="font-medium text-ink">
                {t('report.number', { enrolled, of: enrolled + mustSetUp + invited, mustSetUp, invited })}
              </span>
              <span>
                {open && expiresAt !== null
                  ? t('report.rowsUntil', { rows, until: time(expiresAt) })
                  : t('report.rowsOver', { rows })}
              </span>
            </>
          )}
        </div>
      }
      aside={
        open ? (
          <LinkButton href={`${reportsPath(tenant)}/${id}/download`} size="sm" variant="secondary" plain>
            {t('report.download')}
          </LinkButton>
        ) : undefined
      }
    />
  )
}
