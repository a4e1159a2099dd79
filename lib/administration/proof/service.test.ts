import { beforeAll, expect, test } from 'vitest'
import { by } from '../../audit/rules'
import { recordEvent } from '../../audit/service'
import { days, earlier } from '../../core/kernel/time'
import { eachDatabase } from '../../testing/databases'
import { aFurtherTenant, aGuest, aPerson, aSession, aTenant, quickWorld, type TestWorld } from '../../testing/world'
import { viewProof } from './service'

eachDatabase('what an auditor is shown', (open) => {
  let world: TestWorld
  beforeAll(async () => {
    world = quickWorld(open())
    await aTenant(world)
  })

  test('X11 U8: service accounts stand among the exceptions, with when and by whom they were made', async () => {
    const [tenant, elsewhere] = [await aFurtherTenant(world), await aFurtherTenant(world)]
    const owner = await aPerson(world, tenant.slug, 'owner')
    const { admin } = await aSession(world, owner.id)
    const now = world.clock.now()
    const [byCommand, byOwner, guest] = [
      await aPerson(world, tenant.slug, 'agent'),
      await aPerson(world, tenant.slug, 'agent'),
      await aPerson(world, elsewhere.slug, 'agent'),
    ]
    await aGuest(world, tenant.id, guest.id, 'agent')
    const before = { ...world, clock: { now: () => earlier(now, days(1)) } }
    const subject = { id: byOwner.id, name: byOwner.name }
    await recordEvent(before, { tenantId: tenant.id, kind: 'user_created', ...by(admin), subject })
    const ids = { in: [byCommand.id, byOwner.id, guest.id] }
    await world.db.user.updateMany({ where: { id: ids }, data: { kind: 'service' } })
    await world.db.membership.updateMany({ where: { userId: ids }, data: { needsFullRead: true } })
    const { services, moreServices } = await viewProof(world, admin)
    const of = ({ id }: { id: string }) => services.find((each) => each.id === id)
    expect(of(byCommand)).toMatchObject({ email: byCommand.email, madeAt: now, by: null, byCommand: true })
    expect(of(byOwner)).toMatchObject({ madeAt: before.clock.now(), by: owner.name, byCommand: false })
    // The log of another company is not read.
    expect(of(guest)).toMatchObject({ by: null, byCommand: false })
    expect([services.length, moreServices]).toEqual([3, false])
  })
})
