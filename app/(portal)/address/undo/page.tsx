import type { Metadata } from 'next'
import { ActionForm } from '@/components/ui/form'
import { PageHeader } from '@/components/ui/heading'
import { SubmitButton } from '@/components/ui/submit-button'
import { loadAddressLink } from '@/lib/web/loaders/portal'
import { reader } from '@/lib/web/words/reader'
import { undoNewAddress } from '../actions'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await reader()).t('address.undoTitle') }
}

export default async function UndoAddressPage() {
  const { t } = await reader()
  const view = await loadAddressLink('undo')
  if (view === null) return <PageHeader title={t('link.deadTitle')} intro={t('address.deadIntro')} />
  return (
    <>
      <PageHeader title={t('address.undoTitle')} intro={t('address.undoIntro', view)} />
      <ActionForm action={undoNewAddress}>
        <SubmitButton full pendingLabel={t('common.working')}>
          {t('address.undo')}
        </SubmitButton>
      </ActionForm>
    </>
  )
}
