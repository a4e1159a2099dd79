import { beforeAll, beforeEach, expect, test } from 'vitest'
import { startWithPassword } from '../../authentication/signin/start/service'
import { transact } from '../../core/db'
import type { TransactionDeps } from '../../core/deps'
import { days, hours } from '../../core/kernel/time'
import { makeLink } from '../../credentials/link/service'
import { lockTenant } from '../../identity/policy/service'
import { lockPerson, personByEmail, setEmail } from '../../identity/user/service'
import { ROLES, type Role } from '../../identity/user/types'
import { eachDatabase } from '../../testing/databases'
import { setRules } from '../../testing/policy'
import { begunBefore, whileHashing } from '../../testing/race'
import { anEnrolled, mailedToken } from '../../testing/signin'
import {
  aFurtherTenant,
  aGuest,
  aPerson,
  aSession,
  aTenant,
  auditKinds,
  aVisitor,
  enrolmentProgress,
  quickWorld,
  type TestWorld,
} from '../../testing/world'
import { suspend } from '../people/acts/service'
import { changeRole } from '../people/role/service'
import { acceptInvitation, joinByInvitation, viewInvitation } from './accept/service'
import { invite, sendAgain, viewInvitations, withdraw } from './service'

const NEXT = 'copper meadow under seven bridges'
const ALL = { search: '', from: 'first' } as const

