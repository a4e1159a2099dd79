import type { Metadata } from 'next'
import { ActionForm } from '@/components/ui/form'
import { PageHeader } from '@/components/ui/heading'
import { SubmitButton } from '@/components/ui/submit-button'
import { loadStop } from '@/lib/web/loaders/portal'
import { reader } from '@/lib/web/words/reader'
import { stopEverything } from '../actions'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await reader()).t('stop.stopTitle') }
}

export default async function StopPage() {
  const { t } = await reader()
  const view = await loadStop('stop')
  if (view === null) return <PageHeader title={t('link.deadTitle')} intro={t('stop.deadIntro')} />
  return (
    <>
      <PageHeader title={t('stop.stopTitle')} intro={t('stop.stopIntro', view)} />
      <ActionForm action={stopEverything}>
        <SubmitButton full variant="danger" pendingLabel={t('common.working')}>
          {t('stop.stopDo')}
        </SubmitButton>
      </ActionForm>
    </>
  )
}
