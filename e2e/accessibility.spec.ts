import AxeBuilder from '@axe-core/playwright'
import type { Page } from '@playwright/test'
import { hours, later } from '../lib/core/kernel/time'
import { translator } from '../lib/i18n/translate'
import { setRules } from '../lib/testing/policy'
import { aMessagedFactor } from '../lib/testing/signin'
import type { Company } from './support/company'
import type { Portal } from './support/portal'
import { expect, test } from './support/test'

const t = translator('en')

// Many screens, each looked at four times.
test.describe.configure({ timeout: 300_000 })

const SIZES = [
  { width: 320, height: 700 },
  { width: 1280, height: 900 },
] as const

const STANDARD = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']

/** WCAG 2.2 AA by axe, at both widths; in the dark scheme whatever depends on colour again. */
async function violationsOf(page: Page): Promise<string[]> {
  const found: string[] = []
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    const axe = new AxeBuilder({ page }).setLegacyMode(true)
    const { violations } = await (colorScheme === 'light'
      ? axe.withTags(STANDARD)
      : axe.withRules(['color-contrast', 'link-in-text-block'])
    ).analyze()
    for (const { id, help, nodes } of violations) {
      found.push(`${colorScheme}: ${id}: ${help} (${nodes.map((node) => node.html).join(' ')})`)
    }
  }
  return found
}

async function isAccessible(page: Page, screen: string): Promise<void> {
  // After a client navigation the title comes a moment behind the page.
  await expect(page, screen).toHaveTitle(/./)
  for (const viewport of SIZES) {
    await page.setViewportSize(viewport)
    const where = `${screen}, ${viewport.width} px`
    expect(await violationsOf(page), where).toEqual([])
    const { scroll, client } = await page.evaluate(() => ({
      scroll: document.documentElement.scrollWidth,
      client: document.documentElement.clientWidth,
    }))
    // WCAG 1.4.10
    expect(scroll, `${where}: scrolls sideways`).toBeLessThanOrEqual(client)
    await expect(page, where).toHaveTitle(/./)
  }
}

async function asOwner(company: Company, portal: Portal): Promise<void> {
  await portal.hold(await company.session(company.owner, { methods: ['pwd', 'otp'], steppedUp: true }))
}

test('X2: the setup, its errors and a dead link', async ({ newInstallation, newPortal }) => {
  const installation = await newInstallation({}, { empty: true })
  const portal = await newPortal({ installation })
  const link = new URL(installation.server.setupLink())
  await portal.open('/sign-in')
  await isAccessible(portal.page, 'not set up')
  await portal.open(`${link.pathname}${link.search}`)
  await isAccessible(portal.page, 'setup')
  await portal.field(t('setup.company')).fill('Acme')
  await portal.field(t('setup.name')).fill('Olga')
  await portal.field('Email').fill('olga@example.com')
  await portal.field('Password').fill('short')
  await portal.button(t('setup.submit')).click()
  await portal.sees(t('error.password_too_short'))
  await expect(portal.field('Password')).toBeFocused()
  await isAccessible(portal.page, 'setup with an error')
  await portal.open('/setup?token=x')
  await isAccessible(portal.page, 'dead setup link')
})

test('X2: the sign-in, its notices and errors, and the language menu', async ({ company, portal }) => {
  const ann = await company.add('agent', 'Ann Agent')
  await portal.open('/sign-in')
  await isAccessible(portal.page, 'sign-in')
  await portal.page.getByText(t('common.language', { language: 'English' })).click()
  await isAccessible(portal.page, 'language menu')
  await portal.open('/sign-in?notice=signed_out')
  await isAccessible(portal.page, 'signed out')
  await portal.givePassword({ ...ann, password: 'wrong' })
  await portal.sees(t('error.wrong_credentials'))
  await expect(portal.page.getByRole('alert').filter({ hasText: t('error.wrong_credentials') })).toBeFocused()
  await isAccessible(portal.page, 'wrong password')
  await portal.open('/sign-in')
  await portal.button(t('signIn.submit')).click()
  await portal.sees(t('error.required'))
  await isAccessible(portal.page, 'nothing filled in')
})

