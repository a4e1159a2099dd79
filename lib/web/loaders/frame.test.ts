import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { containAll } from '@/app/(admin)/admin/[tenant]/security/sessions/actions'
import { initialFormState } from '@/components/ui/form-state'
import { readConfig } from '../../core/env'
import { minutes } from '../../core/kernel/time'
import { freshDatabase } from '../../testing/databases'
import { arrive, setCookies } from '../../testing/next-headers'
import { aPerson, aSession, aTenant, quickWorld, type TestWorld } from '../../testing/world'
import { DRAWN_FIELD, drawnFor } from '../gate/drawn'
import { setWorld } from '../server/deps'
import { SESSION_COOKIE } from '../server/request'
import { type WantedResponse, withResponse } from '../server/response'
import { loadContain } from './security'

vi.mock('next/headers', () => import('../../testing/next-headers'))

const OWN = { origin: 'https://login.example.com', 'sec-fetch-site': 'same-origin' }
const REASON = 'A laptop was stolen'

let database: Awaited<ReturnType<typeof freshDatabase>>
let world: TestWorld
let slug = ''
let adminId = ''
let drawn = ''

beforeAll(async () => {
  database = await freshDatabase('sqlite')
  world = quickWorld(database.db)
  slug = (await aTenant(world)).slug
  adminId = (await aPerson(world, slug, 'admin')).id
  const config = readConfig({ PUBLIC_URL: 'https://login.example.com', MAIL_TRANSPORT: 'directory' })
  if (!config.ok) throw new Error(config.detail)
  setWorld({ deps: world, config: config.value, wake: () => undefined })
})
afterAll(() => database.drop())

/** The browser of an admin whose proof is so old. */
async function arriveProved(ago: number): Promise<void> {
  const { token, assured } = await aSession(world, adminId, { methods: ['pwd', 'otp'], steppedUp: true })
  world.clock.move(ago)
  drawn = drawnFor(assured.session)
  arrive({ headers: OWN, cookies: { [SESSION_COOKIE]: token } })
}

/** What one request comes to: what it gives, or where it is led with which status. */
async function answered<T>(wanted: WantedResponse, work: () => Promise<T>) {
  try {
    return { value: await withResponse(wanted, work), to: null }
  } catch (error) {
    const digest = error instanceof Error && 'digest' in error ? String(error.digest) : ''
    const [, , to, status] = digest.split(';')
    if (!digest.startsWith('NEXT_REDIRECT;')) throw error
    return { value: null, to: new URL(to ?? '', OWN.origin), status: Number(status) }
  }
}

const page = (reason: string, wanted: WantedResponse = { headers: new Map(), form: 'none' }) =>
  answered(wanted, () => loadContain(slug, 'end', reason))

function post(fields: Record<string, string>, wanted: WantedResponse) {
  const data = new FormData()
  for (const [name, value] of Object.entries({ [DRAWN_FIELD]: drawn, tenant: slug, scope: 'end', ...fields }))
    data.set(name, value)
  return answered(wanted, () => containAll(initialFormState, data))
}

describe('a page that asks for a fresh proof', () => {
  let wanted: WantedResponse
  beforeEach(async () => {
    wanted = { headers: new Map(), form: 'unread' }
    await arriveProved(minutes(5))
  })

  test('opened with an old one, it leads to the proof first, and back with what its address says', async () => {
    const led = await page(REASON)
    expect(led).toMatchObject({ value: null, status: 307 })
    expect(led.to?.pathname).toBe('/reauthenticate')
    const back = new URL(led.to?.searchParams.get('return') ?? '', OWN.origin)
    expect(back.searchParams.get('reason')).toBe(REASON)
    expect(setCookies()).toEqual([])
    await arriveProved(minutes(5) - 1)
    expect((await page(REASON)).value).toMatchObject({ scope: 'end' })
  })

  test('posted with an old one, its form leads to the proof, and back with what was typed', async () => {
    const ended = () => world.db.session.count({ where: { endedAt: { not: null } } })
    const before = await ended()
    const led = await post({ reason: REASON }, wanted)
    expect(led.to?.pathname).toBe('/reauthenticate')
    const back = new URL(led.to?.searchParams.get('return') ?? '', OWN.origin)
    expect(back.searchParams.get('reason')).toBe(REASON)
    expect(await ended()).toBe(before)
    await arriveProved(0)
    expect((await page(back.searchParams.get('reason') ?? '')).value).toMatchObject({ scope: 'end' })
  })

  test('drawn as the answer to its form, it leads nowhere: what was typed stands in it', async () => {
    const reason = 'x'.repeat(2_000)
    const refused = await post({ reason }, wanted)
    expect(refused.value).toMatchObject({ status: 'error', values: { reason } })
    const redrawn = await page(reason, wanted)
    expect(redrawn.value).toMatchObject({ scope: 'end' })
    // The same page, asked for anew.
    expect((await page('')).to?.pathname).toBe('/reauthenticate')
  })
})
