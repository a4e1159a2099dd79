import { about, by } from '../../../audit/rules'
import { recordEvent } from '../../../audit/service'
import type { TransactionDeps } from '../../../core/deps'
import { newId } from '../../../core/kernel/ids'
import { err, ok, type Result } from '../../../core/kernel/result'
import { earlier } from '../../../core/kernel/time'
import { coverageOf, factsOf } from '../../../coverage/rules'
import { factorsOf } from '../../../credentials/factor/service'
import type { Confirmed } from '../../../identity/actor/types'
import { signInUrlOf } from '../../../identity/tenant/rules'
import type { MembershipView, Person } from '../../../identity/user/types'
import { enqueueMail } from '../../../messaging/mail/outbox-service'
import { ASK_AGAIN, pickedSlot, reminderTo } from '../rules'
import { findRound, hasReminderSince, insertRound, updateRoundMailed } from '../store'

/**
 * One person is told of what is still to be set up, by an admin's word and once a day whoever asks (P8); of whoever is
 * held and judged, in the transaction of the caller. The mails of one confirmation are one round, which no worker goes
 * through.
 */
export async function remindIn(
  deps: TransactionDeps,
  actor: Confirmed,
  { person, membership }: { person: Person; membership: MembershipView },
  bulkId: string,
): Promise<Result<null, 'not_outstanding' | 'reminded_lately'>> {
  const now = deps.clock.now()
  const coverage = coverageOf(factsOf(person, await factorsOf(deps.db, person.id), now), now)
  if (coverage.state !== 'setup_required') return err('not_outstanding')
  if (await hasReminderSince(deps.db, person.id, earlier(now, ASK_AGAIN))) return err('reminded_lately')
  const { tenant } = membership
  const roundId = await roundOf(deps, actor, bulkId)
  const to = { person, locale: actor.locale, tenant, link: signInUrlOf(deps.publicUrl, tenant) }
  await enqueueMail(deps, { ...reminderTo(to, coverage, now), roundId })
  await updateRoundMailed(deps.db, roundId)
  await recordEvent(deps, { kind: 'person_reminded', ...by(actor), ...about(person, tenant.id) })
  return ok(null)
}

async function roundOf(deps: TransactionDeps, actor: Confirmed, bulkId: string): Promise<string> {
  const scope = { tenantId: actor.tenant.tenant.id, slot: pickedSlot(bulkId) }
  const there = await findRound(deps.db, scope)
  if (there !== null) return there
  const now = deps.clock.now()
  const id = newId(now, deps.random)
  const { id: askedById, name: askedByName } = actor.person
  const asked = { askedById, askedByName, locale: actor.locale }
  await insertRound(deps.db, {
    id,
    ...scope,
    userType: null,
    milestone: null,
    ...asked,
    createdAt: now,
    finishedAt: now,
  })
  return id
}
