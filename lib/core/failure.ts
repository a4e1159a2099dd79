/** What keeps a database, or what is in it, from serving, as far as an operator's next step differs. */
export type Outage =
  | 'unreachable'
  | 'refused'
  | 'no_database'
  | 'not_migrated'
  | 'full'
  | 'read_only'
  | 'input_output'
  | 'damaged'
  | 'crowded'
  | 'locked'
  | 'unknown_key'

/** What happened and what to do, for a log and for whoever starts the program. */
export const OUTAGES: Readonly<Record<Outage, string>> = {
  unreachable: 'The database server named in DATABASE_URL does not answer: start it, or correct the host.',
  refused: 'The database server refuses the user or the password in DATABASE_URL: correct them.',
  no_database: 'The database named in DATABASE_URL does not exist: create it empty, then try again.',
  not_migrated: 'The database is not migrated: run npm run twofold -- migrate.',
  full: 'The disk of the database is full: free some space; nothing can be written until then.',
  read_only:
    'The database can be read but not written: look at the permissions of its file and folder, or whether the server ' +
    'is a standby.',
  input_output: 'The disk of the database reports an error: look at the system’s log, and have a backup ready.',
  damaged: 'The database is damaged, or its file is not an SQLite database: stop, and restore a backup.',
  crowded: 'The database server has no connection or memory left: raise its limits, or run fewer instances.',
  locked:
    'The database did not finish a step in time: look for a long transaction, an import or another program that holds it.',
  unknown_key:
    'Something is stored under a key that is not in the key ring of this process: put the key into SECRET_KEYS or the ' +
    'key file; doctor names it.',
}

/** By the adapter's word, the code of driver or system, or Prisma's. */
const BY_WORD: Readonly<Record<string, Outage>> = {
  DatabaseNotReachable: 'unreachable',
  ConnectionClosed: 'unreachable',
  SocketTimeout: 'unreachable',
  TlsConnectionError: 'unreachable',
  ECONNREFUSED: 'unreachable',
  ECONNRESET: 'unreachable',
  EHOSTUNREACH: 'unreachable',
  ENETUNREACH: 'unreachable',
  ENOTFOUND: 'unreachable',
  EPIPE: 'unreachable',
  ETIMEDOUT: 'unreachable',
  EAI_AGAIN: 'unreachable',
  P1001: 'unreachable',
  P1002: 'unreachable',
  P1017: 'unreachable',
  // The server is told to stop, has crashed, or starts.
  '57P01': 'unreachable',
  '57P02': 'unreachable',
  '57P03': 'unreachable',
  AuthenticationFailed: 'refused',
  DatabaseAccessDenied: 'refused',
  '28P01': 'refused',
  '28000': 'refused',
  DatabaseDoesNotExist: 'no_database',
  '3D000': 'no_database',
  TableDoesNotExist: 'not_migrated',
  '53100': 'full',
  '25006': 'read_only',
  '58030': 'input_output',
  XX001: 'damaged',
  XX002: 'damaged',
  SQLITE_NOTADB: 'damaged',
  TooManyConnections: 'crowded',
  '53200': 'crowded',
  '53300': 'crowded',
  '55P03': 'locked',
  '57014': 'locked',
  P1008: 'locked',
  P2024: 'crowded',
  P2028: 'locked',
  UNKNOWN_KEY: 'unknown_key',
}

/** SQLite's extended codes begin with the plain one. */
const BY_BEGINNING: readonly (readonly [string, Outage])[] = [
  ['SQLITE_BUSY', 'locked'],
  ['SQLITE_FULL', 'full'],
  ['SQLITE_READONLY', 'read_only'],
  ['SQLITE_IOERR', 'input_output'],
  ['SQLITE_CORRUPT', 'damaged'],
  ['SQLITE_CANTOPEN', 'input_output'],
]

/** What a connection to a Unix socket says while no server is there; of a file they say something else. */
const BY_SOCKET = ['ENOENT', 'EACCES', 'ENOTSOCK']

/** The PostgreSQL driver gives these no code. */
const BY_MESSAGE =
  /^(?:timeout exceeded when trying to connect|timeout expired|Query read timeout|Connection terminated.*|Client has encountered a connection error and is not queryable)$/

const MAX_DEPTH = 6

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && name in value ? value[name as keyof typeof value] : undefined
}

/** What the database adapter calls the failure, such as `TableDoesNotExist`; null when it says nothing. */
export function adapterKind(error: unknown): string | null {
  // Prisma's error has the adapter's within; a statement of ours throws that itself.
  const adapters = fieldOf(fieldOf(error, 'meta'), 'driverAdapterError') ?? error
  const kind = fieldOf(fieldOf(adapters, 'cause'), 'kind')
  return typeof kind === 'string' ? kind : null
}

/** A failure and what it says caused it, the innermost first: that one knows best. */
function causesOf(error: unknown, depth = 0): unknown[] {
  if (depth > MAX_DEPTH || typeof error !== 'object' || error === null) return []
  const inner = [fieldOf(fieldOf(error, 'meta'), 'driverAdapterError'), fieldOf(error, 'cause')]
  return [...inner.flatMap((each) => causesOf(each, depth + 1)), error]
}

function outageIn(error: unknown): Outage | null {
  for (const name of ['originalCode', 'code', 'kind']) {
    const word = fieldOf(error, name)
    if (typeof word !== 'string') continue
    const found = BY_WORD[word] ?? BY_BEGINNING.find(([beginning]) => word.startsWith(beginning))?.[1]
    if (found !== undefined) return found
  }
  const code = fieldOf(error, 'code')
  const connecting = fieldOf(error, 'syscall') === 'connect' || String(fieldOf(error, 'name')).startsWith('Prisma')
  if (connecting && typeof code === 'string' && BY_SOCKET.includes(code)) return 'unreachable'
  const message = fieldOf(error, 'message')
  return typeof message === 'string' && BY_MESSAGE.test(message) ? 'unreachable' : null
}

/** What keeps the database from serving, or null where a failure has another reason: that one is a bug. */
export function outageOf(error: unknown): Outage | null {
  for (const each of causesOf(error)) {
    const outage = outageIn(each)
    if (outage !== null) return outage
  }
  return null
}

/**
 * A failure in a sentence. S10, S16: a database error can quote the values of its query, so of those nobody put into
 * words here only name and code are told.
 */
export function failureSentence(error: unknown): string {
  // By its name: the drivers behind the class must not come into what the framework bundles.
  if (error instanceof Error && error.name === 'MigrationError') return error.message
  const outage = outageOf(error)
  if (outage !== null) return OUTAGES[outage]
  if (!(error instanceof Error)) return 'Something failed without saying why.'
  const code = fieldOf(error, 'code') ?? fieldOf(fieldOf(error, 'cause'), 'originalCode')
  const told = typeof code === 'string' ? ` (${code})` : ''
  const fromDatabase = error.name.startsWith('Prisma') || 'detail' in error
  return fromDatabase ? `The database failed: ${error.name}${told}.` : `${error.name}${told}: ${error.message}`
}
