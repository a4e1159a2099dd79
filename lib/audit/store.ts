// Above 300 lines: each function is one statement on the log, and the log has one writer.

import { type DbOrTx, Prisma } from '../core/db'
import { insertion } from '../core/statement'
import type { Checkpoint, EventRange, Head, HeadClaim, Position, Seal, StoredEvent } from './types'

const eventColumns = {
  id: true,
  tenantId: true,
  at: true,
  kind: true,
  actorKind: true,
  actorId: true,
  actorName: true,
  subjectId: true,
  subjectName: true,
  factorType: true,
  address: true,
  userAgent: true,
  requestId: true,
  data: true,
} as const

const sealColumns = {
  eventId: true,
  tenantId: true,
  seq: true,
  previous: true,
  hash: true,
  sealedAt: true,
  actorSalt: true,
  actorDigest: true,
  subjectSalt: true,
  subjectDigest: true,
} as const

const checkpointColumns = {
  tenantId: true,
  seq: true,
  hash: true,
  firstAt: true,
  lastAt: true,
  latest: true,
  madeAt: true,
  keyId: true,
  signature: true,
} as const

const headColumns = {
  tenantId: true,
  seq: true,
  hash: true,
  through: true,
  signedAt: true,
  keyId: true,
  signature: true,
} as const

export async function insertEvent(db: DbOrTx, row: StoredEvent): Promise<void> {
  await db.$executeRaw(insertion('audit_event', { ...row }))
}

export async function insertEvents(db: DbOrTx, rows: readonly StoredEvent[]): Promise<void> {
  await db.auditEvent.createMany({ data: [...rows] })
}

/**
 * The tenants' first, oldest first, also what is dated later than now: whoever wrote it had a clock that was ahead.
 * Bounded by the primary key (ids begin with the time), not by a scan of all events.
 */
export function listUnsealed(
  db: DbOrTx,
  range: { afterId: string; after: Date; exceptTenants: readonly string[] },
  limit: number,
): Promise<StoredEvent[]> {
  return db.auditEvent.findMany({
    where: {
      id: { gt: range.afterId },
      at: { gt: range.after },
      ...(range.exceptTenants.length > 0 ? { tenantId: { notIn: [...range.exceptTenants] } } : {}),
      seal: null,
    },
    orderBy: { id: 'asc' },
    take: limit,
    select: eventColumns,
  })
}

/** The heads that reach furthest in time over all tenants, up to `until`. */
export function listFurthestHeads(db: DbOrTx, until: Date, limit: number): Promise<Head[]> {
  return db.auditHead.findMany({
    where: { through: { lte: until } },
    orderBy: { through: 'desc' },
    take: limit,
    select: headColumns,
  })
}

/** The head that reaches furthest of all, whatever the time is. */
export function findFurthestHead(db: DbOrTx): Promise<Head | null> {
  return db.auditHead.findFirst({ orderBy: { through: 'desc' }, select: headColumns })
}

/** Newest first. */
export function listHeads(db: DbOrTx, tenantId: string, limit: number): Promise<Head[]> {
  return db.auditHead.findMany({
    where: { tenantId },
    orderBy: { seq: 'desc' },
    take: limit,
    select: headColumns,
  })
}

export function findLastSeal(db: DbOrTx, tenantId: string): Promise<{ seq: number } | null> {
  return db.auditSeal.findFirst({ where: { tenantId }, orderBy: { seq: 'desc' }, select: { seq: true } })
}

/** Fails on a unique column when another sealer was here first: a chain cannot fork. */
export async function insertSeals(db: DbOrTx, seals: readonly Seal[]): Promise<void> {
  await db.auditSeal.createMany({ data: [...seals] })
}

export async function insertHead(db: DbOrTx, id: string, head: HeadClaim & { signature: string }): Promise<void> {
  await db.auditHead.create({ data: { id, ...head }, select: { id: true } })
}

/** Of this very head. */
export async function updateHead(
  db: DbOrTx,
  { tenantId, seq, keyId }: Head,
  data: Pick<Head, 'keyId' | 'signedAt' | 'signature'>,
): Promise<void> {
  const { keyId: to, signedAt, signature } = data
  await db.auditHead.updateMany({ where: { tenantId, seq, keyId }, data: { keyId: to, signedAt, signature } })
}

export async function deleteHeadsBefore(db: DbOrTx, tenantId: string, seq: number): Promise<void> {
  await db.auditHead.deleteMany({ where: { tenantId, seq: { lt: seq } } })
}

