import type { Metadata } from 'next'
import { Console } from '@/app/console'
import { NotHere } from '@/app/not-here'
import { Alert } from '@/components/ui/alert'
import { Badge } from '@/components/ui/badge'
import { Card, Row } from '@/components/ui/card'
import { DetailsMenu, MenuLink, MenuRule } from '@/components/ui/details-menu'
import { Disclosure } from '@/components/ui/disclosure'
import { ActionForm } from '@/components/ui/form'
import { PageHeader } from '@/components/ui/heading'
import { LinkButton } from '@/components/ui/link-button'
import { SubmitButton } from '@/components/ui/submit-button'
import { TextLink } from '@/components/ui/text-link'
import { type Act, arranged } from '@/lib/web/loaders/acts'
import { loadPerson, type PersonPageView } from '@/lib/web/loaders/people'
import { actPath, auditPath, peoplePath } from '@/lib/web/paths'
import { stepText, whyText } from '@/lib/web/words/coverage'
import { browserName } from '@/lib/web/words/places'
import { type Reader, reader } from '@/lib/web/words/reader'
import { endSessionOf } from '../actions'
import { About } from './about'
import { Service } from './service'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await reader()).t('people.title') }
}

const NOTICES = [
  'reset',
  'exempt',
  'unexempt',
  'time',
  'sessions',
  'session',
  'devices',
  'suspended',
  'reactivated',
  'role',
  'profile',
  'address',
  'service',
  'person',
  'unchanged',
] as const

export default async function PersonPage({
  params,
  searchParams,
}: {
  params: Promise<{ tenant: string; user: string }>
  searchParams: Promise<{ notice?: string }>
}) {
  const text = await reader()
  const { t, time } = text
  const { tenant, user } = await params
  const view = await loadPerson(tenant, user)
  if (view === null) return <NotHere />
  const { person, security, suspendedAt, relation, exemptUntil, addressNewUntil, service } = view.view
  const { notice } = await searchParams
  const shown = NOTICES.find((each) => each === notice)
  const list = peoplePath(tenant)
  return (
    <Console view={view} current={list}>
      <PageHeader
        title={person.name}
        intro={person.email}
        back={<TextLink href={list}>{t('person.back')}</TextLink>}
        actions={<Actions view={view} tenant={tenant} t={t} />}
      />
      <div className="grid grid-cols-[minmax(0,1fr)] gap-6">
        <div className="grid gap-2">
          <p className="font-medium">{whyText(view.view.coverage, text).join(' ')}</p>
          <Disclosure summary={t('why.title')}>
            <ul className="grid gap-1">
              {view.view.trace.map((step) => (
                <li key={stepText(step, text)}>
                  {stepText(step, text)}
                  {step.decides ? <strong> ({t('why.decided')})</strong> : null}
                </li>
              ))}
            </ul>
          </Disclosure>
        </div>
        {view.view.looksLikeAnother ? <Alert tone="attention">{t('person.lookAlike')}</Alert> : null}
        {shown ? (
          <Alert tone={shown === 'unchanged' ? 'info' : 'positive'}>
            {t(`person.notice.${shown}`, { email: person.email })}
          </Alert>
        ) : null}
        {suspendedAt === null ? null : (
          <Alert tone="attention">{t('person.suspendedAt', { when: time(suspendedAt) })}</Alert>
        )}
        {service === null ? null : <Service service={service} text={text} />}
        {security?.resetAt && service === null ? (
          <Alert tone="attention">{t('person.wasReset', { when: time(security.resetAt) })}</Alert>
        ) : null}
        {exemptUntil === null ? null : (
          <Alert tone="attention">{t('person.exemptUntil', { when: time(exemptUntil) })}</Alert>
        )}
        {addressNewUntil === null || security === null ? null : (
          <Alert tone="info">{t('person.addressNew', { when: time(addressNewUntil) })}</Alert>
        )}
        {security?.issuedUntil ? (
          <Alert tone="info">{t('person.issuedUntil', { when: time(security.issuedUntil) })}</Alert>
        ) : null}
        {relation === 'guest' ? <Alert tone="info">{t('person.elsewhere')}</Alert> : null}
        <About view={view} text={text} />
        {security === null ? null : <Security view={view} security={security} tenant={tenant} text={text} />}
        <Events view={view} text={text} />
        <Danger view={view} tenant={tenant} t={t} />
      </div>
    </Console>
  )
}

/** One thing to do first; the others in a menu, what helps before what changes. */
function Actions({ view, tenant, t }: { view: PersonPageView; tenant: string; t: Reader['t'] }) {
  const { first, help, change } = arranged(view.acts)
  if (first === null) return null
  const item = (act: Act) => (
    <MenuLink key={act} href={actPath(tenant, view.view.person.id, act)}>
      {t(`act.menu.${act}`)}
    </MenuLink>
  )
  return (
    <>
      <LinkButton href={actPath(tenant, view.view.person.id, first)} size="sm" variant="primary">
        {t(`act.menu.${first}`)}
      </LinkButton>
      {help.length + change.length === 0 ? null : (
        <DetailsMenu label={t('person.more')}>
          {help.map(item)}
          {help.length > 0 && change.length > 0 ? <MenuRule /> : null}
          {change.map(item)}
        </DetailsMenu>
      )}
    </>
  )
}

