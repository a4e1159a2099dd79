import { translator } from '../lib/i18n/translate'
import { startRelay } from './support/relay'
import { startServer } from './support/server'
import { expect, test } from './support/test'

const t = translator('en')
test.use({ database: 'postgresql' })

test('N38: while the database is away pages and programs are told so, nothing typed is lost, and then all goes on', async ({
  company,
  installation,
  newPortal,
}) => {
  const { DATABASE_URL = '', SECRET_KEYS = '' } = installation.server.environment
  const relay = await startRelay(DATABASE_URL)
  const server = await startServer({ DATABASE_URL: relay.url, SECRET_KEYS })
  installation.instances.push(server)
  const ann = await company.add('agent', 'Ann Agent')
  const { app } = await company.enrol(ann, { byThemself: true })
  const portal = (await newPortal()).at(server.url)
  await portal.open('/sign-in')

  try {
    await relay.cut()
    const ask = (path: string) => fetch(`${server.url}${path}`, { headers: { 'Accept-Language': 'ja' } })
    const page = await ask('/sign-in')
    expect(page.status).toBe(503)
    expect(page.headers.get('Retry-After')).toBe('10')
    expect(await page.text()).toContain(translator('ja')('refusal.outage'))
    const program = await fetch(`${server.url}/api/v1/me`, {
      headers: { Cookie: `__Host-twofold-session=${await company.session(ann)}` },
    })
    expect(program.status).toBe(503)
    expect(program.headers.get('Content-Type')).toBe('application/problem+json')
    expect((await ask('/api/health/ready')).status).toBe(503)
    expect((await ask('/api/health/live')).status).toBe(200)

    await portal.givePassword(ann)
    await portal.sees(t('error.unavailable'))
    await expect(portal.field(t('common.email'))).toHaveValue(ann.email)

    await relay.mend()
    await expect.poll(async () => (await ask('/api/health/ready')).status, { timeout: 30_000 }).toBe(200)
    await portal.givePassword(ann)
    await portal.givePasscode(await app.next())
    await portal.isIn()
    expect(server.output().match(/"level":(50|60)/g)?.length ?? 0).toBeLessThan(10)
  } finally {
    await relay.stop()
  }
})

test('N38: a form that gets no answer, or is sent away, says so with everything typed still in it, and can be sent again', async ({
  company,
  newPortal,
}) => {
  const ann = await company.add('agent', 'Ann Agent')
  const { app } = await company.enrol(ann, { byThemself: true })
  const portal = await newPortal({ locale: 'de' })
  const words = portal.words
  await portal.open('/sign-in')
  for (const answer of [null, { status: 503, contentType: 'text/html; charset=utf-8', body: 'busy' }]) {
    await portal.page.route('**/sign-in', (route) =>
      route.request().method() !== 'POST' ? route.continue() : answer === null ? route.abort() : route.fulfill(answer),
    )
    await portal.givePassword(ann)
    await portal.sees(words('refusal.unanswered'))
    await expect(portal.field(words('common.email'))).toHaveValue(ann.email)
    await expect(portal.field(words('common.password'))).toHaveValue(ann.password)
    await portal.page.unroute('**/sign-in')
  }
  await portal.button(words('signIn.submit')).click()
  await portal.givePasscode(await app.next())
  await portal.isIn()
  expect(portal.complaints.filter((each) => !each.includes('net::ERR_FAILED'))).toEqual([])
  portal.complaints.length = 0
})
