import type { Metadata } from 'next'
import { Console } from '@/app/console'
import { BackToSteps } from '@/app/first-steps'
import { NotHere } from '@/app/not-here'
import { Alert } from '@/components/ui/alert'
import { Badge } from '@/components/ui/badge'
import { Card } from '@/components/ui/card'
import { EmptyState } from '@/components/ui/empty-state'
import { ActionForm } from '@/components/ui/form'
import { PageHeader } from '@/components/ui/heading'
import { SelectField } from '@/components/ui/select-field'
import { SubmitButton } from '@/components/ui/submit-button'
import { Table, Td, Th, Tr } from '@/components/ui/table'
import { Pager } from '@/components/ui/tabs'
import { TextField } from '@/components/ui/text-field'
import { TextLink } from '@/components/ui/text-link'
import type { InvitationState } from '@/lib/administration/invitation/types'
import { LOCALE_NAMES, LOCALES } from '@/lib/i18n/locales'
import { type InvitationsView, loadInvitations } from '@/lib/web/loaders/people'
import { invitationPath, invitationsPath, peoplePath } from '@/lib/web/paths'
import { type Reader, reader } from '@/lib/web/words/reader'
import { BulkBar, Pick } from '../bulk/bulk-bar'
import { PeopleActions, PeopleTabs } from '../people-tabs'
import { inviteAgain, invitePerson, withdrawInvitation } from './actions'
import { ValidFor } from './valid-for'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await reader()).t('invite.title') }
}

const NOTICES = ['sent', 'withdrawn', 'changed', 'unchanged'] as const
type Search = Record<string, string | string[] | undefined>

export default async function InvitationsPage({
  params,
  searchParams,
}: {
  params: Promise<{ tenant: string }>
  searchParams: Promise<Search>
}) {
  const text = await reader()
  const { t } = text
  const { tenant } = await params
  const search = await searchParams
  const view = await loadInvitations(tenant, search)
  if (view === null) return <NotHere />
  const notice = NOTICES.find((each) => each === search.notice)
  return (
    <Console view={view} current={peoplePath(tenant)}>
      <PageHeader
        back={<BackToSteps tenant={tenant} />}
        title={t('people.title')}
        intro={t('invite.intro', { tenant: view.actor.tenant.tenant.name })}
        actions={<PeopleActions tenant={tenant} t={t} />}
      />
      <PeopleTabs tenant={tenant} current="invitations" t={t} />
      <div className="grid max-w-4xl grid-cols-[minmax(0,1fr)] gap-6">
        {notice ? (
          <Alert tone={notice === 'sent' || notice === 'changed' ? 'positive' : 'info'}>
            {t(`invite.notice.${notice}`)}
          </Alert>
        ) : null}
        <Invite view={view} tenant={tenant} search={search} text={text} />
        <List view={view} tenant={tenant} text={text} />
      </div>
    </Console>
  )
}

function Invite({
  view,
  tenant,
  search,
  text,
}: {
  view: InvitationsView
  tenant: string
  search: Search
  text: Reader
}) {
  const { t, locale } = text
  const typed = (name: string) => (typeof search[name] === 'string' ? search[name] : undefined)
  return (
    <Card title={t('invite.one')}>
      <ActionForm action={invitePerson} hidden={{ tenant }}>
        <div className="grid gap-4 sm:grid-cols-2">
          <TextField
            label={t('common.email')}
            name="email"
            type="email"
            autoComplete="off"
            maxLength={254}
            defaultValue={typed('email')}
            required
          />
          <TextField
            label={t('people.name')}
            name="name"
            autoComplete="off"
            maxLength={100}
            defaultValue={typed('name')}
            required
          />
          <SelectField
            label={t('people.role')}
            name="role"
            defaultValue={typed('role') ?? 'agent'}
            options={view.roles.map((role) => ({ value: role, label: t(`role.${role}`) }))}
          />
          <SelectField
            label={t('invite.language')}
            name="locale"
            defaultValue={typed('locale') ?? locale}
            options={LOCALES.map((each) => ({ value: each, label: LOCALE_NAMES[each] }))}
          />
          <ValidFor
            deadline={view.terms.deadline}
            usual={view.terms.usualDays}
            typed={typed('days')}
            days={null}
            text={text}
          />
        </div>
        <div className="flex flex-wrap items-center gap-4 text-sm">
          <SubmitButton pendingLabel={t('common.working')}>{t('invite.send')}</SubmitButton>
        </div>
      </ActionForm>
    </Card>
  )
}

