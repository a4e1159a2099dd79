import { once } from 'node:events'
import { chmod, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { generateKeyRing } from '../core/crypto/keys'
import type { DatabaseKind } from '../core/db'
import { systemClock } from '../core/kernel/clock'
import { systemRandom } from '../core/kernel/random'
import { earlier, hours } from '../core/kernel/time'
import { dropAuditTriggers } from '../testing/audit-triggers'
import { databaseKinds } from '../testing/databases'
import type { Check } from './doctor'
import { type Environment, emptyInstallation, INIT, PASSWORD, run, runJson, withDb } from './testing'

const drops: (() => Promise<void>)[] = []

afterEach(async () => {
  for (const drop of drops.splice(0)) await drop()
})

async function empty(kind: DatabaseKind = 'sqlite'): Promise<Environment & { DATA_DIR: string }> {
  const { env, drop } = await emptyInstallation(kind)
  drops.push(drop)
  return { ...env, DATA_DIR: env.DATA_DIR ?? '' }
}

async function withTenant(kind: DatabaseKind = 'sqlite') {
  const env = await empty(kind)
  const made = await run(env, INIT, { stdin: PASSWORD })
  if (made.code !== 0) throw new Error(made.err)
  return env
}

async function examine(env: Environment, clock = systemClock) {
  const { code, data } = await runJson(env, ['doctor'], { clock })
  const checks = data.checks as Check[]
  const notOk = Object.fromEntries(checks.filter(({ status }) => status !== 'ok').map((each) => [each.name, each]))
  return { code, ok: data.ok, names: checks.map((check) => check.name), notOk, text: JSON.stringify(data) }
}

describe.each(databaseKinds)('doctor on a healthy installation (%s)', (kind) => {
  test('finds everything ok, exit code 0', async () => {
    const env = await withTenant(kind)
    const found = await examine(env)
    expect(found).toMatchObject({ code: 0, ok: true, notOk: {} })
    expect(found.names).toEqual(['settings', 'data folder', 'keys', 'database', 'keys in use', 'rows', 'clock', 'mail'])
    const inWords = await run(env, ['doctor'])
    expect(inWords.out.trimEnd().split('\n')).toHaveLength(found.names.length)
    for (const line of inWords.out.trimEnd().split('\n')) expect(line).toMatch(/^ok {9}\S/)
  })

  test('before any start or migration: attention, and the sentence says what will happen', async () => {
    const found = await examine(await empty(kind))
    expect(found).toMatchObject({ code: 0, ok: true })
    expect(found.notOk.database).toMatchObject({ status: 'attention', message: expect.stringContaining('migrate') })
  })

  test('a database of a newer version and an edited migration fail', async () => {
    const env = await withTenant(kind)
    await withDb(env, (db) => db.$executeRaw`UPDATE _prisma_migrations SET checksum = 'other'`)
    const edited = await examine(env)
    expect(edited).toMatchObject({ code: 1, ok: false })
    expect(edited.notOk.database).toMatchObject({ status: 'fail', message: expect.stringContaining('edited') })

    await withDb(env, (db) => db.$executeRaw`UPDATE _prisma_migrations SET migration_name = '99999999999999_later'`)
    const newer = await examine(env)
    expect(newer.code).toBe(1)
    expect(newer.notOk.database?.message).toContain('newer version')
  })

  test('rows that rest on keys which are gone are counted under the id of the key', async () => {
    const env = await withTenant(kind)
    await withDb(env, async (db) => {
      const user = await db.user.findFirstOrThrow()
      const row = { userId: user.id, kind: 'totp', name: 'Phone' } as const
      await db.factor.create({ data: { ...row, sealedKey: '1.gone.AAAA', confirmedAt: new Date() } })
      await db.factor.create({ data: { ...row, sealedKey: '1.gone.BBBB', confirmedAt: new Date() } })
      await db.factor.create({ data: { ...row, sealedKey: '1.older.CCCC', revokedAt: new Date() } })
      const code = { userId: user.id, number: 1, tag: 1 }
      await db.recoveryCode.create({ data: { ...code, hash: 'lost:$argon2id$x' } })
      await db.recoveryCode.create({ data: { ...code, hash: 'used:$argon2id$x', usedAt: new Date() } })
    })
    const found = await examine(env)
    expect(found).toMatchObject({ code: 1, ok: false })
    expect(found.notOk['keys in use']?.message).toContain(
      '(authenticator apps under key gone: 2; recovery codes under key lost: 1)',
    )
    expect(found.text).not.toContain('AAAA')
    expect(found.text).not.toContain('argon2id')
  })

  test('a clock behind the newest entry of the log fails', async () => {
    const env = await withTenant(kind)
    const found = await examine(env, { now: () => earlier(new Date(), hours(1)) })
    expect(found.code).toBe(1)
    expect(found.notOk.clock?.status).toBe('fail')
    expect(found.notOk.clock?.message).toMatch(/^The log has an entry from .+: set the clock with NTP\.$/)
  })
})

test('a clock away from the database server by seconds needs attention, by more than a time step it fails', async () => {
  const env = await withTenant('postgresql')
  await withDb(env, async (db) => {
    await dropAuditTriggers(db)
    await db.auditEvent.deleteMany()
  })
  const away = (milliseconds: number) => examine(env, { now: () => earlier(new Date(), milliseconds) })
  expect((await away(15_000)).notOk.clock).toMatchObject({ status: 'attention' })
  expect((await away(60_000)).notOk.clock).toMatchObject({ status: 'fail' })
})

describe('keys', () => {
  test('nothing is made on a fresh clone: no key file, no database', async () => {
    const env = await empty()
    const found = await examine({ ...env, DATA_DIR: join(env.DATA_DIR, 'none') })
    expect(Object.keys(found.notOk)).toEqual(['data folder', 'keys', 'database'])
    expect(await readdir(env.DATA_DIR)).toEqual([])
  })

  test('a key file that others may read fails', async () => {
    const env = await withTenant()
    await chmod(join(env.DATA_DIR, 'secret.keys'), 0o640)
    const found = await examine(env)
    expect(found.code).toBe(1)
    expect(found.notOk.keys).toMatchObject({ status: 'fail', message: expect.stringContaining('chmod 600') })
  })

  test('a damaged key file fails and is not shown', async () => {
    const env = await withTenant()
    await writeFile(join(env.DATA_DIR, 'secret.keys'), 'damaged-but-secret')
    const found = await examine(env)
    expect(found.notOk.keys?.status).toBe('fail')
    expect(found.notOk['keys in use']?.status).toBe('fail')
    expect(found.text).not.toContain('damaged-but-secret')
  })

  test('a key file that was lost fails where rows rest on it', async () => {
    const env = await withTenant()
    await rm(join(env.DATA_DIR, 'secret.keys'))
    const found = await examine(env)
    expect(found.code).toBe(1)
    expect(found.notOk['keys in use']?.message).toMatch(/passwords under key [a-z2-7]{8}: 1/)
  })

  test('a rotated ring is fine while the old key stays in it, and fails once it is taken out', async () => {
    const env = await withTenant()
    const old = await readFile(join(env.DATA_DIR, 'secret.keys'), 'utf8')
    const fresh = generateKeyRing(systemRandom)
    expect(await examine({ ...env, SECRET_KEYS: `${fresh},${old}` })).toMatchObject({ code: 0, notOk: {} })
    const without = await examine({ ...env, SECRET_KEYS: fresh })
    expect(without.code).toBe(1)
    expect(without.notOk['keys in use']?.message).toContain('SECRET_KEYS')
    expect(without.text).not.toContain(fresh.split(':')[1])
  })
})

describe('files, mail and settings', () => {
  test('a data folder and a database file that others may enter need attention', async () => {
    const env = await withTenant()
    await chmod(env.DATA_DIR, 0o755)
    await chmod(join(env.DATA_DIR, 'twofold.db'), 0o644)
    const found = await examine(env)
    expect(found).toMatchObject({ code: 0, ok: true })
    expect(Object.keys(found.notOk)).toEqual(['data folder', 'database file'])
  })

  test('mail into a folder needs attention where people sign in from elsewhere', async () => {
    const env = { ...(await withTenant()), PUBLIC_URL: 'https://login.example.com', MAIL_TRANSPORT: 'directory' }
    const found = await examine(env)
    expect(found).toMatchObject({ code: 0, ok: true })
    expect(found.notOk.mail).toMatchObject({ status: 'attention', message: expect.stringContaining('MAIL_TRANSPORT') })
  })

  test('mail fails where no message can be put', async () => {
    const env = await withTenant()
    await writeFile(join(env.DATA_DIR, 'outbox'), '')
    expect((await examine(env)).notOk.mail?.status).toBe('fail')
  })

  test('a file that is no database fails in words', async () => {
    const env = await empty()
    await writeFile(join(env.DATA_DIR, 'twofold.db'), 'no database, and longer than a header would be '.repeat(4))
    const found = await examine(env)
    expect(found.code).toBe(1)
    expect(found.notOk.database).toMatchObject({
      status: 'fail',
      message: expect.stringContaining('not an SQLite database'),
    })
  })

  test('a folder in the place of the database fails in words', async () => {
    const env = await empty()
    await mkdir(join(env.DATA_DIR, 'twofold.db'))
    expect((await examine(env)).notOk.database?.status).toBe('fail')
  })

  test('an unreachable server fails in words, without the password in its address', async () => {
    const env = { ...(await empty('postgresql')), DATABASE_URL: 'postgresql://twofold:s3cret-pw@127.0.0.1:1/twofold' }
    const found = await examine(env)
    expect(found.code).toBe(1)
    expect(found.notOk.database?.message).toContain('does not answer')
    expect(found.text).not.toContain('s3cret-pw')
  })

  test('a wrong setting is the one thing to mend first', async () => {
    const found = await examine({ ...(await empty()), PORT: 'eighty' })
    expect(found).toMatchObject({ code: 1, ok: false, names: ['settings'] })
    expect(found.notOk.settings?.message).toMatch(/^PORT /)
  })
})

describe('doctor sends a test message', () => {
  test('--mail-to and --sms-to, by the transports of the settings', async () => {
    const env = { ...(await withTenant()), SMS_TRANSPORT: 'directory' }
    const ran = await runJson(env, ['doctor', '--mail-to', 'ann@example.com', '--sms-to', '+491701234567'])
    expect(ran.code).toBe(0)
    const checks = ran.data.checks as Check[]
    expect(checks.slice(-2)).toMatchObject([
      { name: 'test mail', status: 'ok' },
      { name: 'test sms', status: 'ok' },
    ])
    const folder = join(env.DATA_DIR, 'outbox')
    const files = await Promise.all((await readdir(folder)).map((file) => readFile(join(folder, file), 'utf8')))
    expect(
      files
        .map((text) => JSON.parse(text))
        .map(({ channel, to }) => [channel, to])
        .sort(),
    ).toEqual([
      ['email', 'ann@example.com'],
      ['sms', '+491701234567'],
    ])
    expect(await withDb(env, (db) => db.outboxMessage.count({ where: { template: 'test_message' } }))).toBe(0)
  })

  test('a provider that does not answer fails the command, in a word without the message', async () => {
    const taken = createServer((socket) => socket.end('554 no\r\n')).listen(0, '127.0.0.1')
    await once(taken, 'listening')
    const { port } = taken.address() as AddressInfo
    const mail = { MAIL_TRANSPORT: 'smtp', SMTP_URL: `smtp://127.0.0.1:${port}`, MAIL_FROM: 'login@example.com' }
    const ran = await runJson({ ...(await withTenant()), ...mail }, ['doctor', '--mail-to', 'ann@example.com'])
    taken.close()
    expect(ran.code).toBe(1)
    expect((ran.data.checks as Check[]).at(-1)).toEqual({
      name: 'test mail',
      status: 'fail',
      message: expect.stringMatching(/^The test message was not accepted \([A-Z_0-9]+\)\.$/),
    })
  })

  test('without a gateway there is no text message to send', async () => {
    const ran = await runJson(await withTenant(), ['doctor', '--sms-to', '+491701234567'])
    expect(ran.code).toBe(1)
    expect((ran.data.checks as Check[]).at(-1)).toMatchObject({
      status: 'fail',
      message: expect.stringContaining('no_gateway'),
    })
  })

  test.each([
    ['--mail-to', 'ann'],
    ['--mail-to', 'ann@example.com,eve@example.com'],
    ['--sms-to', '0170 1234567'],
    ['--sms-to', '+49170\n1234567'],
  ])('S23: %s %s is refused before anything is sent', async (option, value) => {
    const env = { ...(await withTenant()), SMS_TRANSPORT: 'directory' }
    const ran = await run(env, ['doctor', option, value])
    expect(ran.code).toBe(2)
    expect(ran.err).toContain(option)
    expect(await readdir(env.DATA_DIR)).not.toContain('outbox')
  })
})

test('S28: other bytes under the id of a key in use are found', async () => {
  const env = await withTenant()
  const [id] = (await readFile(join(env.DATA_DIR, 'secret.keys'), 'utf8')).split(':')
  const impostor = generateKeyRing(systemRandom).split(':')[1]
  const found = await examine({ ...env, SECRET_KEYS: `${id}:${impostor}` })
  expect(found.code).toBe(1)
  expect(found.notOk['keys in use']?.message).toContain(`the ring has other bytes for ${id}`)
})

describe.each(databaseKinds)('N41: rows that cannot be read (%s)', (kind) => {
  const noDate = kind === 'sqlite' ? "'garbage'" : "'infinity'"
  const word = (type: string) => (kind === 'sqlite' ? [] : [`ALTER TYPE "${type}" ADD VALUE 'boss'`])

  test('are named one by one with table, id, what is wrong and the next step, and never a value', async () => {
    const env = await withTenant(kind)
    const keyId = (await withDb(env, (db) => db.keyInUse.findFirstOrThrow())).keyId
    const ids = await withDb(env, async (db) => {
      const user = await db.user.findFirstOrThrow()
      const factor = { userId: user.id, kind: 'totp', name: 'Phone', confirmedAt: new Date() } as const
      const sealed = await db.factor.create({ data: { ...factor, sealedKey: `1.${keyId}.HIDDENHIDDENHIDDEN` } })
      const code = { userId: user.id, number: 1, tag: 1, hash: `${keyId}:HIDDENHASH` }
      const saved = await db.recoveryCode.create({ data: code })
      const job = await db.job.create({ data: { kind: 'wrong_code', payload: '{HIDDEN', runAt: new Date() } })
      for (const statement of [
        `UPDATE "password" SET "hash" = 'HIDDENHASH'`,
        `UPDATE "app_user" SET "suspendedAt" = ${noDate}`,
        ...word('role'),
        `UPDATE "membership" SET "role" = 'boss'`,
        `DELETE FROM "policy_rule" WHERE "userType" = 'end'`,
        `UPDATE "policy_rule" SET "kinds" = 'totp,HIDDENKIND'`,
      ]) {
        await db.$executeRawUnsafe(statement)
      }
      const [membership] = await db.membership.findMany({ select: { id: true } })
      return { user: user.id, tenant: user.tenantId, factor: sealed.id, code: saved.id, job: job.id, membership }
    })
    const { code, data } = await runJson(env, ['doctor'])
    expect(code).toBe(1)
    const rows = (data.checks as Check[]).filter(({ name }) => name === 'rows')
    expect(rows.every(({ status }) => status === 'fail')).toBe(true)
    expect(rows.map(({ message }) => message.split(': ').slice(0, 2).join(': ')).sort()).toEqual(
      [
        `app_user ${ids.user}: suspendedAt is no date`,
        `factor ${ids.factor}: sealedKey does not open under its key`,
        `job ${ids.job}: payload is no JSON`,
        `membership ${ids.membership?.id}: the row has a value that this version does not know`,
        `password ${ids.user}: hash is no hash that can be verified`,
        `policy_rule ${ids.tenant} end: the row is missing`,
        `policy_rule ${ids.tenant} team: kinds has a value that this version does not know`,
        `recovery_code ${ids.code}: hash is no hash that can be verified`,
      ].sort(),
    )
    for (const { message } of rows) expect(message).toMatch(/: [^:]{10,}\.$/)
    expect(JSON.stringify(data)).not.toContain('HIDDEN')
  })
})

test('N41: however many rows cannot be read, fifty are named and the others are counted', async () => {
  const env = await withTenant()
  const rows = 130_000
  await withDb(env, async (db) => {
    const { id } = await db.user.findFirstOrThrow()
    await db.$executeRaw`
      WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${rows})
      INSERT INTO "recovery_code" ("id", "userId", "number", "tag", "hash")
      SELECT printf('%08d', i), ${id}, i, 1, 'none' FROM n`
  })
  const { data } = await runJson(env, ['doctor'])
  const named = (data.checks as Check[]).filter(({ name }) => name === 'rows').map(({ message }) => message)
  expect(named).toHaveLength(51)
  expect(named[0]).toContain('recovery_code 00000001: hash is no hash')
  expect(named.at(-1)).toBe(`${rows - 50} more rows cannot be read.`)
}, 120_000)
