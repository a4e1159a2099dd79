import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { Agent, createServer, get, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Connections, inTurn, MAX_UNANSWERED, tendConnections } from './connections'

const MAX_IDLE = 3

let server: Server
let connections: Connections
let handle: (request: IncomingMessage, response: ServerResponse) => void
let agents: Agent[]
let sockets: Socket[]
const port = () => (server.address() as AddressInfo).port

async function listen(maxIdle: number): Promise<void> {
  server = createServer(inTurn((request, response) => handle(request, response)))
  connections = tendConnections(server, maxIdle)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
}

beforeEach(async () => {
  agents = []
  sockets = []
  handle = (_request, response) => void response.end('page')
  await listen(MAX_IDLE)
})
afterEach(() => {
  for (const agent of agents) agent.destroy()
  for (const socket of sockets) socket.destroy()
  server.closeAllConnections()
  server.close()
})

/** A browser or proxy with one connection, which it keeps. */
function client() {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  agents.push(agent)
  return () =>
    new Promise<{ status: number; connection: string | undefined; socket: Socket }>((resolve, reject) => {
      get({ host: '127.0.0.1', port: port(), agent }, (answer) => {
        const { socket } = answer
        answer.resume()
        answer.on('error', reject)
        answer.on('end', () =>
          resolve({ status: answer.statusCode ?? 0, connection: answer.headers.connection, socket }),
        )
      }).on('error', reject)
    })
}

/**
 * Sixteen at once, each with a new connection for each request, until nobody listens; what became of each is written.
 */
const CROWD = `
  const { get } = require('node:http')
  const ask = () => get({ host: '127.0.0.1', port: process.argv[1], agent: false }, (answer) => {
    answer.resume()
    answer.on('end', () => (console.log('answered'), ask()))
    answer.on('error', ({ code }) => (console.log(code), ask()))
  }).on('error', ({ code }) => (console.log(code), code === 'ECONNREFUSED' || ask()))
  for (let lane = 0; lane < 16; lane += 1) ask()
`

/** A connection that asks for nothing. */
async function silent(): Promise<Socket> {
  const socket = connect({ host: '127.0.0.1', port: port() })
  socket.on('error', () => undefined)
  sockets.push(socket)
  await once(socket, 'connect')
  return socket
}

test('X12: an idle connection lives longer than a proxy keeps it', () => {
  expect(server.keepAliveTimeout).toBe(75_000)
})

test('X12: of idle connections so many stay, and the one that has been idle longest is closed', async () => {
  const [one, two, three, four] = [client(), client(), client(), client()]
  const first = await one()
  const second = await two()
  await three()
  // Used again: now the second has been idle longest.
  expect((await one()).socket).toBe(first.socket)
  const closed = once(second.socket, 'close')
  await four()
  await closed
  expect(first.socket.destroyed).toBe(false)
  expect((await one()).socket).toBe(first.socket)
})

test('X12: a connection that never asked for anything counts, and one that is answered does not', async () => {
  let finish: () => void = () => undefined
  handle = (_request, response) => {
    finish = () => void response.end('page')
  }
  const answered = client()()
  await expect.poll(() => finish.name).not.toBe('')
  const [first] = await Promise.all([silent(), silent(), silent()])
  const closed = new Promise((resolve) => sockets.map((socket) => socket.once('close', resolve)))
  await silent()
  await closed
  expect(first).toBeDefined()
  finish()
  expect((await answered).status).toBe(200)
})

