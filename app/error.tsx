'use client'

import { useFailureWords } from '@/components/ui/failure-words'

/** The last resort: no dictionary and no database may be needed to show it. */
export default function ErrorPage({ error }: { error: Error & { digest?: string } }) {
  const { title, failed } = useFailureWords()
  const [before, after] = failed.split('{reference}')
  return (
    <main className="mx-auto grid max-w-104 gap-4 px-4 py-16">
      <h1 className="text-xl font-semibold">{title}</h1>
      <p className="text-sm">
        {before}
        <code translate="no" className="font-mono">
          {error.digest ?? '-'}
        </code>
        {after}
      </p>
      <a className="text-sm text-accent underline" href="/">
        Twofold
      </a>
    </main>
  )
}
