import { createServer, type IncomingHttpHeaders, request, type Server, type ServerResponse } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Config, readConfig } from '../../core/env'
import type { RequestInfo } from '../../core/kernel/request'
import { createAdmission } from './admission'
import { createErrorListener, createListener } from './listener'
import type { Refusal } from './refusal'
import { KEPT_COOKIE, LOCALE_COOKIE } from './request'
import { askToKeepCookies, clearSiteData, noteFormRead, noteOutage, noteUnreadable, setStatus } from './response'

interface Seen {
  method: string
  url: string
  headers: IncomingHttpHeaders
  body: string
}

interface Answer {
  status: number
  headers: IncomingHttpHeaders
  body: string
}

const PLACES = 2

let server: Server
let seen: Seen[]
let busy: number
let unreadable: number
let reports: boolean
let ready: boolean
let refused: { reason: Refusal | 'unknown_path'; info: RequestInfo }[]
let lookUp: (cookies: string) => Promise<string | null>
/** What the framework behind the listener does with a request. */
let handle: (response: ServerResponse) => void | Promise<void>

function config(more: Record<string, string> = {}): Config {
  const read = readConfig({ PUBLIC_URL: 'https://login.example.com', MAIL_TRANSPORT: 'directory', ...more })
  if (!read.ok) throw new Error(read.detail)
  return read.value
}

async function open(settings: Config = config(), development = false): Promise<void> {
  const listener = createListener(
    settings,
    async (incoming, response) => {
      let body = ''
      for await (const part of incoming) body += part
      seen.push({ method: incoming.method ?? '', url: incoming.url ?? '', headers: incoming.headers, body })
      await handle(response)
    },
    {
      development,
      onRefusal: (reason, info) => refused.push({ reason, info }),
      takeReport: () => reports,
      onUnreadable: () => {
        unreadable += 1
      },
      onBusy: () => {
        busy += 1
      },
      isReady: async () => ready,
      knownBy: (cookies) => lookUp(cookies),
      admission: {
        strangers: createAdmission(PLACES, 50),
        known: createAdmission(PLACES, 50),
        lookups: createAdmission(1, 50),
        checks: createAdmission(1, 50),
      },
    },
  )
  server = createServer(listener)
  server.on(
    'clientError',
    createErrorListener((reason, info) => refused.push({ reason, info })),
  )
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
}

function send(
  path: string,
  more: { method?: string; headers?: Record<string, string | string[]>; body?: string; chunked?: boolean } = {},
): Promise<Answer> {
  const { method = 'GET', headers = {}, body, chunked = false } = more
  return new Promise((resolve, reject) => {
    const { port } = server.address() as AddressInfo
    const length: Record<string, string> =
      body === undefined || chunked || 'content-length' in headers ? {} : { 'content-length': String(body.length) }
    const outgoing = request({ host: '127.0.0.1', port, path, method, headers: { ...length, ...headers } })
    outgoing.on('response', (response) => {
      let text = ''
      response.on('data', (part) => {
        text += part
      })
      response.on('end', () => {
        outgoing.destroy()
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text })
      })
    })
    outgoing.on('error', reject)
    if (body !== undefined) outgoing.write(body)
    if (headers['content-length'] === undefined) outgoing.end()
    else outgoing.flushHeaders()
  })
}

const OWN = { origin: 'https://login.example.com', 'sec-fetch-site': 'same-origin' }
const FORM = { ...OWN, 'content-type': 'application/x-www-form-urlencoded' }
const post = (path: string, headers: Record<string, string | string[]> = FORM, body = 'a=1') =>
  send(path, { method: 'POST', headers, body })

beforeEach(() => {
  seen = []
  busy = 0
  unreadable = 0
  reports = true
  ready = true
  refused = []
  lookUp = async (cookies) => /session=(\w+)/.exec(cookies)?.[1] ?? null
  handle = (response) => {
    response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8' })
    response.end('page')
  }
})
afterEach(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})

/** Whatever the response is (N31). */
function expectFixedHeaders({ headers }: Answer): void {
  expect(headers['strict-transport-security']).toBe('max-age=63072000; includeSubDomains')
  expect(headers['x-content-type-options']).toBe('nosniff')
  expect(headers['cross-origin-opener-policy']).toBe('same-origin')
  expect(headers['cross-origin-resource-policy']).toBe('same-origin')
  expect(headers['permissions-policy']).toMatch(/geolocation=\(\)/)
  expect(headers['permissions-policy']).toMatch(/publickey-credentials-get=\(self\)/)
  expect(headers['reporting-endpoints']).toBe('csp="/api/csp-report"')
  expect(headers['content-security-policy']).toMatch(/script-src 'nonce-[A-Za-z0-9_-]{22}' 'strict-dynamic'/)
  expect(headers['content-security-policy']).toMatch(/frame-ancestors 'none'/)
  expect(headers['referrer-policy']).toMatch(/^(same-origin|no-referrer)$/)
  expect(headers).not.toHaveProperty('x-powered-by')
  expect(headers).not.toHaveProperty('server')
}

