import { beforeAll, beforeEach, expect, test } from 'vitest'
import { turnOff } from '../../authentication/account/two-factor/service'
import { confirmEnrolment } from '../../authentication/enrolment/service'
import { readSignIn } from '../../authentication/signin/attempt/service'
import { proveFactor, proveRecoveryCode } from '../../authentication/signin/prove/service'
import { startWithPassword } from '../../authentication/signin/start/service'
import { transact } from '../../core/db'
import { hours, minutes } from '../../core/kernel/time'
import { viewCoverage } from '../../coverage/service'
import { factorsOf } from '../../credentials/factor/service'
import { codesLeft, matchCode } from '../../credentials/recovery/service'
import { isTwoFactorHidden } from '../../identity/policy/service'
import { openVoid, peopleAlike, setSuspended } from '../../identity/user/membership/service'
import { personById, setTwoFactorOn } from '../../identity/user/service'
import type { Role } from '../../identity/user/types'
import { eachDatabase } from '../../testing/databases'
import { policyRows, setRules } from '../../testing/policy'
import { aKnownDevice, countMails, savedCodes, startTotp } from '../../testing/signin'
import { statementsOf } from '../../testing/statements'
import {
  aClaimant,
  aFurtherTenant,
  aGuest,
  anOperator,
  aPerson,
  aSession,
  aTenant,
  aTotpFactor,
  aVisitor,
  PASSWORD,
  quickWorld,
  type TestWorld,
  totpCode,
  totpKeyOf,
} from '../../testing/world'
import { readPeopleQuery } from '../people/list/schema'
import { listPeople } from '../people/list/service'
import { changeRequirement } from '../policy/service'
import { settleRestored } from '../restore/service'
import { turnOffForAll, viewTurningOff } from './service'
import { workOnVoid } from './work/service'

