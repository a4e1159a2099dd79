import { LinkButton } from '@/components/ui/link-button'
import { Tabs } from '@/components/ui/tabs'
import { importPath, invitationsPath, peoplePath } from '@/lib/web/paths'
import type { Reader } from '@/lib/web/words/reader'

/** The ways in: one person, or a file of people (X8). */
export function PeopleActions({ tenant, t }: { tenant: string; t: Reader['t'] }) {
  return (
    <>
      <LinkButton href={invitationsPath(tenant)} size="sm">
        {t('invite.one')}
      </LinkButton>
      <LinkButton href={importPath(tenant)} variant="secondary" size="sm">
        {t('import.title')}
      </LinkButton>
    </>
  )
}

/** Active users, Suspended, Invitations. */
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
    <Tabs
      label={t('people.tabs')}
      className="-mt-2"
      items={[
        { href: here, label: t('people.active'), current: current === 'active' },
        { href: `${here}?list=suspended`, label: t('people.suspended'), current: current === 'suspended' },
        { href: invitationsPath(tenant), label: t('invite.title'), current: current === 'invitations' },
      ]}
    />
  )
}
