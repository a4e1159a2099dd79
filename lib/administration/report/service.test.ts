import { beforeAll, beforeEach, expect, test } from 'vitest'
import { transact } from '../../core/db'
import { days, hours, later, minutes } from '../../core/kernel/time'
import { setTwoFactorOn } from '../../identity/user/service'
import type { Role } from '../../identity/user/types'
import { eachDatabase } from '../../testing/databases'
import { setRules } from '../../testing/policy'
import { aKnownDevice, aMessagedFactor, savedCodes } from '../../testing/signin'
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
import { listPeople } from '../people/list/service'
import { downloadReport, dropOldReports, makeReports, requestReport, setSchedule, viewReports } from './service'
import type { ReportRow, ReportScope } from './types'

const go = () => false

eachDatabase('reports', (open) => {
  let world: TestWorld
  beforeAll(async () => {
    world = quickWorld(open())
    await aTenant(world)
  })
  beforeEach(async () => {
    await world.db.report.deleteMany({})
    await world.db.reportSchedule.deleteMany({})
    world.clock.move(hours(48))
  })

  const anActor = async (slug: string, role: Role = 'owner') => {
    const { id } = await aPerson(world, slug, role)
    return (await aSession(world, id, { methods: ['pwd', 'otp'] })).freshAdmin
  }
  type Actor = Awaited<ReturnType<typeof anActor>>

  async function asked(...args: Parameters<typeof requestReport>) {
    const done = await requestReport(...args)
    if (!done.ok) throw new Error(done.code)
    return done.value
  }
  async function rowsOf(actor: Actor, id: string): Promise<ReportRow[]> {
    const found = await downloadReport(world, actor, id)
    if (!found.ok) throw new Error(found.code)
    const rows: ReportRow[] = []
    for await (const part of found.value.parts) rows.push(...part)
    expect(found.value.report.rows).toBe(rows.length)
    return rows
  }
  async function make(actor: Actor, scope: ReportScope = 'all'): Promise<ReportRow[]> {
    const { id } = await asked(world, actor, scope)
    while (await makeReports(world, go));
    return rowsOf(actor, id)
  }
  const mails = (template = 'report_ready') => world.db.outboxMessage.findMany({ where: { template } })
  const kinds = async (tenantId: string) =>
    (await world.db.auditEvent.findMany({ where: { tenantId }, orderBy: { id: 'asc' } })).map(({ kind }) => kind)

  test('M3: a row for everybody, with the rule, its level and what somebody has', async () => {
    const tenant = await aFurtherTenant(world, { required: true })
    const host = await aFurtherTenant(world)
    const actor = await anActor(tenant.slug)
    const enrolled = await aPerson(world, tenant.slug, 'agent')
    await aTotpFactor(world, enrolled.id)
    await aMessagedFactor(world, enrolled.id, 'sms')
    await world.db.factor.updateMany({ where: { userId: enrolled.id, kind: 'totp' }, data: { clockOffset: -240 } })
    await savedCodes(world, enrolled.id)
    await aKnownDevice(world, enrolled.id, true)
    const exempted = await aPerson(world, tenant.slug, 'end_user')
    const until = later(world.clock.now(), days(3))
    await world.db.membership.updateMany({ where: { userId: exempted.id }, data: { exempt: true, exemptUntil: until } })
    await world.db.exemption.create({
      data: {
        tenantId: tenant.id,
        userId: exempted.id,
        reason: 'broken phone',
        startsAt: world.clock.now(),
        endsAt: until,
      },
    })
    const suspended = await aPerson(world, tenant.slug, 'agent')
    await world.db.membership.updateMany({
      where: { userId: suspended.id },
      data: { suspended: true, suspendedAt: world.clock.now() },
    })
    const service = await aPerson(world, tenant.slug, 'agent')
    await world.db.user.update({ where: { id: service.id }, data: { kind: 'service' } })
    await world.db.membership.updateMany({ where: { userId: service.id }, data: { needsFullRead: true } })
    const guest = await aPerson(world, host.slug, 'agent')
    await aTotpFactor(world, guest.id)
    await aGuest(world, tenant.id, guest.id, 'agent')
    await world.db.invitation.create({
      data: { tenantId: tenant.id, email: 'soon@example.com', name: 'Soon', role: 'admin' },
    })

    const rows = await make(actor)
    const of = (email: string) => rows.find((row) => row.email === email)
    expect(of(enrolled.email)).toMatchObject({
      status: 'active',
      state: 'enrolled',
      rule: 'required',
      level: 'tenant',
      factorKinds: ['totp', 'sms'],
      factorStrengths: ['good', 'basic'],
      clockOffset: -240,
      trustedDevices: 1,
      codesLeft: 10,
    })
    expect(of(exempted.email)).toMatchObject({
      userType: 'end',
      state: 'exempt',
      rule: 'exempted',
      reason: 'broken phone',
      until: until.toISOString(),
    })
    expect(of(suspended.email)).toMatchObject({ status: 'suspended', state: null, rule: 'suspended' })
    expect(of(service.email)).toMatchObject({ status: 'active', state: 'service', rule: 'service_account' })
    // What a guest has is not this tenant's to know (U6).
    expect(of(guest.email)).toMatchObject({
      state: 'enrolled',
      factorKinds: null,
      factorStrengths: null,
      clockOffset: null,
      trustedDevices: null,
      codesLeft: null,
      lastSecondFactorAt: null,
      lastSignInAt: null,
    })
    expect(of('soon@example.com')).toMatchObject({ status: 'invited', state: null, rule: null, role: 'admin' })
    expect(rows).toHaveLength(7)
    const base = { search: '', userType: null, role: null, atRisk: false, sort: 'name', suspended: false } as const
    const waiting = await listPeople(world, actor, { ...base, status: 'setup_required', from: 'first' })
    const mustSetUp = rows.filter(({ state }) => state === 'setup_required').map(({ email }) => email)
    expect(mustSetUp.sort()).toEqual(waiting.rows.map(({ email }) => email).sort())
  })

  test('P8 M3: who may still put it off is to be set up, with the day by which', async () => {
    const tenant = await aFurtherTenant(world, { required: true })
    const actor = await anActor(tenant.slug)
    const deadline = later(world.clock.now(), days(10))
    await setRules(world.db, tenant.id, { team: { deadline } })
    const agent = await aPerson(world, tenant.slug, 'agent')
    const end = await aPerson(world, tenant.slug, 'end_user')
    const rows = await make(actor)
    const of = (email: string) => rows.find((row) => row.email === email)
    const until = deadline.toISOString()
    expect(of(agent.email)).toMatchObject({
      state: 'setup_required',
      rule: 'deadline',
      level: 'tenant',
      deadline: until,
    })
    expect(of(end.email)).toMatchObject({ state: 'setup_required', rule: 'required', deadline: null })
    world.clock.move(minutes(6))
    const over = world.clock.now()
    await setRules(world.db, tenant.id, { team: { deadline: over } })
    const after = (await make(actor)).find((row) => row.email === agent.email)
    expect(after).toMatchObject({ state: 'setup_required', rule: 'required', deadline: over.toISOString() })
  })

  test('M1 M2: of team members, of end users, and of everybody; nobody of another tenant (S15)', async () => {
    const [tenant, other] = [await aFurtherTenant(world), await aFurtherTenant(world)]
    const actor = await anActor(tenant.slug)
    await aPerson(world, tenant.slug, 'end_user')
    await aPerson(world, other.slug, 'agent')
    await world.db.invitation.create({
      data: { tenantId: tenant.id, email: 'e@example.com', name: 'E', role: 'end_user' },
    })
    const roles = async (scope: ReportScope) => (await make(actor, scope)).map(({ role }) => role)
    expect(await roles('team')).toEqual(['owner'])
    expect(await roles('end')).toEqual(['end_user', 'end_user'])
    expect((await roles('all')).length).toBe(3)
    const stranger = await anActor(other.slug)
    const [report] = (await viewReports(world, actor)).reports
    expect(await downloadReport(world, stranger, report?.id ?? '')).toMatchObject({ code: 'not_found' })
    expect((await viewReports(world, stranger)).reports).toEqual([])
  })

  test('M1: who asked is mailed once, the log has each step, and after 24 hours it is gone', async () => {
    const tenant = await aFurtherTenant(world)
    const actor = await anActor(tenant.slug, 'admin')
    const before = (await mails()).length
    const { id } = await asked(world, actor, 'team')
    expect(await asked(world, actor, 'team')).toEqual({ id, begun: false })
    expect(await downloadReport(world, actor, id)).toMatchObject({ code: 'not_found' })
    await makeReports(world, go)
    expect(await makeReports(world, go)).toBe(false)
    const sent = (await mails()).slice(before)
    expect(sent.map(({ recipient }) => recipient)).toEqual([actor.person.email])
    await rowsOf(actor, id)
    expect(await kinds(tenant.id)).toEqual(
      expect.arrayContaining(['report_requested', 'report_made', 'report_downloaded']),
    )
    world.clock.move(hours(24) - 1)
    expect((await downloadReport(world, actor, id)).ok).toBe(true)
    expect(await dropOldReports(world, 1)).toBe(0)
    world.clock.move(1)
    expect(await downloadReport(world, actor, id)).toMatchObject({ code: 'not_found' })
    world.clock.move(1)
    expect(await dropOldReports(world, 1)).toBe(1)
    expect(await world.db.reportPart.count({ where: { reportId: id } })).toBe(0)
  })

  test('S8: who is no admin any more is not mailed; the owners are', async () => {
    const tenant = await aFurtherTenant(world)
    const owner = await anActor(tenant.slug)
    const actor = await anActor(tenant.slug, 'admin')
    await asked(world, actor, 'team')
    await world.db.membership.updateMany({ where: { userId: actor.person.id }, data: { role: 'agent' } })
    const before = (await mails()).length
    await makeReports(world, go)
    expect((await mails()).slice(before).map(({ recipient }) => recipient)).toEqual([owner.person.email])
  })

  test('X7: stopped in the middle it goes on where it was; nobody is in it twice and nobody is left out', async () => {
    const tenant = await aFurtherTenant(world)
    const actor = await anActor(tenant.slug)
    const rows = Array.from({ length: 1203 }, (_, index) => ({ id: `${tenant.id}-${index}`, index }))
    await world.db.user.createMany({
      data: rows.map(({ id, index }) => ({
        id,
        tenantId: tenant.id,
        email: `${id}@example.com`,
        name: `N ${index % 7}`,
        createdAt: world.clock.now(),
      })),
    })
    await world.db.membership.createMany({
      data: rows.map(({ id, index }) => ({
        id,
        tenantId: tenant.id,
        userId: id,
        role: 'end_user' as const,
        userType: 'end' as const,
        nameKey: `n ${index % 7}`,
        surnameKey: `${index % 7} n`,
        emailKey: id,
        suspended: index % 5 === 0,
        suspendedAt: index % 5 === 0 ? world.clock.now() : null,
      })),
    })
    const { id } = await asked(world, actor, 'end')
    let steps = 0
    // The process ends after each part.
    const oneStep = () => {
      steps += 1
      return steps % 2 === 0
    }
    for (let rounds = 0; rounds < 20; rounds += 1) {
      await makeReports(world, oneStep)
      const [view] = (await viewReports(world, actor)).reports
      if (view?.finishedAt) break
      // A worker that died keeps the lease for a while.
      await world.db.report.updateMany({
        where: { id },
        data: { leaseToken: 'dead', leasedUntil: later(world.clock.now(), 1) },
      })
      expect(await makeReports(world, go)).toBe(false)
      world.clock.move(minutes(2))
    }
    const made = await rowsOf(actor, id)
    // While a whole report is made, requests have their turns.
    let turns = 0
    const timer = setInterval(() => {
      turns += 1
    }, 0)
    world.clock.move(minutes(6))
    await asked(world, actor, 'end')
    await makeReports(world, go)
    clearInterval(timer)
    expect(turns).toBeGreaterThanOrEqual(3)
    expect(new Set(made.map(({ email }) => email)).size).toBe(1203)
    expect(made).toHaveLength(1203)
    expect(made.filter(({ status }) => status === 'suspended')).toHaveLength(241)
  })

  test('X7: a worker that dies before the last step leaves nobody in it twice', async () => {
    const tenant = await aFurtherTenant(world)
    const actor = await anActor(tenant.slug)
    await world.db.invitation.create({
      data: { tenantId: tenant.id, email: 'i@example.com', name: 'I', role: 'agent' },
    })
    const { id } = await asked(world, actor, 'all')
    let parts = 0
    const untilTheLast = () => {
      parts += 1
      return parts > 2
    }
    await makeReports(world, untilTheLast)
    expect(await world.db.report.findUniqueOrThrow({ where: { id } })).toMatchObject({ rows: 2, finishedAt: null })
    await makeReports(world, go)
    expect((await rowsOf(actor, id)).map(({ email }) => email).sort()).toEqual(
      [actor.person.email, 'i@example.com'].sort(),
    )
  })

  test('M3: who is suspended or brought back while it is made is in it once', async () => {
    const tenant = await aFurtherTenant(world)
    const actor = await anActor(tenant.slug)
    const people: { id: string; email: string }[] = []
    for (let index = 0; index < 4; index += 1) people.push(await aPerson(world, tenant.slug, 'end_user'))
    const set = (index: number, suspended: boolean) =>
      world.db.membership.updateMany({
        where: { userId: people[index]?.id ?? '' },
        data: { suspended, suspendedAt: suspended ? world.clock.now() : null },
      })
    await set(3, true)
    const { id } = await asked(world, actor, 'end')
    let looks = 0
    const meanwhile = () => {
      looks += 1
      return looks > 1
    }
    await makeReports(world, meanwhile)
    await set(0, true)
    await set(3, false)
    while (await makeReports(world, go));
    const rows = await rowsOf(actor, id)
    expect(rows.map(({ email }) => email).sort()).toEqual(people.map(({ email }) => email).sort())
  })

  test('M1: asked for by eight at once it is made once; minutes later it is another one', async () => {
    const tenant = await aFurtherTenant(world)
    const actor = await anActor(tenant.slug)
    const all = await Promise.all(Array.from({ length: 8 }, () => asked(world, actor, 'team')))
    expect(new Set(all.map(({ id }) => id)).size).toBe(1)
    expect(all.filter(({ begun }) => begun)).toHaveLength(1)
    while (await makeReports(world, go));
    expect((await asked(world, actor, 'team')).begun).toBe(false)
    world.clock.move(minutes(5))
    expect((await asked(world, actor, 'team')).begun).toBe(true)
  })

  test('M1: of eight workers at once one makes it, and one mail is sent', async () => {
    const tenant = await aFurtherTenant(world)
    const actor = await anActor(tenant.slug)
    const before = (await mails()).length
    const { id } = await asked(world, actor, 'all')
    await Promise.all(Array.from({ length: 8 }, () => makeReports(world, go)))
    while (await makeReports(world, go));
    expect(await rowsOf(actor, id)).toHaveLength(1)
    expect((await mails()).length - before).toBe(1)
  })

  test('M2: on the first of each month, once, also by eight workers at once; off, it is made no more', async () => {
    const tenant = await aFurtherTenant(world)
    const actor = await anActor(tenant.slug)
    await setSchedule(world, actor, 'team')
    const next = (await viewReports(world, actor)).schedule?.nextAt ?? new Date(0)
    expect(next.getUTCDate()).toBe(1)
    world.clock.move(next.getTime() - world.clock.now().getTime() - 1)
    expect(await makeReports(world, go)).toBe(false)
    world.clock.move(1)
    await Promise.all(Array.from({ length: 8 }, () => makeReports(world, go)))
    while (await makeReports(world, go));
    const view = await viewReports(world, actor)
    expect(view.reports).toMatchObject([{ scheduled: true, scope: 'team', by: actor.person.name }])
    expect(view.reports[0]?.finishedAt).not.toBeNull()
    expect(view.schedule?.nextAt.getTime()).toBeGreaterThan(world.clock.now().getTime())
    await setSchedule(world, actor, null)
    world.clock.move(days(40))
    expect(await makeReports(world, go)).toBe(false)
    expect((await viewReports(world, actor)).schedule).toBeNull()
  })

  test('U4: turned on for oneself is the person’s own rule', async () => {
    const tenant = await aFurtherTenant(world)
    const actor = await anActor(tenant.slug)
    const person = await aPerson(world, tenant.slug, 'end_user')
    await transact(world, (world) => setTwoFactorOn(world.db, person.id, true))
    expect((await make(actor, 'end'))[0]).toMatchObject({
      rule: 'own_choice',
      level: 'person',
      state: 'setup_required',
    })
  })
})
