'use client'

import { cx } from './cx'
import { type FieldBase, FieldError, useControl } from './field'

type CheckboxFieldProps = FieldBase & {
  defaultChecked?: boolean
  /** Sent when ticked; boxes that share a name need one each. */
  value?: string
  /** A framed row, for a choice that stands alone. */
  framed?: boolean
}

export function CheckboxField({
  label,
  name,
  hint,
  required,
  className,
  defaultChecked = false,
  value = 'on',
  framed = false,
}: CheckboxFieldProps) {
  const field = useControl({ name, hint, required })
  const checked = field.kept === undefined ? defaultChecked : field.kept.split('\n').includes(value)
  return (
    <div className={cx('grid gap-1.5', className)}>
      <div
        className={cx(
          'relative flex items-start gap-3',
          framed && 'rounded-md border border-line bg-surface px-3.5 py-3 hover:border-line-strong',
        )}
      >
        <input
          {...field.attributes}
          type="checkbox"
          value={value}
          defaultChecked={checked}
          className="field-box relative z-1 mt-px rounded-xs"
        />
        <div className="grid min-w-0 gap-0.5 text-sm">
          <label htmlFor={field.id} className="cursor-pointer text-ink after:absolute after:inset-0">
            {label}
          </label>
          {hint ? (
            <div id={field.hintId} className="text-ink-muted [&_a]:relative [&_a]:z-1">
              {hint}
            </div>
          ) : null}
        </div>
      </div>
      <FieldError id={field.errorId}>{field.error}</FieldError>
    </div>
  )
}
