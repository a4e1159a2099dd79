import { beforeAll, describe, expect, test, vi } from 'vitest'
import { beginFactor, confirmBegunFactor, viewSecurity } from '../../authentication/account/factors/service'
import { sendStepUpPasscode, stepUpByMessage, viewStepUp } from '../../authentication/account/stepup/service'
import { proveFactor } from '../../authentication/signin/prove/service'
import { readConfig } from '../../core/env'
import { minutes } from '../../core/kernel/time'
import { factorsOf } from '../../credentials/factor/service'
import type { Method } from '../../identity/actor/types'
import type { FactorKind } from '../../identity/policy/types'
import { eachDatabase } from '../../testing/databases'
import { arrive } from '../../testing/next-headers'
import { setRules } from '../../testing/policy'
import { aMessagedFactor, mailedPasscode, signedIn } from '../../testing/signin'
import {
  aFurtherTenant,
  aGuest,
  anAttempt,
  aPerson,
  aSession,
  aTotpFactor,
  quickWorld,
  sessionOf,
  type TestWorld,
  totpCode,
} from '../../testing/world'
import { loadAddFactor } from '../loaders/account'
import { addFactorFor, stepUpFor } from '../paths'
import { setWorld } from '../server/deps'
import { SESSION_COOKIE } from '../server/request'
import { teamMember, tenantAdmin } from './guard'

vi.mock('next/headers', () => import('../../testing/next-headers'))

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

