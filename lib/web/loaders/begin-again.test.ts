import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { leaveSignIn, signIn, verifyDevice } from '@/app/(portal)/sign-in/actions'
import { initialFormState } from '@/components/ui/form-state'
import { ATTEMPT_TTL } from '../../authentication/signin/rules'
import { readConfig } from '../../core/env'
import { hours, minutes } from '../../core/kernel/time'
import { translator } from '../../i18n/translate'
import { freshDatabase } from '../../testing/databases'
import { arrive, setCookies } from '../../testing/next-headers'
import { aPerson, aTenant, lastMail, PASSWORD, quickWorld, type TestWorld } from '../../testing/world'
import type { defineAction } from '../gate/action'
import { drawnForSignIn } from '../gate/guard'
import { setWorld } from '../server/deps'
import { ATTEMPT_COOKIE, BEGUN_COOKIE, KEPT_COOKIE, LOCALE_COOKIE } from '../server/request'
import { type WantedResponse, withResponse } from '../server/response'
import { loadSignIn, loadStep } from './portal'

vi.mock('next/headers', () => import('../../testing/next-headers'))
vi.mock('next/cache', () => ({ refresh: () => undefined }))

const t = translator('en')
let database: Awaited<ReturnType<typeof freshDatabase>>
let world: TestWorld
let slug = ''
let url = ''
let jar: Record<string, string> = {}

function served(at: string): void {
  url = at
  const config = readConfig({ PUBLIC_URL: at, MAIL_TRANSPORT: 'directory' })
  if (!config.ok) throw new Error(config.detail)
  setWorld({ deps: { ...world, publicUrl: at }, config: config.value, wake: () => undefined })
}

beforeAll(async () => {
  database = await freshDatabase('sqlite')
  world = quickWorld(database.db)
  slug = (await aTenant(world)).slug
})
afterAll(() => database.drop())
beforeEach(() => {
  jar = {}
  world.clock.move(hours(1))
  served('https://login.example.com')
})

/** One request of this browser, which keeps what it is told to keep; `document` when it loads a page. */
async function visit<T>(work: () => Promise<T>, document = true) {
  arrive({ headers: { origin: url, 'sec-fetch-site': 'same-origin' }, cookies: jar })
  const wanted: WantedResponse = { headers: new Map(), form: 'none', document }
  const given = () => wanted.cookies?.join() ?? null
  try {
    return { value: await withResponse(wanted, work), to: null, given: given() }
  } catch (error) {
    const digest = error instanceof Error && 'digest' in error ? String(error.digest) : ''
    if (!digest.startsWith('NEXT_REDIRECT;')) throw error
    return { value: null, to: digest.split(';')[2] ?? '', given: given() }
  } finally {
    for (const { name, value } of setCookies()) {
      if (value === '') delete jar[name]
      else jar[name] = value
    }
  }
}

function post(action: ReturnType<typeof defineAction>, fields: Record<string, string>) {
  const data = new FormData()
  for (const [name, value] of Object.entries(fields)) data.set(name, value)
  return visit(() => action(initialFormState, data), false)
}

const signInPage = async (search: Parameters<typeof loadSignIn>[0] = {}) =>
  (await visit(() => loadSignIn(search))).value
const attempts = (userId: string) => world.db.signInAttempt.count({ where: { userId } })

describe('a browser that keeps no cookies', () => {
  test.each([
    ['https://login.example.com', 'error.cookies_blocked'],
    ['http://localhost:3000', 'error.cookies_dropped'],
  ] as const)('X3: at %s it is told so at once, and the password is not tried', async (at, sentence) => {
    served(at)
    const person = await aPerson(world, slug)
    const { value, given } = await visit(() => loadSignIn({}))
    expect(value?.cookiesAsked).toBe(true)
    expect(given).toMatch(new RegExp(`^${KEPT_COOKIE}=1; Path=/; Secure; HttpOnly; SameSite=Lax$`))
    const fields = { email: person.email, password: PASSWORD, cookies: 'asked' }
    const refused = await post(signIn, fields)
    expect(refused.value).toMatchObject({ status: 'error', message: t(sentence), values: { email: person.email } })
    expect(await attempts(person.id)).toBe(0)
    jar[KEPT_COOKIE] = '1'
    expect((await post(signIn, fields)).to).toBe('/sign-in/device')
  })

  test('X3: is not taken for one that was never asked to keep any', async () => {
    const { value, given } = await visit(() => loadSignIn({}), false)
    expect([value?.cookiesAsked, given]).toEqual([false, null])
    const person = await aPerson(world, slug)
    expect((await post(signIn, { email: person.email, password: PASSWORD })).to).toBe('/sign-in/device')
  })

  test('a browser that keeps something of ours is asked nothing', async () => {
    jar[LOCALE_COOKIE] = 'de'
    const { value, given } = await visit(() => loadSignIn({}))
    expect([value?.cookiesAsked, given]).toEqual([false, null])
  })
})