/** What takes something away, last on the page and with the person's name. */
function Danger({ view, tenant, t }: { view: PersonPageView; tenant: string; t: Reader['t'] }) {
  const { danger } = arranged(view.acts)
  const { person } = view.view
  if (danger.length === 0) return null
  return (
    <Card title={t('person.danger')} tone="danger" intro={t('person.dangerIntro', { name: person.name })}>
      <div className="flex flex-wrap gap-3">
        {danger.map((act) => (
          <LinkButton key={act} href={actPath(tenant, person.id, act)} size="sm" variant="danger">
            {t(`act.menu.${act}`)}
          </LinkButton>
        ))}
      </div>
    </Card>
  )
}

function Security({
  view,
  security,
  tenant,
  text,
}: {
  view: PersonPageView
  security: NonNullable<PersonPageView['view']['security']>
  tenant: string
  text: Reader
}) {
  const { t, time } = text
  const where = (address: string | null) => {
    const place = view.placeOf(address, text.locale)
    return address === null ? t('devices.addressUnknown') : place === null ? address : `${address} (${place})`
  }
  const mayEnd = view.acts.includes('sessions')
  return (
    <>
      <Card title={t('person.factors')} intro={t('person.codesLeft', { count: security.codesLeft })} flush>
        {security.factors.length === 0 ? <Row title={t('person.noFactors')} /> : null}
        {security.factors.map((factor) => (
          <Row
            key={factor.id}
            title={factor.kind === 'passkey' ? factor.name : t(`factor.${factor.kind}`)}
            note={
              <>
                {factor.kind === 'totp' ? <bdi className="block wrap-anywhere">{factor.name}</bdi> : null}
                {t('person.factorTimes', {
                  added: time(factor.createdAt),
                  used: factor.lastUsedAt === null ? t('people.never') : time(factor.lastUsedAt),
                })}
              </>
            }
          />
        ))}
      </Card>
      <Card title={t('devices.sessions')} intro={t('devices.sessionsIntro')} flush>
        {security.sessions.length === 0 ? <Row title={t('person.noSessions')} /> : null}
        {security.sessions.map((session) => (
          <Row
            key={session.id}
            title={browserName(session.userAgent) ?? t('devices.browserUnknown')}
            note={
              <>
                <span className="block">{where(session.address)}</span>
                {t('devices.sessionTimes', { began: time(session.createdAt), seen: time(session.lastSeenAt) })}
              </>
            }
            aside={
              mayEnd ? (
                <ActionForm action={endSessionOf} hidden={{ tenant, user: view.view.person.id, session: session.id }}>
                  <SubmitButton variant="secondary" size="sm">
                    {t('person.endOne')}
                  </SubmitButton>
                </ActionForm>
              ) : undefined
            }
          />
        ))}
      </Card>
      <Card title={t('devices.browsers')} intro={t('devices.browsersIntro')} flush>
        {security.devices.length === 0 ? <Row title={t('devices.none')} /> : null}
        {security.devices.map((device) => (
          <Row
            key={device.id}
            title={
              <>
                {browserName(device.userAgent) ?? t('devices.browserUnknown')}
                {device.trustedUntil ? (
                  <Badge variant="attention" label={t('devices.trustedUntil', { until: time(device.trustedUntil) })} />
                ) : (
                  <Badge variant="neutral" label={device.known ? t('devices.known') : t('devices.unverified')} />
                )}
              </>
            }
            note={
              <>
                <span className="block">{where(device.address)}</span>
                {t('devices.browserTimes', { first: time(device.createdAt), seen: time(device.lastSeenAt) })}
              </>
            }
          />
        ))}
      </Card>
    </>
  )
}

function Events({ view, text: { t, time } }: { view: PersonPageView; text: Reader }) {
  const { events } = view.view
  const who = (event: (typeof events)[number]) =>
    event.actorName ?? t(event.actorKind === 'operator' ? 'person.operator' : 'person.visitor')
  return (
    <Card
      title={t('person.events')}
      flush
      footer={
        <TextLink href={`${auditPath(view.actor.tenant.tenant.slug)}?person=${view.view.person.id}`}>
          {t('person.allEvents')}
        </TextLink>
      }
    >
      {events.length === 0 ? <Row title={t('person.noEvents')} /> : null}
      {events.map((event) => (
        <Row
          key={event.id}
          title={t(`event.${event.kind}`)}
          note={
            <>
              {t('person.eventBy', { when: time(event.at), who: who(event) })}
              {event.address === null ? null : <span className="block">{event.address}</span>}
            </>
          }
        />
      ))}
    </Card>
  )
}
