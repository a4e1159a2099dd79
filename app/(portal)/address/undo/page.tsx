import type { Metadata } from 'next'
import { DeadLink } from '@/app/(portal)/dead-link'
import { EndingPage } from '@/app/(portal)/ending'
import { ActionForm } from '@/components/ui/form'
import { PageHeader } from '@/components/ui/heading'
import { SubmitButton } from '@/components/ui/submit-button'
import { loadNotice } from '@/lib/web/loaders/links'
import { portalReader, reader } from '@/lib/web/words/reader'
import { undoNewAddress } from '../actions'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await reader()).t('address.undoTitle') }
}

export default async function UndoAddressPage({ searchParams }: { searchParams: Promise<{ link?: string }> }) {
  const text = await portalReader()
  const { t } = text
  const view = await loadNotice('undo', await searchParams)
  if (view === null) return <DeadLink intro={t('address.deadIntro')} />
  const { maskedEmail, ending } = view
  const intro =
    ending.address === null
      ? t('stop.stopIntro', { maskedEmail })
      : t('address.undoIntro', { email: ending.address.back, now: ending.address.leaves })
  return (
    <>
      <PageHeader title={t('address.undoTitle')} intro={intro} />
      <EndingPage view={ending} text={text} />
      <ActionForm action={undoNewAddress} hidden={{ link: view.ref }}>
        <SubmitButton full pendingLabel={t('common.working')}>
          {t('address.undo')}
        </SubmitButton>
      </ActionForm>
    </>
  )
}
