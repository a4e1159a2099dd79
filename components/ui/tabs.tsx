import { cx } from './cx'
import { Anchor } from './text-link'

export type LinkChoice = { href: string; label: string; current: boolean; count?: string }

export type TabsProps = {
  /** Names the group. */
  label: string
  items: readonly LinkChoice[]
  className?: string
}

/** Pages side by side, as links; where it is narrow in several lines, so that all of them are in sight. */
export function Tabs({ label, items, className }: TabsProps) {
  return (
    <nav aria-label={label} className={cx('tabs mb-6 text-sm print:hidden', className)}>
      <ul className="flex flex-wrap gap-x-5">
        {items.map((item) => (
          <li key={item.href}>
            <Anchor href={item.href} current={item.current ? 'page' : false} className="tab">
              {item.label}
              {item.count === undefined ? null : <span className="text-ink-muted tabular-nums">{item.count}</span>}
            </Anchor>
          </li>
        ))}
      </ul>
    </nav>
  )
}

/** One row of choices, each with how many it shows; where it is narrow the row scrolls. */
export function FilterLinks({ label, items, className }: TabsProps) {
  return (
    <nav aria-label={label} className={cx('overflow-x-auto text-sm print:hidden', className)}>
      <ul className="flex w-max gap-2 p-0.5">
        {items.map((item) => (
          <li key={item.href}>
            <Anchor href={item.href} current={item.current ? 'true' : false} className="filter whitespace-nowrap">
              {item.label}
              {item.count === undefined ? null : <span className="text-ink-muted tabular-nums">{item.count}</span>}
            </Anchor>
          </li>
        ))}
      </ul>
    </nav>
  )
}

export type PagerProps = {
  label: string
  /** Where one is: "51 to 100 of 1,204". */
  text?: string
  previous?: { href: string; label: string }
  next?: { href: string; label: string }
  className?: string
}

export function Pager({ label, text, previous, next, className }: PagerProps) {
  return (
    <nav aria-label={label} className={cx('flex flex-wrap items-center gap-3 text-sm print:hidden', className)}>
      {text ? <p className="mr-auto text-ink-muted tabular-nums">{text}</p> : null}
      {previous ? (
        <Anchor href={previous.href} className="filter">
          {previous.label}
        </Anchor>
      ) : null}
      {next ? (
        <Anchor href={next.href} className="filter">
          {next.label}
        </Anchor>
      ) : null}
    </nav>
  )
}
