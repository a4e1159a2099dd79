'use client'

import { useRouter } from 'next/navigation'
import { useEffect } from 'react'

/** Looks again while something goes on; without script a link beside it does the same. */
export function RefreshEvery({ seconds }: { seconds: number }) {
  const router = useRouter()
  useEffect(() => {
    const timer = setInterval(() => router.refresh(), seconds * 1000)
    return () => clearInterval(timer)
  }, [router, seconds])
  return null
}
