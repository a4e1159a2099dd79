'use client'

import {
  type ChangeEvent,
  type HTMLInputTypeAttribute,
  type ReactNode,
  useEffect,
  useId,
  useRef,
  useState,
} from 'react'
import { useFormStatus } from 'react-dom'
import { Button, type ButtonProps } from './button'
import { cx } from './cx'
import { useActionForm } from './form'
import { Icon } from './icon'
import { useHydrated } from './use-hydrated'

type FieldBase = {
  /** Visible; names the field to everybody. */
  label: string
  name: string
  hint?: ReactNode
  required?: boolean
  className?: string
}

/** For the one field of a portal page that is typed into; what stands above it is not needed to go on. */
type Focus = { autoFocus?: boolean }

function useField(name: string) {
  const { state } = useActionForm()
  const id = useId()
  const error = state.fields?.[name]
  // After an error the message takes the focus, also on a page that arrives with it.
  const focus = (wanted: boolean) => (wanted && state.status !== 'error' ? { autoFocus: true } : {})
  return { id, error, focus, kept: state.values?.[name], hintId: `${id}-hint`, errorId: `${id}-error` }
}

function describedBy(field: { hintId: string; errorId: string; error?: string }, hint: ReactNode): string | undefined {
  return cx(hint ? field.hintId : null, field.error ? field.errorId : null) || undefined
}

function FieldError({ id, children }: { id: string; children: string | undefined }) {
  if (!children) return null
  return (
    <p id={id} className="flex gap-1.5 text-sm text-danger">
      <Icon name="alert" className="mt-0.5 size-4" />
      <span>{children}</span>
    </p>
  )
}

function Shell({
  field,
  label,
  hint,
  hideLabel = false,
  aside,
  className,
  children,
}: {
  field: ReturnType<typeof useField>
  label: string
  hint?: ReactNode
  hideLabel?: boolean
  aside?: ReactNode
  className?: string
  children: ReactNode
}) {
  return (
    <div className={cx('grid gap-1.5', className)}>
      <div className={hideLabel && !aside ? 'sr-only' : 'flex flex-wrap items-baseline justify-between gap-x-3'}>
        <label htmlFor={field.id} className={cx('text-sm font-medium text-ink', hideLabel && 'sr-only')}>
          {label}
        </label>
        {aside ? <span className="text-sm">{aside}</span> : null}
      </div>
      {hint ? (
        <div id={field.hintId} className="text-sm text-ink-muted">
          {hint}
        </div>
      ) : null}
      {children}
      <FieldError id={field.errorId}>{field.error}</FieldError>
    </div>
  )
}

const inputClass =
  'field-input block w-full min-h-10 rounded-md border bg-field px-3 py-2 text-base text-ink pointer-coarse:min-h-11 sm:text-sm'

export type TextFieldProps = FieldBase &
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
  required = false,
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
  autoFocus = false,
}: TextFieldProps) {
  const field = useField(name)
  const plain = mono || type === 'email' || type === 'url'
  return (
    <Shell field={field} label={label} hint={hint} hideLabel={hideLabel} aside={aside} className={className}>
      <input
        id={field.id}
        name={name}
        type={type}
        autoComplete={autoComplete}
        defaultValue={field.kept ?? defaultValue}
        inputMode={inputMode}
        maxLength={maxLength}
        min={min}
        max={max}
        placeholder={placeholder}
        required={required}
        aria-invalid={field.error ? true : undefined}
        aria-describedby={describedBy(field, hint)}
        autoCapitalize={plain ? 'none' : undefined}
        autoCorrect={plain ? 'off' : undefined}
        spellCheck={plain ? false : undefined}
        {...field.focus(autoFocus)}
        className={cx(inputClass, mono && 'font-mono', short && 'max-w-48')}
      />
    </Shell>
  )
}

/** A file to be sent; what was chosen cannot be kept by a page. */
export function FileField({ label, name, hint, required = false, className, accept }: FieldBase & { accept?: string }) {
  const field = useField(name)
  return (
    <Shell field={field} label={label} hint={hint} className={className}>
      <input
        id={field.id}
        name={name}
        type="file"
        accept={accept}
        required={required}
        aria-describedby={describedBy(field, hint)}
        className={cx(
          inputClass,
          'file:mr-3 file:cursor-pointer file:rounded-md file:border-0 file:bg-hover file:px-2.5 file:py-1 file:text-ink',
        )}
      />
    </Shell>
  )
}

export type TextAreaFieldProps = FieldBase & {
  defaultValue?: string
  maxLength?: number
  rows?: number
  mono?: boolean
}

export function TextAreaField({
  label,
  name,
  hint,
  required = false,
  className,
  defaultValue,
  maxLength,
  rows = 3,
  mono = false,
}: TextAreaFieldProps) {
  const field = useField(name)
  return (
    <Shell field={field} label={label} hint={hint} className={className}>
      <textarea
        id={field.id}
        name={name}
        rows={rows}
        defaultValue={field.kept ?? defaultValue}
        maxLength={maxLength}
        required={required}
        aria-invalid={field.error ? true : undefined}
        aria-describedby={describedBy(field, hint)}
        spellCheck={mono ? false : undefined}
        className={cx(inputClass, mono && 'font-mono')}
      />
    </Shell>
  )
}

