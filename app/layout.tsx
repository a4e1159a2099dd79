import { GeistMono } from 'geist/font/mono'
import { GeistSans } from 'geist/font/sans'
import type { Metadata, Viewport } from 'next'
import type { ReactNode } from 'react'
import { WithFailureWords } from '@/components/ui/failure-words'
import { translator } from '@/lib/i18n/translate'
import { readerLocale } from '@/lib/web/words/reader'
import './globals.css'

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
    <html lang={locale} className={`${GeistSans.variable} ${GeistMono.variable}`}>
      <body>
        <WithFailureWords words={words}>{children}</WithFailureWords>
      </body>
    </html>
  )
}
