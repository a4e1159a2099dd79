import type { ReactNode } from 'react'

export type FigureProps = {
  /** What is counted. */
  label: string
  /** The number, as large as an answer. */
  value: string
  /** What it means, and who else there is. */
  children?: ReactNode
}

/** A number that answers a question of its own. */
export function Figure({ label, value, children }: FigureProps) {
  return (
    <div className="grid content-start gap-1 rounded-md border border-line bg-surface px-4 py-4 sm:px-5">
      <h2 className="text-sm font-medium text-ink-muted">{label}</h2>
      <p className="text-2xl font-semibold tracking-tight tabular-nums">{value}</p>
      {children ? <div className="grid gap-1 text-sm text-pretty">{children}</div> : null}
    </div>
  )
}
