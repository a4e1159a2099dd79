import { isUnreadableRow, type Unreadable, type UnreadablePlace, UnreadableRow } from './kernel/unreadable'

type Row = Record<string, unknown>
type Args = Readonly<Record<string, unknown>>
type Query = (args: Args) => Promise<unknown>

/** Where no `id` tells the rows of a table apart. */
const KEYS: Readonly<Record<string, string>> = {
  AuditDeletion: 'eventId',
  AuditRetention: 'tenantId',
  AuditSeal: 'eventId',
  AuditVerification: 'tenantId',
  BulkTarget: 'number',
  FactorLoss: 'userId',
  FactorVoid: 'tenantId',
  KeyInUse: 'keyId',
  Password: 'userId',
  PeopleImportPart: 'importId',
  PeopleImportRow: 'number',
  Policy: 'tenantId',
  PolicyFloor: 'tenantId',
  PolicyRule: 'tenantId',
  PeopleCount: 'tenantId',
  ReportPart: 'reportId',
  ReportSchedule: 'tenantId',
  ResetNotice: 'tenantId',
  TenantAncestor: 'tenantId',
  TenantLogo: 'token',
  Throttle: 'key',
}

/** What its rows are told apart by, or at least kept in order. */
export const keyOf = (model: string) => KEYS[model] ?? 'id'

function tableOf(model: string): string {
  return model === 'User' ? 'app_user' : model.replace(/(?<=[a-z])(?=[A-Z])/g, '_').toLowerCase()
}

const EXPECTED: Readonly<Record<string, Unreadable>> = { date: 'no_date', boolean: 'no_boolean', string: 'no_text' }

/** Prisma gives up at a value that its column cannot have; its message quotes the value and goes no further (S10). */
function problemIn(error: unknown): Pick<UnreadablePlace, 'column' | 'problem'> | null {
  if (!(error instanceof Error)) return null
  // The adapter's own, of a number that is no time.
  if (error instanceof RangeError && error.message === 'Invalid time value') return { column: null, problem: 'no_date' }
  if (!('code' in error) || error.code !== 'P2023') return null
  const expected = /Expected an? (\w+)[^']* in column '(\w+)'/.exec(error.message)
  const problem = expected === null ? 'unknown_value' : (EXPECTED[expected[1] ?? ''] ?? 'no_number')
  return { column: expected?.[2] ?? null, problem }
}

/**
 * The first value among these that Prisma made a date of which is none: SQLite stores any text, PostgreSQL infinity.
 */
function noDateIn(value: unknown, path = ''): string | null {
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? path : null
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return null
  for (const [name, each] of Object.entries(value)) {
    const found = noDateIn(each, Array.isArray(value) ? path : path === '' ? name : `${path}.${name}`)
    if (found !== null) return found
  }
  return null
}

function rowsIn(result: unknown): Row[] {
  if (Array.isArray(result)) return result
  return typeof result === 'object' && result !== null ? [result as Row] : []
}

/** The same rows by their keys, read a half at a time: those that cannot be read. */
async function placesAmong(model: string, args: Args, query: Query): Promise<UnreadablePlace[]> {
  const key = keyOf(model)
  const named = await query({ ...args, include: undefined, omit: undefined, select: { [key]: true } })
  const keys = rowsIn(named).map((row) => row[key])
  const whole = { ...args, take: undefined, skip: undefined, cursor: undefined, distinct: undefined }
  const look = async (some: readonly unknown[]): Promise<UnreadablePlace[]> => {
    const asked = Array.isArray(named) ? { ...whole, where: within(args.where, key, some) } : args
    const found = await problemOf(() => query(asked))
    if (found === null) return []
    if (some.length <= 1) return [{ table: tableOf(model), id: textOf(some[0]), ...found }]
    const middle = some.length >> 1
    return [...(await look(some.slice(0, middle))), ...(await look(some.slice(middle)))]
  }
  return look(keys)
}

function within(where: unknown, key: string, values: readonly unknown[]) {
  return { AND: [where ?? {}, { [key]: { in: [...values] } }] }
}

function textOf(key: unknown): string | null {
  return key === undefined || key === null ? null : String(key)
}

async function problemOf(read: () => Promise<unknown>) {
  try {
    const column = noDateIn(await read())
    return column === null ? null : { column, problem: 'no_date' as const }
  } catch (error) {
    const found = problemIn(error)
    if (found === null) throw error
    return found
  }
}

const READS: readonly string[] = ['findMany', 'findFirst', 'findUnique', 'findFirstOrThrow', 'findUniqueOrThrow']

/**
 * A query whose rows can all be read, or an UnreadableRow that names those that cannot (N41): Prisma hands out what is
 * no date as a Date, which is never over, and of a word that it does not know it says neither table nor row.
 */
export async function readable(
  { model, operation, args }: { model: string; operation: string; args: unknown },
  query: Query,
): Promise<unknown> {
  const given = (args ?? {}) as Args
  let found: Pick<UnreadablePlace, 'column' | 'problem'> | null
  let result: unknown = null
  try {
    result = await query(given)
    const column = noDateIn(result)
    found = column === null ? null : { column, problem: 'no_date' }
  } catch (error) {
    found = isUnreadableRow(error) ? null : problemIn(error)
    if (found === null) throw error
  }
  if (found === null) return result
  const places = READS.includes(operation) ? await placesAmong(model, given, query) : []
  const [first = { table: tableOf(model), id: null, ...found }, ...others] = places
  throw new UnreadableRow([first, ...others])
}

/**
 * The same of a raw query, whose rows say by themselves where they are from; Invalid dates are its reader's to find.
 */
export async function rawReadable(query: () => Promise<unknown>): Promise<unknown> {
  try {
    return await query()
  } catch (error) {
    const found = problemIn(error)
    if (found === null) throw error
    throw new UnreadableRow([{ table: 'a table of a joined query', id: null, ...found }])
  }
}
