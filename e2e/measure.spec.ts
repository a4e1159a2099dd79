import { readFile } from 'node:fs/promises'
import type { Locator } from '@playwright/test'
import { parse } from 'csv-parse/sync'
import { translator } from '../lib/i18n/translate'
import type { Company } from './support/company'
import type { Portal } from './support/portal'
import { expect, test } from './support/test'

const t = translator('en')
const TEAM = t('advanced.require.team')
const advanced = ({ slug }: Company) => `/admin/${slug}/security/advanced`
const reports = ({ slug }: Company) => `/admin/${slug}/security/reports`

async function owner(company: Company, portal: Portal): Promise<void> {
  await portal.hold(await company.session(company.owner, { methods: ['pwd', 'otp'], steppedUp: true }))
}

function figure(portal: Portal, label: string) {
  return portal.heading(label).locator('xpath=following-sibling::p')
}

test('P9 M7: sixty invited people are in the number, and one line of what happened', async ({ company, newPortal }) => {
  const { db } = company.stage
  const soon = (index: number) => ({ tenantId: company.tenant.id, email: `p${index}@soon.example`, name: `P ${index}` })
  await db.invitation.createMany({
    data: Array.from({ length: 60 }, (_, n) => ({ ...soon(n), role: 'agent' as const })),
  })
  await db.auditEvent.createMany({
    data: Array.from({ length: 60 }, (_, n) => ({
      tenantId: company.tenant.id,
      at: new Date(),
      kind: 'user_invited',
      actorKind: 'system',
      subjectId: `i${n}`,
      subjectName: soon(n).email,
    })),
  })
  await company.require(['team'])
  const portal = await newPortal()
  await owner(company, portal)
  await portal.open(`/admin/${company.slug}`)
  await expect(figure(portal, t('overview.enrolled'))).toHaveText('0 of 61')
  await portal.sees(t('advanced.coverage', { enrolled: 0, people: 61 }))
  await portal.sees(t('overview.invited', { n: 60 }))
  await portal.sees(t('reminder.outstanding', { n: 61 }))
  await portal.sees(t('overview.noReminder'))
  await portal.link(t('audit.many.user_invited', { n: 60 })).click()
  await expect(portal.field(t('audit.kind'))).toHaveValue('user_invited')
  await portal.open(advanced(company))
  await portal.sees(t('advanced.coverage', { enrolled: 0, people: 61 }))
  await portal.sees(t('reminder.outstanding', { n: 61 }))
})

async function download(portal: Portal): Promise<{ name: string; rows: Record<string, string>[] }> {
  const arrives = portal.page.waitForEvent('download')
  await portal.link(t('report.download')).first().click()
  const file = await arrives
  const rows = parse(await readFile(await file.path(), 'utf8'), { bom: true, columns: true }) as Record<
    string,
    string
  >[]
  return { name: file.suggestedFilename(), rows }
}

test('P2: the owner sees what the switch will do to whom, saves, and the next sign-ins do just that', async ({
  company,
  newPortal,
}) => {
  const [ann, bob] = [await company.add('agent', 'Ann Agent'), await company.add('agent', 'Bob Agent')]
  await company.enrol(company.owner)
  await company.enrol(ann)
  const hers = await newPortal()
  await owner(company, hers)
  await hers.open(advanced(company))
  await hers.field(TEAM).check()
  await hers.button(t('advanced.preview')).click()
  await hers.sees(t('advanced.previewTitle'))
  // Nothing is saved yet, and what was ticked is.
  await expect(hers.field(TEAM)).toBeChecked()
  await expect(hers.page.getByText(t('advanced.on'), { exact: true })).toHaveCount(0)
  const foretold = (outcome: string, people: string) =>
    hers.page.getByRole('listitem').filter({ hasText: outcome }).filter({ hasText: people }).first()
  await expect(foretold(t('advanced.outcome.must_enrol'), t('advanced.previewPeople', { n: 1 }))).toBeVisible()
  await expect(foretold(t('advanced.outcome.fine'), t('advanced.previewPeople', { n: 2 }))).toBeVisible()
  await hers.link(t('advanced.outcome.must_enrol')).first().click()
  await expect(hers.heading(`${t('userType.team')}, ${t('advanced.outcome.must_enrol')}`)).toBeVisible()
  await hers.sees(bob.email)
  await expect(hers.page.getByText(ann.email)).toHaveCount(0)
  await hers.link(t('advanced.previewBack')).click()
  await expect(hers.field(TEAM)).toBeChecked()
  await hers.button('Save').click()
  await hers.sees(t('advanced.saved'))
  await hers.sees(t('advanced.coverage', { enrolled: 2, people: 3 }))
  await hers.sees(t('advanced.coverageSetup', { n: 1 }))

  const [anns, bobs] = [await newPortal(), await newPortal()]
  await anns.signIn(ann)
  await expect(anns.heading(t('verify.title'))).toBeVisible()
  await bobs.signIn(bob)
  await bobs.verifyDevice(bob)
  await expect(bobs.heading(t('enroll.title'))).toBeVisible()
})

