import { translator } from '../lib/i18n/translate'
import { expect, test } from './support/test'

const t = translator('en')

test('S3: the next passcode of the app lets in, and one that was used is refused', async ({ company, portal }) => {
  const ann = await company.add('agent', 'Ann Agent')
  const { app } = await company.enrol(ann, { byThemself: true })
  const used = await app.next()
  await portal.signIn(ann)
  await portal.isAt('/sign-in/verify')
  await portal.givePasscode(used)
  await portal.isIn()
  await portal.signOut()

  await portal.signIn(ann)
  await portal.givePasscode(used)
  await portal.sees(t('error.totp_wrong'))
  expect(await portal.me()).toBeNull()
  await portal.givePasscode(await app.next())
  await portal.isIn()
  expect(await portal.me()).toEqual({ email: ann.email, methods: ['pwd', 'otp'] })
})

test('D8 S4: three wrong passcodes of the app end the sign-in, and the right one does not revive it', async ({
  company,
  portal,
  installation,
}) => {
  const ann = await company.add('agent', 'Ann Agent')
  const { app } = await company.enrol(ann, { byThemself: true })
  await portal.signIn(ann)
  for (const wrong of [app.at(-20), app.at(-30)]) {
    await portal.givePasscode(wrong)
    await portal.sees(t('error.totp_wrong'))
  }
  await portal.givePasscode(app.at(-40))
  await portal.isAt('/sign-in')
  await portal.sees(t('signIn.notice.out_of_tries'))
  await installation.mailbox(ann.email).next('A sign-in with your password was refused')

  await portal.open('/sign-in/verify')
  await portal.isAt('/sign-in')
  await portal.signIn(ann)
  await portal.givePasscode(await app.next())
  await portal.isIn()
})

test('X3: a browser that keeps no cookies is told so, and a sign-in that ran out knows its address', async ({
  company,
  portal,
}) => {
  const { page } = portal
  const ann = await company.add('agent', 'Ann Agent')
  const { app } = await company.enrol(ann, { byThemself: true })
  await portal.open('/sign-in')
  await page.context().clearCookies()
  await portal.givePassword(ann)
  await portal.sees(t('error.cookies_dropped'))
  await portal.signIn(ann)
  await portal.isAt('/sign-in/verify')
  await expect(portal.field(t('common.passcode'))).toBeFocused()

  const attempt = { where: { userId: ann.id }, data: { expiresAt: new Date(Date.now() - 1) } }
  await company.stage.db.signInAttempt.updateMany(attempt)
  const cookies = await page.context().cookies()
  const begun = cookies.find(({ name }) => name === '__Host-twofold-begun')
  const earlier = begun?.value.replace(/until%3D\d+/, `until%3D${Date.now() - 1}`) ?? ''
  expect(earlier).toContain('until')
  await page.context().addCookies(cookies.map((each) => (each === begun ? { ...each, value: earlier } : each)))
  await portal.givePasscode(await app.next())
  await portal.sees(t('signIn.notice.ran_out'))
  await expect(portal.field(t('common.email'))).toHaveValue(ann.email)
  await expect(portal.field(t('common.password'))).toBeFocused()
})

test('D6 D8: a wrong mailed passcode sends a new one, the older one is dead, and the third wrong one starts over', async ({
  company,
  portal,
  installation,
}) => {
  const bob = await company.add('agent', 'Bob Agent')
  const subject = 'Your verification passcode'
  const box = installation.mailbox(bob.email)
  await portal.signIn(bob)
  const first = await box.passcode(subject)
  await portal.givePasscode(first === '000000' ? '111111' : '000000')
  await portal.sees(t('error.wrong_new_sent'))
  const second = await box.passcode(subject)
  if (second !== first) {
    await portal.givePasscode(first)
    await box.passcode(subject)
    await portal.sees(t('error.wrong_new_sent'))
  }
  await portal.givePasscode('000000')
  await portal.sees(t('signIn.notice.out_of_tries'))
  expect(await portal.me()).toBeNull()

  await portal.signIn(bob)
  await portal.verifyDevice(bob)
  await portal.isIn()
})

