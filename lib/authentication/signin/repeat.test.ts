import { beforeAll, beforeEach, expect, test } from 'vitest'
import { hashToken } from '../../core/crypto/token'
import type { Db } from '../../core/db'
import { minutes, seconds } from '../../core/kernel/time'
import type { Claimant } from '../../identity/actor/types'
import { eachDatabase } from '../../testing/databases'
import { setRules } from '../../testing/policy'
import {
  anEnrolled,
  attemptOf,
  countMails,
  knownDevice,
  mailedPasscode,
  savedCodes,
  sessionsOf,
  signedIn,
  stepOf,
  wrongTotp,
} from '../../testing/signin'
import {
  anAttempt,
  aPerson,
  aTenant,
  auditKinds,
  quickWorld,
  sessionOf,
  type TestWorld,
  totpCode,
} from '../../testing/world'
import { findLiveSession, noteUse } from '../session/service'
import { finishSignIn } from './finish/service'
import { answerIfLost, proveDevice, proveFactor, proveRecoveryCode } from './prove/service'

eachDatabase('a form that is sent twice', (open) => {
  let world: TestWorld
  let db: Db
  let slug: string

  beforeAll(async () => {
    db = open()
    world = quickWorld(db)
    const acme = await aTenant(world)
    slug = acme.slug
    await setRules(db, acme.id, { team: { trustDays: 30 } })
  })
  beforeEach(() => world.clock.move(minutes(2)))

  const live = (token: string) => findLiveSession(world, hashToken('session', token))
  const failures = async (userId: string) => ({
    attempt: (await attemptOf(world, userId)).failures,
    person: (
      await db.throttle.findMany({ where: { key: { contains: userId }, NOT: { key: { startsWith: 'notice' } } } })
    )
      .filter(({ key }) => key.startsWith('factor'))
      .map(({ failures, lifetime }) => failures + lifetime)
      .reduce((sum, each) => sum + each, 0),
    told: (await auditKinds(world, userId)).filter((kind) => kind === 'sign_in_failed').length,
  })
  const NONE = { attempt: 0, person: 0, told: 0 }

  const withApp = async () => {
    const person = await anEnrolled(world, slug)
    const { claimant } = await anAttempt(world, person.email)
    return { person, claimant, code: totpCode(world, person.key) }
  }

  test('S4 S12: the repeat of the accepted form gives the same session a new token, and the first one dies', async () => {
    const { person, claimant, code } = await withApp()
    const first = signedIn(await proveFactor(world, claimant, code, true))
    const again = signedIn(await proveFactor(world, claimant, code, true))
    expect(again).toMatchObject({ expiresAt: first.expiresAt, landing: first.landing })
    expect(await live(first.sessionToken)).toBeNull()
    expect((await live(again.sessionToken))?.person.id).toBe(person.id)
    expect(await sessionsOf(world, person.id)).toHaveLength(1)
    expect(await failures(person.id)).toEqual(NONE)
    const kinds = await auditKinds(world, person.id)
    expect(kinds.filter((kind) => kind === 'sign_in_succeeded')).toHaveLength(1)
    expect(kinds.filter((kind) => kind === 'sign_in_repeated')).toHaveLength(1)
    // The value of the device that the lost answer carried is worth nothing; the one of this answer is (D7).
    expect(await knownDevice(world, first.deviceToken, person.id)).toBeNull()
    expect(await knownDevice(world, again.deviceToken, person.id)).not.toBeNull()
    expect(await db.device.count({ where: { userId: person.id } })).toBe(1)
  })

  test('S12: once the session was used, the form opens nothing more', async () => {
    const { person, claimant, code } = await withApp()
    const first = signedIn(await proveFactor(world, claimant, code))
    const used = await live(first.sessionToken)
    if (used === null) throw new Error('no session')
    await noteUse(world, used)
    expect(await proveFactor(world, claimant, code)).toMatchObject({ ok: false, code: 'start_over' })
    expect(await live(first.sessionToken)).not.toBeNull()
    expect(await failures(person.id)).toEqual(NONE)
  })

  test.each([
    ['a second before a minute is over', seconds(60) - 1, true],
    ['after a minute', seconds(60), false],
  ])('S4: %s', async (_name, after, good) => {
    const { claimant, code } = await withApp()
    signedIn(await proveFactor(world, claimant, code))
    world.clock.move(after)
    expect((await proveFactor(world, claimant, code)).ok).toBe(good)
  })

  test('S4 S22: another form, and another attempt’s cookie, open nothing and cost no try', async () => {
    const { person, claimant, code } = await withApp()
    const first = signedIn(await proveFactor(world, claimant, code))
    const refused = { ok: false, code: 'start_over' }
    expect(await proveFactor(world, claimant, code, true)).toMatchObject(refused)
    expect(await proveFactor(world, claimant, wrongTotp(world, person.key))).toMatchObject(refused)
    expect(await finishSignIn(world, claimant)).toMatchObject(refused)
    const stranger: Claimant = { ...claimant, attemptHash: hashToken('attempt', 'x') }
    expect(await proveFactor(world, stranger, code)).toMatchObject(refused)
    expect(await live(first.sessionToken)).not.toBeNull()
    expect(await failures(person.id)).toEqual(NONE)
  })

  test.each([2, 16])(
    'S4: of %i that come at once all are answered, for one session, and none is a failure',
    async (size) => {
      const { person, claimant, code } = await withApp()
      const results = await Promise.all(Array.from({ length: size }, () => proveFactor(world, claimant, code)))
      const tokens = results.map((result) => signedIn(result).sessionToken)
      const alive = await Promise.all(tokens.map(live))
      expect(alive.filter((each) => each !== null)).toHaveLength(1)
      expect(await sessionsOf(world, person.id)).toHaveLength(1)
      expect(await failures(person.id)).toEqual(NONE)
    },
  )

  test.each([2, 16])('S4 D6: nor of %i mailed passcodes at once, and no other one is sent', async (size) => {
    const person = await aPerson(world, slug)
    const { claimant } = await anAttempt(world, person.email)
    const code = await mailedPasscode(world, person.email)
    const results = await Promise.all(Array.from({ length: size }, () => proveDevice(world, claimant, code)))
    // More than three find the attempt's tries taken while they are judged (S4), and say so without a cost.
    expect(results.filter((result) => result.ok).length).toBeGreaterThanOrEqual(Math.min(size, 3))
    expect(await sessionsOf(world, person.id)).toHaveLength(1)
    expect(await countMails(world, person.email)).toBe(1)
    expect(await countMails(world, person.email, 'code_wrong_after_password')).toBe(0)
    expect((await failures(person.id)).told).toBe(0)
  })

  test('R1 S4: a recovery code that is sent twice at once leads on, is used once, and the last answer is given again', async () => {
    const person = await anEnrolled(world, slug)
    const [code = ''] = await savedCodes(world, person.id)
    const { claimant } = await anAttempt(world, person.email)
    const both = await Promise.all([1, 2].map(() => proveRecoveryCode(world, claimant, code)))
    expect(both.map(stepOf)).toEqual(['ask-if-lost', 'ask-if-lost'])
    expect(await failures(person.id)).toMatchObject({ told: 0 })
    const first = signedIn(await answerIfLost(world, claimant, 'at_hand'))
    const again = signedIn(await answerIfLost(world, claimant, 'at_hand'))
    expect(await live(first.sessionToken)).toBeNull()
    expect((await sessionOf(world, again.sessionToken)).assured.session.methods).toEqual(['pwd', 'recovery'])
    expect(await answerIfLost(world, claimant, 'lost')).toMatchObject({ code: 'start_over' })
  })
})
