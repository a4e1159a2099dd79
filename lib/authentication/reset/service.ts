import { resetIn } from '../../administration/people/codes/service'
import { may, relationOf } from '../../administration/people/rules'
import { actOnPerson } from '../../administration/people/service'
import { eventsAbout, type ShownEvent } from '../../audit/reading/service'
import { recordEvent } from '../../audit/service'
import type { AuditEntry } from '../../audit/types'
import type { Tx } from '../../core/db'
import type { Deps, TransactionDeps } from '../../core/deps'
import { newId } from '../../core/kernel/ids'
import type { RequestInfo } from '../../core/kernel/request'
import { err, ok, type Result } from '../../core/kernel/result'
import { days, earlier, later } from '../../core/kernel/time'
import { transactResult } from '../../core/transaction'
import { isConfirmed } from '../../credentials/factor/rules'
import { factorsOf, resetFactors } from '../../credentials/factor/service'
import { tellByText } from '../../credentials/factor/sms/service'
import { endLinks, findLink, makeLink, spendLink } from '../../credentials/link/service'
import type { OpenLink } from '../../credentials/link/types'
import { endCodes, endCodesSince, endIssued } from '../../credentials/recovery/service'
import { RESET_REQUESTS_PER_DAY } from '../../credentials/throttle/rules'
import { takeSlot, type Wait } from '../../credentials/throttle/service'
import type { Claimant, FreshAdmin, TenantAdmin, Visitor } from '../../identity/actor/types'
import { homeOf, isHigherRole, maskEmail } from '../../identity/user/rules'
import {
  demandPassword,
  followFactors,
  lockPerson,
  managersOf,
  noteReset,
  personById,
  voidDevices,
} from '../../identity/user/service'
import type { Person, Role } from '../../identity/user/types'
import { enqueueMail } from '../../messaging/mail/outbox-service'
import { endSessionsOf } from '../session/service'
import { endOpenAttempts, requireStep } from '../signin/attempt/service'
import { REQUEST_LIFE, stateOf } from './rules'
import {
  countOpen,
  findOpen,
  findRequest,
  insertRequest,
  listEnded,
  listOpen,
  updateCancelled,
  updateDecided,
} from './store'
import type { RequestState, ResetRequest } from './types'

function eventOf(
  person: Person,
  kind: AuditEntry['kind'],
  request: RequestInfo,
  more: Partial<AuditEntry> = {},
): AuditEntry {
  return {
    tenantId: person.tenantId,
    kind,
    actor: { kind: 'visitor' },
    subject: { id: person.id, name: person.name },
    request,
    ...more,
  }
}

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
 * R6, S19: asks the admins, once at a time; the person is told with a link that cancels, and those who can decide by a
 * mail that leads to the request. The sign-in goes on as it stood.
 */
