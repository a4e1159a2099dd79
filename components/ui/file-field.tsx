'use client'

import { cx } from './cx'
import { Field, type FieldBase, inputClass, useControl } from './field'

/** A file to be sent; what was chosen cannot be kept by a page. */
export function FileField({ label, name, hint, required, className, accept }: FieldBase & { accept?: string }) {
  const field = useControl({ name, hint, required })
  return (
    <Field field={field} label={label} hint={hint} className={className}>
      <input
        {...field.attributes}
        type="file"
        accept={accept}
        className={cx(
          inputClass,
          'file:mr-3 file:cursor-pointer file:rounded-md file:border-0 file:bg-hover file:px-2.5 file:py-1 file:text-ink',
        )}
      />
    </Field>
  )
}