describe('a sign-in that is begun again', () => {
  const RETURN = '/account/devices'

  async function begin() {
    jar[KEPT_COOKIE] = '1'
    const person = await aPerson(world, slug)
    const begun = await post(signIn, { email: person.email, password: PASSWORD, returnTo: RETURN })
    expect(begun.to).toBe('/sign-in/device')
    return person
  }

  const type = async (passcode: string) => {
    const drawnFor = (await visit(drawnForSignIn)).value ?? ''
    return post(verifyDevice, { passcode, drawnFor })
  }

  test('X3: one that ran out says so, and the address and the page to go to are still known', async () => {
    const person = await begin()
    world.clock.move(ATTEMPT_TTL)
    const late = { ...jar }
    expect((await type('000000')).to).toBe('/sign-in?notice=ran_out')
    jar = late
    // As browsers do at the end of a cookie's time.
    delete jar[ATTEMPT_COOKIE]
    expect((await visit(() => loadStep(['verify-device']))).to).toBe('/sign-in?notice=ran_out')
    expect((await post(verifyDevice, { passcode: '000000' })).to).toBe('/sign-in?notice=ran_out')
    expect(await signInPage({ notice: 'ran_out' })).toMatchObject({ email: person.email, returnTo: RETURN })
    expect(await signInPage({ notice: 'ran_out', return: '/account' })).toMatchObject({ returnTo: '/account' })
    for (const search of [{}, { notice: 'signed_out' }]) {
      expect(await signInPage(search)).toMatchObject({ email: '', returnTo: null })
    }
  })

  test('D8: three wrong passcodes end it, and the address is still known', async () => {
    const person = await begin()
    for (let tries = 0; tries < 2; tries += 1) expect((await type('000000')).to).toBeNull()
    expect((await type('000000')).to).toBe('/sign-in?notice=out_of_tries')
    expect(await signInPage({ notice: 'out_of_tries' })).toMatchObject({ email: person.email, returnTo: RETURN })
  })

  test('one that something else ended did not run out', async () => {
    const person = await begin()
    await world.db.signInAttempt.updateMany({ where: { userId: person.id }, data: { endedAt: world.clock.now() } })
    expect((await visit(() => loadStep(['verify-device']))).to).toBe('/sign-in?notice=start_over')
  })

  test('the address goes with the sign-in, and with whoever starts over', async () => {
    const person = await begin()
    expect(jar[BEGUN_COOKIE]).toContain(encodeURIComponent(person.email))
    const code = String((await lastMail(world, person.email)).values.code)
    expect((await type(code)).to).toBe(RETURN)
    expect(jar[BEGUN_COOKIE]).toBeUndefined()
    jar = {}
    await begin()
    const data = new FormData()
    data.set('drawnFor', (await visit(drawnForSignIn)).value ?? '')
    expect((await visit(() => leaveSignIn(data))).to).toBe('/sign-in')
    expect(jar[BEGUN_COOKIE]).toBeUndefined()
  })

  test('S17: what a cookie says leads nowhere else', async () => {
    const until = String(world.clock.now().getTime() - minutes(1))
    for (const [returnTo, email] of [
      ['https://evil.example/', 'ann@example.com'],
      ['//evil.example', 'x'.repeat(400)],
    ] as const) {
      jar[BEGUN_COOKIE] = new URLSearchParams({ email, until, returnTo }).toString()
      expect(await signInPage({ notice: 'ran_out' })).toMatchObject({ returnTo: null })
    }
    jar[BEGUN_COOKIE] = 'nonsense'
    expect(await signInPage({ notice: 'ran_out' })).toMatchObject({ returnTo: null, email: '' })
  })
})
