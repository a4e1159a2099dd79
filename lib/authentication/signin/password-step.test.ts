import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { signOutPerson } from '../../administration/people/acts/service'
import { createPasswordHasher } from '../../core/crypto/password-hash'
import { hashToken } from '../../core/crypto/token'
import type { Db } from '../../core/db'
import type { RequestInfo } from '../../core/kernel/request'
import { days, later, minutes } from '../../core/kernel/time'
import { clientPrefix } from '../../credentials/throttle/rules'
import { throttleKey } from '../../credentials/throttle/service'
import { eachDatabase } from '../../testing/databases'
import { setRules } from '../../testing/policy'
import {
  aKnownDevice,
  anEnrolled,
  attemptOf,
  countMails,
  knownDevice,
  mailedPasscode,
  sessionsOf,
  signedIn,
} from '../../testing/signin'
import { statementsOf } from '../../testing/statements'
import {
  aClaimant,
  anAttempt,
  aPerson,
  aSession,
  aTenant,
  auditKinds,
  aVisitor,
  PASSWORD,
  quickArgon2,
  quickWorld,
  REQUEST,
  type TestWorld,
} from '../../testing/world'
import { changePassword } from '../account/password/service'
import { findLiveSession } from '../session/service'
import { readSignIn } from './attempt/service'
import { proveDevice } from './prove/service'
import { ATTEMPT_TTL } from './rules'
import { type Started, startWithPassword } from './start/service'

const NEXT = 'copper meadow under seven bridges'
const REFUSED = { ok: false, code: 'wrong_credentials', detail: undefined }
const from = (address: string): { request: RequestInfo } => ({ request: { ...REQUEST, address } })

