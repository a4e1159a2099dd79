import { eventsAbout } from '../../audit/reading/service'
import { about } from '../../audit/rules'
import { recordEvent } from '../../audit/service'
import type { AuditEntry } from '../../audit/types'
import { endSessionsOf, sessionsOf } from '../../authentication/session/service'
import type { ListedSession } from '../../authentication/session/types'
import { endOpenAttempts } from '../../authentication/signin/attempt/service'
import type { DbOrTx, Tx } from '../../core/db'
import type { Deps, TransactionDeps } from '../../core/deps'
import { err, ok, type Result } from '../../core/kernel/result'
import { later } from '../../core/kernel/time'
import { transactResult } from '../../core/transaction'
import {
  asSeenBy,
  coverageOf,
  factsOf,
  factsOfKinds,
  factsOfOne,
  outcomeOf,
  traceSeenBy,
  type WantedPolicy,
  withPolicy,
} from '../../coverage/rules'
import { haveCodes, withoutMailbox } from '../../coverage/service'
import type { Coverage, CoverageFacts, Outcome, TraceStep } from '../../coverage/types'
import { devicesOf, type RegisteredDevice } from '../../credentials/device/service'
import { isConfirmed } from '../../credentials/factor/rules'
import { factorsOf, resetFactors } from '../../credentials/factor/service'
import { tellByText } from '../../credentials/factor/sms/service'
import { endLinks, makeLink } from '../../credentials/link/service'
import { ISSUED_LIFE } from '../../credentials/recovery/rules'
import { codesLeft, endCodes, endIssued, issuedUntil, keepIssued, makeIssued } from '../../credentials/recovery/service'
import { factorCounters, resetFactorCounters } from '../../credentials/throttle/service'
import type { FreshAdmin, Operator, TenantAdmin } from '../../identity/actor/types'
import { endExemption, exemptionDaysLeft, giveExemption } from '../../identity/exemption/service'
import { deliverableKinds, readKinds } from '../../identity/policy/rules'
import { issuesCodesForEndUsers, lockTenant, policyById } from '../../identity/policy/service'
import type { FactorKind, TypePolicy } from '../../identity/policy/types'
import {
  addressNewUntil,
  effectivePolicy,
  homeOf,
  mailboxCounts,
  normaliseEmail,
  roleIn,
  userTypeOf,
} from '../../identity/user/rules'
import {
  countActive,
  dropMembership,
  lockPerson,
  moveUserType,
  noteReset,
  peopleAlike,
  peopleByIds,
  personByEmail,
  personById,
  voidDevices,
} from '../../identity/user/service'
import type { MembershipView, Person, Role, TenantView, UserType } from '../../identity/user/types'
import { enqueueMail } from '../../messaging/mail/outbox-service'
import {
  may,
  mayGive,
  PAGE_SIZE,
  readPlace,
  relationOf,
  stretchesOf,
  stretchesOfOutcome,
  takesIssuedCodes,
  writePlace,
} from './rules'
import {
  countOwners,
  deleteMembership,
  findLastUse,
  findMembership,
  type ListedMembership,
  listManagers,
  listStretch,
  updateRequestsDone,
  updateRole,
  updateSuspended,
} from './store'
import {
  PEOPLE_ACTIONS,
  type PeopleAction,
  type PeoplePage,
  type PeopleQuery,
  type PersonRow,
  type Place,
  type Relation,
  type Stretch,
} from './types'

// ——— the list (M4) ———

/** One page of People > Users; every stretch goes along an index, from where the last page ended. */
export async function listPeople(
  deps: Pick<Deps, 'db' | 'clock'>,
  actor: TenantAdmin,
  query: PeopleQuery,
): Promise<PeoplePage> {
  const tenantId = actor.tenant.tenant.id
  const [policy, kinds] = await Promise.all([policyById(deps.db, tenantId), kindsAmong(deps.db, tenantId)])
  const scope = { tenant: actor.tenant.tenant, suspended: query.suspended }
  return pageOf(deps, scope, policy, stretchesOf(query, policy, kinds), query.from)
}

