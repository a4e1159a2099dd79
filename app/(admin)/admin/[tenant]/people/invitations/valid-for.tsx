import { SelectField } from '@/components/ui/select-field'
import { MAX_INVITATION_DAYS, MIN_INVITATION_DAYS, UNTIL_DEADLINE } from '@/lib/administration/invitation/rules'
import type { InvitationTerms } from '@/lib/administration/invitation/types'
import type { Reader } from '@/lib/web/words/reader'

const DAYS = Array.from(
  { length: MAX_INVITATION_DAYS - MIN_INVITATION_DAYS + 1 },
  (_, index) => MIN_INVITATION_DAYS + index,
)

/** For how long a link is valid: days, or until the day that the company named, where it named one (R10, P8). */
export function ValidFor({
  terms: { deadline },
  days,
  typed,
  text: { t, date },
}: {
  terms: Pick<InvitationTerms, 'deadline'>
  days: number
  typed?: string | undefined
  text: Pick<Reader, 't' | 'date'>
}) {
  const named = (['team', 'end'] as const).flatMap((type) => {
    const until = deadline[type]
    return until === null ? [] : t('invite.deadlineOf', { type: t(`userType.${type}`), when: date(until) })
  })
  const offered = named.length > 0 || days === UNTIL_DEADLINE
  return (
    <SelectField
      label={t('invite.validFor')}
      name="days"
      hint={[t('invite.validHint'), ...named].join(' ')}
      defaultValue={typed ?? (days === UNTIL_DEADLINE ? 'deadline' : String(days))}
      options={[
        ...(offered ? [{ value: 'deadline', label: t('invite.untilDeadline') }] : []),
        ...DAYS.map((n) => ({ value: String(n), label: t('invite.days', { n }) })),
      ]}
    />
  )
}
