import { beforeAll, describe, expect, test } from 'vitest'
import { judgeSession } from '../../authentication/session/rules'
import { findLiveSession } from '../../authentication/session/service'
import { hashToken } from '../../core/crypto/token'
import { type Db, transact } from '../../core/db'
import { days, hours, later, minutes } from '../../core/kernel/time'
import { coverageOf, factsOf } from '../../coverage/rules'
import { viewCoverage } from '../../coverage/service'
import { factorsOf } from '../../credentials/factor/service'
import { NO_FLOOR } from '../../identity/policy/floor/rules'
import { floorsById, rulesBelow, writeFloors } from '../../identity/policy/floor/service'
import { lockTenant, policyById, savePolicy } from '../../identity/policy/service'
import type { FactorKind, Floor } from '../../identity/policy/types'
import type { TenantFacts } from '../../identity/tenant/service'
import { holdTree } from '../../identity/tenant/tree/service'
import { effectivePolicy } from '../../identity/user/rules'
import { personById } from '../../identity/user/service'
import { eachDatabase } from '../../testing/databases'
import { policyRows, setRules } from '../../testing/policy'
import { begunBefore } from '../../testing/race'
import { statementsOf } from '../../testing/statements'
import {
  aFurtherTenant,
  aPerson,
  aSession,
  aTenant,
  aTotpFactor,
  quickWorld,
  type TestWorld,
} from '../../testing/world'
import { changeDeviceRules, changeRequirement, changeSessionLimits } from '../policy/service'
import { listTenantsWithDay } from '../reminder/store'
import type { WantedFloor } from './rules'
import { changeFloors, previewFloors, viewFloors } from './service'

const FREE: WantedFloor = {
  required: false,
  deadline: '',
  kinds: ['totp', 'email'],
  trustDays: null,
  idleMinutes: null,
  sessionHours: null,
}
const both = (wanted: Partial<WantedFloor>) => ({ team: { ...FREE, ...wanted }, end: { ...FREE, ...wanted } })

async function anAdmin(world: TestWorld, { slug }: TenantFacts) {
  const { id } = await aPerson(world, slug, 'admin')
  await aTotpFactor(world, id)
  return aSession(world, id, { methods: ['pwd', 'otp'], steppedUp: true })
}

/** A partner with an admin, a sub-partner, and a customer below each. */
async function aTree(world: TestWorld) {
  const partner = await aFurtherTenant(world, { kind: 'partner', stage: 'trial' })
  const sub = await aFurtherTenant(world, { kind: 'partner', stage: 'trial', parentId: partner.id })
  const customer = await aFurtherTenant(world, { parentId: partner.id })
  const grandchild = await aFurtherTenant(world, { parentId: sub.id })
  const { freshAdmin: admin } = await anAdmin(world, partner)
  const save = async (wanted: Partial<WantedFloor>) => {
    const { version } = await floorsById(world.db, partner.id)
    return changeFloors(world, admin, { wanted: both(wanted), version })
  }
  return { partner, sub, customer, grandchild, admin, save }
}

async function personIn(db: Db, id: string) {
  const found = await personById(db, id)
  if (found === null) throw new Error('no person')
  return found.person
}

async function coverageIn(world: TestWorld, id: string) {
  const facts = factsOf(await personIn(world.db, id), await factorsOf(world.db, id), world.clock.now())
  return coverageOf(facts, world.clock.now())
}

function eventsOf(world: TestWorld, tenantId: string, kind: 'floors_changed' | 'policy_change_refused') {
  return world.db.auditEvent.findMany({ where: { tenantId, kind }, orderBy: { id: 'asc' } })
}

