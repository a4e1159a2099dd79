import { beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { makeSetupLink } from '../../administration/setup/service'
import type { Step } from '../../authentication/signin/types'
import { readConfig } from '../../core/env'
import { minutes } from '../../core/kernel/time'
import type { TenantFacts } from '../../identity/tenant/service'
import type { Role } from '../../identity/user/types'
import { eachDatabase } from '../../testing/databases'
import { arrive } from '../../testing/next-headers'
import {
  aFurtherTenant,
  anAttempt,
  aPerson,
  aSession,
  aTenant,
  aTotpFactor,
  quickWorld,
  type TestWorld,
} from '../../testing/world'
import { setWorld } from '../server/deps'
import { isReady } from '../server/health'
import { ATTEMPT_COOKIE, SESSION_COOKIE } from '../server/request'
import { type WantedResponse, withResponse } from '../server/response'
import { loadAccount, loadAddFactor, loadReauthenticate } from './account'
import { portalBrand } from './brand'
import { loadHome, loadSetup, loadSignIn, loadStep, qrModules } from './portal'
import { loadAuthentication, loadDeviceRules, loadOverview } from './security'

vi.mock('next/headers', () => import('../../testing/next-headers'))

/** Where a loader leads instead of showing anything; null when it shows something. */
async function redirectOf(work: () => Promise<unknown>): Promise<string | null> {
  try {
    await work()
    return null
  } catch (error) {
    const digest = error instanceof Error && 'digest' in error ? String(error.digest) : ''
    if (!digest.startsWith('NEXT_REDIRECT;')) throw error
    return digest.split(';')[2] ?? ''
  }
}

async function statusOf<T>(work: () => Promise<T>): Promise<{ value: T; status: number | undefined }> {
  const wanted: WantedResponse = { headers: new Map(), form: 'none' }
  const value = await withResponse(wanted, work)
  return { value, status: wanted.status }
}

function enter(world: TestWorld): void {
  const config = readConfig({ PUBLIC_URL: 'https://login.example.com', MAIL_TRANSPORT: 'directory' })
  if (!config.ok) throw new Error(config.detail)
  setWorld({ deps: world, config: config.value, wake: () => undefined })
}

eachDatabase('pages before the setup', (open) => {
  let world: TestWorld
  beforeAll(() => {
    world = quickWorld(open())
    enter(world)
  })
  beforeEach(() => arrive())

  test('show the setup to whoever has the newest link, and nothing to anybody else', async () => {
    expect(await portalBrand()).toEqual({ name: '', logo: null, accent: null })
    expect(await loadSignIn({})).toMatchObject({ returnTo: null, ready: false, notice: null, cookiesAsked: false })
    const link = await makeSetupLink(world)
    const token = new URL(link ?? '').searchParams.get('token') ?? ''
    expect(await statusOf(() => loadSetup(token))).toEqual({ value: { token, open: true }, status: undefined })
    for (const wrong of [undefined, '', 'x', 'A'.repeat(43)]) {
      expect(await statusOf(() => loadSetup(wrong))).toMatchObject({ value: { open: false }, status: 403 })
    }
    await aTenant(world)
    expect(await redirectOf(() => loadSetup(token))).toBe('/sign-in')
    expect(await portalBrand()).toEqual({ name: 'Acme', logo: null, accent: null })
  })
})

eachDatabase('pages', (open) => {
  let world: TestWorld
  let tenant: TenantFacts
  beforeAll(async () => {
    world = quickWorld(open())
    tenant = await aTenant(world)
    enter(world)
  })
  beforeEach(() => arrive())

  async function as(role: Role, more: Parameters<typeof aSession>[2] = {}) {
    const person = await aPerson(world, tenant.slug, role)
    const session = await aSession(world, person.id, more)
    arrive({ cookies: { [SESSION_COOKIE]: session.token } })
    return { ...person, ...session }
  }

  describe('of the portal', () => {
    test('SE3: lead whoever is signed in to where they belong or wanted to go', async () => {
      expect(await redirectOf(loadHome)).toBe('/sign-in')
      await as('end_user')
      expect(await redirectOf(loadHome)).toBe('/account')
      expect(await redirectOf(() => loadSignIn({}))).toBe('/account')
      expect(await redirectOf(() => loadSignIn({ return: '/account/security' }))).toBe('/account/security')
      await as('owner')
      expect(await redirectOf(loadHome)).toBe(`/admin/${tenant.slug}`)
    })

    test('S17: a way back that leads elsewhere is dropped; a notice is one of ours or none', async () => {
      for (const wrong of [
        'https://evil.example',
        '//evil.example',
        '/\\evil.example',
        'javascript:alert(1)',
        '/sign-out',
      ]) {
        expect(await loadSignIn({ return: wrong })).toMatchObject({ returnTo: null })
        await as('owner')
        expect(await redirectOf(() => loadSignIn({ return: wrong }))).toBe(`/admin/${tenant.slug}`)
        arrive()
      }
      expect(await loadSignIn({ return: '/account', notice: 'signed_out' })).toEqual({
        returnTo: '/account',
        ready: true,
        notice: 'signed_out',
        email: '',
        named: null,
        cookiesAsked: false,
      })
      for (const notice of ['<b>', 'toString', '__proto__', '']) {
        expect(await loadSignIn({ notice })).toMatchObject({ notice: null })
      }
    })
  })

  describe('of the sign-in', () => {
    const PAGES: Record<string, readonly Step[]> = {
      '/sign-in/device': ['verify-device'],
      '/sign-in/verify': ['verify-factor', 'ask-if-lost', 'complete'],
      '/sign-in/enroll': ['enrol', 'show-recovery-codes'],
    }

    test('S19: every page shows its own step only, and leads to where the sign-in really stands', async () => {
      const plain = await aPerson(world, tenant.slug)
      const enrolled = await aPerson(world, tenant.slug)
      await aTotpFactor(world, enrolled.id)
      await world.db.user.update({ where: { id: enrolled.id }, data: { twoFactorOn: true } })
      for (const [email, here] of [
        [plain.email, '/sign-in/device'],
        [enrolled.email, '/sign-in/verify'],
      ] as const) {
        const { token } = await anAttempt(world, email)
        arrive({ cookies: { [ATTEMPT_COOKIE]: token } })
        for (const [path, steps] of Object.entries(PAGES)) {
          expect(await redirectOf(() => loadStep(steps))).toBe(path === here ? null : here)
        }
      }
    })

    test('X9 S13: a step says where its own company has help, and the page before it says nothing', async () => {
      const other = await aFurtherTenant(world)
      const set = (id: string, helpText: string | null) =>
        world.db.tenant.update({ where: { id }, data: { helpText, helpUrl: helpText === null ? null : 'tel:400' } })
      await set(tenant.id, 'Room 12')
      for (const [slug, text] of [
        [tenant.slug, 'Room 12'],
        [other.slug, null],
      ] as const) {
        const { token } = await anAttempt(world, (await aPerson(world, slug)).email)
        arrive({ cookies: { [ATTEMPT_COOKIE]: token } })
        const { help } = await loadStep(['verify-device'])
        expect(help).toEqual(text === null ? null : { text, link: { href: 'tel:400', shown: '400' } })
      }
      arrive()
      expect(JSON.stringify([await loadSignIn({}), await portalBrand()])).not.toContain('Room 12')
      await set(tenant.id, null)
    })

    test('S19: without an attempt, with an unknown and with an ended one there is no step', async () => {
      const { token } = await anAttempt(world, (await aPerson(world, tenant.slug)).email)
      for (const steps of Object.values(PAGES)) {
        arrive()
        expect(await redirectOf(() => loadStep(steps))).toBe('/sign-in')
        arrive({ cookies: { [ATTEMPT_COOKIE]: 'A'.repeat(43) } })
        expect(await redirectOf(() => loadStep(steps))).toBe('/sign-in')
      }
      const events = await world.db.auditEvent.findMany({ where: { kind: 'request_refused' } })
      expect(events.map((event) => JSON.parse(event.data))).toEqual([{ reason: 'unknown_attempt' }])
      world.clock.move(minutes(10))
      arrive({ cookies: { [ATTEMPT_COOKIE]: token } })
      expect(await redirectOf(() => loadStep(['verify-device']))).toMatch(/^\/sign-in(\?|$)/)
    })
  })

  describe('of the account', () => {
    test('S8: are for whoever is signed in; others go to sign in', async () => {
      for (const load of [loadAccount, loadAddFactor, () => loadReauthenticate({ return: '/account' })]) {
        arrive()
        expect(await redirectOf(load)).toMatch(/^\/sign-in/)
      }
      const person = await as('agent')
      const account = await loadAccount()
      expect(account.actor.person.id).toBe(person.id)
      expect(account).toMatchObject({ codesLeft: null, directoryMail: true, security: { factors: [] } })
    })

    test('E6: connecting one more app asks for a fresh proof first', async () => {
      await as('agent')
      expect(await redirectOf(loadAddFactor)).toBe('/reauthenticate?return=%2Faccount%2Fsecurity%2Fadd')
      await as('agent', { methods: ['pwd', 'otp'], steppedUp: true })
      expect(await loadAddFactor()).toMatchObject({ unfinished: null })
    })

    test.each([
      ['/account/security/codes', '/account/security/codes'],
      ['//evil.example', '/account/security'],
      ['https://evil.example', '/account/security'],
      [undefined, '/account/security'],
    ])('S17: a step-up asked for by %s leads back to %s', async (wanted, target) => {
      const person = await as('agent')
      expect(await loadReauthenticate({ return: wanted })).toEqual({
        view: { method: 'password' },
        returnTo: target,
        brand: { name: 'Acme', logo: null, accent: null },
        email: person.email,
        help: null,
      })
    })
  })

  describe('of the console', () => {
    test('S15: are 404 for everybody who has no business there, and say nothing', async () => {
      const other = await aFurtherTenant(world)
      await as('owner')
      for (const load of [
        (slug: string) => loadOverview(slug),
        (slug: string): Promise<unknown> => loadAuthentication(slug),
        (slug: string): Promise<unknown> => loadDeviceRules(slug),
      ]) {
        for (const slug of [other.slug, 'nowhere', '']) {
          expect(await statusOf(() => load(slug))).toEqual({ value: null, status: 404 })
        }
      }
    })

    test('P1, P9: who is enrolled and the switches are for owners and admins; an agent who looks is no refusal', async () => {
      await as('agent')
      const refusals = () => world.db.auditEvent.count({ where: { kind: 'access_denied' } })
      const before = await refusals()
      expect((await statusOf(() => loadOverview(tenant.slug))).value).toMatchObject({
        isAdmin: false,
        coverage: null,
        events: null,
        waiting: null,
        steps: null,
      })
      expect(await refusals()).toBe(before)
      expect(await statusOf(() => loadAuthentication(tenant.slug))).toEqual({ value: null, status: 404 })
      expect(await statusOf(() => loadDeviceRules(tenant.slug))).toEqual({ value: null, status: 404 })
      for (const role of ['owner', 'admin'] as const) {
        await as(role)
        const overview = await statusOf(() => loadOverview(tenant.slug))
        expect(overview).toMatchObject({
          status: undefined,
          value: {
            isAdmin: true,
            coverage: { types: { end: { states: { enrolled: 0 } } } },
            waiting: { requests: 0 },
            steps: { length: 6 },
          },
        })
        const switches = await statusOf(() => loadAuthentication(tenant.slug))
        expect(switches.value?.view.policy.tenantId).toBe(tenant.id)
        const devices = await statusOf(() => loadDeviceRules(tenant.slug))
        expect(devices.value).toMatchObject({ policy: { tenantId: tenant.id }, steppedUp: false })
      }
      await as('end_user')
      expect(await statusOf(() => loadOverview(tenant.slug))).toEqual({ value: null, status: 404 })
    })
  })

  test('readiness asks the database', async () => {
    expect(await isReady()).toBe(true)
  })
})

test('E2: a QR code is a square of dark and light modules, with the three finders', () => {
  const modules = qrModules(
    'otpauth://totp/Acme:olga%40example.com?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Acme',
  )
  const size = modules.length
  expect(size).toBeGreaterThan(20)
  expect(modules.every((row) => row.length === size)).toBe(true)
  const corner = (row: number, column: number) =>
    modules.slice(row, row + 7).map((each) =>
      each
        .slice(column, column + 7)
        .map(Number)
        .join(''),
    )
  const finder = ['1111111', '1000001', '1011101', '1011101', '1011101', '1000001', '1111111']
  expect([corner(0, 0), corner(0, size - 7), corner(size - 7, 0)]).toEqual([finder, finder, finder])
})