describe('what is refused before any page', () => {
  beforeEach(() => open())

  test.each([
    ['a foreign origin', { ...FORM, origin: 'https://evil.example' }],
    ['another site', { ...FORM, 'sec-fetch-site': 'cross-site' }],
    ['a sibling site', { ...FORM, 'sec-fetch-site': 'same-site' }],
    ['an address bar', { ...FORM, 'sec-fetch-site': 'none' }],
    ['no word of where from', { 'content-type': 'application/x-www-form-urlencoded' }],
    ['an opaque origin alone', { 'content-type': 'text/plain', origin: 'null' }],
    ['two origins', { ...FORM, origin: ['https://login.example.com', 'https://evil.example'] }],
    ['two sites', { ...FORM, 'sec-fetch-site': ['same-origin', 'cross-site'] }],
    ['the host it asked for', { ...FORM, origin: 'http://127.0.0.1', host: '127.0.0.1' }],
    ['a host that says so', { ...FORM, origin: 'https://evil.example', host: 'evil.example' }],
    ['a proxy that says so', { ...FORM, origin: 'https://evil.example', 'x-forwarded-host': 'evil.example' }],
  ])('N33, ASVS 3.5.1: a post from %s is 403 and reaches nothing', async (_what, headers) => {
    const answer = await post('/sign-in', headers)
    expect(answer.status).toBe(403)
    expect(seen).toEqual([])
    expect(refused.map((each) => each.reason)).toEqual(['foreign_origin'])
    expectFixedHeaders(answer)
  })

  test.each([
    ['the origin and the site', FORM],
    ['the site alone', { 'content-type': 'multipart/form-data; boundary=x', 'sec-fetch-site': 'same-origin' }],
    ['the origin alone', { 'content-type': 'text/plain;charset=UTF-8', origin: 'https://login.example.com' }],
    ['an opaque origin of ours', { ...FORM, origin: 'null' }],
  ])('a post of ours that says %s comes through with its body', async (_what, headers) => {
    const answer = await post('/sign-in', headers, 'email=olga')
    expect(answer).toMatchObject({ status: 200, body: 'page' })
    expect(seen).toMatchObject([{ method: 'POST', url: '/sign-in', body: 'email=olga' }])
    expect(refused).toEqual([])
  })

  test.each(['PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND'])(
    'ASVS 4.1.4: %s is 405 and says what is allowed',
    async (method) => {
      const answer = await send('/', { method, headers: OWN })
      expect(answer.status).toBe(405)
      expect(answer.headers.allow).toBe('GET, HEAD, POST')
      expect(seen).toEqual([])
      expect(refused.map((each) => each.reason)).toEqual(['method'])
      expectFixedHeaders(answer)
    },
  )

  test.each([
    [64 * 1024, 200],
    [64 * 1024 + 1, 413],
    [10_000_000_000, 413],
  ])('ASVS 15.2.2: a body of %i bytes is answered with %i, before it is read', async (size, status) => {
    if (status === 200) {
      const answer = await post('/sign-in', FORM, 'x'.repeat(size))
      expect(answer.status).toBe(200)
      expect(seen[0]?.body).toHaveLength(size)
      return
    }
    const answer = await send('/sign-in', {
      method: 'POST',
      headers: { ...FORM, 'content-length': String(size) },
      body: 'x',
    })
    expect(answer.status).toBe(status)
    expect(answer.headers.connection).toBe('close')
    expect(seen).toEqual([])
    expect(refused.map((each) => each.reason)).toEqual(['too_large'])
    expectFixedHeaders(answer)
  })

  test('X9 N43: a logo is sent where it is taken, of 1 MiB with its form, and nowhere else', async () => {
    const knock = (path: string, size: number) =>
      send(path, { method: 'POST', headers: { ...FORM, 'content-length': String(size) }, body: 'x' })
    const logo = '/admin/acme/security/advanced/company/logo'
    for (const path of [`${logo}s`, '/admin/acme/logo', `/x${logo}`])
      expect((await knock(path, 64 * 1024 + 1)).status).toBe(413)
    expect((await knock(logo, 1024 * 1024 + 1)).status).toBe(413)
    expect((await post(logo, FORM, 'x'.repeat(1024 * 1024))).status).toBe(200)
  })

  test('a body that does not say how long it is gets 411', async () => {
    const answer = await send('/sign-in', {
      method: 'POST',
      headers: { ...FORM, 'transfer-encoding': 'chunked' },
      body: 'a=1',
      chunked: true,
    })
    expect(answer.status).toBe(411)
    expect(seen).toEqual([])
    expect(refused.map((each) => each.reason)).toEqual(['no_length'])
    expectFixedHeaders(answer)
  })

  test.each(['application/json', 'application/xml', 'text/html', 'application/x-www-form-urlencodedx', ''])(
    'ASVS 3.5.2: a post of type %j is 415',
    async (type) => {
      const answer = await post('/sign-in', type === '' ? OWN : { ...OWN, 'content-type': type })
      expect(answer.status).toBe(415)
      expect(seen).toEqual([])
      expect(refused.map((each) => each.reason)).toEqual(['wrong_type'])
      expectFixedHeaders(answer)
    },
  )

  test('reports of the browser come from no page and have a type of their own; only at their own path', async () => {
    const headers = { 'content-type': 'application/reports+json' }
    expect((await post('/api/csp-report', headers, '[]')).status).toBe(200)
    expect((await post('/api/csp-report?x=1', headers, '[]')).status).toBe(200)
    expect((await post('/api/csp-report/', headers, '[]')).status).toBe(403)
    expect((await post('//api/csp-report', headers, '[]')).status).toBe(403)
    expect((await post('/sign-in?/api/csp-report', headers, '[]')).status).toBe(403)
    const large = { ...headers, 'content-length': '70000' }
    expect((await send('/api/csp-report', { method: 'POST', headers: large, body: '[' })).status).toBe(413)
  })

  test('the answer is a page in the reader’s language that repeats nothing of the request', async () => {
    const headers = { ...FORM, origin: 'https://evil.example', 'accept-language': 'de' }
    const german = await post('/sign-in?<script>alert(1)</script>', headers)
    expect(german.headers['content-type']).toBe('text/html; charset=utf-8')
    expect(german.headers['cache-control']).toBe('no-store')
    expect(german.body).toContain('<html lang="de">')
    expect(german.body).not.toMatch(/script|evil/)
    const korean = await post('/sign-in', { ...headers, cookie: `a=b; ${LOCALE_COOKIE}=ko` })
    expect(korean.body).toContain('<html lang="ko">')
  })

  test('ASVS 16.3.3: who was refused is told by address, browser and number, never by what was sent', async () => {
    const headers = {
      ...FORM,
      origin: 'https://evil.example',
      'user-agent': 'x'.repeat(400),
      'x-forwarded-for': '1.1.1.1',
    }
    await post('/sign-in?secret=1', headers, 'password=secret')
    expect(refused).toEqual([
      {
        reason: 'foreign_origin',
        info: {
          address: '127.0.0.1',
          userAgent: 'x'.repeat(300),
          requestId: expect.stringMatching(/^[A-Za-z0-9_-]{16}$/),
        },
      },
    ])
  })
})

