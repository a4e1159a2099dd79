// Above 300 lines: the next step of a sign-in is decided in one place, with the facts it is decided by (S1).

import { sha256 } from '../../core/crypto/digest'
import { earlier, isAhead, minutes, seconds } from '../../core/kernel/time'
import { coverageOf, factsOf } from '../../coverage/rules'
import { inOrder, isConfirmed, strongestFactors, usableFactors } from '../../credentials/factor/rules'
import type { FactorRow } from '../../credentials/factor/types'
import type { Method, SessionRecord } from '../../identity/actor/types'
import type { FactorKind } from '../../identity/policy/types'
import { addressNewUntil, effectivePolicy, kindsToSetUp, mailboxCounts, mayUsePages } from '../../identity/user/rules'
import type { Person } from '../../identity/user/types'
import { hasFactorProof, landingPath, mailCounts } from '../session/rules'
import type { AttemptRow, SignInState, Step } from './types'

/** How long a sign-in may take from the first step (N21). */
export const ATTEMPT_TTL = minutes(10)
/** From the password step, once enrolment is entered. */
export const ENROLMENT_TTL = minutes(30)
/** Wrong entries per attempt, then it starts over (D8, N6). */
export const MAX_FAILURES = 3

/** How long the form that completed a sign-in may come once more, when its answer was lost (N21). */
export const REPEAT_WITHIN = seconds(60)

/** What is kept of the form that completes a sign-in: by it a repeat is told from anything else. */
export function formHash(attemptHash: string, form: { name: string; typed: string }): string {
  return sha256(`form:${attemptHash}:${form.name}:${form.typed}`)
}

/** The same form, soon enough after it was accepted. */
export function isRepeat(
  attempt: { acceptedHash: string | null; completedAt: Date | null },
  hash: string,
  now: Date,
): boolean {
  const { acceptedHash, completedAt } = attempt
  return acceptedHash === hash && completedAt !== null && completedAt > earlier(now, REPEAT_WITHIN)
}

export function isOpen(attempt: AttemptRow, now: Date): boolean {
  return (
    attempt.completedAt === null &&
    attempt.endedAt === null &&
    attempt.expiresAt > now &&
    !isAhead(attempt.createdAt, now) &&
    attempt.failures < MAX_FAILURES &&
    (attempt.passwordProvedAt !== null || attempt.linkProvedAt !== null)
  )
}

/**
 * The factors that may be proved in this sign-in, the one to ask first in front.
 * 1. Those of an allowed kind; where none is, whatever is confirmed, since a new factor needs the best the account has
 *    (S6).
 * 2. S20: not the mailbox, when the password was set by a mailed link and nothing else was proved since, nor beside a
 *    mailed sign-in link; R11: nor while the address is new and somebody else's choice.
 */
export function askedFactors({ attempt, person, factors }: Omit<SignInState, 'knownDevice'>, now: Date): FactorRow[] {
  const usable = usableFactors(factors, effectivePolicy(person).kinds)
  const asked = usable.length > 0 ? usable : factors.filter(isConfirmed)
  return inOrder(mailboxIsUsed(attempt, person, now) ? asked.filter(({ kind }) => kind !== 'email') : asked)
}

/** One mailbox cannot count twice (S20), nor at all while its address is too new (R11). */
function mailboxIsUsed(attempt: Pick<AttemptRow, 'passwordProvedAt'>, person: Person, now: Date): boolean {
  return attempt.passwordProvedAt === null || !mailboxCounts(person, now)
}

/** Kinds that this person may enrol (E1, S20, R11); the mailbox only while it can be a second factor afterwards. */
export function enrollableKinds(person: Person, deliverable: readonly FactorKind[], now: Date): FactorKind[] {
  return kindsToSetUp(effectivePolicy(person).kinds, deliverable, mailboxCounts(person, now))
}

