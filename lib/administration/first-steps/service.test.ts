import { beforeAll, beforeEach, expect, test } from 'vitest'
import { transact } from '../../core/db'
import { minutes } from '../../core/kernel/time'
import { viewCoverage } from '../../coverage/service'
import type { TenantAdmin } from '../../identity/actor/types'
import type { TenantFacts } from '../../identity/tenant/service'
import { enqueueMail } from '../../messaging/mail/outbox-service'
import { eachDatabase } from '../../testing/databases'
import { setRules } from '../../testing/policy'
import { aFurtherTenant, anId, aPerson, aSession, aTenant, quickWorld, type TestWorld } from '../../testing/world'
import { putStepsAway, readFirstSteps, sayPeopleTold, viewFirstSteps, viewOpenSteps } from './service'

eachDatabase('the first steps', (open) => {
  let world: TestWorld
  let tenant: TenantFacts
  let admin: TenantAdmin
  beforeAll(async () => {
    world = quickWorld(open())
    await aTenant(world)
  })
  beforeEach(async () => {
    world.clock.move(minutes(1))
    tenant = await aFurtherTenant(world)
    admin = (await aSession(world, (await aPerson(world, tenant.slug, 'admin')).id)).admin
  })

  const missing = async (known: Partial<{ ownFactors: number; toFolder: boolean }> = {}) => {
    const read = await readFirstSteps(world, admin)
    if (read === null) return null
    const coverage = await viewCoverage(world, admin)
    const steps = await viewFirstSteps(world, admin, read, { coverage, ownFactors: 1, toFolder: false, ...known })
    return steps === null ? null : steps.filter(({ state }) => state !== 'done').map(({ step }) => step)
  }
  const aMail = async (of: TenantFacts, end: { sentAt?: Date; failedAt?: Date }) => {
    const to = `${anId(world)}@example.com`
    await transact(world, (inside) =>
      enqueueMail(inside, {
        template: 'password_changed',
        values: {},
        to,
        userId: null,
        tenantId: of.id,
        locale: 'en',
      }),
    )
    await world.db.outboxMessage.updateMany({ where: { recipient: to }, data: end })
  }

  test('X9: each says what is missing by what is there, of this company alone', async () => {
    const now = world.clock.now()
    const other = await aFurtherTenant(world)
    await aPerson(world, other.slug)
    await aMail(other, { sentAt: now })
    expect(await missing({ ownFactors: 0 })).toEqual(['own_2fa', 'mail', 'people', 'tell', 'require', 'report'])
    await aMail(tenant, { sentAt: now })
    expect(await missing()).toEqual(['people', 'tell', 'require', 'report'])
    await aPerson(world, tenant.slug, 'end_user')
    expect(await missing()).toEqual(['tell', 'require', 'report'])
    await setRules(world.db, tenant.id, { end: { required: true, requiredSince: now } })
    expect(await missing()).toEqual(['tell', 'report'])
    expect(await missing({ toFolder: true })).toEqual(['mail', 'tell', 'report'])
    await aMail(tenant, { failedAt: new Date(now.getTime() + 1) })
    expect(await missing()).toEqual(['mail', 'tell', 'report'])
  })

  test('X9: the list goes once all of it is done, and does not come back with what is forgotten since', async () => {
    const now = world.clock.now()
    await aMail(tenant, { sentAt: now })
    await aPerson(world, tenant.slug)
    await setRules(world.db, tenant.id, { team: { required: true, requiredSince: now } })
    const event = { tenantId: tenant.id, at: now, kind: 'report_made', actorKind: 'system' }
    await world.db.auditEvent.create({ data: { id: anId(world), ...event } })
    expect(await missing()).toEqual(['tell'])
    expect(await sayPeopleTold(world, admin)).toEqual({ ok: true, value: null })
    expect(await missing()).toBeNull()
    await world.db.outboxMessage.deleteMany({ where: { tenantId: tenant.id } })
    expect(await missing()).toBeNull()
  })

  test('X9: it is put away by a word of an admin, for this company alone; the log says who said what, once', async () => {
    const other = await aFurtherTenant(world)
    expect(await missing()).not.toBeNull()
    expect(await viewOpenSteps(world, admin)).toEqual({ told: false })
    for (const act of [sayPeopleTold, sayPeopleTold]) expect(await act(world, admin)).toEqual({ ok: true, value: null })
    expect(await viewOpenSteps(world, admin)).toEqual({ told: true })
    for (const act of [putStepsAway, putStepsAway]) expect(await act(world, admin)).toEqual({ ok: true, value: null })
    expect(await missing()).toBeNull()
    expect(await viewOpenSteps(world, admin)).toBeNull()
    const untouched = await world.db.tenant.findUniqueOrThrow({ where: { id: other.id } })
    expect(untouched).toMatchObject({ peopleToldAt: null, stepsClosedAt: null })
    const events = await world.db.auditEvent.findMany({
      where: { tenantId: tenant.id, kind: 'company_changed', actorId: admin.person.id },
      orderBy: { id: 'asc' },
    })
    expect(events.map(({ data }) => JSON.parse(data))).toEqual([
      { action: 'people_told' },
      { action: 'steps_put_away' },
    ])
  })

  test('X9 S8: whoever is no admin any more by then says nothing', async () => {
    await world.db.membership.updateMany({ where: { userId: admin.person.id }, data: { role: 'agent' } })
    expect(await putStepsAway(world, admin)).toEqual({ ok: false, code: 'not_permitted' })
    expect(await missing()).not.toBeNull()
  })
})
