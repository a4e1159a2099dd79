import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { mkdtemp, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { sealEvents } from '../audit/chain/service'
import { boot } from '../core/boot'
import { generateKeyRing, parseKeyRing } from '../core/crypto/keys'
import { closeDb } from '../core/db'
import { systemRandom } from '../core/kernel/random'
import { createAuditArchive } from '../job/audit-archive'
import { newDatabase, type TestDatabase } from '../testing/databases'
import { configOf, type Environment, emptyInstallation, INIT, PASSWORD, run } from './testing'

/** X12: every command of docs/operators.md is typed by a test, here or where `ELSEWHERE` says. */

const root = join(import.meta.dirname, '..', '..')
const guide = readFileSync(join(root, 'docs/operators.md'), 'utf8')

const BLOCKS = [...guide.matchAll(/^ *```(\w*)\n(.*?)^ *```$/gms)].map(([, language = '', text = '']) => ({
  language,
  text,
}))
/** Lines of the blocks that a shell would run, without what is remarked behind them. */
const LINES = BLOCKS.filter(({ language, text }) => language === '' && !text.startsWith('{')).flatMap(({ text }) =>
  text
    .split('\n')
    .map((line) => line.replace(/ +#.*$/, '').trim())
    .filter((line) => line !== ''),
)
/** Commands within sentences. */
const SPANS = [...guide.matchAll(/`((?:npm|node|docker|journalctl|systemd-analyze) [^`]+)`/g)]
  .map(([, span = '']) => span.replace(/\s+/g, ' '))
  .filter((span) => !span.includes('…') && span !== 'npm run' && !span.endsWith('--'))
const SQL = BLOCKS.filter(({ language }) => language === 'sql').map(({ text }) => text)
const COMMANDS = new Set([...LINES, ...SPANS])

/** What is typed by another test: the file, and what in it shows that. */
const ELSEWHERE: readonly (readonly [file: string, shows: string, ...commands: string[]])[] = [
  [
    'e2e/support/server.ts',
    'dist/serve.mjs',
    'npm ci && npm start',
    'npm start',
    'node dist/serve.mjs',
    'npm start >> /var/log/twofold/twofold.log',
  ],
  ['e2e/built.spec.ts', 'npm ci --omit=dev', 'npm ci && npm run build', 'npm ci --omit=dev'],
  ['e2e/parties/product.ts', "call('npm', ['run', 'pack'])", 'npm run pack'],
  ['e2e/built.spec.ts', 'X12: what npm run pack leaves', 'npm run pack -- --folder FOLDER'],
  ['e2e/parties/product.ts', "call('npm', ['ci'], folder)", 'npm ci'],
  [
    'e2e/parties/unit.ts',
    "commandsBelow('A service of systemd')",
    ...commandsOf('A service of systemd'),
    'journalctl -u twofold',
    'systemd-analyze security twofold',
  ],
  [
    'e2e/parties/container.ts',
    "commandsBelow('Containers')",
    ...commandsOf('Containers'),
    'docker compose up -d',
    'docker compose logs twofold',
    'docker compose exec twofold node dist/twofold.mjs doctor',
  ],
  [
    'e2e/parties/inside/proxy.ts',
    'TRUSTED_PROXY_HOPS',
    'PUBLIC_URL=https://login.example.com TRUSTED_PROXY_HOPS=1 MAIL_TRANSPORT=directory npm start',
  ],
  [
    'e2e/postgresql.spec.ts',
    'postgresql',
    'DATABASE_URL=postgresql://twofold:…@db.example.com/twofold SECRET_KEYS=… npm start',
  ],
  ['e2e/parties/logs.ts', "commandsBelow('Log')", ...commandsOf('Log')],
  ['e2e/commands.spec.ts', '--without-key', 'npm start -- --without-key ID'],
]

function commandsOf(heading: string): string[] {
  const section = guide.split(/^## /m).find((each) => each.startsWith(`${heading}\n`)) ?? ''
  const blocks = [...section.matchAll(/^```(\w*)\n(.*?)^```$/gms)].filter(([, language]) => language === '')
  return blocks.flatMap(([, , text = '']) => (text.startsWith('{') ? [] : text.trimEnd().split('\n')))
}

const typed = new Set<string>()

/** A line of the guide, with what it stands for put in; it is split as a shell splits it. */
async function type(env: Environment, line: string, put: Record<string, string> = {}, stdin = '') {
  expect([...COMMANDS], `the guide does not say: ${line}`).toContain(line)
  typed.add(line)
  const [, command = ''] = /npm run twofold -- (.*)$/.exec(line) ?? []
  const words = [...command.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, bare = '']) => put[bare] ?? quoted ?? bare)
  const { code, out, err } = await run(env, words, { stdin })
  return { code, text: out + err }
}

describe('the operators’ guide', () => {
  const drops: (() => Promise<void>)[] = []
  let env: Environment
  beforeAll(async () => {
    const made = await emptyInstallation('sqlite')
    env = made.env
    drops.push(made.drop)
  })
  afterAll(async () => {
    for (const drop of drops) await drop()
  })
  const sealed = async (of: Environment) => {
    const deps = boot(configOf(of))
    if (!deps.ok) throw new Error(deps.detail)
    await sealEvents(deps.value, 100)
    await closeDb(deps.value.db)
  }
  const headOf = async (of: Environment) => {
    const { text } = await type(of, 'npm run twofold -- audit verify')
    return /to note elsewhere: (\S+)/.exec(text)?.[1] ?? ''
  }

  test('X12: a person, a message, the log: verified, kept for a time, somebody forgotten', async () => {
    expect((await type(env, 'npm run twofold -- migrate')).code).toBe(0)
    expect((await run(env, INIT, { stdin: PASSWORD })).code).toBe(0)
    const create = `printf '%s' "$PASSWORD" | npm run twofold -- users create --email ann@example.com --name 'Ann Lee' --role agent --password-stdin`
    expect((await type(env, create, {}, PASSWORD)).code).toBe(0)
    expect((await type(env, 'npm run twofold -- doctor --mail-to you@example.com')).text).toContain('was accepted')
    await sealed(env)
    const head = await headOf(env)
    const expecting = 'npm run twofold -- audit verify --expect-head TENANT-ID:SEQ:HASH'
    expect((await type(env, expecting, { 'TENANT-ID:SEQ:HASH': head })).code).toBe(0)
    const slug = { acme: 'acme-sohne' }
    await type(env, 'npm run twofold -- audit retention --days 400 --tenant acme', slug)
    expect((await type(env, 'npm run twofold -- audit retention --days 400')).text).toContain('for ever')
    const kept = await type(env, 'npm run twofold -- audit retention --tenant acme', slug)
    expect(kept.text).toMatch(/kept for ever\.\nFrom \S+ on it is kept for 400 days/)
    const forgotten = await type(env, 'npm run twofold -- audit forget --email ann@example.com')
    expect(forgotten).toMatchObject({ code: 0, text: expect.stringMatching(/deleted from [1-9]\d* entr/) })
    expect((await type(env, 'npm run twofold -- audit verify')).text).toMatch(/intact/)
  })

  test('X12: a file of deleted entries has the digest that sha256sum prints', async () => {
    const digest = await createAuditArchive(env.DATA_DIR ?? '').keep('t.0000000001-0000000002.jsonl.gz', [
      '{}\n',
      '{}\n',
    ])
    const line = 'sha256sum data/audit/*.jsonl.gz'
    expect(LINES).toContain(line)
    typed.add(line)
    const command = line.replace('data/', `${env.DATA_DIR}/`)
    const { stdout } = await promisify(execFile)('sh', ['-c', command])
    expect(stdout.split(' ')[0]).toBe(digest)
    expect(await readdir(join(env.DATA_DIR ?? '', 'audit'))).toEqual(['t.0000000001-0000000002.jsonl.gz'])
  })

  test('X12: a backup, an upgrade that is rehearsed, and the backup put back', async () => {
    await sealed(env)
    const head = await headOf(env)
    const folder = await mkdtemp(join(inject('databases').directory, 'guide-'))
    const put = { '/backups/2026-11-29': join(folder, 'day'), 'TENANT-ID:SEQ:HASH': head }
    expect((await type(env, 'npm run twofold -- backup --to /backups/2026-11-29', put)).code).toBe(0)
    const before = { '/backups/before-upgrade': join(folder, 'before') }
    expect((await type(env, 'npm run twofold -- backup --to /backups/before-upgrade', before)).code).toBe(0)
    const rehearsed = await type(env, 'npm run twofold -- migrate --dry-run')
    expect(rehearsed.text).toContain('The database is up to date.')
    const other = await newDatabase('postgresql', { empty: true })
    drops.push(other.drop)
    const copy = 'postgresql://twofold_owner:choose-one@localhost/twofold_try'
    const tried = await type(env, `npm run twofold -- migrate --dry-run --copy ${copy}`, { [copy]: other.url })
    expect(tried.text).toMatch(/^Would apply \d+_init: /)
    expect((await type(env, 'npm run twofold -- restore --from /backups/2026-11-29', put)).code).toBe(0)
    expect((await type(env, 'npm run twofold -- doctor')).code).toBe(0)
    const expecting = 'npm run twofold -- audit verify --expect-head TENANT-ID:SEQ:HASH'
    expect((await type(env, expecting, put)).code).toBe(0)
  })

  test('S28: an entry for the key ring is one', async () => {
    const line = SPANS.find((each) => each.startsWith('node -e')) ?? ''
    typed.add(line)
    const { stdout } = await promisify(execFile)('sh', ['-c', line])
    expect(parseKeyRing(stdout.trim()).ok).toBe(true)
  })

  test('X12: the service’s role reads and writes rows, and can do nothing else', async () => {
    const database: TestDatabase = await newDatabase('postgresql', { empty: true })
    const name = new URL(database.url).pathname.slice(1)
    const suffix = name.slice(-8)
    const mine = (sql: string) =>
      sql.replaceAll('twofold_owner', `owner_${suffix}`).replaceAll(/\btwofold\b/g, `service_${suffix}`)
    const as = (user: string) => {
      const url = new URL(database.url)
      url.username = user
      return url.href
    }
    const ask = async (url: string, sql: string) => {
      const client = new pg.Client({ connectionString: url })
      await client.connect()
      try {
        return await client.query(sql)
      } finally {
        await client.end()
      }
    }
    const [roles = '', rights = '', after = '', again = ''] = SQL
    expect(SQL).toHaveLength(4)
    try {
      // The database of this test is the one that the guide has made.
      const statements = roles
        .split(';')
        .map((each) => each.trim())
        .filter((each) => each !== '')
      for (const statement of statements) {
        const text = mine(statement.replace('DATABASE twofold', `DATABASE ${name}`))
        await ask(
          database.url,
          text.startsWith('CREATE DATABASE') ? `ALTER DATABASE ${name} OWNER TO owner_${suffix}` : text,
        )
      }
      const [owner, service] = [as(`owner_${suffix}`), as(`service_${suffix}`)]
      await ask(owner, mine(rights))
      const settings = { DATA_DIR: env.DATA_DIR ?? '', SECRET_KEYS: generateKeyRing(systemRandom) }
      const asService = { ...settings, DATABASE_URL: service }
      expect((await run(asService, ['migrate'])).code).toBe(1)
      expect((await run({ ...settings, DATABASE_URL: owner }, ['migrate'])).code).toBe(0)
      await ask(owner, mine(after))
      expect((await run(asService, ['migrate'])).out).toBe('The database is up to date.\n')
      expect((await run(asService, INIT, { stdin: PASSWORD })).code).toBe(0)
      await sealed(asService)
      expect((await run(asService, ['audit', 'forget', '--email', 'olga@example.com'])).code).toBe(0)
      expect((await run(asService, ['audit', 'verify'])).code).toBe(0)
      for (const sql of [
        'DROP TRIGGER "audit_event_no_delete" ON "audit_event"',
        'ALTER TABLE "audit_event" DISABLE TRIGGER ALL',
        'TRUNCATE "audit_event" CASCADE',
        'CREATE TABLE mine (n INTEGER)',
        'DROP TABLE "session"',
        'UPDATE _prisma_migrations SET checksum = NULL',
        `SET ROLE owner_${suffix}`,
      ])
        await expect(ask(service, sql), sql).rejects.toThrow(/permission denied|must be owner/)
      await ask(owner, mine(again))
    } finally {
      await database.drop()
      const { postgresqlUrl } = inject('databases')
      for (const role of ['service', 'owner']) await ask(postgresqlUrl, `DROP ROLE IF EXISTS ${role}_${suffix}`)
    }
  })

  test('X12: every command of the guide is typed by a test', () => {
    const elsewhere = ELSEWHERE.flatMap(([file, shows, ...commands]) => {
      expect(readFileSync(join(root, file), 'utf8'), file).toContain(shows)
      return commands
    })
    expect([...COMMANDS].filter((each) => !typed.has(each) && !elsewhere.includes(each))).toEqual([])
    expect(elsewhere.filter((each) => !COMMANDS.has(each))).toEqual([])
  })
})
