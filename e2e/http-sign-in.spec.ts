import { translator } from '../lib/i18n/translate'
import type { Authenticator } from './support/authenticator'
import { Company, type Member, newPassword } from './support/company'
import { type Answer, ATTEMPT, BEGUN, changed, DEVICE, formWith, HttpClient, SESSION } from './support/http-client'
import { expect, test } from './support/test'

const t = translator('en')

function namesOf(answer: Answer): string[] {
  return answer.setCookies.map((line) => line.split('=')[0] ?? '')
}

function password(client: HttpClient, { email, password }: { email: string; password: string }) {
  return client.submit('/sign-in', { email, password })
}

async function signInWithApp(client: HttpClient, person: Member, app: Authenticator): Promise<Answer> {
  await password(client, person)
  return client.submit('/sign-in/verify', { passcode: await app.next() })
}

async function me(client: HttpClient): Promise<number> {
  return (await client.get('/api/v1/me')).status
}

async function withApp(company: Company, name = 'Ann Agent'): Promise<{ person: Member; app: Authenticator }> {
  const person = await company.add('agent', name)
  const { app } = await company.enrol(person, { byThemself: true })
  return { person, app }
}

test('S1: from the first page to the last code typed back, only the last answer carries a session cookie', async ({
  company,
  http,
  installation,
}) => {
  await company.require(['team'])
  const ann = await company.add('agent', 'Ann Agent')
  const answers: Answer[] = []
  const keep = async (answer: Promise<Answer>) => {
    answers.push(await answer)
    return answers.at(-1) as Answer
  }
  await keep(http.get('/sign-in'))
  await keep(password(http, { ...ann, password: 'wrong' }))
  const first = await keep(password(http, ann))
  expect(first.status).toBe(303)
  expect(first.headers.location).toBe('/sign-in/device')
  expect(namesOf(first)).toEqual([ATTEMPT, BEGUN])
  expect(await me(http)).toBe(401)

  await keep(http.get('/sign-in/device'))
  await keep(http.submit('/sign-in/device', { passcode: 'abc' }))
  const box = installation.mailbox(ann.email)
  await box.passcode('Your verification passcode')
  await keep(http.submit('/sign-in/device', { passcode: await box.passcode('Your verification passcode') }))
  await keep(http.get('/sign-in/enroll'))
  await keep(http.submit('/sign-in/enroll', {}, { button: t('factor.totp') }))
  const app = http.scan(await keep(http.get('/sign-in/enroll')))
  await keep(http.submit('/sign-in/enroll', { passcode: '000000' }))
  const shown = await keep(http.submit('/sign-in/enroll', { passcode: await app.next() }))
  const { codes, number, fields } = http.readCodes(shown)
  const typed = (code: string) => http.postForm('/sign-in/enroll', changed(fields, { typed: code }))
  await keep(typed('AAAA-AAAA-AAAA-AAAA'))
  for (const path of ['/account', '/account/security', `/admin/${company.slug}`]) {
    expect((await keep(http.get(path))).headers.location).toMatch(/^\/sign-in/)
  }
  const before = [...answers]
  const last = await typed(codes[number - 1] ?? '')

  expect(before.flatMap(namesOf)).not.toContain(SESSION)
  expect(last.status).toBe(303)
  expect(namesOf(last).sort()).toEqual([ATTEMPT, BEGUN, DEVICE, SESSION].sort())
  expect(http.cookies.has(ATTEMPT)).toBe(false)
  expect(await me(http)).toBe(200)
})

test('S1: every cookie is bound to this host, kept from script and sent on no request of another site', async ({
  company,
  http,
}) => {
  const { person, app } = await withApp(company)
  const lines = [...(await password(http, person)).setCookies]
  lines.push(...(await http.submit('/sign-in/verify', { passcode: await app.next() })).setCookies)
  lines.push(...(await http.submit('/account', {}, { button: 'Deutsch' })).setCookies)
  lines.push(...(await http.submit('/account', {}, { button: translator('de')('common.signOut') })).setCookies)
  const names = lines.map((line) => line.split('=')[0])
  expect(new Set(names)).toEqual(new Set([ATTEMPT, BEGUN, SESSION, DEVICE, '__Host-twofold-locale']))
  for (const line of lines) {
    const [pair = '', ...attributes] = line.split(';').map((part) => part.trim().toLowerCase())
    expect(pair).toMatch(/^__host-twofold-/)
    expect(attributes).toEqual(expect.arrayContaining(['path=/', 'secure', 'httponly', 'samesite=lax']))
    expect(attributes.some((each) => each.startsWith('max-age='))).toBe(true)
    expect(attributes.some((each) => each.startsWith('domain'))).toBe(false)
    expect(Buffer.byteLength(line.split(';')[0] ?? '')).toBeLessThan(4096)
  }
})

