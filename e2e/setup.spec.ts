import { translator } from '../lib/i18n/translate'
import { newPassword } from './support/company'
import { expect, test } from './support/test'

const t = translator('en')

test('D5 SE3: the owner opens the printed link, names the company, and signs in on that computer without a passcode', async ({
  newInstallation,
  newPortal,
}) => {
  const installation = await newInstallation({}, { empty: true })
  const portal = await newPortal({ installation })
  const { page } = portal
  const owner = { email: 'olga@example.com', password: newPassword(installation.secrets) }
  const link = new URL(installation.server.setupLink())

  await portal.open('/sign-in')
  await expect(portal.heading(t('signIn.notReadyTitle'))).toBeVisible()

  await portal.open(`${link.pathname}${link.search}`)
  await portal.field(t('setup.company')).fill('Acme')
  await portal.field(t('setup.name')).fill('Olga Owner')
  await portal.field('Email').fill(owner.email)
  await portal.field('Password').fill('too short')
  await portal.button(t('setup.submit')).click()
  await portal.sees(t('error.password_too_short'))
  await expect(portal.field('Email')).toHaveValue(owner.email)
  await expect(portal.field('Password')).toHaveValue('')

  await portal.field('Password').fill(owner.password)
  await portal.button(t('setup.submit')).click()
  await portal.sees(t('signIn.notice.set_up'))

  await portal.givePassword({ ...owner, password: 'not the password' })
  await portal.sees(t('error.wrong_credentials'))
  await expect(portal.field('Email')).toHaveValue(owner.email)
  await portal.givePassword(owner)
  await portal.isAt('/admin/acme')
  await expect(portal.heading('Acme')).toBeVisible()
  expect(await portal.me()).toEqual({ email: owner.email, methods: ['pwd'] })
  expect(installation.mailbox(owner.email).all()).toEqual([])

  await portal.signOut()
  await portal.open(`${link.pathname}${link.search}`)
  await portal.isAt('/sign-in')
  await page.context().clearCookies()
  await portal.signIn(owner)
  await portal.verifyDevice(owner)
  await portal.isAt('/admin/acme')
})

test('a setup link that the server did not print opens nothing', async ({ newInstallation, newPortal }) => {
  const installation = await newInstallation({}, { empty: true })
  const portal = await newPortal({ installation })
  const answer = await portal.page.goto(`${installation.server.url}/setup?token=${'A'.repeat(43)}`)
  expect(answer?.status()).toBe(403)
  await expect(portal.heading(t('setup.deadTitle'))).toBeVisible()
  await expect(portal.field(t('setup.company'))).toHaveCount(0)
})
