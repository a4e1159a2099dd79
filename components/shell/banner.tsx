import type { ReactNode } from 'react'
import { Icon } from '../ui/icon'

export type BannerProps = {
  tone: 'info' | 'attention'
  children: ReactNode
  /** At its end: a link or a small form. */
  action?: ReactNode
}

const tones = {
  info: { look: 'border-info-border bg-info-surface', mark: 'text-info', icon: 'info' },
  attention: { look: 'border-attention-border bg-attention-surface', mark: 'text-attention', icon: 'alert' },
} as const

/** A line over the whole console: acting for a customer, few recovery codes left. */
export function Banner({ tone, children, action }: BannerProps) {
  const { look, mark, icon } = tones[tone]
  return (
    <div className={`flex flex-wrap items-center gap-x-4 gap-y-1 border-b px-4 py-1 text-sm text-ink lg:px-6 ${look}`}>
      <div className="flex min-w-0 flex-1 basis-64 items-start gap-2.5">
        <Icon name={icon} className={`size-5 ${mark}`} />
        <div>{children}</div>
      </div>
      {action}
    </div>
  )
}