describe('more requests than there are places (N3)', () => {
  /** Ends what is under way. */
  let ends: (() => void)[]
  beforeEach(async () => {
    await open(config({ TRUSTED_PROXY_HOPS: '1' }))
    ends = []
    handle = (response) =>
      new Promise((resolve) => {
        ends.push(() => {
          response.end('page')
          resolve()
        })
      })
  })
  const from = (network: number, more: Record<string, string> = {}) => ({
    'x-forwarded-for': `10.${network}.0.1`,
    ...more,
  })
  async function fill(): Promise<Promise<Answer>[]> {
    const held = [send('/held', { headers: from(1) }), send('/held', { headers: from(1) })]
    await expect.poll(() => ends.length).toBe(PLACES)
    return held
  }
  async function finish(answers: Promise<Answer>[]): Promise<void> {
    const timer = setInterval(() => {
      for (const end of ends.splice(0)) end()
    }, 5)
    await Promise.all(answers)
    clearInterval(timer)
  }

  test('N3, ASVS 15.2.2: a stranger who waits too long is told when to come back, in their language, and reaches nothing', async () => {
    const held = await fill()
    const answer = await post('/sign-in', { ...FORM, ...from(2), 'accept-language': 'ko' }, 'password=secret')
    expect(answer.status).toBe(503)
    expect(answer.headers['retry-after']).toBe('5')
    expect(answer.headers['cache-control']).toBe('no-store')
    expect(answer.body).toContain('<html lang="ko">')
    expect(seen.map(({ url }) => url)).toEqual(['/held', '/held'])
    expect(busy).toBe(1)
    // Not a thing anybody did: one line tells of it, and no audit entry each.
    expect(refused).toEqual([])
    expectFixedHeaders(answer)
    await finish(held)
  })

  test('N3: who is signed in waits behind nobody who is not', async () => {
    const held = await fill()
    const waiting = Array.from({ length: 20 }, (_, n) => post('/sign-in', { ...FORM, ...from(n) }))
    const page = send('/account', { headers: from(1, { cookie: 'session=olga' }) })
    await expect.poll(() => seen.at(-1)?.url).toBe('/account')
    ends.pop()?.()
    expect((await page).status).toBe(200)
    await finish([...held, ...waiting])
  })

  test('N3: cookies are looked up in turns of clients, so that strangers who send some keep nobody waiting', async () => {
    const held = await fill()
    let under = 0
    let most = 0
    const looked: string[] = []
    lookUp = async (cookies) => {
      looked.push(cookies)
      most = Math.max(most, ++under)
      await new Promise((resolve) => setTimeout(resolve, 10))
      under -= 1
      return cookies === 'session=olga' ? 'olga' : null
    }
    const flood = Array.from({ length: 20 }, () => send('/sign-in', { headers: from(1, { cookie: 'session=none' }) }))
    await expect.poll(() => looked.length).toBeGreaterThan(0)
    const page = send('/account', { headers: from(2, { cookie: 'session=olga' }) })
    await expect.poll(() => seen.at(-1)?.url).toBe('/account')
    ends.pop()?.()
    expect((await page).status).toBe(200)
    expect((await Promise.all(flood)).map(({ status }) => status)).toEqual(flood.map(() => 503))
    expect(most).toBe(1)
    expect(looked.length).toBeLessThan(flood.length)
    await finish(held)
  })

  test('N3: probes and files of pages wait behind nobody', async () => {
    const held = await fill()
    for (const path of ['/api/health', '/api/health/live', '/api/health/ready', '/api/health/live?x=1'])
      expect((await send(path)).status, path).toBe(200)
    const file = send('/_next/static/x.js')
    await expect.poll(() => ends.length).toBe(PLACES + 1)
    await finish([...held, file])
  })

  test('N3: a session check waits behind no page, is looked up by nobody else, and waits in turns of clients', async () => {
    const held = await fill()
    lookUp = async () => Promise.reject(new Error('looked up'))
    const check = (network: number, session: string) =>
      send('/api/v1/me', { headers: from(network, { cookie: `session=${session}` }) })
    const asking = [check(1, 'a')]
    await expect.poll(() => ends.length).toBe(PLACES + 1)
    asking.push(check(1, 'b'), check(1, 'c'))
    await new Promise((resolve) => setTimeout(resolve, 10))
    asking.push(check(2, 'd'))
    await new Promise((resolve) => setTimeout(resolve, 10))
    await finish([...held, ...asking])
    expect(seen.slice(PLACES).map(({ headers }) => headers.cookie)).toEqual(
      ['a', 'b', 'd', 'c'].map((session) => `session=${session}`),
    )
    expect((await Promise.all(asking)).map(({ status }) => status)).toEqual([200, 200, 200, 200])
  })

  test('N3: whoever sends a form slowly holds no place while it comes', async () => {
    const slow = Array.from({ length: 10 }, () => {
      const { port } = server.address() as AddressInfo
      const headers = { ...FORM, ...from(7), 'content-length': '10' }
      const outgoing = request({ host: '127.0.0.1', port, path: '/slow', method: 'POST', headers })
      outgoing.on('error', () => undefined)
      outgoing.write('a=1')
      return outgoing
    })
    await new Promise((resolve) => setTimeout(resolve, 30))
    expect(ends).toHaveLength(0)
    const quick = post('/quick', { ...FORM, ...from(8) })
    await expect.poll(() => seen.map(({ url }) => url)).toEqual(['/quick'])
    for (const each of slow) each.write('2345678')
    await finish([quick])
    await expect.poll(() => seen.some(({ url }) => url === '/slow')).toBe(true)
    for (const each of slow) each.destroy()
  })

  test('N3: a place is free again once the answer is made, however slowly it is read, and when the client hangs up', async () => {
    const sockets = [1, 2, 3, 4].map((n) => {
      const { port } = server.address() as AddressInfo
      const outgoing = request({ host: '127.0.0.1', port, path: `/gone${n}`, headers: from(n) })
      outgoing.on('error', () => undefined)
      outgoing.end()
      return outgoing
    })
    await expect.poll(() => seen.filter(({ url }) => url.startsWith('/gone')).length).toBe(PLACES)
    for (const each of sockets) each.destroy()
    const after = [send('/after', { headers: from(5) }), send('/after', { headers: from(5) })]
    await expect.poll(() => seen.filter(({ url }) => url === '/after').length).toBe(PLACES)
    await finish(after)
    handle = (response) => {
      // The head and a beginning, and never an end.
      response.writeHead(200)
      response.write('page')
    }
    for (let n = 0; n < 3 * PLACES; n += 1) {
      const { port } = server.address() as AddressInfo
      await new Promise<void>((resolve) => {
        request({ host: '127.0.0.1', port, path: '/endless', headers: from(6) }, () => resolve())
          .on('error', () => undefined)
          .end()
      })
    }
  })
})

