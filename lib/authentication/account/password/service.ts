import { about, by } from '../../../audit/rules'
import { recordEvent } from '../../../audit/service'
import type { AuditEntry } from '../../../audit/types'
import { transact } from '../../../core/db'
import type { Deps, TransactionDeps } from '../../../core/deps'
import type { RequestInfo } from '../../../core/kernel/request'
import { err, ok, type Result } from '../../../core/kernel/result'
import { later } from '../../../core/kernel/time'
import { transactResult } from '../../../core/transaction'
import { endTrust, forgetUnverified } from '../../../credentials/device/service'
import { LINK_TTL, RESET_LINK_MINUTES } from '../../../credentials/link/rules'
import { endLinks, findLink, lockRecipient, makeLink, mayMakeLink, spendLink } from '../../../credentials/link/service'
import type { LinkRequest } from '../../../credentials/link/types'
import { isShorterThan, minimumLength } from '../../../credentials/password/rules'
import {
  checkNewPassword,
  type PasswordRefusalCode,
  replacePassword,
  requireReadableHash,
  setPassword,
} from '../../../credentials/password/service'
import { PASSWORD_PER_ADDRESS } from '../../../credentials/throttle/rules'
import { endWaits, giveBack, passwordCounter, takeSlot, type Wait } from '../../../credentials/throttle/service'
import type { Assured, Visitor } from '../../../identity/actor/types'
import {
  addressNewUntil,
  contextWords,
  effectivePolicy,
  homeOf,
  maskEmail,
  mayUsePages,
} from '../../../identity/user/rules'
import { lockedPerson, notePasswordSet, personByEmail, personById } from '../../../identity/user/service'
import type { Person } from '../../../identity/user/types'
import { enqueueMail } from '../../../messaging/mail/outbox-service'
import { readerOf } from '../../../messaging/mail/rules'
import { endOtherSessions, rotateToken } from '../../session/service'
import { endOpenAttempts } from '../../signin/attempt/service'

export type ChangePasswordCode = 'wrong_password' | 'busy' | 'conflict' | 'password_same' | PasswordRefusalCode

/**
 * ASVS 6.2.3. Ends the person's other sessions, open attempts and device trust (D4); the session gets a new token
 * (S12); the person is told by mail. Gives the new session token.
 */
export async function changePassword(
  deps: Deps,
  actor: Assured,
  input: { current: string; next: string },
): Promise<Result<{ token: string }, ChangePasswordCode> | Result<never, 'throttled', Wait>> {
  const { person, home, session } = actor
  const stored = await personById(deps.db, person.id)
  requireReadableHash(person.id, stored?.password ?? null)
  const key = `password-change:${person.id}`
  const slot = await takeSlot(deps, key, PASSWORD_PER_ADDRESS)
  if (!slot.ok) return slot
  const verified = await deps.hasher.verify(stored?.password ?? null, input.current)
  if (!verified.ok) {
    await giveBack(deps.db, [key])
    return err('busy')
  }
  if (!verified.value.right || !stored?.password) {
    await recordEvent(deps, { kind: 'password_change_failed', ...by(actor), ...about(person) })
    return err('wrong_password')
  }
  const oldHash = stored.password.hash
  await giveBack(deps.db, [key])
  const checked = await checkNewPassword(deps, input.next, {
    minimum: minimumOf(person),
    context: contextWords(person, home.tenant.name),
  })
  if (!checked.ok) return checked
  const hash = await deps.hasher.hash(checked.value)
  if (!hash.ok) return err('busy')
  return transactResult(deps, async (deps): Promise<Result<{ token: string }, ChangePasswordCode>> => {
    const now = await lockedPerson(deps.db, person)
    if (now === null) return err('conflict')
    // What is asked for may have changed while it was hashed (S8).
    if (isShorterThan(input.next, minimumOf(now))) return err('password_too_short')
    const demanded = now.passwordDemandedAt !== null
    // Somebody else may know the one there is: that is why a new one is demanded (R9, D9).
    if (demanded && isSame(input.next, input.current)) return err('password_same')
    if (!(await replacePassword(deps, person.id, oldHash, hash.value))) return err('conflict')
    await endWhatRestedOnIt(deps, person.id)
    await notePasswordSet(deps.db, person.id, { byMailAt: null })
    const ended = await endOtherSessions(deps, person, actor.request, session.id)
    const token = await rotateToken(deps, session, {})
    if (token === null) return err('conflict')
    await recordEvent(deps, { kind: 'password_changed', ...by(actor), ...about(person), data: { ended } })
    await enqueueMail(deps, {
      template: 'password_changed',
      values: {},
      ...readerOf(person, actor.locale),
    })
    return ok({ token })
  })
}

/** As they are hashed (NFKC). */
function isSame(next: string, current: string): boolean {
  return next.normalize('NFKC') === current.normalize('NFKC')
}

/**
 * Trust, merely remembered browsers, open attempts and mailed links that could stand in for the old password (D4, R9).
 */
async function endWhatRestedOnIt(deps: TransactionDeps<'clock'>, userId: string): Promise<void> {
  await endTrust(deps.db, userId)
  await forgetUnverified(deps.db, userId)
  await endOpenAttempts(deps, userId)
  await endLinks(deps, userId, ['reset', 'magic', 'address'])
}

