import type { TransactionDeps } from '../../../core/deps'
import type { Confirmed } from '../../../identity/actor/types'
import { changeInvitationIn } from '../../invitation/change/service'
import { invitationOf } from '../../invitation/many/service'
import { sendAgainIn, takeInvitationSlot, withdrawIn } from '../../invitation/service'
import { BULK_ROLES, judgeInvitation, outcomeOfCode } from '../rules'
import type { BulkChoice, BulkOutcome } from '../types'

/** The act of one, on one, as it is now: the same as at its own door (S29), in the transaction of the caller. */
export async function actOn(
  deps: TransactionDeps,
  actor: Confirmed,
  choice: BulkChoice,
  subjectId: string,
): Promise<BulkOutcome> {
  const { tenant, role } = actor.tenant
  const row = await invitationOf(deps.db, { tenantId: tenant.id, id: subjectId })
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
