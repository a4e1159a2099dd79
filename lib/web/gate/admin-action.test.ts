import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { z } from 'zod'
import { initialFormState } from '@/components/ui/form-state'
import { readConfig } from '../../core/env'
import { minutes } from '../../core/kernel/time'
import type { FreshAdmin } from '../../identity/actor/types'
import type { Role } from '../../identity/user/types'
import { freshDatabase } from '../../testing/databases'
import { arrive } from '../../testing/next-headers'
import { aPerson, aSession, aTenant, quickWorld, type TestWorld } from '../../testing/world'
import { setWorld } from '../server/deps'
import { SESSION_COOKIE } from '../server/request'
import { type WantedResponse, withResponse } from '../server/response'
import type { Answer } from './action'
import { defineAdminAction } from './admin-action'
import { DRAWN_FIELD, drawnFor } from './drawn'

vi.mock('next/headers', () => import('../../testing/next-headers'))

const OWN = { origin: 'https://login.example.com', 'sec-fetch-site': 'same-origin' }

let database: Awaited<ReturnType<typeof freshDatabase>>
let world: TestWorld
let slug = ''
/** What a page of whoever arrived last carries in its forms (S26). */
let drawn = ''

beforeAll(async () => {
  database = await freshDatabase('sqlite')
  world = quickWorld(database.db)
  slug = (await aTenant(world)).slug
  const config = readConfig({ PUBLIC_URL: 'https://login.example.com', MAIL_TRANSPORT: 'directory' })
  if (!config.ok) throw new Error(config.detail)
  setWorld({ deps: world, config: config.value, wake: () => undefined })
})
afterAll(() => database.drop())

/** A request of somebody in this role, whose proof is so old. */
async function arriveAs(role: Role, provedAgo: number) {
  const { id } = await aPerson(world, slug, role)
  const { token, assured } = await aSession(world, id, { methods: ['pwd', 'otp'], steppedUp: true })
  world.clock.move(provedAgo)
  arrive({ headers: OWN, cookies: { [SESSION_COOKIE]: token } })
  drawn = drawnFor(assured.session)
  return id
}

const schema = z.object({ tenant: z.string().min(1, 'required'), reason: z.string().min(1, 'required') })
const back = (input: z.output<typeof schema>) => `/admin/${input.tenant}/somewhere?reason=${input.reason}`

function actionsThatNote() {
  const ran: string[] = []
  const run = async (_deps: unknown, admin: { person: { id: string } }): Promise<Answer> => {
    ran.push(admin.person.id)
    return { done: 'common.copied' }
  }
  return {
    ran,
    session: defineAdminAction({ schema, act: 'see', run }),
    recent: defineAdminAction({ schema, act: 'import', back, run }),
    fresh: defineAdminAction({ schema, act: 'suspend', back, run }),
  }
}

async function answerOf(action: ReturnType<typeof defineAdminAction>, fields: Record<string, string>) {
  const data = new FormData()
  for (const [name, value] of Object.entries({ [DRAWN_FIELD]: drawn, ...fields })) data.set(name, value)
  const wanted: WantedResponse = { headers: new Map(), form: 'none' }
  try {
    const state = await withResponse(wanted, () => action(initialFormState, data))
    return { state: state.status, to: null, status: wanted.status }
  } catch (error) {
    const digest = error instanceof Error && 'digest' in error ? String(error.digest) : ''
    if (!digest.startsWith('NEXT_REDIRECT;')) throw error
    return { state: null, to: digest.split(';')[2] ?? '', status: wanted.status }
  }
}

describe('an action of the console', () => {
  test.each([
    ['session', minutes(20), true],
    ['recent', minutes(15) - 1, true],
    ['recent', minutes(15), false],
    ['fresh', minutes(5) - 1, true],
    ['fresh', minutes(5), false],
  ] as const)('that asks for a %s proof, with one of %i ms ago, runs: %s', async (proof, ago, runs) => {
    const id = await arriveAs('admin', ago)
    const actions = actionsThatNote()
    const { state, to } = await answerOf(actions[proof], { tenant: slug, reason: 'lost' })
    expect(actions.ran).toEqual(runs ? [id] : [])
    expect(state).toBe(runs ? 'done' : null)
    const typed = encodeURIComponent(`/admin/${slug}/somewhere?reason=lost`)
    expect(to).toBe(runs ? null : `/reauthenticate?return=${typed}`)
  })

  test.each([
    ['agent', 'the own tenant'],
    ['end_user', 'the own tenant'],
    ['admin', 'another'],
  ] as const)('S15: is refused and written down for an %s of %s, before any proof is asked for', async (role, of) => {
    const id = await arriveAs(role, minutes(20))
    for (const proof of ['session', 'recent', 'fresh'] as const) {
      const actions = actionsThatNote()
      const answer = await answerOf(actions[proof], { tenant: of === 'another' ? 'nowhere' : slug, reason: 'lost' })
      expect(answer).toEqual({ state: 'error', to: null, status: 403 })
      expect(actions.ran).toEqual([])
    }
    expect(await world.db.auditEvent.count({ where: { actorId: id, kind: 'access_denied' } })).toBe(3)
  })

  test('what is missing in the form is said before a proof is asked for', async () => {
    await arriveAs('admin', minutes(20))
    const actions = actionsThatNote()
    expect(await answerOf(actions.fresh, { tenant: slug, reason: '' })).toMatchObject({ state: 'error', to: null })
    expect(actions.ran).toEqual([])
  })

  test('who is not signed in is led to the sign-in', async () => {
    arrive({ headers: OWN })
    const actions = actionsThatNote()
    const answer = await answerOf(actions.session, { tenant: slug, reason: 'lost' })
    expect(answer).toMatchObject({ state: null, to: '/sign-in' })
  })

  test('S15: what needs no proof is answered without one, and to admins alone', async () => {
    const action = defineAdminAction({
      schema,
      act: 'import',
      back,
      unproved: ({ reason }) => (reason === 'look' ? { to: '/looked' } : null),
      run: async () => ({ to: '/ran' }),
    })
    await arriveAs('admin', minutes(20))
    expect(await answerOf(action, { tenant: slug, reason: 'look' })).toMatchObject({ to: '/looked' })
    expect((await answerOf(action, { tenant: slug, reason: 'do' })).to).toMatch(/^\/reauthenticate\?/)
    await arriveAs('agent', 0)
    expect(await answerOf(action, { tenant: slug, reason: 'look' })).toMatchObject({ to: null, status: 403 })
  })

  test('a weaker proof does not compile where a stronger one is needed, nor a form without its tenant', () => {
    const needsFresh = async (_deps: unknown, _admin: FreshAdmin): Promise<Answer> => ({ to: '/' })
    defineAdminAction({ schema, act: 'suspend', back, run: needsFresh })
    // @ts-expect-error fifteen minutes are not five
    defineAdminAction({ schema, act: 'import', back, run: needsFresh })
    // @ts-expect-error a session alone proves nothing anew
    defineAdminAction({ schema, act: 'see', run: needsFresh })
    // @ts-expect-error what was typed comes back from a step-up
    defineAdminAction({ schema, act: 'suspend', run: needsFresh })
    // @ts-expect-error of no tenant
    defineAdminAction({ schema: z.object({ reason: z.string() }), act: 'see', run: async () => ({ to: '/' }) })
  })
})
