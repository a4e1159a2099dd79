'use client'

import { cx } from './cx'
import { Field, type FieldBase, inputClass, useControl } from './field'
import { Icon } from './icon'

type SelectOption = { value: string; label: string }

type SelectFieldProps = FieldBase & {
  options: readonly SelectOption[]
  /** After the options, each under its heading. */
  groups?: readonly { label: string; options: readonly SelectOption[] }[]
  defaultValue?: string
  autoComplete?: string
  hideLabel?: boolean
  short?: boolean
}

export function SelectField({
  label,
  name,
  hint,
  required,
  className,
  options,
  groups = [],
  defaultValue,
  autoComplete,
  hideLabel,
  short = false,
}: SelectFieldProps) {
  const field = useControl({ name, hint, required })
  const value = field.kept ?? defaultValue
  return (
    <Field field={field} label={label} hint={hint} hideLabel={hideLabel} className={className}>
      <div className={cx('relative', short && 'max-w-48')}>
        {/* A reset goes back to the options' first `selected`, which React does not move: hence the key. */}
        <select
          key={value}
          {...field.attributes}
          defaultValue={value}
          autoComplete={autoComplete}
          className={cx(inputClass, 'appearance-none pr-10')}
        >
          {options.map((option) => (
            <option key={option.value} value={option.value}>
              {option.label}
            </option>
          ))}
          {groups.map((group) => (
            <optgroup key={group.label} label={group.label}>
              {group.options.map((option) => (
                <option key={option.value} value={option.value}>
                  {option.label}
                </option>
              ))}
            </optgroup>
          ))}
        </select>
        <Icon
          name="chevron-down"
          className="pointer-events-none absolute inset-y-0 right-3 my-auto size-4 text-ink-muted"
        />
      </div>
    </Field>
  )
}
