'use client'

import { type ChangeEvent, useEffect, useRef } from 'react'
import { cx } from './cx'
import { AS_TYPED, Field, type FieldBase, type Focus, useControl } from './field'
import { useActionForm } from './form'

type PasscodeFieldProps = FieldBase &
  Focus & {
    /** How many digits make it full. */
    digits?: number
    /** With script, send the form when it is full; the hint should say so (WCAG 3.2.2). */
    autoSubmit?: boolean
  }

/** One wide input for a passcode. Never keeps its value. It may be pasted with the words around it (N11). */
export function PasscodeField({
  label,
  name,
  hint,
  required = true,
  className,
  digits = 6,
  autoSubmit = true,
  autoFocus,
}: PasscodeFieldProps) {
  const field = useControl({ name, hint, required, autoFocus })
  const { pending } = useActionForm()
  const before = useRef(0)

  function onChange(event: ChangeEvent<HTMLInputElement>) {
    const count = event.target.value.replace(/\D/g, '').length
    const filled = count === digits && before.current !== digits
    before.current = count
    if (autoSubmit && filled && !pending) event.target.form?.requestSubmit()
  }

  // The form is emptied after an answer, so the next full passcode is a new one.
  useEffect(() => {
    if (!pending) before.current = 0
  }, [pending])

  return (
    <Field field={field} label={label} hint={hint} className={className}>
      <input
        {...field.attributes}
        type="text"
        inputMode="numeric"
        autoComplete="one-time-code"
        {...AS_TYPED}
        onChange={onChange}
        className={cx(
          'field-input block h-14 w-full rounded-md border bg-field px-4 text-ink',
          'font-mono text-2xl tracking-[0.3em] tabular-nums',
        )}
      />
    </Field>
  )
}
