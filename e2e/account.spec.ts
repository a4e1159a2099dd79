import { translator } from '../lib/i18n/translate'
import type { Company, Member } from './support/company'
import { newPassword } from './support/company'
import type { Portal } from './support/portal'
import { expect, test } from './support/test'

const t = translator('en')

async function atSecurity(company: Company, portal: Portal, person: Member, steppedUp = true): Promise<void> {
  await portal.hold(await company.session(person, { methods: ['pwd', 'otp'], steppedUp }))
  await portal.open('/account/security')
}

test('E6 P3: a person turns 2FA on with a fresh proof, is asked at the next sign-in, and turns it off again', async ({
  company,
  portal,
  installation,
}) => {
  const bob = await company.add('agent', 'Bob Agent')
  await portal.hold(await company.session(bob))
  await portal.open('/account/security')
  await portal.sees(t('account.state.off'))
  await portal.link(t('security.turnOnFirst')).click()
  await portal.confirm(bob)
  await portal.isAt('/account/security/add')
  await portal.chooseKind(t('factor.totp'))
  const app = await portal.connect(bob)
  await portal.keepCodes()
  await portal.sees(t('security.notice.factor_added'))
  await portal.sees(t('account.state.enrolled'))
  await installation.mailbox(bob.email).next('Two-factor authentication was turned on')
  await portal.signOut()

  await portal.signIn(bob)
  await portal.givePasscode(await app.next())
  await portal.open('/account/security')
  await portal.page.getByText(t('security.turnOff')).first().click()
  await portal.button(t('security.turnOff')).click()
  await portal.sees(t('security.notice.turned_off'))
  await portal.sees(t('account.state.notAsked'))
  await installation.mailbox(bob.email).next('Two-factor authentication was turned off')
  await portal.signOut()
  await portal.signIn(bob)
  await portal.isIn()
  expect(await portal.me()).toMatchObject({ methods: ['pwd'] })
})

test('E5 E6: a second app is added without new codes, gets a name, works, and is removed', async ({
  company,
  portal,
  installation,
}) => {
  const bob = await company.add('agent', 'Bob Agent')
  const { app } = await company.enrol(bob, { byThemself: true })
  await atSecurity(company, portal, bob)
  await portal.link(t('security.addAnother')).click()
  await portal.chooseKind(t('factor.totp'))
  const second = await portal.scan(bob)
  expect(second.key).not.toBe(app.key)
  await portal.givePasscode(await second.next())
  await portal.sees(t('security.notice.factor_added'))
  await expect(portal.page.getByRole('list', { name: t('codes.label') })).toHaveCount(0)
  await installation.mailbox(bob.email).next('A second factor was added to your account')

  await portal.page.getByText(t('security.rename'), { exact: true }).last().click()
  await portal.field(t('security.factorName')).last().fill('Tablet')
  await portal.button('Save').last().click()
  await portal.sees('Tablet')
  await portal.signOut()
  await portal.signIn(bob)
  await portal.givePasscode(await second.next())
  await portal.isIn()

  await portal.open('/account/security')
  await portal.page.getByText(t('security.remove'), { exact: true }).last().click()
  await portal.button(t('security.removeNamed', { name: 'Tablet' })).click()
  await portal.sees(t('security.notice.factor_removed'))
  await portal.signOut()
  await portal.signIn(bob)
  await portal.givePasscode(await second.next())
  await portal.sees(t('error.totp_wrong'))
  await portal.givePasscode(await app.next())
  await portal.isIn()
})

test('E6 E7: while 2FA is required, turning it off and removing the last app are not offered, with the reason', async ({
  company,
  portal,
}) => {
  const bob = await company.add('agent', 'Bob Agent')
  await company.enrol(bob)
  await company.require(['team'])
  await atSecurity(company, portal, bob)
  await portal.page.getByText(t('security.turnOff')).first().click()
  await expect(portal.page.getByText(t('error.still_required')).filter({ visible: true })).toHaveCount(1)
  await expect(portal.button(t('security.turnOff'))).toHaveCount(0)
  await portal.page.getByText(t('security.remove'), { exact: true }).click()
  await expect(portal.page.getByText(t('error.still_required')).filter({ visible: true })).toHaveCount(2)
  await expect(portal.button(t('security.removeNamed', { name: t('factor.totp') }))).toHaveCount(0)
  expect(await company.stage.db.factor.count({ where: { userId: bob.id, revokedAt: null } })).toBe(1)
})

