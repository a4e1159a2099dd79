import type { Metadata } from 'next'
import { leaveSignIn, sendSignInPasscode, verifyDevice } from '@/app/(portal)/sign-in/actions'
import { RecoveryCode } from '@/app/(portal)/sign-in/recovery-code'
import { UnderWay } from '@/app/(portal)/sign-in/under-way'
import { PasscodeRefused } from '@/app/passcode-refused'
import { SendPasscode } from '@/app/send-passcode'
import { ActionForm, DrawnField } from '@/components/ui/form'
import { PageHeader, QuietLinks } from '@/components/ui/heading'
import { PasscodeField } from '@/components/ui/passcode-field'
import { SubmitButton } from '@/components/ui/submit-button'
import { TextButton } from '@/components/ui/text-button'
import { TextLink } from '@/components/ui/text-link'
import { PASSCODE_MINUTES } from '@/lib/credentials/passcode/rules'
import { loadStep } from '@/lib/web/loaders/portal'
import { portalReader, type Reader, reader } from '@/lib/web/words/reader'

const HERE = '/sign-in/device'
type View = Awaited<ReturnType<typeof loadStep>>

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await reader()).t('device.title') }
}

export default async function DevicePage({
  searchParams,
}: {
  searchParams: Promise<{ use?: string; notice?: string }>
}) {
  const search = await searchParams
  const view = await loadStep(['verify-device'], search)
  return (
    <UnderWay notice={search.notice} help={view.help}>
      <Device view={view} use={search.use} text={await portalReader()} />
    </UnderWay>
  )
}

function Device({ view, use, text }: { view: View; use: string | undefined; text: Reader }) {
  const { t } = text
  if (use === 'recovery') {
    return (
      <>
        <RecoveryCode text={text} />
        <QuietLinks>
          <TextLink href={HERE} quiet>
            {t('device.usePasscode')}
          </TextLink>
          <form action={leaveSignIn}>
            <DrawnField />
            <TextButton>{t('common.startOver')}</TextButton>
          </form>
        </QuietLinks>
      </>
    )
  }
  return (
    <>
      <PageHeader
        title={t('device.title')}
        intro={
          view.passcodeSent
            ? t('device.intro', { email: view.maskedEmail, minutes: PASSCODE_MINUTES })
            : view.passcodeFrom === null
              ? t('device.notSent', { email: view.maskedEmail })
              : t('device.notSentUntil', { when: text.time(view.passcodeFrom) })
        }
      />
      {view.passcodeRefused ? <PasscodeRefused /> : null}
      {view.passcodeSent ? (
        <ActionForm action={verifyDevice}>
          <PasscodeField
            label={t('common.passcode')}
            name="passcode"
            digits={6}
            autoFocus
            hint={t('common.sendsItself')}
          />
          <SubmitButton full pendingLabel={t('common.working')}>
            {t('common.verify')}
          </SubmitButton>
        </ActionForm>
      ) : null}
      <SendPasscode action={sendSignInPasscode} sent={view.passcodeSent} />
      <QuietLinks>
        <p className="text-ink-muted">{t('device.hint')}</p>
        <TextLink href={`${HERE}?use=recovery`} quiet>
          {t('device.useIssued')}
        </TextLink>
        <TextLink href="/sign-in/help" quiet>
          {t('help.cannot')}
        </TextLink>
        <form action={leaveSignIn}>
          <DrawnField />
          <TextButton>{t('common.startOver')}</TextButton>
        </form>
      </QuietLinks>
    </>
  )
}
