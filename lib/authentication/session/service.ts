import { about, by } from '../../audit/rules'
import { recordEvent } from '../../audit/service'
import { hashToken, isToken, newToken } from '../../core/crypto/token'
import { type DbOrTx, passOver, type Tx, transact } from '../../core/db'
import type { Deps, TransactionDeps } from '../../core/deps'
import { newId } from '../../core/kernel/ids'
import type { RequestInfo } from '../../core/kernel/request'
import { earlier, hours, minutes } from '../../core/kernel/time'
import type { Method, SessionRecord } from '../../identity/actor/types'
import type { TypePolicy } from '../../identity/policy/types'
import { homeOf } from '../../identity/user/rules'
import type { MembershipView, Person, UserType } from '../../identity/user/types'
import {
  isIdle,
  judgeSession,
  limitsFor,
  restsOnDevice,
  SECOND_FACTORS,
  type SessionBounds,
  TOUCH_INTERVAL,
  writeRoles,
} from './rules'
import {
  countSessionsBefore,
  countTenantSessions,
  findDeviceSessions,
  findEnrolling,
  findSession,
  insertSession,
  listIdleLimits,
  listSessions,
  listTenantSessions,
  type SessionScope,
  updateEnrolling,
  updateLastSeen,
  updateSessionsEnded,
  updateSessionUsed,
  updateToken,
  updateTokenEnded,
  updateUnusedToken,
} from './store'
import type { ListedSession, MemberSessions, TenantSession, TenantSessions } from './types'

/**
 * The only place where a session begins. Gives the raw token, which is stored as a digest (S1, S12). `at` is when what
 * it rests on was read: a mark that was made since then ends it.
 */
export async function openSession(
  deps: TransactionDeps<'clock' | 'random'>,
  person: Person,
  proof: {
    methods: readonly Method[]
    steppedUpAt: Date | null
    deviceId: string | null
    /** The sign-in whose answer carries the token. */
    attemptId?: string
    request: RequestInfo
    at?: Date
  },
): Promise<{ token: string; expiresAt: Date }> {
  const now = proof.at ?? deps.clock.now()
  const token = newToken(deps.random)
  const limits = limitsFor(person, proof.methods, now)
  await insertSession(deps.db, {
    id: newId(now, deps.random),
    tokenHash: hashToken('session', token),
    userId: person.id,
    methods: proof.methods.join(' '),
    deviceId: proof.deviceId,
    attemptId: proof.attemptId ?? null,
    openedAs: writeRoles(person),
    address: proof.request.address,
    userAgent: proof.request.userAgent,
    createdAt: now,
    lastSeenAt: now,
    steppedUpAt: proof.steppedUpAt,
    ...limits,
  })
  return { token, expiresAt: limits.expiresAt }
}

/** A new token for the same session (S12); null when another request was faster. */
export async function rotateToken(
  deps: TransactionDeps<'random'>,
  session: SessionRecord,
  change: { methods?: readonly Method[]; steppedUpAt?: Date; limits?: SessionBounds },
): Promise<string | null> {
  const token = newToken(deps.random)
  const { limits } = change
  const changed = await updateToken(deps.db, session, {
    tokenHash: hashToken('session', token),
    ...(change.methods ? { methods: change.methods.join(' ') } : {}),
    ...(change.steppedUpAt ? { steppedUpAt: change.steppedUpAt } : {}),
    // What a session proves later never makes it live longer (SE2).
    ...(limits
      ? {
          expiresAt: new Date(Math.min(limits.expiresAt.getTime(), session.expiresAt.getTime())),
          idleSeconds: Math.min(limits.idleSeconds, session.idleSeconds),
        }
      : {}),
  })
  return changed ? token : null
}

/** ASVS 7.4.3: every session of the person but this one; told of when there was any (M7). Gives how many. */
export async function endOtherSessions(
  deps: TransactionDeps<'clock' | 'random'>,
  person: Person,
  request: RequestInfo,
  exceptId?: string,
): Promise<number> {
  const ended = await updateSessionsEnded(deps.db, { userId: person.id, exceptId }, deps.clock.now())
  if (ended > 0) {
    await recordEvent(deps, {
      kind: 'session_ended',
      ...by({ person, request }),
      ...about(person),
      data: { ended },
    })
  }
  return ended
}

/**
 * Ends the session of this token, whatever it is still worth (SE1); the row is ended, so the cookie is worth nothing
 * anywhere. A session that a new sign-in takes the place of ends the same way (S12, ASVS 7.2.4).
 */
export async function endSession(
  deps: Deps,
  token: string,
  kind: 'signed_out' | 'session_ended',
  request: RequestInfo,
): Promise<void> {
  const tokenHash = hashToken('session', token)
  const found = await findSession(deps.db, tokenHash)
  // Mended later, it would be good again for a cookie that was given back.
  if (found === null) return updateTokenEnded(deps.db, tokenHash, deps.clock.now())
  const { session, person } = found
  await transact(deps, async (deps) => {
    const ended = await updateSessionsEnded(deps.db, { userId: person.id, id: session.id }, deps.clock.now())
    if (ended === 0) return
    await recordEvent(deps, { kind, ...by({ person, request }), ...about(person) })
  })
}

/** The sessions of a person that are still good for something, the one used last first (D9). */
export async function sessionsOf(deps: Pick<Deps, 'db' | 'clock'>, person: Person): Promise<ListedSession[]> {
  const now = deps.clock.now()
  return (await listSessions(deps.db, person.id, now)).filter((each) => judgeSession(each, person, now) !== 'ended')
}

