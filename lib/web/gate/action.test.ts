import { symbols } from 'pino'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { z } from 'zod'
import { initialFormState } from '@/components/ui/form-state'
import { readConfig } from '../../core/env'
import { later, minutes, seconds } from '../../core/kernel/time'
import { UnreadableRow } from '../../core/kernel/unreadable'
import { log } from '../../core/log'
import { dropAuditTriggers } from '../../testing/audit-triggers'
import { freshDatabase } from '../../testing/databases'
import { arrive } from '../../testing/next-headers'
import { statementsOf } from '../../testing/statements'
import { aTenant, quickWorld, type TestWorld } from '../../testing/world'
import { setWorld } from '../server/deps'
import { SESSION_COOKIE } from '../server/request'
import { type WantedResponse, withResponse } from '../server/response'
import { type Answer, defineAction, defineButton, ERROR_CODES, readForm } from './action'

vi.mock('next/headers', () => import('../../testing/next-headers'))

const OWN = {
  origin: 'https://login.example.com',
  'sec-fetch-site': 'same-origin',
  'x-twofold-request-id': 'request-1',
}

function form(fields: Record<string, string | Blob | (string | Blob)[]> = {}): FormData {
  const data = new FormData()
  for (const [name, value] of Object.entries(fields)) for (const each of [value].flat()) data.append(name, each)
  return data
}

let database: Awaited<ReturnType<typeof freshDatabase>>
let world: TestWorld
let woken = 0
let logged: string[]

beforeAll(async () => {
  database = await freshDatabase('sqlite')
  world = quickWorld(database.db)
  await dropAuditTriggers(database.db)
  await aTenant(world)
  const config = readConfig({ PUBLIC_URL: 'https://login.example.com', MAIL_TRANSPORT: 'directory' })
  if (!config.ok) throw new Error(config.detail)
  setWorld({
    deps: world,
    config: config.value,
    wake: () => {
      woken += 1
    },
  })
})
afterAll(() => database.drop())

beforeEach(() => {
  arrive({ headers: OWN })
  woken = 0
  logged = []
  // What the logger really writes, after its serializers.
  const stream = Reflect.get(log(), symbols.streamSym) as { write: (line: string) => void }
  vi.spyOn(stream, 'write').mockImplementation((line) => {
    logged.push(line)
  })
})
afterEach(() => {
  vi.restoreAllMocks()
})

/** An action that notes how far it comes. */
function noting(run: () => Promise<Answer> = async () => ({ done: 'common.copied' })) {
  const calls: string[] = []
  const action = defineAction({
    schema: z.object({ name: z.string().min(1, 'required') }).transform((value) => {
      calls.push('parse')
      return value
    }),
    kept: ['name'],
    gate: async () => {
      calls.push('gate')
      return 'actor'
    },
    run: (_deps, actor, input) => {
      calls.push(`run ${actor} ${JSON.stringify(input)}`)
      return run()
    },
  })
  return { calls, action }
}

/** The answer to a form, and what it says of its response. */
async function answerOf(action: ReturnType<typeof noting>['action'], data = form({ name: 'Olga' })) {
  const wanted: WantedResponse = { headers: new Map(), form: 'none' }
  const state = await withResponse(wanted, () => action(initialFormState, data))
  return { state, status: wanted.status, retryAfter: wanted.headers.get('Retry-After') }
}

async function thrownBy(work: () => Promise<unknown>): Promise<{ digest: string }> {
  try {
    await work()
  } catch (error) {
    return error as { digest: string }
  }
  throw new Error('nothing was thrown')
}

