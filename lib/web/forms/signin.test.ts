import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { proveDevice, proveFactor } from '../../authentication/signin/prove/service'
import { startWithPassword } from '../../authentication/signin/start/service'
import { isToken } from '../../core/crypto/token'
import { readConfig } from '../../core/env'
import { hours, later, minutes } from '../../core/kernel/time'
import type { TenantFacts } from '../../identity/tenant/service'
import { freshDatabase } from '../../testing/databases'
import { arrive, setCookies } from '../../testing/next-headers'
import {
  aFurtherTenant,
  aPerson,
  aSession,
  aTenant,
  aTotpFactor,
  aVisitor,
  lastMail,
  PASSWORD,
  quickWorld,
  sessionOf,
  type TestWorld,
  totpCode,
} from '../../testing/world'
import { keepSession } from '../gate/cookies'
import { claimant, claimantOrStart } from '../gate/guard'
import { setWorld } from '../server/deps'
import { ATTEMPT_COOKIE, DEVICE_COOKIE, SESSION_COOKIE } from '../server/request'
import { startedAnswer, stepAnswer } from './signin'

vi.mock('next/headers', () => import('../../testing/next-headers'))

let database: Awaited<ReturnType<typeof freshDatabase>>
let world: TestWorld
let free: TenantFacts
let strict: TenantFacts

beforeAll(async () => {
  database = await freshDatabase('sqlite')
  world = quickWorld(database.db)
  free = await aTenant(world)
  strict = await aFurtherTenant(world, { required: true })
  const config = readConfig({ PUBLIC_URL: 'https://login.example.com', MAIL_TRANSPORT: 'directory' })
  if (!config.ok) throw new Error(config.detail)
  setWorld({ deps: world, config: config.value, wake: () => undefined })
})
afterAll(() => database.drop())
beforeEach(() => arrive())

const cookieNames = () => setCookies().map((each) => each.name)
const cookie = (name: string) => setCookies().find((each) => each.name === name)

/** The next request of the same browser. */
function next(): void {
  const jar = Object.fromEntries(setCookies().map(({ name, value }) => [name, value]))
  arrive({ cookies: jar })
}

async function passwordStep(email: string) {
  const started = await startWithPassword(world, aVisitor(), { email, password: PASSWORD })
  if (!started.ok) throw new Error(started.code)
  return startedAnswer(started.value)
}

