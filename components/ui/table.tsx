import type { ReactNode } from 'react'
import { cx } from './cx'
import { Icon } from './icon'
import { Anchor } from './text-link'

export type TableProps = {
  /** Names the table, and its region where it scrolls. */
  label: string
  head: ReactNode
  children: ReactNode
  /**
   * What happens where it is narrow. `stack`: rows become blocks, each `Td` led by its `label`.
   * `scroll`: the table keeps its form in a region of its own that the keyboard can reach.
   */
  narrow?: 'stack' | 'scroll'
  className?: string
}

// Safari does not focus a scrolling box by itself.
const reachable = { tabIndex: 0 }

/** `head` holds `Th`s, the children are `Tr`s of `Td`s. */
export function Table({ label, head, children, narrow = 'stack', className }: TableProps) {
  const table = (
    <table aria-label={label} className="w-full border-collapse text-left text-sm">
      <thead>
        <tr className="border-b border-line">{head}</tr>
      </thead>
      <tbody>{children}</tbody>
    </table>
  )
  return narrow === 'stack' ? (
    <div className={cx('@container/table', className)}>
      <div className="table-stack">{table}</div>
    </div>
  ) : (
    <section aria-label={label} {...reachable} className={cx('overflow-x-auto rounded-sm', className)}>
      {table}
    </section>
  )
}

export type ThProps = {
  children?: ReactNode
  /** For a column that needs no visible head: the words for screen readers. */
  hiddenLabel?: string
  sort?: 'ascending' | 'descending'
  align?: 'start' | 'end'
  className?: string
}

export function Th({ children, hiddenLabel, sort, align = 'start', className }: ThProps) {
  return (
    <th
      scope="col"
      aria-sort={sort}
      className={cx(
        'px-3 py-2.5 text-xs font-medium whitespace-nowrap text-ink-muted first:pl-4 last:pr-4 sm:first:pl-5 sm:last:pr-5',
        align === 'end' && 'text-right',
        className,
      )}
    >
      {hiddenLabel ? <span className="sr-only">{hiddenLabel}</span> : children}
    </th>
  )
}

export type SortLinkProps = {
  href: string
  /** What following it does. */
  hint: string
  sorted?: 'ascending' | 'descending'
  children: string
}

/** In a `Th`: the words of the column, which sort by it. */
export function SortLink({ href, hint, sorted, children }: SortLinkProps) {
  return (
    <Anchor href={href} className="inline-flex min-h-6 items-center gap-1 rounded-xs hover:text-ink">
      {children}
      <span className="sr-only">, {hint}</span>
      <Icon
        name="chevron-down"
        className={cx('size-3.5', sorted === 'ascending' && 'rotate-180', !sorted && 'opacity-40')}
      />
    </Anchor>
  )
}

export function Tr({ children, className }: { children: ReactNode; className?: string }) {
  return <tr className={cx('border-b border-line last:border-b-0', className)}>{children}</tr>
}

export type TdProps = {
  children?: ReactNode
  /** The column's name, shown before the cell where rows are stacked. */
  label?: string
  /** Where rows are stacked, sits in the row's upper corner: its menu. */
  corner?: boolean
  /** Where rows are stacked, stands in one line with its neighbours: a word that needs no name of its column. */
  beside?: boolean
  align?: 'start' | 'end'
  /** Keeps short things, such as times, on one line. */
  nowrap?: boolean
  className?: string
}

export function Td({
  children,
  label,
  corner = false,
  beside = false,
  align = 'start',
  nowrap = false,
  className,
}: TdProps) {
  return (
    <td
      data-label={label}
      data-corner={corner || undefined}
      data-beside={beside || undefined}
      className={cx(
        'px-3 py-3 align-middle wrap-anywhere first:pl-4 last:pr-4 sm:first:pl-5 sm:last:pr-5',
        align === 'end' && 'text-right tabular-nums',
        nowrap && 'whitespace-nowrap',
        className,
      )}
    >
      {label ? <span className="min-w-0">{children}</span> : children}
    </td>
  )
}
