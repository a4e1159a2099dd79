import type { Metadata } from 'next'
import { Console } from '@/app/console'
import { Alert } from '@/components/ui/alert'
import { Badge } from '@/components/ui/badge'
import { Card, Row } from '@/components/ui/card'
import { ActionForm, FormDisclosure } from '@/components/ui/form'
import { PageHeader } from '@/components/ui/heading'
import { LinkButton } from '@/components/ui/link-button'
import { SubmitButton } from '@/components/ui/submit-button'
import { loadRegister } from '@/lib/web/loaders/account'
import { browserName } from '@/lib/web/words/places'
import { type Reader, reader } from '@/lib/web/words/reader'
import { endSessionOfMine, forgetAllOfMine, forgetDeviceOfMine, notMe } from './actions'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await reader()).t('devices.title') }
}

const NOTICES = ['session_ended', 'device_forgotten', 'all_forgotten'] as const
type View = Awaited<ReturnType<typeof loadRegister>>

export default async function DevicesPage({ searchParams }: { searchParams: Promise<{ notice?: string }> }) {
  const text = await reader()
  const { t } = text
  const view = await loadRegister()
  const { notice } = await searchParams
  const shown = NOTICES.find((each) => each === notice)
  return (
    <Console view={view} current="/account/devices">
      <PageHeader title={t('devices.title')} intro={t('devices.intro')} />
      <div className="grid max-w-2xl grid-cols-[minmax(0,1fr)] gap-6">
        {shown ? <Alert tone="positive">{t(`devices.notice.${shown}`)}</Alert> : null}
        <Sessions view={view} text={text} />
        <Browsers view={view} text={text} />
        <Card title={t('devices.forgetAll')} intro={t('devices.forgetAllIntro')} tone="danger">
          <ActionForm action={forgetAllOfMine}>
            <div>
              <SubmitButton variant="danger" size="sm">
                {t('devices.forgetAll')}
              </SubmitButton>
            </div>
          </ActionForm>
        </Card>
      </div>
    </Console>
  )
}

/** Where it was, as far as is known: the address, and the place where the operator has a file of places. */
function where({ placeOf }: View, { t, locale }: Reader, address: string | null): string {
  const place = placeOf(address, locale)
  if (address === null) return t('devices.addressUnknown')
  return place === null ? address : `${address} (${place})`
}

function Sessions({ view, text }: { view: View; text: Reader }) {
  const { t, time } = text
  return (
    <Card title={t('devices.sessions')} intro={t('devices.sessionsIntro')} flush>
      {view.register.sessions.map((session) => (
        <div key={session.id} className="border-b border-line last:border-b-0">
          <Row
            title={
              <>
                {browserName(session.userAgent) ?? t('devices.browserUnknown')}
                {session.current ? <Badge variant="positive" label={t('devices.thisSession')} /> : null}
              </>
            }
            note={
              <>
                <span className="block">{where(view, text, session.address)}</span>
                <span className="block">
                  {t('devices.sessionTimes', { began: time(session.createdAt), seen: time(session.lastSeenAt) })}
                </span>
              </>
            }
            aside={
              session.current ? (
                <LinkButton href="/sign-out" size="sm">
                  {t('common.signOut')}
                </LinkButton>
              ) : (
                <ActionForm action={endSessionOfMine} hidden={{ session: session.id }}>
                  <SubmitButton variant="secondary" size="sm">
                    {t('devices.end')}
                  </SubmitButton>
                </ActionForm>
              )
            }
          />
          {session.current ? null : <NotMe what={{ session: session.id }} text={text} />}
        </div>
      ))}
    </Card>
  )
}

function Browsers({ view, text }: { view: View; text: Reader }) {
  const { t, time } = text
  return (
    <Card title={t('devices.browsers')} intro={t('devices.browsersIntro')} flush>
      {view.register.devices.length === 0 ? <Row title={t('devices.none')} /> : null}
      {view.register.devices.map((device) => (
        <div key={device.id} className="border-b border-line last:border-b-0">
          <Row
            title={
              <>
                {browserName(device.userAgent) ?? t('devices.browserUnknown')}
                {device.current ? <Badge variant="positive" label={t('devices.thisBrowser')} /> : null}
                {device.trustedUntil ? (
                  <Badge variant="attention" label={t('devices.trustedUntil', { until: time(device.trustedUntil) })} />
                ) : (
                  <Badge variant="neutral" label={device.known ? t('devices.known') : t('devices.unverified')} />
                )}
              </>
            }
            note={
              <>
                <span className="block">{where(view, text, device.address)}</span>
                <span className="block">
                  {t('devices.browserTimes', { first: time(device.createdAt), seen: time(device.lastSeenAt) })}
                </span>
              </>
            }
            aside={
              <ActionForm action={forgetDeviceOfMine} hidden={{ device: device.id }}>
                <SubmitButton variant="secondary" size="sm">
                  {t('devices.forget')}
                </SubmitButton>
              </ActionForm>
            }
          />
          {device.current ? null : <NotMe what={{ device: device.id }} text={text} />}
        </div>
      ))}
    </Card>
  )
}

function NotMe({ what, text: { t } }: { what: { session: string } | { device: string }; text: Reader }) {
  return (
    <div className="px-4 pb-4 sm:px-5">
      <ActionForm action={notMe} hidden={what}>
        <FormDisclosure summary={t('devices.notMe')}>
          <p className="text-sm text-ink-muted">{t('devices.notMeIntro')}</p>
          <div>
            <SubmitButton variant="danger" size="sm">
              {t('devices.notMeDo')}
            </SubmitButton>
          </div>
        </FormDisclosure>
      </ActionForm>
    </div>
  )
}
