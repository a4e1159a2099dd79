import { translator } from '../lib/i18n/translate'
import { expect, test } from './support/test'

const t = translator('en')

test('T3 P5 P6: an owner enables 2FA, stops requiring it, and turns it off for good with a passcode of their own', async ({
  company,
  newPortal,
  installation,
}) => {
  const { owner, slug, tenant } = company
  const ann = await company.add('agent', 'Ann Agent')
  const { app } = await company.enrol(owner, { byThemself: true })
  await company.enrol(ann)
  const [console_, hers] = [await newPortal(), await newPortal()]
  await console_.hold(await company.session(owner, { methods: ['pwd', 'otp'], steppedUp: true }))
  const settings = `/admin/${slug}/security/advanced`

  await console_.open(settings)
  await console_.sees(t('twoFactor.state.none'))
  await console_.link(t('twoFactor.enable')).click()
  await console_.sees(t('advanced.previewTitle'))
  await console_.button('Save').click()
  await console_.sees(t('advanced.saved'))
  await console_.sees(t('twoFactor.state.both'))

  await console_.link(t('twoFactor.disable')).click()
  await expect(console_.heading(t('twoFactor.disableTitle', { tenant: tenant.name }))).toBeVisible()
  await console_.sees(t('twoFactor.stopFree', { n: 1 }))
  await console_.sees(t('twoFactor.stopOwn', { n: 1 }))
  await console_.sees(t('twoFactor.offLost', { n: 2 }))
  await console_.button(t('twoFactor.stopDo')).click()
  await console_.sees(t('advanced.saved'))
  await console_.sees(t('twoFactor.state.none'))
  await console_.open(`/admin/${slug}/people/users`)
  await console_.sees(t('people.statusName'))

  await company.stage.db.session.updateMany({ where: { userId: owner.id }, data: { steppedUpAt: null } })
  await console_.open(settings)
  await console_.link(t('twoFactor.disable')).click()
  await console_.sees(t('twoFactor.stopNothing'))
  await console_.sees(t('twoFactor.proof'))
  await console_.field(t('twoFactor.offName')).fill('Another company')
  await console_.button(t('twoFactor.offDo')).click()
  await console_.confirm(owner, app)
  // What was typed came back with the admin.
  await expect(console_.field(t('twoFactor.offName'))).toHaveValue('Another company')
  await console_.button(t('twoFactor.offDo')).click()
  await console_.sees(t('error.name_differs'))
  await expect(console_.field(t('twoFactor.offName'))).toHaveValue('Another company')
  await console_.field(t('twoFactor.offName')).fill(tenant.name)
  await console_.button(t('twoFactor.offDo')).click()
  await console_.sees(t('twoFactor.done'))
  await console_.sees(t('twoFactor.state.gone'))

  await installation.mailbox(owner.email).next(`2FA was turned off at ${tenant.name}`)
  await installation.mailbox(ann.email).next(`Two-factor authentication was turned off at ${tenant.name}`)
  await console_.open(`/admin/${slug}/people/users`)
  await expect(console_.page.getByRole('table')).toContainText('Ann Agent')
  await expect(console_.page.getByRole('table')).not.toContainText(t('people.status.enrolled'))
  await expect(console_.page.getByText(t('people.statusName'), { exact: true })).toHaveCount(0)
  await hers.signIn(ann)
  await hers.verifyDevice(ann)
  await hers.isIn()
  expect(await hers.me()).toEqual({ email: ann.email, methods: ['pwd', 'mail'] })
})

test('U7 P6: a partner in production says why before anybody tries; an admin without a factor sets one up first', async ({
  company,
  portal,
}) => {
  const { owner, slug, tenant } = company
  const ann = await company.add('agent', 'Ann Agent')
  await company.enrol(ann)
  await portal.hold(await company.session(owner, { methods: ['pwd', 'mail'], steppedUp: true }))
  const page = `/admin/${slug}/security/advanced/disable`
  await portal.open(page)
  await portal.sees(t('twoFactor.factorNeeded'))
  await expect(portal.button(t('twoFactor.offDo'))).toHaveCount(0)
  await company.stage.db.tenant.update({ where: { id: tenant.id }, data: { kind: 'partner' } })
  await portal.open(`/admin/${slug}/security/advanced`)
  await portal.sees(t('twoFactor.refused', { tenant: tenant.name }))
  await expect(portal.link(t('twoFactor.disable'))).toHaveCount(0)
  await portal.open(page)
  await portal.sees(t('twoFactor.refused', { tenant: tenant.name }))
  await expect(portal.button(t('twoFactor.offDo'))).toHaveCount(0)
  await expect(portal.button(t('twoFactor.stopDo'))).toHaveCount(0)
})
