import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import { viewInvitations } from '../administration/invitation/service'
import { listPeople } from '../administration/people/list/service'
import type { PeopleQuery } from '../administration/people/list/types'
import { viewReminders } from '../administration/reminder/service'
import { makeReports, requestReport, viewReports } from '../administration/report/service'
import { transact } from '../core/db'
import { days, earlier, later, minutes } from '../core/kernel/time'
import { setSuspended } from '../identity/user/membership/service'
import { userTypeOf } from '../identity/user/rules'
import { setTwoFactorOn } from '../identity/user/service'
import type { Role, UserType } from '../identity/user/types'
import { eachDatabase } from '../testing/databases'
import { setRules } from '../testing/policy'
import { aMessagedFactor } from '../testing/signin'
import { aFurtherTenant, aGuest, aPerson, aSession, aTenant, quickWorld, type TestWorld } from '../testing/world'
import { noCounts, progressOf } from './rules'
import { previewCounts, viewCoverage } from './service'
import { type Progress, STATES, type TwoFactorState } from './types'

const TYPES = ['team', 'end'] as const
const types = <T>(arbitrary: fc.Arbitrary<T>) => fc.record({ team: arbitrary, end: arbitrary })
const often = <T>(usual: T, ...others: T[]) =>
  fc.oneof({ weight: 3, arbitrary: fc.constant(usual) }, { weight: 2, arbitrary: fc.constantFrom(...others) })

const aMember = fc.record({
  role: fc.constantFrom<Role>('admin', 'agent', 'end_user', 'end_user'),
  factors: fc.subarray<'email' | 'sms'>(['email', 'sms'], { maxLength: 1 }),
  own: often(false, true),
  is: often('active', 'exempt', 'suspended', 'service', 'guest', 'guest_suspended_at_home'),
})
const aCompany = fc.record({
  required: types(fc.boolean()),
  kinds: types(fc.constantFrom(['totp', 'email'] as const, ['totp'] as const)),
  members: fc.array(aMember, { minLength: 4, maxLength: 14 }),
  invited: fc.array(fc.constantFrom<Role>('admin', 'agent', 'end_user'), { maxLength: 6 }),
})

