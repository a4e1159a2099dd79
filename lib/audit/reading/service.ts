import { type Db, type DbOrTx, databaseKind, nextTurn } from '../../core/db'
import type { Deps } from '../../core/deps'
import type { FreshAdmin, Overseer, TenantAdmin } from '../../identity/actor/types'
import { by } from '../rules'
import { recordEvent } from '../service'
import { headTrouble } from '../signing/service'
import { hasEventOf, listEventsAbout, listEventsOf, listEventsOfKind, listHeads, listKinds, listRange } from '../store'
import {
  AUDIT_KINDS,
  type AuditFilters,
  type AuditKind,
  type AuditPage,
  type AuditQuery,
  type ChainState,
  type EventRange,
  type ExportFormat,
  type JsonValue,
  type Position,
  type StoredEvent,
} from '../types'
import { AUDIT_PAGE_SIZE, type EventGroup, groupEvents, mergeRanges, rangesOf, startOf, writePosition } from './rules'

/** One entry as pages show it. */
export interface ShownEvent {
  id: string
  at: Date
  kind: AuditKind
  actorKind: string
  actorName: string | null
  address: string | null
  factorType: string | null
}

/** The last of what the log of this tenant says about somebody, the newest first (M7). */
export async function eventsAbout(
  db: DbOrTx,
  scope: { tenantId: string; subjectId: string },
  limit: number,
): Promise<ShownEvent[]> {
  const rows = await listEventsOf(db, scope, limit)
  return rows.flatMap((row) => {
    const kind = AUDIT_KINDS.find((each) => each === row.kind)
    return kind === undefined ? [] : [{ ...row, kind }]
  })
}

/** The newest events of one kind about somebody, with what they say (M9). */
export async function eventsOfKind(
  db: DbOrTx,
  scope: { tenantId: string; subjectId: string; kind: AuditKind },
  limit: number,
): Promise<{ at: Date; data: { readonly [name: string]: JsonValue } }[]> {
  const rows = await listEventsOfKind(db, scope, limit)
  return rows.map(({ at, data }) => ({ at, data: JSON.parse(data) }))
}

/** When, and by whom, the accounts of these people were made, as far as the log is kept; by their ids. */
export async function accountsMade(
  db: DbOrTx,
  tenantId: string,
  userIds: readonly string[],
): Promise<ReadonlyMap<string, { at: Date; actorKind: string; actorName: string | null }>> {
  if (userIds.length === 0) return new Map()
  const rows = await listEventsAbout(db, { tenantId, kind: 'user_created', subjectIds: userIds })
  return new Map(rows.reverse().flatMap(({ subjectId, ...made }) => (subjectId === null ? [] : [[subjectId, made]])))
}

/** Which of these kinds the newest events of somebody are, the newest first. */
export function lastKinds(
  db: DbOrTx,
  scope: { tenantId: string; subjectId: string; kinds: readonly AuditKind[] },
  limit: number,
): Promise<readonly string[]> {
  return listKinds(db, scope, limit)
}

/** Whether the log, as far as it is kept, has one of this kind. */
export function hasHappened(db: DbOrTx, tenantId: string, kind: AuditKind): Promise<boolean> {
  return hasEventOf(db, tenantId, kind)
}

const GROUPS_SHOWN = 8
const EVENTS_GROUPED = 300

/** What happened last in a tenant, grouped; `more` where older entries may belong to the last of it. */
export async function lastEvents(
  deps: Pick<Deps, 'db'>,
  actor: Overseer,
): Promise<{ groups: readonly EventGroup[]; more: boolean }> {
  const query = { personId: null, kind: null, from: null, to: null }
  const from = { position: null, backwards: false, limit: EVENTS_GROUPED }
  const events = await readRanges(deps.db, actor.tenant.tenant.id, rangesOf(query, 'UTC'), from)
  return { groups: groupEvents(events, GROUPS_SHOWN), more: events.length === EVENTS_GROUPED }
}

/** In whose days the log is filtered: those of whoever reads it (X10). */
function zoneOfReader(actor: TenantAdmin): string {
  return actor.person.timeZone
}

/** One page of the log of this tenant (S15), the newest first (M7). */
export async function listAudit(deps: Pick<Deps, 'db'>, actor: TenantAdmin, query: AuditQuery): Promise<AuditPage> {
  const { position, backwards } = startOf(query)
  const from = { position, backwards, limit: AUDIT_PAGE_SIZE + 1 }
  const found = await readRanges(deps.db, actor.tenant.tenant.id, rangesOf(query, zoneOfReader(actor)), from)
  const more = found.length > AUDIT_PAGE_SIZE
  const events = found.slice(0, AUDIT_PAGE_SIZE)
  if (backwards) events.reverse()
  const [first, last] = [events[0], events.at(-1)]
  return {
    events,
    newer: first !== undefined && (backwards ? more : position !== null) ? writePosition(first) : null,
    older: last !== undefined && (backwards || more) ? writePosition(last) : null,
  }
}

async function readRanges(
  db: Db,
  tenantId: string,
  ranges: readonly EventRange[],
  from: { position: Position | null; backwards: boolean; limit: number },
): Promise<StoredEvent[]> {
  const reading = { ...from, names: databaseKind(db) === 'sqlite' }
  return mergeRanges(await Promise.all(ranges.map((range) => listRange(db, tenantId, range, reading))), from)
}

/** What the end of this tenant's chain says, without walking it (M8). */
export async function viewChain(deps: Pick<Deps, 'db' | 'keys'>, actor: TenantAdmin): Promise<ChainState> {
  const [head] = await listHeads(deps.db, actor.tenant.tenant.id, 1)
  if (head === undefined) return { is: 'unsealed' }
  const { seq, through, keyId } = head
  return { is: headTrouble(deps, head) ?? 'signed', seq, through, keyId }
}

const EXPORT_PAGE = 500

/**
 * Everything that these filters show, by the days of the page (X10), with times in UTC; newest first, up to the moment
 * it was asked for (M7); read page by page as it is taken. That somebody takes it away is an event before the first
 * page is read.
 */
export async function exportAudit(
  deps: Pick<Deps, 'db' | 'clock' | 'random'>,
  actor: FreshAdmin,
  { format, filters }: { format: ExportFormat; filters: AuditFilters },
): Promise<AsyncGenerator<readonly StoredEvent[], void>> {
  const { db } = deps
  const tenantId = actor.tenant.tenant.id
  const now = deps.clock.now()
  const { personId, kind, from, to } = filters
  const zone = from === null && to === null ? null : zoneOfReader(actor)
  const chosen = Object.entries({ person: personId, kind, from, to, zone }).flatMap(([name, value]) =>
    value === null ? [] : [[name, value] as const],
  )
  await recordEvent(deps, {
    tenantId,
    kind: 'audit_exported',
    ...by(actor),
    data: { format, filters: Object.fromEntries(chosen) },
  })
  const ranges = rangesOf(filters, zoneOfReader(actor)).map((range) => ({
    ...range,
    until: range.until !== null && range.until < now ? range.until : now,
  }))
  return pagesOf(db, tenantId, ranges)
}

async function* pagesOf(
  db: Db,
  tenantId: string,
  ranges: readonly EventRange[],
): AsyncGenerator<readonly StoredEvent[], void> {
  let position: Position | null = null
  for (;;) {
    const page: StoredEvent[] = await readRanges(db, tenantId, ranges, {
      position,
      backwards: false,
      limit: EXPORT_PAGE,
    })
    if (page.length > 0) yield page
    await nextTurn()
    if (page.length < EXPORT_PAGE) return
    position = page.at(-1) ?? null
  }
}
