import { SelectField } from '@/components/ui/select-field'
import { SubmitButton } from '@/components/ui/submit-button'
import { FilterLinks } from '@/components/ui/tabs'
import { TextField } from '@/components/ui/text-field'
import { TextLink } from '@/components/ui/text-link'
import { writePeopleQuery } from '@/lib/administration/people/list/schema'
import { progressOf } from '@/lib/coverage/rules'
import { STATES } from '@/lib/coverage/types'
import { ROLES } from '@/lib/identity/user/types'
import type { PeopleView } from '@/lib/web/loaders/people'
import { invitationsPath } from '@/lib/web/paths'
import type { Reader } from '@/lib/web/words/reader'

/** The one number of this list in a row of links, each with how many it shows (P9). */
export function Filters({
  view,
  here,
  tenant,
  text: { t },
}: {
  view: PeopleView
  here: string
  tenant: string
  text: Reader
}) {
  const { query, coverage } = view
  const { userType, status, atRisk } = query
  const counts = progressOf(
    ...(userType === null ? [coverage.types.team, coverage.types.end] : [coverage.types[userType]]),
  )
  // What is searched, and a role, narrow what a link shows: its number would be of more people.
  const isWhole = query.search === '' && query.role === null
  const number = (n: number) => (isWhole ? t('overview.number', { n }) : undefined)
  const at = (more: Partial<typeof query>) => {
    const search = writePeopleQuery({ ...query, status: null, atRisk: false, ...more })
    return search.size === 0 ? here : `${here}?${search}`
  }
  const of = { enrolled: counts.enrolled, setup_required: counts.mustSetUp, exempt: counts.exempt }
  const states = { ...of, not_required: counts.notRequired, service: counts.service }
  return (
    <FilterLinks
      label={t('people.filters')}
      items={[
        {
          href: at({}),
          label: t('people.everyone'),
          current: status === null && !atRisk,
        },
        ...STATES.filter((each) => each === 'enrolled' || states[each] > 0 || status === each).map((each) => ({
          href: at({ status: each }),
          label: t(`people.status.${each}`),
          current: status === each,
          count: number(states[each]),
        })),
        ...(counts.invited === 0
          ? []
          : [
              {
                href: invitationsPath(tenant),
                label: t('people.invited'),
                current: false,
                count: number(counts.invited),
              },
            ]),
        ...(coverage.atRisk === 0 && !atRisk
          ? []
          : [
              {
                href: at({ atRisk: true }),
                label: t('people.phoneAway'),
                current: atRisk,
                count: userType === null ? number(coverage.atRisk) : undefined,
              },
            ]),
      ]}
    />
  )
}

export function Search({ view, here, text: { t } }: { view: PeopleView; here: string; text: Reader }) {
  const { query } = view
  const { search, userType, role, status, atRisk } = query
  const filtered = search !== '' || userType !== null || role !== null || status !== null || atRisk
  const kept = writePeopleQuery({ ...query, search: '', userType: null, role: null })
  return (
    <form method="get" action={here} className="flex flex-wrap items-center gap-2 text-sm">
      {[...kept].map(([name, value]) => (
        <input key={name} type="hidden" name={name} value={value} />
      ))}
      <TextField
        label={t('people.search')}
        placeholder={t('people.search')}
        hideLabel
        name="q"
        type="search"
        autoComplete="off"
        maxLength={100}
        defaultValue={search}
        className="min-w-40 flex-1 basis-48"
      />
      <SelectField
        label={t('people.userType')}
        hideLabel
        name="type"
        defaultValue={userType ?? ''}
        options={[
          { value: '', label: t('people.anyType') },
          { value: 'team', label: t('userType.team') },
          { value: 'end', label: t('userType.end') },
        ]}
        className="min-w-40 flex-1"
      />
      <SelectField
        label={t('people.role')}
        hideLabel
        name="role"
        defaultValue={role ?? ''}
        options={[
          { value: '', label: t('people.anyRole') },
          ...ROLES.map((role) => ({ value: role, label: t(`role.${role}`) })),
        ]}
        className="min-w-32 flex-1"
      />
      <SubmitButton variant="secondary">{t('people.find')}</SubmitButton>
      {filtered ? (
        <TextLink href={query.suspended ? `${here}?list=suspended` : here}>{t('people.clear')}</TextLink>
      ) : null}
    </form>
  )
}
