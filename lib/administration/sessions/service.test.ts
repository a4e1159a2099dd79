import { beforeAll, beforeEach, expect, test } from 'vitest'
import { judgeSession } from '../../authentication/session/rules'
import { startWithPassword } from '../../authentication/signin/start/service'
import { hours, minutes } from '../../core/kernel/time'
import { personById } from '../../identity/user/service'
import type { Role } from '../../identity/user/types'
import { eachDatabase } from '../../testing/databases'
import { policyRows, setRules } from '../../testing/policy'
import { aKnownDevice, anEnrolled, sessionsOf } from '../../testing/signin'
import {
  aFurtherTenant,
  aGuest,
  aPerson,
  aSession,
  aTenant,
  aVisitor,
  PASSWORD,
  quickWorld,
  type TestWorld,
} from '../../testing/world'
import { signOutPerson } from '../people/acts/service'
import { changeRole } from '../people/role/service'
import { signOutEverybody, viewTenantSessions } from './service'

eachDatabase('sessions of a tenant', (open) => {
  let world: TestWorld
  beforeAll(async () => {
    world = quickWorld(open())
    await aTenant(world)
  })
  beforeEach(() => world.clock.move(hours(24)))

  const aCompany = async () => {
    const tenant = await aFurtherTenant(world)
    const signedIn = async (role: Role) => {
      const { id, email } =
        role === 'agent' ? await anEnrolled(world, tenant.slug) : await aPerson(world, tenant.slug, role)
      const session = await aSession(world, id, { methods: ['pwd', 'otp'], steppedUp: true })
      return { id, email, ...session }
    }
    return { tenant, signedIn }
  }
  const ALL = { userType: null, before: null }
  const isLive = async ({ id, assured }: { id: string; assured: { session: Parameters<typeof judgeSession>[0] } }) => {
    const person = (await personById(world.db, id))?.person
    return person !== undefined && judgeSession(assured.session, person, world.clock.now()) === 'assured'
  }
  const enter = async (email: string, deviceToken: string | null = null) => {
    const started = await startWithPassword(world, aVisitor({ deviceToken }), { email, password: PASSWORD })
    if (!started.ok) throw new Error(started.code)
    return started.value
  }

  test.each([
    ['team', false, true],
    ['end', true, false],
    ['all', false, false],
  ] as const)('SE4: signing out %s: a team member stays in: %s, an end user: %s', async (scope, team, end) => {
    const { tenant, signedIn } = await aCompany()
    const [owner, agent, endUser] = [await signedIn('owner'), await signedIn('agent'), await signedIn('end_user')]
    const elsewhere = await (await aCompany()).signedIn('agent')
    world.clock.move(minutes(1))
    const done = await signOutEverybody(world, owner.freshAdmin, { scope, reason: 'stolen laptop' })
    expect(done).toEqual({ ok: true, value: { sessions: { team: 2, end: 1, all: 3 }[scope] } })
    expect([await isLive(agent), await isLive(endUser), await isLive(elsewhere)]).toEqual([team, end, true])
    expect(await isLive(owner)).toBe(team)
    const events = await world.db.auditEvent.findMany({ where: { tenantId: tenant.id, kind: 'contained' } })
    expect(events).toHaveLength(1)
    expect(events[0]?.data).toContain('stolen laptop')
  })

  test('SE4: the mark is later than the end of its own change, so that what others opened meanwhile is over', async () => {
    const { tenant, signedIn } = await aCompany()
    const owner = await signedIn('owner')
    const now = () => {
      world.clock.move(1)
      return world.clock.now()
    }
    expect(
      (await signOutEverybody({ ...world, clock: { now } }, owner.freshAdmin, { scope: 'all', reason: 'x' })).ok,
    ).toBe(true)
    const events = await world.db.auditEvent.findMany({ where: { tenantId: tenant.id, kind: 'contained' } })
    const policy = await policyRows(world.db, tenant.id)
    const at = events[0]?.at.getTime() ?? Number.NaN
    expect(events).toHaveLength(1)
    expect(policy.team.sessionsVoidedAt?.getTime()).toBeGreaterThan(at)
    expect(policy.end.sessionsVoidedAt?.getTime()).toBeGreaterThan(at)
    expect(policy.team.trustFloor?.getTime()).toBeGreaterThan(at)
  })

  test('SE4 D3: trust given before is over, trust given after is not; the factor is asked for', async () => {
    const { signedIn } = await aCompany()
    const [owner, agent] = [await signedIn('owner'), await signedIn('agent')]
    await world.db.user.updateMany({ where: { id: agent.id }, data: { twoFactorOn: true } })
    const token = await aKnownDevice(world, agent.id, true)
    expect(await enter(agent.email, token)).toMatchObject({ kind: 'signed-in' })
    world.clock.move(1)
    await signOutEverybody(world, owner.freshAdmin, { scope: 'team', reason: 'x' })
    world.clock.move(1)
    expect(await enter(agent.email, token)).toMatchObject({ step: 'verify-factor' })
    world.clock.move(1)
    const later = await aKnownDevice(world, agent.id, true)
    expect(await enter(agent.email, later)).toMatchObject({ kind: 'signed-in' })
  })

  test.each([
    ['team', 'agent'],
    ['end', 'end_user'],
    ['all', 'agent'],
    ['all', 'end_user'],
  ] as const)(
    'SE4, D5, D7: signing out %s: the known browser of an %s is asked for the mailed passcode anew',
    async (scope, role) => {
      const { tenant, signedIn } = await aCompany()
      const [owner, person] = [await signedIn('owner'), await aPerson(world, tenant.slug, role)]
      const guest = await aPerson(world, (await aCompany()).tenant.slug)
      await aGuest(world, tenant.id, guest.id, role)
      await setRules(world.db, tenant.id, { end: { deviceVerification: true } })
      const [token, theirs] = [await aKnownDevice(world, person.id), await aKnownDevice(world, guest.id)]
      expect(await enter(person.email, token)).toMatchObject({ kind: 'signed-in' })
      world.clock.move(1)
      await signOutEverybody(world, owner.freshAdmin, { scope, reason: 'x' })
      world.clock.move(1)
      expect(await enter(person.email, token)).toMatchObject({ step: 'verify-device' })
      expect(await enter(guest.email, theirs)).toMatchObject({ kind: 'signed-in' })
      expect(await enter(person.email, await aKnownDevice(world, person.id))).toMatchObject({ kind: 'signed-in' })
    },
  )

  test('SE4: a change of role to the other type brings nothing back that signing everybody out ended', async () => {
    const { tenant, signedIn } = await aCompany()
    const [owner, agent] = [await signedIn('owner'), await aPerson(world, tenant.slug)]
    const session = await aSession(world, agent.id, { methods: ['pwd', 'mail'] })
    const token = await aKnownDevice(world, agent.id)
    await setRules(world.db, tenant.id, { end: { deviceVerification: true } })
    world.clock.move(1)
    await signOutEverybody(world, owner.freshAdmin, { scope: 'team', reason: 'x' })
    const again = await signedIn('owner')
    world.clock.move(1)
    expect((await changeRole(world, again.freshAdmin, agent.id, 'end_user')).ok).toBe(true)
    const row = await world.db.session.findUniqueOrThrow({ where: { id: session.assured.session.id } })
    expect(row.endedAt).not.toBeNull()
    world.clock.move(1)
    expect(await enter(agent.email, token)).toMatchObject({ step: 'verify-device' })
  })

  test('SE4: signing out one type leaves the browsers of the other known; so do P4’s box and D3 alone', async () => {
    const { tenant, signedIn } = await aCompany()
    const [owner, agent] = [await signedIn('owner'), await aPerson(world, tenant.slug)]
    const token = await aKnownDevice(world, agent.id)
    world.clock.move(1)
    await signOutEverybody(world, owner.freshAdmin, { scope: 'end', reason: 'x' })
    await setRules(world.db, tenant.id, { team: { sessionsVoidedAt: world.clock.now(), trustFloor: null } })
    world.clock.move(1)
    expect(await enter(agent.email, token)).toMatchObject({ kind: 'signed-in' })
  })

  test('SE4: the writes do not grow with the people, and no row of theirs is touched', async () => {
    const { signedIn } = await aCompany()
    const [owner, agent] = [await signedIn('owner'), await signedIn('agent')]
    const before = await world.db.session.findMany({ where: { userId: agent.id } })
    await signOutEverybody(world, owner.freshAdmin, { scope: 'all', reason: 'x' })
    expect(await world.db.session.findMany({ where: { userId: agent.id } })).toEqual(before)
  })

  test('SE4: eight at once are all carried out, one after the other', async () => {
    const { tenant, signedIn } = await aCompany()
    const owner = await signedIn('owner')
    const { version } = await world.db.policy.findUniqueOrThrow({ where: { tenantId: tenant.id } })
    const results = await Promise.all(
      Array.from({ length: 8 }, () => signOutEverybody(world, owner.freshAdmin, { scope: 'all', reason: 'x' })),
    )
    const done = results.filter((each) => each.ok).length
    expect(done).toBeGreaterThan(0)
    const row = await world.db.policy.findUniqueOrThrow({ where: { tenantId: tenant.id } })
    // Each marks once in its change, and once more behind it where nobody else did.
    expect(row.version).toBeGreaterThanOrEqual(version + done)
    expect(row.version).toBeLessThanOrEqual(version + 2 * done)
    expect(await world.db.auditEvent.count({ where: { tenantId: tenant.id, kind: 'contained' } })).toBe(done)
  })

  test('SE4: one person: sessions, open attempts and trust end with one entry', async () => {
    const { signedIn } = await aCompany()
    const [owner, agent] = [await signedIn('owner'), await signedIn('agent')]
    await world.db.user.updateMany({ where: { id: agent.id }, data: { twoFactorOn: true } })
    const token = await aKnownDevice(world, agent.id, true)
    await enter(agent.email)
    const done = await signOutPerson(world, owner.freshAdmin, agent.id)
    expect(done).toMatchObject({ ok: true, value: { ended: 1 } })
    expect(await sessionsOf(world, agent.id)).toEqual([])
    expect(await world.db.signInAttempt.count({ where: { userId: agent.id, endedAt: null, completedAt: null } })).toBe(
      0,
    )
    expect(await enter(agent.email, token)).toMatchObject({ step: 'verify-factor' })
  })

  test('SE1 U6 S15: the list shows who at home here is signed in, and nobody else; idle and ended ones are not', async () => {
    const { signedIn } = await aCompany()
    const owner = await signedIn('owner')
    const [agent, endUser, idle] = [await signedIn('agent'), await signedIn('end_user'), await signedIn('agent')]
    await (await aCompany()).signedIn('agent')
    await world.db.session.updateMany({ where: { userId: idle.id }, data: { idleSeconds: 0 } })
    const ids = async (userType: 'team' | 'end' | null) =>
      (await viewTenantSessions(world, owner.admin, { userType, before: null })).rows.map((row) => row.userId)
    expect((await ids(null)).sort()).toEqual([owner.id, agent.id, endUser.id].sort())
    expect((await ids('team')).sort()).toEqual([owner.id, agent.id].sort())
    expect(await ids('end')).toEqual([endUser.id])
    const rows = (await viewTenantSessions(world, owner.admin, ALL)).rows
    expect(rows.find((row) => row.userId === owner.id)?.mayEnd).toBe(false)
    expect(rows.find((row) => row.userId === agent.id)?.mayEnd).toBe(true)
    const admin = await signedIn('admin')
    const seen = (await viewTenantSessions(world, admin.admin, ALL)).rows
    expect(seen.find((row) => row.userId === owner.id)?.mayEnd).toBe(false)
    expect(rows.map((row) => row.createdAt.getTime())).toEqual(
      rows.map((row) => row.createdAt.getTime()).toSorted((a, b) => b - a),
    )
  })

  test('the list goes on page by page', async () => {
    const { signedIn } = await aCompany()
    const owner = await signedIn('owner')
    for (let index = 0; index < 60; index += 1) await aSession(world, owner.id, { methods: ['pwd'] })
    const first = await viewTenantSessions(world, owner.admin, ALL)
    expect(first.rows).toHaveLength(50)
    const second = await viewTenantSessions(world, owner.admin, { userType: null, before: first.next })
    expect(second.rows).toHaveLength(11)
    expect(second.next).toBeNull()
  })
})
