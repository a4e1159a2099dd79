import { locate } from './rings'
import { lineAt, type Source } from './source'
import type { Violation } from './violation'

/** Writes outside the domain that owns a table, each with the reason. */
export const WRITER_EXCEPTIONS: readonly { file: string; table: string; reason: string }[] = [
  ...['mailedLink', 'outboxMessage', 'passcode', 'signInAttempt', 'throttle'].map((table) => ({
    file: 'lib/job/store.ts',
    table,
    reason: 'the worker clears away what is over, a few rows at a time, whosever it was',
  })),
  ...['factor', 'recoveryCode', 'device'].map((table) => ({
    file: 'lib/identity/user/store.ts',
    table,
    reason: 'what 2FA that was turned off for a company leaves of a person goes before anything counts it again (P6)',
  })),
  {
    file: 'lib/authentication/signin/attempt/store.ts',
    table: 'job',
    reason: 'a row of the queue is of one kind, and each kind belongs to one domain',
  },
]

const CALL =
  /\.(\w+)\s*\.(?:create|createMany|createManyAndReturn|update|updateMany|updateManyAndReturn|upsert|delete|deleteMany)\(/g
const RAW = /\b(?:(?:INSERT\s+INTO|UPDATE|DELETE\s+FROM)\s+"(\w+)"|insertion\(\s*'(\w+)')/g

/** A table of the models as Prisma's client names it, of its own name in the database. */
function tablesOf(models: string): Map<string, string> {
  const named = [...models.matchAll(/^model (\w+) \{[^}]*?^ {2}@@map\("(\w+)"\)/gms)]
  return new Map(named.map(([, model = '', name = '']) => [name, model.slice(0, 1).toLowerCase() + model.slice(1)]))
}

/**
 * Each table is written by one domain alone: what else must become of a row is known in one place. `models` is
 * prisma/schema.prisma; `used` collects the exceptions that were needed. Rows that a row of another table is created
 * with are not looked at.
 */
export function checkWriters(
  sources: readonly Source[],
  models: string,
  used = new Set<string>(),
  exceptions = WRITER_EXCEPTIONS,
): Violation[] {
  const tables = tablesOf(models)
  const clients = new Set(tables.values())
  const writes = sources
    .filter(({ path }) => path.startsWith('lib/') && locate(path).kind !== 'testing')
    .flatMap(({ path, code }) => [
      ...[...code.matchAll(CALL)].map((match) => ({ path, line: lineAt(code, match.index), table: match[1] ?? '' })),
      ...[...code.matchAll(RAW)].map((match) => {
        return { path, line: lineAt(code, match.index), table: tables.get(match[1] ?? match[2] ?? '') ?? '' }
      }),
    ])
    .filter(({ table }) => clients.has(table))
  const own = writes.filter(({ path, table }) => !exceptions.some((each) => each.file === path && each.table === table))
  const domains = (table: string, from = own) =>
    new Set(from.filter((each) => each.table === table).map(({ path }) => domainOf(path)))
  for (const { file, table } of exceptions) {
    const written = writes.some((each) => each.path === file && each.table === table)
    if (written && domains(table, writes).size > 1) used.add(`${file}: ${table}`)
  }
  return own
    .filter(({ table }) => domains(table).size > 1)
    .map(({ path, line, table }) => {
      const reason = `${table} is written by ${[...domains(table)].sort().join(' and ')}: one of them offers the others a function`
      return { file: path, line, rule: 'writers', reason }
    })
}

/** `lib/identity/user` of each of its files and of those of its sub-concerns. */
function domainOf(path: string): string {
  const { folder } = locate(path)
  return folder === null ? path : `lib/${folder}`
}
