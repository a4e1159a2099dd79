import { beforeAll, beforeEach, expect, test } from 'vitest'
import { Prisma, transact } from '../../../core/db'
import type { TransactionDeps } from '../../../core/deps'
import { days, hours, minutes } from '../../../core/kernel/time'
import { lockTenant } from '../../../identity/policy/service'
import { personByEmail } from '../../../identity/user/service'
import type { Role } from '../../../identity/user/types'
import { deliverDue } from '../../../messaging/mail/outbox-service'
import { type Message, Undeliverable } from '../../../messaging/mail/types'
import { eachDatabase } from '../../../testing/databases'
import { setRules } from '../../../testing/policy'
import { begunBefore } from '../../../testing/race'
import { anEnrolled, mailedToken } from '../../../testing/signin'
import {
  aFurtherTenant,
  aPerson,
  aSession,
  aTenant,
  aVisitor,
  quickWorld,
  type TestWorld,
} from '../../../testing/world'
import { suspend } from '../../people/acts/service'
import { giveEmail } from '../../people/email/service'
import { lastReminders } from '../../reminder/service'
import { sendReminders } from '../../reminder/work/service'
import { acceptInvitation, joinByInvitation, viewInvitation } from '../accept/service'
import { changeInvitation } from '../change/service'
import { endInvitations, invite, sendAgain, takeInvitationSlot, withdraw } from '../service'
import { findInvitation, updateReminded } from '../store'
import { passDueReminders, remindInvited } from './service'

const NEXT = 'copper meadow under seven bridges'
const HALF = hours(84)

