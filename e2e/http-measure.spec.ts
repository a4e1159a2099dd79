import type { Company, Member } from './support/company'
import { type HttpClient, SESSION } from './support/http-client'
import { expect, test } from './support/test'

async function hold(http: HttpClient, company: Company, who: Member): Promise<void> {
  http.cookies.set(SESSION, await company.session(who, { methods: ['pwd', 'otp'], steppedUp: true }))
}

/** Made by the worker of the running server. */
async function aReport(company: Company): Promise<string> {
  const { id } = await company.stage.db.report.create({
    data: {
      tenantId: company.tenant.id,
      scope: 'team',
      locale: 'en',
      requestedById: company.owner.id,
      requestedByName: company.owner.name,
      expected: 2,
    },
  })
  await expect
    .poll(async () => (await company.stage.db.report.findUniqueOrThrow({ where: { id } })).finishedAt, {
      timeout: 20_000,
    })
    .not.toBeNull()
  return id
}

test('M2: an admin gets the rows of a report as JSON lines, and each time is in the log', async ({ company, http }) => {
  const ann = await company.add('agent', 'Ann Agent')
  await company.enrol(ann)
  await company.require(['team'])
  const id = await aReport(company)
  const base = `/api/v1/tenants/${company.slug}/reports`
  await hold(http, company, company.owner)
  const list = await http.get(base)
  expect(list.headers['content-type']).toBe('application/json; charset=utf-8')
  expect(JSON.parse(list.body)).toMatchObject({ reports: [{ id, scope: 'team', rows: 2, scheduled: false }] })
  const answer = await http.get(`${base}/${id}`)
  expect(answer.status).toBe(200)
  expect(answer.headers['cache-control']).toBe('no-store')
  const rows = answer.body
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(rows).toHaveLength(2)
  expect(rows.find(({ email }) => email === ann.email)).toMatchObject({
    state: 'enrolled',
    rule: 'required',
    level: 'tenant',
    factorKinds: ['totp'],
    codesLeft: 10,
  })
  const taken = () =>
    company.stage.db.auditEvent.count({ where: { tenantId: company.tenant.id, kind: 'report_downloaded' } })
  expect(await taken()).toBe(1)
  expect((await http.request('HEAD', `${base}/${id}`)).status).toBe(405)
  const download = `/admin/${company.slug}/security/reports/${id}/download`
  expect((await http.request('HEAD', download)).status).toBe(405)
  expect((await http.request('HEAD', `/admin/${company.slug}/security/audit/export?format=csv`)).status).toBe(405)
  expect(await taken()).toBe(1)
  expect((await http.get(`${base}/no-such-report`)).status).toBe(404)
  expect((await http.get(`${base}/%00`)).status).toBeGreaterThanOrEqual(400)
})

test('M9: why somebody is asked, as JSON; nothing of anybody else', async ({ company, http }) => {
  const ann = await company.add('agent', 'Ann Agent')
  await company.require(['team'])
  await hold(http, company, company.owner)
  const answer = await http.get(`/api/v1/tenants/${company.slug}/users/${ann.id}/why`)
  expect(JSON.parse(answer.body)).toMatchObject({
    user: { id: ann.id, email: ann.email },
    coverage: { path: 'enrol', state: 'setup_required', rule: 'required', tenant: { name: company.tenant.name } },
  })
  expect(JSON.parse(answer.body).trace).toContainEqual(
    expect.objectContaining({ setting: 'required', userType: 'team', decides: true }),
  )
  expect((await http.get(`/api/v1/tenants/${company.slug}/users/nobody/why`)).status).toBe(404)
})

test('S15: strangers get 401, agents and other companies 404, and nothing is said', async ({ company, http }) => {
  const agent = await company.add('agent', 'Ann Agent')
  const id = await aReport(company)
  const paths = ['reports', `reports/${id}`, `users/${agent.id}/why`]
  const of = (slug: string, path: string) => `/api/v1/tenants/${slug}/${path}`
  for (const path of paths) {
    const refused = await http.get(of(company.slug, path))
    expect([refused.status, JSON.parse(refused.body)]).toEqual([401, { error: 'not_signed_in' }])
  }
  await hold(http, company, agent)
  for (const path of paths) {
    const refused = await http.get(of(company.slug, path))
    expect([refused.status, JSON.parse(refused.body)]).toEqual([404, { error: 'not_found' }])
  }
  await hold(http, company, company.owner)
  for (const path of paths) expect((await http.get(of('first', path))).status).toBe(404)
})
