import type { Metadata } from 'next'
import { Console } from '@/app/console'
import { NotHere } from '@/app/not-here'
import { Badge } from '@/components/ui/badge'
import { Card } from '@/components/ui/card'
import { EmptyState } from '@/components/ui/empty-state'
import { PageHeader } from '@/components/ui/heading'
import { LinkButton } from '@/components/ui/link-button'
import { SelectField } from '@/components/ui/select-field'
import { SubmitButton } from '@/components/ui/submit-button'
import { SortLink, Table, Td, Th, Tr } from '@/components/ui/table'
import { FilterLinks, Pager } from '@/components/ui/tabs'
import { TextField } from '@/components/ui/text-field'
import { TextLink } from '@/components/ui/text-link'
import { writeClientQuery } from '@/lib/administration/client/schema'
import { type ClientRow, type ClientSort, REQUIREMENTS } from '@/lib/administration/client/types'
import { type ClientsView, loadClients } from '@/lib/web/loaders/clients'
import { clientPath, clientsPath, newClientPath } from '@/lib/web/paths'
import { type Reader, reader } from '@/lib/web/words/reader'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await reader()).t('clients.title') }
}

export default async function ClientsPage({
  params,
  searchParams,
}: {
  params: Promise<{ tenant: string }>
  searchParams: Promise<Record<string, string | string[] | undefined>>
}) {
  const text = await reader()
  const { t } = text
  const { tenant } = await params
  const view = await loadClients(tenant, await searchParams)
  if (view === null) return <NotHere />
  const here = clientsPath(tenant)
  const add = (
    <LinkButton href={newClientPath(tenant)} variant="primary">
      {t('clients.add')}
    </LinkButton>
  )
  return (
    <Console view={view} current={here}>
      <PageHeader
        title={t('clients.title')}
        intro={t('clients.intro', { tenant: view.actor.tenant.tenant.name })}
        actions={view.page.any ? add : undefined}
      />
      {view.page.any ? (
        <div className="grid grid-cols-[minmax(0,1fr)] gap-3">
          <Search view={view} here={here} t={t} />
          <Lists view={view} here={here} t={t} />
          <List view={view} here={here} tenant={tenant} text={text} />
        </div>
      ) : (
        <Card>
          <EmptyState icon="building" title={t('clients.empty')}>
            <p>{t('clients.emptyHint')}</p>
            <p className="mt-4">{add}</p>
          </EmptyState>
        </Card>
      )}
    </Console>
  )
}

type Part = { view: ClientsView; here: string; t: Reader['t'] }

const addressOf = (here: string, search: URLSearchParams) => (search.size === 0 ? here : `${here}?${search}`)

function Lists({ view: { query }, here, t }: Part) {
  const items = ([false, true] as const).map((suspended) => ({
    href: addressOf(here, writeClientQuery({ ...query, suspended })),
    label: t(suspended ? 'clients.suspendedOnes' : 'clients.active'),
    current: query.suspended === suspended,
  }))
  return <FilterLinks label={t('clients.lists')} items={items} />
}

function Search({ view: { query }, here, t }: Part) {
  const { search, kind, stage, requires, suspended } = query
  const filtered = search !== '' || kind !== null || stage !== null || requires !== null
  const kept = writeClientQuery({ ...query, search: '', kind: null, stage: null, requires: null })
  const choice = <Value extends string>(
    name: string,
    label: string,
    any: string,
    value: Value | null,
    options: readonly { value: Value; label: string }[],
  ) => (
    <SelectField
      label={label}
      hideLabel
      name={name}
      defaultValue={value ?? ''}
      options={[{ value: '', label: any }, ...options]}
      className="min-w-36 flex-1"
    />
  )
  return (
    <form method="get" action={here} className="flex flex-wrap items-center gap-2 text-sm">
      {[...kept].map(([name, value]) => (
        <input key={name} type="hidden" name={name} value={value} />
      ))}
      <TextField
        label={t('clients.search')}
        placeholder={t('clients.search')}
        hideLabel
        name="q"
        type="search"
        autoComplete="off"
        maxLength={100}
        defaultValue={search}
        className="min-w-40 flex-1 basis-48"
      />
      {choice('kind', t('clients.kind'), t('clients.anyKind'), kind, [
        { value: 'customer', label: t('clients.kindOf.customer') },
        { value: 'partner', label: t('clients.kindOf.partner') },
      ])}
      {choice('stage', t('clients.stage'), t('clients.anyStage'), stage, [
        { value: 'trial', label: t('clients.trial') },
        { value: 'production', label: t('clients.production') },
      ])}
      {choice(
        'requires',
        t('clients.requires'),
        t('clients.anyRequirement'),
        requires,
        REQUIREMENTS.map((value) => ({ value, label: t(`clients.required.${value}`) })),
      )}
      <SubmitButton variant="secondary">{t('people.find')}</SubmitButton>
      {filtered ? <TextLink href={suspended ? `${here}?list=suspended` : here}>{t('clients.clear')}</TextLink> : null}
    </form>
  )
}

