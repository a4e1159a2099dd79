import { beforeAll, describe, expect, test } from 'vitest'
import { recordEvent } from '../../audit/service'
import { judgeSession } from '../../authentication/session/rules'
import { findLiveSession } from '../../authentication/session/service'
import { type Db, Prisma } from '../../core/db'
import type { TransactionDeps } from '../../core/deps'
import { days, hours, later, minutes } from '../../core/kernel/time'
import { endOfDay } from '../../core/kernel/zones'
import { lastDayOf } from '../../identity/policy/rules'
import { followFactors } from '../../identity/user/membership/service'
import { lockPerson, notePasswordSet } from '../../identity/user/service'
import { eachDatabase } from '../../testing/databases'
import { policyRows, setRules } from '../../testing/policy'
import { begunBefore } from '../../testing/race'
import { aMessagedFactor } from '../../testing/signin'
import { statementsOf } from '../../testing/statements'
import {
  aFurtherTenant,
  aPerson,
  aSession,
  aTenant,
  aTotpFactor,
  enrolmentProgress,
  quickWorld,
  sessionOf,
  type TestWorld,
} from '../../testing/world'
import {
  changeDeviceRules,
  changeRequirement,
  changeSessionLimits,
  previewSessionLimits,
  viewRequirement,
} from './service'

const BOTH_ON = { required: { team: true, end: true }, kinds: null, endSessions: false }
const TEAM_ON = { required: { team: true, end: false }, kinds: null, endSessions: false }
const BOTH_OFF = { required: { team: false, end: false }, kinds: null, endSessions: false }

function policyRow(world: TestWorld, tenantId: string) {
  return policyRows(world.db, tenantId)
}

function eventsOf(world: TestWorld, tenantId: string) {
  return world.db.auditEvent.findMany({
    where: { tenantId, kind: { in: ['policy_changed', 'policy_change_refused'] } },
    orderBy: { id: 'asc' },
  })
}

/** An admin of the tenant at a fresh proof, with or without an authenticator app. */
async function anAdmin(world: TestWorld, slug: string, { withFactor = true } = {}) {
  const { id } = await aPerson(world, slug, 'admin')
  if (withFactor) await aTotpFactor(world, id)
  return aSession(world, id, { methods: withFactor ? ['pwd', 'otp'] : ['pwd', 'mail'], steppedUp: true })
}

/** Copies of the admin straight in the tables, each with a membership and a session. */
async function manyPeople(db: Db, adminId: string, count: number): Promise<void> {
  const many = Prisma.raw(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count})`)
  await db.$executeRaw`${many} INSERT INTO "app_user"
    ("id", "tenantId", "email", "name", "kind", "twoFactorOn", "factorVersion", "createdAt")
    SELECT u."id" || '-' || n.i, u."tenantId", n.i || '-' || u."email", u."name", u."kind", u."twoFactorOn",
      u."factorVersion", u."createdAt" FROM "app_user" u CROSS JOIN n WHERE u."id" = ${adminId}`
  await db.$executeRaw`${many} INSERT INTO "membership"
    ("id", "tenantId", "userId", "role", "userType", "nameKey", "surnameKey", "emailKey", "createdAt")
    SELECT m."id" || '-' || n.i, m."tenantId", m."userId" || '-' || n.i, m."role", m."userType", m."nameKey", m."surnameKey",
      m."emailKey", m."createdAt" FROM "membership" m CROSS JOIN n WHERE m."userId" = ${adminId}`
  await db.$executeRaw`${many} INSERT INTO "session"
    ("id", "tokenHash", "userId", "methods", "createdAt", "lastSeenAt", "expiresAt", "idleSeconds")
    SELECT s."id" || '-' || n.i, s."tokenHash" || '-' || n.i, s."userId" || '-' || n.i, s."methods", s."createdAt",
      s."lastSeenAt", s."expiresAt", s."idleSeconds" FROM "session" s CROSS JOIN n WHERE s."userId" = ${adminId}`
}

/** The table that a statement writes to, where it writes. */
function writtenTable(statement: string): string[] {
  const [, table] = /^(?:INSERT INTO|UPDATE|DELETE FROM) (?:\S+\.)?[`"](\w+)[`"]/i.exec(statement) ?? []
  if (table === undefined && /^(INSERT|UPDATE|DELETE)/i.test(statement)) throw new Error(statement)
  return table === undefined ? [] : [table]
}

