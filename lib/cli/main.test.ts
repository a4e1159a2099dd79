import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { boot } from '../core/boot'
import { closeDb, type DatabaseKind, transact } from '../core/db'
import { startWorker } from '../job/worker'
import { createDirectoryTransport } from '../messaging/mail/directory-transport'
import { databaseKinds } from '../testing/databases'
import { policyRows } from '../testing/policy'
import {
  configOf,
  type Environment,
  emptyInstallation,
  INIT,
  PASSWORD,
  type Ran,
  run,
  runJson,
  withDb,
} from './testing'

const drops: (() => Promise<void>)[] = []

afterEach(async () => {
  for (const drop of drops.splice(0)) await drop()
})

async function empty(kind: DatabaseKind = 'sqlite'): Promise<Environment> {
  const { env, drop } = await emptyInstallation(kind)
  drops.push(drop)
  return env
}

async function withTenant(kind: DatabaseKind = 'sqlite'): Promise<Environment> {
  const env = await empty(kind)
  const made = await run(env, INIT, { stdin: PASSWORD })
  if (made.code !== 0) throw new Error(made.err)
  return env
}

const usersCreate = (email: string, ...more: string[]) => [
  ...['users', 'create', '--email', email, '--name', 'Anna Agent', '--role', 'agent', '--password-stdin'],
  ...more,
]

/** Whether this is the password of the person with this address. */
async function opens(env: Environment, email: string, password: string): Promise<boolean> {
  const deps = boot(configOf(env))
  if (!deps.ok) throw new Error(deps.detail)
  const { db, hasher } = deps.value
  try {
    const { password: row } = await db.user.findUniqueOrThrow({ where: { email }, include: { password: true } })
    const verified = await hasher.verify(row && { hash: row.hash, keyId: row.pepperKeyId }, password)
    return verified.ok && verified.value.right
  } finally {
    await closeDb(db)
  }
}

describe.each(databaseKinds)('init and users create (%s)', (kind) => {
  test('an operator makes the first tenant and a colleague on a database nobody has migrated', async () => {
    const env = await empty(kind)
    const made = await runJson(env, INIT, { stdin: `${PASSWORD}\n` })
    expect(made).toEqual({
      code: 0,
      data: {
        ok: true,
        tenant: { slug: 'acme-sohne', name: 'Acme & Söhne', kind: 'customer' },
        owner: { id: expect.any(String), email: 'olga@example.com' },
        signIn: 'http://localhost:3000/sign-in',
      },
    })
    expect(await opens(env, 'olga@example.com', PASSWORD)).toBe(true)
    expect(await opens(env, 'olga@example.com', `${PASSWORD}\n`)).toBe(false)

    const added = await runJson(env, usersCreate('anna@example.com'), { stdin: 'eleven herons whistle at noon' })
    expect(added.data).toMatchObject({ ok: true, user: { email: 'anna@example.com', role: 'agent' } })
    expect(added.data).toMatchObject({ tenant: { slug: 'acme-sohne' } })
    expect(await opens(env, 'anna@example.com', 'eleven herons whistle at noon')).toBe(true)

    await withDb(env, async (db) => {
      const people = await db.membership.findMany({ orderBy: { id: 'asc' }, select: { role: true, userType: true } })
      expect(people).toEqual([
        { role: 'owner', userType: 'team' },
        { role: 'agent', userType: 'team' },
      ])
      const events = await db.auditEvent.findMany({ orderBy: { id: 'asc' }, select: { kind: true, actorKind: true } })
      expect(events).toEqual([
        { kind: 'tenant_created', actorKind: 'operator' },
        { kind: 'setup_done', actorKind: 'operator' },
        { kind: 'user_created', actorKind: 'operator' },
      ])
      expect((await policyRows(db)).team.required).toBe(false)
    })
  })

  test('a second init and a taken address are refused and change nothing', async () => {
    const env = await withTenant(kind)
    const counts = () => withDb(env, async (db) => [await db.tenant.count(), await db.user.count()])
    const before = await counts()
    const again = await runJson(env, INIT, { stdin: PASSWORD })
    expect(again).toMatchObject({ code: 1, data: { ok: false, code: 'already_set_up' } })
    const taken = await runJson(env, usersCreate('OLGA@example.com'), { stdin: PASSWORD })
    expect(taken).toMatchObject({ code: 1, data: { ok: false, code: 'address_taken' } })
    expect(await counts()).toEqual(before)
  })
})

