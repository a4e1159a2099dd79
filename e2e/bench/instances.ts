import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { startPostgresql } from '../../lib/testing/postgresql-server'
import { Client } from './client'
import { number, rate, say } from './figures'
import { aWorld } from './people'
import { freePort, startServer } from './server'
import { formsOf, signIn, tickets } from './sign-in'
import { bareHashes } from './units'

const COUNTS = [1, 2, 4]
const AT_ONCE = 16
const SECONDS = 8
/** Between two looks at who waits for a lock, in milliseconds. */
const LOOK = 20

/** As deploy/nginx.conf, without TLS, in front of so many. */
function configuration(folder: string, port: number, upstreams: readonly string[]): string {
  return `daemon off; pid ${folder}/nginx.pid; error_log stderr; worker_processes 1;
events { worker_connections 256; }
http {
  access_log off;
  ${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${folder}/${name};`).join(' ')}
  upstream twofold { ${upstreams.map((url) => `server ${new URL(url).host};`).join(' ')} keepalive 64; }
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://twofold;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-For $remote_addr;
    }
  }
}
`
}

async function nginx(folder: string, port: number, upstreams: readonly string[]): Promise<() => Promise<void>> {
  const file = join(folder, 'nginx.conf')
  writeFileSync(file, configuration(folder, port, upstreams))
  const child = spawn('nginx', ['-c', file, '-p', folder], { stdio: ['ignore', 'ignore', 'inherit'] })
  process.once('exit', () => child.kill('SIGKILL'))
  while ((await fetch(`http://127.0.0.1:${port}/api/health/live`).catch(() => null)) === null) {
    if (child.exitCode !== null) throw new Error('nginx did not start')
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  return async () => {
    const gone = once(child, 'exit')
    child.kill('SIGQUIT')
    await gone
  }
}

interface Waits {
  /** Looks at which somebody waited for a lock, those who waited at all of them, and looks. */
  seen: number
  waiting: number
  looks: number
}

async function watchLocks(url: string, until: Promise<unknown>): Promise<Waits> {
  const client = new pg.Client({ connectionString: url, application_name: 'bench' })
  await client.connect()
  const waits: Waits = { seen: 0, waiting: 0, looks: 0 }
  let over = false
  void until.finally(() => {
    over = true
  })
  while (!over) {
    const { rows } = await client.query<{ n: number }>(
      `SELECT count(*)::int AS n FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND application_name = 'twofold'`,
    )
    const n = rows[0]?.n ?? 0
    waits.looks += 1
    waits.waiting += n
    if (n > 0) waits.seen += 1
    await new Promise((resolve) => setTimeout(resolve, LOOK))
  }
  await client.end()
  return waits
}

async function committed(client: pg.Client): Promise<{ commits: number; deadlocks: number }> {
  const { rows } = await client.query<{ commits: string; deadlocks: string }>(
    `SELECT xact_commit AS commits, deadlocks FROM pg_stat_database WHERE datname = current_database()`,
  )
  return { commits: Number(rows[0]?.commits), deadlocks: Number(rows[0]?.deadlocks) }
}

/** Sign-ins through a proxy as instances are added; on few cores what is added is contention and no speed. */
export async function instanceFigures(): Promise<void> {
  if (spawnSync('nginx', ['-v']).error !== undefined) throw new Error('instances needs nginx in PATH')
  const postgresql = await startPostgresql({ durable: true })
  const folder = mkdtempSync(join(tmpdir(), 'twofold-bench-'))
  try {
    for (const count of COUNTS) {
      const admin = new pg.Client({ connectionString: postgresql.url('postgres') })
      await admin.connect()
      await admin.query(`CREATE DATABASE with${count}`)
      await admin.end()
      const url = postgresql.url(`with${count}`)
      const dataDir = join(folder, `with${count}`)
      const { people, environment, close } = await aWorld(dataDir, 600, url)
      await close()
      const port = await freePort()
      const all = { ...environment, PUBLIC_URL: `http://localhost:${port}`, TRUSTED_PROXY_HOPS: '1' }
      const servers = []
      for (let index = 0; index < count; index += 1) {
        servers.push(await startServer(dataDir, { counting: true, environment: all }))
      }
      const stopProxy = await nginx(
        folder,
        port,
        servers.map((server) => server.url),
      )
      const client = new Client(`http://localhost:${port}`)
      const ticket = tickets(people)
      const forms = await formsOf(client, ticket())
      const watch = new pg.Client({ connectionString: url })
      await watch.connect()
      await Promise.all(servers.map((server) => server.statements()))
      const hashes = await bareHashes(AT_ONCE, 4)
      const before = await committed(watch)
      let done = 0
      const running = rate(AT_ONCE, SECONDS, async () => {
        await signIn(client, forms, ticket())
        done += 1
      })
      const waits = await watchLocks(url, running)
      const perSecond = await running
      const statements = (await Promise.all(servers.map((server) => server.statements()))).flat().length
      // What a server counted reaches the statistics when its connection is at rest.
      await new Promise((resolve) => setTimeout(resolve, 1_500))
      const after = await committed(watch)
      say(`${count} instances: sign-ins a second, ${AT_ONCE} at once`, number(perSecond, 1))
      say('ratio to bare hashes', number(perSecond / hashes.perSecond))
      say('statements of requests a sign-in', number(statements / done, 1))
      say(
        'transactions of the database a sign-in, the workers’ included',
        number((after.commits - before.commits) / done, 1),
      )
      say('deadlocks', number(after.deadlocks - before.deadlocks, 0))
      say('looks at which one waited for a lock, per cent', number((waits.seen / waits.looks) * 100, 1))
      say('who waited for a lock, on average', number(waits.waiting / waits.looks))
      await watch.end()
      client.close()
      await stopProxy()
      await Promise.all(servers.map((server) => server.stop()))
    }
  } finally {
    await postgresql.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}