eachDatabase('2FA that is turned off for a company (P6)', (open) => {
  let world: TestWorld
  beforeAll(async () => {
    world = quickWorld(open())
    await aTenant(world)
  })
  beforeEach(() => world.clock.move(hours(24)))

  const enrolled = async (slug: string, role: Role = 'agent', own = false) => {
    const person = await aPerson(world, slug, role)
    const { key } = await aTotpFactor(world, person.id)
    if (own) await transact(world, (world) => setTwoFactorOn(world.db, person.id, true))
    return { ...person, key }
  }
  const aCompany = async () => {
    const tenant = await aFurtherTenant(world)
    const owner = await enrolled(tenant.slug, 'owner')
    const { freshAdmin: admin } = await aSession(world, owner.id, { methods: ['pwd', 'otp'], steppedUp: true })
    const required = { required: true, requiredSince: world.clock.now() }
    await setRules(world.db, tenant.id, { team: required, end: required })
    const version = async () => (await policyRows(world.db, tenant.id)).version
    const off = async (more: { name?: string; version?: number } = {}) =>
      turnOffForAll(world, admin, { name: tenant.name, version: await version(), ...more })
    return { tenant, owner, admin, version, off }
  }
  const work = async (stopped: () => boolean = () => false) => {
    while (await workOnVoid(world, stopped));
  }
  const factorRows = (userId: string) => world.db.factor.count({ where: { userId } })
  const enter = async (email: string, deviceToken: string | null = null) => {
    const started = await startWithPassword(world, aVisitor({ deviceToken }), { email, password: PASSWORD })
    if (!started.ok) throw new Error(started.code)
    return started.value
  }
  const counters = async (tenantId: string) => {
    const rows = await peopleAlike(world.db, tenantId)
    return Object.fromEntries(
      rows.map((row) => [`${row.userType} ${row.factorKinds || '-'}${row.ownTwoFactor ? ' own' : ''}`, row.people]),
    )
  }
  /** The counters as the rows would make them. */
  const recounted = async (tenantId: string) => {
    const by = ['userType', 'factorKinds', 'ownTwoFactor'] as const
    const where = { tenantId, suspended: false }
    const rows = await world.db.membership.groupBy({ by: [...by], where, _count: { _all: true } })
    return Object.fromEntries(
      rows.map((row) => [
        `${row.userType} ${row.factorKinds || '-'}${row.ownTwoFactor ? ' own' : ''}`,
        row._count._all,
      ]),
    )
  }
  const named = async (company: Awaited<ReturnType<typeof aCompany>>, query: Record<string, string>) => {
    const { rows } = await listPeople(world, company.admin, readPeopleQuery(query))
    return rows.map(({ userId }) => userId).sort()
  }

  test('factors, codes, trust and one’s own choice are over with the first write, and rows follow', async () => {
    const company = await aCompany()
    const { tenant, admin } = company
    const ann = await enrolled(tenant.slug, 'agent', true)
    const codes = await savedCodes(world, ann.id)
    const device = await aKnownDevice(world, ann.id, true)
    const eve = await enrolled(tenant.slug, 'end_user')
    const bare = await aPerson(world, tenant.slug)
    expect((await viewTurningOff(world, admin)).counts).toEqual({ enrolled: 3, own: 1, freed: 2 })
    world.clock.move(minutes(1))
    expect(await company.off()).toEqual({ ok: true, value: 'changed' })

    expect(await factorRows(ann.id)).toBe(1)
    expect([await factorsOf(world.db, ann.id), await codesLeft(world.db, ann.id)]).toEqual([[], 0])
    expect(await matchCode(world, ann.id, codes[0] ?? '')).toEqual({ ok: true, value: null })
    expect((await personById(world.db, ann.id))?.person).toMatchObject({ twoFactorOn: false, recoveryCodesAt: null })
    expect(await policyRows(world.db, tenant.id)).toMatchObject({ team: { required: false }, end: { required: false } })
    world.clock.move(1)
    expect(await enter(ann.email, device)).toMatchObject({ kind: 'signed-in' })
    expect(await counters(tenant.id)).toMatchObject({ 'team -': 3, 'end -': 1 })
    const { types, atRisk } = await viewCoverage(world, admin)
    expect([types.team.states.enrolled, types.end.states.enrolled, atRisk]).toEqual([0, 0, 0])
    expect(await named(company, { status: 'enrolled' })).toEqual([])
    expect(await named(company, { status: 'not_required' })).toHaveLength(4)
    expect(await isTwoFactorHidden(world.db, tenant.id)).toBe(true)

    await work()
    expect([await factorRows(ann.id), await factorRows(eve.id)]).toEqual([0, 0])
    expect(await world.db.recoveryCode.count({ where: { userId: ann.id } })).toBe(0)
    expect(await world.db.device.count({ where: { userId: ann.id, trustGrantedAt: { not: null } } })).toBe(0)
    expect(await counters(tenant.id)).toEqual(await recounted(tenant.id))
    expect(await openVoid(world.db, tenant.id)).toBeNull()
    for (const { email } of [ann, eve]) expect(await countMails(world, email, 'factors_voided')).toBe(1)
    expect(await countMails(world, bare.email, 'factors_voided')).toBe(0)
    expect(await countMails(world, company.owner.email, 'two_factor_voided')).toBe(1)
    const told = await world.db.auditEvent.findMany({ where: { tenantId: tenant.id, kind: 'factors_voided' } })
    expect(told.map(({ subjectId }) => subjectId).sort()).toEqual([ann.id, eve.id, company.owner.id].sort())
    const [event] = await world.db.auditEvent.findMany({ where: { tenantId: tenant.id, kind: 'two_factor_voided' } })
    expect(JSON.parse(event?.data ?? '')).toEqual({ end: true, enrolled: 3, own: 1, team: true })
  })

  test('whoever enrolls anew meanwhile keeps it, is told of what was lost, and lists know it at once', async () => {
    const company = await aCompany()
    const { tenant } = company
    const ann = await enrolled(tenant.slug)
    await enrolled(tenant.slug)
    await company.off()
    world.clock.move(minutes(1))
    await aTotpFactor(world, ann.id)
    expect(await factorsOf(world.db, ann.id)).toHaveLength(1)
    expect(await factorRows(ann.id)).toBe(1)
    expect(await named(company, { status: 'enrolled' })).toEqual([ann.id])
    expect(await counters(tenant.id)).toMatchObject({ 'team totp': 1, 'team -': 2 })
    expect(await isTwoFactorHidden(world.db, tenant.id)).toBe(false)
    await work()
    expect(await factorsOf(world.db, ann.id)).toHaveLength(1)
    expect(await named(company, { status: 'enrolled' })).toEqual([ann.id])
    expect(await counters(tenant.id)).toMatchObject({ 'team totp': 1, 'team -': 2 })
    expect(await countMails(world, ann.email, 'factors_voided')).toBe(1)
  })

  test('S4 S7: a sign-in and an enrolment under way rest on what is gone, and start over', async () => {
    const company = await aCompany()
    const [ann, bob] = [await enrolled(company.tenant.slug), await aPerson(world, company.tenant.slug)]
    const codes = await savedCodes(world, ann.id)
    const device = await aKnownDevice(world, bob.id)
    const [hers, again, his] = [await enter(ann.email), await enter(ann.email), await enter(bob.email, device)]
    if (hers.kind !== 'attempt' || again.kind !== 'attempt' || his.kind !== 'attempt') throw new Error('no attempts')
    const enrolling = aClaimant(his.attemptToken, device)
    await startTotp(world, enrolling, 'Authenticator app')
    const unfinished = await world.db.factor.findFirstOrThrow({ where: { userId: bob.id } })
    const key = await totpKeyOf(world, bob.id, unfinished.id)
    world.clock.move(minutes(1))
    await company.off()
    const claimant = aClaimant(hers.attemptToken)
    expect(await proveFactor(world, claimant, totpCode(world, ann.key))).toEqual({ ok: false, code: 'start_over' })
    const other = aClaimant(again.attemptToken)
    expect(await proveRecoveryCode(world, other, codes[0] ?? '')).toEqual({ ok: false, code: 'start_over' })
    expect(await confirmEnrolment(world, enrolling, totpCode(world, key))).toMatchObject({ ok: false })
    expect((await readSignIn(world, enrolling))?.step).toBe('start-over')
    expect(await factorsOf(world.db, bob.id)).toEqual([])
  })

  test('E9: what a reset asked for is over; S6: connecting a factor again asks for the mailbox', async () => {
    const company = await aCompany()
    const ann = await enrolled(company.tenant.slug)
    await world.db.user.update({ where: { id: ann.id }, data: { factorsResetAt: world.clock.now() } })
    const device = await aKnownDevice(world, ann.id)
    world.clock.move(minutes(1))
    await company.off()
    world.clock.move(minutes(1))
    expect(await enter(ann.email, device)).toMatchObject({ kind: 'signed-in' })
    const required = { required: true, requiredSince: world.clock.now() }
    await setRules(world.db, company.tenant.id, { team: required })
    expect(await enter(ann.email, device)).toMatchObject({ kind: 'attempt', step: 'verify-device' })
  })

  test('U6: guests keep what they have; home people who are guests elsewhere are led to enroll there', async () => {
    const company = await aCompany()
    const [host, home] = [await aFurtherTenant(world), await aFurtherTenant(world)]
    const guest = await enrolled(home.slug, 'agent', true)
    await aGuest(world, company.tenant.id, guest.id, 'agent')
    const ann = await enrolled(company.tenant.slug, 'agent', true)
    await aGuest(world, host.id, ann.id, 'agent')
    const required = { required: true, requiredSince: world.clock.now() }
    await setRules(world.db, host.id, { team: required })
    const device = await aKnownDevice(world, ann.id)
    world.clock.move(minutes(1))
    await company.off()
    world.clock.move(minutes(1))
    expect(await factorsOf(world.db, guest.id)).toHaveLength(1)
    expect(await named(company, { status: 'enrolled' })).toEqual([guest.id])
    expect((await viewCoverage(world, company.admin)).types.team.states.enrolled).toBe(1)
    expect((await enter(ann.email, device)).kind).toBe('attempt')
    const hostAdmin = await aPerson(world, host.slug, 'owner')
    const { freshAdmin } = await aSession(world, hostAdmin.id, { methods: ['pwd', 'otp'], steppedUp: true })
    const counted = async () => (await viewCoverage(world, freshAdmin)).types.team.states
    expect(await counted()).toMatchObject({ enrolled: 0, setup_required: 2 })
    await work()
    expect(await counted()).toMatchObject({ enrolled: 0, setup_required: 2 })
    for (const { id } of [company.tenant, host, home]) expect(await counters(id)).toMatchObject(await recounted(id))
    expect(await factorsOf(world.db, guest.id)).toHaveLength(1)
    expect(await countMails(world, guest.email, 'factors_voided')).toBe(0)
  })

  test('a part that breaks off, and two workers: each is done and told once', async () => {
    const company = await aCompany()
    const people = [company.owner]
    for (let count = 0; count < 6; count += 1) people.push(await enrolled(company.tenant.slug))
    await company.off()
    // The third person fails once: what was done before it stays done, and is not done again.
    const third = people.map(({ id }) => id).sort()[2] ?? ''
    const failing = { ...world, random: failingAfter(world, 3) }
    await expect(workOnVoid(failing, () => false)).rejects.toThrow('broken off')
    expect(await factorRows(third)).toBeLessThanOrEqual(1)
    expect(await openVoid(world.db, company.tenant.id)).not.toBeNull()
    expect(await workOnVoid(world, () => false)).toBe(false)
    world.clock.move(minutes(5))
    await Promise.all([work(), work()])
    for (const { id, email } of people) {
      expect([await factorRows(id), await countMails(world, email, 'factors_voided')]).toEqual([0, 1])
    }
    expect(await openVoid(world.db, company.tenant.id)).toBeNull()
    expect(await world.db.factorLoss.count({ where: { tenantId: company.tenant.id } })).toBe(0)
    expect(await counters(company.tenant.id)).toMatchObject(await recounted(company.tenant.id))
  })

  test('X10: turned off by a clock that went back since the last time, it takes all the same', async () => {
    const { tenant, owner, off } = await aCompany()
    const ann = await enrolled(tenant.slug)
    expect(await off()).toMatchObject({ ok: true })
    await work()
    world.clock.move(-hours(5))
    for (const { id } of [owner, ann]) await aTotpFactor(world, id)
    const { freshAdmin } = await aSession(world, owner.id, { methods: ['pwd', 'otp'], steppedUp: true })
    const { version } = await policyRows(world.db, tenant.id)
    expect(await turnOffForAll(world, freshAdmin, { name: tenant.name, version })).toMatchObject({ ok: true })
    expect(await factorsOf(world.db, ann.id)).toEqual([])
    await work()
    for (const { id } of [owner, ann]) expect(await factorRows(id)).toBe(0)
    expect(await counters(tenant.id)).toEqual({ 'team -': 2 })
  })

  test('of 64 posts at once one takes effect; what is posted again finds another version', async () => {
    const company = await aCompany()
    const version = await company.version()
    const done = await Promise.all(Array.from({ length: 64 }, () => company.off({ version })))
    expect(done.filter(({ ok }) => ok)).toHaveLength(1)
    expect(new Set(done.flatMap((each) => (each.ok ? [] : [each.code])))).toEqual(new Set(['changed_meanwhile']))
    const where = { tenantId: company.tenant.id, kind: 'two_factor_voided' }
    expect(await world.db.auditEvent.count({ where })).toBe(1)
    expect(await company.off({ version })).toEqual({ ok: false, code: 'changed_meanwhile' })
    expect(await company.off()).toEqual({ ok: true, value: 'unchanged' })
  }, 60_000)

  test('once more while rows still follow: what was enrolled in between goes as well, and is told', async () => {
    const company = await aCompany()
    const ann = await enrolled(company.tenant.slug)
    await company.off()
    world.clock.move(minutes(1))
    await aTotpFactor(world, company.owner.id)
    await aTotpFactor(world, ann.id)
    world.clock.move(minutes(1))
    expect(await company.off()).toEqual({ ok: true, value: 'changed' })
    expect(await factorsOf(world.db, ann.id)).toEqual([])
    await work()
    expect(await factorRows(ann.id)).toBe(0)
    expect(await countMails(world, ann.email, 'factors_voided')).toBe(2)
    expect(await counters(company.tenant.id)).toMatchObject(await recounted(company.tenant.id))
  })

  test('P6 P10: the first write is the same few statements for 2 people and for 40', async () => {
    const [few, many] = [await aCompany(), await aCompany()]
    await enrolled(few.tenant.slug)
    for (let count = 0; count < 40; count += 1) await enrolled(many.tenant.slug)
    const short = await statementsOf(() => few.off())
    const long = await statementsOf(() => many.off())
    expect(long).toEqual(short)
    expect(await factorsOf(world.db, many.owner.id)).toEqual([])
  })

  test('X12: restored from a backup of the middle, it goes on where that stood, and the mark holds meanwhile', async () => {
    const company = await aCompany()
    const ann = await enrolled(company.tenant.slug)
    await company.off()
    await expect(workOnVoid({ ...world, random: failingAfter(world, 3) }, () => false)).rejects.toThrow('broken off')
    await settleRestored(world, anOperator(), world.clock.now())
    expect(await factorsOf(world.db, ann.id)).toEqual([])
    world.clock.move(minutes(5))
    await work()
    const told = await world.db.auditEvent.count({ where: { subjectId: ann.id, kind: 'factors_voided' } })
    expect([await factorRows(ann.id), told]).toEqual([0, 1])
  })

  test('U7 P6: refused without the name, without a factor of one’s own, and in a partner in production', async () => {
    const company = await aCompany()
    const { tenant, owner } = company
    expect(await company.off({ name: 'Another' })).toEqual({ ok: false, code: 'name_differs' })
    const other = await aPerson(world, tenant.slug, 'admin')
    const { freshAdmin } = await aSession(world, other.id, { methods: ['pwd', 'mail'], steppedUp: true })
    const input = { name: tenant.name, version: await company.version() }
    expect(await turnOffForAll(world, freshAdmin, input)).toEqual({ ok: false, code: 'must_enrol_first' })
    expect((await viewTurningOff(world, freshAdmin)).factorNeeded).toBe(true)
    await world.db.tenant.update({ where: { id: tenant.id }, data: { kind: 'partner' } })
    expect(await company.off()).toEqual({ ok: false, code: 'partner_in_production' })
    const kinds = await world.db.auditEvent.count({ where: { tenantId: tenant.id, kind: 'policy_change_refused' } })
    expect([kinds, await factorsOf(world.db, owner.id)]).toEqual([3, [expect.anything()]])
    await world.db.tenant.update({ where: { id: tenant.id }, data: { kind: 'customer' } })
    await world.db.membership.updateMany({ where: { userId: owner.id }, data: { role: 'agent', userType: 'team' } })
    expect(await company.off()).toEqual({ ok: false, code: 'not_permitted' })
  })

  test('M4: required again, lists show 2FA again; acts on people meanwhile count them as they are now', async () => {
    const company = await aCompany()
    const { tenant, admin } = company
    const [ann, bob] = [await enrolled(tenant.slug, 'agent', true), await enrolled(tenant.slug, 'agent')]
    await company.off()
    world.clock.move(minutes(1))
    const scope = { tenantId: tenant.id, userId: ann.id }
    await transact(world, (world) => setSuspended(world.db, scope, true, world.clock.now()))
    expect(await counters(tenant.id)).toMatchObject({ 'team -': 2 })
    const signedIn = await aSession(world, bob.id, { methods: ['pwd', 'otp'], steppedUp: true })
    expect(await turnOff(world, signedIn.steppedUp)).toEqual({ ok: true, value: null })
    await aTotpFactor(world, admin.person.id)
    const wanted = { required: { team: true, end: false }, kinds: null, endSessions: false }
    const saved = await changeRequirement(world, admin, { version: await company.version(), ...wanted })
    expect(saved).toEqual({ ok: true, value: 'changed' })
    expect(await isTwoFactorHidden(world.db, tenant.id)).toBe(false)
    expect(await named(company, { status: 'setup_required' })).toEqual([bob.id])
    await work()
    expect(await named(company, { status: 'setup_required' })).toEqual([bob.id])
    expect(await counters(tenant.id)).toMatchObject(await recounted(tenant.id))
  })
})

/** Random bytes that fail once, some calls from now. */
function failingAfter(world: TestWorld, calls: number): TestWorld['random'] {
  let left = calls
  return (size) => {
    left -= 1
    if (left === 0) throw new Error('broken off')
    return world.random(size)
  }
}
