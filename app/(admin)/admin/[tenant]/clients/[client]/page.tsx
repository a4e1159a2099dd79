import type { Metadata } from 'next'
import { Console } from '@/app/console'
import { NotHere } from '@/app/not-here'
import { Alert } from '@/components/ui/alert'
import { Badge } from '@/components/ui/badge'
import { Card, CardGrid } from '@/components/ui/card'
import { EventLine } from '@/components/ui/disclosure'
import { EmptyState } from '@/components/ui/empty-state'
import { PageHeader } from '@/components/ui/heading'
import { LinkButton } from '@/components/ui/link-button'
import { Shares } from '@/components/ui/progress'
import { Table, Td, Th, Tr } from '@/components/ui/table'
import { Pager } from '@/components/ui/tabs'
import type { ClientState } from '@/lib/administration/client/types'
import { progressOf } from '@/lib/coverage/rules'
import { type ClientPageView, loadClient } from '@/lib/web/loaders/clients'
import { clientPath, clientSecurityPath, clientsPath } from '@/lib/web/paths'
import { groupSentence } from '@/lib/web/words/audit'
import { sharesOf } from '@/lib/web/words/coverage'
import { type Reader, reader } from '@/lib/web/words/reader'
import { ClientTabs } from './client-tabs'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await reader()).t('clients.title') }
}

const NOTICES = ['made', 'suspended', 'reactivated', 'production'] as const

const TONES = {
  suspended: 'attention',
  empty: 'info',
  off: 'info',
  partly: 'info',
  outstanding: 'attention',
  done: 'positive',
} as const satisfies Record<ClientState, string>

export default async function ClientPage({
  params,
  searchParams,
}: {
  params: Promise<{ tenant: string; client: string }>
  searchParams: Promise<Record<string, string | string[] | undefined>>
}) {
  const text = await reader()
  const { t, time } = text
  const where = await params
  const search = await searchParams
  const view = await loadClient(where, search)
  if (view === null) return <NotHere />
  const { client, coverage, state } = view
  const notice = NOTICES.find((each) => each === search.notice)
  const { mustSetUp, invited } = progressOf(coverage.types.team, coverage.types.end)
  return (
    <Console view={view} current={clientsPath(where.tenant)}>
      <PageHeader
        title={client.name}
        intro={t(`clients.about.${client.kind}`, { tenant: view.actor.partner.tenant.name })}
      />
      <ClientTabs where={where} current="overview" t={t} />
      <div className="grid grid-cols-[minmax(0,1fr)] gap-6">
        {notice ? <Alert tone="positive">{t(`clients.notice.${notice}`)}</Alert> : null}
        <Alert tone={TONES[state]}>
          <p>{t(`clients.state.${state}`, { n: mustSetUp + invited })}</p>
          {state === 'off' || state === 'partly' ? (
            <p className="mt-3">
              <LinkButton href={clientSecurityPath(where.tenant, where.client)}>{t('clients.require')}</LinkButton>
            </p>
          ) : null}
        </Alert>
        <CardGrid>
          {(['team', 'end'] as const).map((type) => (
            <Card
              key={type}
              title={t(`userType.${type}`)}
              aside={
                <Badge
                  variant={coverage.required[type] ? 'positive' : 'neutral'}
                  label={t(coverage.required[type] ? 'advanced.on' : 'advanced.off')}
                />
              }
            >
              <Shares {...sharesOf(progressOf(coverage.types[type]), coverage.required[type], t)} />
            </Card>
          ))}
          <Owners view={view} t={t} />
        </CardGrid>
        <People view={view} where={where} text={text} />
        <Card title={t('overview.events')} flush>
          {view.events.groups.map((group) => (
            <EventLine key={group.newest.id} summary={groupSentence(group, t)} time={time(group.newest.at)} />
          ))}
        </Card>
      </div>
    </Console>
  )
}

function Owners({ view: { owners, invitedOwners }, t }: { view: ClientPageView; t: Reader['t'] }) {
  const lines = [
    ...owners.map((owner) => ({ ...owner, word: owner.suspended ? t('people.suspended') : null })),
    ...invitedOwners.map((owner) => ({ ...owner, word: t('people.invited') })),
  ]
  return (
    <Card title={t('clients.owners')}>
      {lines.length === 0 ? <p className="text-sm">{t('clients.noOwner')}</p> : null}
      <ul className="grid gap-2 text-sm">
        {lines.map(({ name, email, word }) => (
          <li key={`${email} ${word}`}>
            <bdi className="font-medium">{name}</bdi> {word === null ? null : <Badge variant="neutral" label={word} />}
            <span className="block text-xs text-ink-muted">{email}</span>
          </li>
        ))}
      </ul>
    </Card>
  )
}

function People({
  view,
  where,
  text: { t },
}: {
  view: ClientPageView
  where: { tenant: string; client: string }
  text: Reader
}) {
  const { rows, previous, next } = view.people
  const at = (more: Record<string, string>) => `${clientPath(where.tenant, where.client)}?${new URLSearchParams(more)}`
  return (
    <Card title={t('people.status.setup_required')} flush={rows.length > 0}>
      {rows.length === 0 ? (
        <EmptyState icon="user" title={t('overview.allDone')} />
      ) : (
        <Table
          label={t('people.status.setup_required')}
          head={
            <>
              <Th>{t('people.name')}</Th>
              <Th>{t('people.role')}</Th>
            </>
          }
        >
          {rows.map((row) => (
            <Tr key={row.id}>
              <Td>
                <bdi className="font-medium">{row.name}</bdi>
                <span className="block text-xs text-ink-muted">{row.email}</span>
              </Td>
              <Td label={t('people.role')}>{t(`role.${row.role}`)}</Td>
            </Tr>
          ))}
        </Table>
      )}
      {previous === null && next === null ? null : (
        <Pager
          label={t('people.pages')}
          previous={previous === null ? undefined : { href: at({ before: previous }), label: t('people.previous') }}
          next={next === null ? undefined : { href: at({ after: next }), label: t('people.next') }}
        />
      )}
    </Card>
  )
}