eachDatabase('invitations', (open) => {
  let world: TestWorld
  let acme: Awaited<ReturnType<typeof aTenant>>
  let other: Awaited<ReturnType<typeof aFurtherTenant>>
  let made = 0

  beforeAll(async () => {
    world = quickWorld(open())
    acme = await aTenant(world)
    other = await aFurtherTenant(world)
  })
  beforeEach(() => world.clock.move(hours(24)))

  const anActor = async (role: Role = 'owner', slug = acme.slug) => {
    const { id } = await aPerson(world, slug, role)
    return (await aSession(world, id, { methods: ['pwd', 'otp'], steppedUp: true })).freshAdmin
  }
  const outcome = (result: { ok: true } | { ok: false; code: string }) => (result.ok ? 'ok' : result.code)
  const somebody = (role: Role = 'agent') => {
    made += 1
    return { email: `invited${made}@example.com`, name: 'Ines Invited', role, locale: 'de' }
  }
  const invited = async (actor: Awaited<ReturnType<typeof anActor>>, role: Role = 'agent', template = 'invitation') => {
    const input = somebody(role)
    expect(outcome(await invite(world, actor, input))).toBe('ok')
    return { ...input, token: await mailedToken(world, input.email, template) }
  }
  const rowOf = (email: string) => world.db.invitation.findFirst({ where: { email } })

  test('R10: the link sets a password once, and the browser that accepted is known', async () => {
    const actor = await anActor()
    const { email, token } = await invited(actor)
    for (let looks = 0; looks < 3; looks += 1) {
      expect(await viewInvitation(world, aVisitor(), token)).toMatchObject({ value: { email, hasAccount: false } })
    }
    expect(outcome(await acceptInvitation(world, aVisitor(), token, 'short'))).toBe('password_too_short')
    const accepted = await acceptInvitation(world, aVisitor(), token, NEXT)
    if (!accepted.ok) throw new Error(accepted.code)
    const found = await personByEmail(world.db, email)
    expect(found?.person).toMatchObject({ name: 'Ines Invited', tenantId: acme.id, memberships: [{ role: 'agent' }] })
    const inKnown = await startWithPassword(world, aVisitor({ deviceToken: accepted.value.deviceToken }), {
      email,
      password: NEXT,
    })
    expect(inKnown).toMatchObject({ ok: true, value: { kind: 'signed-in' } })
    const inOther = await startWithPassword(world, aVisitor(), { email, password: NEXT })
    expect(inOther).toMatchObject({ ok: true, value: { step: 'verify-device' } })
    expect(await auditKinds(world, found?.person.id ?? '')).toContain('invitation_accepted')
    expect(outcome(await acceptInvitation(world, aVisitor(), token, NEXT))).toBe('link_dead')
    expect(await rowOf(email)).toBeNull()
  })

  test.each([
    [-1, 'ok'],
    [0, 'link_dead'],
    [1, 'link_dead'],
  ])('R10: %i ms after seven days, where nobody set others: %s', async (offset, expected) => {
    const { token } = await invited(await anActor())
    world.clock.move(days(7) + offset)
    expect(outcome(await acceptInvitation(world, aVisitor(), token, NEXT))).toBe(expected)
  })

  test('R3 S8: who is suspended in a transaction that is open meanwhile invites, sends and withdraws nothing', async () => {
    const actor = await anActor('admin')
    const { email } = await invited(actor)
    const row = await rowOf(email)
    const where = { tenantId: acme.id, userId: actor.person.id }
    const suspending = async ({ db }: TransactionDeps) => {
      await lockTenant(db, acme.id)
      await db.membership.updateMany({ where, data: { suspended: true, suspendedAt: world.clock.now() } })
    }
    const input = somebody()
    const acts: (() => Promise<{ ok: true } | { ok: false; code: string }>)[] = [
      () => invite(world, actor, input),
      () => sendAgain(world, actor, row?.id ?? ''),
      () => withdraw(world, actor, row?.id ?? ''),
    ]
    for (const act of acts) {
      await world.db.membership.updateMany({ where, data: { suspended: false, suspendedAt: null } })
      expect(outcome(await begunBefore(world, suspending, act))).toBe('not_permitted')
    }
    expect(await rowOf(input.email)).toBeNull()
    expect(await rowOf(email)).toMatchObject({ tokenHash: row?.tokenHash })
  })

  test('R11 S8: no account with an email that somebody left while the password was hashed, and may take back', async () => {
    const { email, token } = await invited(await anActor())
    const person = await aPerson(world, acme.slug)
    const passing = () =>
      transact(world, async (world) => {
        await setEmail(world.db, person.id, email, null)
        await setEmail(world.db, person.id, person.email, null)
        await makeLink(world, { kind: 'undo', userId: person.id, email })
      })
    const race = whileHashing(world, passing)
    expect(outcome(await acceptInvitation(race, aVisitor(), token, NEXT))).toBe('address_held')
    expect(await personByEmail(world.db, email)).toBeNull()
  })

  test('U6 S8: an invitation is joined by the email that one has by then', async () => {
    const person = await aPerson(world, other.slug)
    expect(outcome(await invite(world, await anActor(), { ...somebody(), email: person.email }))).toBe('ok')
    const token = await mailedToken(world, person.email, 'invitation')
    const { assured } = await aSession(world, person.id)
    const change = ({ db }: TransactionDeps) => setEmail(db, person.id, `moved.${person.email}`, null)
    expect(outcome(await begunBefore(world, change, () => joinByInvitation(world, assured, token)))).toBe(
      'not_permitted',
    )
    expect(await rowOf(person.email)).not.toBeNull()
  })

  test.each(['accepted', 'joined'] as const)(
    'R3, S8: no invitation is %s of a sender who loses the role, or is suspended at home, in a transaction that is open',
    async (how) => {
      for (const losing of ['role', 'home'] as const) {
        const [sender, taker] = [await aPerson(world, other.slug), await aPerson(world, other.slug)]
        const email = how === 'joined' ? taker.email : somebody().email
        expect(outcome(await invite(world, await anActor(), { ...somebody(), email }))).toBe('ok')
        const token = await mailedToken(world, email, 'invitation')
        await aGuest(world, acme.id, sender.id, 'admin')
        await world.db.invitation.updateMany({ where: { email }, data: { createdById: sender.id } })
        const change = async ({ db }: TransactionDeps) => {
          const where = { userId: sender.id, tenantId: losing === 'role' ? acme.id : other.id }
          if (losing === 'role') await lockTenant(db, acme.id)
          else await lockPerson(db, sender.id)
          const suspended = { suspended: true, suspendedAt: world.clock.now() }
          await db.membership.updateMany({ where, data: losing === 'role' ? { role: 'agent' } : suspended })
        }
        const { assured } = await aSession(world, taker.id)
        const take = (): Promise<{ ok: true } | { ok: false; code: string }> =>
          how === 'joined' ? joinByInvitation(world, assured, token) : acceptInvitation(world, aVisitor(), token, NEXT)
        expect(outcome(await begunBefore(world, change, take))).toBe('link_dead')
        expect(await rowOf(email)).not.toBeNull()
      }
    },
  )

  test('S8, ASVS 6.2.1: the password is as long as the requirement asks when the account is made', async () => {
    const strict = await aFurtherTenant(world, { required: true })
    const { email, token } = await invited(await anActor('owner', strict.slug), 'end_user', 'invitation_setup')
    const off = async ({ db }: TransactionDeps) => {
      await lockTenant(db, strict.id)
      await db.policyRule.updateMany({ where: { tenantId: strict.id, userType: 'end' }, data: { required: false } })
    }
    const accept = () => acceptInvitation(world, aVisitor(), token, 'tkxbfhgqzmwr')
    expect(outcome(await begunBefore(world, off, accept))).toBe('password_too_short')
    expect(await personByEmail(world.db, email)).toBeNull()
    await setRules(world.db, strict.id, { end: { required: true } })
    expect(outcome(await accept())).toBe('ok')
  })

  test('R10: of 16 posts of one link one makes the account', async () => {
    const { email, token } = await invited(await anActor())
    const before = await enrolmentProgress(world.db, acme.id)
    const results = await Promise.all(
      Array.from({ length: 16 }, () => acceptInvitation(world, aVisitor(), token, NEXT)),
    )
    expect(results.filter((each) => each.ok)).toHaveLength(1)
    expect(await world.db.user.count({ where: { email } })).toBe(1)
    expect((await enrolmentProgress(world.db, acme.id)).team.people).toBe(before.team.people + 1)
  })

  test('R10: sent again, the link before is dead; withdrawn, every link is', async () => {
    const actor = await anActor()
    const { email, token } = await invited(actor)
    const id = (await rowOf(email))?.id ?? ''
    world.clock.move(1000)
    expect(outcome(await sendAgain(world, actor, id))).toBe('ok')
    expect(outcome(await acceptInvitation(world, aVisitor(), token, NEXT))).toBe('link_dead')
    const newer = await mailedToken(world, email, 'invitation')
    expect(outcome(await viewInvitation(world, aVisitor(), newer))).toBe('ok')
    expect(outcome(await withdraw(world, actor, id))).toBe('ok')
    expect(outcome(await acceptInvitation(world, aVisitor(), newer, NEXT))).toBe('link_dead')
    expect(outcome(await withdraw(world, actor, id))).toBe('not_found')
  })

  test('R10: one address is mailed five invitations a day and no more', async () => {
    const actor = await anActor()
    const { email } = await invited(actor)
    const id = (await rowOf(email))?.id ?? ''
    const outcomes = []
    for (let index = 0; index < 6; index += 1) outcomes.push(outcome(await sendAgain(world, actor, id)))
    expect(outcomes).toEqual(['ok', 'ok', 'ok', 'ok', 'throttled', 'throttled'])
    expect(await world.db.outboxMessage.count({ where: { recipient: email } })).toBe(5)
  })

  test.each(['owner', 'admin'] as const)('R3, S15: an %s invites nobody to a higher role', async (role) => {
    const actor = await anActor(role)
    const outcomes = await Promise.all(ROLES.map(async (each) => outcome(await invite(world, actor, somebody(each)))))
    expect(outcomes).toEqual(role === 'owner' ? ['ok', 'ok', 'ok', 'ok'] : ['not_permitted', 'ok', 'ok', 'ok'])
  })

  test('R3: an admin neither sends nor withdraws the invitation of an owner', async () => {
    const { email } = await invited(await anActor('owner'), 'owner')
    const admin = await anActor('admin')
    const id = (await rowOf(email))?.id ?? ''
    expect(outcome(await sendAgain(world, admin, id))).toBe('not_permitted')
    expect(outcome(await withdraw(world, admin, id))).toBe('not_permitted')
    expect((await rowOf(email))?.id).toBe(id)
  })

  test('S8: an admin who was suspended meanwhile invites nobody', async () => {
    const admin = await anActor('admin')
    expect(outcome(await suspend(world, await anActor('owner'), admin.person.id, 'left'))).toBe('ok')
    expect(outcome(await invite(world, admin, somebody()))).toBe('not_permitted')
  })

  const ends = {
    'is suspended': async (id: string) => suspend(world, await anActor(), id, 'left'),
    'is demoted': async (id: string) => changeRole(world, await anActor(), id, 'agent'),
    'is suspended in the installation': async (id: string) =>
      world.db.user.update({ where: { id }, data: { suspendedAt: world.clock.now() } }),
    'is of the tenant no more': async (id: string) =>
      world.db.membership.deleteMany({ where: { userId: id, tenantId: acme.id } }),
  }
  test.each(Object.keys(ends) as (keyof typeof ends)[])(
    'R3, S8: the links of somebody who %s are dead',
    async (end) => {
      const [admin, guest] = [await anActor('admin'), await anEnrolled(world, other.slug)]
      const { email, token } = await invited(admin, 'admin')
      expect(outcome(await invite(world, admin, { ...somebody('admin'), email: guest.email }))).toBe('ok')
      const joining = await mailedToken(world, guest.email, 'invitation')
      await ends[end](admin.person.id)
      const { assured } = await aSession(world, guest.id, { methods: ['pwd', 'otp'] })
      expect(outcome(await viewInvitation(world, aVisitor(), token))).toBe('link_dead')
      expect(outcome(await acceptInvitation(world, aVisitor(), token, NEXT))).toBe('link_dead')
      expect(outcome(await joinByInvitation(world, assured, joining))).toBe('link_dead')
      expect(await personByEmail(world.db, email)).toBeNull()
      const owner = await anActor()
      const shown = async () => (await viewInvitations(world, owner, { search: email, from: 'first' })).rows[0]
      expect(await shown()).toMatchObject({ state: 'void' })
      world.clock.move(1000)
      expect(outcome(await sendAgain(world, owner, (await shown())?.id ?? ''))).toBe('ok')
      expect(await shown()).toMatchObject({ state: 'open', by: owner.person.name })
      const newer = await mailedToken(world, email, 'invitation')
      expect(outcome(await acceptInvitation(world, aVisitor(), newer, NEXT))).toBe('ok')
    },
  )

  test('R3, S8: of an inviter who is suspended while the new password is hashed the link is dead', async () => {
    const [admin, owner] = [await anActor('admin'), await anActor()]
    const { email, token } = await invited(admin, 'admin')
    const hash: TestWorld['hasher']['hash'] = async (...args) => {
      await suspend(world, owner, admin.person.id, 'left')
      return world.hasher.hash(...args)
    }
    const race = { ...world, hasher: { ...world.hasher, hash } }
    expect(outcome(await acceptInvitation(race, aVisitor(), token, NEXT))).toBe('link_dead')
    expect([await personByEmail(world.db, email), (await rowOf(email))?.email]).toEqual([null, email])
  })

  test('R10: an invitation by command is nobody’s, and stays good', async () => {
    const { email, token } = await invited(await anActor())
    await world.db.invitation.updateMany({ where: { email }, data: { createdById: null } })
    expect(outcome(await acceptInvitation(world, aVisitor(), token, NEXT))).toBe('ok')
  })

  test('S8, U6: a guest who is suspended at home invites nobody, and each refusal is written down (ASVS 16.3.2)', async () => {
    const { id: guestId } = await aPerson(world, other.slug, 'owner')
    await aGuest(world, acme.id, guestId, 'admin')
    const { freshAdmin } = await aSession(world, guestId, { methods: ['pwd', 'otp'], steppedUp: true })
    const tenant = freshAdmin.person.memberships.find((each) => each.tenant.id === acme.id)
    if (tenant === undefined) throw new Error('no guest')
    const guest = { ...freshAdmin, tenant }
    const { email } = await invited(guest)
    const id = (await rowOf(email))?.id ?? ''
    await suspend(world, await anActor('owner', other.slug), guestId, 'left')
    expect(outcome(await invite(world, guest, somebody()))).toBe('not_permitted')
    expect(outcome(await sendAgain(world, guest, id))).toBe('not_permitted')
    expect(outcome(await withdraw(world, guest, id))).toBe('not_permitted')
    const noted = await world.db.auditEvent.findMany({
      where: { kind: 'access_denied', actorId: guestId, tenantId: acme.id },
      orderBy: { id: 'asc' },
    })
    expect(noted.map((each) => JSON.parse(each.data).action)).toEqual(['invite', 'invite', 'withdraw_invitation'])
  })

  test('S15, T6: the admin of another tenant reaches no invitation, and does not learn who has an account here', async () => {
    const { email } = await invited(await anActor())
    const stranger = await anActor('owner', other.slug)
    const id = (await rowOf(email))?.id ?? ''
    expect(outcome(await sendAgain(world, stranger, id))).toBe('not_found')
    expect(outcome(await withdraw(world, stranger, id))).toBe('not_found')
    expect((await viewInvitations(world, stranger, ALL)).rows.map((row) => row.id)).not.toContain(id)
    const member = await aPerson(world, acme.slug)
    expect(outcome(await invite(world, stranger, { ...somebody(), email: member.email }))).toBe('ok')
  })

  test('R10: whoever is of the tenant, or invited already, is not invited again', async () => {
    const actor = await anActor()
    const member = await aPerson(world, acme.slug)
    expect(outcome(await invite(world, actor, { ...somebody(), email: member.email }))).toBe('address_taken')
    const { email } = await invited(actor)
    expect(outcome(await invite(world, actor, { ...somebody(), email: email.toUpperCase() }))).toBe('already_invited')
    expect(outcome(await invite(world, actor, { ...somebody(), email: 'no address' }))).toBe('not_an_address')
  })

  test('U6: somebody with an account joins as a guest, signed in as the one invited and as nobody else', async () => {
    const person = await anEnrolled(world, other.slug)
    const actor = await anActor()
    expect(outcome(await invite(world, actor, { ...somebody('agent'), email: person.email }))).toBe('ok')
    const token = await mailedToken(world, person.email, 'invitation')
    expect(outcome(await acceptInvitation(world, aVisitor(), token, NEXT))).toBe('has_account')
    const stranger = (await aSession(world, (await aPerson(world, other.slug)).id, {})).assured
    expect(outcome(await joinByInvitation(world, stranger, token))).toBe('not_permitted')
    const { assured } = await aSession(world, person.id, { methods: ['pwd', 'otp'] })
    const before = await enrolmentProgress(world.db, acme.id)
    const results = await Promise.all(Array.from({ length: 8 }, () => joinByInvitation(world, assured, token)))
    expect(results.filter((each) => each.ok)).toHaveLength(1)
    const row = await world.db.membership.findFirst({ where: { userId: person.id, tenantId: acme.id } })
    expect(row).toMatchObject({ role: 'agent', userType: 'team', enrolled: true })
    const after = await enrolmentProgress(world.db, acme.id)
    expect(after.team).toEqual({ people: before.team.people + 1, enrolled: before.team.enrolled + 1 })
  })

  test('S22: the link of an invitation is no other link, and no other is one', async () => {
    const { token } = await invited(await anActor())
    expect(outcome(await viewInvitation(world, aVisitor(), `${token.slice(1)}A`))).toBe('link_dead')
    expect(outcome(await viewInvitation(world, aVisitor(), ''))).toBe('link_dead')
    const stored = await world.db.invitation.findMany({ where: { tokenHash: { not: null } } })
    expect(stored.map((row) => row.tokenHash)).not.toContain(token)
  })

  test('the list goes both ways by address, and finds the beginning of one', async () => {
    const actor = await anActor('owner', other.slug)
    const emails = Array.from({ length: 120 }, (_, index) => `list${String(index).padStart(3, '0')}@example.com`)
    for (const email of emails) {
      await world.db.invitation.create({
        data: { tenantId: actor.tenant.tenant.id, email, name: 'Lee', role: 'agent', createdAt: world.clock.now() },
      })
    }
    const seen: string[] = []
    let page = await viewInvitations(world, actor, { search: 'list', from: 'first' })
    expect(page.previous).toBeNull()
    seen.push(...page.rows.map((row) => row.email))
    while (page.next !== null) {
      page = await viewInvitations(world, actor, { search: 'list', from: { after: page.next } })
      seen.push(...page.rows.map((row) => row.email))
    }
    expect(seen).toEqual(emails)
    const back = await viewInvitations(world, actor, { search: 'list', from: { before: page.previous ?? '' } })
    expect(back.rows.map((row) => row.email)).toEqual(emails.slice(50, 100))
    expect((await viewInvitations(world, actor, { search: 'list07', from: 'first' })).rows).toHaveLength(10)
  })
})