/** P2: those to whom one thing would happen under another policy. */
export async function listByOutcome(
  deps: Pick<Deps, 'db' | 'clock' | 'smsAvailable'>,
  actor: TenantAdmin,
  wanted: WantedPolicy,
  { outcome, userType, from }: { outcome: Outcome; userType: UserType | null; from: PeopleQuery['from'] },
): Promise<PeoplePage> {
  const tenantId = actor.tenant.tenant.id
  const kinds = await kindsAmong(deps.db, tenantId)
  const without = outcome === 'locked_out' ? await withoutMailbox(deps, tenantId, MOST_WITHOUT_MAILBOX) : []
  const deliverable = deliverableKinds(deps)
  const stretches = stretchesOfOutcome(outcome, userType, wanted, kinds, deliverable, without)
  const policy = await policyById(deps.db, tenantId)
  const asked = { team: { ...policy.team, ...wanted.team }, end: { ...policy.end, ...wanted.end } }
  const keep = (coverage: Coverage, facts: CoverageFacts) => outcomeOf(coverage, facts, deliverable) === outcome
  return pageOf(deps, { tenant: actor.tenant.tenant, suspended: false }, asked, stretches, from, keep)
}

async function kindsAmong(db: DbOrTx, tenantId: string): Promise<string[]> {
  return [...new Set((await peopleAlike(db, tenantId)).map(({ factorKinds }) => factorKinds))]
}

const LONG_STEP = 500
/** Steps of one page; what is beyond them is a page of its own, however few there are on this one. */
const MOST_STEPS = 12
/** More people than that whose mailbox proves nothing at once are counted and not named. */
const MOST_WITHOUT_MAILBOX = 5_000

interface Judged {
  at: number
  row: ListedMembership
  coverage: Coverage
}

async function pageOf(
  deps: Pick<Deps, 'db' | 'clock'>,
  { tenant, suspended }: { tenant: TenantView; suspended: boolean },
  asked: Record<UserType, TypePolicy>,
  stretches: readonly Stretch[],
  wished: PeopleQuery['from'],
  keep: (coverage: Coverage, facts: CoverageFacts) => boolean = () => true,
): Promise<PeoplePage> {
  const { db } = deps
  const now = deps.clock.now()
  const backwards = wished === 'last' || (typeof wished === 'object' && 'before' in wished)
  const place = placeOf(wished, stretches)
  const found: Judged[] = []
  const order = stretches.map((stretch, at) => ({ stretch, at }))
  const start = place?.stretch ?? (backwards ? stretches.length - 1 : 0)
  const ahead = backwards ? order.filter(({ at }) => at <= start).reverse() : order.filter(({ at }) => at >= start)
  let steps = 0
  let brokenOff: Place | null = null
  for (const { stretch, at } of ahead) {
    let from = place !== null && at === place.stretch ? place : null
    for (let rounds = 0; ; rounds += 1) {
      const wanted = PAGE_SIZE + 1 - found.length
      if (wanted <= 0 || brokenOff !== null) break
      // Where many are not what the stretch is looked through for, in larger steps.
      const limit = rounds === 0 ? wanted : Math.max(wanted, LONG_STEP)
      const rows = await listStretch(
        db,
        { tenantId: tenant.id, suspended },
        stretch,
        { place: from, backwards, limit },
        now,
      )
      for (const each of await judged(db, tenant, asked, rows, now)) {
        const { row, coverage, facts } = each
        const is = coverage.state ?? 'none'
        if ((stretch.status === null || is === stretch.status) && keep(coverage, facts))
          found.push({ at, row, coverage })
      }
      const last = rows.at(-1)
      if (last === undefined || rows.length < limit) break
      from = placeAt({ at, row: last }, stretches)
      steps += 1
      if (steps >= MOST_STEPS) brokenOff = from
    }
  }
  const more = found.length > PAGE_SIZE
  const page = found.slice(0, PAGE_SIZE)
  if (backwards) page.reverse()
  const textOf = (each: Judged | undefined) => (each === undefined ? null : writePlace(placeAt(each, stretches)))
  const on = !more && brokenOff !== null ? writePlace(brokenOff) : null
  const isStart = wished === 'first' || (backwards && !more && on === null)
  const isEnd = wished === 'last' || (!backwards && !more && on === null)
  return {
    rows: page.map(({ row, coverage }) => rowOf(row, tenant.id, coverage)),
    previous: isStart ? null : ((backwards ? on : null) ?? textOf(page[0])),
    next: isEnd ? null : ((backwards ? null : on) ?? textOf(page.at(-1))),
  }
}

