import type { Metadata } from 'next'
import { DeadLink } from '@/app/(portal)/dead-link'
import { signInByLink } from '@/app/(portal)/sign-in/actions'
import { Alert } from '@/components/ui/alert'
import { ActionForm } from '@/components/ui/form'
import { PageHeader, QuietLinks } from '@/components/ui/heading'
import { SubmitButton } from '@/components/ui/submit-button'
import { TextLink } from '@/components/ui/text-link'
import { loadSignInLink } from '@/lib/web/loaders/links'
import { reader } from '@/lib/web/words/reader'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await reader()).t('link.openTitle') }
}

export default async function OpenLinkPage({ searchParams }: { searchParams: Promise<{ link?: string }> }) {
  const { t } = await reader()
  const view = await loadSignInLink(await searchParams)
  if (view === null) {
    return (
      <>
        <DeadLink intro={t('link.deadIntro')} />
        <QuietLinks>
          <TextLink href="/sign-in/link">{t('link.again')}</TextLink>
          <TextLink href="/sign-in" quiet>
            {t('common.toSignIn')}
          </TextLink>
        </QuietLinks>
      </>
    )
  }
  return (
    <>
      <PageHeader title={t('link.openTitle')} intro={t('link.openIntro', { email: view.maskedEmail })} />
      {view.leaves === null ? null : (
        <Alert tone="attention" className="mb-5">
          {t('link.openSwitches', { name: view.leaves, email: view.maskedEmail })}
        </Alert>
      )}
      <ActionForm action={signInByLink} hidden={{ link: view.ref }}>
        <SubmitButton full pendingLabel={t('common.working')}>
          {t('signIn.submit')}
        </SubmitButton>
      </ActionForm>
      <QuietLinks>
        <p className="text-ink-muted">{t('link.openHint')}</p>
      </QuietLinks>
    </>
  )
}
