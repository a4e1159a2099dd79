import type { Metadata } from 'next'
import { Console } from '@/app/console'
import { NotHere } from '@/app/not-here'
import { Alert } from '@/components/ui/alert'
import { Badge } from '@/components/ui/badge'
import { Card } from '@/components/ui/card'
import { cx } from '@/components/ui/cx'
import { DetailsMenu, MenuLink } from '@/components/ui/details-menu'
import { EmptyState } from '@/components/ui/empty-state'
import { PageHeader } from '@/components/ui/heading'
import { SortLink, Table, Td, Th, Tr } from '@/components/ui/table'
import { Pager } from '@/components/ui/tabs'
import { TextLink } from '@/components/ui/text-link'
import { writePeopleQuery } from '@/lib/administration/people/list/schema'
import type { PersonRow, Sort } from '@/lib/administration/people/list/types'
import { loadPeople, type PeopleView } from '@/lib/web/loaders/people'
import { actPath, peoplePath, personPath } from '@/lib/web/paths'
import { type Reader, reader } from '@/lib/web/words/reader'
import { BulkBar, Pick } from '../bulk/bulk-bar'
import { PeopleActions, PeopleTabs } from '../people-tabs'
import { Filters, Search } from './filters'
import { StatusBadge } from './status-badge'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await reader()).t('people.title') }
}

export default async function PeoplePage({
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
  const view = await loadPeople(tenant, search)
  if (view === null) return <NotHere />
  const here = peoplePath(tenant)
  const { suspended } = view.query
  return (
    <Console view={view} current={here}>
      <PageHeader title={t('people.title')} actions={<PeopleActions tenant={tenant} t={t} />} className="-mt-2" />
      <PeopleTabs tenant={tenant} current={suspended ? 'suspended' : 'active'} t={t} />
      <div className="grid grid-cols-[minmax(0,1fr)] gap-3">
        {search.notice === 'membership' ? <Alert tone="positive">{t('people.membershipEnded')}</Alert> : null}
        <Search view={view} here={here} text={text} />
        {suspended || !view.shows2fa ? null : <Filters view={view} here={here} tenant={tenant} text={text} />}
        <List view={view} here={here} tenant={tenant} text={text} />
      </div>
    </Console>
  )
}

/** A heading that sorts by its column, and the other way round where it does already; without script it is a link. */
function SortHeading({ sort, label, view, here, t }: SortHeadingProps) {
  const { query } = view
  const isSorted = query.sort === sort
  const descending = isSorted ? !query.descending : sort === 'sign_in'
  const search = writePeopleQuery({ ...query, sort, descending })
  return (
    <Th sort={isSorted ? (query.descending ? 'descending' : 'ascending') : undefined}>
      <SortLink
        href={search.size === 0 ? here : `${here}?${search}`}
        hint={t(descending ? 'people.sortDown' : 'people.sortUp', { column: label })}
        sorted={isSorted ? (query.descending ? 'descending' : 'ascending') : undefined}
      >
        {label}
      </SortLink>
    </Th>
  )
}

type SortHeadingProps = { sort: Sort; label: string; view: PeopleView; here: string; t: Reader['t'] }

function List({ view, here, tenant, text }: { view: PeopleView; here: string; tenant: string; text: Reader }) {
  const { t } = text
  const { page, query } = view
  if (page.rows.length === 0 && page.next === null) {
    return (
      <Card>
        <EmptyState icon="user" title={t('people.none')}>
          {t('people.noneHint')}
        </EmptyState>
      </Card>
    )
  }
  const at = (more: Record<string, string>) => {
    const search = writePeopleQuery(query)
    for (const [name, value] of Object.entries(more)) search.set(name, value)
    return search.size === 0 ? here : `${here}?${search}`
  }
  const { search, role, sort: _, descending: __, ...others } = query
  return (
    <>
      {query.suspended || page.rows.length === 0 ? null : (
        <BulkBar
          tenant={tenant}
          filter={writePeopleQuery({ ...others, search, role, sort: 'name' }).toString()}
          page={page.rows.map(({ userId }) => userId)}
          all={page.previous === null && page.next === null ? page.rows.length : view.found}
          choices={view.bulk}
          t={t}
        />
      )}
      <Card flush>
        <Table
          label={t('people.title')}
          className="table-low"
          head={
            <>
              <SortHeading sort="name" label={t('people.name')} view={view} here={here} t={t} />
              <SortHeading sort="role" label={t('people.role')} view={view} here={here} t={t} />
              {view.shows2fa ? (
                <SortHeading sort="status" label={t('people.statusName')} view={view} here={here} t={t} />
              ) : null}
              <SortHeading sort="sign_in" label={t('people.lastSignIn')} view={view} here={here} t={t} />
              <Th hiddenLabel={t('act.label')} />
            </>
          }
        >
          {page.rows.map((row) => (
            <PersonLine key={row.id} row={row} view={view} tenant={tenant} text={text} />
          ))}
        </Table>
      </Card>
      <div className="flex flex-wrap justify-between gap-3">
        <Pager
          label={t('people.pages')}
          previous={
            page.previous === null ? undefined : { href: at({ before: page.previous }), label: t('people.previous') }
          }
          next={page.next === null ? undefined : { href: at({ after: page.next }), label: t('people.next') }}
        />
        <Pager
          label={t('people.ends')}
          previous={page.previous === null ? undefined : { href: at({}), label: t('people.first') }}
          next={page.next === null ? undefined : { href: at({ page: 'last' }), label: t('people.last') }}
        />
      </div>
    </>
  )
}

function PersonLine({
  row,
  view,
  tenant,
  text: { t, time },
}: {
  row: PersonRow
  view: PeopleView
  tenant: string
  text: Reader
}) {
  return (
    <Tr>
      <Td>
        <span className="flex flex-wrap items-center gap-x-2 gap-y-1">
          {view.query.suspended ? null : <Pick id={row.userId} name={row.name} t={t} />}
          <TextLink href={personPath(tenant, row.userId)} strong>
            <bdi>{row.name}</bdi>
          </TextLink>
          {row.userId === view.actor.person.id ? <Badge variant="info" label={t('people.you')} /> : null}
          {row.looksLikeAnother ? <Badge variant="attention" icon="info" label={t('people.lookAlike')} /> : null}
          {row.guest ? <Badge variant="neutral" label={t('people.guest')} /> : null}
        </span>
        <span className={cx('block text-xs text-ink-muted', !view.query.suspended && 'pl-6.5')}>{row.email}</span>
      </Td>
      <Td label={t('people.role')}>{t(`role.${row.role}`)}</Td>
      {view.shows2fa ? (
        <Td label={t('people.statusName')}>
          <StatusBadge status={row.coverage.state} t={t} />
        </Td>
      ) : null}
      <Td label={t('people.lastSignIn')}>{row.lastSignInAt === null ? t('people.never') : time(row.lastSignInAt)}</Td>
      <Td corner align="end">
        <DetailsMenu label={t('people.actions', { name: row.name })} icon="dots" iconOnly>
          <MenuLink href={personPath(tenant, row.userId)}>{t('people.open')}</MenuLink>
          {view.acts(row).map((act) => (
            <MenuLink key={act} href={actPath(tenant, row.userId, act)}>
              {t(`act.menu.${act}`)}
            </MenuLink>
          ))}
        </DetailsMenu>
      </Td>
    </Tr>
  )
}
