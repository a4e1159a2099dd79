import { beforeAll, beforeEach, expect, test } from 'vitest'
import { days, hours, minutes } from '../../../core/kernel/time'
import { factorsOf } from '../../../credentials/factor/service'
import type { Role } from '../../../identity/user/types'
import { eachDatabase } from '../../../testing/databases'
import { aMessagedFactor, anEnrolled, countMails, mailedPasscode, wrongTotp } from '../../../testing/signin'
import {
  aFurtherTenant,
  anId,
  aPerson,
  aSession,
  aTenant,
  aTotpFactor,
  lastMail,
  quickWorld,
  type TestWorld,
  totpCode,
} from '../../../testing/world'
import { decideRequest } from '../../resets/service'
import { resetTwoFactor } from '../codes/service'
import { viewPerson } from '../person/service'
import { tellOwnersOfResets } from './service'

eachDatabase('resets under the eyes of owners', (open) => {
  let world: TestWorld
  beforeAll(async () => {
    world = quickWorld(open())
    await aTenant(world)
  })
  beforeEach(() => world.clock.move(days(1)))

  const aCompany = async () => {
    const tenant = await aFurtherTenant(world)
    const owner = await aPerson(world, tenant.slug, 'owner')
    const { key } = await aTotpFactor(world, owner.id)
    return { tenant, owner: { ...owner, key } }
  }
  const anActor = async (slug: string, role: Role = 'admin') => {
    const person = await aPerson(world, slug, role)
    return {
      ...person,
      actor: (await aSession(world, person.id, { methods: ['pwd', 'otp'], steppedUp: true })).freshAdmin,
    }
  }
  type Actor = Awaited<ReturnType<typeof anActor>>['actor']
  const RESET = { reason: 'lost the phone', withCode: false }
  const reset = async (actor: Actor, slug: string, given?: { email: string; passcode: string }) => {
    const target = await anEnrolled(world, slug)
    const done = await resetTwoFactor(world, actor, target.id, { ...RESET, ...(given ? { owner: given } : {}) })
    const left = (await factorsOf(world.db, target.id)).length
    expect(left).toBe(done.ok ? 0 : 1)
    return done.ok ? 'ok' : done.code
  }
  const many = async (actor: Actor, slug: string, count = 10) => {
    for (let done = 0; done < count; done += 1) expect(await reset(actor, slug)).toBe('ok')
  }

  test('N42: ten an hour; then each needs a passcode of an owner, and one passcode allows one', async () => {
    const { tenant, owner } = await aCompany()
    const { actor } = await anActor(tenant.slug)
    await many(actor, tenant.slug)
    expect(await reset(actor, tenant.slug)).toBe('owner_needed')
    expect(await reset(actor, tenant.slug, { email: owner.email, passcode: '' })).toBe('owner_code_needed')
    const given = { email: owner.email, passcode: totpCode(world, owner.key) }
    expect(await reset(actor, tenant.slug, { ...given, passcode: wrongTotp(world, owner.key) })).toBe(
      'owner_code_wrong',
    )
    expect(await reset(actor, tenant.slug, given)).toBe('ok')
    expect(await reset(actor, tenant.slug, given)).toBe('owner_code_wrong')
    expect(await reset(actor, tenant.slug)).toBe('owner_needed')
    const events = await world.db.auditEvent.findMany({ where: { tenantId: tenant.id, kind: 'factors_reset' } })
    expect(events.filter(({ data }) => data.includes(`"confirmedBy":"${owner.name}"`))).toHaveLength(1)
    // Another admin has ten of their own, and after an hour so has this one.
    expect(await reset((await anActor(tenant.slug)).actor, tenant.slug)).toBe('ok')
    world.clock.move(hours(1))
    expect(await reset(actor, tenant.slug)).toBe('ok')
  })

  test.each([['once'], ['from two admins']] as const)(
    'N42: of twenty resets at once, %s, no more than ten each go through',
    async (how) => {
      const { tenant } = await aCompany()
      const first = await anActor(tenant.slug)
      const second = how === 'once' ? first : await anActor(tenant.slug)
      const people = await Promise.all(Array.from({ length: 20 }, () => anEnrolled(world, tenant.slug)))
      const done = await Promise.all(
        people.map(({ id }, index) => resetTwoFactor(world, index % 2 ? first.actor : second.actor, id, RESET)),
      )
      expect(done.filter(({ ok }) => ok)).toHaveLength(how === 'once' ? 10 : 20)
    },
  )

  test('N42: an owner who acts gives the proof themselves, by mail where that is their factor', async () => {
    const tenant = await aFurtherTenant(world)
    const { actor, email, id } = await anActor(tenant.slug, 'owner')
    await aMessagedFactor(world, id, 'email')
    await many(actor, tenant.slug)
    expect(await reset(actor, tenant.slug, { email, passcode: '' })).toBe('owner_code_sent')
    const passcode = await mailedPasscode(world, email, 'owner_passcode')
    expect(await reset(actor, tenant.slug, { email, passcode })).toBe('ok')
    expect(await reset(actor, tenant.slug, { email, passcode })).toBe('owner_code_wrong')
  })

  test('N42: nobody but an owner of this tenant with a second factor, who is one at that moment', async () => {
    const { tenant, owner } = await aCompany()
    const other = await aCompany()
    const { actor } = await anActor(tenant.slug)
    const admin = await anActor(tenant.slug)
    const { key } = await aTotpFactor(world, admin.id)
    const bare = await aPerson(world, tenant.slug, 'owner')
    await many(actor, tenant.slug)
    for (const given of [
      { email: admin.email, passcode: totpCode(world, key) },
      { email: other.owner.email, passcode: totpCode(world, other.owner.key) },
      { email: bare.email, passcode: '123456' },
      { email: 'nobody@example.com', passcode: '123456' },
    ]) {
      expect([given.email, await reset(actor, tenant.slug, given)]).toEqual([given.email, 'owner_unknown'])
    }
    await world.db.membership.updateMany({ where: { userId: owner.id }, data: { role: 'admin' } })
    const given = { email: owner.email, passcode: totpCode(world, owner.key) }
    expect(await reset(actor, tenant.slug, given)).toBe('owner_unknown')
  })

  test('S5 S30: guesses at an owner’s passcode run out, and leave the owner’s own tries alone', async () => {
    const { tenant, owner } = await aCompany()
    const { actor } = await anActor(tenant.slug)
    await many(actor, tenant.slug)
    const codes = new Set<string>()
    for (let tries = 0; tries < 6; tries += 1) {
      codes.add(await reset(actor, tenant.slug, { email: owner.email, passcode: wrongTotp(world, owner.key) }))
    }
    expect([...codes]).toEqual(['owner_code_wrong', 'throttled'])
    const rows = await world.db.throttle.findMany({ where: { key: { contains: owner.id } } })
    expect(rows.find(({ key }) => key === `factor:${owner.id}`)?.failures ?? 0).toBe(0)
    expect(rows.find(({ key }) => key === `factor:${owner.id}`)?.lifetime).toBe(3)
    expect(rows.find(({ key }) => key === `factor-unknown:${owner.id}`)?.lifetime).toBe(3)
  })

  test('S5 N42: wrong passcodes of an owner add up to waits of the admin only until a right one', async () => {
    const { tenant, owner } = await aCompany()
    const { actor } = await anActor(tenant.slug)
    await many(actor, tenant.slug)
    const wrong = () => reset(actor, tenant.slug, { email: owner.email, passcode: wrongTotp(world, owner.key) })
    const right = () => reset(actor, tenant.slug, { email: owner.email, passcode: totpCode(world, owner.key) })
    for (let rounds = 0; rounds < 3; rounds += 1) {
      expect([await wrong(), await wrong(), await right()]).toEqual(['owner_code_wrong', 'owner_code_wrong', 'ok'])
      world.clock.move(minutes(10))
    }
    const rows = () => world.db.throttle.findMany({ where: { key: { startsWith: `factor:${owner.id}` } } })
    const lifetimes = (await rows()).map(({ key, lifetime }) => [key.includes(':by:'), lifetime])
    expect(Object.fromEntries(lifetimes.map(([lane, count]) => [lane ? 'lane' : 'owner', count]))).toEqual({
      lane: 0,
      owner: 6,
    })
  })

  test('R6 N42: approving a request counts as well, denying does not', async () => {
    const { tenant, owner } = await aCompany()
    const { actor } = await anActor(tenant.slug)
    await many(actor, tenant.slug)
    const ask = async () => {
      const { id: userId } = await anEnrolled(world, tenant.slug)
      const id = anId(world)
      const times = { createdAt: world.clock.now(), expiresAt: new Date(world.clock.now().getTime() + days(1)) }
      await world.db.resetRequest.create({ data: { id, tenantId: tenant.id, userId, reason: 'lost', ...times } })
      return id
    }
    const decide = async (more: { approve: boolean; owner?: { email: string; passcode: string } }) => {
      const done = await decideRequest(world, actor, await ask(), { reason: 'called back', ...more })
      return done.ok ? done.value.outcome : done.code
    }
    expect(await decide({ approve: true })).toBe('owner_needed')
    expect(await decide({ approve: false })).toBe('denied')
    const given = { email: owner.email, passcode: totpCode(world, owner.key) }
    expect(await decide({ approve: true, owner: given })).toBe('approved')
  })

  test('R5 N42: the owners get one mail an hour at most, with the number since the last', async () => {
    const { tenant, owner } = await aCompany()
    const second = await aPerson(world, tenant.slug, 'owner')
    const { actor, email } = await anActor(tenant.slug)
    const told = () => Promise.all([owner.email, second.email, email].map((to) => countMails(world, to, 'resets_told')))
    const tell = async () => {
      while (await tellOwnersOfResets(world));
    }
    await tell()
    expect(await told()).toEqual([0, 0, 0])
    await many(actor, tenant.slug, 1)
    await tell()
    expect(await told()).toEqual([1, 1, 0])
    expect((await lastMail(world, owner.email)).values).toMatchObject({ count: 1, tenant: tenant.name })
    await many(actor, tenant.slug, 3)
    world.clock.move(hours(1) - 1)
    await tell()
    expect(await told()).toEqual([1, 1, 0])
    world.clock.move(1)
    // Of two workers one tells.
    await Promise.all([tell(), tell()])
    expect(await told()).toEqual([2, 2, 0])
    expect((await lastMail(world, owner.email)).values).toMatchObject({ count: 3 })
    world.clock.move(hours(2))
    await tell()
    expect(await told()).toEqual([2, 2, 0])
  })

  test.each([['with a code'], ['without one']] as const)(
    'R5 S10: of 16 posts of one drawn form, %s, one resets',
    async (how) => {
      const { tenant } = await aCompany()
      const { actor } = await anActor(tenant.slug)
      const target = await anEnrolled(world, tenant.slug)
      const lastDone = (await viewPerson(world, actor, target.id))?.lastDone ?? ''
      const input = { reason: 'lost', withCode: how === 'with a code', lastDone }
      const done = await Promise.all(Array.from({ length: 16 }, () => resetTwoFactor(world, actor, target.id, input)))
      expect(done.filter(({ ok }) => ok)).toHaveLength(1)
      expect(new Set(done.flatMap((each) => (each.ok ? [] : each.code)))).toEqual(new Set(['done_meanwhile']))
      expect(await countMails(world, target.email, 'factors_reset')).toBe(1)
      world.clock.move(minutes(1))
      const again = (await viewPerson(world, actor, target.id))?.lastDone ?? ''
      expect((await resetTwoFactor(world, actor, target.id, { ...input, lastDone: again })).ok).toBe(true)
    },
  )
})
