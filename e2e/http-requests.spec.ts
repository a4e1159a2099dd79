import { connect } from 'node:net'
import { translator } from '../lib/i18n/translate'
import { policyRows } from '../lib/testing/policy'
import type { Company, Member } from './support/company'
import { type Answer, ATTEMPT, changed, filled, formWith, type HttpClient, SESSION } from './support/http-client'
import { expect, test } from './support/test'

const t = translator('en')

/** Nothing of the inside: no stack, no statement, no path, no library. */
const INSIDE =
  /\n\s+at |node_modules|\.next\/|dist\/serve|\.tsx?:\d|\.mjs|Prisma|better-sqlite3|SQLITE|SELECT |INSERT |\/tmp\/|\/work\/|ENOENT|ECONN|TypeError|ReferenceError/

function tellsNothing(answer: Answer, what: string): void {
  expect(answer.body, what).not.toMatch(INSIDE)
}

async function signInForm(client: HttpClient, person: Member): Promise<[string, string][]> {
  const { email, password } = person
  return changed(formWith((await client.get('/sign-in')).body, ['email', 'password']).fields, { email, password })
}

/** Whether anything of this person has come of it. */
async function traces(company: Company, person: Member): Promise<number[]> {
  const { db } = company.stage
  const where = { userId: person.id }
  return [
    await db.signInAttempt.count({ where }),
    await db.session.count({ where }),
    await db.passcode.count({ where }),
  ]
}

test('ASVS 3.5.1: a form from another origin, from nowhere, or marked cross-site is refused and leaves nothing', async ({
  company,
  http,
}) => {
  const ann = await company.add('agent', 'Ann Agent')
  const form = await signInForm(http, ann)
  const from: Record<string, string | undefined>[] = [
    { origin: 'https://evil.example' },
    { origin: 'https://evil.example', 'sec-fetch-site': undefined },
    { origin: 'null', 'sec-fetch-site': undefined },
    { origin: undefined, 'sec-fetch-site': undefined },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { 'sec-fetch-site': 'none' },
    { origin: undefined, 'sec-fetch-site': 'cross-site' },
    { origin: http.url.replace('http:', 'https:') },
    { origin: `${http.url}.evil.example` },
    { origin: http.url.replace('localhost', 'localhost.evil.example') },
    { origin: 'http://localhost:1' },
    { origin: 'https://evil.example', host: 'evil.example' },
    { origin: 'https://evil.example', 'x-forwarded-host': 'evil.example' },
  ]
  for (const headers of from) {
    const answer = await http.postForm('/sign-in', form, headers)
    expect(answer.status, JSON.stringify(headers)).toBe(403)
    expect(answer.setCookies).toEqual([])
    tellsNothing(answer, JSON.stringify(headers))
  }
  expect(await traces(company, ann)).toEqual([0, 0, 0])
  // A page that sends no referrer sends the origin "null"; then the browser's own word on where it comes from counts.
  const own = [{ origin: http.url, 'sec-fetch-site': undefined }, { origin: undefined }, { origin: 'null' }]
  for (const headers of own) expect((await http.postForm('/sign-in', form, headers)).status).toBe(303)
})

test('ASVS 3.5.1: no foreign form changes a setting with a session in the cookie', async ({ company, http }) => {
  await company.enrol(company.owner)
  http.cookies.set(SESSION, await company.session(company.owner, { methods: ['pwd', 'otp'], steppedUp: true }))
  const path = `/admin/${company.slug}/security/advanced`
  const form = formWith((await http.get(path)).body, ['teamRequired', 'endRequired'])
  const fields = filled(form, { teamRequired: 'on', endRequired: 'on' })
  for (const headers of [{ origin: 'https://evil.example' }, { 'sec-fetch-site': 'cross-site' }]) {
    expect((await http.postForm(path, fields, headers)).status).toBe(403)
  }
  const policy = () => policyRows(company.stage.db, company.tenant.id)
  expect(await policy()).toMatchObject({ version: 1, team: { required: false }, end: { required: false } })
  expect((await http.postForm(path, fields)).status).toBe(303)
  expect(await policy()).toMatchObject({ version: 2, team: { required: true }, end: { required: true } })
})