test('P2 P7: people whom no allowed kind can reach are shown before anybody is locked out', async ({
  company,
  newPortal,
}) => {
  const bob = await company.add('agent', 'Bob Agent')
  await company.stage.db.user.update({ where: { id: bob.id }, data: { passwordResetByMailAt: new Date() } })
  const hers = await newPortal()
  await owner(company, hers)
  await hers.open(advanced(company))
  await hers.field(TEAM).check()
  const kinds = hers.page.getByRole('group', { name: t('advanced.kinds.team') })
  await kinds.getByLabel(t('factor.totp')).uncheck()
  await hers.button(t('advanced.preview')).click()
  await hers.sees(t('advanced.lockedOutHint'))
  await hers.link(t('advanced.outcome.locked_out')).click()
  await hers.sees(bob.email)
})

test('M1 M3: the owner generates the report, gets the mail, and downloads what an auditor asks for', async ({
  company,
  newPortal,
}) => {
  const [ann, bob] = [await company.add('agent', 'Ann Agent'), await company.add('agent', '=cmd|calc')]
  await company.add('end_user', 'Eve End')
  await company.enrol(ann)
  await company.require(['team'])
  const portal = await newPortal()
  await owner(company, portal)
  await portal.open(advanced(company))
  await portal.button(t('report.generate')).click()
  await portal.sees(t('report.notice.begun'))
  await portal.openMailed(company.owner.email, `The 2FA status report of ${company.tenant.name} is ready`)
  await portal.sees(t('report.is.ready'))
  const { name, rows } = await download(portal)
  expect(name).toMatch(/^2fa-status-.*-team-\d{4}-\d\d-\d\d\.csv$/)
  const status = (email: string) => rows.find((row) => row[t('report.column.email')] === email)
  expect(rows).toHaveLength(3)
  expect(status(ann.email)).toMatchObject({
    [t('report.column.state')]: 'Enrolled',
    [t('report.column.factorKinds')]: 'Authenticator app',
    [t('report.column.codesLeft')]: '10',
    [t('report.column.level')]: company.tenant.name,
  })
  expect(status(bob.email)).toMatchObject({ [t('report.column.name')]: "'=cmd|calc" })
  const waiting = rows.filter((row) => row[t('report.column.state')] === 'Setup required')
  await portal.open(`/admin/${company.slug}/people/users?status=setup_required`)
  for (const row of waiting) await portal.sees(row[t('report.column.email')] ?? '')
  await expect(portal.page.getByRole('row')).toHaveCount(waiting.length + 1)
  const kinds = await company.stage.db.auditEvent.findMany({
    where: { tenantId: company.tenant.id, kind: { startsWith: 'report_' } },
    orderBy: { id: 'asc' },
  })
  expect(kinds.map(({ kind }) => kind)).toEqual(['report_requested', 'report_made', 'report_downloaded'])
})

