import { randomUUID } from 'node:crypto'
import { Company, type Member } from './support/company'
import { type Answer, type HttpClient, SESSION } from './support/http-client'
import { expect, test } from './support/test'

/** A form with a file, as a browser sends it. */
function send(http: HttpClient, path: string, file: string, headers: Record<string, string> = {}): Promise<Answer> {
  const boundary = `form-${randomUUID()}`
  const head = 'Content-Disposition: form-data; name="file"; filename="people.csv"\r\nContent-Type: text/csv'
  return http.request('POST', path, {
    headers: {
      'content-type': `multipart/form-data; boundary=${boundary}`,
      origin: http.url,
      'sec-fetch-site': 'same-origin',
      ...headers,
    },
    body: `--${boundary}\r\n${head}\r\n\r\n${file}\r\n--${boundary}--\r\n`,
  })
}

/** The head of such a form alone: what is too long is refused by it, and the answer is read before anything is sent. */
function announce(http: HttpClient, path: string, length: number): Promise<Answer> {
  return http.request('POST', path, {
    headers: {
      'content-type': 'multipart/form-data; boundary=form-1',
      'content-length': String(length),
      origin: http.url,
      'sec-fetch-site': 'same-origin',
    },
  })
}

async function hold(http: HttpClient, company: Company, who: Member, steppedUp = true): Promise<void> {
  http.cookies.set(SESSION, await company.session(who, { methods: ['pwd', 'otp'], steppedUp }))
}

/** Where the form of the import page sends its file. */
async function formPath(http: HttpClient, company: Company): Promise<string> {
  const page = await http.get(`/admin/${company.slug}/people/import`)
  return /action="([^"]*\/upload\?[^"]*)"/.exec(page.body)?.[1] ?? ''
}

const uploadPath = (company: Company) => `/admin/${company.slug}/people/import/upload`
const FILE = 'Email,Name\nx@example.com,Xenia\n'
const LARGE = `Email,Name,Notes\n${`x@example.com,Xenia,${'much is noted of her '.repeat(50)}\n`.repeat(12_000)}`

test('X8: a file of twelve megabytes is taken in, and one above the limit is not', async ({ company, http }) => {
  await hold(http, company, company.owner)
  const answer = await send(http, await formPath(http, company), LARGE)
  expect(answer.status).toBe(303)
  expect(answer.headers.location).toMatch(/\/people\/import\/[0-9a-f-]{36}$/)
  expect(await company.stage.db.peopleImport.count({ where: { tenantId: company.tenant.id, rows: 12_000 } })).toBe(1)
  expect((await announce(http, uploadPath(company), 64 * 1024 * 1024)).status).toBe(413)
})

test('S15 S18 S26: a file of a stranger, of an agent, of another company, origin, page or session is not', async ({
  company,
  installation: { stage, secrets },
  http,
}) => {
  const imports = () => company.stage.db.peopleImport.count({ where: { tenantId: company.tenant.id } })
  expect((await send(http, uploadPath(company), FILE)).headers.location).toMatch(/\/sign-in/)
  await hold(http, company, await company.add('agent', 'Ann Agent'))
  expect((await send(http, uploadPath(company), FILE)).headers.location).toMatch(/\/$/)
  const other = await Company.open(stage, secrets)
  await hold(http, other, other.owner)
  expect((await send(http, uploadPath(company), FILE)).headers.location).toMatch(/\/$/)
  await hold(http, company, company.owner, false)
  expect((await send(http, uploadPath(company), FILE)).headers.location).toMatch(/\/reauthenticate/)
  await hold(http, company, company.owner)
  const foreign = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }
  expect((await send(http, uploadPath(company), FILE, foreign)).status).toBe(403)
  expect((await announce(http, `/admin/${company.slug}/people/import`, 100_000)).status).toBe(413)
  expect(await imports()).toBe(0)
  const elsewhere = await send(http, uploadPath(company), FILE)
  expect(elsewhere.headers.location).toMatch(/problem=other_session$/)
  expect(await imports()).toBe(0)
  expect((await send(http, await formPath(http, company), FILE)).status).toBe(303)
  expect(await imports()).toBe(1)
})

test('X8: the sample files are there for whoever asks, as spreadsheets open them', async ({ http }) => {
  for (const [locale, heading] of [
    ['en', 'Email,Name'],
    ['de', 'E-Mail;Name'],
    ['ja', 'メールアドレス,名前'],
    ['ko', '이메일,이름'],
  ] as const) {
    const answer = await http.get(`/samples/${locale}.csv`)
    expect([answer.status, answer.headers['content-type']]).toEqual([200, expect.stringContaining('text/csv')])
    expect(answer.body).toContain(heading)
  }
})
