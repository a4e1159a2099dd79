import { beforeAll, describe, expect, test, vi } from 'vitest'
import { readConfig } from '../../core/env'
import type { TenantFacts } from '../../identity/tenant/service'
import { ROLES, type Role } from '../../identity/user/types'
import { eachDatabase } from '../../testing/databases'
import { arrive } from '../../testing/next-headers'
import { statementsOf } from '../../testing/statements'
import { aFurtherTenant, aPerson, aSession, aTenant, quickWorld, type TestWorld } from '../../testing/world'
import { setWorld } from '../server/deps'
import { SESSION_COOKIE } from '../server/request'
import { overClient, partnerAdmin } from './guard'

vi.mock('next/headers', () => import('../../testing/next-headers'))

eachDatabase('what a partner reaches', (open) => {
  let world: TestWorld
  let parent: TenantFacts
  let own: TenantFacts
  let others: Readonly<Record<string, TenantFacts>>

  beforeAll(async () => {
    world = quickWorld(open())
    const config = readConfig({ PUBLIC_URL: 'https://login.example.com', MAIL_TRANSPORT: 'directory' })
    if (!config.ok) throw new Error(config.detail)
    setWorld({ deps: world, config: config.value, wake: () => undefined })
    const root = await aTenant(world)
    const partner = (parentId?: string) =>
      aFurtherTenant(world, { kind: 'partner', stage: 'trial', ...(parentId === undefined ? {} : { parentId }) })
    parent = await partner()
    own = await partner(parent.id)
    const child = await partner(own.id)
    const sibling = await partner(parent.id)
    others = {
      child,
      grandchild: await aFurtherTenant(world, { parentId: child.id }),
      own,
      parent,
      sibling,
      nephew: await aFurtherTenant(world, { parentId: sibling.id }),
      'other root': root,
      'below another root': await aFurtherTenant(world, { parentId: (await partner()).id }),
    }
  })

  async function as(role: Role, of: TenantFacts = own): Promise<string> {
    const { id } = await aPerson(world, of.slug, role)
    const { token } = await aSession(world, id, { methods: ['pwd', 'otp'], steppedUp: true })
    arrive({ cookies: { [SESSION_COOKIE]: token } })
    return id
  }

  const reaches = async (client: string, tenant = own.slug) => (await overClient({ tenant, client })) !== null

  test('S15 T6: every role against every place in the tree', async () => {
    let cells = 0
    for (const role of ROLES) {
      await as(role)
      for (const [place, { slug }] of Object.entries(others)) {
        const open = (role === 'owner' || role === 'admin') && (place === 'child' || place === 'grandchild')
        expect([role, place, await reaches(slug)]).toEqual([role, place, open])
        cells += 1
      }
      expect([role, (await partnerAdmin(own.slug)) !== null]).toEqual([role, role === 'owner' || role === 'admin'])
    }
    expect(cells).toBe(32)
  })

  test('S15: the tenant of the proof is the one below, and the partner the one of the membership', async () => {
    const id = await as('admin')
    const over = await overClient({ tenant: own.slug, client: others.child?.slug ?? '' })
    expect(over).toMatchObject({
      person: { id },
      tenant: { tenant: { id: others.child?.id } },
      partner: { role: 'admin', tenant: { id: own.id } },
    })
  })

  test('S15: a partner that is not one’s own leads nowhere, whatever is below it', async () => {
    await as('owner')
    expect(await reaches(own.slug, parent.slug)).toBe(false)
    expect(await partnerAdmin(parent.slug)).toBeNull()
  })

  test('a customer reaches nothing, had it something below', async () => {
    const customer = await aFurtherTenant(world)
    const below = await aFurtherTenant(world, { parentId: customer.id })
    await as('owner', customer)
    expect(await partnerAdmin(customer.slug)).toBeNull()
    expect(await reaches(below.slug, customer.slug)).toBe(false)
  })

  test('a partner that is suspended reaches nothing, and whoever is above it goes on', async () => {
    const suspended = await aFurtherTenant(world, { kind: 'partner', stage: 'trial', parentId: own.id })
    const below = await aFurtherTenant(world, { parentId: suspended.id })
    await as('owner', suspended)
    expect(await reaches(below.slug, suspended.slug)).toBe(true)
    const suspend = (suspendedAt: Date | null) =>
      world.db.tenant.update({ where: { id: suspended.id }, data: { suspendedAt } })
    await suspend(world.clock.now())
    await as('owner')
    expect(await reaches(below.slug)).toBe(true)
    await suspend(null)
    await as('owner', suspended)
    expect(await reaches(below.slug, suspended.slug)).toBe(true)
  })

  describe('what is not there', () => {
    test('S15 T6: answers as what is anybody else’s: the same statements, the same entry in the log', async () => {
      const id = await as('owner')
      const ask = async (client: string) => {
        const statements = await statementsOf(async () => {
          expect(await reaches(client)).toBe(false)
        })
        return statements.map((text) => text.replace(/\$\d+|\?/g, ''))
      }
      // The first use of a session is noted.
      await partnerAdmin(own.slug)
      const missing = await ask('no-such-tenant')
      for (const place of ['parent', 'sibling', 'nephew', 'other root', 'below another root']) {
        expect(await ask(others[place]?.slug ?? '')).toEqual(missing)
      }
      const denied = await world.db.auditEvent.findMany({ where: { actorId: id, kind: 'access_denied' } })
      expect(denied).toHaveLength(6)
      expect(new Set(denied.map(({ tenantId }) => tenantId))).toEqual(new Set([own.id]))
    })
  })
})