/** What stands for the entries of this tenant that are deleted; the one that reaches furthest. */
export function findCheckpoint(db: DbOrTx, tenantId: string): Promise<Checkpoint | null> {
  return db.auditCheckpoint.findFirst({ where: { tenantId }, orderBy: { seq: 'desc' }, select: checkpointColumns })
}

/** Of this very checkpoint: signed anew under another key, it says the same. */
export async function updateCheckpointSigned(
  db: DbOrTx,
  { tenantId, seq }: Pick<Checkpoint, 'tenantId' | 'seq'>,
  data: Pick<Checkpoint, 'keyId' | 'signature'>,
): Promise<void> {
  await db.auditCheckpoint.updateMany({ where: { tenantId, seq }, data })
}

/** Ascending by seq, `after` exclusive, `upTo` inclusive; null is no bound, so that no position is out of sight. */
export function listSeals(
  db: DbOrTx,
  tenantId: string,
  range: { after: number | null; upTo: number | null },
  limit: number,
): Promise<Seal[]> {
  const seq = {
    ...(range.after === null ? {} : { gt: range.after }),
    ...(range.upTo === null ? {} : { lte: range.upTo }),
  }
  return db.auditSeal.findMany({
    where: { tenantId, seq },
    orderBy: { seq: 'asc' },
    take: limit,
    select: sealColumns,
  })
}

/** By id alone: an event moved to another tenant must be found, to be named. */
export function listEventsById(db: DbOrTx, ids: readonly string[]): Promise<StoredEvent[]> {
  return db.auditEvent.findMany({ where: { id: { in: [...ids] } }, select: eventColumns })
}

/** `from` exclusive, `upTo` inclusive; null is no bound. */
interface TimeRange {
  from: Date | null
  upTo: Date | null
}

function within(range: TimeRange) {
  return { ...(range.from === null ? {} : { gt: range.from }), ...(range.upTo === null ? {} : { lte: range.upTo }) }
}

/** The time of the event `count` events further on; null when the range has no more than that. */
export async function findTimeFurtherOn(
  db: DbOrTx,
  tenantId: string,
  range: TimeRange,
  count: number,
): Promise<Date | null> {
  const row = await db.auditEvent.findFirst({
    where: { tenantId, at: within(range) },
    orderBy: [{ at: 'asc' }, { id: 'asc' }],
    skip: count,
    select: { at: true },
  })
  return row?.at ?? null
}

/** Events without a seal, by (at, id), after the last one of the page before. */
export function listUnsealedOf(
  db: DbOrTx,
  tenantId: string,
  range: TimeRange & { after: { at: Date; id: string } | null },
  limit: number,
): Promise<{ id: string; at: Date }[]> {
  const { after } = range
  return db.auditEvent.findMany({
    where: {
      tenantId,
      seal: null,
      at: within(range),
      ...(after ? { OR: [{ at: { gt: after.at } }, { at: after.at, id: { gt: after.id } }] } : {}),
    },
    orderBy: [{ at: 'asc' }, { id: 'asc' }],
    take: limit,
    select: { id: true, at: true },
  })
}

export function getUnsealedCount(db: DbOrTx, tenantId: string, range: TimeRange): Promise<number> {
  return db.auditEvent.count({ where: { tenantId, seal: null, at: within(range) } })
}

/** The first tenant after this one that has anything in the log; each look-up is one step in an index. */
export async function findNextTenant(db: DbOrTx, after: string): Promise<string | null> {
  const query = {
    where: { tenantId: { gt: after } },
    orderBy: { tenantId: 'asc' },
    select: { tenantId: true },
  } as const
  const found = await Promise.all([
    db.auditEvent.findFirst(query),
    db.auditSeal.findFirst(query),
    db.auditHead.findFirst(query),
    db.auditCheckpoint.findFirst(query),
  ])
  return found.reduce<string | null>((first, row) => {
    if (row === null || (first !== null && first <= row.tenantId)) return first
    return row.tenantId
  }, null)
}

export async function hasEventOf(db: DbOrTx, tenantId: string, kind: string): Promise<boolean> {
  return (await db.auditEvent.findFirst({ where: { tenantId, kind }, select: { id: true } })) !== null
}

/** The newest of one kind. */
export function listEventsOfKind(
  db: DbOrTx,
  scope: { tenantId: string; subjectId: string; kind: string },
  limit: number,
) {
  return db.auditEvent.findMany({
    where: scope,
    orderBy: [{ at: 'desc' }, { id: 'desc' }],
    take: limit,
    select: { at: true, kind: true, data: true },
  })
}