describe('N36: a connection that sends before it is answered', () => {
  const ASK = 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'
  let answers: ServerResponse[]
  beforeEach(() => {
    answers = []
    handle = (_request, response) => void answers.push(response)
  })
  /** As many requests in one piece; gives what comes back until the connection ends. */
  async function sendAll(count: number) {
    const socket = await silent()
    const got = { text: '', closed: once(socket, 'close') }
    socket.setEncoding('utf8').on('data', (part) => {
      got.text += part
    })
    socket.write(ASK.repeat(count))
    return { socket, got }
  }

  test('N36: has one request under way at a time, and gets an answer to each in order', async () => {
    const { socket, got } = await sendAll(3)
    for (let turn = 1; turn <= 3; turn += 1) {
      await expect.poll(() => answers.length).toBe(turn)
      await new Promise((resolve) => setTimeout(resolve, 20))
      expect(answers).toHaveLength(turn)
      answers.at(-1)?.end(`page ${turn}`)
    }
    await expect.poll(() => got.text.match(/page \d/g)).toEqual(['page 1', 'page 2', 'page 3'])
    expect(socket.destroyed).toBe(false)
  })

  test('N36: is cut off when it sends too many, and none but the first of them is begun', async () => {
    const { got } = await sendAll(MAX_UNANSWERED + 1)
    await got.closed
    expect(answers.length).toBeLessThanOrEqual(1)
    expect(got.text).toBe('')
  })

  test('N36: leaves nothing to do or to wait for when it ends', async () => {
    const { socket } = await sendAll(3)
    await expect.poll(() => answers.length).toBe(1)
    socket.destroy()
    await once(answers[0] as ServerResponse, 'close')
    const began = performance.now()
    await connections.stop(0, 5_000)
    expect(performance.now() - began).toBeLessThan(3_000)
    expect(answers).toHaveLength(1)
  })

  test('X12: is not idle while one of its requests waits', async () => {
    const { socket, got } = await sendAll(2)
    await expect.poll(() => answers.length).toBe(1)
    answers[0]?.end('page')
    await expect.poll(() => answers.length).toBe(2)
    await Promise.all(Array.from({ length: MAX_IDLE + 1 }, silent))
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(socket.destroyed).toBe(false)
    answers[1]?.end('page')
    await expect.poll(() => got.text.match(/page/g)).toHaveLength(2)
  })
})

describe('X12: a server that stops', () => {
  test('X12: answers on kept connections and new ones, tells each to close, and cuts nothing', async () => {
    const kept = client()
    expect((await kept()).connection).not.toBe('close')
    const unused = await silent()
    const cut = once(unused, 'close')
    let ended = false
    const stopped = connections.stop(400, 2_000).then(() => {
      ended = true
    })
    expect(connections.isStopping()).toBe(true)
    for (const ask of [kept, kept, client()]) expect(await ask()).toMatchObject({ status: 200, connection: 'close' })
    expect(ended).toBe(false)
    await stopped
    await cut
    expect(server.listening).toBe(false)
  })

  test('X12: what is answered already is told as well, and waited for', async () => {
    const ends: (() => void)[] = []
    handle = (_request, response) => {
      ends.push(() => void response.end('page'))
    }
    const [one, two] = [client()(), client()()]
    await expect.poll(() => ends.length).toBe(2)
    let ended = false
    const stopped = connections.stop(10, 5_000).then(() => {
      ended = true
    })
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(ended).toBe(false)
    for (const end of ends) end()
    for (const answer of await Promise.all([one, two]))
      expect(answer).toMatchObject({ status: 200, connection: 'close' })
    await stopped
  })

  test('X12: waits for nobody where nobody is connected, and not for ever where somebody is', async () => {
    await connections.stop(60_000, 60_000)
    expect(server.listening).toBe(false)
  })

  test('X12: resets no connection that was opened before it stopped to listen, however busy it is', async () => {
    server.close()
    await listen(100)
    handle = (_request, response) => {
      const end = performance.now() + 15
      while (performance.now() < end) void 0
      response.end('page')
    }
    // Whoever asks is a process of its own: what it opens waits to be taken while the server works.
    const crowd = spawn(process.execPath, ['-e', CROWD, String(port())], { stdio: ['ignore', 'pipe', 'inherit'] })
    let output = ''
    crowd.stdout.on('data', (part) => {
      output += part
    })
    await expect.poll(() => output).toContain('answered')
    await connections.stop(100, 5_000)
    await once(crowd, 'close')
    expect(output.split('\n').filter((line) => !['', 'answered', 'ECONNREFUSED'].includes(line))).toEqual([])
    expect(output.match(/ECONNREFUSED/g)).toHaveLength(16)
  })

  test('X12: an answer that never ends is not waited for', async () => {
    handle = () => undefined
    const never = client()()
    never.catch(() => undefined)
    await expect.poll(() => server.connections ?? 1).toBeGreaterThan(0)
    await connections.stop(10, 60)
    expect(connections.isStopping()).toBe(true)
  })
})
