import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { renameOwnFactor } from '@/app/(account)/account/security/actions'
import { setNewPassword } from '@/app/(portal)/password/actions'
import { stopEverything } from '@/app/(portal)/reset/actions'
import {
  answerLost,
  completeSignIn,
  leaveSignIn,
  sendSignInPasscode,
  signInByLink,
  tryAnother,
  verifyDevice,
  verifyFactor,
  verifyRecoveryCode,
} from '@/app/(portal)/sign-in/actions'
import { enrol, startEnrolment } from '@/app/(portal)/sign-in/enroll/actions'
import { askForFactorReset } from '@/app/(portal)/sign-in/help/actions'
import { signOut } from '@/app/actions'
import { GET } from '@/app/link/[kind]/route'
import { initialFormState } from '@/components/ui/form-state'
import { transact } from '../../core/db'
import { readConfig } from '../../core/env'
import { hours } from '../../core/kernel/time'
import { LINKS_CARRIED, linkRef, readCarried } from '../../credentials/link/rules'
import { makeLink } from '../../credentials/link/service'
import type { LinkKind } from '../../credentials/link/types'
import { freshDatabase } from '../../testing/databases'
import { arrive, setCookies } from '../../testing/next-headers'
import { anEnrolled, attemptOf, sessionsOf } from '../../testing/signin'
import { anAttempt, aPerson, aSession, aTenant, quickWorld, type TestWorld, totpCode } from '../../testing/world'
import { loadReset, loadSignInLink } from '../loaders/links'
import { loadStep } from '../loaders/portal'
import { setWorld } from '../server/deps'
import { ATTEMPT_COOKIE, LINK_COOKIE, SESSION_COOKIE } from '../server/request'
import { type WantedResponse, withResponse } from '../server/response'
import type { defineAction } from './action'
import { drawnFor, refusedFor } from './drawn'
import { drawnForSignIn } from './guard'

vi.mock('next/headers', () => import('../../testing/next-headers'))
const redrawn = vi.hoisted(() => vi.fn())
vi.mock('next/cache', () => ({ refresh: redrawn }))

const OWN = { origin: 'https://login.example.com', 'sec-fetch-site': 'same-origin' }
const NEXT = 'copper meadow under seven bridges'

let database: Awaited<ReturnType<typeof freshDatabase>>
let world: TestWorld
let slug = ''
/** The cookies of one browser. */
let jar: Record<string, string> = {}

beforeAll(async () => {
  database = await freshDatabase('sqlite')
  world = quickWorld(database.db)
  slug = (await aTenant(world)).slug
  const config = readConfig({ PUBLIC_URL: 'https://login.example.com', MAIL_TRANSPORT: 'directory' })
  if (!config.ok) throw new Error(config.detail)
  setWorld({ deps: world, config: config.value, wake: () => undefined })
})
afterAll(() => database.drop())
beforeEach(() => {
  jar = {}
  redrawn.mockClear()
  world.clock.move(hours(1))
})

/** One request of this browser, which keeps what it is told to keep. */
async function visit<T>(
  work: () => Promise<T>,
): Promise<{ value: T | null; to: string | null; status: number | undefined }> {
  arrive({ headers: OWN, cookies: jar })
  const wanted: WantedResponse = { headers: new Map(), form: 'none' }
  try {
    const value = await withResponse(wanted, work)
    return { value, to: null, status: wanted.status }
  } catch (error) {
    const digest = error instanceof Error && 'digest' in error ? String(error.digest) : ''
    if (!digest.startsWith('NEXT_REDIRECT;')) throw error
    return { value: null, to: digest.split(';')[2] ?? '', status: wanted.status }
  } finally {
    for (const { name, value } of setCookies()) jar[name] = value
  }
}

/** Opens a mailed link; gives what its page and form carry. */
async function open(kind: LinkKind, userId: string): Promise<{ link: string }> {
  const url = await transact(world, (world) => makeLink(world, { kind, userId }))
  const { to } = await visit(() => GET(new Request(url), { params: Promise.resolve({ kind }) }))
  const ref = new URL(to ?? '', url).searchParams.get('link')
  expect(ref).toBe(linkRef(new URL(url).searchParams.get('token') ?? ''))
  return { link: ref ?? '' }
}

function post(action: ReturnType<typeof defineAction>, fields: Record<string, string>) {
  const data = new FormData()
  for (const [name, value] of Object.entries(fields)) data.set(name, value)
  return visit(() => action(initialFormState, data))
}

async function signedInAs(id: string): Promise<string> {
  const { token, assured } = await aSession(world, id, { methods: ['pwd', 'otp'], steppedUp: true })
  jar[SESSION_COOKIE] = token
  return drawnFor(assured.session)
}

const passwordOf = (userId: string) => world.db.password.findUniqueOrThrow({ where: { userId } })

