'use client'

import type { ReactNode } from 'react'
import { cx } from './cx'
import { FieldError, useField } from './field'

type FieldGroupProps = {
  legend: string
  hint?: ReactNode
  /** Shows the error of this field name under the group. */
  name?: string
  children: ReactNode
  className?: string
}

/** Fields that belong together, with one name: boxes of one question, the parts of a setting. */
export function FieldGroup({ legend, hint, name = '', children, className }: FieldGroupProps) {
  const field = useField(name, hint)
  return (
    <fieldset className={cx('grid gap-3', className)} aria-describedby={field.describedBy}>
      <legend className="mb-2 text-sm font-medium">{legend}</legend>
      {hint ? (
        <div id={field.hintId} className="-mt-2 text-sm text-ink-muted">
          {hint}
        </div>
      ) : null}
      {children}
      <FieldError id={field.errorId}>{field.error}</FieldError>
    </fieldset>
  )
}