describe('the order of an action', () => {
  test('origin, gate, parse, run; then the worker is woken', async () => {
    const { calls, action } = noting()
    const { state, status } = await answerOf(action)
    expect(calls).toEqual(['gate', 'parse', 'run actor {"name":"Olga"}'])
    expect(state).toEqual({ status: 'done', submission: 1, message: 'Copied' })
    expect(status).toBeUndefined()
    expect(woken).toBe(1)
  })

  test.each([
    ['a foreign origin', { ...OWN, origin: 'https://evil.example' }],
    ['another site', { ...OWN, 'sec-fetch-site': 'cross-site' }],
    ['a sibling site', { ...OWN, 'sec-fetch-site': 'same-site' }],
    ['the address bar', { ...OWN, 'sec-fetch-site': 'none' }],
    ['nobody says where', { 'x-twofold-request-id': 'request-1' }],
    ['an opaque origin alone', { origin: 'null' }],
  ])('ASVS 3.5.1: a post from %s is 403 before anybody asks who it is', async (_what, headers) => {
    arrive({ headers: headers as Record<string, string> })
    const { calls, action } = noting()
    const { state, status } = await answerOf(action)
    expect(calls).toEqual([])
    expect(status).toBe(403)
    expect(state).toMatchObject({ status: 'error', message: expect.stringMatching(/^You cannot do this here/) })
    expect(woken).toBe(0)
  })

  test('a foreign post costs no look-up: the session behind its cookie is neither read nor kept alive', async () => {
    const headers = { ...OWN, origin: 'https://evil.example' }
    arrive({ headers, cookies: { [SESSION_COOKIE]: 'A'.repeat(43) } })
    const { action } = noting()
    expect(await statementsOf(() => answerOf(action))).toEqual([])
    arrive({ headers: OWN, cookies: { [SESSION_COOKIE]: 'A'.repeat(43) } })
    expect(await statementsOf(() => answerOf(action))).not.toEqual([])
  })

  test('whom the gate turns away reaches neither parse nor run, and is led on', async () => {
    const { redirect } = await import('next/navigation')
    const run = vi.fn(async () => ({ to: '/done' }))
    const schema = z.object({}).transform(() => {
      throw new Error('parsed')
    })
    const action = defineAction({ schema, gate: async () => redirect('/sign-in'), run })
    expect((await thrownBy(() => answerOf(action))).digest).toBe('NEXT_REDIRECT;replace;/sign-in;307;')
    expect(run).not.toHaveBeenCalled()
    expect(logged).toEqual([])
  })

  test('a form that is not ours is 400 and is not run; what was sent is not written down', async () => {
    await world.db.auditEvent.deleteMany()
    const { calls, action } = noting()
    const { state, status } = await answerOf(action, form({ name: ['a', 'S3CRET'] }))
    expect(calls).toEqual(['gate'])
    expect(status).toBe(400)
    expect(state).toMatchObject({ status: 'error', submission: 1 })
    const events = await world.db.auditEvent.findMany({ where: { kind: 'request_refused' } })
    expect(events.map((event) => JSON.parse(event.data))).toEqual([{ reason: 'bad_form' }])
    expect(JSON.stringify(events)).not.toContain('S3CRET')
    expect(woken).toBe(0)
  })

  test('what a person can mend stands at its field, with a plain 200, and is no refusal', async () => {
    const before = await world.db.auditEvent.count()
    const { calls, action } = noting()
    const { state, status } = await answerOf(action, form({ name: '' }))
    expect(calls).toEqual(['gate'])
    expect(state).toEqual({ status: 'error', fields: { name: 'Fill this in.' }, values: { name: '' }, submission: 1 })
    expect(status).toBeUndefined()
    expect(await world.db.auditEvent.count()).toBe(before)
  })

  test('ASVS 15.3.3: the service gets the parsed fields and nothing else', async () => {
    const { calls, action } = noting()
    await answerOf(action, form({ name: 'Olga', role: 'owner', userId: '1', $ACTION_ID_x: '', __proto__: 'x' }))
    expect(calls.at(-1)).toBe('run actor {"name":"Olga"}')
  })
})