test('E7 E8: removing the last app where nothing requires it turns 2FA off, ends the codes and is told by mail', async ({
  company,
  portal,
  installation,
}) => {
  const bob = await company.add('agent', 'Bob Agent')
  await company.enrol(bob, { byThemself: true })
  await atSecurity(company, portal, bob)
  await portal.page.getByText(t('security.remove'), { exact: true }).click()
  await portal.sees(t('security.removeLast'))
  await portal.button(t('security.removeNamed', { name: t('factor.totp') })).click()
  await portal.sees(t('security.notice.factor_removed'))
  await portal.sees(t('account.state.off'))
  await installation.mailbox(bob.email).next('A second factor was removed from your account')
  const left = { userId: bob.id, usedAt: null, revokedAt: null }
  expect(await company.stage.db.recoveryCode.count({ where: left })).toBe(0)
  await portal.signOut()
  await portal.signIn(bob)
  await portal.verifyDevice(bob)
  await portal.isIn()
})

test('E6: without a fresh proof, no change goes through before the passcode', async ({ company, portal }) => {
  const bob = await company.add('agent', 'Bob Agent')
  const { app } = await company.enrol(bob, { byThemself: true })
  await atSecurity(company, portal, bob, false)
  await portal.link(t('security.addAnother')).click()
  await portal.isAt('/reauthenticate')
  await portal.givePasscode(app.at(-20))
  await portal.sees(t('error.totp_wrong'))
  await portal.givePasscode(await app.next())
  await portal.isAt('/account/security/add')
})

test('ASVS 6.2.3 S12: a new password needs the old one, signs out everywhere else, and the old one is dead', async ({
  company,
  newPortal,
  installation,
}) => {
  const bob = await company.add('agent', 'Bob Agent')
  const [here, elsewhere] = [await newPortal(), await newPortal()]
  await here.signIn(bob)
  await here.verifyDevice(bob)
  await here.isIn()
  await elsewhere.hold(await company.session(bob))
  expect(await elsewhere.me()).not.toBeNull()

  await here.open('/account/security')
  const next = newPassword(installation.secrets)
  async function change(current: string, to: string) {
    await here.field(t('security.currentPassword')).fill(current)
    await here.field(t('security.newPassword')).fill(to)
    await here.button(t('security.changePassword')).click()
  }
  await change('not the current one', next)
  await here.sees(t('error.wrong_password'))
  await change(bob.password, 'passwordpassword')
  await here.sees(t('error.password_common'))
  await change(bob.password, next)
  await here.sees(t('security.notice.password_changed'))
  expect(await here.me()).not.toBeNull()
  expect(await elsewhere.me()).toBeNull()
  await installation.mailbox(bob.email).next('Your password was changed')
  await here.signOut()

  await here.signIn(bob)
  await here.sees(t('error.wrong_credentials'))
  await here.givePassword({ ...bob, password: next })
  await here.isIn()
})

test('X10: times are in the zone of the company, or in one’s own', async ({ company, newPortal }) => {
  await company.enrol(company.owner)
  const owner = await newPortal()
  await owner.hold(await company.session(company.owner, { methods: ['pwd', 'otp'], steppedUp: true }))
  await owner.open(`/admin/${company.slug}/security/advanced/company`)
  await owner.field(t('zone.title')).selectOption('Europe/Berlin')
  await owner.button(t('common.save')).click()
  await owner.sees(t('zone.saved'))
  await expect(owner.field(t('zone.title'))).toHaveValue('Europe/Berlin')

  const ann = await company.add('agent', 'Ann Agent')
  const hers = await newPortal()
  await hers.hold(await company.session(ann))
  await hers.open('/account/devices')
  await expect(hers.page.getByText(/(GMT\+[12]) \(/).first()).toBeVisible()
  await hers.open('/account')
  const zone = hers.field(t('zone.title'))
  await expect(zone.locator('option').first()).toHaveText(t('zone.ofCompany', { zone: 'Europe/Berlin' }))
  await zone.selectOption('Asia/Tokyo')
  await hers.button(t('common.save')).click()
  await hers.sees(t('zone.saved'))
  await expect(hers.field(t('zone.title'))).toHaveValue('Asia/Tokyo')
  await hers.open('/account/devices')
  await expect(hers.page.getByText(/GMT\+9 \(/).first()).toBeVisible()
})