eachDatabase('reminders of an invitation', (open, kind) => {
  let world: TestWorld
  let made = 0
  beforeAll(async () => {
    world = quickWorld(open())
    await aTenant(world)
  })
  beforeEach(async () => {
    await world.db.invitation.deleteMany({})
    await world.db.outboxMessage.deleteMany({})
  })

  const outcome = (result: { ok: true } | { ok: false; code: string }) => (result.ok ? 'ok' : result.code)
  const work = (stopped = () => false) => remindInvited(world, stopped)
  const rowOf = (email: string) => world.db.invitation.findFirst({ where: { email } })
  const remindersTo = (email: string) =>
    world.db.outboxMessage.findMany({
      where: { recipient: email, template: 'invitation_reminder' },
      orderBy: { id: 'asc' },
    })
  const accept = (token: string) => acceptInvitation(world, aVisitor(), token, NEXT)

  async function aCompany() {
    const tenant = await aFurtherTenant(world)
    const owner = await aPerson(world, tenant.slug, 'owner')
    const actor = (await aSession(world, owner.id, { methods: ['pwd', 'otp'], steppedUp: true })).freshAdmin
    return { tenant, actor }
  }
  type Company = Awaited<ReturnType<typeof aCompany>>

  async function invited({ actor }: Pick<Company, 'actor'>, validFor = 7, role: Role = 'agent', to?: string) {
    made += 1
    const email = to ?? `remind${made}@example.com`
    expect(outcome(await invite(world, actor, { email, name: 'Ines', role, locale: 'de', days: validFor }))).toBe('ok')
    const id = (await rowOf(email))?.id ?? ''
    return { email, id, token: await mailedToken(world, email, 'invitation') }
  }

  /** Its mail, half-way and the last day: three links. */
  async function threeLinks(company: Company, role: Role = 'agent', to?: string) {
    const { email, id, token } = await invited(company, 7, role, to)
    const tokens = [token]
    for (const step of [HALF, days(6) - HALF]) {
      world.clock.move(step)
      await work()
      tokens.push(await mailedToken(world, email, 'invitation_reminder'))
    }
    expect(new Set(tokens).size).toBe(3)
    return { email, id, tokens }
  }

  test('R10: one half-way and one on the last day, in their language, each with a link that works', async () => {
    const company = await aCompany()
    const { email, id, token } = await invited(company)
    const { expiresAt } = (await rowOf(email)) ?? {}
    const at = async (move: number) => {
      world.clock.move(move)
      await work()
      await work()
      return (await remindersTo(email)).length
    }
    expect(await at(HALF - 1)).toBe(0)
    expect(await at(1)).toBe(1)
    const second = await mailedToken(world, email, 'invitation_reminder')
    expect(await at(days(6) - HALF - 1)).toBe(1)
    expect(await at(1)).toBe(2)
    expect(await at(hours(23))).toBe(2)
    const third = await mailedToken(world, email, 'invitation_reminder')
    const sent = await remindersTo(email)
    expect(sent.map(({ locale, roundId, expiresAt: drop }) => [locale, roundId, drop !== null])).toEqual([
      ['de', id, true],
      ['de', id, true],
    ])
    expect(sent[1]?.expiresAt).toEqual(expiresAt)
    for (const each of [token, second, third]) {
      expect(outcome(await viewInvitation(world, aVisitor(), each))).toBe('ok')
    }
    const events = await world.db.auditEvent.findMany({
      where: { kind: 'invitation_reminded', subjectId: id },
      orderBy: { id: 'asc' },
    })
    expect(
      events.map(({ tenantId, actorKind, subjectName, data }) => [tenantId, actorKind, subjectName, data]),
    ).toEqual(
      ['half_way', 'last_day'].map((reminder) => [
        company.tenant.id,
        'system',
        email,
        JSON.stringify({ reminder, role: 'agent' }),
      ]),
    )
  })

  test.each([
    [1, [0, 0]],
    [2, [1, 1]],
    [3, [0, 1]],
  ])(
    'R10: of an invitation that is valid for %i days, half-way and on the last day: %j',
    async (validFor, expected) => {
      const { email } = await invited(await aCompany(), validFor)
      const counts: number[] = []
      world.clock.move(days(validFor) / 2)
      for (const step of [0, days(validFor) / 2 - days(1)]) {
        world.clock.move(Math.max(0, step))
        await work()
        counts.push((await remindersTo(email)).length)
      }
      expect(counts).toEqual(expected)
    },
  )

  test.each([0, 1, 2])('R10: accepted by link %i of three, every one of them is spent', async (which) => {
    const { email, tokens } = await threeLinks(await aCompany())
    expect(outcome(await accept(tokens[which] ?? ''))).toBe('ok')
    expect(await rowOf(email)).toBeNull()
    expect(await world.db.invitationLink.count()).toBe(0)
    for (const each of tokens) expect(outcome(await accept(each))).toBe('link_dead')
  })

  test('R10: of 64 posts of three links at once one makes the account', async () => {
    const { email, tokens } = await threeLinks(await aCompany())
    const results = await Promise.all(Array.from({ length: 64 }, (_, index) => accept(tokens[index % 3] ?? '')))
    expect(results.filter(({ ok }) => ok)).toHaveLength(1)
    expect(await world.db.user.count({ where: { email } })).toBe(1)
  })

  test('U6: somebody with an account joins by the link of a reminder, once', async () => {
    const person = await anEnrolled(world, (await aFurtherTenant(world)).slug)
    const { tokens } = await threeLinks(await aCompany(), 'agent', person.email)
    const { assured } = await aSession(world, person.id, { methods: ['pwd', 'otp'] })
    const results = await Promise.all(
      tokens.flatMap((each) => [each, each]).map((each) => joinByInvitation(world, assured, each)),
    )
    expect(results.filter(({ ok }) => ok)).toHaveLength(1)
  })

  const ends: Record<string, (company: Company, id: string) => Promise<unknown>> = {
    'sent again': ({ actor }, id) => sendAgain(world, actor, id),
    withdrawn: ({ actor }, id) => withdraw(world, actor, id),
    'brought in from a file': ({ tenant }, id) => transact(world, ({ db }) => endInvitations(db, tenant.id, [id])),
    'at its end': async () => world.clock.move(days(1)),
    'of a sender who is suspended': async ({ tenant, actor }) => {
      const other = await aPerson(world, tenant.slug, 'owner')
      const { freshAdmin } = await aSession(world, other.id, { methods: ['pwd', 'otp'], steppedUp: true })
      expect(outcome(await suspend(world, freshAdmin, actor.person.id, 'left'))).toBe('ok')
    },
  }
  test.each(Object.keys(ends))('R10 R3 S8: %s, none of three links works', async (how) => {
    const company = await aCompany()
    const { email, id, tokens } = await threeLinks(company)
    await ends[how]?.(company, id)
    for (const each of tokens) expect(outcome(await accept(each))).toBe('link_dead')
    expect(await personByEmail(world.db, email)).toBeNull()
  })

  test('R10: sent again, its life and its reminders begin anew', async () => {
    const company = await aCompany()
    const { email, id } = await threeLinks(company)
    expect(outcome(await sendAgain(world, company.actor, id))).toBe('ok')
    expect(await world.db.invitationLink.count()).toBe(0)
    expect(outcome(await accept(await mailedToken(world, email, 'invitation')))).toBe('ok')
  })

  test('R3 S8: changed to another role, the link of a reminder gives that one', async () => {
    const company = await aCompany()
    const { email, id, tokens } = await threeLinks(company)
    expect(outcome(await changeInvitation(world, company.actor, id, { role: 'end_user' }))).toBe('ok')
    expect(outcome(await accept(tokens[2] ?? ''))).toBe('ok')
    expect((await personByEmail(world.db, email))?.person.memberships[0]).toMatchObject({ role: 'end_user' })
  })

  test('N25: changed to an admin’s role, the reminder comes before the end that it has by then', async () => {
    const company = await aCompany()
    const { email, id } = await invited(company, 30)
    world.clock.move(days(1))
    expect(outcome(await changeInvitation(world, company.actor, id, { role: 'admin', days: 7 }))).toBe('ok')
    world.clock.move(days(5))
    await work()
    expect(await remindersTo(email)).toHaveLength(1)
    expect((await rowOf(email))?.remindAt).toBeNull()
  })

  test('R10: of eight workers at once one mails each reminder', async () => {
    const company = await aCompany()
    const all = [await invited(company), await invited(company), await invited(company)]
    world.clock.move(HALF)
    await Promise.all(Array.from({ length: 8 }, () => work()))
    for (const { email } of all) expect(await remindersTo(email)).toHaveLength(1)
    expect(await world.db.invitationLink.count()).toBe(3)
  })

  test('R10: of 16 writes for one reminder one counts, and none once it was changed', async () => {
    const { tenant, actor } = await aCompany()
    const { id } = await invited({ actor })
    const scope = { tenantId: tenant.id, id }
    const row = await findInvitation(world.db, scope)
    if (row === null) throw new Error('no invitation')
    const to = { remindAt: null, remindedAt: world.clock.now() }
    const write = () => updateReminded(world.db, tenant.id, row, to)
    const written = await Promise.all(Array.from({ length: 16 }, write))
    expect(written.filter((each) => each)).toHaveLength(1)
    await world.db.invitation.updateMany({ where: { id }, data: { remindAt: row.remindAt, remindedAt: null } })
    await changeInvitation(world, actor, id, { role: 'end_user' })
    expect(await write()).toBe(false)
  })

  test('R10: a worker that stops in between is followed by one that goes on, and mails nobody twice', async () => {
    const company = await aCompany()
    const all = [await invited(company), await invited(company), await invited(company)]
    world.clock.move(HALF)
    let asked = 0
    await work(() => {
      asked += 1
      return asked > 1
    })
    const mailed = async () =>
      (await Promise.all(all.map(({ email }) => remindersTo(email)))).map(({ length }) => length)
    expect((await mailed()).toSorted()).toEqual([0, 0, 1])
    await work()
    expect(await mailed()).toEqual([1, 1, 1])
  })

  test('S14: a reminder that fails half-way leaves neither link nor mail, and goes out with the next worker', async () => {
    const { email } = await invited(await aCompany())
    world.clock.move(HALF)
    let calls = 0
    const dies: TestWorld = {
      ...world,
      random: (length) => {
        calls += 1
        if (calls === 2) throw new Error('the process dies')
        return world.random(length)
      },
    }
    await expect(remindInvited(dies, () => false)).rejects.toThrow('the process dies')
    expect([await world.db.invitationLink.count(), (await remindersTo(email)).length]).toEqual([0, 0])
    await work()
    expect([await world.db.invitationLink.count(), (await remindersTo(email)).length]).toEqual([1, 1])
  })

  test('R10: what is late because no worker ran goes once, and the one that was missed not at all', async () => {
    const reminded = async ({ id }: { id: string }) => {
      await work()
      await work()
      const events = await world.db.auditEvent.findMany({ where: { kind: 'invitation_reminded', subjectId: id } })
      return events.map(({ data }) => JSON.parse(data).reminder)
    }
    const late = await invited(await aCompany())
    world.clock.move(HALF + days(1))
    expect(await reminded(late)).toEqual(['half_way'])
    const later = await invited(await aCompany())
    world.clock.move(days(6) + hours(1))
    expect(await reminded(later)).toEqual(['last_day'])
    expect(await remindersTo(later.email)).toHaveLength(1)
    const over = await invited(await aCompany())
    world.clock.move(days(7))
    expect(await reminded(over)).toEqual([])
    expect((await rowOf(over.email))?.remindAt).toBeNull()
  })

  test('N41: one that cannot be read holds up nobody who comes after it', async () => {
    const company = await aCompany()
    const [broken, fine] = [await invited(company), await invited(company)]
    world.clock.move(HALF)
    const noDate = Prisma.raw(kind === 'sqlite' ? "'garbage'" : "'infinity'")
    await world.db.$executeRaw`UPDATE "invitation" SET "createdAt" = ${noDate} WHERE "id" = ${broken.id}`
    await work()
    expect([await remindersTo(broken.email), await remindersTo(fine.email)].map(({ length }) => length)).toEqual([0, 1])
  })

  test('R10: of an invitation that is withdrawn in a transaction that is open meanwhile, nobody is reminded', async () => {
    const company = await aCompany()
    const { email, id } = await invited(company)
    world.clock.move(HALF)
    const withdrawing = async ({ db }: TransactionDeps) => {
      await lockTenant(db, company.tenant.id)
      await db.invitation.deleteMany({ where: { id } })
    }
    await begunBefore(world, withdrawing, () => work())
    expect(await remindersTo(email)).toEqual([])
  })

  test('R10: a reminder and an acceptance at once end in one account and no link', async () => {
    for (let round = 0; round < 5; round += 1) {
      const { email, token } = await invited(await aCompany())
      world.clock.move(HALF)
      const [accepted] = await Promise.all([accept(token), work()])
      expect(accepted.ok).toBe(true)
      expect([await rowOf(email), await world.db.invitationLink.count()]).toEqual([null, 0])
    }
  })

  test('R3 S8: of a sender who loses the right in a transaction that is open, nothing is mailed', async () => {
    const company = await aCompany()
    const { email } = await invited(company)
    world.clock.move(HALF)
    const demoting = async ({ db }: TransactionDeps) => {
      await lockTenant(db, company.tenant.id)
      const where = { tenantId: company.tenant.id, userId: company.actor.person.id }
      await db.membership.updateMany({ where, data: { role: 'agent' } })
    }
    await begunBefore(world, demoting, () => work())
    expect(await remindersTo(email)).toEqual([])
  })

  test('R10 P8: who was reminded of the deadline within a day is not reminded of the invitation, nor the other way', async () => {
    const company = await aCompany()
    const { tenant } = company
    const { email } = await invited(company)
    world.clock.move(HALF - hours(20))
    const required = { required: true, requiredSince: world.clock.now() }
    const deadline = new Date(world.clock.now().getTime() + days(7))
    await setRules(world.db, tenant.id, { team: { ...required, deadline } })
    while (await sendReminders(world, () => false));
    expect(await remindersTo(email)).toHaveLength(1)
    const byDeadline = await mailedToken(world, email, 'invitation_reminder')
    expect(outcome(await viewInvitation(world, aVisitor(), byDeadline))).toBe('ok')
    world.clock.move(hours(20))
    await work()
    expect(await remindersTo(email)).toHaveLength(1)
    world.clock.move(days(6) - HALF)
    await work()
    expect(await remindersTo(email)).toHaveLength(2)
    world.clock.move(hours(20))
    await setRules(world.db, tenant.id, { team: { deadline: new Date(world.clock.now().getTime() + days(1)) } })
    while (await sendReminders(world, () => false));
    expect(await remindersTo(email)).toHaveLength(2)
  })

  test('R10 P8: whose address a colleague was given since is there, and is reminded of no invitation by either rule', async () => {
    const company = await aCompany()
    const { tenant, actor } = company
    const { email } = await invited(company)
    const colleague = await aPerson(world, tenant.slug, 'end_user')
    expect(outcome(await giveEmail(world, actor, colleague.id, { email, reason: 'new name' }))).toBe('ok')
    world.clock.move(HALF)
    await work()
    world.clock.move(days(1))
    const deadline = new Date(world.clock.now().getTime() + days(7))
    const required = { required: true, requiredSince: world.clock.now(), deadline }
    await setRules(world.db, tenant.id, { team: required, end: required })
    while (await sendReminders(world, () => false));
    world.clock.move(days(5) - HALF)
    await work()
    expect(await remindersTo(email)).toEqual([])
    expect(await world.db.invitationLink.count({})).toBe(0)
    expect(await rowOf(email)).toMatchObject({ remindAt: null, remindedAt: null })
  })

  test('R10: of more mails than three the link of the first works, and those of the two newest', async () => {
    const company = await aCompany()
    const { email, token } = await invited(company, 30)
    const tokens = [token]
    const deadline = new Date(world.clock.now().getTime() + days(21))
    await setRules(world.db, company.tenant.id, {
      team: { required: true, requiredSince: world.clock.now(), deadline },
    })
    for (const step of [days(7), days(7), days(6)]) {
      world.clock.move(step)
      while (await sendReminders(world, () => false));
      tokens.push(await mailedToken(world, email, 'invitation_reminder'))
    }
    const outcomes = []
    for (const each of tokens) outcomes.push(outcome(await viewInvitation(world, aVisitor(), each)))
    expect(outcomes).toEqual(['ok', 'link_dead', 'ok', 'ok'])
  })

  test('N16: an address that was written to five times that day is passed over', async () => {
    const { email } = await invited(await aCompany())
    world.clock.move(HALF)
    for (let mails = 0; mails < 5; mails += 1) expect((await takeInvitationSlot(world, email)).ok).toBe(true)
    await work()
    expect(await remindersTo(email)).toEqual([])
    expect((await rowOf(email))?.remindedAt).toBeNull()
    world.clock.move(days(6) - HALF)
    await work()
    expect(await remindersTo(email)).toHaveLength(1)
  })

  test('X12: after a restore what fell due since the backup is not mailed, and what is to come is', async () => {
    const { email } = await invited(await aCompany())
    world.clock.move(HALF + hours(1))
    await transact(world, (world) => passDueReminders(world))
    await work()
    expect(await remindersTo(email)).toEqual([])
    world.clock.move(days(6) - HALF)
    await work()
    expect(await remindersTo(email)).toHaveLength(1)
  })

  test('R10 T6: the console says what became of the last one, to its own company', async () => {
    const company = await aCompany()
    const { email, id } = await invited(company)
    world.clock.move(HALF)
    await work()
    const last = async (tenantId = company.tenant.id) =>
      (await lastReminders(world, tenantId, [{ email }], [id])).get(email)?.as
    expect(await last()).toBe('waiting')
    const failing = { send: async () => Promise.reject(new Undeliverable('no_such_mailbox')) }
    await deliverDue(world, { mailer: failing }, 50)
    expect(await last()).toBe('failed')
  })

  test.each([
    // The clocks of Berlin go back on 25 October 2026, and forward on 28 March 2027.
    ['2026-10-20T10:00:00.000Z', '27. Oktober 2026', '10:59'],
    ['2027-03-23T10:00:00.000Z', '30. März 2027', '11:59'],
  ])(
    'X10: sent at %s, the mail names the last moment by the clock of the company: %s, %s',
    async (sentAt, day, time) => {
      const company = await aCompany()
      await world.db.tenant.update({ where: { id: company.tenant.id }, data: { timeZone: 'Europe/Berlin' } })
      const start = world.clock.now()
      world.clock.move(new Date(sentAt).getTime() - start.getTime())
      const { freshAdmin } = await aSession(world, company.actor.person.id, {
        methods: ['pwd', 'otp'],
        steppedUp: true,
      })
      const { email } = await invited({ actor: freshAdmin })
      world.clock.move(HALF)
      await work()
      const texts: string[] = []
      const mailer = { send: async (message: Message) => void (message.to === email && texts.push(message.text)) }
      await deliverDue(world, { mailer }, 50)
      const reminder = texts.find((text) => text.includes('noch kein Passwort')) ?? ''
      expect(reminder).toContain(day)
      expect(reminder).toContain(time)
      world.clock.move(start.getTime() - world.clock.now().getTime() + minutes(1))
    },
  )
})
