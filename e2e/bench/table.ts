import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { Client, KEEPS } from './client'
import { median, number, rate, say } from './figures'
import { load } from './load'
import { aWorld, eachDatabase } from './people'
import { type Figure, loadNow, type MeasuredOn, type Results, tell } from './results'
import { type BenchServer, cpuOf, proportionalMemory, startServer } from './server'
import { codeOf, type Forms, formsOf, signIn, tickets } from './sign-in'
import { bareHashes, bareServer, emptyNextApp, type Unit } from './units'

const AT_ONCE = 8
const ROUNDS = 3
const STARTS = 3
const SECONDS = 4
const PEOPLE = 600
/** Of an idle server, in seconds: until it has settled, and while it is watched. */
const SETTLES = 5
const IDLE = 60

const FIGURES = {
  signIns: { name: 'complete sign-ins, 8 at once, to bare hashes', better: 'more', digits: 2, aim: 0.85 },
  signInsWithPages: { name: 'the same with the pages loaded', better: 'more', digits: 2, aim: 0.75 },
  beyond: { name: 'processor time of a sign-in beyond the hash, in hashes', better: 'less', digits: 2, aim: 0.15 },
  statements: { name: 'statements of a sign-in in a known browser', better: 'less', digits: 0, aim: 16 },
  commits: { name: 'commits of a sign-in in a known browser', better: 'less', digits: 0, aim: 2 },
  gap: { name: 'known less unknown address, in hashes, either way', better: 'less', digits: 2, aim: 0.1 },
  check: {
    name: 'session checks, 16 at once, to the bare server',
    better: 'more',
    digits: 3,
    aim: { SQLite: 0.15, PostgreSQL: 0.08 },
  },
  checkP99: { name: 'p99 of a session check, 64 at once, to the bare server', better: 'less', digits: 1 },
  page: { name: 'sign-in pages, 16 at once, to the page of the empty app', better: 'more', digits: 2 },
  start: { name: 'start to first page, to the empty app', better: 'less', digits: 2, aim: 1.25 },
  idleMemory: { name: 'idle memory (PSS), to the empty app', better: 'less', digits: 2, aim: 1.4 },
  loadedMemory: { name: 'memory after load, to idle', better: 'less', digits: 2, aim: 1.3 },
  idleCpu: { name: 'processor time while idle, per cent of a core', better: 'less', digits: 2, aim: 0.3 },
  wire: { name: 'sign-in page in all, gzip (kB)', better: 'less', digits: 0, aim: 200 },
  scripts: { name: 'its scripts, to those of the empty app', better: 'less', digits: 2, aim: 1 },
} as const satisfies Record<string, Figure>

type Id = keyof typeof FIGURES
type Measured = Partial<Record<Id, number>>

const pause = (seconds: number) => new Promise((resolve) => setTimeout(resolve, seconds * 1000))