describe('links of one browser (R12, S26)', () => {
  test('R12 S26: the form of the first acts for the first, though another was opened since; then the other still can', async () => {
    const [ann, bob] = [await aPerson(world, slug), await aPerson(world, slug)]
    const before = await passwordOf(bob.id)
    const first = await open('reset', ann.id)
    const second = await open('reset', bob.id)
    expect((await visit(() => loadReset(first))).value).toMatchObject({ email: ann.email, ref: first.link })
    expect((await visit(() => loadReset({}))).value).toMatchObject({ email: bob.email, ref: second.link })
    expect(await post(setNewPassword, { ...first, next: NEXT })).toMatchObject({ to: '/sign-in?notice=password_set' })
    expect(await passwordOf(bob.id)).toEqual(before)
    expect(await post(setNewPassword, { ...second, next: NEXT })).toMatchObject({ to: '/sign-in?notice=password_set' })
    expect(jar[LINK_COOKIE]).toBe('')
  })

  test('S26: a form whose link this browser has not open is refused with a sentence, and uses up nothing', async () => {
    const person = await aPerson(world, slug)
    const before = await passwordOf(person.id)
    await open('reset', person.id)
    for (const fields of [{}, { link: '' }, { link: linkRef('another') }] as Record<string, string>[]) {
      const refused = await post(setNewPassword, { ...fields, next: NEXT })
      expect(refused).toMatchObject({ status: 409, value: { status: 'error', message: expect.stringMatching(/link/) } })
    }
    expect(redrawn).toHaveBeenCalledTimes(3)
    expect(await passwordOf(person.id)).toEqual(before)
  })

  test('S22 S26: a link of another kind is none for this form', async () => {
    const person = await aPerson(world, slug)
    const { link } = await open('reset', person.id)
    expect(await post(stopEverything, { link })).toMatchObject({ status: 409 })
    expect((await world.db.user.findUniqueOrThrow({ where: { id: person.id } })).passwordDemandedAt).toBeNull()
  })

  test('R12: a browser carries a handful; the one opened first makes room', async () => {
    const person = await aPerson(world, slug)
    const first = await open('reset', person.id)
    for (let index = 0; index < LINKS_CARRIED; index += 1) await open('magic', person.id)
    expect(readCarried(jar[LINK_COOKIE] ?? '').map(({ kind }) => kind)).toEqual(Array(LINKS_CARRIED).fill('magic'))
    expect(await post(setNewPassword, { ...first, next: NEXT })).toMatchObject({ status: 409 })
  })

  test('S26: a sign-in link says whom it would sign out, and does not where its page did not say so', async () => {
    const [ann, eve] = [await aPerson(world, slug), await aPerson(world, slug, 'end_user')]
    const link = await open('magic', eve.id)
    expect((await visit(() => loadSignInLink(link))).value).toMatchObject({ leaves: null })
    const drawn = await signedInAs(ann.id)
    expect((await visit(() => loadSignInLink(link))).value).toMatchObject({ leaves: ann.name })
    expect(await post(signInByLink, link)).toMatchObject({ status: 409 })
    expect(await sessionsOf(world, ann.id)).toHaveLength(1)
    expect(await post(signInByLink, { ...link, drawnFor: drawn })).toMatchObject({ to: '/account' })
    expect([await sessionsOf(world, ann.id), (await sessionsOf(world, eve.id)).length]).toEqual([[], 1])
  })
})

