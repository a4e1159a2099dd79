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

/** More names than these have no room beside each other in the portal's column. */
const NAMED = 3

/** The numbered steps of a wizard. */
export function Steps({ text, items, current, doneLabel, className }: StepsProps) {
  const named = items.length <= NAMED
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
                named ? 'border-t-2 @xs:pt-2' : 'border-t-2',
                done || now ? 'border-accent' : 'border-line-strong',
                now && 'font-medium text-ink',
              )}
            >
              <span className={named ? 'flex items-start gap-1.5 @max-xs:sr-only' : 'sr-only'}>
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
      <p className={named ? 'pt-2 @xs:sr-only' : 'pt-2'}>{text}</p>
    </div>
  )
}
