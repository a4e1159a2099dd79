import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Stands between a server and its PostgreSQL, and can be taken away. */
export interface Relay {
  url: string
  cut(): Promise<void>
  mend(): Promise<void>
  stop(): Promise<void>
}

const SOCKET = '.s.PGSQL.5432'

/** For a database whose address names the folder of a Unix socket. */
export async function startRelay(databaseUrl: string): Promise<Relay> {
  const behind = new URL(databaseUrl)
  const target = join(behind.searchParams.get('host') ?? '', SOCKET)
  const directory = await mkdtemp(join(tmpdir(), 'twofold-relay-'))
  const sockets = new Set<Socket>()
  let server: Server | null = null
  const mend = async () => {
    server = createServer((near) => {
      const far = connect(target)
      for (const [one, other] of [
        [near, far],
        [far, near],
      ] as const) {
        sockets.add(one)
        one.pipe(other)
        one.on('error', () => other.destroy())
        one.on('close', () => {
          sockets.delete(one)
          other.destroy()
        })
      }
    })
    server.listen(join(directory, SOCKET))
    await once(server, 'listening')
  }
  const cut = async () => {
    const closing = server
    server = null
    if (closing === null) return
    const closed = once(closing, 'close')
    closing.close()
    for (const socket of sockets) socket.destroy()
    await closed
  }
  await mend()
  behind.searchParams.set('host', directory)
  return {
    url: behind.href,
    cut,
    mend,
    stop: async () => {
      await cut()
      await rm(directory, { recursive: true, force: true })
    },
  }
}
