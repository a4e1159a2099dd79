import { beforeAll, beforeEach, expect, test } from 'vitest'
import { giveEmail } from '../../administration/people/email/service'
import { transact } from '../../core/db'
import type { TransactionDeps } from '../../core/deps'
import { days, hours, minutes } from '../../core/kernel/time'
import { makeLink } from '../../credentials/link/service'
import { setEmail } from '../../identity/user/service'
import { eachDatabase } from '../../testing/databases'
import { begunBefore } from '../../testing/race'
import { aKnownDevice, countMails, mailedToken, sessionsOf } from '../../testing/signin'
import { aPerson, aSession, aTenant, auditKinds, aVisitor, quickWorld, type TestWorld } from '../../testing/world'
import { takeBack } from '../undoing/service'
import { confirmNewEmail, requestNewEmail, viewEmailLink } from './service'

eachDatabase('another email', (open) => {
  let world: TestWorld
  let acme: Awaited<ReturnType<typeof aTenant>>
  beforeAll(async () => {
    world = quickWorld(open())
    acme = await aTenant(world)
  })
  beforeEach(() => world.clock.move(hours(1)))

  const outcome = (result: { ok: true } | { ok: false; code: string }) => (result.ok ? 'ok' : result.code)
  const someone = async () => {
    const person = await aPerson(world, acme.slug)
    const { steppedUp } = await aSession(world, person.id, { steppedUp: true })
    return { ...person, steppedUp, moved: `moved.${person.email}` }
  }
  const emailOf = async (id: string) => (await world.db.user.findUniqueOrThrow({ where: { id } })).email
  const linkTo = async (userId: string, email: string) => {
    const link = await transact(world, (world) => makeLink(world, { kind: 'address', userId, email }))
    return new URL(link).searchParams.get('token') ?? ''
  }
  const anOwner = async () => {
    const { id } = await aPerson(world, acme.slug, 'owner')
    return (await aSession(world, id, { methods: ['pwd', 'otp'], steppedUp: true })).freshAdmin
  }

  test('R11: confirmed at the new address; the old one takes it back within seven days, and a password is demanded', async () => {
    const person = await aPerson(world, acme.slug)
    const { steppedUp } = await aSession(world, person.id, { steppedUp: true })
    const moved = `moved.${person.email}`
    expect(outcome(await requestNewEmail(world, steppedUp, moved))).toBe('ok')
    const token = await mailedToken(world, moved, 'address_confirm')
    const results = await Promise.all(Array.from({ length: 16 }, () => confirmNewEmail(world, aVisitor(), token)))
    expect(results.filter((each) => each.ok)).toHaveLength(1)
    const row = () => world.db.user.findUniqueOrThrow({ where: { id: person.id } })
    expect((await row()).email).toBe(moved)
    const undo = await mailedToken(world, person.email, 'address_changed')
    // Nobody else gets the old address for as long as it may be taken back.
    const other = await aPerson(world, acme.slug)
    const theirs = (await aSession(world, other.id, { steppedUp: true })).steppedUp
    expect(outcome(await requestNewEmail(world, theirs, person.email))).toBe('ok')
    expect(
      await world.db.outboxMessage.count({ where: { recipient: person.email, template: 'address_confirm' } }),
    ).toBe(0)
    world.clock.move(days(7) - 1)
    expect(outcome(await takeBack(world, aVisitor(), 'undo', undo))).toBe('ok')
    expect(await row()).toMatchObject({ email: person.email, passwordDemandedAt: world.clock.now() })
    expect(await sessionsOf(world, person.id)).toEqual([])
    expect(outcome(await takeBack(world, aVisitor(), 'undo', undo))).toBe('link_dead')
  })

  test('R11: what is typed is judged first; nothing counts before the new mailbox says yes, and an older link dies', async () => {
    const { id, email, moved, steppedUp } = await someone()
    expect(outcome(await requestNewEmail(world, steppedUp, 'nobody'))).toBe('not_an_address')
    expect(outcome(await requestNewEmail(world, steppedUp, email.toUpperCase()))).toBe('same_address')
    expect(outcome(await requestNewEmail(world, steppedUp, moved))).toBe('ok')
    const first = await mailedToken(world, moved, 'address_confirm')
    world.clock.move(minutes(1))
    expect(outcome(await requestNewEmail(world, steppedUp, moved))).toBe('ok')
    const second = await mailedToken(world, moved, 'address_confirm')
    expect(await emailOf(id)).toBe(email)
    expect(outcome(await viewEmailLink(world, aVisitor(), first))).toBe('link_dead')
    expect(await viewEmailLink(world, aVisitor(), second)).toMatchObject({ value: { email: moved } })
    expect(outcome(await confirmNewEmail(world, aVisitor(), first))).toBe('link_dead')
    expect(outcome(await confirmNewEmail(world, aVisitor(), second))).toBe('ok')
    expect(await emailOf(id)).toBe(moved)
    expect(await auditKinds(world, id)).toEqual(expect.arrayContaining(['address_change_requested', 'address_changed']))
  })

  test('R11: whoever has the email is told, and who asked gets the same answer and no link', async () => {
    const asking = await someone()
    const holder = await aPerson(world, acme.slug)
    expect(outcome(await requestNewEmail(world, asking.steppedUp, holder.email))).toBe('ok')
    expect(await countMails(world, holder.email, 'address_in_use')).toBe(1)
    expect(await countMails(world, holder.email, 'address_confirm')).toBe(0)
  })

  test('R11 D4: with the new email, trust ends and sessions go on; both mailboxes are told', async () => {
    const { id, email, moved } = await someone()
    await aKnownDevice(world, id, true)
    expect(outcome(await confirmNewEmail(world, aVisitor(), await linkTo(id, moved)))).toBe('ok')
    expect(await world.db.device.count({ where: { userId: id, trustGrantedAt: { not: null } } })).toBe(0)
    expect(await sessionsOf(world, id)).toHaveLength(1)
    expect(await countMails(world, email, 'address_changed')).toBe(1)
    expect(await countMails(world, moved, 'address_changed_here')).toBe(1)
  })

  test.each([
    [-1, 'ok'],
    [0, 'link_dead'],
  ])('R11: %i ms after seven days the old email is taken back: %s', async (offset, expected) => {
    const { id, email, moved } = await someone()
    await confirmNewEmail(world, aVisitor(), await linkTo(id, moved))
    const undo = await mailedToken(world, email, 'address_changed')
    world.clock.move(days(7) + offset)
    expect(outcome(await takeBack(world, aVisitor(), 'undo', undo))).toBe(expected)
    expect(await emailOf(id)).toBe(expected === 'ok' ? email : moved)
  })

  test('R11: an admin’s change is at once, with the same way back', async () => {
    const { id, email, moved } = await someone()
    expect(outcome(await giveEmail(world, await anOwner(), id, { email: moved, reason: 'married' }))).toBe('ok')
    expect(await emailOf(id)).toBe(moved)
    expect(outcome(await takeBack(world, aVisitor(), 'undo', await mailedToken(world, email, 'address_given')))).toBe(
      'ok',
    )
    expect(await emailOf(id)).toBe(email)
  })

  /** Somebody leaves their email, and may take it back; not committed yet. */
  const leaving = (person: { id: string; email: string; moved: string }) => async (inside: TransactionDeps) => {
    await setEmail(inside.db, person.id, person.moved, null)
    await makeLink(inside, { kind: 'undo', userId: person.id, email: person.email })
  }

  test('R11 S8: nobody confirms an email that somebody is leaving meanwhile and may take back', async () => {
    const [left, other] = [await someone(), await someone()]
    const token = await linkTo(other.id, left.email)
    const told = await begunBefore(world, leaving(left), () => confirmNewEmail(world, aVisitor(), token))
    expect([outcome(told), await emailOf(other.id)]).toEqual(['address_taken', other.email])
  })

  test('R11 S8: nor is it given to anybody', async () => {
    const [left, other, owner] = [await someone(), await someone(), await anOwner()]
    const input = { email: left.email, reason: 'x' }
    const told = await begunBefore(world, leaving(left), () => giveEmail(world, owner, other.id, input))
    expect([outcome(told), await emailOf(other.id)]).toEqual(['address_held', other.email])
  })

  test('R11 S8: the way back leads to the email that an own change meanwhile had proved', async () => {
    const { id, email, moved } = await someone()
    const third = `third.${email}`
    const token = await linkTo(id, third)
    const change = (inside: TransactionDeps) => setEmail(inside.db, id, moved, null)
    expect(outcome(await begunBefore(world, change, () => confirmNewEmail(world, aVisitor(), token)))).toBe('ok')
    expect(await countMails(world, moved, 'address_changed')).toBe(1)
    expect(await countMails(world, email, 'address_changed')).toBe(0)
  })
})