describe('what comes of it', () => {
  test('S17: a redirect is thrown outside the try, so nothing mistakes it for a failure', async () => {
    const { action } = noting(async () => ({ to: '/account?notice=done' }))
    expect((await thrownBy(() => answerOf(action))).digest).toBe('NEXT_REDIRECT;replace;/account?notice=done;307;')
    expect(logged).toEqual([])
    expect(woken).toBe(1)
  })

  test('a redirect from within goes through as well', async () => {
    const { redirect } = await import('next/navigation')
    const { action } = noting(async () => redirect('/reauthenticate'))
    expect((await thrownBy(() => answerOf(action))).digest).toContain('/reauthenticate')
    expect(logged).toEqual([])
  })

  test.each([
    ['throttled', {}, 429, null],
    ['mail_throttled', {}, 429, null],
    ['busy', {}, 503, '5'],
    ['wrong_credentials', {}, undefined, null],
    ['not_allowed', { status: 403 }, 403, null],
    ['busy', { status: 500 }, 500, '5'],
  ] as const)('an answer of %s (%j) has the status %s', async (error, more, status, retryAfter) => {
    const { action } = noting(async () => ({ error, ...more }))
    const answer = await answerOf(action)
    expect(answer.status).toBe(status)
    expect(answer.retryAfter ?? null).toBe(retryAfter)
    expect(answer.state.status).toBe('error')
    expect(answer.state.message).not.toBe('')
  })

  test('X3: a wait says until when, in minutes, and to the browser in seconds', async () => {
    const until = later(world.clock.now(), minutes(14) + seconds(1))
    const { action } = noting(async () => ({ error: 'throttled', until }))
    const { state, status, retryAfter } = await answerOf(action)
    expect([status, retryAfter]).toEqual([429, '841'])
    expect(state.message).toMatch(/^Too many tries\. Try again after Nov 20, 2026, .+ UTC \(in 15 minutes\)\.$/)
  })

  test('X3: without an end it is a lock, and says who helps', async () => {
    const { action } = noting(async () => ({ error: 'throttled', until: null }))
    const { state, status } = await answerOf(action)
    expect(status).toBe(429)
    expect(state.message).toMatch(/locked/)
  })

  test('an error of a field stands at the field, with its data; what was typed is kept only where it is named', async () => {
    const { action } = noting(async () => ({ error: 'code_wrong', field: 'passcode', data: { codes: ['a', 'b'] } }))
    const { state } = await answerOf(action, form({ name: 'Olga', password: 'S3CRET', passcode: '123456' }))
    expect(state).toEqual({
      status: 'error',
      fields: { passcode: expect.any(String) },
      values: { name: 'Olga' },
      submission: 1,
      data: { codes: ['a', 'b'] },
    })
    expect(JSON.stringify(state)).not.toMatch(/S3CRET|123456/)
  })

  test('each answer of one form has a number, so that the page can tell them apart', async () => {
    const { action } = noting()
    const one = await action(initialFormState, form({ name: 'a' }))
    const two = await action(one, form({ name: '' }))
    expect([one.submission, two.submission]).toEqual([1, 2])
  })

  test('X1: is said in the reader’s language', async () => {
    arrive({ headers: { ...OWN, 'accept-language': 'de' } })
    const { action } = noting(async () => ({ error: 'wrong_password' }))
    expect((await answerOf(action)).state.message).toMatch(/Passwort/)
  })

  test('X3: there is a sentence for every code', async () => {
    const said = new Set<string>()
    for (const error of ERROR_CODES) {
      const { action } = noting(async () => ({ error }))
      said.add((await answerOf(action)).state.message ?? '')
    }
    expect(said.size).toBe(ERROR_CODES.length)
  })
})

