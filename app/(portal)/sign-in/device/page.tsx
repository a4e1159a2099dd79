import type { Metadata } from 'next'
import { cancelSignIn, sendPasscode, verifyDevice } from '@/app/(portal)/sign-in/actions'
import { PasscodeField, SubmitButton } from '@/components/ui/field'
import { ActionForm } from '@/components/ui/form'
import { PageHeader, QuietLinks } from '@/components/ui/heading'
import { TextButton } from '@/components/ui/text-button'
import { PASSCODE_MINUTES } from '@/lib/passcode/rules'
import { loadStep } from '@/lib/web/loaders'
import { reader } from '@/lib/web/text'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await reader()).t('device.title') }
}

export default async function DevicePage() {
  const { t } = await reader()
  const view = await loadStep(['verify-device'])
  return (
    <>
      <PageHeader
        title={t('device.title')}
        intro={
          view.passcodeSent
            ? t('device.intro', { email: view.maskedEmail, minutes: PASSCODE_MINUTES })
            : t('device.notSent', { email: view.maskedEmail })
        }
      />
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
      <ActionForm action={sendPasscode} className={view.passcodeSent ? 'mt-4' : undefined}>
        <SubmitButton full variant={view.passcodeSent ? 'secondary' : 'primary'} pendingLabel={t('common.working')}>
          {view.passcodeSent ? t('device.sendAgain') : t('device.send')}
        </SubmitButton>
      </ActionForm>
      <QuietLinks>
        <p className="text-ink-muted">{t('device.hint')}</p>
        <form action={cancelSignIn}>
          <TextButton>{t('common.startOver')}</TextButton>
        </form>
      </QuietLinks>
    </>
  )
}