describe('init', () => {
  test('U7: a partner begins with the requirement on for everybody', async () => {
    const env = await empty()
    await run(env, [...INIT, '--kind', 'partner'], { stdin: PASSWORD })
    const policy = await withDb(env, (db) => policyRows(db))
    expect(policy).toMatchObject({ team: { required: true }, end: { required: true } })
  })

  test('a person reads in words what was made, and never the password', async () => {
    const made = await run(await empty(), INIT, { stdin: PASSWORD })
    expect(made).toMatchObject({ code: 0, err: '' })
    expect(made.out).toContain('Created the customer Acme & Söhne (acme-sohne) and its owner Olga Owner.')
    expect(made.out).not.toContain(PASSWORD)
  })

  test.each([
    ['not_an_address', { email: 'olga@localhost', password: PASSWORD }],
    ['password_too_short', { email: 'olga@example.com', password: 'fourteen signs' }],
    ['password_too_long', { email: 'olga@example.com', password: `${PASSWORD} `.repeat(5) }],
    ['password_common', { email: 'olga@example.com', password: 'qwertyuiop123456' }],
    ['password_context', { email: 'olga@example.com', password: 'olga-owner-acme-2026' }],
  ])('refuses with %s, a sentence that says what to do, and makes no tenant', async (code, { email, password }) => {
    const env = await empty()
    const args = INIT.map((word) => (word === 'Olga@Example.com' ? email : word))
    const { data } = await runJson(env, args, { stdin: password })
    expect(data).toMatchObject({ ok: false, code, message: expect.stringMatching(/: (choose|give) /) })
    const inWords = await run(env, args, { stdin: password })
    expect(inWords).toEqual({ code: 1, out: '', err: `${data.message}\n` })
    expect(inWords.err).not.toContain(password)
    expect(await withDb(env, (db) => db.tenant.count())).toBe(0)
  })
})

describe('users create', () => {
  test('adds to the tenant named by its slug, and refuses one that nobody has', async () => {
    const env = await withTenant()
    const named = await runJson(env, usersCreate('anna@example.com', '--tenant', 'acme-sohne'), { stdin: PASSWORD })
    expect(named.data).toMatchObject({ ok: true, tenant: { slug: 'acme-sohne' } })
    const unknown = await runJson(env, usersCreate('ben@example.com', '--tenant', 'acme'), { stdin: PASSWORD })
    expect(unknown).toMatchObject({ code: 1, data: { code: 'unknown_tenant' } })
    expect(await withDb(env, (db) => db.user.count())).toBe(2)
  })

  test('before init: no tenant, and the sentence says to run it', async () => {
    const { code, data } = await runJson(await empty(), usersCreate('anna@example.com'), { stdin: PASSWORD })
    expect(code).toBe(1)
    expect(data).toMatchObject({ code: 'no_tenant', message: expect.stringContaining('init') })
  })

  test('names the length that this role and requirement ask for', async () => {
    const env = await empty()
    await run(env, [...INIT, '--kind', 'partner'], { stdin: PASSWORD })
    const refusal = async (role: string) => {
      const args = usersCreate('anna@example.com').map((word) => (word === 'agent' ? role : word))
      return (await run(env, args, { stdin: 'ten signs.' })).err
    }
    expect(await refusal('end_user')).toContain('at least 12 characters')
    expect(await refusal('admin')).toContain('at least 15 characters')
  })
})

