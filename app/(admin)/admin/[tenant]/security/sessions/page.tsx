import type { Metadata } from 'next'
import { Console } from '@/app/console'
import { NotHere } from '@/app/not-here'
import { Alert } from '@/components/ui/alert'
import { Card } from '@/components/ui/card'
import { EmptyState } from '@/components/ui/empty-state'
import { ActionForm } from '@/components/ui/form'
import { PageHeader } from '@/components/ui/heading'
import { LinkButton } from '@/components/ui/link-button'
import { SubmitButton } from '@/components/ui/submit-button'
import { Table, Td, Th, Tr } from '@/components/ui/table'
import { Pager, Tabs } from '@/components/ui/tabs'
import { TextLink } from '@/components/ui/text-link'
import { CONTAIN_SCOPES } from '@/lib/identity/policy/rules'
import { loadTenantSessions } from '@/lib/web/loaders/security'
import { containPath, personPath, sessionsPath } from '@/lib/web/paths'
import { browserName } from '@/lib/web/words/places'
import { type Reader, reader } from '@/lib/web/words/reader'
import { endSessionOf } from '../../people/users/actions'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await reader()).t('sessions.title') }
}

type View = NonNullable<Awaited<ReturnType<typeof loadTenantSessions>>>

export default async function SessionsPage({
  params,
  searchParams,
}: {
  params: Promise<{ tenant: string }>
  searchParams: Promise<{ type?: string; before?: string; ended?: string }>
}) {
  const text = await reader()
  const { t } = text
  const { tenant } = await params
  const search = await searchParams
  const view = await loadTenantSessions(tenant, search)
  if (view === null) return <NotHere />
  const here = sessionsPath(tenant)
  const { userType } = view
  const typed = userType === null ? '' : `type=${userType}`
  const { next } = view.sessions
  return (
    <Console view={view} current={here}>
      <PageHeader title={t('sessions.title')} intro={t('sessions.intro', { tenant: view.actor.tenant.tenant.name })} />
      {/^\d{1,9}$/.test(search.ended ?? '') ? (
        <div className="mb-6">
          <Alert tone="positive">{t('sessions.ended', { count: Number(search.ended) })}</Alert>
        </div>
      ) : null}
      <Tabs
        label={t('people.userType')}
        items={[
          { href: here, label: t('sessions.all'), current: userType === null },
          { href: `${here}?type=team`, label: t('userType.team'), current: userType === 'team' },
          { href: `${here}?type=end`, label: t('userType.end'), current: userType === 'end' },
        ]}
      />
      <div className="grid grid-cols-[minmax(0,1fr)] gap-6">
        <List view={view} tenant={tenant} text={text} />
        <Pager
          label={t('people.pages')}
          previous={search.before === undefined ? undefined : { href: `${here}?${typed}`, label: t('people.first') }}
          next={next === null ? undefined : { href: `${here}?${typed}&before=${next}`, label: t('people.next') }}
        />
        <Card title={t('contain.title')} intro={t('contain.intro')} tone="danger">
          <div className="flex flex-wrap gap-3">
            {CONTAIN_SCOPES.map((scope) => (
              <LinkButton key={scope} href={containPath(tenant, scope)} variant="danger" size="sm">
                {t(`contain.${scope}`)}
              </LinkButton>
            ))}
          </div>
        </Card>
      </div>
    </Console>
  )
}

function List({ view, tenant, text }: { view: View; tenant: string; text: Reader }) {
  const { t, time, locale } = text
  const { rows } = view.sessions
  if (rows.length === 0) {
    return (
      <Card>
        <EmptyState icon="device" title={t('sessions.none')}>
          {t('sessions.noneHint')}
        </EmptyState>
      </Card>
    )
  }
  const where = (address: string | null) => {
    const place = view.placeOf(address, locale)
    return address === null ? t('devices.addressUnknown') : place === null ? address : `${address} (${place})`
  }
  return (
    <Card flush>
      <Table
        label={t('sessions.title')}
        head={
          <>
            <Th>{t('people.name')}</Th>
            <Th>{t('sessions.from')}</Th>
            <Th>{t('sessions.began')}</Th>
            <Th>{t('sessions.seen')}</Th>
            <Th hiddenLabel={t('act.label')} />
          </>
        }
      >
        {rows.map((row) => (
          <Tr key={row.id}>
            <Td>
              <TextLink href={personPath(tenant, row.userId)} strong>
                <bdi>{row.person.name}</bdi>
              </TextLink>
              <span className="block text-ink-muted">{row.person.email}</span>
            </Td>
            <Td label={t('sessions.from')}>
              {browserName(row.userAgent) ?? t('devices.browserUnknown')}
              <span className="block text-ink-muted">{where(row.address)}</span>
            </Td>
            <Td label={t('sessions.began')}>{time(row.createdAt)}</Td>
            <Td label={t('sessions.seen')}>{time(row.lastSeenAt)}</Td>
            <Td align="end">
              {row.mayEnd ? (
                <ActionForm action={endSessionOf} hidden={{ tenant, user: row.userId, session: row.id }}>
                  <SubmitButton
                    variant="secondary"
                    size="sm"
                    ariaLabel={t('sessions.endOf', { name: row.person.name })}
                  >
                    {t('sessions.end')}
                  </SubmitButton>
                </ActionForm>
              ) : null}
            </Td>
          </Tr>
        ))}
      </Table>
    </Card>
  )
}
