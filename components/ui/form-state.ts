/** What a form action answers. It travels to the browser: never a password, passcode or key in `values`. */
export type FormState = {
  status: 'idle' | 'error' | 'done'
  /** Shown above the fields. */
  message?: string
  /** Error text per field name. */
  fields?: Record<string, string>
  /** Input to show again, per field name; make it with `keptValues`. */
  values?: Record<string, string>
  /** Results for the page, read with `useActionForm`. */
  data?: Record<string, string | string[]>
  /** Counts the answers of one form; an action that wants it passes `nextSubmission(state)`. */
  submission?: number
}

export type FormAction = (state: FormState, data: FormData) => Promise<FormState>

export const initialFormState: FormState = { status: 'idle' }

export function nextSubmission(state: FormState): number {
  return (state.submission ?? 0) + 1
}

/**
 * The named input as text, for `FormState.values`. A box that is not ticked becomes '' (and so stays unticked);
 * several boxes of one name are joined by line feeds; files are left out. Name no secrets.
 */
export function keptValues(data: FormData, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    names.map((name) => [
      name,
      data
        .getAll(name)
        .filter((value) => typeof value === 'string')
        .join('\n'),
    ]),
  )
}