describe('the password on standard input', () => {
  test.each([
    ['one line end goes', `${PASSWORD}\r\n`, PASSWORD],
    ['a second line end stays', `${PASSWORD}\n\n`, `${PASSWORD}\n`],
    ['white space stays', ` ${PASSWORD} `, ` ${PASSWORD} `],
    ['signs of several bytes arrive whole', 'ünf Störche pfeifen 🦩 leise', 'ünf Störche pfeifen 🦩 leise'],
  ])('%s', async (_what, stdin, password) => {
    const env = await empty()
    expect(await run(env, INIT, { stdin })).toMatchObject({ code: 0 })
    expect(await opens(env, 'olga@example.com', password)).toBe(true)
  })

  test.each([
    ['nothing', 'no_password', { stdin: '' }],
    ['a line end alone', 'no_password', { stdin: '\n' }],
    ['a terminal', 'terminal', { stdin: PASSWORD, isTTY: true }],
    ['bytes that are no text', 'not_text', { stdin: Uint8Array.of(0xff, 0xfe, 0x00, 0x80) }],
    ['far too much', 'not_text', { stdin: 'x'.repeat(70_000) }],
  ])('%s is refused before a database is made', async (_what, code, options) => {
    const env = await empty()
    expect(await runJson(env, INIT, options)).toMatchObject({ code: 1, data: { ok: false, code } })
    expect(existsSync(join(env.DATA_DIR ?? '', 'twofold.db'))).toBe(false)
  })
})

describe('what is no command', () => {
  const secret = 'hunter2-typed-by-mistake'

  test.each([
    ['no word', []],
    ['an unknown command', ['inot']],
    ['half a command', ['users']],
    ['an unknown second word', ['users', secret]],
    ['an unknown option', [...INIT, '--password', secret]],
    ['an unknown option with its value', [...INIT, `--password=${secret}`]],
    ['a word too many', [...INIT, secret]],
    ['a switch with a value', [...INIT, `--json=${secret}`]],
    ['an option without its value', ['init', '--tenant']],
    ['an option twice', [...INIT, '--tenant', secret]],
    ['a missing option', INIT.filter((word) => word !== '--password-stdin')],
    ['an unknown role', usersCreate('anna@example.com').map((word) => (word === 'agent' ? secret : word))],
    ['an unknown kind', [...INIT, '--kind', secret]],
    ['an empty name', INIT.map((word) => (word === 'Olga Owner' ? ' ' : word))],
    ['a head that is none', ['audit', 'verify', '--expect-head', secret]],
    ['the name of a method of every object', ['constructor']],
  ])('%s: usage on standard error, exit code 2, nothing typed comes back', async (_what, args) => {
    const env = await empty()
    const { code, out, err } = await run(env, args, { stdin: PASSWORD })
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).toContain('npm run twofold -- ')
    expect(err).not.toContain('hunter2')
    expect(existsSync(join(env.DATA_DIR ?? '', 'twofold.db'))).toBe(false)
  })

  test('the option that is wrong is named, and what may be given', async () => {
    const env = await empty()
    expect((await run(env, [...INIT, '--password', 'x'])).err).toMatch(/^There is no option --password here\./)
    expect((await run(env, [...INIT, '--kind', 'x'])).err).toMatch(/^--kind .*: give customer or partner\./)
    expect((await run(env, ['init', '--tenant', 'x'])).err).toMatch(/^--owner-name is missing\./)
  })

  test('help is no mistake', async () => {
    const { code, out, err } = await run(await empty(), ['--help'])
    expect({ code, err }).toEqual({ code: 0, err: '' })
    for (const words of ['init', 'users create', 'audit verify', 'migrate', 'doctor']) {
      expect(out).toContain(`npm run twofold -- ${words}`)
    }
  })
})

