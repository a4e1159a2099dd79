import type { ReactNode } from 'react'
import { cx } from './cx'

export type HeadingProps = {
  /** Its rank in the page. */
  level?: 1 | 2 | 3
  /** Its size, where that is not the rank's own: 1 is xl, 2 is lg, 3 is base. */
  size?: 'xl' | 'lg' | 'base'
  tone?: 'plain' | 'danger'
  id?: string
  children: ReactNode
  className?: string
}

const sizes = {
  xl: 'text-xl font-semibold tracking-tight',
  lg: 'text-lg font-semibold tracking-tight',
  base: 'text-base font-semibold',
}
const sizeOfLevel = { 1: 'xl', 2: 'lg', 3: 'base' } as const

export function Heading({ level = 1, size, tone = 'plain', id, children, className }: HeadingProps) {
  const Tag = `h${level}` as const
  return (
    <Tag
      id={id}
      className={cx(
        sizes[size ?? sizeOfLevel[level]],
        'text-balance wrap-anywhere hyphens-auto',
        tone === 'danger' ? 'text-danger' : 'text-ink',
        className,
      )}
    >
      {children}
    </Tag>
  )
}

export type PageHeaderProps = {
  title: string
  /** One sentence: why, or the state of things. */
  intro?: ReactNode
  /** Buttons of the page, at its end. */
  actions?: ReactNode
  /** Before the title: the way back. */
  back?: ReactNode
  titleId?: string
  className?: string
}

/** The head of a page, portal or console. */
export function PageHeader({ title, intro, actions, back, titleId, className }: PageHeaderProps) {
  return (
    <div className={cx('mb-6 grid gap-3', className)}>
      {back ? <div className="text-sm print:hidden">{back}</div> : null}
      <div className="flex flex-wrap items-start justify-between gap-x-6 gap-y-3">
        <div className="grid max-w-2xl min-w-0 gap-1.5">
          <Heading id={titleId}>
            {/* It may be a name, of any direction. */}
            <bdi>{title}</bdi>
          </Heading>
          {intro ? <div className="text-sm text-pretty text-ink-muted">{intro}</div> : null}
        </div>
        {actions ? <div className="flex flex-wrap gap-2">{actions}</div> : null}
      </div>
    </div>
  )
}

/** The quiet links below a form, one under the other behind a rule. */
export function QuietLinks({ children, className }: { children: ReactNode; className?: string }) {
  return (
    <div className={cx('mt-6 grid justify-items-start gap-2.5 border-t border-line pt-5 text-sm', className)}>
      {children}
    </div>
  )
}