export type PasswordFieldProps = FieldBase &
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
  required = false,
  className,
  autoComplete,
  showLabel,
  hideLabel,
  maxLength,
  aside,
  autoFocus = false,
}: PasswordFieldProps) {
  const field = useField(name)
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
    <Shell field={field} label={label} hint={hint} aside={aside} className={className}>
      <div className="relative">
        <input
          ref={input}
          id={field.id}
          name={name}
          type={revealed ? 'text' : 'password'}
          autoComplete={autoComplete}
          maxLength={maxLength}
          required={required}
          aria-invalid={field.error ? true : undefined}
          aria-describedby={describedBy(field, hint)}
          autoCapitalize="none"
          autoCorrect="off"
          spellCheck={false}
          {...field.focus(autoFocus)}
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
    </Shell>
  )
}

export type PasscodeFieldProps = FieldBase &
  Focus & {
    /** How many digits make it full. */
    digits?: number
    /** With script, send the form when it is full; the hint should say so (WCAG 3.2.2). */
    autoSubmit?: boolean
  }

/** One wide input for a passcode. Never keeps its value. Spaces and hyphens may be typed or pasted. */
export function PasscodeField({
  label,
  name,
  hint,
  required = true,
  className,
  digits = 6,
  autoSubmit = true,
  autoFocus = false,
}: PasscodeFieldProps) {
  const field = useField(name)
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
    <Shell field={field} label={label} hint={hint} className={className}>
      <input
        id={field.id}
        name={name}
        type="text"
        inputMode="numeric"
        autoComplete="one-time-code"
        maxLength={digits * 2 + 4}
        required={required}
        aria-invalid={field.error ? true : undefined}
        aria-describedby={describedBy(field, hint)}
        autoCapitalize="none"
        autoCorrect="off"
        spellCheck={false}
        onChange={onChange}
        {...field.focus(autoFocus)}
        className={cx(
          'field-input block h-14 w-full rounded-md border bg-field px-4 text-ink',
          'font-mono text-2xl tracking-[0.3em] tabular-nums',
        )}
      />
    </Shell>
  )
}

export type CheckboxFieldProps = FieldBase & {
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
  required = false,
  className,
  defaultChecked = false,
  value = 'on',
  framed = false,
}: CheckboxFieldProps) {
  const field = useField(name)
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
          id={field.id}
          name={name}
          type="checkbox"
          value={value}
          defaultChecked={checked}
          required={required}
          aria-invalid={field.error ? true : undefined}
          aria-describedby={describedBy(field, hint)}
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

type SelectOption = { value: string; label: string }

export type SelectFieldProps = FieldBase & {
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
  required = false,
  className,
  options,
  groups = [],
  defaultValue,
  autoComplete,
  hideLabel,
  short = false,
}: SelectFieldProps) {
  const field = useField(name)
  const value = field.kept ?? defaultValue
  return (
    <Shell field={field} label={label} hint={hint} hideLabel={hideLabel} className={className}>
      <div className={cx('relative', short && 'max-w-48')}>
        {/* A reset goes back to the options' first `selected`, which React does not move: hence the key. */}
        <select
          key={value}
          id={field.id}
          name={name}
          defaultValue={value}
          autoComplete={autoComplete}
          required={required}
          aria-invalid={field.error ? true : undefined}
          aria-describedby={describedBy(field, hint)}
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
    </Shell>
  )
}

export type ChoiceOption = {
  value: string
  label: string
  hint?: ReactNode
  /** Beside the label, at its end: a badge. */
  mark?: ReactNode
  icon?: ReactNode
}

export type ChoiceFieldProps = {
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
  const field = useField(name)
  const value = field.kept ?? defaultValue
  return (
    <fieldset className={cx('grid gap-2', className)} aria-describedby={describedBy(field, hint)}>
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

export type FieldGroupProps = {
  legend: string
  hint?: ReactNode
  /** Shows the error of this field name under the group. */
  name?: string
  children: ReactNode
  className?: string
}

/** Fields that belong together, with one name: boxes of one question, the parts of a setting. */
export function FieldGroup({ legend, hint, name = '', children, className }: FieldGroupProps) {
  const field = useField(name)
  return (
    <fieldset className={cx('grid gap-3', className)} aria-describedby={describedBy(field, hint)}>
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

export type SubmitButtonProps = Omit<ButtonProps, 'type' | 'ariaDisabled' | 'onClick' | 'ref'> & {
  /** Replaces the words while the server works; without it they stay. */
  pendingLabel?: string
}

/** Sends the form around it (an `ActionForm` or any form with an action); a second press while it works does nothing. */
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
