import { beforeAll, describe, expect, test } from 'vitest'
import { transact } from '../../../core/db'
import type { TransactionDeps } from '../../../core/deps'
import { newId } from '../../../core/kernel/ids'
import { minutes } from '../../../core/kernel/time'
import { makeLink } from '../../../credentials/link/service'
import { isPasswordStill, rehashPassword, setPassword } from '../../../credentials/password/service'
import { lockTenant } from '../../../identity/policy/service'
import type { TenantFacts } from '../../../identity/tenant/service'
import { personById } from '../../../identity/user/service'
import type { Role } from '../../../identity/user/types'
import { eachDatabase } from '../../../testing/databases'
import { observed } from '../../../testing/observed'
import { setRules } from '../../../testing/policy'
import { begunBefore } from '../../../testing/race'
import {
  aFurtherTenant,
  anAttempt,
  aPerson,
  aSession,
  aTenant,
  auditKinds,
  aVisitor,
  lastMail,
  PASSWORD,
  quickWorld,
  sessionOf,
  type TestWorld,
} from '../../../testing/world'
import { proveDevice } from '../../signin/prove/service'
import { startWithPassword } from '../../signin/start/service'
import { finishMailStepUp, startMailStepUp } from '../stepup/service'
import { changePassword, resetPassword } from './service'

const NEXT = 'quite another set of unlikely words'