/** What `coverageOf` says of each row; those about whom more decides are read as a whole. */
async function judged(
  db: DbOrTx,
  tenant: TenantView,
  asked: Record<UserType, TypePolicy>,
  rows: readonly ListedMembership[],
  now: Date,
): Promise<{ row: ListedMembership; coverage: Coverage; facts: CoverageFacts }[]> {
  const needsMore = (row: ListedMembership) => row.needsFullRead || row.suspended || !mailboxCounts(row.user, now)
  const people = await peopleByIds(
    db,
    rows.filter(needsMore).map(({ userId }) => userId),
  )
  const whole = new Map(people.map((person) => [person.id, person]))
  const hasCode = await haveCodes(db, people, now)
  return rows.map((row) => {
    const kinds = readKinds(row.factorKinds)
    const person = whole.get(row.userId)
    const { userType, exemptUntil, ownTwoFactor } = row
    const facts =
      person === undefined
        ? factsOfOne({ tenant, userType, policy: asked[userType], exemptUntil }, { factorKinds: kinds, ownTwoFactor })
        : withPolicy(factsOfKinds(person, kinds, now, hasCode(person)), tenant.id, asked)
    return { row, facts, coverage: asSeenBy(coverageOf(facts, now), tenant.id) }
  })
}

function placeOf(from: PeopleQuery['from'], stretches: readonly Stretch[]): Place | null {
  if (typeof from === 'string') return null
  const place = readPlace('after' in from ? from.after : from.before)
  return place !== null && place.stretch < stretches.length ? place : null
}

function placeAt({ at, row }: { at: number; row: ListedMembership }, stretches: readonly Stretch[]): Place {
  return { stretch: at, key: row[stretches[at]?.key ?? 'nameKey'], id: row.id }
}

function rowOf(row: ListedMembership, tenantId: string, coverage: Coverage): PersonRow {
  const { user } = row
  return {
    id: row.id,
    userId: row.userId,
    name: user.name,
    email: user.email,
    role: row.role,
    userType: row.userType,
    suspended: row.suspended,
    guest: user.tenantId !== tenantId,
    coverage,
    // U6: when a guest signs in is the home tenant's to know.
    lastSignInAt: user.tenantId === tenantId ? user.lastSignInAt : null,
  }
}

// ——— a person's page ———

/** Somebody, as an admin of this tenant may see them. */
export interface PersonView {
  person: Pick<Person, 'id' | 'name' | 'email'>
  role: Role
  userType: UserType
  relation: Relation
  suspendedAt: Date | null
  /** What happens at their next sign-in, and why (M9). */
  coverage: Coverage
  trace: readonly TraceStep[]
  exemptUntil: Date | null
  /** U9: the longest exemption that may be given now. */
  exemptDays: number
  /** R11: until when the address proves little, since somebody else gave it. */
  addressNewUntil: Date | null
  may: readonly PeopleAction[]
  /** R3: what is given up to one's own. */
  roles: readonly Role[]
  /** U6: of people at home here alone. */
  security: PersonSecurity | null
  events: Awaited<ReturnType<typeof eventsAbout>>
}

export interface PersonSecurity {
  createdAt: Date
  lastSignInAt: Date | null
  lastSecondFactorAt: Date | null
  /** E9. */
  resetAt: Date | null
  factors: readonly { id: string; kind: FactorKind; name: string; createdAt: Date; lastUsedAt: Date | null }[]
  codesLeft: number
  issuedUntil: Date | null
  devices: readonly RegisteredDevice[]
  sessions: readonly ListedSession[]
}

const EVENTS_SHOWN = 20

export interface Target {
  person: Person
  membership: MembershipView
  relation: Relation
}

