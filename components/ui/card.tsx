import type { ReactNode } from 'react'
import { cx } from './cx'
import { Heading } from './heading'

export type CardProps = {
  title?: string
  /** One sentence under the title. */
  intro?: ReactNode
  /** At the end of the head: a badge, a menu, a button. */
  aside?: ReactNode
  /** Below a rule: the buttons. */
  footer?: ReactNode
  /** `danger` frames the danger zone. */
  tone?: 'plain' | 'danger'
  /** No inner margin: for a table or a list of rows. */
  flush?: boolean
  headingLevel?: 2 | 3
  children?: ReactNode
  id?: string
  className?: string
}

export function Card({
  title,
  intro,
  aside,
  footer,
  tone = 'plain',
  flush = false,
  headingLevel = 2,
  children,
  id,
  className,
}: CardProps) {
  const head = Boolean(title || intro || aside)
  return (
    <section
      id={id}
      className={cx(
        'grid grid-cols-[minmax(0,1fr)] content-start rounded-md border bg-surface',
        tone === 'danger' ? 'border-danger-border' : 'border-line',
        className,
      )}
    >
      {head ? (
        <div
          className={cx(
            'grid gap-1 px-4 pt-4 sm:px-5 sm:pt-5',
            (flush || !children) && 'pb-4 sm:pb-5',
            flush && Boolean(children) && 'border-b border-line',
          )}
        >
          <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2">
            {title ? (
              <Heading level={headingLevel} size="base" tone={tone}>
                {title}
              </Heading>
            ) : null}
            {aside ? <div className="flex flex-wrap items-center gap-2">{aside}</div> : null}
          </div>
          {intro ? <div className="max-w-2xl text-sm text-pretty text-ink-muted">{intro}</div> : null}
        </div>
      ) : null}
      {children ? <div className={flush ? undefined : 'p-4 sm:p-5'}>{children}</div> : null}
      {footer ? (
        <div className="flex flex-wrap items-center gap-3 border-t border-line px-4 py-3 text-sm sm:px-5">{footer}</div>
      ) : null}
    </section>
  )
}

export type RowProps = {
  /** What it is, and one line about it. */
  title: ReactNode
  note?: ReactNode
  icon?: ReactNode
  /** At the end: badge, buttons, menu. */
  aside?: ReactNode
}

/** One line of a list in a flush card: a factor, a device, a danger with its button. */
export function Row({ title, note, icon, aside }: RowProps) {
  return (
    <div className="flex flex-wrap items-center gap-x-4 gap-y-3 border-b border-line px-4 py-3.5 text-sm last:border-b-0 sm:px-5">
      <div className="flex min-w-0 flex-1 basis-56 items-start gap-3">
        {icon ? <span className="text-ink-muted">{icon}</span> : null}
        <div className="grid min-w-0 gap-0.5">
          <div className="flex flex-wrap items-center gap-x-2 gap-y-1 font-medium">{title}</div>
          {note ? <div className="max-w-2xl text-pretty text-ink-muted">{note}</div> : null}
        </div>
      </div>
      {aside ? <div className="flex flex-wrap items-center gap-2">{aside}</div> : null}
    </div>
  )
}

/** Cards side by side where there is room. */
export function CardGrid({ children, className }: { children: ReactNode; className?: string }) {
  return (
    <div className={cx('grid grid-cols-[repeat(auto-fit,minmax(min(16rem,100%),1fr))] gap-4', className)}>
      {children}
    </div>
  )
}
