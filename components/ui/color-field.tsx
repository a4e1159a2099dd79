'use client'

import { type ChangeEvent, useRef } from 'react'
import { cx } from './cx'
import { AS_TYPED, Field, type FieldBase, inputClass, useControl } from './field'
import { useHydrated } from './use-hydrated'

type ColorFieldProps = FieldBase & {
  defaultValue?: string
  placeholder?: string
  /** Names the browser's own picker beside the field. */
  pickLabel: string
}

const COLOR = /^#[0-9a-f]{6}$/i

/** A colour as text, `#rrggbb`; with script the browser's picker stands beside it and says the same. */
export function ColorField({ label, name, hint, required, defaultValue, placeholder, pickLabel }: ColorFieldProps) {
  const field = useControl({ name, hint, required })
  const hydrated = useHydrated()
  const typed = useRef<HTMLInputElement>(null)
  const picked = useRef<HTMLInputElement>(null)
  const value = field.kept ?? defaultValue ?? ''
  const shown = [value, placeholder ?? ''].find((each) => COLOR.test(each))
  const follow = (from: ChangeEvent<HTMLInputElement>, other: HTMLInputElement | null) => {
    if (other !== null && COLOR.test(from.target.value)) other.value = from.target.value
  }
  return (
    <Field field={field} label={label} hint={hint}>
      <div className="flex items-center gap-3">
        <input
          {...field.attributes}
          ref={typed}
          type="text"
          autoComplete="off"
          defaultValue={value}
          maxLength={7}
          placeholder={placeholder}
          onChange={(event) => follow(event, picked.current)}
          {...AS_TYPED}
          className={cx(inputClass, 'max-w-48 font-mono')}
        />
        {hydrated ? (
          <input
            key={value}
            ref={picked}
            type="color"
            aria-label={pickLabel}
            defaultValue={shown}
            onChange={(event) => follow(event, typed.current)}
            className="h-10 w-14 cursor-pointer rounded-md border border-line-field bg-field p-1"
          />
        ) : null}
      </div>
    </Field>
  )
}
