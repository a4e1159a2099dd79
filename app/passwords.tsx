import { PasswordField } from '@/components/ui/password-field'
import { reader } from '@/lib/web/words/reader'

/** The password that somebody has. */
export async function CurrentPassword({
  name,
  label,
  autoFocus = false,
}: {
  name: string
  label: string
  autoFocus?: boolean
}) {
  const { t } = await reader()
  return (
    <PasswordField
      label={label}
      name={name}
      autoComplete="current-password"
      required
      autoFocus={autoFocus}
      showLabel={t('common.showPassword')}
      hideLabel={t('common.hidePassword')}
    />
  )
}

/** The password that somebody chooses, and how long it must be. */
export async function NewPassword({
  name,
  label,
  minimum,
  autoFocus = false,
}: {
  name: string
  label: string
  minimum: number
  autoFocus?: boolean
}) {
  const { t } = await reader()
  return (
    <PasswordField
      label={label}
      name={name}
      autoComplete="new-password"
      hint={t('common.passwordHint', { minimum })}
      required
      autoFocus={autoFocus}
      showLabel={t('common.showPassword')}
      hideLabel={t('common.hidePassword')}
    />
  )
}
