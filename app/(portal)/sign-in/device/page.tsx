import type { Metadata } from 'next'
import { cancelSignIn, verifyDevice } from '@/app/(portal)/sign-in/actions'
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
        intro={t('device.intro', { email: view.maskedEmail, minutes: PASSCODE_MINUTES })}
      />
      <ActionForm action={verifyDevice}>
        <PasscodeField label={t('common.passcode')} name="passcode" digits={6} autoFocus hint={t('device.hint')} />
        <SubmitButton full pendingLabel={t('common.working')}>
          {t('common.verify')}
        </SubmitButton>
      </ActionForm>
      <QuietLinks>
        <form action={cancelSignIn}>
          <TextButton>{t('common.startOver')}</TextButton>
        </form>
      </QuietLinks>
    </>
  )
}