eachDatabase('password', (open) => {
  let world: TestWorld
  let tenant: TenantFacts
  beforeAll(async () => {
    world = quickWorld(open())
    tenant = await aTenant(world)
  })

  async function someone(role: Role = 'agent', slug = tenant.slug) {
    const person = await aPerson(world, slug, role)
    return { ...person, ...(await aSession(world, person.id)) }
  }
  const change = (actor: Awaited<ReturnType<typeof someone>>, next = NEXT, current = PASSWORD) =>
    changePassword(world, actor.assured, { current, next })
  const signIn = (email: string, password: string) => startWithPassword(world, aVisitor(), { email, password })
  const isAlive = (token: string) =>
    sessionOf(world, token).then(
      () => true,
      () => false,
    )
  const storedOf = async (id: string) => world.db.password.findUniqueOrThrow({ where: { userId: id } })
  const mailsTo = (recipient: string) =>
    world.db.outboxMessage.findMany({ where: { recipient }, orderBy: { id: 'asc' } })

  describe('changePassword', () => {
    test('ASVS 6.2.2: the new one works from now on and the old one does not', async () => {
      const person = await someone()
      world.clock.move(minutes(1))
      expect((await change(person)).ok).toBe(true)
      expect((await signIn(person.email, NEXT)).ok).toBe(true)
      expect((await signIn(person.email, PASSWORD)).ok).toBe(false)
      const stored = await storedOf(person.id)
      expect(stored).toMatchObject({ setAt: world.clock.now(), pepperKeyId: world.keys.currentId })
      expect(stored.hash).toMatch(/^\$argon2id\$v=19\$m=65536,t=3,p=1\$/)
    })

    test('ASVS 6.2.3: needs the current one; a wrong one changes and ends nothing, and is written down', async () => {
      const person = await someone()
      const other = await aSession(world, person.id)
      const before = await storedOf(person.id)
      for (const wrong of ['', NEXT, PASSWORD.toUpperCase(), ` ${PASSWORD}`, PASSWORD.slice(0, -1)]) {
        expect(await change(person, NEXT, wrong)).toMatchObject({ ok: false, code: 'wrong_password' })
      }
      expect(await storedOf(person.id)).toEqual(before)
      for (const { token } of [person, other]) expect(await isAlive(token)).toBe(true)
      expect((await auditKinds(world, person.id)).filter((kind) => kind === 'password_change_failed')).toHaveLength(5)
      expect(await mailsTo(person.email)).toEqual([])
    })

    test('S12: the token of this session changes, every other session of the person ends, nobody else’s does', async () => {
      const person = await someone()
      const others = [await aSession(world, person.id), await aSession(world, person.id)]
      const stranger = await someone()
      const done = await change(person)
      if (!done.ok) throw new Error(done.code)
      expect(await isAlive(person.token)).toBe(false)
      const { session } = (await sessionOf(world, done.value.token)).assured
      expect(session).toMatchObject({ id: person.assured.session.id, methods: ['pwd'], steppedUpAt: null })
      for (const { token } of others) expect(await isAlive(token)).toBe(false)
      expect(await isAlive(stranger.token)).toBe(true)
      const event = await world.db.auditEvent.findFirstOrThrow({
        where: { subjectId: person.id, kind: 'password_changed' },
      })
      expect(JSON.parse(event.data)).toEqual({ ended: 2 })
      expect(event).toMatchObject({ actorId: person.id, address: '192.0.2.7' })
    })

    test('D4: trust in every device ends, a known one stays known, a stranger’s keeps its trust', async () => {
      const person = await someone()
      const stranger = await someone()
      const now = world.clock.now()
      const trusted = async (userId: string) => {
        const id = newId(now, world.random)
        const dates = { verifiedAt: now, trustGrantedAt: now, lastSeenAt: now }
        await world.db.device.create({ data: { id, userId, seriesHash: id, valueHash: id, ...dates } })
        return () => world.db.device.findUniqueOrThrow({ where: { id } })
      }
      const own = await trusted(person.id)
      const theirs = await trusted(stranger.id)
      await change(person)
      expect(await own()).toMatchObject({ trustGrantedAt: null, forgottenAt: null })
      expect((await theirs()).trustGrantedAt).toEqual(now)
    })

    test('a sign-in that began with the old password cannot be finished', async () => {
      const person = await someone()
      const stranger = await someone()
      const attempt = await anAttempt(world, person.email)
      const theirs = await anAttempt(world, stranger.email)
      const code = String((await lastMail(world, person.email)).values.code)
      const theirCode = String((await lastMail(world, stranger.email)).values.code)
      await change(person)
      expect(await proveDevice(world, attempt.claimant, code)).toMatchObject({ ok: false, code: 'start_over' })
      expect((await proveDevice(world, theirs.claimant, theirCode)).ok).toBe(true)
    })

    test('ASVS 6.3.7, X1: the person is told by one mail without secrets, in their own language', async () => {
      const person = await someone()
      await world.db.user.update({ where: { id: person.id }, data: { locale: 'ja' } })
      const actor = { ...person, ...(await sessionOf(world, person.token)) }
      await change(actor)
      const mails = await mailsTo(person.email)
      expect(mails).toMatchObject([{ template: 'password_changed', locale: 'ja', userId: person.id }])
      expect((await lastMail(world, person.email)).values).toEqual({})
      const events = JSON.stringify(await world.db.auditEvent.findMany({ where: { subjectId: person.id } }))
      for (const secret of [PASSWORD, NEXT]) expect(events).not.toContain(secret)
    })

    test.each([
      ['too short', 'tkxbfhgqzmwrvd', 'password_too_short'],
      ['too long', 'tkxbfhgqzmwrvdplcnsjy '.repeat(7), 'password_too_long'],
      ['common', 'passwordpassword', 'password_common'],
      ['the company', 'Acme!Acme!Acme!Acme', 'password_context'],
    ])('ASVS 6.2.11: a new one that is %s is refused and changes nothing', async (_what, next, code) => {
      const person = await someone()
      const before = await storedOf(person.id)
      expect(await change(person, next)).toMatchObject({ ok: false, code })
      expect(await storedOf(person.id)).toEqual(before)
      expect(await isAlive(person.token)).toBe(true)
    })

    test('ASVS 6.2.1: twelve characters are enough for an end user of whom 2FA is required, and for nobody else', async () => {
      const strict = await aFurtherTenant(world, { required: true })
      const twelve = 'tkxbfhgqzmwr'
      expect((await change(await someone('end_user', strict.slug), twelve)).ok).toBe(true)
      expect(await change(await someone('end_user', strict.slug), twelve.slice(1))).toMatchObject({ ok: false })
      expect(await change(await someone('agent', strict.slug), twelve)).toMatchObject({ code: 'password_too_short' })
      expect(await change(await someone('end_user'), twelve)).toMatchObject({ code: 'password_too_short' })
    })

    test('S8, ASVS 6.2.1: it is as long as the requirement asks when it is written, at a change and at a mailed link', async () => {
      const strict = await aFurtherTenant(world, { required: true })
      const rule = { tenantId: strict.id, userType: 'end' } as const
      const off = async ({ db }: TransactionDeps) => {
        await lockTenant(db, strict.id)
        await db.policyRule.updateMany({ where: rule, data: { required: false } })
      }
      const twelve = 'tkxbfhgqzmwr'
      const [person, other] = [await someone('end_user', strict.slug), await someone('end_user', strict.slug)]
      const link = await transact(world, (world) => makeLink(world, { kind: 'reset', userId: other.id }))
      const token = new URL(link).searchParams.get('token') ?? ''
      const acts: (() => Promise<{ ok: boolean }>)[] = [
        () => change(person, twelve),
        () => resetPassword(world, aVisitor(), token, twelve),
      ]
      for (const act of acts) {
        await setRules(world.db, strict.id, { end: { required: true } })
        expect(await begunBefore(world, off, act)).toMatchObject({ ok: false, code: 'password_too_short' })
        await setRules(world.db, strict.id, { end: { required: true } })
        expect((await act()).ok).toBe(true)
      }
    })

    test('of eight changes at once from two sessions one wins, and it is its password that works', async () => {
      const person = await someone()
      const other = { ...person, ...(await aSession(world, person.id)) }
      const passwords = Array.from({ length: 8 }, (_, index) => `${NEXT} ${index}`)
      const results = await Promise.all(passwords.map((next, index) => change(index % 2 ? other : person, next)))
      const winners = passwords.filter((_, index) => results[index]?.ok)
      expect(winners).toHaveLength(1)
      for (const each of results) if (!each.ok) expect(['conflict', 'wrong_password']).toContain(each.code)
      expect((await signIn(person.email, winners[0] ?? '')).ok).toBe(true)
      expect((await mailsTo(person.email)).filter((each) => each.template === 'password_changed')).toHaveLength(1)
    })

    test('a session that has ended meanwhile changes nothing', async () => {
      const person = await someone()
      const before = await storedOf(person.id)
      await startMailStepUp(world, person.assured, PASSWORD)
      const code = String((await lastMail(world, person.email)).values.code)
      expect((await finishMailStepUp(world, person.assured, code)).ok).toBe(true)
      expect(await change(person)).toMatchObject({ ok: false, code: 'conflict' })
      expect(await storedOf(person.id)).toEqual(before)
    })

    test('ten wrong tries in 15 minutes are too many, over all sessions; the right one waits too', async () => {
      const person = await someone()
      const other = { ...person, ...(await aSession(world, person.id)) }
      for (let n = 0; n < 10; n += 1) {
        expect(await change(n % 2 ? other : person, NEXT, 'wrong')).toMatchObject({ code: 'wrong_password' })
      }
      const until = new Date(world.clock.now().getTime() + minutes(15))
      expect(await change(other)).toMatchObject({ ok: false, code: 'throttled', detail: { until } })
      world.clock.move(minutes(15))
      expect((await change(other)).ok).toBe(true)
    })

    test('what is no wrong try costs no place: a refused new one, a busy server', async () => {
      const person = await someone()
      const verify = async () => ({ ok: false, code: 'busy', detail: undefined }) as const
      const busy = { ...world, hasher: { ...world.hasher, verify } }
      for (let n = 0; n < 12; n += 1) {
        expect(await change(person, 'short')).toMatchObject({ code: 'password_too_short' })
        const input = { current: PASSWORD, next: NEXT }
        expect(await changePassword(busy, person.assured, input)).toMatchObject({ ok: false, code: 'busy' })
      }
      expect((await change(person)).ok).toBe(true)
    })

    test('S14: when it cannot be written down, the old password works and nothing has ended', async () => {
      const person = await someone()
      const other = await aSession(world, person.id)
      const before = (statement: string) => {
        if (statement === 'INSERT INTO audit_event') throw new Error('no audit')
      }
      const broken = { ...world, db: observed(world.db, before) }
      const input = { current: PASSWORD, next: NEXT }
      await expect(changePassword(broken, person.assured, input)).rejects.toThrow('no audit')
      expect((await signIn(person.email, PASSWORD)).ok).toBe(true)
      for (const { token } of [person, other]) expect(await isAlive(token)).toBe(true)
      expect((await mailsTo(person.email)).filter((each) => each.template === 'password_changed')).toEqual([])
    })

    test('S8: a person who has lost their password row cannot change it', async () => {
      const person = await someone()
      await world.db.password.delete({ where: { userId: person.id } })
      expect(await change(person)).toMatchObject({ ok: false, code: 'wrong_password' })
      expect(await world.db.password.findUnique({ where: { userId: person.id } })).toBeNull()
    })
  })

  describe('hashing anew at sign-in (ASVS 11.4.2)', () => {
    /** Writes a hash of smaller numbers, as an older release would have. */
    async function weaken(userId: string) {
      const made = await world.hasher.hash(PASSWORD)
      if (!made.ok) throw new Error(made.code)
      // The quick hash does not depend on the numbers, so only the text of them is older.
      const hash = made.value.hash.replace('m=65536,t=3', 'm=19456,t=2')
      await transact(world, (world) => setPassword(world, userId, { ...made.value, hash }))
      return hash
    }

    test('a hash below today’s numbers is replaced once the password proved right', async () => {
      const person = await someone()
      const weak = await weaken(person.id)
      const { setAt } = await storedOf(person.id)
      expect((await signIn(person.email, 'wrong')).ok).toBe(false)
      expect((await storedOf(person.id)).hash).toBe(weak)
      world.clock.move(minutes(1))
      expect((await signIn(person.email, PASSWORD)).ok).toBe(true)
      const stored = await storedOf(person.id)
      expect(stored.hash).toMatch(/^\$argon2id\$v=19\$m=65536,t=3,p=1\$/)
      expect(stored.setAt).toEqual(setAt)
      expect((await signIn(person.email, PASSWORD)).ok).toBe(true)
      // A hash of today's numbers is left alone.
      expect((await storedOf(person.id)).hash).toBe(stored.hash)
    })

    test('a busy server leaves it for the next sign-in', async () => {
      const person = await someone()
      const weak = await weaken(person.id)
      const hash = async () => ({ ok: false, code: 'busy', detail: undefined }) as const
      await rehashPassword({ ...world, hasher: { ...world.hasher, hash } }, person.id, weak, PASSWORD)
      expect((await storedOf(person.id)).hash).toBe(weak)
    })

    test('a change that was faster is never undone', async () => {
      const person = await someone()
      const weak = await weaken(person.id)
      expect((await change(person)).ok).toBe(true)
      const changed = await storedOf(person.id)
      await rehashPassword(world, person.id, weak, PASSWORD)
      expect(await storedOf(person.id)).toEqual(changed)
    })
  })

  test('S8: whether it is still the password that was read with the person, the row says, and holds until the end', async () => {
    const person = await someone()
    const read = (await personById(world.db, person.id))?.person
    if (read === undefined) throw new Error('no person')
    const still = () => transact(world, (world) => isPasswordStill(world.db, read))
    expect(await still()).toBe(true)
    world.clock.move(minutes(1))
    expect((await change(person)).ok).toBe(true)
    expect(await still()).toBe(false)
    expect(await transact(world, (world) => isPasswordStill(world.db, { ...read, passwordSetAt: null }))).toBe(false)
    await world.db.password.delete({ where: { userId: person.id } })
    expect(await still()).toBe(false)
  })

  test('setPassword sets the one password of this person, and replaces it', async () => {
    const person = await someone()
    const stranger = await someone()
    const theirs = await storedOf(stranger.id)
    for (const word of [NEXT, `${NEXT} again`]) {
      const made = await world.hasher.hash(word)
      if (!made.ok) throw new Error(made.code)
      await transact(world, (world) => setPassword(world, person.id, made.value))
      const found = await personById(world.db, person.id)
      expect(found?.password).toEqual(made.value)
    }
    expect(await storedOf(stranger.id)).toEqual(theirs)
  })
})