test('M1 S15: nobody but the admins of the company gets a report, and nobody after 24 hours', async ({
  company,
  newPortal,
  http,
}) => {
  const agent = await company.add('agent', 'Ann Agent')
  const portal = await newPortal()
  await owner(company, portal)
  await portal.open(reports(company))
  await portal.page.getByLabel(t('report.scope.all'), { exact: true }).first().check()
  await portal.button(t('report.generate')).click()
  await expect
    .poll(async () => {
      await portal.open(reports(company))
      return portal.link(t('report.download')).count()
    })
    .toBe(1)
  const href = (await portal.link(t('report.download')).getAttribute('href')) ?? ''
  expect((await http.get(href)).headers.location).toMatch(/\/sign-in/)
  const agents = await newPortal()
  await agents.hold(await company.session(agent, { methods: ['pwd', 'mail'] }))
  const url = new URL(href, portal.page.url()).href
  expect((await agents.page.request.get(url)).status()).toBe(404)
  await company.stage.db.report.updateMany({
    where: { tenantId: company.tenant.id },
    data: { expiresAt: new Date(Date.now() - 1000) },
  })
  expect((await portal.page.request.get(url)).status()).toBe(404)
  await portal.open(reports(company))
  await portal.sees(t('report.is.over'))
})

test('M2: a report on the first of each month, and none any more', async ({ company, newPortal }) => {
  const portal = await newPortal()
  await owner(company, portal)
  await portal.open(reports(company))
  await portal.sees(t('report.noSchedule'))
  await portal.field(t('report.scheduleName')).selectOption({ label: t('report.scope.all') })
  await portal.button('Save').click()
  await portal.sees(t('report.notice.scheduled'))
  await company.stage.db.reportSchedule.update({
    where: { tenantId: company.tenant.id },
    data: { nextAt: new Date(Date.now() - 1000) },
  })
  await portal.openMailed(company.owner.email, `The 2FA status report of ${company.tenant.name} is ready`)
  await portal.page.getByText('Monthly report').first().waitFor()
  await portal.field(t('report.scheduleName')).selectOption({ label: t('report.never') })
  await portal.button('Save').click()
  await portal.sees(t('report.notice.unscheduled'))
})

test('M4 M6 P9: the numbers of the overview are those of the lists they lead to', async ({ company, newPortal }) => {
  const ann = await company.add('agent', 'Ann Agent')
  await company.add('agent', 'Bob Agent')
  const { codes } = await company.enrol(ann)
  expect(codes).toHaveLength(10)
  await company.require(['team'])
  const portal = await newPortal()
  await owner(company, portal)
  await portal.open(`/admin/${company.slug}`)
  await portal.sees(t('advanced.coverage', { enrolled: 1, people: 3 }))
  await expect(figure(portal, t('overview.enrolled'))).toHaveText('1 of 3')
  await expect(figure(portal, t('overview.lostPhone'))).toHaveText('0')
  await portal.sees(t('overview.lostPhoneNone'))
  // What is not required is a word, and no bar that would look full.
  const end = portal.page.locator('section', { has: portal.heading(t('userType.end')) })
  await expect(end).toContainText(t('advanced.coverageOff', { enrolled: 0, people: 0 }))
  await expect(end.locator('.bar')).toHaveCount(0)
  await expect(figure(portal, t('overview.mustSetUp'))).toHaveText('2')
  await expect(figure(portal, t('overview.mustSetUp'))).toHaveCSS('font-size', '28px')
  await portal.link(t('overview.seeWho')).first().click()
  await expect(portal.page.getByRole('row')).toHaveCount(3)
  await company.stage.db.recoveryCode.updateMany({ where: { userId: ann.id }, data: { usedAt: new Date() } })
  await company.stage.db.membership.updateMany({ where: { userId: ann.id }, data: { atRisk: true } })
  await portal.open(`/admin/${company.slug}`)
  await expect(figure(portal, t('overview.lostPhone'))).toHaveText('1')
  await portal.link(t('overview.seeWho')).last().click()
  await expect(portal.link(new RegExp(t('people.phoneAway')))).toHaveAttribute('aria-current', 'true')
  await portal.sees(ann.email)
  await expect(portal.page.getByRole('row')).toHaveCount(2)
})

