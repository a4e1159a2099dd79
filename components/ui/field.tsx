import { type ReactNode, useId } from 'react'
import { cx } from './cx'
import { useActionForm } from './form'
import { Icon } from './icon'

export type FieldBase = {
  /** Visible; names the field to everybody. */
  label: string
  name: string
  hint?: ReactNode
  required?: boolean
  className?: string
}

/** For the one field of a portal page that is typed into; what stands above it is not needed to go on. */
export type Focus = { autoFocus?: boolean }

export const inputClass =
  'field-input block w-full min-h-10 rounded-md border bg-field px-3 py-2 text-base text-ink pointer-coarse:min-h-11 sm:text-sm'

/** What is typed as it is: no capitals, no spelling help. */
export const AS_TYPED = { autoCapitalize: 'none', autoCorrect: 'off', spellCheck: false } as const

/** What the form's last answer says of this field, and the ids by which its parts name each other. */
export function useField(name: string, hint: ReactNode) {
  const { state } = useActionForm()
  const id = useId()
  const error = state.fields?.[name]
  const hintId = `${id}-hint`
  const errorId = `${id}-error`
  const describedBy = cx(hint ? hintId : null, error ? errorId : null) || undefined
  return { id, hintId, errorId, error, describedBy, kept: state.values?.[name], failed: state.status === 'error' }
}

/** The same, with the attributes that every control of a form has. */
export function useControl({ name, hint, required = false, autoFocus = false }: Omit<FieldBase, 'label'> & Focus) {
  const field = useField(name, hint)
  const attributes = {
    id: field.id,
    name,
    required,
    'aria-invalid': field.error ? true : undefined,
    'aria-describedby': field.describedBy,
    // After an error the field that it is about takes the focus, else the message, also on a page that arrives with it.
    ...(field.error || (autoFocus && !field.failed) ? { autoFocus: true } : {}),
  }
  return { ...field, attributes }
}

export function FieldError({ id, children }: { id: string; children: string | undefined }) {
  if (!children) return null
  return (
    <p id={id} className="flex gap-1.5 text-sm text-danger">
      <Icon name="alert" className="mt-0.5 size-4" />
      <span>{children}</span>
    </p>
  )
}

/** Label, hint, error and control of one field, in this order: the keyboard of a phone covers what is below. */
export function Field({
  field,
  label,
  hint,
  hideLabel = false,
  aside,
  className,
  children,
}: Pick<FieldBase, 'label' | 'hint' | 'className'> & {
  field: ReturnType<typeof useField>
  hideLabel?: boolean
  aside?: ReactNode
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
      <FieldError id={field.errorId}>{field.error}</FieldError>
      {children}
    </div>
  )
}
