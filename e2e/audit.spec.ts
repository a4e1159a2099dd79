import { readFile } from 'node:fs/promises'
import { parse } from 'csv-parse/sync'
import { changeRetention } from '../lib/administration/retention/service'
import { translator } from '../lib/i18n/translate'
import { anOperator } from '../lib/testing/world'
import type { Company } from './support/company'
import type { Portal } from './support/portal'
import { expect, test } from './support/test'

const t = translator('en')

const log = ({ slug }: Company) => `/admin/${slug}/security/audit`

async function download(portal: Portal, link: string): Promise<{ name: string; text: string }> {
  const arrives = portal.page.waitForEvent('download')
  await portal.link(link).click()
  const file = await arrives
  return { name: file.suggestedFilename(), text: await readFile(await file.path(), 'utf8') }
}

test('M7: an admin finds a sign-in by person and kind, opens its details, and takes the log away as CSV and JSON lines', async ({
  company,
  newPortal,
  installation,
}) => {
  const [ann, amy] = [await company.add('agent', 'Ann Agent'), await company.add('agent', 'Amy Agent')]
  const admin = await company.add('admin', 'Alma Admin')
  const { app } = await company.enrol(ann, { byThemself: true })
  const [hers, portal] = [await newPortal(), await newPortal()]
  await hers.signIn(ann)
  await hers.givePasscode(await app.next())
  await hers.isIn()

  await portal.hold(await company.session(admin, { methods: ['pwd', 'mail'], steppedUp: true }))
  await portal.open(`/admin/${company.slug}`)
  if (!portal.script) await portal.open(log(company))
  else {
    await portal.link(t('nav.audit')).click()
    await portal.isAt(log(company))
  }
  await expect(portal.heading(t('audit.title'))).toBeVisible()
  const signedIn = t('audit.with.sign_in_succeeded', { who: ann.name, factor: t('audit.factor.totp') })
  await portal.sees(signedIn)
  await portal.sees(t('audit.says.user_created', { who: amy.name }))

  // Two people begin so.
  await portal.field(t('audit.person')).fill('a')
  await portal.field(t('audit.kind')).selectOption({ label: t('event.sign_in_succeeded') })
  await portal.button(t('audit.find')).click()
  await portal.sees(t('audit.choose'))
  await portal.link(ann.name).click()
  await portal.sees(t('audit.only', { name: ann.name }))
  await expect(portal.field(t('audit.person'))).toHaveValue(ann.email)
  const lines = portal.page.getByRole('main').locator('details')
  await expect(lines).toHaveCount(1)
  await expect(lines).toContainText(signedIn)
  await expect(lines).toContainText('127.0.0.1')
  await expect(lines).toContainText('Chrome')
  await expect(lines.getByText('pwd otp')).toBeHidden()
  await lines.getByText(signedIn).click()
  await expect(lines.getByText('sign_in_succeeded')).toBeVisible()
  await expect(lines.getByText(t('audit.column.requestId'), { exact: true })).toBeVisible()

  const sheet = await download(portal, t('audit.csv'))
  expect(sheet.name).toMatch(new RegExp(`^audit-${company.slug}-\\d{4}-\\d\\d-\\d\\d\\.csv$`))
  const rows = parse(sheet.text, { bom: true, columns: true, record_delimiter: '\r\n' }) as Record<string, string>[]
  expect(rows).toHaveLength(1)
  expect(rows[0]).toMatchObject({
    [t('audit.column.event')]: t('event.sign_in_succeeded'),
    [t('audit.column.subjectName')]: ann.name,
    MfaFactorType: 'totp',
  })
  const { name, text } = await download(portal, t('audit.jsonl'))
  expect(name).toMatch(/\.jsonl$/)
  expect(
    text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line)),
  ).toMatchObject([
    { kind: 'sign_in_succeeded', subjectId: ann.id, tenantId: company.tenant.id, MfaFactorType: 'totp' },
  ])

  await portal.link(t('audit.clear')).click()
  await portal.sees(t('audit.says.audit_exported', { who: admin.name }))
  await portal.field(t('audit.to', { zone: 'UTC' })).fill('2001-01-01')
  await portal.button(t('audit.find')).click()
  await portal.sees(t('audit.none'))
  await portal.open(`${log(company)}?q=nobody-at-all`)
  await portal.sees(t('audit.noPerson'))

  // The worker seals within seconds, and says each event on standard output.
  await expect
    .poll(async () => {
      await portal.open(log(company))
      return portal.page.getByText(/^Sealed and signed up to entry \d+/).count()
    })
    .toBe(1)
  const stored = await installation.stage.db.auditEvent.findMany({ where: { tenantId: company.tenant.id } })
  const said = () =>
    installation.server
      .output()
      .split('\n')
      .filter((line) => line.includes('"audit":'))
      .map((line) => JSON.parse(line).audit)
  const ids = () => said().map(({ id }) => id)
  await expect.poll(() => stored.filter(({ id }) => !ids().includes(id))).toEqual([])
  expect(new Set(ids()).size).toBe(ids().length)
  const ofThis = said().filter(({ tenantId }) => tenantId === company.tenant.id)
  expect(ofThis.find(({ kind }) => kind === 'audit_exported')).toMatchObject({
    actorId: admin.id,
    data: { format: 'csv', filters: { person: ann.id, kind: 'sign_in_succeeded' } },
  })
})

