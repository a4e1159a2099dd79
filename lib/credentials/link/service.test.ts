import { beforeAll, beforeEach, expect, test } from 'vitest'
import { signOutPerson } from '../../administration/people/acts/service'
import { signOutEverybody } from '../../administration/sessions/service'
import { mailResetLink, resetPassword, viewReset } from '../../authentication/account/password/service'
import { confirmNewEmail } from '../../authentication/email-change/service'
import { mailSignInLink, startWithLink } from '../../authentication/signin/link/service'
import { startWithPassword } from '../../authentication/signin/start/service'
import { takeBack } from '../../authentication/undoing/service'
import type { Db } from '../../core/db'
import type { TransactionDeps } from '../../core/deps'
import { hours, minutes } from '../../core/kernel/time'
import { lockPerson, setEmail } from '../../identity/user/service'
import type { Person } from '../../identity/user/types'
import { eachDatabase } from '../../testing/databases'
import { begunBefore } from '../../testing/race'
import { aKnownDevice, anEnrolled, answerLinkRequests, countMails, mailedToken, sessionsOf } from '../../testing/signin'
import {
  aFurtherTenant,
  aPerson,
  aSession,
  aTenant,
  aVisitor,
  PASSWORD,
  quickWorld,
  type TestWorld,
} from '../../testing/world'
import { isContained, isDatedAhead } from './rules'
import { requestLink } from './service'
import { LINK_KINDS } from './types'

const NEXT = 'copper meadow under seven bridges'

