import type { ReactNode } from 'react'
import { Alert } from '@/components/ui/alert'
import { DrawnFor } from '@/components/ui/form'
import { drawnForSignIn } from '@/lib/web/gate/guard'
import { OTHER_SIGN_IN } from '@/lib/web/paths'
import { reader } from '@/lib/web/words/reader'

/** Forms inside act in the sign-in that is under way in this browser now, and in none that takes its place (S26). */
export async function UnderWay({ notice, children }: { notice?: string | undefined; children: ReactNode }) {
  const { t } = await reader()
  return (
    <DrawnFor value={await drawnForSignIn()}>
      {notice === OTHER_SIGN_IN ? (
        <Alert tone="attention" className="mb-5">
          {t('signIn.other')}
        </Alert>
      ) : null}
      {children}
    </DrawnFor>
  )
}