describe('probes', () => {
  beforeEach(() => open())

  test('say what machines ask, and reach nothing behind', async () => {
    const bodies = async (status: number) =>
      Promise.all(
        ['/api/health', '/api/health/live', '/api/health/ready'].map(async (path) => {
          const answer = await send(path)
          expect(answer.headers['content-type']).toBe('application/json; charset=utf-8')
          expect(answer.headers['cache-control']).toBe('no-store')
          expectFixedHeaders(answer)
          expect(answer.status, path).toBe(path === '/api/health/live' ? 200 : status)
          return JSON.parse(answer.body)
        }),
      )
    expect(await bodies(200)).toEqual([{ live: true, ready: true }, { live: true }, { ready: true }])
    ready = false
    expect(await bodies(503)).toEqual([{ live: true, ready: false }, { live: true }, { ready: false }])
    expect((await send('/api/health/live', { method: 'HEAD' })).body).toBe('')
    expect(seen).toEqual([])
    await send('/api/health/toString')
    expect(seen).toHaveLength(1)
  })
})

describe('requests that no browser writes (N37)', () => {
  /** The raw bytes of a request, and all that comes back. */
  function raw(text: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const { port } = server.address() as AddressInfo
      const socket = connect({ host: '127.0.0.1', port }, () => socket.write(text))
      let answer = ''
      socket.on('data', (part) => {
        answer += part
      })
      socket.on('close', () => resolve(answer))
      socket.on('error', reject)
    })
  }
  beforeEach(() => open())

  const HOST = 'Host: login.example.com\r\n'
  test.each([
    ['GET *', `GET * HTTP/1.1\r\n${HOST}Connection: close\r\n\r\n`],
    ['another host in absolute form', `GET http://evil.example/ HTTP/1.1\r\n${HOST}Connection: close\r\n\r\n`],
    ['two Host lines', `GET / HTTP/1.1\r\n${HOST}Host: evil.example\r\nConnection: close\r\n\r\n`],
    ['HTTP/0.9', 'GET /\r\n\r\n'],
    ['no Host line', 'GET / HTTP/1.1\r\nConnection: close\r\n\r\n'],
    ['bytes that are no HTTP', 'hello\r\n\r\n'],
    [
      'a broken state tree',
      `GET / HTTP/1.1\r\n${HOST}RSC: 1\r\nNext-Router-State-Tree: {\r\nConnection: close\r\n\r\n`,
    ],
    [
      'an action by a name that is none',
      `POST / HTTP/1.1\r\n${HOST}Next-Action: x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`,
    ],
  ])('N37: %s is 400, told of, and reaches nothing', async (_what, text) => {
    const answer = await raw(text)
    expect(answer).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/)
    expect(seen).toEqual([])
    if (text.includes('Host:') || !text.includes('HTTP/1.1')) {
      expect(refused.map(({ reason }) => reason)).toEqual(['bad_request'])
      expect(answer).toMatch(/Content-Security-Policy: /)
      expect(answer).toMatch(/It does not have the form of a browser’s request\./)
    }
  })

  test('N37: the absolute form of our own address is its path, for everything behind', async () => {
    await raw(`GET https://login.example.com/account?x=1 HTTP/1.1\r\n${HOST}Connection: close\r\n\r\n`)
    expect(seen.map(({ url, headers }) => [url, headers['x-twofold-path']])).toEqual([['/account?x=1', '/account?x=1']])
    expect((await raw(`GET https://login.example.com/%ff HTTP/1.1\r\n${HOST}\r\n`)).slice(0, 12)).toBe('HTTP/1.1 400')
    const health = await raw(
      `GET http://login.example.com/api/health/live HTTP/1.1\r\n${HOST}Connection: close\r\n\r\n`,
    )
    expect(health).toContain('{"live":true}')
  })

  test.each([
    '/_global-error',
    '/_not-found?x=1',
    '/%5Fglobal-error',
    '/_global-error.rsc',
    '//_global-error/',
    '/_next/data/x/_global-error.json',
  ])('N37: %s is no page, and the framework is asked for one that is not there', async (path) => {
    await send(path)
    expect(seen.map(({ url }) => url)).toEqual(['/-'])
  })

  test('N37: the files of pages are where they were', async () => {
    await send('/_next/static/x_y.js')
    await send('/a_b')
    expect(seen.map(({ url }) => url)).toEqual(['/_next/static/x_y.js', '/a_b'])
  })

  test('X9 N37: a logo whose name begins as the pages of the framework do is asked for by it', async () => {
    const logo = `/logo/_${'x'.repeat(42)}`
    await send(logo)
    await send(`${logo}x`)
    await send(`${logo}/_global-error`)
    expect(seen.map(({ url }) => url)).toEqual([logo, '/-', '/-'])
  })

  test('N37: headers that are too long are answered, and told of', async () => {
    expect(await raw(`GET / HTTP/1.1\r\n${HOST}X: ${'x'.repeat(20_000)}\r\n\r\n`)).toMatch(/^HTTP\/1\.1 431 /)
    expect(refused.map(({ reason }) => reason)).toEqual(['bad_request'])
  })

  test('N37: a form by script that the framework can make nothing of is 400; where an action had it, its failure is 500', async () => {
    const headers = { ...FORM, 'next-action': 'a0'.repeat(21) }
    handle = (response) => {
      response.writeHead(500, { 'Content-Type': 'text/plain' })
      response.end('Error: SELECT')
    }
    const broken = await post('/sign-in', headers)
    expect(broken.status).toBe(400)
    expect(broken.body).not.toContain('SELECT')
    expect(refused.map(({ reason }) => reason)).toEqual(['broken_form'])
    handle = (response) => {
      noteFormRead()
      response.writeHead(500)
      response.end()
    }
    expect((await post('/sign-in', headers)).status).toBe(500)
  })

  test('ASVS 4.1.3: what the framework says to itself is dropped', async () => {
    await send('/', { headers: { 'x-middleware-subrequest': 'src/middleware', 'x-nextjs-data': '1', rsc: '1' } })
    expect(Object.keys(seen[0]?.headers ?? {}).filter((name) => /middleware|nextjs|rsc/.test(name))).toEqual(['rsc'])
  })

  test('N37: a network whose browsers report too much is told to wait, and nothing is read', async () => {
    reports = false
    const answer = await post('/api/csp-report', { 'content-type': 'application/reports+json' }, '[]')
    expect(answer.status).toBe(429)
    expect(answer.headers['retry-after']).toBe('60')
    expect(seen).toEqual([])
    expectFixedHeaders(answer)
    expect((await send('/api/csp-report')).status).toBe(200)
  })
})

