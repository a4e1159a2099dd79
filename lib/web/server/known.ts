import { findLiveSession } from '../../authentication/session/service'
import { isAttemptOpen } from '../../authentication/signin/attempt/service'
import { hashToken, isToken } from '../../core/crypto/token'
import type { Deps } from '../../core/deps'
import { ATTEMPT_COOKIE, cookieIn, SESSION_COOKIE } from './request'

/**
 * Whom the cookies of a request show: somebody who is signed in, or past a first step. Null for everybody else, and
 * where nothing can be looked up. It says whose turn it is and nothing more: what they may do, the gates say.
 */
export async function knownBy(deps: Pick<Deps, 'db' | 'clock'>, cookies: string): Promise<string | null> {
  try {
    const session = cookieIn(cookies, SESSION_COOKIE)
    if (session !== null && isToken(session)) {
      const found = await findLiveSession(deps, hashToken('session', session))
      if (found !== null && found.session.expiresAt > deps.clock.now()) return found.session.id
    }
    const attempt = cookieIn(cookies, ATTEMPT_COOKIE)
    if (attempt === null || !isToken(attempt)) return null
    const hash = hashToken('attempt', attempt)
    return (await isAttemptOpen(deps, hash)) ? hash : null
  } catch {
    return null
  }
}
