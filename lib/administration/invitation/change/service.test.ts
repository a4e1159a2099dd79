import { beforeAll, beforeEach, expect, test } from 'vitest'
import { days, later, minutes } from '../../../core/kernel/time'
import { personByEmail } from '../../../identity/user/service'
import type { Role } from '../../../identity/user/types'
import { deliverDue } from '../../../messaging/mail/outbox-service'
import type { Message } from '../../../messaging/mail/types'
import { eachDatabase } from '../../../testing/databases'
import { setRules } from '../../../testing/policy'
import { whileHashing } from '../../../testing/race'
import { mailedToken } from '../../../testing/signin'
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
import { acceptInvitation } from '../accept/service'
import { remindInvited } from '../remind/service'
import { invite, sendAgain } from '../service'
import { changeInvitation, viewInvitationOf } from './service'

const NEXT = 'copper meadow under seven bridges'

eachDatabase('an invitation that is changed', (open) => {
  let world: TestWorld
  let acme: Awaited<ReturnType<typeof aTenant>>
  let made = 0
  beforeAll(async () => {
    world = quickWorld(open())
    acme = await aTenant(world)
  })
  beforeEach(() => world.clock.move(minutes(5)))

  const outcome = (result: { ok: true; value: unknown } | { ok: false; code: string }) =>
    result.ok ? result.value : result.code
  async function anActor(role: Role = 'owner', slug = acme.slug) {
    const { id } = await aPerson(world, slug, role)
    return (await aSession(world, id, { methods: ['pwd', 'otp'], steppedUp: true })).freshAdmin
  }
  async function invited(actor: Awaited<ReturnType<typeof anActor>>, role: Role = 'agent', validFor?: number) {
    made += 1
    const email = `change${made}@example.com`
    const input = { email, name: 'Ines', role, locale: 'en', ...(validFor === undefined ? {} : { days: validFor }) }
    expect(outcome(await invite(world, actor, input))).toBeNull()
    const row = await rowOf(email)
    return { email, id: row.id, token: await mailedToken(world, email, 'invitation') }
  }
  const rowOf = (email: string) => world.db.invitation.findFirstOrThrow({ where: { email } })
  const inDays = (count: number) => later(world.clock.now(), days(count))

  test('R10: role and language change, the link in hand stays and follows, the next mail is in the new language', async () => {
    const actor = await anActor()
    const { email, id, token } = await invited(actor)
    expect(outcome(await changeInvitation(world, actor, id, { role: 'end_user', locale: 'ja' }))).toBe('changed')
    expect(outcome(await changeInvitation(world, actor, id, { role: 'end_user', locale: 'ja' }))).toBe('unchanged')
    const events = await world.db.auditEvent.findMany({ where: { subjectId: id, kind: 'invitation_changed' } })
    expect(events.map(({ data }) => JSON.parse(data))).toEqual([
      {
        before: { role: 'agent', language: 'en', days: 'company' },
        after: { role: 'end_user', language: 'ja', days: 'company' },
      },
    ])
    const accepted = await acceptInvitation(world, aVisitor(), token, NEXT)
    expect(accepted.ok).toBe(true)
    expect((await personByEmail(world.db, email))?.person.memberships[0]).toMatchObject({ role: 'end_user' })

    const other = await invited(actor)
    await changeInvitation(world, actor, other.id, { locale: 'ja' })
    await sendAgain(world, actor, other.id)
    const mails = await world.db.outboxMessage.findMany({ where: { recipient: other.email }, orderBy: { id: 'asc' } })
    expect(mails.map(({ locale }) => locale)).toEqual(['en', 'ja'])
  })

  test('R3 R10: nobody changes to, or from, a higher role than their own; whoever changes answers for the role', async () => {
    const [owner, admin] = [await anActor('owner'), await anActor('admin')]
    const ofOwner = await invited(owner, 'owner')
    const ofAgent = await invited(owner, 'agent')
    expect(outcome(await changeInvitation(world, admin, ofOwner.id, { role: 'agent' }))).toBe('not_permitted')
    expect(outcome(await changeInvitation(world, admin, ofAgent.id, { role: 'owner' }))).toBe('not_permitted')
    expect(await viewInvitationOf(world, admin, ofOwner.id)).toBeNull()
    const denied = await world.db.auditEvent.count({ where: { actorId: admin.person.id, kind: 'access_denied' } })
    expect(denied).toBe(2)
    expect(outcome(await changeInvitation(world, admin, ofAgent.id, { role: 'admin' }))).toBe('changed')
    await suspend(world, owner, admin.person.id, 'left')
    expect(outcome(await acceptInvitation(world, aVisitor(), ofAgent.token, NEXT))).toBe('link_dead')
  })

  test.each([{ locale: 'ja' }, { role: 'end_user' as const }, { days: 5 }])(
    'R10 R3 S8: what ended with its sender’s right stays so when it is changed to %j, until it is sent again',
    async (change) => {
      const [owner, admin] = [await anActor('owner'), await anActor('admin')]
      const { email, id, token } = await invited(admin, 'agent', 7)
      expect((await suspend(world, owner, admin.person.id, 'left')).ok).toBe(true)
      expect(outcome(await changeInvitation(world, owner, id, change))).toBe('changed')
      expect(await rowOf(email)).toMatchObject({ createdById: admin.person.id })
      world.clock.move(days(4))
      await remindInvited(world, () => false)
      expect(await world.db.outboxMessage.count({ where: { recipient: email, template: 'invitation_reminder' } })).toBe(
        0,
      )
      expect(outcome(await acceptInvitation(world, aVisitor(), token, NEXT))).toBe('link_dead')
      expect(outcome(await sendAgain(world, owner, id))).toBeNull()
      const fresh = await mailedToken(world, email, 'invitation')
      expect((await acceptInvitation(world, aVisitor(), fresh, NEXT)).ok).toBe(true)
    },
  )

  test('N25: a link that gives an admin’s role from now on ends seven days after it was sent', async () => {
    const actor = await anActor()
    const { email, id } = await invited(actor, 'agent', 30)
    const sent = world.clock.now()
    expect((await rowOf(email)).expiresAt).toEqual(inDays(30))
    world.clock.move(days(1))
    expect(outcome(await changeInvitation(world, actor, id, { role: 'admin' }))).toBe('days_out_of_range')
    expect(outcome(await changeInvitation(world, actor, id, { role: 'admin', days: 7 }))).toBe('changed')
    expect((await rowOf(email)).expiresAt).toEqual(later(sent, days(7)))
  })

  test('S8: of a role that changes while the new password is hashed, nobody gets the old one', async () => {
    const actor = await anActor()
    const { email, id, token } = await invited(actor, 'admin')
    const race = whileHashing(world, async () => {
      await changeInvitation(world, actor, id, { role: 'end_user' })
    })
    expect(outcome(await acceptInvitation(race, aVisitor(), token, NEXT))).toBe('link_dead')
    expect(await personByEmail(world.db, email)).toBeNull()
    expect((await acceptInvitation(world, aVisitor(), token, NEXT)).ok).toBe(true)
    expect((await personByEmail(world.db, email))?.person.memberships[0]).toMatchObject({ role: 'end_user' })
  })

  test('S15: the admin of another company changes and sees none of ours', async () => {
    const other = await aFurtherTenant(world)
    const { id } = await invited(await anActor())
    const stranger = await anActor('owner', other.slug)
    expect(outcome(await changeInvitation(world, stranger, id, { role: 'end_user' }))).toBe('not_found')
    expect(await viewInvitationOf(world, stranger, id)).toBeNull()
  })

  test('R10 P8: until the day that was named, and the mail says what will be set up, with what, and by when', async () => {
    const tenant = await aFurtherTenant(world, { required: true })
    const actor = await anActor('owner', tenant.slug)
    expect(
      outcome(
        await invite(world, actor, { email: 'none@example.com', name: 'N', role: 'agent', locale: 'en', days: 0 }),
      ),
    ).toBe('no_day_named')
    const deadline = inDays(9)
    await setRules(world.db, tenant.id, { team: { deadline }, end: { required: false, requiredSince: null } })
    for (const [email, role] of [
      ['due@example.com', 'agent'],
      ['free@example.com', 'end_user'],
    ] as const) {
      const sent = await invite(world, actor, {
        email,
        name: 'Ina',
        role,
        locale: 'en',
        ...(role === 'agent' ? { days: 0 } : {}),
      })
      expect(outcome(sent)).toBeNull()
    }
    expect((await rowOf('due@example.com')).expiresAt).toEqual(deadline)
    expect((await rowOf('free@example.com')).expiresAt).toEqual(inDays(7))
    const mails = new Map<string, Message>()
    const mailer = { send: async (message: Message) => void mails.set(message.to, message) }
    await deliverDue(world, { mailer }, 50)
    const due = mails.get('due@example.com')?.text ?? ''
    expect(due).toContain('set up a second factor')
    expect(due).toContain('authenticator app')
    expect(due).toMatch(/by .*2026.* at the latest/)
    expect(mails.get('free@example.com')?.text).not.toContain('second factor')
  })
})
