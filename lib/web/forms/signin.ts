import { limitSeconds } from '../../authentication/session/rules'
import { endSession } from '../../authentication/session/service'
import type { RefusedStep, SignedIn, StepResult } from '../../authentication/signin/attempt/service'
import { ATTEMPT_TTL, stepPath } from '../../authentication/signin/rules'
import type { Started } from '../../authentication/signin/start/service'
import { later } from '../../core/kernel/time'
import type { Answer, ErrorCode } from '../gate/action'
import {
  clearCookie,
  forgetBegun,
  keepBegun,
  keepDevice,
  keepTenantOf,
  readBegun,
  readCookie,
  setAttemptCookie,
  setSessionCookie,
} from '../gate/cookies'
import { requestInfo } from '../gate/guard'
import { startOverFor } from '../paths'
import { deps } from '../server/deps'
import { ATTEMPT_COOKIE, SESSION_COOKIE } from '../server/request'
import { slugInAddress } from '../words/brand'

/**
 * The password was right: the attempt's cookie, or the session's when nothing more is asked for. What was typed stays
 * in the browser, for a sign-in that is not finished in time.
 */
export async function startedAnswer(
  started: Started,
  typed: { email: string; returnTo: string | null } | null = null,
): Promise<Answer> {
  if (started.kind === 'signed-in') return enter(started.signedIn)
  await setAttemptCookie(started.attemptToken, ATTEMPT_TTL / 1000)
  await keepTenantOf(await slugInAddress())
  if (typed !== null) await keepBegun({ ...typed, until: later(deps().clock.now(), ATTEMPT_TTL) })
  else await forgetBegun()
  return { to: stepPath(started.step) }
}

/** The only way a session cookie comes out of a sign-in (S1). */
async function enter(signedIn: SignedIn): Promise<Answer> {
  if (signedIn.sessionToken === '') {
    await clearCookie(ATTEMPT_COOKIE)
    await forgetBegun()
    return { to: signedIn.landing }
  }
  const old = await readCookie(SESSION_COOKIE)
  if (old !== null) await endSession(deps(), old, 'session_ended', await requestInfo())
  await setSessionCookie(signedIn.sessionToken, limitSeconds(signedIn.expiresAt, deps().clock.now()))
  await keepDevice(signedIn.deviceToken)
  await clearCookie(ATTEMPT_COOKIE)
  await forgetBegun()
  return { to: signedIn.landing }
}

/** What a step's outcome means for the browser; `wrong` is the sentence for a wrong entry on this page. */
export async function stepAnswer(result: StepResult, wrong: ErrorCode): Promise<Answer> {
  if (result.ok) {
    if (result.value.kind === 'signed-in') return enter(result.value.signedIn)
    if (result.value.until !== null) await keepAttempt(result.value.until)
    return { to: stepPath(result.value.step) }
  }
  return refusedAnswer(result.code, result.detail, wrong)
}

/** What a refused try means; `wrong` is the sentence for a wrong entry on this page. */
export async function refusedAnswer(
  code: RefusedStep['code'],
  detail: { until?: Date | null; seconds?: number } | undefined,
  wrong: ErrorCode,
): Promise<Answer> {
  switch (code) {
    case 'start_over':
      await clearCookie(ATTEMPT_COOKIE)
      return { to: startOverFor(await readBegun(), deps().clock.now()) }
    case 'out_of_tries':
      await clearCookie(ATTEMPT_COOKIE)
      return { to: `/sign-in?notice=${code}` }
    case 'wrong':
      return inField(wrong, { error: wrong })
    case 'throttled':
    case 'mail_throttled':
    case 'wrong_mail_throttled':
      return { error: code, until: detail?.until ?? null }
    case 'busy':
      return { error: code }
    case 'wrong_new_sent':
    case 'expired_new_sent':
      return inField(wrong, { error: code })
    case 'clock_off': {
      const seconds = detail?.seconds ?? 0
      const error = seconds > 0 ? 'clock_ahead' : 'clock_behind'
      return inField(wrong, { error, seconds: Math.abs(seconds) })
    }
  }
}

/** The field that a page whose wrong entry is called so asks to fill in again: there the cursor goes. */
const FIELDS: Partial<Record<ErrorCode, string>> = {
  code_wrong: 'passcode',
  totp_wrong: 'passcode',
  setup_code_wrong: 'passcode',
  recovery_wrong: 'recoveryCode',
  typed_back_wrong: 'typed',
}

function inField(wrong: ErrorCode, answer: Extract<Answer, { error: ErrorCode }>): Answer {
  const field = FIELDS[wrong]
  return field === undefined ? answer : { ...answer, field }
}

/** Entering enrolment moves the end of the attempt, and the cookie's with it. */
export async function keepAttempt(until: Date): Promise<void> {
  const token = await readCookie(ATTEMPT_COOKIE)
  if (token === null) return
  await setAttemptCookie(token, limitSeconds(until, deps().clock.now()))
  const begun = await readBegun()
  if (begun !== null) await keepBegun({ ...begun, until })
}
