import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { issueCode, resetTwoFactor } from '../../administration/people/codes/service'
import { countOpenRequests, decideRequest, viewInbox } from '../../administration/resets/service'
import type { TransactionDeps } from '../../core/deps'
import { days, hours, minutes } from '../../core/kernel/time'
import { factorsOf } from '../../credentials/factor/service'
import { requestLink } from '../../credentials/link/service'
import { codesLeft } from '../../credentials/recovery/service'
import { setEmail } from '../../identity/user/service'
import type { Role } from '../../identity/user/types'
import { eachDatabase } from '../../testing/databases'
import { begunBefore } from '../../testing/race'
import {
  aKnownDevice,
  anEnrolled,
  answerLinkRequests,
  attemptOf,
  countMails,
  mailedToken,
  savedCodes,
  sessionsOf,
  signedIn,
  startTotp,
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
  auditKinds,
  aVisitor,
  enrolmentProgress,
  PASSWORD,
  quickWorld,
  sessionOf,
  type TestWorld,
  totpCode,
  totpKeyOf,
} from '../../testing/world'
import { changePassword, resetPassword } from '../account/password/service'
import { confirmEnrolment, typeCodeBack } from '../enrolment/service'
import { answerIfLost, proveFactor, proveRecoveryCode } from '../signin/prove/service'
import { startWithPassword } from '../signin/start/service'
import { viewSignIn } from '../signin/view/service'
import { takeBack, viewNotice } from '../undoing/service'
import { requestState } from './rules'
import { requestReset, viewHelp } from './service'

const NEXT = 'copper meadow under seven bridges'

