import { hasHappened } from '../../audit/reading/service'
import { by } from '../../audit/rules'
import { recordEvent } from '../../audit/service'
import type { Deps } from '../../core/deps'
import { ok, type Result } from '../../core/kernel/result'
import type { CoverageCounts } from '../../coverage/types'
import type { TenantAdmin } from '../../identity/actor/types'
import { closeSteps, notePeopleTold, tenantSteps } from '../../identity/tenant/service'
import { lastMails } from '../../messaging/mail/outbox-service'
import { actOnTenant } from '../acting/service'
import { areAllDone, firstSteps } from './rules'
import type { FirstStepsFacts, FirstStepView } from './types'

type Read = Pick<FirstStepsFacts, 'told' | 'reported'> & { mail: Omit<FirstStepsFacts['mail'], 'toFolder'> }

/** What the list rests on beyond what its page reads anyway; null where it was put away or all of it was done. */
export async function readFirstSteps(deps: Pick<Deps, 'db'>, actor: TenantAdmin): Promise<Read | null> {
  const { id } = actor.tenant.tenant
  const stored = await tenantSteps(deps.db, id)
  if (stored === null || stored.stepsClosedAt !== null) return null
  const [mail, reported] = await Promise.all([lastMails(deps.db, id), hasHappened(deps.db, id, 'report_made')])
  return { told: stored.peopleToldAt !== null, mail, reported }
}

/**
 * The list for its page. Whoever looks when all of it is done sees it no more, and nobody does from then on: a mail or
 * an entry of the log that goes with time does not bring it back.
 */
export async function viewFirstSteps(
  deps: Pick<Deps, 'db' | 'clock'>,
  actor: TenantAdmin,
  read: Read,
  known: { coverage: CoverageCounts; ownFactors: number; toFolder: boolean },
): Promise<readonly FirstStepView[] | null> {
  const { types, required } = known.coverage
  const both = [types.team, types.end]
  const steps = firstSteps({
    ...read,
    mail: { ...read.mail, toFolder: known.toFolder },
    ownFactors: known.ownFactors,
    people: both.reduce((sum, { states }) => sum + Object.values(states).reduce((all, each) => all + each, 0), 0),
    invited: both.reduce((sum, { invited }) => sum + invited, 0),
    required: required.team || required.end,
  })
  if (!areAllDone(steps)) return steps
  await closeSteps(deps.db, actor.tenant.tenant.id, deps.clock.now())
  return null
}

/** For pages to which the list leads: null where it is closed, else whether somebody said that people know. */
export async function viewOpenSteps(deps: Pick<Deps, 'db'>, actor: TenantAdmin): Promise<{ told: boolean } | null> {
  const stored = await tenantSteps(deps.db, actor.tenant.tenant.id)
  return stored === null || stored.stepsClosedAt !== null ? null : { told: stored.peopleToldAt !== null }
}

/** Said by hand, since nobody else can know it; it cannot be unsaid, and changes nothing but the list. */
export function sayPeopleTold(deps: Deps, actor: TenantAdmin): Promise<Result<null, 'not_permitted'>> {
  return noted(deps, actor, 'people_told', notePeopleTold)
}

/** For everybody in the company: what is in it stays where it is done. */
export function putStepsAway(deps: Deps, actor: TenantAdmin): Promise<Result<null, 'not_permitted'>> {
  return noted(deps, actor, 'steps_put_away', closeSteps)
}

function noted(
  deps: Deps,
  actor: TenantAdmin,
  action: 'people_told' | 'steps_put_away',
  write: typeof notePeopleTold,
): Promise<Result<null, 'not_permitted'>> {
  const { id, name } = actor.tenant.tenant
  return actOnTenant(deps, actor, 'follow_steps', async (deps) => {
    if (!(await write(deps.db, id, deps.clock.now()))) return ok(null)
    const entry = { tenantId: id, subject: { id, name }, kind: 'company_changed', data: { action } } as const
    await recordEvent(deps, { ...by(actor), ...entry })
    return ok(null)
  })
}
