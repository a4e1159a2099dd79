import type { Metadata } from 'next'
import { DeadLink } from '@/app/(portal)/dead-link'
import { EndingPage } from '@/app/(portal)/ending'
import { ActionForm } from '@/components/ui/form'
import { PageHeader } from '@/components/ui/heading'
import { SubmitButton } from '@/components/ui/submit-button'
import { loadNotice } from '@/lib/web/loaders/links'
import { portalReader, reader } from '@/lib/web/words/reader'
import { stopEverything } from '../actions'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await reader()).t('stop.stopTitle') }
}

export default async function StopPage({ searchParams }: { searchParams: Promise<{ link?: string }> }) {
  const text = await portalReader()
  const { t } = text
  const view = await loadNotice('stop', await searchParams)
  if (view === null) return <DeadLink intro={t('stop.deadIntro')} />
  return (
    <>
      <PageHeader title={t('stop.stopTitle')} intro={t('stop.stopIntro', { maskedEmail: view.maskedEmail })} />
      <EndingPage view={view.ending} text={text} />
      <ActionForm action={stopEverything} hidden={{ link: view.ref }}>
        <SubmitButton full variant="danger" pendingLabel={t('common.working')}>
          {t('stop.stopDo')}
        </SubmitButton>
      </ActionForm>
    </>
  )
}
