import { sha256 } from '../../../core/crypto/digest'
import { type DbOrTx, passOver } from '../../../core/db'
import type { Deps } from '../../../core/deps'
import {
  asSeenBy,
  countedState,
  coverageOf,
  factsOfKinds,
  factsOfOne,
  outcomeOf,
  type WantedPolicy,
  withPolicy,
} from '../../../coverage/rules'
import { haveCodes, withoutMailbox } from '../../../coverage/service'
import { typesWithTime } from '../../../coverage/time/rules'
import type { Coverage, CoverageFacts, Outcome } from '../../../coverage/types'
import type { Overseer, TenantAdmin } from '../../../identity/actor/types'
import { deliverableKinds, readKinds } from '../../../identity/policy/rules'
import { policyById } from '../../../identity/policy/service'
import type { TypePolicy } from '../../../identity/policy/types'
import { lookAlikesAmong, openVoid, peopleAlike } from '../../../identity/user/membership/service'
import { mailboxCounts } from '../../../identity/user/rules'
import { peopleByIds } from '../../../identity/user/service'
import type { TenantView, UserType } from '../../../identity/user/types'
import { ANYBODY, PAGE_SIZE, readCursor, segmentsOf, segmentsOfOutcome, turned, writeCursor } from './rules'
import { readPeopleQuery } from './schema'
import { type ListedMembership, listSegment } from './store'
import type { Cursor, PeoplePage, PeopleQuery, PersonRow, Segment } from './types'

/** One page of People > Users; every segment goes along an index, from where the last page ended. */
export async function listPeople(
  deps: Pick<Deps, 'db' | 'clock'>,
  actor: Overseer,
  query: PeopleQuery,
): Promise<PeoplePage> {
  const tenantId = actor.tenant.tenant.id
  const [policy, kinds, mark] = await Promise.all([
    policyById(deps.db, tenantId),
    kindsAmong(deps.db, tenantId),
    openVoid(deps.db, tenantId),
  ])
  const isVoiding = mark !== null
  const scope = { tenant: actor.tenant.tenant, suspended: query.suspended, isVoiding }
  const list = { ...scope, asked: policy, segments: segmentsOf(query, policy, kinds, isVoiding), keep: () => true }
  if (!query.descending) return pageOf(deps, list, query.from)
  const { rows, previous, next } = await pageOf(deps, list, turned(query.from))
  return { rows: rows.toReversed(), previous: next, next: previous }
}

/** Those to whom one thing would happen under another policy (P2). */
export async function listByOutcome(
  deps: Pick<Deps, 'db' | 'clock' | 'smsAvailable'>,
  actor: TenantAdmin,
  wanted: WantedPolicy,
  { outcome, userType, from }: { outcome: Outcome; userType: UserType | null; from: PeopleQuery['from'] },
): Promise<PeoplePage> {
  const tenantId = actor.tenant.tenant.id
  const kinds = await kindsAmong(deps.db, tenantId)
  const without = outcome === 'locked_out' ? await withoutMailbox(deps, tenantId, MAX_WITHOUT_MAILBOX) : []
  const deliverable = deliverableKinds(deps)
  const policy = await policyById(deps.db, tenantId)
  const asked = { team: { ...policy.team, ...wanted.team }, end: { ...policy.end, ...wanted.end } }
  const lasting = typesWithTime(actor.tenant.tenant, asked, deps.clock.now())
  const isVoiding = (await openVoid(deps.db, tenantId)) !== null
  const segments = segmentsOfOutcome(outcome, userType, wanted, kinds, deliverable, without, lasting, isVoiding)
  const keep = (coverage: Coverage, facts: CoverageFacts) => outcomeOf(coverage, facts, deliverable) === outcome
  return pageOf(deps, { tenant: actor.tenant.tenant, suspended: false, asked, segments, keep, isVoiding }, from)
}

/**
 * For many at once (X7): those of a list, by the filter of its page, who were there at a time, `limit` rows looked
 * at, from where the part before ended. A list that is read along other segments by now begins anew; nobody is
 * missed, and whoever comes twice is known by their id.
 */
