import type { ReactNode } from 'react'
import { cx } from '../ui/cx'
import { Logo } from '../ui/logo'
import { Wordmark } from './wordmark'

export type PortalFrameProps = {
  /** The tenant's name, its picture above it, and its accent; without a name the product's own mark is shown. */
  brand: {
    name: string
    logo: { src: string; width: number; height: number } | null
    accent: { href: string; className: string } | null
  } | null
  children: ReactNode
  /** Language menu, help link. */
  footer?: ReactNode
}

/** One column of 26 rem: who you are signing in to, one thing to do, the quiet rest below. */
export function PortalFrame({ brand, children, footer }: PortalFrameProps) {
  const { name, logo, accent } = brand ?? { name: '', logo: null, accent: null }
  return (
    <div className={cx('flex min-h-dvh flex-col items-center bg-ground px-4 py-8 sm:py-16', accent?.className)}>
      {accent === null ? null : <link rel="stylesheet" href={accent.href} precedence="accent" />}
      <div className="grid w-full max-w-104 flex-1 grid-cols-[minmax(0,1fr)] content-start gap-6">
        <header className="grid grid-cols-[minmax(0,1fr)] justify-items-center gap-3 print:hidden">
          {logo ? <Logo {...logo} name={name} /> : null}
          {name ? (
            <p className="max-w-full text-lg font-semibold tracking-tight text-balance text-center">{name}</p>
          ) : (
            <Wordmark />
          )}
        </header>
        <main id="main" className="rounded-md border border-line bg-surface p-5 shadow-card sm:p-8">
          {children}
        </main>
        {footer ? (
          <footer className="flex flex-wrap items-center justify-center gap-x-6 gap-y-2 text-sm text-ink-muted print:hidden">
            {footer}
          </footer>
        ) : null}
      </div>
    </div>
  )
}