test('S15: a form that names another company, or no role in it, changes nothing', async ({ company, http }) => {
  await company.enrol(company.owner)
  const ann = await company.add('agent', 'Ann Agent')
  const path = `/admin/${company.slug}/security/advanced`
  http.cookies.set(SESSION, await company.session(company.owner, { methods: ['pwd', 'otp'], steppedUp: true }))
  const form = filled(formWith((await http.get(path)).body, ['teamRequired']), { teamRequired: 'on' })
  const before = await company.stage.db.policy.findMany({ orderBy: { tenantId: 'asc' } })
  const elsewhere = await http.postForm(path, changed(form, { tenant: 'first' }))
  expect(elsewhere.status).toBe(403)
  http.cookies.set(SESSION, await company.session(ann, { methods: ['pwd', 'otp'], steppedUp: true }))
  // The page around the refusal is one that is not there for an agent.
  expect((await http.postForm(path, form)).status).toBe(404)
  http.cookies.delete(SESSION)
  expect((await http.postForm(path, form)).headers.location).toMatch(/^\/sign-in/)
  const after = await company.stage.db.policy.findMany({ orderBy: { tenantId: 'asc' } })
  const ours = (rows: typeof before) => rows.filter((row) => row.tenantId === company.tenant.id)
  expect(ours(after)).toEqual(ours(before))
})

test('ASVS 3.5.3: what changes state does not happen on GET or HEAD', async ({ company, http }) => {
  const eve = await company.add('end_user', 'Eve End')
  http.cookies.set(SESSION, await company.session(eve))
  const form = formWith((await http.get('/account')).body, [], t('common.signOut'))
  const query = new URLSearchParams(form.fields).toString()
  for (const path of ['/sign-out', `/account?${query}`, `/sign-out?${query}`]) {
    for (const method of ['GET', 'HEAD']) expect((await http.request(method, path)).status).toBeLessThan(400)
  }
  expect((await http.get('/api/v1/me')).status).toBe(200)
})

test('ASVS 4.1.4, 13.4.4: methods other than GET, HEAD and POST answer 405, on pages, files and the API', async ({
  http,
}) => {
  for (const path of ['/', '/sign-in', '/api/v1/me', '/api/health', '/logo.svg', '/no-such-page']) {
    for (const method of ['PUT', 'DELETE', 'PATCH', 'TRACE', 'OPTIONS', 'PROPFIND']) {
      const answer = await http.request(method, path, { headers: { origin: http.url, 'x-secret': 'do-not-echo' } })
      expect(answer.status, `${method} ${path}`).toBe(405)
      expect(answer.body).not.toContain('do-not-echo')
      tellsNothing(answer, `${method} ${path}`)
    }
  }
})

test('ASVS 4.2.1: a body that is too large, without a length, or not a form is refused unread', async ({
  company,
  http,
}) => {
  const ann = await company.add('agent', 'Ann Agent')
  const form = await signInForm(http, ann)
  const large = await http.postForm('/sign-in', [...form, ['padding', 'x'.repeat(70_000)]])
  expect(large.status).toBe(413)
  const claimed = await http.request('POST', '/sign-in', {
    headers: { 'content-type': 'multipart/form-data; boundary=x', origin: http.url, 'content-length': '999999999' },
  })
  expect(claimed.status).toBe(413)
  const chunked = await http.request('POST', '/sign-in', {
    headers: {
      'content-type': 'multipart/form-data; boundary=x',
      origin: http.url,
      'transfer-encoding': 'chunked',
      'content-length': undefined,
    },
    body: '--x--\r\n',
  })
  expect(chunked.status).toBe(411)
  const body = JSON.stringify({ email: ann.email, password: ann.password })
  for (const type of ['application/json', 'application/xml', 'application/octet-stream', 'text/html', '', undefined]) {
    const headers = { 'content-type': type, origin: http.url, 'sec-fetch-site': 'same-origin' }
    const answer = await http.request('POST', '/sign-in', { headers, body })
    expect(answer.status, String(type)).toBe(415)
    tellsNothing(answer, String(type))
  }
  expect(await traces(company, ann)).toEqual([0, 0, 0])
})

test('ASVS 15.3.7: a field sent twice, or as a file, is refused as a whole', async ({ company, http }) => {
  const [ann, bob] = [await company.add('agent', 'Ann Agent'), await company.add('agent', 'Bob Agent')]
  const form = await signInForm(http, ann)
  const twice = await http.postForm('/sign-in', [...form, ['email', bob.email]])
  expect(twice.status).toBe(400)
  expect(twice.body).toContain(t('error.bad_request'))
  const file = changed(form, {}).map(([name, value]): [string, string] =>
    name === 'email' ? ['email"; filename="a.txt', value] : [name, value],
  )
  expect((await http.postForm('/sign-in', file)).status).toBe(400)
  for (const name of ['email[]', 'email.toString', '__proto__', 'constructor']) {
    const answer = await http.postForm(
      '/sign-in',
      changed(form, {}).map(([key, value]) => [key === 'email' ? name : key, value]),
    )
    expect(answer.status, name).toBeLessThan(500)
    expect(answer.setCookies).toEqual([])
  }
  for (const person of [ann, bob]) expect(await traces(company, person)).toEqual([0, 0, 0])
})