/** Sessions on one page. */
export const SESSIONS_SHOWN = 50

/** Who at home in this tenant is signed in, newest first (SE1, U6); what the rules of the day end is left out. */
export async function sessionsOfTenant(
  deps: Pick<Deps, 'db' | 'clock'>,
  scope: TenantSessions,
  voidedAt: Record<UserType, Date | null>,
  before: string | null,
): Promise<{ rows: TenantSession[]; next: string | null }> {
  const now = deps.clock.now()
  const found = await passOver((without) =>
    listTenantSessions(deps.db, scope, { before, limit: SESSIONS_SHOWN + 1 }, now, without),
  )
  const page = found.slice(0, SESSIONS_SHOWN)
  const rows = page.filter((each) => {
    const voided = voidedAt[each.person.userType]
    return !isIdle(each, now) && (voided === null || each.createdAt > voided)
  })
  return { rows, next: found.length > SESSIONS_SHOWN ? (page.at(-1)?.id ?? null) : null }
}

export function countSessionsOfTenant(db: DbOrTx, scope: TenantSessions, now: Date): Promise<number> {
  return countTenantSessions(db, scope, now)
}

/** How many sessions of people with a membership in this tenant live now and would not with these limits (SE2). */
export async function countSessionsBeyond(
  deps: Pick<Deps, 'db' | 'clock'>,
  scope: MemberSessions,
  policy: Pick<TypePolicy, 'idleMinutes' | 'sessionsVoidedAt'>,
  limits: Pick<TypePolicy, 'idleMinutes' | 'sessionHours'>,
): Promise<number> {
  const now = deps.clock.now()
  const used = (await listIdleLimits(deps.db, scope, now)).map((idleSeconds) => ({
    idleSeconds,
    after: earlier(now, Math.min(idleSeconds * 1000, minutes(policy.idleMinutes))),
  }))
  if (used.length === 0) return 0
  const bounds = { begun: earlier(now, hours(limits.sessionHours)), used: earlier(now, minutes(limits.idleMinutes)) }
  const live = { voidedAt: policy.sessionsVoidedAt, used }
  return countSessionsBefore(deps.db, scope, live, bounds, SECOND_FACTORS, now)
}

/** Over at their next request, on every instance (SE1). Gives how many. */
export function endSessionsOf(
  deps: TransactionDeps<'clock'>,
  userId: string,
  scope: Omit<SessionScope, 'userId'>,
): Promise<number> {
  return updateSessionsEnded(deps.db, { userId, ...scope }, deps.clock.now())
}

/** What was opened on the strength of a device that ends, and proved nothing itself (D7). Gives how many. */
export async function endSessionsByDevice(
  deps: TransactionDeps<'clock'>,
  userId: string,
  deviceId: string,
): Promise<number> {
  let ended = 0
  for (const { id, methods } of await findDeviceSessions(deps.db, { userId, deviceId })) {
    if (restsOnDevice(methods)) ended += await updateSessionsEnded(deps.db, { userId, id }, deps.clock.now())
  }
  return ended
}

/**
 * A new token for the session that this sign-in opened, as long as nobody has used it: the answer that carried the
 * first one was lost. The first one is dead then (S12).
 */
export async function renewUnused(
  deps: TransactionDeps<'random'>,
  scope: { userId: string; attemptId: string },
): Promise<{ token: string; expiresAt: Date; deviceId: string | null; methods: readonly Method[] } | null> {
  const token = newToken(deps.random)
  const session = await updateUnusedToken(deps.db, scope, hashToken('session', token))
  return session === null ? null : { token, ...session }
}

/** The idle limit counts from the last use, written once a minute (SE2); the first use of all is written at once. */
export async function noteUse(
  deps: Pick<Deps, 'db' | 'clock'>,
  { session, used }: { session: SessionRecord; used: boolean },
): Promise<void> {
  const now = deps.clock.now()
  if (!used) await updateSessionUsed(deps.db, session.id, now)
  if (session.lastSeenAt > earlier(now, TOUCH_INTERVAL)) return
  await updateLastSeen(deps.db, session.id, session.lastSeenAt, now)
}

/**
 * Whose token this is: signed in and meeting every requirement, read anew (S8), and noted as used. `unknown` where a
 * token is none that is in use, null where there is no token, or the session is worth less.
 */
export async function holderOf(
  deps: Pick<Deps, 'db' | 'clock'>,
  token: string | null,
): Promise<{ session: SessionRecord; person: Person; home: MembershipView } | 'unknown' | null> {
  if (token === null || !isToken(token)) return null
  const found = await findSession(deps.db, hashToken('session', token))
  if (found === null) return 'unknown'
  const { session, person } = found
  const home = homeOf(person)
  if (home === null || judgeSession(session, person, deps.clock.now()) !== 'assured') return null
  await noteUse(deps, found)
  return { session, person, home }
}

/** A session that was not ended, with its person; what it is worth, `judgeSession` says. */
export function findLiveSession(deps: Pick<Deps, 'db'>, tokenHash: string) {
  return findSession(deps.db, tokenHash)
}

/** The factor that this session shows and confirms; one begun elsewhere is never shown here (S6). */
export function noteEnrolling(tx: Tx, session: SessionRecord, factorId: string): Promise<void> {
  return updateEnrolling(tx, session.id, factorId)
}

export function enrollingFactorOf(db: DbOrTx, session: SessionRecord): Promise<string | null> {
  return findEnrolling(db, session.id)
}
