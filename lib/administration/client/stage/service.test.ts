import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { days, hours, later } from '../../../core/kernel/time'
import type { TenantFacts } from '../../../identity/tenant/service'
import { databaseKinds, freshDatabase } from '../../../testing/databases'
import { policyRows, setRules } from '../../../testing/policy'
import {
  aFurtherTenant,
  aPerson,
  aSession,
  aTenant,
  aTotpFactor,
  aVisitor,
  lastMail,
  PASSWORD,
  partnerOver,
  quickWorld,
  sessionOf,
  type TestWorld,
} from '../../../testing/world'
import { acceptInvitation, viewInvitation } from '../../invitation/accept/service'
import { remindInvited } from '../../invitation/remind/service'
import { changeRequirement } from '../../policy/service'
import { sendReminders } from '../../reminder/work/service'
import { makeReports } from '../../report/service'
import { makeClient } from '../make/service'
import { changeStage, reactivateClient, suspendClient } from './service'

describe.each(databaseKinds)('what a partner does to a tenant below (%s)', (kind) => {
  let database: Awaited<ReturnType<typeof freshDatabase>>
  let world: TestWorld
  let partner: Awaited<ReturnType<typeof aTenant>>

  beforeEach(async () => {
    database = await freshDatabase(kind)
    world = quickWorld(database.db)
    partner = await aTenant(world, { kind: 'partner' })
    await aTotpFactor(world, partner.ownerId)
  })
  afterEach(() => database.drop())

  const below = (more: Parameters<typeof aFurtherTenant>[1] = {}) =>
    aFurtherTenant(world, { parentId: partner.id, ...more })

  async function over(client: TenantFacts) {
    const { token } = await aSession(world, partner.ownerId, { methods: ['pwd', 'otp'], steppedUp: true })
    return (await partnerOver(world, token, client.slug)).freshOver
  }

  const entries = async (tenantId: string, kind: string) =>
    (await world.db.auditEvent.findMany({ where: { tenantId, kind } })).map(({ actorId, subjectId, data }) => ({
      actorId,
      subjectId,
      partner: JSON.parse(data).partner,
    }))

  async function inBothLogs(client: TenantFacts, kind: string, times = 1): Promise<void> {
    const entry = { actorId: partner.ownerId, subjectId: client.id, partner: 'Acme' }
    for (const tenantId of [client.id, partner.id]) {
      expect(await entries(tenantId, kind)).toEqual(Array.from({ length: times }, () => entry))
    }
  }

  test('T4: nothing is sent for a suspended tenant, nor can anybody join it; afterwards all goes on', async () => {
    const { token } = await aSession(world, partner.ownerId, { methods: ['pwd', 'otp'], steppedUp: true })
    const { partner: actor } = await sessionOf(world, token)
    const owner = { name: 'Ines', email: 'ines@example.com', locale: 'de' }
    await makeClient(world, actor, { name: 'Beta', slug: 'beta', kind: 'customer', stage: 'trial', owner })
    const client = await world.db.tenant.findUniqueOrThrow({ where: { slug: 'beta' } })
    const link = new URL(String((await lastMail(world, owner.email)).values.link)).searchParams.get('token') ?? ''
    const agent = await aPerson(world, 'beta')
    const now = world.clock.now()
    const required = { required: true, requiredSince: now, firstRequiredAt: now, deadline: later(now, days(11)) }
    await setRules(world.db, client.id, { team: required })
    const schedule = { tenantId: client.id, scope: 'all', setById: agent.id, setByName: 'A', locale: 'en', nextAt: now }
    await world.db.reportSchedule.create({ data: schedule })
    const { freshOver } = await partnerOver(world, token, 'beta')
    expect(await suspendClient(world, freshOver)).toMatchObject({ ok: true })
    world.clock.move(days(4) + hours(2))
    const sent = async () => {
      await remindInvited(world, () => false)
      while (await sendReminders(world, () => false));
      while (await makeReports(world, () => false));
      const mails = await world.db.outboxMessage.findMany({ where: { tenantId: client.id, createdAt: { gt: now } } })
      return [...new Set(mails.map(({ template }) => template))].sort()
    }
    expect(await sent()).toEqual([])
    expect(await viewInvitation(world, aVisitor(), link)).toMatchObject({ ok: false, code: 'link_dead' })
    expect(await acceptInvitation(world, aVisitor(), link, PASSWORD)).toMatchObject({ ok: false, code: 'link_dead' })
    await reactivateClient(world, (await partnerOver(world, token, 'beta')).freshOver)
    expect(await sent()).toEqual(['invitation_reminder', 'setup_reminder'])
    expect(await world.db.report.count({ where: { tenantId: client.id, finishedAt: { not: null } } })).toBe(1)
    expect(await viewInvitation(world, aVisitor(), link)).toMatchObject({ ok: true })
  })

  describe('the requirement', () => {
    const REQUIRED = { required: { team: true, end: true }, kinds: null, endSessions: false, version: 1 }

    test('T3 P10: is one row more for each user type, by the same service, and stands in both logs', async () => {
      const client = await below()
      expect(await changeRequirement(world, await over(client), REQUIRED)).toEqual({ ok: true, value: 'changed' })
      const { team, end } = await policyRows(world.db, client.id)
      expect([team.required, end.required]).toEqual([true, true])
      await inBothLogs(client, 'policy_changed')
      expect((await policyRows(world.db, partner.id)).version).toBe(1)
    })

    test('S9: is turned on only by somebody with a factor that it allows', async () => {
      const client = await below()
      const actor = await over(client)
      await world.db.factor.deleteMany()
      expect(await changeRequirement(world, actor, REQUIRED)).toMatchObject({ ok: false, code: 'must_enrol_first' })
      await inBothLogs(client, 'policy_change_refused')
    })

    test('U7: of a partner in production it stays on, whoever is above', async () => {
      const client = await below({ kind: 'partner', required: true })
      const off = { ...REQUIRED, required: { team: false, end: false } }
      expect(await changeRequirement(world, await over(client), off)).toMatchObject({ code: 'partner_in_production' })
    })

    test('S15 S8: of a tenant that was moved away meanwhile nothing is changed', async () => {
      const client = await below()
      const actor = await over(client)
      await world.db.tenantAncestor.deleteMany({ where: { tenantId: client.id } })
      expect(await changeRequirement(world, actor, REQUIRED)).toMatchObject({ ok: false, code: 'not_permitted' })
      const { team } = await policyRows(world.db, client.id)
      expect(team.required).toBe(false)
    })

    test.each([
      [
        'the partner is suspended',
        () => world.db.tenant.update({ where: { id: partner.id }, data: { suspendedAt: new Date(0) } }),
      ],
      ['the role is another', () => world.db.membership.updateMany({ data: { role: 'agent' } })],
      [
        'the membership is suspended',
        () => world.db.membership.updateMany({ data: { suspended: true, suspendedAt: new Date(0) } }),
      ],
    ])('S8: where %s by now, nothing is changed', async (_, meanwhile) => {
      const client = await below()
      const actor = await over(client)
      await meanwhile()
      for (const act of [suspendClient, changeStage]) {
        expect(await act(world, actor)).toMatchObject({ ok: false, code: 'not_permitted' })
      }
      expect(await changeRequirement(world, actor, REQUIRED)).toMatchObject({ ok: false, code: 'not_permitted' })
    })
  })

  describe('the suspension', () => {
    test('is once, and so is its end; both stand in both logs', async () => {
      const client = await below()
      const actor = await over(client)
      const suspendedAt = async () => (await world.db.tenant.findUnique({ where: { id: client.id } }))?.suspendedAt
      expect(await suspendClient(world, actor)).toMatchObject({ ok: true })
      expect(await suspendedAt()).toEqual(world.clock.now())
      expect(await suspendClient(world, actor)).toMatchObject({ ok: false, code: 'done_meanwhile' })
      await inBothLogs(client, 'tenant_suspended')
      expect(await reactivateClient(world, actor)).toMatchObject({ ok: true })
      expect(await suspendedAt()).toBeNull()
      expect(await reactivateClient(world, actor)).toMatchObject({ ok: false, code: 'done_meanwhile' })
      await inBothLogs(client, 'tenant_reactivated')
    })
  })

  describe('the stage', () => {
    test('U7: of a partner in production 2FA is required of everybody from that moment', async () => {
      const client = await below({ kind: 'partner', stage: 'trial' })
      const since = new Date('2026-01-01T00:00:00Z')
      await setRules(world.db, client.id, { team: { required: true, requiredSince: since, firstRequiredAt: since } })
      expect(await changeStage(world, await over(client))).toMatchObject({ ok: true })
      const { team, end } = await policyRows(world.db, client.id)
      expect([team.required, team.requiredSince]).toEqual([true, since])
      expect([end.required, end.requiredSince]).toEqual([true, world.clock.now()])
      await inBothLogs(client, 'stage_changed')
    })

    test('U7: of a customer nothing else changes', async () => {
      const client = await below({ stage: 'trial' })
      expect(await changeStage(world, await over(client))).toMatchObject({ ok: true })
      expect(await world.db.tenant.findUnique({ where: { id: client.id } })).toMatchObject({ stage: 'production' })
      const { team, end } = await policyRows(world.db, client.id)
      expect([team.required, end.required]).toEqual([false, false])
    })

    test('S4: of sixteen at once one is done, and there is no way back', async () => {
      const client = await below({ kind: 'partner', stage: 'trial' })
      const actor = await over(client)
      const results = await Promise.all(Array.from({ length: 16 }, () => changeStage(world, actor)))
      expect(results.filter(({ ok }) => ok)).toHaveLength(1)
      await inBothLogs(client, 'stage_changed')
    })
  })
})
