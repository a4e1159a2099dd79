import { mkdtempSync, rmSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startImport } from '../../lib/administration/import/console/service'
import { aSession } from '../../lib/testing/world'
import { Client } from './client'
import { number, say } from './figures'
import { aWorld } from './people'
import { type BenchServer, startServer } from './server'

const ROWS = Number(process.argv.find((word) => word.startsWith('--rows='))?.split('=')[1] ?? 250_000)
const ALONE = 300
/** Between two visitors, in milliseconds. */
const PAUSE = 20
/** How long the second half is watched, in milliseconds. */
const WATCHED = 20_000

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds))

interface Seen {
  p95: number
  worst: number
  /** Resident memory of the server at most, in MiB. */
  most: number
}

/** The sign-in page, asked for by one visitor after the other for as long as `goesOn` says. */
async function visit(server: BenchServer, goesOn: (visits: number) => boolean): Promise<Seen> {
  const client = new Client(server.url)
  const times: number[] = []
  let most = 0
  while (goesOn(times.length)) {
    const began = performance.now()
    const { status } = await client.send('GET', '/sign-in')
    if (status !== 200) throw new Error(`/sign-in answered ${status}`)
    times.push(performance.now() - began)
    most = Math.max(most, server.resident())
    await pause(PAUSE)
  }
  client.close()
  const sorted = times.sort((a, b) => a - b)
  return { p95: sorted[Math.floor(sorted.length * 0.95)] ?? 0, worst: sorted.at(-1) ?? 0, most }
}

function upload(server: BenchServer, session: string, slug: string, file: string): Promise<string> {
  const head = 'Content-Disposition: form-data; name="file"; filename="people.csv"\r\nContent-Type: text/csv'
  const body = `--form-1\r\n${head}\r\n\r\n${file}\r\n--form-1--\r\n`
  const headers = {
    'Content-Type': 'multipart/form-data; boundary=form-1',
    'Content-Length': String(Buffer.byteLength(body)),
    Origin: server.url,
    Cookie: `__Host-twofold-session=${session}`,
  }
  return new Promise((resolve, reject) => {
    const sent = request(`${server.url}/admin/${slug}/people/import/upload`, { method: 'POST', headers }, (answer) => {
      answer.resume()
      answer.on('end', () => resolve(answer.headers.location ?? String(answer.statusCode)))
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

/** Tells the pages beside a piece of work, and how long it took. */
async function beside<T>(server: BenchServer, name: string, alone: Seen, work: () => Promise<T>): Promise<T> {
  const before = server.resident()
  const began = performance.now()
  let over = false
  const working = work().finally(() => {
    over = true
  })
  const seen = await visit(server, () => !over)
  const done = await working
  say(`${name} (s)`, number((performance.now() - began) / 1000, 1))
  say('sign-in page beside it, p95 and worst (ms)', `${number(seen.p95, 1)} ${number(seen.worst, 1)}`)
  say('ratio of p95', number(seen.p95 / alone.p95), 'aim 2 or less')
  say('resident memory before, and at most (MiB)', `${number(before, 0)} ${number(seen.most, 0)}`)
  return done
}

/** What files of people do to the sign-in page of everybody else: an honest one, and three that are made to hurt. */
export async function importFigures(): Promise<void> {
  const dataDir = mkdtempSync(join(tmpdir(), 'twofold-bench-'))
  const { deps, owner, close } = await aWorld(dataDir, 1)
  const { token } = await aSession(deps, owner.person.id, { methods: ['pwd', 'otp'], steppedUp: true })
  const slug = owner.tenant.tenant.slug
  const server = await startServer(dataDir, { counting: false })
  try {
    await visit(server, (visits) => visits < ALONE)
    const alone = await visit(server, (visits) => visits < ALONE)
    say('sign-in page alone, p95 and worst (ms)', `${number(alone.p95, 1)} ${number(alone.worst, 1)}`)
    const hostile = [
      ['20 kB of empty lines', `Email,Name\n${'\n'.repeat(20_000)}`, 'problem=empty'],
      ['600 kB of empty lines', `Email,Name\n${'\n'.repeat(600_000)}`, 'problem=too_many_rows'],
      ['31 MB of commas', `Email,Name\n${','.repeat(31_000_000)}`, 'problem=row_too_long'],
      ['1,000,001 rows', `Email,Name\n${'a@example.com,Ada\n'.repeat(1_000_001)}`, 'problem=too_many_rows'],
    ] as const
    for (const [name, file, expected] of hostile) {
      const answer = await beside(server, name, alone, () => upload(server, token, slug, file))
      if (!answer.includes(expected)) throw new Error(`${name}: ${answer}`)
    }
    const rows = Array.from({ length: ROWS }, (_, index) => `p${index}@people.example,Person ${index} Example,agent\n`)
    const answer = await beside(server, `a check of ${ROWS} rows`, alone, () =>
      upload(server, token, slug, `Email,Name,Role\n${rows.join('')}`),
    )
    const id = answer.split('/').at(-1) ?? ''
    if (!(await startImport(deps, owner, id)).ok) throw new Error(answer)
    await beside(server, 'bringing them in, watched for', alone, () => pause(WATCHED))
    const { position } = await deps.db.peopleImport.findUniqueOrThrow({ where: { id } })
    say('rows brought in meanwhile', number(position, 0))
  } finally {
    await server.stop()
    await close()
    rmSync(dataDir, { recursive: true, force: true })
  }
}
