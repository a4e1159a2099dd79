import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { listByOutcome, listPeople } from '../administration/people/list/service'
import type { PeopleQuery, PersonRow } from '../administration/people/list/types'
import { viewPerson } from '../administration/people/person/service'
import { putOffEnrolment } from '../authentication/enrolment/service'
import { readSignIn, type StepResult } from '../authentication/signin/attempt/service'
import { answerIfLost, proveDevice, proveFactor, proveRecoveryCode } from '../authentication/signin/prove/service'
import { askedFactors, enrollableKinds } from '../authentication/signin/rules'
import { startWithPassword } from '../authentication/signin/start/service'
import { unseal } from '../core/crypto/seal'
import { transact } from '../core/db'
import { days, later, minutes } from '../core/kernel/time'
import { deliverableKinds } from '../identity/policy/rules'
import type { FactorKind } from '../identity/policy/types'
import { followFactors, peopleAlike } from '../identity/user/membership/service'
import { setTwoFactorOn } from '../identity/user/service'
import type { Role, UserType } from '../identity/user/types'
import { eachDatabase } from '../testing/databases'
import { setRules } from '../testing/policy'
import { aMessagedFactor, savedCodes } from '../testing/signin'
import {
  aClaimant,
  aFurtherTenant,
  aGuest,
  aPerson,
  aSession,
  aTenant,
  aTotpFactor,
  aVisitor,
  PASSWORD,
  quickWorld,
  type TestWorld,
  totpCode,
} from '../testing/world'
import { isExempt } from './rules'
import { previewCounts, viewCoverage } from './service'
import { OUTCOMES, type Outcome, STATES } from './types'

interface Draft {
  required: Record<UserType, boolean>
  kinds: Record<UserType, readonly FactorKind[]>
  /** Until when enrolment can be put off (P8). */
  until?: Record<UserType, Date | null>
}

interface Variant {
  role: Exclude<Role, 'owner'>
  factors: readonly ('totp' | 'email' | 'sms')[]
  own: boolean
  exempt: boolean
  /** More time than others (P8). */
  more: boolean
  mailbox: 'counts' | 'reset' | 'given'
  guest: 'no' | 'of_strict' | 'of_free'
  codes: boolean
  /** An admin took away what there was (E9). */
  reset: boolean
  out: 'no' | 'suspended' | 'service'
}

const kinds = fc.subarray<'totp' | 'email' | 'sms'>(['totp', 'email', 'sms'], { minLength: 1 })
const types = <T>(arbitrary: fc.Arbitrary<T>) => fc.record({ team: arbitrary, end: arbitrary })
const OVER = new Date('2000-01-01T00:00:00.000Z')
const UNTIL = new Date('2099-01-01T00:00:00.000Z')
const aDraft: fc.Arbitrary<Draft> = fc.record({
  required: types(fc.boolean()),
  kinds: types(kinds),
  until: types(fc.constantFrom(null, OVER, UNTIL)),
})
const often = <T>(usual: T, ...others: T[]) =>
  fc.oneof({ weight: 3, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: fc.constantFrom(...others) })
const aVariant: fc.Arbitrary<Variant> = fc.record({
  role: fc.constantFrom('admin', 'agent', 'end_user'),
  factors: fc.subarray<'totp' | 'email' | 'sms'>(['totp', 'email', 'sms'], { maxLength: 2 }),
  own: often(false, true),
  exempt: often(false, true),
  more: often(false, true),
  mailbox: often<Variant['mailbox']>('counts', 'reset', 'given'),
  guest: often<Variant['guest']>('no', 'of_strict', 'of_free'),
  codes: fc.boolean(),
  reset: often(false, true),
  out: often<Variant['out']>('no', 'no', 'suspended', 'service'),
})

