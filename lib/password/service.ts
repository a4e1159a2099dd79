import { recordEvent } from '../audit/service'
import type { DbOrTx } from '../db'
import type { Deps } from '../deps'
import { endTrust, forgetUnverified } from '../device/service'
import { err, ok, type Result } from '../kernel/result'
import { enqueueMail } from '../mail/outbox-service'
import { endOtherSessions, rotateToken } from '../session/service'
import type { Assured } from '../session/types'
import { PASSWORD_PER_ADDRESS } from '../throttle/rules'
import { giveBack, takePlace, type Wait } from '../throttle/service'
import { transactResult } from '../transaction'
import { contextWords, demandOf } from '../user/rules'
import { personById } from '../user/service'
import type { Person } from '../user/types'
import { checkPassword, minimumLength } from './rules'
import { endAttempts, holdPassword, updatePassword, upsertPassword } from './store'

export async function setPassword(
  tx: DbOrTx,
  userId: string,
  hash: { hash: string; keyId: string },
  now: Date,
): Promise<void> {
  await upsertPassword(tx, userId, { hash: hash.hash, pepperKeyId: hash.keyId, setAt: now })
}

export type ChangePasswordCode =
  | 'wrong_password'
  | 'busy'
  | 'conflict'
  | 'password_too_short'
  | 'password_too_long'
  | 'password_common'
  | 'password_context'

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
  const key = `password-change:${person.id}`
  const place = await takePlace(deps, key, PASSWORD_PER_ADDRESS)
  if (!place.ok) return place
  const stored = await personById(deps.db, person.id)
  const verified = await deps.hasher.verify(stored?.password ?? null, input.current)
  if (!verified.ok) {
    await giveBack(deps.db, [key])
    return err('busy')
  }
  const event = { tenantId: person.tenantId, actor: { kind: 'user' as const, id: person.id, name: person.name } }
  const subject = { id: person.id, name: person.name }
  if (!verified.value.right || !stored?.password) {
    await recordEvent(deps.db, deps, { ...event, kind: 'password_change_failed', subject, request: actor.request })
    return err('wrong_password')
  }
  const oldHash = stored.password.hash
  await giveBack(deps.db, [key])
  const checked = checkPassword(input.next, {
    minimum: minimumLength({ role: home.role, secondFactorEnforced: demandOf(person).required }),
    context: contextWords(person, home.tenant.name),
  })
  if (!checked.ok) return err(`password_${checked.code}`)
  const hash = await deps.hasher.hash(checked.value)
  if (!hash.ok) return err('busy')
  const now = deps.clock.now()
  return transactResult(deps.db, async (tx): Promise<Result<{ token: string }, ChangePasswordCode>> => {
    const changed = await updatePassword(tx, person.id, oldHash, {
      hash: hash.value.hash,
      pepperKeyId: hash.value.keyId,
      setAt: now,
    })
    if (!changed) return err('conflict')
    await endTrust(tx, person.id)
    await forgetUnverified(tx, person.id)
    await endAttempts(tx, person.id, now)
    const ended = await endOtherSessions(tx, deps, person, actor.request, session.id)
    const token = await rotateToken(tx, deps, session, {})
    if (token === null) return err('conflict')
    await recordEvent(tx, deps, {
      ...event,
      kind: 'password_changed',
      subject,
      request: actor.request,
      data: { ended },
    })
    await enqueueMail(tx, deps, {
      template: 'password_changed',
      values: {},
      to: person.email,
      userId: person.id,
      tenantId: person.tenantId,
      locale: person.locale ?? actor.locale,
    })
    return ok({ token })
  })
}

/** At sign-in, when the stored hash is below today's numbers; busy or overtaken, it waits for the next sign-in. */
export async function rehashPassword(deps: Deps, userId: string, oldHash: string, password: string): Promise<void> {
  const hash = await deps.hasher.hash(password)
  if (!hash.ok) return
  await updatePassword(deps.db, userId, oldHash, { hash: hash.value.hash, pepperKeyId: hash.value.keyId })
}

/** Whether the password is still the one that was read with the person; holds its row until the transaction ends. */
export function isPasswordStill(tx: DbOrTx, person: Person): Promise<boolean> {
  return person.passwordSetAt === null ? Promise.resolve(false) : holdPassword(tx, person.id, person.passwordSetAt)
}
