import { eventsOfKind } from '../audit/reading/service'
import type { DbOrTx } from '../core/db'
import type { Deps } from '../core/deps'
import { days, earlier } from '../core/kernel/time'
import { factorsOf } from '../credentials/factor/service'
import { codeHolders } from '../credentials/recovery/service'
import type { Operator, Overseer, PartnerAdmin } from '../identity/actor/types'
import { deliverableKinds, readKinds } from '../identity/policy/rules'
import { policiesById, policyById } from '../identity/policy/service'
import type { FactorKind, TypePolicy } from '../identity/policy/types'
import { openVoid, peopleAlike } from '../identity/user/membership/service'
import { GIVEN_ADDRESS_DAYS, mailboxCounts, normaliseEmail, userTypeOf } from '../identity/user/rules'
import { peopleByIds, personByEmail } from '../identity/user/service'
import type { Person, TenantView, UserType } from '../identity/user/types'
import {
  addTo,
  coverageOf,
  factsOf,
  factsOfKinds,
  factsOfOne,
  membershipIn,
  noCounts,
  outcomeOf,
  readinessOf,
  traceOf,
  type WantedPolicy,
  withPolicy,
} from './rules'
import { countAtRisk, countInvited, countSuspended, listFactorKinds, listUnlike, listWithoutMailbox } from './store'
import type { Coverage, CoverageCounts, CoverageFacts, TraceStep, TypeCounts } from './types'

type Needs = Pick<Deps, 'db' | 'clock' | 'smsAvailable'>

/** How many are in which state today: the one place that counts them (P9, M6). */
export async function viewCoverage(deps: Needs, actor: Overseer): Promise<CoverageCounts> {
  const { tenant } = actor.tenant
  const [policy, atRisk, alike] = await Promise.all([
    policyById(deps.db, tenant.id),
    atRiskIn(deps.db, tenant.id),
    peopleAlike(deps.db, tenant.id),
  ])
  const readiness = readinessOf(
    atRisk,
    alike.map(({ factorKinds, people }) => ({ factorKinds: readKinds(factorKinds), people })),
  )
  const required = { team: policy.team.required, end: policy.end.required }
  return { types: await countCoverage(deps, tenant, policy), required, atRisk, readiness }
}

/** What would happen at the next sign-in of how many, if the policy were another one (P2). */
export async function previewCounts(
  deps: Needs,
  actor: Overseer,
  wanted: WantedPolicy,
): Promise<Record<UserType, TypeCounts>> {
  const { tenant } = actor.tenant
  const policy = await policyById(deps.db, tenant.id)
  return countCoverage(deps, tenant, {
    team: { ...policy.team, ...wanted.team },
    end: { ...policy.end, ...wanted.end },
  })
}

/** The same of several tenants below a partner, by as many statements as of one (P9, T1). */
export async function viewCoverageBelow(
  deps: Needs,
  _actor: PartnerAdmin,
  tenants: readonly TenantView[],
): Promise<Map<string, Record<UserType, TypeCounts>>> {
  const ids = tenants.map(({ id }) => id)
  const policies = new Map((await policiesById(deps.db, ids)).map((policy) => [policy.tenantId, policy]))
  return countCoverageOf(
    deps,
    tenants.flatMap((tenant) => {
      const policy = policies.get(tenant.id)
      return policy === undefined ? [] : [{ tenant, policy }]
    }),
  )
}

export interface Why {
  person: { id: string; name: string; email: string }
  coverage: Coverage
  trace: readonly TraceStep[]
  /** What the log says of the last ones, the newest first. */
  signIns: readonly { at: Date; decision: string | null; rule: string | null; level: string | null }[]
}

const SIGN_INS_SHOWN = 5

/** By somebody with the server in hand (M9); null where nobody has the address. */
export async function whyOf(deps: Pick<Deps, 'db' | 'clock'>, _operator: Operator, typed: string): Promise<Why | null> {
  const email = normaliseEmail(typed)
  const person = email.ok ? (await personByEmail(deps.db, email.value))?.person : undefined
  if (person === undefined) return null
  const now = deps.clock.now()
  const facts = factsOf(person, await factorsOf(deps.db, person.id), now)
  const scope = { tenantId: person.tenantId, subjectId: person.id, kind: 'sign_in_succeeded' as const }
  const events = await eventsOfKind(deps.db, scope, SIGN_INS_SHOWN)
  return {
    person: { id: person.id, name: person.name, email: person.email },
    coverage: coverageOf(facts, now),
    trace: traceOf(facts, now),
    signIns: events.map(({ at, data }) => ({
      at,
      decision: textOf(data.decision),
      rule: textOf(data.rule),
      level: textOf(data.level),
    })),
  }
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}

