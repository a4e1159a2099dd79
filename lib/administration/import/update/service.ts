import { orPassOver, passOver } from '../../../core/db'
import type { AnyDeps, TransactionDeps } from '../../../core/deps'
import { type Ok, ok } from '../../../core/kernel/result'
import type { Confirmed, Operator } from '../../../identity/actor/types'
import { lockTenant } from '../../../identity/policy/service'
import { isService } from '../../../identity/user/rules'
import { lockPeople } from '../../../identity/user/service'
import type { Role } from '../../../identity/user/types'
import { roleNow } from '../../acting/service'
import { changeProfileIn } from '../../people/profile/service'
import { changeRoleIn } from '../../people/role/service'
import { actForOperator, actOnHeld, type Target } from '../../people/service'
import type { Column, ReadRow, RowOutcome, RowProblem, Said } from '../types'
import { changeOf, changesNothing, refusedChange, type There } from './rules'
import { listThere } from './store'

/** In whose name people who are there are changed: an admin who confirmed it, or whoever holds the database. */
export type ChangedBy = Confirmed | Operator

/** Those of the tenant whom these rows speak of, by address. */
export async function thereAmong(
  { db, clock }: AnyDeps<'clock'>,
  tenantId: string,
  rows: readonly ReadRow[],
): Promise<ReadonlyMap<string, There>> {
  const emails = rows.flatMap(({ email, said }) => (said === undefined ? [] : email))
  if (emails.length === 0) return new Map()
  const now = clock.now()
  const found = await passOver((without) => listThere(db, tenantId, emails, now, without))
  return new Map(found.map(({ email, ...there }) => [email, there]))
}

/** Who does it, as far as rows are judged by it. */
interface Doing {
  tenantId: string
  changedBy: ChangedBy | null
}

type Refusal = { column: Column | null; problem: RowProblem }
type Done = 'changed' | 'unchanged' | Refusal

/**
 * Makes of people who are there what the file says, each by the acts of one (S29): tenant, actor and people are held,
 * and judged by what their rows say then (S8). Gives the outcomes as they are after that.
 */
export async function changePeople(
  deps: TransactionDeps,
  doing: Doing,
  rows: readonly ReadRow[],
  outcomes: readonly RowOutcome[],
  there: ReadonlyMap<string, There>,
): Promise<readonly RowOutcome[]> {
  const wanted = outcomes.flatMap((outcome, at) => {
    const said = rows[at]?.said
    const userId = there.get(outcome.email)?.userId
    return outcome.outcome !== 'changed' || said === undefined || userId === undefined
      ? []
      : [{ number: outcome.number, said, userId }]
  })
  if (wanted.length === 0) return outcomes
  const role = await hold(
    deps,
    doing,
    wanted.map(({ userId }) => userId),
  )
  const done = new Map<number, Done | null>()
  for (const { number, said, userId } of wanted) {
    done.set(number, await orPassOver(() => changeOne(deps, { ...doing, role }, userId, said)))
  }
  return outcomes.map((outcome) => outcomeAfter(outcome, done.get(outcome.number)))
}

/** No refusal has changed anything. */
function outcomeAfter(row: RowOutcome, done: Done | null | undefined): RowOutcome {
  if (done === undefined) return row
  if (done === null) return { ...row, outcome: 'refused', column: null, problem: 'unreadable' }
  return typeof done === 'string' ? { ...row, outcome: done } : { ...row, outcome: 'refused', ...done }
}

/** The role of whoever does it, with everybody concerned held until the end. */
async function hold(
  deps: TransactionDeps,
  { tenantId, changedBy }: Doing,
  userIds: readonly string[],
): Promise<Role | null> {
  if (changedBy === null) return null
  if ('person' in changedBy) return roleNow(deps, changedBy, userIds)
  await lockTenant(deps.db, tenantId)
  await lockPeople(deps.db, userIds)
  return 'owner'
}

async function changeOne(
  deps: TransactionDeps,
  { tenantId, changedBy, role }: Doing & { role: Role | null },
  userId: string,
  said: Said,
): Promise<Done> {
  const refused = (column: Column | null, problem: RowProblem): Refusal => ({ column, problem })
  if (changedBy === null || role === null) return refused(null, 'not_permitted')
  const changer = { id: 'person' in changedBy ? changedBy.person.id : null, role }
  const work = async (deps: TransactionDeps, target: Target): Promise<Ok<Done>> => {
    const now = thereOf(target, deps.clock.now())
    const change = changeOf(said, now)
    if (changesNothing(change)) return ok('unchanged' as const)
    const no = refusedChange(change, now, changer)
    if (no !== null) return ok(no)
    const { role, ...profile } = change.to
    if (role !== undefined) {
      const changed = await changeRoleIn(deps, { actor: changedBy, own: changer.role }, target, role)
      if (!changed.ok && changed.code !== 'already_so') return ok(refused('role', 'not_permitted'))
    }
    if (Object.keys(profile).length > 0) await changeProfileIn(deps, changedBy, target, profile)
    return ok('changed' as const)
  }
  const done =
    'person' in changedBy
      ? await actOnHeld(deps, { actor: changedBy, role }, userId, ['see'], work)
      : await actForOperator(deps, changedBy, { tenantId, userId }, work)
  return done.ok ? done.value : refused(null, done.code === 'not_found' ? 'not_there' : 'not_permitted')
}

function thereOf({ person, membership, relation }: Target, now: Date): There {
  return {
    userId: person.id,
    name: person.name,
    role: membership.role,
    locale: person.locale,
    guest: relation === 'guest',
    suspended: membership.suspended || person.suspended,
    service: isService(person, now),
  }
}