eachDatabase('the pages of a host (U6)', (open) => {
  let world: TestWorld
  beforeAll(() => {
    world = quickWorld(open())
    const config = readConfig({ PUBLIC_URL: 'https://login.example.com', MAIL_TRANSPORT: 'directory' })
    if (!config.ok) throw new Error(config.detail)
    setWorld({ deps: world, config: config.value, wake: () => undefined })
  })

  const aTenantOf = async (kinds: FactorKind[], required = true) => {
    const tenant = await aFurtherTenant(world)
    await setRules(world.db, tenant.id, { team: { kinds, required }, end: { kinds, required } })
    return tenant
  }
  const pathOf = (slug: string) => `/admin/${slug}/people/users`

  /** Where this session is led that asks for the console of a tenant; null where it opens. */
  async function leadsTo(token: string, slug: string) {
    arrive({ headers: { 'x-twofold-path': pathOf(slug) }, cookies: { [SESSION_COOKIE]: token } })
    const to = await redirectOf(() => tenantAdmin(slug))
    expect(await redirectOf(() => teamMember(slug))).toBe(to)
    return to
  }

  /** An admin at home with an app, who is an admin at a host that allows other kinds. */
  async function guestOf(hostKinds: FactorKind[], { homeKinds = ['totp'] as FactorKind[], required = true } = {}) {
    const [home, host] = [await aTenantOf(homeKinds, required), await aTenantOf(hostKinds, required)]
    const person = await aPerson(world, home.slug, 'admin')
    await aGuest(world, host.id, person.id, 'admin')
    return { ...person, home, host }
  }
  const withSession = async (id: string, methods: Method[] = ['pwd', 'otp']) =>
    aSession(world, id, { methods, steppedUp: true })

  test('no host locks a guest out at home: the sign-in asks for the home’s kinds, and ends', async () => {
    const guest = await guestOf(['email'])
    const { key } = await aTotpFactor(world, guest.id)
    const { step, claimant } = await anAttempt(world, guest.email)
    expect(step).toBe('verify-factor')
    const proved = await proveFactor(world, claimant, totpCode(world, key))
    const { sessionToken } = signedIn(proved)
    expect(await leadsTo(sessionToken, guest.home.slug)).toBeNull()
    expect(await leadsTo(sessionToken, guest.host.slug)).toBe(addFactorFor(pathOf(guest.host.slug)))
  })

  test('a factor that the host allows is set up on the way, and opens its pages in this session', async () => {
    const guest = await guestOf(['email'])
    await aTotpFactor(world, guest.id)
    const { token, steppedUp, assured } = await withSession(guest.id)
    expect(await leadsTo(token, guest.host.slug)).toBe(addFactorFor(pathOf(guest.host.slug)))
    expect((await viewSecurity(world, assured)).kinds).toEqual(['totp', 'email'])
    expect(await beginFactor(world, steppedUp, { kind: 'email' }, 'Mail')).toEqual({ ok: true, value: null })
    const code = await mailedPasscode(world, guest.email, 'enrol_passcode')
    const confirmed = await confirmBegunFactor(world, (await sessionOf(world, token)).steppedUp, code)
    if (!confirmed.ok) throw new Error(confirmed.code)
    expect(await leadsTo(confirmed.value.token, guest.host.slug)).toBeNull()
    expect(await leadsTo(confirmed.value.token, guest.home.slug)).toBeNull()
    // At home it is asked for no more than before.
    expect((await anAttempt(world, guest.email)).step).toBe('verify-factor')
  })

  test('who has such a factor proves it; S6: a weaker one than the strongest is no step-up', async () => {
    const guest = await guestOf(['email'])
    await aTotpFactor(world, guest.id)
    const mail = await aMessagedFactor(world, guest.id, 'email')
    const { token, assured } = await withSession(guest.id)
    world.clock.move(minutes(20))
    expect(await leadsTo(token, guest.host.slug)).toBe(stepUpFor(pathOf(guest.host.slug), { factor: mail }))
    expect(await viewStepUp(world, assured)).toMatchObject({ method: 'factor', factor: { kind: 'totp' }, others: [] })
    expect(await viewStepUp(world, assured, { factorId: mail })).toMatchObject({
      method: 'message',
      factor: { id: mail, kind: 'email' },
      others: [],
    })
    expect(await sendStepUpPasscode(world, assured, mail)).toEqual({ ok: true, value: 'sent' })
    const before = await world.db.session.findFirstOrThrow({ where: { userId: guest.id } })
    const code = await mailedPasscode(world, guest.email, 'step_up_passcode')
    const proved = await stepUpByMessage(world, assured, mail, code)
    if (!proved.ok) throw new Error(proved.code)
    const after = await world.db.session.findFirstOrThrow({ where: { userId: guest.id } })
    expect(after).toMatchObject({ methods: 'pwd otp email', steppedUpAt: before.steppedUpAt })
    expect(await leadsTo(proved.value.token, guest.host.slug)).toBeNull()
  })

  test('S6: a weaker factor that no host asks for is still no proof', async () => {
    const guest = await guestOf(['totp'], { homeKinds: ['totp', 'email'] })
    await aTotpFactor(world, guest.id)
    const mail = await aMessagedFactor(world, guest.id, 'email')
    const { assured } = await withSession(guest.id)
    expect(await sendStepUpPasscode(world, assured, mail)).toMatchObject({ ok: false, code: 'not_found' })
    expect(await stepUpByMessage(world, assured, mail, '123456')).toMatchObject({ ok: false, code: 'expired' })
  })

  test.each<[string, Method[]]>([
    ['a trusted device', ['pwd', 'device']],
    ['a recovery code', ['pwd', 'recovery']],
    ['a factor of another kind', ['pwd', 'otp']],
  ])('%s does not stand for it', async (_what, methods) => {
    const guest = await guestOf(['email'])
    await aTotpFactor(world, guest.id)
    const mail = await aMessagedFactor(world, guest.id, 'email')
    const { token } = await withSession(guest.id, methods)
    expect(await leadsTo(token, guest.host.slug)).toBe(stepUpFor(pathOf(guest.host.slug), { factor: mail }))
  })

  test('S20: while the mailbox proves nothing it is not asked for, and something else is set up', async () => {
    const guest = await guestOf(['email', 'sms'])
    await aTotpFactor(world, guest.id)
    await aMessagedFactor(world, guest.id, 'email')
    const { token } = await withSession(guest.id)
    const data = { passwordResetByMailAt: world.clock.now() }
    await world.db.user.update({ where: { id: guest.id }, data })
    expect(await leadsTo(token, guest.host.slug)).toBe(addFactorFor(pathOf(guest.host.slug)))
    const { assured } = await sessionOf(world, token)
    expect((await viewSecurity(world, assured)).kinds).toEqual(['totp', 'sms'])
  })

  describe('nothing is asked for', () => {
    test('U9: of whom the host exempts', async () => {
      const guest = await guestOf(['email'])
      await aTotpFactor(world, guest.id)
      const { token } = await withSession(guest.id)
      const until = new Date(world.clock.now().getTime() + minutes(1))
      const scope = { userId: guest.id, tenantId: guest.host.id }
      await world.db.membership.updateMany({ where: scope, data: { exemptUntil: until } })
      expect(await leadsTo(token, guest.host.slug)).toBeNull()
      world.clock.move(minutes(1))
      expect(await leadsTo(token, guest.host.slug)).toBe(addFactorFor(pathOf(guest.host.slug)))
    })

    test('U4: where 2FA is in force nowhere', async () => {
      const guest = await guestOf(['email'], { required: false })
      expect(await leadsTo((await withSession(guest.id, ['pwd', 'mail'])).token, guest.host.slug)).toBeNull()
    })

    test('where a kind is common: the sign-in asked for it', async () => {
      const guest = await guestOf(['email', 'totp'])
      await aTotpFactor(world, guest.id)
      expect(await leadsTo((await withSession(guest.id)).token, guest.host.slug)).toBeNull()
    })
  })

  test('the page that connects a factor names the host, offers what it allows, and leads back', async () => {
    const guest = await guestOf(['email', 'sms'])
    await aTotpFactor(world, guest.id)
    const { token } = await withSession(guest.id)
    arrive({ cookies: { [SESSION_COOKIE]: token } })
    const path = pathOf(guest.host.slug)
    const asked = { host: guest.host.name, kinds: ['email', 'sms'], returnTo: path }
    expect(await loadAddFactor({ return: path })).toMatchObject(asked)
    const own = { host: null, kinds: ['totp', 'email', 'sms'] }
    expect(await loadAddFactor({ return: '//evil.example' })).toMatchObject({ ...own, returnTo: null })
    expect(await loadAddFactor({ return: pathOf(guest.home.slug) })).toMatchObject(own)
    expect(await loadAddFactor({ return: `${path}-x`.replace('/people', 'x/people') })).toMatchObject(own)
    world.clock.move(minutes(20))
    expect(await redirectOf(() => loadAddFactor({ return: path }))).toBe(stepUpFor(addFactorFor(path)))
  })

  test('of two hosts with nothing in common the one joined first narrows the sign-in, and the other asks apart', async () => {
    // The order is that of joining, and not that of the tenants.
    const later = await aTenantOf(['email'])
    const guest = await guestOf(['totp'], { homeKinds: ['totp', 'email'] })
    world.clock.move(1000)
    await aGuest(world, later.id, guest.id, 'admin')
    const { key } = await aTotpFactor(world, guest.id)
    const mail = await aMessagedFactor(world, guest.id, 'email')
    expect(await factorsOf(world.db, guest.id)).toHaveLength(2)
    const { claimant } = await anAttempt(world, guest.email)
    const proved = await proveFactor(world, claimant, totpCode(world, key))
    const { sessionToken } = signedIn(proved)
    expect(await leadsTo(sessionToken, guest.host.slug)).toBeNull()
    expect(await leadsTo(sessionToken, later.slug)).toBe(stepUpFor(pathOf(later.slug), { factor: mail }))
  })
})