const BADGES = {
  open: 'positive',
  expired: 'attention',
  not_sent: 'neutral',
  void: 'attention',
} as const satisfies Record<InvitationState, string>

function List({ view, tenant, text }: { view: InvitationsView; tenant: string; text: Reader }) {
  const { t, time } = text
  const { page, query } = view
  const here = invitationsPath(tenant)
  const at = (more: Record<string, string>) =>
    `${here}?${new URLSearchParams({ ...(query.search === '' ? {} : { q: query.search }), ...more })}`
  return (
    <>
      <form method="get" action={here} className="flex flex-wrap items-end gap-4">
        <TextField
          label={t('invite.search')}
          name="q"
          type="search"
          autoComplete="off"
          maxLength={254}
          defaultValue={query.search}
          className="w-full max-w-md"
        />
        <SubmitButton variant="secondary">{t('people.find')}</SubmitButton>
        {query.search === '' ? null : <TextLink href={here}>{t('people.clear')}</TextLink>}
      </form>
      {page.rows.length === 0 ? null : (
        <BulkBar
          tenant={tenant}
          filter={query.search}
          page={page.rows.map(({ id }) => id)}
          all={page.previous === null && page.next === null ? page.rows.length : null}
          choices={view.bulk}
          t={t}
        />
      )}
      {page.rows.length === 0 ? (
        <Card>
          <EmptyState icon="mail" title={t('invite.none')}>
            {t('invite.noneHint')}
          </EmptyState>
        </Card>
      ) : (
        <Card flush>
          <Table
            label={t('invite.title')}
            head={
              <>
                <Th>{t('people.name')}</Th>
                <Th>{t('people.role')}</Th>
                <Th>{t('invite.state')}</Th>
                <Th hiddenLabel={t('act.label')} />
              </>
            }
          >
            {page.rows.map((row) => (
              <Tr key={row.id}>
                <Td>
                  <span className="flex items-start gap-3">
                    <Pick id={row.id} name={row.name} t={t} />
                    <span className="min-w-0">
                      {row.mayChange ? (
                        <TextLink href={invitationPath(tenant, row.id)}>
                          <bdi className="font-medium">{row.name}</bdi>
                        </TextLink>
                      ) : (
                        <bdi className="font-medium">{row.name}</bdi>
                      )}
                      <span className="block text-ink-muted">{row.email}</span>
                    </span>
                  </span>
                </Td>
                <Td label={t('people.role')}>{t(`role.${row.role}`)}</Td>
                <Td label={t('invite.state')}>
                  <Badge variant={BADGES[row.state]} label={t(`invite.is.${row.state}`)} />
                  <span className="block text-ink-muted">
                    {row.expiresAt === null ? null : t('invite.until', { when: time(row.expiresAt) })}
                  </span>
                  {row.by === null ? null : (
                    <span className="block text-ink-muted">{t('invite.by', { name: row.by })}</span>
                  )}
                </Td>
                <Td align="end">
                  {row.mayChange ? (
                    <span className="flex flex-wrap justify-end gap-2">
                      <ActionForm action={inviteAgain} hidden={{ tenant, invitation: row.id }}>
                        <SubmitButton
                          variant="secondary"
                          size="sm"
                          ariaLabel={t(row.state === 'not_sent' ? 'invite.sendTo' : 'invite.againTo', {
                            email: row.email,
                          })}
                        >
                          {t(row.state === 'not_sent' ? 'invite.send' : 'invite.again')}
                        </SubmitButton>
                      </ActionForm>
                      <ActionForm action={withdrawInvitation} hidden={{ tenant, invitation: row.id }}>
                        <SubmitButton
                          variant="quiet"
                          size="sm"
                          ariaLabel={t('invite.withdrawOf', { email: row.email })}
                        >
                          {t('invite.withdraw')}
                        </SubmitButton>
                      </ActionForm>
                    </span>
                  ) : null}
                </Td>
              </Tr>
            ))}
          </Table>
        </Card>
      )}
      <Pager
        label={t('people.pages')}
        previous={
          page.previous === null ? undefined : { href: at({ before: page.previous }), label: t('people.previous') }
        }
        next={page.next === null ? undefined : { href: at({ after: page.next }), label: t('people.next') }}
      />
    </>
  )
}
