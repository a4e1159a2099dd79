import type { ReactNode } from 'react'
import { Logo } from '../ui/logo'
import { Wordmark } from './wordmark'

export type PortalFrameProps = {
  /** The tenant's name; empty shows the product's own mark. */
  brand: string
  /** The company's picture above it. */
  logo?: { src: string; width: number; height: number } | null
  children: ReactNode
  /** Language menu, help link. */
  footer?: ReactNode
}

/** One column of 26 rem: who you are signing in to, one thing to do, the quiet rest below. */
export function PortalFrame({ brand, logo = null, children, footer }: PortalFrameProps) {
  return (
    <div className="flex min-h-dvh flex-col items-center bg-ground px-4 py-8 sm:py-16">
      <div className="grid w-full max-w-104 flex-1 grid-cols-[minmax(0,1fr)] content-start gap-6">
        <header className="grid grid-cols-[minmax(0,1fr)] justify-items-center gap-3 print:hidden">
          {logo ? <Logo {...logo} name={brand} /> : null}
          {brand ? (
            <p className="max-w-full text-lg font-semibold tracking-tight text-balance text-center">{brand}</p>
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
