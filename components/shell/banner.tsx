import type { ReactNode } from 'react'
import { Icon } from '../ui/icon'
import { TextLink } from '../ui/text-link'

export type BannerProps = {
  tone: 'info' | 'attention'
  children: ReactNode
  /** The same in a few words, where there is room for one line alone. */
  short: string
  /** At its end; of the few words the link is the whole line. */
  link?: { href: string; label: string }
}

const tones = {
  info: { look: 'border-info-border bg-info-surface', mark: 'text-info', icon: 'info' },
  attention: { look: 'border-attention-border bg-attention-surface', mark: 'text-attention', icon: 'alert' },
} as const

/** A line over the whole console: acting for a customer, few recovery codes left. */
export function Banner({ tone, children, short, link }: BannerProps) {
  const { look, mark, icon } = tones[tone]
  return (
    <div className={`flex items-center gap-x-4 border-b px-4 py-1 text-sm text-ink lg:px-6 ${look}`}>
      <div className="flex min-w-0 flex-1 items-start gap-2.5">
        <Icon name={icon} className={`size-5 ${mark}`} />
        <div className="max-sm:hidden">{children}</div>
        <div className="min-w-0 sm:hidden">{link ? <TextLink href={link.href}>{short}</TextLink> : short}</div>
      </div>
      {link ? (
        <TextLink href={link.href} className="max-sm:hidden">
          {link.label}
        </TextLink>
      ) : null}
    </div>
  )
}
