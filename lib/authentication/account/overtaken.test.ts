import { beforeAll, expect, test } from 'vitest'
import type { TransactionDeps } from '../../core/deps'
import { factorsOf } from '../../credentials/factor/service'
import { lockTenant } from '../../identity/policy/service'
import type { RuleChanges } from '../../identity/policy/types'
import { followFactors } from '../../identity/user/membership/service'
import { lockPerson, personById } from '../../identity/user/service'
import { eachDatabase } from '../../testing/databases'
import { setRules } from '../../testing/policy'
import { begunBefore } from '../../testing/race'
import {
  aFurtherTenant,
  aPerson,
  aSession,
  aTenant,
  aTotpFactor,
  quickWorld,
  sessionOf,
  type TestWorld,
  totpCode,
  totpKeyOf,
} from '../../testing/world'
import { beginFactor, confirmBegunFactor, removeFactor } from './factors/service'
import { turnOff, turnOn } from './two-factor/service'

eachDatabase('one’s own factors, overtaken', (open) => {
  let world: TestWorld
  beforeAll(async () => {
    world = quickWorld(open())
    await aTenant(world)
  })

  async function enrolled() {
    const tenant = await aFurtherTenant(world)
    const { id } = await aPerson(world, tenant.slug)
    const factor = await aTotpFactor(world, id)
    const { token, steppedUp } = await aSession(world, id, { methods: ['pwd', 'otp'], steppedUp: true })
    await turnOn(world, steppedUp)
    return { tenant, id, factor, token, steppedUp }
  }
  const ruling =
    (tenantId: string, changes: RuleChanges) =>
    async ({ db }: TransactionDeps) => {
      await lockTenant(db, tenantId)
      await setRules(db, tenantId, changes)
    }
  const confirmedOf = async (id: string) => (await factorsOf(world.db, id)).filter((each) => each.confirmedAt !== null)

  test('E6, S8: 2FA is not turned off while a requirement is being saved', async () => {
    const { tenant, id, steppedUp } = await enrolled()
    const required = ruling(tenant.id, { team: { required: true } })
    const done = await begunBefore(world, required, () => turnOff(world, steppedUp))
    expect(done).toMatchObject({ ok: false, code: 'required' })
    expect((await personById(world.db, id))?.person.twoFactorOn).toBe(true)
  })

  test('E7, S8: the last factor is not removed while a requirement is being saved', async () => {
    const { tenant, id, factor, steppedUp } = await enrolled()
    const required = ruling(tenant.id, { team: { required: true } })
    const done = await begunBefore(world, required, () => removeFactor(world, steppedUp, factor.id))
    expect(done).toMatchObject({ ok: false, code: 'required' })
    expect(await confirmedOf(id)).toHaveLength(1)
  })

  test('E7, S8: nor is the one that is the last by then', async () => {
    const { tenant, id, factor, steppedUp } = await enrolled()
    const second = await aTotpFactor(world, id)
    await setRules(world.db, tenant.id, { team: { required: true } })
    const taking = async ({ db, clock }: TransactionDeps) => {
      await lockPerson(db, id)
      await db.factor.update({ where: { id: second.id }, data: { revokedAt: clock.now() } })
      await followFactors(db, id, clock.now())
    }
    const done = await begunBefore(world, taking, () => removeFactor(world, steppedUp, factor.id))
    expect(done).toMatchObject({ ok: false, code: 'required' })
    expect(await confirmedOf(id)).toHaveLength(1)
  })

  test('P7, S8: a kind is not added while it is being forbidden', async () => {
    const tenant = await aFurtherTenant(world)
    const { id } = await aPerson(world, tenant.slug)
    const { token } = await aSession(world, id, { steppedUp: true })
    await beginFactor(world, (await sessionOf(world, token)).steppedUp, { kind: 'totp' }, 'Phone')
    const [begun] = await factorsOf(world.db, id)
    const code = totpCode(world, await totpKeyOf(world, id, begun?.id ?? ''))
    const { steppedUp } = await sessionOf(world, token)
    const forbidding = ruling(tenant.id, { team: { kinds: ['email'] } })
    const done = await begunBefore(world, forbidding, () => confirmBegunFactor(world, steppedUp, code))
    expect(done).toMatchObject({ ok: false, code: 'conflict' })
    expect(await confirmedOf(id)).toEqual([])
  })
})