/** S15: somebody of this tenant, whoever else they belong to; null is anybody else. */
async function targetOf(db: DbOrTx, actor: TenantAdmin, userId: string): Promise<Target | null> {
  const tenantId = actor.tenant.tenant.id
  const person = (await personById(db, userId))?.person
  const membership = person?.memberships.find((each) => each.tenant.id === tenantId)
  if (person === undefined || membership === undefined) return null
  return { person, membership, relation: relationOf(actor.person.id, tenantId, person) }
}

export async function viewPerson(deps: Deps, actor: TenantAdmin, userId: string): Promise<PersonView | null> {
  const { db } = deps
  const tenantId = actor.tenant.tenant.id
  const target = await targetOf(db, actor, userId)
  if (target === null) return null
  const { person, membership, relation } = target
  const [row, endUsers] = await Promise.all([
    findMembership(db, { tenantId, userId: person.id }),
    issuesCodesForEndUsers(db, tenantId),
  ])
  if (row === null) return null
  const can = (action: PeopleAction) => may(actor.tenant.role, action, relation, membership.role)
  const possible = PEOPLE_ACTIONS.filter(can).filter(
    (action) =>
      (action !== 'issue_code' || takesIssuedCodes(membership.userType, endUsers)) &&
      (action !== 'suspend' || !membership.suspended) &&
      (action !== 'reactivate' || membership.suspended),
  )
  const now = deps.clock.now()
  const facts = factsOf(person, await factorsOf(db, person.id), now)
  const coverage = asSeenBy(coverageOf(facts, now), tenantId)
  return {
    person: { id: person.id, name: person.name, email: person.email },
    role: membership.role,
    userType: membership.userType,
    relation,
    suspendedAt: row.suspendedAt,
    coverage,
    trace: traceSeenBy(facts, tenantId, now),
    exemptUntil: coverage.until,
    exemptDays: possible.includes('exempt') ? await exemptionDaysLeft(deps, { tenantId, userId: person.id }) : 0,
    addressNewUntil: addressNewUntil(person, now),
    may: possible,
    roles: (['owner', 'admin', 'agent', 'end_user'] as const).filter((role) => mayGive(actor.tenant.role, role)),
    security: can('see_security') ? await securityOf(deps, person) : null,
    events: await eventsAbout(db, { tenantId, subjectId: person.id }, EVENTS_SHOWN),
  }
}

async function securityOf(deps: Deps, person: Person): Promise<PersonSecurity> {
  const { db } = deps
  const [use, factors, left, issued, devices, sessions] = await Promise.all([
    findLastUse(db, person.id),
    factorsOf(db, person.id),
    codesLeft(db, person.id),
    issuedUntil(deps, person.id),
    devicesOf(deps, person, effectivePolicy(person)),
    sessionsOf(deps, person),
  ])
  if (use === null) throw new Error('a person without a row')
  return {
    ...use,
    resetAt: person.factorsResetAt,
    factors: factors
      .filter(isConfirmed)
      .map(({ id, kind, name, createdAt, lastUsedAt }) => ({ id, kind, name, createdAt, lastUsedAt })),
    codesLeft: left,
    issuedUntil: issued,
    devices,
    sessions,
  }
}

// ——— what is done to somebody ———

type Refused = 'not_found' | 'not_permitted'

function eventOf(
  actor: TenantAdmin,
  person: Person,
  kind: AuditEntry['kind'],
  more: Partial<AuditEntry> = {},
): AuditEntry {
  return {
    tenantId: actor.tenant.tenant.id,
    kind,
    actor: { kind: 'user', id: actor.person.id, name: actor.person.name },
    subject: { id: person.id, name: person.name },
    request: actor.request,
    ...more,
  }
}

/**
 * One act on one person: their row is held until the end, and both are judged by what their rows say then (S8, S14). A
 * refusal by the matrix is written down (ASVS 16.3.2).
 */
