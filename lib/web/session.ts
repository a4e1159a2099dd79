import { limitSeconds } from '../authentication/session/rules'
import type { Assured } from '../identity/actor/types'
import { setSessionCookie } from './cookies'
import { deps } from './deps'

/** S12: the browser gets the new token of the session it has. */
export async function keepSession(actor: Assured, token: string): Promise<void> {
  await setSessionCookie(token, limitSeconds(actor.session.expiresAt, deps().clock.now()))
}