test('X2: verifying the computer, the three steps of the wizard and its errors', async ({ company, portal }) => {
  await company.require(['team'])
  const ann = await company.add('agent', 'Ann Agent')
  await portal.signIn(ann)
  await expect(portal.heading(t('device.title'))).toBeVisible()
  await isAccessible(portal.page, 'device verification')
  await portal.readMail(ann)
  await portal.givePasscode('000000')
  await portal.sees(t('error.wrong_new_sent'))
  await isAccessible(portal.page, 'device verification with an error')
  await portal.verifyDevice(ann)
  await expect(portal.heading(t('enroll.title'))).toBeVisible()
  await isAccessible(portal.page, 'choose a kind')
  await portal.chooseApp()
  const app = await portal.scan(ann)
  await isAccessible(portal.page, 'connect the app')
  await portal.givePasscode('000000')
  await portal.sees(t('error.setup_code_wrong'))
  await isAccessible(portal.page, 'connect with an error')
  await portal.givePasscode(await app.next())
  const { number } = await portal.readCodes()
  await isAccessible(portal.page, 'recovery codes')
  await portal.typeBack(number, 'AAAA-AAAA-AAAA-AAAA')
  await portal.sees(t('error.typed_back_wrong'))
  await isAccessible(portal.page, 'recovery codes with an error')
  await portal.open('/sign-in/enroll')
  await portal.sees(t('codes.renewIntro'))
  await isAccessible(portal.page, 'make new codes')
})

test('X2: the passcode, the recovery code and the question whether the app is lost', async ({ company, portal }) => {
  const ann = await company.add('agent', 'Ann Agent')
  const { app, codes } = await company.enrol(ann, { byThemself: true })
  await portal.signIn(ann)
  await expect(portal.heading(t('verify.title'))).toBeVisible()
  await isAccessible(portal.page, 'passcode')
  await portal.givePasscode(app.at(-20))
  await portal.sees(t('error.totp_wrong'))
  await isAccessible(portal.page, 'passcode with an error')
  await portal.useRecoveryCode('AAAA-AAAA-AAAA-AAAA')
  await portal.sees(t('error.recovery_wrong'))
  await isAccessible(portal.page, 'recovery code with an error')
  await portal.field(t('verify.recoveryCode')).fill(codes[0] ?? '')
  await portal.button(t('common.verify')).click()
  await expect(portal.heading(t('verify.lostTitle'))).toBeVisible()
  await isAccessible(portal.page, 'is the app lost')
})

test('X2: the account, its security in every state, and what asks for a fresh proof', async ({
  company,
  newPortal,
}) => {
  const [eve, bob] = [await company.add('end_user', 'Eve End'), await company.add('agent', 'Bob Agent')]
  const portal = await newPortal()
  await portal.hold(await company.session(eve))
  await portal.open('/account')
  await isAccessible(portal.page, 'account')
  await portal.open('/account/security')
  await isAccessible(portal.page, 'security without 2FA')
  await portal.field(t('security.currentPassword')).fill('wrong')
  await portal.field(t('security.newPassword')).fill('wrong')
  await portal.button(t('security.changePassword')).click()
  await portal.sees(t('error.wrong_password'))
  await isAccessible(portal.page, 'change of password with an error')
  await portal.open('/sign-out')
  await isAccessible(portal.page, 'sign out')
  await portal.open('/reauthenticate')
  await isAccessible(portal.page, 'confirm by password')
  await portal.field(t('common.password')).fill(eve.password)
  await portal.button(t('common.continue')).click()
  await expect(portal.field(t('common.passcode'))).toBeVisible()
  await isAccessible(portal.page, 'confirm by mail')

  await company.enrol(bob, { byThemself: true })
  await company.stage.db.recoveryCode.updateMany({
    where: { userId: bob.id, number: { gt: 2 } },
    data: { usedAt: new Date() },
  })
  const his = await newPortal()
  await his.hold(await company.session(bob, { methods: ['pwd', 'otp'], steppedUp: true }))
  await his.open('/account/security')
  for (const line of [t('security.rename'), t('security.remove'), t('security.turnOff')]) {
    await his.page.getByText(line, { exact: true }).first().click()
  }
  await isAccessible(his.page, 'security with 2FA, all open')
  await his.link(t('security.addAnother')).click()
  await expect(his.heading(t('security.addTitle'))).toBeVisible()
  await isAccessible(his.page, 'choose another factor')
  await his.chooseKind(t('factor.totp'))
  await expect(his.heading(t('enroll.connectTitle'))).toBeVisible()
  await expect(his.page).toHaveTitle(/Twofold/)
  await isAccessible(his.page, 'add another app')
  await his.open('/account/security/codes')
  await isAccessible(his.page, 'replace codes')
  await his.button(t('codes.renew')).click()
  await his.readCodes()
  await isAccessible(his.page, 'new codes in the account')
})

