import type { Metadata } from 'next'
import { Console } from '@/app/console'
import { NotHere } from '@/app/not-here'
import { Alert } from '@/components/ui/alert'
import { Card, Row } from '@/components/ui/card'
import { DefinitionList } from '@/components/ui/definition-list'
import { EventLine } from '@/components/ui/disclosure'
import { EmptyState } from '@/components/ui/empty-state'
import { PageHeader } from '@/components/ui/heading'
import { LinkButton } from '@/components/ui/link-button'
import { SelectField } from '@/components/ui/select-field'
import { SubmitButton } from '@/components/ui/submit-button'
import { Pager } from '@/components/ui/tabs'
import { TextField } from '@/components/ui/text-field'
import { TextLink } from '@/components/ui/text-link'
import { KIND_GROUPS } from '@/lib/audit/reading/rules'
import { RETENTION_FLOOR_DAYS, SHORTENING_DAYS } from '@/lib/audit/retention/rules'
import { KIND_GROUP_NAMES, type StoredEvent } from '@/lib/audit/types'
import { type AuditView, loadAudit } from '@/lib/web/loaders/audit'
import { auditExportPath, auditPath } from '@/lib/web/paths'
import { detailsOf, eventSentence, otherActor, otherFactor } from '@/lib/web/words/audit'
import { browserName } from '@/lib/web/words/places'
import { type Reader, reader } from '@/lib/web/words/reader'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await reader()).t('audit.title') }
}

