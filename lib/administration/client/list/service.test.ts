import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { progressOf } from '../../../coverage/rules'
import { viewCoverage } from '../../../coverage/service'
import type { TenantFacts } from '../../../identity/tenant/service'
import { databaseKinds, freshDatabase } from '../../../testing/databases'
import { setRules } from '../../../testing/policy'
import { statementsOf } from '../../../testing/statements'
import {
  aFurtherTenant,
  aGuest,
  anId,
  aPerson,
  aSession,
  aTenant,
  aTotpFactor,
  partnerOver,
  quickWorld,
  type TestWorld,
} from '../../../testing/world'
import { readClientQuery, writeClientQuery } from '../schema'
import { CLIENTS_SHOWN, listClients } from './service'

const NOW_REQUIRED = { required: true }

describe.each(databaseKinds)('Clients (%s)', (kind) => {
  let database: Awaited<ReturnType<typeof freshDatabase>>
  let world: TestWorld
  let partner: Awaited<ReturnType<typeof aTenant>>
  let token: string

  beforeEach(async () => {
    database = await freshDatabase(kind)
    world = quickWorld(database.db)
    partner = await aTenant(world, { kind: 'partner' })
    token = (await aSession(world, partner.ownerId, { methods: ['pwd', 'otp'], steppedUp: true })).token
  })
  afterEach(() => database.drop())

  async function named(name: string, more: Parameters<typeof aFurtherTenant>[1] = {}): Promise<TenantFacts> {
    const made = await aFurtherTenant(world, { parentId: partner.id, ...more })
    await world.db.tenant.update({ where: { id: made.id }, data: { name, nameKey: name.toLowerCase() } })
    return { ...made, name }
  }

  async function seen(search: Record<string, string> = {}) {
    const below = await world.db.tenantAncestor.findFirstOrThrow({
      where: { ancestorId: partner.id },
      select: { tenant: { select: { slug: true } } },
    })
    const { partner: actor } = await partnerOver(world, token, below.tenant.slug)
    return listClients(world, actor, readClientQuery(search))
  }
  const names = async (search: Record<string, string> = {}) => (await seen(search)).rows.map(({ name }) => name)

  /** So many people of whom so many are enrolled, all of them required to be. */
  async function filled(of: TenantFacts, people: number, enrolled: number): Promise<void> {
    await setRules(world.db, of.id, { team: NOW_REQUIRED })
    for (let n = 0; n < people; n += 1) {
      const { id } = await aPerson(world, of.slug)
      if (n < enrolled) await aTotpFactor(world, id)
    }
  }

  test('T1 T6: every tenant below at any depth, and none beside, above or of another root', async () => {
    const beta = await named('Beta', { kind: 'partner', stage: 'trial' })
    await named('Gamma', { parentId: beta.id })
    await aFurtherTenant(world)
    expect(await names()).toEqual(['Beta', 'Gamma'])
    const [row] = (await seen()).rows
    expect(row).toMatchObject({ kind: 'partner', stage: 'trial', suspended: false, required: { team: false } })
  })

  test('P9 T1: each has the numbers of its own pages, guests, exemptions and suspended people among them', async () => {
    const beta = await named('Beta')
    const gamma = await named('Gamma')
    await filled(beta, 5, 2)
    await filled(gamma, 2, 2)
    const guest = await aPerson(world, gamma.slug)
    await aGuest(world, beta.id, guest.id, 'agent')
    const people = await world.db.membership.findMany({ where: { tenantId: beta.id, enrolled: false } })
    const now = world.clock.now()
    const until = new Date(now.getTime() + 86_400_000)
    const exempt = { exempt: true, exemptUntil: until }
    await world.db.membership.update({ where: { id: people[0]?.id ?? '' }, data: exempt })
    const invitation = { email: 'x@example.com', name: 'X', role: 'agent', locale: 'en', createdAt: now } as const
    await world.db.invitation.create({ data: { ...invitation, id: anId(world), tenantId: beta.id } })
    for (const row of (await seen()).rows) {
      const { over } = await partnerOver(world, token, row.slug)
      const { types, required } = await viewCoverage(world, over)
      expect(row.progress).toEqual(progressOf(types.team, types.end))
      expect(row.required).toEqual(required)
    }
    expect((await seen()).rows[0]?.progress).toMatchObject({ enrolled: 2, mustSetUp: 3, exempt: 1, invited: 1, of: 6 })
  })

  test('T1: as many statements for twelve as for three', async () => {
    for (const name of ['A', 'B', 'C']) await filled(await named(name), 1, 0)
    const few = (await statementsOf(() => seen())).length
    for (const name of ['D', 'E', 'F', 'G', 'H', 'I', 'J', 'K', 'L']) await filled(await named(name), 1, 0)
    expect((await statementsOf(() => seen())).length).toBe(few)
  })

  describe('search, filters and order', () => {
    beforeEach(async () => {
      await filled(await named('Zürich 100%'), 2, 2)
      await filled(await named('alpha', { stage: 'trial' }), 4, 1)
      await named('Beta_1', { kind: 'partner' })
      await filled(await named('Delta'), 2, 1)
    })

    test.each([
      [{}, ['alpha', 'Beta_1', 'Delta', 'Zürich 100%']],
      [{ dir: 'desc' }, ['Zürich 100%', 'Delta', 'Beta_1', 'alpha']],
      [{ sort: 'share' }, ['alpha', 'Delta', 'Zürich 100%', 'Beta_1']],
      [{ sort: 'outstanding', dir: 'desc' }, ['alpha', 'Delta', 'Zürich 100%', 'Beta_1']],
      [{ q: 'ELT' }, ['Delta']],
      [{ q: '%' }, ['Zürich 100%']],
      [{ q: '_' }, ['Beta_1']],
      [{ q: '\\' }, []],
      [{ kind: 'partner' }, ['Beta_1']],
      [{ stage: 'trial' }, ['alpha']],
      [{ requires: 'none' }, ['Beta_1']],
      [{ requires: 'some', kind: 'customer', q: 'l' }, ['alpha', 'Delta']],
      [{ requires: 'all' }, []],
      [{ list: 'suspended' }, []],
    ] as const)('%j', async (search, expected) => {
      await world.db.tenant.updateMany({ where: { name: 'Zürich 100%' }, data: { nameKey: 'zurich 100%' } })
      expect(await names(search)).toEqual(expected)
    })
  })

  test.each(['name', 'share', 'outstanding'])(
    'sorted by %s: page by page, nobody twice, nobody missing',
    async (sort) => {
      const all = CLIENTS_SHOWN + 3
      for (let n = 0; n < all; n += 1) await named(`Client ${String(n).padStart(3, '0')}`)
      const first = await seen({ sort })
      expect([first.rows.length, first.previous]).toEqual([CLIENTS_SHOWN, null])
      const second = await seen({ sort, after: first.next ?? '' })
      expect([second.rows.length, second.next]).toEqual([3, null])
      expect(new Set([...first.rows, ...second.rows].map(({ id }) => id)).size).toBe(all)
      const back = await seen({ sort, before: second.previous ?? '' })
      expect(back.rows.map(({ id }) => id)).toEqual(first.rows.map(({ id }) => id))
      expect(back.previous).toBeNull()
    },
  )

  test('what is suspended has a list of its own', async () => {
    const beta = await named('Beta')
    await named('Gamma')
    await world.db.tenant.update({ where: { id: beta.id }, data: { suspendedAt: world.clock.now() } })
    expect(await names()).toEqual(['Gamma'])
    expect(await names({ list: 'suspended' })).toEqual(['Beta'])
  })
})

test('what an address says of the list is written back as it was, and what nobody knows is left out', () => {
  const search = {
    q: 'x',
    kind: 'partner',
    stage: 'trial',
    requires: 'none',
    sort: 'share',
    dir: 'desc',
    list: 'suspended',
  }
  expect(Object.fromEntries(writeClientQuery(readClientQuery(search)))).toEqual(search)
  expect(Object.fromEntries(writeClientQuery(readClientQuery({ kind: 'x', sort: 'id', requires: '1' })))).toEqual({})
})