/** Of which of these kinds the newest are, the newest first. */
export async function listKinds(
  db: DbOrTx,
  { tenantId, subjectId, kinds }: { tenantId: string; subjectId: string; kinds: readonly string[] },
  limit: number,
): Promise<string[]> {
  const rows = await db.$queryRaw<{ kind: string }[]>`
    SELECT "kind" FROM "audit_event"
    WHERE "tenantId" = ${tenantId} AND "subjectId" = ${subjectId} AND "kind" IN (${Prisma.join([...kinds])})
    ORDER BY "at" DESC, "id" DESC LIMIT ${limit}`
  return rows.map(({ kind }) => kind)
}

/** Events of one kind about any of these, the oldest first. */
export function listEventsAbout(
  db: DbOrTx,
  { tenantId, kind, subjectIds }: { tenantId: string; kind: string; subjectIds: readonly string[] },
) {
  return db.auditEvent.findMany({
    where: { tenantId, kind, subjectId: { in: [...subjectIds] } },
    orderBy: [{ at: 'asc' }, { id: 'asc' }],
    select: { at: true, actorKind: true, actorName: true, subjectId: true },
  })
}

/** The newest events about somebody or something. */
export function listEventsOf(db: DbOrTx, scope: { tenantId: string; subjectId: string }, limit: number) {
  return db.auditEvent.findMany({
    where: scope,
    orderBy: [{ at: 'desc' }, { id: 'desc' }],
    take: limit,
    select: { id: true, at: true, kind: true, actorKind: true, actorName: true, address: true, factorType: true },
  })
}

/** How a page of a range is read. */
export interface AuditReading {
  position: Position | null
  backwards: boolean
  limit: number
  /**
   * SQLite keeps no statistics by itself and must be told the index: it would take the one of all days for any range of
   * days.
   */
  names: boolean
}

/**
 * The entries of a range, from a position on (not with it), the newest first or `backwards`. Every query has the index
 * that its equalities and its order are the columns of. Written by hand for the index's name and for the comparison of
 * positions.
 */
export function eventsQuery(tenantId: string, range: EventRange, reading: AuditReading): Prisma.Sql {
  const { person, kind, from, until } = range
  const { position, backwards, limit, names } = reading
  const { empty, sql } = Prisma
  const { column, index, kindIndex } = {
    all: {
      column: empty,
      index: sql`"audit_event_tenantId_at_id_idx"`,
      kindIndex: sql`"audit_event_tenantId_kind_at_id_idx"`,
    },
    subject: {
      column: sql`"subjectId"`,
      index: sql`"audit_event_tenantId_subjectId_at_id_idx"`,
      kindIndex: sql`"audit_event_tenantId_subjectId_kind_at_id_idx"`,
    },
    actor: {
      column: sql`"actorId"`,
      index: sql`"audit_event_tenantId_actorId_at_id_idx"`,
      kindIndex: sql`"audit_event_tenantId_actorId_kind_at_id_idx"`,
    },
  }[person?.as ?? 'all']
  const beyond =
    position === null ? empty : sql`("at", "id") ${backwards ? sql`>` : sql`<`} (${position.at}, ${position.id})`
  const conditions = [
    sql`"tenantId" = ${tenantId}`,
    person === null ? empty : sql`${column} = ${person.id}`,
    kind === null ? empty : sql`"kind" = ${kind}`,
    from === null ? empty : sql`"at" >= ${from}`,
    until === null ? empty : sql`"at" < ${until}`,
    beyond,
  ].filter((condition) => condition !== empty)
  return sql`
    SELECT "id", "tenantId", "at", "kind", "actorKind", "actorId", "actorName", "subjectId", "subjectName",
      "factorType", "address", "userAgent", "requestId", "data"
    FROM "audit_event" ${names ? sql`INDEXED BY ${kind === null ? index : kindIndex}` : empty}
    WHERE ${Prisma.join(conditions, ' AND ')}
    ORDER BY ${backwards ? sql`"at" ASC, "id" ASC` : sql`"at" DESC, "id" DESC`}
    LIMIT ${limit}`
}

export function listRange(
  db: DbOrTx,
  tenantId: string,
  range: EventRange,
  reading: AuditReading,
): Promise<StoredEvent[]> {
  return db.$queryRaw<StoredEvent[]>(eventsQuery(tenantId, range, reading))
}
