import { type Logger, pino, stdSerializers } from 'pino'

const key = Symbol.for('twofold.log')
const shared = globalThis as { [key]?: Logger }

/** A database error can quote the values of its query, so of these only name and code are kept (S10, S16). */
function errorOf(error: unknown): unknown {
  if (!(error instanceof Error)) return { type: typeof error }
  if (!error.name.startsWith('Prisma')) return stdSerializers.err(error)
  const stack = error.stack?.split('\n').filter((line) => /^\s+at /.test(line))
  return { type: error.name, code: 'code' in error ? error.code : undefined, stack: stack?.join('\n') }
}

/** One JSON line an entry on standard output; never a secret, a typed value or a query string. */
export function log(): Logger {
  shared[key] ??= pino({
    level: 'info',
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    serializers: { err: errorOf },
  })
  return shared[key]
}

export function setLogLevel(level: string): void {
  log().level = level
}
