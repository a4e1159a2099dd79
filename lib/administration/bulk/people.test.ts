import { beforeAll, beforeEach, expect, test } from 'vitest'
import { judgeSession } from '../../authentication/session/rules'
import { findLiveSession } from '../../authentication/session/service'
import { hashToken } from '../../core/crypto/token'
import { days, hours, minutes } from '../../core/kernel/time'
import { viewCoverage } from '../../coverage/service'
import type { Role } from '../../identity/user/types'
import { confirmed } from '../../job/confirmed'
import { eachDatabase } from '../../testing/databases'
import { setRules } from '../../testing/policy'
import {
  aFurtherTenant,
  aGuest,
  anOperator,
  aPerson,
  aSession,
  aTenant,
  aTotpFactor,
  quickWorld,
  type TestWorld,
} from '../../testing/world'
import { startImport } from '../import/console/service'
import { bringIn } from '../import/work/service'
import { exempt, suspend } from '../people/acts/service'
import { issueCode } from '../people/codes/service'
import { changeRole } from '../people/role/service'
import { askForReminders, viewReminders } from '../reminder/service'
import { sendReminders } from '../reminder/work/service'
import { settleRestored } from '../restore/service'
import { confirmBulk, dropBulk, prepareBulk, viewBulk } from './service'
import type { BulkActName } from './types'
import { type IsOutage, workOnBulk } from './work/service'

const ALL = { outcome: null, after: 0 }
const go = () => false

