import type { Metadata } from 'next'
import { CurrentPassword } from '@/app/passwords'
import { Alert } from '@/components/ui/alert'
import { ActionForm } from '@/components/ui/form'
import { PageHeader, QuietLinks } from '@/components/ui/heading'
import { SubmitButton } from '@/components/ui/submit-button'
import { TextField } from '@/components/ui/text-field'
import { TextLink } from '@/components/ui/text-link'
import { loadSignIn } from '@/lib/web/loaders/portal'
import { namingTenant, signInLinkFor } from '@/lib/web/paths'
import { reader } from '@/lib/web/words/reader'
import { signIn } from './actions'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await reader()).t('signIn.title') }
}

const ATTENTION: readonly string[] = [
  'start_over',
  'ran_out',
  'out_of_tries',
  'password_needed',
  'address_restored',
  'company_suspended',
]

export default async function SignInPage({
  searchParams,
}: {
  searchParams: Promise<{ return?: string; notice?: string }>
}) {
  const { t } = await reader()
  const { returnTo, ready, notice, email, cookiesAsked, named } = await loadSignIn(await searchParams)
  const hidden: Record<string, string> = {
    ...(returnTo === null ? {} : { returnTo }),
    ...(cookiesAsked ? { cookies: 'asked' } : {}),
  }
  if (!ready) return <PageHeader title={t('signIn.notReadyTitle')} intro={t('signIn.notReadyIntro')} />
  return (
    <>
      <PageHeader title={t('signIn.title')} />
      {notice ? (
        <Alert tone={ATTENTION.includes(notice) ? 'attention' : 'positive'} className="mb-5">
          {t(`signIn.notice.${notice}`)}
        </Alert>
      ) : null}
      <ActionForm action={signIn} hidden={hidden}>
        <TextField
          label={t('common.email')}
          name="email"
          type="email"
          autoComplete="username"
          inputMode="email"
          required
          defaultValue={email}
          autoFocus={email === ''}
        />
        <CurrentPassword label={t('common.password')} name="password" autoFocus={email !== ''} />
        <SubmitButton full pendingLabel={t('common.working')}>
          {t('signIn.submit')}
        </SubmitButton>
      </ActionForm>
      <QuietLinks>
        <TextLink href={namingTenant('/password', named)} quiet>
          {t('signIn.forgotten')}
        </TextLink>
        <TextLink href={namingTenant(signInLinkFor(returnTo), named)} quiet>
          {t('signIn.byLink')}
        </TextLink>
      </QuietLinks>
    </>
  )
}
