import type { ReactNode } from 'react'
import { cx } from './cx'
import { Icon } from './icon'

export type DisclosureProps = { summary: ReactNode; children: ReactNode; open?: boolean; className?: string }

/** A line that opens: the details of an event, "Can't scan it?". */
export function Disclosure({ summary, children, open, className }: DisclosureProps) {
  return (
    <details open={open} className={cx('group/disclosure text-sm', className)}>
      <summary className="flex cursor-pointer items-start gap-1.5 hover:text-accent">
        <Icon name="chevron-right" className="mt-0.5 size-4 group-open/disclosure:rotate-90" />
        <span className="min-w-0 flex-1">{summary}</span>
      </summary>
      <div className="mt-2 grid gap-3 pl-5.5">{children}</div>
    </details>
  )
}

/** Shown as it is where there is room; on a small screen behind a line that opens, without script too. */
export function Fold({ summary, children }: Pick<DisclosureProps, 'summary' | 'children'>) {
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-3">
      <details className="group/fold peer text-sm sm:hidden">
        <summary className="flex min-h-11 cursor-pointer items-center gap-1.5 hover:text-accent">
          <Icon name="chevron-right" className="size-4 group-open/fold:rotate-90" />
          <span className="min-w-0 flex-1">{summary}</span>
        </summary>
      </details>
      <div className="grid max-sm:hidden max-sm:peer-open:grid">{children}</div>
    </div>
  )
}

export type EventLineProps = {
  /** The event in plain words. */
  summary: ReactNode
  /** When: absolute, with its zone; the relative time may stand before it. */
  time: ReactNode
  /** Shown on opening. Without details the line does not open. */
  children?: ReactNode
}

/** One line of a log in a flush card. */
export function EventLine({ summary, time, children }: EventLineProps) {
  const line = (
    <>
      <span className="min-w-0 flex-1 basis-64">{summary}</span>
      <span className="text-ink-muted tabular-nums">{time}</span>
    </>
  )
  const row = 'flex flex-1 flex-wrap items-baseline gap-x-4 gap-y-0.5'
  return children ? (
    <details className="group/line border-b border-line text-sm last:border-b-0">
      <summary className="flex cursor-pointer items-start gap-2 px-4 py-3 -outline-offset-2 hover:bg-hover sm:px-5">
        <Icon name="chevron-right" className="mt-0.5 size-4 text-ink-muted group-open/line:rotate-90" />
        <span className={row}>{line}</span>
      </summary>
      <div className="px-4 pt-1 pb-4 pl-10 sm:pr-5 sm:pl-11">{children}</div>
    </details>
  ) : (
    <div className="flex border-b border-line px-4 py-3 text-sm last:border-b-0 sm:px-5">
      <span className={row}>{line}</span>
    </div>
  )
}
