import { createHash } from 'node:crypto'
import type { Socket } from 'node:net'
import { PrismaPg } from '@prisma/adapter-pg'
import type { SqlDriverAdapter, SqlDriverAdapterFactory } from '@prisma/driver-adapter-utils'
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

const TIMESTAMP = pg.types.builtins.TIMESTAMP

/** A column without zone is in UTC; the driver would have it in the zone of this process. */
const IN_UTC: pg.CustomTypesConfig = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') =>
    oid === TIMESTAMP && format !== 'binary'
      ? (text: string) => new Date(`${text.replace(' ', 'T')}Z`)
      : pg.types.getTypeParser(oid, format as 'text'),
}

/** One text has one name, whichever bundle of this module asks on the connection. */
const names = new Map<string, string>()
function nameOf(text: string): string {
  const name = names.get(text) ?? createHash('sha256').update(text).digest('hex').slice(0, 32)
  names.set(text, name)
  return name
}

/** Rows of one statement that its connection keeps prepared, past Prisma; null where no pool is open yet. */
export type ReadPrepared = (text: string, values: readonly unknown[]) => Promise<Record<string, unknown>[]> | null

export function postgresqlAdapter(
  url: string,
  { maxWait = MAX_WAIT, maxSilence = MAX_SILENCE }: { maxWait?: number | undefined; maxSilence?: number | undefined },
): SqlDriverAdapterFactory & { readNow: ReadPrepared } {
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
  let open: pg.Pool | null = null

  async function connect(): Promise<SqlDriverAdapter> {
    const pool = new pg.Pool(config)
    const connection = await new PrismaPg(pool, { disposeExternalPool: true }).connect()
    const dispose = connection.dispose.bind(connection)
    open = pool
    return Object.assign(connection, {
      dispose: async () => {
        open = null
        await dispose()
      },
    })
  }

  async function read(pool: pg.Pool, text: string, values: readonly unknown[]): Promise<Record<string, unknown>[]> {
    const { rows } = await pool.query({ name: nameOf(text), text, values: [...values], types: IN_UTC })
    return rows
  }

  return {
    provider: 'postgres',
    adapterName: '@prisma/adapter-pg',
    connect,
    readNow: (text, values) => (open === null ? null : read(open, text, values)),
  }
}