export async function actOnPerson<T, Code extends string = never>(
  deps: Deps,
  actor: FreshAdmin,
  userId: string,
  action: PeopleAction,
  work: (deps: TransactionDeps, target: Target) => Promise<Result<T, Code>>,
): Promise<Result<T, Refused | Code>> {
  const tenantId = actor.tenant.tenant.id
  const done = await transactResult(deps, async (deps): Promise<Result<T, Refused | Code>> => {
    // Two changes of owners come one after the other.
    await lockTenant(deps.db, tenantId)
    await lockPerson(deps.db, userId)
    const target = await targetOf(deps.db, actor, userId)
    if (target === null) return err('not_found')
    const now = (await personById(deps.db, actor.person.id))?.person
    const role = now === undefined ? null : roleIn(now, tenantId)
    if (role === null || !may(role, action, target.relation, target.membership.role)) return err('not_permitted')
    return work(deps, target)
  })
  if (!done.ok && done.code === 'not_permitted') {
    await recordEvent(deps, {
      tenantId,
      kind: 'access_denied',
      actor: { kind: 'user', id: actor.person.id, name: actor.person.name },
      request: actor.request,
      data: { action },
    })
  }
  return done
}

function mailTo(person: Person, locale: string) {
  return { to: person.email, userId: person.id, tenantId: person.tenantId, locale: person.locale ?? locale }
}

export interface ResetOutcome {
  /** R5: the code of "issue one as well", shown once. */
  code: string | null
}

/**
 * R5, E9: factors, saved and issued codes and trust are gone, sessions, open attempts and unfinished enrolments end, the
 * counters of guesses begin anew (security.md 3.3); the person is told with a link that stops it. With `withCode` a
 * recovery code is issued as well.
 */
export async function resetTwoFactor(
  deps: Deps,
  actor: FreshAdmin,
  userId: string,
  input: { reason: string; withCode: boolean },
): Promise<Result<ResetOutcome, Refused | 'busy' | 'codes_not_allowed'>> {
  const made = input.withCode ? await makeIssued(deps, userId) : null
  if (made !== null && !made.ok) return made
  return actOnPerson(
    deps,
    actor,
    userId,
    'reset_2fa',
    async (deps, target): Promise<Result<ResetOutcome, 'codes_not_allowed'>> => {
      if (made !== null && !(await mayHoldIssued(deps, target))) return err('codes_not_allowed')
      await resetIn(deps, actor, target.person, input.reason)
      if (made !== null) await issueIn(deps, actor, target.person, made.value.row, input.reason)
      return ok({ code: made?.value.code ?? null })
    },
  )
}

export async function resetIn(deps: TransactionDeps, actor: FreshAdmin, person: Person, reason: string): Promise<void> {
  const by = { actor: { kind: 'user' as const, id: actor.person.id, name: actor.person.name }, request: actor.request }
  // R6: asked for or not, a request that waits has its answer, and nothing is left to approve or to cancel.
  if ((await updateRequestsDone(deps.db, person.id, actor.person.id, deps.clock.now())) > 0) {
    await recordEvent(deps, eventOf(actor, person, 'reset_approved', { data: { reason } }))
  }
  await endLinks(deps, person.id, ['cancel'])
  await tellByText(deps, person, 'sms_factors_reset', actor.locale)
  const kinds = await resetFactors(deps, person, by)
  await endCodes(deps, person.id)
  await noteReset(deps.db, person, deps.clock.now())
  const ended = await endSessionsOf(deps, person.id, {})
  await endOpenAttempts(deps, person.id)
  await resetFactorCounters(deps.db, factorCounters(person.id, null))
  await recordEvent(deps, eventOf(actor, person, 'factors_reset', { data: { reason, kinds: kinds.join(' '), ended } }))
  const link = await makeLink(deps, { kind: 'stop', userId: person.id })
  const values = { by: actor.person.name, link }
  await enqueueMail(deps, { ...mailTo(person, actor.locale), template: 'factors_reset', values })
}