test('ASVS 2.2.1: odd values get a sentence, never an error of the server', async ({ company, http }) => {
  const ann = await company.add('agent', 'Ann Agent')
  const odd = [
    '',
    ' ',
    '\u0000',
    '\ud800',
    'a'.repeat(10_000),
    '🦊'.repeat(300),
    "' OR '1'='1",
    '<script>alert(1)</script>',
  ]
  for (const value of odd) {
    const byEmail = await http.submit('/sign-in', { email: value, password: ann.password })
    expect(byEmail.status, `email ${value.slice(0, 20)}`).toBeLessThan(500)
    expect(byEmail.body).not.toContain('<script>alert(1)')
    const byPassword = await http.submit('/sign-in', { email: ann.email, password: value })
    expect(byPassword.status, `password ${value.slice(0, 20)}`).toBeLessThan(500)
    expect(byPassword.setCookies).toEqual([])
    tellsNothing(byPassword, value.slice(0, 20))
  }
  expect(await traces(company, ann)).toEqual([0, 0, 0])
})

test('a request for an unknown server action, or with a broken one, is refused without a word of the inside', async ({
  company,
  http,
  installation,
}) => {
  const ann = await company.add('agent', 'Ann Agent')
  const form = await signInForm(http, ann)
  const ids = ['0'.repeat(42), 'f'.repeat(42), '../../etc/passwd', '', 'x'.repeat(5000)]
  for (const id of ids) {
    const headers = { 'next-action': id, accept: 'text/x-component', 'content-type': 'text/plain;charset=UTF-8' }
    const answer = await http.request('POST', '/sign-in', {
      headers: { ...headers, origin: http.url, 'sec-fetch-site': 'same-origin' },
      body: JSON.stringify([{ email: ann.email }]),
    })
    expect(answer.status, `next-action ${id.slice(0, 12)}`).toBeGreaterThanOrEqual(400)
    expect(answer.status, `next-action ${id.slice(0, 12)}`).toBeLessThan(500)
    tellsNothing(answer, `next-action ${id.slice(0, 12)}`)
  }
  const broken: [string, (name: string, value: string) => [string, string]][] = [
    ['an unknown id', (name, value) => [name, value.replace(/"id":"[0-9a-f]+"/, `"id":"${'0'.repeat(42)}"`)]],
    ['no JSON', (name, value) => [name, name.startsWith('$ACTION_') && value !== '' ? '{' : value]],
    ['a reference that leads nowhere', (name, value) => [name.replace(/^\$ACTION_REF_\d+/, '$ACTION_REF_99'), value]],
    ['a prototype', (name, value) => [name, value.replace(/"bound":"[^"]*"/, '"bound":"$__proto__"')]],
  ]
  for (const [what, change] of broken) {
    const answer = await http.postForm(
      '/sign-in',
      form.map(([name, value]) => change(name, value)),
    )
    expect(answer.setCookies, what).toEqual([])
    tellsNothing(answer, what)
  }
  const damaged: [string, (name: string, value: string) => [string, string][]][] = [
    ['no bound arguments', (name, value) => (/^\$ACTION_\d+:1$/.test(name) ? [] : [[name, value]])],
    ['arguments that are no JSON', (name, value) => [[name, /^\$ACTION_\d+:1$/.test(name) ? '[' : value]]],
    ['a loop of references', (name, value) => [[name, /^\$ACTION_\d+:1$/.test(name) ? '["$F1"]' : value]]],
    ['a deep nest', (name, value) => [[name, /^\$ACTION_\d+:1$/.test(name) ? '['.repeat(20_000) : value]]],
  ]
  const before = installation.server.output().length
  for (const [what, change] of damaged) {
    const answer = await http.postForm(
      '/sign-in',
      form.flatMap(([name, value]) => change(name, value)),
    )
    expect([what, answer.status]).toEqual([what, 400])
    expect(answer.body, what).toContain('The form arrived damaged.')
    tellsNothing(answer, what)
  }
  const boundless = await http.request('POST', '/sign-in', {
    headers: { 'content-type': 'multipart/form-data', origin: http.url, 'sec-fetch-site': 'same-origin' },
    body: 'x',
  })
  expect(boundless.status).toBe(400)
  expect(installation.server.output().slice(before), 'the log of broken forms').not.toContain('"level":50')
  const junk = await http.request('POST', '/sign-in', {
    headers: { 'content-type': 'multipart/form-data; boundary=x', origin: http.url, 'sec-fetch-site': 'same-origin' },
    body: '--x\r\nContent-Disposition: form-data; name="$ACTION_ID_',
  })
  expect(junk.status).toBeGreaterThanOrEqual(400)
  tellsNothing(junk, 'half a body')
  expect(await traces(company, ann)).toEqual([0, 0, 0])
})

test('a step is not taken on an address that is not its own, nor before the step it follows', async ({
  company,
  http,
}) => {
  await company.require(['team'])
  const ann = await company.add('agent', 'Ann Agent')
  const { app } = await company.enrol(ann)
  const verify = http.fresh()
  await verify.submit('/sign-in', { email: ann.email, password: ann.password })
  const { fields } = formWith((await verify.get('/sign-in/verify')).body, ['passcode'])
  const code = changed(fields, { passcode: await app.next() })
  const without = await http.postForm('/sign-in/verify', code)
  expect(without.headers.location).toBe('/sign-in?notice=start_over')

  const bob = await company.add('agent', 'Bob Agent')
  const device = http.fresh()
  await device.submit('/sign-in', { email: bob.email, password: bob.password })
  for (const path of ['/sign-in/verify', '/sign-in/enroll', '/sign-in/device', '/sign-in']) {
    const answer = await device.postForm(path, code)
    expect(
      answer.setCookies.filter((line) => line.startsWith(SESSION)),
      path,
    ).toEqual([])
    expect(answer.status).toBeLessThan(500)
  }
  expect((await device.get('/sign-in/enroll')).headers.location).toBe('/sign-in/device')
  expect(await company.stage.db.session.count({ where: { userId: { in: [ann.id, bob.id] } } })).toBe(0)
  expect(device.cookies.has(ATTEMPT)).toBe(true)
})

test('an address with an escape that is none is refused with a page, not an error', async ({ http }) => {
  for (const path of ['/link/%ff', '/link/%E0%A4%A', '/admin/%ff', '/admin/%E0%A4%A/security/advanced', '/%']) {
    const answer = await http.request('GET', path)
    expect([path, answer.status]).toEqual([path, 400])
    expect(answer.body).toContain('This link cannot be read.')
  }
})

test('odd addresses end in a page or a refusal, and never lead to another site', async ({ http }) => {
  const paths = [
    '/no-such-page',
    '/admin/../../etc/passwd',
    '/%',
    '/%E0%A4%A',
    '/%00',
    '//evil.example/',
    '//evil.example//',
    '/\\evil.example/',
    '/sign-in//',
    '/sign-in%2f..%2faccount',
    '/sign-in?return=%ff',
    '/sign-in?return=a&return=b',
    '/sign-in?notice[]=x&notice=__proto__',
    '/setup?token=a&token=b',
    '/reauthenticate?return=a&return=b',
    `/${'a'.repeat(8000)}`,
    '/api/v1/',
    '/api/auth/session',
    '/_next/data/x/sign-in.json',
    '/sign-in.rsc',
    '/sign-in.segments/_tree.segment.rsc',
    '/account.txt',
  ]
  for (const path of paths) {
    const answer = await http.get(path)
    expect(answer.status, path).toBeLessThan(500)
    tellsNothing(answer, path)
    const { location } = answer.headers
    if (location !== undefined) expect(new URL(String(location), http.url).origin, path).toBe(new URL(http.url).origin)
  }
  for (const path of ['/no-such-page', '/api/no-such-thing', '/api/auth/session']) {
    expect((await http.get(path)).status, path).toBe(404)
  }
})

test('S18: headers that the framework trusts from a proxy open nothing', async ({ company, http }) => {
  const eve = await company.add('end_user', 'Eve End')
  const tricks: Record<string, string>[] = [
    { 'x-middleware-subrequest': 'middleware:middleware:middleware:middleware:middleware' },
    { 'x-middleware-rewrite': '/account', 'x-middleware-next': '1' },
    { 'x-invoke-path': '/account', 'x-invoke-status': '200' },
    { 'x-matched-path': '/account', 'x-now-route-matches': '1' },
    { rsc: '1', 'next-router-prefetch': '1' },
    { rsc: '1', 'next-router-segment-prefetch': '/_tree' },
    { 'x-original-url': '/account', 'x-rewrite-url': '/account' },
    { 'x-http-method-override': 'PUT' },
    { 'x-twofold-path': '//evil.example', 'x-twofold-request-id': 'mine' },
    { authorization: `Basic ${Buffer.from(`${eve.email}:${eve.password}`).toString('base64')}` },
  ]
  for (const headers of tricks) {
    for (const path of ['/account', '/account/security', `/admin/${company.slug}`]) {
      const answer = await http.get(path, headers)
      const what = `${path} ${JSON.stringify(headers)}`
      expect(answer.status, what).toBeLessThan(500)
      expect(answer.body, what).not.toContain(eve.email)
      expect(answer.body, what).not.toContain(t('security.currentPassword'))
      expect(answer.headers.location ?? '', what).not.toContain('evil')
    }
    // A request for page data is sent on to an address of its own first.
    expect([401, 307]).toContain((await http.get('/api/v1/me', headers)).status)
  }
})

/** What the server says on a raw connection until it closes it. */
function saidTo(url: string, words: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1', () => socket.write(words))
    let text = ''
    socket.setTimeout(10_000, () => socket.destroy(new Error('the connection was left open')))
    socket.on('data', (part) => {
      text += part
    })
    socket.on('error', reject)
    socket.on('close', () => resolve(text))
  })
}

