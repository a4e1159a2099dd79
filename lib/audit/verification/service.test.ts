import { beforeAll, expect, test } from 'vitest'
import { days, hours, later, minutes } from '../../core/kernel/time'
import { dropAuditTriggers } from '../../testing/audit-triggers'
import { eachDatabase } from '../../testing/databases'
import { statementsOf } from '../../testing/statements'
import { aFurtherTenant, aPerson, aSession, aTenant, quickWorld, type TestWorld } from '../../testing/world'
import { startWalk } from '../chain/rules'
import { sealEvents } from '../chain/service'
import { recordEvent } from '../service'
import { readWalk, writeWalk } from './rules'
import { verifyChains, viewVerification } from './service'

const go = () => false

test('a walk is read as it was written, and no text of anything else is one', () => {
  const begun = startWalk('t', null)
  const at = new Date(1_790_000_000_123)
  const last = { seq: 4, eventId: 'e', at, sound: true }
  for (const walk of [begun, { ...begun, seq: 4, hash: 'h', latest: at.getTime(), sealedAt: at, entries: 4, last }]) {
    expect(readWalk(writeWalk(walk), 't')).toEqual(walk)
    expect(readWalk(writeWalk(walk), 'other')).toBeNull()
  }
  for (const text of ['', '{', '{}', 'null']) expect(readWalk(text, 't')).toBeNull()
})

eachDatabase('daily verification', (open) => {
  let world: TestWorld
  beforeAll(async () => {
    world = quickWorld(open())
    await aTenant(world)
  })

  async function aCompany() {
    const tenant = await aFurtherTenant(world)
    const { id } = await aPerson(world, tenant.slug, 'owner')
    const actor = (await aSession(world, id, { methods: ['pwd', 'otp'] })).freshAdmin
    const log = async (entries: number) => {
      for (let n = 0; n < entries; n += 1) {
        await recordEvent(world, { tenantId: tenant.id, kind: 'signed_out', actor: { kind: 'system' } })
        world.clock.move(1000)
      }
      while ((await sealEvents(world, 500)).sealed > 0);
    }
    const walk = async () => {
      while (await verifyChains(world, go));
      return viewVerification(world, actor)
    }
    return { tenant, actor, log, walk }
  }

  test('X11: each day the chain is walked from where it stood, and what was found is kept', async () => {
    const { tenant, actor, log, walk } = await aCompany()
    expect(await viewVerification(world, actor)).toEqual({ is: 'waiting' })
    await log(5)
    const first = await walk()
    const head = await world.db.auditHead.findFirstOrThrow({ where: { tenantId: tenant.id }, orderBy: { seq: 'desc' } })
    expect(first).toMatchObject({ is: 'sound', today: true, fromSeq: 1, throughSeq: head.seq, findings: 0 })
    await log(3)
    // Not before the next day.
    expect(await walk()).toEqual(first)
    world.clock.move(hours(31))
    expect(await viewVerification(world, actor)).toMatchObject({ is: 'sound', today: false })
    const read = await statementsOf(async () => {
      expect(await walk()).toMatchObject({
        ...{ is: 'sound', today: true, fromSeq: head.seq + 1, throughSeq: head.seq + 3 },
        wholeAt: first.is === 'waiting' ? null : first.wholeAt,
      })
    })
    expect(read.length).toBeGreaterThan(0)
    // A day without entries is verified, too: the end of the chain is still the one that was signed.
    world.clock.move(days(1))
    expect(await walk()).toMatchObject({ is: 'sound', today: true, throughSeq: head.seq + 3 })
  })

  test('X11: a changed, removed or cut-off entry is found, and is not forgotten the day after', async () => {
    const { tenant, log, walk } = await aCompany()
    await log(4)
    expect(await walk()).toMatchObject({ is: 'sound' })
    await log(4)
    await dropAuditTriggers(world.db)
    const seals = await world.db.auditSeal.findMany({
      where: { tenantId: tenant.id },
      orderBy: { seq: 'desc' },
      take: 2,
    })
    const changed = seals[1]?.eventId ?? ''
    await world.db.auditEvent.update({ where: { id: changed }, data: { kind: 'signed_in' } })
    world.clock.move(days(1))
    expect(await walk()).toMatchObject({ is: 'broken', findings: 1, finding: { kind: 'changed', eventId: changed } })
    await log(2)
    world.clock.move(days(1))
    // The whole chain again, since it was broken.
    expect(await walk()).toMatchObject({ is: 'broken', fromSeq: 1, finding: { kind: 'changed', eventId: changed } })
    await world.db.auditEvent.update({ where: { id: changed }, data: { kind: 'signed_out' } })
    world.clock.move(days(1))
    expect(await walk()).toMatchObject({ is: 'sound', fromSeq: 1 })
    const last = await world.db.auditSeal.findFirstOrThrow({ where: { tenantId: tenant.id }, orderBy: { seq: 'desc' } })
    await world.db.auditSeal.delete({ where: { eventId: last.eventId } })
    world.clock.move(days(1))
    expect(await walk()).toMatchObject({ is: 'broken', finding: { kind: 'cut_off', seq: last.seq } })
  })

  test('X11: a head that is not ours is a finding', async () => {
    const { tenant, log, walk } = await aCompany()
    await log(2)
    await dropAuditTriggers(world.db)
    await world.db.auditHead.updateMany({ where: { tenantId: tenant.id }, data: { signature: 'x' } })
    expect(await walk()).toMatchObject({ is: 'broken', finding: { kind: 'bad_head' } })
  })

  test('X11: of any number of workers one walks, and one that stops is followed by another', async () => {
    const { tenant, actor, log } = await aCompany()
    await log(3)
    const where = { tenantId: tenant.id }
    while (await verifyChains(world, () => true));
    expect(await viewVerification(world, actor)).toEqual({ is: 'waiting' })
    expect(await verifyChains(world, go)).toBe(false)
    world.clock.move(minutes(3))
    await Promise.all(Array.from({ length: 6 }, () => verifyChains(world, go)))
    while (await verifyChains(world, go));
    expect(await viewVerification(world, actor)).toMatchObject({ is: 'sound', fromSeq: 1 })
    const row = await world.db.auditVerification.findUniqueOrThrow({ where })
    expect(row.dueAt > later(row.finishedAt ?? world.clock.now(), hours(23))).toBe(true)
  })
})