/** R3, R4, S10: the code is the value of this one result; earlier issued ones die, the person and the other owners are told. */
export async function issueCode(
  deps: Deps,
  actor: FreshAdmin,
  userId: string,
  reason: string,
): Promise<Result<{ code: string }, Refused | 'busy' | 'codes_not_allowed'>> {
  const made = await makeIssued(deps, userId)
  if (!made.ok) return made
  return actOnPerson(
    deps,
    actor,
    userId,
    'issue_code',
    async (deps, target): Promise<Result<{ code: string }, 'codes_not_allowed'>> => {
      if (!(await mayHoldIssued(deps, target))) return err('codes_not_allowed')
      await issueIn(deps, actor, target.person, made.value.row, reason)
      return ok({ code: made.value.code })
    },
  )
}

/** Read under the tenant's lock: no code comes out once it was forbidden (R4, S8). */
async function mayHoldIssued({ db }: TransactionDeps, { membership }: Target): Promise<boolean> {
  return takesIssuedCodes(membership.userType, await issuesCodesForEndUsers(db, membership.tenant.id))
}

async function issueIn(
  deps: TransactionDeps,
  actor: FreshAdmin,
  person: Person,
  row: Parameters<typeof keepIssued>[1],
  reason: string,
): Promise<void> {
  await keepIssued(deps, row, { issuedById: actor.person.id, reason })
  await recordEvent(deps, eventOf(actor, person, 'recovery_code_issued', { data: { reason } }))
  const link = await makeLink(deps, { kind: 'stop', userId: person.id })
  const by = actor.person.name
  const values = { by, minutes: ISSUED_LIFE / 60_000, link }
  await enqueueMail(deps, { ...mailTo(person, actor.locale), template: 'recovery_code_issued', values })
  await tellByText(deps, person, 'sms_code_issued', actor.locale)
  for (const owner of await managersOf(deps.db, actor.tenant.tenant.id, ['owner'])) {
    if (owner.userId === actor.person.id || owner.userId === person.id) continue
    await enqueueMail(deps, {
      ...owner.reader,
      locale: owner.reader.locale ?? actor.locale,
      template: 'recovery_code_issued_other',
      values: { by, person: person.name, reason },
    })
  }
}

/** No more than this many are mailed of one event. */
const MOST_TOLD = 50

/** Those who look after a tenant, as mails go to them. */
export async function managersOf(tx: Tx, tenantId: string, roles: readonly Role[] = ['owner', 'admin']) {
  const rows = await listManagers(tx, tenantId, roles, MOST_TOLD)
  return rows.map(({ userId, role, user }) => ({
    userId,
    role,
    name: user.name,
    reader: { to: user.email, userId, tenantId: user.tenantId, locale: user.locale },
  }))
}

/** SE1: all sessions of a person, or one; over at their next request. */
export function endSessionsOfPerson(
  deps: Deps,
  actor: FreshAdmin,
  userId: string,
  sessionId: string | null,
): Promise<Result<{ ended: number }, Refused>> {
  return actOnPerson(deps, actor, userId, 'end_sessions', async (deps, { person }) => {
    const ended = await endSessionsOf(deps, person.id, sessionId === null ? {} : { id: sessionId })
    if (sessionId === null) await endOpenAttempts(deps, person.id)
    await recordEvent(deps, eventOf(actor, person, 'session_ended', { data: { ended } }))
    return ok({ ended })
  })
}

/** SE4: sessions, open attempts and device trust of a person end together; the next sign-in asks for everything anew. */
export function containPerson(
  deps: Deps,
  actor: FreshAdmin,
  userId: string,
): Promise<Result<{ ended: number }, Refused>> {
  return actOnPerson(deps, actor, userId, 'end_sessions', async (deps, { person }) => {
    const ended = await endSessionsOf(deps, person.id, {})
    await endOpenAttempts(deps, person.id)
    await voidDevices(deps.db, person.id, deps.clock.now())
    await recordEvent(deps, eventOf(actor, person, 'contained', { data: { of: 'person', ended } }))
    return ok({ ended })
  })
}

/** D4: what is known or trusted of this person is neither any more; one write. */
export function forgetDevicesOf(deps: Deps, actor: FreshAdmin, userId: string): Promise<Result<null, Refused>> {
  return actOnPerson(deps, actor, userId, 'forget_devices', async (deps, { person }) => {
    await voidDevices(deps.db, person.id, deps.clock.now())
    await recordEvent(deps, eventOf(actor, person, 'devices_forgotten', { data: { of: 'person' } }))
    return ok(null)
  })
}

