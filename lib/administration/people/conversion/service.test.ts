import { beforeAll, describe, expect, test } from 'vitest'
import { resetPassword } from '../../../authentication/account/password/service'
import { judgeSession } from '../../../authentication/session/rules'
import { startWithPassword } from '../../../authentication/signin/start/service'
import { viewSignIn } from '../../../authentication/signin/view/service'
import { days, later } from '../../../core/kernel/time'
import { dayIn } from '../../../core/kernel/zones'
import { previewCounts, viewCoverage, whyOf } from '../../../coverage/service'
import { requestLink } from '../../../credentials/link/service'
import { isService } from '../../../identity/user/rules'
import { managersOf, personById } from '../../../identity/user/service'
import type { Role } from '../../../identity/user/types'
import { eachDatabase } from '../../../testing/databases'
import { setRules } from '../../../testing/policy'
import {
  aKnownDevice,
  anEnrolled,
  answerLinkRequests,
  countMails,
  mailedToken,
  savedCodes,
} from '../../../testing/signin'
import {
  aClaimant,
  aFurtherTenant,
  aGuest,
  anAttempt,
  anOperator,
  aPerson,
  aSession,
  aTenant,
  auditKinds,
  aVisitor,
  PASSWORD,
  quickWorld,
  type TestWorld,
} from '../../../testing/world'
import { viewProof } from '../../proof/service'
import { exempt, suspend } from '../acts/service'
import { issueCode, resetTwoFactor } from '../codes/service'
import { listPeople } from '../list/service'
import { viewPerson } from '../person/service'
import { changeRole } from '../role/service'
import { makePerson, makeService } from './service'