describe('what nobody foresaw (ASVS 16.5.1)', () => {
  beforeEach(async () => {
    await open()
    handle = (response) => {
      response.setHeader('Content-Length', '21')
      response.writeHead(500, { 'X-Powered-By-Test': 'yes' })
      response.write('Error: SELECT')
      response.end(' at /srv')
    }
  })

  test('is a page with the reference of the log, in the reader’s language, and nothing of the failure', async () => {
    const answer = await send('/account', { headers: { 'accept-language': 'de' } })
    expect(answer.status).toBe(500)
    expect(answer.headers['content-type']).toBe('text/html; charset=utf-8')
    expect(answer.headers['cache-control']).toBe('no-store')
    expect(answer.body).toContain('<html lang="de">')
    expect(answer.body).toContain(String(seen[0]?.headers['x-twofold-request-id']))
    expect(answer.body).not.toMatch(/SELECT|srv/)
    expectFixedHeaders(answer)
  })

  test('answers HEAD without a body', async () => {
    const answer = await send('/', { method: 'HEAD' })
    expect(answer).toMatchObject({ status: 500, body: '' })
  })

  test.each([['a script of ours', '/account', { rsc: '1' }]])(
    '%s gets what the framework says',
    async (_what, path, headers) => {
      const answer = await send(path, { headers: headers as Record<string, string> })
      expect(answer).toMatchObject({ status: 500, body: 'Error: SELECT at /srv' })
      expectFixedHeaders(answer)
    },
  )

  test('a failure that a page answers by itself stands as it was written', async () => {
    handle = (response) => {
      setStatus(500)
      response.end('Something failed on our side')
    }
    expect(await send('/account')).toMatchObject({ status: 500, body: 'Something failed on our side' })
  })

  test('ASVS 4.1.1: plain text names its character set', async () => {
    handle = (response) => {
      response.setHeader('Content-Type', 'text/plain')
      response.end('ok')
    }
    expect((await send('/')).headers['content-type']).toBe('text/plain; charset=utf-8')
  })
})

