'use client'

import { useFormStatus } from 'react-dom'
import { Button, type ButtonProps } from './button'

type SubmitButtonProps = Omit<ButtonProps, 'type' | 'ariaDisabled' | 'onClick' | 'ref'> & {
  /** Replaces the words while the server works; without it they stay. */
  pendingLabel?: string
}

/**
 * Sends the form around it (an `ActionForm` or any form with an action); a second press while it works does nothing.
 */
export function SubmitButton({ children, pendingLabel, variant = 'primary', name, value, ...rest }: SubmitButtonProps) {
  const { pending, data } = useFormStatus()
  const pressed = pending && (name === undefined || data.get(name) === (value ?? ''))
  return (
    <Button
      {...rest}
      variant={variant}
      name={name}
      value={value}
      type="submit"
      ariaDisabled={pending}
      onClick={(event) => {
        if (pending) event.preventDefault()
      }}
    >
      {pressed && pendingLabel ? pendingLabel : children}
    </Button>
  )
}
