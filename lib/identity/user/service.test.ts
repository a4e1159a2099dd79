import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { createUser } from '../../administration/new-user/service'
import { removeFactor } from '../../authentication/account/factors/service'
import { transact } from '../../core/db'
import { newId } from '../../core/kernel/ids'
import { minutes } from '../../core/kernel/time'
import { eachDatabase } from '../../testing/databases'
import { statementsOf } from '../../testing/statements'
import {
  aFurtherTenant,
  aGuest,
  anOperator,
  aPerson,
  aSession,
  aTenant,
  aTotpFactor,
  enrolmentProgress,
  PASSWORD,
  quickWorld,
  type TestWorld,
} from '../../testing/world'
import type { TenantFacts } from '../tenant/service'
import { addPerson, fillKeys, followFactors, lookAlikesAmong, peopleAlike } from './membership/service'
import { searchKey } from './rules'
import {
  chooseLocale,
  keepCodes,
  noteCodesOpen,
  noteFirstFactor,
  noteSignIn,
  personByEmail,
  personById,
  setTwoFactorOn,
} from './service'
import { ROLES, type Role, type UserType } from './types'

eachDatabase('user', (open) => {
  let world: TestWorld
  let tenant: TenantFacts
  beforeAll(async () => {
    world = quickWorld(open())
    tenant = await aTenant(world)
  })

  const personOf = async (id: string) => {
    const found = await personById(world.db, id)
    if (found === null) throw new Error('no person')
    return found.person
  }

  /** Counted anew from the rows themselves. */
  async function counted(tenantId: string) {
    const of = async (userType: UserType) => ({
      people: await world.db.membership.count({ where: { tenantId, userType } }),
      enrolled: await world.db.membership.count({
        where: {
          tenantId,
          userType,
          user: { factors: { some: { confirmedAt: { not: null }, revokedAt: null } } },
        },
      }),
    })
    return { team: await of('team'), end: await of('end') }
  }

  describe('progress (P9)', () => {
    test('P9: a tenant begins with nobody enrolled and its people counted', async () => {
      const fresh = await aFurtherTenant(world)
      expect(await enrolmentProgress(world.db, fresh.id)).toEqual({
        team: { people: 0, enrolled: 0 },
        end: { people: 0, enrolled: 0 },
      })
      expect(await enrolmentProgress(world.db, 'no such tenant')).toEqual({
        team: { people: 0, enrolled: 0 },
        end: { people: 0, enrolled: 0 },
      })
    })

    test('P9: after any sequence of creating, enrolling and removing, the counters equal the rows', async () => {
      type Step = { act: 'create'; role: Role } | { act: 'guest' | 'enrol' | 'again' | 'remove'; who: number }
      const who = fc.nat({ max: 7 })
      const step: fc.Arbitrary<Step> = fc.oneof(
        fc.record({ act: fc.constant('create' as const), role: fc.constantFrom(...ROLES) }),
        fc.record({
          act: fc.constantFrom('guest' as const, 'enrol' as const, 'again' as const, 'remove' as const),
          who,
        }),
      )
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 14 }), async (steps) => {
          const home = await aFurtherTenant(world)
          const host = await aFurtherTenant(world)
          const people: { id: string; factors: string[]; guest: boolean }[] = []
          for (const each of steps) {
            if (each.act === 'create') {
              people.push({ id: (await aPerson(world, home.slug, each.role)).id, factors: [], guest: false })
              continue
            }
            const person = people[each.who % Math.max(1, people.length)]
            if (person === undefined) continue
            if (each.act === 'guest') {
              // Before a factor: joining with one is not a door of the product yet.
              if (person.guest || person.factors.length > 0) continue
              await aGuest(world, host.id, person.id, 'end_user')
              person.guest = true
            } else if (each.act === 'remove') {
              const factor = person.factors.pop()
              if (factor === undefined) continue
              const { steppedUp } = await aSession(world, person.id, { methods: ['pwd', 'otp'], steppedUp: true })
              expect((await removeFactor(world, steppedUp, factor)).ok).toBe(true)
            } else {
              person.factors.push((await aTotpFactor(world, person.id)).id)
            }
          }
          expect(await enrolmentProgress(world.db, home.id)).toEqual(await counted(home.id))
          expect(await enrolmentProgress(world.db, host.id)).toEqual(await counted(host.id))
        }),
        { numRuns: 6 },
      )
    })

    test('P9: enrolling or leaving twice, also at once, counts once', async () => {
      const home = await aFurtherTenant(world)
      const { id } = await aPerson(world, home.slug)
      await aTotpFactor(world, id)
      const follow = () => transact(world, (world) => followFactors(world.db, id, world.clock.now()))
      await world.db.factor.updateMany({ where: { userId: id }, data: { kind: 'sms' } })
      await Promise.all(Array.from({ length: 8 }, follow))
      expect((await enrolmentProgress(world.db, home.id)).team).toEqual({ people: 1, enrolled: 1 })
      expect(await peopleAlike(world.db, home.id)).toMatchObject([{ factorKinds: 'sms', people: 1 }])
      await world.db.factor.updateMany({ where: { userId: id }, data: { revokedAt: world.clock.now() } })
      await Promise.all(Array.from({ length: 8 }, follow))
      expect((await enrolmentProgress(world.db, home.id)).team).toEqual({ people: 1, enrolled: 0 })
    })

    test('P9: people who come at once are all counted, in their own type', async () => {
      const home = await aFurtherTenant(world)
      await Promise.all(
        Array.from({ length: 12 }, (_, index) => aPerson(world, home.slug, index % 3 === 0 ? 'end_user' : 'agent')),
      )
      expect(await enrolmentProgress(world.db, home.id)).toEqual({
        team: { people: 8, enrolled: 0 },
        end: { people: 4, enrolled: 0 },
      })
    })

    test('P9: a person who is not there after all is not counted', async () => {
      const home = await aFurtherTenant(world)
      const existing = await aPerson(world, home.slug)
      const input = { name: 'Twin', email: existing.email, role: 'agent' as const, password: PASSWORD, locale: null }
      expect(await createUser(world, anOperator(), home, input)).toMatchObject({ code: 'address_taken' })
      expect(await enrolmentProgress(world.db, home.id)).toEqual(await counted(home.id))
    })

    test('P9: reading it is one statement, whatever the number of people', async () => {
      const statements = await statementsOf(() => enrolmentProgress(world.db, tenant.id))
      expect(statements).toHaveLength(1)
    })
  })

  describe('reading a person', () => {
    test('costs one statement, with password, memberships and policies', async () => {
      const made = await aPerson(world, tenant.slug)
      const host = await aFurtherTenant(world)
      await aGuest(world, host.id, made.id, 'end_user')
      const statements = await statementsOf(async () => {
        const found = await personByEmail(world.db, made.email)
        expect(found?.person.memberships.map((each) => each.tenant.id).sort()).toEqual([tenant.id, host.id].sort())
        expect(found?.password?.hash).toMatch(/^\$argon2id\$/)
      })
      expect(statements).toHaveLength(1)
    })

    test('S23: an address is found in its one spelling only; nobody is nobody', async () => {
      const made = await aPerson(world, tenant.slug, 'agent', `exact-${Date.now()}@example.com`)
      expect((await personByEmail(world.db, made.email))?.person.id).toBe(made.id)
      for (const other of [made.email.toUpperCase(), ` ${made.email}`, `${made.email}.`, '', '%', '_', "' OR 1=1 --"]) {
        expect(await personByEmail(world.db, other)).toBeNull()
      }
      expect(await personById(world.db, 'nobody')).toBeNull()
    })

    test('S8: what is read is what stands in the rows now', async () => {
      const made = await aPerson(world, tenant.slug, 'admin')
      const host = await aFurtherTenant(world, { kind: 'partner', stage: 'trial', required: true })
      await aGuest(world, host.id, made.id, 'end_user')
      const now = world.clock.now()
      await world.db.user.update({
        where: { id: made.id },
        data: { suspendedAt: now, kind: 'service', locale: 'ja', twoFactorOn: true, codeToTypeBack: 0 },
      })
      await world.db.membership.updateMany({
        where: { userId: made.id, tenantId: host.id },
        data: { suspendedAt: now },
      })
      const person = await personOf(made.id)
      expect(person).toMatchObject({
        tenantId: tenant.id,
        suspended: true,
        kind: 'service',
        locale: 'ja',
        twoFactorOn: true,
        secondFactorSince: null,
        recoveryCodesAt: null,
        codeToTypeBack: 0,
      })
      const guest = person.memberships.find((each) => each.tenant.id === host.id)
      expect(guest).toMatchObject({
        role: 'end_user',
        userType: 'end',
        suspended: true,
        tenant: { kind: 'partner', stage: 'trial', slug: host.slug },
        policy: { required: true, requiredSince: now },
      })
      expect(person.memberships.find((each) => each.tenant.id === tenant.id)).toMatchObject({
        role: 'admin',
        userType: 'team',
        suspended: false,
        policy: { required: false, requiredSince: null, deviceVerification: true },
      })
    })

    test('S8: a person whose tenant has no policy cannot be read at all', async () => {
      const home = await aFurtherTenant(world)
      const made = await aPerson(world, home.slug)
      await world.db.policy.delete({ where: { tenantId: home.id } })
      await expect(personById(world.db, made.id)).rejects.toThrow()
    })
  })

  describe('what is noted about a person', () => {
    test('S6: the date of the first factor is set once and never moves', async () => {
      const made = await aPerson(world, tenant.slug)
      const first = world.clock.now()
      const before = await personOf(made.id)
      await transact(world, (world) => noteFirstFactor(world.db, before, first))
      world.clock.move(minutes(1))
      const after = await personOf(made.id)
      await transact(world, (world) => noteFirstFactor(world.db, after, world.clock.now()))
      expect((await personOf(made.id)).secondFactorSince).toEqual(first)
    })

    test('E4, R2: a new set of codes is open until it is kept; null means that one is still to be made', async () => {
      const made = await aPerson(world, tenant.slug)
      const now = world.clock.now()
      await transact(world, (world) => noteCodesOpen(world.db, made.id, 7))
      expect(await personOf(made.id)).toMatchObject({ recoveryCodesAt: null, codeToTypeBack: 7 })
      expect(await transact(world, (world) => keepCodes(world.db, made.id, 6, now))).toBe(false)
      expect(await transact(world, (world) => keepCodes(world.db, made.id, 7, now))).toBe(true)
      expect(await transact(world, (world) => keepCodes(world.db, made.id, 7, now))).toBe(false)
      expect(await personOf(made.id)).toMatchObject({ recoveryCodesAt: now, codeToTypeBack: null })
      await transact(world, (world) => noteCodesOpen(world.db, made.id, null))
      expect(await personOf(made.id)).toMatchObject({ recoveryCodesAt: null, codeToTypeBack: null })
    })

    test('U4: the switch says whether it moved, and of several at once one moves it', async () => {
      const made = await aPerson(world, tenant.slug)
      const moved = await Promise.all(
        Array.from({ length: 8 }, () => transact(world, (world) => setTwoFactorOn(world.db, made.id, true))),
      )
      expect(moved.filter(Boolean)).toHaveLength(1)
      expect(await transact(world, (world) => setTwoFactorOn(world.db, made.id, false))).toBe(true)
      expect(await transact(world, (world) => setTwoFactorOn(world.db, made.id, false))).toBe(false)
      expect((await personOf(made.id)).twoFactorOn).toBe(false)
    })

    test('M3: the last sign-in and the last one with a factor are kept apart', async () => {
      const made = await aPerson(world, tenant.slug)
      const first = world.clock.now()
      const moved = { id: made.id, tenantId: tenant.id, passwordResetByMailAt: null }
      await transact(world, (world) => noteSignIn(world.db, moved, first, { withFactor: true, mailCountsAgain: true }))
      world.clock.move(minutes(1))
      await transact(world, (world) =>
        noteSignIn(world.db, moved, world.clock.now(), { withFactor: false, mailCountsAgain: false }),
      )
      expect(await world.db.user.findUniqueOrThrow({ where: { id: made.id } })).toMatchObject({
        lastSignInAt: world.clock.now(),
        lastSecondFactorAt: first,
      })
    })

    test('X1: a language belongs to one person', async () => {
      const made = await aPerson(world, tenant.slug)
      const other = await aPerson(world, tenant.slug)
      await chooseLocale(world.db, made.id, 'ko')
      expect((await personOf(made.id)).locale).toBe('ko')
      expect((await personOf(other.id)).locale).toBeNull()
    })

    test('N43: names that differ by look-alike letters alone are told, within a tenant, after an upgrade too', async () => {
      const [home, elsewhere] = [await aFurtherTenant(world), await aFurtherTenant(world)]
      const named = async (name: string, slug = home.slug) => {
        const { id } = await aPerson(world, slug)
        await world.db.user.updateMany({ where: { id }, data: { name } })
        // As an earlier version left it.
        const where = { userId: id }
        await world.db.membership.updateMany({ where, data: { nameKey: searchKey(name), lookKey: '' } })
      }
      for (const name of ['Ann Lee', 'Аnn Lee', 'Bo Ode', 'Bo Ode', 'Cy']) await named(name)
      await named('Сy', elsewhere.slug)
      const told = (tenantId: string, names: string[]) => lookAlikesAmong(world.db, tenantId, names)
      expect([...(await told(home.id, ['Ann Lee', 'Аnn Lee']))]).toEqual([])
      while ((await fillKeys(world, 3)) > 0);
      expect([...(await told(home.id, ['Ann Lee', 'Аnn Lee', 'Bo Ode', 'Cy']))]).toEqual(['Ann Lee', 'Аnn Lee'])
      expect([...(await told(elsewhere.id, ['Сy']))]).toEqual([])
      expect([...(await told(home.id, []))]).toEqual([])
    })

    test('M4: what somebody of an earlier version is found by is made anew', async () => {
      const { id } = await aPerson(world, tenant.slug)
      const data = { name: 'Łukasz Weiß', email: `${id}@xn--bcher-kva.example` }
      await world.db.user.updateMany({ where: { id }, data })
      const old = { nameKey: 'łukasz weiß', surnameKey: 'weiß łukasz', lookKey: '', emailKey: data.email }
      await world.db.membership.updateMany({ where: { userId: id }, data: old })
      while ((await fillKeys(world, 3)) > 0);
      expect(await world.db.membership.findFirstOrThrow({ where: { userId: id } })).toMatchObject({
        nameKey: 'lukasz weiss',
        surnameKey: 'weiss lukasz',
        emailKey: `${id}@bucher.example`,
      })
    })

    test('S14: a person whose membership cannot be written is not there either', async () => {
      const home = await aFurtherTenant(world)
      const now = world.clock.now()
      const id = newId(now, world.random)
      const taken = await world.db.membership.findFirstOrThrow()
      const added = transact(world, (world) =>
        addPerson(world.db, {
          user: { id, tenantId: home.id, email: `${id}@example.com`, name: 'Half', locale: null, createdAt: now },
          membership: {
            id: taken.id,
            tenantId: home.id,
            userId: id,
            role: 'agent',
            userType: 'team',
            nameKey: 'half',
            surnameKey: 'half',
            lookKey: 'half',
            emailKey: 'half',
            createdAt: now,
          },
        }),
      )
      await expect(added).rejects.toThrow()
      expect(await personById(world.db, id)).toBeNull()
      expect((await enrolmentProgress(world.db, home.id)).team.people).toBe(0)
    })
  })
})