export default async function AuditPage({
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
  const view = await loadAudit(tenant, search)
  if (view === null) return <NotHere />
  return (
    <Console view={view} current={auditPath(tenant)}>
      <PageHeader title={t('audit.title')} intro={t('audit.intro', { tenant: view.actor.tenant.tenant.name })} />
      <div className="grid grid-cols-[minmax(0,1fr)] gap-6">
        <Announced view={view} text={text} />
        <Filters view={view} tenant={tenant} text={text} />
        {view.page === null ? (
          <Choice view={view} tenant={tenant} text={text} />
        ) : (
          <Events
            view={view}
            page={view.page}
            tenant={tenant}
            text={text}
            proved={search.take !== undefined && view.mayExport}
          />
        )}
        <Chain view={view} text={text} />
        <Kept view={view} tenant={tenant} text={text} />
      </div>
    </Console>
  )
}

type Part = { view: AuditView; tenant: string; text: Reader }

function Filters({ view, tenant, text: { t } }: Part) {
  const { query, person } = view
  const typed = person.is === 'one' ? (person.email ?? '') : query.search
  const filtered = person.is !== 'all' || query.kind !== null || query.from !== null || query.to !== null
  return (
    <form method="get" action={auditPath(tenant)} className="grid gap-4">
      {/* Somebody who left has no address to be typed; what is typed comes first. */}
      {person.is === 'one' && person.email === null ? <input type="hidden" name="person" value={person.id} /> : null}
      <TextField
        label={t('audit.person')}
        name="q"
        type="search"
        autoComplete="off"
        maxLength={100}
        defaultValue={typed}
        hint={t('audit.personHint')}
        className="max-w-md"
      />
      <div className="grid grid-cols-[repeat(auto-fill,minmax(11rem,1fr))] gap-4">
        <SelectField
          label={t('audit.kind')}
          name="kind"
          defaultValue={query.kind ?? ''}
          options={[{ value: '', label: t('audit.any') }]}
          groups={KIND_GROUP_NAMES.map((group) => ({
            label: t(`audit.group.${group}`),
            options: [
              { value: group, label: t('audit.allOf', { group: t(`audit.group.${group}`) }) },
              ...KIND_GROUPS[group].map((kind) => ({ value: kind, label: t(`event.${kind}`) })),
            ],
          }))}
        />
        <TextField
          label={t('audit.from', { zone: view.actor.person.timeZone })}
          name="from"
          type="date"
          defaultValue={query.from ?? ''}
        />
        <TextField
          label={t('audit.to', { zone: view.actor.person.timeZone })}
          name="to"
          type="date"
          defaultValue={query.to ?? ''}
        />
      </div>
      <div className="flex flex-wrap items-center gap-4 text-sm">
        <SubmitButton variant="secondary">{t('audit.find')}</SubmitButton>
        {filtered ? <TextLink href={auditPath(tenant)}>{t('audit.clear')}</TextLink> : null}
      </div>
    </form>
  )
}

function Choice({ view, tenant, text: { t } }: Part) {
  const { person, query } = view
  if (person.is !== 'several') {
    return (
      <Card>
        <EmptyState icon="user" title={t('audit.noPerson')}>
          {t('audit.noPersonHint')}
        </EmptyState>
      </Card>
    )
  }
  return (
    <Card title={t('audit.choose')} intro={person.more ? t('audit.chooseMore') : undefined} flush>
      {person.people.map(({ id, name, email }) => (
        <Row
          key={id}
          title={<TextLink href={auditPath(tenant, { ...query, personId: id })}>{name}</TextLink>}
          note={email}
        />
      ))}
    </Card>
  )
}

type EventsPart = Part & { page: NonNullable<AuditView['page']>; proved: boolean }

function Events({ view, page, tenant, text, proved }: EventsPart) {
  const { t } = text
  const { person, query } = view
  const { events, older, newer } = page
  return (
    <>
      {person.is === 'one' ? (
        <p className="text-sm text-pretty">{t('audit.only', { name: nameOf(person, events) })}</p>
      ) : null}
      <Card flush={events.length > 0}>
        {events.length === 0 ? (
          <EmptyState icon="list" title={t('audit.none')}>
            {t('audit.noneHint')}
          </EmptyState>
        ) : (
          events.map((event) => <Line key={event.id} event={event} view={view} text={text} />)
        )}
      </Card>
      {newer === null && older === null ? null : (
        <Pager
          label={t('audit.pages')}
          previous={newer === null ? undefined : { href: auditPath(tenant, query, { newer }), label: t('audit.newer') }}
          next={older === null ? undefined : { href: auditPath(tenant, query, { older }), label: t('audit.older') }}
        />
      )}
      {query.start === 'newest' ? null : (
        <p className="text-sm">
          <TextLink href={auditPath(tenant, query)}>{t('audit.newest')}</TextLink>
        </p>
      )}
      <Card title={t('audit.export')} intro={t('audit.exportIntro')}>
        {proved ? <Alert tone="info">{t('audit.nowExport')}</Alert> : null}
        <div className="flex flex-wrap gap-3">
          {(['csv', 'jsonl'] as const).map((format) => (
            <LinkButton
              key={format}
              href={auditExportPath(tenant, format, query)}
              icon="download"
              variant="secondary"
              size="sm"
              plain
            >
              {t(`audit.${format}`)}
            </LinkButton>
          ))}
        </div>
      </Card>
    </>
  )
}

/** Somebody who is not of the company any more is called as the log calls them. */
function nameOf(person: { id: string; name: string | null }, events: readonly StoredEvent[]): string {
  const said = events.flatMap((event) => [
    event.subjectId === person.id ? event.subjectName : null,
    event.actorId === person.id ? event.actorName : null,
  ])
  return person.name ?? said.find((name) => name !== null) ?? person.id
}

function Line({ event, view, text }: { event: StoredEvent; view: AuditView; text: Reader }) {
  const { t, time, locale } = text
  const place = view.placeOf(event.address, locale)
  const by = otherActor(event, t)
  const facts = [
    otherFactor(event, t),
    by === null ? null : t('audit.by', { who: by }),
    event.address === null || place === null ? event.address : `${event.address} (${place})`,
    browserName(event.userAgent),
  ].filter((fact) => fact !== null)
  const item = (term: string, value: string | null) => (value === null ? [] : [{ term, value }])
  return (
    <EventLine
      summary={
        <>
          <span className="block font-medium wrap-anywhere">{eventSentence(event, t)}</span>
          <span className="block wrap-anywhere text-ink-muted">{facts.join(' · ')}</span>
        </>
      }
      time={time(event.at)}
    >
      <DefinitionList
        items={[
          ...detailsOf(event, t).map(({ term, lines }) => ({
            term,
            value: lines.map((line) => (
              <span key={line} className="block">
                {line}
              </span>
            )),
          })),
          ...item(t('audit.column.kind'), event.kind),
          ...item(t('audit.column.factorType'), event.factorType),
          ...item(t('audit.column.userAgent'), event.userAgent),
          ...item(t('audit.column.requestId'), event.requestId),
          ...item(t('audit.column.id'), event.id),
        ]}
      />
    </EventLine>
  )
}

function Chain({ view: { chain }, text: { t, time } }: { view: AuditView; text: Reader }) {
  return (
    <Card title={t('audit.chain')}>
      <div className="grid gap-3 text-sm text-pretty">
        {chain.is === 'unsealed' ? <p>{t('audit.unsealed')}</p> : null}
        {chain.is === 'signed' ? (
          <p>{t('audit.sealed', { seq: String(chain.seq), when: time(chain.through), key: chain.keyId })}</p>
        ) : null}
        {chain.is === 'bad_head' ? <Alert tone="danger">{t('audit.badHead', { seq: String(chain.seq) })}</Alert> : null}
        {chain.is === 'unknown_key' ? (
          <Alert tone="danger">{t('audit.unknownKey', { seq: String(chain.seq), key: chain.keyId })}</Alert>
        ) : null}
        <p className="text-ink-muted">{t('audit.verify')}</p>
        <code translate="no" className="wrap-anywhere">
          npm run twofold -- audit verify
        </code>
      </div>
    </Card>
  )
}

function Announced({ view: { retention }, text: { t, time } }: { view: AuditView; text: Reader }) {
  const { next } = retention
  if (next === null || next.days === null) return null
  return (
    <Alert tone="attention" title={t('audit.kept.next', { when: time(next.at), days: next.days })}>
      {t('audit.kept.nextHint')}
    </Alert>
  )
}

/** How long the log is kept, which whoever runs the server sets (X12). */
function Kept({ view: { retention }, tenant, text: { t, time } }: Part) {
  const { days, setAt, gone } = retention
  return (
    <Card title={t('audit.kept.title')}>
      <div className="grid gap-3 text-sm text-pretty">
        <p>
          {days === null ? t('audit.kept.forEver') : t('audit.kept.days', { days })}
          {setAt === null ? null : ` ${t('audit.kept.set', { when: time(setAt) })}`}
        </p>
        {gone === null ? null : (
          <p>{t('audit.kept.gone', { n: gone.entries, from: time(gone.from), to: time(gone.to) })}</p>
        )}
        <p className="text-ink-muted">{t('audit.kept.how', { least: RETENTION_FLOOR_DAYS, after: SHORTENING_DAYS })}</p>
        <code translate="no" className="wrap-anywhere">
          npm run twofold -- audit retention --days {days ?? 400} --tenant {tenant}
        </code>
      </div>
    </Card>
  )
}