function writtenTable(statement: string): string[] {
  const [, table] = /^(?:INSERT INTO|UPDATE|DELETE FROM) (?:\S+\.)?[`"](\w+)[`"]/i.exec(statement) ?? []
  return table === undefined ? [] : [table]
}

eachDatabase('floors', (open) => {
  let world: TestWorld
  beforeAll(async () => {
    world = quickWorld(open())
    await aTenant(world)
  })

  describe('what counts below', () => {
    test('T5, P10, U6: it reaches everybody below at the next reading, names its partner, and goes again', async () => {
      const { partner, sub, customer, grandchild, save } = await aTree(world)
      const person = await aPerson(world, grandchild.slug, 'end_user')
      const own = await policyRows(world.db, grandchild.id)
      expect(await coverageIn(world, person.id)).toMatchObject({ path: 'let_in', partner: null })

      expect(await save({ required: true, trustDays: 14 })).toMatchObject({ ok: true, value: 'changed' })
      const since = world.clock.now()
      for (const { id } of [sub, customer, grandchild]) {
        expect((await policyById(world.db, id)).end).toMatchObject({
          required: true,
          requiredSince: since,
          trustDays: 14,
        })
      }
      expect((await policyById(world.db, partner.id)).end.required).toBe(false)
      expect(await coverageIn(world, person.id)).toMatchObject({
        path: 'enrol',
        rule: 'required',
        tenant: { id: grandchild.id },
        partner: { id: partner.id, name: partner.name },
        since,
      })

      expect(await save({})).toMatchObject({ ok: true, value: 'changed' })
      expect(await policyById(world.db, grandchild.id)).toMatchObject({ end: { required: false, trustDays: 30 } })
      expect(await coverageIn(world, person.id)).toMatchObject({ path: 'let_in', partner: null })
      expect(await policyRows(world.db, grandchild.id)).toEqual(own)
      expect((await eventsOf(world, partner.id, 'floors_changed')).map(({ data }) => data)).toEqual([
        expect.stringContaining('"endTrustDays":14'),
        expect.stringContaining('"endTrustDays":14'),
      ])
    })

    test('T5: the strictest of several partners', async () => {
      const { sub, grandchild, customer, save } = await aTree(world)
      const { freshAdmin } = await anAdmin(world, sub)
      await save({ trustDays: 14, sessionHours: 8 })
      await changeFloors(world, freshAdmin, { wanted: both({ trustDays: 7, idleMinutes: 20 }), version: 0 })
      expect((await policyById(world.db, grandchild.id)).team).toMatchObject({
        trustDays: 7,
        idleMinutes: 20,
        sessionHours: 8,
      })
      expect((await policyById(world.db, customer.id)).team).toMatchObject({
        trustDays: 14,
        idleMinutes: 60,
        sessionHours: 8,
      })
    })

    test('S8: a tenant that moves away is bound no more at the next request', async () => {
      const { customer, save } = await aTree(world)
      const { id } = await aPerson(world, customer.slug, 'end_user')
      await save({ required: true })
      expect(effectivePolicy(await personIn(world.db, id)).required).toBe(true)
      await world.db.tenantAncestor.deleteMany({ where: { tenantId: customer.id } })
      expect(effectivePolicy(await personIn(world.db, id)).required).toBe(false)
      expect((await policyById(world.db, customer.id)).end.required).toBe(false)
    })

    test('S8: who is signed in is one statement, however many floors are above', async () => {
      const { grandchild, sub, save } = await aTree(world)
      const { freshAdmin } = await anAdmin(world, sub)
      const { id } = await aPerson(world, grandchild.slug, 'end_user')
      const { token } = await aSession(world, id)
      const reading = () => statementsOf(() => findLiveSession(world, hashToken('session', token)))
      const before = await reading()
      await save({ trustDays: 14 })
      await changeFloors(world, freshAdmin, { wanted: both({ idleMinutes: 20 }), version: 0 })
      expect(await reading()).toEqual(before)
      expect(before).toHaveLength(1)
    })

    test('P4, S8: a session of before goes on under a requirement, and ends at the first limit that a floor has', async () => {
      const { customer, save } = await aTree(world)
      const { id } = await aPerson(world, customer.slug, 'agent')
      const { assured } = await aSession(world, id)
      world.clock.move(minutes(1))
      await save({ required: true })
      const judged = async () =>
        judgeSession(
          { ...assured.session, lastSeenAt: world.clock.now() },
          await personIn(world.db, id),
          world.clock.now(),
        )
      world.clock.move(hours(2))
      expect(await judged()).toBe('assured')
      await save({ required: true, sessionHours: 2 })
      expect(await judged()).toBe('ended')
    })

    test('D3: trust that is older than the floor has ended, and stays ended without it', async () => {
      const { customer, save } = await aTree(world)
      const { id } = await aPerson(world, customer.slug, 'agent')
      const granted = world.clock.now()
      world.clock.move(days(10))
      await save({ trustDays: 7 })
      expect(effectivePolicy(await personIn(world.db, id)).trustDays).toBe(7)
      await save({})
      const { trustDays, trustFloor } = effectivePolicy(await personIn(world.db, id))
      expect(trustDays).toBe(30)
      expect(trustFloor?.getTime()).toBeGreaterThan(granted.getTime())
    })

    test('P8: reminders know the day of a floor', async () => {
      const { customer, grandchild, partner, save } = await aTree(world)
      const day = later(world.clock.now(), days(10)).toISOString().slice(0, 10)
      await save({ required: true, deadline: day })
      const found = await listTenantsWithDay(world.db, world.clock.now(), later(world.clock.now(), days(14)))
      expect(found).toEqual(expect.arrayContaining([customer.id, grandchild.id]))
      expect(found).not.toContain(partner.id)
    })
  })

  describe('a setting below a floor', () => {
    test('T5: it is refused with whose floor it is, and what the floor asks is no setting of the tenant', async () => {
      const { partner, customer, save } = await aTree(world)
      await save({ required: true, trustDays: 14, idleMinutes: 30, kinds: ['totp'] })
      const { freshAdmin } = await anAdmin(world, customer)
      const { version } = await policyById(world.db, customer.id)
      const refused = (setting: string) => ({
        ok: false,
        code: 'below_floor',
        detail: { setting, partner: { id: partner.id, name: partner.name } },
      })
      const on = { team: true, end: true }
      const requirement = (more: object) =>
        changeRequirement(world, freshAdmin, { required: on, kinds: null, endSessions: false, version, ...more })
      expect(await requirement({ required: { team: true, end: false } })).toMatchObject(refused('required'))
      expect(await requirement({ kinds: { team: ['totp', 'email'], end: ['totp'] } })).toMatchObject(refused('kinds'))
      expect(await requirement({ deadlines: { end: '2026-12-24' } })).toMatchObject(refused('deadline'))
      expect(
        await changeDeviceRules(world, freshAdmin, {
          trustDays: { team: 14, end: 15 },
          endDeviceVerification: false,
          version,
        }),
      ).toMatchObject(refused('trustDays'))
      const limits = { team: { idleMinutes: 31, sessionHours: 12 }, end: { idleMinutes: 30, sessionHours: 24 } }
      expect(await changeSessionLimits(world, freshAdmin, { limits, version })).toMatchObject(refused('idleMinutes'))
      expect((await eventsOf(world, customer.id, 'policy_change_refused')).map(({ data }) => data)).toEqual(
        Array.from({ length: 3 }, () => '{"reason":"below_floor"}'),
      )

      expect(await requirement({})).toEqual({ ok: true, value: 'unchanged' })
      expect(await policyRows(world.db, customer.id)).toMatchObject({
        end: { required: false, trustDays: 30, kinds: 'totp,email,passkey' },
      })
    })

    test('T5: a stricter one is saved, and stays when the floor goes', async () => {
      const { customer, save } = await aTree(world)
      await save({ trustDays: 14 })
      const { freshAdmin } = await anAdmin(world, customer)
      const { version } = await policyById(world.db, customer.id)
      const change = { trustDays: { team: 14, end: 7 }, endDeviceVerification: false, version }
      expect(await changeDeviceRules(world, freshAdmin, change)).toEqual({ ok: true, value: 'changed' })
      await save({})
      const { team, end } = await policyById(world.db, customer.id)
      expect([team.trustDays, end.trustDays]).toEqual([30, 7])
    })

    test('S8: a save that waits for a floor is judged by it', async () => {
      const { partner, customer } = await aTree(world)
      const { freshAdmin } = await anAdmin(world, customer)
      const floor: Floor = { ...NO_FLOOR, trustDays: 14 }
      const done = await begunBefore(
        world,
        async ({ db }) => {
          await lockTenant(db, partner.id)
          await writeFloors(db, partner.id, { team: floor })
        },
        () =>
          changeDeviceRules(world, freshAdmin, {
            trustDays: { team: 60, end: 30 },
            endDeviceVerification: false,
            version: 2,
          }),
      )
      expect(done).toMatchObject({ ok: false, code: 'below_floor' })
    })

    test('S8: a floor that waits for a save below is judged by it', async () => {
      const { customer, save } = await aTree(world)
      const done = await begunBefore(
        world,
        async ({ db, clock }) => {
          await lockTenant(db, customer.id)
          await holdTree(db, customer.id)
          await savePolicy(db, { tenantId: customer.id, version: 1 }, { end: { kinds: ['email'] } }, clock.now())
        },
        () => save({ kinds: ['totp'] }),
      )
      expect(done).toMatchObject({ ok: false, code: 'leaves_no_kind', detail: { tenant: { name: customer.name } } })
    })

    test('P10: a form that was drawn before a floor moved is told', async () => {
      const { customer, save } = await aTree(world)
      const { freshAdmin } = await anAdmin(world, customer)
      const { version } = await policyById(world.db, customer.id)
      await save({ required: true })
      const input = { required: { team: true, end: true }, kinds: null, endSessions: false, version }
      expect(await changeRequirement(world, freshAdmin, input)).toMatchObject({ ok: false, code: 'changed_meanwhile' })
    })
  })

  describe('changeFloors', () => {
    test('P10: the same rows are written for one customer and for sixty', async () => {
      const written = async (customers: number) => {
        const { partner, save } = await aTree(world)
        for (let made = 0; made < customers; made += 1) await aFurtherTenant(world, { parentId: partner.id })
        return statementsOf(() => save({ required: true }))
      }
      const few = await written(1)
      const many = await written(60)
      expect(many).toHaveLength(few.length)
      expect(many.flatMap(writtenTable)).toEqual([
        'policy',
        'policy',
        'app_user',
        'policy_floor',
        'policy_floor',
        'audit_event',
      ])
    })

    test('T5, P7: kinds that leave a customer none are refused with its name, and written down', async () => {
      const { partner, grandchild, save } = await aTree(world)
      await setRules(world.db, grandchild.id, { end: { kinds: ['email', 'passkey'] as FactorKind[] } })
      expect(await save({ kinds: ['totp'] })).toMatchObject({
        ok: false,
        code: 'leaves_no_kind',
        detail: { userType: 'end', tenant: { name: grandchild.name } },
      })
      expect(await floorsById(world.db, partner.id)).toMatchObject({ version: 0 })
      const [event] = await eventsOf(world, partner.id, 'policy_change_refused')
      expect(event?.data).toContain(grandchild.name)
    })

    test('P10: of two at once the second is told', async () => {
      const { admin, save } = await aTree(world)
      await save({ trustDays: 14 })
      expect(await changeFloors(world, admin, { wanted: both({}), version: 0 })).toMatchObject({
        code: 'changed_meanwhile',
      })
    })

    test('P3: without a second factor nobody requires one of others', async () => {
      const { partner } = await aTree(world)
      const { id } = await aPerson(world, partner.slug, 'admin')
      const { freshAdmin } = await aSession(world, id, { methods: ['pwd', 'mail'], steppedUp: true })
      expect(await changeFloors(world, freshAdmin, { wanted: both({ required: true }), version: 0 })).toMatchObject({
        code: 'must_enrol_first',
      })
    })

    test('T6: a customer asks nobody for anything', async () => {
      const { customer } = await aTree(world)
      const { freshAdmin } = await anAdmin(world, customer)
      expect(await viewFloors(world, freshAdmin)).toBeNull()
      expect(await changeFloors(world, freshAdmin, { wanted: both({ required: true }), version: 0 })).toMatchObject({
        code: 'not_a_partner',
      })
      expect(await rulesBelow(world.db, customer.id)).toEqual([])
    })
  })

  describe('previewFloors', () => {
    test('P2: what it says of each customer is what then is so', async () => {
      const { admin, customer, grandchild, save } = await aTree(world)
      const { id } = await aPerson(world, customer.slug, 'end_user')
      await aTotpFactor(world, id)
      await aPerson(world, customer.slug, 'end_user')
      await aPerson(world, grandchild.slug, 'end_user')
      const view = await viewFloors(world, admin)
      if (view === null) throw new Error('no partner')
      const effects = (await previewFloors(world, admin, view, both({ required: true }))) ?? []
      await save({ required: true })
      for (const tenant of [customer, grandchild]) {
        const { admin: own } = await anAdmin(world, tenant)
        const { types } = await viewCoverage(world, own)
        const effect = effects.find((each) => each.tenant.id === tenant.id && each.userType === 'end')
        expect(effect?.mustSetUp).toEqual({ now: 0, after: types.end.states.setup_required })
      }
      expect(
        effects
          .filter(({ userType }) => userType === 'end')
          .map(({ mustSetUp }) => mustSetUp.after)
          .sort(),
      ).toEqual([0, 1, 1])
    })

    test('P10: it is the same few statements for one customer and for sixty', async () => {
      const { admin, partner } = await aTree(world)
      const view = await viewFloors(world, admin)
      if (view === null) throw new Error('no partner')
      const looking = () => statementsOf(() => previewFloors(world, admin, view, both({ required: true })))
      const few = await looking()
      for (let made = 0; made < 60; made += 1) await aFurtherTenant(world, { parentId: partner.id })
      expect(await looking()).toHaveLength(few.length)
      expect(few).toHaveLength(2)
    })

    test('T5: numbers that may not be so have none', async () => {
      const { admin } = await aTree(world)
      const view = await viewFloors(world, admin)
      if (view === null) throw new Error('no partner')
      expect(await previewFloors(world, admin, view, both({ trustDays: Number.NaN }))).toBeNull()
    })
  })

  test('S8: a floor that names no kind allows none', async () => {
    const { partner, customer, save } = await aTree(world)
    const { id } = await aPerson(world, customer.slug, 'end_user')
    await save({ trustDays: 14 })
    await transact(
      world,
      ({ db }) => db.$executeRaw`UPDATE "policy_floor" SET "kinds" = '' WHERE "tenantId" = ${partner.id}`,
    )
    expect(effectivePolicy(await personIn(world.db, id)).kinds).toEqual([])
  })
})
