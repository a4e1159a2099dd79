import { beforeAll, beforeEach, expect, test } from 'vitest'
import { minutes } from '../../core/kernel/time'
import type { TenantFacts } from '../../identity/tenant/service'
import { chooseZone, personById } from '../../identity/user/service'
import { eachDatabase } from '../../testing/databases'
import { aFurtherTenant, aPerson, aSession, aTenant, quickWorld, type TestWorld } from '../../testing/world'
import { companySchema } from './schema'
import { changeStartPage, changeZone, viewCompany } from './service'

eachDatabase('the company', (open) => {
  let world: TestWorld
  let tenant: TenantFacts
  beforeAll(async () => {
    world = quickWorld(open())
    tenant = await aTenant(world)
  })
  beforeEach(() => world.clock.move(minutes(1)))

  const zoneOf = async (id: string) => (await personById(world.db, id))?.person.timeZone

  test('X10: its zone is for people who chose none, and for nobody of another company', async () => {
    const session = await aSession(world, (await aPerson(world, tenant.slug, 'admin')).id, { steppedUp: true })
    const admin = session.steppedUpAdmin
    const stranger = await aPerson(world, (await aFurtherTenant(world)).slug)
    const [ann, bob] = [await aPerson(world, tenant.slug), await aPerson(world, tenant.slug, 'end_user')]
    await chooseZone(world.db, bob.id, 'Asia/Seoul')
    expect(await viewCompany(world, admin)).toEqual({ zone: 'UTC', startUrl: null })
    expect(await changeZone(world, admin, 'UTC')).toEqual({ ok: true, value: 'unchanged' })
    expect(await changeZone(world, admin, 'Europe/Berlin')).toEqual({ ok: true, value: 'changed' })
    expect(await changeZone(world, admin, 'Europe/Berlin')).toEqual({ ok: true, value: 'unchanged' })
    expect(await viewCompany(world, admin)).toEqual({ zone: 'Europe/Berlin', startUrl: null })
    expect([await zoneOf(ann.id), await zoneOf(bob.id), await zoneOf(stranger.id)]).toEqual([
      'Europe/Berlin',
      'Asia/Seoul',
      'UTC',
    ])
    await chooseZone(world.db, bob.id, null)
    expect(await zoneOf(bob.id)).toBe('Europe/Berlin')
    const events = await world.db.auditEvent.findMany({ where: { tenantId: tenant.id, kind: 'company_changed' } })
    expect(events.map(({ data }) => JSON.parse(data))).toEqual([{ from: 'UTC', to: 'Europe/Berlin' }])
  })

  test('X10: what is stored and no zone here is UTC', async () => {
    const person = await aPerson(world, tenant.slug)
    await chooseZone(world.db, person.id, 'Mars/Olympus')
    expect(await zoneOf(person.id)).toBe('UTC')
  })

  test('X10: the form takes a zone that can be chosen, and nothing else', () => {
    expect(companySchema.safeParse({ tenant: 'acme', zone: 'Europe/Berlin' }).success).toBe(true)
    for (const zone of ['', 'Mars/Olympus', '+02:00', 'x'.repeat(99)])
      expect(companySchema.safeParse({ tenant: 'acme', zone }).success).toBe(false)
  })

  test('X9: the start page is set and taken away by an admin, of this company alone, and the log says so', async () => {
    const session = await aSession(world, (await aPerson(world, tenant.slug, 'admin')).id, { steppedUp: true })
    const admin = session.steppedUpAdmin
    const other = await aFurtherTenant(world)
    const url = 'https://intranet.example.com/'
    expect(await changeStartPage(world, admin, url)).toEqual({ ok: true, value: 'changed' })
    expect(await changeStartPage(world, admin, url)).toEqual({ ok: true, value: 'unchanged' })
    expect(await viewCompany(world, admin)).toMatchObject({ startUrl: url })
    expect((await world.db.tenant.findUniqueOrThrow({ where: { id: other.id } })).startUrl).toBeNull()
    expect(await changeStartPage(world, admin, null)).toEqual({ ok: true, value: 'changed' })
    const events = await world.db.auditEvent.findMany({
      where: { tenantId: tenant.id, kind: 'company_changed', actorId: admin.person.id },
      orderBy: { id: 'asc' },
    })
    expect(events.map(({ data }) => JSON.parse(data))).toEqual([
      { from: '', to: url },
      { from: url, to: '' },
    ])
  })
})
