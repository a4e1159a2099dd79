import { by } from '../../audit/rules'
import { recordEvent } from '../../audit/service'
import type { DbOrTx } from '../../core/db'
import type { Deps } from '../../core/deps'
import { newId } from '../../core/kernel/ids'
import { err, ok, type Result } from '../../core/kernel/result'
import { days, earlier } from '../../core/kernel/time'
import { progressOf } from '../../coverage/rules'
import type { CoverageCounts } from '../../coverage/types'
import type { SteppedUpAdmin, TenantAdmin } from '../../identity/actor/types'
import { remindedUntil } from '../../identity/policy/rules'
import { policyById } from '../../identity/policy/service'
import type { Policy } from '../../identity/policy/types'
import { actOnTenant } from '../acting/service'
import { askAgainAt, plannedReminders, typesOf } from './rules'
import { countByRound, findLastAsked, insertRound, listOfRounds, listRounds } from './store'
import type { Deliveries, LastReminder, PlanView, RemindersView } from './types'

/** What became of mails is known for as long as they are kept. */
const SHOWN_FOR = days(30)
const ROUNDS_SHOWN = 5
/** One a day that was asked for, the milestones of two user types, and people who were picked. */
const ROUNDS_LOOKED_AT = 200

/** How many are not done, which mails are planned, and what became of those that were sent (P8). */
export async function viewReminders(
  deps: Pick<Deps, 'db' | 'clock'>,
  actor: TenantAdmin,
  coverage: Pick<CoverageCounts, 'types'>,
): Promise<RemindersView> {
  const { tenant } = actor.tenant
  const now = deps.clock.now()
  const [policy, rounds, lastAsked] = await Promise.all([
    policyById(deps.db, tenant.id),
    listRounds(deps.db, tenant.id, earlier(now, SHOWN_FOR), ROUNDS_SHOWN),
    findLastAsked(deps.db, tenant.id),
  ])
  const ids = rounds.map(({ id }) => id)
  const deliveries = await deliveriesOf(deps.db, ids)
  return {
    required: typesOf(null, policy).length > 0,
    outstanding: outstandingOf(policy, coverage),
    planned: plannedReminders(tenant, policy, now),
    rounds: rounds.map(({ tenantId: _, locale: __, position: ___, ...round }) => ({
      ...round,
      ...(deliveries.get(round.id) ?? { sent: 0, failed: 0, waiting: 0 }),
    })),
    askAgainAt: askAgainAt(lastAsked, now),
  }
}

/** Who is not done, by when they should be, and the next mail about it: what the overview says (P8, P9). */
export async function viewPlan(
  deps: Pick<Deps, 'db' | 'clock'>,
  actor: TenantAdmin,
  coverage: Pick<CoverageCounts, 'types'>,
): Promise<PlanView> {
  const { tenant } = actor.tenant
  const policy = await policyById(deps.db, tenant.id)
  return {
    outstanding: outstandingOf(policy, coverage),
    deadlines: { team: remindedUntil(tenant, policy.team), end: remindedUntil(tenant, policy.end) },
    nextAt: plannedReminders(tenant, policy, deps.clock.now())[0]?.at ?? null,
  }
}

function outstandingOf(policy: Policy, coverage: Pick<CoverageCounts, 'types'>): number {
  const { mustSetUp, invited } = progressOf(...typesOf(null, policy).map((type) => coverage.types[type]))
  return mustSetUp + invited
}

/** Everybody who is not done is mailed by the worker; once a day, whoever asks (P8). */
export function askForReminders(
  deps: Deps,
  actor: SteppedUpAdmin,
): Promise<Result<null, 'reminded_lately', { until: Date }> | Result<never, 'not_permitted'>> {
  const { tenant } = actor.tenant
  return actOnTenant(deps, actor, 'remind', async (deps): Promise<Result<null, 'reminded_lately', { until: Date }>> => {
    const now = deps.clock.now()
    const until = askAgainAt(await findLastAsked(deps.db, tenant.id), now)
    if (until !== null) return err('reminded_lately', { until })
    const { id: askedById, name: askedByName } = actor.person
    await insertRound(deps.db, {
      id: newId(now, deps.random),
      tenantId: tenant.id,
      slot: `asked ${now.toISOString()}`,
      userType: null,
      milestone: null,
      askedById,
      askedByName,
      locale: actor.locale,
      createdAt: now,
    })
    await recordEvent(deps, { tenantId: tenant.id, kind: 'reminders_requested', ...by(actor) })
    return ok(null)
  })
}

/**
 * What became of the last reminder of this tenant to each of these people, for as long as mails are kept: of its
 * rounds, and of these invitations (R10).
 */
export async function lastReminders(
  { db, clock }: Pick<Deps, 'db' | 'clock'>,
  tenantId: string,
  people: readonly { email: string }[],
  invitationIds: readonly string[] = [],
): Promise<Map<string, LastReminder>> {
  const rounds = await listRounds(db, tenantId, earlier(clock.now(), SHOWN_FOR), ROUNDS_LOOKED_AT)
  return lastDeliveriesTo(
    db,
    [...rounds.map(({ id }) => id), ...invitationIds],
    people.map(({ email }) => email),
  )
}

/** What became of the mails of each round of reminders; rounds without any are left out. */
async function deliveriesOf(db: DbOrTx, roundIds: readonly string[]): Promise<Map<string, Deliveries>> {
  const found = new Map<string, Deliveries>()
  if (roundIds.length === 0) return found
  for (const { roundId, as, mails } of await countByRound(db, roundIds)) {
    const round = found.get(roundId) ?? { sent: 0, failed: 0, waiting: 0 }
    found.set(roundId, { ...round, [as]: mails })
  }
  return found
}

/** What became of the last mail of these rounds to each of these addresses. */
async function lastDeliveriesTo(
  db: DbOrTx,
  roundIds: readonly string[],
  recipients: readonly string[],
): Promise<Map<string, LastReminder>> {
  const found = new Map<string, LastReminder>()
  if (roundIds.length === 0 || recipients.length === 0) return found
  for (const { recipient, createdAt, sentAt, failedAt } of await listOfRounds(db, roundIds, recipients)) {
    if (found.has(recipient)) continue
    const as = sentAt !== null ? 'sent' : failedAt !== null ? 'failed' : 'waiting'
    found.set(recipient, { at: sentAt ?? failedAt ?? createdAt, as })
  }
  return found
}
