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

/** No longer than what a phone has room for; a longer word may end its line at a hyphen. */
const MAX_UNBROKEN = 14

/** No line of a heading ends within "two-factor". */
function unbroken(text: string): ReactNode {
  const words = text.split(/(\s+)/)
  if (!words.some(staysWhole)) return text
  return words.map((word, index) =>
    staysWhole(word) ? (
      // biome-ignore lint/suspicious/noArrayIndexKey: the words of one text never move.
      <span key={index} className="whitespace-nowrap">
        {word}
      </span>
    ) : (
      word
    ),
  )
}

function staysWhole(word: string): boolean {
  return word.length <= MAX_UNBROKEN && /[^-]-[^-]/.test(word)
}

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
      {typeof children === 'string' ? unbroken(children) : children}
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
  /** Within a form, which spaces its parts itself. */
  inForm?: boolean
  className?: string
}

/** The head of a page, portal or console. */
export function PageHeader({ title, intro, actions, back, titleId, inForm = false, className }: PageHeaderProps) {
  return (
    <div className={cx('grid gap-3', !inForm && 'mb-6', className)}>
      {back ? <div className="text-sm empty:hidden print:hidden">{back}</div> : null}
      <div className="flex flex-wrap items-start justify-between gap-x-6 gap-y-3">
        <div className="grid max-w-2xl min-w-0 gap-1.5">
          <Heading id={titleId}>
            {/* It may be a name, of any direction. */}
            <bdi>{unbroken(title)}</bdi>
          </Heading>
          {intro ? <div className="text-sm text-pretty text-ink-muted">{intro}</div> : null}
        </div>
        {actions ? <div className="flex flex-wrap gap-2">{actions}</div> : null}
      </div>
    </div>
  )
}

/** The quiet links below a form, one under the other behind a rule. */
export function QuietLinks({ children, inForm = false }: { children: ReactNode; inForm?: boolean }) {
  return (
    <div className={cx('grid justify-items-start gap-2.5 border-t border-line pt-5 text-sm', !inForm && 'mt-6')}>
      {children}
    </div>
  )
}
