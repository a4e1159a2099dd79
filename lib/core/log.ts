import { type Logger, pino, stdSerializers } from 'pino'
import { OUTAGES, type Outage, outageOf } from './failure'
import { minutes } from './kernel/time'
import { inWords, isUnreadableRow, type UnreadableRow } from './kernel/unreadable'

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
const MAX_REMEMBERED = 1_000
const MAX_OF_A_ROW = 10

interface Told {
  /** When its last line was written, by a clock that nobody sets. */
  at: number
  /** How many were written since. */
  lines: number
  /** How many failures have gone without one since. */
  silent: number
}

const outagesKey = Symbol.for('twofold.log.outages')
const told = globalThis as { [outagesKey]?: Map<string, Told> }
told[outagesKey] ??= new Map()
const outages = told[outagesKey]

/** Whether it is time for a line about this, as many a minute; those in between are counted. */
function takeLine(about: string, most = 1): { untold?: number } | null {
  const now = performance.now()
  const before = outages.get(about)
  if (before !== undefined && now - before.at < OUTAGE_INTERVAL) {
    before.lines += 1
    if (before.lines <= most) return {}
    before.silent += 1
    return null
  }
  // No more than a damaged database could fill.
  if (outages.size >= MAX_REMEMBERED) outages.clear()
  outages.set(about, { at: now, lines: 1, silent: 0 })
  return before === undefined || before.silent === 0 ? {} : { untold: before.silent }
}

/** What cannot be read, by table, row and column (N41): few lines a minute, so that a person’s reference is in one. */
function logUnreadable(error: UnreadableRow, message: string, fields: Readonly<Record<string, unknown>>): void {
  for (const place of error.places) {
    const sentence = `${inWords(place)}: doctor says what to do.`
    const line = takeLine(sentence, MAX_OF_A_ROW)
    if (line !== null) log().error({ ...fields, ...place, ...line, during: message }, sentence)
  }
}

/**
 * A line for a failure. While the database is away everything fails alike: of each kind one line a minute, with the
 * cause in words (N38). Gives what kind of outage it was; null for any other failure, which has a line each.
 */
export function logFailure(
  error: unknown,
  message: string,
  fields: Readonly<Record<string, unknown>> = {},
): Outage | null {
  if (isUnreadableRow(error)) {
    logUnreadable(error, message, fields)
    return null
  }
  const outage = outageOf(error)
  if (outage === null) {
    log().error({ ...fields, err: error }, message)
    return null
  }
  const line = takeLine(outage)
  if (line !== null) log().error({ outage, ...line, during: message }, OUTAGES[outage])
  return outage
}
