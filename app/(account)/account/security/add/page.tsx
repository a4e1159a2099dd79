import type { Metadata } from 'next'
import { Console } from '@/app/console'
import { EnrolForm } from '@/components/portal/enrol-form'
import { KindChoice, type KindTexts } from '@/components/portal/kind-choice'
import { PhoneForm } from '@/components/portal/phone-form'
import { TotpConnection } from '@/components/portal/totp-connection'
import { Alert } from '@/components/ui/alert'
import { ActionForm } from '@/components/ui/form'
import { PageHeader } from '@/components/ui/heading'
import { SubmitButton } from '@/components/ui/submit-button'
import { TextLink } from '@/components/ui/text-link'
import { PASSCODE_MINUTES } from '@/lib/credentials/passcode/rules'
import { loadAddFactor } from '@/lib/web/loaders/account'
import { qrModules } from '@/lib/web/loaders/portal'
import { addFactorFor } from '@/lib/web/paths'
import { connectionTexts, enrolTexts, kindTexts, mailWithheldText, phoneTexts } from '@/lib/web/words/enrol-texts'
import { type Reader, reader } from '@/lib/web/words/reader'
import { addFactor, confirmOwnFactor } from '../actions'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await reader()).t('enroll.connectTitle') }
}

type Search = { choose?: string; return?: string }

export default async function AddFactorPage({ searchParams }: { searchParams: Promise<Search> }) {
  const text = await reader()
  const { t } = text
  const search = await searchParams
  const view = await loadAddFactor(search)
  const { choose } = search
  const { security, kinds, host, returnTo } = view
  const hidden: Record<string, string> = returnTo === null ? {} : { returnTo }
  const unfinished = choose === undefined ? view.unfinished : null
  const choosing = unfinished === null && (choose !== undefined || security.codesKept || security.factors.length === 0)
  const texts: KindTexts = kindTexts(text, view.maskedEmail)
  const withheld = mailWithheldText(security.mailWithheld, text)
  const messaged = unfinished !== null && unfinished.kind !== 'totp' ? unfinished : null
  const words = enrolTexts(text, view.actor.home.tenant.name, null)
  return (
    <Console view={view} current="/account/security">
      <div className="max-w-104">
        <p className="mb-4 text-sm print:hidden">
          <TextLink href="/account/security" quiet>
            {t('common.back')}
          </TextLink>
        </p>
        {choosing ? (
          choose === 'sms' && kinds.includes('sms') ? (
            <>
              <PageHeader title={t('enroll.phoneTitle')} intro={t('enroll.phoneIntro')} />
              <PhoneForm action={addFactor} hidden={hidden} texts={phoneTexts(text)} />
            </>
          ) : (
            <>
              <PageHeader
                title={t('security.addTitle')}
                intro={(kinds.length === 0 ? withheld : null) ?? introOf(kinds.length > 0, host, t)}
              />
              {withheld === null || kinds.length === 0 ? null : (
                <Alert tone="info" className="mb-5">
                  {withheld}
                </Alert>
              )}
              <KindChoice
                action={addFactor}
                kinds={kinds}
                phone={addFactorFor(returnTo, 'sms')}
                hidden={hidden}
                texts={texts}
              />
            </>
          )
        ) : (
          <EnrolForm
            action={confirmOwnFactor}
            stage={unfinished === null ? 'codes' : 'connect'}
            connect={
              unfinished?.kind === 'totp' ? (
                <TotpConnection
                  modules={qrModules(unfinished.connection.uri)}
                  keyText={unfinished.connection.key}
                  uri={unfinished.connection.uri}
                  texts={connectionTexts(text)}
                />
              ) : null
            }
            another={kinds.length > 1 ? addFactorFor(returnTo, 'kind') : undefined}
            hidden={hidden}
            texts={
              messaged === null
                ? words
                : {
                    ...words,
                    connectTitle: t('enroll.messageTitle'),
                    connectIntro: t(messaged.kind === 'email' ? 'enroll.emailSent' : 'enroll.smsSent', {
                      target: messaged.target,
                      minutes: PASSCODE_MINUTES,
                    }),
                    passcodeHint: t('common.sendsItself'),
                  }
            }
          />
        )}
        {messaged !== null ? (
          <ActionForm action={confirmOwnFactor} hidden={{ ...hidden, intent: 'resend' }} className="mt-4">
            <SubmitButton full variant="secondary" pendingLabel={t('common.working')}>
              {t('device.sendAgain')}
            </SubmitButton>
          </ActionForm>
        ) : null}
      </div>
    </Console>
  )
}

function introOf(any: boolean, host: string | null, t: Reader['t']): string {
  if (host === null) return t(any ? 'security.addIntro' : 'security.noneToAdd')
  return t(any ? 'security.addForHost' : 'security.noneForHost', { tenant: host })
}
