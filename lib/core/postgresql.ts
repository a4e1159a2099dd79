import type { Socket } from 'node:net'
import { PrismaPg } from '@prisma/adapter-pg'
import pg from 'pg'
import { seconds } from './kernel/time'

const MAX_WAIT = seconds(10)
const STATEMENT_TIMEOUT = seconds(15)
/** The server ends a statement before this: one that says nothing for longer is not there any more. */
const MAX_SILENCE = seconds(17)

/** What the system says of a connection that is silent, so that it is told as such. */
function silent(): Error {
  const error = new Error('the database server says nothing any more')
  return Object.assign(error, { code: 'ETIMEDOUT', syscall: 'read', errno: -110 })
}

/**
 * A client whose connection ends when the server is silent. A connection that a firewall or a network forgot is never
 * closed by anybody else, and whoever waits on it would wait for ever.
 */
export function impatient(maxSilence: number): typeof pg.Client {
  return class extends pg.Client {
    constructor(...config: ConstructorParameters<typeof pg.Client>) {
      super(...config)
      this.once('connect', () => {
        const { stream } = (this as unknown as { connection: { stream: Socket } }).connection
        stream.setTimeout(maxSilence, () => stream.destroy(silent()))
      })
    }
  }
}

export function postgresqlAdapter(
  url: string,
  { maxWait = MAX_WAIT, maxSilence = MAX_SILENCE }: { maxWait?: number | undefined; maxSilence?: number | undefined },
): PrismaPg {
  const config: pg.PoolConfig & { Client: typeof pg.Client } = {
    Client: impatient(maxSilence),
    connectionString: url,
    application_name: 'twofold',
    max: 10,
    connectionTimeoutMillis: maxWait,
    // Before it counts as silent.
    idleTimeoutMillis: Math.min(seconds(10), maxSilence / 2),
    keepAlive: true,
    keepAliveInitialDelayMillis: seconds(10),
    statement_timeout: STATEMENT_TIMEOUT,
    idle_in_transaction_session_timeout: seconds(30),
    // Columns are timestamps without zone, in UTC: now() in a raw query must agree.
    options: '-c timezone=UTC',
  }
  return new PrismaPg(config)
}
