import { Tabs } from '@/components/ui/tabs'
import { clientPath, clientSecurityPath } from '@/lib/web/paths'
import type { Reader } from '@/lib/web/words/reader'

/** The pages of one tenant below. */
export function ClientTabs({
  where: { tenant, client },
  current,
  t,
}: {
  where: { tenant: string; client: string }
  current: 'overview' | 'security'
  t: Reader['t']
}) {
  return (
    <Tabs
      label={t('clients.tabs')}
      items={[
        { href: clientPath(tenant, client), label: t('nav.overview'), current: current === 'overview' },
        { href: clientSecurityPath(tenant, client), label: t('clients.security'), current: current === 'security' },
      ]}
    />
  )
}
