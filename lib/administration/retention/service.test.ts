import { beforeAll, expect, test } from 'vitest'
import { sealEvents } from '../../audit/chain/service'
import { verifyChain } from '../../audit/inspection/service'
import { viewRetention } from '../../audit/retention/service'
import { signCheckpoint } from '../../audit/signing/service'
import { INSTALLATION } from '../../audit/types'
import { mint } from '../../core/kernel/proof'
import { days, earlier, later } from '../../core/kernel/time'
import type { Operator } from '../../identity/actor/types'
import { eachDatabase } from '../../testing/databases'
import { aFurtherTenant, aPerson, aSession, aTenant, quickWorld, type TestWorld } from '../../testing/world'
import { changeInvitation } from '../invitation/change/service'
import { remindInvited } from '../invitation/remind/service'
import { invite, withdraw } from '../invitation/service'
import { changeRole } from '../people/role/service'
import { changeRetention, forgetInLog } from './service'

const operator = mint<Operator>({ request: { address: null, userAgent: null, requestId: null } })

eachDatabase('retention of the audit log', (open) => {
  let world: TestWorld
  beforeAll(async () => {
    world = quickWorld(open())
    await aTenant(world)
  })

  test('X12: of a shorter time the owners are told a week before it counts, and of a longer one nobody', async () => {
    const tenant = await aFurtherTenant(world)
    const owner = await aPerson(world, tenant.slug, 'owner')
    await aPerson(world, tenant.slug, 'admin')
    const mails = async () =>
      (await world.db.outboxMessage.findMany({ where: { tenantId: tenant.id, template: 'log_retention' } })).map(
        ({ recipient }) => recipient,
      )
    const change = (kept: number | null) => changeRetention(world, operator, { tenantId: tenant.id, days: kept })
    expect(await change(89)).toEqual({ outcome: 'out_of_range' })
    expect(await change(90)).toMatchObject({
      outcome: 'change',
      shorter: true,
      effectiveAt: later(world.clock.now(), days(7)),
    })
    expect(await mails()).toEqual([owner.email])
    expect(await change(90)).toEqual({ outcome: 'unchanged' })
    expect(await change(null)).toMatchObject({ outcome: 'change', shorter: false })
    expect(await mails()).toEqual([owner.email])
    const events = await world.db.auditEvent.findMany({
      where: { tenantId: tenant.id, kind: 'audit_retention_changed' },
      orderBy: { id: 'asc' },
    })
    expect(events.map(({ data }) => JSON.parse(data).after).sort()).toEqual([90, 'for ever'])
    expect(await changeRetention(world, operator, { tenantId: INSTALLATION, days: 400 })).toMatchObject({
      shorter: true,
    })
  })

  test('X12: owners and admins see what counts, what is announced, and what is gone', async () => {
    const tenant = await aFurtherTenant(world)
    const { admin } = await aSession(world, (await aPerson(world, tenant.slug, 'owner')).id)
    const now = world.clock.now()
    const seen = (at = now) => viewRetention({ ...world, clock: { now: () => at } }, admin)
    expect(await seen()).toEqual({ days: null, next: null, setAt: null, gone: null })
    await changeRetention(world, operator, { tenantId: tenant.id, days: 120 })
    const next = { days: 120, at: later(now, days(7)) }
    expect(await seen()).toEqual({ days: null, next, setAt: now, gone: null })
    // It counts from its time on, whether a worker came by or not.
    expect(await seen(later(now, days(7) - 1))).toMatchObject({ days: null, next })
    expect(await seen(next.at)).toMatchObject({ days: 120, next: null })
    const [firstAt, lastAt] = [earlier(now, days(300)), earlier(now, days(200))]
    const claim = { tenantId: tenant.id, seq: 40, hash: 'h', firstAt, lastAt, latest: lastAt, madeAt: now }
    await world.db.auditCheckpoint.create({ data: { id: 'c'.repeat(36), ...signCheckpoint(world, claim) } })
    expect((await seen()).gone).toEqual({ entries: 40, from: firstAt, to: lastAt })
    const other = await aFurtherTenant(world)
    const elsewhere = await aSession(world, (await aPerson(world, other.slug, 'owner')).id)
    expect(await viewRetention(world, elsewhere.admin)).toMatchObject({ days: null, setAt: null, gone: null })
  })

  test('X12: by the address of a person, whatever they did and whatever was done to them', async () => {
    const tenant = await aFurtherTenant(world)
    const admin = await aSession(world, (await aPerson(world, tenant.slug, 'owner')).id, { steppedUp: true })
    const ann = await aPerson(world, tenant.slug, 'agent')
    expect((await changeRole(world, admin.freshAdmin, ann.id, 'end_user')).ok).toBe(true)
    await sealEvents(world, 1000)
    expect(await forgetInLog(world, operator, 'no address')).toBeNull()
    const done = await forgetInLog(world, operator, ann.email.toUpperCase())
    expect(done?.blanked).toBeGreaterThan(0)
    const rows = await world.db.auditEvent.findMany({ where: { tenantId: tenant.id, subjectId: ann.id } })
    expect(rows.filter(({ kind }) => kind !== 'audit_forgotten').map(({ subjectName }) => subjectName)).toEqual(
      rows.slice(1).map(() => null),
    )
    expect((await verifyChain(world, { tenantId: tenant.id }))[0]?.findings).toEqual([])
  })

  test('X12 R10: by the address to which somebody was invited: invited, changed, reminded and withdrawn', async () => {
    const tenant = await aFurtherTenant(world)
    const owner = await aSession(world, (await aPerson(world, tenant.slug, 'owner')).id, { steppedUp: true })
    const admin = owner.freshAdmin
    const email = `forgotten@${tenant.slug}.example`
    expect((await invite(world, admin, { email, name: 'Ina', role: 'agent', locale: 'en' })).ok).toBe(true)
    const { id } = await world.db.invitation.findFirstOrThrow({ where: { email } })
    expect((await changeInvitation(world, admin, id, { locale: 'ja' })).ok).toBe(true)
    world.clock.move(days(4))
    await remindInvited(world, () => false)
    expect((await withdraw(world, admin, id)).ok).toBe(true)
    await sealEvents(world, 1000)
    expect((await forgetInLog(world, operator, email))?.blanked).toBe(4)
    expect(await world.db.auditEvent.count({ where: { tenantId: tenant.id, subjectName: email } })).toBe(0)
    expect((await verifyChain(world, { tenantId: tenant.id }))[0]?.findings).toEqual([])
  })
})