describe('when something breaks (ASVS 16.5.1)', () => {
  const SECRET = 'S3CRET-value'

  test('the browser gets a reference and a 500, the log the reason with the same reference', async () => {
    const { action } = noting(async () => {
      throw new TypeError('x is not a function')
    })
    const { state, status } = await answerOf(action)
    expect(status).toBe(500)
    expect(state).toMatchObject({ status: 'error', message: expect.stringContaining('request-1') })
    expect(JSON.stringify(state)).not.toMatch(/x is not a function|TypeError|action\.test/)
    expect(woken).toBe(0)
    expect(logged).toHaveLength(1)
    expect(JSON.parse(logged[0] ?? '')).toMatchObject({
      msg: 'an action failed',
      requestId: 'request-1',
      err: { type: 'TypeError', message: 'x is not a function' },
    })
  })

  test('a gate that breaks is answered the same way, and lets nobody in', async () => {
    const run = vi.fn(async () => ({ to: '/done' }))
    const gate = async () => {
      throw new Error('no database')
    }
    const { state, status } = await answerOf(defineAction({ schema: z.object({}), gate, run }))
    expect([status, state.status]).toEqual([500, 'error'])
    expect(run).not.toHaveBeenCalled()
  })

  test('ASVS 16.5.3: without a database the answer is the same, and nobody is let in', async () => {
    const find = vi.spyOn(world.db, '$queryRaw').mockRejectedValue(new Error('no database'))
    arrive({ headers: { ...OWN, 'accept-language': 'de' }, cookies: { [SESSION_COOKIE]: 'A'.repeat(43) } })
    const { calls, action } = noting()
    const { state, status } = await answerOf(action)
    expect(find).toHaveBeenCalled()
    expect([status, state.status, calls]).toEqual([500, 'error', []])
    expect(state.message).toMatch(/request-1/)
    expect(logged).toHaveLength(1)
  })

  test.each([
    ['a taken value', () => world.db.user.create({ data: { id: '1', tenantId: SECRET, email: SECRET, name: SECRET } })],
    ['a wrong argument', () => world.db.user.create({ data: { email: SECRET, wrong: SECRET } as never })],
    ['a raw statement', () => world.db.$queryRawUnsafe(`SELECT '${SECRET}' FROM WHERE`)],
    [
      'what is thrown and no error',
      async () => {
        throw SECRET
      },
    ],
    ['a rejected text', () => Promise.reject(SECRET)],
  ])('S10, S16: %s leaves no value in the log nor in the answer', async (_what, work) => {
    const { action } = noting(async () => {
      await work()
      return {}
    })
    const { state, status } = await answerOf(action, form({ name: SECRET, password: SECRET }))
    expect(status).toBe(500)
    expect({ ...state, values: {} }).toMatchObject({ message: expect.stringContaining('request-1') })
    expect(JSON.stringify({ ...state, values: {} })).not.toContain(SECRET)
    expect(logged).toHaveLength(1)
    expect(logged[0]).toContain('an action failed')
    expect(logged[0]).not.toContain(SECRET)
  })
})

describe('N38: while the database is away', () => {
  const away = () => Promise.reject(Object.assign(new Error('10.0.0.7 said no'), { code: 'ECONNREFUSED' }))

  test.each([
    ['en', 'Our database cannot be used right now.'],
    ['de', 'Unsere Datenbank ist gerade nicht verfügbar.'],
    ['ja', 'データベースを一時的に利用できません。'],
    ['ko', '데이터베이스를 일시적으로 사용할 수 없습니다.'],
  ])('an action answers 503 with a sentence in the reader’s language (%s)', async (language, sentence) => {
    arrive({ headers: { ...OWN, 'accept-language': language } })
    const { state, status, retryAfter } = await answerOf(noting(away).action)
    expect([status, retryAfter]).toEqual([503, '10'])
    expect(state.message).toContain(sentence)
    expect(JSON.stringify(state)).not.toContain('10.0.0.7')
  })

  test('a button leads to the page for it, and nothing is said in the log but why', async () => {
    const wanted: WantedResponse = { headers: new Map(), form: 'none' }
    const button = defineButton({ schema: z.object({}), gate: async () => null, run: away })
    await expect(withResponse(wanted, () => button(form()))).rejects.toThrow(/^a button failed$/)
    expect(wanted.outage).toBe(true)
    expect(logged.filter((line) => !line.includes('does not answer'))).toEqual([])
  })
})

describe('N41: a row that cannot be read', () => {
  const run = () =>
    Promise.reject(new UnreadableRow([{ table: 'factor', id: 'f1', column: 'sealedKey', problem: 'broken_seal' }]))

  test.each([
    ['en', 'trying again does not help'],
    ['de', 'ein neuer Versuch hilft nicht'],
    ['ja', 'もう一度試しても解決しません'],
    ['ko', '다시 시도해도 해결되지 않습니다'],
  ])(
    'is told with the reference in the reader’s language, and where it is to the log alone (%s)',
    async (language, sentence) => {
      arrive({ headers: { ...OWN, 'accept-language': language } })
      const { state, status } = await answerOf(noting(run).action)
      expect(status).toBe(500)
      expect(state.message).toContain(sentence)
      expect(state.message).toContain('request-1')
      expect(JSON.stringify(state)).not.toContain('factor')
    },
  )

  test('a button leads to the page for it', async () => {
    const wanted: WantedResponse = { headers: new Map(), form: 'none' }
    const button = defineButton({ schema: z.object({}), gate: async () => null, run })
    await expect(withResponse(wanted, () => button(form()))).rejects.toThrow(/^a button failed$/)
    expect(wanted.unreadable).toBe(true)
    expect(JSON.parse(logged[0] ?? '')).toMatchObject({ table: 'factor', id: 'f1', requestId: 'request-1' })
  })
})