test('D6: an expired passcode sends a new one by itself, and that one works', async ({
  company,
  portal,
  installation,
}) => {
  const bob = await company.add('agent', 'Bob Agent')
  const box = installation.mailbox(bob.email)
  await portal.signIn(bob)
  const late = await box.passcode('Your verification passcode')
  await company.stage.db.passcode.updateMany({
    where: { userId: bob.id },
    data: { expiresAt: new Date(Date.now() - 1) },
  })
  await portal.givePasscode(late)
  await portal.sees(t('error.expired_new_sent'))
  await portal.givePasscode(await box.passcode('Your verification passcode'))
  await portal.isIn()
})

test('D2 D5 D7: a computer is known to the one who verified it; a colleague there, and they elsewhere, are asked', async ({
  company,
  newPortal,
}) => {
  const [ann, bob] = [await company.add('agent', 'Ann Agent'), await company.add('agent', 'Bob Agent')]
  const [office, home] = [await newPortal(), await newPortal()]
  await office.signIn(ann)
  await office.verifyDevice(ann)
  await office.signOut()
  await office.signIn(ann)
  await office.isIn()
  await office.signOut()

  await office.signIn(bob)
  await office.verifyDevice(bob)
  await office.signOut()
  await office.signIn(ann)
  await office.isIn()

  await home.signIn(ann)
  await expect(home.heading(t('device.title'))).toBeVisible()
})

test('D5: an end user, of whom nothing is required, gets in from any computer by password alone', async ({
  company,
  newPortal,
  installation,
}) => {
  const eve = await company.add('end_user', 'Eve End')
  for (const portal of [await newPortal(), await newPortal()]) {
    await portal.signIn(eve)
    await portal.isAt('/account')
    expect(await portal.me()).toEqual({ email: eve.email, methods: ['pwd'] })
  }
  // Told of each, and asked for nothing (D10).
  const box = installation.mailbox(eve.email)
  for (const _ of [1, 2]) await box.next('New sign-in to your account')
  expect(box.all()).toHaveLength(2)
})

test('S13: an unknown address, a wrong password and a suspended person read the same', async ({ company, portal }) => {
  const [ann, sue] = [await company.add('agent', 'Ann Agent'), await company.add('agent', 'Sue Suspended')]
  await company.stage.db.user.update({ where: { id: sue.id }, data: { suspendedAt: new Date() } })
  const tries = [
    { email: `nobody@${company.slug}.example`, password: ann.password },
    { email: ann.email, password: sue.password },
    { email: sue.email, password: sue.password },
  ]
  for (const wrong of tries) {
    await portal.signIn(wrong)
    await portal.sees(t('error.wrong_credentials'))
    await expect(portal.field('Email')).toHaveValue(wrong.email)
    await expect(portal.field('Password')).toHaveValue('')
  }
})

test('SE3 S17: who asks for a page signs in first and comes back to it; nobody is led to another site', async ({
  company,
  portal,
}) => {
  const eve = await company.add('end_user', 'Eve End')
  await portal.open('/account/security?notice=turned_on')
  await portal.isAt('/sign-in')
  await portal.givePassword(eve)
  await portal.isAt('/account/security')
  await portal.signOut()

  await portal.open('/sign-in?return=https://evil.example/account')
  await portal.givePassword(eve)
  await portal.isAt('/account')
})

test('S19: starting over ends the sign-in that was open', async ({ company, portal }) => {
  const ann = await company.add('agent', 'Ann Agent')
  await portal.signIn(ann)
  await expect(portal.heading(t('device.title'))).toBeVisible()
  await portal.startOver()
  await portal.open('/sign-in/device')
  await portal.isAt('/sign-in')
  const attempts = await company.stage.db.signInAttempt.findMany({ where: { userId: ann.id } })
  expect(attempts.map((attempt) => attempt.endedAt !== null)).toEqual([true])
})

test('SE1: signing out ends the session on the server, and going back shows nothing', async ({ company, portal }) => {
  const eve = await company.add('end_user', 'Eve End')
  await portal.signIn(eve)
  await portal.isAt('/account')
  const cookies = await portal.page.context().cookies()
  await portal.signOut()
  await portal.page.goBack()
  await expect(portal.heading(t('account.hello', { name: eve.name }))).toHaveCount(0)
  await portal.page.context().addCookies(cookies)
  expect(await portal.me()).toBeNull()
})
