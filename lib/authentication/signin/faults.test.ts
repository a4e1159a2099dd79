import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Db } from '../../core/db'
import { minutes, seconds } from '../../core/kernel/time'
import { eachDatabase } from '../../testing/databases'
import { Died, dyingAt, failingAt, rowsOf } from '../../testing/observed'
import {
  aKnownDevice,
  anEnrolled,
  anotherPasscode,
  mailedPasscode,
  savedCodes,
  sessionsOf,
  signedIn,
  startTotp,
  stepOf,
  wrongTotp,
} from '../../testing/signin'
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
  totpKeyOf,
} from '../../testing/world'
import { confirmEnrolment, renewCodes, typeCodeBack } from '../enrolment/service'
import { readSignIn } from './attempt/service'
import { finishSignIn } from './finish/service'
import { answerIfLost, proveDevice, proveFactor, proveRecoveryCode } from './prove/service'
import { startWithPassword } from './start/service'

eachDatabase('when something breaks in a sign-in', (open) => {
  let world: TestWorld
  let db: Db
  let acme: Awaited<ReturnType<typeof aTenant>>

  beforeAll(async () => {
    db = open()
    world = quickWorld(db)
    acme = await aTenant(world)
  })
  beforeEach(() => world.clock.move(minutes(2)))

  /** One request of a sign-in, ready to be sent: to a world that works or to one that breaks. */
  interface Request {
    userId: string
    send: (to: TestWorld) => Promise<unknown>
  }
  type Claim = Awaited<ReturnType<typeof anAttempt>>['claimant']

  const begin = async (email: string, deviceToken: string | null = null) =>
    (await anAttempt(world, email, deviceToken)).claimant
  const enrolled = async () => {
    const person = await anEnrolled(world, acme.slug)
    return { ...person, codes: await savedCodes(world, person.id) }
  }
  const withCodes = async (claimant: Claim, code: string) => {
    stepOf(await proveRecoveryCode(world, claimant, code))
    return claimant
  }
  const begun = async (claimant: Claim, userId: string) => {
    stepOf(await startTotp(world, claimant, 'App'))
    const row = await db.signInAttempt.findUniqueOrThrow({ where: { tokenHash: claimant.attemptHash } })
    return totpKeyOf(world, userId, row.enrollingFactorId ?? '')
  }
  const unkept = async () => {
    const person = await enrolled()
    await db.user.update({ where: { id: person.id }, data: { recoveryCodesAt: null } })
    const claimant = await begin(person.email)
    stepOf(await proveFactor(world, claimant, totpCode(world, person.key)))
    return { person, claimant }
  }

  const requests: Record<string, () => Promise<Request>> = {
    'the password on an unknown device': async () => {
      const { id, email } = await aPerson(world, acme.slug)
      return { userId: id, send: (to) => startWithPassword(to, aVisitor(), { email, password: PASSWORD }) }
    },
    'the password on a known device': async () => {
      const { id, email } = await aPerson(world, acme.slug)
      const visitor = aVisitor({ deviceToken: await aKnownDevice(world, id) })
      return { userId: id, send: (to) => startWithPassword(to, visitor, { email, password: PASSWORD }) }
    },
    'the right mailed passcode': async () => {
      const { id, email } = await aPerson(world, acme.slug)
      const claimant = await begin(email)
      const code = await mailedPasscode(world, email)
      return { userId: id, send: (to) => proveDevice(to, claimant, code) }
    },
    'a wrong mailed passcode': async () => {
      const { id, email } = await aPerson(world, acme.slug)
      const claimant = await begin(email)
      const code = anotherPasscode(await mailedPasscode(world, email))
      return { userId: id, send: (to) => proveDevice(to, claimant, code) }
    },
    'an expired mailed passcode': async () => {
      const { id, email } = await aPerson(world, acme.slug)
      const claimant = await begin(email)
      const code = await mailedPasscode(world, email)
      world.clock.move(minutes(5))
      return { userId: id, send: (to) => proveDevice(to, claimant, code) }
    },
    'the right code of an app': async () => {
      const person = await enrolled()
      const claimant = await begin(person.email)
      const code = totpCode(world, person.key)
      return { userId: person.id, send: (to) => proveFactor(to, claimant, code) }
    },
    'the right code of an app on a known device': async () => {
      const person = await enrolled()
      const claimant = await begin(person.email, await aKnownDevice(world, person.id))
      const code = totpCode(world, person.key)
      return { userId: person.id, send: (to) => proveFactor(to, claimant, code) }
    },
    'a wrong code of an app': async () => {
      const person = await enrolled()
      const claimant = await begin(person.email)
      const code = wrongTotp(world, person.key)
      return { userId: person.id, send: (to) => proveFactor(to, claimant, code) }
    },
    'a right recovery code': async () => {
      const person = await enrolled()
      const claimant = await begin(person.email)
      return { userId: person.id, send: (to) => proveRecoveryCode(to, claimant, person.codes[0] ?? '') }
    },
    'a wrong recovery code': async () => {
      const person = await enrolled()
      const claimant = await begin(person.email)
      return { userId: person.id, send: (to) => proveRecoveryCode(to, claimant, 'AAAA-AAAA-AAAA-AAAA') }
    },
    'the answer that the app is at hand': async () => {
      const person = await enrolled()
      const claimant = await withCodes(await begin(person.email), person.codes[0] ?? '')
      return { userId: person.id, send: (to) => answerIfLost(to, claimant, 'at_hand') }
    },
    'the last click': async () => {
      const person = await enrolled()
      const claimant = await begin(person.email, await aKnownDevice(world, person.id))
      await db.user.update({ where: { id: person.id }, data: { twoFactorOn: false } })
      return { userId: person.id, send: (to) => finishSignIn(to, claimant) }
    },
    'a new app begun': async () => {
      const person = await enrolled()
      const claimant = await withCodes(await begin(person.email), person.codes[0] ?? '')
      stepOf(await answerIfLost(world, claimant, 'lost'))
      return { userId: person.id, send: (to) => startTotp(to, claimant, 'App') }
    },
    'a new app confirmed': async () => {
      const person = await enrolled()
      await aSession(world, person.id)
      await aKnownDevice(world, person.id)
      await db.device.updateMany({ where: { userId: person.id }, data: { trustGrantedAt: world.clock.now() } })
      const claimant = await withCodes(await begin(person.email), person.codes[0] ?? '')
      stepOf(await answerIfLost(world, claimant, 'lost'))
      const key = await begun(claimant, person.id)
      world.clock.move(seconds(1))
      return { userId: person.id, send: (to) => confirmEnrolment(to, claimant, totpCode(world, key)) }
    },
    'new recovery codes': async () => {
      const { person, claimant } = await unkept()
      return { userId: person.id, send: (to) => renewCodes(to, claimant) }
    },
    'a recovery code typed back': async () => {
      const { person, claimant } = await unkept()
      const made = await renewCodes(world, claimant)
      if (!made.ok) throw new Error(made.code)
      const typed = made.value.codes[made.value.number - 1] ?? ''
      return { userId: person.id, send: (to) => typeCodeBack(to, claimant, typed) }
    },
  }
  const names = Object.keys(requests)
  const make = (name: string) => {
    const request = requests[name]
    if (request === undefined) throw new Error(name)
    return request()
  }

  const facts = async (userId: string) => {
    const rows = await rowsOf(db, userId)
    const { attempts, sessions, factors, codes, passcodes, counters, events } = rows
    const kinds = (kind: string) => events.filter((each) => each.kind === kind).length
    const proved = (key: 'mailProvedAt' | 'factorProvedAt' | 'recoveryProvedAt' | 'enrolledFactorId' | 'completedAt') =>
      attempts.filter((each) => each[key] !== null).length
    return {
      sessions: sessions.length,
      ended: sessions.filter((each) => each.endedAt !== null).length,
      completed: proved('completedAt'),
      failures: attempts.reduce((sum, each) => sum + each.failures, 0),
      mailProved: proved('mailProvedAt'),
      factorProved: proved('factorProvedAt'),
      recoveryProved: proved('recoveryProvedAt'),
      enrolled: proved('enrolledFactorId'),
      factors: factors.filter((each) => each.confirmedAt !== null && each.revokedAt === null).length,
      confirmed: factors.filter((each) => each.confirmedAt !== null).length,
      passcodesUsed: passcodes.filter((each) => each.usedAt !== null).length,
      codesUsed: codes.filter((each) => each.usedAt !== null).length,
      codes: codes.filter((each) => each.usedAt === null && each.revokedAt === null).length,
      personFailures: counters.find((each) => each.key === `factor:${userId}`)?.lifetime ?? 0,
      succeeded: kinds('sign_in_succeeded'),
      failed: kinds('sign_in_failed'),
      verified: kinds('device_verified'),
      set: kinds('mfa_setup_succeeded'),
      made: kinds('recovery_codes_made'),
      used: kinds('recovery_code_used'),
      steps: factors.reduce((sum, each) => sum + (each.lastUsedStep ?? 0), 0),
    }
  }
  type Facts = Awaited<ReturnType<typeof facts>>

  /** What must come together or not at all, and what must never get less. */
  function safer(before: Facts, after: Facts): void {
    const grown = (key: keyof Facts) => after[key] - before[key]
    // A session, its attempt and its audit entry (S1, S4, S14).
    expect([grown('sessions'), grown('succeeded')]).toEqual([grown('completed'), grown('completed')])
    // What is spent once is spent for a proof, and the proof is written down (S4, S10).
    expect([grown('passcodesUsed'), grown('verified')]).toEqual([grown('mailProved'), grown('mailProved')])
    expect([grown('codesUsed'), grown('used')]).toEqual([grown('recoveryProved'), grown('recoveryProved')])
    if (grown('factorProved') === 0) expect(grown('steps')).toBe(0)
    else expect(grown('steps')).not.toBe(0)
    // A new factor, the end of the old one, and the entry (S7, S11, S14).
    expect([grown('set'), grown('confirmed')]).toEqual([grown('enrolled'), grown('enrolled')])
    expect(grown('factors')).toBe(0)
    if (grown('enrolled') === 1) expect(grown('ended')).toBeGreaterThan(0)
    // One set, whole (S10).
    expect(grown('codes')).toBe(grown('made') > 0 ? 10 - before.codes : 0 - grown('codesUsed'))
    // No charge is lost but by a sign-in or for an answer that was no failure (S5).
    if (grown('completed') === 0) expect(grown('personFailures')).toBeGreaterThanOrEqual(0)
    expect(grown('failures')).toBeGreaterThanOrEqual(0)
    expect(grown('failed')).toBeLessThanOrEqual(1)
  }

  describe.each(names)('%s', (name) => {
    test('S14: without its audit entry nothing of it happens', async () => {
      const { userId, send } = await make(name)
      const before = await rowsOf(db, userId)
      const outcome = await send(failingAt(world, 'INSERT INTO audit_event')).catch((error: unknown) => error)
      const after = await rowsOf(db, userId)
      if (!(outcome instanceof Died)) return expect(name).toBe('a new app begun')
      const security = ['user', 'memberships', 'sessions', 'factors', 'codes', 'devices', 'passcodes', 'mails'] as const
      for (const part of security) expect([part, after[part]]).toEqual([part, before[part]])
      const proofs = (rows: typeof before) =>
        JSON.stringify(rows.attempts)
          .replace(/"failures":\d+/g, '')
          .replace(/"expiresAt":"[^"]*"/g, '')
      expect(proofs(after)).toBe(proofs(before))
    })

    test('S4 S5 S14: the process may die ahead of any statement, and the account is as safe as before', async () => {
      let made: Request | null = null
      for (let at = 1; ; at += 1) {
        world.clock.move(seconds(1))
        made ??= await make(name)
        const { userId, send } = made
        const before = await facts(userId)
        const outcome = await send(dyingAt(world, at)).catch((error: unknown) => error)
        const after = await facts(userId)
        safer(before, after)
        if (outcome instanceof Died) {
          expect([at, after.sessions]).toEqual([at, before.sessions])
          // What changed nothing can be sent again.
          if (JSON.stringify(after) !== JSON.stringify(before)) made = null
          continue
        }
        expect(at).toBeGreaterThan(3)
        break
      }
    })
  })

  test('S4: a sign-in that died halfway goes on where it was, or starts over', async () => {
    const person = await enrolled()
    for (let at = 1; at < 40; at += 1) {
      world.clock.move(minutes(1))
      const claimant = await begin(person.email)
      const outcome = await proveFactor(dyingAt(world, at), claimant, totpCode(world, person.key)).catch(() => null)
      if (outcome !== null) {
        signedIn(outcome)
        break
      }
      expect((await readSignIn(world, claimant))?.step).toBe('verify-factor')
      signedIn(await proveFactor(world, claimant, totpCode(world, person.key)))
    }
    expect((await sessionsOf(world, person.id)).length).toBeGreaterThan(3)
  })
})