const BATCH = 500

interface Asking {
  tenant: TenantView
  policy: Record<UserType, TypePolicy>
}

async function countCoverage(
  deps: Needs,
  tenant: TenantView,
  policy: Record<UserType, TypePolicy>,
): Promise<Record<UserType, TypeCounts>> {
  const counted = await countCoverageOf(deps, [{ tenant, policy }])
  return counted.get(tenant.id) ?? { team: noCounts(), end: noCounts() }
}

/**
 * From counters of people who are alike, however many there are; then those about whom more decides are read one by
 * one, and moved from what their counter says to what is so.
 */
async function countCoverageOf(
  deps: Needs,
  asking: readonly Asking[],
): Promise<Map<string, Record<UserType, TypeCounts>>> {
  const { db } = deps
  const now = deps.clock.now()
  const kinds = deliverableKinds(deps)
  const ids = asking.map(({ tenant }) => tenant.id)
  const all = new Map(
    asking.map((each) => [each.tenant.id, { ...each, counts: { team: noCounts(), end: noCounts() } }]),
  )
  if (ids.length === 0) return new Map()
  const add = (counts: TypeCounts, facts: CoverageFacts, people: number) => {
    const coverage = coverageOf(facts, now)
    addTo(counts, coverage, outcomeOf(coverage, facts, kinds), people)
  }
  const alone = (
    { tenant, policy }: Asking,
    userType: UserType,
    factorKinds: readonly FactorKind[],
    ownTwoFactor: boolean,
  ) => factsOfOne({ tenant, userType, policy: policy[userType], exemptUntil: null }, { factorKinds, ownTwoFactor })
  for (const { tenantId, userType, factorKinds, ownTwoFactor, people } of await peopleAlike(db, ...ids)) {
    const of = all.get(tenantId)
    if (of !== undefined) add(of.counts[userType], alone(of, userType, readKinds(factorKinds), ownTwoFactor), people)
  }
  for await (const people of unlike(db, ids, now)) {
    for (const { tenantId, person, counted, factorKinds, hasCode } of people) {
      const of = all.get(tenantId)
      const membership = membershipIn(person, tenantId)
      if (membership === null || of === undefined) continue
      const { userType } = membership
      add(of.counts[userType], alone(of, userType, counted.factorKinds, counted.ownTwoFactor), -1)
      add(of.counts[userType], withPolicy(factsOfKinds(person, factorKinds, now, hasCode), tenantId, of.policy), 1)
    }
  }
  const [invited, suspended] = await Promise.all([countInvited(db, ids), countSuspended(db, ids)])
  for (const { tenantId, role, people } of invited) {
    const counts = all.get(tenantId)?.counts[userTypeOf(role)]
    if (counts !== undefined) counts.invited += people
  }
  for (const { tenantId, userType, people } of suspended) {
    const counts = all.get(tenantId)?.counts[userType]
    if (counts !== undefined) counts.suspended = people
  }
  for (const of of all.values()) {
    for (const type of ['team', 'end'] as const) {
      const facts = alone(of, type, [], false)
      const outcome = outcomeOf(coverageOf(facts, now), facts, kinds)
      of.counts[type].invitedOutcome = outcome === 'fine' ? null : outcome
    }
  }
  return new Map([...all].map(([id, { counts }]) => [id, counts]))
}

/** How many are invited as what: whoever is counts as that everywhere, and never as done (P9). */
export async function invitedByType(db: DbOrTx, tenantId: string): Promise<Record<UserType, number>> {
  const invited = { team: 0, end: 0 }
  for (const { role, people } of await countInvited(db, [tenantId])) invited[userTypeOf(role)] += people
  return invited
}

/** Without those who have nothing left to lose, since 2FA was turned off here (P6, M6). */
async function atRiskIn(db: DbOrTx, tenantId: string): Promise<number> {
  return countAtRisk(db, tenantId, await openVoid(db, tenantId))
}

