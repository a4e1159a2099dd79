'use client'

import { createContext, type FormEvent, type ReactNode, useActionState, useContext, useEffect, useRef } from 'react'
import { Alert } from './alert'
import { cx } from './cx'
import { Disclosure, type DisclosureProps } from './disclosure'
import { type FormAction, type FormState, initialFormState } from './form-state'

type FormContextValue = { state: FormState; pending: boolean }

/** For which session the forms inside were drawn (S26); it goes along with each of them. */
const DrawnContext = createContext<string | null>(null)

export function DrawnFor({ value, children }: { value: string; children: ReactNode }) {
  return <DrawnContext value={value}>{children}</DrawnContext>
}

/** The hidden field of it, for a form that is no `ActionForm`. */
export function DrawnField() {
  const value = useContext(DrawnContext)
  return value === null ? null : <input type="hidden" name="drawnFor" value={value} />
}

const FormContext = createContext<FormContextValue>({ state: initialFormState, pending: false })

/** The last answer of the `ActionForm` around; outside of one, the initial state. */
export function useActionForm(): FormContextValue {
  return useContext(FormContext)
}

export type ActionFormProps = {
  action: FormAction
  children: ReactNode
  className?: string
  id?: string
  /** The id of the heading that names the form. */
  labelledBy?: string
  /** Fixed values sent along. They come back from the browser: the action must not trust them. */
  hidden?: Record<string, string>
}

/**
 * A form for a server action that answers with a `FormState`. Without script it is a plain multipart POST.
 * The browser's own validation is off, so that every error is said by the server in the person's language.
 */
export function ActionForm({ action, children, className, id, labelledBy, hidden }: ActionFormProps) {
  const [state, formAction, pending] = useActionState(action, initialFormState)
  const form = useRef<HTMLFormElement>(null)
  const alert = useRef<HTMLDivElement>(null)
  const seen = useRef(state)
  const busy = useRef(false)

  useEffect(() => {
    if (!pending) busy.current = false
  }, [pending])

  useEffect(() => {
    if (seen.current === state) return
    seen.current = state
    if (state.status !== 'error') return
    const target = alert.current ?? form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')
    target?.focus()
  }, [state])

  function onSubmit(event: FormEvent<HTMLFormElement>) {
    if (busy.current) event.preventDefault()
    busy.current = true
  }

  const done = state.status === 'done' && state.message !== undefined
  return (
    <FormContext value={{ state, pending }}>
      <form
        ref={form}
        id={id}
        action={formAction}
        onSubmit={onSubmit}
        noValidate
        aria-labelledby={labelledBy}
        className={cx('grid grid-cols-[minmax(0,1fr)] gap-5', className)}
      >
        <DrawnField />
        {Object.entries(hidden ?? {}).map(([name, value]) => (
          <input key={name} type="hidden" name={name} value={value} />
        ))}
        {state.status === 'error' && state.message ? (
          <Alert ref={alert} tone="danger" focusable>
            {state.message}
          </Alert>
        ) : null}
        <div role="status" className={done ? undefined : 'sr-only'}>
          {done ? (
            <Alert tone="positive" live="none">
              {state.message}
            </Alert>
          ) : null}
        </div>
        {children}
      </form>
    </FormContext>
  )
}

/** A line of a form that opens; after an error it stands open, so that nothing of it is hidden without script. */
export function FormDisclosure(props: DisclosureProps) {
  const { state } = useActionForm()
  return <Disclosure {...props} open={state.status === 'error' ? true : props.open} />
}

/** Shows its children only while the form's last answer has one of these states. */
export function FormWhen({
  status,
  children,
}: {
  status: FormState['status'] | FormState['status'][]
  children: ReactNode
}) {
  const { state } = useActionForm()
  return [status].flat().includes(state.status) ? children : null
}
