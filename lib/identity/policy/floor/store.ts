import { type DbOrTx, Prisma } from '../../../core/db'
import { FLOOR_COLUMNS, RULE_COLUMNS, RULE_FLOORS } from '../../person-sql'
import type { UserType } from '../../user/types'

export function listFloors(db: DbOrTx, tenantId: string) {
  return db.policyFloor.findMany({ where: { tenantId }, orderBy: { userType: 'asc' } })
}

/** Whoever holds the tenant knows which version was there. */
export async function upsertFloor(
  db: DbOrTx,
  key: { tenantId: string; userType: UserType },
  row: Omit<Prisma.PolicyFloorUncheckedCreateInput, 'tenantId' | 'userType' | 'version'>,
): Promise<void> {
  await db.policyFloor.upsert({
    where: { tenantId_userType: key },
    create: { ...key, ...row },
    update: { ...row, version: { increment: 1 } },
    select: { tenantId: true },
  })
}

const BELOW = Prisma.raw(`
  SELECT b."distance" AS "b_distance", t."id" AS "t_id", t."slug" AS "t_slug", t."name" AS "t_name", t."kind" AS "t_kind",
    t."stage" AS "t_stage", r."userType", ${RULE_COLUMNS}, ${FLOOR_COLUMNS}
  FROM "tenant_ancestor" b JOIN "tenant" t ON t."id" = b."tenantId"
  JOIN "policy_rule" r ON r."tenantId" = t."id" ${RULE_FLOORS}`)

/** The rules of every tenant below, each with the floors above it, in one statement. */
export function listRulesBelow(db: DbOrTx, ancestorId: string): Promise<Record<string, unknown>[]> {
  return db.$queryRaw`${BELOW} WHERE b."ancestorId" = ${ancestorId} ORDER BY t."name", t."id"`
}
