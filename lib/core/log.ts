import { type Logger, pino, stdSerializers } from 'pino'
import { OUTAGES, type Outage, outageOf } from './failure'
import { minutes } from './kernel/time'

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

const OUTAGE_INTERVAL = minutes(1)

interface Told {
  /** When its last line was written, by a clock that nobody sets. */
  at: number
  /** How many failures have gone without one since. */
  silent: number
}

const outagesKey = Symbol.for('twofold.log.outages')
const told = globalThis as { [outagesKey]?: Map<Outage, Told> }
told[outagesKey] ??= new Map()
const outages = told[outagesKey]

/**
 * A line for a failure. While the database is away everything fails alike: of each kind one line a minute, with the cause
 * in words (N38). Gives what kind of outage it was; null for any other failure, which has a line each.
 */
export function logFailure(
  error: unknown,
  message: string,
  fields: Readonly<Record<string, unknown>> = {},
): Outage | null {
  const outage = outageOf(error)
  if (outage === null) {
    log().error({ ...fields, err: error }, message)
    return null
  }
  const now = performance.now()
  const before = outages.get(outage)
  if (before !== undefined && now - before.at < OUTAGE_INTERVAL) {
    before.silent += 1
    return outage
  }
  outages.set(outage, { at: now, silent: 0 })
  const more = before === undefined || before.silent === 0 ? {} : { untold: before.silent }
  log().error({ outage, ...more, during: message }, OUTAGES[outage])
  return outage
}