export async function peopleFrom(
  deps: Pick<Deps, 'db' | 'clock'>,
  tenant: TenantView,
  filter: string,
  { after, until, limit }: { after: string | null; until: Date; limit: number },
): Promise<{ rows: readonly PersonRow[]; next: string | null }> {
  const query = readPeopleQuery(Object.fromEntries(new URLSearchParams(filter)))
  const [policy, kinds, voided] = await Promise.all([
    policyById(deps.db, tenant.id),
    kindsAmong(deps.db, tenant.id),
    openVoid(deps.db, tenant.id),
  ])
  const isVoiding = voided !== null
  // Names move least while it is read.
  const segments = segmentsOf({ ...query, sort: 'name' }, policy, kinds, isVoiding)
  const mark = sha256(JSON.stringify(segments))
  const [markBefore, ...place] = (after ?? '').split(' ')
  const start = markBefore === mark ? cursorOf({ after: place.join(' ') }, segments) : null
  const scope = { tenantId: tenant.id, suspended: query.suspended, until }
  const now = deps.clock.now()
  const found: PersonRow[] = []
  let looked = 0
  for (const { segment, number } of segmentsFrom(segments, start, false)) {
    const cursor = start?.segment === number ? start : null
    const from = { cursor, backwards: false, limit: limit - looked }
    const rows = await passOver((without) => listSegment(deps.db, scope, segment, from, now, without))
    for (const { row, coverage, atRisk } of await judged(deps.db, { tenant, asked: policy, isVoiding }, rows, now)) {
      const isOfStatus = segment.status === null || (coverage.state ?? 'none') === segment.status
      if (isOfStatus && (segment.atRisk === null || atRisk)) found.push(rowOf(row, tenant.id, coverage, new Set()))
    }
    looked += rows.length
    const last = rows.at(-1)
    if (last === undefined || looked < limit) continue
    return { rows: found, next: `${mark} ${writeCursor({ segment: number, key: last[segment.key], id: last.id })}` }
  }
  return { rows: found, next: null }
}

/** Those of these people who are of this tenant. */
export async function peopleAmong(
  deps: Pick<Deps, 'db' | 'clock'>,
  tenant: TenantView,
  userIds: readonly string[],
): Promise<readonly PersonRow[]> {
  const policy = await policyById(deps.db, tenant.id)
  const now = deps.clock.now()
  const from = { cursor: null, backwards: false, limit: userIds.length }
  const among = { ...ANYBODY, among: userIds }
  const rows = await Promise.all(
    [false, true].map((suspended) =>
      passOver((without) => listSegment(deps.db, { tenantId: tenant.id, suspended }, among, from, now, without)),
    ),
  )
  const isVoiding = (await openVoid(deps.db, tenant.id)) !== null
  const all = await judged(deps.db, { tenant, asked: policy, isVoiding }, rows.flat(), now)
  return all.map(({ row, coverage }) => rowOf(row, tenant.id, coverage, new Set()))
}

async function kindsAmong(db: DbOrTx, tenantId: string): Promise<string[]> {
  return [...new Set((await peopleAlike(db, tenantId)).map(({ factorKinds }) => factorKinds))]
}

const LONG_STEP = 500
/** Steps of one page; what is beyond them is a page of its own, however few there are on this one. */
const MAX_STEPS = 12
/** More people than that whose mailbox proves nothing at once are counted and not named. */
const MAX_WITHOUT_MAILBOX = 5_000

/** What a list is read from: segments one after the other, and which of their rows belong to it. */
interface List {
  tenant: TenantView
  suspended: boolean
  asked: Record<UserType, TypePolicy>
  segments: readonly Segment[]
  keep: (coverage: Coverage, facts: CoverageFacts) => boolean
  /** Rows may say what was before 2FA was turned off here: each person is read as a whole (P6). */
  isVoiding: boolean
}

interface Judged {
  row: ListedMembership
  cursor: Cursor
  coverage: Coverage
}

type Position = PeopleQuery['from']

async function pageOf(deps: Pick<Deps, 'db' | 'clock'>, list: List, from: Position): Promise<PeoplePage> {
  const backwards = from === 'last' || (typeof from === 'object' && 'before' in from)
  const { found, stoppedAt } = await readOn(deps, list, cursorOf(from, list.segments), backwards)
  const more = found.length > PAGE_SIZE
  const page = found.slice(0, PAGE_SIZE)
  if (backwards) page.reverse()
  const cursorAtEdge = (edge: Judged | undefined) => (edge === undefined ? null : writeCursor(edge.cursor))
  // A page that broke off goes on from there, whatever rows it has.
  const goesOn = !more && stoppedAt !== null ? writeCursor(stoppedAt) : null
  const isWhole = !more && goesOn === null
  const isStart = from === 'first' || (backwards && isWhole)
  const isEnd = from === 'last' || (!backwards && isWhole)
  const names = page.map(({ row }) => row.user.name)
  const alike = await lookAlikesAmong(deps.db, list.tenant.id, names)
  return {
    rows: page.map(({ row, coverage }) => rowOf(row, list.tenant.id, coverage, alike)),
    previous: isStart ? null : ((backwards ? goesOn : null) ?? cursorAtEdge(page[0])),
    next: isEnd ? null : ((backwards ? null : goesOn) ?? cursorAtEdge(page.at(-1))),
  }
}

/**
 * Rows from a cursor on, one segment after the other, until
 * 1. there are a page of them and one more, which says that the list goes on,
 * 2. the segments are at their end,
 * 3. or that took as many steps as a page may: `stoppedAt` is where.
 */
