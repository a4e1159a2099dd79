import Link from 'next/link'
import type { ReactNode } from 'react'
import { cx } from './cx'

export type AnchorProps = {
  href: string
  children: ReactNode
  /** A document load instead of a client navigation: route handlers, downloads, other origins, app schemes. */
  plain?: boolean
  current?: 'page' | 'step' | 'true' | false
  className?: string
}

/** A link without a look. Nothing is fetched before it is followed. */
export function Anchor({ href, children, plain = false, current = false, className }: AnchorProps) {
  const currentValue = current || undefined
  return plain ? (
    <a href={href} aria-current={currentValue} className={className}>
      {children}
    </a>
  ) : (
    <Link href={href} prefetch={false} aria-current={currentValue} className={className}>
      {children}
    </Link>
  )
}

export type TextLinkProps = {
  href: string
  children: ReactNode
  plain?: boolean
  /** For the ways out below a form. */
  quiet?: boolean
  /** For the name that heads a table row or list line. */
  strong?: boolean
  className?: string
}

/** A link in words. */
export function TextLink({ href, children, plain, quiet = false, strong = false, className }: TextLinkProps) {
  return (
    <Anchor
      href={href}
      plain={plain}
      className={cx(
        'rounded-xs underline-offset-3',
        strong
          ? 'font-medium text-ink hover:text-accent hover:underline'
          : quiet
            ? 'text-ink-muted underline decoration-line-strong hover:text-ink hover:decoration-current'
            : 'text-accent underline decoration-accent-border hover:decoration-current',
        className,
      )}
    >
      {children}
    </Anchor>
  )
}
