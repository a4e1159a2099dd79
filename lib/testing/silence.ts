import { once } from 'node:events'
import { createConnection, createServer, type Socket } from 'node:net'

export interface Relay {
  /** The same database, through the relay. */
  url: string
  /** From now on nothing goes through, and nothing is closed: as behind a firewall that forgot its connections. */
  hush(): void
  /** New connections work again; those that were silent stay so. */
  speak(): void
  close(): Promise<void>
}

/** Stands between a client and the PostgreSQL server of the tests. */
export async function startRelay(databaseUrl: string): Promise<Relay> {
  const direct = new URL(databaseUrl)
  const socket = `${direct.searchParams.get('host')}/.s.PGSQL.5432`
  const open = new Set<Socket>()
  let hushed = false
  const server = createServer((near) => {
    const far = createConnection(socket)
    const dead = { at: hushed }
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(from)
      from.on('data', (part) => {
        if (hushed) dead.at = true
        if (!dead.at) to.write(part)
      })
      from.on('error', () => undefined)
      from.on('close', () => {
        open.delete(from)
        // Whom nobody hears, nobody says goodbye to.
        if (!dead.at && !hushed) to.destroy()
        else if (from === near) far.destroy()
      })
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    url: `postgresql://postgres@127.0.0.1:${address.port}${direct.pathname}`,
    hush: () => {
      hushed = true
    },
    speak: () => {
      hushed = false
    },
    close: async () => {
      for (const each of open) each.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
