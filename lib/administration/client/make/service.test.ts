import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ancestorsOf } from '../../../identity/tenant/tree/service'
import { databaseKinds, freshDatabase } from '../../../testing/databases'
import { policyRows } from '../../../testing/policy'
import {
  aFurtherTenant,
  aPerson,
  aSession,
  aTenant,
  lastMail,
  quickWorld,
  sessionOf,
  type TestWorld,
} from '../../../testing/world'
import { MAX_DEPTH } from '../rules'
import { makeClient, type NewClient } from './service'

const OWNER = { name: 'Ines', email: 'ines@example.com', locale: 'de' }
const BETA: NewClient = { name: 'Beta GmbH', slug: '', kind: 'customer', stage: 'production', owner: OWNER }

describe.each(databaseKinds)('a new tenant below a partner (%s)', (kind) => {
  let database: Awaited<ReturnType<typeof freshDatabase>>
  let world: TestWorld
  let partner: Awaited<ReturnType<typeof aTenant>>

  beforeEach(async () => {
    database = await freshDatabase(kind)
    world = quickWorld(database.db)
    partner = await aTenant(world, { kind: 'partner' })
  })
  afterEach(() => database.drop())

  async function asOwner(ownerId = partner.ownerId) {
    const { token } = await aSession(world, ownerId, { methods: ['pwd', 'otp'], steppedUp: true })
    return { token, ...(await sessionOf(world, token)) }
  }
  const make = async (more: Partial<NewClient> = {}, actor?: Awaited<ReturnType<typeof asOwner>>) =>
    makeClient(world, (actor ?? (await asOwner())).partner, { ...BETA, ...more })

  const eventsOf = (tenantId: string) => world.db.auditEvent.findMany({ where: { tenantId }, orderBy: { id: 'asc' } })

  test('T1: is below the partner and all above, with its policy, its first owner invited, and entries in both logs', async () => {
    expect(await make()).toEqual({ ok: true, value: { slug: 'beta-gmbh' } })
    const made = await world.db.tenant.findUniqueOrThrow({ where: { slug: 'beta-gmbh' } })
    expect(made).toMatchObject({ name: 'Beta GmbH', kind: 'customer', stage: 'production', parentId: partner.id })
    expect(await ancestorsOf(world.db, made.id)).toEqual([partner.id])
    const rules = await policyRows(world.db, made.id)
    expect(rules.team.required || rules.end.required).toBe(false)
    const [invitation] = await world.db.invitation.findMany({ where: { tenantId: made.id } })
    expect(invitation).toMatchObject({ email: OWNER.email, name: 'Ines', role: 'owner', createdById: null })
    const mail = await lastMail(world, OWNER.email)
    expect(mail).toMatchObject({ template: 'invitation', values: { tenant: 'Beta GmbH', by: 'Olga Owner' } })
    expect((await eventsOf(made.id)).map(({ kind }) => kind)).toEqual(['tenant_created', 'user_invited'])
    const [own] = (await eventsOf(partner.id)).slice(-1)
    expect(own).toMatchObject({ kind: 'tenant_created', actorId: partner.ownerId, subjectId: made.id })
    expect(JSON.parse(own?.data ?? '')).toEqual({ kind: 'customer', partner: 'Acme', stage: 'production' })
  })

  test.each([
    ['partner', 'production', true],
    ['partner', 'trial', false],
    ['customer', 'production', false],
  ] as const)('U7: a %s in %s begins with 2FA required of everybody: %s', async (kind, stage, required) => {
    await make({ kind, stage })
    const made = await world.db.tenant.findUniqueOrThrow({ where: { slug: 'beta-gmbh' } })
    const { team, end } = await policyRows(world.db, made.id)
    expect([team.required, end.required]).toEqual([required, required])
  })

  test('T6: an address of somebody else’s person is answered, written and mailed to like a free one', async () => {
    const elsewhere = await aFurtherTenant(world)
    const held = await aPerson(world, elsewhere.slug)
    const free = await make({ slug: 'free' })
    const taken = await make({ slug: 'taken', owner: { ...OWNER, email: held.email } })
    expect([free.ok, taken.ok]).toEqual([true, true])
    const kinds = async (slug: string) => {
      const { id } = await world.db.tenant.findUniqueOrThrow({ where: { slug } })
      return (await eventsOf(id)).map(({ kind }) => kind)
    }
    expect(await kinds('taken')).toEqual(await kinds('free'))
    expect((await lastMail(world, held.email)).template).toBe((await lastMail(world, OWNER.email)).template)
  })

  test('nothing is left of what was refused', async () => {
    await make({ slug: 'beta' })
    const before = await world.db.tenant.count()
    const invitations = await world.db.invitation.count()
    expect(await make({ slug: 'beta' })).toMatchObject({ ok: false, code: 'slug_taken' })
    expect(await make({ owner: { ...OWNER, email: 'nobody' } })).toMatchObject({ ok: false, code: 'not_an_address' })
    expect([await world.db.tenant.count(), await world.db.invitation.count()]).toEqual([before, invitations])
  })

  test('S8: whoever is no admin there by now, or whose partner is suspended by now, makes none', async () => {
    const actor = await asOwner()
    const suspend = (suspendedAt: Date | null) =>
      world.db.tenant.update({ where: { id: partner.id }, data: { suspendedAt } })
    await suspend(world.clock.now())
    expect(await make({}, actor)).toMatchObject({ ok: false, code: 'not_permitted' })
    await suspend(null)
    await world.db.membership.updateMany({ where: { userId: partner.ownerId }, data: { role: 'agent' } })
    expect(await make({}, actor)).toMatchObject({ ok: false, code: 'not_permitted' })
    expect((await eventsOf(partner.id)).filter(({ kind }) => kind === 'access_denied')).toHaveLength(2)
    expect(await world.db.tenant.count()).toBe(1)
  })

  test('a form makes no tree deeper than eight', async () => {
    let above = partner.id
    for (let depth = 2; depth < MAX_DEPTH; depth += 1) {
      above = (await aFurtherTenant(world, { kind: 'partner', stage: 'trial', parentId: above })).id
    }
    const owners = [] as Awaited<ReturnType<typeof asOwner>>[]
    for (const id of [above]) {
      const { slug } = await world.db.tenant.findUniqueOrThrow({ where: { id } })
      owners.push(await asOwner((await aPerson(world, slug, 'owner')).id))
    }
    expect(await make({ slug: 'eighth', kind: 'partner', stage: 'trial' }, owners[0])).toMatchObject({ ok: true })
    const ninth = await asOwner((await aPerson(world, 'eighth', 'owner')).id)
    expect(await make({ slug: 'ninth' }, ninth)).toMatchObject({ ok: false, code: 'too_deep' })
  })

  test('S4: of sixteen at once with one short name, one is made', async () => {
    const actor = await asOwner()
    const results = await Promise.all(
      Array.from({ length: 16 }, (_, n) =>
        make({ slug: 'beta', owner: { ...OWNER, email: `owner${n}@example.com` } }, actor),
      ),
    )
    expect(results.filter(({ ok }) => ok)).toHaveLength(1)
    for (const result of results) if (!result.ok) expect(result.code).toBe('slug_taken')
    expect(await world.db.invitation.count()).toBe(1)
  })
})
