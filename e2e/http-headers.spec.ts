import type { Company } from './support/company'
import { type Answer, type HttpClient, SESSION } from './support/http-client'
import { expect, test } from './support/test'

/** The headers that every response carries, whatever it is (N31). */
function carriesTheHeaders(answer: Answer, what: string): void {
  const { headers } = answer
  expect(headers['strict-transport-security'], what).toBe('max-age=63072000; includeSubDomains')
  expect(headers['x-content-type-options'], what).toBe('nosniff')
  expect(headers['cross-origin-opener-policy'], what).toBe('same-origin')
  expect(headers['cross-origin-resource-policy'], what).toBe('same-origin')
  expect(headers['reporting-endpoints'], what).toBe('csp="/api/csp-report"')
  expect(headers['permissions-policy'], what).toContain('camera=()')
  expect(headers['permissions-policy'], what).toContain('publickey-credentials-get=(self)')
  expect(headers['x-powered-by'], what).toBeUndefined()
  expect(headers.server, what).toBeUndefined()
  expect(headers['access-control-allow-origin'], what).toBeUndefined()
  expect(String(headers['content-security-policy']), what).toMatch(
    /^default-src 'self'; script-src 'nonce-[\w+/=-]{16,}' 'strict-dynamic'; style-src 'self' 'nonce-[\w+/=-]{16,}'; img-src 'self' data:; font-src 'self'; connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; report-to csp$/,
  )
  expect(headers['referrer-policy'], what).toBe(what.includes('/setup') ? 'no-referrer' : 'same-origin')
  // The framework's own redirects have a body that no browser shows.
  const shown = answer.body !== '' && (answer.status < 300 || answer.status >= 400)
  if (shown) expect(String(headers['content-type']), what).toMatch(/^[a-z]+\/[a-z0-9.+-]+/)
  if (/^text\/|json/.test(String(headers['content-type']))) {
    expect(String(headers['content-type']), what).toMatch(/charset=utf-8/i)
  }
}

function isNotKept(answer: Answer, what: string): void {
  const control = String(answer.headers['cache-control'])
  expect(control, what).toContain('no-store')
  expect(control, what).not.toMatch(/public|immutable/)
}

async function signedInAs(company: Company, client: HttpClient): Promise<void> {
  client.cookies.set(SESSION, await company.session(company.owner, { methods: ['pwd', 'otp'], steppedUp: true }))
}

const PAGES = [
  '/',
  '/sign-in',
  '/sign-in/device',
  '/sign-in/verify',
  '/sign-in/enroll',
  '/sign-in/later',
  '/sign-out',
  '/account',
]
const OTHERS = [
  '/account/security',
  '/account/security/add',
  '/account/security/codes',
  '/reauthenticate',
  '/setup',
  `/setup?token=${'A'.repeat(43)}`,
  '/no-such-page',
  '/api/no-such-thing',
  '/api/health',
  '/api/health/live',
  '/api/health/ready',
  '/api/health/other',
  '/api/v1/me',
  '/icon.svg',
  '/logo.svg',
  '/sign-in/',
  '/_next/static/no-such-file.js',
]

for (const who of ['a stranger', 'an owner'] as const) {
  test(`ASVS 3.4, 14.2.2: every answer to ${who} carries the security headers, and nothing personal is kept by a cache`, async ({
    company,
    http,
  }) => {
    await company.enrol(company.owner, { byThemself: true })
    if (who === 'an owner') await signedInAs(company, http)
    const console = [`/admin/${company.slug}`, `/admin/${company.slug}/security/advanced`, '/admin/first', '/admin']
    for (const path of [...PAGES, ...OTHERS, ...console]) {
      for (const method of ['GET', 'HEAD']) {
        const answer = await http.request(method, path)
        carriesTheHeaders(answer, `${method} ${path} ${answer.status}`)
        if (!path.startsWith('/_next/static/')) isNotKept(answer, path)
        expect(answer.status, path).toBeLessThan(500)
      }
    }
  })
}

test('ASVS 3.4: refusals before any page carry the security headers too', async ({ http }) => {
  const own = { origin: http.url, 'sec-fetch-site': 'same-origin' }
  const form = { 'content-type': 'multipart/form-data; boundary=x' }
  const refused: [string, string, Record<string, string>, string][] = [
    ['PUT', '/sign-in', own, ''],
    ['TRACE', '/', {}, ''],
    ['OPTIONS', '/api/v1/me', {}, ''],
    ['POST', '/sign-in', { ...form, origin: 'https://evil.example' }, 'x'],
    ['POST', '/sign-in', { ...own, 'content-type': 'application/json' }, '{}'],
    ['POST', '/sign-in', { ...own, ...form }, 'x'.repeat(70_000)],
    ['POST', '/api/csp-report', { 'content-type': 'application/reports+json' }, '{}'],
    ['POST', '/no-such-page', { ...own, ...form }, '--x--\r\n'],
  ]
  for (const [method, path, headers, body] of refused) {
    const answer = await http.request(method, path, { headers, ...(body === '' ? {} : { body }) })
    carriesTheHeaders(answer, `${method} ${path} ${answer.status}`)
    isNotKept(answer, path)
  }
})