test('X2: the console: overview, the switch, its notices and errors, and the page of somebody else', async ({
  company,
  newPortal,
}) => {
  await company.add('agent', 'Ann Agent')
  const portal = await newPortal()
  await asOwner(company, portal)
  await portal.open(`/admin/${company.slug}`)
  await isAccessible(portal.page, 'overview')
  const here = `/admin/${company.slug}/security/advanced`
  await portal.open(here)
  await isAccessible(portal.page, 'the switch, before the admin has 2FA')
  await portal.field(t('advanced.require.team')).check()
  await portal.button('Save').click()
  await portal.sees(t('error.must_enrol_first'))
  await isAccessible(portal.page, 'the switch, refused')
  await company.enrol(company.owner)
  for (const query of ['?notice=saved', '?notice=unchanged', '?team=1&end=0&sessions=1']) {
    await portal.open(`${here}${query}`)
    await isAccessible(portal.page, `the switch ${query}`)
  }
  await portal.page.setViewportSize(SIZES[0])
  await portal.page.getByText(t('nav.menu'), { exact: true }).click()
  expect(await violationsOf(portal.page), 'menu').toEqual([])
  await portal.open('/admin/somebody-else')
  await isAccessible(portal.page, 'not here')
})

test('X2 P8: the page that offers to put 2FA off', async ({ company, portal }) => {
  const ann = await company.add('agent', 'Ann Agent')
  await company.require(['team'])
  await setRules(company.stage.db, company.tenant.id, { team: { deadline: new Date(Date.now() + 3 * 86_400_000) } })
  await portal.signIn(ann)
  await portal.verifyDevice(ann)
  await portal.sees(t('later.left', { days: 2 }))
  await isAccessible(portal.page, 'put 2FA off')
})

test('X2: factors by e-mail and SMS, and another way', async ({ company, portal }) => {
  const ann = await company.add('agent', 'Ann Agent')
  await setRules(company.stage.db, company.tenant.id, { team: { kinds: ['totp', 'email', 'sms'] } })
  await company.require(['team'])
  await portal.signIn(ann)
  await portal.verifyDevice(ann)
  await expect(portal.heading(t('enroll.title'))).toBeVisible()
  await isAccessible(portal.page, 'choose among three kinds')
  await portal.chooseKind(t('factor.sms'))
  await portal.sees(t('enroll.phoneIntro'))
  await isAccessible(portal.page, 'a phone')
  await portal.field(t('enroll.phone')).fill('12')
  await portal.button(t('device.send')).click()
  await portal.sees(t('error.not_a_phone'))
  await isAccessible(portal.page, 'a phone with an error')
  await portal.field(t('enroll.phone')).fill('+491701230000')
  await portal.button(t('device.send')).click()
  await expect(portal.heading(t('enroll.messageTitle'))).toBeVisible()
  await isAccessible(portal.page, 'confirm the phone')
  await portal.givePasscode(await portal.readSms('+491701230000'))
  await portal.keepCodes()
  await portal.isIn()
  await aMessagedFactor(company.stage, ann.id, 'email')
  await portal.signOut()
  await portal.signIn(ann)
  await expect(portal.heading(t('verify.title'))).toBeVisible()
  await isAccessible(portal.page, 'passcode by message, and another way')
})

