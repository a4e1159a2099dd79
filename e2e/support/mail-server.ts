import { fork } from 'node:child_process'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import PostalMime, { type Email } from 'postal-mime'

export interface MailServer {
  /** What it has taken over, in the envelope's words and as a mail program reads it. */
  taken: { to: string[]; mail: Email }[]
  /** Answers 550 for this recipient from now on. */
  refuse(address: string): Promise<void>
  stop(): Promise<void>
}

/** A real mail server beside ours, reached over a socket. */
export async function startMailServer(port: number): Promise<MailServer> {
  const child = fork(join(import.meta.dirname, 'smtp-process.ts'), [String(port)], { execArgv: ['--import', 'tsx'] })
  const taken: MailServer['taken'] = []
  child.on('message', async (message: 'ready' | 'noted' | { to: string[]; raw: string }) => {
    if (typeof message === 'object') taken.push({ to: message.to, mail: await PostalMime.parse(message.raw) })
  })
  await once(child, 'message')
  return {
    taken,
    refuse: async (address) => {
      child.send(address)
      await once(child, 'message')
    },
    stop: async () => {
      const ended = once(child, 'exit')
      child.disconnect()
      await ended
    },
  }
}

/** Something that takes connections and never says a word. */
export async function startSilence(): Promise<{ port: number; connections: () => number; stop: () => Promise<void> }> {
  const sockets: Socket[] = []
  const server = createServer((socket) => {
    sockets.push(socket)
    socket.on('error', () => undefined)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    connections: () => sockets.length,
    stop: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
