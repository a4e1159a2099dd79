import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { appendFile, cp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { generateKeyRing } from '../core/crypto/keys'
import { closeDb, createDb, type Db } from '../core/db'
import { systemRandom } from '../core/kernel/random'
import { databaseKinds } from '../testing/databases'
import { allRows } from '../testing/observed'
import { configOf, type Environment, emptyInstallation, INIT, PASSWORD, run, runJson, withDb } from './testing'

const drops: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const drop of drops.splice(0)) await drop()
})

const HOUR = 3_600_000
const ANN = ['users', 'create', '--email', 'ann@example.com', '--name', 'Ann', '--role', 'admin', '--password-stdin']

async function newInstallation(kind: (typeof databaseKinds)[number]): Promise<Environment> {
  const { env, drop } = await emptyInstallation(kind)
  drops.push(drop)
  return env
}

/** A company, with of everything that must not come back to life. */
async function anInstallation(kind: (typeof databaseKinds)[number]) {
  const env = await newInstallation(kind)
  const made = await run(env, INIT, { stdin: PASSWORD })
  if (made.code !== 0) throw new Error(made.err)
  await withDb(env, async (db) => {
    const { id: userId, tenantId } = await db.user.findFirstOrThrow()
    const at = new Date(Date.now() - HOUR)
    const until = new Date(Date.now() + HOUR)
    const seen = { createdAt: at, lastSeenAt: at }
    await db.session.create({
      data: { userId, tokenHash: 's', methods: 'pwd', ...seen, expiresAt: until, idleSeconds: 7200 },
    })
    await db.device.create({
      data: { userId, seriesHash: 'd', valueHash: 'v', verifiedAt: at, trustGrantedAt: at, ...seen },
    })
    const link = { userId, createdAt: at, expiresAt: until }
    await db.mailedLink.create({ data: { ...link, kind: 'reset', tokenHash: 'l1' } })
    await db.mailedLink.create({ data: { ...link, kind: 'undo', tokenHash: 'l2', email: 'old\u2028ä@example.com' } })
    const code = { userId, number: 1, tag: 1, hash: 'k1:x', createdAt: at }
    await db.recoveryCode.create({ data: { ...code, kind: 'issued', expiresAt: until } })
    await db.recoveryCode.create({ data: { ...code, kind: 'saved' } })
    const message = { channel: 'email', recipient: 'x@example.com', tenantId, template: 'new_device', locale: 'en' }
    await db.outboxMessage.create({ data: { ...message, runAt: at } })
  })
  return env
}

/** Where a copy is put back: the same place with SQLite, an empty database with PostgreSQL. */
async function target(env: Environment): Promise<Environment> {
  if (env.DATABASE_URL === undefined) return env
  const { DATABASE_URL } = await newInstallation('postgresql')
  return { ...env, DATABASE_URL: DATABASE_URL ?? '' }
}

const rowsIn = (env: Environment) => withDb(env, (db: Db) => allRows(db))

