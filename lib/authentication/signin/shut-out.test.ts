import { beforeAll, describe, expect, test } from 'vitest'
import type { TenantFacts } from '../../identity/tenant/service'
import { isShutOut } from '../../identity/user/rules'
import { personById } from '../../identity/user/service'
import { eachDatabase } from '../../testing/databases'
import { sessionsOf, signedIn } from '../../testing/signin'
import {
  aFurtherTenant,
  aGuest,
  anAttempt,
  aPerson,
  aSession,
  aTenant,
  aTotpFactor,
  aVisitor,
  PASSWORD,
  quickWorld,
  type TestWorld,
  totpCode,
} from '../../testing/world'
import { judgeSession } from '../session/rules'
import { findLiveSession, holderOf } from '../session/service'
import { proveFactor } from './prove/service'
import { startWithPassword } from './start/service'

const LANDING = '/sign-in?notice=company_suspended'

eachDatabase('a company that is suspended', (open) => {
  let world: TestWorld
  let closed: TenantFacts

  beforeAll(async () => {
    world = quickWorld(open())
    await aTenant(world)
    closed = await aFurtherTenant(world)
  })

  const suspend = (suspendedAt: Date | null) =>
    world.db.tenant.update({ where: { id: closed.id }, data: { suspendedAt } })

  async function someone() {
    await suspend(null)
    const person = await aPerson(world, closed.slug)
    const { key } = await aTotpFactor(world, person.id)
    await world.db.user.update({ where: { id: person.id }, data: { twoFactorOn: true } })
    return { ...person, key }
  }

  describe('of its people', () => {
    test('S13: a wrong password answers as ever, a right one asks for the factor, and only then it is said', async () => {
      const person = await someone()
      await suspend(world.clock.now())
      const wrong = await startWithPassword(world, aVisitor(), { email: person.email, password: `${PASSWORD}!` })
      expect(wrong).toMatchObject({ ok: false, code: 'wrong_credentials' })
      const { claimant, step } = await anAttempt(world, person.email)
      expect(step).toBe('verify-factor')
      const done = signedIn(await proveFactor(world, claimant, totpCode(world, person.key)))
      expect(done).toMatchObject({ sessionToken: '', landing: LANDING })
      expect(await sessionsOf(world, person.id)).toEqual([])
      const events = await world.db.auditEvent.findMany({ where: { subjectId: person.id, kind: 'sign_in_failed' } })
      expect(events.map(({ data }) => JSON.parse(data).reason)).toContain('company_suspended')
      await suspend(null)
      world.clock.move(60_000)
      const again = await anAttempt(world, person.email)
      const inside = signedIn(await proveFactor(world, again.claimant, totpCode(world, person.key)))
      expect(inside.sessionToken).not.toBe('')
    })

    test('S8: open sessions end with it, at home and where they are guests', async () => {
      const person = await someone()
      const host = await aFurtherTenant(world)
      await aGuest(world, host.id, person.id, 'agent')
      const { token, assured } = await aSession(world, person.id, { methods: ['pwd', 'otp'] })
      expect(await holderOf(world, token)).toMatchObject({ person: { id: person.id } })
      await suspend(world.clock.now())
      expect(await holderOf(world, token)).toBeNull()
      const found = await findLiveSession(world, assured.session.tokenHash)
      if (found === null) throw new Error('no session')
      expect(judgeSession(found.session, found.person, world.clock.now())).toBe('ended')
    })
  })

  test('its guests go on at home', async () => {
    const host = await aFurtherTenant(world)
    const guest = await aPerson(world, host.slug)
    await suspend(null)
    await aGuest(world, closed.id, guest.id, 'admin')
    await suspend(world.clock.now())
    const found = await personById(world.db, guest.id)
    if (found === null) throw new Error('no person')
    expect(isShutOut(found.person)).toBe(false)
    const { token } = await aSession(world, guest.id)
    expect(await holderOf(world, token)).toMatchObject({ person: { id: guest.id } })
  })
})
