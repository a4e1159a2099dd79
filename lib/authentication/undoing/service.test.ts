import { beforeAll, beforeEach, expect, test } from 'vitest'
import { issueCode, resetTwoFactor } from '../../administration/people/codes/service'
import { giveEmail } from '../../administration/people/email/service'
import { transact } from '../../core/db'
import { days, hours, minutes } from '../../core/kernel/time'
import { factorsOf } from '../../credentials/factor/service'
import { makeLink, requestLink } from '../../credentials/link/service'
import { codesLeft } from '../../credentials/recovery/service'
import type { Role } from '../../identity/user/types'
import { eachDatabase } from '../../testing/databases'
import {
  aKnownDevice,
  anEnrolled,
  answerLinkRequests,
  countMails,
  mailedPasscode,
  mailedToken,
  savedCodes,
  sessionsOf,
  signedIn,
  stepOf,
} from '../../testing/signin'
import {
  aClaimant,
  aFurtherTenant,
  anAttempt,
  aPerson,
  aSession,
  aTenant,
  aTotpFactor,
  aVisitor,
  PASSWORD,
  quickWorld,
  sessionOf,
  type TestWorld,
  totpCode,
} from '../../testing/world'
import { changePassword, resetPassword } from '../account/password/service'
import { confirmNewEmail } from '../email-change/service'
import { requestReset } from '../reset/service'
import { proveDevice, proveFactor, proveRecoveryCode } from '../signin/prove/service'
import { startWithPassword } from '../signin/start/service'
import { takeBack, viewNotice } from './service'

const NEXT = 'copper meadow under seven bridges'