eachDatabase('service accounts', (open) => {
  let world: TestWorld

  beforeAll(async () => {
    world = quickWorld(open())
    await aTenant(world)
  })

  const anActor = async (role: Role, slug: string) => {
    const { id } = await aPerson(world, slug, role)
    return (await aSession(world, id, { methods: ['pwd', 'otp'], steppedUp: true })).freshAdmin
  }
  const aCompany = async () => {
    const tenant = await aFurtherTenant(world)
    await setRules(world.db, tenant.id, { team: { required: true, requiredSince: new Date(0) } })
    return { tenant, actor: await anActor('owner', tenant.slug) }
  }
  const inDays = (n: number) => dayIn('UTC', later(world.clock.now(), days(n)))
  const given = (n = 9) => ({ until: inDays(n), reason: 'nightly backup' })
  const outcome = (result: { ok: true } | { ok: false; code: string }) => (result.ok ? 'ok' : result.code)
  const enter = (email: string, password = PASSWORD) => startWithPassword(world, aVisitor(), { email, password })
  const asksForLink = async (email: string) => {
    await requestLink(world, aVisitor(), { kind: 'reset', email, returnTo: null })
    await answerLinkRequests(world)
  }
  const setsPassword = async (email: string) => {
    await asksForLink(email)
    const token = await mailedToken(world, email, 'password_reset')
    return resetPassword(world, aVisitor(), token, 'another battery staple horse')
  }
  const onlyService = { suspended: false, search: '', userType: null, role: null, status: 'service' } as const
  const services = async (actor: Parameters<typeof listPeople>[1]) =>
    (await listPeople(world, actor, { ...onlyService, atRisk: false, sort: 'name', from: 'first' })).rows

  describe('U8', () => {
    test('U8: all that a person came in by ends in one transaction', async () => {
      const { tenant, actor } = await aCompany()
      const other = await aPerson(world, tenant.slug, 'owner')
      const person = await anEnrolled(world, tenant.slug)
      await savedCodes(world, person.id)
      await aKnownDevice(world, person.id, true)
      const { session } = (await aSession(world, person.id, { methods: ['pwd', 'otp'] })).assured
      await anAttempt(world, person.email)
      await asksForLink(person.email)
      const token = await mailedToken(world, person.email, 'password_reset')
      expect(outcome(await makeService(world, actor, person.id, given()))).toBe('ok')

      const { db } = world
      const where = { userId: person.id }
      expect(await db.password.count({ where })).toBe(0)
      expect(await db.session.count({ where: { ...where, endedAt: null } })).toBe(0)
      expect(await db.signInAttempt.count({ where: { ...where, endedAt: null, completedAt: null } })).toBe(0)
      expect(await db.factor.count({ where: { ...where, revokedAt: null } })).toBe(0)
      expect(await db.recoveryCode.count({ where: { ...where, revokedAt: null } })).toBe(0)
      const after = (await personById(db, person.id))?.person
      if (after === undefined) throw new Error('gone')
      expect(after.devicesVoidedAt).toEqual(world.clock.now())
      expect(judgeSession(session, after, world.clock.now())).toBe('ended')
      expect(outcome(await resetPassword(world, aVisitor(), token, 'another battery staple horse'))).toBe('link_dead')
      expect(await auditKinds(world, person.id)).toContain('service_account_made')
      expect(await countMails(world, person.email, 'service_account_made')).toBe(1)
      expect(await countMails(world, other.email, 'service_account_made_other')).toBe(1)
      expect(await countMails(world, actor.person.email, 'service_account_made_other')).toBe(0)
    })

    test('U8 S13 R9: it opens nothing: no password, and no link is mailed', async () => {
      const { tenant, actor } = await aCompany()
      const person = await aPerson(world, tenant.slug)
      expect(outcome(await makeService(world, actor, person.id, given()))).toBe('ok')
      expect(await enter(person.email)).toEqual(await enter('nobody@example.com'))
      await asksForLink(person.email)
      expect(await countMails(world, person.email, 'password_reset')).toBe(0)
    })

    test('U8: a sign-in whose password was being judged meanwhile leads nowhere, even after its end', async () => {
      const { tenant, actor } = await aCompany()
      const person = await aPerson(world, tenant.slug)
      const verify: TestWorld['hasher']['verify'] = async (...args) => {
        const verified = await world.hasher.verify(...args)
        expect(outcome(await makeService(world, actor, person.id, given()))).toBe('ok')
        expect(outcome(await makePerson(world, actor, person.id))).toBe('ok')
        return verified
      }
      const racing = { ...world, hasher: { ...world.hasher, verify } }
      const entered = await startWithPassword(racing, aVisitor(), { email: person.email, password: PASSWORD })
      if (!entered.ok || entered.value.kind === 'signed-in') return expect(outcome(entered)).toBe('wrong_credentials')
      // The next page asks again.
      expect((await viewSignIn(world, aClaimant(entered.value.attemptToken)))?.step).toBe('start-over')
    })

    test('U8: at its end it is a person again by itself, sets a password by mail, and must enrol', async () => {
      const { tenant, actor } = await aCompany()
      const person = await aPerson(world, tenant.slug)
      const made = await makeService(world, actor, person.id, given())
      if (!made.ok) throw new Error(made.code)
      const until = made.value.until
      expect((await viewPerson(world, actor, person.id))?.coverage).toMatchObject({ state: 'service', until })
      world.clock.move(until.getTime() - world.clock.now().getTime() - 1)
      expect((await services(actor)).map(({ userId }) => userId)).toEqual([person.id])
      world.clock.move(1)
      const back = await anActor('owner', tenant.slug)
      expect(await services(back)).toEqual([])
      expect((await viewPerson(world, back, person.id))?.coverage).toMatchObject({
        state: 'setup_required',
        path: 'enrol',
      })
      expect((await viewProof(world, back)).services).toEqual([])
      expect(outcome(await enter(person.email))).toBe('wrong_credentials')
      expect(outcome(await setsPassword(person.email))).toBe('ok')
      expect(await enter(person.email, 'another battery staple horse')).toMatchObject({
        value: { step: 'verify-device' },
      })
      expect(outcome(await makePerson(world, back, person.id))).toBe('already_so')
    })

    test('U8 S6 S20 E9: whoever had a factor needs a code of an admin as well, and the preview says so', async () => {
      const { tenant, actor } = await aCompany()
      const person = await anEnrolled(world, tenant.slug)
      expect(outcome(await makeService(world, actor, person.id, given()))).toBe('ok')
      expect(outcome(await makePerson(world, actor, person.id))).toBe('ok')
      const { team } = await previewCounts(world, actor, {
        team: { required: true, kinds: ['totp', 'email'] },
        end: { required: false, kinds: ['totp', 'email'] },
      })
      expect(team.outcomes).toMatchObject({ locked_out: 1, service: 0 })
      expect(outcome(await setsPassword(person.email))).toBe('ok')
      expect(await enter(person.email, 'another battery staple horse')).toMatchObject({
        value: { step: 'verify-factor' },
      })
      expect(outcome(await issueCode(world, actor, person.id, 'called back'))).toBe('ok')
    })

    test('U8: by hand it is a person at once; told, written down, and once', async () => {
      const { tenant, actor } = await aCompany()
      const person = await aPerson(world, tenant.slug)
      expect(outcome(await makePerson(world, actor, person.id))).toBe('already_so')
      expect(outcome(await makeService(world, actor, person.id, given()))).toBe('ok')
      const both = await Promise.all([makePerson(world, actor, person.id), makePerson(world, actor, person.id)])
      expect(both.map(outcome).sort()).toEqual(['already_so', 'ok'])
      expect(await countMails(world, person.email, 'service_account_ended')).toBe(1)
      const after = (await personById(world.db, person.id))?.person
      expect(after).toMatchObject({ kind: 'person', serviceUntil: null })
    })

    test('U8: of two conversions at once one counts, and a repeat changes nothing', async () => {
      const { tenant, actor } = await aCompany()
      const person = await aPerson(world, tenant.slug)
      const both = await Promise.all([3, 5].map((n) => makeService(world, actor, person.id, given(n))))
      expect(both.map(outcome).sort()).toEqual(['already_so', 'ok'])
      expect(outcome(await makeService(world, actor, person.id, given(7)))).toBe('already_so')
      expect(await countMails(world, person.email, 'service_account_made')).toBe(1)
    })

    test('U8: the end is a day of the company’s, from tomorrow on and for a year at most', async () => {
      const { tenant, actor } = await aCompany()
      const person = await aPerson(world, tenant.slug)
      for (const n of [-1, 0, 366]) {
        expect([n, outcome(await makeService(world, actor, person.id, given(n)))]).toEqual([n, 'service_until'])
      }
      await world.db.tenant.update({ where: { id: tenant.id }, data: { timeZone: 'Asia/Tokyo' } })
      const made = await makeService(world, actor, person.id, given(1 + 1))
      expect(made.ok && made.value.until.toISOString().slice(11)).toBe('15:00:00.000Z')
    })
  })

  describe('whom it reaches', () => {
    test('U8 R3 U6: never oneself, an owner, a higher role, or a guest; agents convert nobody', async () => {
      const { tenant, actor } = await aCompany()
      const elsewhere = await aFurtherTenant(world)
      const admin = await anActor('admin', tenant.slug)
      const owner = await aPerson(world, tenant.slug, 'owner')
      const guest = await aPerson(world, elsewhere.slug, 'agent')
      await aGuest(world, tenant.id, guest.id, 'agent')
      const tried = [
        await makeService(world, actor, actor.person.id, given()),
        await makeService(world, actor, owner.id, given()),
        await makeService(world, admin, admin.person.id, given()),
        await makeService(world, admin, owner.id, given()),
        await makeService(world, actor, guest.id, given()),
      ]
      expect(tried.map(outcome)).toEqual(Array.from({ length: 5 }, () => 'not_permitted'))
      const stranger = await aPerson(world, elsewhere.slug, 'agent')
      expect(outcome(await makeService(world, actor, stranger.id, given()))).toBe('not_found')
      const colleague = await aPerson(world, tenant.slug, 'admin')
      expect(outcome(await makeService(world, admin, colleague.id, given()))).toBe('ok')
    })

    test('U8 S29: nothing about 2FA, sessions or roles is done to one, and no owner is made of it', async () => {
      const { tenant, actor } = await aCompany()
      const person = await aPerson(world, tenant.slug)
      expect(outcome(await makeService(world, actor, person.id, given()))).toBe('ok')
      const tried = [
        await resetTwoFactor(world, actor, person.id, { reason: 'x', withCode: false }),
        await issueCode(world, actor, person.id, 'x'),
        await exempt(world, actor, person.id, { days: 1, reason: 'x' }),
        await changeRole(world, actor, person.id, 'owner'),
      ]
      expect(tried.map(outcome)).toEqual(Array.from({ length: 4 }, () => 'service_account'))
      const { may = [] } = (await viewPerson(world, actor, person.id)) ?? {}
      expect([...may].sort()).toEqual(
        ['see', 'see_security', 'suspend', 'change_profile', 'change_address', 'end_service'].sort(),
      )
      expect(outcome(await suspend(world, actor, person.id, 'x'))).toBe('ok')
    })

    test('U8: an admin who is one manages nothing and is told of nothing; past its end it counts again', async () => {
      const { tenant, actor } = await aCompany()
      const admin = await aPerson(world, tenant.slug, 'admin')
      expect(outcome(await makeService(world, actor, admin.id, given(1)))).toBe('ok')
      const told = () => world.db.$transaction((db) => managersOf({ ...world, db: db as never }, tenant.id))
      expect((await told()).map(({ userId }) => userId)).not.toContain(admin.id)
      world.clock.move(days(2))
      expect((await told()).map(({ userId }) => userId)).toContain(admin.id)
      const after = (await personById(world.db, admin.id))?.person
      expect(after && isService(after, world.clock.now())).toBe(false)
    })

    test('U6: a host sees what its guest is, and neither why nor by whom', async () => {
      const { tenant, actor } = await aCompany()
      const host = await aCompany()
      const person = await aPerson(world, tenant.slug)
      await aGuest(world, host.tenant.id, person.id, 'agent')
      expect(outcome(await makeService(world, actor, person.id, given()))).toBe('ok')
      const seen = await viewPerson(world, host.actor, person.id)
      expect(seen).toMatchObject({ coverage: { state: 'service' }, service: { given: null } })
      const [row] = (await viewProof(world, host.actor)).services
      expect(row).toMatchObject({ reason: null, until: null, by: null })
      expect(outcome(await makePerson(world, host.actor, person.id))).toBe('not_permitted')
    })
  })

  test('U8 P9 M3 M9 X11: counted beside the number, with until when and why, wherever people are listed', async () => {
    const { tenant, actor } = await aCompany()
    const person = await aPerson(world, tenant.slug)
    const made = await makeService(world, actor, person.id, given())
    if (!made.ok) throw new Error(made.code)
    const { until } = made.value
    const { types } = await viewCoverage(world, actor)
    expect(types.team.states).toMatchObject({ service: 1, setup_required: 1 })
    expect(types.team.outcomes).toMatchObject({ service: 1 })
    const why = await whyOf(world, anOperator(), person.email)
    expect(why?.coverage).toMatchObject({ rule: 'service_account', until })
    expect(await viewPerson(world, actor, person.id)).toMatchObject({
      exemptUntil: null,
      service: { until, given: { reason: 'nightly backup', by: actor.person.name } },
    })
    const { services: shown } = await viewProof(world, actor)
    expect(shown).toMatchObject([
      { email: person.email, reason: 'nightly backup', until, madeAt: world.clock.now(), by: actor.person.name },
    ])
  })
})
