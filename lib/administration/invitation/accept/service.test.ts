import { beforeAll, beforeEach, expect, test } from 'vitest'
import { confirmEnrolment, putOffEnrolment, typeCodeBack } from '../../../authentication/enrolment/service'
import { readSignIn } from '../../../authentication/signin/attempt/service'
import { DONE_PATH } from '../../../authentication/signin/rules'
import { viewSignIn } from '../../../authentication/signin/view/service'
import { days, later, minutes } from '../../../core/kernel/time'
import { personByEmail } from '../../../identity/user/service'
import type { Role } from '../../../identity/user/types'
import { eachDatabase } from '../../../testing/databases'
import { setRules } from '../../../testing/policy'
import { mailedToken, sessionsOf, signedIn, startTotp, stepOf } from '../../../testing/signin'
import {
  aClaimant,
  aFurtherTenant,
  aPerson,
  aSession,
  aTenant,
  auditKinds,
  aVisitor,
  quickWorld,
  type TestWorld,
  totpCode,
  totpKeyOf,
} from '../../../testing/world'
import { suspend } from '../../people/acts/service'
import { invite } from '../service'
import { acceptInvitation, viewInvitation } from './service'

const NEXT = 'copper meadow under seven bridges'

eachDatabase('an invitation that is accepted', (open) => {
  let world: TestWorld
  let made = 0
  beforeAll(async () => {
    world = quickWorld(open())
    await aTenant(world)
  })
  beforeEach(() => world.clock.move(minutes(2)))

  /** To a company that requires a second factor of both, or of nobody. */
  async function invited({ required, role = 'agent' as Role }: { required: boolean; role?: Role }) {
    made += 1
    const tenant = await aFurtherTenant(world, { required })
    await setRules(world.db, tenant.id, { team: { required }, end: { required } })
    const owner = await aPerson(world, tenant.slug, 'owner')
    const actor = (await aSession(world, owner.id, { methods: ['pwd', 'otp'], steppedUp: true })).freshAdmin
    const email = `sitting${made}@example.com`
    const sent = await invite(world, actor, { email, name: 'Ines', role, locale: 'de' })
    if (!sent.ok) throw new Error(sent.code)
    return {
      tenant,
      actor,
      email,
      token: await mailedToken(world, email, required ? 'invitation_setup' : 'invitation'),
    }
  }

  async function accepted(token: string) {
    const result = await acceptInvitation(world, aVisitor(), token, NEXT)
    if (!result.ok) throw new Error(result.code)
    return result.value
  }

  const idOf = async (email: string) => (await personByEmail(world.db, email))?.person.id ?? ''
  const mailsTo = (email: string) =>
    world.db.outboxMessage.findMany({ where: { recipient: email }, orderBy: { id: 'asc' }, select: { template: true } })

  /** At the choice of kinds, the password typed once. */
  async function atChoice(role: Role = 'agent') {
    const { tenant, actor, email, token } = await invited({ required: true, role })
    const { started, deviceToken } = await accepted(token)
    if (started?.kind !== 'attempt') throw new Error('no sign-in under way')
    return { tenant, actor, email, step: started.step, claimant: aClaimant(started.attemptToken, deviceToken) }
  }

  test.each([
    ['admin', '/admin/'],
    ['agent', '/account'],
    ['end_user', '/account'],
  ] as const)(
    'R10 S1: an %s sets the password, goes through the wizard, and only then is in',
    async (role, landing) => {
      const { email, step, claimant } = await atChoice(role)
      const id = await idOf(email)
      expect(step).toBe('enrol')
      expect(await sessionsOf(world, id)).toEqual([])
      expect(await viewSignIn(world, claimant)).toMatchObject({ step: 'enrol', invited: true })
      stepOf(await startTotp(world, claimant, 'My phone'))
      const { enrollingFactorId } = await world.db.signInAttempt.findFirstOrThrow({ where: { userId: id } })
      const key = await totpKeyOf(world, id, enrollingFactorId ?? '')
      const confirmed = await confirmEnrolment(world, claimant, totpCode(world, key))
      if (!confirmed.ok) throw new Error(confirmed.code)
      expect(await sessionsOf(world, id)).toEqual([])
      const { codes, number } = confirmed.value
      const done = signedIn(await typeCodeBack(world, claimant, codes[number - 1] ?? ''))
      expect(done.landing.startsWith(`${DONE_PATH}?invited=&return=${encodeURIComponent(landing)}`)).toBe(true)
      expect((await sessionsOf(world, id)).map(({ methods }) => methods)).toEqual(['pwd otp'])
      const mails = await mailsTo(email)
      expect(mails.map(({ template }) => template)).not.toContain('new_device')
      expect(mails.filter(({ template }) => template.endsWith('passcode'))).toEqual([])
      expect(await auditKinds(world, id)).toEqual(
        expect.arrayContaining(['invitation_accepted', 'mfa_setup_succeeded', 'sign_in_succeeded']),
      )
    },
  )

  test('R10: where no second factor is required, the password is the whole sign-in', async () => {
    const { email, token } = await invited({ required: false })
    expect(await viewInvitation(world, aVisitor(), token)).toMatchObject({ value: { enrols: false } })
    const { started } = await accepted(token)
    expect(started).toMatchObject({ kind: 'signed-in', signedIn: { landing: '/account' } })
    expect((await sessionsOf(world, await idOf(email))).map(({ methods }) => methods)).toEqual(['pwd'])
    expect((await mailsTo(email)).map(({ template }) => template)).toEqual(['invitation'])
  })

  test('R10 P8: before the day the wizard is offered, and can be put off', async () => {
    const { tenant, email, token } = await invited({ required: true })
    await setRules(world.db, tenant.id, { team: { deadline: later(world.clock.now(), days(10)) } })
    const { started, deviceToken } = await accepted(token)
    if (started?.kind !== 'attempt') throw new Error('no sign-in under way')
    expect(started.step).toBe('put-off')
    expect(await sessionsOf(world, await idOf(email))).toEqual([])
    const done = signedIn(await putOffEnrolment(world, aClaimant(started.attemptToken, deviceToken)))
    expect(done.landing).toBe('/account')
  })

  test('S4 S8: suspended in between, the sign-in that the invitation began is over', async () => {
    const { actor, email, claimant } = await atChoice()
    expect(await suspend(world, actor, await idOf(email), 'a mistake')).toMatchObject({ ok: true })
    expect((await readSignIn(world, claimant))?.step ?? 'start-over').toBe('start-over')
    expect(await startTotp(world, claimant, 'My phone')).toMatchObject({ ok: false, code: 'start_over' })
  })

  test('R10 S4: of 16 posts of one link one begins a sign-in', async () => {
    const { email, token } = await invited({ required: false })
    const results = await Promise.all(
      Array.from({ length: 16 }, () => acceptInvitation(world, aVisitor(), token, NEXT)),
    )
    expect(results.filter((each) => each.ok && each.value.started !== null)).toHaveLength(1)
    expect(await sessionsOf(world, await idOf(email))).toHaveLength(1)
  })
})
