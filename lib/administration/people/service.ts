import { eventsOfKind } from '../../audit/reading/service'
import { by } from '../../audit/rules'
import { recordEvent } from '../../audit/service'
import type { DbOrTx } from '../../core/db'
import type { Deps, TransactionDeps } from '../../core/deps'
import { err, type Result } from '../../core/kernel/result'
import { transactResult } from '../../core/transaction'
import type { Confirmed, FreshAdmin, Operator, TenantAdmin } from '../../identity/actor/types'
import { isService } from '../../identity/user/rules'
import { personById } from '../../identity/user/service'
import type { MembershipView, Person, Role } from '../../identity/user/types'
import { roleNow } from '../acting/service'
import { may, relationOf, suitsService } from './rules'
import type { PeopleAction, Relation } from './types'

export interface Target {
  person: Person
  membership: MembershipView
  relation: Relation
}

/** Somebody of this tenant, whoever else they belong to (S15); null is anybody else. */
export function targetOf(db: DbOrTx, actor: TenantAdmin | Confirmed, userId: string): Promise<Target | null> {
  return targetIn(db, actor.tenant.tenant.id, actor.person.id, userId)
}

async function targetIn(db: DbOrTx, tenantId: string, actorId: string, userId: string): Promise<Target | null> {
  const person = (await personById(db, userId))?.person
  const membership = person?.memberships.find((each) => each.tenant.id === tenantId)
  if (person === undefined || membership === undefined) return null
  return { person, membership, relation: relationOf(actorId, tenantId, person) }
}

/** When this person was last reset or given a code: a form that was drawn before the last time is a repeat. */
export async function lastDone(db: DbOrTx, scope: { tenantId: string; subjectId: string }): Promise<string> {
  const kinds = ['factors_reset', 'recovery_code_issued'] as const
  const last = await Promise.all(kinds.map((kind) => eventsOfKind(db, { ...scope, kind }, 1)))
  return last.map(([event]) => event?.at.getTime() ?? 0).join('.')
}

export type Refused = 'not_found' | 'not_permitted' | 'service_account'

/** What an act does, once it is judged; `role` is that of whoever does it. */
type Work<T, Code extends string> = (deps: TransactionDeps, target: Target, role: Role) => Promise<Result<T, Code>>

/**
 * One act on one person: their row and the actor's are held until the end, and both are judged by what their rows say
 * then (S8, S14). A refusal by the matrix is written down (ASVS 16.3.2). What is several acts at once asks for each
 * (S29).
 */
export async function actOnPerson<T, Code extends string = never>(
  deps: Deps,
  actor: FreshAdmin,
  userId: string,
  acts: PeopleAction | readonly PeopleAction[],
  work: Work<T, Code>,
): Promise<Result<T, Refused | Code>> {
  const tenantId = actor.tenant.tenant.id
  const all: readonly PeopleAction[] = typeof acts === 'string' ? [acts] : acts
  const done = await transactResult(deps, async (deps): Promise<Result<T, Refused | Code>> => {
    // Two changes of owners come one after the other.
    const role = await roleNow(deps, actor, [userId])
    return actOnHeld(deps, { actor, role }, userId, all, work)
  })
  if (!done.ok && done.code === 'not_permitted') {
    await recordEvent(deps, {
      tenantId,
      kind: 'access_denied',
      ...by(actor),
      data: { action: all.join(' ') },
    })
  }
  return done
}

/**
 * The same for whoever holds the tenant, the actor and the person already, with the role that the actor has by now: for
 * many at once (X7).
 */
export async function actOnHeld<T, Code extends string = never>(
  deps: TransactionDeps,
  { actor, role }: { actor: FreshAdmin | Confirmed; role: Role | null },
  userId: string,
  acts: readonly PeopleAction[],
  work: Work<T, Code>,
): Promise<Result<T, Refused | Code>> {
  const target = await targetOf(deps.db, actor, userId)
  if (target === null) return err('not_found')
  const { relation, membership, person } = target
  if (role === null || !acts.every((act) => may(role, act, relation, membership.role))) return err('not_permitted')
  if (isService(person, deps.clock.now()) && !acts.every(suitsService)) return err('service_account')
  return work(deps, target, role)
}

/** The same by whoever is at the server's console, where no role is asked for; the caller holds tenant and person. */
export async function actForOperator<T, Code extends string = never>(
  deps: TransactionDeps,
  _operator: Operator,
  { tenantId, userId }: { tenantId: string; userId: string },
  work: (deps: TransactionDeps, target: Target) => Promise<Result<T, Code>>,
): Promise<Result<T, 'not_found' | Code>> {
  const target = await targetIn(deps.db, tenantId, '', userId)
  return target === null ? err('not_found') : work(deps, target)
}