/** A heading that sorts by its column, and the other way round where it does already. */
function SortHeading({ sort, label, view: { query }, here, t }: Part & { sort: ClientSort; label: string }) {
  const isSorted = query.sort === sort
  const descending = isSorted ? !query.descending : sort === 'outstanding'
  const sorted = isSorted ? (query.descending ? 'descending' : 'ascending') : undefined
  return (
    <Th sort={sorted}>
      <SortLink
        href={addressOf(here, writeClientQuery({ ...query, sort, descending }))}
        hint={t(descending ? 'people.sortDown' : 'people.sortUp', { column: label })}
        sorted={sorted}
      >
        {label}
      </SortLink>
    </Th>
  )
}

function List({ view, here, tenant, text }: { view: ClientsView; here: string; tenant: string; text: Reader }) {
  const { t } = text
  const { page, query } = view
  if (page.rows.length === 0) {
    return (
      <Card>
        <EmptyState icon="building" title={t('clients.none')}>
          {t('people.noneHint')}
        </EmptyState>
      </Card>
    )
  }
  const at = (more: Record<string, string>) => {
    const search = writeClientQuery(query)
    for (const [name, value] of Object.entries(more)) search.set(name, value)
    return addressOf(here, search)
  }
  const heading = { view, here, t }
  return (
    <>
      <Card flush>
        <Table
          label={t('clients.title')}
          className="table-low"
          head={
            <>
              <SortHeading sort="name" label={t('people.name')} {...heading} />
              <Th>{t('clients.requires')}</Th>
              <SortHeading sort="share" label={t('clients.enrolled')} {...heading} />
              <SortHeading sort="outstanding" label={t('clients.mustSetUp')} {...heading} />
              <Th>{t('clients.exempt')}</Th>
              <Th>{t('clients.service')}</Th>
              <Th>{t('clients.changed')}</Th>
            </>
          }
        >
          {page.rows.map((row) => (
            <ClientLine key={row.id} row={row} tenant={tenant} text={text} />
          ))}
        </Table>
      </Card>
      <Pager
        label={t('clients.pages')}
        previous={
          page.previous === null ? undefined : { href: at({ before: page.previous }), label: t('people.previous') }
        }
        next={page.next === null ? undefined : { href: at({ after: page.next }), label: t('people.next') }}
      />
    </>
  )
}

function ClientLine({ row, tenant, text: { t, time } }: { row: ClientRow; tenant: string; text: Reader }) {
  const { team, end } = row.required
  const { enrolled, of, mustSetUp, invited, exempt, service } = row.progress
  const number = (n: number) => t('overview.number', { n })
  const requires = team && end ? 'all' : team ? 'team' : end ? 'end' : 'none'
  return (
    <Tr>
      <Td>
        <TextLink href={clientPath(tenant, row.slug)} strong>
          <bdi>{row.name}</bdi>
        </TextLink>
        <span className="mt-0.5 flex flex-wrap gap-1">
          <Badge variant="neutral" label={t(`clients.kindOf.${row.kind}`)} />
          {row.stage === 'trial' ? <Badge variant="info" label={t('clients.trial')} /> : null}
        </span>
      </Td>
      <Td label={t('clients.requires')}>{t(`clients.of.${requires}`)}</Td>
      <Td label={t('clients.enrolled')}>{t('overview.of', { enrolled, of })}</Td>
      <Td label={t('clients.mustSetUp')}>
        {number(mustSetUp)}
        {invited === 0 ? null : (
          <span className="block text-xs text-ink-muted">{t('advanced.coverageInvited', { n: invited })}</span>
        )}
      </Td>
      <Td label={t('clients.exempt')}>{number(exempt)}</Td>
      <Td label={t('clients.service')}>{number(service)}</Td>
      <Td label={t('clients.changed')}>{time(row.changedAt)}</Td>
    </Tr>
  )
}