describe('N41: a failure of the API', () => {
  beforeEach(() => open())

  test.each([
    ['a row that cannot be read', true, 'unreadable_row'],
    ['anything else', false, 'unexpected'],
  ])('is a problem document with the reference for %s (RFC 9457)', async (_what, isRow, error) => {
    for (const write of [true, false]) {
      handle = (response) => {
        if (isRow) noteUnreadable()
        response.setHeader('Content-Length', '5')
        response.statusCode = 500
        if (write) response.writeHead(500)
        response.end('Error')
      }
      const answer = await send('/api/v1/me')
      expect(answer.status).toBe(500)
      expect(answer.headers).toMatchObject({ 'content-type': 'application/problem+json', 'cache-control': 'no-store' })
      const reference = seen.at(-1)?.headers['x-twofold-request-id']
      expect(reference).toMatch(/./)
      expect(JSON.parse(answer.body)).toMatchObject({ status: 500, error, reference })
      expectFixedHeaders(answer)
    }
  })
})

describe('N38: an outage', () => {
  beforeEach(async () => {
    await open()
    handle = (response) => {
      noteOutage()
      response.setHeader('Content-Length', '5')
      response.writeHead(500)
      response.end('Error')
    }
  })

  test.each([
    ['en', 'Twofold cannot answer at the moment'],
    ['de', 'Twofold kann im Moment nicht antworten'],
    ['ja', '現在、Twofoldを利用できません'],
    ['ko', '지금은 Twofold를 사용할 수 없습니다'],
  ])('is a page of 503 with Retry-After in the reader’s language (%s)', async (language, title) => {
    const answer = await send('/account', { headers: { 'accept-language': language } })
    expect(answer.status).toBe(503)
    expect(answer.headers).toMatchObject({ 'retry-after': '10', 'content-type': 'text/html; charset=utf-8' })
    expect(answer.body).toContain(`<html lang="${language}">`)
    expect(answer.body).toContain(title)
    expectFixedHeaders(answer)
  })

  test.each([
    ['the API', '/api/v1/me', {}],
    ['a script of ours', '/account', { rsc: '1' }],
  ])('is a problem document for %s (RFC 9457)', async (_what, path, headers) => {
    const answer = await send(path, { headers: headers as Record<string, string> })
    expect(answer.status).toBe(503)
    expect(answer.headers).toMatchObject({ 'retry-after': '10', 'content-type': 'application/problem+json' })
    expect(JSON.parse(answer.body)).toMatchObject({ title: 'Service Unavailable', status: 503, error: 'unavailable' })
  })

  test('without a status said, and for HEAD, it is the same', async () => {
    handle = (response) => {
      noteOutage()
      response.statusCode = 500
      response.end()
    }
    expect(await send('/api/v1/me')).toMatchObject({ status: 503, body: expect.stringContaining('unavailable') })
    expect(await send('/', { method: 'HEAD' })).toMatchObject({ status: 503, body: '' })
  })

  test('that a page got round stands as the page has it', async () => {
    handle = (response) => {
      noteOutage()
      setStatus(503, 10)
      response.end('the form with its sentence')
    }
    expect(await send('/account')).toMatchObject({ status: 503, body: 'the form with its sentence' })
  })
})