interface Unlike {
  tenantId: string
  person: Person
  /** As the counters of the tenant have them. */
  counted: { factorKinds: FactorKind[]; ownTwoFactor: boolean }
  factorKinds: FactorKind[]
  hasCode: boolean
}

async function* unlike(db: DbOrTx, tenantIds: readonly string[], now: Date): AsyncGenerator<Unlike[]> {
  for (const which of ['needsFullRead', 'exempt'] as const) {
    yield* inBatches(async (afterId) => {
      const rows = await listUnlike(db, { tenantIds, which, afterId }, now, BATCH)
      const people = await withKinds(db, rows, now)
      return { people, last: rows.at(-1)?.id ?? null }
    })
  }
  const givenAfter = earlier(now, days(GIVEN_ADDRESS_DAYS))
  yield* inBatches(async (afterId) => {
    const rows = await listWithoutMailbox(db, { tenantIds, afterId }, givenAfter, BATCH)
    const people = await withKinds(
      db,
      rows.map(({ id, tenantId }) => ({ userId: id, tenantId })),
      now,
    )
    // Those who are exempt, or have more time, were read above.
    const lasts = (until: Date | null | undefined) => until instanceof Date && until > now
    const rest = people.filter(({ person, tenantId }) => {
      const membership = membershipIn(person, tenantId)
      return !lasts(membership?.exemptUntil) && !lasts(membership?.moreTimeUntil)
    })
    return { people: rest, last: rows.at(-1)?.id ?? null }
  })
}

/**
 * People at home in a tenant, of one membership alone, whose mailbox proves nothing now (S20, R11); the first of them.
 */
export async function withoutMailbox({ db, clock }: Pick<Deps, 'db' | 'clock'>, tenantId: string, limit: number) {
  const givenAfter = earlier(clock.now(), days(GIVEN_ADDRESS_DAYS))
  return (await listWithoutMailbox(db, { tenantIds: [tenantId], afterId: '' }, givenAfter, limit)).map(({ id }) => id)
}

const NOTHING = { factorKinds: [], ownTwoFactor: false }

async function* inBatches(
  read: (afterId: string) => Promise<{ people: Unlike[]; last: string | null }>,
): AsyncGenerator<Unlike[]> {
  for (let afterId: string | null = ''; afterId !== null; ) {
    const { people, last }: { people: Unlike[]; last: string | null } = await read(afterId)
    yield people
    afterId = last
  }
}

async function withKinds(
  db: DbOrTx,
  members: readonly { tenantId: string; userId: string }[],
  now: Date,
): Promise<Unlike[]> {
  if (members.length === 0) return []
  const userIds = [...new Set(members.map(({ userId }) => userId))]
  const tenantIds = [...new Set(members.map(({ tenantId }) => tenantId))]
  const people = new Map((await peopleByIds(db, userIds)).map((person) => [person.id, person]))
  const listed = await listFactorKinds(db, { tenantIds, userIds })
  const rows = new Map(listed.map((row) => [`${row.tenantId} ${row.userId}`, row]))
  const hasCode = await haveCodes(db, [...people.values()], now)
  return members.flatMap(({ tenantId, userId }) => {
    const person = people.get(userId)
    if (person === undefined) return []
    const row = rows.get(`${tenantId} ${userId}`)
    const factorKinds = readKinds(row?.factorKinds ?? '')
    // Counters of the home tenant were set when it turned 2FA off, those of hosts follow with the rows (P6).
    const isGone = person.factorsVoided && person.tenantId === tenantId
    const counted = isGone ? NOTHING : { factorKinds, ownTwoFactor: row?.ownTwoFactor ?? false }
    return [{ tenantId, person, counted, factorKinds, hasCode: hasCode(person) }]
  })
}

/** Whether somebody has an unused code; looked up of those alone for whom it matters. */
export async function haveCodes(
  db: DbOrTx,
  people: readonly Person[],
  now: Date,
): Promise<(person: Pick<Person, 'id'>) => boolean> {
  const asked = people.filter((person) => !mailboxCounts(person, now)).map(({ id }) => id)
  const holders = await codeHolders(db, asked, now)
  return ({ id }) => !asked.includes(id) || holders.has(id)
}
