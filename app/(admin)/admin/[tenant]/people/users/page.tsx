import type { Metadata } from 'next'
import { Console } from '@/app/console'
import { NotHere } from '@/app/not-here'
import { Alert } from '@/components/ui/alert'
import { Badge } from '@/components/ui/badge'
import { Card } from '@/components/ui/card'
import { DetailsMenu, MenuLink } from '@/components/ui/details-menu'
import { EmptyState } from '@/components/ui/empty-state'
import { PageHeader } from '@/components/ui/heading'
import { SelectField } from '@/components/ui/select-field'
import { SubmitButton } from '@/components/ui/submit-button'
import { SortLink, Table, Td, Th, Tr } from '@/components/ui/table'
import { FilterLinks, Pager } from '@/components/ui/tabs'
import { TextField } from '@/components/ui/text-field'
import { TextLink } from '@/components/ui/text-link'
import { writePeopleQuery } from '@/lib/administration/people/list/schema'
import type { PersonRow, Sort } from '@/lib/administration/people/list/types'
import { progressOf } from '@/lib/coverage/rules'
import { PERSON_STATES } from '@/lib/coverage/types'
import { ROLES } from '@/lib/identity/user/types'
import { loadPeople, type PeopleView } from '@/lib/web/loaders/people'
import { actPath, invitationsPath, peoplePath, personPath } from '@/lib/web/paths'
import { type Reader, reader } from '@/lib/web/words/reader'
import { PeopleActions, PeopleTabs } from '../people-tabs'
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
        {suspended ? null : <Filters view={view} here={here} tenant={tenant} text={text} />}
        <List view={view} here={here} tenant={tenant} text={text} />
      </div>
    </Console>
  )
}

/** The one number of this list in a row of links, each with how many it shows (P9). */
function Filters({
  view,
  here,
  tenant,
  text: { t },
}: {
  view: PeopleView
  here: string
  tenant: string
  text: Reader
}) {
  const { query, coverage } = view
  const { userType, status, atRisk } = query
  const counts = progressOf(
    ...(userType === null ? [coverage.types.team, coverage.types.end] : [coverage.types[userType]]),
  )
  // What is searched, and a role, narrow what a link shows: its number would be of more people.
  const isWhole = query.search === '' && query.role === null
  const number = (n: number) => (isWhole ? t('overview.number', { n }) : undefined)
  const at = (more: Partial<typeof query>) => {
    const search = writePeopleQuery({ ...query, status: null, atRisk: false, ...more })
    return search.size === 0 ? here : `${here}?${search}`
  }
  const of = { enrolled: counts.enrolled, setup_required: counts.mustSetUp, exempt: counts.exempt }
  const states = { ...of, not_required: counts.notRequired }
  return (
    <FilterLinks
      label={t('people.filters')}
      items={[
        {
          href: at({}),
          label: t('people.everyone'),
          current: status === null && !atRisk,
        },
        ...PERSON_STATES.filter((each) => each === 'enrolled' || states[each] > 0 || status === each).map((each) => ({
          href: at({ status: each }),
          label: t(`people.status.${each}`),
          current: status === each,
          count: number(states[each]),
        })),
        ...(counts.invited === 0
          ? []
          : [
              {
                href: invitationsPath(tenant),
                label: t('people.invited'),
                current: false,
                count: number(counts.invited),
              },
            ]),
        ...(coverage.atRisk === 0 && !atRisk
          ? []
          : [
              {
                href: at({ atRisk: true }),
                label: t('people.phoneAway'),
                current: atRisk,
                count: userType === null ? number(coverage.atRisk) : undefined,
              },
            ]),
      ]}
    />
  )
}

function Search({ view, here, text: { t } }: { view: PeopleView; here: string; text: Reader }) {
  const { query } = view
  const { search, userType, role, status, atRisk } = query
  const filtered = search !== '' || userType !== null || role !== null || status !== null || atRisk
  const kept = writePeopleQuery({ ...query, search: '', userType: null, role: null })
  return (
    <form method="get" action={here} className="flex flex-wrap items-center gap-2 text-sm">
      {[...kept].map(([name, value]) => (
        <input key={name} type="hidden" name={name} value={value} />
      ))}
      <TextField
        label={t('people.search')}
        placeholder={t('people.search')}
        hideLabel
        name="q"
        type="search"
        autoComplete="off"
        maxLength={100}
        defaultValue={search}
        className="min-w-40 flex-1 basis-48"
      />
      <SelectField
        label={t('people.userType')}
        hideLabel
        name="type"
        defaultValue={userType ?? ''}
        options={[
          { value: '', label: t('people.anyType') },
          { value: 'team', label: t('userType.team') },
          { value: 'end', label: t('userType.end') },
        ]}
        className="min-w-32 flex-1"
      />
      <SelectField
        label={t('people.role')}
        hideLabel
        name="role"
        defaultValue={role ?? ''}
        options={[
          { value: '', label: t('people.anyRole') },
          ...ROLES.map((role) => ({ value: role, label: t(`role.${role}`) })),
        ]}
        className="min-w-32 flex-1"
      />
      <SubmitButton variant="secondary">{t('people.find')}</SubmitButton>
      {filtered ? (
        <TextLink href={query.suspended ? `${here}?list=suspended` : here}>{t('people.clear')}</TextLink>
      ) : null}
    </form>
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
  return (
    <>
      <Card flush>
        <Table
          label={t('people.title')}
          className="table-low"
          head={
            <>
              <SortHeading sort="name" label={t('people.name')} view={view} here={here} t={t} />
              <SortHeading sort="role" label={t('people.role')} view={view} here={here} t={t} />
              <SortHeading sort="status" label={t('people.statusName')} view={view} here={here} t={t} />
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
          <TextLink href={personPath(tenant, row.userId)} strong>
            <bdi>{row.name}</bdi>
          </TextLink>
          {row.userId === view.actor.person.id ? <Badge variant="info" label={t('people.you')} /> : null}
          {row.looksLikeAnother ? <Badge variant="attention" icon="info" label={t('people.lookAlike')} /> : null}
          {row.guest ? <Badge variant="neutral" label={t('people.guest')} /> : null}
        </span>
        <span className="block text-xs text-ink-muted">{row.email}</span>
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
