import { beforeAll, expect, test } from 'vitest'
import { endSession } from '../../authentication/session/service'
import { cancelSignIn } from '../../authentication/signin/attempt/service'
import { newToken } from '../../core/crypto/token'
import { days } from '../../core/kernel/time'
import { eachDatabase } from '../../testing/databases'
import { observed } from '../../testing/observed'
import { anAttempt, aPerson, aSession, aTenant, quickWorld, REQUEST, type TestWorld } from '../../testing/world'
import { knownBy } from './known'
import { ATTEMPT_COOKIE, SESSION_COOKIE } from './request'

eachDatabase('knownBy', (open) => {
  let world: TestWorld
  let slug: string
  beforeAll(async () => {
    world = quickWorld(open())
    slug = (await aTenant(world)).slug
  })

  test('N3: tells whoever is signed in, by one name for all their requests, until the session ends', async () => {
    const { id } = await aPerson(world, slug, 'end_user')
    const [one, other] = [await aSession(world, id), await aSession(world, id)]
    const name = await knownBy(world, `a=b; ${SESSION_COOKIE}=${one.token}; c=d`)
    expect(name).toBeTypeOf('string')
    expect(await knownBy(world, `${SESSION_COOKIE}=${one.token}`)).toBe(name)
    expect(await knownBy(world, `${SESSION_COOKIE}=${other.token}`)).not.toBe(name)
    await endSession(world, one.token, 'signed_out', REQUEST)
    expect(await knownBy(world, `${SESSION_COOKIE}=${one.token}`)).toBeNull()
    world.clock.move(days(31))
    expect(await knownBy(world, `${SESSION_COOKIE}=${other.token}`)).toBeNull()
  })

  test('N3: tells whoever is past the password, until the attempt ends', async () => {
    const { email } = await aPerson(world, slug, 'agent')
    const { token, claimant } = await anAttempt(world, email)
    expect(await knownBy(world, `${ATTEMPT_COOKIE}=${token}`)).toBeTypeOf('string')
    expect(await knownBy(world, `${SESSION_COOKIE}=${token}`)).toBeNull()
    await cancelSignIn(world, claimant)
    expect(await knownBy(world, `${ATTEMPT_COOKIE}=${token}`)).toBeNull()
  })

  test('N3: a cookie that anybody can write tells nobody', async () => {
    for (const value of [newToken(world.random), 'x', '', '%00']) {
      expect(await knownBy(world, `${SESSION_COOKIE}=${value}; ${ATTEMPT_COOKIE}=${value}`)).toBeNull()
    }
    expect(await knownBy(world, '')).toBeNull()
  })

  test('ASVS 16.5.2: where nothing can be looked up, nobody is told', async () => {
    const { id } = await aPerson(world, slug, 'end_user')
    const { token } = await aSession(world, id)
    const fail = () => {
      throw new Error('no database')
    }
    expect(await knownBy({ ...world, db: observed(world.db, fail) }, `${SESSION_COOKIE}=${token}`)).toBeNull()
  })
})