describe('defineButton', () => {
  test('leads to a page, or leaves the person where they are', async () => {
    const button = (answer: Answer) =>
      defineButton({ schema: z.object({}), gate: async () => null, run: async () => answer })
    expect((await thrownBy(() => button({ to: '/there' })(form()))).digest).toContain('/there')
    expect(await button({ error: 'busy' })(form())).toBeUndefined()
    expect(await button({})(form())).toBeUndefined()
  })

  test('ASVS 16.5.1: what breaks is logged and leads to the failure page, which says nothing of it', async () => {
    const run = async () => {
      throw new Error('x is not a function')
    }
    const button = defineButton({ schema: z.object({}), gate: async () => null, run })
    await expect(button(form())).rejects.toThrow(/^a button failed$/)
    expect(logged).toHaveLength(1)
    expect(JSON.parse(logged[0] ?? '')).toMatchObject({
      requestId: 'request-1',
      err: { message: 'x is not a function' },
    })
  })

  test('ASVS 3.5.1: is an action like any other: a foreign post does nothing', async () => {
    arrive({ headers: { ...OWN, origin: 'https://evil.example' } })
    const run = vi.fn(async () => ({ to: '/there' }))
    expect(await defineButton({ schema: z.object({}), gate: async () => null, run })(form())).toBeUndefined()
    expect(run).not.toHaveBeenCalled()
  })
})

test('ASVS 2.2.1: actions are open endpoints: whatever comes in the place of state and form is refused as a form', async () => {
  const { calls, action } = noting()
  const call = action as unknown as (state: unknown, form: unknown) => Promise<{ status: string; submission: number }>
  for (const state of [undefined, null, 'idle', 7, {}, []])
    for (const sent of [undefined, null, 'name=Olga', 7, {}, [['name', 'Olga']], { entries: () => [] }]) {
      const wanted: WantedResponse = { headers: new Map(), form: 'none' }
      const answer = await withResponse(wanted, () => call(state, sent))
      expect([wanted.status, answer.status, answer.submission]).toEqual([400, 'error', 1])
    }
  expect(calls.every((each) => each === 'gate')).toBe(true)
  expect(logged).toEqual([])
})

describe('readForm (ASVS 15.3.7)', () => {
  test('gives the fields by name, without those of the framework', () => {
    expect(readForm(form({ a: '1', b: '', $ACTION_ID_abc: '', $ACTION_REF_1: 'x' }))).toEqual({ a: '1', b: '' })
    expect(readForm(form())).toEqual({})
  })

  test('a field that is sent twice makes the whole form none', () => {
    expect(readForm(form({ a: ['1', '2'] }))).toBeNull()
    expect(readForm(form({ a: ['1', '1'], b: '2' }))).toBeNull()
  })

  test('neither is a file a field', () => {
    expect(readForm(form({ a: new Blob(['x']) }))).toBeNull()
    expect(readForm(form({ a: ['1', new Blob(['x'])] }))).toBeNull()
  })

  test('a field named like a part of every object changes no object and is no trap', () => {
    const data = new FormData()
    for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) data.append(name, 'polluted')
    const fields = readForm(data)
    expect(fields).not.toBeNull()
    expect(Object.getPrototypeOf(fields)).toBe(Object.prototype)
    expect(fields).toMatchObject({ toString: 'polluted' })
    expect(String({})).toBe('[object Object]')
    expect(Object.hasOwn({}, 'polluted')).toBe(false)
  })
})