test('X2: forgotten password, sign-in by link, dead links and the change of address', async ({ company, portal }) => {
  const ann = await company.add('agent', 'Ann Agent')
  await portal.open('/password')
  await isAccessible(portal.page, 'forgotten password')
  await portal.field('Email').fill(ann.email)
  await portal.button(t('password.send')).click()
  await portal.sees(t('password.sent'))
  await isAccessible(portal.page, 'forgotten password, sent')
  await portal.openMailed(ann.email, 'Set a new password')
  await portal.field(t('security.newPassword')).fill('short')
  await portal.button(t('password.set')).click()
  await portal.sees(t('error.password_too_short'))
  await isAccessible(portal.page, 'new password with an error')
  await portal.open('/sign-in/link')
  await isAccessible(portal.page, 'sign-in by link')
  await portal.open('/link/magic?token=x')
  await expect(portal.heading(t('link.deadTitle'))).toBeVisible()
  await isAccessible(portal.page, 'dead link')
  await company.stage.db.user.update({ where: { id: ann.id }, data: { passwordDemandedAt: new Date() } })
  await portal.hold(await company.session(ann, { methods: ['pwd', 'mail'], steppedUp: true }))
  await portal.open('/account')
  await portal.isAt('/password/change')
  await isAccessible(portal.page, 'a new password is demanded')
})

test('X2: the register, the rules for devices and the messages that failed', async ({ company, newPortal }) => {
  const ann = await company.add('agent', 'Ann Agent')
  const her = await newPortal()
  await her.signIn(ann)
  await her.verifyDevice(ann)
  await her.isIn()
  await her.open('/account/devices')
  await isAccessible(her.page, 'the register')

  const portal = await newPortal()
  await asOwner(company, portal)
  const here = `/admin/${company.slug}/security`
  await portal.open(`${here}/advanced/devices`)
  await isAccessible(portal.page, 'rules for devices')
  await portal.open(`${here}/advanced/sessions`)
  await isAccessible(portal.page, 'limits of sessions')
  await portal.open(`${here}/messages`)
  await portal.sees(t('messages.none'))
  await isAccessible(portal.page, 'no failed messages')
  const { db, clock } = company.stage
  const now = clock.now()
  const row = { userId: ann.id, tenantId: company.tenant.id, locale: 'en', createdAt: now, runAt: later(now, hours(1)) }
  await db.outboxMessage.createMany({
    data: [
      { ...row, channel: 'email', recipient: ann.email, template: 'device_passcode', tries: 2, lastError: 'SMTP_421' },
      {
        ...row,
        channel: 'sms',
        recipient: '+•••67',
        template: 'factor_passcode',
        tries: 1,
        lastError: 'expired',
        failedAt: now,
      },
    ],
  })
  await portal.open(`${here}/messages`)
  await portal.sees(t('messages.dead'))
  await isAccessible(portal.page, 'failed messages')
  await portal.open(`/admin/${company.slug}`)
  await portal.sees(t('messages.deadLately', { count: 1 }))
  await isAccessible(portal.page, 'overview with failed messages')
})