function resetEvent(
  person: Person,
  kind: AuditEntry['kind'],
  request: RequestInfo,
  more: Partial<AuditEntry> = {},
): AuditEntry {
  return { kind, actor: { kind: 'visitor' }, ...about(person), request, ...more }
}

/**
 * The worker's answer to a request for a link (R9). Only somebody who has a password and may use pages is mailed; links
 * in hand stay alive, and beside three of them nothing is mailed (S30). An address that an admin gave lately gets a
 * word instead of a link (R11).
 */
export async function mailResetLink(
  deps: Deps,
  asked: LinkRequest,
  take: (deps: TransactionDeps) => Promise<boolean>,
): Promise<void> {
  const userId = (await personByEmail(deps.db, asked.email))?.person.id ?? null
  const { address, userAgent } = asked
  await transact(deps, async (deps) => {
    if (!(await take(deps))) return
    const found = await lockRecipient(deps, userId, asked.email)
    if (found === null) return
    const { person, password } = found
    // Without one, whose next is to come by mail: a service account was ended (U8).
    if (password === null && person.passwordResetByMailAt === null) return
    const until = addressNewUntil(person, deps.clock.now())
    if (until !== null) {
      await recordEvent(deps, resetEvent(person, 'password_reset_refused', { address, userAgent, requestId: null }))
      await enqueueMail(deps, {
        template: 'password_reset_refused',
        values: { until },
        ...readerOf(person, asked.locale),
      })
      return
    }
    if (!(await mayMakeLink(deps, person.id, 'reset'))) return
    const link = await makeLink(deps, { kind: 'reset', userId: person.id })
    await recordEvent(deps, resetEvent(person, 'password_reset_requested', { address, userAgent, requestId: null }))
    await enqueueMail(deps, {
      template: 'password_reset',
      values: { link, minutes: RESET_LINK_MINUTES, address, userAgent },
      ...readerOf(person, asked.locale),
      expiresAt: later(deps.clock.now(), LINK_TTL.reset),
    })
  })
}

/** What the page of the link shows. */
export async function viewReset(
  deps: Deps,
  visitor: Visitor,
  token: string,
): Promise<
  | Result<{ tenantId: string; email: string; maskedEmail: string; minimum: number }, 'link_dead'>
  | Result<never, 'throttled', Wait>
> {
  const link = await findLink(deps, visitor, 'reset', token)
  if (!link.ok) return link
  const person = (await personById(deps.db, link.value.userId))?.person
  if (person === undefined || !mayUsePages(person, deps.clock.now())) return err('link_dead')
  const { email, tenantId } = person
  return ok({ tenantId, email, maskedEmail: maskEmail(email), minimum: minimumOf(person) })
}

function minimumOf(person: Person): number {
  return minimumLength({
    role: homeOf(person)?.role ?? 'owner',
    secondFactorEnforced: effectivePolicy(person).required,
  })
}

/**
 * The link is spent on a new password, which signs nobody in and touches no second factor (R9, S20); sessions, trust,
 * open attempts and other links end, and the wait on the address; from now on mail is no second factor until something
 * else was proved.
 */
export async function resetPassword(
  deps: Deps,
  visitor: Visitor,
  token: string,
  next: string,
): Promise<
  Result<null, 'link_dead' | 'busy' | 'password_same' | PasswordRefusalCode> | Result<never, 'throttled', Wait>
> {
  const found = await findLink(deps, visitor, 'reset', token)
  if (!found.ok) return found
  const link = found.value
  const stored = await personById(deps.db, link.userId)
  const person = stored?.person
  if (person === undefined || !mayUsePages(person, deps.clock.now())) return err('link_dead')
  const checked = await checkNewPassword(deps, next, {
    minimum: minimumOf(person),
    context: contextWords(person, homeOf(person)?.tenant.name ?? ''),
  })
  if (!checked.ok) return checked
  const isDemanded = person.passwordDemandedAt !== null
  if (isDemanded) {
    // A demanded one is not the one there is, which somebody else may know (R9).
    const same = await deps.hasher.verify(stored?.password ?? null, checked.value)
    if (!same.ok) return err('busy')
    if (same.value.right) return err('password_same')
  }
  const hash = await deps.hasher.hash(checked.value)
  if (!hash.ok) return err('busy')
  const now = deps.clock.now()
  return transactResult(deps, async (deps): Promise<Result<null, 'link_dead' | 'busy' | 'password_too_short'>> => {
    const held = await lockedPerson(deps.db, person)
    if (held === null) return err('link_dead')
    if (isShorterThan(next, minimumOf(held))) return err('password_too_short')
    // Demanded since: the next try compares.
    if (!isDemanded && held.passwordDemandedAt !== null) return err('busy')
    if (!(await spendLink(deps, link))) return err('link_dead')
    await setPassword(deps, person.id, hash.value)
    await notePasswordSet(deps.db, person.id, { byMailAt: now })
    await endWhatRestedOnIt(deps, person.id)
    await endWaits(deps, [passwordCounter(deps, person.email, null)])
    const ended = await endOtherSessions(deps, person, visitor.request)
    await recordEvent(deps, resetEvent(person, 'password_reset', visitor.request, { data: { ended } }))
    await enqueueMail(deps, {
      template: 'password_reset_done',
      values: {},
      ...readerOf(person, visitor.locale),
    })
    return ok(null)
  })
}
