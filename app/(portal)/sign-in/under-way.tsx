import type { ReactNode } from 'react'
import { GetHelp } from '@/app/get-help'
import { Alert } from '@/components/ui/alert'
import { DrawnFor } from '@/components/ui/form'
import type { HelpLine } from '@/lib/identity/tenant/types'
import { drawnForSignIn } from '@/lib/web/gate/guard'
import { OTHER_SIGN_IN } from '@/lib/web/paths'
import { reader } from '@/lib/web/words/reader'

/** Forms inside act in the sign-in that is under way in this browser now, and in none that takes its place (S26). */
export async function UnderWay({
  notice,
  help,
  children,
}: {
  notice?: string | undefined
  /** Where the company's people get help. */
  help: HelpLine | null
  children: ReactNode
}) {
  const { t } = await reader()
  return (
    <DrawnFor value={await drawnForSignIn()}>
      {notice === OTHER_SIGN_IN ? (
        <Alert tone="attention" className="mb-5">
          {t('signIn.other')}
        </Alert>
      ) : null}
      {children}
      <GetHelp help={help} t={t} />
    </DrawnFor>
  )
}
