import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { days, minutes, seconds } from '../../core/kernel/time'
import type { Method } from '../../identity/actor/types'
import { eachDatabase } from '../../testing/databases'
import {
  aMessagedFactor,
  anotherPasscode,
  countMails,
  mailedPasscode,
  signedIn,
  textedPasscode,
} from '../../testing/signin'
import {
  anAttempt,
  aPerson,
  aSession,
  aTenant,
  aTotpFactor,
  PASSWORD,
  quickWorld,
  sessionOf,
  type TestWorld,
} from '../../testing/world'
import { isSteppedUp } from '../session/rules'
import { proveDevice } from '../signin/prove/service'
import { beginFactor, confirmBegunFactor, sendUnfinishedPasscode, viewOwnUnfinished } from './factors/service'
import { sendStepUpPasscode, startMailStepUp, stepUpByMessage, viewStepUp } from './stepup/service'

eachDatabase('step-up by e-mail and SMS', (open) => {
  let world: TestWorld
  let slug: string
  beforeAll(async () => {
    world = quickWorld(open())
    slug = (await aTenant(world)).slug
  })
  beforeEach(() => world.clock.move(minutes(20)))

  /** A person with a factor of this kind, in a session that is no fresh proof. */
  async function someone(kind: 'email' | 'sms', number?: string) {
    const person = await aPerson(world, slug, 'agent')
    const factorId = await aMessagedFactor(world, person.id, kind, number)
    return { ...person, factorId, ...(await aSession(world, person.id, { methods: ['pwd', 'otp'] })) }
  }
  type Someone = Awaited<ReturnType<typeof someone>>
  const passcode = async (kind: 'email' | 'sms', person: Someone) =>
    kind === 'sms'
      ? (await textedPasscode(world, person.id)).code
      : mailedPasscode(world, person.email, 'step_up_passcode')

  test.each(['email', 'sms'] as const)(
    'E1 S12: the passcode of an %s factor steps up, once, and rotates the session',
    async (kind) => {
      const person = await someone(kind)
      expect(await viewStepUp(world, person.assured)).toMatchObject({
        method: 'message',
        factor: { id: person.factorId, kind },
        sent: false,
      })
      expect(await sendStepUpPasscode(world, person.assured, person.factorId)).toEqual({ ok: true, value: 'sent' })
      expect(await viewStepUp(world, person.assured)).toMatchObject({ method: 'message', sent: true })
      const code = await passcode(kind, person)
      const done = await stepUpByMessage(world, person.assured, person.factorId, code)
      if (!done.ok) throw new Error(done.code)
      await expect(sessionOf(world, person.token)).rejects.toThrow('no session')
      const { session } = (await sessionOf(world, done.value.token)).assured
      expect(session.methods).toContain(kind)
      expect(isSteppedUp(session, world.clock.now())).toBe(true)
      const { assured } = await sessionOf(world, done.value.token)
      expect((await stepUpByMessage(world, assured, person.factorId, code)).ok).toBe(false)
    },
  )

  test('S5 S22: a wrong one, one of another session and one of another person step nobody up', async () => {
    const person = await someone('email')
    const other = await someone('email')
    const elsewhere = await aSession(world, person.id, { methods: ['pwd', 'otp'] })
    await sendStepUpPasscode(world, person.assured, person.factorId)
    await sendStepUpPasscode(world, other.assured, other.factorId)
    const code = await passcode('email', person)
    const tries = [
      stepUpByMessage(world, person.assured, person.factorId, anotherPasscode(code)),
      stepUpByMessage(world, elsewhere.assured, person.factorId, code),
      stepUpByMessage(world, other.assured, person.factorId, code),
      stepUpByMessage(world, person.assured, other.factorId, code),
    ]
    for (const tried of await Promise.all(tries)) expect(tried.ok).toBe(false)
    expect((await sessionOf(world, person.token)).assured.session.steppedUpAt).toBeNull()
    expect((await stepUpByMessage(world, person.assured, person.factorId, code)).ok).toBe(true)
  })

  test('N7: the next one a minute after the last', async () => {
    const person = await someone('email')
    expect(await sendStepUpPasscode(world, person.assured, person.factorId)).toMatchObject({ ok: true })
    world.clock.move(seconds(59))
    expect(await sendStepUpPasscode(world, person.assured, person.factorId)).toMatchObject({ code: 'mail_throttled' })
    world.clock.move(seconds(1))
    expect(await sendStepUpPasscode(world, person.assured, person.factorId)).toMatchObject({ ok: true })
    expect(await countMails(world, person.email, 'step_up_passcode')).toBe(2)
  })

  test('S6: who has an authenticator app is asked for that, and a weaker factor steps nobody up', async () => {
    const person = await someone('sms', '+491701239999')
    await aTotpFactor(world, person.id)
    const view = await viewStepUp(world, person.assured, { factorId: person.factorId })
    expect(view).toMatchObject({ method: 'factor', factor: { kind: 'totp' }, others: [] })
    expect(await sendStepUpPasscode(world, person.assured, person.factorId)).toMatchObject({ code: 'not_found' })
    expect(await stepUpByMessage(world, person.assured, person.factorId, '123456')).toMatchObject({ code: 'expired' })
    expect((await sessionOf(world, person.token)).assured.session.steppedUpAt).toBeNull()
  })

  test('S20: after a password reset by mail the mailbox steps nobody up', async () => {
    const person = await someone('email')
    await world.db.user.update({ where: { id: person.id }, data: { passwordResetByMailAt: world.clock.now() } })
    const { assured } = await sessionOf(world, person.token)
    expect(await viewStepUp(world, assured)).toEqual({ method: 'none' })
    expect(await sendStepUpPasscode(world, assured, person.factorId)).toMatchObject({ code: 'not_found' })
    expect(await countMails(world, person.email, 'step_up_passcode')).toBe(0)
  })

  /** As an admin's change of the address leaves the row (R11). */
  async function given(person: { id: string; token: string }, more: { secondFactorSince?: Date } = {}) {
    await world.db.user.update({ where: { id: person.id }, data: { addressGivenAt: world.clock.now(), ...more } })
    return (await sessionOf(world, person.token)).assured
  }

  test('R11: at an address that an admin gave, the e-mail factor steps nobody up for seven days', async () => {
    const person = await someone('email')
    const assured = await given(person)
    expect(await viewStepUp(world, assured)).toEqual({ method: 'none' })
    expect(await sendStepUpPasscode(world, assured, person.factorId)).toMatchObject({ code: 'not_found' })
    expect(await countMails(world, person.email, 'step_up_passcode')).toBe(0)
    world.clock.move(days(7))
    expect(await viewStepUp(world, assured)).toMatchObject({ method: 'message' })
    expect(await sendStepUpPasscode(world, assured, person.factorId)).toMatchObject({ ok: true })
  })

  test('R11: an e-mail factor that was begun at the old address is not confirmed at the new one', async () => {
    const person = await aPerson(world, slug, 'agent')
    const session = await aSession(world, person.id, { methods: ['pwd', 'mail'], steppedUp: true })
    await beginFactor(world, session.steppedUp, { kind: 'email' }, 'Mail')
    const code = await mailedPasscode(world, person.email, 'enrol_passcode')
    await given({ ...person, ...session })
    const { steppedUp } = await sessionOf(world, session.token)
    expect(await viewOwnUnfinished(world, steppedUp)).toBeNull()
    expect(await sendUnfinishedPasscode(world, steppedUp)).toMatchObject({ code: 'not_found' })
    expect(await confirmBegunFactor(world, steppedUp, code)).toMatchObject({ code: 'nothing_open' })
  })

  test('R11 S6: password and mail prove whoever had a factor only where a recovery code was proved as well', async () => {
    const start = async (methods: Method[], had: boolean) => {
      const person = await aPerson(world, slug, 'agent')
      const session = await aSession(world, person.id, { methods })
      const assured = await given({ ...person, ...session }, had ? { secondFactorSince: world.clock.now() } : {})
      const { method } = await viewStepUp(world, assured)
      return [method, (await startMailStepUp(world, assured, PASSWORD)).ok]
    }
    expect(await start(['pwd', 'mail'], true)).toEqual(['none', false])
    expect(await start(['pwd', 'recovery'], true)).toEqual(['password', true])
    expect(await start(['pwd', 'mail'], false)).toEqual(['password', true])
  })

  test('R11 S6: nor does a sign-in by password and mail count as a fresh proof of them', async () => {
    const freshly = async (had: boolean) => {
      const person = await aPerson(world, slug, 'agent')
      const since = had ? { secondFactorSince: world.clock.now() } : {}
      await world.db.user.update({ where: { id: person.id }, data: { addressGivenAt: world.clock.now(), ...since } })
      const { claimant } = await anAttempt(world, person.email)
      const code = await mailedPasscode(world, person.email)
      const { sessionToken } = signedIn(await proveDevice(world, claimant, code))
      return (await sessionOf(world, sessionToken)).assured.session.steppedUpAt !== null
    }
    expect(await freshly(true)).toBe(false)
    expect(await freshly(false)).toBe(true)
  })

  describe('at once', () => {
    test.each([64])('S4: of %i right ones one steps up', async (size) => {
      const person = await someone('email')
      await sendStepUpPasscode(world, person.assured, person.factorId)
      const code = await passcode('email', person)
      const all = await Promise.all(
        Array.from({ length: size }, () => stepUpByMessage(world, person.assured, person.factorId, code)),
      )
      expect(all.filter((each) => each.ok)).toHaveLength(1)
    })
  })
})
