import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { newToken } from '../../lib/core/crypto/token'
import { systemRandom } from '../../lib/core/kernel/random'
import { aSession } from '../../lib/testing/world'
import { Client, hiddenFields, KEEPS } from './client'
import { median, number, say } from './figures'
import { aWorld } from './people'
import { type BenchServer, startServer } from './server'

const IN_FLIGHT = 150
const SECONDS = 30
/** Of a signed-in person and of a supervisor, both of whom ask again only when they were answered. */
const PAUSE = 100

interface Watched {
  page: number[]
  probe: number[]
  refused: number
  most: number
}

function p95(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.ceil(sorted.length * 0.95) - 1] ?? Number.NaN
}

/** Asks for a page as a signed-in person and for the probe, each on a connection of its own, for so long. */
async function watch(server: BenchServer, session: string, seconds: number): Promise<Watched> {
  const watched: Watched = { page: [], probe: [], refused: 0, most: 0 }
  const end = performance.now() + seconds * 1000
  const ask = async (path: string, headers: Record<string, string>, times: number[]) => {
    const client = new Client(server.url)
    while (performance.now() < end) {
      const began = performance.now()
      const { status } = await client.send('GET', path, headers)
      times.push(performance.now() - began)
      if (status !== 200) watched.refused += 1
      await new Promise((resolve) => setTimeout(resolve, PAUSE))
    }
    client.close()
  }
  const memory = async () => {
    while (performance.now() < end) {
      watched.most = Math.max(watched.most, server.resident())
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
  await Promise.all([
    ask('/account', { Cookie: session }, watched.page),
    ask('/api/health/live', {}, watched.probe),
    memory(),
  ])
  return watched
}

/**
 * Wrong passwords, with or without an invented session, as many under way as told, each sender on to the next as soon
 * as it is answered.
 */
async function flood(
  url: string,
  fields: Record<string, string>,
  networks: number,
  invented: boolean,
): Promise<Map<number, number>> {
  const statuses = new Map<number, number>()
  const end = performance.now() + SECONDS * 1000
  let sent = 0
  await Promise.all(
    Array.from({ length: IN_FLIGHT }, async () => {
      const client = new Client(url)
      while (performance.now() < end) {
        sent += 1
        const guess = { ...fields, email: `person${sent}@example.com`, password: 'not the password at all' }
        const address = `10.${sent % networks}.0.1`
        const cookie = invented ? `__Host-twofold-session=${newToken(systemRandom)}` : ''
        const { status } = await client.post('/sign-in', guess, cookie, { 'X-Forwarded-For': address })
        statuses.set(status, (statuses.get(status) ?? 0) + 1)
      }
      client.close()
    }),
  )
  return statuses
}

function tell(name: string, alone: Watched, beside: Watched, statuses: Map<number, number>): void {
  const answered = [...statuses].sort(([a], [b]) => a - b).map(([status, count]) => `${status}: ${count}`)
  say(`${name}: what they are answered`, answered.join(', '))
  const pair = (a: number, b: number, digits = 0) => `${number(a, digits)} ${number(b, digits)}`
  say('a signed-in page, median without and beside (ms)', pair(median(alone.page), median(beside.page)))
  say('the same, p95', pair(p95(alone.page), p95(beside.page)), 'aim: beside below 1000')
  say('the probe, p95 (ms)', pair(p95(alone.probe), p95(beside.probe)), 'aim: beside below 200')
  say('of both, not answered by 200', pair(alone.refused, beside.refused), 'aim 0')
  say('resident memory at most (MiB)', pair(alone.most, beside.most))
  say('ratio', number(beside.most / alone.most), 'aim 1.3 or less')
}

/** 150 wrong passwords under way for half a minute, from one network and from many, beside people who are signed in. */
export async function floodFigures(): Promise<void> {
  const dataDir = mkdtempSync(join(tmpdir(), 'twofold-bench-'))
  try {
    const { deps, owner, close } = await aWorld(dataDir, 1)
    const { token } = await aSession(deps, owner.person.id, { methods: ['pwd', 'otp'] })
    await close()
    const session = `__Host-twofold-session=${token}`
    for (const [name, networks, invented] of [
      ['150 wrong passwords from one network', 1, false],
      ['150 wrong passwords from 250 networks', 250, false],
      ['150 wrong passwords and invented sessions from 250 networks', 250, true],
    ] as const) {
      const server = await startServer(dataDir, { counting: false, environment: { TRUSTED_PROXY_HOPS: '1' } })
      const client = new Client(server.url)
      const fields = hiddenFields((await client.send('GET', '/sign-in', KEEPS)).body)
      // A company at work: pages were drawn, and every thread has hashed.
      const typed = { ...fields, email: 'owner@example.com', password: 'not the password' }
      await Promise.all(Array.from({ length: 8 }, () => client.post('/sign-in', typed)))
      const alone = await watch(server, session, SECONDS / 2)
      const [statuses, beside] = await Promise.all([
        flood(server.url, fields, networks, invented),
        watch(server, session, SECONDS),
      ])
      tell(name, alone, beside, statuses)
      client.close()
      await server.stop()
    }
  } finally {
    rmSync(dataDir, { recursive: true, force: true })
  }
}
