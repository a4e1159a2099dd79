import { beforeAll, beforeEach, expect, test } from 'vitest'
import { reactivate, signOutPerson, suspend } from '../../administration/people/acts/service'
import { issueCode, resetTwoFactor } from '../../administration/people/codes/service'
import { signOutEverybody } from '../../administration/sessions/service'
import { hours } from '../../core/kernel/time'
import { personById } from '../../identity/user/service'
import { eachDatabase } from '../../testing/databases'
import { aKnownDevice, anEnrolled } from '../../testing/signin'
import { statementsOf } from '../../testing/statements'
import {
  anAttempt,
  aPerson,
  aSession,
  aTenant,
  aVisitor,
  PASSWORD,
  quickWorld,
  type TestWorld,
  totpCode,
} from '../../testing/world'
import { judgeSession } from '../session/rules'
import { proveFactor, proveRecoveryCode } from './prove/service'
import { startWithPassword } from './start/service'

eachDatabase('what happens while a slow hash is verified', (open) => {
  let world: TestWorld
  let acme: Awaited<ReturnType<typeof aTenant>>

  beforeAll(async () => {
    world = quickWorld(open())
    acme = await aTenant(world)
  })
  beforeEach(() => world.clock.move(hours(24)))

  const anOwner = async () => {
    const { id } = await aPerson(world, acme.slug, 'owner')
    return (await aSession(world, id, { methods: ['pwd', 'otp'], steppedUp: true })).freshAdmin
  }
  const good = async (userId: string) => {
    const person = (await personById(world.db, userId))?.person
    const rows = await world.db.session.findMany({ where: { userId, endedAt: null } })
    if (person === undefined) throw new Error('nobody')
    const worth = (row: (typeof rows)[number]) =>
      judgeSession({ ...row, methods: row.methods.split(' ') as never }, person, world.clock.now())
    return rows.map(worth).filter((each) => each !== 'ended')
  }
  /** A world in which this happens once, after a password or code was judged and before the answer is written. */
  const meanwhile = (act: () => Promise<unknown>): TestWorld => {
    let done = false
    const overtake = async () => {
      if (done) return
      done = true
      world.clock.move(5)
      await act()
      world.clock.move(5)
    }
    const { verify, verifyCode } = world.hasher
    const hasher: TestWorld['hasher'] = {
      ...world.hasher,
      verify: async (...args) => {
        const verified = await verify(...args)
        await overtake()
        return verified
      },
      verifyCode: async (...args) => {
        const verified = await verifyCode(...args)
        await overtake()
        return verified
      },
    }
    return { ...world, hasher }
  }

  const acts = {
    'the person is signed out everywhere': async (id: string) => signOutPerson(world, await anOwner(), id),
    'everybody is signed out': async (_: string) =>
      signOutEverybody(world, await anOwner(), { scope: 'all', reason: 'x' }),
    'the person is suspended and let in again': async (id: string) => {
      const owner = await anOwner()
      await suspend(world, owner, id, 'x')
      await reactivate(world, owner, id)
    },
    '2FA is reset': async (id: string) => resetTwoFactor(world, await anOwner(), id, { reason: 'x', withCode: false }),
  }
  const names = Object.keys(acts) as (keyof typeof acts)[]

  test.each(names)('S8, SE4: %s: a trusted browser opens nothing', async (name) => {
    const person = await anEnrolled(world, acme.slug)
    const deviceToken = await aKnownDevice(world, person.id, true)
    world.clock.move(1000)
    const race = meanwhile(() => acts[name](person.id))
    const input = { email: person.email, password: PASSWORD }
    await startWithPassword(race, aVisitor({ deviceToken }), input)
    expect(await good(person.id)).toEqual([])
    world.clock.move(1000)
    const again = await startWithPassword(world, aVisitor({ deviceToken }), input)
    expect(again).toMatchObject({ ok: true, value: { kind: 'attempt' } })
  })

  test.each(names.slice(0, 3))('S8, SE4: %s: an end user’s password alone opens nothing', async (name) => {
    const person = await aPerson(world, acme.slug, 'end_user')
    const race = meanwhile(() => acts[name](person.id))
    const input = { email: person.email, password: PASSWORD }
    expect(await startWithPassword(race, aVisitor(), input)).toMatchObject({ ok: false, code: 'wrong_credentials' })
    expect(await good(person.id)).toEqual([])
    expect(await world.db.auditEvent.count({ where: { subjectId: person.id, kind: 'sign_in_failed' } })).toBe(1)
    expect(await startWithPassword(world, aVisitor(), input)).toMatchObject({ ok: true, value: { kind: 'signed-in' } })
  })

  test.each(names)('S8, SE4: %s: a code that an admin issued opens nothing', async (name) => {
    const person = await aPerson(world, acme.slug)
    const code = await issueCode(world, await anOwner(), person.id, 'x')
    if (!code.ok) throw new Error(code.code)
    const { claimant } = await anAttempt(world, person.email)
    const race = meanwhile(() => acts[name](person.id))
    const proved = await proveRecoveryCode(race, claimant, code.value.code)
    expect(proved).toMatchObject({ ok: false })
    expect(await good(person.id)).toEqual([])
  })

  test('the price of looking again: a sign-in with a trusted browser and one with an app', async () => {
    const person = await anEnrolled(world, acme.slug)
    const deviceToken = await aKnownDevice(world, person.id, true)
    world.clock.move(60_000)
    const input = { email: person.email, password: PASSWORD }
    const trusted = await statementsOf(() => startWithPassword(world, aVisitor({ deviceToken }), input))
    const { claimant } = await anAttempt(world, person.email)
    const app = await statementsOf(() => proveFactor(world, claimant, totpCode(world, person.key)))
    // Two of them: the person and the factors; and two more are the browser's value, met and renewed (D7).
    // One more asks how the last tries went (N19), one which steps of the app were used (S3), and one puts the person
    // in the place that the list of users sorts by (M4).
    expect(trusted.length).toBeLessThanOrEqual(20)
    expect(app.length).toBeLessThanOrEqual(26)
  })
})
