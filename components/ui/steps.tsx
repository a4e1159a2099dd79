import { cx } from './cx'
import { Icon } from './icon'

export type StepsProps = {
  /** Where one is: "Step 2 of 3". Shown where there is no room for the names. */
  text: string
  items: readonly string[]
  /** From 1. */
  current: number
  /** Said to screen readers after a finished step. */
  doneLabel: string
  className?: string
}

/** The numbered steps of a wizard. */
export function Steps({ text, items, current, doneLabel, className }: StepsProps) {
  return (
    <div className={cx('@container mb-6 text-xs text-ink-muted', className)}>
      <ol className="grid auto-cols-fr grid-flow-col gap-3">
        {items.map((item, index) => {
          const number = index + 1
          const done = number < current
          const now = number === current
          return (
            <li
              key={item}
              aria-current={now ? 'step' : undefined}
              className={cx(
                'border-t-2 @xs:pt-2',
                done || now ? 'border-accent' : 'border-line-strong',
                now && 'font-medium text-ink',
              )}
            >
              <span className="flex items-start gap-1.5 @max-xs:sr-only">
                {done ? (
                  <Icon name="check" className="size-4 text-accent" />
                ) : (
                  <span className="min-w-3 tabular-nums">{number}</span>
                )}
                <span>
                  {item}
                  {done ? <span className="sr-only"> ({doneLabel})</span> : null}
                </span>
              </span>
            </li>
          )
        })}
      </ol>
      <p className="pt-2 @xs:sr-only">{text}</p>
    </div>
  )
}
