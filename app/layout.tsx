import type { Metadata, Viewport } from 'next'
import localFont from 'next/font/local'
import type { ReactNode } from 'react'
import { WithFailureWords } from '@/components/ui/failure-words'
import { translator } from '@/lib/i18n/translate'
import { readerLocale } from '@/lib/web/words/reader'
import './globals.css'

const sans = localFont({ src: './fonts/geist-sans.woff2', variable: '--font-geist-sans', weight: '400 600' })

/** Loaded where there is a code to read or to type, and not before. */
const mono = localFont({
  src: './fonts/geist-mono.woff2',
  variable: '--font-geist-mono',
  weight: '400 600',
  adjustFontFallback: false,
  fallback: ['ui-monospace'],
  preload: false,
})

export const metadata: Metadata = {
  title: { default: 'Twofold', template: '%s · Twofold' },
  robots: { index: false, follow: false },
}

export const viewport: Viewport = { width: 'device-width', initialScale: 1, colorScheme: 'light dark' }

export default async function RootLayout({ children }: { children: ReactNode }) {
  const locale = await readerLocale()
  const t = translator(locale)
  const words = {
    unanswered: t('refusal.unanswered'),
    title: t('refusal.failedTitle'),
    failed: t('refusal.failed', { reference: '{reference}' }),
  }
  return (
    <html lang={locale} className={`${sans.variable} ${mono.variable}`}>
      <body>
        <WithFailureWords words={words}>{children}</WithFailureWords>
      </body>
    </html>
  )
}
