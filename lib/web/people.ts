import type { PeopleAction } from '../administration/people/types'
import { safePath } from '../authentication/signin/rules'
import type { TwoFactorState } from '../coverage/types'

/** What has a page of its own that asks first, in the order of the menu. */
export const ACTS = [
  'reset',
  'code',
  'exempt',
  'unexempt',
  'sessions',
  'devices',
  'role',
  'address',
  'suspend',
  'reactivate',
  'membership',
] as const
export type Act = (typeof ACTS)[number]

const NEEDS: Readonly<Record<Act, PeopleAction>> = {
  reset: 'reset_2fa',
  code: 'issue_code',
  exempt: 'exempt',
  unexempt: 'exempt',
  sessions: 'end_sessions',
  devices: 'forget_devices',
  role: 'change_role',
  address: 'change_address',
  suspend: 'suspend',
  reactivate: 'reactivate',
  membership: 'end_membership',
}

/** An exemption is offered to whoever must set up 2FA, where the tenant may give any (U9). */
export function actsAmong(
  may: readonly PeopleAction[],
  { status, exemptions }: { status: TwoFactorState | null; exemptions: boolean },
): readonly Act[] {
  return ACTS.filter((act) => may.includes(NEEDS[act]))
    .filter((act) => act !== 'exempt' || (exemptions && status === 'setup_required'))
    .filter((act) => act !== 'unexempt' || status === 'exempt')
}

export function sessionsPath(tenant: string): string {
  return `/admin/${tenant}/security/sessions`
}

export function containPath(tenant: string, scope: string): string {
  return `${sessionsPath(tenant)}/${scope}`
}

export function peoplePath(tenant: string): string {
  return `/admin/${tenant}/people/users`
}

export function invitationsPath(tenant: string): string {
  return `/admin/${tenant}/people/invitations`
}

export function importPath(tenant: string): string {
  return `/admin/${tenant}/people/import`
}

/** With what was typed, as far as an address can carry it, for the time of a step-up. */
export function withWish(path: string, wish: Record<string, string>): string {
  return safePath(`${path}?${new URLSearchParams(wish)}`) ?? path
}

export function personPath(tenant: string, userId: string): string {
  return `/admin/${tenant}/people/users/${userId}`
}

/** With what was typed and chosen, as far as an address can carry it: the reason goes first. */
export function actPath(tenant: string, userId: string, act: Act, wish: Record<string, string> = {}): string {
  const path = `${personPath(tenant, userId)}/${act}`
  const { reason = '', ...others } = wish
  const carry = (more: Record<string, string>) =>
    Object.keys(more).length === 0 ? path : safePath(`${path}?${new URLSearchParams(more)}`)
  return (reason === '' ? null : carry({ ...others, reason })) ?? carry(others) ?? path
}

/** A box as an address says it: one that was unticked is not one that was never seen. */
export function boxWish(ticked: boolean): string {
  return ticked ? 'on' : 'off'
}

export function stepUpFor(path: string): string {
  return `/reauthenticate?return=${encodeURIComponent(path)}`
}