test('ASVS 3.4.3: each response has a nonce of its own, on every script and style of its page', async ({ http }) => {
  const nonces = new Set<string>()
  for (const path of ['/sign-in', '/sign-in', '/no-such-page']) {
    const { headers, body } = await http.get(path)
    const nonce = /'nonce-([^']+)'/.exec(String(headers['content-security-policy']))?.[1] ?? ''
    const tags = [...body.matchAll(/<(?:script|style|link rel="stylesheet")\b[^>]*>/g)].map(([tag]) => tag)
    expect(tags.length).toBeGreaterThan(3)
    for (const tag of tags) expect(tag).toContain(`nonce="${nonce}"`)
    expect(body).not.toMatch(/\sstyle="/)
    expect(body).not.toMatch(/\son[a-z]+="/)
    nonces.add(nonce)
  }
  expect(nonces.size).toBe(3)
})

test('ASVS 3.6.1, 13.4: pages load from this host alone, and no source, map or listing is served', async ({ http }) => {
  const { body } = await http.get('/sign-in')
  const sources = [...body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, source = '']) => source)
  for (const source of sources) expect(new URL(source, http.url).origin).toBe(new URL(http.url).origin)
  const scripts = sources.filter((source) => source.endsWith('.js'))
  expect(scripts.length).toBeGreaterThan(3)
  for (const script of scripts) {
    const answer = await http.get(script)
    expect(answer.status).toBe(200)
    expect(answer.headers['cache-control']).toContain('immutable')
    carriesTheHeaders(answer, script)
    expect((await http.get(`${script}.map`)).status).toBe(404)
    expect(answer.body).not.toMatch(/sourceMappingURL=|\/work\/|node_modules\/\.|process\.env\.SECRET/)
  }
  const hidden = [
    '/package.json',
    '/.git/config',
    '/.env',
    '/dist/serve.mjs',
    '/data/twofold.db',
    '/data/secret.keys',
    '/_next/static/',
    '/_next/BUILD_ID',
    '/_next/server/app-paths-manifest.json',
    '/_next/static/../../package.json',
    '/_next/static/%2e%2e/%2e%2e/package.json',
    '/_next/image?url=%2Flogo.svg&w=64&q=75',
    '/server.js',
  ]
  for (const path of hidden) {
    let answer = await http.get(path)
    if (answer.status === 308) answer = await http.get(new URL(String(answer.headers.location), http.url).pathname)
    expect(answer.status, path).toBeGreaterThanOrEqual(400)
    expect(answer.status, path).toBeLessThan(500)
    expect(answer.body, path).not.toMatch(/"dependencies"|\[core\]|SQLite format/)
  }
})

test('GET /api/health answers for machines, and says nothing of what runs behind it', async ({ http }) => {
  const answer = await http.get('/api/health')
  expect(answer.status).toBe(200)
  expect(JSON.parse(answer.body)).toEqual({ live: true, ready: true })
  expect((await http.get('/api/health/other')).status).toBe(404)
})

test('GET /api/v1/me answers 401 to a stranger, and to a session who is signed in and by what', async ({
  company,
  http,
}) => {
  const refused = await http.get('/api/v1/me')
  expect(refused.status).toBe(401)
  expect(refused.headers['content-type']).toBe('application/json; charset=utf-8')
  expect(JSON.parse(refused.body)).toEqual({ error: 'not_signed_in' })

  const { owner, tenant } = company
  http.cookies.set(SESSION, await company.session(owner, { methods: ['pwd', 'otp'] }))
  const answer = await http.get('/api/v1/me')
  expect(answer.status).toBe(200)
  const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
  expect(JSON.parse(answer.body)).toEqual({
    user: {
      id: owner.id,
      name: owner.name,
      email: owner.email,
      role: 'owner',
      userType: 'team',
      tenant: { slug: tenant.slug, name: tenant.name },
    },
    session: {
      id: expect.any(String),
      methods: ['pwd', 'otp'],
      createdAt: time,
      expiresAt: time,
      steppedUpAt: null,
    },
  })
  expect(answer.body).not.toContain(http.cookies.get(SESSION) ?? '-')
})
