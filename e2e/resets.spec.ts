import { translator } from '../lib/i18n/translate'
import type { Company, Member } from './support/company'
import type { Portal } from './support/portal'
import { expect, test } from './support/test'

const t = translator('en')

async function asAdmin(company: Company, portal: Portal, who: Member = company.owner): Promise<void> {
  await portal.hold(await company.session(who, { methods: ['pwd', 'otp'], steppedUp: true }))
}

async function ask(portal: Portal, person: Member): Promise<void> {
  await portal.signIn(person)
  await portal.link(t('help.cannot')).click()
  await expect(portal.heading(t('help.title'))).toBeVisible()
  await portal.field(t('help.reason')).fill('Phone drowned, call 555 0100')
  await portal.button(t('help.send')).click()
  await portal.sees(t('help.asked'))
}

test('R6: a person asks from the passcode page, admins get the mail, one approves, and E9 holds', async ({
  company,
  newPortal,
  installation,
}) => {
  const ann = await company.add('agent', 'Ann Agent')
  await company.enrol(ann, { byThemself: true })
  const [hers, console_] = [await newPortal(), await newPortal()]
  await ask(hers, ann)
  await installation.mailbox(company.owner.email).next('Ann Agent requests a 2FA reset')
  await hers.open('/sign-in/help')
  await hers.sees('is waiting for a decision')

  await asAdmin(company, console_)
  await console_.open(`/admin/${company.slug}`)
  await console_.link(t('resets.see')).click()
  await console_.sees(t('resets.says', { reason: 'Phone drowned, call 555 0100' }))
  await console_.page.getByText(t('resets.decide'), { exact: true }).click()
  await console_.button(t('resets.approve')).click()
  await console_.sees(t('error.required'))
  await console_.field(t('act.reason')).fill('Called back')
  await console_.button(t('resets.approve')).click()
  await console_.sees(t('resets.notice.approved'))
  await console_.sees(t('resets.none'))
  await installation.mailbox(ann.email).next('Your two-factor authentication was reset')
  await console_.open(`/admin/${company.slug}/people/users/${ann.id}`)
  for (const kind of ['reset_requested', 'reset_approved', 'factors_reset'] as const) {
    await console_.sees(t(`event.${kind}`))
  }

  await hers.signIn(ann)
  await hers.verifyDevice(ann)
  await hers.enrol(ann)
  await hers.isIn()
})

test('R6: denied with a reason, and cancelled by the link, which a scanner that looks does not spend', async ({
  company,
  newPortal,
  installation,
}) => {
  const ann = await company.add('agent', 'Ann Agent')
  const { app } = await company.enrol(ann, { byThemself: true })
  const [hers, console_, scanner] = [await newPortal(), await newPortal(), await newPortal()]
  await ask(hers, ann)
  await asAdmin(company, console_)
  await console_.open(`/admin/${company.slug}/security/reset-requests`)
  await console_.page.getByText(t('resets.decide'), { exact: true }).click()
  await console_.field(t('act.reason')).fill('Nobody answered at that number')
  await console_.button(t('resets.deny')).click()
  await console_.sees(t('resets.notice.denied'))
  const told = await installation.mailbox(ann.email).next('Your two-factor authentication was not reset')
  expect(told.text).toContain('Nobody answered at that number')

  // Of the first request; its link is dead by now.
  await installation.mailbox(ann.email).link('A reset of your two-factor authentication was requested')
  await ask(hers, ann)
  const path = await hers.openMailed(ann.email, 'A reset of your two-factor authentication was requested')
  await scanner.open(path)
  await expect(scanner.heading(t('stop.cancelTitle'))).toBeVisible()
  await hers.button(t('stop.cancelDo')).click()
  await hers.sees(t('signIn.notice.reset_cancelled'))
  await installation.mailbox(company.owner.email).next('The reset request of Ann Agent was canceled')
  await console_.open(`/admin/${company.slug}/security/reset-requests`)
  await console_.sees(t('resets.none'))
  await console_.sees(t('resets.state.cancelled'))
  await scanner.button(t('stop.cancelDo')).click()
  await scanner.sees('used, has expired')
  await hers.signIn(ann)
  await hers.givePasscode(await app.next())
  await hers.isIn()
})

test('R3: “this was not me” in a notice stops the code, the sessions, and the old password', async ({
  company,
  newPortal,
  installation,
}) => {
  const ann = await company.add('agent', 'Ann Agent')
  const { app } = await company.enrol(ann, { byThemself: true })
  const [hers, console_, anywhere] = [await newPortal(), await newPortal(), await newPortal()]
  await hers.signIn(ann)
  await hers.givePasscode(await app.next())
  await hers.isIn()
  await asAdmin(company, console_)
  await console_.open(`/admin/${company.slug}/people/users/${ann.id}/code`)
  await console_.field(t('act.reason')).fill('A caller said so')
  await console_.button(t('act.menu.code')).click()
  await console_.sees(t('act.codeDone'))
  const code = (await console_.page.locator('code').textContent()) ?? ''
  installation.secrets.add('recovery code', code, code.replaceAll('-', ''))

  await anywhere.openMailed(ann.email, 'An admin created a recovery code for you')
  await expect(anywhere.heading(t('stop.stopTitle'))).toBeVisible()
  await anywhere.button(t('stop.stopDo')).click()
  await anywhere.sees(t('signIn.notice.stopped'))
  expect(await hers.me()).toBeNull()
  await installation.mailbox(company.owner.email).next('Ann Agent reported: this was not me')

  await anywhere.signIn(ann)
  await anywhere.useRecoveryCode(code)
  await anywhere.sees(t('error.recovery_wrong'))
})

test('S15: nobody but the admins of the company sees or decides a request', async ({ company, newPortal }) => {
  const [ann, bob] = [await company.add('agent', 'Ann Agent'), await company.add('agent', 'Bob Agent')]
  await company.enrol(ann, { byThemself: true })
  await ask(await newPortal(), ann)
  for (const [person, slug] of [
    [bob, company.slug],
    [company.owner, 'first'],
  ] as const) {
    const portal = await newPortal()
    await portal.hold(await company.session(person, { methods: ['pwd', 'otp'], steppedUp: true }))
    expect((await portal.open(`/admin/${slug}/security/reset-requests`))?.status()).toBe(404)
  }
})
