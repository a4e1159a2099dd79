import { once } from 'node:events'
import { existsSync, statSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { HttpClient } from './support/http-client'
import { freePort, refusedStart, startServer } from './support/server'
import { expect, test } from './support/test'

const SECRET = `k1:${'Zm9v'.repeat(10)}`

const WRONG: { name: string; settings: Record<string, string> }[] = [
  { name: 'PORT', settings: { PORT: 'abc' } },
  { name: 'PORT', settings: { PORT: '70000' } },
  { name: 'PUBLIC_URL', settings: { PUBLIC_URL: 'not a url' } },
  { name: 'PUBLIC_URL', settings: { PUBLIC_URL: 'http://login.example.com', MAIL_TRANSPORT: 'directory' } },
  { name: 'PUBLIC_URL', settings: { PUBLIC_URL: 'https://login.example.com/path', MAIL_TRANSPORT: 'directory' } },
  { name: 'MAIL_TRANSPORT', settings: { PUBLIC_URL: 'https://login.example.com' } },
  { name: 'MAIL_TRANSPORT', settings: { MAIL_TRANSPORT: 'pigeon' } },
  { name: 'SMS_TRANSPORT', settings: { SMS_TRANSPORT: 'pigeon' } },
  { name: 'DATABASE_URL', settings: { DATABASE_URL: 'mysql://root:hunter2@localhost/x' } },
  { name: 'SECRET_KEYS', settings: { DATABASE_URL: 'postgresql://localhost/x' } },
  { name: 'SECRET_KEYS', settings: { SECRET_KEYS: SECRET } },
  { name: 'TRUSTED_PROXY_HOPS', settings: { TRUSTED_PROXY_HOPS: '-1' } },
  { name: 'LOG_LEVEL', settings: { LOG_LEVEL: 'loud' } },
]

for (const { name, settings } of WRONG) {
  test(`a start with ${JSON.stringify(settings).replaceAll('"', '')} is refused by a sentence that names ${name}`, async () => {
    const { code, output } = await refusedStart({ PORT: String(await freePort()), ...settings })
    expect(code).toBe(1)
    const lines = output.trim().split('\n')
    expect(lines).toHaveLength(1)
    expect(lines[0]).toMatch(new RegExp(`^${name} .*\\.$`))
    expect(output).not.toMatch(/hunter2|Zm9vZm9v|\n\s+at |Error:/)
  })
}

test('a start on a port in use is refused by a sentence that names PORT', async () => {
  const taken = createServer()
  taken.listen(0, '127.0.0.1')
  await once(taken, 'listening')
  const address = taken.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const { code, output } = await refusedStart({ PORT: String(port) })
  taken.close()
  expect(code).toBe(1)
  expect(output).toContain(`PORT ${port} is in use`)
  expect(output).not.toMatch(/\n\s+at /)
})

test('a database that does not answer stops the start with a sentence, without the password in its address', async () => {
  const port = await freePort()
  const { code, output } = await refusedStart({
    PORT: String(await freePort()),
    DATABASE_URL: `postgresql://twofold:hunter2@127.0.0.1:${port}/twofold`,
    SECRET_KEYS: `k1:${Buffer.from('0123456789abcdef0123456789abcdef').toString('base64url')}`,
  })
  expect(code).not.toBe(0)
  expect(output).not.toContain('hunter2')
  expect(output).toMatch(/DATABASE_URL|[Dd]atabase/)
  expect(output).not.toMatch(/\n\s+at /)
})

test('a restart keeps what there is, prints a new setup link, and the older link is dead', async ({
  installation: { secrets },
}) => {
  const dataDir = await mkdtemp(join(tmpdir(), 'twofold-e2e-'))
  try {
    const first = await startServer({ DATA_DIR: dataDir })
    const old = new URL(first.setupLink())
    expect(statSync(join(dataDir, 'secret.keys')).mode & 0o777).toBe(0o600)
    expect(statSync(dataDir).mode & 0o077).toBe(0)
    const second = await restart(first.stop, dataDir)
    const client = new HttpClient(second.url, secrets)
    const link = new URL(second.setupLink())
    expect(link.search).not.toBe(old.search)
    expect((await client.get(`/setup${old.search}`)).status).toBe(403)
    expect((await client.get(`/setup${link.search}`)).status).toBe(200)
    expect(await second.stop()).toBe(0)
    expect(existsSync(dataDir)).toBe(false)
  } finally {
    await rm(dataDir, { recursive: true, force: true })
  }
})

async function restart(stop: (keep?: { data: boolean }) => Promise<number | null>, dataDir: string) {
  expect(await stop({ data: true })).toBe(0)
  return startServer({ DATA_DIR: dataDir })
}

test('two servers started at once on one folder agree on keys and tables', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'twofold-e2e-'))
  try {
    const servers = await Promise.all([startServer({ DATA_DIR: dataDir }), startServer({ DATA_DIR: dataDir })])
    for (const server of servers) expect(server.ended()).toBeNull()
    await Promise.all(servers.map((server) => server.stop({ data: true })))
  } finally {
    await rm(dataDir, { recursive: true, force: true })
  }
})
