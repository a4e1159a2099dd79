import type { Metadata } from 'next'
import { signOut } from '@/app/actions'
import { Bound } from '@/app/bound'
import { CurrentPassword, NewPassword } from '@/app/passwords'
import { UsernameHint } from '@/components/portal/username-hint'
import { ActionForm, DrawnField } from '@/components/ui/form'
import { PageHeader, QuietLinks } from '@/components/ui/heading'
import { SubmitButton } from '@/components/ui/submit-button'
import { TextButton } from '@/components/ui/text-button'
import { TextLink } from '@/components/ui/text-link'
import { loadPasswordDemanded } from '@/lib/web/loaders/portal'
import { reader } from '@/lib/web/words/reader'
import { setDemandedPassword } from '../actions'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await reader()).t('password.demandedTitle') }
}

export default async function DemandedPasswordPage() {
  const { t } = await reader()
  const view = await loadPasswordDemanded()
  return (
    <Bound>
      <PageHeader title={t('password.demandedTitle')} intro={t('password.demandedIntro')} />
      <ActionForm action={setDemandedPassword}>
        <UsernameHint value={view.email} />
        <CurrentPassword label={t('security.currentPassword')} name="current" />
        <NewPassword label={t('security.newPassword')} name="next" minimum={view.minimum} />
        <SubmitButton full pendingLabel={t('common.working')}>
          {t('password.set')}
        </SubmitButton>
      </ActionForm>
      <QuietLinks>
        <TextLink href="/password" quiet>
          {t('signIn.forgotten')}
        </TextLink>
        <form action={signOut}>
          <DrawnField />
          <TextButton>{t('common.signOut')}</TextButton>
        </form>
      </QuietLinks>
    </Bound>
  )
}
