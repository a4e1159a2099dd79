import type { Metadata } from 'next'
import { DeadLink } from '@/app/(portal)/dead-link'
import { NewPassword } from '@/app/passwords'
import { UsernameHint } from '@/components/portal/username-hint'
import { ActionForm } from '@/components/ui/form'
import { PageHeader, QuietLinks } from '@/components/ui/heading'
import { SubmitButton } from '@/components/ui/submit-button'
import { TextLink } from '@/components/ui/text-link'
import { loadReset } from '@/lib/web/loaders/links'
import { reader } from '@/lib/web/words/reader'
import { setNewPassword } from '../actions'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await reader()).t('password.newTitle') }
}

export default async function NewPasswordPage({ searchParams }: { searchParams: Promise<{ link?: string }> }) {
  const { t } = await reader()
  const view = await loadReset(await searchParams)
  if (view === null) {
    return (
      <>
        <DeadLink intro={t('link.deadIntro')} />
        <QuietLinks>
          <TextLink href="/password">{t('password.again')}</TextLink>
        </QuietLinks>
      </>
    )
  }
  return (
    <>
      <PageHeader title={t('password.newTitle')} intro={t('password.newIntro', { email: view.maskedEmail })} />
      <ActionForm action={setNewPassword} hidden={{ link: view.ref }}>
        <UsernameHint value={view.email} />
        <NewPassword label={t('security.newPassword')} name="next" minimum={view.minimum} autoFocus />
        <SubmitButton full pendingLabel={t('common.working')}>
          {t('password.set')}
        </SubmitButton>
      </ActionForm>
      <QuietLinks>
        <p className="text-ink-muted">{t('password.after')}</p>
      </QuietLinks>
    </>
  )
}
