import { SelectField } from '@/components/ui/select-field'
import {
  MAX_INVITATION_DAYS,
  MIN_INVITATION_DAYS,
  typedDays,
  UNTIL_DEADLINE,
} from '@/lib/administration/invitation/rules'
import type { InvitationTerms } from '@/lib/administration/invitation/types'
import { lastMomentOf } from '@/lib/identity/policy/rules'
import type { Reader } from '@/lib/web/words/reader'

const DAYS = Array.from(
  { length: MAX_INVITATION_DAYS - MIN_INVITATION_DAYS + 1 },
  (_, index) => MIN_INVITATION_DAYS + index,
)

/**
 * For how long a link is valid: days, or until the day that the company named, where it named one (R10, P8); of one
 * invitation also as the company says, which is `usual`.
 */
export function ValidFor({
  deadline,
  days,
  usual,
  typed,
  hint,
  text: { t, date },
}: {
  deadline: InvitationTerms['deadline']
  days: number | null
  usual?: number
  typed?: string | undefined
  hint?: string
  text: Pick<Reader, 't' | 'date'>
}) {
  const named = (['team', 'end'] as const).flatMap((type) => {
    const until = deadline[type]
    return until === null
      ? []
      : t('invite.deadlineOf', { type: t(`userType.${type}`), when: date(lastMomentOf(until)) })
  })
  const offered = named.length > 0 || days === UNTIL_DEADLINE
  const said = (n: number) => (n === UNTIL_DEADLINE ? t('invite.untilDeadline') : t('invite.days', { n }))
  // Not in the list, whose lines are as narrow as a phone.
  const company = usual === undefined ? [] : [t('invite.companySays', { days: said(usual) })]
  return (
    <SelectField
      label={t('invite.validFor')}
      name="days"
      hint={[...company, hint ?? t('invite.validHint'), ...named].join(' ')}
      defaultValue={typed ?? typedDays(days)}
      options={[
        ...(usual === undefined ? [] : [{ value: typedDays(null), label: t('invite.asCompany') }]),
        ...(offered ? [{ value: typedDays(UNTIL_DEADLINE), label: said(UNTIL_DEADLINE) }] : []),
        ...DAYS.map((n) => ({ value: typedDays(n), label: said(n) })),
      ]}
    />
  )
}