eachDatabase('requests for a reset', (open) => {
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

  const anActor = async (role: Role) => {
    const person = await aPerson(world, slug, role)
    return { ...person, ...(await aSession(world, person.id, { methods: ['pwd', 'otp'], steppedUp: true })) }
  }
  const outcomeOf = (value: unknown) =>
    typeof value === 'object' && value !== null && 'outcome' in value ? value.outcome : (value ?? 'ok')
  const outcome = (result: { ok: true; value: unknown } | { ok: false; code: string }) =>
    result.ok ? outcomeOf(result.value) : result.code
  /** A person who stands at the passcode and has asked. */
  async function asking(reason = 'phone lost') {
    const person = await anEnrolled(world, slug)
    const { claimant } = await anAttempt(world, person.email)
    expect(outcome(await requestReset(world, claimant, reason))).toBe('asked')
    const request = await world.db.resetRequest.findFirstOrThrow({ where: { userId: person.id } })
    return { person, claimant, request }
  }
  const chainOf = async (userId: string) =>
    (await auditKinds(world, userId)).filter((kind) => /^(reset|factors_reset|change_stopped)/.test(kind))

  test('R6 S19: asked once; the admins and the person are told, and the sign-in stands where it stood', async () => {
    const [owner, admin, agent] = [await anActor('owner'), await anActor('admin'), await anActor('agent')]
    const { person, claimant } = await asking()
    expect(outcome(await requestReset(world, claimant, 'again'))).toBe('waiting')
    for (const each of [owner, admin]) expect(await countMails(world, each.email, 'reset_waiting')).toBe(1)
    expect(await countMails(world, agent.email, 'reset_waiting')).toBe(0)
    expect(await countMails(world, person.email, 'reset_asked')).toBe(1)
    expect((await viewHelp(world, claimant))?.waitingSince).toEqual(world.clock.now())
    expect((await proveFactor(world, claimant, totpCode(world, person.key))).ok).toBe(true)
  })

  test('R6 S8: the link that cancels goes to the email that the person has by then', async () => {
    await anActor('owner')
    const person = await anEnrolled(world, slug)
    const { claimant } = await anAttempt(world, person.email)
    const moved = `moved.${person.email}`
    const change = ({ db }: TransactionDeps) => setEmail(db, person.id, moved, world.clock.now())
    expect(outcome(await begunBefore(world, change, () => requestReset(world, claimant, 'lost')))).toBe('asked')
    expect(await countMails(world, moved, 'reset_asked')).toBe(1)
    expect(await countMails(world, person.email, 'reset_asked')).toBe(0)
  })

  test('R6: the inbox shows device, address, what was said and the last sign-ins; of another tenant nothing', async () => {
    const admin = await anActor('admin')
    const { person, request } = await asking('lost on the train')
    const inbox = await viewInbox(world, admin.admin)
    expect(inbox.ended).toEqual([])
    expect(inbox.open).toMatchObject([
      { id: request.id, reason: 'lost on the train', address: '192.0.2.7', mayDecide: true, person: { id: person.id } },
    ])
    expect(await countOpenRequests(world, admin.admin)).toBe(1)
    slug = (await aFurtherTenant(world)).slug
    const stranger = await anActor('owner')
    expect(await viewInbox(world, stranger.admin)).toEqual({ open: [], ended: [] })
    expect(outcome(await decideRequest(world, stranger.freshAdmin, request.id, { approve: true, reason: 'x' }))).toBe(
      'not_found',
    )
  })

  test('R6 R5: an approval resets, and the chain in the log is whole', async () => {
    const admin = await anActor('admin')
    const { person, claimant, request } = await asking()
    expect(outcome(await decideRequest(world, admin.freshAdmin, request.id, { approve: true, reason: 'called' }))).toBe(
      'approved',
    )
    expect(await factorsOf(world.db, person.id)).toEqual([])
    expect(await proveFactor(world, claimant, totpCode(world, person.key))).toMatchObject({ code: 'start_over' })
    expect(await chainOf(person.id)).toEqual(['reset_requested', 'reset_approved', 'factors_reset'])
    expect(outcome(await decideRequest(world, admin.freshAdmin, request.id, { approve: true, reason: 'x' }))).toBe(
      'request_over',
    )
  })

  /** A request by somebody whose password came by mail (R9, S20), and a sign-in with it. */
  async function askingByMail(role: Role) {
    const person = await aPerson(world, slug, role)
    await aTotpFactor(world, person.id)
    await world.db.user.update({ where: { id: person.id }, data: { twoFactorOn: true } })
    await requestLink(world, aVisitor(), { kind: 'reset', email: person.email, returnTo: null })
    await answerLinkRequests(world)
    world.clock.move(1)
    const token = await mailedToken(world, person.email, 'password_reset')
    expect(outcome(await resetPassword(world, aVisitor(), token, NEXT))).toBe('ok')
    const start = async () => {
      const started = await startWithPassword(world, aVisitor(), { email: person.email, password: NEXT })
      if (!started.ok || started.value.kind !== 'attempt') throw new Error('no attempt')
      return aClaimant(started.value.attemptToken)
    }
    expect(outcome(await requestReset(world, await start(), 'phone lost'))).toBe('asked')
    const request = await world.db.resetRequest.findFirstOrThrow({ where: { userId: person.id } })
    world.clock.move(minutes(2))
    return { person, request, start }
  }

  test('R6 S20: with a password that came by mail, approving leads to issuing a code, and that leads to the end', async () => {
    const admin = await anActor('admin')
    const { person, request, start } = await askingByMail('agent')
    const approve = { approve: true, reason: 'called back' }
    expect(outcome(await decideRequest(world, admin.freshAdmin, request.id, approve))).toBe('code_needed')
    const claimant = await start()
    const view = await viewSignIn(world, claimant)
    expect(view).toMatchObject({ step: 'verify-factor', chosen: null, mailboxUsed: true, hasCodes: false })
    const issued = await issueCode(world, admin.freshAdmin, person.id, 'called back')
    if (!issued.ok) throw new Error(issued.code)
    expect(stepOf(await proveRecoveryCode(world, claimant, issued.value.code))).toBe('enrol')
    await startTotp(world, claimant, 'New phone')
    const { enrollingFactorId } = await attemptOf(world, person.id)
    const key = await totpKeyOf(world, person.id, enrollingFactorId ?? '')
    const confirmed = await confirmEnrolment(world, claimant, totpCode(world, key))
    if (!confirmed.ok) throw new Error(confirmed.code)
    const { codeToTypeBack } = await world.db.user.findUniqueOrThrow({ where: { id: person.id } })
    const typed = confirmed.value.codes[(codeToTypeBack ?? 0) - 1] ?? ''
    signedIn(await typeCodeBack(world, claimant, typed))
    expect(await sessionsOf(world, person.id)).toHaveLength(1)
  })

  test('R6 R4 S20: where no code may be issued, what would lead nowhere is not approved', async () => {
    const admin = await anActor('admin')
    const { person, request } = await askingByMail('end_user')
    const approve = { approve: true, reason: 'called back' }
    expect(outcome(await decideRequest(world, admin.freshAdmin, request.id, approve))).toBe('codes_not_allowed')
    expect(await factorsOf(world.db, person.id)).toHaveLength(1)
    expect((await viewInbox(world, admin.admin)).open).toHaveLength(1)
    const deny = { approve: false, reason: 'no call' }
    expect(outcome(await decideRequest(world, admin.freshAdmin, request.id, deny))).toBe('denied')
  })

  test('R6: a denial tells the person why, those who could decide as well, and touches nothing', async () => {
    const [admin, other] = [await anActor('admin'), await anActor('owner')]
    const { person, request } = await asking()
    expect(
      outcome(await decideRequest(world, admin.freshAdmin, request.id, { approve: false, reason: 'no call' })),
    ).toBe('denied')
    expect(await factorsOf(world.db, person.id)).toHaveLength(1)
    expect(await countMails(world, person.email, 'reset_denied')).toBe(1)
    expect([
      await countMails(world, other.email, 'reset_decided'),
      await countMails(world, admin.email, 'reset_decided'),
    ]).toEqual([1, 0])
    expect(await chainOf(person.id)).toEqual(['reset_requested', 'reset_denied'])
    expect((await viewInbox(world, admin.admin)).ended).toMatchObject([{ state: 'denied' }])
  })

  test('R6 R12: the person cancels by the link without signing in; looked at often, used once', async () => {
    const admin = await anActor('admin')
    const { person, claimant, request } = await asking()
    const token = await mailedToken(world, person.email, 'reset_asked')
    for (let looks = 0; looks < 3; looks += 1) {
      expect((await viewNotice(world, aVisitor(), 'cancel', token)).ok).toBe(true)
    }
    expect(outcome(await takeBack(world, aVisitor(), 'cancel', token))).toBe('ok')
    expect(outcome(await takeBack(world, aVisitor(), 'cancel', token))).toBe('link_dead')
    expect(await proveFactor(world, claimant, totpCode(world, person.key))).toMatchObject({ code: 'start_over' })
    expect(outcome(await decideRequest(world, admin.freshAdmin, request.id, { approve: true, reason: 'x' }))).toBe(
      'request_over',
    )
    expect(await countMails(world, admin.email, 'reset_cancelled')).toBe(1)
    expect(await chainOf(person.id)).toEqual(['reset_requested', 'reset_cancelled'])
    expect(await factorsOf(world.db, person.id)).toHaveLength(1)
  })

  test('R6 D9: cancelling demands a new password at the next complete sign-in, and leaves every way back open', async () => {
    await anActor('owner')
    const { person } = await asking()
    const token = await mailedToken(world, person.email, 'reset_asked')
    expect(outcome(await takeBack(world, aVisitor(), 'cancel', token))).toBe('ok')
    world.clock.move(minutes(1))
    const { claimant, step } = await anAttempt(world, person.email)
    expect(step).toBe('verify-factor')
    expect(outcome(await requestReset(world, claimant, 'still locked out'))).toBe('asked')
    const { sessionToken } = signedIn(await proveFactor(world, claimant, totpCode(world, person.key)))
    const { assured } = await sessionOf(world, sessionToken)
    expect(assured.person.passwordDemandedAt).not.toBeNull()
    const changed = await changePassword(world, assured, {
      current: PASSWORD,
      next: 'copper meadow under seven bridges',
    })
    if (!changed.ok) throw new Error(changed.code)
    expect((await sessionOf(world, changed.value.token)).assured.person.passwordDemandedAt).toBeNull()
  })

  test('R6 S30: a thief’s requests use up neither those of a known device nor those from elsewhere', async () => {
    await anActor('owner')
    const person = await anEnrolled(world, slug)
    const deviceToken = await aKnownDevice(world, person.id)
    const ask = async (from: string, token: string | null = null) => {
      world.clock.move(minutes(1))
      const { claimant } = await anAttempt(world, person.email, token)
      const request = { address: from, userAgent: null, requestId: null }
      const asked = outcome(await requestReset(world, { ...claimant, request }, ''))
      if (asked !== 'asked') return asked
      const link = await mailedToken(world, person.email, 'reset_asked')
      expect(outcome(await takeBack(world, aVisitor(), 'cancel', link))).toBe('ok')
      return asked
    }
    for (const _ of [1, 2, 3]) expect(await ask('198.51.100.7')).toBe('asked')
    expect(await ask('198.51.100.99')).toBe('throttled')
    expect(await ask('203.0.113.7')).toBe('asked')
    for (const _ of [1, 2, 3]) expect(await ask('198.51.100.7', deviceToken)).toBe('asked')
    expect(await ask('198.51.100.7', deviceToken)).toBe('throttled')
  })

  test.each([16])('S4: of %i approvals, denials and cancellations at once one counts', async (size) => {
    const admin = await anActor('admin')
    const { person, request } = await asking()
    const token = await mailedToken(world, person.email, 'reset_asked')
    const results = await Promise.all(
      Array.from({ length: size }, async (_, index): Promise<{ ok: boolean }> => {
        if (index % 3 === 0) return takeBack(world, aVisitor(), 'cancel', token)
        return decideRequest(world, admin.freshAdmin, request.id, { approve: index % 3 === 1, reason: 'x' })
      }),
    )
    expect(results.filter((each) => each.ok)).toHaveLength(1)
    expect((await chainOf(person.id)).filter((kind) => kind !== 'factors_reset')).toHaveLength(2)
  })

  test('R3: an owner’s request is decided by another owner, and the only owner is told whom to ask', async () => {
    const lonely = await anActor('owner')
    const admin = await anActor('admin')
    const ask = async (email: string) => requestReset(world, (await anAttempt(world, email)).claimant, '')
    expect(outcome(await ask(lonely.email))).toBe('nobody_to_ask')
    const second = await anActor('owner')
    expect(outcome(await ask(lonely.email))).toBe('asked')
    const request = await world.db.resetRequest.findFirstOrThrow({ where: { userId: lonely.id } })
    expect((await viewInbox(world, admin.admin)).open).toMatchObject([{ mayDecide: false }])
    const decision = { approve: true, reason: 'x' }
    expect(outcome(await decideRequest(world, admin.freshAdmin, request.id, decision))).toBe('not_permitted')
    expect(outcome(await decideRequest(world, lonely.freshAdmin, request.id, decision))).toBe('not_permitted')
    expect(outcome(await decideRequest(world, second.freshAdmin, request.id, decision))).toBe('approved')
  })

  test('R5, R6: a reset without the request answers it: nothing is left to approve, and no link to cancel', async () => {
    const [owner, second] = [await anActor('owner'), await anActor('owner')]
    const { person, request } = await asking()
    const token = await mailedToken(world, person.email, 'reset_asked')
    const reset = { reason: 'called', withCode: false }
    expect((await resetTwoFactor(world, owner.freshAdmin, person.id, reset)).ok).toBe(true)
    world.clock.move(minutes(10))
    await aTotpFactor(world, person.id)
    expect(await countOpenRequests(world, second.admin)).toBe(0)
    expect((await viewInbox(world, second.admin)).ended).toMatchObject([{ id: request.id, state: 'approved' }])
    const decision = { approve: true, reason: 'x' }
    expect(outcome(await decideRequest(world, second.freshAdmin, request.id, decision))).toBe('request_over')
    expect(outcome(await takeBack(world, aVisitor(), 'cancel', token))).toBe('link_dead')
    expect(await factorsOf(world.db, person.id)).toHaveLength(1)
    expect(await chainOf(person.id)).toEqual(['reset_requested', 'reset_approved', 'factors_reset'])
  })

  test('R6, E9: whoever enrols again leaves no request behind', async () => {
    const owner = await anActor('owner')
    const person = await anEnrolled(world, slug)
    const codes = await savedCodes(world, person.id)
    const { claimant } = await anAttempt(world, person.email)
    expect(outcome(await requestReset(world, claimant, 'lost'))).toBe('asked')
    const token = await mailedToken(world, person.email, 'reset_asked')
    expect(await proveRecoveryCode(world, claimant, codes[0] ?? '')).toMatchObject({ value: { step: 'ask-if-lost' } })
    expect(await answerIfLost(world, claimant, 'lost')).toMatchObject({ value: { step: 'enrol' } })
    await startTotp(world, claimant, 'App')
    const { enrollingFactorId } = await attemptOf(world, person.id)
    const key = await totpKeyOf(world, person.id, enrollingFactorId ?? '')
    expect((await confirmEnrolment(world, claimant, totpCode(world, key))).ok).toBe(true)
    expect(await countOpenRequests(world, owner.admin)).toBe(0)
    expect(outcome(await takeBack(world, aVisitor(), 'cancel', token))).toBe('link_dead')
    expect(await chainOf(person.id)).toEqual(['reset_requested', 'reset_cancelled'])
  })

  test('R3: an owner is found among any number of admins', async () => {
    const owner = await anActor('owner')
    await world.db.membership.updateMany({ where: { userId: owner.id }, data: { nameKey: 'zz' } })
    for (let index = 0; index < 51; index += 1) await aPerson(world, slug, 'admin')
    const asker = await aPerson(world, slug, 'owner')
    await aTotpFactor(world, asker.id)
    await world.db.user.update({ where: { id: asker.id }, data: { twoFactorOn: true } })
    const { claimant } = await anAttempt(world, asker.email)
    expect(outcome(await requestReset(world, claimant, 'lost'))).toBe('asked')
    expect(await countMails(world, owner.email, 'reset_waiting')).toBe(1)
    expect(
      await world.db.outboxMessage.count({
        where: { template: 'reset_waiting', tenantId: owner.assured.home.tenant.id },
      }),
    ).toBe(1)
  })

  test('R6: three a day, whatever becomes of them; a request ends after seven days', async () => {
    await anActor('admin')
    const person = await anEnrolled(world, slug)
    const codes = []
    for (let times = 0; times < 4; times += 1) {
      world.clock.move(minutes(5))
      codes.push(outcome(await requestReset(world, (await anAttempt(world, person.email)).claimant, '')))
      await world.db.resetRequest.updateMany({ where: { userId: person.id }, data: { cancelledAt: world.clock.now() } })
    }
    expect(codes).toEqual(['asked', 'asked', 'asked', 'throttled'])
    const row = { decidedAt: null, approved: null, cancelledAt: null, expiresAt: new Date(1000) }
    expect(requestState(row, new Date(999))).toBe('open')
    expect(requestState(row, new Date(1000))).toBe('expired')
  })

  test('S2 S19: asked by nobody without a password, and not where the sign-in stands elsewhere', async () => {
    const person = await anEnrolled(world, slug)
    await anActor('admin')
    const { claimant } = await anAttempt(world, person.email)
    await world.db.signInAttempt.updateMany({ where: { userId: person.id }, data: { endedAt: world.clock.now() } })
    expect(outcome(await requestReset(world, claimant, ''))).toBe('elsewhere')
    expect(await world.db.resetRequest.count({ where: { userId: person.id } })).toBe(0)
  })

  describe('“this was not me”', () => {
    test('R3 S22: only ever stops: sessions, attempts and the issued code end, a new password is demanded', async () => {
      const owner = await anActor('owner')
      const person = await anEnrolled(world, slug)
      const issued = await issueCode(world, owner.freshAdmin, person.id, 'a caller asked')
      if (!issued.ok) throw new Error(issued.code)
      await aSession(world, person.id, { methods: ['pwd', 'otp'] })
      const { claimant } = await anAttempt(world, person.email)
      const token = await mailedToken(world, person.email, 'recovery_code_issued')
      world.clock.move(days(7) - 1)
      expect(outcome(await takeBack(world, aVisitor(), 'cancel', token))).toBe('link_dead')
      expect(outcome(await takeBack(world, aVisitor(), 'stop', token))).toBe('ok')
      expect(outcome(await takeBack(world, aVisitor(), 'stop', token))).toBe('link_dead')
      expect(await sessionsOf(world, person.id)).toEqual([])
      expect(await proveRecoveryCode(world, claimant, issued.value.code)).toMatchObject({ ok: false })
      expect(await factorsOf(world.db, person.id)).toHaveLength(1)
      expect(await world.db.user.findUniqueOrThrow({ where: { id: person.id } })).toMatchObject({
        passwordDemandedAt: world.clock.now(),
      })
      expect(await countMails(world, owner.email, 'stopped')).toBe(1)
      expect(await chainOf(person.id)).toEqual(['change_stopped'])
    })

    test('R3: the codes that this person issued to others end as well', async () => {
      const owner = await anActor('owner')
      const issuer = await anActor('admin')
      const person = await anEnrolled(world, slug)
      expect((await issueCode(world, owner.freshAdmin, issuer.id, 'a caller asked')).ok).toBe(true)
      const issued = await issueCode(world, issuer.freshAdmin, person.id, 'lost')
      if (!issued.ok) throw new Error(issued.code)
      const token = await mailedToken(world, issuer.email, 'recovery_code_issued')
      expect(outcome(await takeBack(world, aVisitor(), 'stop', token))).toBe('ok')
      const { claimant } = await anAttempt(world, person.email)
      expect(await proveRecoveryCode(world, claimant, issued.value.code)).toMatchObject({ ok: false, code: 'wrong' })
    })

    test('R3, R5, E9: whoever used the change keeps nothing: factor and codes since then are gone', async () => {
      const owner = await anActor('owner')
      const person = await anEnrolled(world, slug)
      const reset = { reason: 'a caller asked', withCode: true }
      expect((await resetTwoFactor(world, owner.freshAdmin, person.id, reset)).ok).toBe(true)
      const token = await mailedToken(world, person.email, 'factors_reset')
      world.clock.move(minutes(20))
      const theirs = await aTotpFactor(world, person.id)
      await savedCodes(world, person.id)
      await aSession(world, person.id, { methods: ['pwd', 'otp'] })
      world.clock.move(minutes(20))
      expect(outcome(await takeBack(world, aVisitor(), 'stop', token))).toBe('ok')
      expect(await factorsOf(world.db, person.id)).toEqual([])
      expect(await codesLeft(world.db, person.id)).toBe(0)
      expect(await sessionsOf(world, person.id)).toEqual([])
      const row = await world.db.user.findUniqueOrThrow({ where: { id: person.id } })
      expect(row).toMatchObject({ factorsResetAt: world.clock.now(), recoveryCodesAt: null })
      const { claimant, step } = await anAttempt(world, person.email)
      expect(step).toBe('verify-device')
      expect(await proveFactor(world, claimant, totpCode(world, theirs.key))).toMatchObject({
        value: { step: 'verify-device' },
      })
      expect(await countMails(world, person.email, 'stopped_here')).toBe(1)
      expect((await enrolmentProgress(world.db, row.tenantId)).team.enrolled).toBe(0)
      const stopped = await world.db.auditEvent.findMany({ where: { subjectId: person.id, kind: 'factor_removed' } })
      expect(stopped.map((each) => JSON.parse(each.data).reason)).toEqual(['reset', 'stopped'])
    })

    test('R3: factors and codes from before the notice stay, and nothing is reset', async () => {
      const owner = await anActor('owner')
      const person = await anEnrolled(world, slug)
      await savedCodes(world, person.id)
      world.clock.move(1000)
      await issueCode(world, owner.freshAdmin, person.id, 'reason')
      const token = await mailedToken(world, person.email, 'recovery_code_issued')
      world.clock.move(1000)
      expect(outcome(await takeBack(world, aVisitor(), 'stop', token))).toBe('ok')
      expect([(await factorsOf(world.db, person.id)).length, await codesLeft(world.db, person.id)]).toEqual([1, 10])
      const row = await world.db.user.findUniqueOrThrow({ where: { id: person.id } })
      expect([row.factorsResetAt, row.recoveryCodesAt === null]).toEqual([null, false])
    })

    test('R3: works for seven days and not a millisecond longer', async () => {
      const owner = await anActor('owner')
      const person = await anEnrolled(world, slug)
      await issueCode(world, owner.freshAdmin, person.id, 'reason')
      const token = await mailedToken(world, person.email, 'recovery_code_issued')
      world.clock.move(days(7))
      expect(outcome(await takeBack(world, aVisitor(), 'stop', token))).toBe('link_dead')
    })
  })
})
