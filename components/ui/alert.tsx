import type { ReactNode, Ref } from 'react'
import { cx } from './cx'
import { Icon, type IconName } from './icon'

export type AlertTone = 'info' | 'positive' | 'attention' | 'danger'

const tones: Record<AlertTone, { look: string; mark: string; icon: IconName }> = {
  info: { look: 'border-info-border bg-info-surface', mark: 'text-info', icon: 'info' },
  positive: { look: 'border-positive-border bg-positive-surface', mark: 'text-positive', icon: 'check-circle' },
  attention: { look: 'border-attention-border bg-attention-surface', mark: 'text-attention', icon: 'alert' },
  danger: { look: 'border-danger-border bg-danger-surface', mark: 'text-danger', icon: 'cross-octagon' },
}

export type AlertProps = {
  tone: AlertTone
  title?: string
  children?: ReactNode
  /**
   * What it is to a screen reader: `alert` interrupts, `status` waits, `none` is read in its place.
   * Default: danger is `alert`, positive is `status`, the others are `none`; a warning that stands there from the
   * start (a danger zone) is `none`.
   */
  live?: 'alert' | 'status' | 'none'
  /** Takes focus from script, or from a page that arrives with it; never from the Tab key. */
  focusable?: boolean
  className?: string
  ref?: Ref<HTMLDivElement>
}

export function Alert({ tone, title, children, live, focusable = false, className, ref }: AlertProps) {
  const { look, mark, icon } = tones[tone]
  const role = live ?? (tone === 'danger' ? 'alert' : tone === 'positive' ? 'status' : 'none')
  return (
    <div
      ref={ref}
      role={role === 'none' ? undefined : role}
      {...(focusable ? { tabIndex: -1, autoFocus: true } : {})}
      className={cx('flex gap-2.5 rounded-md border px-3.5 py-3 text-sm text-ink print:hidden', look, className)}
    >
      <Icon name={icon} className={cx('size-5', mark)} />
      <div className="grid min-w-0 gap-1">
        {title ? <p className="font-semibold">{title}</p> : null}
        {children ? <div className="grid gap-2">{children}</div> : null}
      </div>
    </div>
  )
}
