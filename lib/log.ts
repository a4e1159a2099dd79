import { type Logger, pino } from 'pino'

const key = Symbol.for('twofold.log')
const shared = globalThis as { [key]?: Logger }

/** One JSON line an entry on standard output; never a secret, a typed value or a query string. */
export function log(): Logger {
  shared[key] ??= pino({ level: 'info', base: null, timestamp: pino.stdTimeFunctions.isoTime })
  return shared[key]
}

export function setLogLevel(level: string): void {
  log().level = level
}
