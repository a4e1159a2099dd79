import type { Metadata } from 'next'
import { OwnerProofField } from '@/app/(admin)/owner-proof'
import { Console } from '@/app/console'
import { NotHere } from '@/app/not-here'
import { Alert } from '@/components/ui/alert'
import { Badge } from '@/components/ui/badge'
import { Card, Row } from '@/components/ui/card'
import { EmptyState } from '@/components/ui/empty-state'
import { ActionForm, FormDisclosure } from '@/components/ui/form'
import { PageHeader } from '@/components/ui/heading'
import { SubmitButton } from '@/components/ui/submit-button'
import { TextField } from '@/components/ui/text-field'
import { TextLink } from '@/components/ui/text-link'
import { REQUEST_REASON_LENGTH } from '@/lib/authentication/reset/rules'
import { loadInbox } from '@/lib/web/loaders/security'
import { personPath, resetRequestsPath } from '@/lib/web/paths'
import { ownerProof } from '@/lib/web/words/owner'
import { browserName } from '@/lib/web/words/places'
import { type Reader, reader } from '@/lib/web/words/reader'
import { decideReset } from './actions'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await reader()).t('resets.title') }
}

const NOTICES = ['approved', 'denied'] as const
type View = NonNullable<Awaited<ReturnType<typeof loadInbox>>>
type Entry = View['inbox']['open'][number]
type Search = { notice?: string; request?: string; reason?: string }

export default async function ResetRequestsPage({
  params,
  searchParams,
}: {
  params: Promise<{ tenant: string }>
  searchParams: Promise<Search>
}) {
  const text = await reader()
  const { t } = text
  const { tenant } = await params
  const view = await loadInbox(tenant)
  if (view === null) return <NotHere />
  const search = await searchParams
  const notice = NOTICES.find((each) => each === search.notice)
  const { open, ended } = view.inbox
  return (
    <Console view={view} current={resetRequestsPath(tenant)}>
      <PageHeader title={t('resets.title')} intro={t('resets.intro')} />
      <div className="grid max-w-3xl grid-cols-[minmax(0,1fr)] gap-6">
        {notice ? (
          <Alert tone={notice === 'approved' ? 'positive' : 'info'}>{t(`resets.notice.${notice}`)}</Alert>
        ) : null}
        {open.length === 0 ? (
          <Card>
            <EmptyState icon="key" title={t('resets.none')}>
              {t('resets.noneHint')}
            </EmptyState>
          </Card>
        ) : (
          <Card title={t('resets.open')} flush>
            {open.map((entry) => (
              <Waiting key={entry.id} entry={entry} view={view} tenant={tenant} search={search} text={text} />
            ))}
          </Card>
        )}
        {ended.length > 0 ? (
          <Card title={t('resets.ended')} flush>
            {ended.map((entry) => (
              <Row
                key={entry.id}
                title={
                  <>
                    <TextLink href={personPath(tenant, entry.person.id)} strong>
                      <bdi>{entry.person.name}</bdi>
                    </TextLink>
                    <Badge
                      variant={entry.state === 'approved' ? 'positive' : 'neutral'}
                      label={t(`resets.state.${entry.state}`)}
                    />
                  </>
                }
                note={text.time(entry.decidedAt ?? entry.cancelledAt ?? entry.expiresAt)}
              />
            ))}
          </Card>
        ) : null}
      </div>
    </Console>
  )
}

function Waiting({
  entry,
  view,
  tenant,
  search,
  text,
}: {
  entry: Entry
  view: View
  tenant: string
  search: Search
  text: Reader
}) {
  const { t, time, locale } = text
  const where = (address: string | null) => {
    const place = view.placeOf(address, locale)
    return address === null ? t('devices.addressUnknown') : place === null ? address : `${address} (${place})`
  }
  const resumed = search.request === entry.id
  return (
    <div className="border-b border-line last:border-b-0">
      <Row
        title={
          <TextLink href={personPath(tenant, entry.person.id)} strong>
            <bdi>{entry.person.name}</bdi>
          </TextLink>
        }
        note={
          <>
            <span className="block">{entry.person.email}</span>
            <span className="block">
              {t('resets.asked', {
                when: time(entry.createdAt),
                browser: browserName(entry.userAgent) ?? t('devices.browserUnknown'),
                address: where(entry.address),
              })}
            </span>
            {entry.reason === null ? null : (
              <span className="block wrap-anywhere">{t('resets.says', { reason: entry.reason })}</span>
            )}
            <span className="mt-2 block font-medium">{t('resets.signIns')}</span>
            {entry.signIns.length === 0 ? <span className="block">{t('resets.noSignIns')}</span> : null}
            {entry.signIns.map((event) => (
              <span key={event.id} className="block">
                {t('resets.signIn', { when: time(event.at), address: where(event.address) })}
              </span>
            ))}
          </>
        }
      />
      <div className="px-4 pb-4 sm:px-5">
        {entry.mayDecide ? (
          <ActionForm action={decideReset} hidden={{ tenant, request: entry.id }}>
            <FormDisclosure summary={t('resets.decide')} open={resumed}>
              <TextField
                label={t('act.reason')}
                name="reason"
                autoComplete="off"
                maxLength={REQUEST_REASON_LENGTH}
                defaultValue={resumed ? search.reason : undefined}
                hint={t('resets.decideHint')}
                required
              />
              <OwnerProofField {...ownerProof(view, t)} />
              <div className="flex flex-wrap gap-3">
                <SubmitButton name="decision" value="approve" variant="danger" size="sm">
                  {t('resets.approve')}
                </SubmitButton>
                <SubmitButton name="decision" value="deny" variant="secondary" size="sm">
                  {t('resets.deny')}
                </SubmitButton>
              </div>
            </FormDisclosure>
          </ActionForm>
        ) : (
          <p className="text-sm text-ink-muted">{t('resets.notYours')}</p>
        )}
      </div>
    </div>
  )
}
