import { beforeAll, expect, test, vi } from 'vitest'
import { isConfirmed } from '../credentials/factor/rules'
import { factorsOf } from '../credentials/factor/service'
import type { ConnectableKind } from '../credentials/factor/types'
import type { TenantFacts } from '../identity/tenant/service'
import { personById } from '../identity/user/service'
import { eachDatabase } from '../testing/databases'
import { signedBy } from '../testing/passkey'
import { aKnownDevice, signedIn } from '../testing/signin'
import {
  aFurtherTenant,
  anAttempt,
  aPerson,
  aSession,
  aTenant,
  aTotpFactor,
  quickWorld,
  sessionOf,
  type TestWorld,
  totpCode,
} from '../testing/world'
import { typeOwnCodeBack } from './account/codes/service'
import { beginFactor, confirmBegunFactor, removeFactor } from './account/factors/service'
import { stepUpWithFactor, viewStepUp } from './account/stepup/service'
import { confirmEnrolment, startFactor, typeCodeBack } from './enrolment/service'
import { proveFactor } from './signin/prove/service'

// The three files that a kind touches outside its folder: its line in KINDS, its name in CONNECTABLE_KINDS (here a
// cast), and that this installation can lead through it.
vi.mock('../credentials/factor/kinds/service', async (original) => {
  const { passkeyDouble } = await import('../testing/passkey')
  const real = await original<typeof import('../credentials/factor/kinds/service')>()
  const KINDS = { ...real.KINDS, passkey: passkeyDouble }
  const kindOf = (row: Parameters<typeof real.kindOf>[0]) => (row.kind === 'passkey' ? passkeyDouble : real.kindOf(row))
  return { ...real, KINDS, kindOf }
})
vi.mock('../identity/policy/rules', async (original) => {
  const real = await original<typeof import('../identity/policy/rules')>()
  const deliverableKinds: typeof real.deliverableKinds = (deps) => [...real.deliverableKinds(deps), 'passkey']
  return { ...real, deliverableKinds }
})
const PASSKEY = { kind: 'passkey' as ConnectableKind }

eachDatabase('one more kind of factor', (open) => {
  let world: TestWorld
  let free: TenantFacts
  let strict: TenantFacts
  beforeAll(async () => {
    world = quickWorld(open())
    free = await aTenant(world)
    strict = await aFurtherTenant(world, { required: true })
  })

  const personOf = async (id: string) => {
    const found = await personById(world.db, id)
    if (found === null) throw new Error('no person')
    return found.person
  }
  /** What the person's passkey signs now, begun or confirmed. */
  const signed = async (userId: string, counter: number) => {
    const factor = (await factorsOf(world.db, userId)).find(({ kind }) => kind === 'passkey')
    if (factor === undefined) throw new Error('no passkey')
    return signedBy(world.keys, await personOf(userId), factor, counter)
  }
  const confirmedKinds = async (userId: string) =>
    (await factorsOf(world.db, userId)).filter(isConfirmed).map(({ kind }) => kind)

  test('E1, E3, S6, S12, E7: a passkey is connected, signs in, steps up and is removed, each signature once', async () => {
    const { id, email } = await aPerson(world, free.slug)
    const { token } = await aSession(world, id, { steppedUp: true })
    expect((await beginFactor(world, (await sessionOf(world, token)).steppedUp, PASSKEY, 'Key')).ok).toBe(true)
    const begun = await sessionOf(world, token)
    expect(await confirmBegunFactor(world, begun.steppedUp, 'no.1')).toMatchObject({ ok: false, code: 'wrong' })
    const added = await confirmBegunFactor(world, begun.steppedUp, await signed(id, 1))
    if (!added.ok) throw new Error(added.code)
    const connected = (await sessionOf(world, added.value.token)).assured
    expect(connected.session.methods).toContain('passkey')
    const { codes, number } = added.value
    expect((await typeOwnCodeBack(world, connected, codes?.[number - 1] ?? '')).ok).toBe(true)
    expect(await personOf(id)).toMatchObject({ twoFactorOn: true })

    const { claimant, step } = await anAttempt(world, email)
    expect(step).toBe('verify-factor')
    expect(await proveFactor(world, claimant, await signed(id, 1))).toMatchObject({ ok: false, code: 'wrong' })
    const entered = signedIn(await proveFactor(world, claimant, await signed(id, 2)))
    const { assured } = await sessionOf(world, entered.sessionToken)
    expect(assured.session.methods).toEqual(['pwd', 'passkey'])

    const app = await aTotpFactor(world, id)
    const view = await viewStepUp(world, assured)
    expect(view).toMatchObject({ method: 'factor', factor: { kind: 'passkey' }, others: [] })
    expect(await stepUpWithFactor(world, assured, totpCode(world, app.key))).toMatchObject({ code: 'wrong' })
    expect(await stepUpWithFactor(world, assured, await signed(id, 2))).toMatchObject({ code: 'wrong' })
    const raised = await stepUpWithFactor(world, assured, await signed(id, 3))
    if (!raised.ok) throw new Error(raised.code)
    const { steppedUp } = await sessionOf(world, raised.value.token)

    const passkey = (await factorsOf(world.db, id)).find(({ kind }) => kind === 'passkey')
    expect((await removeFactor(world, steppedUp, passkey?.id ?? '')).ok).toBe(true)
    expect(await confirmedKinds(id)).toEqual(['totp'])
    const again = await anAttempt(world, email)
    const late = signedBy(world.keys, await personOf(id), { ...(passkey as NonNullable<typeof passkey>) }, 4)
    expect(await proveFactor(world, again.claimant, late)).toMatchObject({ ok: false, code: 'wrong' })
  })

  test('E1, E4: a passkey is enrolled within a sign-in that requires one', async () => {
    const { id, email } = await aPerson(world, strict.slug)
    const { claimant, step } = await anAttempt(world, email, await aKnownDevice(world, id))
    expect(step).toBe('enrol')
    expect((await startFactor(world, claimant, PASSKEY, 'Key')).ok).toBe(true)
    const done = await confirmEnrolment(world, claimant, await signed(id, 1))
    if (!done.ok) throw new Error(done.code)
    const { codes, number } = done.value
    const entered = signedIn(await typeCodeBack(world, claimant, codes[number - 1] ?? ''))
    expect((await sessionOf(world, entered.sessionToken)).assured.session.methods).toEqual(['pwd', 'passkey'])
    expect(await confirmedKinds(id)).toEqual(['passkey'])
  })
})