eachDatabase('the way back of a notice', (open) => {
  let world: TestWorld
  let slug: string
  beforeAll(async () => {
    world = quickWorld(open())
    await aTenant(world)
  })
  beforeEach(async () => {
    world.clock.move(hours(1))
    slug = (await aFurtherTenant(world)).slug
  })

  const outcome = (result: { ok: true } | { ok: false; code: string }) => (result.ok ? 'ok' : result.code)
  const row = (id: string) => world.db.user.findUniqueOrThrow({ where: { id } })
  const emailOf = async (id: string) => (await row(id)).email
  const aManager = async (role: Role = 'owner') => {
    const person = await aPerson(world, slug, role)
    return { ...person, ...(await aSession(world, person.id, { methods: ['pwd', 'otp'], steppedUp: true })) }
  }
  /** Whoever is in the account moves it to another mailbox, which confirms it. */
  const moveTo = async (userId: string, email: string) => {
    world.clock.move(minutes(1))
    const link = await transact(world, (world) => makeLink(world, { kind: 'address', userId, email }))
    expect(outcome(await confirmNewEmail(world, aVisitor(), new URL(link).searchParams.get('token') ?? ''))).toBe('ok')
  }
  const use = async (kind: 'undo' | 'stop' | 'cancel', email: string, template: string) =>
    outcome(await takeBack(world, aVisitor(), kind, await mailedToken(world, email, template)))
  /** A new password by mail (R9). */
  const forget = async (email: string, next = NEXT) => {
    world.clock.move(minutes(20))
    await requestLink(world, aVisitor(), { kind: 'reset', email, returnTo: null })
    await answerLinkRequests(world)
    const token = await mailedToken(world, email, 'password_reset')
    world.clock.move(1)
    return outcome(await resetPassword(world, aVisitor(), token, next))
  }
  const start = async (email: string, password: string, deviceToken: string | null = null) => {
    const started = await startWithPassword(world, aVisitor({ deviceToken }), { email, password })
    if (!started.ok || started.value.kind !== 'attempt') throw new Error('no attempt')
    return { step: started.value.step, claimant: aClaimant(started.value.attemptToken, deviceToken) }
  }

  test('R11: “this was not me” brings back the address that was changed since, and tells every mailbox', async () => {
    const owner = await aManager()
    const person = await anEnrolled(world, slug)
    await issueCode(world, owner.freshAdmin, person.id, 'a caller asked')
    await moveTo(person.id, `second.${person.email}`)
    await moveTo(person.id, `third.${person.email}`)
    world.clock.move(minutes(1))
    expect(await use('stop', person.email, 'recovery_code_issued')).toBe('ok')
    expect(await emailOf(person.id)).toBe(person.email)
    expect(await countMails(world, person.email, 'address_restored')).toBe(1)
    for (const left of ['second', 'third'])
      expect(await countMails(world, `${left}.${person.email}`, 'address_undone')).toBe(1)
    expect(await countMails(world, owner.email, 'stopped')).toBe(1)
  })

  test('R11: an undo takes away what was bound since, lists it before, and leaves what was there', async () => {
    await aManager()
    const person = await anEnrolled(world, slug)
    const old = await aKnownDevice(world, person.id, true)
    await moveTo(person.id, `moved.${person.email}`)
    world.clock.move(minutes(5))
    const since = world.clock.now()
    await aTotpFactor(world, person.id)
    await savedCodes(world, person.id)
    const theirs = await aKnownDevice(world, person.id, true)
    await aSession(world, person.id, { methods: ['pwd', 'otp'] })
    world.clock.move(minutes(5))
    const token = await mailedToken(world, person.email, 'address_changed')
    const browser = { userAgent: 'Test browser', address: '192.0.2.7', at: since }
    for (let looks = 0; looks < 2; looks += 1) {
      expect(await viewNotice(world, aVisitor(), 'undo', token)).toMatchObject({
        value: {
          ending: {
            address: { back: person.email },
            factors: [{ kind: 'totp', name: 'Authenticator app (2)', at: since }],
            codes: { count: 10, at: since },
            devices: [browser],
            sessions: [browser],
            issued: [],
            request: null,
          },
        },
      })
    }
    expect(outcome(await takeBack(world, aVisitor(), 'undo', token))).toBe('ok')
    expect((await factorsOf(world.db, person.id)).map(({ id }) => id)).toEqual([person.factorId])
    expect(await codesLeft(world.db, person.id)).toBe(0)
    expect(await sessionsOf(world, person.id)).toEqual([])
    const kept = await world.db.device.findMany({ where: { userId: person.id, forgottenAt: null } })
    expect(kept).toMatchObject([{ trustGrantedAt: null }])
    expect(await row(person.id)).toMatchObject({ passwordDemandedAt: world.clock.now(), recoveryCodesAt: null })
    for (const device of [old, theirs]) expect((await start(person.email, PASSWORD, device)).step).toBe('verify-factor')
    expect(await viewNotice(world, aVisitor(), 'undo', token)).toMatchObject({ code: 'link_dead' })
  })

  test('R11: it acts on what came after alone: an earlier link still works, a later one is over', async () => {
    const owner = await aManager()
    const person = await anEnrolled(world, slug)
    await issueCode(world, owner.freshAdmin, person.id, 'one')
    const first = await mailedToken(world, person.email, 'recovery_code_issued')
    world.clock.move(minutes(1))
    await aTotpFactor(world, person.id)
    world.clock.move(minutes(1))
    await issueCode(world, owner.freshAdmin, person.id, 'two')
    const second = await mailedToken(world, person.email, 'recovery_code_issued')
    await moveTo(person.id, `moved.${person.email}`)
    const undo = await mailedToken(world, person.email, 'address_changed')
    expect(outcome(await takeBack(world, aVisitor(), 'stop', second))).toBe('ok')
    expect(await factorsOf(world.db, person.id)).toHaveLength(2)
    expect(outcome(await takeBack(world, aVisitor(), 'undo', undo))).toBe('link_dead')
    expect(outcome(await takeBack(world, aVisitor(), 'stop', first))).toBe('ok')
    expect(await factorsOf(world.db, person.id)).toHaveLength(1)
  })

  test('R11: one that was given before the notice stays given, and proves nothing more by it', async () => {
    const owner = await aManager()
    const person = await anEnrolled(world, slug)
    const given = `given.${person.email}`
    await giveEmail(world, owner.freshAdmin, person.id, { email: given, reason: 'married' })
    world.clock.move(minutes(1))
    await issueCode(world, owner.freshAdmin, person.id, 'one')
    const token = await mailedToken(world, given, 'recovery_code_issued')
    expect(await viewNotice(world, aVisitor(), 'stop', token)).toMatchObject({ value: { ending: { address: null } } })
    expect(outcome(await takeBack(world, aVisitor(), 'stop', token))).toBe('ok')
    expect([await emailOf(person.id), (await row(person.id)).addressGivenAt]).not.toContain(null)
    expect(await emailOf(person.id)).toBe(given)
  })

  test('R11: left for another one since, it gives way to the one that was proved', async () => {
    const owner = await aManager()
    const person = await anEnrolled(world, slug)
    const given = `given.${person.email}`
    await giveEmail(world, owner.freshAdmin, person.id, { email: given, reason: 'married' })
    world.clock.move(minutes(1))
    await issueCode(world, owner.freshAdmin, person.id, 'one')
    const token = await mailedToken(world, given, 'recovery_code_issued')
    await moveTo(person.id, `third.${person.email}`)
    expect(outcome(await takeBack(world, aVisitor(), 'stop', token))).toBe('ok')
    expect(await emailOf(person.id)).toBe(person.email)
  })

  test('R6 R11: cancelling demands a new password at the next complete sign-in', async () => {
    await aManager()
    const person = await anEnrolled(world, slug)
    const { claimant } = await anAttempt(world, person.email)
    expect(outcome(await requestReset(world, claimant, 'lost'))).toBe('ok')
    expect(await use('cancel', person.email, 'reset_asked')).toBe('ok')
    expect(await countMails(world, person.email, 'stopped_here')).toBe(1)
    const again = await start(person.email, PASSWORD)
    const done = signedIn(await proveFactor(world, again.claimant, totpCode(world, person.key)))
    const { assured } = await sessionOf(world, done.sessionToken)
    expect(assured.person.passwordDemandedAt).not.toBeNull()
    expect(await row(person.id)).toMatchObject({ factorsResetAt: null })
  })

  test('R9 D9: the new password that is demanded is not the old one, by either way', async () => {
    const person = await neverEnrolled('agent')
    const { claimant } = await start(person.email, PASSWORD)
    const done = signedIn(await proveDevice(world, claimant, await mailedPasscode(world, person.email)))
    const { assured } = await sessionOf(world, done.sessionToken)
    const same = await changePassword(world, assured, { current: PASSWORD, next: PASSWORD })
    expect(outcome(same)).toBe('password_same')
    expect(await forget(person.email, PASSWORD)).toBe('password_same')
    expect((await row(person.id)).passwordDemandedAt).not.toBeNull()
    expect(outcome(await changePassword(world, assured, { current: PASSWORD, next: NEXT }))).toBe('ok')
    expect((await row(person.id)).passwordDemandedAt).toBeNull()
  })

  // ——— every way back from there, walked to its end (S30) ———

  /** After each kind of link: somebody who never had a factor, whose address was changed and is back. */
  const neverEnrolled = async (role: Role) => {
    await aManager()
    const person = await aPerson(world, slug, role)
    const device = await aKnownDevice(world, person.id)
    await moveTo(person.id, `moved.${person.email}`)
    expect(await use('undo', person.email, 'address_changed')).toBe('ok')
    world.clock.move(minutes(1))
    return { ...person, device }
  }

  test.each(['agent', 'end_user'] as const)(
    'R11 E9: the password alone lets nobody in, not even whoever never had a factor (%s); with the mail it does',
    async (role) => {
      const person = await neverEnrolled(role)
      const { step, claimant } = await start(person.email, PASSWORD, person.device)
      expect(step).toBe('verify-device')
      const code = await mailedPasscode(world, person.email)
      const done = signedIn(await proveDevice(world, claimant, code))
      expect((await sessionOf(world, done.sessionToken)).assured.person.passwordDemandedAt).not.toBeNull()
    },
  )

  test('R11 S20 S30: a password by that mail is not enough with that mail; a code from an admin is', async () => {
    const person = await neverEnrolled('agent')
    expect(await forget(person.email)).toBe('ok')
    const { step, claimant } = await start(person.email, NEXT, person.device)
    expect(step).toBe('verify-factor')
    expect(outcome(await requestReset(world, claimant, 'my password was changed'))).toBe('ok')
    const owner = await aManager()
    const issued = await issueCode(world, owner.freshAdmin, person.id, 'called back')
    if (!issued.ok) throw new Error(issued.code)
    signedIn(await proveRecoveryCode(world, claimant, issued.value.code))
    world.clock.move(minutes(1))
    const again = await start(person.email, NEXT)
    expect(again.step).toBe('verify-device')
    signedIn(await proveDevice(world, again.claimant, await mailedPasscode(world, person.email)))
  })

  test('R11 S30: a factor of before is the way on after a password by mail', async () => {
    const person = await anEnrolled(world, slug)
    await moveTo(person.id, `moved.${person.email}`)
    expect(await use('undo', person.email, 'address_changed')).toBe('ok')
    expect(await forget(person.email)).toBe('ok')
    const { claimant } = await start(person.email, NEXT)
    signedIn(await proveFactor(world, claimant, totpCode(world, person.key)))
  })

  test('R11 S30: saved codes of before stay good where the factors of since are gone', async () => {
    const owner = await aManager()
    const person = await aPerson(world, slug)
    const codes = await savedCodes(world, person.id)
    world.clock.move(minutes(1))
    await issueCode(world, owner.freshAdmin, person.id, 'a caller asked')
    world.clock.move(minutes(1))
    await aTotpFactor(world, person.id)
    world.clock.move(minutes(1))
    expect(await use('stop', person.email, 'recovery_code_issued')).toBe('ok')
    expect(await forget(person.email)).toBe('ok')
    const { step, claimant } = await start(person.email, NEXT)
    expect(step).toBe('verify-factor')
    signedIn(await proveRecoveryCode(world, claimant, codes[0] ?? ''))
  })

  test('R11 R5: after a reset and what was made of it, the way on is the mail and a new password', async () => {
    const owner = await aManager()
    const person = await anEnrolled(world, slug)
    await resetTwoFactor(world, owner.freshAdmin, person.id, { reason: 'a caller asked', withCode: true })
    const token = await mailedToken(world, person.email, 'factors_reset')
    world.clock.move(minutes(5))
    await aTotpFactor(world, person.id)
    await moveTo(person.id, `moved.${person.email}`)
    expect(outcome(await takeBack(world, aVisitor(), 'stop', token))).toBe('ok')
    const { step, claimant } = await start(person.email, PASSWORD)
    expect(step).toBe('verify-device')
    expect(stepOf(await proveDevice(world, claimant, await mailedPasscode(world, person.email)))).toBe('enrol')
    world.clock.move(days(8))
    expect(outcome(await takeBack(world, aVisitor(), 'stop', token))).toBe('link_dead')
  })
})