describe('settings and failures', () => {
  test('a wrong setting is named, and nothing is made', async () => {
    const env: Environment = { ...(await empty()), PORT: 'eighty' }
    for (const args of [INIT, ['migrate'], ['audit', 'verify']]) {
      const { code, data } = await runJson(env, args, { stdin: PASSWORD })
      expect(code).toBe(1)
      expect(data).toMatchObject({ code: 'wrong_setting', message: expect.stringMatching(/^PORT /) })
    }
    expect(existsSync(join(env.DATA_DIR ?? '', 'twofold.db'))).toBe(false)
  })

  test('an unreachable server is told in words, without the password in its address', async () => {
    const env = { ...(await empty('postgresql')), DATABASE_URL: 'postgresql://twofold:s3cret-pw@127.0.0.1:1/twofold' }
    for (const args of [INIT, ['migrate'], ['audit', 'verify']]) {
      const { code, data } = await runJson(env, args, { stdin: PASSWORD })
      expect(code).toBe(1)
      expect(data).toMatchObject({ code: 'failed', message: expect.stringMatching(/does not answer/) })
      expect(JSON.stringify(data)).not.toContain('s3cret-pw')
    }
  })
})

describe.each(databaseKinds)('migrate (%s)', (kind) => {
  test('names what it applied, and finds nothing to do the second time', async () => {
    const env = await empty(kind)
    const first = await runJson(env, ['migrate'])
    expect(first).toMatchObject({ code: 0, data: { ok: true } })
    expect(first.data.applied).not.toEqual([])
    expect(await runJson(env, ['migrate'])).toEqual({ code: 0, data: { ok: true, applied: [] } })
    expect((await run(env, ['migrate'])).out).toBe('The database is up to date.\n')
  })

  test('a database of a newer version is refused in words', async () => {
    const env = await empty(kind)
    await run(env, ['migrate'])
    await withDb(env, (db) => db.$executeRaw`UPDATE _prisma_migrations SET migration_name = '99999999999999_later'`)
    const { code, data } = await runJson(env, ['migrate'])
    expect(code).toBe(1)
    expect(data).toMatchObject({ code: 'failed', message: expect.stringContaining('newer version') })
  })
})

/** The command as an operator types it. */
function spawned(env: Environment, args: readonly string[], stdin: string): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const { PATH, HOME, NODE_ENV } = process.env
    const child = spawn('npm', ['run', '-s', 'twofold', '--', ...args], {
      env: { PATH, HOME, NODE_ENV, ...env },
    })
    let out = ''
    let err = ''
    child.stdout.on('data', (text) => {
      out += text
    })
    child.stderr.on('data', (text) => {
      err += text
    })
    child.on('error', reject)
    child.on('close', (code) => resolve({ code: code ?? -1, out, err }))
    child.stdin.end(stdin)
  })
}

test('as typed in a shell, beside a running server that is in the middle of a write', async () => {
  const env = await empty()
  const made = await spawned(env, [...INIT, '--json'], `${PASSWORD}\n`)
  expect(made).toMatchObject({ code: 0, err: '' })
  expect(JSON.parse(made.out)).toMatchObject({ ok: true, tenant: { slug: 'acme-sohne' } })

  const config = configOf(env)
  const deps = boot(config)
  if (!deps.ok) throw new Error(deps.detail)
  const { db } = deps.value
  const failures: unknown[] = []
  const { mailer } = createDirectoryTransport(config.dataDir)
  const worker = startWorker(deps.value, { mailer }, { onError: (error) => failures.push(error) })
  try {
    const adding = spawned(env, [...usersCreate('anna@example.com'), '--json'], 'eleven herons whistle at noon\n')
    await transact({ db }, async ({ db }) => {
      await db.tenant.updateMany({ data: { locale: 'de' } })
      await new Promise((resolve) => setTimeout(resolve, 2500))
    })
    const added = await adding
    expect(added).toMatchObject({ code: 0, err: '' })
    expect(JSON.parse(added.out)).toMatchObject({ ok: true, user: { email: 'anna@example.com' } })
    expect(await db.user.count()).toBe(2)
    expect(failures).toEqual([])
  } finally {
    await worker.stop()
    await closeDb(db)
  }
  const refusal = await spawned(env, ['nonsense'], '')
  expect(refusal).toMatchObject({ code: 2, out: '' })
}, 60_000)
