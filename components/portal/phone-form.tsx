import { ActionForm } from '../ui/form'
import type { FormAction } from '../ui/form-state'
import { SubmitButton } from '../ui/submit-button'
import { TextField } from '../ui/text-field'

export interface PhoneTexts {
  phone: string
  hint: string
  send: string
  working: string
}

/** Where the passcodes by text message go (ASVS 6.6.1: the page says the risk first). */
export function PhoneForm({
  action,
  hidden,
  texts,
}: {
  action: FormAction
  hidden?: Record<string, string>
  texts: PhoneTexts
}) {
  return (
    <ActionForm action={action} hidden={{ ...hidden, kind: 'sms' }}>
      <TextField
        label={texts.phone}
        name="phone"
        type="tel"
        inputMode="tel"
        autoComplete="tel"
        hint={texts.hint}
        required
      />
      <SubmitButton full pendingLabel={texts.working}>
        {texts.send}
      </SubmitButton>
    </ActionForm>
  )
}
