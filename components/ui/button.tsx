import type { ReactNode, Ref } from 'react'
import { cx } from './cx'
import { Icon, type IconName } from './icon'

export type ButtonVariant = 'primary' | 'secondary' | 'quiet' | 'danger'
export type ButtonSize = 'sm' | 'md'

export type ButtonLook = {
  variant?: ButtonVariant
  size?: ButtonSize
  /** As wide as its column. */
  full?: boolean
}

const variants: Record<ButtonVariant, string> = {
  primary:
    'border-accent-solid bg-accent-solid text-on-accent shadow-xs hover:border-accent-solid-hover hover:bg-accent-solid-hover',
  secondary: 'border-line-strong bg-surface text-ink shadow-xs hover:bg-hover',
  quiet: 'border-transparent text-ink-muted hover:bg-hover hover:text-ink',
  danger:
    'border-danger-border bg-surface text-danger shadow-xs hover:border-danger-solid hover:bg-danger-solid hover:text-on-danger',
}

const sizes: Record<ButtonSize, string> = {
  sm: 'min-h-8 gap-1.5 px-2.5 py-1 text-sm',
  md: 'min-h-10 gap-2 px-4 py-2 text-sm pointer-coarse:min-h-11',
}

/** The look of a button, for elements that are not `<button>`. */
export function buttonClass({ variant = 'secondary', size = 'md', full = false }: ButtonLook = {}): string {
  return cx(
    'relative cursor-pointer items-center justify-center rounded-md border text-center font-medium select-none',
    'motion-safe:transition-colors motion-safe:duration-100 aria-disabled:cursor-default aria-disabled:opacity-60 print:hidden',
    full ? 'flex w-full' : 'inline-flex',
    variants[variant],
    sizes[size],
  )
}

export type ButtonProps = ButtonLook & {
  children: ReactNode
  type?: 'submit' | 'button'
  name?: string
  value?: string
  /** The id of the form it submits, when it stands outside. */
  form?: string
  icon?: IconName
  id?: string
  className?: string
  ariaLabel?: string
  ariaDescribedBy?: string
  ariaDisabled?: boolean
  onClick?: (event: React.MouseEvent<HTMLButtonElement>) => void
  ref?: Ref<HTMLButtonElement>
}

export function Button({
  children,
  type = 'button',
  name,
  value,
  form,
  icon,
  id,
  className,
  ariaLabel,
  ariaDescribedBy,
  ariaDisabled,
  onClick,
  ref,
  ...look
}: ButtonProps) {
  return (
    <button
      ref={ref}
      type={type}
      name={name}
      value={value}
      form={form}
      id={id}
      aria-label={ariaLabel}
      aria-describedby={ariaDescribedBy}
      aria-disabled={ariaDisabled || undefined}
      onClick={onClick}
      className={cx(buttonClass(look), className)}
    >
      {icon ? <Icon name={icon} className="size-4.5" /> : null}
      {children}
    </button>
  )
}
