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
  'profile',
  'address',
  'unservice',
  'suspend',
  'reactivate',
  'service',
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
  profile: 'change_profile',
  address: 'change_address',
  suspend: 'suspend',
  reactivate: 'reactivate',
  membership: 'end_membership',
  service: 'make_service',
  unservice: 'end_service',
}

/**
 * An exemption is offered to whoever must set up 2FA, where the tenant may give any (U9), and more time where it has
 * named a day (P8).
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

/** Where an act stands on a person's page: what helps, what changes something, and last what takes something away. */
const KIND_OF: Readonly<Record<Act, 'help' | 'change' | 'danger'>> = {
  reactivate: 'help',
  code: 'help',
  time: 'help',
  exempt: 'help',
  unexempt: 'help',
  unservice: 'help',
  role: 'change',
  profile: 'change',
  address: 'change',
  sessions: 'change',
  devices: 'change',
  reset: 'danger',
  suspend: 'danger',
  service: 'danger',
  membership: 'danger',
}

/** One first: what helps before what changes; never a danger. */
export function arranged(acts: readonly Act[]) {
  const of = (kind: (typeof KIND_OF)[Act]) =>
    Object.keys(KIND_OF).flatMap((key) => acts.filter((act) => act === key && KIND_OF[act] === kind))
  const [help, change, danger] = [of('help'), of('change'), of('danger')]
  const first = help[0] ?? change[0] ?? null
  const rest = (group: readonly Act[]) => group.filter((act) => act !== first)
  return { first, help: rest(help), change: rest(change), danger }
}