describe('cookies of a sign-in', () => {
  test('S1: the password alone brings the attempt’s cookie and none of a session', async () => {
    for (const slug of [free.slug, strict.slug]) {
      const person = await aPerson(world, slug)
      arrive()
      expect(await passwordStep(person.email)).toEqual({ to: '/sign-in/device' })
      expect(cookieNames()).toEqual([ATTEMPT_COOKIE])
      expect(cookie(ATTEMPT_COOKIE)?.options.maxAge).toBe(600)
      expect(isToken(cookie(ATTEMPT_COOKIE)?.value ?? '')).toBe(true)
    }
  })

  test('S1: the session’s cookie comes with the last factor, and the attempt’s goes', async () => {
    const person = await aPerson(world, strict.slug)
    const factor = await aTotpFactor(world, person.id)
    expect(await passwordStep(person.email)).toEqual({ to: '/sign-in/verify' })
    next()
    const wrong = await stepAnswer(await proveFactor(world, await claimantOrStart(), '000000'), 'totp_wrong')
    expect(wrong).toEqual({ error: 'totp_wrong', field: 'passcode' })
    expect(cookieNames()).toEqual([])
    const right = await proveFactor(world, await claimantOrStart(), totpCode(world, factor.key))
    expect(await stepAnswer(right, 'totp_wrong')).toMatchObject({ to: expect.stringMatching(/^\//) })
    expect(cookieNames()).toEqual([SESSION_COOKIE, DEVICE_COOKIE, ATTEMPT_COOKIE])
    expect(cookie(ATTEMPT_COOKIE)).toMatchObject({ value: '', options: { maxAge: 0 } })
    const session = cookie(SESSION_COOKIE)
    expect(session?.options.maxAge).toBe(hours(12) / 1000)
    expect((await sessionOf(world, session?.value ?? '')).assured.person.id).toBe(person.id)
  })

  test('S1: a step that leads to another step brings none', async () => {
    const person = await aPerson(world, strict.slug)
    await passwordStep(person.email)
    next()
    const code = String((await lastMail(world, person.email)).values.code)
    const answer = await stepAnswer(await proveDevice(world, await claimantOrStart(), code), 'code_wrong')
    expect(answer).toEqual({ to: '/sign-in/enroll' })
    expect(cookieNames()).not.toContain(SESSION_COOKIE)
  })

  test('S12: the session this browser had before ends, whosever it was', async () => {
    const before = await aSession(world, (await aPerson(world, free.slug)).id)
    const person = await aPerson(world, free.slug)
    await passwordStep(person.email)
    next()
    const code = String((await lastMail(world, person.email)).values.code)
    const proved = await proveDevice(world, await claimantOrStart(), code)
    arrive({ cookies: { [SESSION_COOKIE]: before.token } })
    await stepAnswer(proved, 'code_wrong')
    await expect(sessionOf(world, before.token)).rejects.toThrow('no session')
    expect((await sessionOf(world, cookie(SESSION_COOKIE)?.value ?? '')).assured.person.id).toBe(person.id)
  })

  test('entering enrolment moves the end of the cookie with the attempt’s', async () => {
    arrive({ cookies: { [ATTEMPT_COOKIE]: 'A'.repeat(43) } })
    const until = later(world.clock.now(), minutes(25))
    const value = { kind: 'step', step: 'enrol', until } as const
    expect(await stepAnswer({ ok: true, value }, 'unexpected')).toEqual({ to: '/sign-in/enroll' })
    expect(setCookies()).toMatchObject([{ name: ATTEMPT_COOKIE, value: 'A'.repeat(43), options: { maxAge: 1500 } }])
    arrive()
    await stepAnswer({ ok: true, value }, 'unexpected')
    expect(setCookies()).toEqual([])
  })
})

describe('stepAnswer', () => {
  const until = new Date('2026-11-20T10:00:00.000Z')

  test.each(['start_over', 'out_of_tries'] as const)(
    'D8: %s leads to the beginning, without the attempt',
    async (code) => {
      arrive({ cookies: { [ATTEMPT_COOKIE]: 'A'.repeat(43) } })
      const answer = await stepAnswer({ ok: false, code, detail: undefined }, 'code_wrong')
      expect(answer).toEqual({ to: `/sign-in?notice=${code}` })
      expect(cookie(ATTEMPT_COOKIE)).toMatchObject({ value: '', options: { maxAge: 0 } })
      expect(await claimant()).toBeNull()
    },
  )

  test('a server that is busy is no fault of what was typed', async () => {
    expect(await stepAnswer({ ok: false, code: 'busy', detail: undefined }, 'code_wrong')).toEqual({ error: 'busy' })
    expect(setCookies()).toEqual([])
  })

  test.each(['wrong_new_sent', 'expired_new_sent'] as const)('%s is said at the passcode', async (code) => {
    const answer = await stepAnswer({ ok: false, code, detail: undefined }, 'code_wrong')
    expect(answer).toEqual({ error: code, field: 'passcode' })
    expect(setCookies()).toEqual([])
  })

  test('X4: that the clock is off is said at the passcode', async () => {
    const answer = (seconds: number) => stepAnswer({ ok: false, code: 'clock_off', detail: { seconds } }, 'totp_wrong')
    expect(await answer(90)).toEqual({ error: 'clock_ahead', seconds: 90, field: 'passcode' })
    expect(await answer(-60)).toEqual({ error: 'clock_behind', seconds: 60, field: 'passcode' })
  })

  test.each([
    ['code_wrong', 'passcode'],
    ['totp_wrong', 'passcode'],
    ['setup_code_wrong', 'passcode'],
    ['recovery_wrong', 'recoveryCode'],
    ['typed_back_wrong', 'typed'],
  ] as const)('X2: %s is said at the field where it is typed again', async (wrong, field) => {
    expect(await stepAnswer({ ok: false, code: 'wrong', detail: undefined }, wrong)).toEqual({ error: wrong, field })
  })

  test.each(['throttled', 'mail_throttled', 'wrong_mail_throttled'] as const)(
    '%s says until when, and keeps the attempt',
    async (code) => {
      expect(await stepAnswer({ ok: false, code, detail: { until } }, 'code_wrong')).toEqual({ error: code, until })
      expect(setCookies()).toEqual([])
    },
  )
})

test('S19: without an attempt there is no step, only the beginning', async () => {
  await expect(claimantOrStart()).rejects.toMatchObject({
    digest: expect.stringContaining(';/sign-in?notice=start_over;'),
  })
})

test('S12: a rotated token takes the place of the old one, for as long as the session still has', async () => {
  const session = await aSession(world, (await aPerson(world, free.slug)).id)
  world.clock.move(minutes(30))
  arrive()
  await keepSession(session.assured, 'B'.repeat(43))
  expect(setCookies()).toMatchObject([
    { name: SESSION_COOKIE, value: 'B'.repeat(43), options: { maxAge: (hours(12) - minutes(30)) / 1000 } },
  ])
})
