import type { Metadata } from 'next'
import { ActionForm } from '@/components/ui/form'
import { PageHeader } from '@/components/ui/heading'
import { SubmitButton } from '@/components/ui/submit-button'
import { loadStop } from '@/lib/web/loaders/portal'
import { reader } from '@/lib/web/words/reader'
import { cancelReset } from '../actions'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await reader()).t('stop.cancelTitle') }
}

export default async function CancelPage() {
  const { t } = await reader()
  const view = await loadStop('cancel')
  if (view === null) return <PageHeader title={t('link.deadTitle')} intro={t('stop.deadIntro')} />
  return (
    <>
      <PageHeader title={t('stop.cancelTitle')} intro={t('stop.cancelIntro', view)} />
      <ActionForm action={cancelReset}>
        <SubmitButton full variant="danger" pendingLabel={t('common.working')}>
          {t('stop.cancelDo')}
        </SubmitButton>
      </ActionForm>
    </>
  )
}