test('X2: people, one person, the acts on them, invitations and files', async ({ company, newPortal }) => {
  const ann = await company.add('agent', 'Ann Agent')
  const bob = await company.add('agent', 'Bob Agent')
  // Last in the list: the menu of her row lies over no other row.
  const zoe = await company.add('agent', 'Zoe Agent')
  await company.enrol(ann)
  await company.enrol(company.owner)
  await company.require(['team'])
  const portal = await newPortal()
  await asOwner(company, portal)
  const here = `/admin/${company.slug}/people`
  await portal.open(`${here}/users`)
  await isAccessible(portal.page, 'people')
  await portal.page.setViewportSize(SIZES[0])
  await portal.page.getByLabel(t('people.actions', { name: zoe.name })).click()
  expect(await violationsOf(portal.page), 'row menu').toEqual([])
  await portal.open(`${here}/users?q=nobody`)
  await isAccessible(portal.page, 'nobody found')
  await portal.open(`${here}/users/${ann.id}?notice=role`)
  await isAccessible(portal.page, 'a person')
  for (const act of ['reset', 'code', 'sessions', 'devices', 'role', 'profile', 'address', 'suspend']) {
    await portal.open(`${here}/users/${ann.id}/${act}`)
    await isAccessible(portal.page, act)
  }
  await portal.open(`${here}/users/${bob.id}/exempt`)
  await portal.button(t('act.menu.exempt')).click()
  await portal.sees(t('error.required'))
  await isAccessible(portal.page, 'exempt with an error')
  await portal.open(`${here}/invitations`)
  await portal.field(t('common.email')).fill('ines@example.com')
  await portal.field(t('people.name')).fill('Ines Invited')
  await portal.button(t('invite.send')).first().click()
  await portal.sees(t('invite.notice.sent'))
  await isAccessible(portal.page, 'invitations')
  await portal.open(`${here}/import?problem=broken&row=7`)
  await isAccessible(portal.page, 'a file that is broken')
  await portal.field(t('import.choose')).setInputFiles({
    name: 'people.csv',
    mimeType: 'text/csv',
    buffer: Buffer.from('Email,Name\nx@example.com,Xenia\nnobody,Carl\n'),
  })
  await portal.button(t('import.check')).click()
  await portal.sees(t('import.would'))
  await isAccessible(portal.page, 'a file, checked')
  const guest = await newPortal()
  await guest.openMailed('ines@example.com', 'Your account at Acme')
  await isAccessible(guest.page, 'an invitation')
})

test('X2 X7: many at once on users and invitations: the bar, who is left out, on the way, and done', async ({
  company,
  newPortal,
}) => {
  await company.add('agent', 'Ann Agent')
  const portal = await newPortal()
  await asOwner(company, portal)
  const { db, clock } = company.stage
  const here = `/admin/${company.slug}/people`
  const createdAt = clock.now()
  await db.invitation.create({
    data: { tenantId: company.tenant.id, email: 'ina@example.com', name: 'Ina', role: 'end_user', createdAt },
  })
  for (const [list, name, act] of [
    ['users', 'Ann Agent', 'end_sessions'],
    ['invitations', 'Ina', 'send'],
  ] as const) {
    await portal.open(`${here}/${list}`)
    await portal.field(t('bulk.pick', { name })).check()
    await portal.page.getByText(t('bulk.for')).click()
    await isAccessible(portal.page, `many at once on ${list}`)
    await portal.field(t('bulk.what')).selectOption({ label: t(`bulk.act.${act}`, { to: '' }) })
    await portal.page.getByRole('radio').last().check()
    await portal.button(t('bulk.next')).click()
    await expect(portal.heading(t(`bulk.act.${act}`, { to: '' }))).toBeVisible()
    await isAccessible(portal.page, `a choice on ${list}`)
    const { id } = await db.bulkAct.findFirstOrThrow({
      where: { tenantId: company.tenant.id },
      orderBy: { id: 'desc' },
    })
    // Held by a worker that does nothing.
    await db.bulkAct.update({ where: { id }, data: { startedAt: createdAt, leasedUntil: later(createdAt, hours(9)) } })
    await portal.page.reload()
    await portal.sees(t('bulk.running'))
    await isAccessible(portal.page, `on the way on ${list}`)
    await db.bulkTarget.updateMany({ where: { bulkId: id, outcome: 'open' }, data: { outcome: 'failed' } })
    await db.bulkAct.update({ where: { id }, data: { finishedAt: clock.now() } })
    await portal.page.reload()
    await portal.sees(t('bulk.outcome.failed', { count: 1 }))
    await isAccessible(portal.page, `done on ${list}`)
  }
})

