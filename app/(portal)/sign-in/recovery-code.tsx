import { verifyRecoveryCode } from '@/app/(portal)/sign-in/actions'
import { ActionForm } from '@/components/ui/form'
import { PageHeader } from '@/components/ui/heading'
import { SubmitButton } from '@/components/ui/submit-button'
import { TextField } from '@/components/ui/text-field'
import type { Reader } from '@/lib/web/words/reader'

/** A saved code, or one that an admin made (R1, R3). */
export function RecoveryCode({ text: { t } }: { text: Reader }) {
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
