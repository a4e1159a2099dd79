import { about, by } from '../../audit/rules'
import { recordEvent } from '../../audit/service'
import type { DbOrTx } from '../../core/db'
import type { Deps, TransactionDeps } from '../../core/deps'
import { newId } from '../../core/kernel/ids'
import type { RequestInfo } from '../../core/kernel/request'
import { err, ok, type Result } from '../../core/kernel/result'
import { later } from '../../core/kernel/time'
import { transactResult } from '../../core/transaction'
import { tellByText } from '../../credentials/factor/sms/service'
import { endLinks, makeNoticeLink } from '../../credentials/link/service'
import { clientPrefix, RESET_REQUESTS_PER_DAY } from '../../credentials/throttle/rules'
import { takeSlot, throttleKey, type Wait } from '../../credentials/throttle/service'
import type { Claimant } from '../../identity/actor/types'
import { homeOf, isHigherRole, mayUsePages } from '../../identity/user/rules'
import { lockPerson, managersOf, personById } from '../../identity/user/service'
import type { Person, Role } from '../../identity/user/types'
import { enqueueMail } from '../../messaging/mail/outbox-service'
import { readerOf } from '../../messaging/mail/rules'
import { requireStep } from '../signin/attempt/service'
import { REQUEST_TTL } from './rules'
import {
  countOpen,
  findOpen,
  findRequest,
  insertResetRequest,
  listEnded,
  listOpen,
  updateCancelled,
  updateDecided,
  updateRequestsDone,
} from './store'
import type { ResetRequest } from './types'

/** Owners and admins who could decide about this person: not themself, and of no lower role (R3). */
export async function deciders(deps: TransactionDeps<'clock'>, person: Person, role: Role) {
  const roles = MANAGERS.filter((each) => !isHigherRole(role, each))
  return (await managersOf(deps, person.tenantId, roles)).filter((each) => each.userId !== person.id)
}

const MANAGERS: readonly Role[] = ['owner', 'admin']

export interface HelpView {
  tenantName: string
  /** When the request that waits was made; null when none does. */
  waitingSince: Date | null
}

/** The page of a person who has given the password and can give nothing more; null when there is no such sign-in. */
export async function viewHelp(deps: Deps, claimant: Claimant): Promise<HelpView | null> {
  const found = await requireStep(deps, claimant, ASKING_STEPS)
  if (!found.ok) return null
  const { person } = found.value.state
  const open = await findOpen(deps.db, person.id, deps.clock.now())
  return { tenantName: homeOf(person)?.tenant.name ?? '', waitingSince: open?.createdAt ?? null }
}

const ASKING_STEPS = ['verify-factor', 'verify-device'] as const

/**
 * Asks the admins, once at a time (R6, S19); the person is told with a link that cancels, and those who can decide by a
 * mail that leads to the request. The sign-in goes on as it stood.
 */
export async function requestReset(
  deps: Deps,
  claimant: Claimant,
  reason: string,
): Promise<Result<'asked' | 'waiting', 'elsewhere' | 'nobody_to_ask'> | Result<never, 'throttled', Wait>> {
  const found = await requireStep(deps, claimant, ASKING_STEPS)
  if (!found.ok) return err('elsewhere')
  const { attempt, person: asking, knownDevice } = found.value.state
  if (attempt.passwordProvedAt === null) return err('elsewhere')
  const now = deps.clock.now()
  if ((await findOpen(deps.db, asking.id, now)) !== null) return ok('waiting')
  // Per device that asked, so that a thief's requests never use up the person's own (S30).
  const from = knownDevice?.id ?? clientPrefix(claimant.request.address)
  const slot = await takeSlot(deps, throttleKey(deps, 'reset-request', `${asking.id}:${from}`), RESET_REQUESTS_PER_DAY)
  if (!slot.ok) return slot
  return transactResult(deps, async (deps): Promise<Result<'asked' | 'waiting', 'elsewhere' | 'nobody_to_ask'>> => {
    await lockPerson(deps.db, asking.id)
    // By what their row says under the lock: the link that cancels goes to the email that they have by now.
    const person = (await personById(deps.db, asking.id))?.person
    const home = person === undefined ? null : homeOf(person)
    if (person === undefined || home === null || !mayUsePages(person, now)) return err('elsewhere')
    if ((await findOpen(deps.db, person.id, now)) !== null) return ok('waiting')
    const asked = await deciders(deps, person, home.role)
    if (asked.length === 0) return err('nobody_to_ask')
    const { address, userAgent } = claimant.request
    await insertResetRequest(deps.db, {
      id: newId(now, deps.random),
      tenantId: person.tenantId,
      userId: person.id,
      attemptId: attempt.id,
      reason: reason === '' ? null : reason,
      address,
      userAgent,
      createdAt: now,
      expiresAt: later(now, REQUEST_TTL),
    })
    const request = claimant.request
    await recordEvent(deps, { kind: 'reset_requested', ...by({ person, request }), ...about(person), data: { reason } })
    await endLinks(deps, person.id, ['cancel'])
    const link = await makeNoticeLink(deps, 'cancel', person)
    await enqueueMail(deps, {
      ...readerOf(person, claimant.locale),
      template: 'reset_asked',
      values: { link, address, userAgent },
    })
    await tellByText(deps, person, 'sms_reset_asked', claimant.locale)
    const inbox = `${deps.publicUrl}/admin/${home.tenant.slug}/security/reset-requests`
    for (const { reader } of asked) {
      await enqueueMail(deps, {
        ...reader,
        template: 'reset_waiting',
        values: { person: person.name, link: inbox },
      })
    }
    return ok('asked')
  })
}

