import { translator } from '../lib/i18n/translate'
import { aPng } from '../lib/testing/pictures'
import { Company } from './support/company'
import type { Portal } from './support/portal'
import { expect, test } from './support/test'

const t = translator('en')
const RED = '#aa2211'
const FAINT = '#ffcc00'
const NEAREST = '#917300'

const rgb = (color: string) => `rgb(${[1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16)).join(', ')})`

/** Whose page it is, by name, picture and the colour of its button. */
async function isOf(portal: Portal, name: string, color: string): Promise<void> {
  await expect(portal.page.locator('header').getByText(name, { exact: true })).toBeVisible()
  await expect(portal.page.locator('header').getByRole('img', { name })).toHaveJSProperty('naturalWidth', 120)
  await expect(portal.page.locator('.bg-accent-solid').first()).toHaveCSS('background-color', rgb(color))
}

async function isPlain(portal: Portal): Promise<void> {
  await expect(portal.page.locator('header').getByText('Twofold')).toBeVisible()
  await expect(portal.page.locator('header').getByRole('img')).toHaveCount(0)
  await expect(portal.page.locator('.bg-accent-solid').first()).toHaveCSS('background-color', 'rgb(12, 102, 115)')
}

/** Two companies beside each other; each says its accent and logo on its page. */
async function paint(portal: Portal, company: Company, color: string): Promise<void> {
  await portal.hold(await company.session(company.owner, { methods: ['pwd', 'otp'], steppedUp: true }))
  await portal.open(`/admin/${company.slug}/security/advanced/company`)
  const buffer = aPng({ width: 120, height: 40 })
  await portal.field(t('company.logoChoose')).setInputFiles({ name: 'logo.png', mimeType: 'image/png', buffer })
  await portal.button(t('company.logoSave')).click()
  await portal.sees(t('company.logoSaved'))
  await portal.field(t('company.accentLabel')).fill(color)
  await portal.button(t('company.accentSave')).click()
}

test('X6: a company says its accent; one too faint is refused, and the nearest that works is one press away', async ({
  company,
  portal,
  newPortal,
  installation,
}) => {
  await paint(portal, company, FAINT)
  await portal.sees(t('error.accent_faint', { nearest: NEAREST }))
  const field = portal.field(t('company.accentLabel'))
  await expect(field).toHaveValue(FAINT)
  await portal.button(t('company.accentUse', { color: NEAREST })).click()
  await portal.sees(t('company.accentSaved'))
  await expect(field).toHaveValue(NEAREST)
  await field.fill('gold')
  await portal.button(t('company.accentSave')).click()
  await portal.sees(t('error.not_a_color'))
  await expect(field).toHaveValue('gold')

  const ann = await company.add('agent', 'Ann Agent')
  const other = await newPortal()
  await other.open(`/password?tenant=${company.slug}`)
  await other.field(t('common.email')).fill(ann.email)
  await other.button(t('password.send')).click()
  await other.sees(t('password.sent'))
  const mail = await installation.mailbox(ann.email).next('Set a new password')
  expect(mail.html).toContain(`background: ${NEAREST}; color: #ffffff;`)
  expect(mail.html).toContain('<p class="brand">Acme</p>')
  expect(mail.html).toContain('src="cid:')

  await field.fill('')
  await portal.button(t('company.accentSave')).click()
  await portal.sees(t('company.accentSaved'))
  await other.open(`/sign-in?tenant=${company.slug}`)
  await expect(other.page.locator('.bg-accent-solid').first()).toHaveCSS('background-color', 'rgb(12, 102, 115)')
})