test('M7: older and newer events are pages of their own', async ({ company, portal }) => {
  const at = new Date('2001-02-03T04:05:06.000Z')
  await company.stage.db.auditEvent.createMany({
    data: Array.from({ length: 120 }, (_, n) => ({
      tenantId: company.tenant.id,
      at,
      kind: 'signed_out',
      actorKind: 'user',
      actorId: company.owner.id,
      actorName: company.owner.name,
      subjectId: `nobody-${n}`,
      subjectName: `Nobody ${n}`,
    })),
  })
  await portal.hold(await company.session(company.owner, { methods: ['pwd', 'mail'], steppedUp: true }))
  await portal.open(`${log(company)}?kind=signed_out&to=2001-02-03`)
  const lines = portal.page.getByRole('main').locator('details')
  const seen = new Set<string>()
  const read = async (count: number) => {
    await expect(lines).toHaveCount(count)
    for (const line of await lines.locator('summary').allTextContents()) seen.add(line)
  }
  await read(50)
  await expect(portal.link(t('audit.newer'))).toHaveCount(0)
  await portal.link(t('audit.older')).click()
  await portal.page.waitForURL(/older=/)
  await read(50)
  await portal.link(t('audit.older')).click()
  await read(20)
  expect(seen.size).toBe(120)
  await expect(portal.link(t('audit.older'))).toHaveCount(0)
  await portal.link(t('audit.newer')).click()
  await portal.page.waitForURL(/newer=/)
  await read(50)
  await portal.link(t('audit.newest')).click()
  await read(50)
  expect(seen.size).toBe(120)
})

test('S15: agents, end users and owners of another company see and export nothing', async ({ company, newPortal }) => {
  const agent = await company.add('agent', 'Ann Agent')
  const endUser = await company.add('end_user', 'Eve End')
  for (const [person, slug] of [
    [agent, company.slug],
    [endUser, company.slug],
    [company.owner, 'first'],
  ] as const) {
    const portal = await newPortal()
    await portal.hold(await company.session(person, { methods: ['pwd', 'otp'], steppedUp: true }))
    const path = `/admin/${slug}/security/audit`
    expect((await portal.open(path))?.status()).toBe(404)
    await expect(portal.heading(t('notFound.title'))).toBeVisible()
    await expect(portal.link(t('nav.audit'))).toHaveCount(0)
    for (const format of ['csv', 'jsonl']) {
      const answer = await portal.page.request.get(new URL(`${path}/export?format=${format}`, portal.page.url()).href)
      expect([answer.status(), await answer.text()]).toEqual([404, ''])
    }
  }
  const stranger = await newPortal()
  await stranger.open('/sign-in')
  const answer = await stranger.page.request.get(new URL(`${log(company)}/export?format=csv`, stranger.page.url()).href)
  expect(new URL(answer.url()).pathname).toBe('/sign-in')
})

test('X12: an owner sees that the log will be kept for a shorter time, from when on, and who can take it back', async ({
  company,
  newPortal,
}) => {
  const portal = await newPortal()
  await portal.hold(await company.session(company.owner, { methods: ['pwd', 'otp'] }))
  await portal.open(log(company))
  await portal.sees(t('audit.kept.forEver'))
  const set = (days: number | null) =>
    changeRetention(company.stage, anOperator(), { tenantId: company.tenant.id, days })
  await set(90)
  await portal.open(log(company))
  await portal.sees('entries older than 90 days are deleted')
  await portal.sees(t('audit.kept.nextHint'))
  await portal.sees(t('audit.kept.forEver'))
  await portal.sees(`audit retention --days 400 --tenant ${company.slug}`)
  await set(null)
  await portal.open(log(company))
  await expect(portal.page.getByText(t('audit.kept.nextHint'))).toHaveCount(0)
})
