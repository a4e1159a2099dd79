import { cp, mkdir, mkdtemp, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, inject, test } from 'vitest'
import { dueReminder } from '../administration/invitation/remind/rules'
import { findOpenInvitation } from '../administration/invitation/store'
import { findBrowser } from '../credentials/device/service'
import { databaseKinds, newDatabase } from '../testing/databases'
import { hashToken } from './crypto/token'
import { closeDb, createDb, type Db, Prisma } from './db'
import { minutes } from './kernel/time'
import { applyMigrations } from './migrate'

type Row = Readonly<Record<string, string | number | boolean | Date | null>>

const at = (day: number) => new Date(Date.UTC(2026, 9, day, 8, 30, 15, day))

/** Both databases take text for a value of an enum. */
async function insert(db: Db, table: string, row: Row): Promise<void> {
  const columns = Prisma.raw(
    Object.keys(row)
      .map((name) => `"${name}"`)
      .join(', '),
  )
  const values = Prisma.join(Object.values(row))
  await db.$executeRaw`INSERT INTO ${Prisma.raw(`"${table}"`)} (${columns}) VALUES (${values})`
}

/** Each setting has another value than any other, and none that a new tenant has. */
const FULL = {
  tenantId: 'full',
  version: 7,
  teamRequired: true,
  teamRequiredSince: at(1),
  teamKinds: 'totp',
  teamTrustDays: 8,
  teamTrustFloor: at(2),
  teamDeadline: at(3),
  teamIdleMinutes: 11,
  teamSessionHours: 3,
  teamSessionsVoidedAt: at(4),
  endRequired: false,
  endRequiredSince: at(5),
  endKinds: 'email,sms,passkey',
  endTrustDays: 0,
  endTrustFloor: at(6),
  endDeadline: at(7),
  endIdleMinutes: 22,
  endSessionHours: 44,
  endSessionsVoidedAt: at(8),
  endDeviceVerification: true,
  endIssuedRecoveryCodes: true,
  updatedAt: at(9),
}