test.each([
  ['en', 'Something about this account cannot be read'],
  ['de', 'Etwas zu diesem Konto lässt sich nicht lesen'],
  ['ja', 'このアカウントのデータを読み取れません'],
  ['ko', '이 계정의 데이터를 읽을 수 없습니다'],
])('N41: of what cannot be read the page has the reference of the log (%s)', async (language, title) => {
  await open()
  handle = (response) => {
    noteUnreadable()
    response.writeHead(500)
    response.end('Error')
  }
  const answer = await send('/account', { headers: { 'accept-language': language } })
  expect(answer.status).toBe(500)
  expect(answer.body).toContain(title)
  expect(answer.body).toMatch(/[\w-]{16}/)
  expectFixedHeaders(answer)
})

describe('headers of every response (N31)', () => {
  test('ASVS 3.4: a page, an error, a redirect and a static file all carry them', async () => {
    await open()
    for (const [path, status] of [
      ['/', 200],
      ['/missing', 404],
      ['/', 500],
      ['/old', 307],
      ['/_next/static/x.js', 200],
    ] as const) {
      handle = (response) => {
        response.statusCode = status
        response.end()
      }
      const answer = await send(path)
      expect(answer.status).toBe(status)
      expectFixedHeaders(answer)
    }
    expectFixedHeaders(await send('/', { method: 'HEAD' }))
  })

  test('ASVS 14.2.2: nothing but static files may be kept', async () => {
    await open()
    for (const path of [
      '/',
      '/sign-in',
      '/account',
      '/api/v1/me',
      '/_next/data/x.json',
      '/icon.svg',
      '/?/_next/static/',
    ]) {
      expect((await send(path)).headers['cache-control'], path).toBe('no-store')
    }
    expect((await send('/_next/static/x.js')).headers['cache-control']).toBeUndefined()
  })

  test('ASVS 3.4.3: the nonce is new for each response, and the framework is told the same', async () => {
    await open()
    const nonces = new Set<string>()
    for (let n = 0; n < 5; n += 1) {
      const answer = await send('/')
      const policy = answer.headers['content-security-policy']
      expect(seen.at(-1)?.headers['content-security-policy']).toBe(policy)
      nonces.add(/'nonce-([^']+)'/.exec(String(policy))?.[1] ?? '')
    }
    expect(nonces.size).toBe(5)
  })

  test('ASVS 3.4.5: a page whose address carries a token tells it to nobody', async () => {
    await open()
    expect((await send('/setup?token=x')).headers['referrer-policy']).toBe('no-referrer')
    expect((await send('/sign-in')).headers['referrer-policy']).toBe('same-origin')
  })

  test('S18: only a development start loosens the policy', async () => {
    await open(config(), true)
    expect((await send('/')).headers['content-security-policy']).toMatch(/unsafe-eval/)
  })
})

