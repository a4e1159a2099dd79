import { translator } from '../lib/i18n/translate'
import { aPng } from '../lib/testing/pictures'
import { expect, test } from './support/test'

const t = translator('en')

test('X9: an owner follows the first steps, says where help is, and puts a logo above the mails', async ({
  company,
  portal,
  newPortal,
}) => {
  const here = `/admin/${company.slug}`
  await portal.hold(await company.session(company.owner, { methods: ['pwd', 'otp'], steppedUp: true }))
  await portal.open(here)
  await portal.sees(t('steps.mail_to_folder'))
  await portal.sees(t('steps.require_missing'))
  for (const step of ['own_2fa', 'mail', 'people', 'report', 'tell'] as const) {
    await portal.link(t(`steps.title_${step}`)).click()
    await expect(portal.heading(t('steps.title'))).toHaveCount(0)
    if (step === 'tell') break
    await portal.link(t('steps.back')).click()
    await expect(portal.heading(t('steps.title'))).toBeVisible()
  }
  await portal.sees(t('advanced.tellTitle'))
  await portal.button(t('steps.sayTold')).click()
  await portal.sees(t('steps.tell_done'))
  await portal.open(`${here}/security/advanced/company`)
  await portal.field(t('company.helpLabel')).fill('IT desk, room 12')
  await portal.field(t('company.helpUrlLabel')).fill('it@example.com')
  await portal.button(t('company.helpSave')).click()
  await portal.sees(t('error.not_a_help_link'))
  await expect(portal.field(t('company.helpLabel'))).toHaveValue('IT desk, room 12')
  await portal.field(t('company.helpUrlLabel')).fill('mailto:it@example.com')
  await portal.button(t('company.helpSave')).click()
  await portal.sees(t('company.helpSaved'))
  const choose = async (name: string, buffer: Buffer) => {
    await portal.field(t('company.logoChoose')).setInputFiles({ name, mimeType: 'image/png', buffer })
    await portal.button(t('company.logoSave')).click()
  }
  await choose('logo.png', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'))
  await portal.sees(t('company.problem.no_picture'))
  await choose('logo.png', Buffer.alloc(200 * 1024))
  await portal.sees(t('company.problem.too_large'))
  await choose('logo.png', aPng({ width: 120, height: 40 }))
  await portal.sees(t('company.logoSaved'))
  const logo = portal.page.getByRole('img', { name: company.tenant.name })
  await expect(logo).toHaveJSProperty('naturalWidth', 120)
  const answer = await portal.page.request.get(await logo.evaluate((picture: HTMLImageElement) => picture.src))
  expect(answer.headers()).toMatchObject({
    'content-type': 'image/png',
    'content-disposition': 'inline',
    'x-content-type-options': 'nosniff',
    'content-security-policy': "default-src 'none'; sandbox",
    'cache-control': 'public, max-age=31536000, immutable',
  })
  const ann = await company.add('agent', 'Ann Agent')
  const other = await newPortal()
  await other.open('/sign-in')
  await expect(other.page.getByText('room 12')).toHaveCount(0)
  await other.signIn(ann)
  await other.sees('IT desk, room 12')
  await expect(other.link('it@example.com')).toHaveAttribute('href', 'mailto:it@example.com')
  await portal.button(t('company.logoRemove')).click()
  await portal.sees(t('company.logoRemoved'))
  await expect(logo).toHaveCount(0)
  await portal.open(here)
  await portal.button(t('steps.putAway')).click()
  await expect(portal.heading(t('steps.title'))).toHaveCount(0)
  await portal.sees(t('overview.events'))
  await portal.open(`${here}/security/advanced`)
  await expect(portal.link(t('steps.back'))).toHaveCount(0)
})
