import { translator } from '../lib/i18n/translate'
import { expect, test } from './support/test'

const t = translator('en')

test.beforeEach(async ({ company }) => {
  await company.require(['team'])
})

test('D5 D6 E1 E2 E4 SE3: an agent who must enrol verifies a new computer, scans the code, types a recovery code back and is in', async ({
  company,
  portal,
  installation,
}) => {
  const ann = await company.add('agent', 'Ann Agent')
  await portal.signIn(ann)
  await portal.isAt('/sign-in/device')
  await portal.sees('a•••@a•••.example')
  expect(await portal.me()).toBeNull()
  await portal.verifyDevice(ann)
  const [mail] = installation.mailbox(ann.email).all()
  expect(mail).toMatchObject({ channel: 'email', to: ann.email, subject: 'Your verification passcode', locale: 'en' })

  await portal.chooseApp()
  const app = await portal.scan(ann)
  expect(app).toMatchObject({ issuer: 'Acme', account: ann.email })
  expect(app.key).toMatch(/^[A-Z2-7]{32}$/)
  await portal.sees(app.key.match(/.{4}/g)?.join(' ') ?? '')
  await portal.givePasscode('000000')
  await portal.sees(t('error.setup_code_wrong'))
  await portal.givePasscode(await app.next())

  const { codes, number } = await portal.readCodes()
  expect(new Set(codes).size).toBe(10)
  expect(await portal.me()).toBeNull()
  await portal.typeBack(number, codes[number % 10] ?? '')
  await portal.sees(t('error.typed_back_wrong'))
  expect(await portal.readCodes()).toEqual({ codes, number })
  await portal.typeBack(number, (codes[number - 1] ?? '').toLowerCase().replaceAll('-', ' '))
  await portal.isIn()
  expect(await portal.me()).toEqual({ email: ann.email, methods: ['pwd', 'otp', 'mail'] })
  const subjects = installation.mailbox(ann.email)
  await subjects.next('A second factor was added to your account')
})

test('E2 X2: on a phone the link that opens the app comes first and the picture is folded; a wrong passcode is said above the field', async ({
  company,
  portal,
}) => {
  const { page } = portal
  await page.setViewportSize({ width: 390, height: 844 })
  const ann = await company.add('agent', 'Ann Agent')
  await portal.signIn(ann)
  await portal.verifyDevice(ann)
  // A line of a heading ends between words.
  const word = portal.heading(t('enroll.title')).getByText('two-factor', { exact: true })
  expect(await word.evaluate((each) => each.getClientRects().length)).toBe(1)
  await portal.chooseApp()
  const intro = await page.getByText(t('enroll.connectIntro')).boundingBox()
  const apps = await page.getByText(t('enroll.apps')).boundingBox()
  expect((apps?.y ?? Number.NaN) - (intro?.y ?? 0) - (intro?.height ?? 0)).toBeLessThanOrEqual(24)
  const link = page.getByRole('link', { name: t('enroll.openApp') })
  await expect(link).toHaveAttribute('href', /^otpauth:\/\/totp\/Acme:/)
  await expect(page.getByRole('img', { name: t('enroll.qr') })).toBeHidden()
  const fold = page.getByText(t('enroll.showQr'), { exact: true })
  const top = async (locator: typeof link) => (await locator.boundingBox())?.y ?? Number.NaN
  expect(await top(link)).toBeLessThan(await top(fold))
  const another = await page.context().newPage()
  await another.setViewportSize({ width: 390, height: 844 })
  await another.goto(page.url())
  await expect(another.getByRole('link', { name: t('enroll.openApp') })).toHaveAttribute(
    'href',
    (await link.getAttribute('href')) ?? '',
  )
  await another.close()
  const app = await portal.scan(ann)
  await portal.givePasscode('000000')
  const field = portal.field(t('common.passcode'))
  await expect(field).toBeFocused()
  await expect(field).toHaveAccessibleDescription(new RegExp(t('error.setup_code_wrong')))
  expect(await top(page.getByText(t('error.setup_code_wrong')))).toBeLessThan(await top(field))
  const code = await app.next()
  await portal.givePasscode(`${code.slice(0, 3)}-${code.slice(3)}`)
  await portal.keepCodes()
  await portal.isIn()
})

test('E4: after a reload the wizard shows no code again and offers new ones, which it ends with', async ({
  company,
  portal,
}) => {
  const ann = await company.add('agent', 'Ann Agent')
  await portal.signIn(ann)
  await portal.verifyDevice(ann)
  await portal.chooseApp()
  await portal.connect(ann)
  const before = await portal.readCodes()

  await portal.open('/sign-in/enroll')
  await portal.sees(t('codes.renewIntro'))
  await expect(portal.page.getByRole('code')).toHaveCount(0)
  await portal.open('/account')
  await portal.isAt('/sign-in')
  expect(await portal.me()).toBeNull()

  await portal.open('/sign-in/enroll')
  await portal.button(t('codes.renew')).click()
  const after = await portal.readCodes()
  expect(after.codes.filter((code) => before.codes.includes(code))).toEqual([])
  await portal.typeBack(after.number, before.codes[after.number - 1] ?? '')
  await portal.sees(t('error.typed_back_wrong'))
  await portal.typeBack(after.number, after.codes[after.number - 1] ?? '')
  await portal.isIn()
})

test('E3 S7: an app that was scanned and never confirmed is neither asked for nor accepted at the next sign-in', async ({
  company,
  portal,
}) => {
  const ann = await company.add('agent', 'Ann Agent')
  await portal.signIn(ann)
  await portal.verifyDevice(ann)
  await portal.chooseApp()
  const abandoned = await portal.scan(ann)

  await portal.page.context().clearCookies()
  await portal.signIn(ann)
  await portal.verifyDevice(ann)
  await portal.chooseApp()
  const app = await portal.scan(ann)
  expect(app.key).not.toBe(abandoned.key)
  await portal.givePasscode(await abandoned.next())
  await portal.sees(t('error.setup_code_wrong'))
  await portal.givePasscode(await app.next())
  await portal.keepCodes()
  await portal.isIn()
})

test('S6: someone who has ever had a factor is mailed a passcode before the wizard, also on a known computer', async ({
  company,
  portal,
}) => {
  const ann = await company.add('agent', 'Ann Agent')
  const { app } = await company.enrol(ann)
  await portal.signIn(ann)
  await portal.givePasscode(await app.next())
  await portal.signOut()
  await company.stage.db.factor.updateMany({ where: { userId: ann.id }, data: { revokedAt: new Date() } })

  await portal.signIn(ann)
  await portal.verifyDevice(ann)
  await expect(portal.heading(t('enroll.title'))).toBeVisible()
})

test('U5: an end user is led to enrol when end users must, and a team member of the same company is not', async ({
  company,
  newPortal,
}) => {
  await company.require(['end'])
  const [eve, bob] = [await company.add('end_user', 'Eve End'), await company.add('agent', 'Bob Agent')]
  const [hers, his] = [await newPortal(), await newPortal()]
  await hers.signIn(eve)
  await hers.verifyDevice(eve)
  await hers.enrol(eve)
  await hers.link(t('done.to.account')).click()
  await hers.isAt('/account')
  expect(await hers.me()).toEqual({ email: eve.email, methods: ['pwd', 'otp', 'mail'] })

  await his.signIn(bob)
  await his.verifyDevice(bob)
  await his.isIn()
  expect(await his.me()).toEqual({ email: bob.email, methods: ['pwd', 'mail'] })
})
