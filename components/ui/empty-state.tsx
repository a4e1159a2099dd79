import type { ReactNode } from 'react'
import { Heading } from './heading'
import { Icon, type IconName } from './icon'

export type EmptyStateProps = {
  title: string
  /** What to do now. */
  children?: ReactNode
  icon?: IconName
  actions?: ReactNode
  headingLevel?: 2 | 3
}

export function EmptyState({ title, children, icon, actions, headingLevel = 2 }: EmptyStateProps) {
  return (
    <div className="grid justify-items-center gap-4 px-4 py-10 text-center">
      {icon ? (
        <span className="rounded-md border border-line bg-sunken p-2.5 text-ink-muted">
          <Icon name={icon} />
        </span>
      ) : null}
      <div className="grid max-w-md gap-1.5">
        <Heading level={headingLevel} size="base">
          {title}
        </Heading>
        {children ? <div className="text-sm text-pretty text-ink-muted">{children}</div> : null}
      </div>
      {actions ? <div className="flex flex-wrap justify-center gap-2">{actions}</div> : null}
    </div>
  )
}
