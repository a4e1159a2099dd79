import { beforeAll, beforeEach, expect, test } from 'vitest'
import { days, hours, minutes } from '../../core/kernel/time'
import type { Role } from '../../identity/user/types'
import { confirmed } from '../../job/confirmed'
import { eachDatabase } from '../../testing/databases'
import { aFurtherTenant, anId, aPerson, aSession, aTenant, quickWorld, type TestWorld } from '../../testing/world'
import { signOutPerson, suspend } from '../people/acts/service'
import { prepareSchema } from './schema'
import { confirmBulk, dropBulk, prepareBulk, viewBulk } from './service'
import type { BulkActName } from './types'
import { dropOldBulks, workOnBulk } from './work/service'

const ALL = { outcome: null, after: 0 }

eachDatabase('bulk acts on invitations', (open) => {
  let world: TestWorld
  let acme: Awaited<ReturnType<typeof aTenant>>
  let other: Awaited<ReturnType<typeof aFurtherTenant>>
  let prefix = 'a'

  beforeAll(async () => {
    world = quickWorld(open())
    acme = await aTenant(world)
    other = await aFurtherTenant(world)
  })
  beforeEach(() => {
    world.clock.move(hours(25))
    prefix = `${prefix}a`
  })

  const anActor = async (role: Role = 'owner', slug = acme.slug) => {
    const { id } = await aPerson(world, slug, role)
    return (await aSession(world, id, { methods: ['pwd', 'otp'], steppedUp: true })).freshAdmin
  }
  const outcome = (result: { ok: true } | { ok: false; code: string }) => (result.ok ? 'ok' : result.code)
  /** Invited by command, so that nobody's role decides whether they are good. */
  const invited = async (count: number, more: { role?: Role; sent?: boolean; tenantId?: string } = {}) => {
    const { role = 'end_user', sent = true, tenantId = acme.id } = more
    const now = world.clock.now()
    const rows = Array.from({ length: count }, () => {
      const id = anId(world)
      const times = sent ? { sentAt: now, expiresAt: now, tokenHash: id } : {}
      return { id, tenantId, email: `${prefix}-${id}@example.com`, name: `Ina ${id}`, role, createdAt: now, ...times }
    })
    await world.db.invitation.createMany({ data: rows })
    return rows.map(({ id }) => id)
  }
  const work = async () => {
    while (await workOnBulk(world, confirmed, () => false));
  }
  const prepared = async (
    actor: Awaited<ReturnType<typeof anActor>>,
    input: { choice: string; picked?: readonly string[]; filter?: string },
  ) => {
    const { choice, picked = [], filter = null } = input
    const done = await prepareBulk(world, actor, { choice, picked, filter })
    if (!done.ok) throw new Error(done.code)
    return done.value.id
  }
  const countsOf = async (actor: Awaited<ReturnType<typeof anActor>>, id: string) => {
    const found = await viewBulk(world, actor, id, ALL)
    return Object.fromEntries(Object.entries(found?.view.counts ?? {}).filter(([, count]) => count > 0))
  }
  const confirm = (actor: Awaited<ReturnType<typeof anActor>>, id: string, acts: readonly BulkActName[]) =>
    confirmBulk(world, actor, id, acts)
  const mailsTo = (ids: readonly string[]) =>
    world.db.outboxMessage.count({
      where: { template: 'invitation', OR: ids.map((id) => ({ recipient: `${prefix}-${id}@example.com` })) },
    })
  const events = (kind: string, ids?: readonly string[]) =>
    world.db.auditEvent.findMany({
      where: { kind, ...(ids === undefined ? {} : { subjectId: { in: [...ids] } }) },
      orderBy: { id: 'asc' },
    })

  test('X7: a filter that no database can keep, as no page of ours sends it, is read without what cannot be kept', async () => {
    const actor = await anActor()
    await invited(2)
    const form = { tenant: acme.slug, choice: 'withdraw', reach: 'all', filter: `${prefix}-\u0000\n\ud800` }
    const { filter, picked, choice } = prepareSchema.parse(form)
    const id = await prepared(actor, { choice, picked, filter: filter ?? '' })
    expect(await countsOf(actor, id)).toEqual({ open: 2 })
    const mended = prepareSchema.parse({ ...form, filter: `${prefix}\u0000-` })
    const all = await prepared(actor, { choice, picked, filter: mended.filter ?? '' })
    expect(await countsOf(actor, all)).toEqual({ open: 2 })
  })

  test('X7: picked rows get a new link each, with one entry each and one with the number', async () => {
    const actor = await anActor()
    const [one = '', two = '', three = ''] = await invited(3)
    const id = await prepared(actor, { choice: 'send_again', picked: [one, two] })
    await work()
    expect(await mailsTo([one, two, three])).toBe(0)
    expect(await countsOf(actor, id)).toEqual({ open: 2 })
    expect(outcome(await confirm(actor, id, ['send', 'send_again']))).toBe('ok')
    await work()
    expect(await countsOf(actor, id)).toEqual({ done: 2 })
    expect(await mailsTo([one, two])).toBe(2)
    expect(await mailsTo([three])).toBe(0)
    const each = await events('user_invited', [one, two, three])
    expect(each.map(({ subjectId, actorId }) => [subjectId, actorId])).toEqual([
      [one, actor.person.id],
      [two, actor.person.id],
    ])
    const [started] = (await events('bulk_started')).slice(-1)
    const [done] = (await events('bulk_done')).slice(-1)
    expect(JSON.parse(started?.data ?? '')).toEqual({ action: 'send_again', bulk: id, people: 2 })
    expect(JSON.parse(done?.data ?? '')).toEqual({ action: 'send_again', bulk: id, done: 2, others: 0 })
    expect([started?.actorId, done?.actorId]).toEqual([actor.person.id, actor.person.id])
    expect((await viewBulk(world, actor, id, ALL))?.view).toMatchObject({ rows: 2, done: 2, all: false })
  })

  test('X7: all of a filter is who was there when it was chosen, and nobody of another filter or company', async () => {
    const actor = await anActor()
    const here = await invited(3)
    const elsewhere = await invited(1, { tenantId: other.id })
    const before = prefix
    const id = await prepared(actor, { choice: 'withdraw', filter: prefix })
    world.clock.move(1)
    const late = await invited(1)
    expect(outcome(await confirm(actor, id, ['withdraw']))).toBe('ok')
    await work()
    expect(await countsOf(actor, id)).toEqual({ done: 3 })
    const left = await world.db.invitation.findMany({ where: { email: { startsWith: `${before}-` } } })
    expect(left.map((row) => row.id).sort()).toEqual([...elsewhere, ...late].sort())
    expect(await events('invitation_withdrawn', here)).toHaveLength(3)
    expect((await viewBulk(world, actor, id, ALL))?.targets.map(({ outcome }) => outcome)).toEqual([
      'done',
      'done',
      'done',
    ])
  })

  test('X7: what is long is gathered by the worker, and asks for no confirmation before', async () => {
    const actor = await anActor()
    await invited(1_203, { sent: false })
    const id = await prepared(actor, { choice: 'send', filter: prefix })
    expect((await viewBulk(world, actor, id, ALL))?.view).toMatchObject({ rows: 1_000, gatheredAt: null })
    expect(outcome(await confirm(actor, id, ['send']))).toBe('not_found')
    await work()
    const found = await viewBulk(world, actor, id, ALL)
    expect(found?.view).toMatchObject({ rows: 1_203, counts: { open: 1_203 } })
    expect(found?.targets).toHaveLength(100)
    const next = await viewBulk(world, actor, id, { outcome: 'open', after: found?.more ?? 0 })
    expect(next?.targets[0]?.number).toBe(101)
  })

  test('R3 S29: a higher role is counted and not touched, and a role that grew meanwhile neither', async () => {
    const actor = await anActor('admin')
    const owners = await invited(1, { role: 'owner' })
    const [kept = '', raised = ''] = await invited(2)
    const id = await prepared(actor, { choice: 'withdraw', picked: [...owners, kept, raised] })
    expect(await countsOf(actor, id)).toEqual({ open: 2, higher_role: 1 })
    expect(outcome(await confirm(actor, id, ['withdraw']))).toBe('ok')
    await world.db.invitation.update({ where: { id: raised }, data: { role: 'owner' } })
    await work()
    expect(await countsOf(actor, id)).toEqual({ done: 1, higher_role: 2 })
    expect(await world.db.invitation.count({ where: { id: { in: [...owners, raised] } } })).toBe(2)
  })

  test('R10: those who were told are left out of a first sending, and whoever is gone is counted', async () => {
    const actor = await anActor()
    const sent = await invited(1)
    const [first = '', gone = ''] = await invited(2, { sent: false })
    const id = await prepared(actor, { choice: 'send', picked: [...sent, first, gone] })
    expect(await countsOf(actor, id)).toEqual({ open: 2, sent_already: 1 })
    await confirm(actor, id, ['send'])
    await world.db.invitation.delete({ where: { id: gone } })
    await work()
    expect(await countsOf(actor, id)).toEqual({ done: 1, gone: 1, sent_already: 1 })
    expect(await mailsTo([...sent, first])).toBe(1)
  })

  test('R10 R3: role and language are given to many, never to or from an owner, each with its entry', async () => {
    const actor = await anActor()
    const owners = await invited(1, { role: 'owner' })
    const agents = await invited(1, { role: 'agent' })
    const [one = '', two = ''] = await invited(2)
    const picked = [...owners, ...agents, one, two]
    const roles = await prepared(actor, { choice: 'invited_role.agent', picked })
    expect(await countsOf(actor, roles)).toEqual({ open: 2, owner: 1, already_so: 1 })
    await confirm(actor, roles, ['invited_role'])
    const languages = await prepared(actor, { choice: 'invited_language.ja', picked })
    await confirm(actor, languages, ['invited_language'])
    await work()
    expect(await countsOf(actor, roles)).toEqual({ done: 2, owner: 1, already_so: 1 })
    expect(await countsOf(actor, languages)).toEqual({ done: 4 })
    const rows = await world.db.invitation.findMany({ where: { id: { in: picked } }, orderBy: { id: 'asc' } })
    expect(rows.map(({ role, locale }) => [role, locale])).toEqual([
      ['owner', 'ja'],
      ['agent', 'ja'],
      ['agent', 'ja'],
      ['agent', 'ja'],
    ])
    expect(await events('invitation_changed', [one, two])).toHaveLength(4)
    const admin = await anActor('admin')
    const input = { filter: null, picked }
    expect(await prepareBulk(world, admin, { ...input, choice: 'invited_role.owner' })).toMatchObject({ ok: false })
  })

  test('N8: an address is written to no more often than from its own row', async () => {
    const actor = await anActor()
    const [one = ''] = await invited(1)
    const last: Record<string, number>[] = []
    for (let times = 0; times < 6; times += 1) {
      const id = await prepared(actor, { choice: 'send_again', picked: [one] })
      await confirm(actor, id, ['send_again'])
      await work()
      last.push(await countsOf(actor, id))
    }
    expect(last).toEqual([...Array(5).fill({ done: 1 }), { throttled: 1 }])
    expect(await mailsTo([one])).toBe(5)
  })

  test('X7: of 64 confirmations at once one counts, and a repeat does nothing again', async () => {
    const actor = await anActor()
    const ids = await invited(3)
    const id = await prepared(actor, { choice: 'send_again', picked: ids })
    const all = await Promise.all(Array.from({ length: 64 }, () => confirm(actor, id, ['send_again'])))
    expect(all.filter(({ ok }) => ok)).toHaveLength(1)
    await Promise.all(Array.from({ length: 8 }, () => workOnBulk(world, confirmed, () => false)))
    await work()
    expect(outcome(await confirm(actor, id, ['send_again']))).toBe('already_so')
    await work()
    expect(await mailsTo(ids)).toBe(3)
    expect(await events('user_invited', ids)).toHaveLength(3)
    const mine = (await events('bulk_done')).filter(({ data }) => data.includes(id))
    expect(mine).toHaveLength(1)
  })

  test('X7: a worker that dies in the middle is followed by another after its lease, and nobody is mailed twice', async () => {
    const actor = await anActor()
    const ids = await invited(60)
    const id = await prepared(actor, { choice: 'send_again', filter: prefix })
    await confirm(actor, id, ['send_again'])
    let parts = 0
    let calls = 0
    const dying = {
      ...world,
      clock: {
        now: () => {
          calls += parts < 2 ? 0 : 1
          // In the middle of its second part.
          if (calls > 20) throw new Error('killed')
          return world.clock.now()
        },
      },
    }
    const counting = () => {
      parts += 1
      return false
    }
    await expect(workOnBulk(dying, confirmed, counting)).rejects.toThrow('killed')
    const half = await world.db.bulkTarget.count({ where: { bulkId: id, outcome: 'done' } })
    expect(half).toBe(25)
    expect(await workOnBulk(world, confirmed, () => false)).toBe(false)
    world.clock.move(minutes(6))
    await work()
    expect(await countsOf(actor, id)).toEqual({ done: 60 })
    expect(await mailsTo(ids)).toBe(60)
    expect(await events('user_invited', ids)).toHaveLength(60)
  })

  test('X7: one that is stopped between two parts goes on later where it was', async () => {
    const actor = await anActor()
    const ids = await invited(60)
    const id = await prepared(actor, { choice: 'withdraw', filter: prefix })
    await confirm(actor, id, ['withdraw'])
    let asked = 0
    await workOnBulk(world, confirmed, () => {
      asked += 1
      return asked > 1
    })
    expect((await viewBulk(world, actor, id, ALL))?.view).toMatchObject({ done: 25, rows: 60, finishedAt: null })
    await work()
    expect(await world.db.invitation.count({ where: { id: { in: ids } } })).toBe(0)
    expect(await events('invitation_withdrawn', ids)).toHaveLength(60)
  })

  test.each(['suspended', 'an agent', 'signed out'] as const)(
    'S8 SE4: whoever confirmed it and is %s in the middle does nothing more',
    async (becomes) => {
      const boss = await anActor()
      const actor = await anActor('admin')
      const ids = await invited(60)
      const id = await prepared(actor, { choice: 'withdraw', filter: prefix })
      await confirm(actor, id, ['withdraw'])
      let asked = 0
      await workOnBulk(world, confirmed, () => {
        asked += 1
        return asked > 1
      })
      if (becomes === 'suspended') expect(outcome(await suspend(world, boss, actor.person.id, 'x'))).toBe('ok')
      else if (becomes === 'signed out') expect(outcome(await signOutPerson(world, boss, actor.person.id))).toBe('ok')
      else
        await world.db.membership.updateMany({
          where: { userId: actor.person.id, tenantId: acme.id },
          data: { role: 'agent' },
        })
      await work()
      expect(await countsOf(boss, id)).toEqual({ done: 25, stopped: 35 })
      expect(await world.db.invitation.count({ where: { id: { in: ids } } })).toBe(35)
      const [done] = (await events('bulk_done')).slice(-1)
      expect(JSON.parse(done?.data ?? '')).toMatchObject({ done: 25, others: 35 })
    },
  )

  test('S15 S29: a choice is confirmed by whoever made it, here, at the door of its act, and seen by nobody else', async () => {
    const actor = await anActor()
    const id = await prepared(actor, { choice: 'withdraw', picked: await invited(1) })
    const colleague = await anActor()
    const stranger = await anActor('owner', other.slug)
    expect(outcome(await confirm(colleague, id, ['withdraw']))).toBe('not_found')
    expect(outcome(await confirm(stranger, id, ['withdraw']))).toBe('not_found')
    expect(outcome(await confirm(actor, id, ['send', 'send_again']))).toBe('not_found')
    expect(await viewBulk(world, colleague, id, ALL)).toBeNull()
    expect(await viewBulk(world, stranger, id, ALL)).toBeNull()
    expect(outcome(await dropBulk(world, colleague, id))).toBe('not_found')
    expect(outcome(await confirm(actor, id, ['withdraw']))).toBe('ok')
    expect(outcome(await dropBulk(world, actor, id))).toBe('not_found')
    // What is under way is everybody's to see who may see it (ASVS 16.2.1).
    expect(await viewBulk(world, colleague, id, ALL)).not.toBeNull()
    expect(await viewBulk(world, stranger, id, ALL)).toBeNull()
  })

  test('S15: rows of another company are not there to be picked, and nothing picked says so', async () => {
    const actor = await anActor()
    const elsewhere = await invited(1, { tenantId: other.id })
    const input = { choice: 'withdraw', filter: null, picked: elsewhere }
    expect(await prepareBulk(world, actor, input)).toMatchObject({ code: 'nothing_picked' })
    expect(await prepareBulk(world, actor, { ...input, picked: [] })).toMatchObject({ code: 'nothing_picked' })
    expect(await prepareBulk(world, actor, { ...input, choice: 'suspend' })).toMatchObject({ code: 'not_permitted' })
  })

  test('X7: what is canceled, or never confirmed for a day, is gone; what was done stays for a month', async () => {
    const actor = await anActor()
    const ids = await invited(2)
    const dropped = await prepared(actor, { choice: 'withdraw', picked: ids })
    expect(outcome(await dropBulk(world, actor, dropped))).toBe('ok')
    expect(outcome(await confirm(actor, dropped, ['withdraw']))).toBe('not_found')
    const waits = await prepared(actor, { choice: 'withdraw', picked: ids.slice(0, 1) })
    const done = await prepared(actor, { choice: 'withdraw', picked: ids.slice(1) })
    await confirm(actor, done, ['withdraw'])
    await work()
    const there = async () => {
      while ((await dropOldBulks(world, 1)) > 0);
      return Promise.all([waits, done].map(async (id) => (await viewBulk(world, actor, id, ALL)) !== null))
    }
    world.clock.move(hours(24) - 1)
    expect(await there()).toEqual([true, true])
    world.clock.move(2)
    expect(await there()).toEqual([false, true])
    world.clock.move(days(29))
    expect(await there()).toEqual([false, false])
  })

  test('X7: of what one admin chose and did not confirm the newest ten wait', async () => {
    const actor = await anActor()
    const picked = await invited(1)
    const made: string[] = []
    for (let times = 0; times < 12; times += 1) made.push(await prepared(actor, { choice: 'withdraw', picked }))
    const there = await Promise.all(made.map(async (id) => (await viewBulk(world, actor, id, ALL)) !== null))
    expect(there).toEqual([false, false, ...Array(10).fill(true)])
  })
})
