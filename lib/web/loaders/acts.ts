import type { PeopleAction } from '../../administration/people/types'
import type { TwoFactorState } from '../../coverage/types'

/** What has a page of its own that asks first, in the order of the menu. */
export const ACTS = [
  'reset',
  'code',
  'exempt',
  'unexempt',
  'time',
  'sessions',
  'devices',
  'role',
  'address',
  'suspend',
  'reactivate',
  'membership',
] as const
export type Act = (typeof ACTS)[number]

export const NEEDS: Readonly<Record<Act, PeopleAction>> = {
  reset: 'reset_2fa',
  code: 'issue_code',
  exempt: 'exempt',
  unexempt: 'exempt',
  time: 'exempt',
  sessions: 'end_sessions',
  devices: 'forget_devices',
  role: 'change_role',
  address: 'change_address',
  suspend: 'suspend',
  reactivate: 'reactivate',
  membership: 'end_membership',
}

/**
 * An exemption is offered to whoever must set up 2FA, where the tenant may give any (U9), and more time where it has named
 * a day (P8).
 */
export function actsAmong(
  may: readonly PeopleAction[],
  { status, exemptions, deadline }: { status: TwoFactorState | null; exemptions: boolean; deadline: Date | null },
): readonly Act[] {
  return ACTS.filter((act) => may.includes(NEEDS[act]))
    .filter((act) => act !== 'exempt' || (exemptions && status === 'setup_required'))
    .filter((act) => act !== 'time' || (exemptions && status === 'setup_required' && deadline !== null))
    .filter((act) => act !== 'unexempt' || status === 'exempt')
}
