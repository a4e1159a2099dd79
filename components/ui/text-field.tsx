'use client'

import type { HTMLInputTypeAttribute, ReactNode } from 'react'
import { cx } from './cx'
import { AS_TYPED, Field, type FieldBase, type Focus, inputClass, useControl } from './field'

type TextFieldProps = FieldBase &
  Focus & {
    type?: Extract<HTMLInputTypeAttribute, 'text' | 'email' | 'tel' | 'url' | 'search' | 'date' | 'number'>
    autoComplete?: string
    defaultValue?: string
    inputMode?: 'text' | 'email' | 'tel' | 'url' | 'numeric' | 'decimal' | 'search'
    maxLength?: number
    min?: string | number
    max?: string | number
    placeholder?: string
    /** Monospace, no spelling help, no capitals: codes, keys, identifiers. */
    mono?: boolean
    /** The label is read, not shown (a search box with a button beside it). */
    hideLabel?: boolean
    /** A narrow box: numbers, dates. */
    short?: boolean
    /** Beside the label, at its end: a link such as "Forgotten password". */
    aside?: ReactNode
  }

export function TextField({
  label,
  name,
  hint,
  required,
  className,
  type = 'text',
  autoComplete,
  defaultValue,
  inputMode,
  maxLength,
  min,
  max,
  placeholder,
  mono = false,
  hideLabel,
  short = false,
  aside,
  autoFocus,
}: TextFieldProps) {
  const field = useControl({ name, hint, required, autoFocus })
  const plain = mono || type === 'email' || type === 'url'
  return (
    <Field field={field} label={label} hint={hint} hideLabel={hideLabel} aside={aside} className={className}>
      <input
        {...field.attributes}
        type={type}
        autoComplete={autoComplete}
        defaultValue={field.kept ?? defaultValue}
        inputMode={inputMode}
        maxLength={maxLength}
        min={min}
        max={max}
        placeholder={placeholder}
        {...(plain ? AS_TYPED : {})}
        className={cx(inputClass, mono && 'font-mono', short && 'max-w-48')}
      />
    </Field>
  )
}
