import type { Metadata } from 'next'
import { DeadLink } from '@/app/(portal)/dead-link'
import { ActionForm } from '@/components/ui/form'
import { PageHeader } from '@/components/ui/heading'
import { SubmitButton } from '@/components/ui/submit-button'
import { loadAddressLink } from '@/lib/web/loaders/links'
import { reader } from '@/lib/web/words/reader'
import { confirmNewAddress } from '../actions'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await reader()).t('address.confirmTitle') }
}

export default async function ConfirmAddressPage({ searchParams }: { searchParams: Promise<{ link?: string }> }) {
  const { t } = await reader()
  const view = await loadAddressLink(await searchParams)
  if (view === null) return <DeadLink intro={t('address.deadIntro')} />
  return (
    <>
      <PageHeader title={t('address.confirmTitle')} intro={t('address.confirmIntro', view)} />
      <ActionForm action={confirmNewAddress} hidden={{ link: view.ref }}>
        <SubmitButton full pendingLabel={t('common.working')}>
          {t('address.confirm')}
        </SubmitButton>
      </ActionForm>
    </>
  )
}