test('X6 S13: its name, logo and accent stand over the whole way in, whoever signs in, and over nothing else', async ({
  company,
  newPortal,
  installation,
}) => {
  const { stage, secrets } = installation
  const name = 'Globex & Söhne'
  const globex = await Company.open(stage, secrets, { name, slug: `globex-${company.slug}` })
  const [owner, portal, stranger] = [await newPortal(), await newPortal(), await newPortal()]
  await paint(owner, globex, RED)
  await owner.sees(t('company.accentSaved'))
  const own = await newPortal()
  await paint(own, company, NEAREST)
  await own.sees(t('company.accentSaved'))
  await globex.require(['team'])
  const bob = await globex.add('agent', 'Bob Agent')
  const page = `/sign-in?tenant=${globex.slug}`

  // A name that nobody has is the page of no name.
  const [plain, unknown] = [await stranger.open('/sign-in'), await stranger.open('/sign-in?tenant=nobody-here')]
  expect(unknown?.status()).toBe(plain?.status())
  await isPlain(stranger)

  await portal.open(page)
  await isOf(portal, name, RED)
  await portal.givePassword({ email: bob.email, password: 'not the password at all' })
  await portal.sees(t('error.wrong_credentials'))
  await isOf(portal, name, RED)
  // Whoever belongs elsewhere reads the same.
  await stranger.open(page)
  await stranger.givePassword({ email: `nobody@${company.slug}.example`, password: 'not the password at all' })
  await stranger.sees(t('error.wrong_credentials'))
  await isOf(stranger, name, RED)
  await portal.link(t('signIn.forgotten')).click()
  await expect(portal.heading(t('password.title'))).toBeVisible()
  await isOf(portal, name, RED)
  await portal.link(t('common.toSignIn')).click()
  await portal.link(t('signIn.byLink')).click()
  await expect(portal.heading(t('link.title'))).toBeVisible()
  await isOf(portal, name, RED)
  await portal.page.goBack()
  await isOf(portal, name, RED)
  await portal.page.reload()
  await isOf(portal, name, RED)
  await portal.page.getByText(t('common.language', { language: 'English' })).click()
  await portal.button('Deutsch').click()
  const german = portal.reading(translator('de'))
  await expect(german.heading(german.words('signIn.title'))).toBeVisible()
  await isOf(portal, name, RED)
  await german.page.getByText(german.words('common.language', { language: 'Deutsch' })).click()
  await german.button('English').click()
  await expect(portal.heading(t('signIn.title'))).toBeVisible()

  await portal.givePassword(bob)
  await expect(portal.heading(t('device.title'))).toBeVisible()
  await isOf(portal, name, RED)
  await portal.verifyDevice(bob)
  await expect(portal.heading(t('enroll.title'))).toBeVisible()
  await expect(portal.page.locator('header').getByText(name, { exact: true })).toBeVisible()
  await portal.page.reload()
  await expect(portal.page.locator('header').getByText(name, { exact: true })).toBeVisible()
  await portal.enrol(bob)
  await portal.isAt('/sign-in/done')
  await isOf(portal, name, RED)
  await portal.signOut()
  await isOf(portal, name, RED)

  // Somebody of another company, by the same address: the way is Globex's, and where it leads is their own.
  const ann = await company.add('end_user', 'Ann End')
  const enrolled = await company.enrol(ann, { byThemself: true })
  await stranger.open(page)
  await stranger.givePassword(ann)
  await expect(stranger.heading(t('verify.title'))).toBeVisible()
  await isOf(stranger, name, RED)
  await stranger.useRecoveryCode('not-a-code')
  await stranger.sees(t('error.recovery_wrong'))
  await isOf(stranger, name, RED)
  await stranger.field(t('verify.recoveryCode')).fill(enrolled.codes[0] ?? '')
  await stranger.button(t('common.verify')).click()
  await expect(stranger.heading(t('verify.lostTitle'))).toBeVisible()
  await expect(stranger.page.locator('header').getByText(name, { exact: true })).toBeVisible()
  await stranger.button(t('verify.notAtHand')).click()
  await stranger.isIn()
  expect((await stranger.me())?.email).toBe(ann.email)
  await stranger.open('/sign-out')
  await isOf(stranger, 'Acme', NEAREST)

  // In a tab of another company the pages are its own, and the sign-in that begins there too.
  const [one, two] = [await newPortal(), await newPortal()]
  await one.open(page)
  const tab = await one.page.context().newPage()
  await tab.goto(one.page.url().replace(globex.slug, company.slug))
  await expect(tab.locator('header').getByText('Acme', { exact: true })).toBeVisible()
  await one.givePassword(bob)
  await expect(one.heading(t('device.title')).or(one.heading(t('verify.title')))).toBeVisible()
  await isOf(one, name, RED)

  // A mailed link is of the company whose mail brought it.
  await two.open(`/password?tenant=${company.slug}`)
  await isOf(two, 'Acme', NEAREST)
  await two.field(t('common.email')).fill(bob.email)
  await two.button(t('password.send')).click()
  await two.sees(t('password.sent'))
  await two.openMailed(bob.email, 'Set a new password')
  await expect(two.heading(t('password.newTitle'))).toBeVisible()
  await isOf(two, name, RED)
  await two.field(t('security.newPassword')).fill('short')
  await two.button(t('password.set')).click()
  await two.sees(t('error.password_too_short'))
  await isOf(two, name, RED)
})

test('X6 X9: an invitation is of the company that invites, says where it has help, and the wizard stays so', async ({
  company,
  newPortal,
  installation,
}) => {
  const [owner, newcomer] = [await newPortal(), await newPortal()]
  await paint(owner, company, RED)
  await owner.sees(t('company.accentSaved'))
  await company.require(['team'])
  await installation.stage.db.tenant.update({
    where: { id: company.tenant.id },
    data: { helpText: 'IT desk, room 12', helpUrl: 'mailto:it@example.com' },
  })
  const email = `new.person@${company.slug}.example`
  await owner.open(`/admin/${company.slug}/people/invitations`)
  await owner.field(t('common.email')).fill(email)
  await owner.field(t('people.name')).fill('New Person')
  await owner.button(t('invite.send')).first().click()
  await owner.sees(t('invite.notice.sent'))
  const path = await installation.mailbox(email).link('Your account at Acme')
  await newcomer.open(path)
  await newcomer.isAt('/invitation')
  await isOf(newcomer, 'Acme', RED)
  await newcomer.sees('IT desk, room 12')
  await expect(newcomer.link('it@example.com')).toHaveAttribute('href', 'mailto:it@example.com')
  const password = `copper meadow ${company.owner.password.slice(-20)}`
  installation.secrets.add('password', password)
  await newcomer.field(t('common.password')).fill(password)
  await newcomer.button(t('common.continue')).click()
  await expect(newcomer.heading(t('enroll.title'))).toBeVisible()
  await newcomer.page.reload()
  await expect(newcomer.page.locator('header').getByText('Acme', { exact: true })).toBeVisible()
  await newcomer.sees('IT desk, room 12')
  await newcomer.open(path)
  await newcomer.sees(t('link.deadTitle'))
  await expect(newcomer.page.locator('header').getByText('Acme', { exact: true })).toBeVisible()
})