test('S12: a sign-in gives a new token and ends the session that this browser held before', async ({
  company,
  http,
}) => {
  const { person, app } = await withApp(company)
  await signInWithApp(http, person, app)
  const old = http.cookies.get(SESSION) ?? ''
  expect(old).toMatch(/^[A-Za-z0-9_-]{43}$/)

  const again = http.fresh()
  again.cookies.set(SESSION, old)
  const form = await http.fresh().get('/sign-in')
  const { fields } = formWith(form.body, ['email', 'password'])
  await again.postForm('/sign-in', changed(fields, { email: person.email, password: person.password }))
  await again.submit('/sign-in/verify', { passcode: await app.next() })
  const token = again.cookies.get(SESSION) ?? ''
  expect(token).toMatch(/^[A-Za-z0-9_-]{43}$/)
  expect(token).not.toBe(old)
  expect(await me(again)).toBe(200)
  expect(await me(http)).toBe(401)
})

test('S12: step-up, a new factor and a new password each give a new token, and the old one is dead', async ({
  company,
  http,
  installation,
}) => {
  const { person, app } = await withApp(company)
  http.cookies.set(SESSION, await company.session(person, { methods: ['pwd', 'otp'] }))
  const dead: string[] = []
  async function rotates(act: () => Promise<Answer>) {
    const before = http.cookies.get(SESSION) ?? ''
    const answer = await act()
    expect(answer.status).toBe(303)
    expect(namesOf(answer)).toContain(SESSION)
    expect(http.cookies.get(SESSION)).not.toBe(before)
    dead.push(before)
  }
  await rotates(async () => http.submit('/reauthenticate', { passcode: await app.next() }))
  await http.submit('/account/security/add', {}, { button: t('factor.totp') })
  const second = http.scan(await http.get('/account/security/add'))
  await rotates(async () => http.submit('/account/security/add', { passcode: await second.next() }))
  const next = newPassword(installation.secrets)
  await rotates(() => http.submit('/account/security', { current: person.password, next }))
  expect(await me(http)).toBe(200)
  for (const token of dead) {
    const client = http.fresh()
    client.cookies.set(SESSION, token)
    expect(await me(client)).toBe(401)
  }
})

test('SE1 S12: a session that was signed out is refused, and so is one that an admin ended in the database', async ({
  company,
  http,
}) => {
  const eve = await company.add('end_user', 'Eve End')
  await password(http, eve)
  const token = http.cookies.get(SESSION) ?? ''
  const out = await http.submit('/account', {}, { button: t('common.signOut') })
  expect(out.status).toBe(303)
  expect(out.headers.location).toBe('/sign-in?notice=signed_out')
  expect(out.headers['clear-site-data']).toBe('"cache", "storage"')
  expect(http.cookies.has(SESSION)).toBe(false)
  const kept = http.fresh()
  kept.cookies.set(SESSION, token)
  expect(await me(kept)).toBe(401)
  expect((await kept.get('/account')).headers.location).toBe('/sign-in?return=%2Faccount')

  const another = http.fresh()
  another.cookies.set(SESSION, await company.session(eve))
  expect(await me(another)).toBe(200)
  await company.stage.db.session.updateMany({ where: { userId: eve.id }, data: { endedAt: new Date() } })
  expect(await me(another)).toBe(401)
})

test('S22: a cookie of one kind is worth nothing where another is expected', async ({ company, http }) => {
  const { person, app } = await withApp(company)
  await signInWithApp(http, person, app)
  const session = http.cookies.get(SESSION) ?? ''
  const device = http.cookies.get(DEVICE) ?? ''
  const pending = http.fresh()
  await password(pending, person)
  const attempt = pending.cookies.get(ATTEMPT) ?? ''
  for (const token of [session, attempt]) expect(token).toMatch(/^[A-Za-z0-9_-]{43}$/)
  expect(device).toMatch(/^[A-Za-z0-9_-]{43}\.[A-Za-z0-9_-]{43}\.\d+$/)

  for (const wrong of [device, attempt]) {
    const client = http.fresh()
    client.cookies.set(SESSION, wrong)
    expect(await me(client)).toBe(401)
  }
  for (const wrong of [session, device]) {
    const client = http.fresh()
    client.cookies.set(ATTEMPT, wrong)
    expect((await client.get('/sign-in/verify')).headers.location).toBe('/sign-in')
  }
  for (const wrong of [session, attempt]) {
    const bob = await company.add('agent', `Bob ${wrong.slice(0, 6).replaceAll(/[^a-z]/gi, 'x')}`)
    const client = http.fresh()
    client.cookies.set(DEVICE, wrong)
    expect((await password(client, bob)).headers.location).toBe('/sign-in/device')
  }
  expect((await http.fresh().get(`/setup?token=${session}`)).headers.location).toBe('/sign-in')
})