eachDatabase('bulk acts on people', (open, kind) => {
  let world: TestWorld
  let tenant: Awaited<ReturnType<typeof aFurtherTenant>>

  beforeAll(async () => {
    world = quickWorld(open())
    await aTenant(world)
  })
  beforeEach(async () => {
    world.clock.move(hours(25))
    tenant = await aFurtherTenant(world)
  })

  type Actor = Awaited<ReturnType<typeof anActor>>
  const anActor = async (role: Role = 'owner', slug = tenant.slug) => {
    const { id } = await aPerson(world, slug, role)
    return (await aSession(world, id, { methods: ['pwd', 'otp'], steppedUp: true })).freshAdmin
  }
  const outcome = (result: { ok: true } | { ok: false; code: string }) => (result.ok ? 'ok' : result.code)
  const members = async (count: number, role: Role = 'end_user') => {
    const made = []
    for (let n = 0; n < count; n += 1) made.push(await aPerson(world, tenant.slug, role))
    return made
  }
  const idsOf = (people: readonly { id: string }[]) => people.map(({ id }) => id)
  const work = async (isOutage?: IsOutage) => {
    while (await workOnBulk(world, confirmed, go, isOutage));
  }
  const prepared = async (actor: Actor, input: { choice: string; picked?: readonly string[]; filter?: string }) => {
    const { choice, picked = [], filter = null } = input
    const made = await prepareBulk(world, actor, { choice, picked, filter })
    if (!made.ok) throw new Error(made.code)
    return made.value.id
  }
  const countsOf = async (actor: Actor, id: string) => {
    const found = await viewBulk(world, actor, id, ALL)
    return Object.fromEntries(Object.entries(found?.view.counts ?? {}).filter(([, count]) => count > 0))
  }
  const confirm = async (actor: Actor, id: string, act: BulkActName) =>
    outcome(await confirmBulk(world, actor, id, [act]))
  const done = async (actor: Actor, choice: string, picked: readonly string[]) => {
    const id = await prepared(actor, { choice, picked })
    expect(await confirm(actor, id, choice.split('.')[0] as BulkActName)).toBe('ok')
    await work()
    return id
  }
  const rolesOf = async (people: readonly { id: string }[]) => {
    const rows = await world.db.membership.findMany({ where: { userId: { in: idsOf(people) }, tenantId: tenant.id } })
    return people.map(({ id }) => rows.find(({ userId }) => userId === id)?.role)
  }
  const openSessions = (people: readonly { id: string }[]) =>
    world.db.session.count({ where: { userId: { in: idsOf(people) }, endedAt: null } })
  const events = (kind: string, people?: readonly { id: string }[]) =>
    world.db.auditEvent.findMany({
      where: {
        tenantId: tenant.id,
        kind,
        ...(people === undefined ? {} : { subjectId: { in: idsOf(people) } }),
      },
      orderBy: { id: 'asc' },
    })
  /** The database refuses every change of this one membership, as a damaged page or a bug would. */
  const trap = async (userId: string) => {
    const statements =
      kind === 'sqlite'
        ? [
            `CREATE TRIGGER trap BEFORE UPDATE ON "membership" WHEN NEW."userId" = '${userId}'
             BEGIN SELECT RAISE(ABORT, 'trapped'); END`,
          ]
        : [
            `CREATE OR REPLACE FUNCTION trapped() RETURNS trigger AS $$ BEGIN RAISE EXCEPTION 'trapped'; END $$ LANGUAGE plpgsql`,
            `CREATE TRIGGER trap BEFORE UPDATE ON "membership" FOR EACH ROW WHEN (NEW."userId" = '${userId}')
             EXECUTE FUNCTION trapped()`,
          ]
    for (const statement of statements) await world.db.$executeRawUnsafe(statement)
    return () =>
      world.db.$executeRawUnsafe(kind === 'sqlite' ? 'DROP TRIGGER trap' : 'DROP TRIGGER trap ON "membership"')
  }
  const mailsTo = (people: readonly { id: string }[], template: string) =>
    world.db.outboxMessage.count({ where: { userId: { in: idsOf(people) }, template } })

  test('X7: of ticked people all sessions end, with one entry each and one with the number', async () => {
    const actor = await anActor()
    const people = await members(3)
    for (const { id } of people) await aSession(world, id)
    const [one, two, three] = people
    const picked = idsOf(people.slice(0, 2))
    const id = await prepared(actor, { choice: 'end_sessions', picked })
    await work()
    expect([await countsOf(actor, id), await openSessions(people)]).toEqual([{ open: 2 }, 3])
    expect(await confirm(actor, id, 'end_sessions')).toBe('ok')
    await work()
    expect([await countsOf(actor, id), await openSessions(people)]).toEqual([{ done: 2 }, 1])
    const each = await events('session_ended', people)
    expect(each.map(({ subjectId, actorId }) => [subjectId, actorId])).toEqual([
      [one?.id, actor.person.id],
      [two?.id, actor.person.id],
    ])
    expect(await openSessions(three === undefined ? [] : [three])).toBe(1)
    const [started] = (await events('bulk_started')).slice(-1)
    const [ended] = (await events('bulk_done')).slice(-1)
    expect(JSON.parse(started?.data ?? '')).toEqual({ action: 'end_sessions', bulk: id, people: 2 })
    expect(JSON.parse(ended?.data ?? '')).toEqual({ action: 'end_sessions', bulk: id, done: 2, others: 0 })
  })

  test('R13 R3 U9: a role by the hundred has the consequences of one: mail, entry, issued codes, exemption, session', async () => {
    const owner = await anActor()
    const issuer = await anActor('admin')
    const falling = issuer.person
    const [rising, agent] = [await aPerson(world, tenant.slug, 'end_user'), await aPerson(world, tenant.slug, 'agent')]
    const { token } = await aSession(world, rising.id)
    expect(outcome(await issueCode(world, issuer, agent.id, 'phone lost'))).toBe('ok')
    expect(outcome(await exempt(world, owner, rising.id, { days: 5, reason: 'phone in repair' }))).toBe('ok')
    await world.db.outboxMessage.deleteMany({})
    const before = await viewCoverage(world, owner)
    const id = await prepared(owner, { choice: 'role.admin', picked: [rising.id] })
    expect(await confirm(owner, id, 'role')).toBe('ok')
    const other = await prepared(owner, { choice: 'role.agent', picked: [falling.id] })
    expect(await confirm(owner, other, 'role')).toBe('ok')
    await work()
    expect(await rolesOf([rising, falling])).toEqual(['admin', 'agent'])
    expect(await mailsTo([rising, falling], 'role_changed')).toBe(2)
    const told = await events('role_changed', [rising, falling])
    expect(told.map(({ data }) => JSON.parse(data))).toEqual([
      { before: 'end_user', after: 'admin' },
      { before: 'admin', after: 'agent' },
    ])
    const code = await world.db.recoveryCode.findFirstOrThrow({ where: { issuedById: falling.id } })
    expect(code.revokedAt).not.toBeNull()
    expect(await events('exemption_ended', [rising])).toHaveLength(1)
    const after = await viewCoverage(world, owner)
    const people = ({ types }: typeof after) =>
      [types.team, types.end].map(({ outcomes }) => Object.values(outcomes).reduce((sum, each) => sum + each, 0))
    const [team = 0, end = 0] = people(before)
    expect(people(after)).toEqual([team + 1, end - 1])
    // A session of the old role is worth no more than a new sign-in into the new one would be.
    const worth = async () => {
      const found = await findLiveSession(world, hashToken('session', token))
      return found === null ? 'none' : judgeSession(found.session, found.person, world.clock.now())
    }
    world.clock.move(hours(1) - 1)
    expect(await worth()).toBe('assured')
    world.clock.move(1)
    expect(await worth()).toBe('ended')
  })

  test('S29 R3 U6: oneself, guests, owners, higher roles and suspended people are named and never touched', async () => {
    const owner = await anActor()
    const admin = await anActor('admin')
    const elsewhere = await aFurtherTenant(world)
    const guest = await aPerson(world, elsewhere.slug, 'end_user')
    await aGuest(world, tenant.id, guest.id, 'end_user')
    const [agent, member, away] = [
      await aPerson(world, tenant.slug, 'agent'),
      await aPerson(world, tenant.slug, 'end_user'),
      await aPerson(world, tenant.slug, 'end_user'),
    ]
    expect(outcome(await suspend(world, owner, away.id, 'left'))).toBe('ok')
    const stranger = await aPerson(world, elsewhere.slug, 'end_user')
    const picked = [owner.person.id, admin.person.id, ...idsOf([guest, agent, member, away, stranger])]
    const of = async (actor: Actor, choice: string) => {
      const id = await prepared(actor, { choice, picked })
      return [await countsOf(actor, id), id] as const
    }
    const [byAdmin, id] = await of(admin, 'role.agent')
    expect(byAdmin).toEqual({ open: 1, self: 1, guest: 1, higher_role: 1, suspended: 1, already_so: 1 })
    const second = await anActor()
    const [byOwner] = await of(second, 'role.admin')
    expect(byOwner).toEqual({ open: 2, guest: 1, owner: 1, suspended: 1, already_so: 1 })
    const [sessions] = await of(admin, 'end_sessions')
    expect(sessions).toEqual({ open: 2, self: 1, guest: 1, higher_role: 1, suspended: 1 })
    expect(await confirm(admin, id, 'role')).toBe('ok')
    await work()
    expect(await rolesOf([member, agent, guest])).toEqual(['agent', 'agent', 'end_user'])
    expect(await countsOf(admin, id)).toEqual({ ...byAdmin, open: undefined, done: 1 })
    const nobody = { choice: 'end_sessions', filter: null, picked: [stranger.id] }
    expect(await prepareBulk(world, admin, nobody)).toMatchObject({ code: 'nothing_picked' })
    for (const choice of ['role.owner', 'suspend', 'role.nonsense', 'end_sessions.x'])
      expect(await prepareBulk(world, admin, { ...nobody, choice })).toMatchObject({ code: 'not_permitted' })
  })

  test('R10 X1: a language is given to many, who are told in it, and whoever has it is left out', async () => {
    const actor = await anActor()
    const people = await members(3)
    await world.db.user.update({ where: { id: people[0]?.id ?? '' }, data: { locale: 'ja' } })
    const id = await prepared(actor, { choice: 'language.ja', picked: idsOf(people) })
    expect(await countsOf(actor, id)).toEqual({ open: 2, already_so: 1 })
    expect(await confirm(actor, id, 'language')).toBe('ok')
    await world.db.user.update({ where: { id: people[1]?.id ?? '' }, data: { locale: 'ja' } })
    await work()
    expect(await countsOf(actor, id)).toEqual({ done: 1, already_so: 2 })
    const users = await world.db.user.findMany({ where: { id: { in: idsOf(people) } } })
    expect(users.map(({ locale }) => locale)).toEqual(['ja', 'ja', 'ja'])
    const mails = await world.db.outboxMessage.findMany({ where: { template: 'profile_changed' } })
    expect(mails.map(({ userId, locale }) => [userId, locale])).toEqual([[people[2]?.id, 'ja']])
    expect(await events('profile_changed', people)).toHaveLength(1)
  })

  test('S8: what somebody became meanwhile counts: higher, owner, suspended, guest’s end, oneself', async () => {
    const owner = await anActor()
    const admin = await anActor('admin')
    const [raised, away, gone, kept] = await members(4)
    if (!raised || !away || !gone || !kept) throw new Error('nobody')
    const all = [raised, away, gone, kept]
    const id = await prepared(admin, { choice: 'role.agent', picked: idsOf(all) })
    expect(await confirm(admin, id, 'role')).toBe('ok')
    expect(outcome(await changeRole(world, owner, raised.id, 'owner'))).toBe('ok')
    expect(outcome(await suspend(world, owner, away.id, 'x'))).toBe('ok')
    await world.db.membership.deleteMany({ where: { userId: gone.id } })
    await work()
    expect(await countsOf(admin, id)).toEqual({ done: 1, higher_role: 1, suspended: 1, gone: 1 })
    expect(await rolesOf([raised, away, kept])).toEqual(['owner', 'end_user', 'agent'])
  })

  test('R3 S8: no owner goes by a choice for many, and the last one by none', async () => {
    const owner = await anActor()
    const second = await anActor()
    const id = await prepared(owner, { choice: 'role.agent', picked: [owner.person.id, second.person.id] })
    expect(await countsOf(owner, id)).toEqual({ self: 1, owner: 1 })
    const [agent] = await members(1)
    const kept = await prepared(owner, { choice: 'role.agent', picked: idsOf([agent ?? owner.person]) })
    expect(await confirm(owner, kept, 'role')).toBe('ok')
    // Between confirmation and work the one who is picked becomes an owner.
    await world.db.membership.updateMany({
      where: { userId: agent?.id ?? '' },
      data: { role: 'owner', userType: 'team' },
    })
    await work()
    expect(await countsOf(owner, kept)).toEqual({ owner: 1 })
    expect(await rolesOf([owner.person, second.person])).toEqual(['owner', 'owner'])
  })

  test('X7 M4: all of a filter is who was there when it was chosen, once each, however it is searched', async () => {
    const actor = await anActor()
    const here = await members(2)
    const agents = await members(2, 'agent')
    const elsewhere = await aFurtherTenant(world)
    await aPerson(world, elsewhere.slug, 'end_user')
    const ends = await prepared(actor, { choice: 'end_sessions', filter: 'role=end_user' })
    const found = await prepared(actor, { choice: 'end_sessions', filter: 'q=person' })
    const all = await prepared(actor, { choice: 'end_sessions', filter: '' })
    world.clock.move(1)
    const late = await members(1)
    await work()
    expect(await countsOf(actor, ends)).toEqual({ open: 2 })
    expect(await countsOf(actor, found)).toEqual({ open: 4, self: 1 })
    expect(await countsOf(actor, all)).toEqual({ open: 4, self: 1 })
    for (const { id } of [...here, ...agents, ...late]) await aSession(world, id)
    expect(await confirm(actor, ends, 'end_sessions')).toBe('ok')
    await work()
    expect([await openSessions(here), await openSessions(agents), await openSessions(late)]).toEqual([0, 2, 1])
  })

  test('X7: what is long is gathered part by part, and a list that is read otherwise by then misses nobody', async () => {
    const actor = await anActor()
    const now = world.clock.now()
    const rows = Array.from({ length: 1_203 }, (_, n) => {
      const id = `${tenant.id}-${String(n).padStart(4, '0')}`
      return { id, email: `${id}@example.com`, name: id }
    })
    await world.db.user.createMany({ data: rows.map((row) => ({ ...row, tenantId: tenant.id, createdAt: now })) })
    await world.db.membership.createMany({
      data: rows.map(({ id, email }, n) => ({
        id,
        userId: id,
        tenantId: tenant.id,
        // Of whom it is required, and then those who turned it on for themselves: a segment each.
        ...(n < 600
          ? ({ role: 'agent', userType: 'team' } as const)
          : ({ role: 'end_user', userType: 'end', ownTwoFactor: true } as const)),
        nameKey: id,
        surnameKey: id,
        emailKey: email,
        createdAt: now,
      })),
    })
    await setRules(world.db, tenant.id, {
      team: { required: true, requiredSince: now },
      end: { required: false, requiredSince: null },
    })
    const id = await prepared(actor, { choice: 'remind', filter: 'status=setup_required' })
    expect((await viewBulk(world, actor, id, ALL))?.view).toMatchObject({ rows: 1_000, gatheredAt: null })
    expect(await confirm(actor, id, 'remind')).toBe('not_found')
    // From now on both are one segment.
    await setRules(world.db, tenant.id, { end: { required: true, requiredSince: now } })
    await work()
    const view = (await viewBulk(world, actor, id, ALL))?.view
    // The owner who chose it has nothing set up either.
    expect([view?.rows, view?.counts.open, view?.counts.self]).toEqual([1_204, 1_203, 1])
  })

  test('P8: a reminder goes to whoever must set up 2FA, once a day with every other one, in a round of its own', async () => {
    const actor = await anActor()
    await aTotpFactor(world, actor.person.id)
    const [ann, bob, cem] = await members(3, 'agent')
    if (!ann || !bob || !cem) throw new Error('nobody')
    await aTotpFactor(world, cem.id)
    await setRules(world.db, tenant.id, { team: { required: true, requiredSince: world.clock.now() } })
    await world.db.user.update({ where: { id: ann.id }, data: { locale: 'ja' } })
    const id = await done(actor, 'remind', idsOf([ann, cem]))
    expect(await countsOf(actor, id)).toEqual({ done: 1, not_outstanding: 1 })
    const [mail] = await world.db.outboxMessage.findMany({ where: { template: 'setup_reminder', userId: ann.id } })
    const [round] = await world.db.reminderRound.findMany({ where: { tenantId: tenant.id } })
    expect([mail?.locale, mail?.roundId, mail?.recipient]).toEqual(['ja', round?.id, ann.email])
    expect(round).toMatchObject({ mailed: 1, askedByName: actor.person.name, finishedAt: round?.createdAt })
    expect(await events('person_reminded', [ann, cem])).toHaveLength(1)
    // Asking everybody is not used up by it, and leaves out whoever was reminded by hand today.
    const seen = async () => (await viewReminders(world, actor, await viewCoverage(world, actor))).askAgainAt
    expect(await seen()).toBeNull()
    expect(outcome(await askForReminders(world, actor))).toBe('ok')
    while (await sendReminders(world, go));
    expect([await mailsTo([ann], 'setup_reminder'), await mailsTo([bob], 'setup_reminder')]).toEqual([1, 1])
    const again = await done(actor, 'remind', idsOf([ann, bob]))
    expect(await countsOf(actor, again)).toEqual({ reminded_lately: 2 })
    expect(await world.db.reminderRound.count({ where: { tenantId: tenant.id } })).toBe(2)
    world.clock.move(days(1))
    const next = await done(actor, 'remind', idsOf([ann, bob]))
    expect(await countsOf(actor, next)).toEqual({ done: 2 })
    const last = await world.db.reminderRound.findFirstOrThrow({
      where: { tenantId: tenant.id },
      orderBy: { createdAt: 'desc' },
    })
    expect(last.mailed).toBe(2)
  })

  test('X7: of 64 confirmations at once one counts, and of eight workers each does nothing twice', async () => {
    const actor = await anActor()
    const people = await members(3)
    const id = await prepared(actor, { choice: 'role.agent', picked: idsOf(people) })
    const all = await Promise.all(Array.from({ length: 64 }, () => confirm(actor, id, 'role')))
    expect(all.filter((each) => each === 'ok')).toHaveLength(1)
    await Promise.all(Array.from({ length: 8 }, () => workOnBulk(world, confirmed, go)))
    await work()
    expect(await confirm(actor, id, 'role')).toBe('already_so')
    expect(await rolesOf(people)).toEqual(['agent', 'agent', 'agent'])
    expect(await events('role_changed', people)).toHaveLength(3)
    expect(await mailsTo(people, 'role_changed')).toBe(3)
  })

  test('X7: a worker that dies in the middle is followed by another, and everybody is done once', async () => {
    const actor = await anActor()
    const people = await members(60)
    const id = await prepared(actor, { choice: 'role.agent', filter: 'type=end' })
    expect(await confirm(actor, id, 'role')).toBe('ok')
    let parts = 0
    let calls = 0
    const dying = {
      ...world,
      clock: {
        now: () => {
          calls += parts < 2 ? 0 : 1
          // In the middle of its second part.
          if (calls > 30) throw new Error('killed')
          return world.clock.now()
        },
      },
    }
    const counting = () => {
      parts += 1
      return false
    }
    await expect(workOnBulk(dying, confirmed, counting)).rejects.toThrow('killed')
    expect(await countsOf(actor, id)).toEqual({ done: 25, open: 35 })
    expect(await events('role_changed', people)).toHaveLength(25)
    expect(await workOnBulk(world, confirmed, go)).toBe(false)
    world.clock.move(minutes(6))
    await work()
    expect(await countsOf(actor, id)).toEqual({ done: 60 })
    expect(await events('role_changed', people)).toHaveLength(60)
    expect(await mailsTo(people, 'role_changed')).toBe(60)
  })

  test.each(['suspended', 'agent'] as const)(
    'S8: whoever confirmed it and is %s in the middle does nothing more to anybody',
    async (becomes) => {
      const boss = await anActor()
      const actor = await anActor('admin')
      const people = await members(30)
      const id = await prepared(actor, { choice: 'role.agent', filter: 'type=end' })
      expect(await confirm(actor, id, 'role')).toBe('ok')
      let asked = 0
      await workOnBulk(world, confirmed, () => {
        asked += 1
        return asked > 1
      })
      if (becomes === 'suspended') expect(outcome(await suspend(world, boss, actor.person.id, 'x'))).toBe('ok')
      else expect(outcome(await changeRole(world, boss, actor.person.id, 'agent'))).toBe('ok')
      await work()
      expect(await countsOf(boss, id)).toEqual({ done: 25, stopped: 5 })
      expect((await rolesOf(people)).filter((role) => role === 'end_user')).toHaveLength(5)
    },
  )

  test('X7: one person at whom everything fails holds nobody up, and is named after three tries', async () => {
    const actor = await anActor()
    const people = await members(30)
    const bad = people[7]?.id ?? ''
    const id = await prepared(actor, { choice: 'role.agent', filter: 'type=end' })
    expect(await confirm(actor, id, 'role')).toBe('ok')
    const at = (await world.db.bulkTarget.findFirstOrThrow({ where: { bulkId: id, subjectId: bad } })).number
    const free = await trap(bad)
    const tries: string[] = []
    for (let times = 0; times < 3; times += 1) {
      tries.push(
        await workOnBulk(world, confirmed, go).then(
          () => 'went on',
          () => 'failed',
        ),
      )
      expect(await countsOf(actor, id)).toEqual({ open: 30 })
      world.clock.move(minutes(6))
    }
    expect(tries).toEqual(['failed', 'failed', 'failed'])
    await work()
    expect(await countsOf(actor, id)).toEqual({ done: 29, failed: 1 })
    const found = await viewBulk(world, actor, id, { outcome: 'failed', after: 0 })
    expect(found?.targets.map(({ subjectId, number }) => [subjectId, number])).toEqual([[bad, at]])
    expect((await rolesOf(people)).filter((role) => role === 'end_user')).toHaveLength(1)
    const [ended] = (await events('bulk_done')).slice(-1)
    expect(JSON.parse(ended?.data ?? '')).toMatchObject({ done: 29, others: 1 })
    await free()
  })

  test('X7: an outage of the database counts against nobody, however long it lasts', async () => {
    const actor = await anActor()
    const people = await members(3)
    const id = await prepared(actor, { choice: 'role.agent', picked: idsOf(people) })
    expect(await confirm(actor, id, 'role')).toBe('ok')
    const free = await trap(people[1]?.id ?? '')
    const isOutage = () => true
    for (let times = 0; times < 5; times += 1) {
      await expect(workOnBulk(world, confirmed, go, isOutage)).rejects.toThrow()
      world.clock.move(minutes(6))
    }
    // Nor in the middle of trying one by one.
    await world.db.bulkAct.update({ where: { id }, data: { failures: 3 } })
    await expect(workOnBulk(world, confirmed, go, isOutage)).rejects.toThrow()
    expect(await countsOf(actor, id)).toEqual({ done: 1, open: 2 })
    await free()
    world.clock.move(minutes(6))
    await work()
    expect(await countsOf(actor, id)).toEqual({ done: 3 })
  })

  test('X12 X7: after a restore nothing that was confirmed goes on by itself, and the log and the page say so', async () => {
    const actor = await anActor()
    const people = await members(30)
    const id = await prepared(actor, { choice: 'role.agent', filter: 'type=end' })
    expect(await confirm(actor, id, 'role')).toBe('ok')
    let asked = 0
    await workOnBulk(world, confirmed, () => {
      asked += 1
      return asked > 1
    })
    const by = { createdById: actor.person.id, createdByName: actor.person.name, locale: 'en' }
    const file = await world.db.peopleImport.create({
      data: { tenantId: tenant.id, ...by, fileName: 'people.csv', rows: 1, createdAt: world.clock.now() },
    })
    expect(outcome(await startImport(world, actor, file.id))).toBe('ok')
    expect(outcome(await settleRestored(world, anOperator(), world.clock.now()))).toBe('ok')
    await work()
    expect(await bringIn(world, go)).toBe(false)
    expect(await countsOf(actor, id)).toEqual({ done: 25, restored: 5 })
    expect((await rolesOf(people)).filter((role) => role === 'end_user')).toHaveLength(5)
    const [stopped] = await events('bulk_stopped')
    expect(JSON.parse(stopped?.data ?? '')).toEqual({ action: 'role', bulk: id, done: 25, others: 5, to: 'agent' })
    expect(stopped?.actorKind).toBe('operator')
    expect((await events('import_stopped')).map(({ subjectId }) => subjectId)).toEqual([file.id])
    // The file waits where it was for a new word.
    expect(outcome(await startImport(world, actor, file.id))).toBe('ok')
  })

  test('S15 S29: a choice is confirmed by whoever made it, here, at the door of its act', async () => {
    const actor = await anActor()
    const [one] = await members(1)
    const id = await prepared(actor, { choice: 'end_sessions', picked: [one?.id ?? ''] })
    const colleague = await anActor()
    const stranger = await anActor('owner', (await aFurtherTenant(world)).slug)
    expect(await confirm(colleague, id, 'end_sessions')).toBe('not_found')
    expect(await confirm(stranger, id, 'end_sessions')).toBe('not_found')
    expect(await confirm(actor, id, 'role')).toBe('not_found')
    expect(outcome(await dropBulk(world, colleague, id))).toBe('not_found')
    expect(await dropBulk(world, actor, id)).toMatchObject({ value: { act: 'end_sessions' } })
  })
})