eachDatabase('one number', (open) => {
  let world: TestWorld
  beforeAll(async () => {
    world = { ...quickWorld(open()), smsAvailable: true }
    await aTenant(world)
  })

  async function join(
    tenant: { id: string; slug: string },
    member: typeof aMember extends fc.Arbitrary<infer T> ? T : never,
  ) {
    const isGuest = member.is.startsWith('guest')
    const home = isGuest ? await aFurtherTenant(world) : tenant
    const { id } = await aPerson(world, home.slug, member.role)
    for (const kind of member.factors) await aMessagedFactor(world, id, kind)
    if (member.own) await transact(world, (world) => setTwoFactorOn(world.db, id, true))
    if (isGuest) await aGuest(world, tenant.id, id, member.role)
    const now = world.clock.now()
    const at = { tenantId: home.id, userId: id }
    if (member.is === 'suspended' || member.is === 'guest_suspended_at_home') {
      await transact(world, (world) => setSuspended(world.db, at, true, now))
      if (isGuest) await world.db.user.update({ where: { id }, data: { suspendedAt: now } })
    }
    if (member.is === 'exempt') {
      const data = { exempt: true, exemptUntil: later(now, days(5)) }
      await world.db.membership.updateMany({ where: at, data })
    }
    if (member.is === 'service') {
      await world.db.user.update({ where: { id }, data: { kind: 'service' } })
      await world.db.membership.updateMany({ where: { userId: id }, data: { needsFullRead: true } })
    }
  }

  const companies = fc.sample(aCompany, { seed: 20261130, numRuns: 8 })
  test.each(companies.map((company, index) => [index, company] as const))(
    'P9: switch, overview, preview, list and report say one and the same number (company %s)',
    async (_index, { required, kinds, members, invited }) => {
      world.clock.move(minutes(10))
      const tenant = await aFurtherTenant(world)
      const owner = await aPerson(world, tenant.slug, 'owner')
      const actor = (await aSession(world, owner.id, { methods: ['pwd', 'otp'], steppedUp: true })).freshAdmin
      for (const member of members) await join(tenant, member)
      for (const [index, role] of invited.entries()) {
        const email = `${index}@${tenant.slug}.example`
        await world.db.invitation.create({ data: { tenantId: tenant.id, email, name: 'Soon', role } })
      }
      const rule = (type: UserType) => ({ required: required[type], kinds: kinds[type] })
      const wanted = { team: rule('team'), end: rule('end') }
      const preview = await previewCounts(world, actor, wanted)
      const since = (type: UserType) => (required[type] ? world.clock.now() : null)
      await setRules(world.db, tenant.id, {
        team: { ...wanted.team, requiredSince: since('team') },
        end: { ...wanted.end, requiredSince: since('end') },
      })

      const coverage = await viewCoverage(world, actor)
      expect(preview).toEqual(coverage.types)
      const said = (type: UserType) => progressOf(coverage.types[type])
      const whole = progressOf(coverage.types.team, coverage.types.end)

      const listed = { team: await listedAs('team'), end: await listedAs('end') }
      for (const type of TYPES) expect(listed[type]).toEqual(said(type))

      for (const scope of ['team', 'end', 'all'] as const) {
        const asked = await requestReport(world, actor, scope)
        const id = asked.ok ? asked.value.id : ''
        while (await makeReports(world, () => false));
        const report = (await viewReports(world, actor)).reports.find((each) => each.id === id)
        const { enrolled, mustSetUp, invited } = scope === 'all' ? whole : said(scope)
        expect(report).toMatchObject({ enrolled, mustSetUp, invited })
      }

      const asked = TYPES.filter((type) => required[type])
      const { outstanding } = await viewReminders(world, actor, coverage)
      expect(outstanding).toBe(asked.reduce((sum, type) => sum + said(type).of - said(type).enrolled, 0))

      /** Counted by hand from the lists an admin reads. */
      async function listedAs(userType: UserType): Promise<Progress> {
        const query = { search: '', userType, role: null, atRisk: false, sort: 'name', from: 'first' } as const
        const rows = async (more: Pick<PeopleQuery, 'suspended' | 'status'>) =>
          (await listPeople(world, actor, { ...query, ...more })).rows
        const states = {} as Record<TwoFactorState, number>
        for (const status of STATES) states[status] = (await rows({ suspended: false, status })).length
        const invitations = (await viewInvitations(world, actor, { search: '', from: 'first' })).rows
        const barred = (await rows({ suspended: false, status: null })).filter(
          ({ coverage }) => coverage.state === null,
        )
        return progressOf({
          ...noCounts(),
          states,
          invited: invitations.filter(({ role }) => userTypeOf(role) === userType).length,
          suspended: (await rows({ suspended: true, status: null })).length + barred.length,
        })
      }
    },
    60_000,
  )

  test('P2 P9: the preview says what happens to invited people too, in the number of the overview', async () => {
    const tenant = await aFurtherTenant(world)
    const owner = await aPerson(world, tenant.slug, 'owner')
    const actor = (await aSession(world, owner.id, { methods: ['pwd', 'otp'], steppedUp: true })).freshAdmin
    for (const [index, role] of (['admin', 'end_user', 'end_user'] as const).entries()) {
      const email = `${index}@${tenant.slug}.example`
      await world.db.invitation.create({ data: { tenantId: tenant.id, email, name: 'Soon', role } })
    }
    const rule = (required: boolean, deadline: Date | null = null) => ({ required, kinds: ['totp'] as const, deadline })
    const said = async (team: ReturnType<typeof rule>, end: ReturnType<typeof rule>) => {
      const preview = await previewCounts(world, actor, { team, end })
      const invited = TYPES.map((type) => preview[type].invited)
      const { types } = await viewCoverage(world, actor)
      expect(invited).toEqual(TYPES.map((type) => progressOf(types[type]).invited))
      return TYPES.map((type) => [preview[type].invited, preview[type].invitedOutcome])
    }
    const now = world.clock.now()
    expect(await said(rule(true), rule(false))).toEqual([
      [1, 'must_enrol'],
      [2, null],
    ])
    expect(await said(rule(true, earlier(now, days(1))), rule(true, later(now, days(9))))).toEqual([
      [1, 'must_enrol'],
      [2, 'may_put_off'],
    ])
  })

  test('P9: 100 % is reached when nobody is outstanding, and never before', async () => {
    const tenant = await aFurtherTenant(world, { required: true })
    const owner = await aPerson(world, tenant.slug, 'owner')
    const actor = (await aSession(world, owner.id, { methods: ['pwd', 'otp'], steppedUp: true })).freshAdmin
    const number = async () => {
      const { types } = await viewCoverage(world, actor)
      const { enrolled, of } = progressOf(types.team, types.end)
      return [enrolled, of]
    }
    expect(await number()).toEqual([0, 1])
    await aMessagedFactor(world, owner.id, 'email')
    const soon = { tenantId: tenant.id, email: `soon@${tenant.slug}.example`, name: 'Soon', role: 'agent' } as const
    await world.db.invitation.create({ data: soon })
    expect(await number()).toEqual([1, 2])
    const exempt = await aPerson(world, tenant.slug, 'agent')
    const data = { exempt: true, exemptUntil: later(world.clock.now(), days(5)) }
    await world.db.membership.updateMany({ where: { userId: exempt.id }, data })
    expect(await number()).toEqual([1, 2])
    await world.db.invitation.deleteMany({ where: { email: soon.email } })
    expect(await number()).toEqual([1, 1])
  })
})
