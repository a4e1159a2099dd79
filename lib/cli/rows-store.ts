import { type Db, Prisma, passOver } from '../core/db'
import { isUnreadableRow, notAmong, type UnreadablePlace } from '../core/kernel/unreadable'
import { keyOf } from '../core/rows'

const PAGE = 500

/** All but the log's, which is as long as its history and has a command of its own. */
export const MODELS = Object.values(Prisma.ModelName).filter((name) => !name.startsWith('Audit'))
type Model = (typeof MODELS)[number]

interface Delegate {
  findMany(args: object): Promise<Record<string, unknown>[]>
}

function delegateOf(db: Db, model: Model): Delegate {
  const name = `${model.charAt(0).toLowerCase()}${model.slice(1)}`
  return (db as unknown as Record<string, Delegate>)[name] as Delegate
}

/** Every column of every row, a page at a time: what of it cannot be read. */
export async function* readModel(db: Db, model: Model): AsyncGenerator<UnreadablePlace, void> {
  const delegate = delegateOf(db, model)
  const orderBy = { [keyOf(model)]: 'asc' }
  for (let skip = 0; ; skip += PAGE) {
    try {
      if ((await delegate.findMany({ orderBy, skip, take: PAGE })).length < PAGE) return
    } catch (error) {
      if (!isUnreadableRow(error)) throw error
      yield* error.places
    }
  }
}

/** Rows by id, a page at a time, without those that `readModel` has named. */
async function* byId<Row extends { id: string }>(
  read: (where: { id: { gt: string }; AND: { id: { notIn: string[] } }[] }) => Promise<Row[]>,
): AsyncGenerator<Row, void> {
  for (let after = ''; ; ) {
    const rows = await passOver((without) => read({ id: { gt: after }, AND: notAmong(without) }))
    yield* rows
    const last = rows.at(-1)
    if (last === undefined || rows.length < PAGE) return
    after = last.id
  }
}

const inOrder = { orderBy: { id: 'asc' }, take: PAGE } as const

/** Tenants without a policy, rules that somebody’s membership rests on and that are gone, and the others. */
export async function readPolicies(db: Db) {
  const tenants = await db.$queryRaw<{ id: string }[]>`
    SELECT t."id" FROM "tenant" t LEFT JOIN "policy" p ON p."tenantId" = t."id" WHERE p."tenantId" IS NULL`
  const gone = await db.$queryRaw<{ tenantId: string; userType: string }[]>`
    SELECT p."tenantId", k."userType"
    FROM "policy" p CROSS JOIN (SELECT 'team' AS "userType" UNION ALL SELECT 'end' AS "userType") k
    LEFT JOIN "policy_rule" r ON r."tenantId" = p."tenantId" AND CAST(r."userType" AS TEXT) = k."userType"
    WHERE r."tenantId" IS NULL`
  const rules = await db.$queryRaw<{ tenantId: string; userType: string; kinds: string }[]>`
    SELECT "tenantId", CAST("userType" AS TEXT) AS "userType", "kinds" FROM "policy_rule"`
  return {
    tenants: tenants.map(({ id }) => id),
    missing: gone.map(({ tenantId, userType }) => `${tenantId} ${userType}`),
    rules: rules.map(({ tenantId, userType, kinds }) => ({ id: `${tenantId} ${userType}`, kinds })),
  }
}

/** What passwords and unused recovery codes are verified by. */
export async function* readHashes(db: Db) {
  for (let after = ''; ; ) {
    const rows = await db.password.findMany({
      where: { userId: { gt: after } },
      orderBy: { userId: 'asc' },
      take: PAGE,
      select: { userId: true, hash: true, pepperKeyId: true },
    })
    for (const { userId, hash, pepperKeyId } of rows) yield { table: 'password', id: userId, hash, keyId: pepperKeyId }
    const last = rows.at(-1)
    if (last === undefined || rows.length < PAGE) break
    after = last.userId
  }
  const codes = byId((where) =>
    db.recoveryCode.findMany({
      where: { ...where, usedAt: null, revokedAt: null },
      ...inOrder,
      select: { id: true, hash: true },
    }),
  )
  for await (const { id, hash: stored } of codes) {
    const at = stored.indexOf(':')
    yield { table: 'recovery_code', id, hash: stored.slice(at + 1), keyId: stored.slice(0, Math.max(at, 0)) }
  }
}

/** What is kept as JSON and not sealed. */
export async function* readJson(db: Db) {
  const jobs = byId((where) =>
    db.job.findMany({
      where: { ...where, payload: { startsWith: '{' } },
      ...inOrder,
      select: { id: true, payload: true },
    }),
  )
  for await (const { id, payload } of jobs) yield { table: 'job', id, column: 'payload', text: payload }
  for (let skip = 0; ; skip += 1) {
    const [part] = await db.reportPart.findMany({
      orderBy: [{ reportId: 'asc' }, { number: 'asc' }],
      skip,
      take: 1,
      select: { reportId: true, number: true, text: true },
    })
    if (part === undefined) return
    yield { table: 'report_part', id: `${part.reportId} ${part.number}`, column: 'text', text: part.text }
  }
}

export function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/** Factors that count, with what their keys and numbers are sealed to. */
export async function* readSeals(db: Db) {
  const select = {
    id: true,
    kind: true,
    userId: true,
    sealedKey: true,
    sealedPhone: true,
    user: { select: { tenantId: true } },
  } as const
  const factors = byId((where) =>
    db.factor.findMany({ where: { ...where, revokedAt: null, confirmedAt: { not: null } }, ...inOrder, select }),
  )
  for await (const { user, ...factor } of factors) yield { ...factor, tenantId: user.tenantId }
}
