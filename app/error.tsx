'use client'

/** The last resort: no dictionary and no database may be needed to show it. */
export default function ErrorPage({ error }: { error: Error & { digest?: string } }) {
  return (
    <main className="mx-auto grid max-w-104 gap-4 px-4 py-16">
      <h1 className="text-xl font-semibold">Something failed on our side</h1>
      <p className="text-sm">
        Nothing was changed. Reload the page. If it keeps happening, give this reference to the people who run the site:{' '}
        <code translate="no" className="font-mono">
          {error.digest ?? 'none'}
        </code>
        .
      </p>
      <a className="text-sm text-accent underline" href="/">
        Twofold
      </a>
    </main>
  )
}