/**
 * What this sign-in asks for next. The only place that decides it; every page and action asks again.
 * Whether a second factor is asked for, and of which path, says `coverageOf`, as it does to preview and report.
 * 1. An attempt that is used, ended, expired, out of tries, without today's password, or begun before everybody was
 *    contained (SE4) starts over; so does a person who may use no page.
 * 2. 2FA in force and a factor confirmed:
 *    a. a recovery code proved: ask whether the factor is lost (R1); lost leads to enrolling anew
 *    b. otherwise a factor that still is one must be proved (S7), unless the device is trusted and the password was
 *       given (D1); not while a new password is demanded (D9), nor where a new factor is to take its place (P7)
 *    c. none of them of an allowed kind: a new one is enrolled (P7)
 *    d. then a set of recovery codes that was never typed back, or is used up, is made (E4, R2).
 * 3. 2FA in force and nothing confirmed: on an unknown device, and for whoever has ever had a factor, the mailed
 *    passcode comes first (D5, S6), or an issued recovery code (R3); where mail proves nothing more (S20, R11), a
 *    recovery code; then the wizard, or nothing more for whoever is exempt (U9); who may put it off chooses (P8).
 * 4. 2FA not in force: the same proof on an unknown device, where the user type asks for it (D5), and on any while a
 *    new password is demanded (D9) or after an admin reset (E9).
 * 5. S20: nothing is enrolled, nor put off, without the password.
 */
export function nextStep(state: SignInState, now: Date): Step {
  const step = stepOf(state, now)
  return ENROLLING.includes(step) && state.attempt.passwordProvedAt === null ? 'password-needed' : step
}

function stepOf(state: SignInState, now: Date): Step {
  const { attempt, person, factors, knownDevice } = state
  const { path, inForce } = coverageOf(factsOf(person, factors, now), now)
  if (!isOpen(attempt, now) || attempt.userId !== person.id || path === 'barred') return 'start-over'
  if (restsOnOldPassword(attempt, person, now)) return 'start-over'
  const policy = effectivePolicy(person)
  if (policy.sessionsVoidedAt !== null && attempt.createdAt <= policy.sessionsVoidedAt) return 'start-over'
  if (isBeforeVoid(attempt, person, now)) return 'start-over'
  const demanded = person.passwordDemandedAt !== null || attempt.passwordShort
  const recovered = attempt.recoveryProvedAt !== null

  if (path === 'asked' || path === 'replace') {
    if (recovered && attempt.enrolledFactorId === null) {
      if (attempt.recoveryAnswer === null) return 'ask-if-lost'
      if (attempt.recoveryAnswer === 'lost') return 'enrol'
    } else if (!isFactorProved(state, now)) {
      return path === 'asked' && isTrusted(state) && !demanded ? 'complete' : 'verify-factor'
    }
    if (path === 'replace') return 'enrol'
    return person.recoveryCodesAt === null ? 'show-recovery-codes' : 'complete'
  }

  const next = path === 'enrol' ? 'enrol' : path === 'put_off' && !isPutOff(attempt) ? 'put-off' : 'complete'
  const wasReset = person.factorsResetAt !== null
  const guarded = wasReset || (inForce && person.secondFactorSince !== null)
  if (guarded && mailboxIsUsed(attempt, person, now)) return recovered ? next : 'verify-factor'
  const asked = inForce ? knownDevice === null : policy.deviceVerification && knownDevice === null
  const proved = attempt.mailProvedAt !== null || recovered
  return (guarded || demanded || asked) && !proved ? 'verify-device' : next
}

/**
 * What was proved, connected or recovered in it rests on factors and codes that are gone since (P6); not by a mark of a
 * clock that was ahead.
 */
function isBeforeVoid({ createdAt }: AttemptRow, { factorsVoidedAt }: Person, now: Date): boolean {
  return factorsVoidedAt !== null && !isAhead(factorsVoidedAt, now) && createdAt <= factorsVoidedAt
}

/** Steps at which the wizard may be gone through. */
export const ENROLLING: readonly Step[] = ['enrol', 'put-off']

/** Beside the password alone, as enrolment itself (S20). */
function isPutOff({ putOffAt, passwordProvedAt }: AttemptRow): boolean {
  return putOffAt !== null && passwordProvedAt !== null
}

function isFactorProved(state: SignInState, now: Date): boolean {
  const { attempt } = state
  return attempt.factorProvedAt !== null && askedFactors(state, now).some((factor) => factor.id === attempt.factorId)
}

