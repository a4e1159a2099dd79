import { beforeAll, beforeEach, describe, expect, expectTypeOf, test, vi } from 'vitest'
import type * as acts from '../../administration/people/acts/service'
import type * as codes from '../../administration/people/codes/service'
import type { giveEmail } from '../../administration/people/email/service'
import type { changeProfile } from '../../administration/people/profile/service'
import type { changeRole } from '../../administration/people/role/service'
import type { changeRequirement } from '../../administration/policy/service'
import type { downloadReport, requestReport, setSchedule } from '../../administration/report/service'
import type { decideRequest } from '../../administration/resets/service'
import {
  type forgetDevicesOfPerson,
  type forgetDevicesOfTenant,
  signOutEverybody,
} from '../../administration/sessions/service'
import type { exportAudit } from '../../audit/reading/service'
import { hashToken, newToken } from '../../core/crypto/token'
import { readConfig } from '../../core/env'
import { systemRandom } from '../../core/kernel/random'
import { hours, minutes } from '../../core/kernel/time'
import type { FreshAdmin, FreshOverClient, SteppedUpAdmin } from '../../identity/actor/types'
import type { TenantFacts } from '../../identity/tenant/service'
import { ROLES, type Role } from '../../identity/user/types'
import { eachDatabase } from '../../testing/databases'
import { arrive } from '../../testing/next-headers'
import { setRules } from '../../testing/policy'
import { statementsOf } from '../../testing/statements'
import {
  aFurtherTenant,
  aGuest,
  aPerson,
  aSession,
  aTenant,
  aTotpFactor,
  quickWorld,
  type TestWorld,
} from '../../testing/world'
import { stepUpFor } from '../paths'
import { setWorld } from '../server/deps'
import { ATTEMPT_COOKIE, DEVICE_COOKIE, LOCALE_COOKIE, SESSION_COOKIE, USED_LINK_COOKIE } from '../server/request'
import { reader } from '../words/reader'
import {
  asHomeAdmin,
  asSteppedUp,
  assured,
  claimant,
  currentPath,
  passwordDemanded,
  provedFor,
  requestInfo,
  requireAssured,
  requireCodeRenewer,
  requirePasswordDemanded,
  requireSteppedUp,
  teamMember,
  tenantAdmin,
  visitor,
} from './guard'

vi.mock('next/headers', () => import('../../testing/next-headers'))

const HEADERS = {
  'x-twofold-address': '192.0.2.7',
  'x-twofold-request-id': 'request-1',
  'x-twofold-path': '/account/security?a=1',
  'user-agent': 'Test browser',
  'accept-language': 'de',
}

/** Where a refusal leads; null when nothing was refused. */
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

