import { beforeAll, describe, expect, test } from 'vitest'
import { joinByInvitation } from '../../administration/invitation/accept/service'
import { invite } from '../../administration/invitation/service'
import { changeRole } from '../../administration/people/role/service'
import { recordEvent } from '../../audit/service'
import { hashToken, isToken } from '../../core/crypto/token'
import { transact } from '../../core/db'
import { days, hours, minutes, seconds } from '../../core/kernel/time'
import { personById } from '../../identity/user/service'
import { eachDatabase } from '../../testing/databases'
import { setRules } from '../../testing/policy'
import { mailedToken } from '../../testing/signin'
import { statementsOf } from '../../testing/statements'
import {
  aFurtherTenant,
  aGuest,
  aPerson,
  aSession,
  aTenant,
  auditKinds,
  quickWorld,
  REQUEST,
  sessionOf,
  type TestWorld,
} from '../../testing/world'
import { judgeSession } from './rules'
import { endOtherSessions, endSession, findLiveSession, noteUse, openSession, rotateToken } from './service'

eachDatabase('session', (open) => {
  let world: TestWorld
  let slug: string
  beforeAll(async () => {
    world = quickWorld(open())
    slug = (await aTenant(world)).slug
  })

  const row = (id: string) => world.db.session.findUniqueOrThrow({ where: { id } })
  const live = (token: string) => findLiveSession(world, hashToken('session', token))

  /** What the guard would make of this token now. */
  async function worth(token: string) {
    const found = await live(token)
    return found === null ? 'none' : judgeSession(found.session, found.person, world.clock.now())
  }

  describe('who rises to a team role', () => {
    const anOwner = async () => {
      const { id } = await aPerson(world, slug, 'owner')
      return (await aSession(world, id, { methods: ['pwd', 'otp'], steppedUp: true })).freshAdmin
    }

    test('SE2, S8: by a change of role: thirty days become a team member’s hour', async () => {
      const person = await aPerson(world, slug, 'end_user')
      const { token } = await aSession(world, person.id)
      expect((await changeRole(world, await anOwner(), person.id, 'admin')).ok).toBe(true)
      world.clock.move(hours(1) - 1)
      expect(await worth(token)).toBe('assured')
      world.clock.move(1)
      expect(await worth(token)).toBe('ended')
    })

    test('SE2, U6: by joining elsewhere', async () => {
      const other = await aFurtherTenant(world)
      const person = await aPerson(world, other.slug, 'end_user')
      const { token, assured } = await aSession(world, person.id)
      const input = { email: person.email, name: 'P', role: 'agent', locale: 'en' } as const
      expect((await invite(world, await anOwner(), input)).ok).toBe(true)
      const link = await mailedToken(world, person.email, 'invitation')
      expect((await joinByInvitation(world, assured, link)).ok).toBe(true)
      world.clock.move(hours(1))
      expect(await worth(token)).toBe('ended')
    })
  })

  describe('openSession', () => {
    test('S12: stores the digest of the token and nowhere the token', async () => {
      const { id } = await aPerson(world, slug)
      const { token, assured } = await aSession(world, id)
      expect(isToken(token)).toBe(true)
      const stored = await row(assured.session.id)
      expect(stored.tokenHash).toBe(hashToken('session', token))
      const everything = JSON.stringify(
        await Promise.all([world.db.session.findMany(), world.db.auditEvent.findMany()]),
      )
      expect(everything).not.toContain(token)
    })

    test('S22: the same token under another kind’s name finds no session', async () => {
      const { id } = await aPerson(world, slug)
      const { token } = await aSession(world, id)
      for (const kind of ['attempt', 'device', 'setup', 'reset', 'magic', 'api'] as const) {
        expect(await findLiveSession(world, hashToken(kind, token))).toBeNull()
      }
      expect(await findLiveSession(world, token)).toBeNull()
    })

    test('SE1, SE2: the row tells who, by what, from where, and until when', async () => {
      const { id } = await aPerson(world, slug, 'agent')
      const found = await personById(world.db, id)
      if (found === null) throw new Error('no person')
      const now = world.clock.now()
      const opened = await transact(world, (world) =>
        openSession(world, found.person, {
          methods: ['pwd', 'otp'],
          steppedUpAt: now,
          deviceId: 'device-1',
          request: REQUEST,
        }),
      )
      expect(opened.expiresAt).toEqual(new Date(now.getTime() + hours(12)))
      const read = await live(opened.token)
      expect(read?.session).toEqual({
        id: expect.any(String),
        tokenHash: hashToken('session', opened.token),
        userId: id,
        methods: ['pwd', 'otp'],
        deviceId: 'device-1',
        openedAs: expect.stringMatching(/^[^ =]+=agent$/),
        createdAt: now,
        lastSeenAt: now,
        expiresAt: opened.expiresAt,
        idleSeconds: 3600,
        steppedUpAt: now,
      })
      expect(await row(read?.session.id ?? '')).toMatchObject({ address: '192.0.2.7', userAgent: 'Test browser' })
    })

    test('S14: a session whose transaction fails was never there', async () => {
      const { id } = await aPerson(world, slug)
      const found = await personById(world.db, id)
      if (found === null) throw new Error('no person')
      let token = ''
      const failed = transact(world, async (world) => {
        const proof = { methods: ['pwd'] as const, steppedUpAt: null, deviceId: null, request: REQUEST }
        token = (await openSession(world, found.person, proof)).token
        throw new Error('later')
      })
      await expect(failed).rejects.toThrow('later')
      expect(await live(token)).toBeNull()
    })
  })

  describe('findLiveSession', () => {
    test('costs one statement, with person, memberships and policies in it', async () => {
      const { id } = await aPerson(world, slug)
      const host = await aFurtherTenant(world)
      await aGuest(world, host.id, id, 'end_user')
      const { token } = await aSession(world, id)
      const statements = await statementsOf(async () => {
        const found = await live(token)
        expect(found?.person.memberships).toHaveLength(2)
      })
      expect(statements).toHaveLength(1)
    })

    test('S8: suspension, role and policy are those of this very moment', async () => {
      const tenant = await aFurtherTenant(world)
      const { id } = await aPerson(world, tenant.slug, 'admin')
      const { token } = await aSession(world, id)
      expect((await live(token))?.person.memberships[0]?.role).toBe('admin')
      await world.db.membership.updateMany({ where: { userId: id }, data: { role: 'agent' } })
      expect((await live(token))?.person.memberships[0]?.role).toBe('agent')

      const past = new Date(world.clock.now().getTime() - 1)
      await setRules(world.db, tenant.id, { team: { required: true, requiredSince: past } })
      expect(await worth(token)).toBe('not_assured')
      await setRules(world.db, tenant.id, { team: { required: false } })
      expect(await worth(token)).toBe('assured')

      await world.db.user.update({ where: { id }, data: { suspendedAt: past } })
      expect(await worth(token)).toBe('ended')
      await world.db.user.update({ where: { id }, data: { suspendedAt: null } })
      await world.db.membership.updateMany({ where: { userId: id }, data: { suspendedAt: past } })
      expect(await worth(token)).toBe('ended')
      await world.db.membership.updateMany({ where: { userId: id }, data: { suspendedAt: null } })
      await world.db.user.update({ where: { id }, data: { kind: 'service' } })
      expect(await worth(token)).toBe('ended')
      await world.db.user.update({ where: { id }, data: { kind: 'person' } })
      expect(await worth(token)).toBe('assured')
      await world.db.membership.deleteMany({ where: { userId: id } })
      expect(await worth(token)).toBe('ended')
    })

    test('S8: a method the code does not know counts for nothing', async () => {
      const { id } = await aPerson(world, slug)
      const { token, assured } = await aSession(world, id)
      await world.db.session.update({ where: { id: assured.session.id }, data: { methods: 'pwd otp2 OTP sudo' } })
      expect((await live(token))?.session.methods).toEqual(['pwd'])
    })
  })

  describe('rotateToken', () => {
    test('S12: the old token is dead, the new one is the same session with what was added', async () => {
      const { id } = await aPerson(world, slug)
      const { token, assured } = await aSession(world, id)
      const steppedUpAt = world.clock.now()
      const next = await transact(world, (world) =>
        rotateToken(world, assured.session, { methods: ['pwd', 'otp'], steppedUpAt }),
      )
      expect(next).not.toBeNull()
      expect(await live(token)).toBeNull()
      const found = await live(next ?? '')
      expect(found?.session).toMatchObject({ id: assured.session.id, methods: ['pwd', 'otp'], steppedUpAt })
      // A change of the token alone keeps the rest.
      const last = await transact(world, (world) => rotateToken(world, found?.session ?? assured.session, {}))
      expect((await live(last ?? ''))?.session).toMatchObject({ methods: ['pwd', 'otp'], steppedUpAt })
    })

    test('SE2: limits can only be drawn in: what is proved later never makes a session live longer', async () => {
      const { id } = await aPerson(world, slug)
      const { assured } = await aSession(world, id)
      const { expiresAt, idleSeconds } = assured.session
      const at = (moved: number) => new Date(expiresAt.getTime() + moved)
      let session = assured.session
      for (const [limits, kept] of [
        [
          { expiresAt: at(1), idleSeconds: idleSeconds + 1 },
          { expiresAt, idleSeconds },
        ],
        [
          { expiresAt: at(-hours(1)), idleSeconds: 7200 },
          { expiresAt: at(-hours(1)), idleSeconds },
        ],
        [
          { expiresAt: at(0), idleSeconds: 900 },
          { expiresAt: at(-hours(1)), idleSeconds: 900 },
        ],
      ] as const) {
        const token = await transact(world, (world) => rotateToken(world, session, { limits }))
        const found = await live(token ?? '')
        expect(found?.session).toMatchObject(kept)
        session = found?.session ?? session
      }
    })

    test('S12: of 16 at once one wins; the losers have no token', async () => {
      const { id } = await aPerson(world, slug)
      const { token, assured } = await aSession(world, id)
      const results = await Promise.all(
        Array.from({ length: 16 }, () => transact(world, (world) => rotateToken(world, assured.session, {}))),
      )
      const winners = results.filter((each) => each !== null)
      expect(winners).toHaveLength(1)
      expect(await live(winners[0] ?? '')).not.toBeNull()
      expect(await live(token)).toBeNull()
    })

    test('SE1: a session that has ended cannot be given a new token', async () => {
      const { id } = await aPerson(world, slug)
      const { token, assured } = await aSession(world, id)
      await endSession(world, token, 'signed_out', REQUEST)
      expect(await transact(world, (world) => rotateToken(world, assured.session, {}))).toBeNull()
    })
  })

  describe('ending', () => {
    const eventsOf = async (id: string) =>
      (await auditKinds(world, id)).filter((kind) => kind === 'signed_out' || kind === 'session_ended')

    test('SE1: signing out ends this session at its next look-up, and no other', async () => {
      const { id } = await aPerson(world, slug)
      const here = await aSession(world, id)
      const there = await aSession(world, id)
      await endSession(world, here.token, 'signed_out', REQUEST)
      expect(await live(here.token)).toBeNull()
      expect(await live(there.token)).not.toBeNull()
      expect((await row(here.assured.session.id)).endedAt).toEqual(world.clock.now())
      expect(await eventsOf(id)).toEqual(['signed_out'])
      const event = await world.db.auditEvent.findFirstOrThrow({ where: { subjectId: id, kind: 'signed_out' } })
      expect(event).toMatchObject({ actorKind: 'user', actorId: id, address: '192.0.2.7', requestId: 'request-1' })
    })

    test('S12: a session that a new sign-in takes the place of ends with an event of its own', async () => {
      const { id } = await aPerson(world, slug)
      const { token } = await aSession(world, id)
      await endSession(world, token, 'session_ended', REQUEST)
      expect(await live(token)).toBeNull()
      expect(await eventsOf(id)).toEqual(['session_ended'])
    })

    test('SE1: signing out works where the session is worth nothing any more', async () => {
      const { id } = await aPerson(world, slug)
      const { token, assured } = await aSession(world, id)
      await world.db.user.update({ where: { id }, data: { suspendedAt: world.clock.now() } })
      world.clock.move(days(2))
      expect(await worth(token)).toBe('ended')
      await endSession(world, token, 'signed_out', REQUEST)
      expect((await row(assured.session.id)).endedAt).toEqual(world.clock.now())
    })

    test('SE1: signing out twice, also at once, is one event and moves no date; a foreign token does nothing', async () => {
      const { id } = await aPerson(world, slug)
      const { token, assured } = await aSession(world, id)
      await Promise.all(Array.from({ length: 4 }, () => endSession(world, token, 'signed_out', REQUEST)))
      const ended = (await row(assured.session.id)).endedAt
      world.clock.move(seconds(5))
      await endSession(world, token, 'signed_out', REQUEST)
      await endSession(world, 'no token of ours', 'signed_out', REQUEST)
      expect((await row(assured.session.id)).endedAt).toEqual(ended)
      expect(await eventsOf(id)).toEqual(['signed_out'])
    })

    test('S14: when the event cannot be written, the session has not ended', async () => {
      const { id } = await aPerson(world, slug)
      const { token } = await aSession(world, id)
      const stuck = { ...world, random: (size: number) => new Uint8Array(size).fill(3) }
      await recordEvent(stuck, { tenantId: 'x', kind: 'signed_out', actor: { kind: 'system' } })
      await expect(endSession(stuck, token, 'signed_out', REQUEST)).rejects.toThrow()
      expect(await live(token)).not.toBeNull()
    })

    test('endOtherSessions ends every other one of this person and nobody else’s, and counts them', async () => {
      const one = await aPerson(world, slug)
      const two = await aPerson(world, slug)
      const kept = await aSession(world, one.id)
      const others = [await aSession(world, one.id), await aSession(world, one.id)]
      const stranger = await aSession(world, two.id)
      expect(
        await transact(world, (world) =>
          endOtherSessions(world, kept.assured.person, REQUEST, kept.assured.session.id),
        ),
      ).toBe(2)
      for (const { token } of others) expect(await live(token)).toBeNull()
      for (const { token } of [kept, stranger]) expect(await live(token)).not.toBeNull()
      expect(await transact(world, (world) => endOtherSessions(world, kept.assured.person, REQUEST))).toBe(1)
      expect(await live(kept.token)).toBeNull()
      expect(await live(stranger.token)).not.toBeNull()
      // Each time it is told how many, and by whom (M7); with none to end there is nothing to tell.
      await transact(world, (world) => endOtherSessions(world, kept.assured.person, REQUEST))
      const events = await world.db.auditEvent.findMany({ where: { subjectId: one.id, kind: 'session_ended' } })
      expect(events.map((event) => JSON.parse(event.data)).sort((a, b) => b.ended - a.ended)).toEqual([
        { ended: 2 },
        { ended: 1 },
      ])
      expect(events[0]).toMatchObject({ actorId: one.id, address: '192.0.2.7' })
    })
  })

  describe('noteUse', () => {
    test.each([
      [seconds(60) - 1, false],
      [seconds(60), true],
      [seconds(60) + 1, true],
    ])('SE2: %i ms after the last note the use is written: %s', async (after, written) => {
      const { id } = await aPerson(world, slug)
      const { assured } = await aSession(world, id)
      const before = assured.session.lastSeenAt
      world.clock.move(after)
      const statements = await statementsOf(() => noteUse(world, { session: assured.session, used: true }))
      expect(statements.filter((each) => /^UPDATE/i.test(each))).toHaveLength(written ? 1 : 0)
      expect((await row(assured.session.id)).lastSeenAt).toEqual(written ? world.clock.now() : before)
    })

    test('SE2: a session in use lives on beyond its idle limit, one left alone does not', async () => {
      const { id } = await aPerson(world, slug)
      const busy = await aSession(world, id)
      const idle = await aSession(world, id)
      for (let half = 0; half < 4; half += 1) {
        world.clock.move(minutes(30))
        await noteUse(world, { session: (await sessionOf(world, busy.token)).assured.session, used: true })
      }
      expect(await worth(busy.token)).toBe('assured')
      expect(await worth(idle.token)).toBe('ended')
      world.clock.move(days(1))
      expect(await worth(busy.token)).toBe('ended')
    })

    test('a request that read the row before another wrote it neither moves it back nor on', async () => {
      const { id } = await aPerson(world, slug)
      const { assured } = await aSession(world, id)
      world.clock.move(minutes(2))
      const first = world.clock.now()
      await noteUse(world, { session: assured.session, used: true })
      world.clock.move(seconds(10))
      await noteUse(world, { session: assured.session, used: true })
      expect((await row(assured.session.id)).lastSeenAt).toEqual(first)
    })

    test('SE1: does not touch a session that has ended meanwhile', async () => {
      const { id } = await aPerson(world, slug)
      const { token, assured } = await aSession(world, id)
      await endSession(world, token, 'signed_out', REQUEST)
      world.clock.move(minutes(2))
      const before = await row(assured.session.id)
      await noteUse(world, { session: assured.session, used: true })
      expect(await row(assured.session.id)).toEqual(before)
    })
  })
})
