import { MigrationError } from './migrate'

const UNREACHABLE = 'The database server named in DATABASE_URL does not answer: start it, or correct the host.'
const REFUSED = 'The database server refuses the user or the password in DATABASE_URL: correct them.'
const NO_DATABASE = 'The database named in DATABASE_URL does not exist: create it empty, then try again.'

/** By the adapter's word or the code of the driver or the system. */
const SENTENCES: Readonly<Record<string, string>> = {
  DatabaseNotReachable: UNREACHABLE,
  ECONNREFUSED: UNREACHABLE,
  ENOTFOUND: UNREACHABLE,
  ETIMEDOUT: UNREACHABLE,
  EAI_AGAIN: UNREACHABLE,
  AuthenticationFailed: REFUSED,
  DatabaseAccessDenied: REFUSED,
  '28P01': REFUSED,
  '28000': REFUSED,
  DatabaseDoesNotExist: NO_DATABASE,
  '3D000': NO_DATABASE,
  TableDoesNotExist: 'The database is not migrated: run npm run twofold -- migrate.',
  SQLITE_NOTADB: 'The database file is not an SQLite database: restore a backup, or set DATABASE_URL or DATA_DIR.',
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && name in value ? value[name as keyof typeof value] : undefined
}

/** What the database adapter calls the failure, such as `TableDoesNotExist`; null when it says nothing. */
export function adapterKind(error: unknown): string | null {
  const kind = fieldOf(fieldOf(fieldOf(fieldOf(error, 'meta'), 'driverAdapterError'), 'cause'), 'kind')
  return typeof kind === 'string' ? kind : null
}

/**
 * A failure in a sentence. S10, S16: a database error can quote the values of its query, so of those nobody put into
 * words here only name and code are told.
 */
export function failureSentence(error: unknown): string {
  if (error instanceof MigrationError) return error.message
  const code = fieldOf(error, 'code') ?? fieldOf(fieldOf(error, 'cause'), 'originalCode')
  const known = SENTENCES[adapterKind(error) ?? ''] ?? (typeof code === 'string' ? SENTENCES[code] : undefined)
  if (known !== undefined) return known
  if (!(error instanceof Error)) return 'Something failed without saying why.'
  const told = typeof code === 'string' ? ` (${code})` : ''
  const fromDatabase = error.name.startsWith('Prisma') || 'detail' in error
  return fromDatabase ? `The database failed: ${error.name}${told}.` : `${error.name}${told}: ${error.message}`
}