test('X2: sessions, reset requests, rules of recovery, and the pages of who asks', async ({ company, newPortal }) => {
  const ann = await company.add('agent', 'Ann Agent')
  await company.enrol(ann, { byThemself: true })
  const [portal, hers] = [await newPortal(), await newPortal()]
  await asOwner(company, portal)
  const here = `/admin/${company.slug}/security`
  await portal.open(`${here}/reset-requests`)
  await isAccessible(portal.page, 'no request')
  await hers.signIn(ann)
  await hers.link(t('help.cannot')).click()
  await expect(hers.heading(t('help.title'))).toBeVisible()
  await isAccessible(hers.page, 'help')
  await hers.button(t('help.send')).click()
  await hers.sees(t('help.asked'))
  await isAccessible(hers.page, 'help was asked for')
  await portal.open(`${here}/reset-requests`)
  await isAccessible(portal.page, 'a request')
  await hers.openMailed(ann.email, 'A reset of your two-factor authentication was requested')
  await isAccessible(hers.page, 'cancel the request')
  await portal.open(`${here}/advanced/recovery`)
  await isAccessible(portal.page, 'rules of recovery')
  await portal.open(`${here}/advanced/company`)
  await isAccessible(portal.page, 'the company')
  await portal.open(`${here}/sessions`)
  await isAccessible(portal.page, 'sessions')
  await portal.open(`${here}/sessions/all`)
  await isAccessible(portal.page, 'sign out everybody')
})

test('X2: the audit log, its details, and the people among whom to choose', async ({ company, newPortal }) => {
  await company.add('agent', 'Olaf Agent')
  await company.enrol(company.owner)
  const portal = await newPortal()
  await asOwner(company, portal)
  const here = `/admin/${company.slug}/security/audit`
  await portal.open(here)
  await portal.page.getByText(t('audit.says.user_created', { who: 'Olaf Agent' })).click()
  await isAccessible(portal.page, 'the audit log')
  await portal.open(`${here}?person=${company.owner.id}&kind=user_created&from=2026-01-01`)
  await isAccessible(portal.page, 'the audit log of a person')
  await portal.open(`${here}?q=ol`)
  await portal.sees(t('audit.choose'))
  await isAccessible(portal.page, 'people to choose from')
  await portal.open(`${here}?q=nobody`)
  await isAccessible(portal.page, 'nobody to choose')
  await company.stage.db.auditHead.create({
    data: {
      ...{ tenantId: company.tenant.id, seq: 7_000, hash: 'x', keyId: 'gone', signature: 'x' },
      ...{ through: new Date(), signedAt: new Date() },
    },
  })
  await portal.open(`${here}?to=2001-01-01`)
  await portal.sees(t('audit.unknownKey', { seq: '7000', key: 'gone' }))
  await isAccessible(portal.page, 'an end of the log that is not ours')
})

test('X2: the preview and its names, the reports, and why somebody is asked', async ({ company, newPortal }) => {
  const bob = await company.add('agent', 'Bob Agent')
  await company.add('end_user', 'Eve End')
  await company.enrol(company.owner)
  const portal = await newPortal()
  await asOwner(company, portal)
  const advanced = `/admin/${company.slug}/security/advanced`
  const draft = 'team=1&end=1&sessions=0&teamKinds=email&endKinds=totp+email&look=1'
  await company.stage.db.user.update({ where: { id: bob.id }, data: { passwordResetByMailAt: new Date() } })
  await portal.open(`${advanced}?${draft}`)
  await portal.sees(t('advanced.lockedOutHint'))
  await portal.page.getByText(t('advanced.tellLanguage'), { exact: true }).click()
  await isAccessible(portal.page, 'the preview')
  await portal.open(`${advanced}/preview?${draft}&outcome=locked_out&type=team`)
  await portal.sees(bob.email)
  await isAccessible(portal.page, 'the names of the preview')
  await portal.open(`${advanced}/preview?${draft}&outcome=exempt`)
  await portal.sees(t('advanced.previewNobody'))
  await isAccessible(portal.page, 'nobody in the preview')
  const reports = `/admin/${company.slug}/security/reports`
  await portal.open(reports)
  await isAccessible(portal.page, 'no report yet')
  await portal.button(t('report.generate')).click()
  await portal.sees(t('report.is.ready'))
  await isAccessible(portal.page, 'a report that is ready')
  await portal.open(`/admin/${company.slug}/people/users/${bob.id}`)
  await portal.page.getByText(t('why.title'), { exact: true }).click()
  await isAccessible(portal.page, 'why somebody is asked')
  await portal.open(`/admin/${company.slug}`)
  await isAccessible(portal.page, 'the overview')
  await portal.open(`/admin/${company.slug}/people/users?sort=sign_in&dir=desc`)
  await isAccessible(portal.page, 'users by their last sign-in')
  await portal.open(`/admin/${company.slug}/security/proof`)
  await isAccessible(portal.page, 'proof for an auditor')
})

