import type { TransactionDeps } from '../../../core/deps'
import type { Confirmed } from '../../../identity/actor/types'
import { invitationOf } from '../../invitation/many/service'
import { sendAgainIn, takeInvitationSlot, withdrawIn } from '../../invitation/service'
import { judgeInvitation, outcomeOfCode } from '../rules'
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
  const slot = await takeInvitationSlot(deps, row.email)
  return slot.ok ? outcomeOf(await sendAgainIn(deps, actor, row)) : 'throttled'
}

function outcomeOf(result: { ok: true } | { ok: false; code: 'not_found' | 'not_permitted' }): BulkOutcome {
  return result.ok ? 'done' : outcomeOfCode(result.code)
}
