import type { Metadata } from 'next'
import { answerLost, cancelSignIn, finishSignIn, verifyRecoveryCode, verifyTotp } from '@/app/(portal)/sign-in/actions'
import { PasscodeField, SubmitButton, TextField } from '@/components/ui/field'
import { ActionForm } from '@/components/ui/form'
import { PageHeader, QuietLinks } from '@/components/ui/heading'
import { TextButton } from '@/components/ui/text-button'
import { TextLink } from '@/components/ui/text-link'
import { loadStep } from '@/lib/web/loaders'
import { type Reader, reader } from '@/lib/web/text'

type Search = { searchParams: Promise<{ use?: string }> }

export async function generateMetadata({ searchParams }: Search): Promise<Metadata> {
  const { t } = await reader()
  return { title: (await searchParams).use === 'recovery' ? t('verify.recoveryTitle') : t('verify.title') }
}

export default async function VerifyPage({ searchParams }: Search) {
  const text = await reader()
  const { t } = text
  const view = await loadStep(['verify-factor', 'ask-if-lost', 'complete'])
  const { use } = await searchParams
  if (view.step === 'ask-if-lost') return <AskIfLost text={text} />
  if (view.step === 'complete') {
    return (
      <>
        <PageHeader title={t('verify.finishTitle')} intro={t('verify.finishIntro')} />
        <ActionForm action={finishSignIn}>
          <SubmitButton full>{t('common.continue')}</SubmitButton>
        </ActionForm>
      </>
    )
  }
  return (
    <>
      {use === 'recovery' ? <RecoveryCode text={text} /> : <Totp text={text} />}
      <QuietLinks>
        {use === 'recovery' ? (
          <TextLink href="/sign-in/verify" quiet>
            {t('verify.useApp')}
          </TextLink>
        ) : (
          <TextLink href="/sign-in/verify?use=recovery" quiet>
            {t('verify.useRecovery')}
          </TextLink>
        )}
        <form action={cancelSignIn}>
          <TextButton>{t('common.startOver')}</TextButton>
        </form>
      </QuietLinks>
    </>
  )
}

function Totp({ text: { t } }: { text: Reader }) {
  return (
    <>
      <PageHeader title={t('verify.title')} intro={t('verify.intro')} />
      <ActionForm action={verifyTotp}>
        <PasscodeField
          label={t('common.passcode')}
          name="passcode"
          digits={6}
          hint={t('common.sendsItself')}
          autoFocus
        />
        <SubmitButton full pendingLabel={t('common.working')}>
          {t('common.verify')}
        </SubmitButton>
      </ActionForm>
    </>
  )
}

function RecoveryCode({ text: { t } }: { text: Reader }) {
  return (
    <>
      <PageHeader title={t('verify.recoveryTitle')} intro={t('verify.recoveryIntro')} />
      <ActionForm action={verifyRecoveryCode}>
        <TextField
          label={t('verify.recoveryCode')}
          name="recoveryCode"
          hint={t('verify.recoveryHint')}
          autoComplete="off"
          autoFocus
          mono
        />
        <SubmitButton full pendingLabel={t('common.working')}>
          {t('common.verify')}
        </SubmitButton>
      </ActionForm>
    </>
  )
}

function AskIfLost({ text: { t } }: { text: Reader }) {
  return (
    <>
      <PageHeader title={t('verify.lostTitle')} intro={t('verify.lostIntro')} />
      <ActionForm action={answerLost}>
        <SubmitButton full name="answer" value="at_hand" variant="secondary">
          {t('verify.notAtHand')}
        </SubmitButton>
        <SubmitButton full name="answer" value="lost" variant="secondary">
          {t('verify.lost')}
        </SubmitButton>
      </ActionForm>
    </>
  )
}
