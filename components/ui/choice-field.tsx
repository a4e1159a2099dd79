'use client'

import type { ReactNode } from 'react'
import { cx } from './cx'
import { FieldError, useField } from './field'

type ChoiceOption = {
  value: string
  label: string
  hint?: ReactNode
  /** Beside the label, at its end: a badge. */
  mark?: ReactNode
  icon?: ReactNode
}

type ChoiceFieldProps = {
  /** Names the group. */
  legend: string
  hideLegend?: boolean
  name: string
  options: readonly ChoiceOption[]
  defaultValue?: string
  hint?: ReactNode
  className?: string
}

/** One of several, as cards: a radio group. */
export function ChoiceField({
  legend,
  hideLegend = false,
  name,
  options,
  defaultValue,
  hint,
  className,
}: ChoiceFieldProps) {
  const field = useField(name, hint)
  const value = field.kept ?? defaultValue
  return (
    <fieldset className={cx('grid gap-2', className)} aria-describedby={field.describedBy}>
      <legend className={hideLegend ? 'sr-only' : 'mb-2 text-sm font-medium'}>{legend}</legend>
      {hint ? (
        <div id={field.hintId} className="text-sm text-ink-muted">
          {hint}
        </div>
      ) : null}
      {options.map((option) => {
        const id = `${field.id}-${option.value}`
        return (
          <div key={option.value} className="choice relative flex items-start gap-3 rounded-md border px-3.5 py-3">
            <input
              id={id}
              name={name}
              type="radio"
              value={option.value}
              defaultChecked={option.value === value}
              aria-describedby={option.hint ? `${id}-hint` : undefined}
              className="field-box relative z-1 mt-px rounded-full"
            />
            <div className="grid min-w-0 flex-1 gap-0.5 text-sm">
              <div className="flex flex-wrap items-center justify-between gap-x-3 gap-y-1">
                <label htmlFor={id} className="cursor-pointer font-medium text-ink after:absolute after:inset-0">
                  {option.label}
                </label>
                {option.mark}
              </div>
              {option.hint ? (
                <div id={`${id}-hint`} className="text-ink-muted">
                  {option.hint}
                </div>
              ) : null}
            </div>
            {option.icon}
          </div>
        )
      })}
      <FieldError id={field.errorId}>{field.error}</FieldError>
    </fieldset>
  )
}
