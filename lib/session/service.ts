import { recordEvent } from '../audit/service'
import { hashToken, newToken } from '../crypto/token'
import { type DbOrTx, transact } from '../db'
import type { Deps } from '../deps'
import { newId } from '../kernel/ids'
import type { RequestInfo } from '../kernel/request'
import { earlier } from '../kernel/time'
import type { Person } from '../user/types'
import { limitsFor, TOUCH_EVERY } from './rules'
import { findSession, insertSession, updateEnded, updateLastSeen, updateToken } from './store'
import type { Assured, Method, SessionRecord } from './types'

/** The only place where a session begins. Gives the raw token, which is stored as a digest (S1, S12). */
export async function openSession(
  tx: DbOrTx,
  deps: Pick<Deps, 'clock' | 'random'>,
  person: Person,
  proof: { methods: readonly Method[]; steppedUpAt: Date | null; deviceId: string | null; request: RequestInfo },
): Promise<{ token: string; expiresAt: Date }> {
  const now = deps.clock.now()
  const token = newToken(deps.random)
  const limits = limitsFor(person, proof.methods, now)
  await insertSession(tx, {
    id: newId(now, deps.random),
    tokenHash: hashToken('session', token),
    userId: person.id,
    methods: proof.methods.join(' '),
    deviceId: proof.deviceId,
    address: proof.request.address,
    userAgent: proof.request.userAgent,
    createdAt: now,
    lastSeenAt: now,
    steppedUpAt: proof.steppedUpAt,
    ...limits,
  })
  return { token, expiresAt: limits.expiresAt }
}

/** S12: a new token for the same session; null when another request was faster. */
export async function rotateToken(
  tx: DbOrTx,
  deps: Pick<Deps, 'random'>,
  session: SessionRecord,
  change: { methods?: readonly Method[]; steppedUpAt?: Date },
): Promise<string | null> {
  const token = newToken(deps.random)
  const changed = await updateToken(tx, session, {
    tokenHash: hashToken('session', token),
    ...(change.methods ? { methods: change.methods.join(' ') } : {}),
    ...(change.steppedUpAt ? { steppedUpAt: change.steppedUpAt } : {}),
  })
  return changed ? token : null
}

export function endOtherSessions(
  tx: DbOrTx,
  deps: Pick<Deps, 'clock'>,
  userId: string,
  exceptId?: string,
): Promise<number> {
  return updateEnded(tx, { userId, exceptId }, deps.clock.now())
}

/** SE1: signs this browser out; the row is ended, so the cookie is worth nothing anywhere. */
export async function signOut(deps: Deps, actor: Assured): Promise<void> {
  await transact(deps.db, async (tx) => {
    const ended = await updateEnded(tx, { userId: actor.person.id, id: actor.session.id }, deps.clock.now())
    if (ended === 0) return
    await recordEvent(tx, deps, {
      tenantId: actor.person.tenantId,
      kind: 'signed_out',
      actor: { kind: 'user', id: actor.person.id, name: actor.person.name },
      subject: { id: actor.person.id, name: actor.person.name },
      request: actor.request,
    })
  })
}

/** SE2: the idle limit counts from the last use, written once a minute. */
export async function noteUse(deps: Pick<Deps, 'db' | 'clock'>, session: SessionRecord): Promise<void> {
  const now = deps.clock.now()
  if (session.lastSeenAt > earlier(now, TOUCH_EVERY)) return
  await updateLastSeen(deps.db, session.id, session.lastSeenAt, now)
}

/** A session that was not ended, with its person; what it is worth, `judgeSession` says. */
export function findLiveSession(deps: Pick<Deps, 'db'>, tokenHash: string) {
  return findSession(deps.db, tokenHash)
}
