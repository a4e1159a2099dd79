import { sha256 } from '../../core/crypto/digest'

/** Fields of forms that say for which session, and for which link, they were drawn (S26). */
export const DRAWN_FIELD = 'drawnFor'
export const LINK_FIELD = 'link'

/** Tells one session from another; it is no secret and opens nothing. The session keeps it when its token changes. */
export function drawnFor(session: { id: string }): string {
  return sha256(`drawn-for:${session.id}`).slice(0, 16)
}

/** The same of sign-ins under way, which have one token each. */
export function drawnForAttempt({ attemptHash }: { attemptHash: string }): string {
  return drawnFor({ id: `attempt:${attemptHash}` })
}

/**
 * Why a form may not act for whoever sends it now; null where it may.
 * 1. A form for a link acts for that one alone, as long as this browser has it open.
 * 2. What acts in a session acts in the one that the form was drawn for.
 * 3. A step of a sign-in is one of that which the form was drawn for.
 */
export function refusedFor(
  actor: unknown,
  fields: Readonly<Record<string, string>>,
): 'other_link' | 'other_session' | 'other_attempt' | null {
  if (typeof actor !== 'object' || actor === null) return null
  if ('ref' in actor && (actor.ref === '' || actor.ref !== fields[LINK_FIELD])) return 'other_link'
  const id = sessionId(actor) ?? ('actor' in actor ? sessionId(actor.actor) : null)
  if (id !== null && drawnFor({ id }) !== fields[DRAWN_FIELD]) return 'other_session'
  if (!('attemptHash' in actor) || typeof actor.attemptHash !== 'string') return null
  return drawnForAttempt({ attemptHash: actor.attemptHash }) === fields[DRAWN_FIELD] ? null : 'other_attempt'
}

function sessionId(actor: unknown): string | null {
  if (typeof actor !== 'object' || actor === null || !('session' in actor)) return null
  const { session } = actor
  if (typeof session !== 'object' || session === null || !('id' in session)) return null
  return typeof session.id === 'string' ? session.id : null
}
