import type { Metadata } from 'next'
import { NewPassword } from '@/app/passwords'
import { ActionForm } from '@/components/ui/form'
import { PageHeader } from '@/components/ui/heading'
import { SelectField } from '@/components/ui/select-field'
import { SubmitButton } from '@/components/ui/submit-button'
import { TextField } from '@/components/ui/text-field'
import { MINIMUM_ALONE } from '@/lib/credentials/password/rules'
import { loadSetup } from '@/lib/web/loaders/portal'
import { reader } from '@/lib/web/words/reader'
import { setUp } from './actions'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await reader()).t('setup.title') }
}

export default async function SetupPage({ searchParams }: { searchParams: Promise<{ token?: string }> }) {
  const { t } = await reader()
  const { token } = await searchParams
  const setup = await loadSetup(typeof token === 'string' ? token : undefined)
  if (!setup.open) return <PageHeader title={t('setup.deadTitle')} intro={t('setup.deadIntro')} />
  return (
    <>
      <PageHeader title={t('setup.title')} intro={t('setup.intro')} />
      <ActionForm action={setUp} hidden={{ token: setup.token }}>
        <TextField label={t('setup.company')} name="tenantName" autoComplete="organization" required autoFocus />
        <SelectField
          label={t('setup.kind')}
          hint={t('setup.kindHint')}
          name="kind"
          defaultValue="customer"
          options={[
            { value: 'customer', label: t('setup.customer') },
            { value: 'partner', label: t('setup.partner') },
          ]}
        />
        <TextField label={t('setup.name')} name="name" autoComplete="name" required />
        <TextField label={t('common.email')} name="email" type="email" autoComplete="username" required />
        <NewPassword label={t('common.password')} name="password" minimum={MINIMUM_ALONE} />
        <SubmitButton full pendingLabel={t('common.working')}>
          {t('setup.submit')}
        </SubmitButton>
      </ActionForm>
    </>
  )
}
