import { type DbOrTx, Prisma } from '../../../core/db'
import {
  asBoolean,
  asDate,
  asNumber,
  asOneOf,
  asSureDate,
  asText,
  asTextOrNull,
  columnsOf,
} from '../../../core/kernel/stored'
import type { ClientCursor, ClientQuery, ListedTenant } from '../types'

/**
 * What the list is sorted by, from the counters: of ten thousand how many are enrolled, and how many are not. Where
 * nobody is to enrol, that comes behind all others. Of the few about whom more decides, the page itself tells.
 */
const COUNTED = Prisma.sql`
  SELECT t."id", t."slug", t."name", t."nameKey", t."kind", t."stage", t."timeZone", t."suspendedAt", p."updatedAt",
    (SELECT r."required" FROM "policy_rule" r WHERE r."tenantId" = t."id" AND r."userType" = 'team') AS "team",
    (SELECT r."required" FROM "policy_rule" r WHERE r."tenantId" = t."id" AND r."userType" = 'end') AS "end",
    (SELECT COALESCE(SUM(c."people"), 0) FROM "people_count" c
      WHERE c."tenantId" = t."id" AND c."factorKinds" <> '') AS "enrolled",
    (SELECT COALESCE(SUM(c."people"), 0) FROM "people_count" c
      JOIN "policy_rule" r ON r."tenantId" = c."tenantId" AND r."userType" = c."userType"
      WHERE c."tenantId" = t."id" AND c."factorKinds" = '' AND (r."required" OR c."ownTwoFactor"))
    + (SELECT COUNT(*) FROM "invitation" i WHERE i."tenantId" = t."id") AS "outstanding"
  FROM "tenant_ancestor" a
  JOIN "tenant" t ON t."id" = a."tenantId"
  JOIN "policy" p ON p."tenantId" = t."id"`

const VALUES = {
  name: Prisma.sql`0`,
  share: Prisma.sql`CASE WHEN "enrolled" + "outstanding" = 0 THEN 10001 ELSE "enrolled" * 10000 / ("enrolled" + "outstanding") END`,
  outstanding: Prisma.sql`"outstanding"`,
} as const

const REQUIRES = {
  all: Prisma.sql`"team" AND "end"`,
  some: Prisma.sql`("team" OR "end") AND NOT ("team" AND "end")`,
  none: Prisma.sql`NOT ("team" OR "end")`,
} as const

const UP = { direction: Prisma.sql`ASC`, beyond: Prisma.sql`>` }
const DOWN = { direction: Prisma.sql`DESC`, beyond: Prisma.sql`<` }

type Row = Readonly<Record<string, unknown>>

const kindIn = asOneOf(['partner', 'customer'])
const stageIn = asOneOf(['trial', 'production'])

/** One page of the tenants below a partner, and one row more, in one statement, however many there are. */
export async function listBelow(
  db: DbOrTx,
  ancestorId: string,
  query: Omit<ClientQuery, 'from' | 'search'> & { searchKey: string },
  { cursor, backwards, limit }: { cursor: ClientCursor | null; backwards: boolean; limit: number },
): Promise<ListedTenant[]> {
  const value = VALUES[query.sort]
  const down = query.descending !== backwards
  const { direction, beyond } = down ? DOWN : UP
  const like = `%${query.searchKey.replace(/[\\%_]/g, (each) => `\\${each}`)}%`
  const conditions = [
    query.suspended ? Prisma.sql`"suspendedAt" IS NOT NULL` : Prisma.sql`"suspendedAt" IS NULL`,
    ...(query.searchKey === ''
      ? []
      : [Prisma.sql`("nameKey" LIKE ${like} ESCAPE '\\' OR "slug" LIKE ${like} ESCAPE '\\')`]),
    ...(query.kind === null ? [] : [Prisma.sql`CAST("kind" AS TEXT) = ${query.kind}`]),
    ...(query.stage === null ? [] : [Prisma.sql`CAST("stage" AS TEXT) = ${query.stage}`]),
    ...(query.requires === null ? [] : [REQUIRES[query.requires]]),
    ...(cursor === null
      ? []
      : [Prisma.sql`(${value}, "nameKey", "id") ${beyond} (${cursor.value}, ${cursor.key}, ${cursor.id})`]),
  ]
  const rows = await db.$queryRaw<Row[]>`
    SELECT "below".*, ${value} AS "value" FROM (${COUNTED} WHERE a."ancestorId" = ${ancestorId}) AS "below"
    WHERE ${Prisma.join(conditions, ' AND ')}
    ORDER BY "value" ${direction}, "nameKey" ${direction}, "id" ${direction} LIMIT ${limit}`
  return rows.map(listed)
}

function listed(row: Row): ListedTenant {
  const column = columnsOf(row, 'tenant', '', row.id)
  const id = column('id', asText)
  return {
    id,
    slug: column('slug', asText),
    name: column('name', asText),
    kind: column('kind', kindIn),
    stage: column('stage', stageIn),
    timeZone: column('timeZone', asTextOrNull),
    suspended: column('suspendedAt', asDate) !== null,
    changedAt: column('updatedAt', asSureDate),
    required: { team: column('team', asBoolean), end: column('end', asBoolean) },
    cursor: { value: column('value', asNumber), key: column('nameKey', asText), id },
  }
}

/** Whether there is any tenant below. */
export async function isAnyBelow(db: DbOrTx, ancestorId: string): Promise<boolean> {
  return (await db.tenantAncestor.findFirst({ where: { ancestorId }, select: { tenantId: true } })) !== null
}
