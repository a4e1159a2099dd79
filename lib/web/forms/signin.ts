import { limitSeconds } from '../../authentication/session/rules'
import { endSession } from '../../authentication/session/service'
import type { RefusedStep, SignedIn, StepResult } from '../../authentication/signin/attempt/service'
import { ATTEMPT_TTL, stepPath } from '../../authentication/signin/rules'
import type { Started } from '../../authentication/signin/start/service'
import type { Answer, ErrorCode } from '../gate/action'
import { clearCookie, keepDevice, readCookie, setAttemptCookie, setSessionCookie } from '../gate/cookies'
import { requestInfo } from '../gate/guard'
import { deps } from '../server/deps'
import { ATTEMPT_COOKIE, SESSION_COOKIE } from '../server/request'

/** The password was right: the attempt's cookie, or the session's when nothing more is asked for. */
export async function startedAnswer(started: Started): Promise<Answer> {
  if (started.kind === 'signed-in') return enter(started.signedIn)
  await setAttemptCookie(started.attemptToken, ATTEMPT_TTL / 1000)
  return { to: stepPath(started.step) }
}

/** The only way a session cookie comes out of a sign-in (S1). */
async function enter(signedIn: SignedIn): Promise<Answer> {
  const old = await readCookie(SESSION_COOKIE)
  if (old !== null) await endSession(deps(), old, 'session_ended', await requestInfo())
  await setSessionCookie(signedIn.sessionToken, limitSeconds(signedIn.expiresAt, deps().clock.now()))
  await keepDevice(signedIn.deviceToken)
  await clearCookie(ATTEMPT_COOKIE)
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
    case 'out_of_tries':
      await clearCookie(ATTEMPT_COOKIE)
      return { to: `/sign-in?notice=${code}` }
    case 'wrong':
      return { error: wrong }
    case 'throttled':
    case 'mail_throttled':
    case 'wrong_mail_throttled':
      return { error: code, until: detail?.until ?? null }
    case 'busy':
    case 'wrong_new_sent':
    case 'expired_new_sent':
      return { error: code }
    case 'clock_off': {
      const seconds = detail?.seconds ?? 0
      return { error: seconds > 0 ? 'clock_ahead' : 'clock_behind', seconds: Math.abs(seconds) }
    }
  }
}

/** Entering enrolment moves the end of the attempt, and the cookie's with it. */
export async function keepAttempt(until: Date): Promise<void> {
  const token = await readCookie(ATTEMPT_COOKIE)
  if (token !== null) await setAttemptCookie(token, limitSeconds(until, deps().clock.now()))
}