describe('what the rest of the house is told', () => {
  const FORGED = {
    'x-forwarded-for': '1.1.1.1',
    'x-forwarded-host': 'evil.example',
    'x-forwarded-proto': 'http',
    'X-Forwarded-Anything': 'x',
    forwarded: 'for=1.1.1.1;host=evil.example',
    'x-twofold-address': '1.1.1.1',
    'X-Twofold-Path': '/admin',
    'x-twofold-request-id': 'forged',
    'x-twofold-user': 'olga',
    'content-security-policy': "script-src 'nonce-forged'",
  }

  test('ASVS 4.1.3, S24: what a client claims under our names and those of proxies is dropped', async () => {
    await open()
    await send('/account?x=1', { headers: FORGED })
    const [{ headers } = { headers: {} as IncomingHttpHeaders }] = seen
    const ours = Object.entries(headers).filter(([name]) => /^x-(forwarded|twofold)-|^forwarded$/.test(name))
    expect(Object.fromEntries(ours)).toEqual({
      'x-twofold-address': '127.0.0.1',
      'x-twofold-path': '/account?x=1',
      'x-twofold-request-id': expect.stringMatching(/^[A-Za-z0-9_-]{16}$/),
    })
    expect(headers['content-security-policy']).not.toContain('forged')
  })

  test('S24: behind one proxy the address is what the proxy wrote', async () => {
    await open(config({ TRUSTED_PROXY_HOPS: '1' }))
    await send('/', { headers: { 'x-forwarded-for': '1.1.1.1, 203.0.113.9' } })
    await send('/', { headers: { 'x-forwarded-for': ['1.1.1.1', '203.0.113.9'] } })
    await send('/', { headers: { 'x-forwarded-for': 'garbage' } })
    await send('/')
    const addresses = seen.map(({ headers }) => headers['x-twofold-address'])
    expect(addresses).toEqual([
      '203.0.113.9',
      '203.0.113.9',
      expect.stringMatching(/^unreadable:[\w-]{8}$/),
      '127.0.0.1',
    ])
    expect(unreadable).toBe(1)
    expect(seen.every(({ headers }) => headers['x-forwarded-for'] === undefined)).toBe(true)
  })

  test('S23: the host is PUBLIC_URL’s, whatever host was asked for', async () => {
    await open()
    await send('/', { headers: { host: 'evil.example' } })
    await post('/sign-in', { ...FORM, host: 'evil.example' })
    expect(seen.map(({ headers }) => headers.host)).toEqual(['login.example.com', 'login.example.com'])
    expect(seen[1]?.headers.origin).toBe('https://login.example.com')
  })

  test('S23: on this machine it is the name in use, of those that are ours', async () => {
    await open(config({ PUBLIC_URL: 'http://localhost:3000' }))
    await post('/sign-in', { ...FORM, origin: 'http://127.0.0.1:3000' })
    await post('/sign-in', { 'content-type': 'text/plain', 'sec-fetch-site': 'same-origin' })
    await send('/', { headers: { origin: 'https://evil.example' } })
    expect(seen.map(({ headers }) => headers.host)).toEqual(['127.0.0.1:3000', 'localhost:3000', 'localhost:3000'])
    expect(seen.map(({ headers }) => headers.origin).slice(0, 2)).toEqual([
      'http://127.0.0.1:3000',
      'http://localhost:3000',
    ])
  })

  test('every request has a number of its own', async () => {
    await open()
    for (let n = 0; n < 5; n += 1) await send('/')
    expect(new Set(seen.map(({ headers }) => headers['x-twofold-request-id'])).size).toBe(5)
  })
})

describe('what a page says of its response', () => {
  beforeEach(() => open())

  test('its status takes the place of the framework’s 200, with the time to wait', async () => {
    handle = async (response) => {
      await new Promise((resolve) => setTimeout(resolve, 2))
      setStatus(429, 60)
      response.writeHead(200, { 'Content-Type': 'text/html' })
      response.end('slow down')
    }
    const answer = await send('/')
    expect(answer).toMatchObject({ status: 429, body: 'slow down' })
    expect(answer.headers['retry-after']).toBe('60')
    expectFixedHeaders(answer)
  })

  test('it does so as well where the framework sets the status by itself', async () => {
    handle = (response) => {
      setStatus(404)
      response.statusCode = 200
      response.end()
    }
    expect((await send('/')).status).toBe(404)
  })

  test.each([303, 307, 404, 500])('a %i of the framework stands', async (status) => {
    handle = (response) => {
      setStatus(429)
      clearSiteData()
      response.writeHead(status)
      response.end()
    }
    const answer = await send('/')
    expect(answer.status).toBe(status)
    expect(answer.headers['clear-site-data']).toBe('"cache", "storage"')
  })

  test('X3: a page asks the browser to keep a cookie, beside those of the framework; what a script asks for does not', async () => {
    const asked: boolean[] = []
    handle = (response) => {
      asked.push(askToKeepCookies())
      response.setHeader('Set-Cookie', 'own=1')
      response.writeHead(200)
      response.end()
    }
    const kept = `${KEPT_COOKIE}=1; Path=/; Secure; HttpOnly; SameSite=Lax`
    expect((await send('/')).headers['set-cookie']).toEqual(['own=1', kept])
    expect((await send('/', { headers: { rsc: '1' } })).headers['set-cookie']).toEqual(['own=1'])
    expect((await send('/api/v1/me')).headers['set-cookie']).toEqual(['own=1'])
    expect(asked).toEqual([true, false, false])
  })

  test('ASVS 16.3.3: a path that leads nowhere is told of; a page that says so itself has told why', async () => {
    handle = (response) => {
      response.statusCode = 404
      response.end()
    }
    await send('/wp-login.php?password=secret', { headers: { 'user-agent': 'Scanner' } })
    await expect.poll(() => refused).toHaveLength(1)
    const requestId = seen[0]?.headers['x-twofold-request-id']
    expect(refused).toEqual([
      { reason: 'unknown_path', info: { address: '127.0.0.1', userAgent: 'Scanner', requestId } },
    ])
    handle = (response) => {
      setStatus(404)
      response.end()
    }
    expect((await send('/admin/unknown')).status).toBe(404)
    handle = (response) => {
      response.end()
    }
    expect((await send('/')).status).toBe(200)
    expect(refused).toHaveLength(1)
  })

  test('of two requests at once each has its own', async () => {
    let turn = 0
    handle = async (response) => {
      turn += 1
      const mine = turn
      await new Promise((resolve) => setTimeout(resolve, 5))
      if (mine === 1) setStatus(403)
      response.end()
    }
    const statuses = (await Promise.all([send('/'), send('/'), send('/')])).map((answer) => answer.status)
    expect(statuses.sort()).toEqual([200, 200, 403])
  })
})
