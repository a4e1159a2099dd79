import type { Metadata } from 'next'
import { Console } from '@/app/console'
import { NotHere } from '@/app/not-here'
import { Alert } from '@/components/ui/alert'
import { Card, Row } from '@/components/ui/card'
import { ActionForm } from '@/components/ui/form'
import { PageHeader, QuietLinks } from '@/components/ui/heading'
import { LinkButton } from '@/components/ui/link-button'
import { ProgressBar } from '@/components/ui/progress'
import { RefreshEvery } from '@/components/ui/refresh-every'
import { SubmitButton } from '@/components/ui/submit-button'
import { TextLink } from '@/components/ui/text-link'
import { IMPORT_OUTCOMES } from '@/lib/administration/import/types'
import { loadImport } from '@/lib/web/loaders/people'
import { importPath, invitationsPath, peoplePath } from '@/lib/web/paths'
import { type Reader, reader } from '@/lib/web/words/reader'
import { dropImportOf, readImportAgain, startImportOf, startImportOfChanges, startImportOfPasswords } from '../actions'
import { HowRead, meaning, RoleQuestion, readingOf } from './reading'
import { Rows } from './rows'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await reader()).t('import.title') }
}

type View = NonNullable<Awaited<ReturnType<typeof loadImport>>>

/** How a file was read, what it would do, how far it has got, or what it did; and each row, with the reason. */
export default async function OneImportPage({
  params,
  searchParams,
}: {
  params: Promise<{ tenant: string; import: string }>
  searchParams: Promise<Record<string, string | string[] | undefined>>
}) {
  const text = await reader()
  const { t } = text
  const { tenant, import: id } = await params
  const view = await loadImport(tenant, id, await searchParams)
  if (view === null) return <NotHere />
  const { view: file } = view.found
  return (
    <Console view={view} current={peoplePath(tenant)}>
      <PageHeader
        title={file.fileName}
        intro={t('import.sentBy', { when: text.time(file.createdAt), name: file.by })}
      />
      <div className="grid max-w-4xl grid-cols-[minmax(0,1fr)] gap-6">
        {view.refusal === null ? null : <Alert tone="attention">{t(`import.file.${view.refusal.problem}`)}</Alert>}
        {file.problem === null ? (
          <>
            <RoleQuestion file={file} tenant={tenant} text={text} />
            <State view={view} tenant={tenant} text={text} />
          </>
        ) : (
          <Alert tone="danger">
            {file.problem.row === null ? null : `${t('import.row', { row: file.problem.row })} `}
            {t(`import.file.${file.problem.problem}`)}
          </Alert>
        )}
        <HowRead file={file} tenant={tenant} text={text} />
        {file.problem === null ? (
          <>
            <Outcomes view={view} tenant={tenant} text={text} />
            <Rows view={view} tenant={tenant} text={text} />
          </>
        ) : (
          <ActionForm action={dropImportOf} hidden={{ tenant, import: file.id }}>
            <SubmitButton variant="quiet">{t('import.drop')}</SubmitButton>
          </ActionForm>
        )}
        <QuietLinks>
          <TextLink href={importPath(tenant)}>{t('import.another')}</TextLink>
        </QuietLinks>
      </div>
    </Console>
  )
}

function Outcomes({ view, tenant, text }: { view: View; tenant: string; text: Reader }) {
  const { t } = text
  const { view: file } = view.found
  const changeable = file.startedAt === null && file.kept
  const { waiting } = file
  // They wait for the answer above; nothing is wrong with their rows.
  const counts = { ...file.counts, refused: file.counts.refused - waiting }
  return (
    <Card title={t(file.finishedAt === null ? 'import.would' : 'import.did')} flush>
      {waiting === 0 ? null : (
        <Row title={t('import.waitForRole', { count: waiting })} note={t('import.whichRoleWhy')} />
      )}
      {IMPORT_OUTCOMES.filter((outcome) => counts[outcome] > 0).map((outcome) => (
        <Row
          key={outcome}
          title={t(`import.outcome.${outcome}`, { count: counts[outcome] })}
          note={t(`import.note.${outcome === 'invited' && file.invite ? 'mailed' : outcome}`)}
          aside={
            changeable && (outcome === 'left_out' || outcome === 'differs') ? (
              <ActionForm
                action={readImportAgain}
                hidden={{ ...readingOf(file, tenant), [outcome === 'differs' ? 'update' : 'suspended']: 'on' }}
              >
                <SubmitButton variant="secondary" pendingLabel={t('common.working')}>
                  {outcome === 'differs'
                    ? t('import.update', { count: file.counts.differs })
                    : t('import.takeSuspended')}
                </SubmitButton>
              </ActionForm>
            ) : undefined
          }
        />
      ))}
      {file.roles.map((of) => (
        <Row
          key={of.role}
          title={t(`import.means.${of.role}`, { count: of.count, required: of.required ? 'yes' : 'no' })}
          note={meaning(of, text)}
        />
      ))}
    </Card>
  )
}

function State({ view, tenant, text: { t } }: { view: View; tenant: string; text: Reader }) {
  const { view: file } = view.found
  const here = `${importPath(tenant)}/${file.id}`
  if (file.finishedAt !== null) {
    return (
      <Alert tone="positive">
        {t('import.done')}{' '}
        {file.counts.invited > 0 && !file.invite ? (
          <TextLink href={invitationsPath(tenant)}>{t('import.toInvitations')}</TextLink>
        ) : (
          <TextLink href={peoplePath(tenant)}>{t('import.toPeople')}</TextLink>
        )}
      </Alert>
    )
  }
  if (file.startedAt !== null) {
    return (
      <Card>
        <ProgressBar
          label={t('import.running')}
          value={file.done}
          max={file.rows}
          text={t('import.rowsDone', { done: file.done, rows: file.rows })}
        />
        <RefreshEvery seconds={2} />
        <p className="mt-4 text-sm text-ink-muted">
          {t('import.goesOn')} <TextLink href={here}>{t('import.look')}</TextLink>
        </p>
      </Card>
    )
  }
  const { changed } = file.counts
  const count = file.counts.added + file.counts.invited
  return (
    <Card>
      {count + changed > 0 && file.waiting > 0 ? (
        <p className="mb-4 text-sm text-ink-muted">{t('import.startWithout', { count: file.waiting })}</p>
      ) : null}
      <div className="flex flex-wrap items-center gap-3">
        {count + changed > 0 ? (
          <ActionForm
            action={file.secrets ? startImportOfPasswords : file.update ? startImportOfChanges : startImportOf}
            hidden={{ tenant, import: file.id, look: file.look }}
          >
            <SubmitButton pendingLabel={t('common.working')}>
              {changed === 0
                ? t('import.start', { count })
                : count === 0
                  ? t('import.startChanges', { changed })
                  : t('import.startBoth', { count, changed })}
            </SubmitButton>
          </ActionForm>
        ) : file.waiting > 0 ? null : (
          <LinkButton href={importPath(tenant)}>{t('import.another')}</LinkButton>
        )}
        <ActionForm action={dropImportOf} hidden={{ tenant, import: file.id }}>
          <SubmitButton variant={count + changed > 0 ? 'quiet' : 'secondary'}>{t('import.drop')}</SubmitButton>
        </ActionForm>
      </div>
    </Card>
  )
}