test('M9: a person’s page says what happens at the next sign-in and why, and the log what decided the last one', async ({
  company,
  newPortal,
}) => {
  const ann = await company.add('agent', 'Ann Agent')
  const bob = await company.add('agent', 'Bob Agent')
  const { app } = await company.enrol(ann)
  await company.require(['team'])
  const [hers, portal] = [await newPortal(), await newPortal()]
  await hers.signIn(ann)
  await hers.givePasscode(await app.next())
  await hers.isIn()
  await owner(company, portal)
  await portal.open(`/admin/${company.slug}/people/users/${bob.id}`)
  await portal.page.getByText(t('why.path.enrol')).first().waitFor()
  await portal.page.getByText(t('why.title'), { exact: true }).click()
  await portal.page
    .getByText(`(${t('why.decided')})`)
    .first()
    .waitFor()
  await portal.open(`/admin/${company.slug}/people/users/${ann.id}`)
  await portal.page.getByText(t('why.path.asked')).first().waitFor()
  await portal.link(t('person.allEvents')).click()
  const line = portal.page.getByRole('main').locator('details').filter({ hasText: 'signed in' }).first()
  await line.locator('summary').click()
  await expect(line).toContainText(t('audit.detail.decision'))
  await expect(line).toContainText(t('audit.decision.asked'))
  await expect(line).toContainText(t('report.level.tenant'))
})

test('P1: every page of settings uses the width that it has', async ({ company, newPortal }) => {
  const portal = await newPortal()
  await owner(company, portal)
  await portal.page.setViewportSize({ width: 1280, height: 800 })
  const cards = portal.page.getByRole('main').locator('section')
  const rightOf = async (each: Locator) => {
    const box = await each.boundingBox()
    return box === null ? Number.NaN : box.x + box.width
  }
  const rights: number[] = []
  for (const tab of ['', '/devices', '/sessions', '/recovery', '/company']) {
    await portal.open(`${advanced(company)}${tab}`)
    rights.push(Math.max(...(await Promise.all((await cards.all()).map(rightOf)))))
  }
  expect(rights).toEqual(rights.map(() => rights[0]))
  expect(rights[0]).toBeGreaterThan(1200)
})

test('X2: on a phone every tab of settings is in sight, each button stands in its card, and a choice is not cut', async ({
  company,
  newPortal,
}) => {
  const portal = await newPortal()
  await owner(company, portal)
  const { page } = portal
  await page.setViewportSize({ width: 320, height: 640 })
  await portal.open(`${advanced(company)}/company`)
  for (const tab of await page
    .getByRole('navigation', { name: t('advanced.tabs') })
    .getByRole('link')
    .all()) {
    const box = await tab.boundingBox()
    expect((box?.x ?? Number.NaN) + (box?.width ?? 0)).toBeLessThanOrEqual(320)
  }
  const main = page.getByRole('main')
  const buttons = [t('common.save'), t('company.startSave'), t('company.helpSave'), t('company.invitesSave')]
  for (const name of buttons) {
    await expect(main.locator('section').getByRole('button', { name, exact: true })).toHaveCount(1)
  }
  await portal.open(`/admin/${company.slug}/people/invitations`)
  const choice = portal.field(t('invite.validFor'))
  const room = await choice.evaluate((select: HTMLSelectElement) => {
    const style = getComputedStyle(select)
    const context = document.createElement('canvas').getContext('2d')
    if (context === null) return Number.NaN
    context.font = style.font
    const padding = Number.parseFloat(style.paddingLeft) + Number.parseFloat(style.paddingRight)
    return select.clientWidth - padding - context.measureText(select.selectedOptions[0]?.text ?? '').width
  })
  expect(room).toBeGreaterThanOrEqual(0)
  await portal.sees(t('invite.companySays', { days: t('invite.days', { n: 7 }) }))
})

test('before the switch there is a text to send, in all four languages', async ({ company, newPortal }) => {
  const portal = await newPortal()
  await owner(company, portal)
  await portal.open(advanced(company))
  for (const language of ['en', 'de', 'ja', 'ko'] as const) {
    const words = translator(language)
    await portal.page.getByText(words('advanced.tellLanguage'), { exact: true }).click()
    await expect(portal.page.getByText(company.tenant.name).locator(`visible=true`).first()).toBeVisible()
    await expect(portal.page.locator(`p[lang=${language}]`)).toContainText('/sign-in')
  }
})
