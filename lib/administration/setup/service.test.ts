import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { startWithPassword } from '../../authentication/signin/start/service'
import { hashToken, isToken } from '../../core/crypto/token'
import type { Db } from '../../core/db'
import { hours } from '../../core/kernel/time'
import { readDeviceCookie } from '../../credentials/device/rules'
import { requiredOf } from '../../identity/policy/service'
import { firstTenant, tenantBySlug, tenantCount } from '../../identity/tenant/service'
import type { Role } from '../../identity/user/types'
import { databaseKinds, freshDatabase } from '../../testing/databases'
import { observed } from '../../testing/observed'
import { policyRows, setRules } from '../../testing/policy'
import {
  anOperator,
  aPerson,
  aTenant,
  aVisitor,
  enrolmentProgress,
  PASSWORD,
  quickWorld,
  REQUEST,
  type TestWorld,
} from '../../testing/world'
import { createUser } from '../new-user/service'
import { type FirstTenant, isSetupOpen, makeSetupLink, setUpByCommand, setUpByLink } from './service'

const OWNER = { name: 'Olga Owner', email: 'olga@example.com', password: PASSWORD, locale: null }
const ACME: FirstTenant = { tenantName: 'Acme', kind: 'customer', owner: OWNER }

describe.each(databaseKinds)('tenant (%s)', (kind) => {
  let database: Awaited<ReturnType<typeof freshDatabase>>
  let db: Db
  let world: TestWorld
  beforeEach(async () => {
    database = await freshDatabase(kind)
    db = database.db
    world = quickWorld(db)
  })
  afterEach(() => database.drop())

  async function aLink(): Promise<string> {
    const link = await makeSetupLink(world)
    const token = link === null ? null : new URL(link).searchParams.get('token')
    if (token === null) throw new Error('no link')
    return token
  }

  /** The same world, in which no audit entry can be written. */
  function withoutAudit(): TestWorld {
    const before = (statement: string) => {
      if (statement === 'INSERT INTO audit_event') throw new Error('no audit')
    }
    return { ...world, db: observed(db, before) }
  }

  const signIn = (email: string, password: string, deviceToken: string | null = null) =>
    startWithPassword(world, aVisitor({ deviceToken }), { email, password })

  async function rows() {
    const [tenants, policies, users, memberships, passwords, devices] = await Promise.all([
      db.tenant.count(),
      db.policy.count(),
      db.user.count(),
      db.membership.count(),
      db.password.count(),
      db.device.count(),
    ])
    return { tenants, policies, users, memberships, passwords, devices }
  }
  const NOTHING = { tenants: 0, policies: 0, users: 0, memberships: 0, passwords: 0, devices: 0 }

  describe('a fresh installation', () => {
    test('ASVS 6.3.2: has no account, and no usual name and password gets in', async () => {
      expect(await rows()).toEqual(NOTHING)
      expect(await firstTenant(world)).toBeNull()
      expect(await tenantCount(world)).toBe(0)
      const addresses = ['admin', 'root@localhost', 'admin@example.com', 'owner@twofold', 'demo@example.com']
      for (const email of addresses) {
        for (const password of ['', 'admin', 'password', 'changeme', 'twofold', email]) {
          expect(await signIn(email, password)).toMatchObject({ ok: false, code: 'wrong_credentials' })
        }
        await db.throttle.deleteMany()
      }
    })
  })

  describe('the setup link', () => {
    test('S23: is built from PUBLIC_URL; the table holds a digest of its token', async () => {
      const link = await makeSetupLink(world)
      expect(link).toMatch(/^https:\/\/login\.example\.com\/setup\?token=[A-Za-z0-9_-]{43}$/)
      const token = new URL(link ?? '').searchParams.get('token') ?? ''
      expect(isToken(token)).toBe(true)
      const [row] = await db.setupLink.findMany()
      expect(row).toMatchObject({ tokenHash: hashToken('setup', token), usedAt: null })
      expect(JSON.stringify(row)).not.toContain(token)
      expect(await isSetupOpen(world, token)).toBe(true)
    })

    test('the newest only: a second one ends the first', async () => {
      const first = await aLink()
      const second = await aLink()
      expect(await isSetupOpen(world, first)).toBe(false)
      expect(await isSetupOpen(world, second)).toBe(true)
      expect(await setUpByLink(world, aVisitor(), first, ACME)).toMatchObject({ ok: false, code: 'link_dead' })
      expect(await rows()).toEqual(NOTHING)
      expect((await setUpByLink(world, aVisitor(), second, ACME)).ok).toBe(true)
    })

    test.each([
      [hours(24) - 1, true],
      [hours(24), false],
      [hours(24) + 1, false],
    ])('after %i ms it still works: %s', async (after, works) => {
      const token = await aLink()
      world.clock.move(after)
      expect(await isSetupOpen(world, token)).toBe(works)
      expect((await setUpByLink(world, aVisitor(), token, ACME)).ok).toBe(works)
      expect((await rows()).tenants).toBe(works ? 1 : 0)
    })

    test('is dead once a tenant exists, however it came; no new one is made then', async () => {
      const token = await aLink()
      await aTenant(world)
      expect(await isSetupOpen(world, token)).toBe(false)
      expect(await setUpByLink(world, aVisitor(), token, ACME)).toMatchObject({ ok: false, code: 'link_dead' })
      expect(await makeSetupLink(world)).toBeNull()
      expect((await rows()).tenants).toBe(1)
    })

    test('is dead by the tenant alone, were its row still there', async () => {
      await aTenant(world)
      const token = 'A'.repeat(43)
      const now = world.clock.now()
      const row = { id: 'left-over', tokenHash: hashToken('setup', token), createdAt: now }
      await db.setupLink.create({ data: { ...row, expiresAt: new Date(now.getTime() + 1000) } })
      expect(await isSetupOpen(world, token)).toBe(false)
      expect(await setUpByLink(world, aVisitor(), token, ACME)).toMatchObject({ ok: false })
      expect((await rows()).tenants).toBe(1)
    })

    test('S22: what is no token, or one of another kind, opens nothing', async () => {
      await aLink()
      const device = 'B'.repeat(43)
      const now = world.clock.now()
      const row = { id: 'other-kind', tokenHash: hashToken('device', device), createdAt: now }
      await db.setupLink.create({ data: { ...row, expiresAt: new Date(now.getTime() + 1000) } })
      for (const token of ['', 'x', device, `${device}A`, '%', hashToken('setup', device)]) {
        expect(await isSetupOpen(world, token)).toBe(false)
        expect(await setUpByLink(world, aVisitor(), token, ACME)).toMatchObject({ ok: false, code: 'link_dead' })
      }
      expect(await rows()).toEqual(NOTHING)
    })

    test('S4: of 16 posts at once with one link, one company and one owner come out', async () => {
      const token = await aLink()
      const results = await Promise.all(
        Array.from({ length: 16 }, (_, index) =>
          setUpByLink(world, aVisitor(), token, {
            tenantName: `Company ${index}`,
            kind: 'customer',
            owner: { ...OWNER, email: `owner${index}@example.com` },
          }),
        ),
      )
      expect(results.filter((each) => each.ok)).toHaveLength(1)
      for (const each of results)
        if (!each.ok) expect(['link_dead', 'already_set_up', 'throttled']).toContain(each.code)
      expect(await rows()).toMatchObject({ tenants: 1, users: 1, memberships: 1, passwords: 1, devices: 1 })
    })

    test('21 wrong tokens from one place within 15 minutes are too many; a right one costs no place', async () => {
      const token = await aLink()
      const refused = { ...OWNER, password: 'short' }
      for (let n = 0; n < 25; n += 1) {
        const result = await setUpByLink(world, aVisitor(), token, { ...ACME, owner: refused })
        expect(result).toMatchObject({ code: 'password_too_short' })
      }
      for (let n = 0; n < 20; n += 1) {
        expect(await setUpByLink(world, aVisitor(), 'wrong', ACME)).toMatchObject({ code: 'link_dead' })
      }
      expect(await setUpByLink(world, aVisitor(), token, ACME)).toMatchObject({ ok: false, code: 'throttled' })
      const elsewhere = aVisitor({ request: { ...REQUEST, address: '198.51.100.9' } })
      expect((await setUpByLink(world, elsewhere, token, ACME)).ok).toBe(true)
    })

    test('a refused password or address leaves the link as it was', async () => {
      const token = await aLink()
      const wrong: Partial<FirstTenant['owner']>[] = [{ password: 'too short' }, { email: 'olga＠example.com' }]
      for (const each of wrong) {
        expect((await setUpByLink(world, aVisitor(), token, { ...ACME, owner: { ...OWNER, ...each } })).ok).toBe(false)
      }
      expect(await rows()).toEqual(NOTHING)
      expect(await isSetupOpen(world, token)).toBe(true)
    })

    test('D5, D7: the browser that did the setup is known, any other is not', async () => {
      const made = await setUpByLink(world, aVisitor(), await aLink(), ACME)
      if (!made.ok) throw new Error(made.code)
      expect(readDeviceCookie(made.value.deviceToken)).toHaveLength(1)
      const here = await signIn(OWNER.email, PASSWORD, made.value.deviceToken)
      expect(here).toMatchObject({ ok: true, value: { kind: 'signed-in' } })
      const elsewhere = await signIn(OWNER.email, PASSWORD)
      expect(elsewhere).toMatchObject({ ok: true, value: { kind: 'attempt', step: 'verify-device' } })
    })

    test('D7: the values of other people that the browser holds stay as they are', async () => {
      const deviceToken = [1, 2].map((each) => `${'D'.repeat(43)}.${'E'.repeat(43)}.${each}`).join('~')
      const made = await setUpByLink(world, aVisitor({ deviceToken }), await aLink(), ACME)
      if (!made.ok) throw new Error(made.code)
      expect(made.value.deviceToken?.startsWith(`${deviceToken}~`)).toBe(true)
      expect(readDeviceCookie(made.value.deviceToken)).toHaveLength(3)
    })
  })

  describe('the first company', () => {
    test('has its owner, an open policy for a customer, counters, and two events that say who did it', async () => {
      const made = await setUpByLink(world, aVisitor(), await aLink(), {
        tenantName: '  Acme & So\u0308hne ',
        kind: 'customer',
        owner: { ...OWNER, name: '  Olga Owner ', email: ' Olga@EXAMPLE.com', locale: 'de' },
      })
      expect(made.ok).toBe(true)
      const tenant = await tenantBySlug(world, 'acme-sohne')
      expect(tenant).toMatchObject({
        name: 'Acme & Söhne',
        kind: 'customer',
        stage: 'production',
      })
      expect(await requiredOf(db, tenant?.id ?? '')).toEqual({ team: false, end: false })
      expect(await firstTenant(world)).toEqual(tenant)
      const owner = await db.user.findUniqueOrThrow({
        where: { email: 'olga@example.com' },
        include: { memberships: true },
      })
      expect(owner).toMatchObject({ name: 'Olga Owner', tenantId: tenant?.id, locale: 'de', twoFactorOn: false })
      expect(owner.memberships).toMatchObject([
        {
          role: 'owner',
          userType: 'team',
          nameKey: 'olga owner',
          surnameKey: 'owner olga',
          emailKey: 'olga@example.com',
          enrolledAt: null,
        },
      ])
      expect(await enrolmentProgress(db, tenant?.id ?? '')).toEqual({
        team: { people: 1, enrolled: 0 },
        end: { people: 0, enrolled: 0 },
      })
      const events = await db.auditEvent.findMany({ orderBy: { id: 'asc' } })
      expect(events.map((event) => [event.kind, event.actorKind, event.subjectId, event.address])).toEqual([
        ['tenant_created', 'visitor', tenant?.id, '192.0.2.7'],
        ['setup_done', 'visitor', owner.id, '192.0.2.7'],
      ])
      expect(JSON.stringify(events)).not.toContain(PASSWORD)
    })

    test('by command it is the same, without a browser to know', async () => {
      const made = await setUpByCommand(world, anOperator(), ACME)
      expect(made).toMatchObject({ ok: true, value: { slug: 'acme', ownerId: expect.any(String) } })
      expect(await rows()).toEqual({ tenants: 1, policies: 1, users: 1, memberships: 1, passwords: 1, devices: 0 })
      const kinds = await db.auditEvent.findMany({ orderBy: { id: 'asc' }, select: { kind: true, actorKind: true } })
      expect(kinds).toEqual([
        { kind: 'tenant_created', actorKind: 'operator' },
        { kind: 'setup_done', actorKind: 'operator' },
      ])
      expect(await signIn(OWNER.email, PASSWORD)).toMatchObject({ ok: true, value: { step: 'verify-device' } })
    })

    test('U7: a partner has 2FA required of everybody from its first minute', async () => {
      await setUpByCommand(world, anOperator(), { ...ACME, kind: 'partner' })
      const now = world.clock.now()
      expect(await policyRows(db)).toMatchObject({
        team: { required: true, requiredSince: now },
        end: { required: true, requiredSince: now },
      })
      const tenant = await firstTenant(world)
      expect(tenant).toMatchObject({ kind: 'partner' })
      expect(await requiredOf(db, tenant?.id ?? '')).toEqual({ team: true, end: true })
    })

    test.each([
      ['14 characters', 'tkxbfhgqzmwrvd', 'password_too_short'],
      ['129 characters', 'tk xbfhg qzmwrvd plcnsjy '.repeat(6).slice(0, 129), 'password_too_long'],
      ['one from the lists', 'passwordpassword', 'password_common'],
      ['a run', 'qwertyuiopasdfghjkl', 'password_common'],
      ['the company', 'AcmeRocketworks2026', 'password_context'],
      ['the own name', 'OlgaOwner!OlgaOwner!', 'password_context'],
      ['the own address', 'olga@example.com!!', 'password_context'],
    ])('ASVS 6.2.1, 6.2.4, 6.2.11: an owner’s password of %s is refused', async (_what, password, code) => {
      const result = await setUpByCommand(world, anOperator(), {
        ...ACME,
        tenantName: 'Acme Rocketworks',
        owner: { ...OWNER, password },
      })
      expect(result).toMatchObject({ ok: false, code })
      expect(await rows()).toEqual(NOTHING)
    })

    test('15 characters are enough, and work as they were typed', async () => {
      const password = ' tkxbfhgqzmwrv '
      expect((await setUpByCommand(world, anOperator(), { ...ACME, owner: { ...OWNER, password } })).ok).toBe(true)
      expect((await signIn(OWNER.email, password)).ok).toBe(true)
      expect((await signIn(OWNER.email, password.trim())).ok).toBe(false)
    })

    test('of eight commands at once one makes a company; a second one later is told', async () => {
      const results = await Promise.all(
        Array.from({ length: 8 }, (_, index) =>
          setUpByCommand(world, anOperator(), {
            tenantName: `Company ${index}`,
            kind: 'customer',
            owner: { ...OWNER, email: `owner${index}@example.com` },
          }),
        ),
      )
      expect(results.filter((each) => each.ok)).toHaveLength(1)
      expect(results.filter((each) => !each.ok && each.code === 'already_set_up')).toHaveLength(7)
      expect(await rows()).toMatchObject({ tenants: 1, users: 1 })
      expect(await setUpByCommand(world, anOperator(), ACME)).toMatchObject({ ok: false, code: 'already_set_up' })
    })

    test('of the page and the command at once one wins', async () => {
      const token = await aLink()
      const other = { ...ACME, tenantName: 'Other', owner: { ...OWNER, email: 'other@example.com' } }
      const results = await Promise.all([
        setUpByLink(world, aVisitor(), token, ACME),
        setUpByCommand(world, anOperator(), other),
        setUpByLink(world, aVisitor(), token, ACME),
      ])
      expect(results.filter((each) => each.ok)).toHaveLength(1)
      expect(await rows()).toMatchObject({ tenants: 1, users: 1 })
    })

    test('S14: when it cannot be written down, there is no company and the link still works', async () => {
      const token = await aLink()
      await expect(setUpByLink(withoutAudit(), aVisitor(), token, ACME)).rejects.toThrow('no audit')
      expect(await rows()).toEqual(NOTHING)
      expect(await isSetupOpen(world, token)).toBe(true)
    })

    test('a busy server makes nothing', async () => {
      const hash = async () => ({ ok: false, code: 'busy', detail: undefined }) as const
      const busy = { ...world, hasher: { ...world.hasher, hash } }
      expect(await setUpByCommand(busy, anOperator(), ACME)).toMatchObject({ ok: false, code: 'busy' })
      expect(await rows()).toEqual(NOTHING)
    })
  })

  describe('createUser', () => {
    const input = (email: string, role: Role = 'agent') => ({
      email,
      name: 'Pat',
      role,
      password: PASSWORD,
      locale: null,
    })

    test('adds a person who can sign in, counted and written down; nobody is mailed', async () => {
      const tenant = await aTenant(world)
      const made = await createUser(world, anOperator(), tenant, input('Pat@Example.com', 'end_user'))
      expect(made).toMatchObject({ ok: true, value: { email: 'pat@example.com' } })
      const event = await db.auditEvent.findFirstOrThrow({ where: { kind: 'user_created' } })
      expect(event).toMatchObject({ actorKind: 'operator', tenantId: tenant.id, subjectName: 'Pat' })
      expect(JSON.parse(event.data)).toEqual({ role: 'end_user' })
      expect((await enrolmentProgress(db, tenant.id)).end).toEqual({ people: 1, enrolled: 0 })
      expect(await db.outboxMessage.count()).toBe(0)
      expect((await signIn('pat@example.com', PASSWORD)).ok).toBe(true)
    })

    test('S23: an address is taken in every spelling of it', async () => {
      const tenant = await aTenant(world)
      await createUser(world, anOperator(), tenant, input('pat@bücher.example'))
      for (const same of ['PAT@BÜCHER.example', 'ｐａｔ@bu\u0308cher.example', ' pat@xn--bcher-kva.example ']) {
        expect(await createUser(world, anOperator(), tenant, input(same))).toMatchObject({ code: 'address_taken' })
      }
      for (const none of ['pat＠example.com', 'pat@localhost', 'pat']) {
        expect(await createUser(world, anOperator(), tenant, input(none))).toMatchObject({ code: 'not_an_address' })
      }
      expect(await db.user.count()).toBe(2)
    })

    test('S23: of eight at once with one address one is added, and counted once', async () => {
      const tenant = await aTenant(world)
      const spellings = ['pat@example.com', 'PAT@example.com', 'Pat@Example.Com', 'ｐａｔ@example.com']
      const results = await Promise.all(
        [...spellings, ...spellings].map((email) => createUser(world, anOperator(), tenant, input(email))),
      )
      expect(results.filter((each) => each.ok)).toHaveLength(1)
      expect(results.filter((each) => !each.ok && each.code === 'address_taken')).toHaveLength(7)
      expect(await db.user.count({ where: { email: 'pat@example.com' } })).toBe(1)
      expect((await enrolmentProgress(db, tenant.id)).team.people).toBe(2)
      expect(await db.auditEvent.count({ where: { kind: 'user_created' } })).toBe(1)
    })

    test('ASVS 6.2.1: how long the password must be follows role and requirement', async () => {
      await aTenant(world)
      const twelve = 'tkxbfhgqzmwr'
      const add = async (role: Role) => {
        const tenant = await tenantBySlug(world, 'acme')
        if (tenant === null) throw new Error('no tenant')
        const email = `p${await db.user.count()}-${world.clock.now().getTime()}@example.com`
        world.clock.move(1)
        const made = await createUser(world, anOperator(), tenant, { ...input(email, role), password: twelve })
        return made.ok ? 'added' : made.code
      }
      expect(await add('end_user')).toBe('password_too_short')
      await setRules(db, undefined, { team: { required: true }, end: { required: true } })
      expect(await add('end_user')).toBe('added')
      for (const role of ['agent', 'admin', 'owner'] as const) expect(await add(role)).toBe('password_too_short')
      // A policy that is missing says nothing (S8).
      await db.policy.deleteMany()
      const tenant = await tenantBySlug(world, 'acme')
      await expect(requiredOf(db, tenant?.id ?? '')).rejects.toThrow('the row is missing')
    })

    test('S14: when it cannot be written down, nobody is added', async () => {
      const tenant = await aTenant(world)
      const before = await rows()
      await expect(createUser(withoutAudit(), anOperator(), tenant, input('pat@example.com'))).rejects.toThrow(
        'no audit',
      )
      expect(await rows()).toEqual(before)
      expect((await enrolmentProgress(db, tenant.id)).team.people).toBe(1)
    })
  })

  test('an unknown company is nobody’s', async () => {
    await aTenant(world)
    await aPerson(world, 'acme')
    expect(await tenantBySlug(world, 'ACME')).toBeNull()
    expect(await tenantBySlug(world, '')).toBeNull()
    expect((await firstTenant(world))?.slug).toBe('acme')
    expect(await tenantCount(world)).toBe(1)
  })
})