describe('a sign-in under way (S26)', () => {
  /** The password was given in this browser; gives what the forms of its next page carry. */
  async function underWay(email: string): Promise<{ drawnFor: string }> {
    jar[ATTEMPT_COOKIE] = (await anAttempt(world, email)).token
    return { drawnFor: (await visit(drawnForSignIn)).value ?? '' }
  }

  test('S26: a step’s form acts in no sign-in but its own; it costs no try, and the page says so', async () => {
    const [ann, bob] = [await anEnrolled(world, slug), await anEnrolled(world, slug)]
    const first = await underWay(ann.email)
    const second = await underWay(bob.email)
    expect(first).not.toEqual(second)
    const before = [await attemptOf(world, ann.id), await attemptOf(world, bob.id)]
    const forms: [Parameters<typeof post>[0], Record<string, string>][] = [
      [verifyFactor, { passcode: '000000' }],
      [verifyFactor, { passcode: totpCode(world, bob.key) }],
      [verifyDevice, { passcode: '000000' }],
      [verifyRecoveryCode, { recoveryCode: 'AAAA-AAAA-AAAA-AAAA' }],
      [sendSignInPasscode, {}],
      [tryAnother, { factor: bob.factorId }],
      [answerLost, { answer: 'lost' }],
      [completeSignIn, {}],
      [startEnrolment, { kind: 'totp' }],
      [enrol, { intent: 'confirm', passcode: '000000' }],
      [askForFactorReset, { reason: '' }],
    ]
    for (const [action, fields] of forms)
      for (const drawn of [first, {}, { drawnFor: await signedInAs(ann.id) }] as Record<string, string>[])
        expect((await post(action, { ...fields, ...drawn })).to).toBe('/sign-in/verify?notice=other_sign_in')
    expect([await attemptOf(world, ann.id), await attemptOf(world, bob.id)]).toEqual(before)
    expect(await world.db.resetRequest.count({ where: { userId: bob.id } })).toBe(0)
    expect(await post(verifyFactor, { ...second, passcode: '000000' })).toMatchObject({ value: { status: 'error' } })
    expect((await attemptOf(world, bob.id)).failures).toBe(1)
    expect((await post(verifyFactor, { ...second, passcode: totpCode(world, bob.key) })).to).toBe('/account')
  })

  test('S26: the sentence goes along to wherever the sign-in under way stands', async () => {
    const [ann, bob] = [await anEnrolled(world, slug), await aPerson(world, slug)]
    const { drawnFor } = await underWay(ann.email)
    await underWay(bob.email)
    const { to } = await post(verifyFactor, { drawnFor, passcode: '000000' })
    const notice = new URL(to ?? '', 'https://login.example.com').searchParams.get('notice') ?? ''
    const led = await visit(() => loadStep(['verify-factor', 'ask-if-lost', 'complete'], { notice }))
    expect(led.to).toBe('/sign-in/device?notice=other_sign_in')
    expect((await visit(() => loadStep(['verify-device'], { notice }))).value).toMatchObject({ step: 'verify-device' })
    world.clock.move(hours(1))
    expect((await visit(() => loadStep(['verify-device'], { notice }))).to).toBe('/sign-in?notice=start_over')
  })

  test('S26: "start over" ends its own sign-in and no other, and works when that is over', async () => {
    const [ann, bob] = [await anEnrolled(world, slug), await anEnrolled(world, slug)]
    const first = await underWay(ann.email)
    const second = await underWay(bob.email)
    const leave = ({ drawnFor }: { drawnFor: string }) => {
      const data = new FormData()
      data.set('drawnFor', drawnFor)
      return visit(() => leaveSignIn(data))
    }
    expect((await leave(first)).to).toBe('/sign-in/verify?notice=other_sign_in')
    expect((await attemptOf(world, bob.id)).endedAt).toBeNull()
    expect((await leave(second)).to).toBe('/sign-in')
    expect((await attemptOf(world, bob.id)).endedAt).not.toBeNull()
    for (const over of [first, second]) expect((await leave(over)).to).toBe('/sign-in')
  })
})

describe('an old tab (S26)', () => {
  test('S26: acts in no session of whoever signed in since; what was typed is kept, and the page is drawn anew', async () => {
    const [ann, bob] = [await anEnrolled(world, slug), await anEnrolled(world, slug)]
    const drawn = await signedInAs(ann.id)
    await signedInAs(bob.id)
    const name = 'Phone of Ann'
    for (const more of [{ drawnFor: drawn }, {}] as Record<string, string>[]) {
      const refused = await post(renameOwnFactor, { factor: bob.factorId, name, ...more })
      expect(refused).toMatchObject({ status: 409, value: { status: 'error', values: { name } } })
    }
    expect(redrawn).toHaveBeenCalledTimes(2)
    expect(await world.db.factor.count({ where: { name } })).toBe(0)
  })

  test('S26 S12: its own session keeps it, whatever token it has by now', async () => {
    const bob = await anEnrolled(world, slug)
    const drawn = await signedInAs(bob.id)
    const name = 'Phone of Bob'
    await post(renameOwnFactor, { factor: bob.factorId, name, drawnFor: drawn })
    expect(await world.db.factor.count({ where: { id: bob.factorId, name } })).toBe(1)
  })

  test('S26: its button to sign out asks first', async () => {
    const [ann, bob] = [await aPerson(world, slug), await aPerson(world, slug)]
    const drawn = await signedInAs(ann.id)
    const now = await signedInAs(bob.id)
    const leave = (value: string) => {
      const data = new FormData()
      data.set('drawnFor', value)
      return visit(() => signOut(data))
    }
    expect((await leave(drawn)).to).toBe('/sign-out')
    expect(await sessionsOf(world, bob.id)).toHaveLength(1)
    expect((await leave(now)).to).toBe('/sign-in?notice=signed_out')
    expect(await sessionsOf(world, bob.id)).toEqual([])
  })

  test('S26: who is nobody yet needs no session, and a session within is asked for all the same', () => {
    expect(refusedFor(null, {})).toBeNull()
    expect(refusedFor({ session: null }, {})).toBeNull()
    expect(refusedFor({ actor: { session: { id: 'one' } }, ref: 'a' }, { link: 'a' })).toBe('other_session')
    expect(refusedFor({ actor: { session: { id: 'one' } }, ref: 'a' }, { drawnFor: drawnFor({ id: 'one' }) })).toBe(
      'other_link',
    )
  })
})
