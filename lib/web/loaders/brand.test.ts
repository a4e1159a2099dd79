import { beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { GET as openLink } from '@/app/link/[kind]/route'
import { transact } from '../../core/db'
import { readConfig } from '../../core/env'
import { makeLink } from '../../credentials/link/service'
import type { LinkKind } from '../../credentials/link/types'
import type { TenantFacts } from '../../identity/tenant/service'
import { eachDatabase } from '../../testing/databases'
import { arrive, setCookies } from '../../testing/next-headers'
import { observed } from '../../testing/observed'
import { aFurtherTenant, aPerson, aSession, aTenant, quickWorld, type TestWorld } from '../../testing/world'
import { setWorld } from '../server/deps'
import { LINK_COOKIE, PATH_HEADER, SESSION_COOKIE, TENANT_COOKIE } from '../server/request'
import { type WantedResponse, withResponse } from '../server/response'
import { entranceBrand } from '../words/brand'
import { portalBrand } from './brand'
import { loadHome, loadSignIn } from './portal'

vi.mock('next/headers', () => import('../../testing/next-headers'))

const PLAIN = { name: '', logo: null, accent: null }

eachDatabase('X6: the name, logo and accent over pages of the portal', (open) => {
  let world: TestWorld
  let root: TenantFacts
  let child: TenantFacts
  let statements: string[] = []

  beforeAll(async () => {
    world = quickWorld(open())
    const config = readConfig({ PUBLIC_URL: 'https://login.example.com', MAIL_TRANSPORT: 'directory' })
    if (!config.ok) throw new Error(config.detail)
    const db = observed(world.db, (statement) => statements.push(statement))
    setWorld({ deps: { ...world, db }, config: config.value, wake: () => undefined })
    root = await aTenant(world)
    child = await aFurtherTenant(world, { parentId: root.id })
    const data = { accent: '#aa2211', logoToken: 'L', logoWidth: 120, logoHeight: 40 }
    await world.db.tenant.update({ where: { id: child.id }, data })
  })
  beforeEach(() => arrive())

  /** A page that the browser loads from this address, with what it keeps; what is shown, asked and to be kept. */
  async function shown(path: string, cookies: Record<string, string> = {}) {
    arrive({ headers: { [PATH_HEADER]: path }, cookies })
    statements = []
    const wanted: WantedResponse = { headers: new Map(), form: 'none', document: true }
    const brand = await withResponse(wanted, portalBrand)
    return { brand, statements, kept: wanted.cookies ?? [], status: wanted.status }
  }
  const keeping = (slug: string) => [`${TENANT_COOKIE}=${slug}; Path=/; Max-Age=86400; Secure; HttpOnly; SameSite=Lax`]
  const ofChild = () => ({
    name: child.name,
    logo: { src: '/logo/L', width: 120, height: 40 },
    accent: { href: '/accent/aa2211', className: 'accent-aa2211' },
  })

  test('are those of the tenant that the address names, on each page that follows too', async () => {
    expect(await shown(`/sign-in?tenant=${child.slug}`)).toMatchObject({ brand: ofChild(), kept: keeping(child.slug) })
    const cookies = { [TENANT_COOKIE]: child.slug }
    for (const path of ['/sign-in/verify', '/sign-in?notice=ran_out', '/password', '/sign-in/enroll?choose=kind'])
      expect(await shown(path, cookies)).toMatchObject({ brand: ofChild(), kept: [] })
    // Of two tabs each shows its own.
    expect((await shown(`/password?tenant=${root.slug}`, cookies)).brand).toMatchObject({ name: 'Acme', accent: null })
  })

  test('S13: of a name that nobody has they are what no name shows, by the same statements and with the same status', async () => {
    const known = await shown(`/sign-in?tenant=${child.slug}`)
    const plain = await shown('/sign-in')
    expect(plain).toMatchObject({ brand: { name: 'Acme', logo: null, accent: null }, kept: [] })
    for (const slug of ['nobody', 'Acme', '', '../acme', 'x'.repeat(61), "a'--"]) {
      const unknown = await shown(`/sign-in?tenant=${encodeURIComponent(slug)}`, { [TENANT_COOKIE]: child.slug })
      expect({ slug, ...unknown }).toMatchObject({ slug, brand: plain.brand, statements: known.statements })
      expect([unknown.kept.length, unknown.status]).toEqual([known.kept.length, known.status])
    }
    expect(known.statements).toHaveLength(2)
    expect((await shown('/sign-in', { [TENANT_COOKIE]: '<b>' })).brand).toEqual(plain.brand)
  })

  test('lead on from page to page of the entrance, and from the front door', async () => {
    arrive({ headers: { [PATH_HEADER]: `/sign-in?tenant=${child.slug}` } })
    expect(await loadSignIn({})).toMatchObject({ named: child.slug, ready: true })
    arrive({ headers: { [PATH_HEADER]: `/?tenant=${child.slug}` } })
    await expect(loadHome()).rejects.toMatchObject({
      digest: expect.stringContaining(`;/sign-in?tenant=${child.slug};`),
    })
    arrive()
    expect(await loadSignIn({})).toMatchObject({ named: null })
  })

  test('S13: a sign-in that an address names is one of anybody: the tenant of the person is asked nowhere', async () => {
    const person = await aPerson(world, root.slug)
    const { token } = await aSession(world, person.id)
    const cookies = { [SESSION_COOKIE]: token }
    expect((await shown('/sign-in/done', cookies)).brand).toMatchObject({ name: 'Acme' })
    // Whoever is signed in sees the tenant they are in, whatever an address says.
    expect((await shown(`/sign-out?tenant=${child.slug}`, cookies)).brand).toMatchObject({ name: 'Acme' })
    const guest = await aPerson(world, child.slug)
    const session = await aSession(world, guest.id)
    expect((await shown('/sign-in/done', { [SESSION_COOKIE]: session.token })).brand).toEqual(ofChild())
  })

  test('R12: on the page of a mailed link they are those of its tenant, and nothing is used up', async () => {
    const person = await aPerson(world, child.slug)
    const kinds: readonly [LinkKind, string][] = [
      ['reset', '/password/new'],
      ['magic', '/sign-in/link/open'],
      ['stop', '/reset/stop'],
      ['cancel', '/reset/cancel'],
    ]
    for (const [kind, page] of kinds) {
      const url = await transact(world, (world) => makeLink(world, { kind, userId: person.id }))
      arrive()
      await expect(openLink(new Request(url), { params: Promise.resolve({ kind }) })).rejects.toThrow()
      const carried = setCookies().find(({ name }) => name === LINK_COOKIE)?.value ?? ''
      const look = () => shown(page, { [LINK_COOKIE]: carried, [TENANT_COOKIE]: root.slug })
      expect({ kind, ...(await look()) }).toMatchObject({ kind, brand: ofChild(), kept: keeping(child.slug) })
      expect(await look()).toMatchObject({ brand: ofChild() })
      expect((await shown('/sign-in', { [LINK_COOKIE]: carried })).brand).toMatchObject({ name: 'Acme' })
    }
    const dead = { [LINK_COOKIE]: `reset.${'A'.repeat(43)}` }
    expect(await shown('/password/new', dead)).toMatchObject({ brand: { name: 'Acme' }, kept: [], status: 403 })
  })

  test('are nobody’s where there are two roots and none is named', async () => {
    const second = await aFurtherTenant(world)
    expect((await shown('/sign-in')).brand).toEqual(PLAIN)
    expect((await shown('/sign-in?tenant=nobody')).brand).toEqual(PLAIN)
    expect((await shown(`/sign-in?tenant=${root.slug}`)).brand).toMatchObject({ name: 'Acme' })
    expect((await shown(`/sign-in?tenant=${second.slug}`)).brand).toMatchObject({ name: second.name })
    arrive()
    expect(await entranceBrand()).toEqual({ brand: null, ready: true })
  })
})