async function readOn(
  deps: Pick<Deps, 'db' | 'clock'>,
  list: List,
  start: Cursor | null,
  backwards: boolean,
): Promise<{ found: Judged[]; stoppedAt: Cursor | null }> {
  const now = deps.clock.now()
  const found: Judged[] = []
  let steps = 0
  for (const { segment, number } of segmentsFrom(list.segments, start, backwards)) {
    let cursor = start?.segment === number ? start : null
    for (let isFirst = true; ; isFirst = false) {
      const wanted = PAGE_SIZE + 1 - found.length
      if (wanted <= 0) return { found, stoppedAt: null }
      // Where many are not what the segment is looked through for, in larger steps.
      const limit = isFirst ? wanted : Math.max(wanted, LONG_STEP)
      const scope = { tenantId: list.tenant.id, suspended: list.suspended }
      // Whoever cannot be read keeps nobody else from the list (N41).
      const rows = await passOver((without) =>
        listSegment(deps.db, scope, segment, { cursor, backwards, limit }, now, without),
      )
      for (const { row, coverage, facts, atRisk } of await judged(deps.db, list, rows, now)) {
        const isOfStatus = segment.status === null || (coverage.state ?? 'none') === segment.status
        const at = { segment: number, key: row[segment.key], id: row.id }
        if (segment.atRisk !== null && !atRisk) continue
        if (isOfStatus && list.keep(coverage, facts)) found.push({ row, cursor: at, coverage })
      }
      const last = rows.at(-1)
      if (last === undefined || rows.length < limit) break
      cursor = { segment: number, key: last[segment.key], id: last.id }
      steps += 1
      if (steps >= MAX_STEPS) return { found, stoppedAt: cursor }
    }
  }
  return { found, stoppedAt: null }
}

/** The segments that are still to be read, in that order. */
function segmentsFrom(segments: readonly Segment[], start: Cursor | null, backwards: boolean) {
  const numbered = segments.map((segment, number) => ({ segment, number }))
  if (backwards) return numbered.slice(0, (start?.segment ?? segments.length - 1) + 1).reverse()
  return numbered.slice(start?.segment ?? 0)
}

/** What `coverageOf` says of each row; those about whom more decides are read as a whole. */
async function judged(
  db: DbOrTx,
  { tenant, asked, isVoiding }: Pick<List, 'tenant' | 'asked' | 'isVoiding'>,
  rows: readonly ListedMembership[],
  now: Date,
): Promise<{ row: ListedMembership; coverage: Coverage; facts: CoverageFacts; atRisk: boolean }[]> {
  const needsMore = (row: ListedMembership) =>
    isVoiding || row.needsFullRead || row.suspended || !mailboxCounts(row.user, now)
  const people = await peopleByIds(
    db,
    rows.filter(needsMore).map(({ userId }) => userId),
  )
  const whole = new Map(people.map((person) => [person.id, person]))
  const hasCode = await haveCodes(db, people, now)
  return rows.map((row) => {
    const kinds = readKinds(row.factorKinds)
    const person = whole.get(row.userId)
    const { userType, exemptUntil, moreTimeUntil, ownTwoFactor } = row
    const of = { tenant, userType, policy: asked[userType], exemptUntil, moreTimeUntil }
    const facts =
      person === undefined
        ? factsOfOne(of, { factorKinds: kinds, ownTwoFactor })
        : withPolicy(factsOfKinds(person, kinds, now, hasCode(person)), tenant.id, asked)
    const coverage = asSeenBy(coverageOf(facts, now), tenant.id)
    // The state of the list is the one that is counted (P9); that of the suspended says what they have.
    const state = row.suspended ? coverage.state : countedState(coverage)
    return { row, facts, coverage: { ...coverage, state }, atRisk: row.atRisk && !(person?.factorsVoided ?? false) }
  })
}

function cursorOf(from: Position, segments: readonly Segment[]): Cursor | null {
  if (typeof from === 'string') return null
  const cursor = readCursor('after' in from ? from.after : from.before)
  return cursor !== null && cursor.segment < segments.length ? cursor : null
}

function rowOf(row: ListedMembership, tenantId: string, coverage: Coverage, alike: ReadonlySet<string>): PersonRow {
  const { user } = row
  return {
    id: row.id,
    userId: row.userId,
    name: user.name,
    looksLikeAnother: alike.has(user.name),
    email: user.email,
    role: row.role,
    userType: row.userType,
    suspended: row.suspended,
    guest: user.tenantId !== tenantId,
    locale: user.locale,
    coverage,
    // When a guest signs in is the home tenant's to know (U6).
    lastSignInAt: user.tenantId === tenantId ? user.lastSignInAt : null,
  }
}
