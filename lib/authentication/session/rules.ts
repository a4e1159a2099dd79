import { days, earlier, hours, isAhead, later, minutes } from '../../core/kernel/time'
import { isExempt, mayPutOff } from '../../coverage/rules'
import type { Method, SessionRecord } from '../../identity/actor/types'
import {
  effectivePolicy,
  homeOf,
  isConsoleRole,
  isHigherRole,
  isShutOut,
  mayUsePages,
  userTypeOf,
} from '../../identity/user/rules'
import { type MembershipView, type Person, ROLES } from '../../identity/user/types'

/** How long a proof counts as step-up (N22). */
export const STEP_UP_FRESH = minutes(15)
/** For acts of the console that take something from somebody. */
export const DESTRUCTIVE_FRESH = minutes(5)
/** A session's last use is written at most this often, so that reading stays one statement. */
export const TOUCH_INTERVAL = minutes(1)
/** End users without a factor: NIST SP 800-63B-4 2.1.3, AAL1. */
export const WITHOUT_FACTOR = days(30)

const FACTORS: readonly Method[] = ['passkey', 'otp', 'sms', 'email']

/** A factor's own proof; neither a recovery code nor a trusted device is one. */
export function hasFactorProof(methods: readonly Method[]): boolean {
  return methods.some((method) => FACTORS.includes(method))
}

/** What meets the requirement, by the names that a session has. */
export const SECOND_FACTORS: readonly Method[] = [...FACTORS, 'recovery', 'device']

/** What meets the requirement: a factor, a recovery code in its place, or a device on which it is skipped (D1). */
export function hasSecondFactor(methods: readonly Method[]): boolean {
  return methods.some((method) => SECOND_FACTORS.includes(method))
}

/** Opened because the browser was trusted, or known: nothing else stood beside the password (D7). */
export function restsOnDevice(methods: readonly Method[]): boolean {
  const proved = hasFactorProof(methods) || methods.includes('recovery') || methods.includes('mail')
  return methods.includes('device') || !proved
}

export interface SessionBounds {
  expiresAt: Date
  idleSeconds: number
}

function isEndUserOnly({ memberships }: Person): boolean {
  return memberships.length > 0 && memberships.every((each) => each.userType === 'end')
}

/** Limits of the strictest membership (SE2); an end user without a factor keeps an AAL1 session for 30 days. */
export function limitsFor(person: Person, methods: readonly Method[], now: Date): SessionBounds {
  const policy = effectivePolicy(person)
  if (isEndUserOnly(person) && !policy.inForce && !hasSecondFactor(methods)) return longest(now)
  return { expiresAt: later(now, hours(policy.sessionHours)), idleSeconds: policy.idleMinutes * 60 }
}

function longest(now: Date): SessionBounds {
  return { expiresAt: later(now, WITHOUT_FACTOR), idleSeconds: WITHOUT_FACTOR / 1000 }
}

/**
 * A session began with the limits of then (SE2); who became a team member since has theirs, from its beginning on. P4:
 * a requirement that came later shortens nothing.
 */
function limitsNow(session: SessionRecord, person: Person): SessionBounds {
  const { methods, createdAt } = session
  const own =
    isEndUserOnly(person) && !hasSecondFactor(methods) ? longest(createdAt) : limitsFor(person, methods, createdAt)
  return {
    expiresAt: new Date(Math.min(own.expiresAt.getTime(), session.expiresAt.getTime())),
    idleSeconds: Math.min(own.idleSeconds, session.idleSeconds),
  }
}

/** The roles of a person now, a tenant each. */
export function writeRoles({ memberships }: Pick<Person, 'memberships'>): string {
  return memberships.map(({ tenant, role }) => `${tenant.id}=${role}`).join(' ')
}

/** Whether a session was opened with this role in the tenant, or with a higher one of the same user type (R13). */
export function wasOpenedAs(
  { openedAs }: Pick<SessionRecord, 'openedAs'>,
  { tenant, role, userType }: MembershipView,
): boolean {
  const opened = ROLES.find((each) => openedAs.split(' ').includes(`${tenant.id}=${each}`))
  return opened !== undefined && userTypeOf(opened) === userType && !isHigherRole(role, opened)
}

export type SessionState = 'assured' | 'ended' | 'not_assured'

