import type { Metadata } from 'next'
import { Console } from '@/app/console'
import { NotHere } from '@/app/not-here'
import { Alert } from '@/components/ui/alert'
import { Badge } from '@/components/ui/badge'
import { Card, Row } from '@/components/ui/card'
import { CheckboxField } from '@/components/ui/checkbox-field'
import { FileField } from '@/components/ui/file-field'
import { PageHeader } from '@/components/ui/heading'
import { SubmitButton } from '@/components/ui/submit-button'
import { TextLink } from '@/components/ui/text-link'
import { readUnreadable } from '@/lib/administration/import/schema'
import { DRAWN_FIELD, drawnFor } from '@/lib/web/gate/drawn'
import { loadImports } from '@/lib/web/loaders/people'
import { importPath, peoplePath } from '@/lib/web/paths'
import { reader } from '@/lib/web/words/reader'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await reader()).t('import.title') }
}

export default async function ImportPage({
  params,
  searchParams,
}: {
  params: Promise<{ tenant: string }>
  searchParams: Promise<{ problem?: string; row?: string }>
}) {
  const { t, time, locale } = await reader()
  const { tenant } = await params
  const view = await loadImports(tenant)
  if (view === null) return <NotHere />
  const unreadable = readUnreadable(await searchParams)
  const here = importPath(tenant)
  return (
    <Console view={view} current={peoplePath(tenant)}>
      <PageHeader title={t('import.title')} intro={t('import.intro', { tenant: view.actor.tenant.tenant.name })} />
      <div className="grid max-w-2xl grid-cols-[minmax(0,1fr)] gap-6">
        {unreadable === null ? null : (
          <Alert tone="danger">
            {unreadable.row === null ? null : `${t('import.row', { row: unreadable.row })} `}
            {t(`import.file.${unreadable.problem}`)}
          </Alert>
        )}
        <Card>
          <form
            method="post"
            action={`${here}/upload?${DRAWN_FIELD}=${drawnFor(view.actor.session)}`}
            encType="multipart/form-data"
            className="grid gap-5"
          >
            <FileField
              label={t('import.choose')}
              name="file"
              accept=".csv,.txt,text/csv,text/plain"
              hint={t('import.columns')}
              required
            />
            <p className="text-sm">
              <TextLink href={`/samples/${locale}.csv`} plain>
                {t('import.sample')}
              </TextLink>
            </p>
            <CheckboxField label={t('import.invite')} name="invite" hint={t('import.inviteHint')} />
            <div className="flex flex-wrap items-center gap-4">
              <SubmitButton pendingLabel={t('common.working')}>{t('import.check')}</SubmitButton>
            </div>
            <p className="text-sm text-ink-muted">{t('import.nothingYet')}</p>
          </form>
        </Card>
        {view.imports.length === 0 ? null : (
          <Card title={t('import.earlier')} flush>
            {view.imports.map((each) => (
              <Row
                key={each.id}
                title={
                  <>
                    <TextLink href={`${here}/${each.id}`} strong>
                      <bdi>{each.fileName}</bdi>
                    </TextLink>
                    <Badge
                      variant={each.finishedAt === null ? 'neutral' : 'positive'}
                      label={t(
                        `import.is.${each.finishedAt !== null ? 'done' : each.startedAt !== null ? 'running' : 'checked'}`,
                      )}
                    />
                  </>
                }
                note={t('import.sentBy', { when: time(each.createdAt), name: each.by })}
              />
            ))}
          </Card>
        )}
      </div>
    </Console>
  )
}
