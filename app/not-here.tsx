import { PortalFrame } from '@/components/shell/portal-frame'
import { PageHeader } from '@/components/ui/heading'
import { LinkButton } from '@/components/ui/link-button'
import { reader } from '@/lib/web/words/reader'

/** What is not there and what is not theirs look alike (S15). */
export async function NotHere() {
  const { t } = await reader()
  return (
    <PortalFrame brand={null}>
      <PageHeader title={t('notFound.title')} intro={t('notFound.intro')} />
      <LinkButton href="/" variant="primary" full>
        {t('notFound.home')}
      </LinkButton>
    </PortalFrame>
  )
}