/**
 * Decides what a session row is worth now; anything unclear is 'ended'.
 * 1. the person may not use pages (S8), or their tenant is suspended, or a clock that was ahead dated it; 2. past its
 * absolute or idle limit, of then or of now (SE2); 3. ended for the whole user type by a policy change (P4); 4. 2FA is
 * required and this session proved none, unless it is older than the requirement (P4) and was opened with the roles
 * that it covers (R13), or the person is exempt for now (U9), or put enrolment off in it and still may (P8).
 */
export function judgeSession(session: SessionRecord, person: Person, now: Date): SessionState {
  if (!mayUsePages(person, now) || isShutOut(person) || isAhead(session.createdAt, now)) return 'ended'
  const { expiresAt, idleSeconds } = limitsNow(session, person)
  if (expiresAt <= now || isIdle({ ...session, idleSeconds }, now)) return 'ended'
  const policy = effectivePolicy(person)
  if (policy.sessionsVoidedAt !== null && session.createdAt <= policy.sessionsVoidedAt) return 'ended'
  if (hasSecondFactor(session.methods)) return 'assured'
  if (!policy.required || isExempt(person, now)) return 'assured'
  if (session.methods.includes('put_off') && mayPutOff(person, now)) return 'assured'
  const covered = person.memberships.filter((each) => each.policy.required)
  const older =
    policy.requiredSince !== null &&
    session.createdAt <= policy.requiredSince &&
    covered.every((each) => wasOpenedAs(session, each))
  return older ? 'assured' : 'not_assured'
}

/** Whether this tenant, host or home, signed everybody of the person's type out since the session began (U6, SE4). */
export function isVoidedIn({ policy }: MembershipView, session: Pick<SessionRecord, 'createdAt'>): boolean {
  return policy.sessionsVoidedAt !== null && session.createdAt <= policy.sessionsVoidedAt
}

/** Left alone for longer than its idle limit (SE2). */
export function isIdle(session: Pick<SessionRecord, 'lastSeenAt' | 'idleSeconds'>, now: Date): boolean {
  return later(session.lastSeenAt, session.idleSeconds * 1000) <= now
}

export function isSteppedUp({ steppedUpAt }: SessionRecord, now: Date, within = STEP_UP_FRESH): boolean {
  return steppedUpAt !== null && steppedUpAt > earlier(now, within) && !isAhead(steppedUpAt, now)
}

/** R2 alone: making new codes after having used one; a recovery code is no step-up for anything else. */
export function mayRenewCodes(session: SessionRecord, now: Date): boolean {
  if (isSteppedUp(session, now)) return true
  return session.methods.includes('recovery') && session.createdAt > earlier(now, STEP_UP_FRESH)
}

/**
 * A fresh sign-in counts as step-up when it proved what step-up would ask: one of the strongest factors (S6), or
 * password and mail without any factor; not where the password itself came by mail (S20) to somebody who had a factor.
 */
export function freshAt(
  methods: readonly Method[],
  { strongest, mailCounts }: { strongest: readonly Method[]; mailCounts: boolean },
  now: Date,
): Date | null {
  if (methods.some((method) => strongest.includes(method))) return now
  const byMail = strongest.length === 0 && mailCounts && methods.includes('pwd') && methods.includes('mail')
  return byMail ? now : null
}

/** Whether password and mailed passcode together are a proof of a person without a factor (S20). */
export function mailCounts(person: Pick<Person, 'passwordResetByMailAt' | 'secondFactorSince'>): boolean {
  return person.passwordResetByMailAt === null || person.secondFactorSince === null
}

/** The page that was asked for, else one's own: the console for whoever manages it, the account for others (SE3). */
export function landingPath(person: Person, returnTo: string | null): string {
  if (returnTo !== null) return returnTo
  const home = homeOf(person)
  if (home === null || !isConsoleRole(home.role)) return '/account'
  return `/admin/${home.tenant.slug}`
}

/** For a cookie's Max-Age: whole seconds until then, at least one. */
export function limitSeconds(until: Date, now: Date): number {
  return Math.max(1, Math.floor((until.getTime() - now.getTime()) / 1000))
}

/** What a session proved, with one more. */
export function withMethod(methods: readonly Method[], method: Method): Method[] {
  return methods.includes(method) ? [...methods] : [...methods, method]
}
