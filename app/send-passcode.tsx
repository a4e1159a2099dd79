import { ActionForm } from '@/components/ui/form'
import type { FormAction } from '@/components/ui/form-state'
import { SubmitButton } from '@/components/ui/submit-button'
import { reader } from '@/lib/web/words/reader'

/** Sends a passcode; once one was sent, below the form that takes it, another. */
export async function SendPasscode({
  action,
  sent,
  hidden,
}: {
  action: FormAction
  sent: boolean
  hidden?: Record<string, string>
}) {
  const { t } = await reader()
  return (
    <ActionForm action={action} hidden={hidden} className={sent ? 'mt-4' : undefined}>
      <SubmitButton full variant={sent ? 'secondary' : 'primary'} pendingLabel={t('common.working')}>
        {sent ? t('device.sendAgain') : t('device.send')}
      </SubmitButton>
    </ActionForm>
  )
}
