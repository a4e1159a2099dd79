import { translator } from '../lib/i18n/translate'
import { expect, test } from './support/test'

const t = translator('en')

test('R1: a saved recovery code replaces the passcode once; with the app only not at hand, the app goes on', async ({
  company,
  portal,
  installation,
}) => {
  const ann = await company.add('agent', 'Ann Agent')
  const { app, codes } = await company.enrol(ann, { byThemself: true })
  const [code = '', another = ''] = codes
  await portal.signIn(ann)
  await portal.useRecoveryCode(` ${code.toLowerCase().replaceAll('-', ' ')} `)
  await expect(portal.heading(t('verify.lostTitle'))).toBeVisible()
  expect(await portal.me()).toBeNull()
  await portal.button(t('verify.notAtHand')).click()
  await portal.isIn()
  expect(await portal.me()).toEqual({ email: ann.email, methods: ['pwd', 'recovery'] })
  await installation.mailbox(ann.email).next('A recovery code was used')
  await portal.signOut()

  await portal.signIn(ann)
  await portal.useRecoveryCode(code)
  await portal.sees(t('error.recovery_wrong'))
  await portal.field(t('verify.recoveryCode')).fill(another)
  await portal.button(t('common.verify')).click()
  await expect(portal.heading(t('verify.lostTitle'))).toBeVisible()

  await portal.signIn(ann)
  await portal.givePasscode(await app.next())
  await portal.isIn()
})

test('R1 S11: with the app lost the person connects a new one; the old one, its codes and other sessions end', async ({
  company,
  newPortal,
}) => {
  const ann = await company.add('agent', 'Ann Agent')
  const { app: old, codes } = await company.enrol(ann, { byThemself: true })
  const [elsewhere, portal] = [await newPortal(), await newPortal()]
  await elsewhere.signIn(ann)
  await elsewhere.givePasscode(await old.next())
  await elsewhere.isIn()

  await portal.signIn(ann)
  await portal.useRecoveryCode(codes[3] ?? '')
  await portal.button(t('verify.lost')).click()
  const { app, codes: fresh } = await portal.enrol(ann)
  await portal.isIn()
  expect(await elsewhere.me()).toBeNull()
  await portal.signOut()

  await portal.signIn(ann)
  await portal.givePasscode(await old.next())
  await portal.sees(t('error.totp_wrong'))
  await portal.givePasscode(await app.next())
  await portal.isIn()
  await portal.signOut()
  await portal.signIn(ann)
  await portal.useRecoveryCode(codes[4] ?? '')
  await portal.sees(t('error.recovery_wrong'))
  await portal.field(t('verify.recoveryCode')).fill(fresh[4] ?? '')
  await portal.button(t('common.verify')).click()
  await expect(portal.heading(t('verify.lostTitle'))).toBeVisible()
})

test('R2: with three codes left the person is told on every page, and makes new ones', async ({ company, portal }) => {
  const ann = await company.add('agent', 'Ann Agent')
  const { codes } = await company.enrol(ann, { byThemself: true })
  const used = { usedAt: new Date() }
  await company.stage.db.recoveryCode.updateMany({ where: { userId: ann.id, number: { gt: 4 } }, data: used })
  await portal.signIn(ann)
  await portal.useRecoveryCode(codes[0] ?? '')
  await portal.button(t('verify.notAtHand')).click()
  await portal.sees(t('codes.fewLeft', { count: 3 }))

  await portal.page
    .getByRole('link', { name: t('codes.renew') })
    .first()
    .click()
  await portal.isAt('/account/security/codes')
  await portal.button(t('codes.renew')).click()
  const fresh = await portal.keepCodes()
  await portal.sees(t('security.notice.codes_made'))
  await expect(portal.page.getByText(t('codes.fewLeft', { count: 3 }))).toHaveCount(0)
  await portal.signOut()
  await portal.signIn(ann)
  await portal.useRecoveryCode(codes[1] ?? '')
  await portal.sees(t('error.recovery_wrong'))
  await portal.field(t('verify.recoveryCode')).fill(fresh[1] ?? '')
  await portal.button(t('common.verify')).click()
  await expect(portal.heading(t('verify.lostTitle'))).toBeVisible()
})

test('R2: using the last code leads to making new ones before the sign-in ends', async ({ company, portal }) => {
  const ann = await company.add('agent', 'Ann Agent')
  const { codes } = await company.enrol(ann, { byThemself: true })
  const used = { usedAt: new Date() }
  await company.stage.db.recoveryCode.updateMany({ where: { userId: ann.id, number: { gt: 1 } }, data: used })
  await portal.signIn(ann)
  await portal.useRecoveryCode(codes[0] ?? '')
  await portal.button(t('verify.notAtHand')).click()
  await portal.isAt('/sign-in/enroll')
  expect(await portal.me()).toBeNull()
  await portal.button(t('codes.renew')).click()
  await portal.keepCodes()
  await portal.isIn()
})
