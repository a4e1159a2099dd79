import { beforeAll, beforeEach, expect, test } from 'vitest'
import { days, earlier, later, minutes } from '../../core/kernel/time'
import { viewCoverage } from '../../coverage/service'
import { deliverDue } from '../../messaging/mail/outbox-service'
import { type Message, Undeliverable } from '../../messaging/mail/types'
import { eachDatabase } from '../../testing/databases'
import { setRules } from '../../testing/policy'
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
import { askForReminders, lastReminders, viewPlan, viewReminders } from './service'
import { sendReminders } from './work/service'

const go = () => false
const TEMPLATES = ['setup_reminder', 'setup_reminder_invited', 'invitation_reminder']

eachDatabase('reminders', (open) => {
  let world: TestWorld
  beforeAll(async () => {
    world = quickWorld(open())
    await aTenant(world)
  })
  beforeEach(async () => {
    await world.db.outboxMessage.deleteMany({})
    await setRules(world.db, undefined, { team: { deadline: null }, end: { deadline: null } })
    world.clock.move(days(2))
  })

  /** Fourteen days before the day of the team. */
  async function aCompany(left = days(14)) {
    const tenant = await aFurtherTenant(world, { required: true })
    const deadline = later(world.clock.now(), left)
    await setRules(world.db, tenant.id, { team: { deadline }, end: { required: false, requiredSince: null } })
    const owner = await aPerson(world, tenant.slug, 'owner')
    await aTotpFactor(world, owner.id)
    const actor = (await aSession(world, owner.id, { methods: ['pwd', 'otp'], steppedUp: true })).steppedUpAdmin
    const ann = await aPerson(world, tenant.slug, 'agent')
    await world.db.user.update({ where: { id: ann.id }, data: { locale: 'ja' } })
    return { tenant, deadline, actor, ann }
  }

  /** Two days ago, for thirty; or otherwise. */
  const invite = (
    tenantId: string,
    email: string,
    role: 'agent' | 'end_user',
    more: { sentAt?: Date | null; expiresAt?: Date; remindedAt?: Date; createdById?: string } = {},
  ) => {
    const sentAt = earlier(world.clock.now(), days(2))
    const sent = { tokenHash: `hash of ${email}`, sentAt, expiresAt: later(sentAt, days(30)) }
    return world.db.invitation.create({ data: { tenantId, email, name: 'Soon', role, locale: 'de', ...sent, ...more } })
  }
  const send = async () => {
    while (await sendReminders(world, go));
  }
  const mails = async () => {
    const rows = await world.db.outboxMessage.findMany({ where: { template: { in: TEMPLATES } } })
    return rows.sort((one, other) => (one.recipient < other.recipient ? -1 : 1))
  }
  const mailedTo = async () => (await mails()).map(({ recipient }) => recipient)
  const view = async (actor: Awaited<ReturnType<typeof aCompany>>['actor']) =>
    viewReminders(world, actor, await viewCoverage(world, actor))

  test('P8: who is not done is mailed in their language, invited people too, and nobody else', async () => {
    const { tenant, deadline, ann } = await aCompany()
    const [enrolled, end, suspended, exempt] = [
      await aPerson(world, tenant.slug, 'agent'),
      await aPerson(world, tenant.slug, 'end_user'),
      await aPerson(world, tenant.slug, 'agent'),
      await aPerson(world, tenant.slug, 'agent'),
    ]
    await aTotpFactor(world, enrolled.id)
    const now = world.clock.now()
    await world.db.membership.updateMany({
      where: { userId: suspended.id },
      data: { suspended: true, suspendedAt: now },
    })
    const until = later(now, days(9))
    await world.db.membership.updateMany({ where: { userId: exempt.id }, data: { exempt: true, exemptUntil: until } })
    await invite(tenant.id, `team@${tenant.slug}.example`, 'agent')
    await invite(tenant.id, `end@${tenant.slug}.example`, 'end_user')
    await send()
    const sent = await mails()
    expect(sent.map(({ recipient, template, locale }) => [recipient, template, locale])).toEqual(
      [
        [ann.email, 'setup_reminder', 'ja'],
        [`team@${tenant.slug}.example`, 'invitation_reminder', 'de'],
      ].sort(),
    )
    expect(sent.every(({ expiresAt }) => expiresAt !== null && expiresAt < deadline)).toBe(true)
    expect(await mailedTo()).not.toContain(end.email)
    const event = await world.db.auditEvent.findFirstOrThrow({ where: { tenantId: tenant.id, kind: 'reminders_made' } })
    expect(JSON.parse(event.data)).toEqual({ mailed: 2, daysBefore: 14, of: 'team' })
    await send()
    expect(await mails()).toHaveLength(2)
  })

  test('P8: of any number of workers at once nobody is mailed twice', async () => {
    const { tenant, ann } = await aCompany()
    await invite(tenant.id, `team@${tenant.slug}.example`, 'agent')
    await Promise.all(Array.from({ length: 6 }, () => sendReminders(world, go)))
    await send()
    expect(await mailedTo()).toEqual([ann.email, `team@${tenant.slug}.example`].sort())
  })

  test('P8 R10: a link of its own where one works, none where none does, and no mail to whom no invitation was sent', async () => {
    const { tenant } = await aCompany()
    const at = (name: string) => `${name}@${tenant.slug}.example`
    const gone = await aPerson(world, tenant.slug, 'agent')
    await invite(tenant.id, at('open'), 'agent')
    await invite(tenant.id, at('over'), 'agent', { expiresAt: earlier(world.clock.now(), 1) })
    await invite(tenant.id, at('void'), 'agent', { createdById: gone.id })
    await invite(tenant.id, at('untold'), 'agent', { sentAt: null })
    await send()
    const sent = new Map((await mails()).map(({ recipient, template }) => [recipient, template]))
    expect(['open', 'over', 'void', 'untold'].map((name) => sent.get(at(name)))).toEqual([
      'invitation_reminder',
      'setup_reminder_invited',
      'setup_reminder_invited',
      undefined,
    ])
    const links = await world.db.invitationLink.findMany({
      where: { invitation: { tenantId: tenant.id } },
      select: { firstHash: true, invitation: { select: { email: true } } },
    })
    expect(links).toEqual([{ firstHash: `hash of ${at('open')}`, invitation: { email: at('open') } }])
  })

  test('P8 R10: who was invited, or reminded of it, within a day is passed over', async () => {
    const { tenant } = await aCompany()
    const at = (name: string) => `${name}@${tenant.slug}.example`
    const now = world.clock.now()
    await invite(tenant.id, at('now'), 'agent', { sentAt: earlier(now, days(1) / 2) })
    await invite(tenant.id, at('reminded'), 'agent', { remindedAt: earlier(now, days(1) / 2) })
    await invite(tenant.id, at('before'), 'agent', { sentAt: earlier(now, days(1)) })
    await send()
    const sent = (await mailedTo()).filter((email) => email.endsWith(`@${tenant.slug}.example`))
    expect(sent).toEqual([at('before')])
    const event = await world.db.auditEvent.findFirstOrThrow({ where: { tenantId: tenant.id, kind: 'reminders_made' } })
    expect(JSON.parse(event.data)).toMatchObject({ mailed: 2 })
  })

  test('P8: a worker that stops in between is followed by one that goes on behind it', async () => {
    const { tenant, ann } = await aCompany()
    await invite(tenant.id, `team@${tenant.slug}.example`, 'agent')
    // Begun, taken, the members; then it stops.
    let asked = 0
    await sendReminders(world, () => {
      asked += 1
      return asked > 3
    })
    expect(await mailedTo()).toEqual([ann.email])
    await send()
    expect(await mailedTo()).toEqual([ann.email])
    world.clock.move(minutes(3))
    await send()
    expect(await mailedTo()).toEqual([ann.email, `team@${tenant.slug}.example`].sort())
  })

  test('P8: at 14, 7 and 1 days, to who is still not done then, and never after the day', async () => {
    const { tenant, ann, deadline } = await aCompany()
    const bob = await aPerson(world, tenant.slug, 'agent')
    const at = async (moment: Date) => {
      await world.db.outboxMessage.deleteMany({})
      world.clock.move(moment.getTime() - world.clock.now().getTime())
      await send()
      return mailedTo()
    }
    const both = [ann.email, bob.email].sort()
    expect(await at(earlier(deadline, days(14)))).toEqual(both)
    expect(await at(earlier(deadline, days(10)))).toEqual([])
    expect(await at(earlier(deadline, days(7)))).toEqual(both)
    await aTotpFactor(world, bob.id)
    expect(await at(earlier(deadline, days(1)))).toEqual([ann.email])
    expect(await at(deadline)).toEqual([])
  })

  test('P8: a day that is taken away and named again brings no second mail, another day its own', async () => {
    const { tenant, ann, deadline } = await aCompany()
    await send()
    await setRules(world.db, tenant.id, { team: { deadline: null } })
    await send()
    await setRules(world.db, tenant.id, { team: { deadline } })
    await send()
    expect(await mailedTo()).toEqual([ann.email])
    world.clock.move(days(1))
    await setRules(world.db, tenant.id, { team: { deadline: later(deadline, days(1)) } })
    await send()
    expect(await mailedTo()).toEqual([ann.email, ann.email])
  })

  test('U7 P8: a partner in production has no day, whatever its row says, and sends nothing', async () => {
    const partner = await aFurtherTenant(world, { kind: 'partner', required: true })
    await aPerson(world, partner.slug, 'agent')
    await setRules(world.db, partner.id, { team: { deadline: later(world.clock.now(), days(7)) } })
    await send()
    expect(await mails()).toEqual([])
  })

  test('P8: asked for by eight admins at once it goes out once, and again a day later', async () => {
    const { tenant, actor, ann } = await aCompany(days(30))
    const asked = await Promise.all(Array.from({ length: 8 }, () => askForReminders(world, actor)))
    expect(asked.filter(({ ok }) => ok)).toHaveLength(1)
    await send()
    expect(await mailedTo()).toEqual([ann.email])
    const late = await askForReminders(world, actor)
    expect(late).toMatchObject({
      ok: false,
      code: 'reminded_lately',
      detail: { until: later(world.clock.now(), days(1)) },
    })
    const kinds = await world.db.auditEvent.findMany({ where: { tenantId: tenant.id, kind: 'reminders_requested' } })
    expect(kinds).toHaveLength(1)
    world.clock.move(days(1))
    expect((await askForReminders(world, actor)).ok).toBe(true)
    await send()
    expect(await mailedTo()).toEqual([ann.email, ann.email])
  })

  test('P8: asked for after the day it goes to who is not done all the same', async () => {
    const { actor, ann } = await aCompany(-days(1))
    await askForReminders(world, actor)
    await send()
    expect(await mailedTo()).toEqual([ann.email])
  })

  test('P8 P9: the console says how many are not done, what is planned, and what was sent and failed', async () => {
    const { tenant, actor, ann, deadline } = await aCompany()
    const bob = await aPerson(world, tenant.slug, 'agent')
    await invite(tenant.id, `team@${tenant.slug}.example`, 'agent')
    await invite(tenant.id, `end@${tenant.slug}.example`, 'end_user')
    expect(await view(actor)).toMatchObject({ required: true, outstanding: 3, rounds: [], askAgainAt: null })
    const plan = async () => viewPlan(world, actor, await viewCoverage(world, actor))
    expect(await plan()).toMatchObject({ outstanding: 3, deadlines: { team: deadline, end: null } })
    await send()
    const before = await view(actor)
    expect(before.planned.map(({ at }) => at)).toEqual([earlier(deadline, days(7)), earlier(deadline, days(1))])
    expect(await plan()).toMatchObject({ nextAt: earlier(deadline, days(7)) })
    expect(before.rounds).toMatchObject([{ milestone: 14, mailed: 3, sent: 0, failed: 0, waiting: 3 }])
    const mailer = {
      send: async ({ to }: Message) => {
        if (to === bob.email) throw new Undeliverable('no_such_mailbox')
      },
    }
    await deliverDue(world, { mailer }, 50)
    expect((await view(actor)).rounds).toMatchObject([{ sent: 2, failed: 1, waiting: 0 }])
    const last = await lastReminders(world, tenant.id, [ann, bob, { email: 'nobody@example.com' }])
    expect([last.get(ann.email)?.as, last.get(bob.email)?.as, last.size]).toEqual(['sent', 'failed', 2])
    await setRules(world.db, tenant.id, { team: { required: false } })
    expect(await view(actor)).toMatchObject({ required: false, outstanding: 0, planned: [] })
    expect(await plan()).toEqual({ outstanding: 0, deadlines: { team: null, end: null }, nextAt: null })
  })

  test('T6: nobody else hears of the rounds of a tenant', async () => {
    const { ann } = await aCompany()
    const other = await aCompany(days(30))
    await send()
    expect((await view(other.actor)).rounds).toEqual([])
    expect(await lastReminders(world, other.tenant.id, [ann])).toEqual(new Map())
  })

  test('U6: a guest of whom nothing is to be set up is not mailed, one of whom it is, is', async () => {
    const { tenant } = await aCompany()
    const home = await aFurtherTenant(world)
    const [done, open] = [await aPerson(world, home.slug, 'agent'), await aPerson(world, home.slug, 'agent')]
    await aTotpFactor(world, done.id)
    for (const { id } of [done, open]) await aGuest(world, tenant.id, id, 'agent')
    await send()
    expect(await mailedTo()).toContain(open.email)
    expect(await mailedTo()).not.toContain(done.email)
  })
})
