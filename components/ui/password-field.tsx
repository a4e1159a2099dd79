'use client'

import { type ReactNode, useEffect, useRef, useState } from 'react'
import { cx } from './cx'
import { AS_TYPED, Field, type FieldBase, type Focus, inputClass, useControl } from './field'
import { Icon } from './icon'
import { useHydrated } from './use-hydrated'

type PasswordFieldProps = FieldBase &
  Focus & {
    autoComplete: 'current-password' | 'new-password'
    /** Names of the reveal button in its two states. */
    showLabel: string
    hideLabel: string
    maxLength?: number
    aside?: ReactNode
  }

/** Never keeps its value. The reveal button exists only with script and masks again when the form is sent. */
export function PasswordField({
  label,
  name,
  hint,
  required,
  className,
  autoComplete,
  showLabel,
  hideLabel,
  maxLength,
  aside,
  autoFocus,
}: PasswordFieldProps) {
  const field = useControl({ name, hint, required, autoFocus })
  const input = useRef<HTMLInputElement>(null)
  const hydrated = useHydrated()
  const [revealed, setRevealed] = useState(false)

  useEffect(() => {
    const form = input.current?.form
    const mask = () => setRevealed(false)
    form?.addEventListener('submit', mask)
    return () => form?.removeEventListener('submit', mask)
  }, [])

  return (
    <Field field={field} label={label} hint={hint} aside={aside} className={className}>
      <div className="relative">
        <input
          ref={input}
          {...field.attributes}
          type={revealed ? 'text' : 'password'}
          autoComplete={autoComplete}
          maxLength={maxLength}
          {...AS_TYPED}
          className={cx(inputClass, 'pr-11')}
        />
        {hydrated ? (
          <button
            type="button"
            aria-label={revealed ? hideLabel : showLabel}
            title={revealed ? hideLabel : showLabel}
            aria-controls={field.id}
            onClick={() => setRevealed(!revealed)}
            className="absolute inset-y-1 right-1 flex w-9 cursor-pointer items-center justify-center rounded-sm text-ink-muted hover:bg-hover hover:text-ink"
          >
            <Icon name={revealed ? 'eye-off' : 'eye'} />
          </button>
        ) : null}
      </div>
    </Field>
  )
}