/** Bytes on the wire: the page, its scripts and styles, and the font that Next has marked to be loaded with it. */
async function pageBytes(url: string, path: string): Promise<{ all: number; scripts: number }> {
  const get = async (each: string) => {
    const answer = await fetch(`${url}${each}`)
    if (answer.status !== 200) throw new Error(`${each} answered ${answer.status}`)
    return Buffer.from(await answer.arrayBuffer())
  }
  const page = await get(path)
  const text = page.toString()
  const named = [...text.matchAll(/(?:src|href)="(\/_next\/static\/[^"]+\.(?:js|css))"/g)]
  // Scripts for browsers without modules are loaded by no browser of today.
  const old = [...text.matchAll(/<script[^>]*nomodule[^>]*>/gi)].map(([tag]) => /src="([^"]+)"/.exec(tag)?.[1])
  let all = gzipSync(page).length
  let scripts = 0
  for (const asset of new Set(named.flatMap(([, each = '']) => (old.includes(each) ? [] : [each])))) {
    const bytes = await get(asset)
    const size = gzipSync(bytes).length
    all += size
    if (asset.endsWith('.js')) scripts += size
    for (const [, font = ''] of bytes.toString().matchAll(/url\(\.\.(\/media\/[^)"']+-s\.p\.[^)"']+\.woff2)\)/g)) {
      all += (await get(`/_next/static${font}`)).length
    }
  }
  return { all, scripts }
}

/** Of several, each beside one of the empty app. */
async function starts(start: () => Promise<BenchServer>): Promise<Measured> {
  const pairs: { start: number; memory: number }[] = []
  for (let round = 0; round < STARTS; round += 1) {
    const empty = await emptyNextApp()
    await pause(SETTLES)
    const emptyMemory = proportionalMemory(empty.pid)
    await empty.stop()
    const server = await start()
    await pause(SETTLES)
    pairs.push({
      start: server.startedIn / empty.startedIn,
      memory: proportionalMemory(server.pid) / emptyMemory,
    })
    await server.stop()
  }
  return {
    start: median(pairs.map((each) => each.start)),
    idleMemory: median(pairs.map((each) => each.memory)),
  }
}

async function signIns(server: BenchServer, client: Client, forms: Forms, ticket: ReturnType<typeof tickets>) {
  const rounds: Record<'signIns' | 'signInsWithPages' | 'beyond', number>[] = []
  for (let round = 0; round < ROUNDS; round += 1) {
    const hashes = await bareHashes(AT_ONCE, SECONDS)
    const before = server.cpu()
    let done = 0
    const plain = await rate(AT_ONCE, SECONDS, async () => {
      await signIn(client, forms, ticket())
      done += 1
    })
    const cpu = ((server.cpu() - before) * 1000) / done
    const whole = await rate(AT_ONCE, SECONDS, async () => void (await signIn(client, forms, ticket(), '', true)))
    rounds.push({
      signIns: plain / hashes.perSecond,
      signInsWithPages: whole / hashes.perSecond,
      beyond: (cpu - hashes.cpu) / hashes.cpu,
    })
    say('round: hashes and sign-ins a second', `${number(hashes.perSecond, 1)} ${number(plain, 1)}`)
  }
  const of = (id: keyof (typeof rounds)[number]) => median(rounds.map((each) => each[id]))
  return { signIns: of('signIns'), signInsWithPages: of('signInsWithPages'), beyond: of('beyond') }
}

async function gap(client: Client, forms: Forms): Promise<number> {
  const { cpu } = await bareHashes(1, 1)
  const gaps: number[] = []
  for (let round = 0; round < 12; round += 1) {
    const time = async (email: string) => {
      const began = performance.now()
      await client.post('/sign-in', { ...forms.password, email, password: 'not the password at all' })
      return performance.now() - began
    }
    const known = await time(`agent${round + 300}@example.com`)
    gaps.push(known - (await time(`nobody${round}@example.com`)))
  }
  return Math.abs(median(gaps)) / cpu
}

async function checks(server: BenchServer, bare: Unit, empty: Unit, session: string): Promise<Measured> {
  const headers = { Cookie: session }
  const rounds: Record<'check' | 'checkP99' | 'page', number>[] = []
  for (let round = 0; round < ROUNDS; round += 1) {
    const bareAt16 = await load(bare.url, '/', { at: 16, seconds: 2 })
    const ours = await load(server.url, '/api/v1/me', { at: 16, seconds: 2, headers })
    const bareAt64 = await load(bare.url, '/', { at: 64, seconds: 2 })
    const crowded = await load(server.url, '/api/v1/me', { at: 64, seconds: 2, headers })
    const theirs = await load(empty.url, '/', { at: 16, seconds: 2 })
    const page = await load(server.url, '/sign-in', { at: 16, seconds: 2, headers: KEEPS })
    rounds.push({
      check: ours.perSecond / bareAt16.perSecond,
      checkP99: crowded.p99 / bareAt64.p99,
      page: page.perSecond / theirs.perSecond,
    })
    say('round: bare, checks a second', `${number(bareAt16.perSecond, 0)} ${number(ours.perSecond, 0)}`)
    say(
      'round: pages a second, of the empty app and ours',
      `${number(theirs.perSecond, 0)} ${number(page.perSecond, 0)}`,
    )
    say('round: p99 at 64, bare and ours (ms)', `${number(bareAt64.p99, 1)} ${number(crowded.p99, 1)}`)
  }
  const of = (id: keyof (typeof rounds)[number]) => median(rounds.map((each) => each[id]))
  return { check: of('check'), checkP99: of('checkP99'), page: of('page') }
}

/** Each ended transaction, and each write outside of one. */
function commitsIn(statements: readonly string[]): number {
  let inside = false
  let commits = 0
  for (const each of statements) {
    if (/^BEGIN/i.test(each)) inside = true
    else if (/^(COMMIT|ROLLBACK)\b(?! TO)/i.test(each)) {
      if (/^COMMIT/i.test(each)) commits += 1
      inside = false
    } else if (!inside && /^(INSERT|UPDATE|DELETE)/i.test(each)) commits += 1
  }
  return commits
}

async function counts(start: () => Promise<BenchServer>, ticket: ReturnType<typeof tickets>): Promise<Measured> {
  const server = await start()
  const client = new Client(server.url)
  const forms = await formsOf(client, ticket())
  const counted: string[][] = []
  for (let index = 0; index < 10; index += 1) {
    const { person, code } = ticket()
    const { device } = await signIn(client, forms, { person, code })
    await server.statements()
    await signIn(client, forms, { person, code: codeOf(person, 1) }, device)
    counted.push(await server.statements())
  }
  client.close()
  await server.stop()
  return {
    statements: median(counted.map((each) => each.length)),
    commits: median(counted.map(commitsIn)),
  }
}

async function measured(dataDir: string, url: string | undefined): Promise<Measured> {
  const { people, environment, close } = await aWorld(dataDir, PEOPLE, url)
  await close()
  const start = (counting: boolean) => () => startServer(dataDir, { counting, environment })
  const ticket = tickets(people)
  const started = await starts(start(false))
  const counted = await counts(start(true), ticket)
  const [bare, empty, server] = [await bareServer(), await emptyNextApp(), await start(false)()]
  await pause(SETTLES)
  const before = cpuOf(server.pid)
  await pause(IDLE)
  const idleCpu = ((cpuOf(server.pid) - before) / IDLE) * 100
  const idle = proportionalMemory(server.pid)
  const client = new Client(server.url)
  const forms = await formsOf(client, ticket())
  const done = await signIns(server, client, forms, ticket)
  const { session } = await signIn(client, forms, ticket())
  const checked = await checks(server, bare, empty, session)
  await pause(SETTLES)
  const loadedMemory = proportionalMemory(server.pid) / idle
  const [bytes, least] = [await pageBytes(server.url, '/sign-in'), await pageBytes(empty.url, '/')]
  const known = await gap(client, forms)
  client.close()
  await Promise.all([bare.stop(), empty.stop(), server.stop()])
  return {
    ...started,
    ...counted,
    ...done,
    ...checked,
    idleCpu,
    loadedMemory,
    gap: known,
    wire: bytes.all / 1000,
    scripts: bytes.scripts / least.scripts,
  }
}

/** The figures of docs/benchmarks.md, each against what this machine can do. */
export async function tableFigures(): Promise<void> {
  const load = loadNow()
  const results: Record<MeasuredOn, Record<string, number>> = { SQLite: {}, PostgreSQL: {} }
  await eachDatabase(async (kind, newUrl) => {
    const dataDir = mkdtempSync(join(tmpdir(), 'twofold-bench-'))
    try {
      const found = await measured(dataDir, await newUrl())
      for (const [id, value] of Object.entries(found)) results[kind][FIGURES[id as Id].name] = value
    } finally {
      rmSync(dataDir, { recursive: true, force: true })
    }
  })
  tell(Object.values(FIGURES), results satisfies Results, load, process.argv.includes('--keep'))
}
