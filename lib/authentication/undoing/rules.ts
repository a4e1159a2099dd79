import { earlier, seconds } from '../../core/kernel/time'
import type { OpenLink } from '../../credentials/link/types'
import { effectivePolicy } from '../../identity/user/rules'
import type { Person } from '../../identity/user/types'

/** A request and the link that cancels it are made one after the other, a transaction's wait and life apart at most. */
const MAX_ASKING = seconds(20)

/** From when on a request for a reset is the one that a notice tells of, or came after it (R6). */
export function askedFrom({ createdAt }: Pick<OpenLink, 'createdAt'>): Date {
  return earlier(createdAt, MAX_ASKING)
}

/**
 * The address that a notice's link brings back, or null where none was changed since (R11).
 * 1. An undo always brings back what its change took the place of.
 * 2. Another notice's link brings back the address that was proved then; one that was given before it stays given.
 */
export function addressBack({ kind, email, createdAt }: OpenLink, person: Person): string | null {
  if (email === null || email === person.email) return null
  const given = person.addressGivenAt
  return kind !== 'undo' && given !== null && given <= createdAt ? null : email
}

/**
 * Whether the password alone would do once everything since is gone: then E9 applies, also to whoever never had a
 * factor (R11). A factor from before that is asked for is more than E9 asks.
 */
export function needsProof(person: Person, hasFactor: boolean): boolean {
  return !hasFactor || !effectivePolicy(person).inForce
}