eachDatabase('coverage', (open) => {
  let world: TestWorld
  beforeAll(async () => {
    world = { ...quickWorld(open()), smsAvailable: true }
    await aTenant(world)
  })

  const anAdmin = async (slug: string) => {
    const { id } = await aPerson(world, slug, 'owner')
    return (await aSession(world, id, { methods: ['pwd', 'otp'], steppedUp: true })).freshAdmin
  }

  const setPolicy = async (tenantId: string, { required, kinds: of, until }: Draft) => {
    const rule = (type: UserType) => ({
      required: required[type],
      requiredSince: required[type] ? world.clock.now() : null,
      kinds: of[type],
      deadline: until?.[type] ?? null,
    })
    await setRules(world.db, tenantId, { team: rule('team'), end: rule('end') })
  }

  async function aMember(
    tenant: { id: string; slug: string },
    variant: Variant,
    hosts: { strict: string; free: string },
  ) {
    const { id, email } = await aPerson(world, tenant.slug, variant.role)
    const keys: { totp?: Uint8Array } = {}
    for (const kind of variant.factors) {
      if (kind === 'totp') keys.totp = (await aTotpFactor(world, id)).key
      else await aMessagedFactor(world, id, kind)
    }
    if (variant.own) await transact(world, (world) => setTwoFactorOn(world.db, id, true))
    if (variant.guest !== 'no') {
      await aGuest(world, variant.guest === 'of_strict' ? hosts.strict : hosts.free, id, 'agent')
    }
    const now = world.clock.now()
    if (variant.mailbox !== 'counts') {
      const data = variant.mailbox === 'reset' ? { passwordResetByMailAt: now } : { addressGivenAt: now }
      await world.db.user.update({ where: { id }, data })
    }
    const where = { tenantId_userId: { tenantId: tenant.id, userId: id } }
    if (variant.exempt) {
      await world.db.membership.update({ where, data: { exempt: true, exemptUntil: later(now, days(9)) } })
    } else if (variant.more) {
      await world.db.membership.update({ where, data: { exempt: true, moreTimeUntil: UNTIL } })
    }
    if (variant.out === 'service') {
      await world.db.user.update({ where: { id }, data: { kind: 'service' } })
      await world.db.membership.updateMany({ where: { userId: id }, data: { needsFullRead: true } })
    }
    if (variant.out === 'suspended') {
      const membership = await world.db.membership.update({ where, data: { suspended: true, suspendedAt: now } })
      const { tenantId, userType, factorKinds, ownTwoFactor } = membership
      await world.db.peopleCount.update({
        where: { tenantId_userType_factorKinds_ownTwoFactor: { tenantId, userType, factorKinds, ownTwoFactor } },
        data: { people: { decrement: 1 } },
      })
    }
    const codes = variant.factors.length > 0 && variant.codes ? await savedCodes(world, id) : []
    if (variant.reset && variant.factors.length === 0) {
      await world.db.user.update({ where: { id }, data: { secondFactorSince: now, factorsResetAt: now } })
    }
    return { id, email, key: keys.totp ?? null, codes, variant }
  }
  type Member = Awaited<ReturnType<typeof aMember>>

  async function newestCode(userId: string): Promise<string> {
    const rows = await world.db.outboxMessage.findMany({ where: { userId }, orderBy: { createdAt: 'desc' }, take: 5 })
    for (const row of rows) {
      const values = JSON.parse(unseal(world.keys, row.sealed ?? '', ['outbox', row.id]) ?? '{}')
      if (typeof values.code === 'string') return values.code
    }
    throw new Error('no passcode')
  }

  /** What a sign-in with the right password asks for, as far as it goes without a recovery code. */
  async function signIn(
    member: Member,
  ): Promise<{ end: 'refused' | 'in' | 'enrol' | 'put-off' | 'stuck'; asked: boolean; enrollable: number }> {
    world.clock.move(minutes(16))
    let asked = false
    let result: StepResult | Awaited<ReturnType<typeof startWithPassword>> = await startWithPassword(
      world,
      aVisitor(),
      {
        email: member.email,
        password: PASSWORD,
      },
    )
    if (!result.ok) return { end: 'refused', asked, enrollable: 0 }
    if (result.value.kind === 'signed-in') return { end: 'in', asked, enrollable: 0 }
    if (result.value.kind !== 'attempt') throw new Error('no attempt')
    const claimant = aClaimant(result.value.attemptToken)
    for (let steps = 0; steps < 6; steps += 1) {
      world.clock.move(1000)
      const read = await readSignIn(world, claimant)
      if (read === null) throw new Error('no sign-in')
      const { state, step } = read
      if (step === 'enrol') {
        const can = enrollableKinds(state.person, deliverableKinds(world), world.clock.now())
        return { end: 'enrol', asked, enrollable: can.length }
      }
      if (step === 'put-off') {
        const later = await putOffEnrolment(world, claimant)
        expect(later.ok && later.value.kind).toBe('signed-in')
        return { end: 'put-off', asked, enrollable: 0 }
      }
      if (step === 'show-recovery-codes') return { end: 'in', asked, enrollable: 0 }
      if (step === 'verify-device') result = await proveDevice(world, claimant, await newestCode(member.id))
      else if (step === 'verify-factor') {
        asked = true
        const [first] = askedFactors(state, world.clock.now())
        if (first === undefined) {
          // The mailbox proves nothing now, and a saved code is the way (S20, R11, R9).
          const [saved] = member.codes
          if (saved === undefined) return { end: 'stuck', asked, enrollable: 0 }
          result = await proveRecoveryCode(world, claimant, saved)
          if (!result.ok) throw new Error(`refused: ${result.code}`)
          continue
        }
        const code = first.kind === 'totp' && member.key ? totpCode(world, member.key) : await newestCode(member.id)
        result = await proveFactor(world, claimant, code)
      } else if (step === 'ask-if-lost') {
        result = await answerIfLost(world, claimant, 'at_hand')
      } else throw new Error(`unexpected ${step}`)
      if (!result.ok) throw new Error(`refused at ${step}: ${result.code}`)
      if (result.value.kind === 'signed-in') return { end: 'in', asked, enrollable: 0 }
    }
    throw new Error('no end')
  }

  async function everybody(
    list: (from: PeopleQuery['from']) => Promise<{ rows: readonly PersonRow[]; next: string | null }>,
  ) {
    const rows: PersonRow[] = []
    for (let from: PeopleQuery['from'] | null = 'first'; from !== null; ) {
      const page: { rows: readonly PersonRow[]; next: string | null } = await list(from)
      rows.push(...page.rows)
      from = page.next === null ? null : { after: page.next }
    }
    return rows
  }

  const drafts = fc.sample(aDraft, { seed: 20261128, numRuns: 6 })
  test.each(drafts.map((draft, index) => [index, draft] as const))(
    'P2 P8 M3 M4: preview, counts and lists equal, person by person, what the sign-in then does (tenant %s)',
    async (index, draft) => {
      const [tenant, strict, free] = [
        await aFurtherTenant(world),
        await aFurtherTenant(world),
        await aFurtherTenant(world),
      ]
      await setPolicy(strict.id, { required: { team: true, end: true }, kinds: { team: ['totp'], end: ['totp'] } })
      const actor = await anAdmin(tenant.slug)
      const variants = fc.sample(aVariant, { seed: 7 + index, numRuns: 22 })
      const members: Member[] = []
      for (const variant of variants) members.push(await aMember(tenant, variant, { strict: strict.id, free: free.id }))

      const wanted = {
        team: { required: draft.required.team, kinds: draft.kinds.team, deadline: draft.until?.team ?? null },
        end: { required: draft.required.end, kinds: draft.kinds.end, deadline: draft.until?.end ?? null },
      }
      const preview = await previewCounts(world, actor, wanted)
      const foretold = new Map<string, Outcome>()
      for (const outcome of OUTCOMES.filter((each) => each !== 'barred')) {
        const rows = await everybody((from) => listByOutcome(world, actor, wanted, { outcome, userType: null, from }))
        expect(rows.length).toBe(preview.team.outcomes[outcome] + preview.end.outcomes[outcome])
        for (const row of rows) foretold.set(row.userId, outcome)
      }

      await setPolicy(tenant.id, draft)
      const counts = await viewCoverage(world, actor)
      expect(counts.types).toEqual(preview)
      const base = { search: '', userType: null, role: null, atRisk: false, sort: 'name', suspended: false } as const
      const waiting = await everybody((from) => listPeople(world, actor, { ...base, status: 'setup_required', from }))
      const sent: string[] = []
      for (const member of members) {
        const did = await signIn(member)
        const told = foretold.get(member.id) ?? 'barred'
        const of = JSON.stringify({ draft, variant: member.variant, did, told })
        const fits: Record<Outcome, boolean> = {
          fine: did.end === 'in',
          must_enrol: did.end === 'enrol' && did.enrollable > 0,
          may_put_off: did.end === 'put-off',
          locked_out: did.end === 'stuck' || (did.end === 'enrol' && did.enrollable === 0),
          exempt: did.end === 'in' && !did.asked,
          service: did.end === 'refused',
          barred: did.end === 'refused',
        }
        expect(fits[told], of).toBe(true)
        const shown = await viewPerson(world, actor, member.id)
        const isSent = did.end === 'enrol' || did.end === 'put-off'
        if (isSent || (did.end === 'stuck' && shown?.coverage.state === 'setup_required')) sent.push(member.id)
        else if (shown?.coverage.path === 'replace') sent.push(member.id)
        if (did.end === 'stuck') continue
        expect(shown?.coverage.state === 'setup_required', of).toBe(isSent)
        expect(shown?.coverage.path === 'asked' || shown?.coverage.path === 'replace', of).toBe(did.asked)
      }
      // The admin who looks has nothing enrolled either.
      const own = draft.required.team ? [actor.person.id] : []
      expect(waiting.map(({ userId }) => userId).sort()).toEqual([...sent, ...own].sort())
    },
    120_000,
  )

  test('U6 M4: what a host counts of its guests is what its lists show, whatever they are asked elsewhere', async () => {
    const [home, host] = [await aFurtherTenant(world, { required: true }), await aFurtherTenant(world)]
    const actor = await anAdmin(host.slug)
    const [asked, exempted, barred] = [
      await aPerson(world, home.slug),
      await aPerson(world, home.slug),
      await aPerson(world, home.slug),
    ]
    for (const { id } of [asked, exempted, barred]) await aGuest(world, host.id, id, 'agent')
    const at = (id: string) => ({ tenantId_userId: { tenantId: home.id, userId: id } })
    const until = later(world.clock.now(), days(3))
    await world.db.membership.update({ where: at(exempted.id), data: { exempt: true, exemptUntil: until } })
    await world.db.membership.update({
      where: at(barred.id),
      data: { suspended: true, suspendedAt: world.clock.now() },
    })
    const { team } = (await viewCoverage(world, actor)).types
    const base = { search: '', userType: null, role: null, atRisk: false, sort: 'name', suspended: false } as const
    for (const status of STATES) {
      const rows = await everybody((from) => listPeople(world, actor, { ...base, status, from }))
      expect([status, rows.length]).toEqual([status, team.states[status]])
    }
    const sorted = await everybody((from) => listPeople(world, actor, { ...base, status: null, sort: 'status', from }))
    expect(sorted.map(({ coverage }) => coverage.state)).toEqual(['setup_required', 'exempt', 'not_required', null])
    const policy = { required: false, kinds: ['totp', 'email'] } as const
    for (const outcome of OUTCOMES) {
      const rows = await everybody((from) =>
        listByOutcome(world, actor, { team: policy, end: policy }, { outcome, userType: 'team', from }),
      )
      expect([outcome, rows.length]).toEqual([outcome, team.outcomes[outcome]])
      for (const { coverage } of rows) expect(coverage.tenant?.name ?? null).not.toBe(home.name)
    }
  })

  test('P2: kinds that nobody can be led through are named without looking through everybody', async () => {
    const tenant = await aFurtherTenant(world)
    const actor = await anAdmin(tenant.slug)
    for (let index = 0; index < 3; index += 1) await aPerson(world, tenant.slug, 'end_user')
    const none = { required: true, kinds: [] }
    const of = async (outcome: Outcome) =>
      (await listByOutcome(world, actor, { team: none, end: none }, { outcome, userType: 'end', from: 'first' })).rows
        .length
    expect([await of('must_enrol'), await of('locked_out'), await of('fine')]).toEqual([0, 3, 0])
  })

  describe('counters (P9)', () => {
    const counted = async (tenantId: string) => {
      const rows = await world.db.membership.groupBy({
        by: ['tenantId', 'userType', 'factorKinds', 'ownTwoFactor'],
        where: { tenantId, suspended: false },
        _count: { _all: true },
        orderBy: [{ userType: 'asc' }, { factorKinds: 'asc' }, { ownTwoFactor: 'asc' }],
      })
      return rows.map(({ _count, ...row }) => ({ ...row, people: _count._all }))
    }

    test('P9: after factors come and go, 2FA is turned on and off, they equal a count of the rows', async () => {
      const tenant = await aFurtherTenant(world)
      for (const role of ['agent', 'end_user', 'agent', 'end_user'] as const) {
        const { id } = await aPerson(world, tenant.slug, role)
        if (role === 'agent') await aTotpFactor(world, id)
        await aMessagedFactor(world, id, 'sms')
        await transact(world, (world) => setTwoFactorOn(world.db, id, true))
        if (role === 'end_user') await transact(world, (world) => setTwoFactorOn(world.db, id, false))
      }
      expect(await peopleAlike(world.db, tenant.id)).toEqual(await counted(tenant.id))
      const shown = (await counted(tenant.id)).map(({ userType, factorKinds, ownTwoFactor, people }) =>
        [userType, factorKinds, ownTwoFactor, people].join(' '),
      )
      expect(shown.sort()).toEqual(['end sms false 2', 'team totp,sms true 2'])
    })

    test('P9: many who cross at once are all counted', async () => {
      const tenant = await aFurtherTenant(world)
      const people = []
      for (let index = 0; index < 12; index += 1) people.push(await aPerson(world, tenant.slug, 'end_user'))
      for (const { id } of people.slice(0, 6)) await aMessagedFactor(world, id, 'email')
      await Promise.all(
        people.map(({ id }, index) =>
          index < 6
            ? transact(world, async (world) => {
                await world.db.factor.updateMany({ where: { userId: id }, data: { revokedAt: world.clock.now() } })
                await followFactors(world.db, id, world.clock.now())
              })
            : aMessagedFactor(world, id, 'email'),
        ),
      )
      expect(await peopleAlike(world.db, tenant.id)).toEqual(await counted(tenant.id))
      expect(await counted(tenant.id)).toMatchObject([
        { factorKinds: '', people: 6 },
        { factorKinds: 'email', people: 6 },
      ])
    })

    test('P9: half turn it on and half off at once, and enrol meanwhile: all go through and all are counted', async () => {
      const tenant = await aFurtherTenant(world)
      const people = []
      for (let index = 0; index < 16; index += 1) people.push(await aPerson(world, tenant.slug, 'end_user'))
      for (const { id } of people.slice(0, 8)) await transact(world, (world) => setTwoFactorOn(world.db, id, true))
      await Promise.all(
        people.map(({ id }, index) =>
          transact(world, async (world) => {
            await setTwoFactorOn(world.db, id, index >= 8)
            if (index % 4 !== 0) return
            await world.db.factor.create({
              data: {
                userId: id,
                kind: 'sms',
                name: 'x',
                confirmedAt: world.clock.now(),
                createdAt: world.clock.now(),
              },
            })
            await followFactors(world.db, id, world.clock.now())
          }),
        ),
      )
      expect(await peopleAlike(world.db, tenant.id)).toEqual(await counted(tenant.id))
      expect((await counted(tenant.id)).reduce((sum, { people: some }) => sum + some, 0)).toBe(16)
    })

    test('M6: one factor and no unused saved code is at risk; a second factor or a code is not', async () => {
      const tenant = await aFurtherTenant(world)
      const actor = await anAdmin(tenant.slug)
      let told = ''
      const risk = async () => {
        const base = { search: '', userType: null, role: null, status: null, sort: 'name', suspended: false } as const
        const { rows } = await listPeople(world, actor, { ...base, atRisk: true, from: 'first' })
        const { atRisk, readiness } = await viewCoverage(world, actor)
        expect(atRisk).toBe(rows.length)
        told = readiness
        return rows.map(({ userId }) => userId)
      }
      const one = await aPerson(world, tenant.slug)
      expect([await risk(), told]).toEqual([[], 'nobody_enrolled'])
      await aTotpFactor(world, one.id)
      expect([await risk(), told]).toEqual([[one.id], 'some_at_risk'])
      const codes = await savedCodes(world, one.id)
      expect([await risk(), told]).toEqual([[], 'nobody_at_risk'])
      await world.db.recoveryCode.updateMany({ where: { userId: one.id }, data: { usedAt: world.clock.now() } })
      await aMessagedFactor(world, one.id, 'email')
      expect(await risk()).toEqual([])
      expect(codes).toHaveLength(10)
    })
  })

  test('U9: isExempt says of a person in a session what the next sign-in would', async () => {
    const tenant = await aFurtherTenant(world, { required: true })
    const { id } = await aPerson(world, tenant.slug)
    const until = later(world.clock.now(), days(1))
    await world.db.membership.updateMany({ where: { userId: id }, data: { exempt: true, exemptUntil: until } })
    const { person } = (await aSession(world, id, { methods: ['pwd'] })).assured
    expect([isExempt(person, world.clock.now()), isExempt(person, until)]).toEqual([true, false])
  })
})
