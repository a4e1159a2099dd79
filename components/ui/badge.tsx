import { cx } from './cx'
import { Icon, type IconName } from './icon'

export type BadgeVariant = 'positive' | 'attention' | 'neutral' | 'info' | 'danger'

const variants: Record<BadgeVariant, { look: string; mark: string; icon: IconName }> = {
  positive: { look: 'border-positive-border bg-positive-surface', mark: 'text-positive', icon: 'check-circle' },
  attention: { look: 'border-attention-border bg-attention-surface', mark: 'text-attention', icon: 'clock' },
  neutral: { look: 'border-line-strong bg-sunken', mark: 'text-ink-muted', icon: 'minus-circle' },
  info: { look: 'border-info-border bg-info-surface', mark: 'text-info', icon: 'info' },
  danger: { look: 'border-danger-border bg-danger-surface', mark: 'text-danger', icon: 'cross-octagon' },
}

export type BadgeProps = {
  variant: BadgeVariant
  /** The status in one or two words. */
  label: string
  /** Another shape than the variant's own, so that states of one colour differ: service account, suspended. */
  icon?: IconName
  className?: string
}

/** A status as word and shape. Danger is for what is blocked or at risk, never for what is only unfinished. */
export function Badge({ variant, label, icon, className }: BadgeProps) {
  const { look, mark, icon: own } = variants[variant]
  return (
    <span
      className={cx(
        'inline-flex items-center gap-1 rounded-full border py-px pr-2 pl-1 align-middle text-xs font-medium whitespace-nowrap text-ink',
        look,
        className,
      )}
    >
      <Icon name={icon ?? own} className={cx('size-4', mark)} />
      {label}
    </span>
  )
}
