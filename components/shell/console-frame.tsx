import type { ReactNode } from 'react'
import { Icon, type IconName } from '../ui/icon'
import { Anchor } from '../ui/text-link'
import { Mark } from './wordmark'

export type NavItem = {
  href: string
  label: string
  current: boolean
  icon?: IconName
  /** Waiting things, beside the label. */
  count?: number
}
export type NavGroup = { group?: string; items: NavItem[] }

export type ConsoleFrameProps = {
  nav: NavGroup[]
  /** Names the navigation to screen readers. */
  navLabel: string
  /** The words of the menu on small screens. */
  menuLabel: string
  /** The skip link. */
  skipLabel: string
  /** The tenant's name, or a switcher. */
  tenant: ReactNode
  /** Who is signed in: a name, or a link to the account. */
  person: ReactNode
  /** The sign-out form. */
  signOut?: ReactNode
  /** Over everything: acting for a customer, few recovery codes. */
  banners?: ReactNode
  /** Below the page: language menu, version. */
  footer?: ReactNode
  children: ReactNode
}

function Nav({ groups, label }: { groups: NavGroup[]; label: string }) {
  return (
    <nav aria-label={label} className="grid gap-5">
      {groups.map((group) => (
        <div key={group.group ?? group.items[0]?.href} className="grid gap-0.5">
          {group.group ? <p className="px-2.5 pb-1 text-xs font-medium text-ink-muted">{group.group}</p> : null}
          <ul className="grid gap-0.5">
            {group.items.map((item) => (
              <li key={item.href}>
                <Anchor href={item.href} current={item.current ? 'page' : false} className="nav-item">
                  {item.icon ? <Icon name={item.icon} className="size-4.5" /> : null}
                  <span className="min-w-0 flex-1">{item.label}</span>
                  {item.count ? (
                    <span className="rounded-full bg-count px-1.5 text-xs text-ink tabular-nums">{item.count}</span>
                  ) : null}
                </Anchor>
              </li>
            ))}
          </ul>
        </div>
      ))}
    </nav>
  )
}

/** The admin's and the account's frame: sidebar, top bar, banners, page. */
export function ConsoleFrame({
  nav,
  navLabel,
  menuLabel,
  skipLabel,
  tenant,
  person,
  signOut,
  banners,
  footer,
  children,
}: ConsoleFrameProps) {
  return (
    <div className="flex min-h-dvh flex-col bg-ground">
      <a href="#main" className="skip-link">
        {skipLabel}
      </a>
      <header className="print:hidden">
        {banners}
        <div className="relative flex min-h-12 items-center gap-3 border-b border-line px-4 py-1 text-sm lg:px-6">
          <Mark />
          <div className="min-w-0 flex-1 font-semibold">{tenant}</div>
          <div className="flex min-w-0 items-center gap-3 max-sm:hidden">
            {person}
            {signOut}
          </div>
          <details className="details-menu lg:hidden">
            <summary className="flex min-h-10 cursor-pointer items-center gap-2 rounded-md px-2.5 font-medium hover:bg-hover">
              <Icon name="menu" />
              {menuLabel}
            </summary>
            <div className="absolute inset-x-0 top-full z-20 grid max-h-[80dvh] gap-4 overflow-y-auto border-b border-line bg-raised px-2 py-3 shadow-menu">
              <Nav groups={nav} label={navLabel} />
              <div className="flex flex-wrap items-center justify-between gap-3 border-t border-line px-2 pt-3 sm:hidden">
                {person}
                {signOut}
              </div>
            </div>
          </details>
        </div>
      </header>
      <div className="flex flex-1">
        <div className="w-60 shrink-0 px-3 py-5 max-lg:hidden print:hidden">
          <div className="sticky top-5">
            <Nav groups={nav} label={navLabel} />
          </div>
        </div>
        <div className="flex min-w-0 flex-1 flex-col border-line bg-surface lg:border-l">
          <main id="main" tabIndex={-1} className="w-full max-w-6xl flex-1 px-4 py-6 outline-none sm:px-8">
            {children}
          </main>
          {footer ? (
            <footer className="flex flex-wrap items-center gap-x-6 gap-y-2 px-4 py-4 text-sm text-ink-muted sm:px-8 print:hidden">
              {footer}
            </footer>
          ) : null}
        </div>
      </div>
    </div>
  )
}
