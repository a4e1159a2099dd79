import type { ReactNode } from 'react'
import { cx } from './cx'

export type DefinitionListProps = { items: readonly { term: string; value: ReactNode }[]; className?: string }

export function DefinitionList({ items, className }: DefinitionListProps) {
  return (
    <dl className={cx('@container grid text-sm', className)}>
      {items.map((item) => (
        <div
          key={item.term}
          className="grid gap-x-6 gap-y-0.5 border-b border-line py-2.5 first:pt-0 last:border-b-0 last:pb-0 @md:grid-cols-[minmax(8rem,1fr)_2fr]"
        >
          <dt className="text-ink-muted">{item.term}</dt>
          <dd className="min-w-0 wrap-anywhere">{item.value}</dd>
        </div>
      ))}
    </dl>
  )
}