eachDatabase('the password step', (open) => {
  let world: TestWorld
  let db: Db
  let acme: Awaited<ReturnType<typeof aTenant>>
  let hashes: unknown[]
  let host = 0

  beforeAll(async () => {
    db = open()
    const quick = quickWorld(db)
    const argon2: typeof quickArgon2 = (input, options) => {
      hashes.push({ ...options, salt: options.salt.length })
      return quickArgon2(input, options)
    }
    hashes = []
    world = { ...quick, hasher: createPasswordHasher({ keys: quick.keys, random: quick.random, argon2 }) }
    acme = await aTenant(world)
  })
  beforeEach(() => {
    world.clock.move(1000)
    host += 1
    hashes = []
  })

  const visitor = (more: Parameters<typeof aVisitor>[0] = {}) => aVisitor({ ...from(`10.0.${host}.1`), ...more })
  const start = (email: string, password = PASSWORD, more: Parameters<typeof aVisitor>[0] = {}) =>
    startWithPassword(world, visitor(more), { email, password })
  const networkSoFar = async (address: string, failures: number) => {
    const key = throttleKey(world, 'client', clientPrefix(address))
    const row = { failures, windowEndsAt: later(world.clock.now(), minutes(15)) }
    await db.throttle.upsert({ where: { key }, create: { key, ...row }, update: row })
  }
  const started = (result: Awaited<ReturnType<typeof start>>): Started => {
    if (!result.ok) throw new Error(result.code)
    return result.value
  }

  /** Everyone whom a stranger must not tell from an address that does not exist. */
  async function refusals(): Promise<Record<string, { email: string; password: string; known: boolean }>> {
    const people = await Promise.all(Array.from({ length: 6 }, () => aPerson(world, acme.slug)))
    const [wrong, suspended, service, bare, home, out] = people
    if (!wrong || !suspended || !service || !bare || !home || !out) throw new Error('six people')
    await db.user.update({ where: { id: suspended.id }, data: { suspendedAt: world.clock.now() } })
    await db.user.update({ where: { id: service.id }, data: { kind: 'service' } })
    await db.password.delete({ where: { userId: bare.id } })
    await db.membership.updateMany({ where: { userId: home.id }, data: { suspendedAt: world.clock.now() } })
    await db.membership.deleteMany({ where: { userId: out.id } })
    return {
      'an unknown address': { email: 'nobody@example.com', password: PASSWORD, known: false },
      'no address at all': { email: 'no address', password: PASSWORD, known: false },
      'a wrong password': { email: wrong.email, password: `${PASSWORD}!`, known: true },
      'the right password of a suspended person': { email: suspended.email, password: PASSWORD, known: true },
      'the right password of a service account': { email: service.email, password: PASSWORD, known: true },
      'the right password of someone suspended at home': { email: home.email, password: PASSWORD, known: true },
      'the right password of someone without membership': { email: out.email, password: PASSWORD, known: true },
      'a person without a password': { email: bare.email, password: PASSWORD, known: true },
    }
  }

  describe('strangers', () => {
    test('S13, N32: whoever is refused, it is one answer, one hash of the same cost, and the same statements', async () => {
      const seen = []
      for (const { email, password } of Object.values(await refusals())) {
        hashes = []
        let answer: unknown
        const statements = await statementsOf(async () => {
          answer = await start(email, password)
        })
        seen.push({ answer, hashes, statements })
      }
      const [first] = seen
      expect(first?.answer).toEqual(REFUSED)
      expect(first?.hashes).toEqual([{ memoryCost: 65_536, timeCost: 3, parallelism: 1, outputLen: 32, salt: 16 }])
      expect(first?.statements.length).toBeGreaterThanOrEqual(3)
      for (const each of seen) expect(each).toEqual(first)
    })

    test('S13: with the cookie of somebody else’s browser it is the same work too', async () => {
      const person = await aPerson(world, acme.slug)
      const deviceToken = await aKnownDevice(world, (await aPerson(world, acme.slug)).id)
      const seen = []
      for (const email of [person.email, 'nobody@example.com']) {
        hashes = []
        const statements = await statementsOf(() => start(email, 'wrong', { deviceToken }))
        seen.push({ hashes: hashes.length, statements })
      }
      expect(seen[0]).toEqual(seen[1])
    })

    test('S13: who is shut out learns nothing from the work either, however many others are shut out beside', async () => {
      const shutOut = async (email: string) => {
        for (let round = 0; round < 11; round += 1) await start(email, 'wrong')
        return statementsOf(() => start(email, 'wrong'))
      }
      await shutOut(`nobody${host}@example.com`)
      const unknown = await shutOut(`nobody${host}-2@example.com`)
      expect(await shutOut((await aPerson(world, acme.slug)).email)).toEqual(unknown)
    })

    test('S13 M7: each refusal leaves one audit entry, with the person if there is one, and never what was typed', async () => {
      for (const { email, password, known } of Object.values(await refusals())) {
        const before = await db.auditEvent.count()
        await start(email, password)
        const [event, ...others] = await db.auditEvent.findMany({ orderBy: { id: 'desc' }, take: 1 })
        expect([await db.auditEvent.count(), others]).toEqual([before + 1, []])
        const person = await db.user.findUnique({ where: { email } })
        expect(event).toMatchObject({
          kind: 'sign_in_failed',
          tenantId: known ? acme.id : 'installation',
          actorKind: 'visitor',
          actorId: null,
          subjectId: person?.id ?? null,
          address: `10.0.${host}.1`,
          userAgent: 'Test browser',
          requestId: 'request-1',
        })
        expect(JSON.stringify(event)).not.toContain(email)
        expect(JSON.stringify(event)).not.toContain(password)
      }
    })

    test('S1 S13: no refusal leaves an attempt, a session or a mail', async () => {
      const count = () => Promise.all([db.signInAttempt.count(), db.session.count(), db.outboxMessage.count()])
      const cases = Object.values(await refusals())
      const before = await count()
      for (const { email, password } of cases) await start(email, password)
      expect(await count()).toEqual(before)
    })

    test('S13: when no hash can be made now, that is no failure of the one who tried, known or not', async () => {
      const person = await aPerson(world, acme.slug)
      const busy = { ...world, hasher: { ...world.hasher, verify: async () => ({ ok: false, code: 'busy' }) as never } }
      for (let round = 0; round < 12; round += 1) {
        for (const email of [person.email, 'nobody@example.com']) {
          expect(await startWithPassword(busy, visitor(), { email, password: PASSWORD })).toMatchObject({
            code: 'busy',
          })
        }
      }
      expect(await start(person.email)).toMatchObject({ ok: true })
    })
  })

  describe('limits', () => {
    test.each(['a person', 'nobody'])(
      'S13 S5: after ten wrong passwords %s waits 15 minutes, right password or not',
      async (who) => {
        const email = who === 'nobody' ? `nobody${host}@example.com` : (await aPerson(world, acme.slug)).email
        for (let round = 0; round < 10; round += 1) expect(await start(email, 'wrong')).toEqual(REFUSED)
        const until = later(world.clock.now(), minutes(15))
        hashes = []
        for (const password of ['wrong', PASSWORD]) {
          expect(await start(email, password)).toEqual({ ok: false, code: 'throttled', detail: { until } })
        }
        expect(hashes).toEqual([])
        expect(await db.auditEvent.findFirst({ orderBy: { id: 'desc' } })).toMatchObject({ kind: 'sign_in_throttled' })
        world.clock.move(minutes(15) - 1)
        expect(await start(email, 'wrong')).toMatchObject({ code: 'throttled' })
        world.clock.move(1)
        expect(await start(email, 'wrong')).toEqual(REFUSED)
      },
    )

    test('S5: every spelling of an address is one counter', async () => {
      const { email } = await aPerson(world, acme.slug)
      const spellings = [
        email,
        email.toUpperCase(),
        ` ${email} `,
        email.replace('example', 'EXAMPLE'),
        email.replace('e', 'ｅ'),
      ]
      for (let round = 0; round < 10; round += 1) await start(spellings[round % spellings.length] ?? email, 'wrong')
      for (const spelling of spellings) expect(await start(spelling)).toMatchObject({ code: 'throttled' })
    })

    test('a known device keeps working while the address is shut out elsewhere', async () => {
      const person = await aPerson(world, acme.slug)
      const deviceToken = await aKnownDevice(world, person.id)
      for (let round = 0; round < 11; round += 1) await start(person.email, 'wrong')
      expect(await start(person.email)).toMatchObject({ code: 'throttled' })
      expect(await start(person.email, PASSWORD, { deviceToken })).toMatchObject({ ok: true })
      const stranger = await aKnownDevice(world, (await aPerson(world, acme.slug)).id)
      expect(await start(person.email, PASSWORD, { deviceToken: stranger })).toMatchObject({ code: 'throttled' })
    })

    test('S30: nobody uses up the tries of a known device by typing the name of its counter', async () => {
      const person = await aPerson(world, acme.slug)
      const deviceToken = await aKnownDevice(world, person.id)
      const device = await knownDevice(world, deviceToken, person.id)
      for (let tries = 0; tries < 12; tries += 1) await start(`${person.email}:${device?.id}`, 'wrong')
      expect(await start(person.email, PASSWORD, { deviceToken })).toMatchObject({ ok: true })
    })

    test('S21: a browser that only signed in has tries of its own for the password, and none for its network', async () => {
      const person = await aPerson(world, acme.slug, 'end_user')
      const first = started(await start(person.email))
      if (first.kind !== 'signed-in') throw new Error(first.kind)
      const { deviceToken } = first.signedIn
      for (let round = 0; round < 11; round += 1) await start(person.email, 'wrong')
      expect(await start(person.email)).toMatchObject({ code: 'throttled' })
      expect(await start(person.email, PASSWORD, { deviceToken })).toMatchObject({ ok: true })
      await networkSoFar(`10.0.${host}.1`, 50)
      expect(await start(person.email, PASSWORD, { deviceToken })).toMatchObject({ code: 'throttled' })
      const known = await aKnownDevice(world, person.id)
      expect(await start(person.email, PASSWORD, { deviceToken: known })).toMatchObject({ ok: true })
    })

    test('fifty failures from one network shut it out; what it tries then counts against nobody', async () => {
      await networkSoFar(`10.1.${host}.1`, 48)
      for (const round of [1, 2]) {
        const request = { ...REQUEST, address: `10.1.${host}.${round}` }
        expect(await start(`nobody${host}-${round}@example.com`, 'wrong', { request })).toEqual(REFUSED)
      }
      const person = await aPerson(world, acme.slug)
      for (let round = 0; round < 11; round += 1) {
        expect(await start(person.email, 'wrong', from(`10.1.${host}.99`))).toMatchObject({ code: 'throttled' })
      }
      expect(await start(person.email)).toMatchObject({ ok: true })
    })

    test('right passwords do not count, for the address or for the network', async () => {
      const person = await aPerson(world, acme.slug, 'end_user')
      await networkSoFar(`10.0.${host}.1`, 49)
      for (let round = 0; round < 11; round += 1) started(await start(person.email))
    })

    test('64 right passwords at once leave nothing behind that shuts anybody out', async () => {
      const person = await aPerson(world, acme.slug, 'end_user')
      const results = await Promise.all(Array.from({ length: 64 }, () => start(person.email)))
      for (const result of results) if (!result.ok) expect(result.code).toBe('throttled')
      expect(await start(person.email)).toMatchObject({ ok: true })
    })

    test('S4: of 64 wrong passwords at once ten are judged', async () => {
      const person = await aPerson(world, acme.slug)
      hashes = []
      const results = await Promise.all(Array.from({ length: 64 }, () => start(person.email, 'wrong')))
      expect(results.filter((each) => !each.ok && each.code === 'wrong_credentials')).toHaveLength(10)
      expect(hashes).toHaveLength(10)
    })
  })

  describe('the right password', () => {
    test('D5: team members on an unknown device are asked for a mailed passcode, in the language they read', async () => {
      const person = await aPerson(world, acme.slug)
      const { kind, ...rest } = started(await start(person.email, PASSWORD, { locale: 'de' }))
      expect({ kind, ...rest }).toEqual({ kind: 'attempt', step: 'verify-device', attemptToken: expect.any(String) })
      expect(await sessionsOf(world, person.id)).toEqual([])
      expect(await db.outboxMessage.findFirst({ where: { recipient: person.email } })).toMatchObject({
        template: 'device_passcode',
        locale: 'de',
        userId: person.id,
        tenantId: acme.id,
        expiresAt: later(world.clock.now(), minutes(5)),
      })
      expect(await mailedPasscode(world, person.email)).toMatch(/^\d{6}$/)
      expect(await auditKinds(world, person.id)).toContain('device_verification_sent')
    })

    test('D5: the language of the account comes before that of the browser', async () => {
      const person = await aPerson(world, acme.slug)
      await db.user.update({ where: { id: person.id }, data: { locale: 'ja' } })
      await start(person.email, PASSWORD, { locale: 'de' })
      expect(await db.outboxMessage.findFirst({ where: { recipient: person.email } })).toMatchObject({ locale: 'ja' })
    })

    test.each([
      ['agent', 'fourteen chars', true],
      ['agent', 'fifteen chars!!', false],
      ['end_user', 'fourteen chars', false],
    ] as const)(
      'R13 S27: of a member as %s with “%s” a new password is demanded: %s',
      async (role, password, demanded) => {
        const person = await aPerson(world, acme.slug, role)
        const hashed = await world.hasher.hash(password)
        if (!hashed.ok) throw new Error('busy')
        await db.password.update({
          where: { userId: person.id },
          data: { hash: hashed.value.hash, pepperKeyId: hashed.value.keyId },
        })
        const deviceToken = await aKnownDevice(world, person.id, true)
        const begun = started(await start(person.email, password, { deviceToken }))
        const demandedAt = async () =>
          (await db.user.findUniqueOrThrow({ where: { id: person.id } })).passwordDemandedAt
        expect(await demandedAt()).toBeNull()
        if (!demanded) return expect(begun.kind).toBe('signed-in')
        // Whoever has the password alone demands nothing of anybody, and the known browser does not do (D9).
        if (begun.kind !== 'attempt') throw new Error(begun.kind)
        expect(begun.step).toBe('verify-device')
        const claimant = aClaimant(begun.attemptToken, deviceToken)
        signedIn(await proveDevice(world, claimant, await mailedPasscode(world, person.email)))
        expect(await demandedAt()).toEqual(world.clock.now())
      },
    )

    test('D5 D7 S12: on a known device it is enough for someone for whom 2FA is not in force', async () => {
      const person = await aPerson(world, acme.slug)
      const deviceToken = await aKnownDevice(world, person.id)
      const result = started(await start(person.email, PASSWORD, { deviceToken }))
      if (result.kind !== 'signed-in') throw new Error(result.kind)
      expect(result.signedIn.landing).toBe('/account')
      expect(result.signedIn.deviceToken).not.toBe(deviceToken)
      expect(await knownDevice(world, result.signedIn.deviceToken, person.id)).not.toBeNull()
      const session = await findLiveSession(world, hashToken('session', result.signedIn.sessionToken))
      expect(session?.session).toMatchObject({ userId: person.id, methods: ['pwd'], steppedUpAt: null })
      expect(session?.session.deviceId).not.toBeNull()
      expect(await attemptOf(world, person.id)).toMatchObject({ completedAt: world.clock.now() })
      expect(await auditKinds(world, person.id)).toContain('sign_in_succeeded')
      expect(await countMails(world, person.email)).toBe(0)
    })

    test('D2 S21: a colleague in the same browser is asked', async () => {
      const person = await aPerson(world, acme.slug)
      const colleague = await aPerson(world, acme.slug)
      const deviceToken = await aKnownDevice(world, person.id)
      expect(started(await start(colleague.email, PASSWORD, { deviceToken }))).toMatchObject({ step: 'verify-device' })
    })

    test.each([
      ['missing', null],
      ['empty', ''],
      ['malformed', 'not a token'],
      ['of nobody', 'A'.repeat(43)],
    ])('D7: with a device cookie that is %s the device is unknown', async (_name, deviceToken) => {
      const person = await aPerson(world, acme.slug)
      await aKnownDevice(world, person.id)
      expect(started(await start(person.email, PASSWORD, { deviceToken }))).toMatchObject({ step: 'verify-device' })
    })

    test('D9: a forgotten device is unknown', async () => {
      const person = await aPerson(world, acme.slug)
      const deviceToken = await aKnownDevice(world, person.id)
      await db.device.updateMany({ where: { userId: person.id }, data: { forgottenAt: world.clock.now() } })
      expect(started(await start(person.email, PASSWORD, { deviceToken }))).toMatchObject({ step: 'verify-device' })
    })

    test('D5: end users are asked on an unknown device only where the tenant says so', async () => {
      const person = await aPerson(world, acme.slug, 'end_user')
      expect(started(await start(person.email))).toMatchObject({ kind: 'signed-in' })
      await setRules(db, acme.id, { end: { deviceVerification: true } })
      try {
        expect(started(await start(person.email))).toMatchObject({ step: 'verify-device' })
      } finally {
        await setRules(db, acme.id, { end: { deviceVerification: false } })
      }
    })

    test('D5 S1: who has a factor in force is asked for that, on a known device too, and gets no mail', async () => {
      const person = await anEnrolled(world, acme.slug)
      const deviceToken = await aKnownDevice(world, person.id)
      for (const token of [null, deviceToken]) {
        const result = started(await start(person.email, PASSWORD, { deviceToken: token }))
        expect(result).toMatchObject({ kind: 'attempt', step: 'verify-factor' })
      }
      expect(await countMails(world, person.email)).toBe(0)
      expect(await sessionsOf(world, person.id)).toEqual([])
    })

    test('P5: when the requirement ends, only those who turned 2FA on for themself are still asked', async () => {
      const required = (on: boolean) => setRules(db, acme.id, { team: { required: on } })
      await required(true)
      const because = await anEnrolled(world, acme.slug)
      await db.user.update({ where: { id: because.id }, data: { twoFactorOn: false } })
      const willing = await anEnrolled(world, acme.slug)
      const devices = new Map<string, string>()
      for (const each of [because, willing]) devices.set(each.id, await aKnownDevice(world, each.id))
      const ask = async (each: typeof because) =>
        started(await start(each.email, PASSWORD, { deviceToken: devices.get(each.id) ?? null }))
      expect(await ask(because)).toMatchObject({ step: 'verify-factor' })
      expect(await ask(willing)).toMatchObject({ step: 'verify-factor' })
      await required(false)
      expect(await ask(because)).toMatchObject({ kind: 'signed-in' })
      expect(await ask(willing)).toMatchObject({ step: 'verify-factor' })
      expect(await db.factor.count({ where: { userId: because.id, revokedAt: null } })).toBe(1)
    })

    test('S8: who is required to enrol is sent there, known device or not, and gets no session', async () => {
      await setRules(db, acme.id, { team: { required: true } })
      try {
        const person = await aPerson(world, acme.slug)
        const deviceToken = await aKnownDevice(world, person.id)
        expect(started(await start(person.email))).toMatchObject({ step: 'verify-device' })
        expect(started(await start(person.email, PASSWORD, { deviceToken }))).toMatchObject({ step: 'enrol' })
        expect(await sessionsOf(world, person.id)).toEqual([])
      } finally {
        await setRules(db, acme.id, { team: { required: false } })
      }
    })

    test('S8: where the policy is missing nobody gets in', async () => {
      const person = await aPerson(world, acme.slug)
      const deviceToken = await aKnownDevice(world, person.id)
      const rules = await db.policyRule.findMany({ where: { tenantId: acme.id } })
      const policy = await db.policy.delete({ where: { tenantId: acme.id } })
      try {
        await start(person.email, PASSWORD, { deviceToken }).catch(() => null)
        expect(await sessionsOf(world, person.id)).toEqual([])
      } finally {
        await db.policy.create({ data: policy })
        await db.policyRule.createMany({ data: rules })
      }
      expect(started(await start(person.email, PASSWORD, { deviceToken }))).toMatchObject({ kind: 'signed-in' })
    })

    test('S8: a password that is changed while its hash is verified opens nothing, on a known device or an unknown one', async () => {
      const person = await aPerson(world, acme.slug)
      const known = await aKnownDevice(world, person.id)
      const changing: TestWorld['hasher']['verify'] = async (stored, secret) => {
        world.clock.move(1)
        await db.password.update({ where: { userId: person.id }, data: { setAt: world.clock.now() } })
        return world.hasher.verify(stored, secret)
      }
      const race = { ...world, hasher: { ...world.hasher, verify: changing } }
      const input = { email: person.email, password: PASSWORD }
      expect(await startWithPassword(race, visitor({ deviceToken: known }), input)).toEqual(REFUSED)
      const unknown = await startWithPassword(race, visitor(), input)
      if (!unknown.ok || unknown.value.kind !== 'attempt') throw new Error('no attempt')
      const claimant = aClaimant(unknown.value.attemptToken)
      expect((await readSignIn(world, claimant))?.step).toBe('start-over')
      const code = await mailedPasscode(world, person.email)
      expect(await proveDevice(world, claimant, code)).toMatchObject({ code: 'start_over' })
      expect(await sessionsOf(world, person.id)).toEqual([])
      expect(started(await start(person.email, PASSWORD, { deviceToken: known }))).toMatchObject({ kind: 'signed-in' })
    })

    test.each(['a new password', 'signed out by an admin'] as const)(
      'S8 SE4: what a clock did that was a day ahead, %s, shuts nobody out until then',
      async (done) => {
        const person = await aPerson(world, acme.slug, 'end_user')
        const owner = await aPerson(world, acme.slug, 'owner')
        world.clock.move(days(1))
        const { assured } = await aSession(world, person.id)
        const { freshAdmin } = await aSession(world, owner.id, { methods: ['pwd', 'otp'], steppedUp: true })
        const changed =
          done === 'a new password'
            ? await changePassword(world, assured, { current: PASSWORD, next: NEXT })
            : await signOutPerson(world, freshAdmin, person.id)
        expect(changed.ok).toBe(true)
        world.clock.move(minutes(1) - days(1))
        const password = done === 'a new password' ? NEXT : PASSWORD
        expect(await start(person.email, password)).toMatchObject({ ok: true, value: { kind: 'signed-in' } })
      },
    )

    test('S23: the mail goes to the registered address, however the address was typed', async () => {
      const person = await aPerson(world, acme.slug)
      const typed = `  ${person.email.replace('person', 'PERSON').replace('e', 'ｅ')} `
      expect(started(await start(typed))).toMatchObject({ step: 'verify-device' })
      const mails = await db.outboxMessage.findMany({ where: { userId: person.id } })
      expect(mails.map((mail) => mail.recipient)).toEqual([person.email])
    })

    test('S12 S22: the attempt lives ten minutes, and its token is stored as a digest of its own kind', async () => {
      const person = await aPerson(world, acme.slug)
      const attempt = await anAttempt(world, person.email)
      const row = await attemptOf(world, person.id)
      expect(row).toMatchObject({
        tokenHash: hashToken('attempt', attempt.token),
        expiresAt: later(world.clock.now(), ATTEMPT_TTL),
        address: REQUEST.address,
        userAgent: REQUEST.userAgent,
        failures: 0,
      })
      expect(JSON.stringify(row)).not.toContain(attempt.token)
    })

    test('S4: an attempt ends at its ten minutes', async () => {
      const person = await aPerson(world, acme.slug)
      const { claimant } = await anAttempt(world, person.email)
      world.clock.move(ATTEMPT_TTL - 1)
      expect((await readSignIn(world, claimant))?.step).toBe('verify-device')
      world.clock.move(1)
      expect((await readSignIn(world, claimant))?.step).toBe('start-over')
    })

    test.each([
      ['/account/devices?x=1', '/account/devices?x=1'],
      ['//evil.example', '/account'],
      ['/sign-in', '/account'],
    ])('S17 SE3: asked for %j, the sign-in leads to %j', async (returnTo, landing) => {
      const person = await aPerson(world, acme.slug)
      const result = started(
        await startWithPassword(world, visitor(), { email: person.email, password: PASSWORD, returnTo }),
      )
      if (result.kind !== 'attempt') throw new Error(result.kind)
      const done = await proveDevice(world, aClaimant(result.attemptToken), await mailedPasscode(world, person.email))
      expect(signedIn(done).landing).toBe(landing)
      const deviceToken = await aKnownDevice(world, person.id)
      const input = { email: person.email, password: PASSWORD, returnTo }
      const again = started(await startWithPassword(world, visitor({ deviceToken }), input))
      expect(again).toMatchObject({ signedIn: { landing } })
    })

    test('an outdated hash is replaced at the right password, and only then', async () => {
      const person = await aPerson(world, acme.slug, 'end_user')
      const stored = () => db.password.findUniqueOrThrow({ where: { userId: person.id } })
      const weak = createPasswordHasher({
        keys: world.keys,
        random: world.random,
        argon2: (input, options) => quickArgon2(input, options),
      })
      const hash = await weak.hash(PASSWORD)
      if (!hash.ok) throw new Error('busy')
      const old = hash.value.hash.replace('m=65536', 'm=19456')
      await db.password.update({ where: { userId: person.id }, data: { hash: old } })
      await start(person.email, 'wrong')
      expect((await stored()).hash).toBe(old)
      await start(person.email)
      expect((await stored()).hash).toContain('m=65536')
      expect(started(await start(person.email))).toMatchObject({ kind: 'signed-in' })
    })
  })
})
