import type { Metadata } from 'next'
import { Console } from '@/app/console'
import { NotHere } from '@/app/not-here'
import { Badge } from '@/components/ui/badge'
import { Card } from '@/components/ui/card'
import { EmptyState } from '@/components/ui/empty-state'
import { PageHeader } from '@/components/ui/heading'
import { Table, Td, Th, Tr } from '@/components/ui/table'
import { Pager } from '@/components/ui/tabs'
import { TextLink } from '@/components/ui/text-link'
import { previewPath, writeRequirementDraft } from '@/lib/web/forms/policy'
import { loadPreview } from '@/lib/web/loaders/security'
import { personPath, requirementPath } from '@/lib/web/paths'
import { whyText } from '@/lib/web/words/coverage'
import { reader } from '@/lib/web/words/reader'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await reader()).t('advanced.previewTitle') }
}

export default async function PreviewPage({
  params,
  searchParams,
}: {
  params: Promise<{ tenant: string }>
  searchParams: Promise<Record<string, string | string[] | undefined>>
}) {
  const text = await reader()
  const { t } = text
  const { tenant } = await params
  const view = await loadPreview(tenant, await searchParams)
  if (view === null) return <NotHere />
  const { page, draft, outcome, userType } = view
  const here = requirementPath(tenant)
  const at = (more: Record<string, string>) =>
    `${previewPath(tenant, draft, outcome, userType)}&${new URLSearchParams(more)}`
  const title = [...(userType === null ? [] : [t(`userType.${userType}`)]), t(`advanced.outcome.${outcome}`)].join(', ')
  return (
    <Console view={view} current={here}>
      <PageHeader title={title} intro={t('advanced.previewIntro')} />
      <div className="grid grid-cols-[minmax(0,1fr)] gap-6">
        <p className="text-sm">
          <TextLink href={`${here}?${writeRequirementDraft(draft)}&look=1`}>{t('advanced.previewBack')}</TextLink>
        </p>
        <Card flush={page.rows.length > 0}>
          {page.rows.length === 0 ? (
            <EmptyState icon="user" title={t('advanced.previewNobody')}>
              {t('advanced.previewNobodyHint')}
            </EmptyState>
          ) : (
            <Table
              label={title}
              head={
                <>
                  <Th>{t('people.name')}</Th>
                  <Th>{t('people.role')}</Th>
                  <Th>{t('why.title')}</Th>
                </>
              }
            >
              {page.rows.map((row) => (
                <Tr key={row.id}>
                  <Td>
                    <TextLink href={personPath(tenant, row.userId)} strong>
                      <bdi>{row.name}</bdi>
                    </TextLink>{' '}
                    {row.looksLikeAnother ? (
                      <Badge variant="attention" icon="info" label={t('people.lookAlike')} />
                    ) : null}
                    <span className="block text-ink-muted">{row.email}</span>
                  </Td>
                  <Td label={t('people.role')}>{t(`role.${row.role}`)}</Td>
                  <Td label={t('why.title')}>{whyText(row.coverage, text).join(' ')}</Td>
                </Tr>
              ))}
            </Table>
          )}
        </Card>
        <Pager
          label={t('people.pages')}
          previous={
            page.previous === null ? undefined : { href: at({ before: page.previous }), label: t('people.previous') }
          }
          next={page.next === null ? undefined : { href: at({ after: page.next }), label: t('people.next') }}
        />
      </div>
    </Console>
  )
}