test('N37: request lines and headers that no browser writes are 400 or nothing, never an error, and say little', async ({
  company,
  http,
  installation,
}) => {
  const eve = await company.add('end_user', 'Eve End')
  const session = `Cookie: ${SESSION}=${await company.session(eve)}\r\n`
  const host = `Host: ${new URL(http.url).host}\r\n`
  const before = installation.server.output().length
  const tree = (text: string) => `RSC: 1\r\nNext-Router-State-Tree: ${text}\r\n`
  const heads: [string, number][] = [
    [`GET * HTTP/1.1\r\n${host}`, 400],
    [`GET http://evil.example/ HTTP/1.1\r\n${host}`, 400],
    [`GET / HTTP/1.1\r\n${host}Host: evil.example\r\n`, 400],
    ['GET /sign-in\r\n', 400],
    [`GET ${http.url}/sign-in HTTP/1.1\r\n${host}`, 200],
    ...['/', '/sign-in', '/account', '/no-such-page'].flatMap((path): [string, number][] => [
      [`GET ${path} HTTP/1.1\r\n${host}${session}${tree('{')}`, 400],
      [`GET ${path} HTTP/1.1\r\n${host}${session}${tree('%5B%22%22%5D')}`, 400],
      [`GET ${path} HTTP/1.1\r\n${host}${session}RSC: 1\r\nNext-Router-Prefetch: x\r\n`, 400],
      [`GET ${path} HTTP/1.1\r\n${host}${session}RSC: 1\r\nNext-Router-Segment-Prefetch: x\r\n`, 400],
    ]),
    ...['/_global-error', '/%5Fglobal-error', '/_not-found'].map((path): [string, number] => [
      `GET ${path} HTTP/1.1\r\n${host}`,
      404,
    ]),
  ]
  for (const [head, status] of heads) {
    const said = await saidTo(http.url, `${head}Connection: close\r\n\r\n`)
    expect([head, said.slice(9, 12)]).toEqual([head, String(status)])
    expect(said, head).not.toMatch(INSIDE)
  }
  // By script: an action's name that is one, and a body that its reader makes nothing of.
  const name = /"id":"([0-9a-f]{42})"/.exec((await http.get('/sign-in')).body.replaceAll('&quot;', '"'))?.[1] ?? ''
  expect(name).not.toBe('')
  for (const body of ['', '{', '["$F1"]', '["$K1"]', '$', '['.repeat(5000), '"$undefined"', '[{"__proto__":1}]']) {
    const headers = { origin: http.url, 'sec-fetch-site': 'same-origin', 'content-type': 'text/plain;charset=UTF-8' }
    const answer = await http.request('POST', '/sign-in', { headers: { ...headers, 'next-action': name }, body })
    expect(answer.status, body.slice(0, 20)).toBeLessThan(500)
    expect(answer.setCookies).toEqual([])
    tellsNothing(answer, body.slice(0, 20))
  }
  expect(installation.server.output().slice(before), 'the log of requests that cannot be read').not.toContain(
    '"level":50',
  )
})

test('a connection that asks to become something else, or speaks no HTTP, is closed', async ({ http }) => {
  const lines = [
    'GET /_next/webpack-hmr HTTP/1.1',
    'Host: localhost',
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  ]
  expect(await saidTo(http.url, `${lines.join('\r\n')}\r\n\r\n`)).not.toContain('101')
  const said = await saidTo(http.url, 'nonsense\r\n\r\n')
  expect(said).toMatch(/^HTTP\/1\.1 400/)
  expect(said).not.toMatch(INSIDE)
})