/** Sessions, tokens, open attempts, trust, issued codes and mailed links end at once. */
export function suspend(
  deps: Deps,
  actor: FreshAdmin,
  userId: string,
  reason: string,
): Promise<Result<null, Refused | 'last_owner' | 'already_so'>> {
  return actOnPerson(
    deps,
    actor,
    userId,
    'suspend',
    async (deps, { person, membership }): Promise<Result<null, 'last_owner' | 'already_so'>> => {
      const now = deps.clock.now()
      const tenantId = membership.tenant.id
      if (membership.role === 'owner' && (await countOwners(deps.db, tenantId, person.id)) === 0)
        return err('last_owner')
      if (!(await updateSuspended(deps.db, { tenantId, userId: person.id }, true, now))) return err('already_so')
      await countActive(deps.db, { tenantId, userId: person.id })
      const ended = await endSessionsOf(deps, person.id, {})
      await endOpenAttempts(deps, person.id)
      await voidDevices(deps.db, person.id, now)
      await endIssued(deps, person.id)
      await endLinks(deps, person.id, ['magic', 'reset', 'address'])
      await recordEvent(deps, eventOf(actor, person, 'user_suspended', { data: { reason, ended } }))
      return ok(null)
    },
  )
}

export function reactivate(
  deps: Deps,
  actor: FreshAdmin,
  userId: string,
): Promise<Result<null, Refused | 'already_so'>> {
  return actOnPerson(
    deps,
    actor,
    userId,
    'reactivate',
    async (deps, { person, membership }): Promise<Result<null, 'already_so'>> => {
      const scope = { tenantId: membership.tenant.id, userId: person.id }
      if (!(await updateSuspended(deps.db, scope, false, deps.clock.now()))) return err('already_so')
      await countActive(deps.db, scope)
      await recordEvent(deps, eventOf(actor, person, 'user_reactivated'))
      return ok(null)
    },
  )
}

/** Acts at the next request of the person (S8). Nobody gives a higher role than their own; one owner always stays. */
export function changeRole(
  deps: Deps,
  actor: FreshAdmin,
  userId: string,
  role: Role,
): Promise<Result<null, Refused | 'last_owner' | 'already_so'>> {
  return actOnPerson(
    deps,
    actor,
    userId,
    'change_role',
    async (deps, { person, membership }): Promise<Result<null, Refused | 'last_owner' | 'already_so'>> => {
      const tenantId = membership.tenant.id
      const own = (await personById(deps.db, actor.person.id))?.person.memberships.find(
        (each) => each.tenant.id === tenantId,
      )
      if (own === undefined || !mayGive(own.role, role)) return err('not_permitted')
      if (membership.role === role) return err('already_so')
      if (membership.role === 'owner' && (await countOwners(deps.db, tenantId, person.id)) === 0)
        return err('last_owner')
      const to = { role, userType: userTypeOf(role) }
      const scope = { tenantId, userId: person.id }
      const change = () => updateRole(deps.db, { ...scope, role: membership.role }, to)
      if (!(await moveUserType(deps.db, scope, to.userType, change))) return err('already_so')
      // SE4: marks are of a type: what the old type's ended must not be good again under the new one's.
      if (to.userType !== membership.userType && membership.policy.sessionsVoidedAt !== null) {
        await endSessionsOf(deps, person.id, {})
        await endOpenAttempts(deps, person.id)
        await voidDevices(deps.db, person.id, deps.clock.now())
      }
      // U9: it was given to the role before, by whoever may judge that one.
      if (await endExemption(deps, { tenantId, userId: person.id })) {
        await recordEvent(deps, eventOf(actor, person, 'exemption_ended'))
      }
      await recordEvent(
        deps,
        eventOf(actor, person, 'role_changed', { data: { before: membership.role, after: role } }),
      )
      return ok(null)
    },
  )
}

// ——— exemptions (U9) ———

