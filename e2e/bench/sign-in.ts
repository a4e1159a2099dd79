import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { hashToken } from '../../lib/core/crypto/token'
import { TOTP_DEFAULTS, timeStep, totpAt } from '../../lib/core/otp/totp'
import { drawnForAttempt } from '../../lib/web/gate/drawn'
import { Client, hiddenFields, KEEPS } from './client'
import { median, number, rate, say } from './figures'
import { type Enrolled, PASSWORD, seed } from './people'
import { startServer } from './server'
import { bareHashes } from './units'

const ROUNDS = 3
const AT_ONCE = 8
const SECONDS = 4
const STEPS = 2

export interface Forms {
  password: Record<string, string>
  totp: Record<string, string>
}

/** Each person can sign in once a time step; this one and the next are open at any moment. */
export function tickets(people: readonly Enrolled[]) {
  let next = 0
  return () => {
    const person = people[next % people.length]
    const offset = Math.floor(next / people.length) % STEPS
    next += 1
    if (person === undefined) throw new Error('nobody')
    return { person, code: codeOf(person, offset) }
  }
}

export function codeOf(person: Enrolled, offset: number): string {
  return totpAt({ key: person.key, ...TOTP_DEFAULTS }, timeStep(new Date()) + offset)
}

/** Gives the cookies of the session and of the browser. */
export async function signIn(
  client: Client,
  forms: Forms,
  ticket: { person: Enrolled; code: string },
  device = '',
  pages = false,
): Promise<{ session: string; device: string }> {
  const look = async (path: string, cookie: string) => {
    if (!pages) return
    const { status } = await client.send('GET', path, { Cookie: cookie })
    if (status !== 200) throw new Error(`${path} answered ${status}`)
  }
  await look('/sign-in', KEEPS.Cookie)
  const fields = { ...forms.password, email: ticket.person.email, password: PASSWORD }
  const first = await client.post('/sign-in', fields, device)
  const attempt = first.cookies.find((cookie) => cookie.startsWith('__Host-twofold-attempt='))
  if (first.status !== 303 || attempt === undefined) throw new Error(`the password step answered ${first.status}`)
  await look('/sign-in/verify', attempt)
  // As the page of this sign-in says (S26).
  const [, token = ''] = /=([^;]*)/.exec(attempt) ?? []
  const drawnFor = drawnForAttempt({ attemptHash: hashToken('attempt', token) })
  const second = await client.post(
    '/sign-in/verify',
    { ...forms.totp, drawnFor, passcode: ticket.code },
    [attempt, device].join('; '),
  )
  const session = second.cookies.find((cookie) => cookie.startsWith('__Host-twofold-session='))
  if (second.status !== 303 || session === undefined) throw new Error(`the passcode step answered ${second.status}`)
  await look('/account', session)
  const me = await client.send('GET', '/api/v1/me', { Cookie: session })
  if (me.status !== 200) throw new Error(`/api/v1/me answered ${me.status}`)
  return { session, device: second.cookies.find((cookie) => cookie.startsWith('__Host-twofold-device=')) ?? device }
}

export async function formsOf(client: Client, ticket: { person: Enrolled; code: string }): Promise<Forms> {
  const password = hiddenFields((await client.send('GET', '/sign-in', KEEPS)).body)
  const started = await client.post('/sign-in', { ...password, email: ticket.person.email, password: PASSWORD })
  const page = await client.send('GET', '/sign-in/verify', { Cookie: started.cookies.join('; ') })
  return { password, totp: hiddenFields(page.body) }
}

async function pageBytes(client: Client): Promise<{ raw: number; gzip: number }> {
  const { body } = await client.send('GET', '/sign-in')
  const scripts = new Set(
    [...body.matchAll(/(?:src|href)="(\/_next\/static\/[^"]+\.(?:js|css))"/g)].map((hit) => hit[1]),
  )
  const files = await Promise.all([...scripts].map(async (path) => (await client.send('GET', path ?? '')).body))
  const all = [body, ...files]
  const sum = (sizes: number[]) => sizes.reduce((total, size) => total + size, 0)
  return {
    raw: sum(all.map((text) => Buffer.byteLength(text))),
    gzip: sum(all.map((text) => gzipSync(text).length)),
  }
}

