import { LinkButton } from '@/components/ui/link-button'
import { Tabs } from '@/components/ui/tabs'
import { importPath, invitationsPath, peoplePath } from '@/lib/web/paths'
import type { Reader } from '@/lib/web/words/reader'

/** Active users, Suspended, Invitations; and the way to bring in a file of people (X8). */
export function PeopleTabs({
  tenant,
  current,
  t,
}: {
  tenant: string
  current: 'active' | 'suspended' | 'invitations'
  t: Reader['t']
}) {
  const here = peoplePath(tenant)
  return (
    <>
      <div className="mb-4 flex flex-wrap gap-3">
        <LinkButton href={invitationsPath(tenant)} size="sm">
          {t('invite.one')}
        </LinkButton>
        <LinkButton href={importPath(tenant)} variant="secondary" size="sm">
          {t('import.title')}
        </LinkButton>
      </div>
      <Tabs
        label={t('people.tabs')}
        items={[
          { href: here, label: t('people.active'), current: current === 'active' },
          { href: `${here}?list=suspended`, label: t('people.suspended'), current: current === 'suspended' },
          { href: invitationsPath(tenant), label: t('invite.title'), current: current === 'invitations' },
        ]}
      />
    </>
  )
}
