import { Alert } from '@/components/ui/alert'
import { reader } from '@/lib/web/words/reader'

/** Beside a passcode that will not arrive. */
export async function PasscodeRefused() {
  const { t } = await reader()
  return (
    <Alert tone="attention" className="mb-5">
      {t('common.passcodeRefused')}
    </Alert>
  )
}