/** Trust stands beside the password, not in its place, and ends no wizard that was begun (D1, S20, E4). */
function isTrusted({ attempt, knownDevice }: SignInState): boolean {
  const begun = attempt.recoveryProvedAt !== null || attempt.enrolledFactorId !== null
  return knownDevice?.trusted === true && attempt.passwordProvedAt !== null && !begun
}

/**
 * The first step was taken before the password was changed: its hash may have been verified while the change went
 * through. A change that a clock dated which was ahead is earlier than that says, and shuts nobody out until then.
 */
function restsOnOldPassword(
  { passwordProvedAt, linkProvedAt }: AttemptRow,
  { passwordSetAt }: Person,
  now: Date,
): boolean {
  const provedAt = passwordProvedAt ?? linkProvedAt
  // A password that is gone was ended while this sign-in was under way (U8, S28).
  if (passwordProvedAt !== null && passwordSetAt === null) return true
  if (provedAt === null || passwordSetAt === null || isAhead(passwordSetAt, now)) return false
  return provedAt < passwordSetAt
}

const FACTOR_METHODS: Record<FactorKind, Method> = { totp: 'otp', email: 'email', sms: 'sms', passkey: 'passkey' }

/** The method of a factor's proof (RFC 8176 where it has a name). */
export function methodOf(kind: FactorKind): Method {
  return FACTOR_METHODS[kind]
}

/** What the session will say it rests on (RFC 8176, and words of this product). */
export function methodsOf(state: SignInState): Method[] {
  const { attempt, person, factors } = state
  const methods: Method[] = [attempt.passwordProvedAt === null ? 'link' : 'pwd']
  const proved = factors.find((factor) => factor.id === attempt.factorId)
  if (attempt.factorProvedAt !== null && proved !== undefined) methods.push(methodOf(proved.kind))
  if (attempt.recoveryProvedAt !== null) methods.push('recovery')
  if (attempt.mailProvedAt !== null && attempt.passwordProvedAt !== null) methods.push('mail')
  const skipped =
    effectivePolicy(person).inForce && attempt.factorProvedAt === null && attempt.recoveryProvedAt === null
  if (skipped && factors.some(isConfirmed)) methods.push('device')
  else if (isPutOff(attempt) && !factors.some(isConfirmed)) methods.push('put_off')
  return methods
}

/**
 * The box was ticked with a factor's passcode, and trusting is allowed (D1, R3); a recovery code never grants trust.
 */
export function grantsTrust({ attempt, person }: SignInState): boolean {
  return (
    attempt.trustWantedAt !== null &&
    attempt.factorProvedAt !== null &&
    attempt.recoveryProvedAt === null &&
    effectivePolicy(person).trustDays > 0
  )
}

/** A proof that is no mail, after which the mailbox may count again (S20). */
export function provesMoreThanMail(methods: readonly Method[]): boolean {
  return methods.some((method) => ['otp', 'sms', 'passkey', 'recovery'].includes(method))
}

/**
 * Whether password and mailed passcode together prove a person without a factor, in a session or sign-in that rests on
 * `methods` (S6); not whoever had a factor while the address is too new, unless a recovery code was proved (R11).
 */
export function mailProves(person: Person, methods: readonly Method[], now: Date): boolean {
  const unsure = person.secondFactorSince !== null && addressNewUntil(person, now) !== null
  return mailCounts(person) && (!unsure || methods.includes('recovery'))
}

/**
 * Whom a mailed sign-in link serves: not those it could not lead anywhere, nor an address that is too new (U1, S20,
 * R11).
 */
export function linkServes(person: Person, factors: readonly FactorRow[], now: Date): boolean {
  const policy = effectivePolicy(person)
  if (!mayUsePages(person, now) || !policy.kinds.includes('email') || addressNewUntil(person, now) !== null)
    return false
  if (person.passwordDemandedAt !== null || person.factorsResetAt !== null) return false
  return !policy.inForce || usableFactors(factors, policy.kinds).some(({ kind }) => kind !== 'email')
}

/** A browser becomes known by a factor or the mailed passcode (D7); a recovery code alone grants nothing lasting. */
export function makesDeviceKnown(attempt: AttemptRow): boolean {
  return attempt.factorProvedAt !== null || attempt.mailProvedAt !== null
}

