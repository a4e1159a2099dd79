import { translator } from '../lib/i18n/translate'
import { setRules } from '../lib/testing/policy'
import { expect, test } from './support/test'

const t = translator('en')
const PHONE = '+49 170 1234567'
const NUMBER = '+491701234567'

test('E1 E3 E8: email is enrolled in the wizard, told by mail, and asked for at the next sign-in', async ({
  company,
  portal,
  installation,
}) => {
  const ann = await company.add('agent', 'Ann Agent')
  await company.require(['team'])
  const box = installation.mailbox(ann.email)
  await portal.enrolByMail(ann)
  expect(await portal.me()).toEqual({ email: ann.email, methods: ['pwd', 'email', 'mail'] })
  const told = await box.next('A second factor was added to your account')
  expect(told.text).not.toMatch(/\d{6}/)
  await portal.signOut()

  await portal.signIn(ann)
  await expect(portal.heading(t('verify.title'))).toBeVisible()
  await portal.givePasscode(await portal.readMail(ann))
  await portal.isIn()
  expect(await portal.me()).toEqual({ email: ann.email, methods: ['pwd', 'email'] })
})

test('E1 ASVS 6.6.1: a phone is enrolled after the risk was said, and asked for at the next sign-in', async ({
  company,
  portal,
}) => {
  const ann = await company.add('agent', 'Ann Agent')
  await setRules(company.stage.db, company.tenant.id, { team: { kinds: ['totp', 'email', 'sms'] } })
  await company.require(['team'])
  await portal.signIn(ann)
  await portal.verifyDevice(ann)
  await portal.chooseKind(t('factor.sms'))
  await portal.sees(t('enroll.phoneIntro'))
  await portal.field(t('enroll.phone')).fill('12')
  await portal.button(t('device.send')).click()
  await portal.sees(t('error.not_a_phone'))
  await expect(portal.field(t('enroll.phone'))).toHaveValue('12')
  await portal.field(t('enroll.phone')).fill('+49 900 1234567')
  await portal.button(t('device.send')).click()
  await portal.sees(t('error.phone_refused'))
  await portal.field(t('enroll.phone')).fill(PHONE)
  await portal.button(t('device.send')).click()
  await portal.sees('ending in 67')
  await portal.givePasscode(await portal.readSms(NUMBER))
  await portal.keepCodes()
  await portal.isIn()
  expect(await portal.me()).toEqual({ email: ann.email, methods: ['pwd', 'sms', 'mail'] })
  await portal.signOut()

  await portal.signIn(ann)
  await portal.sees('ending in 67')
  await portal.givePasscode(await portal.readSms(NUMBER))
  await portal.isIn()
  expect(await portal.me()).toEqual({ email: ann.email, methods: ['pwd', 'sms'] })
})

test('D6: a wrong mailed passcode of the factor sends a new one by itself; an expired one too; the third wrong one ends it', async ({
  company,
  portal,
}) => {
  const ann = await company.add('agent', 'Ann Agent')
  await company.require(['team'])
  await portal.enrolByMail(ann)
  await portal.signOut()

  await portal.signIn(ann)
  const first = await portal.readMail(ann)
  await portal.givePasscode(first === '000000' ? '111111' : '000000')
  await portal.sees(t('error.wrong_new_sent'))
  const second = await portal.readMail(ann)
  await company.stage.db.passcode.updateMany({
    where: { userId: ann.id },
    data: { expiresAt: new Date(Date.now() - 1) },
  })
  await portal.givePasscode(second)
  await portal.sees(t('error.expired_new_sent'))
  const third = await portal.readMail(ann)
  await portal.givePasscode(third === '000000' ? '111111' : '000000')
  await portal.sees(t('error.wrong_new_sent'))
  await portal.givePasscode('000001')
  await portal.isAt('/sign-in')
  await portal.sees(t('signIn.notice.out_of_tries'))
})