test('X2: by keyboard alone, in the order of the page, from the password through the passcode and out again', async ({
  company,
  portal,
}) => {
  const ann = await company.add('agent', 'Ann Agent')
  const { app, codes } = await company.enrol(ann, { byThemself: true })
  const { page } = portal
  const { keyboard } = page
  async function tabTo(name: RegExp | string, most = 15): Promise<void> {
    for (let tabs = 0; tabs <= most; tabs += 1) {
      const focused = page.locator(':focus')
      const text = (await focused.count()) === 0 ? '' : await focused.evaluate((node) => node.textContent ?? '')
      const label =
        (await focused.count()) === 0 ? '' : await focused.evaluate((node) => node.getAttribute('aria-label') ?? '')
      if ([text.trim(), label].some((each) => (typeof name === 'string' ? each === name : name.test(each)))) return
      await keyboard.press('Tab')
    }
    throw new Error(`the Tab key does not reach ${name}`)
  }

  await portal.open('/sign-in')
  await portal.whenReady(portal.field('Email'))
  await expect(portal.field('Email')).toBeFocused()
  await keyboard.type(ann.email)
  await keyboard.press('Tab')
  await expect(portal.field('Password')).toBeFocused()
  await keyboard.type(ann.password)
  await keyboard.press('Enter')
  await expect(portal.field('Passcode')).toBeFocused()
  await portal.whenReady(portal.field('Passcode'))
  await keyboard.press('Shift+Tab')
  await expect(portal.trustBox(30)).toBeFocused()
  await expect(portal.trustBox(30)).toBeChecked()
  await keyboard.press('Space')
  await expect(portal.trustBox(30)).not.toBeChecked()
  await keyboard.press('Tab')
  await keyboard.type(await app.next(), { delay: 10 })
  await portal.isIn()

  await page.reload()
  await keyboard.press('Tab')
  await expect(page.getByRole('link', { name: t('nav.skip') })).toBeFocused()
  await keyboard.press('Enter')
  await expect(page.getByRole('main')).toBeFocused()
  await page.reload()
  await tabTo(t('common.signOut'), 25)
  await keyboard.press('Enter')
  await portal.sees(t('signIn.notice.signed_out'))

  await portal.whenReady(portal.field('Email'))
  await portal.field('Email').focus()
  await keyboard.type(ann.email)
  await keyboard.press('Tab')
  await keyboard.type(ann.password)
  await keyboard.press('Enter')
  await expect(portal.heading(t('verify.title'))).toBeVisible()
  await tabTo(t('verify.useRecovery'))
  await keyboard.press('Enter')
  await expect(portal.field(t('verify.recoveryCode'))).toBeFocused()
  await keyboard.type(codes[0] ?? '')
  await keyboard.press('Enter')
  await expect(portal.heading(t('verify.lostTitle'))).toBeVisible()
  await tabTo(t('verify.notAtHand'))
  await keyboard.press('Enter')
  await portal.isIn()
})

test('X2: the passcode may be pasted with a space in it, and what is focused can be seen', async ({
  company,
  portal,
}) => {
  const ann = await company.add('agent', 'Ann Agent')
  const { app } = await company.enrol(ann, { byThemself: true })
  await portal.signIn(ann)
  const field = portal.field('Passcode')
  await portal.whenReady(field)
  await expect(field).toHaveAttribute('autocomplete', 'one-time-code')
  await expect(field).toHaveAttribute('inputmode', 'numeric')
  await portal.button('Verify').focus()
  await portal.page.keyboard.press('Shift+Tab')
  const outline = await field.evaluate((node) => getComputedStyle(node).outlineStyle)
  const shadow = await field.evaluate((node) => getComputedStyle(node).boxShadow)
  expect(outline !== 'none' || shadow !== 'none').toBe(true)
  const code = await app.next()
  await field.fill(`${code.slice(0, 3)} ${code.slice(3)}`)
  await portal.isIn()
})
