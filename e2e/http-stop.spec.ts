import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { Agent, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort, type Server, startServer } from './support/server'
import { expect, test } from './support/test'

/** One request on a connection that is kept; rejects as the connection fails. */
function ask(agent: Agent, port: number, path: string): Promise<{ status: number; close: boolean }> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ host: '127.0.0.1', port, path, agent }, (answer) => {
      answer.resume()
      answer.on('error', reject)
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, close: answer.headers.connection === 'close' }))
    })
    // Whether the connection was new says which of the two ways to lose a request it was.
    outgoing.on('error', (error) => reject(Object.assign(error, { kept: outgoing.reusedSocket })))
    outgoing.end()
  })
}

test('X12: two instances restarted one after the other under load lose no request', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'twofold-e2e-'))
  const started: Server[] = []
  const start = async () => {
    const server = await startServer({ DATA_DIR: dataDir })
    started.push(server)
    return server
  }
  const serving = [await start(), await start()]
  const agent = new Agent({ keepAlive: true, maxSockets: 8 })
  const lost: string[] = []
  let [answered, told, refused, reset, over] = [0, 0, 0, 0, false]
  /** As a proxy does: in turns, and elsewhere where a connection is refused, or reset before anything came over it. */
  const lane = async () => {
    for (let turn = 0; !over; turn += 1) {
      const path = turn % 3 === 0 ? '/api/v1/me' : '/sign-in'
      for (let more = 0; more < 4; more += 1) {
        const { port } = serving[(turn + more) % serving.length] as Server
        try {
          const { status, close } = await ask(agent, port, path)
          if (![200, 401].includes(status)) lost.push(`${path} ${status}`)
          answered += 1
          told += close ? 1 : 0
          break
        } catch (error) {
          const { code, kept } = error as NodeJS.ErrnoException & { kept?: boolean }
          const isNew = code === 'ECONNREFUSED' || (code === 'ECONNRESET' && kept === false)
          reset += code === 'ECONNRESET' ? 1 : 0
          if (!isNew || more === 3) {
            lost.push(`${path} ${code} on a ${kept ? 'kept' : 'new'} connection: ${(error as Error).message}`)
            break
          }
          refused += 1
        }
      }
    }
  }
  try {
    const lanes = Array.from({ length: 4 }, lane)
    for (const index of [0, 1]) {
      const before = answered
      expect(await (serving[index] as Server).stop({ data: true })).toBe(0)
      serving[index] = await start()
      await expect.poll(() => answered).toBeGreaterThan(before + 20)
    }
    over = true
    await Promise.all(lanes)
    expect(lost).toEqual([])
    // What connects in the instant in which a socket is closed is reset by the system.
    expect(reset).toBeLessThanOrEqual(1)
    expect(told).toBeGreaterThan(0)
    expect(answered).toBeGreaterThan(refused)
  } finally {
    over = true
    agent.destroy()
    for (const server of started) await server.stop({ data: true })
    await rm(dataDir, { recursive: true, force: true })
  }
})

test('ASVS 16.5.4: an exception that nobody caught is told, what runs is finished, and the code says to start anew', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'twofold-e2e-'))
  const port = await freePort()
  // What the process under test does not have: a fault that comes when told to.
  const fault = "process.on('SIGUSR2', () => setImmediate(() => { throw new Error('a fault') }))"
  const child = spawn(
    process.execPath,
    ['--import', `data:text/javascript,${encodeURIComponent(fault)}`, 'dist/serve.mjs'],
    {
      env: { PATH: process.env.PATH, NODE_ENV: 'production', PORT: String(port), DATA_DIR: dataDir },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  )
  let output = ''
  child.stdout.on('data', (part) => {
    output += part
  })
  try {
    await expect.poll(() => output, { timeout: 60_000 }).toContain('Twofold is ready')
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    expect((await ask(agent, port, '/sign-in')).status).toBe(200)
    const ended = once(child, 'exit')
    child.kill('SIGUSR2')
    await expect.poll(() => output).toContain('an exception nobody caught')
    expect(await ask(agent, port, '/sign-in')).toEqual({ status: 200, close: true })
    agent.destroy()
    expect(await ended).toEqual([1, null])
    expect(output).toContain('"level":60')
  } finally {
    child.kill('SIGKILL')
    await rm(dataDir, { recursive: true, force: true })
  }
})