/** Every row that a requirement could be written to if it were written person by person. */
async function peopleRows(db: Db, tenantId: string) {
  return {
    users: await db.user.findMany({ where: { tenantId }, orderBy: { id: 'asc' } }),
    memberships: await db.membership.findMany({ where: { tenantId }, orderBy: { id: 'asc' } }),
    sessions: await db.session.findMany({ where: { user: { tenantId } }, orderBy: { id: 'asc' } }),
    counts: await db.peopleCount.findMany({ where: { tenantId }, orderBy: { userType: 'asc' } }),
  }
}

eachDatabase('requirement', (open) => {
  let world: TestWorld
  beforeAll(async () => {
    world = quickWorld(open())
    await aTenant(world)
  })

  describe('changeRequirement', () => {
    test('P1, P10: requiring 2FA is the same few statements for 1 and for 2,000 people, and one row a user type is written', async () => {
      const few = await aFurtherTenant(world)
      const many = await aFurtherTenant(world)
      const fewAdmin = await anAdmin(world, few.slug)
      const manyAdmin = await anAdmin(world, many.slug)
      await manyPeople(open(), fewAdmin.assured.person.id, 1)
      await manyPeople(open(), manyAdmin.assured.person.id, 2000)
      const rows = await peopleRows(open(), few.id)
      expect(await open().session.count({ where: { user: { tenantId: many.id } } })).toBe(2001)

      const change = { ...BOTH_ON, endSessions: true, version: 1 }
      const short = await statementsOf(() => changeRequirement(world, fewAdmin.freshAdmin, change))
      const long = await statementsOf(() => changeRequirement(world, manyAdmin.freshAdmin, change))

      expect(long).toEqual(short)
      // The tenant and the admin are held; then come the version and the row of each user type.
      const tables = ['policy', 'policy', 'app_user', 'policy', 'policy_rule', 'policy_rule', 'audit_event']
      expect(long.flatMap(writtenTable)).toEqual(tables)
      expect(await peopleRows(open(), few.id)).toEqual(rows)
      expect(await policyRow(world, many.id)).toMatchObject({
        version: 2,
        team: { required: true },
        end: { required: true },
      })
    })

    test('P10: what the audit entry says is what was and what is; nobody else’s policy changes', async () => {
      const tenant = await aFurtherTenant(world)
      const other = await aFurtherTenant(world)
      const otherBefore = await policyRow(world, other.id)
      const admin = await anAdmin(world, tenant.slug)
      world.clock.move(minutes(1))
      const changed = await changeRequirement(world, admin.freshAdmin, { ...TEAM_ON, version: 1 })
      expect(changed).toEqual({ ok: true, value: 'changed' })
      expect(await policyRow(world, tenant.id)).toMatchObject({
        version: 2,
        team: { required: true, requiredSince: world.clock.now(), sessionsVoidedAt: null },
        end: { required: false, requiredSince: null, sessionsVoidedAt: null },
        updatedAt: world.clock.now(),
      })
      const [event, ...more] = await eventsOf(world, tenant.id)
      expect(more).toEqual([])
      expect(event).toMatchObject({
        kind: 'policy_changed',
        actorKind: 'user',
        actorId: admin.assured.person.id,
        actorName: admin.assured.person.name,
        subjectId: tenant.id,
        address: '192.0.2.7',
        requestId: 'request-1',
      })
      const kinds = { teamKinds: 'totp email passkey', endKinds: 'totp email passkey' }
      expect(JSON.parse(event?.data ?? '')).toEqual({
        before: { team: false, end: false, ...kinds },
        after: { team: true, end: false, ...kinds },
        sessionsEnded: false,
      })
      expect(await policyRow(world, other.id)).toEqual(otherBefore)
    })

    test('M7: the entry says whether running sessions were ended, not whether somebody ticked the box', async () => {
      const tenant = await aFurtherTenant(world, { required: true })
      const admin = await anAdmin(world, tenant.slug)
      await changeRequirement(world, admin.freshAdmin, { ...TEAM_ON, endSessions: true, version: 1 })
      await changeRequirement(world, admin.freshAdmin, { ...BOTH_OFF, endSessions: true, version: 2 })
      const said = (await eventsOf(world, tenant.id)).map((event) => JSON.parse(event.data).sessionsEnded)
      expect(said).toEqual([true, false])
    })

    test('S14: when the audit entry cannot be written, the requirement is not changed', async () => {
      const tenant = await aFurtherTenant(world)
      const admin = await anAdmin(world, tenant.slug)
      const stuck = { ...world, random: (size: number) => new Uint8Array(size).fill(7) }
      world.clock.move(1)
      // The next id is taken already.
      await recordEvent(stuck, { tenantId: tenant.id, kind: 'signed_out', actor: { kind: 'system' } })
      const before = await policyRow(world, tenant.id)
      await expect(changeRequirement(stuck, admin.freshAdmin, { ...TEAM_ON, version: 1 })).rejects.toThrow()
      expect(await policyRow(world, tenant.id)).toEqual(before)
      expect(await eventsOf(world, tenant.id)).toEqual([])
    })

    test('P10: of eight admins who save the same version at once one wins, the others are told', async () => {
      const tenant = await aFurtherTenant(world)
      const admins = []
      for (let n = 0; n < 8; n += 1) admins.push(await anAdmin(world, tenant.slug))
      const results = await Promise.all(
        admins.map((admin, index) =>
          changeRequirement(world, admin.freshAdmin, { ...(index % 2 ? TEAM_ON : BOTH_ON), version: 1 }),
        ),
      )
      expect(results.filter((each) => each.ok)).toHaveLength(1)
      expect(results.filter((each) => !each.ok && each.code === 'changed_meanwhile')).toHaveLength(7)
      expect(await policyRow(world, tenant.id)).toMatchObject({ version: 2, team: { required: true } })
      expect((await eventsOf(world, tenant.id)).map((event) => event.kind)).toEqual(['policy_changed'])
    })

    test('an admin who looks at an older version is told, also when the draft would change nothing', async () => {
      const tenant = await aFurtherTenant(world)
      const admin = await anAdmin(world, tenant.slug)
      await changeRequirement(world, admin.freshAdmin, { ...TEAM_ON, version: 1 })
      for (const version of [1, 3]) {
        const late = await changeRequirement(world, admin.freshAdmin, { ...TEAM_ON, version })
        expect(late).toMatchObject({ ok: false, code: 'changed_meanwhile' })
      }
      expect(await policyRow(world, tenant.id)).toMatchObject({ version: 2 })
    })

    test('P4: saving what is so already writes nothing and moves no date', async () => {
      const tenant = await aFurtherTenant(world)
      const admin = await anAdmin(world, tenant.slug)
      await changeRequirement(world, admin.freshAdmin, { ...TEAM_ON, version: 1 })
      const before = await policyRow(world, tenant.id)
      world.clock.move(minutes(5))
      const again = await changeRequirement(world, admin.freshAdmin, { ...TEAM_ON, version: 2 })
      expect(again).toEqual({ ok: true, value: 'unchanged' })
      expect(await policyRow(world, tenant.id)).toEqual(before)
      expect(await eventsOf(world, tenant.id)).toHaveLength(1)
    })

    test('S9, P3: an admin without a factor must enrol first; the refusal is written down and nothing else', async () => {
      const tenant = await aFurtherTenant(world)
      const admin = await anAdmin(world, tenant.slug, { withFactor: false })
      const before = await policyRow(world, tenant.id)
      const refused = await changeRequirement(world, admin.freshAdmin, { ...TEAM_ON, version: 1 })
      expect(refused).toMatchObject({ ok: false, code: 'must_enrol_first' })
      expect(await policyRow(world, tenant.id)).toEqual(before)
      const events = await eventsOf(world, tenant.id)
      expect(events).toMatchObject([{ kind: 'policy_change_refused', actorId: admin.assured.person.id }])
      expect(JSON.parse(events[0]?.data ?? '')).toEqual({ reason: 'must_enrol_first' })
      // For others only, it is fine.
      const forEnd = { required: { team: false, end: true }, kinds: null, endSessions: false, version: 1 }
      expect((await changeRequirement(world, admin.freshAdmin, forEnd)).ok).toBe(true)
    })

    test('S9, S7: an unfinished factor, a removed one and one of a kind that is not allowed do not count', async () => {
      const tenant = await aFurtherTenant(world)
      const admin = await anAdmin(world, tenant.slug)
      const { id } = admin.assured.person
      const attempt = async () => {
        const actor = await sessionOf(world, admin.token)
        return changeRequirement(world, actor.freshAdmin, { ...TEAM_ON, version: 1 })
      }
      await world.db.factor.updateMany({ where: { userId: id }, data: { confirmedAt: null } })
      expect(await attempt()).toMatchObject({ ok: false, code: 'must_enrol_first' })
      await world.db.factor.updateMany({
        where: { userId: id },
        data: { confirmedAt: new Date(), revokedAt: new Date() },
      })
      expect(await attempt()).toMatchObject({ ok: false, code: 'must_enrol_first' })
      await world.db.factor.updateMany({ where: { userId: id }, data: { revokedAt: null } })
      await setRules(world.db, tenant.id, { team: { kinds: ['passkey'] } })
      expect(await attempt()).toMatchObject({ ok: false, code: 'must_enrol_first' })
      await setRules(world.db, tenant.id, { team: { kinds: ['passkey', 'totp'] } })
      expect(await attempt()).toEqual({ ok: true, value: 'changed' })
    })

    test('S9, P3, S8: the admin whose only factor is taken away meanwhile is told to enrol first', async () => {
      const tenant = await aFurtherTenant(world)
      const admin = await anAdmin(world, tenant.slug)
      const { id } = admin.assured.person
      const takeAway = async ({ db, clock }: TransactionDeps) => {
        await lockPerson(db, id)
        await db.factor.updateMany({ where: { userId: id }, data: { revokedAt: clock.now() } })
        await followFactors(db, id, clock.now())
      }
      const turnOn = () => changeRequirement(world, admin.freshAdmin, { ...TEAM_ON, version: 1 })
      expect(await begunBefore(world, takeAway, turnOn)).toMatchObject({ ok: false, code: 'must_enrol_first' })
      expect(await policyRow(world, tenant.id)).toMatchObject({ version: 1, team: { required: false } })
    })

    test('S9, S20, S8: nor is one turned on by a mailbox that counts no more since', async () => {
      const tenant = await aFurtherTenant(world)
      const { id } = await aPerson(world, tenant.slug, 'owner')
      await aMessagedFactor(world, id, 'email')
      const admin = await aSession(world, id, { methods: ['pwd', 'mail'], steppedUp: true })
      const byMail = async ({ db, clock }: TransactionDeps) => {
        await notePasswordSet(db, id, { byMailAt: clock.now() })
      }
      const turnOn = () => changeRequirement(world, admin.freshAdmin, { ...TEAM_ON, version: 1 })
      expect(await begunBefore(world, byMail, turnOn)).toMatchObject({ ok: false, code: 'must_enrol_first' })
    })

    test('U7: for a partner in production it stays on for everybody, and the try is written down', async () => {
      const tenant = await aFurtherTenant(world, { kind: 'partner', stage: 'production', required: true })
      const admin = await anAdmin(world, tenant.slug)
      const before = await policyRow(world, tenant.id)
      for (const draft of [TEAM_ON, BOTH_OFF]) {
        const refused = await changeRequirement(world, admin.freshAdmin, { ...draft, version: 1 })
        expect(refused).toMatchObject({ ok: false, code: 'partner_in_production' })
      }
      expect(await policyRow(world, tenant.id)).toEqual(before)
      const reasons = (await eventsOf(world, tenant.id)).map((event) => [event.kind, JSON.parse(event.data)])
      expect(reasons).toEqual([
        ['policy_change_refused', { reason: 'partner_in_production' }],
        ['policy_change_refused', { reason: 'partner_in_production' }],
      ])
    })

    test('U7: a partner on trial may turn it off', async () => {
      const tenant = await aFurtherTenant(world, { kind: 'partner', stage: 'trial', required: true })
      const admin = await anAdmin(world, tenant.slug)
      expect(await changeRequirement(world, admin.freshAdmin, { ...BOTH_OFF, version: 1 })).toEqual({
        ok: true,
        value: 'changed',
      })
      expect(await policyRow(world, tenant.id)).toMatchObject({
        team: { required: false, requiredSince: null },
        end: { required: false, requiredSince: null },
      })
    })
  })

  describe('changeDeviceRules', () => {
    const SHORTER = { trustDays: { team: 7, end: 30 }, endDeviceVerification: false }

    test('D3, P10: a shorter period is the same few statements for 1 and for 2,000 people, and touches no device', async () => {
      const few = await aFurtherTenant(world)
      const many = await aFurtherTenant(world)
      const fewAdmin = await anAdmin(world, few.slug)
      const manyAdmin = await anAdmin(world, many.slug)
      await manyPeople(open(), fewAdmin.assured.person.id, 1)
      await manyPeople(open(), manyAdmin.assured.person.id, 2000)

      const change = { ...SHORTER, version: 1 }
      const short = await statementsOf(() => changeDeviceRules(world, fewAdmin.steppedUpAdmin, change))
      const long = await statementsOf(() => changeDeviceRules(world, manyAdmin.steppedUpAdmin, change))

      expect(long).toEqual(short)
      expect(long.flatMap(writtenTable)).toEqual([
        'policy',
        'policy',
        'app_user',
        'policy',
        'policy_rule',
        'audit_event',
      ])
      expect(await policyRow(world, many.id)).toMatchObject({
        version: 2,
        team: { trustDays: 7 },
        end: { trustDays: 30 },
      })
    })

    test('M7: the entry says what was and what is; the policy of another tenant stays', async () => {
      const tenant = await aFurtherTenant(world)
      const other = await aFurtherTenant(world)
      const otherBefore = await policyRow(world, other.id)
      const admin = await anAdmin(world, tenant.slug)
      const draft = { trustDays: { team: 0, end: 14 }, endDeviceVerification: true, version: 1 }
      expect(await changeDeviceRules(world, admin.steppedUpAdmin, draft)).toEqual({ ok: true, value: 'changed' })
      const [event, ...more] = await eventsOf(world, tenant.id)
      expect(more).toEqual([])
      expect(event).toMatchObject({ kind: 'policy_changed', actorId: admin.assured.person.id, subjectId: tenant.id })
      expect(JSON.parse(event?.data ?? '')).toEqual({
        before: { teamTrustDays: 30, endTrustDays: 30, endDeviceVerification: false },
        after: { teamTrustDays: 0, endTrustDays: 14, endDeviceVerification: true },
      })
      expect(await policyRow(world, other.id)).toEqual(otherBefore)
    })

    test('P10: of eight admins who save the same version at once one wins, the others are told', async () => {
      const tenant = await aFurtherTenant(world)
      const admins = []
      for (let n = 0; n < 8; n += 1) admins.push(await anAdmin(world, tenant.slug))
      const results = await Promise.all(
        admins.map((admin, index) =>
          changeDeviceRules(world, admin.steppedUpAdmin, {
            trustDays: { team: 10 + index, end: 30 },
            endDeviceVerification: false,
            version: 1,
          }),
        ),
      )
      const winner = results.findIndex((each) => each.ok)
      expect(results.filter((each) => each.ok)).toHaveLength(1)
      expect(results.filter((each) => !each.ok && each.code === 'changed_meanwhile')).toHaveLength(7)
      expect(await policyRow(world, tenant.id)).toMatchObject({ version: 2, team: { trustDays: 10 + winner } })
      expect(await eventsOf(world, tenant.id)).toHaveLength(1)
    })

    test('a period out of range, an older version and what is so already write nothing', async () => {
      const tenant = await aFurtherTenant(world)
      const admin = await anAdmin(world, tenant.slug)
      await changeDeviceRules(world, admin.steppedUpAdmin, { ...SHORTER, version: 1 })
      const before = await policyRow(world, tenant.id)
      const save = (more: object) => changeDeviceRules(world, admin.steppedUpAdmin, { ...SHORTER, version: 2, ...more })
      expect(await save({ trustDays: { team: 3, end: 30 } })).toMatchObject({ code: 'trust_out_of_range' })
      expect(await save({ version: 1 })).toMatchObject({ code: 'changed_meanwhile' })
      expect(await save({})).toEqual({ ok: true, value: 'unchanged' })
      expect(await policyRow(world, tenant.id)).toEqual(before)
      expect(await eventsOf(world, tenant.id)).toHaveLength(1)
    })

    test('S14: when the audit entry cannot be written, the period is not changed', async () => {
      const tenant = await aFurtherTenant(world)
      const admin = await anAdmin(world, tenant.slug)
      const stuck = { ...world, random: (size: number) => new Uint8Array(size).fill(9) }
      world.clock.move(1)
      await recordEvent(stuck, { tenantId: tenant.id, kind: 'signed_out', actor: { kind: 'system' } })
      const before = await policyRow(world, tenant.id)
      await expect(changeDeviceRules(stuck, admin.steppedUpAdmin, { ...SHORTER, version: 1 })).rejects.toThrow()
      expect(await policyRow(world, tenant.id)).toEqual(before)
    })
  })

  describe('sessions under a new requirement', () => {
    async function stateOf(token: string) {
      const { assured } = await sessionOf(world, token)
      return judgeSession(assured.session, assured.person, world.clock.now())
    }

    test('P4: a session opened before goes on until it ends, one opened after without a factor is worth nothing', async () => {
      const tenant = await aFurtherTenant(world)
      const admin = await anAdmin(world, tenant.slug)
      const person = await aPerson(world, tenant.slug, 'agent')
      const before = await aSession(world, person.id)
      world.clock.move(1)
      await changeRequirement(world, admin.freshAdmin, { ...TEAM_ON, version: 1 })
      world.clock.move(1)
      const after = await aSession(world, person.id)
      const proved = await aSession(world, person.id, { methods: ['pwd', 'otp'] })
      expect(await stateOf(before.token)).toBe('assured')
      expect(await stateOf(after.token)).toBe('not_assured')
      expect(await stateOf(proved.token)).toBe('assured')
      world.clock.move(hours(1))
      expect(await stateOf(before.token)).toBe('ended')
    })

    test('P4: with the box they end at once for the types it is required of, the admin’s own included', async () => {
      const tenant = await aFurtherTenant(world)
      const admin = await anAdmin(world, tenant.slug)
      const agent = await aPerson(world, tenant.slug, 'agent')
      const customer = await aPerson(world, tenant.slug, 'end_user')
      const running = [await aSession(world, agent.id), await aSession(world, agent.id, { methods: ['pwd', 'otp'] })]
      const untouched = await aSession(world, customer.id)
      await changeRequirement(world, admin.freshAdmin, { ...TEAM_ON, endSessions: true, version: 1 })
      for (const { token } of [...running, admin]) expect(await stateOf(token)).toBe('ended')
      expect(await stateOf(untouched.token)).toBe('assured')
      expect(await findLiveSession(world, 'no such hash')).toBeNull()
      world.clock.move(1)
      const fresh = await aSession(world, agent.id, { methods: ['pwd', 'otp'] })
      expect(await stateOf(fresh.token)).toBe('assured')
    })

    test('P5: when the requirement is stopped, a session without a factor is good again', async () => {
      const tenant = await aFurtherTenant(world, { required: true })
      const admin = await anAdmin(world, tenant.slug)
      const person = await aPerson(world, tenant.slug, 'agent')
      world.clock.move(1)
      const session = await aSession(world, person.id)
      expect(await stateOf(session.token)).toBe('not_assured')
      await changeRequirement(world, admin.freshAdmin, { ...BOTH_OFF, version: 1 })
      expect(await stateOf(session.token)).toBe('assured')
    })
  })

  describe('viewRequirement', () => {
    test('P9: shows the switches of this tenant and how many of how many are enrolled, per user type', async () => {
      const tenant = await aFurtherTenant(world, { required: true })
      const admin = await anAdmin(world, tenant.slug)
      await aPerson(world, tenant.slug, 'agent')
      await aPerson(world, tenant.slug, 'end_user')
      const view = await viewRequirement(world, admin.admin)
      expect(view.policy).toMatchObject({
        tenantId: tenant.id,
        version: 1,
        team: { required: true },
        end: { required: true },
      })
      expect(await enrolmentProgress(world.db, tenant.id)).toEqual({
        team: { people: 2, enrolled: 1 },
        end: { people: 1, enrolled: 0 },
      })
    })

    test('P3: says beforehand whether the admin would meet the rule', async () => {
      const tenant = await aFurtherTenant(world)
      expect((await viewRequirement(world, (await anAdmin(world, tenant.slug)).admin)).hasFactor).toBe(true)
      const without = await anAdmin(world, tenant.slug, { withFactor: false })
      expect((await viewRequirement(world, without.admin)).hasFactor).toBe(false)
    })

    test('P8 P10: the day is one more column of the one row, stands in the log, and is moved by nothing but a save', async () => {
      const tenant = await aFurtherTenant(world)
      const admin = await anAdmin(world, tenant.slug)
      const first = lastDayOf(later(world.clock.now(), days(10)), 'UTC')
      const save = (team: string, version: number, required = TEAM_ON.required) =>
        changeRequirement(world, admin.freshAdmin, { ...TEAM_ON, required, deadlines: { team }, version })
      expect((await save(first, 1)).ok).toBe(true)
      const { team } = await policyRow(world, tenant.id)
      expect(team).toMatchObject({ deadline: endOfDay(first, 'UTC'), firstRequiredAt: world.clock.now() })
      world.clock.move(days(1))
      await save(first, 2, BOTH_OFF.required)
      await save(first, 3)
      expect((await policyRow(world, tenant.id)).team).toMatchObject({
        deadline: team.deadline,
        firstRequiredAt: team.firstRequiredAt,
        requiredSince: world.clock.now(),
      })
      const late = lastDayOf(later(world.clock.now(), days(91)), 'UTC')
      expect(await save(late, 4)).toMatchObject({ ok: false, code: 'deadline_out_of_range' })
      expect((await save('', 4)).ok).toBe(true)
      expect((await policyRow(world, tenant.id)).team.deadline).toBeNull()
      const events = (await eventsOf(world, tenant.id)).map(({ kind, data }) => ({ kind, ...JSON.parse(data) }))
      expect(events[0]).toMatchObject({ before: { team: false }, after: { team: true, teamDeadline: first } })
      expect(events.at(-2)).toMatchObject({ kind: 'policy_change_refused', reason: 'deadline_out_of_range' })
      expect(events.at(-1)?.before.teamDeadline).toBe(first)
      expect(events.at(-1)?.after).not.toHaveProperty('teamDeadline')
    })

    test('S8: a tenant whose policy is missing shows nothing and changes nothing', async () => {
      const tenant = await aFurtherTenant(world)
      const admin = await anAdmin(world, tenant.slug)
      await world.db.policy.delete({ where: { tenantId: tenant.id } })
      await expect(viewRequirement(world, admin.admin)).rejects.toThrow('the row is missing')
      const change = changeRequirement(world, admin.freshAdmin, { ...TEAM_ON, version: 1 })
      await expect(change).rejects.toThrow('the row is missing')
      await expect(findLiveSession(world, admin.assured.session.tokenHash)).rejects.toThrow()
    })
  })

  describe('changeSessionLimits', () => {
    const limits = (team: [number, number], end: [number, number] = [60, 24]) => ({
      team: { idleMinutes: team[0], sessionHours: team[1] },
      end: { idleMinutes: end[0], sessionHours: end[1] },
    })
    const state = async ({ token }: { token: string }) => {
      const { session, person } = (await sessionOf(world, token)).assured
      return judgeSession(session, person, world.clock.now())
    }

    test('SE2: shorter limits end at once what is beyond them, and the preview counted those; rows of sessions stay', async () => {
      const tenant = await aFurtherTenant(world)
      const ann = await aPerson(world, tenant.slug)
      const [old, left] = [
        await aSession(world, ann.id, { methods: ['pwd', 'otp'] }),
        await aPerson(world, tenant.slug),
      ]
      world.clock.move(hours(2))
      await world.db.session.updateMany({ where: { userId: ann.id }, data: { lastSeenAt: world.clock.now() } })
      const idle = await aSession(world, left.id, { methods: ['pwd', 'otp'] })
      const eve = await aPerson(world, tenant.slug, 'end_user')
      const [proved, free] = [
        await aSession(world, eve.id, { methods: ['pwd', 'otp'] }),
        await aSession(world, (await aPerson(world, tenant.slug, 'end_user')).id, { methods: ['pwd'] }),
      ]
      world.clock.move(minutes(20))
      const admin = await anAdmin(world, tenant.slug)
      const wanted = limits([15, 1], [15, 24])
      const rows = await world.db.session.findMany({ where: { user: { tenantId: tenant.id } } })
      await world.db.session.updateMany({ where: { userId: ann.id }, data: { lastSeenAt: world.clock.now() } })

      expect(await previewSessionLimits(world, admin.admin, wanted)).toEqual({
        counts: { team: 2, end: 1 },
        own: false,
      })
      expect(await previewSessionLimits(world, admin.admin, limits([60, 12]))).toEqual({
        counts: { team: 0, end: 0 },
        own: false,
      })
      for (const each of [old, idle, proved, free]) expect(await state(each)).not.toBe('ended')
      const changed = await changeSessionLimits(world, admin.freshAdmin, { limits: wanted, version: 1 })
      expect(changed).toEqual({ ok: true, value: 'changed' })
      expect([await state(old), await state(idle), await state(proved)]).toEqual(['ended', 'ended', 'ended'])
      expect(await state(free)).not.toBe('ended')
      expect(await world.db.session.count({ where: { user: { tenantId: tenant.id }, endedAt: null } })).toBe(
        rows.length,
      )
      const [event] = await eventsOf(world, tenant.id)
      expect(JSON.parse(event?.data ?? '')).toEqual({
        before: { teamIdleMinutes: 60, teamSessionHours: 12, endIdleMinutes: 60, endSessionHours: 24 },
        after: { teamIdleMinutes: 15, teamSessionHours: 1, endIdleMinutes: 15, endSessionHours: 24 },
      })
    })

    test('SE2: what has ended already is no session that a shorter limit ends', async () => {
      const tenant = await aFurtherTenant(world)
      await aSession(world, (await aPerson(world, tenant.slug)).id, { methods: ['pwd', 'otp'] })
      world.clock.move(minutes(61))
      const admin = await anAdmin(world, tenant.slug)
      const ending = await previewSessionLimits(world, admin.admin, limits([15, 1]))
      expect(ending).toEqual({ counts: { team: 0, end: 0 }, own: false })
    })

    test('SE2: longer limits are those of sessions that begin later', async () => {
      const tenant = await aFurtherTenant(world)
      await setRules(world.db, tenant.id, { team: { idleMinutes: 15, sessionHours: 1 } })
      const admin = await anAdmin(world, tenant.slug)
      const session = await aSession(world, (await aPerson(world, tenant.slug)).id, { methods: ['pwd', 'otp'] })
      expect((await changeSessionLimits(world, admin.freshAdmin, { limits: limits([60, 12]), version: 1 })).ok).toBe(
        true,
      )
      world.clock.move(minutes(16))
      expect(await state(session)).toBe('ended')
    })

    test('SE2, N20: a limit beyond floor or ceiling, or no whole number, is refused and changes nothing', async () => {
      const tenant = await aFurtherTenant(world)
      const admin = await anAdmin(world, tenant.slug)
      const wrong = [
        limits([14, 12]),
        limits([61, 12]),
        limits([60, 13]),
        limits([60, 0]),
        limits([60, 12], [60, 25]),
        limits([Number.NaN, 12]),
        limits([15.5, 12]),
      ]
      for (const each of wrong) {
        const changed = await changeSessionLimits(world, admin.freshAdmin, { limits: each, version: 1 })
        expect(changed).toEqual({ ok: false, code: 'limits_out_of_range' })
        expect(await previewSessionLimits(world, admin.admin, each)).toBeNull()
      }
      expect(await eventsOf(world, tenant.id)).toEqual([])
    })
  })
})
