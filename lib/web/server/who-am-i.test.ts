import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { beforeAll, expect, test } from 'vitest'
import { newToken } from '../../core/crypto/token'
import { days } from '../../core/kernel/time'
import { eachDatabase } from '../../testing/databases'
import { aPerson, aSession, aTenant, quickWorld, type TestWorld } from '../../testing/world'
import { ADDRESS_HEADER, SESSION_COOKIE } from './request'
import { answerWhoAmI, asksWhoAmI } from './who-am-i'

eachDatabase('GET /api/v1/me', (open) => {
  let world: TestWorld
  let tenant: Awaited<ReturnType<typeof aTenant>>
  beforeAll(async () => {
    world = quickWorld(open())
    tenant = await aTenant(world)
  })

  async function ask(token: string | null, method = 'GET') {
    const server = createServer((request, response) => void answerWhoAmI(world, request, response))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    try {
      const { port } = server.address() as AddressInfo
      const cookie = token === null ? 'a=b' : `a=b; ${SESSION_COOKIE}=${token}`
      const headers = { cookie, [ADDRESS_HEADER]: '192.0.2.77', connection: 'close' }
      const answer = await fetch(`http://127.0.0.1:${port}/api/v1/me`, { method, headers })
      return { status: answer.status, text: await answer.text(), length: answer.headers.get('content-length') }
    } finally {
      server.close()
    }
  }

  test('S8: says who is signed in, from the first request to the last that the session is good for', async () => {
    const person = await aPerson(world, tenant.slug, 'end_user')
    const { token } = await aSession(world, person.id)
    const answer = await ask(token)
    expect(answer.status).toBe(200)
    const { user, session } = JSON.parse(answer.text)
    expect(user).toEqual({
      id: person.id,
      name: person.name,
      email: person.email,
      role: 'end_user',
      userType: 'end',
      tenant: { slug: tenant.slug, name: tenant.name },
    })
    expect(session).toMatchObject({ steppedUpAt: null, createdAt: world.clock.now().toISOString() })
    expect(await ask(token, 'HEAD')).toEqual({ status: 200, text: '', length: answer.length })
    const row = await world.db.session.findUniqueOrThrow({ where: { id: session.id } })
    expect(row.usedAt).not.toBeNull()
    world.clock.move(days(31))
    expect((await ask(token)).status).toBe(401)
  })

  test('D9: of whom a new password is demanded is told nothing', async () => {
    const { id } = await aPerson(world, tenant.slug, 'end_user')
    const { token } = await aSession(world, id)
    await world.db.user.update({ where: { id }, data: { passwordDemandedAt: world.clock.now() } })
    expect(await ask(token)).toMatchObject({ status: 401, text: '{"error":"not_signed_in"}' })
  })

  test('N34: a token that is none is told nothing and written down, once for its network', async () => {
    const refused = () => world.db.auditEvent.findMany({ where: { kind: 'request_refused', address: '192.0.2.77' } })
    for (const token of [null, 'short', newToken(world.random), newToken(world.random)])
      expect(await ask(token)).toMatchObject({ status: 401, text: '{"error":"not_signed_in"}' })
    expect((await refused()).map(({ data }) => data)).toEqual(['{"reason":"unknown_session"}'])
  })

  test('nothing else is taken for it', () => {
    const asked = (method: string, url: string) => asksWhoAmI({ method, url } as IncomingMessage)
    expect(asked('GET', '/api/v1/me?x=/api/v1/me')).toBe(true)
    expect(['/api/v1/me/', '/api/v1/men', '/x/api/v1/me'].some((url) => asked('GET', url))).toBe(false)
    expect(asked('POST', '/api/v1/me')).toBe(false)
  })
})