// ——— for whoever decides ———

/** What waits for an answer in a tenant, the oldest first, and what came to an end lately. */
export async function requestsOf(
  deps: Pick<Deps, 'db' | 'clock'>,
  tenantId: string,
  since: Date,
  limit: number,
): Promise<{ open: ResetRequest[]; ended: ResetRequest[] }> {
  const now = deps.clock.now()
  const [open, ended] = await Promise.all([
    listOpen(deps.db, tenantId, now, limit),
    listEnded(deps.db, tenantId, { since, now }, limit),
  ])
  return { open, ended }
}

export function countRequests(deps: Pick<Deps, 'db' | 'clock'>, tenantId: string): Promise<number> {
  return countOpen(deps.db, tenantId, deps.clock.now())
}

export function requestById(db: DbOrTx, scope: { tenantId: string; id: string }): Promise<ResetRequest | null> {
  return findRequest(db, scope)
}

/**
 * The answer, and the end of the link that cancels; false when it is over. Of two decisions at once one counts (R6).
 */
export async function answerRequest(
  deps: TransactionDeps,
  request: ResetRequest,
  decision: { by: string; approve: boolean; reason: string },
): Promise<boolean> {
  const now = deps.clock.now()
  const { by: decidedById, approve: approved, reason } = decision
  const denialReason = approved ? null : reason
  const data = { decidedAt: now, decidedById, approved, denialReason, doneAt: approved ? now : null }
  if (!(await updateDecided(deps.db, { tenantId: request.tenantId, id: request.id }, data))) return false
  await endLinks(deps, request.userId, ['cancel'])
  return true
}

/** A reset answers whatever waits, asked for or not, and leaves nothing to cancel (R6). Gives how many there were. */
export async function approveRequests(deps: TransactionDeps, userId: string, decidedById: string): Promise<number> {
  const done = await updateRequestsDone(deps.db, userId, decidedById, deps.clock.now())
  await endLinks(deps, userId, ['cancel'])
  return done
}

/** Those made since then are over, by whoever says that they were not theirs (R6, R11). Gives how many there were. */
export function withdrawRequests(deps: TransactionDeps<'clock'>, userId: string, since: Date): Promise<number> {
  return updateCancelled(deps.db, userId, deps.clock.now(), since)
}

/** When the one that waits was made, if that was since then. */
export async function requestSince(
  deps: Pick<Deps, 'db' | 'clock'>,
  userId: string,
  since: Date,
): Promise<Date | null> {
  const open = await findOpen(deps.db, userId, deps.clock.now())
  return open !== null && open.createdAt >= since ? open.createdAt : null
}

/** Whoever enrolled again needs no reset any more (R6, E9); a request that waits, and its link, are over. */
export async function endRequestOf(
  deps: TransactionDeps<'clock' | 'random'>,
  person: Person,
  request: RequestInfo,
): Promise<void> {
  if ((await updateCancelled(deps.db, person.id, deps.clock.now())) === 0) return
  await endLinks(deps, person.id, ['cancel'])
  const data = { reason: 'enrolled' }
  await recordEvent(deps, { kind: 'reset_cancelled', ...by({ person, request }), ...about(person), data })
}