eachDatabase('guard', (open) => {
  let world: TestWorld
  let tenant: TenantFacts
  beforeAll(async () => {
    world = quickWorld(open())
    tenant = await aTenant(world)
    const config = readConfig({ PUBLIC_URL: 'https://login.example.com', MAIL_TRANSPORT: 'directory' })
    if (!config.ok) throw new Error(config.detail)
    setWorld({ deps: world, config: config.value, wake: () => undefined })
  })
  beforeEach(() => arrive({ headers: HEADERS }))

  /** The request of whoever holds this session. */
  const as = (token: string, more: Record<string, string> = {}) =>
    arrive({ headers: { ...HEADERS, ...more }, cookies: { [SESSION_COOKIE]: token } })

  async function someone(role: Role = 'agent', more: Parameters<typeof aSession>[2] = {}, slug = tenant.slug) {
    const person = await aPerson(world, slug, role)
    return { ...person, ...(await aSession(world, person.id, more)) }
  }
  const deniedTo = (id: string) =>
    world.db.auditEvent.findMany({ where: { actorId: id, kind: 'access_denied' }, orderBy: { id: 'asc' } })

  describe('visitor', () => {
    test('S24: is known by what our server wrote, and by the cookie of the browser', async () => {
      arrive({
        headers: { ...HEADERS, 'x-forwarded-for': '1.1.1.1' },
        cookies: { [DEVICE_COOKIE]: 'device', [USED_LINK_COOKIE]: 'reset.used' },
      })
      expect(await visitor()).toEqual({
        request: { address: '192.0.2.7', userAgent: 'Test browser', requestId: 'request-1' },
        deviceToken: 'device',
        usedLink: 'reset.used',
        locale: 'de',
      })
      expect(await currentPath()).toBe('/account/security?a=1')
    })

    test('without headers and cookies there is nothing to know', async () => {
      arrive()
      expect(await visitor()).toEqual({
        request: { address: null, userAgent: null, requestId: null },
        deviceToken: null,
        usedLink: null,
        locale: 'en',
      })
      expect(await currentPath()).toBe('/')
    })

    test('a name of a browser is kept to 300 characters', async () => {
      arrive({ headers: { 'user-agent': 'x'.repeat(5000) } })
      expect((await requestInfo()).userAgent).toHaveLength(300)
    })

    test('X1: the language chosen in this browser comes before those it asks for', async () => {
      arrive({ headers: HEADERS, cookies: { [LOCALE_COOKIE]: 'ja' } })
      expect((await visitor()).locale).toBe('ja')
      arrive({ headers: HEADERS, cookies: { [LOCALE_COOKIE]: 'tlh' } })
      expect((await visitor()).locale).toBe('de')
    })

    test('X1: a person’s own setting comes before both', async () => {
      const person = await someone()
      arrive({ headers: HEADERS, cookies: { [LOCALE_COOKIE]: 'ja', [SESSION_COOKIE]: person.token } })
      expect((await reader()).locale).toBe('ja')
      await world.db.user.update({ where: { id: person.id }, data: { locale: 'ko' } })
      expect((await reader()).locale).toBe('ko')
    })
  })

  describe('claimant', () => {
    test('S2: holds the digest of the cookie and says nothing of a person', async () => {
      const token = newToken(systemRandom)
      arrive({ headers: HEADERS, cookies: { [ATTEMPT_COOKIE]: token } })
      expect(await claimant()).toEqual({ ...(await visitor()), attemptHash: hashToken('attempt', token) })
    })

    test.each(['', 'x', `${'A'.repeat(43)}=`, `${'A'.repeat(42)} `, 'A'.repeat(44)])(
      'a cookie of %j is none',
      async (token) => {
        arrive({ headers: HEADERS, cookies: { [ATTEMPT_COOKIE]: token } })
        expect(await claimant()).toBeNull()
      },
    )

    test('without the cookie there is none', async () => {
      expect(await claimant()).toBeNull()
    })
  })

  describe('assured', () => {
    test('S8: is the person of the session as the rows say now', async () => {
      const person = await someone('admin')
      as(person.token)
      const actor = await assured()
      expect(actor).toMatchObject({
        person: { id: person.id },
        session: { id: person.assured.session.id },
        home: { role: 'admin', tenant: { slug: tenant.slug } },
        request: { address: '192.0.2.7' },
      })
      await world.db.membership.updateMany({ where: { userId: person.id }, data: { role: 'agent' } })
      expect((await assured())?.home.role).toBe('agent')
      await world.db.user.update({ where: { id: person.id }, data: { suspendedAt: world.clock.now() } })
      expect(await assured()).toBeNull()
    })

    test('without a cookie, or with one that is no token, nothing is even looked up', async () => {
      for (const token of [null, 'x', "' OR 1=1", 'A'.repeat(44)]) {
        arrive({ headers: HEADERS, cookies: token === null ? {} : { [SESSION_COOKIE]: token } })
        const statements = await statementsOf(async () => {
          expect(await assured()).toBeNull()
        })
        expect(statements).toEqual([])
      }
    })

    test('S12: a token that is not ours, was rotated or has ended is nobody, and is written down', async () => {
      const person = await someone()
      const unknown = newToken(systemRandom)
      for (const token of [unknown, person.assured.session.tokenHash]) {
        as(token)
        expect(await assured()).toBeNull()
      }
      await world.db.session.update({
        where: { id: person.assured.session.id },
        data: { endedAt: world.clock.now() },
      })
      as(person.token)
      expect(await assured()).toBeNull()
      const events = await world.db.auditEvent.findMany({ where: { kind: 'request_refused' } })
      expect(events.map((event) => JSON.parse(event.data))).toContainEqual({ reason: 'unknown_session' })
      expect(JSON.stringify(events)).not.toContain(unknown)
    })

    test('S22, S1: the token of a sign-in that is under way opens nothing', async () => {
      const person = await someone()
      as(newToken(systemRandom))
      arrive({ headers: HEADERS, cookies: { [ATTEMPT_COOKIE]: person.token } })
      expect(await assured()).toBeNull()
      const token = newToken(systemRandom)
      const row = { id: token, tokenHash: hashToken('attempt', token), userId: person.id }
      await world.db.signInAttempt.create({ data: { ...row, expiresAt: new Date(world.clock.now().getTime() + 1000) } })
      as(token)
      expect(await assured()).toBeNull()
    })

    test('P4, S8: a session without a factor, opened after the requirement, opens nothing', async () => {
      const strict = await aFurtherTenant(world, { required: true })
      world.clock.move(1)
      const without = await someone('agent', { methods: ['pwd', 'mail'], steppedUp: true }, strict.slug)
      const proved = await someone('agent', { methods: ['pwd', 'otp'] }, strict.slug)
      as(without.token)
      expect(await assured()).toBeNull()
      as(proved.token)
      expect((await assured())?.person.id).toBe(proved.id)
    })

    test('SE2: an idle session opens nothing; one in use has its use noted', async () => {
      const person = await someone()
      as(person.token)
      world.clock.move(minutes(59))
      expect(await assured()).not.toBeNull()
      world.clock.move(minutes(59))
      expect(await assured()).not.toBeNull()
      world.clock.move(hours(1))
      expect(await assured()).toBeNull()
    })
  })

  describe('requireAssured', () => {
    test.each([
      ['/account/security?a=1', '/sign-in?return=%2Faccount%2Fsecurity%3Fa%3D1'],
      ['/admin/acme/people', '/sign-in?return=%2Fadmin%2Facme%2Fpeople'],
      ['//evil.example', '/sign-in'],
      ['/\\evil.example', '/sign-in'],
      ['https://evil.example/', '/sign-in'],
      ['/sign-out', '/sign-in'],
      ['/api/v1/me', '/sign-in'],
    ])('S17, SE3: who is not signed in at %s is led to %s', async (path, target) => {
      arrive({ headers: { ...HEADERS, 'x-twofold-path': path } })
      expect(await redirectOf(requireAssured)).toBe(target)
    })

    test('who is signed in goes on', async () => {
      const person = await someone()
      as(person.token)
      expect((await requireAssured()).person.id).toBe(person.id)
    })
  })

  describe('where a new password is demanded (D9)', () => {
    test('the session opens the page that asks for it, and nothing else', async () => {
      const person = await someone()
      as(person.token)
      expect(await passwordDemanded()).toBeNull()
      expect(await redirectOf(requirePasswordDemanded)).toBe('/')
      await world.db.user.update({ where: { id: person.id }, data: { passwordDemandedAt: world.clock.now() } })
      as(person.token)
      expect((await passwordDemanded())?.person.id).toBe(person.id)
      expect((await requirePasswordDemanded()).person.id).toBe(person.id)
      expect(await assured()).toBeNull()
      expect(await redirectOf(requireAssured)).toBe('/password/change')
      expect(await redirectOf(() => requireCodeRenewer('/account/security'))).not.toBeNull()
      expect(await redirectOf(() => teamMember(tenant.slug))).not.toBeNull()
    })

    test('nobody is at that page without a session', async () => {
      arrive({ headers: HEADERS })
      expect(await passwordDemanded()).toBeNull()
    })
  })

  describe('step-up', () => {
    test.each([
      [minutes(15) - 1, true],
      [minutes(15), false],
    ])('a proof of %i ms ago is one: %s', async (ago, counts) => {
      const person = await someone('admin', { methods: ['pwd', 'otp'], steppedUp: true })
      world.clock.move(ago)
      as(person.token)
      const actor = await requireAssured()
      expect(asSteppedUp(actor) !== null).toBe(counts)
      const target = counts ? null : '/reauthenticate?return=%2Faccount%2Fsecurity%2Fadd'
      expect(await redirectOf(() => requireSteppedUp('/account/security/add'))).toBe(target)
      expect(await redirectOf(() => requireCodeRenewer('/account/security/add'))).toBe(target)
      const admin = await tenantAdmin(tenant.slug)
      if (admin === null) throw new Error('no admin')
      expect(provedFor('import', admin) !== null).toBe(counts)
    })

    test.each([
      [minutes(5) - 1, true],
      [minutes(5), false],
    ])('for what takes something from somebody, a proof of %i ms ago is one: %s', async (ago, counts) => {
      const person = await someone('admin', { methods: ['pwd', 'otp'], steppedUp: true })
      world.clock.move(ago)
      as(person.token)
      const admin = await tenantAdmin(tenant.slug)
      if (admin === null) throw new Error('no admin')
      expect(provedFor('suspend', admin) !== null).toBe(counts)
    })

    test('the proof of fifteen minutes does not compile where the one of five is asked', () => {
      type Asked<Service extends (...given: never[]) => unknown> = Parameters<Service>[1]
      expectTypeOf<SteppedUpAdmin>().not.toExtend<FreshAdmin>()
      expectTypeOf<FreshAdmin>().toExtend<SteppedUpAdmin>()
      expectTypeOf(provedFor<'import'>).returns.toEqualTypeOf<SteppedUpAdmin | null>()
      expectTypeOf(provedFor<'suspend'>).returns.toEqualTypeOf<FreshAdmin | null>()
      expectTypeOf<Asked<typeof forgetDevicesOfPerson>>().toEqualTypeOf<FreshAdmin>()
      expectTypeOf<Asked<typeof forgetDevicesOfTenant>>().toEqualTypeOf<FreshAdmin>()
      expectTypeOf<Asked<typeof changeRequirement>>().toEqualTypeOf<FreshAdmin | FreshOverClient>()
      expectTypeOf<Asked<typeof requestReport>>().toEqualTypeOf<FreshAdmin>()
      expectTypeOf<Asked<typeof setSchedule>>().toEqualTypeOf<FreshAdmin>()
      expectTypeOf<Asked<typeof downloadReport>>().toEqualTypeOf<FreshAdmin>()
      expectTypeOf<Asked<typeof exportAudit>>().toEqualTypeOf<FreshAdmin>()
      expectTypeOf<Asked<typeof signOutEverybody>>().toEqualTypeOf<FreshAdmin>()
      expectTypeOf<Asked<typeof decideRequest>>().toEqualTypeOf<FreshAdmin>()
      expectTypeOf<Asked<typeof giveEmail>>().toEqualTypeOf<FreshAdmin>()
      expectTypeOf<Asked<typeof codes.resetTwoFactor>>().toEqualTypeOf<FreshAdmin>()
      expectTypeOf<Asked<typeof codes.issueCode>>().toEqualTypeOf<FreshAdmin>()
      expectTypeOf<Asked<typeof acts.endSessionsOfPerson>>().toEqualTypeOf<FreshAdmin>()
      expectTypeOf<Asked<typeof acts.signOutPerson>>().toEqualTypeOf<FreshAdmin>()
      expectTypeOf<Asked<typeof acts.forgetDevicesOf>>().toEqualTypeOf<FreshAdmin>()
      expectTypeOf<Asked<typeof acts.suspend>>().toEqualTypeOf<FreshAdmin>()
      expectTypeOf<Asked<typeof acts.reactivate>>().toEqualTypeOf<FreshAdmin>()
      expectTypeOf<Asked<typeof changeProfile>>().toEqualTypeOf<FreshAdmin>()
      expectTypeOf<Asked<typeof changeRole>>().toEqualTypeOf<FreshAdmin>()
      expectTypeOf<Asked<typeof acts.exempt>>().toEqualTypeOf<FreshAdmin>()
      expectTypeOf<Asked<typeof acts.endExemptionOf>>().toEqualTypeOf<FreshAdmin>()
      expectTypeOf<Asked<typeof acts.endMembership>>().toEqualTypeOf<FreshAdmin>()
    })

    test('R2, S22: a fresh sign-in by recovery code may make new codes, and nothing else', async () => {
      const person = await someone('admin', { methods: ['pwd', 'recovery'] })
      as(person.token)
      expect((await requireCodeRenewer('/x')).person.id).toBe(person.id)
      expect(await redirectOf(() => requireSteppedUp('/x'))).toBe('/reauthenticate?return=%2Fx')
      expect(asSteppedUp(await requireAssured())).toBeNull()
      world.clock.move(minutes(15))
      expect(await redirectOf(() => requireCodeRenewer('/x'))).toBe('/reauthenticate?return=%2Fx')
    })

    test('who is not signed in is led to sign in, not to step up', async () => {
      expect(await redirectOf(() => requireSteppedUp('/x'))).toMatch(/^\/sign-in/)
      expect(await redirectOf(() => requireCodeRenewer('/x'))).toMatch(/^\/sign-in/)
      expect(await redirectOf(() => tenantAdmin(tenant.slug))).toMatch(/^\/sign-in/)
      expect(await redirectOf(() => teamMember(tenant.slug))).toMatch(/^\/sign-in/)
    })
  })

  describe('the console', () => {
    test('U6, SE4: a guest whom the host signed out signs in anew for its console, and stays signed in at home', async () => {
      const [home, host] = [await aFurtherTenant(world), await aFurtherTenant(world)]
      const [guest, owner] = [await aPerson(world, home.slug, 'agent'), await aPerson(world, host.slug, 'owner')]
      await aGuest(world, host.id, guest.id, 'admin')
      const old = await aSession(world, guest.id)
      const { freshAdmin } = await aSession(world, owner.id, { methods: ['pwd', 'otp'], steppedUp: true })
      world.clock.move(1000)
      const done = await signOutEverybody(world, freshAdmin, { scope: 'team', reason: 'x' })
      expect(done).toMatchObject({ ok: true, value: { sessions: 1 } })
      const path = `/admin/${host.slug}/people/users`
      const at = (token: string) => {
        const cookies = { [SESSION_COOKIE]: token }
        arrive({ headers: { ...HEADERS, 'x-twofold-path': path }, cookies })
      }
      for (const gate of [teamMember, tenantAdmin]) {
        at(old.token)
        const again = `/sign-in?notice=again&return=${encodeURIComponent(path)}`
        expect(await redirectOf(() => gate(host.slug))).toBe(again)
        expect((await teamMember(home.slug))?.tenant.tenant.id).toBe(home.id)
      }
      world.clock.move(1000)
      at((await aSession(world, guest.id)).token)
      expect((await tenantAdmin(host.slug))?.tenant.tenant.id).toBe(host.id)
    })

    describe('R13 S27: a role or membership that is younger than the session', () => {
      const path = (slug: string) => `/admin/${slug}/people/users`
      const at = (token: string, slug: string) => as(token, { 'x-twofold-path': path(slug) })
      const make = (userId: string, tenantId: string, role: Role) =>
        world.db.membership.updateMany({ where: { userId, tenantId }, data: { role, userType: 'team' } })
      const leadsTo = async (slug: string) => {
        const targets = [await redirectOf(() => teamMember(slug)), await redirectOf(() => tenantAdmin(slug))]
        expect(targets[0]).toBe(targets[1])
        return targets[0]
      }

      test('leads an end user who became admin to the missing passcode and back, and then opens', async () => {
        const home = await aFurtherTenant(world)
        const person = await someone('end_user', {}, home.slug)
        await make(person.id, home.id, 'admin')
        at(person.token, home.slug)
        expect(await leadsTo(home.slug)).toBe(stepUpFor(path(home.slug)))
        expect(await asHomeAdmin(await requireAssured())).toBeNull()
        await world.db.session.updateMany({ where: { userId: person.id }, data: { methods: 'pwd mail' } })
        at(person.token, home.slug)
        expect(await leadsTo(home.slug)).toBeNull()
        expect((await tenantAdmin(home.slug))?.tenant.role).toBe('admin')
        expect(await asHomeAdmin(await requireAssured())).not.toBeNull()
      })

      test('opens at once where a new sign-in would ask for nothing more: in a known browser', async () => {
        const home = await aFurtherTenant(world)
        const person = await someone('end_user', { deviceId: 'device' }, home.slug)
        await make(person.id, home.id, 'admin')
        at(person.token, home.slug)
        expect(await leadsTo(home.slug)).toBeNull()
      })

      test('leads to enrolment where the role must have 2FA, also where that is younger than the session (P4)', async () => {
        const home = await aFurtherTenant(world)
        const [agent, endUser] = [await someone('agent', {}, home.slug), await someone('end_user', {}, home.slug)]
        await setRules(world.db, home.id, { team: { required: true, requiredSince: world.clock.now() } })
        at(agent.token, home.slug)
        expect((await teamMember(home.slug))?.person.id).toBe(agent.id)
        for (const [person, role] of [
          [endUser, 'admin'],
          [agent, 'owner'],
        ] as const) {
          await make(person.id, home.id, role)
          at(person.token, home.slug)
          expect(await leadsTo(home.slug)).toBe(`/sign-in?return=${encodeURIComponent(path(home.slug))}`)
        }
      })

      test('S8: a session from before roles were kept proves itself like any', async () => {
        const home = await aFurtherTenant(world)
        const person = await someone('admin', {}, home.slug)
        await world.db.session.updateMany({ where: { userId: person.id }, data: { openedAs: '' } })
        at(person.token, home.slug)
        expect(await leadsTo(home.slug)).toBe(stepUpFor(path(home.slug)))
      })

      test('a guest who was given a membership signs in anew where only the wizard helps', async () => {
        const [home, host] = [await aFurtherTenant(world), await aFurtherTenant(world)]
        const guest = await someone('agent', { methods: ['pwd', 'otp'] }, home.slug)
        await aGuest(world, host.id, guest.id, 'admin')
        await setRules(world.db, host.id, { team: { required: true, requiredSince: world.clock.now() } })
        at(guest.token, host.slug)
        const again = `/sign-in?notice=role&return=${encodeURIComponent(path(host.slug))}`
        expect(await leadsTo(host.slug)).toBe(again)
      })
    })

    test('S15: who may enter which company’s console, and who may change it', async () => {
      const [home, host, other] = [
        await aFurtherTenant(world),
        await aFurtherTenant(world),
        await aFurtherTenant(world),
      ]
      const team: Role[] = ['owner', 'admin', 'agent']
      const console_: Role[] = ['owner', 'admin']
      let cells = 0
      for (const role of ROLES)
        for (const guestRole of [null, ...ROLES]) {
          const person = await aPerson(world, home.slug, role)
          if (guestRole !== null) await aGuest(world, host.id, person.id, guestRole)
          const { token } = await aSession(world, person.id)
          as(token)
          for (const [where, here] of [
            [home, role],
            [host, guestRole],
            [other, null],
          ] as const) {
            const member = await teamMember(where.slug)
            const admin = await tenantAdmin(where.slug)
            const cell = `${role} at home, ${guestRole} at the host, in ${where.slug}`
            expect(member?.tenant.tenant.id ?? null, cell).toBe(here !== null && team.includes(here) ? where.id : null)
            expect(admin?.tenant.tenant.id ?? null, cell).toBe(
              here !== null && console_.includes(here) ? where.id : null,
            )
            cells += 2
          }
        }
      expect(cells).toBe(4 * 5 * 3 * 2)
    })

    test('ASVS 16.3.2: a refusal is written down in the home’s chain, and nothing of the other company', async () => {
      const other = await aFurtherTenant(world)
      const person = await someone('agent')
      as(person.token)
      expect(await tenantAdmin(other.slug)).toBeNull()
      expect(await teamMember(other.slug)).toBeNull()
      expect(await tenantAdmin('x'.repeat(500))).toBeNull()
      const events = await deniedTo(person.id)
      expect(events.map((event) => [event.tenantId, JSON.parse(event.data)])).toEqual([
        [tenant.id, { tenant: other.slug }],
        [tenant.id, { tenant: other.slug }],
        [tenant.id, { tenant: 'x'.repeat(60) }],
      ])
    })

    test('S8: a suspended membership opens no console, and neither does a role that was taken away', async () => {
      const host = await aFurtherTenant(world)
      const person = await someone('owner', { methods: ['pwd', 'mail'] })
      await aGuest(world, host.id, person.id, 'admin')
      as(person.token)
      expect(await tenantAdmin(host.slug)).not.toBeNull()
      const scope = { userId: person.id, tenantId: host.id }
      await world.db.membership.updateMany({ where: scope, data: { suspendedAt: world.clock.now() } })
      expect(await tenantAdmin(host.slug)).toBeNull()
      expect(await teamMember(host.slug)).toBeNull()
      await world.db.membership.updateMany({ where: scope, data: { suspendedAt: null, role: 'agent' } })
      expect(await tenantAdmin(host.slug)).toBeNull()
      expect(await teamMember(host.slug)).not.toBeNull()
      await world.db.membership.deleteMany({ where: scope })
      expect(await teamMember(host.slug)).toBeNull()
      expect(await tenantAdmin(tenant.slug)).not.toBeNull()
    })

    test('S18: having a factor makes nobody an admin', async () => {
      const person = await aPerson(world, tenant.slug, 'agent')
      await aTotpFactor(world, person.id)
      const { token } = await aSession(world, person.id, { methods: ['pwd', 'otp'], steppedUp: true })
      as(token)
      expect(await tenantAdmin(tenant.slug)).toBeNull()
    })
  })
})