describe.each(databaseKinds)('backup and restore (%s)', (kind) => {
  test('X12: what was saved is put back to the row, and what was open then is open no more', async () => {
    const env = await anInstallation(kind)
    const folder = join(env.DATA_DIR ?? '', 'saved')
    const saved = await runJson(env, ['backup', '--to', folder])
    expect(saved).toMatchObject({ code: 0, data: { ok: true, database: kind, withKeys: false, noted: true } })
    expect(readdirSync(folder).toSorted()).toEqual(
      [kind === 'sqlite' ? 'database.db' : 'database.jsonl.gz', 'manifest.json'].toSorted(),
    )
    expect(statSync(folder).mode & 0o077).toBe(0)
    for (const file of readdirSync(folder)) expect(statSync(join(folder, file)).mode & 0o077).toBe(0)
    const before = await rowsIn(env)
    await run(env, ANN, { stdin: PASSWORD })

    const to = await target(env)
    const put = await runJson(to, ['restore', '--from', folder])
    expect(put).toMatchObject({ code: 0, data: { ok: true, sessions: 1, codes: 1, messages: 1 } })
    if (kind === 'sqlite') {
      expect(existsSync(String(put.data.movedTo))).toBe(true)
      expect(readdirSync(env.DATA_DIR ?? '').filter((name) => name.includes('restoring'))).toEqual([])
    }
    const after = await rowsIn(to)
    expect(before.User).toHaveLength(1)
    const touched = ['Tenant', 'Policy', 'PolicyRule', 'RecoveryCode', 'MailedLink', 'OutboxMessage', 'AuditEvent']
    for (const name of Object.keys(before).filter((each) => !touched.includes(each))) {
      expect([name, after[name]]).toEqual([name, before[name]])
    }
    await withDb(to, async (db) => {
      const now = new Date()
      expect(await db.policyRule.count({ where: { sessionsVoidedAt: null } })).toBe(0)
      expect(await db.tenant.count({ where: { trustVoidedAt: null } })).toBe(0)
      expect(await db.mailedLink.findMany({ where: { usedAt: null }, select: { kind: true, email: true } })).toEqual([
        { kind: 'undo', email: 'old\u2028ä@example.com' },
      ])
      expect(await db.recoveryCode.findMany({ where: { revokedAt: null }, select: { kind: true } })).toEqual([
        { kind: 'saved' },
      ])
      expect(await db.outboxMessage.count({ where: { expiresAt: { lte: now } } })).toBe(1)
      const kinds = (await db.auditEvent.findMany({ orderBy: { id: 'asc' } })).map((event) => event.kind)
      expect(kinds.filter((each) => each.startsWith('backup') || each === 'contained')).toEqual([
        'backup_made',
        'contained',
        'backup_restored',
      ])
    })
    expect((await run(to, ['audit', 'verify'])).code).toBe(0)
    expect((await run(to, ANN, { stdin: PASSWORD })).code).toBe(0)
  })

  test('X12: a copy made while others write is of one moment', async () => {
    const env = await anInstallation(kind)
    const folder = join(env.DATA_DIR ?? '', 'saved')
    let writing = true
    let written = 0
    const writer = withDb(env, async (db) => {
      const tenant = await db.tenant.findFirstOrThrow()
      for (let n = 0; writing; n += 1) {
        const email = `p${n}@example.com`
        await db.$transaction(async (tx) => {
          const user = await tx.user.create({ data: { tenantId: tenant.id, email, name: email } })
          const keys = { nameKey: email, surnameKey: email, emailKey: email, role: 'agent', userType: 'team' } as const
          await tx.membership.create({ data: { ...keys, tenantId: tenant.id, userId: user.id } })
        })
        written += 1
      }
    })
    const saved = await run(env, ['backup', '--to', folder])
    writing = false
    await writer
    expect([saved.code, saved.err]).toEqual([0, ''])
    const to = await target(env)
    expect((await run(to, ['restore', '--from', folder])).code).toBe(0)
    await withDb(to, async (db) => {
      const people = await db.user.count()
      expect(await db.membership.count()).toBe(people)
      expect(people).toBeLessThanOrEqual(written + 1)
    })
  })

  test('X12: a restore is refused where it would harm or help nobody, and changes nothing', async () => {
    const env = await anInstallation(kind)
    const folder = join(env.DATA_DIR ?? '', 'saved')
    expect((await run(env, ['backup', '--to', folder])).code).toBe(0)
    expect(await runJson(env, ['backup', '--to', folder])).toMatchObject({ code: 1, data: { code: 'folder_exists' } })
    const before = await rowsIn(env)
    const refusal = async (of: Environment, from: string) => {
      const { code, data } = await runJson(of, ['restore', '--from', from])
      expect([code, String(data.message).length > 20]).toEqual([1, true])
      return data.code
    }
    expect(await refusal(env, join(env.DATA_DIR ?? '', 'nothing'))).toBe('no_backup')

    const broken = join(env.DATA_DIR ?? '', 'broken')
    await cp(folder, broken, { recursive: true })
    await appendFile(join(broken, kind === 'sqlite' ? 'database.db' : 'database.jsonl.gz'), 'x')
    expect(await refusal(env, broken)).toBe('damaged')

    const live = createDb({ url: configOf(env).databaseUrl })
    await live.tenant.count()
    expect(await refusal(env, folder)).toBe(kind === 'sqlite' ? 'in_use' : 'not_empty')
    await closeDb(live)

    const otherKeys = { ...(await target(env)), SECRET_KEYS: generateKeyRing(systemRandom).replace(/^[^:]+/, 'other') }
    expect(await refusal(otherKeys, folder)).toBe('missing_keys')
    const id = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')).keyIds[0]
    const otherBytes = { ...(await target(env)), SECRET_KEYS: generateKeyRing(systemRandom).replace(/^[^:]+/, id) }
    expect(await refusal(otherBytes, folder)).toBe('unknown_key')
    if (kind === 'postgresql')
      expect(
        (await run({ ...env, ...otherBytes, SECRET_KEYS: env.SECRET_KEYS ?? '' }, ['restore', '--from', folder])).code,
      ).toBe(0)
    expect(await rowsIn(env)).toEqual(before)
  })

  test('X12: another database is named as such', async () => {
    const env = await anInstallation(kind)
    const folder = join(env.DATA_DIR ?? '', 'saved')
    expect((await run(env, ['backup', '--to', folder])).code).toBe(0)
    const other = await newInstallation(kind === 'sqlite' ? 'postgresql' : 'sqlite')
    expect((await runJson(other, ['restore', '--from', folder])).data.code).toBe('other_database')
  })
})

test('X12: the key ring goes along when asked for, and otherwise must be put back first', async () => {
  const env = await anInstallation('sqlite')
  const dataDir = env.DATA_DIR ?? ''
  const ring = readFileSync(join(dataDir, 'secret.keys'), 'utf8').trim()
  const [without, withKeys] = [join(dataDir, 'without'), join(dataDir, 'with')]
  const said = await run(env, ['backup', '--to', without])
  expect(said.out).toContain(`keep a copy of ${join(dataDir, 'secret.keys')}`)
  expect((await run(env, ['backup', '--to', withKeys, '--with-keys'])).code).toBe(0)
  expect(readFileSync(join(withKeys, 'secret.keys'), 'utf8')).toBe(ring)
  expect(readFileSync(join(withKeys, 'manifest.json'), 'utf8')).not.toContain(ring.split(':')[1])

  const fresh = await newInstallation('sqlite')
  expect((await runJson(fresh, ['restore', '--from', without])).data.code).toBe('no_keys')
  expect(readdirSync(fresh.DATA_DIR ?? '')).toEqual([])
  expect((await run(fresh, ['restore', '--from', withKeys])).code).toBe(0)
  const file = join(fresh.DATA_DIR ?? '', 'secret.keys')
  expect(readFileSync(file, 'utf8').trim()).toBe(ring)
  expect(statSync(file).mode & 0o077).toBe(0)
  await rm(dataDir, { recursive: true })
})

test('X12: a log beside the file stops a restore, also when nobody has it open', async () => {
  const env = await anInstallation('sqlite')
  const folder = join(env.DATA_DIR ?? '', 'saved')
  expect((await run(env, ['backup', '--to', folder])).code).toBe(0)
  await appendFile(join(env.DATA_DIR ?? '', 'twofold.db-wal'), 'left by a crash')
  expect((await runJson(env, ['restore', '--from', folder])).data.code).toBe('in_use')
})