/** U9: without the requirement for some days, with a reason; not in tenants of U7, and never a higher role (R3). */
export async function exempt(
  deps: Deps,
  actor: FreshAdmin,
  userId: string,
  input: { days: number; reason: string },
): Promise<Result<{ until: Date }, Refused | 'no_days_left' | 'partner_in_production'>> {
  return actOnPerson(
    deps,
    actor,
    userId,
    'exempt',
    async (
      deps,
      { person, membership },
    ): Promise<Result<{ until: Date }, 'no_days_left' | 'partner_in_production'>> => {
      const { kind, stage } = membership.tenant
      if (kind === 'partner' && stage === 'production') return err('partner_in_production')
      const { reason } = input
      const scope = { tenantId: membership.tenant.id, userId: person.id }
      const wish = { givenById: actor.person.id, reason, wanted: input.days }
      const until = await giveExemption(deps, scope, wish)
      if (until === null) return err('no_days_left')
      const data = { reason, until: until.toISOString() }
      await recordEvent(deps, eventOf(actor, person, 'exemption_given', { data }))
      const values = { by: actor.person.name, until }
      await enqueueMail(deps, { ...mailTo(person, actor.locale), template: 'exempted', values })
      return ok({ until })
    },
  )
}

export function endExemptionOf(
  deps: Deps,
  actor: FreshAdmin,
  userId: string,
): Promise<Result<null, Refused | 'already_so'>> {
  return actOnPerson(
    deps,
    actor,
    userId,
    'exempt',
    async (deps, { person, membership }): Promise<Result<null, 'already_so'>> => {
      const scope = { tenantId: membership.tenant.id, userId: person.id }
      if (!(await endExemption(deps, scope))) return err('already_so')
      await recordEvent(deps, eventOf(actor, person, 'exemption_ended'))
      return ok(null)
    },
  )
}

/** U6: all that a host may end of a guest. */
export function endMembership(
  deps: Deps,
  actor: FreshAdmin,
  userId: string,
  reason: string,
): Promise<Result<null, Refused>> {
  return actOnPerson(
    deps,
    actor,
    userId,
    'end_membership',
    async (deps, { person, membership }): Promise<Result<null, Refused>> => {
      const scope = { tenantId: membership.tenant.id, userId: person.id }
      if (!(await dropMembership(deps.db, scope, () => deleteMembership(deps.db, scope)))) return err('not_found')
      await recordEvent(deps, eventOf(actor, person, 'membership_ended', { data: { reason } }))
      return ok(null)
    },
  )
}

// ——— break-glass (R8) ———

/** R8: an issued code for an owner, by somebody with the server in hand; every owner and admin is told. */
export async function breakGlass(
  deps: Deps,
  operator: Operator,
  input: { email: string; reason: string },
): Promise<Result<{ code: string; until: Date }, 'nobody' | 'not_an_owner' | 'busy'>> {
  const email = normaliseEmail(input.email)
  const found = email.ok ? await personByEmail(deps.db, email.value) : null
  if (found === null || homeOf(found.person) === null) return err('nobody')
  const { id: userId, tenantId } = found.person
  if (roleIn(found.person, tenantId) !== 'owner') return err('not_an_owner')
  const made = await makeIssued(deps, userId)
  if (!made.ok) return made
  const { reason } = input
  const until = later(made.value.row.createdAt, ISSUED_LIFE)
  return transactResult(deps, async (deps): Promise<Result<{ code: string; until: Date }, 'not_an_owner'>> => {
    await lockTenant(deps.db, tenantId)
    await lockPerson(deps.db, userId)
    // Somebody may have suspended or demoted them while the code was hashed.
    const person = (await personById(deps.db, userId))?.person
    if (person === undefined || roleIn(person, tenantId) !== 'owner') return err('not_an_owner')
    await keepIssued(deps, made.value.row, { issuedById: null, reason })
    await recordEvent(deps, {
      kind: 'break_glass',
      actor: { kind: 'operator' },
      ...about(person),
      request: operator.request,
      data: { reason },
    })
    for (const { reader } of await managersOf(deps.db, tenantId)) {
      await enqueueMail(deps, { ...reader, template: 'break_glass', values: { person: person.name, reason } })
    }
    return ok({ code: made.value.code, until })
  })
}
