import type { Metadata } from 'next'
import { Console } from '@/app/console'
import { EnrolForm } from '@/components/portal/enrol-form'
import { KindChoice, type KindTexts } from '@/components/portal/kind-choice'
import { PhoneForm } from '@/components/portal/phone-form'
import { TotpConnection } from '@/components/portal/totp-connection'
import { ActionForm } from '@/components/ui/form'
import { PageHeader } from '@/components/ui/heading'
import { SubmitButton } from '@/components/ui/submit-button'
import { TextLink } from '@/components/ui/text-link'
import { PASSCODE_MINUTES } from '@/lib/credentials/passcode/rules'
import { loadAddFactor } from '@/lib/web/loaders/account'
import { qrModules } from '@/lib/web/loaders/portal'
import { connectionTexts, enrolTexts, kindTexts, phoneTexts } from '@/lib/web/words/enrol-texts'
import { reader } from '@/lib/web/words/reader'
import { addFactor, confirmOwnFactor } from '../actions'

const HERE = '/account/security/add'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await reader()).t('enroll.connectTitle') }
}

export default async function AddFactorPage({ searchParams }: { searchParams: Promise<{ choose?: string }> }) {
  const text = await reader()
  const { t } = text
  const view = await loadAddFactor()
  const { choose } = await searchParams
  const { security } = view
  const unfinished = choose === undefined ? view.unfinished : null
  const choosing = unfinished === null && (choose !== undefined || security.codesKept || security.factors.length === 0)
  const texts: KindTexts = kindTexts(text, view.maskedEmail)
  const messaged = unfinished !== null && unfinished.kind !== 'totp' ? unfinished : null
  const words = enrolTexts(text, view.actor.home.tenant.name, false)
  return (
    <Console view={view} current="/account/security">
      <div className="max-w-104">
        <p className="mb-4 text-sm print:hidden">
          <TextLink href="/account/security" quiet>
            {t('common.back')}
          </TextLink>
        </p>
        {choosing ? (
          choose === 'sms' && security.kinds.includes('sms') ? (
            <>
              <PageHeader title={t('enroll.phoneTitle')} intro={t('enroll.phoneIntro')} />
              <PhoneForm action={addFactor} texts={phoneTexts(text)} />
            </>
          ) : (
            <>
              <PageHeader
                title={t('security.addTitle')}
                intro={security.kinds.length === 0 ? t('security.noneToAdd') : t('security.addIntro')}
              />
              <KindChoice action={addFactor} kinds={security.kinds} phone={`${HERE}?choose=sms`} texts={texts} />
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
            another={security.kinds.length > 1 ? `${HERE}?choose` : undefined}
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
          <ActionForm action={confirmOwnFactor} hidden={{ intent: 'resend' }} className="mt-4">
            <SubmitButton full variant="secondary" pendingLabel={t('common.working')}>
              {t('device.sendAgain')}
            </SubmitButton>
          </ActionForm>
        ) : null}
      </div>
    </Console>
  )
}
