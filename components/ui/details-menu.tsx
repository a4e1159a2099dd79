import type { ReactNode } from 'react'
import { cx } from './cx'
import { Icon, type IconName } from './icon'
import { Anchor } from './text-link'

export type DetailsMenuProps = {
  /** Names the menu; shown unless `iconOnly`. */
  label: string
  icon?: IconName
  iconOnly?: boolean
  /** In the colour and weight around it: a switcher in the top bar. */
  strong?: boolean
  /** On which edge of the button the panel lines up, and where it opens. */
  align?: 'start' | 'end'
  side?: 'below' | 'above'
  /** MenuLink, MenuButton, MenuRule, or a form of them. */
  children: ReactNode
  className?: string
}

/** A menu that needs no script: `<details>`; one open at a time, a press outside closes it. */
export function DetailsMenu({
  label,
  icon,
  iconOnly = false,
  strong = false,
  align = 'end',
  side = 'below',
  children,
  className,
}: DetailsMenuProps) {
  return (
    <details name="menu" className={cx('details-menu relative inline-block text-sm print:hidden', className)}>
      <summary
        aria-label={iconOnly ? label : undefined}
        title={iconOnly ? label : undefined}
        className={cx(
          'inline-flex min-h-8 cursor-pointer items-center gap-1.5 rounded-md hover:bg-hover hover:text-ink pointer-coarse:min-h-11',
          !strong && 'text-ink-muted',
          iconOnly ? 'w-8 justify-center pointer-coarse:w-11' : 'px-2',
        )}
      >
        {icon ? <Icon name={icon} className="size-4.5" /> : null}
        {iconOnly ? null : (
          <>
            {label}
            <Icon name="chevron-down" className="size-4" />
          </>
        )}
      </summary>
      <div
        className={cx(
          'absolute z-20 grid w-max max-w-72 min-w-44 gap-0.5 rounded-md border border-line bg-raised p-1 font-normal text-ink shadow-menu',
          align === 'end' ? 'right-0' : 'left-0',
          side === 'above' ? 'bottom-full mb-1' : 'top-full mt-1',
        )}
      >
        {children}
      </div>
    </details>
  )
}

export function MenuLink({ href, children, plain }: { href: string; children: ReactNode; plain?: boolean }) {
  return (
    <Anchor href={href} plain={plain} className="menu-item">
      {children}
    </Anchor>
  )
}

export type MenuButtonProps = {
  children: ReactNode
  name?: string
  value?: string
  /** Marks the choice that holds now. */
  current?: boolean
  danger?: boolean
  /** The language of the words, where it is not the page's. */
  lang?: string
}

/** Sends the form around it. */
export function MenuButton({ children, name, value, current, danger = false, lang }: MenuButtonProps) {
  return (
    <button
      type="submit"
      name={name}
      value={value}
      lang={lang}
      aria-current={current || undefined}
      className={cx('menu-item', danger && 'text-danger')}
    >
      <span className="flex-1">{children}</span>
      {current ? <Icon name="check" className="size-4 text-accent" /> : null}
    </button>
  )
}

export function MenuRule() {
  return <hr className="my-1 border-line" />
}
