import type { ReactNode } from 'react'

/** A submit button that looks like the quiet links beside it: for the ways out below a form. */
export function TextButton({ children }: { children: ReactNode }) {
  return (
    <button
      type="submit"
      className="cursor-pointer rounded-xs text-left text-ink-muted underline decoration-line-strong underline-offset-3 hover:text-ink hover:decoration-current"
    >
      {children}
    </button>
  )
}