export async function requestReset(
  deps: Deps,
  claimant: Claimant,
  reason: string,
): Promise<Result<'asked' | 'waiting', 'elsewhere' | 'nobody_to_ask'> | Result<never, 'throttled', Wait>> {
  const found = await requireStep(deps, claimant, ASKING_STEPS)
  if (!found.ok) return err('elsewhere')
  const { attempt, person } = found.value.state
  const home = homeOf(person)
  if (home === null || attempt.passwordProvedAt === null) return err('elsewhere')
  const now = deps.clock.now()
  if ((await findOpen(deps.db, person.id, now)) !== null) return ok('waiting')
  const place = await takeSlot(deps, `reset-request:${person.id}`, RESET_REQUESTS_PER_DAY)
  if (!place.ok) return place
  return transactResult(deps, async (deps): Promise<Result<'asked' | 'waiting', 'nobody_to_ask'>> => {
    await lockPerson(deps.db, person.id)
    if ((await findOpen(deps.db, person.id, now)) !== null) return ok('waiting')
    const asked = await deciders(deps.db, person, home.role)
    if (asked.length === 0) return err('nobody_to_ask')
    const { address, userAgent } = claimant.request
    await insertRequest(deps.db, {
      id: newId(now, deps.random),
      tenantId: person.tenantId,
      userId: person.id,
      attemptId: attempt.id,
      reason: reason === '' ? null : reason,
      address,
      userAgent,
      createdAt: now,
      expiresAt: later(now, REQUEST_LIFE),
    })
    const by = { kind: 'user' as const, id: person.id, name: person.name }
    await recordEvent(deps, eventOf(person, 'reset_requested', claimant.request, { actor: by, data: { reason } }))
    await endLinks(deps, person.id, ['cancel'])
    const link = await makeLink(deps, { kind: 'cancel', userId: person.id })
    const to = {
      to: person.email,
      userId: person.id,
      tenantId: person.tenantId,
      locale: person.locale ?? claimant.locale,
    }
    await enqueueMail(deps, { ...to, template: 'reset_asked', values: { link, address, userAgent } })
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

// ——— the inbox ———

export interface InboxEntry extends ResetRequest {
  state: RequestState
  person: { id: string; name: string; email: string; role: Role | null }
  /** Whether this admin may decide about it (R3's limits on self and role). */
  mayDecide: boolean
  /** The last sign-ins of the person, to compare with (R6). */
  signIns: readonly ShownEvent[]
}

const MOST_SHOWN = 50
const ENDED_FOR = days(30)
const EVENTS_READ = 30
const SIGN_INS_SHOWN = 3

export async function viewInbox(deps: Deps, actor: TenantAdmin): Promise<{ open: InboxEntry[]; ended: InboxEntry[] }> {
  const { db } = deps
  const now = deps.clock.now()
  const tenantId = actor.tenant.tenant.id
  const [open, ended] = await Promise.all([
    listOpen(db, tenantId, now, MOST_SHOWN),
    listEnded(db, tenantId, { since: earlier(now, ENDED_FOR), now }, MOST_SHOWN),
  ])
  const entry = async (row: ResetRequest): Promise<InboxEntry[]> => {
    const person = (await personById(db, row.userId))?.person
    if (person === undefined) return []
    const membership = person.memberships.find((each) => each.tenant.id === tenantId)
    const relation = relationOf(actor.person.id, tenantId, person)
    const role = membership?.role ?? null
    const state = stateOf(row, now)
    const events = state === 'open' ? await eventsAbout(db, { tenantId, subjectId: person.id }, EVENTS_READ) : []
    return [
      {
        ...row,
        state,
        person: { id: person.id, name: person.name, email: person.email, role },
        mayDecide: role !== null && may(actor.tenant.role, 'reset_2fa', relation, role),
        signIns: events.filter((event) => event.kind === 'sign_in_succeeded').slice(0, SIGN_INS_SHOWN),
      },
    ]
  }
  const all = async (rows: readonly ResetRequest[]) => (await Promise.all(rows.map(entry))).flat()
  return { open: await all(open), ended: await all(ended) }
}

/** For the console's frame. */
export function countOpenRequests(deps: Pick<Deps, 'db' | 'clock'>, actor: TenantAdmin): Promise<number> {
  return countOpen(deps.db, actor.tenant.tenant.id, deps.clock.now())
}

export type DecisionCode = 'not_found' | 'not_permitted' | 'request_over'

/** R6: approving resets as R5 does; denying tells the person why. Of two decisions at once one counts. */
export async function decideRequest(
  deps: Deps,
  actor: FreshAdmin,
  id: string,
  decision: { approve: boolean; reason: string },
): Promise<Result<'approved' | 'denied', DecisionCode>> {
  const tenantId = actor.tenant.tenant.id
  const row = await findRequest(deps.db, { tenantId, id })
  if (row === null) return err('not_found')
  const { approve, reason } = decision
  return actOnPerson(
    deps,
    actor,
    row.userId,
    'reset_2fa',
    async (deps, { person }): Promise<Result<'approved' | 'denied', DecisionCode>> => {
      const now = deps.clock.now()
      const data = {
        decidedAt: now,
        decidedById: actor.person.id,
        approved: approve,
        denialReason: approve ? null : reason,
        doneAt: approve ? now : null,
      }
      if (!(await updateDecided(deps.db, { tenantId, id }, data))) return err('request_over')
      await endLinks(deps, person.id, ['cancel'])
      const by = { kind: 'user' as const, id: actor.person.id, name: actor.person.name }
      const kind = approve ? 'reset_approved' : 'reset_denied'
      await recordEvent(deps, eventOf(person, kind, actor.request, { actor: by, data: { reason } }))
      if (approve) {
        await resetIn(deps, actor, person, reason)
        return ok('approved')
      }
      const to = {
        to: person.email,
        userId: person.id,
        tenantId: person.tenantId,
        locale: person.locale ?? actor.locale,
      }
      await enqueueMail(deps, { ...to, template: 'reset_denied', values: { reason } })
      return ok('denied')
    },
  )
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

/** R6: withdraws the request; sign-ins under way end, for whoever asked may not have been the person. */
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
    await recordEvent(deps, eventOf(person, 'reset_cancelled', visitor.request))
    await tellManagers(deps, person, 'reset_cancelled')
    return ok(null)
  })
}

/** R6, E9: whoever enrolled again needs no reset any more; a request that waits, and its link, are over. */
export async function endRequestOf(
  deps: TransactionDeps<'clock' | 'random'>,
  person: Person,
  request: RequestInfo,
): Promise<void> {
  if ((await updateCancelled(deps.db, person.id, deps.clock.now())) === 0) return
  await endLinks(deps, person.id, ['cancel'])
  const actor = { kind: 'user' as const, id: person.id, name: person.name }
  await recordEvent(deps, eventOf(person, 'reset_cancelled', request, { actor, data: { reason: 'enrolled' } }))
}

/**
 * The "this was not me" of a notice (R3, R5): only ever takes away. Sessions, open attempts, issued codes, known and trusted
 * devices and a waiting request end, and a new password is demanded (D9). Whoever used the change keeps nothing either:
 * factors and codes since the notice go, and where none is left it is as after a reset (E9). Nothing is given to whoever
 * holds the link; the person is told.
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
    const by = { actor: { kind: 'visitor' as const }, request: visitor.request }
    const kinds = await resetFactors(deps, person, by, link.createdAt)
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
    await recordEvent(deps, eventOf(person, 'change_stopped', visitor.request, { data }))
    await enqueueMail(deps, {
      template: 'stopped_here',
      values: {},
      to: person.email,
      userId: person.id,
      tenantId: person.tenantId,
      locale: person.locale ?? visitor.locale,
    })
    await tellManagers(deps, person, 'stopped')
    return ok(null)
  })
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