test('forged, cut and swollen cookies are no session and no error', async ({ company, http }) => {
  const eve = await company.add('end_user', 'Eve End')
  const token = await company.session(eve)
  const forged = [
    token.slice(0, -1),
    `${token}A`,
    `${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}`,
    token.toUpperCase(),
    'A'.repeat(43),
    'A'.repeat(5000),
    '',
    '%00',
    "' OR 1=1 --",
    '__proto__',
    `${token}, ${token}`,
    Buffer.from('é').toString('latin1'),
  ]
  for (const value of forged) {
    for (const name of [SESSION, ATTEMPT, DEVICE]) {
      const client = http.fresh()
      client.cookies.set(name, value)
      expect(await me(client), `${name}=${value.slice(0, 60)}`).toBe(401)
      expect((await client.get('/sign-in')).status).toBe(200)
    }
  }
  const twice = http.fresh()
  const answer = await twice.get('/api/v1/me', { cookie: `${SESSION}=${'A'.repeat(43)}; ${SESSION}=${'B'.repeat(43)}` })
  expect(answer.status).toBe(401)
})

const HOSTILE = [
  'https://evil.example/',
  '//evil.example/account',
  '///evil.example',
  '/\\evil.example',
  '\\\\evil.example',
  '/%5C%5Cevil.example/..//evil.example',
  'javascript:alert(1)',
  'data:text/html,x',
  'account',
  '/account\r\nSet-Cookie: x=y',
  '/\t/evil.example',
  '/sign-in',
  '/api/v1/me',
  ' /account',
  '/@evil.example/%2e%2e//evil.example',
  `/${'a'.repeat(590)}/../..//evil.example`,
]

test('S17: a sign-in never leads to another site, nor back into itself, whatever the return address says', async ({
  company,
  http,
}) => {
  const eve = await company.add('end_user', 'Eve End')
  for (const hostile of HOSTILE) {
    for (const way of ['address', 'field'] as const) {
      const client = http.fresh()
      const path = way === 'address' ? `/sign-in?return=${encodeURIComponent(hostile)}` : '/sign-in?return=%2Faccount'
      const more: Record<string, string> = way === 'field' ? { returnTo: hostile } : {}
      const answer = await client.submit(path, { email: eve.email, password: eve.password, ...more })
      expect(answer.status, hostile).toBe(303)
      const location = new URL(String(answer.headers.location), http.url)
      expect(location.origin, hostile).toBe(new URL(http.url).origin)
      expect(location.pathname, hostile).not.toMatch(/^\/(sign-in|api)/)
      expect(namesOf(answer)).toContain(SESSION)
    }
  }
})

test('S17: the page that asks for a fresh proof leads nowhere else either', async ({ company, http }) => {
  const { person, app } = await withApp(company)
  for (const hostile of HOSTILE.slice(0, 6)) {
    http.cookies.set(SESSION, await company.session(person, { methods: ['pwd', 'otp'] }))
    const path = `/reauthenticate?return=${encodeURIComponent(hostile)}`
    const answer = await http.submit(path, { passcode: await app.next() })
    expect(answer.headers.location, hostile).toBe('/account/security')
  }
})

test('S2 S15: a user, tenant or role that the form names beside its fields changes nothing', async ({
  company,
  http,
}) => {
  const [eve, ann] = [await company.add('end_user', 'Eve End'), await company.add('agent', 'Ann Agent')]
  const extra: [string, string][] = [
    ['userId', ann.id],
    ['user', ann.id],
    ['person.id', ann.id],
    ['role', 'owner'],
    ['tenantId', company.tenant.id],
    ['__proto__', 'x'],
  ]
  await http.submit('/sign-in', { email: eve.email, password: eve.password }, { extra })
  const { user } = JSON.parse((await http.get('/api/v1/me')).body)
  expect(user).toMatchObject({ id: eve.id, role: 'end_user' })
})

test('S24: the address of a client is the one of its connection, whatever it claims', async ({ company, http }) => {
  const eve = await company.add('end_user', 'Eve End')
  const forged = {
    'x-forwarded-for': '203.0.113.9',
    forwarded: 'for=203.0.113.9',
    'x-real-ip': '203.0.113.9',
    'x-twofold-address': '203.0.113.9',
    'x-forwarded-host': 'evil.example',
    'x-forwarded-proto': 'https',
    'x-forwarded-port': '1',
  }
  await http.submit('/sign-in', { email: eve.email, password: eve.password }, { headers: forged })
  const sessions = await company.stage.db.session.findMany({ where: { userId: eve.id } })
  expect(sessions.map(({ address }) => address)).toEqual(['127.0.0.1'])
  const events = await company.stage.db.auditEvent.findMany({ where: { tenantId: company.tenant.id } })
  expect(events.map(({ address }) => address)).not.toContain('203.0.113.9')
})

