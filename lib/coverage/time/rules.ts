import { lastDayOf, latest, mustRequire } from '../../identity/policy/rules'
import type { TypePolicy } from '../../identity/policy/types'
import type { UserType } from '../../identity/user/types'
import type { CoverageFacts, CoverageMembership } from '../types'

/**
 * Every tenant that asks, and the home tenant of who chose 2FA, must have given an exemption that lasts (U9); none in
 * U7.
 */
export function exemptedUntil(
  { memberships, twoFactorOn, tenantId }: CoverageFacts,
  now: Date,
): { tenant: CoverageMembership['tenant']; until: Date } | null {
  const asking = memberships.filter(({ policy, tenant }) => policy.required || (twoFactorOn && tenant.id === tenantId))
  const ends = asking.flatMap((each) => {
    const until = exemptionIn(each, now)
    return until === null ? [] : [{ tenant: each.tenant, until }]
  })
  if (asking.length === 0 || ends.length < asking.length) return null
  return ends.reduce((first, each) => (each.until < first.until ? each : first))
}

/** Until when this tenant exempts a person (U9); null where it does not now, or may not (U7). */
export function exemptionIn(
  { exemptUntil, tenant }: Pick<CoverageMembership, 'exemptUntil' | 'tenant'>,
  now: Date,
): Date | null {
  return exemptUntil !== null && exemptUntil > now && !mustRequire(tenant) ? exemptUntil : null
}

/**
 * When the first of the tenants that ask stops waiting, past or to come (P8): each by the day that it named to all or
 * to this person, or by its exemption where that lasts longer; null where one of them gave no time (U7), or the person
 * chose 2FA.
 */
export function timeLeft(
  { memberships, twoFactorOn }: CoverageFacts,
  now: Date,
): { tenant: CoverageMembership['tenant']; until: Date } | null {
  const asking = memberships.filter(({ policy }) => policy.required)
  const ends = asking.flatMap((each) => {
    const until = latest(dayOf(each), exemptionIn(each, now))
    return until === null ? [] : [{ tenant: each.tenant, until }]
  })
  if (twoFactorOn || asking.length === 0 || ends.length < asking.length) return null
  return ends.reduce((first, each) => (each.until < first.until ? each : first))
}

/** Until when this tenant lets the person put enrolment off, past or to come; null where it names no day (U7). */
function dayOf({ policy, tenant, moreTimeUntil }: CoverageMembership): Date | null {
  if (mustRequire(tenant) || policy.deadline === null) return null
  return latest(policy.deadline, moreTimeUntil ?? null)
}

/** More time that counts now: a day is named, and this person's is later (P8). */
export function moreTimeIn(membership: CoverageMembership, now: Date): Date | null {
  const { policy, moreTimeUntil = null } = membership
  const until = policy.required ? dayOf(membership) : null
  return until !== null && until > now && until === moreTimeUntil && until !== policy.deadline ? until : null
}

/**
 * The last day on which people whom nobody exempts can put enrolment off, in the tenant's zone (P8); null where no day
 * is to come, or none may be named (U7).
 */
export function lastDayLeft(
  { tenant, zone }: { tenant: Parameters<typeof mustRequire>[0]; zone: string },
  deadline: Date | null,
  now: Date,
): string | null {
  return deadline !== null && deadline > now && !mustRequire(tenant) ? lastDayOf(deadline, zone) : null
}

/** The user types that this tenant lets put enrolment off now (P8). */
export function typesWithTime(
  tenant: CoverageMembership['tenant'],
  asked: Record<UserType, Pick<TypePolicy, 'required' | 'deadline'>>,
  now: Date,
): UserType[] {
  const hasTime = ({ required, deadline }: Pick<TypePolicy, 'required' | 'deadline'>) =>
    required && deadline !== null && deadline > now && !mustRequire(tenant)
  return (['team', 'end'] as const).filter((type) => hasTime(asked[type]))
}