/**
 * What a session lacks for the pages of a role that it was not opened with (R13, S27), against what a sign-in into that
 * role asks for now.
 * 1. A factor of an allowed kind, or a recovery code; a trusted device is none, since the new role may trust none (D1).
 * 2. Where no factor is asked for: a device that was verified, by this session or before it (D5).
 *    Where enrolment can be put off, it was in this session (P8).
 * 3. `proof` where step-up asks for what is missing; `sign-in` where only the wizard, or what a sign-in asks, helps.
 */
export function lacksFor(
  { methods, deviceId }: Pick<SessionRecord, 'methods' | 'deviceId'>,
  person: Person,
  factors: readonly FactorRow[],
  now: Date,
): 'nothing' | 'proof' | 'sign-in' {
  const { path } = coverageOf(factsOf(person, factors, now), now)
  const recovered = methods.includes('recovery')
  if (path === 'asked') {
    const usable = usableFactors(factors, effectivePolicy(person).kinds)
    if (recovered || usable.some(({ kind }) => methods.includes(methodOf(kind)))) return 'nothing'
    const mail = mailboxCounts(person, now)
    const asked = strongestFactors(factors).filter(({ kind }) => kind !== 'email' || mail)
    return asked.length > 0 && asked.every((each) => usable.includes(each)) ? 'proof' : 'sign-in'
  }
  const free = path === 'let_in' || (path === 'put_off' && methods.includes('put_off'))
  if (!free) return 'sign-in'
  if (recovered || hasFactorProof(methods) || methods.includes('mail') || deviceId !== null) return 'nothing'
  return factors.some(isConfirmed) || mailProves(person, methods, now) ? 'proof' : 'sign-in'
}

const PATHS: Record<Exclude<Step, 'complete'>, string> = {
  'start-over': '/sign-in?notice=start_over',
  'password-needed': '/sign-in?notice=password_needed',
  'verify-device': '/sign-in/device',
  'verify-factor': '/sign-in/verify',
  'ask-if-lost': '/sign-in/verify',
  'put-off': '/sign-in/later',
  enrol: '/sign-in/enroll',
  'show-recovery-codes': '/sign-in/enroll',
}

/** Where a step is done; a sign-in that only lacks its last click is finished where it stands. */
export function stepPath(step: Step): string {
  return step === 'complete' ? '/sign-in/verify' : PATHS[step]
}

/** The last page of the wizard, in the session that it led to. */
export const DONE_PATH = '/sign-in/done'

/** Where a complete sign-in leads: after the wizard to its last page, which leads on (E4, R10). */
export function landingAfter(
  { returnTo, enrolledFactorId, invited }: Pick<AttemptRow, 'returnTo' | 'enrolledFactorId' | 'invited'>,
  person: Person,
): string {
  const landing = landingPath(person, returnTo)
  if (enrolledFactorId === null) return landing
  const search = new URLSearchParams({ ...(invited ? { invited: '' } : {}), return: landing })
  return `${DONE_PATH}?${search}`
}

/** Longer than any address of ours. */
const MAX_PATH = 600

/**
 * A path on this origin, or null (S17). Parsed as browsers parse it; what names a host, a scheme, a back slash
 * or a control character is refused.
 */
export function safePath(typed: string | null | undefined): string | null {
  if (
    typeof typed !== 'string' ||
    !typed.startsWith('/') ||
    typed.length > MAX_PATH ||
    typed.includes('\\') ||
    hasControl(typed)
  )
    return null
  const base = 'https://origin.invalid'
  if (!URL.canParse(typed, base)) return null
  const url = new URL(typed, base)
  const path = `${url.pathname}${url.search}`
  return url.origin === base && !path.startsWith('//') && path.length <= MAX_PATH ? path : null
}

function hasControl(text: string): boolean {
  return Array.from(text).some((each) => each <= '\u001f' || each === '\u007f')
}

/** Where a sign-in may lead (SE3); not back into the sign-in itself, and to no address that is not a page. */
export function safeReturnPath(typed: string | null | undefined): string | null {
  const path = safePath(typed)
  return path === null ||
    /^\/(sign-in|sign-out|setup|link|password|address|reset|api|_next)(\/|$|\?)/.test(decoded(path))
    ? null
    : path
}

/** As the router reads it; what it cannot read stays as it is. */
function decoded(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}
