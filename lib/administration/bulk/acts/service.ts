import { orPassOver, type Tx } from '../../../core/db'
import type { TransactionDeps } from '../../../core/deps'
import { err, type Result } from '../../../core/kernel/result'
import type { Confirmed } from '../../../identity/actor/types'
import { isService } from '../../../identity/user/rules'
import { lockPeople } from '../../../identity/user/service'
import type { Role } from '../../../identity/user/types'
import { changeInvitationIn } from '../../invitation/change/service'
import { invitationOf } from '../../invitation/many/service'
import { sendAgainIn, takeInvitationSlot, withdrawIn } from '../../invitation/service'
import { endSessionsIn } from '../../people/acts/service'
import { changeProfileIn } from '../../people/profile/service'
import { changeRoleIn } from '../../people/role/service'
import { actOnHeld, type Refused, type Target, targetOf } from '../../people/service'
import { remindIn } from '../../reminder/one/service'
import { ACTION_OF, BULK_ROLES, isMemberAct, judgeInvitation, judgeMember, outcomeOfCode } from '../rules'
import type { BulkChoice, BulkOutcome, MemberActName } from '../types'

/** In whose name, by which role they have by now; what, and within which confirmation. */
export interface Doing {
  actor: Confirmed
  role: Role
  choice: BulkChoice
  bulkId: string
}

/**
 * Whoever a part is about is held until its end, with whoever confirmed it, in one order (S8). The tenant is held
 * before.
 */
export async function holdPart(
  tx: Tx,
  { act, createdById }: { act: string; createdById: string },
  subjectIds: readonly string[],
): Promise<void> {
  const isOfPeople = Object.keys(ACTION_OF).includes(act)
  await lockPeople(tx, [createdById, ...(isOfPeople ? subjectIds : [])])
}

/** The act of one, on one, as it is now: the same as at its own door (S29), in the transaction of the caller. */
export async function actOn(deps: TransactionDeps, doing: Doing, subjectId: string): Promise<BulkOutcome> {
  const { act } = doing.choice
  const outcome = await orPassOver(() =>
    isMemberAct(act) ? actOnMember(deps, doing, act, subjectId) : actOnInvitation(deps, doing, subjectId),
  )
  return outcome ?? 'unreadable'
}

type MemberCode = Refused | 'owner' | Exclude<ReturnType<typeof judgeMember>, 'open'>

async function actOnMember(
  deps: TransactionDeps,
  { actor, role, choice, bulkId }: Doing,
  act: MemberActName,
  userId: string,
): Promise<BulkOutcome> {
  const judge = { id: actor.person.id, role }
  const work = async (deps: TransactionDeps, target: Target, own: Role): Promise<Result<unknown, MemberCode>> => {
    const judged = judgeMember(choice, act, judge, rowOf(target, deps.clock.now()))
    if (judged !== 'open') return err(judged)
    if (act === 'end_sessions') return endSessionsIn(deps, actor, target, null)
    if (act === 'remind') return remindIn(deps, actor, target, bulkId)
    if (act === 'language') return changeProfileIn(deps, actor, target, { locale: choice.value })
    const role = BULK_ROLES.find((each) => each === choice.value)
    if (role === undefined) return err('not_permitted')
    const changed = await changeRoleIn(deps, { actor, own }, target, role)
    return !changed.ok && changed.code === 'last_owner' ? err('owner') : (changed as Result<unknown, MemberCode>)
  }
  const done = await actOnHeld(deps, { actor, role }, userId, [ACTION_OF[act]], work)
  if (done.ok) return 'done'
  if (done.code === 'not_found') return 'gone'
  if (done.code !== 'not_permitted') return done.code
  // Why, in the words of the list.
  const target = await targetOf(deps.db, actor, userId)
  const judged = target === null ? 'gone' : judgeMember(choice, act, judge, rowOf(target, deps.clock.now()))
  return judged === 'open' ? 'higher_role' : judged
}

/** As a row of the list; what is left of 2FA to set up the act itself asks. */
function rowOf({ person, membership, relation }: Target, now: Date) {
  const { role, suspended } = membership
  const coverage = { state: isService(person, now) ? ('service' as const) : ('setup_required' as const) }
  return { userId: person.id, guest: relation === 'guest', role, suspended, locale: person.locale, coverage }
}

async function actOnInvitation(
  deps: TransactionDeps,
  { actor, role, choice }: Doing,
  subjectId: string,
): Promise<BulkOutcome> {
  const row = await invitationOf(deps.db, { tenantId: actor.tenant.tenant.id, id: subjectId })
  if (row === null) return 'gone'
  const judged = judgeInvitation(choice, { id: actor.person.id, role }, row)
  if (judged !== 'open') return judged
  if (choice.act === 'withdraw') return outcomeOf(await withdrawIn(deps, actor, subjectId))
  if (choice.act === 'invited_role' || choice.act === 'invited_language') {
    const role = BULK_ROLES.find((each) => each === choice.value)
    const wanted = choice.act === 'invited_language' ? { locale: choice.value } : role === undefined ? {} : { role }
    const changed = await changeInvitationIn(deps, actor, subjectId, wanted)
    if (changed.ok) return changed.value === 'changed' ? 'done' : 'already_so'
    if (changed.code === 'not_permitted' || changed.code === 'not_found') return outcomeOfCode(changed.code)
    return changed.code === 'changed_meanwhile' ? 'gone' : 'too_long'
  }
  const slot = await takeInvitationSlot(deps, row.email)
  return slot.ok ? outcomeOf(await sendAgainIn(deps, actor, row)) : 'throttled'
}

function outcomeOf(result: { ok: true } | { ok: false; code: 'not_found' | 'not_permitted' }): BulkOutcome {
  return result.ok ? 'done' : outcomeOfCode(result.code)
}
