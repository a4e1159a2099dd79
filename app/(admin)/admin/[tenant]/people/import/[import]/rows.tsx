import { Card } from '@/components/ui/card'
import { EmptyState } from '@/components/ui/empty-state'
import { Table, Td, Th, Tr } from '@/components/ui/table'
import { Pager, Tabs } from '@/components/ui/tabs'
import { mayLackLetter } from '@/lib/administration/import/rules'
import { IMPORT_FILTERS, type ImportFilter, type ImportView, type RowProblem } from '@/lib/administration/import/types'
import { LOCALE_NAMES, localeOf } from '@/lib/i18n/locales'
import type { loadImport } from '@/lib/web/loaders/people'
import { importPath } from '@/lib/web/paths'
import type { Reader } from '@/lib/web/words/reader'

type View = NonNullable<Awaited<ReturnType<typeof loadImport>>>

function countOf(file: ImportView, filter: ImportFilter): number {
  const { waiting } = file
  const { added, invited, changed, differs, unchangeable, unchanged, left_out, refused } = file.counts
  const others = { unchanged, left_out, waiting, refused: refused - waiting }
  return { all: file.rows, new: added + invited, changed: changed + differs + unchangeable, ...others }[filter]
}

/** Of somebody who is there what the file says otherwise, for the name that they have is no news. */
function saidName({ name, change }: View['found']['rows'][number]): string {
  return change === null ? name : (change.to.name ?? '')
}

/** A language by its own name; the file may say one that is none of ours. */
function nameOf(tag: string | null): string | null {
  const locale = localeOf(tag)
  return locale === null ? tag : LOCALE_NAMES[locale]
}

/** Every row as it will become, or became, with filters as links. */
export function Rows({ view, tenant, text: { t } }: { view: View; tenant: string; text: Reader }) {
  const { rows, more, view: file } = view.found
  const { query } = view
  const to = (filter: ImportFilter, problem: RowProblem | null, after = 0) => {
    const search = new URLSearchParams({
      ...(filter === 'all' ? {} : { show: filter }),
      ...(problem === null ? {} : { why: problem }),
      ...(after === 0 ? {} : { after: String(after) }),
    })
    return `${importPath(tenant)}/${file.id}${search.size === 0 ? '' : `?${search}`}`
  }
  const problems = file.problems.filter(({ problem }) => problem !== 'no_role' || file.waiting === 0)
  const filters = IMPORT_FILTERS.filter((filter) => filter === query.filter || countOf(file, filter) > 0)
  return (
    <div>
      <Tabs
        label={t('import.filters')}
        items={filters.map((filter) => ({
          href: to(filter, null),
          label: t(`import.filter.${filter}`),
          current: filter === query.filter && query.problem === null,
          count: t('import.number', { count: countOf(file, filter) }),
        }))}
      />
      {query.filter !== 'refused' || problems.length < 2 ? null : (
        <Tabs
          label={t('import.why')}
          items={problems.map(({ problem, count }) => ({
            href: to('refused', problem),
            label: t(`import.problem.${problem}`),
            current: problem === query.problem,
            count: t('import.number', { count }),
          }))}
        />
      )}
      <Card flush>
        {rows.length === 0 ? (
          <EmptyState icon="users" title={t('import.noRows')} />
        ) : (
          <Table
            label={t('import.rows')}
            head={
              <>
                <Th>{t('import.rowName')}</Th>
                <Th>{t('people.name')}</Th>
                <Th>{t('import.column.role')}</Th>
                <Th>{t('import.column.language')}</Th>
                <Th>{t('import.becomes')}</Th>
              </>
            }
          >
            {rows.map((row) => (
              <Tr key={row.number}>
                <Td corner className="text-ink-muted tabular-nums">
                  {row.number}
                </Td>
                <Td>
                  {row.name === '' ? null : (
                    <span className="block">
                      <bdi>{row.name}</bdi>
                    </span>
                  )}
                  {mayLackLetter(saidName(row)) ? (
                    <span className="block text-attention">{t('import.lostLetter')}</span>
                  ) : null}
                  <span className="block wrap-anywhere text-ink-muted">{row.email}</span>
                </Td>
                <Td beside nowrap>
                  {row.role === null ? null : t(`role.${row.role}`)}
                </Td>
                <Td beside nowrap>
                  {nameOf(row.locale)}
                </Td>
                <Td>
                  {row.problem === 'no_role' && file.waiting > 0 ? (
                    t('import.becoming.waiting')
                  ) : row.problem === null ? (
                    <>
                      {t(`import.becoming.${row.outcome}`)}
                      <ChangeOf row={row} t={t} />
                    </>
                  ) : (
                    <>
                      {row.outcome === 'unchangeable' ? (
                        <span className="block">{t('import.becoming.unchangeable')}</span>
                      ) : null}
                      {row.column === null ? null : `${t(`import.column.${row.column}`)}: `}
                      {t(`import.problem.${row.problem}`)}
                      <ChangeOf row={row} t={t} />
                    </>
                  )}
                </Td>
              </Tr>
            ))}
          </Table>
        )}
      </Card>
      <Pager
        label={t('people.pages')}
        className="mt-4"
        next={more === null ? undefined : { href: to(query.filter, query.problem, more), label: t('people.next') }}
      />
    </div>
  )
}

/** What the file says otherwise of somebody who is there, and what of it is never taken of them. */
function ChangeOf({ row: { change }, t }: { row: View['found']['rows'][number]; t: Reader['t'] }) {
  if (change === null) return null
  const { from, to, secrets } = change
  const language = (tag: string | null) => LOCALE_NAMES[localeOf(tag) ?? 'en']
  const lines = [
    ...(to.role === undefined
      ? []
      : [{ what: t('import.column.role'), from: t(`role.${from.role}`), to: t(`role.${to.role}`) }]),
    ...(to.name === undefined ? [] : [{ what: t('import.column.name'), from: from.name, to: to.name }]),
    ...(to.locale === undefined
      ? []
      : [
          {
            what: t('import.column.language'),
            from: from.locale === null ? t('act.noLanguage') : language(from.locale),
            to: language(to.locale),
          },
        ]),
  ]
  return (
    <>
      {lines.map(({ what, from, to }) => (
        <span key={what} className="block text-sm">
          {what}: <bdi>{from}</bdi> → <bdi>{to}</bdi>
        </span>
      ))}
      {secrets ? <span className="block text-sm text-ink-muted">{t('import.notTaken')}</span> : null}
    </>
  )
}
