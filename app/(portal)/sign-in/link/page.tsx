import type { Metadata } from 'next'
import { askForLink } from '@/app/(portal)/sign-in/actions'
import { ActionForm, FormWhen } from '@/components/ui/form'
import { PageHeader, QuietLinks } from '@/components/ui/heading'
import { SubmitButton } from '@/components/ui/submit-button'
import { TextField } from '@/components/ui/text-field'
import { TextLink } from '@/components/ui/text-link'
import { MAGIC_LINK_MINUTES } from '@/lib/credentials/link/rules'
import { loadSignIn } from '@/lib/web/loaders/portal'
import { namingTenant } from '@/lib/web/paths'
import { reader } from '@/lib/web/words/reader'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await reader()).t('link.title') }
}

export default async function LinkPage({ searchParams }: { searchParams: Promise<{ return?: string }> }) {
  const { t } = await reader()
  const { returnTo, named } = await loadSignIn(await searchParams)
  return (
    <>
      <PageHeader title={t('link.title')} intro={t('link.intro', { minutes: MAGIC_LINK_MINUTES })} />
      <ActionForm action={askForLink} hidden={returnTo === null ? {} : { returnTo }}>
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
            {t('link.send')}
          </SubmitButton>
        </FormWhen>
      </ActionForm>
      <QuietLinks>
        <TextLink href={namingTenant('/sign-in', named)} quiet>
          {t('common.toSignIn')}
        </TextLink>
      </QuietLinks>
    </>
  )
}
