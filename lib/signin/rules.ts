import { usableFactors } from '../factor/rules'
import { minutes, seconds } from '../kernel/time'
import type { Method } from '../session/types'
import { demandOf, mayUsePages } from '../user/rules'
import type { Person } from '../user/types'
import type { AttemptRow, SignInState, Step } from './types'

/** security.md 3.4. */
export const ATTEMPT_LIFE = minutes(10)
/** From the password step, once enrolment is entered. */
export const ENROLMENT_LIFE = minutes(30)
/** D8. */
export const MOST_FAILURES = 3
/** security.md 3.2. */
export const RESEND_AFTER = seconds(60)

export function isOpen(attempt: AttemptRow, now: Date): boolean {
  return (
    attempt.completedAt === null &&
    attempt.endedAt === null &&
    attempt.expiresAt > now &&
    attempt.failures < MOST_FAILURES &&
    attempt.passwordProvedAt !== null
  )
}

/**
 * What this sign-in asks for next. The only place that decides it (architecture 7); every page and action asks again.
 * 1. An attempt that is used, ended, expired, out of tries, or without today's password starts over; so does a person who
 *    may use no page.
 * 2. 2FA in force and a usable factor enrolled:
 *    a. a recovery code proved: ask whether the factor is lost (R1); lost leads to enrolling anew
 *    b. otherwise a factor that still is one must be proved (S7), on every device
 *    c. then a set of recovery codes that was never typed back, or is used up, is made (E4, R2).
 * 3. 2FA in force and nothing usable enrolled: on an unknown device, and for whoever has ever had a factor, the mailed
 *    passcode comes first (D5, S6); then the wizard.
 * 4. 2FA not in force: the mailed passcode on an unknown device, where the user type asks for it (D5).
 */
export function nextStep({ attempt, person, factors, knownDevice }: SignInState, now: Date): Step {
  if (!isOpen(attempt, now) || attempt.userId !== person.id || !mayUsePages(person)) return 'start-over'
  if (restsOnOldPassword(attempt, person)) return 'start-over'
  const demand = demandOf(person)

  const usable = usableFactors(factors, demand.kinds)
  if (demand.inForce && usable.length > 0) {
    if (attempt.recoveryProvedAt !== null && attempt.enrolledFactorId === null) {
      if (attempt.recoveryAnswer === null) return 'ask-if-lost'
      if (attempt.recoveryAnswer === 'lost') return 'enrol'
    } else if (attempt.factorProvedAt === null || !usable.some((factor) => factor.id === attempt.factorId)) {
      return 'verify-factor'
    }
    return person.recoveryCodesAt === null ? 'show-recovery-codes' : 'complete'
  }

  const mailProved = attempt.mailProvedAt !== null
  if (demand.inForce) {
    const mailFirst = knownDevice === null || person.secondFactorSince !== null
    return mailFirst && !mailProved ? 'verify-device' : 'enrol'
  }
  return demand.deviceVerification && knownDevice === null && !mailProved ? 'verify-device' : 'complete'
}

/** The password was read before it was changed: its hash may have been verified while the change went through. */
function restsOnOldPassword({ passwordProvedAt }: AttemptRow, { passwordSetAt }: Person): boolean {
  return passwordProvedAt !== null && passwordSetAt !== null && passwordProvedAt < passwordSetAt
}

/** What the session will say it rests on (RFC 8176). */
export function methodsOf(attempt: AttemptRow): Method[] {
  const methods: Method[] = ['pwd']
  if (attempt.factorProvedAt !== null) methods.push('otp')
  if (attempt.recoveryProvedAt !== null) methods.push('recovery')
  if (attempt.mailProvedAt !== null) methods.push('mail')
  return methods
}

/** D7: a browser becomes known by a factor or the mailed passcode; a recovery code alone grants nothing lasting. */
export function makesDeviceKnown(attempt: AttemptRow): boolean {
  return attempt.factorProvedAt !== null || attempt.mailProvedAt !== null
}

const PATHS: Record<Exclude<Step, 'complete'>, string> = {
  'start-over': '/sign-in?notice=start_over',
  'verify-device': '/sign-in/device',
  'verify-factor': '/sign-in/verify',
  'ask-if-lost': '/sign-in/verify',
  enrol: '/sign-in/enroll',
  'show-recovery-codes': '/sign-in/enroll',
}

/** Where a step is done; a sign-in that only lacks its last click is finished where it stands. */
export function stepPath(step: Step): string {
  return step === 'complete' ? '/sign-in/verify' : PATHS[step]
}

/** Longer than any address of ours. */
const LONGEST_PATH = 600

/**
 * S17: a path on this origin, or null. Parsed as browsers parse it; anything that names a host, a scheme, a back slash
 * or a control character is refused.
 */
export function safePath(typed: string | null | undefined): string | null {
  if (
    typeof typed !== 'string' ||
    !typed.startsWith('/') ||
    typed.length > LONGEST_PATH ||
    typed.includes('\\') ||
    hasControl(typed)
  )
    return null
  const base = 'https://origin.invalid'
  if (!URL.canParse(typed, base)) return null
  const url = new URL(typed, base)
  const path = `${url.pathname}${url.search}`
  return url.origin === base && !path.startsWith('//') && path.length <= LONGEST_PATH ? path : null
}

function hasControl(text: string): boolean {
  return Array.from(text).some((each) => each <= '\u001f' || each === '\u007f')
}

/** SE3: where a sign-in may lead; not back into the sign-in itself, and to no address that is not a page. */
export function safeReturnPath(typed: string | null | undefined): string | null {
  const path = safePath(typed)
  return path === null || /^\/(sign-in|sign-out|setup|api|_next)(\/|$|\?)/.test(decoded(path)) ? null : path
}

/** As the router reads it; what it cannot read stays as it is. */
function decoded(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}