eachDatabase('mailed links', (open) => {
  let world: TestWorld
  let db: Db
  let acme: Awaited<ReturnType<typeof aTenant>>

  beforeAll(async () => {
    db = open()
    world = quickWorld(db)
    acme = await aTenant(world)
  })
  beforeEach(() => world.clock.move(hours(1)))

  const ask = async (kind: 'magic' | 'reset', email: string) => {
    const asked = await requestLink(world, aVisitor(), { kind, email, returnTo: null })
    if (!asked.ok) throw new Error(asked.code)
    await answerLinkRequests(world)
  }
  const resetToken = async (email: string) => {
    await ask('reset', email)
    return mailedToken(world, email, 'password_reset')
  }
  const outcome = (result: { ok: true } | { ok: false; code: string }) => (result.ok ? 'ok' : result.code)

  test('R9 R12: looked at often and used once; it ends sessions, trust and open sign-ins and opens none', async () => {
    const person = await anEnrolled(world, acme.slug)
    await aSession(world, person.id, { methods: ['pwd', 'otp'] })
    await aKnownDevice(world, person.id, true)
    await startWithPassword(world, aVisitor(), { email: person.email, password: PASSWORD })
    const token = await resetToken(person.email)
    for (let looks = 0; looks < 3; looks += 1) expect(outcome(await viewReset(world, aVisitor(), token))).toBe('ok')
    expect(outcome(await resetPassword(world, aVisitor(), token, 'short'))).toBe('password_too_short')
    expect(outcome(await resetPassword(world, aVisitor(), token, NEXT))).toBe('ok')
    expect(outcome(await resetPassword(world, aVisitor(), token, NEXT))).toBe('link_dead')
    expect(await sessionsOf(world, person.id)).toEqual([])
    expect(await db.device.count({ where: { userId: person.id, trustGrantedAt: { not: null } } })).toBe(0)
    expect(await db.signInAttempt.count({ where: { userId: person.id, endedAt: null, completedAt: null } })).toBe(0)
    expect(await db.factor.count({ where: { userId: person.id, revokedAt: null } })).toBe(1)
    const started = await startWithPassword(world, aVisitor(), { email: person.email, password: NEXT })
    expect(started).toMatchObject({ ok: true, value: { step: 'verify-factor' } })
  })

  test.each(['person', 'team', 'all'] as const)(
    'SE4 R9: no link to a new password outlives containing (%s)',
    async (of) => {
      const { slug } = await aFurtherTenant(world)
      const owner = await aPerson(world, slug, 'owner')
      const admin = await aSession(world, owner.id, { methods: ['pwd', 'otp'], steppedUp: true })
      const person = await aPerson(world, slug)
      const token = await resetToken(person.email)
      world.clock.move(1)
      const contained =
        of === 'person'
          ? await signOutPerson(world, admin.freshAdmin, person.id)
          : await signOutEverybody(world, admin.freshAdmin, { scope: of, reason: 'stolen' })
      expect(outcome(contained)).toBe('ok')
      expect(outcome(await viewReset(world, aVisitor(), token))).toBe('link_dead')
      expect(outcome(await resetPassword(world, aVisitor(), token, NEXT))).toBe('link_dead')
      world.clock.move(minutes(20))
      expect(outcome(await resetPassword(world, aVisitor(), await resetToken(person.email), NEXT))).toBe('ok')
    },
  )

  test.each(['contained', 'dated ahead'] as const)(
    'R9 S30: three links that are over, %s, stand in the way of no further one',
    async (how) => {
      const { slug } = await aFurtherTenant(world)
      const owner = await aPerson(world, slug, 'owner')
      const admin = await aSession(world, owner.id, { methods: ['pwd', 'otp'], steppedUp: true })
      const person = await aPerson(world, slug)
      if (how === 'dated ahead') world.clock.move(hours(2))
      for (const _ of [1, 2, 3]) await ask('reset', person.email)
      if (how === 'dated ahead') world.clock.move(-hours(2))
      else await signOutEverybody(world, admin.freshAdmin, { scope: 'all', reason: 'stolen' })
      world.clock.move(1)
      await db.outboxMessage.deleteMany({ where: { recipient: person.email } })
      expect(outcome(await resetPassword(world, aVisitor(), await resetToken(person.email), NEXT))).toBe('ok')
    },
  )

  test('SE4 R11: containing reaches what was begun, and leaves the way back of a notice', () => {
    const at = world.clock.now()
    const home = { tenant: { id: 't' }, policy: { sessionsVoidedAt: at, trustFloor: at } }
    const person = { tenantId: 't', memberships: [home] } as unknown as Person
    const dead = LINK_KINDS.filter((kind) => isContained({ kind, createdAt: at }, person))
    expect(dead).toEqual(['magic', 'reset', 'address'])
    expect(isContained({ kind: 'reset', createdAt: new Date(at.getTime() + 1) }, person)).toBe(false)
    expect(isContained({ kind: 'reset', createdAt: at }, null)).toBe(false)
  })

  test('SE4 R12: one that a clock made which was two hours ahead is none, and a new one is', async () => {
    const person = await aPerson(world, acme.slug)
    world.clock.move(hours(2))
    const ahead = await resetToken(person.email)
    world.clock.move(-hours(2))
    expect(outcome(await viewReset(world, aVisitor(), ahead))).toBe('link_dead')
    expect(outcome(await resetPassword(world, aVisitor(), ahead, NEXT))).toBe('link_dead')
    await db.outboxMessage.deleteMany({ where: { recipient: person.email } })
    expect(outcome(await resetPassword(world, aVisitor(), await resetToken(person.email), NEXT))).toBe('ok')
    const createdAt = new Date(world.clock.now().getTime() + hours(2))
    const over = LINK_KINDS.filter((kind) => isDatedAhead({ kind, createdAt }, world.clock.now()))
    expect(over).toEqual(['magic', 'reset', 'address'])
  })

  test.each([
    [-1, 'ok'],
    [0, 'link_dead'],
    [1, 'link_dead'],
  ])('R9: %i ms after thirty minutes: %s', async (offset, expected) => {
    const person = await aPerson(world, acme.slug)
    const token = await resetToken(person.email)
    world.clock.move(minutes(30) + offset)
    expect(outcome(await resetPassword(world, aVisitor(), token, NEXT))).toBe(expected)
  })

  test.each([64])('R9 S4: of %i uses at once one counts', async (size) => {
    const person = await aPerson(world, acme.slug)
    const token = await resetToken(person.email)
    const results = await Promise.all(Array.from({ length: size }, () => resetPassword(world, aVisitor(), token, NEXT)))
    expect(results.filter((each) => each.ok)).toHaveLength(1)
    expect(await db.auditEvent.count({ where: { subjectId: person.id, kind: 'password_reset' } })).toBe(1)
  })

  test('R9 S30: a further request leaves the links in hand alive, three at most; the first one used ends all', async () => {
    const person = await aPerson(world, acme.slug, 'end_user')
    const tokens = []
    for (const _ of [1, 2, 3]) {
      world.clock.move(1)
      tokens.push(await resetToken(person.email))
    }
    world.clock.move(1)
    expect(await resetToken(person.email)).toBe(tokens[2])
    expect(await countMails(world, person.email, 'password_reset')).toBe(3)
    const [first = '', second = '', third = ''] = tokens
    for (const token of tokens) expect(outcome(await viewReset(world, aVisitor(), token))).toBe('ok')
    expect(outcome(await resetPassword(world, aVisitor(), second, NEXT))).toBe('ok')
    for (const token of [first, third]) {
      expect(outcome(await resetPassword(world, aVisitor(), token, `${NEXT} again`))).toBe('link_dead')
    }
    await ask('reset', person.email)
    expect(await countMails(world, person.email, 'password_reset')).toBe(4)
  })

  test('R9 S30: of three sign-in links, each used by many at once, one opens a session, and it ends the others', async () => {
    const person = await aPerson(world, acme.slug, 'end_user')
    const tokens: string[] = []
    for (const _ of [1, 2, 3, 4]) {
      world.clock.move(1)
      await ask('magic', person.email)
      tokens.push(await mailedToken(world, person.email, 'sign_in_link'))
    }
    expect(await countMails(world, person.email, 'sign_in_link')).toBe(3)
    expect(new Set(tokens).size).toBe(3)
    const results = await Promise.all(
      Array.from({ length: 24 }, (_, index) => startWithLink(world, aVisitor(), tokens[index % 3] ?? '')),
    )
    expect(results.filter((each) => each.ok)).toHaveLength(1)
    expect(await sessionsOf(world, person.id)).toHaveLength(1)
    for (const token of tokens) expect(outcome(await startWithLink(world, aVisitor(), token))).toBe('link_dead')
  })

  const request = (email: string, more: Parameters<typeof aVisitor>[0] = {}) =>
    requestLink(world, aVisitor(more), { kind: 'reset', email, returnTo: null })
  const from = (address: string) => ({ request: { address, userAgent: null, requestId: null } })

  test('N16 S30: a stranger uses up the requests for an address; a known device has its own, which nobody else uses up', async () => {
    const person = await aPerson(world, acme.slug)
    const deviceToken = await aKnownDevice(world, person.id)
    for (let sent = 0; sent < 5; sent += 1) expect(outcome(await request(person.email))).toBe('ok')
    expect(outcome(await request(person.email))).toBe('throttled')
    for (let sent = 0; sent < 5; sent += 1) expect(outcome(await request(person.email, { deviceToken }))).toBe('ok')
    expect(outcome(await request(person.email, { deviceToken }))).toBe('throttled')
    const another = await aKnownDevice(world, person.id)
    expect(outcome(await request(person.email, { deviceToken: another }))).toBe('ok')
    const stranger = await aKnownDevice(world, (await aPerson(world, acme.slug)).id)
    expect(outcome(await request(person.email, { deviceToken: stranger }))).toBe('throttled')
  })

  test('N16 S30: colleagues in one network ask for as many links as they are, up to fifty in a quarter of an hour', async () => {
    for (let sent = 0; sent < 50; sent += 1) {
      expect(outcome(await request(`colleague${sent}@acme.example`, from('203.0.113.7')))).toBe('ok')
    }
    expect(outcome(await request('another@acme.example', from('203.0.113.8')))).toBe('throttled')
    expect(outcome(await request('another@acme.example', from('198.51.100.7')))).toBe('ok')
  })

  test('N16 S30: after twenty requests a day there is still one an hour, and a refused one counts for nothing', async () => {
    const person = await aPerson(world, acme.slug)
    for (let sent = 0; sent < 20; sent += 1) {
      world.clock.move(minutes(31))
      expect(outcome(await request(person.email, from(`198.51.${sent}.7`)))).toBe('ok')
    }
    const next = () => request(person.email, from('203.0.113.7'))
    world.clock.move(minutes(31))
    expect(outcome(await next())).toBe('ok')
    world.clock.move(minutes(31))
    for (let tries = 0; tries < 9; tries += 1) expect(outcome(await next())).toBe('throttled')
    world.clock.move(minutes(29))
    expect(outcome(await next())).toBe('ok')
  })

  test('N13 S30: ten wrong passwords of a stranger do not shut out the browser in which a link was used, for an hour', async () => {
    const person = await aPerson(world, acme.slug)
    const signIn = (password: string, more: Parameters<typeof aVisitor>[0] = {}) =>
      startWithPassword(world, aVisitor(more), { email: person.email, password })
    const lockOut = async () => {
      for (let tries = 0; tries < 10; tries += 1) await signIn('wrong', from(`198.51.${tries}.7`))
      expect(outcome(await signIn(NEXT))).toBe('throttled')
    }
    const token = await resetToken(person.email)
    const usedLink = `reset.${token}`
    for (let tries = 0; tries < 10; tries += 1) await signIn('wrong', from(`198.51.${tries}.7`))
    expect(outcome(await signIn(PASSWORD, { usedLink }))).toBe('throttled')
    expect(outcome(await resetPassword(world, aVisitor(), token, NEXT))).toBe('ok')
    // The wait ends with the new password (R9); the stranger begins another.
    expect(outcome(await signIn(NEXT))).toBe('ok')
    await lockOut()
    expect(outcome(await signIn(NEXT, { usedLink }))).toBe('ok')
    for (const other of [`magic.${token}`, `reset.${'A'.repeat(43)}`, token, '.', 'reset.']) {
      expect(outcome(await signIn(NEXT, { usedLink: other }))).toBe('throttled')
    }
    for (let tries = 0; tries < 10; tries += 1) await signIn('wrong', { usedLink, ...from(`198.51.${tries}.7`) })
    expect(outcome(await signIn(NEXT, { usedLink }))).toBe('throttled')
    world.clock.move(minutes(59))
    await lockOut()
    expect(outcome(await signIn(NEXT, { usedLink }))).toBe('ok')
    world.clock.move(minutes(1))
    expect(outcome(await signIn(NEXT, { usedLink }))).toBe('throttled')
  })

  test('N13: a used link gives no lane to somebody else’s account', async () => {
    const person = await aPerson(world, acme.slug)
    const other = await aPerson(world, acme.slug)
    const token = await resetToken(person.email)
    expect(outcome(await resetPassword(world, aVisitor(), token, NEXT))).toBe('ok')
    const signIn = (password: string, more: Parameters<typeof aVisitor>[0] = {}) =>
      startWithPassword(world, aVisitor(more), { email: other.email, password })
    for (let tries = 0; tries < 10; tries += 1) await signIn('wrong', from(`198.51.${tries}.7`))
    expect(outcome(await signIn(PASSWORD, { usedLink: `reset.${token}` }))).toBe('throttled')
  })

  test('S22: a link works where its kind is expected and nowhere else', async () => {
    const person = await aPerson(world, acme.slug, 'end_user')
    const token = await resetToken(person.email)
    expect(outcome(await startWithLink(world, aVisitor(), token))).toBe('link_dead')
    expect(outcome(await confirmNewEmail(world, aVisitor(), token))).toBe('link_dead')
    expect(outcome(await takeBack(world, aVisitor(), 'undo', token))).toBe('link_dead')
    expect(outcome(await resetPassword(world, aVisitor(), token, NEXT))).toBe('ok')
  })

  test.each(['reset', 'magic'] as const)(
    'S8 R11: nobody is mailed a link (%s) who lost the email, or was suspended, since it was asked for',
    async (kind) => {
      const mail = kind === 'reset' ? mailResetLink : mailSignInLink
      const request = (email: string) => ({ kind, email, returnTo: null, address: null, userAgent: null, locale: 'en' })
      const moved = await aPerson(world, acme.slug)
      await mail(world, request(moved.email), async (deps) => {
        await setEmail(deps.db, moved.id, `new-${moved.email}`, null)
        return true
      })
      const suspended = await aPerson(world, acme.slug)
      await mail(world, request(suspended.email), async (deps) => {
        await deps.db.user.update({ where: { id: suspended.id }, data: { suspendedAt: world.clock.now() } })
        return true
      })
      const userId = { in: [moved.id, suspended.id] }
      expect(await db.mailedLink.count({ where: { userId } })).toBe(0)
      expect(await db.outboxMessage.count({ where: { userId } })).toBe(0)
    },
  )

  test.each(['reset', 'magic'] as const)(
    'S8 R11: nor is anybody (%s) who is suspended in a transaction that is open as it is answered',
    async (kind) => {
      const mail = kind === 'reset' ? mailResetLink : mailSignInLink
      const { id, email } = await aPerson(world, acme.slug, 'end_user')
      const request = { kind, email, returnTo: null, address: null, userAgent: null, locale: 'en' }
      const suspending = async ({ db, clock }: TransactionDeps) => {
        await lockPerson(db, id)
        await db.user.update({ where: { id }, data: { suspendedAt: clock.now() } })
      }
      await begunBefore(world, suspending, () => mail(world, request, async () => true))
      expect(await db.mailedLink.count({ where: { userId: id } })).toBe(0)
      await db.user.update({ where: { id }, data: { suspendedAt: null } })
      await mail(world, request, async () => true)
      expect(await db.mailedLink.count({ where: { userId: id } })).toBe(1)
    },
  )

  test('R11 R12: too many dead links keep no live one waiting', async () => {
    const person = await aPerson(world, acme.slug)
    const token = await resetToken(person.email)
    const dead = []
    for (let index = 0; index < 40; index += 1) dead.push(outcome(await viewReset(world, aVisitor(), 'A'.repeat(43))))
    expect(dead[0]).toBe('link_dead')
    expect(dead.at(-1)).toBe('throttled')
    expect(outcome(await viewReset(world, aVisitor(), token))).toBe('ok')
    expect(outcome(await resetPassword(world, aVisitor(), token, NEXT))).toBe('ok')
  })

  test.each([64])('U1 S4: of %i clicks on one sign-in link at once one opens a session', async (size) => {
    const person = await aPerson(world, acme.slug, 'end_user')
    await ask('magic', person.email)
    const token = await mailedToken(world, person.email, 'sign_in_link')
    const results = await Promise.all(Array.from({ length: size }, () => startWithLink(world, aVisitor(), token)))
    expect(results.filter((each) => each.ok)).toHaveLength(1)
    expect(await sessionsOf(world, person.id)).toHaveLength(1)
  })

  test('S13: what is asked for an address that nobody has leaves the same row, and no mail', async () => {
    const person = await aPerson(world, acme.slug)
    const rows = async (email: string) => {
      await requestLink(world, aVisitor(), { kind: 'reset', email, returnTo: null })
      const job = await db.job.findFirstOrThrow({ where: { kind: 'link_request' } })
      expect(job.payload).not.toContain(email)
      const mails = await db.outboxMessage.count()
      await answerLinkRequests(world)
      return (await db.outboxMessage.count()) - mails
    }
    expect(await rows('nobody@example.com')).toBe(0)
    expect(await rows(person.email)).toBe(1)
  })
})
