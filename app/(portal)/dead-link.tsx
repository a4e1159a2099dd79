import { Alert } from '@/components/ui/alert'
import { PageHeader } from '@/components/ui/heading'
import { hasCookies } from '@/lib/web/gate/cookies'
import { reader } from '@/lib/web/words/reader'

/** A mailed link that is worth nothing here, or that this browser did not keep for its page (R12). */
export async function DeadLink({ intro }: { intro: string }) {
  const { t } = await reader()
  return (
    <>
      <PageHeader title={t('link.deadTitle')} intro={intro} />
      {(await hasCookies()) ? null : (
        <Alert tone="attention" className="mb-5">
          {t('link.noCookies')}
        </Alert>
      )}
    </>
  )
}
