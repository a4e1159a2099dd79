import type { ReactNode } from 'react'
import { type ButtonLook, buttonClass } from './button'
import { cx } from './cx'
import { Icon, type IconName } from './icon'
import { Anchor } from './text-link'

export type LinkButtonProps = ButtonLook & {
  href: string
  children: ReactNode
  icon?: IconName
  /** A document load instead of a client navigation: route handlers, downloads, other origins, app schemes. */
  plain?: boolean
  className?: string
}

export function LinkButton({ href, children, icon, plain, className, ...look }: LinkButtonProps) {
  return (
    <Anchor href={href} plain={plain} className={cx(buttonClass(look), 'no-underline', className)}>
      {icon ? <Icon name={icon} className="size-4.5" /> : null}
      {children}
    </Anchor>
  )
}
