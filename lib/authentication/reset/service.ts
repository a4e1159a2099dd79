import { about, by } from '../../audit/rules'
import { recordEvent } from '../../audit/service'
import type { DbOrTx, Tx } from '../../core/db'
import type { Deps, TransactionDeps } from '../../core/deps'
import { newId } from '../../core/kernel/ids'
import type { RequestInfo } from '../../core/kernel/request'
import { err, ok, type Result } from '../../core/kernel/result'
import { later } from '../../core/kernel/time'
import { transactResult } from '../../core/transaction'
import { isConfirmed } from '../../credentials/factor/rules'
import { factorsOf, resetFactors } from '../../credentials/factor/service'
import { tellByText } from '../../credentials/factor/sms/service'
import { endLinks, findLink, makeLink, spendLink } from '../../credentials/link/service'
import type { OpenLink } from '../../credentials/link/types'
import { endCodes, endCodesSince, endIssued } from '../../credentials/recovery/service'
import { RESET_REQUESTS_PER_DAY } from '../../credentials/throttle/rules'
import { takeSlot, type Wait } from '../../credentials/throttle/service'
import type { Claimant, Visitor } from '../../identity/actor/types'
import { followFactors } from '../../identity/user/membership/service'
import { homeOf, isHigherRole, maskEmail, mayUsePages } from '../../identity/user/rules'
import { demandPassword, lockPerson, managersOf, noteReset, personById, voidDevices } from '../../identity/user/service'
import type { Person, Role } from '../../identity/user/types'
import { enqueueMail } from '../../messaging/mail/outbox-service'
import { readerOf } from '../../messaging/mail/rules'
import { endSessionsOf } from '../session/service'
import { endOpenAttempts, requireStep } from '../signin/attempt/service'
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
async function deciders(tx: Tx, person: Person, role: Role) {
  const roles = MANAGERS.filter((each) => !isHigherRole(role, each))
  return (await managersOf(tx, person.tenantId, roles)).filter((each) => each.userId !== person.id)
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
  const { attempt, person: asking } = found.value.state
  if (attempt.passwordProvedAt === null) return err('elsewhere')
  const now = deps.clock.now()
  if ((await findOpen(deps.db, asking.id, now)) !== null) return ok('waiting')
  const slot = await takeSlot(deps, `reset-request:${asking.id}`, RESET_REQUESTS_PER_DAY)
  if (!slot.ok) return slot
  return transactResult(deps, async (deps): Promise<Result<'asked' | 'waiting', 'elsewhere' | 'nobody_to_ask'>> => {
    await lockPerson(deps.db, asking.id)
    // By what their row says under the lock: the link that cancels goes to the email that they have by now.
    const person = (await personById(deps.db, asking.id))?.person
    const home = person === undefined ? null : homeOf(person)
    if (person === undefined || home === null || !mayUsePages(person)) return err('elsewhere')
    if ((await findOpen(deps.db, person.id, now)) !== null) return ok('waiting')
    const asked = await deciders(deps.db, person, home.role)
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
    const link = await makeLink(deps, { kind: 'cancel', userId: person.id })
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

/** The answer, and the end of the link that cancels; false when it is over. Of two decisions at once one counts (R6). */
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

// ——— what somebody stops by a mailed link, without signing in ———

export type StopKind = 'cancel' | 'stop'

/** What the page of the link shows; a request that is over leaves nothing to cancel. */
export async function viewStop(
  deps: Deps,
  visitor: Visitor,
  kind: StopKind,
  token: string,
): Promise<Result<{ maskedEmail: string }, 'link_dead'> | Result<never, 'throttled', Wait>> {
  const found = await findHolder(deps, visitor, kind, token)
  return found.ok ? ok({ maskedEmail: maskEmail(found.value.person.email) }) : found
}

async function findHolder(
  deps: Deps,
  visitor: Visitor,
  kind: StopKind,
  token: string,
): Promise<Result<{ link: OpenLink; person: Person }, 'link_dead'> | Result<never, 'throttled', Wait>> {
  const found = await findLink(deps, visitor, kind, token)
  if (!found.ok) return found
  const person = (await personById(deps.db, found.value.userId))?.person
  return person === undefined ? err('link_dead') : ok({ link: found.value, person })
}

/** Withdraws the request (R6); sign-ins under way end, for whoever asked may not have been the person. */
export async function cancelRequest(
  deps: Deps,
  visitor: Visitor,
  token: string,
): Promise<Result<null, 'link_dead'> | Result<never, 'throttled', Wait>> {
  const found = await findHolder(deps, visitor, 'cancel', token)
  if (!found.ok) return found
  const { link, person } = found.value
  return transactResult(deps, async (deps): Promise<Result<null, 'link_dead'>> => {
    await lockPerson(deps.db, person.id)
    if (!(await spendLink(deps, link))) return err('link_dead')
    if ((await updateCancelled(deps.db, person.id, deps.clock.now())) === 0) return err('link_dead')
    await endOpenAttempts(deps, person.id)
    await recordEvent(deps, { kind: 'reset_cancelled', ...byVisitor(visitor), ...about(person) })
    await tellManagers(deps, person, 'reset_cancelled')
    return ok(null)
  })
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

/**
 * The "this was not me" of a notice (R3, R5): only ever takes away. Sessions, open attempts, issued codes, known and
 * trusted devices and a waiting request end, and a new password is demanded (D9). Whoever used the change keeps nothing
 * either: factors and codes since the notice go, and where none is left it is as after a reset (E9). Nothing is given
 * to whoever holds the link; the person is told.
 */
export async function stopChange(
  deps: Deps,
  visitor: Visitor,
  token: string,
): Promise<Result<null, 'link_dead'> | Result<never, 'throttled', Wait>> {
  const found = await findHolder(deps, visitor, 'stop', token)
  if (!found.ok) return found
  const { link } = found.value
  return transactResult(deps, async (deps): Promise<Result<null, 'link_dead'>> => {
    await lockPerson(deps.db, link.userId)
    if (!(await spendLink(deps, link))) return err('link_dead')
    const person = (await personById(deps.db, link.userId))?.person
    if (person === undefined) return err('link_dead')
    const now = deps.clock.now()
    const ended = await endSessionsOf(deps, person.id, {})
    await endOpenAttempts(deps, person.id)
    const codes = await endIssued(deps, person.id)
    const kinds = await resetFactors(deps, person, byVisitor(visitor), link.createdAt)
    const saved = await endCodesSince(deps, person.id, link.createdAt)
    await voidDevices(deps.db, person.id, now)
    if (person.secondFactorSince !== null && !(await factorsOf(deps.db, person.id)).some(isConfirmed)) {
      await endCodes(deps, person.id)
      await noteReset(deps.db, person, now)
    } else await followFactors(deps.db, person.id, now)
    await updateCancelled(deps.db, person.id, now)
    await endLinks(deps, person.id, ['stop', 'cancel', 'magic', 'reset', 'address'])
    await demandPassword(deps.db, person.id, now)
    const data = { ended, codes, saved, kinds: kinds.join(' ') }
    await recordEvent(deps, { kind: 'change_stopped', ...byVisitor(visitor), ...about(person), data })
    await enqueueMail(deps, {
      ...readerOf(person, visitor.locale),
      template: 'stopped_here',
      values: {},
    })
    await tellManagers(deps, person, 'stopped')
    return ok(null)
  })
}

/** Nobody is signed in: whoever opened the link. */
function byVisitor({ request }: Visitor) {
  return { actor: { kind: 'visitor' as const }, request }
}

async function tellManagers(
  deps: TransactionDeps,
  person: Person,
  template: 'reset_cancelled' | 'stopped',
): Promise<void> {
  for (const { reader, userId } of await managersOf(deps.db, person.tenantId)) {
    if (userId !== person.id) await enqueueMail(deps, { ...reader, template, values: { person: person.name } })
  }
}
