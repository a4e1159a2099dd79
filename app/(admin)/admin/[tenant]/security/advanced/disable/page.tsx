import type { Metadata } from 'next'
import { Console } from '@/app/console'
import { NotHere } from '@/app/not-here'
import { Alert } from '@/components/ui/alert'
import { Card } from '@/components/ui/card'
import { ActionForm } from '@/components/ui/form'
import { PageHeader } from '@/components/ui/heading'
import { SubmitButton } from '@/components/ui/submit-button'
import { TextField } from '@/components/ui/text-field'
import { TextLink } from '@/components/ui/text-link'
import { loadDisable } from '@/lib/web/loaders/security'
import { requirementPath } from '@/lib/web/paths'
import { reader } from '@/lib/web/words/reader'
import { saveRequirement, turnTwoFactorOffForAll } from '../actions'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await reader()).t('twoFactor.disable') }
}

/** What each of the two ways takes away, before anybody tries (P5, P6, U7). */
export default async function DisablePage({
  params,
  searchParams,
}: {
  params: Promise<{ tenant: string }>
  searchParams: Promise<Record<string, string | string[] | undefined>>
}) {
  const { t } = await reader()
  const { tenant } = await params
  const view = await loadDisable(tenant, await searchParams)
  if (view === null) return <NotHere />
  const { turningOff } = view
  const { counts, required } = turningOff
  const { name } = view.actor.tenant.tenant
  const settings = requirementPath(tenant)
  const version = String(turningOff.version)
  return (
    <Console view={view} current={settings}>
      <PageHeader
        title={t('twoFactor.disableTitle', { tenant: name })}
        intro={turningOff.refused === null ? t('twoFactor.disableIntro') : undefined}
      />
      <div className="grid max-w-2xl grid-cols-[minmax(0,1fr)] gap-6">
        {turningOff.refused === null ? (
          <>
            <Card title={t('twoFactor.stopTitle')} intro={t('twoFactor.stopIntro')}>
              {required.team || required.end ? (
                <ActionForm action={saveRequirement} hidden={{ tenant, version }}>
                  <div className="grid gap-4 text-sm">
                    <ul className="grid list-disc gap-1 pl-5">
                      <li>{t('twoFactor.stopFree', { n: counts.freed })}</li>
                      <li>{t('twoFactor.stopOwn', { n: counts.own })}</li>
                    </ul>
                    <div>
                      <SubmitButton pendingLabel={t('common.working')} variant="secondary">
                        {t('twoFactor.stopDo')}
                      </SubmitButton>
                    </div>
                  </div>
                </ActionForm>
              ) : (
                <p className="text-sm">{t('twoFactor.stopNothing')}</p>
              )}
            </Card>
            <Card title={t('twoFactor.offTitle')} intro={t('twoFactor.offIntro')} tone="danger">
              <div className="grid gap-5 text-sm">
                <ul className="grid list-disc gap-1 pl-5">
                  <li>{t('twoFactor.offLost', { n: counts.enrolled })}</li>
                  <li>{t('twoFactor.offOwn', { n: counts.own })}</li>
                  <li>{t('twoFactor.offTrust')}</li>
                  <li>{t('twoFactor.offGuests', { tenant: name })}</li>
                  <li>{t('twoFactor.offTold')}</li>
                </ul>
                {turningOff.factorNeeded ? (
                  <Alert tone="attention" title={t('twoFactor.factorNeeded')}>
                    <p>{t('twoFactor.factorNeededHint', { tenant: name })}</p>
                    <p className="mt-2">
                      <TextLink href="/account/security">{t('security.turnOnFirst')}</TextLink>
                    </p>
                  </Alert>
                ) : (
                  <ActionForm action={turnTwoFactorOffForAll} hidden={{ tenant, version }}>
                    <div className="grid gap-5">
                      {view.proved || counts.enrolled === 0 ? null : (
                        <p className="text-ink-muted">{t('twoFactor.proof')}</p>
                      )}
                      <TextField
                        label={t('twoFactor.offName')}
                        name="name"
                        autoComplete="off"
                        maxLength={200}
                        defaultValue={view.name}
                        hint={t('twoFactor.offNameHint', { tenant: name })}
                        required
                      />
                      <div>
                        <SubmitButton variant="danger" pendingLabel={t('common.working')}>
                          {t('twoFactor.offDo')}
                        </SubmitButton>
                      </div>
                    </div>
                  </ActionForm>
                )}
              </div>
            </Card>
          </>
        ) : (
          <Alert tone="info">{t('twoFactor.refused', { tenant: name })}</Alert>
        )}
        <p className="text-sm">
          <TextLink href={settings} quiet>
            {t('twoFactor.back')}
          </TextLink>
        </p>
      </div>
    </Console>
  )
}