describe.each(databaseKinds)('migrations of a database that is full (%s)', (kind) => {
  /** A database as the migrations before this one left it, filled; then the rest of them. */
  async function migrated<T>(name: string, fill: (db: Db) => Promise<void>, look: (db: Db) => Promise<T>): Promise<T> {
    const from = join(import.meta.dirname, '..', '..', 'prisma', 'migrations', kind)
    const folder = await mkdtemp(join(inject('databases').directory, 'before-'))
    await mkdir(join(folder, kind))
    const names = (await readdir(from)).sort()
    const older = names.slice(
      0,
      names.findIndex((each) => each.endsWith(name)),
    )
    expect(older).not.toHaveLength(0)
    for (const each of older) await cp(join(from, each), join(folder, kind, each), { recursive: true })
    const { url, drop } = await newDatabase(kind, { empty: true })
    const within = async <R>(use: (db: Db) => Promise<R>): Promise<R> => {
      const db = createDb({ url })
      try {
        return await use(db)
      } finally {
        await closeDb(db)
      }
    }
    try {
      expect(await applyMigrations({ url, folder })).toEqual(older)
      await within(fill)
      expect(await applyMigrations({ url })).toEqual(names.slice(older.length))
      return await within(look)
    } finally {
      await drop()
    }
  }

  async function fillWithPeople(db: Db): Promise<void> {
    for (const id of ['full', 'new']) {
      await insert(db, 'tenant', { id, slug: id, name: id, kind: 'customer', stage: 'production', createdAt: at(1) })
    }
    await insert(db, 'policy', FULL)
    await insert(db, 'policy', { tenantId: 'new', updatedAt: at(10) })
    for (const [id, special] of [
      ['ann', true],
      ['bob', false],
    ] as const) {
      const user = { id, tenantId: 'full', email: `${id}@example.com`, name: id, createdAt: at(1) }
      await insert(db, 'app_user', { ...user, kind: 'person' })
      const keys = { nameKey: id, emailKey: id, surnameKey: id, createdAt: at(1) }
      const member = { id: `m-${id}`, tenantId: 'full', userId: id, role: 'end_user', userType: 'end' }
      await insert(db, 'membership', { ...member, ...keys, special, enrolled: true, factorKinds: 'totp', atRisk: true })
      const times = { createdAt: at(2), lastSeenAt: at(3), expiresAt: at(4), idleSeconds: 60 }
      const session = { id: `s-${id}`, tokenHash: `hash-${id}`, userId: id, methods: 'pwd otp', deviceId: 'device' }
      await insert(db, 'session', { ...session, ...times, actingTenantId: 'new', steppedUpAt: at(2) })
      const request = { id: `r-${id}`, tenantId: 'full', userId: id, reason: 'lost', cancelHash: `cancel-${id}` }
      await insert(db, 'reset_request', { ...request, createdAt: at(2), expiresAt: at(5), approved: true })
    }
    const job = { id: 'job', kind: 'link_request', uniqueKey: 'one', payload: 'sealed', leaseToken: 'token' }
    await insert(db, 'job', { ...job, runAt: at(3), tries: 2, createdAt: at(2) })
    const token = { id: 'token', tenantId: 'full', userId: 'ann', name: 't', tokenHash: 't', scopes: 'all' }
    await insert(db, 'api_token', { ...token, createdAt: at(1), expiresAt: at(9) })
  }

  test('what each user type was asked for is found in its row, and so is all that was there of people', async () => {
    const found = await migrated('_policy_rule', fillWithPeople, async (db) => ({
      policies: await db.policy.findMany({
        orderBy: { tenantId: 'asc' },
        select: { tenantId: true, version: true, updatedAt: true },
      }),
      rules: await db.policyRule.findMany({ orderBy: [{ tenantId: 'asc' }, { userType: 'asc' }] }),
      members: await db.membership.findMany({
        orderBy: { id: 'asc' },
        select: { id: true, userId: true, needsFullRead: true, enrolled: true, factorKinds: true, atRisk: true },
      }),
      sessions: await db.session.findMany({ orderBy: { id: 'asc' } }),
      requests: await db.resetRequest.findMany({ orderBy: { id: 'asc' } }),
      jobs: await db.job.findMany(),
    }))
    const { tenantId, version, updatedAt } = FULL
    expect(found.policies).toEqual([
      { tenantId, version, updatedAt },
      { tenantId: 'new', version: 1, updatedAt: at(10) },
    ])
    const byType = (rows: typeof found.rules, tenant: string) =>
      Object.fromEntries(
        rows.filter((row) => row.tenantId === tenant).map(({ userType, tenantId: _, ...rule }) => [userType, rule]),
      )
    expect(found.rules).toHaveLength(4)
    expect(byType(found.rules, 'full')).toEqual({
      team: {
        required: true,
        requiredSince: at(1),
        firstRequiredAt: at(1),
        deadline: null,
        kinds: 'totp',
        trustDays: 8,
        trustFloor: at(2),
        idleMinutes: 11,
        sessionHours: 3,
        sessionsVoidedAt: at(4),
        deviceVerification: true,
        issuedRecoveryCodes: true,
      },
      end: {
        required: false,
        requiredSince: at(5),
        firstRequiredAt: null,
        deadline: null,
        kinds: 'email,sms,passkey',
        trustDays: 0,
        trustFloor: at(6),
        idleMinutes: 22,
        sessionHours: 44,
        sessionsVoidedAt: at(8),
        deviceVerification: true,
        issuedRecoveryCodes: true,
      },
    })
    const untouched = {
      requiredSince: null,
      firstRequiredAt: null,
      deadline: null,
      trustFloor: null,
      sessionsVoidedAt: null,
      required: false,
    }
    const asNew = { ...untouched, kinds: 'totp,email,passkey', trustDays: 30, idleMinutes: 60 }
    expect(byType(found.rules, 'new')).toEqual({
      team: { ...asNew, sessionHours: 12, deviceVerification: true, issuedRecoveryCodes: true },
      end: { ...asNew, sessionHours: 24, deviceVerification: false, issuedRecoveryCodes: false },
    })
    const enrolled = { enrolled: true, factorKinds: 'totp', atRisk: true }
    expect(found.members).toEqual([
      { id: 'm-ann', userId: 'ann', needsFullRead: true, ...enrolled },
      { id: 'm-bob', userId: 'bob', needsFullRead: false, ...enrolled },
    ])
    for (const [index, id] of ['ann', 'bob'].entries()) {
      const times = { createdAt: at(2), lastSeenAt: at(3), expiresAt: at(4), steppedUpAt: at(2) }
      const session = { id: `s-${id}`, tokenHash: `hash-${id}`, userId: id, methods: 'pwd otp', idleSeconds: 60 }
      expect(found.sessions[index]).toMatchObject({ ...session, ...times, deviceId: 'device' })
      const request = { id: `r-${id}`, userId: id, reason: 'lost', approved: true }
      expect(found.requests[index]).toMatchObject({ ...request, createdAt: at(2), expiresAt: at(5) })
    }
    const job = { id: 'job', kind: 'link_request', payload: 'sealed', runAt: at(3), createdAt: at(2) }
    expect(found.jobs).toEqual([job])
  })

  test('D7 S21: a remembered browser is known by its cookie of before; a value that several had is one person’s', async () => {
    const token = (letter: string) => letter.repeat(43)
    const found = await migrated(
      '_device_value',
      async (db) => {
        const times = { createdAt: at(1), lastSeenAt: at(2), verifiedAt: at(1), trustGrantedAt: at(1) }
        await insert(db, 'tenant', {
          id: 't',
          slug: 't',
          name: 't',
          kind: 'customer',
          stage: 'production',
          createdAt: at(1),
        })
        for (const id of ['ann', 'bob']) {
          await insert(db, 'app_user', {
            id,
            tenantId: 't',
            email: `${id}@example.com`,
            name: id,
            kind: 'person',
            createdAt: at(1),
          })
        }
        for (const [id, userId, letter] of [
          ['1', 'ann', 'A'],
          ['2', 'bob', 'A'],
          ['3', 'bob', 'B'],
        ] as const) {
          await insert(db, 'device', { id, userId, tokenHash: hashToken('device', token(letter)), ...times })
        }
      },
      async (db) => {
        const deps = { db, clock: { now: () => at(3) } }
        const knows = async (letter: string, id: string) => {
          const from = { deviceToken: token(letter), request: { userAgent: null } }
          const terms = { trustDays: 30, trustFloor: null }
          return (
            (await findBrowser(deps, from, { id, devicesVoidedAt: null, factorsVoided: false }, terms))?.trusted ??
            false
          )
        }
        return [await knows('A', 'ann'), await knows('A', 'bob'), await knows('B', 'bob')]
      },
    )
    expect(found).toEqual([true, false, true])
  })

  test('S28: the keys that are in use already are known to the next start, and no other', async () => {
    const fill = async (db: Db) => {
      await insert(db, 'tenant', {
        id: 't',
        slug: 't',
        name: 't',
        kind: 'customer',
        stage: 'production',
        createdAt: at(1),
      })
      for (const id of ['ann', 'bob']) {
        const user = { id, tenantId: 't', email: `${id}@example.com`, name: id, createdAt: at(1) }
        await insert(db, 'app_user', { ...user, kind: 'person' })
      }
      await insert(db, 'password', { userId: 'ann', hash: 'x', pepperKeyId: 'pepper-1', setAt: at(1) })
      await insert(db, 'password', { userId: 'bob', hash: 'x', pepperKeyId: '.imported', setAt: at(1) })
      const factor = { userId: 'ann', kind: 'totp', name: 'x', createdAt: at(1) }
      await insert(db, 'factor', { ...factor, id: 'f1', sealedKey: '1.app_key.AAAA' })
      await insert(db, 'factor', { ...factor, id: 'f2', kind: 'sms', sealedPhone: '1.phone-key.AA.AA' })
      await insert(db, 'factor', { ...factor, id: 'f3', sealedKey: '1.revoked.AAAA', revokedAt: at(2) })
      const code = { userId: 'ann', number: 1, tag: 1, createdAt: at(1) }
      await insert(db, 'recovery_code', { ...code, id: 'c1', hash: 'code-key:$argon2id$v=19$m=1,t=1:1' })
      await insert(db, 'recovery_code', { ...code, id: 'c2', hash: 'used-key:$argon2id$', usedAt: at(2) })
      const head = { tenantId: 't', hash: 'h', through: at(1), signedAt: at(1), signature: 's' }
      await insert(db, 'audit_head', { ...head, id: 'h1', seq: 1, keyId: 'pepper-1' })
      await insert(db, 'audit_head', { ...head, id: 'h2', seq: 2, keyId: 'head-key' })
    }
    const found = await migrated('_key_in_use', fill, (db) => db.keyInUse.findMany({ orderBy: { keyId: 'asc' } }))
    expect(found.map(({ keyId }) => keyId)).toEqual(['app_key', 'code-key', 'head-key', 'pepper-1', 'phone-key'])
    for (const { checkValue, since } of found) {
      expect(checkValue).toBeNull()
      expect(Math.abs(since.getTime() - Date.now())).toBeLessThan(minutes(5))
    }
  })

  test('M4: whoever is found by marked letters, or by a domain for mail servers, gets new keys; nobody else does', async () => {
    const fill = async (db: Db) => {
      const tenant = { id: 't', slug: 't', name: 't', kind: 'customer', stage: 'production', createdAt: at(1) }
      await insert(db, 'tenant', tenant)
      for (const [id, name, email] of [
        ['1', 'łukasz', '1@example.com'],
        ['2', 'weiß', '2@example.com'],
        ['3', 'ann', '3@xn--bcher-kva.example'],
        ['4', 'zoe', '4@example.com'],
      ] as const) {
        await insert(db, 'app_user', { id, tenantId: 't', email, name, kind: 'person', createdAt: at(1) })
        const keys = { nameKey: name, surnameKey: name, lookKey: name, emailKey: email, createdAt: at(1) }
        const member = { id: `m-${id}`, tenantId: 't', userId: id, role: 'end_user', userType: 'end' }
        await insert(db, 'membership', { ...member, ...keys })
      }
    }
    const look = (db: Db) => db.membership.findMany({ where: { lookKey: '' }, orderBy: { id: 'asc' } })
    const found = await migrated('_membership_unmarked_keys', fill, look)
    expect(found.map(({ id }) => id)).toEqual(['m-1', 'm-2', 'm-3'])
  })

  test('R10: invitations that were sent are looked at for reminders, and their links go on', async () => {
    const fill = async (db: Db) => {
      await insert(db, 'tenant', {
        id: 't',
        slug: 't',
        name: 't',
        kind: 'customer',
        stage: 'production',
        createdAt: at(1),
      })
      const invitation = { tenantId: 't', name: 'Ines', role: 'agent', createdAt: at(1) }
      await insert(db, 'invitation', { ...invitation, id: 'untold', email: 'untold@example.com' })
      const sent = { tokenHash: hashToken('invitation', 'A'.repeat(43)), sentAt: at(2), expiresAt: at(9) }
      await insert(db, 'invitation', { ...invitation, id: 'sent', email: 'sent@example.com', ...sent })
    }
    const found = await migrated('_invitation_reminders', fill, async (db) => {
      const rows = await db.invitation.findMany({ orderBy: { id: 'asc' } })
      const open = await findOpenInvitation(db, hashToken('invitation', 'A'.repeat(43)), at(3))
      return { rows: rows.map((row) => ({ row, due: dueReminder(row, at(6)) })), open: open?.id }
    })
    expect(found.open).toBe('sent')
    expect(found.rows.map(({ row, due }) => [row.id, row.remindAt, row.remindedAt, due])).toEqual([
      ['sent', at(2), null, 'half_way'],
      ['untold', null, null, null],
    ])
  })

  test('M4 U6: lists are sorted by the last sign-in of before, at home alone', async () => {
    const fill = async (db: Db) => {
      for (const id of ['home', 'host']) {
        const tenant = { id, slug: id, name: id, kind: 'customer', stage: 'production', createdAt: at(1) }
        await insert(db, 'tenant', tenant)
      }
      for (const [id, lastSignInAt] of [
        ['ann', at(3)],
        ['bob', null],
      ] as const) {
        const user = { id, tenantId: 'home', email: `${id}@example.com`, name: id, kind: 'person', createdAt: at(1) }
        await insert(db, 'app_user', { ...user, lastSignInAt })
        const keys = { nameKey: id, surnameKey: id, lookKey: id, emailKey: id, createdAt: at(1) }
        for (const tenantId of ['home', 'host']) {
          const member = { id: `${id} ${tenantId}`, tenantId, userId: id, role: 'agent', userType: 'team' }
          await insert(db, 'membership', { ...member, ...keys })
        }
      }
    }
    const found = await migrated('_membership_sign_in_key', fill, (db) =>
      db.membership.findMany({ orderBy: { id: 'asc' }, select: { id: true, signInKey: true } }),
    )
    expect(found.map(({ id, signInKey }) => [id, signInKey])).toEqual([
      ['ann home', at(3).toISOString()],
      ['ann host', ''],
      ['bob home', ''],
      ['bob host', ''],
    ])
  })

  test('S15: whoever is below somebody already is found below all who are above', async () => {
    const fill = async (db: Db) => {
      const facts = { kind: 'partner', stage: 'production', createdAt: at(1) }
      for (const [id, parentId] of [
        ['root', null],
        ['child', 'root'],
        ['grandchild', 'child'],
        ['sibling', 'root'],
        ['other', null],
      ] as const) {
        await insert(db, 'tenant', { id, slug: id, name: id, ...facts, ...(parentId === null ? {} : { parentId }) })
      }
    }
    const found = await migrated('_tenant_ancestor', fill, (db) =>
      db.tenantAncestor.findMany({ orderBy: [{ tenantId: 'asc' }, { distance: 'asc' }] }),
    )
    expect(found.map(({ tenantId, ancestorId, distance }) => [tenantId, ancestorId, distance])).toEqual([
      ['child', 'root', 1],
      ['grandchild', 'child', 1],
      ['grandchild', 'root', 2],
      ['sibling', 'root', 1],
    ])
  })
})
