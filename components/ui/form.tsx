'use client'

import { unstable_isUnrecognizedActionError } from 'next/navigation'
import {
  createContext,
  type FormEvent,
  type ReactNode,
  useActionState,
  useContext,
  useEffect,
  useRef,
  useSyncExternalStore,
} from 'react'
import { Alert } from './alert'
import { cx } from './cx'
import { Disclosure, type DisclosureProps } from './disclosure'
import { useFailureWords } from './failure-words'
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

const never = () => () => undefined

/** Whether script has taken over what the server drew. */
function useHydrated(): boolean {
  return useSyncExternalStore(
    never,
    () => true,
    () => false,
  )
}

/** Thrown on purpose (a redirect, a page that is not there), by a failure with a reference, or by an older page. */
function isAnswer(error: unknown): boolean {
  return error instanceof Error && ('digest' in error || unstable_isUnrecognizedActionError(error))
}

/**
 * A form for a server action that answers with a `FormState`. Without script it is a plain multipart POST.
 * Where no answer comes (the network, a busy server), a sentence says so and everything typed stays.
 * The browser's own validation is off, so that every error is said by the server in the person's language.
 */
export function ActionForm({ action, children, className, id, labelledBy, hidden }: ActionFormProps) {
  const { unanswered } = useFailureWords()
  const keeps = useRef(false)
  const whenAnswered: FormAction = async (previous, data) => {
    try {
      return await action(previous, data)
    } catch (error) {
      if (isAnswer(error)) throw error
      keeps.current = true
      return { ...previous, status: 'error', message: unanswered, fields: undefined }
    }
  }
  const [state, formAction, pending] = useActionState(useHydrated() ? whenAnswered : action, initialFormState)
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
    keeps.current = false
  }

  /** The framework empties a form after each action. */
  function onReset(event: FormEvent<HTMLFormElement>) {
    if (keeps.current) event.preventDefault()
  }

  const done = state.status === 'done' && state.message !== undefined
  return (
    <FormContext value={{ state, pending }}>
      <form
        ref={form}
        id={id}
        action={formAction}
        onSubmit={onSubmit}
        onReset={onReset}
        noValidate
        aria-labelledby={labelledBy}
        className={cx('grid grid-cols-[minmax(0,1fr)] gap-5', className)}
      >
        <DrawnField />
        {Object.entries(hidden ?? {}).map(([name, value]) => (
          <input key={name} type="hidden" name={name} value={state.values?.[name] ?? value} />
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