test('N13: a throttled sign-in answers 429 with Retry-After and says until when, and the right password waits too', async ({
  company,
  http,
}) => {
  const eve = await company.add('end_user', 'Eve End')
  const statuses: number[] = []
  for (let tries = 0; tries < 10; tries += 1) {
    statuses.push((await password(http, { ...eve, password: 'wrong' })).status)
  }
  expect(statuses).toEqual(Array(10).fill(200))
  for (const given of ['wrong', eve.password]) {
    const answer = await password(http, { ...eve, password: given })
    expect(answer.status).toBe(429)
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(60)
    expect(Number(answer.headers['retry-after'])).toBeLessThanOrEqual(900)
    expect(answer.body).toMatch(/Try again after [^<]*\d{1,2}:\d\d[^<]*UTC[^<]*\(in \d+ minutes\)/)
    expect(namesOf(answer)).toEqual([])
  }
  const other = await company.add('end_user', 'Ned End')
  expect((await password(http.fresh(), other)).status).toBe(303)
})

test('S13: an unknown address is throttled like a known one', async ({ company, http }) => {
  const nobody = { email: `nobody@${company.slug}.example`, password: 'wrong' }
  for (let tries = 0; tries < 10; tries += 1) expect((await password(http, nobody)).status).toBe(200)
  expect((await password(http, nobody)).status).toBe(429)
})

test('ASVS 15.2.2: more sign-ins at once than can be hashed are told to come back, and the server goes on', async ({
  newInstallation,
}) => {
  // One trusted proxy, so that the crowd can come from many networks.
  const { server, stage, secrets } = await newInstallation({ TRUSTED_PROXY_HOPS: '1' })
  const client = new HttpClient(server.url, secrets)
  const company = await Company.open(stage, secrets)
  const eve = await company.add('end_user', 'Eve End')
  // The form of a browser that keeps cookies: it need not ask for one.
  await client.get('/sign-in')
  const { fields } = formWith((await client.get('/sign-in')).body, ['email', 'password'])
  const signedIn = client.fresh()
  signedIn.cookies.set(SESSION, await company.session(eve))
  let over = false
  const crowd = Array.from({ length: 600 }, (_, index) => {
    const guess = { email: `person${index}@example.com`, password: 'not the password' }
    return client.fresh().postForm('/sign-in', changed(fields, guess), { 'x-forwarded-for': `10.${index % 250}.0.1` })
  })
  const all = Promise.all(crowd).finally(() => {
    over = true
  })
  // Whoever is signed in, and whoever asks whether the process lives, is answered beside it.
  while (!over) {
    expect((await signedIn.get('/account')).status).toBe(200)
    expect((await client.get('/api/health/live')).status).toBe(200)
  }
  const answers = await all
  const busy = answers.filter((answer) => answer.status === 503)
  expect(answers.filter((answer) => answer.status === 200).length).toBe(answers.length - busy.length)
  expect(busy.length).toBeGreaterThan(0)
  for (const answer of busy) {
    expect(answer.headers['retry-after']).toBe('5')
    // Sent away at the door, or by the hashing behind it.
    expect([t('refusal.busy'), t('error.busy')].some((said) => answer.body.includes(said))).toBe(true)
  }
  expect((await password(client, company.owner)).status).toBe(303)
})

test('S24: behind one trusted proxy the address is the one that proxy wrote, not those before it', async ({
  newInstallation,
}) => {
  const { server, stage, secrets } = await newInstallation({ TRUSTED_PROXY_HOPS: '1' })
  const company = await Company.open(stage, secrets)
  const eve = await company.add('end_user', 'Eve End')
  for (const forwarded of ['203.0.113.9', '1.2.3.4, 203.0.113.9', 'nonsense', undefined]) {
    const client = new HttpClient(server.url, secrets)
    const headers = { 'x-forwarded-for': forwarded }
    const answer = await client.submit('/sign-in', { email: eve.email, password: eve.password }, { headers })
    expect(answer.status).toBe(303)
  }
  const sessions = await stage.db.session.findMany({ where: { userId: eve.id }, orderBy: { id: 'asc' } })
  expect(sessions.map(({ address }) => address)).toEqual([
    '203.0.113.9',
    '203.0.113.9',
    expect.stringMatching(/^unreadable:/),
    '127.0.0.1',
  ])
})
