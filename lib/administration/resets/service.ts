import { eventsAbout, type ShownEvent } from '../../audit/reading/service'
import { about, by } from '../../audit/rules'
import { recordEvent } from '../../audit/service'
import { requestState } from '../../authentication/reset/rules'
import { answerRequest, countRequests, deciders, requestById, requestsOf } from '../../authentication/reset/service'
import type { RequestState, ResetRequest } from '../../authentication/reset/types'
import type { Deps, TransactionDeps } from '../../core/deps'
import { err, ok, type Result } from '../../core/kernel/result'
import { days, earlier } from '../../core/kernel/time'
import type { Wait } from '../../credentials/throttle/service'
import type { FreshAdmin, TenantAdmin } from '../../identity/actor/types'
import { homeOf, mailboxCounts } from '../../identity/user/rules'
import { personById } from '../../identity/user/service'
import type { Person, Role } from '../../identity/user/types'
import { enqueueMail } from '../../messaging/mail/outbox-service'
import { readerOf } from '../../messaging/mail/rules'
import { mayHoldIssued, NO_PROOF, resetIn } from '../people/codes/service'
import { judgeOwner } from '../people/oversight/service'
import type { OwnerCode, OwnerProof } from '../people/oversight/types'
import { may, relationOf } from '../people/rules'
import { actOnPerson, type Refused } from '../people/service'

export interface InboxEntry extends ResetRequest {
  state: RequestState
  person: { id: string; name: string; email: string; role: Role | null }
  /** Whether this admin may decide about it (R3's limits on self and role). */
  mayDecide: boolean
  /** The last sign-ins of the person, to compare with (R6). */
  signIns: readonly ShownEvent[]
}

const MAX_SHOWN = 50
const ENDED_FOR = days(30)
const EVENTS_READ = 30
const SIGN_INS_SHOWN = 3

export async function viewInbox(deps: Deps, actor: TenantAdmin): Promise<{ open: InboxEntry[]; ended: InboxEntry[] }> {
  const { db } = deps
  const now = deps.clock.now()
  const tenantId = actor.tenant.tenant.id
  const { open, ended } = await requestsOf(deps, tenantId, earlier(now, ENDED_FOR), MAX_SHOWN)
  const entry = async (row: ResetRequest): Promise<InboxEntry[]> => {
    const person = (await personById(db, row.userId))?.person
    if (person === undefined) return []
    const membership = person.memberships.find((each) => each.tenant.id === tenantId)
    const relation = relationOf(actor.person.id, tenantId, person)
    const role = membership?.role ?? null
    const state = requestState(row, now)
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
  return countRequests(deps, actor.tenant.tenant.id)
}

export type DecisionCode = Refused | 'request_over' | 'codes_not_allowed' | OwnerCode

/** `code_needed`: approved, and the person comes in by a recovery code alone, which is to be issued next. */
export interface Decided {
  outcome: 'approved' | 'code_needed' | 'denied'
  userId: string
}

/**
 * Approving resets as R5 does (R6); denying tells the person why. Of two decisions at once one counts. Whose mailbox
 * proves nothing now (S20, R11) needs a code from an admin after the reset; where none may be issued nothing is
 * approved, for it would lead nowhere.
 */
export async function decideRequest(
  deps: Deps,
  actor: FreshAdmin,
  id: string,
  decision: { approve: boolean; reason: string; owner?: OwnerProof },
): Promise<Result<Decided, DecisionCode> | Result<never, 'throttled', Wait>> {
  const tenantId = actor.tenant.tenant.id
  const row = await requestById(deps.db, { tenantId, id })
  if (row === null) return err('not_found')
  const { approve, reason } = decision
  const confirmed = approve ? await judgeOwner(deps, actor, decision.owner ?? NO_PROOF) : ok(null)
  if (!confirmed.ok) return confirmed
  const done = await actOnPerson(
    deps,
    actor,
    row.userId,
    'reset_2fa',
    async (deps, target): Promise<Result<Decided, DecisionCode>> => {
      const { person } = target
      const needsCode = approve && !mailboxCounts(person, deps.clock.now())
      if (needsCode && !(await mayHoldIssued(deps, target))) return err('codes_not_allowed')
      if (!(await answerRequest(deps, row, { by: actor.person.id, approve, reason }))) return err('request_over')
      const kind = approve ? 'reset_approved' : 'reset_denied'
      await recordEvent(deps, { kind, ...by(actor), ...about(person), data: { reason } })
      await tellDeciders(deps, actor, person, reason)
      if (approve) {
        const reset = await resetIn(deps, actor, person, reason, confirmed.value)
        if (!reset.ok) return reset
        return ok({ outcome: needsCode ? 'code_needed' : 'approved', userId: person.id })
      }
      await enqueueMail(deps, { ...readerOf(person, actor.locale), template: 'reset_denied', values: { reason } })
      return ok({ outcome: 'denied', userId: person.id })
    },
  )
  if (!done.ok && done.code !== 'owner_code_wrong') await confirmed.value?.giveBack(deps)
  return done
}

/** Whoever could have decided, and was asked, need not look any more. */
async function tellDeciders(deps: TransactionDeps, actor: FreshAdmin, person: Person, reason: string): Promise<void> {
  const role = homeOf(person)?.role ?? 'owner'
  for (const { reader, userId } of await deciders(deps, person, role)) {
    const values = { by: actor.person.name, person: person.name, reason }
    if (userId !== actor.person.id) await enqueueMail(deps, { ...reader, template: 'reset_decided', values })
  }
}
