'use client'

import { Alert } from '@/components/ui/alert'
import { useActionForm } from '@/components/ui/form'
import { PasscodeField } from '@/components/ui/passcode-field'
import { TextField } from '@/components/ui/text-field'

/** The fields for an owner, where a reset needs one as well (R5): from the start, or once the answer says so. */
export function OwnerProofField({
  needed,
  email,
  labels,
}: {
  needed: boolean
  /** Of the one who acts, if that is an owner. */
  email: string | undefined
  labels: { intro: string; email: string; code: string; codeHint: string }
}) {
  const { state } = useActionForm()
  if (!needed && state.data?.owner === undefined) return null
  return (
    <>
      <Alert tone="info">{labels.intro}</Alert>
      <TextField
        label={labels.email}
        name="ownerEmail"
        type="email"
        inputMode="email"
        autoComplete="off"
        maxLength={254}
        defaultValue={email}
        required
      />
      <PasscodeField label={labels.code} name="ownerCode" hint={labels.codeHint} required={false} autoSubmit={false} />
    </>
  )
}
