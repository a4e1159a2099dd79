import type { Metadata } from 'next'
import { ActionForm, FormWhen } from '@/components/ui/form'
import { PageHeader, QuietLinks } from '@/components/ui/heading'
import { SubmitButton } from '@/components/ui/submit-button'
import { TextField } from '@/components/ui/text-field'
import { TextLink } from '@/components/ui/text-link'
import { RESET_LINK_MINUTES } from '@/lib/credentials/link/rules'
import { loadDoorway } from '@/lib/web/loaders/portal'
import { namingTenant } from '@/lib/web/paths'
import { reader } from '@/lib/web/words/reader'
import { askForReset } from './actions'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await reader()).t('password.title') }
}

export default async function PasswordPage() {
  const { t } = await reader()
  const { named } = await loadDoorway()
  return (
    <>
      <PageHeader title={t('password.title')} intro={t('password.intro', { minutes: RESET_LINK_MINUTES })} />
      <ActionForm action={askForReset}>
        <FormWhen status={['idle', 'error']}>
          <TextField
            label={t('common.email')}
            name="email"
            type="email"
            autoComplete="username"
            inputMode="email"
            required
            autoFocus
          />
          <SubmitButton full pendingLabel={t('common.working')}>
            {t('password.send')}
          </SubmitButton>
        </FormWhen>
      </ActionForm>
      <QuietLinks>
        <p className="text-ink-muted">{t('password.keeps')}</p>
        <TextLink href={namingTenant('/sign-in', named)} quiet>
          {t('common.toSignIn')}
        </TextLink>
      </QuietLinks>
    </>
  )
}
