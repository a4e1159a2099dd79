import type { Metadata } from 'next'
import { Console } from '@/app/console'
import { NotHere } from '@/app/not-here'
import { Alert } from '@/components/ui/alert'
import { Badge } from '@/components/ui/badge'
import { Card } from '@/components/ui/card'
import { CheckboxField } from '@/components/ui/checkbox-field'
import { DetailsMenu, MenuLink } from '@/components/ui/details-menu'
import { EmptyState } from '@/components/ui/empty-state'
import { PageHeader } from '@/components/ui/heading'
import { SelectField } from '@/components/ui/select-field'
import { SubmitButton } from '@/components/ui/submit-button'
import { Table, Td, Th, Tr } from '@/components/ui/table'
import { Pager } from '@/components/ui/tabs'
import { TextField } from '@/components/ui/text-field'
import { TextLink } from '@/components/ui/text-link'
import { writePeopleQuery } from '@/lib/administration/people/list/schema'
import { type PersonRow, SORTS } from '@/lib/administration/people/list/types'
import { PERSON_STATES } from '@/lib/coverage/types'
import { ROLES } from '@/lib/identity/user/types'
import { loadPeople, type PeopleView } from '@/lib/web/loaders/people'
import { actPath, peoplePath, personPath } from '@/lib/web/paths'
import { type Reader, reader } from '@/lib/web/words/reader'
import { PeopleTabs } from '../people-tabs'
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
      <PageHeader title={t('people.title')} intro={t('people.intro', { tenant: view.actor.tenant.tenant.name })} />
      <PeopleTabs tenant={tenant} current={suspended ? 'suspended' : 'active'} t={t} />
      <div className="grid grid-cols-[minmax(0,1fr)] gap-6">
        {search.notice === 'membership' ? <Alert tone="positive">{t('people.membershipEnded')}</Alert> : null}
        <Search view={view} here={here} text={text} />
        <List view={view} here={here} tenant={tenant} text={text} />
      </div>
    </Console>
  )
}

function Search({ view, here, text: { t } }: { view: PeopleView; here: string; text: Reader }) {
  const { query } = view
  const any = { value: '', label: t('people.any') }
  const filtered =
    query.search !== '' || query.userType !== null || query.role !== null || query.status !== null || query.atRisk
  return (
    <form method="get" action={here} className="grid gap-4">
      {query.suspended ? <input type="hidden" name="list" value="suspended" /> : null}
      <TextField
        label={t('people.search')}
        name="q"
        type="search"
        autoComplete="off"
        maxLength={100}
        defaultValue={query.search}
        hint={t('people.searchHint')}
        className="max-w-md"
      />
      <div className="grid grid-cols-[repeat(auto-fill,minmax(11rem,1fr))] gap-4">
        <SelectField
          label={t('people.userType')}
          name="type"
          defaultValue={query.userType ?? ''}
          options={[any, { value: 'team', label: t('userType.team') }, { value: 'end', label: t('userType.end') }]}
        />
        <SelectField
          label={t('people.role')}
          name="role"
          defaultValue={query.role ?? ''}
          options={[any, ...ROLES.map((role) => ({ value: role, label: t(`role.${role}`) }))]}
        />
        <SelectField
          label={t('people.statusName')}
          name="status"
          defaultValue={query.status ?? ''}
          options={[
            any,
            ...PERSON_STATES.map((status) => ({
              value: status,
              label: t(`people.status.${status}`),
            })),
          ]}
        />
        <SelectField
          label={t('people.sort')}
          name="sort"
          defaultValue={query.sort}
          options={SORTS.map((sort) => ({ value: sort, label: t(`people.sortBy.${sort}`) }))}
        />
      </div>
      <CheckboxField label={t('people.atRisk')} name="risk" value="1" defaultChecked={query.atRisk} />
      <div className="flex flex-wrap items-center gap-4 text-sm">
        <SubmitButton variant="secondary">{t('people.find')}</SubmitButton>
        {filtered ? (
          <TextLink href={query.suspended ? `${here}?list=suspended` : here}>{t('people.clear')}</TextLink>
        ) : null}
      </div>
    </form>
  )
}

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
  return (
    <>
      <Card flush>
        <Table
          label={t('people.title')}
          head={
            <>
              <Th>{t('people.name')}</Th>
              <Th>{t('people.role')}</Th>
              <Th>{t('people.statusName')}</Th>
              <Th>{t('people.lastSignIn')}</Th>
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
          <TextLink href={personPath(tenant, row.userId)} strong>
            <bdi>{row.name}</bdi>
          </TextLink>
          {row.userId === view.actor.person.id ? <Badge variant="info" label={t('people.you')} /> : null}
          {row.looksLikeAnother ? <Badge variant="attention" icon="info" label={t('people.lookAlike')} /> : null}
          {row.guest ? <Badge variant="neutral" label={t('people.guest')} /> : null}
        </span>
        <span className="block text-ink-muted">{row.email}</span>
      </Td>
      <Td label={t('people.role')}>{t(`role.${row.role}`)}</Td>
      <Td label={t('people.statusName')}>
        <StatusBadge status={row.coverage.state} t={t} />
      </Td>
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