test('E5 P7: a second factor is added and asked first; “Try another way” offers the rest; a kind can be taken away', async ({
  company,
  newPortal,
}) => {
  const ann = await company.add('agent', 'Ann Agent')
  const { app } = await company.enrol(ann)
  await company.require(['team'])
  const [portal, owners] = [await newPortal(), await newPortal()]
  await portal.hold(await company.session(ann, { methods: ['pwd', 'otp'], steppedUp: true }))
  await portal.open('/account/security')
  await portal.link(t('security.addAnother')).click()
  await portal.chooseKind(t('factor.email'))
  await portal.givePasscode(await portal.readMail(ann))
  await portal.sees(t('security.notice.factor_added'))
  await portal.sees(t('security.askedFirst'))
  await portal.button(t('security.askFirst')).click()
  await expect(portal.button(t('security.askFirst'))).toHaveCount(1)
  await portal.signOut()

  await portal.signIn(ann)
  await portal.sees('We sent a passcode to')
  const mailed = await portal.readMail(ann)
  await portal.link(t('verify.another')).click()
  await portal.page.getByRole('button', { name: t('verify.wayApp') }).click()
  await portal.sees(t('verify.intro'))
  // What was mailed for the other factor is no passcode of the app.
  await portal.givePasscode(mailed)
  await portal.sees(t('error.totp_wrong'))
  await portal.givePasscode(await app.next())
  await portal.isIn()
  expect(await portal.me()).toEqual({ email: ann.email, methods: ['pwd', 'otp'] })
  await portal.signOut()

  await company.enrol(company.owner)
  await owners.hold(await company.session(company.owner, { methods: ['pwd', 'otp'], steppedUp: true }))
  await owners.open(`/admin/${company.slug}/security/advanced`)
  const kinds = owners.page.getByRole('group', { name: t('advanced.kinds.team') })
  await kinds.getByLabel(t('factor.email')).uncheck()
  await owners.button('Save').click()
  await owners.sees(t('advanced.saved'))
  await portal.signIn(ann)
  await portal.sees(t('verify.intro'))
  await expect(portal.link(t('verify.another'))).toHaveCount(0)
})

test('X4: two passcodes of a phone whose clock is ahead tell by how much, and one alone does not', async ({
  company,
  portal,
}) => {
  const ann = await company.add('agent', 'Ann Agent')
  const { app } = await company.enrol(ann, { byThemself: true })
  await portal.signIn(ann)
  const step = Math.floor(Date.now() / 30_000)
  await portal.givePasscode(app.at(8))
  await portal.sees(t('error.totp_wrong'))
  // The phone shows its next passcode.
  await expect.poll(() => Math.floor(Date.now() / 30_000), { timeout: 35_000 }).toBeGreaterThan(step)
  await portal.givePasscode(app.at(8))
  await portal.sees('seems to be')
  await portal.sees('ahead')
  await portal.givePasscode(await app.next())
  await portal.isIn()
})

test('S20: a password set by mail and a mailbox are not two factors: the page says so and a recovery code helps', async ({
  company,
  portal,
  installation,
}) => {
  const ann = await company.add('agent', 'Ann Agent')
  await company.require(['team'])
  const codes = await portal.enrolByMail(ann)
  await portal.signOut()

  await portal.open('/password')
  await portal.field('Email').fill(ann.email)
  await portal.button(t('password.send')).click()
  await portal.sees(t('password.sent'))
  await portal.openMailed(ann.email, 'Set a new password')
  const next = `copper meadow ${ann.password.slice(-20)}`
  installation.secrets.add('password', next)
  await portal.field(t('security.newPassword')).fill(next)
  await portal.button(t('password.set')).click()
  await portal.sees(t('signIn.notice.password_set'))

  await portal.signIn({ ...ann, password: next })
  await portal.sees(t('verify.mailboxUsed'))
  await expect(portal.field('Passcode')).toHaveCount(0)
  await portal.useRecoveryCode(codes[0] ?? '')
  await portal.button(t('verify.notAtHand')).click()
  await portal.isIn()
  await portal.signOut()
  // Proved by more than mail, the mailbox counts again.
  await portal.signIn({ ...ann, password: next })
  await portal.givePasscode(await portal.readMail(ann))
  await portal.isIn()
})