async function statementFigures(dataDir: string, ticket: ReturnType<typeof tickets>): Promise<void> {
  const server = await startServer(dataDir, { counting: true })
  const client = new Client(server.url)
  const forms = await formsOf(client, ticket())
  const { session } = await signIn(client, forms, ticket())
  await server.statements()
  const times = 10
  for (let index = 0; index < times; index += 1) await client.send('GET', '/api/v1/me', { Cookie: session })
  const perRequest = (await server.statements()).length / times
  const counted = { first: [] as string[][], known: [] as string[][], fresh: [] as string[][] }
  for (let index = 0; index < times; index += 1) {
    const { person, code } = ticket()
    const { device } = await signIn(client, forms, { person, code })
    counted.first.push(await server.statements())
    await signIn(client, forms, { person, code: codeOf(person, 1) }, device)
    counted.known.push(await server.statements())
    const other = ticket().person
    await signIn(client, forms, { person: other, code: codeOf(other, 0) })
    await server.statements()
    await signIn(client, forms, { person: other, code: codeOf(other, 1) })
    counted.fresh.push(await server.statements())
  }
  const statements = (each: string[][]) => number(median(each.map((one) => one.length)), 0)
  say("database statements in a person's first sign-in ever", statements(counted.first))
  say('the same for the first one in a known browser, its /api/v1/me included', statements(counted.known), 'aim 20')
  say('the same in a browser not seen before, told by mail', statements(counted.fresh))
  say('database statements per authenticated request', number(perRequest, 1), 'aim 1 or 2')
  if (process.argv.includes('--statements'))
    process.stdout.write(`${counted.known.at(-1)?.join('\n')}\n\n${counted.fresh.at(-1)?.join('\n')}\n`)
  client.close()
  await server.stop()
}

async function throughput(dataDir: string, ticket: ReturnType<typeof tickets>): Promise<void> {
  const server = await startServer(dataDir, { counting: false })
  const client = new Client(server.url)
  say('start to first sign-in page (ms)', number(server.startedIn, 0))
  say('resident memory idle (MiB)', number(server.resident(), 0))
  const forms = await formsOf(client, ticket())
  const { session } = await signIn(client, forms, ticket())
  const rounds = []
  for (let round = 0; round < ROUNDS; round += 1) {
    const hashes = await bareHashes(AT_ONCE, SECONDS)
    const cpuBefore = server.cpu()
    let done = 0
    const signIns = await rate(AT_ONCE, SECONDS, async () => {
      await signIn(client, forms, ticket())
      done += 1
    })
    const cpu = ((server.cpu() - cpuBefore) * 1000) / done
    rounds.push({ hashes: hashes.perSecond, signIns, ratio: signIns / hashes.perSecond, beyond: cpu - hashes.cpu })
  }
  say('argon2id hashes a second, bare, 8 at once', number(median(rounds.map((each) => each.hashes)), 1))
  say('complete sign-ins a second, 8 at once', number(median(rounds.map((each) => each.signIns)), 1))
  say('ratio sign-ins to hashes', number(median(rounds.map((each) => each.ratio))), 'aim 0.8')
  say(
    'server processor time a sign-in beyond the hash (ms)',
    number(median(rounds.map((each) => each.beyond)), 1),
    'aim 8',
  )

  const pairs = []
  for (let round = 0; round < ROUNDS; round += 1) {
    const trivial = await rate(AT_ONCE, 2, async () => void (await client.send('GET', '/api/v1/me')))
    const me = await rate(AT_ONCE, 2, async () => void (await client.send('GET', '/api/v1/me', { Cookie: session })))
    pairs.push({ trivial, me, ratio: me / trivial })
  }
  say('GET /api/v1/me without a session, requests a second', number(median(pairs.map((each) => each.trivial)), 0))
  say('GET /api/v1/me with a session, requests a second', number(median(pairs.map((each) => each.me)), 0))
  say('ratio', number(median(pairs.map((each) => each.ratio))), 'aim 0.7')
  say('resident memory after load (MiB)', number(server.resident(), 0))

  const bytes = await pageBytes(client)
  say('sign-in page with its scripts, raw (kB)', number(bytes.raw / 1000, 0))
  say('sign-in page with its scripts, gzip (kB)', number(bytes.gzip / 1000, 0))

  const gaps = []
  for (let round = 0; round < 12; round += 1) {
    const time = async (email: string) => {
      const began = performance.now()
      await client.post('/sign-in', { ...forms.password, email, password: 'not the password at all' })
      return performance.now() - began
    }
    const known = await time(`agent${round + 300}@example.com`)
    gaps.push(known - (await time(`nobody${round}@example.com`)))
  }
  say('known less unknown address, wrong password, median (ms)', number(median(gaps), 1), 'below 5 either way')
  client.close()
  await server.stop()
}

export async function signInFigures(): Promise<void> {
  const dataDir = mkdtempSync(join(tmpdir(), 'twofold-bench-'))
  try {
    const ticket = tickets(await seed(dataDir, 600))
    await statementFigures(dataDir, ticket)
    await throughput(dataDir, ticket)
  } finally {
    rmSync(dataDir, { recursive: true, force: true })
  }
}
