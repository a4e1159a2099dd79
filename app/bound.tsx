import type { ReactNode } from 'react'
import { DrawnFor } from '@/components/ui/form'
import { drawnForBrowser } from '@/lib/web/gate/guard'

/** Forms inside act in the session that this browser has now, and in none that comes after it (S26). */
export async function Bound({ children }: { children: ReactNode }) {
  return <DrawnFor value={await drawnForBrowser()}>{children}</DrawnFor>
}
