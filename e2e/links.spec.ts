import { translator } from '../lib/i18n/translate'
import { expect, test } from './support/test'

const t = translator('en')
/** Said beside the button, or by the page itself where there is no script. */
const USED = 'used, has expired, or was replaced by a newer one'

test('R9 R12: a forgotten password is set by a mailed link: looked at often, used once, signing nobody in', async ({
  company,
  newPortal,
  installation,
}) => {
  const ann = await company.add('agent', 'Ann Agent')
  const { app } = await company.enrol(ann, { byThemself: true })
  const [portal, elsewhere, scanner] = [await newPortal(), await newPortal(), await newPortal()]
  await elsewhere.signIn(ann)
  await elsewhere.givePasscode(await app.next(), { trust: true })
  await elsewhere.isIn()

  await portal.open('/sign-in')
  await portal.link(t('signIn.forgotten')).click()
  await expect(portal.heading(t('password.title'))).toBeVisible()
  await portal.field('Email').fill(ann.email)
  await portal.button(t('password.send')).click()
  await portal.sees(t('password.sent'))
  const path = await portal.openMailed(ann.email, 'Set a new password')
  await portal.isAt('/password/new')
  expect(portal.page.url()).not.toContain('token')
  for (let looks = 0; looks < 3; looks += 1) await scanner.open(path)
  await expect(scanner.heading(t('password.newTitle'))).toBeVisible()

  const next = `copper meadow ${ann.password.slice(-20)}`
  installation.secrets.add('password', next)
  const field = portal.field(t('security.newPassword'))
  await field.fill('short')
  await portal.button(t('password.set')).click()
  await portal.sees(t('error.password_too_short'))
  await field.fill(next)
  await portal.button(t('password.set')).click()
  await portal.sees(t('signIn.notice.password_set'))
  expect(await portal.me()).toBeNull()
  expect(await elsewhere.me()).toBeNull()
  await installation.mailbox(ann.email).next('A new password was set for your account')

  await scanner.field(t('security.newPassword')).fill(`${next} again`)
  await scanner.button(t('password.set')).click()
  await scanner.sees(USED)
  const answer = await scanner.open(path)
  expect(answer?.status()).toBe(403)
  await expect(scanner.heading(t('link.deadTitle'))).toBeVisible()

  await portal.signIn(ann)
  await portal.sees(t('error.wrong_credentials'))
  // Trust ended with the password (D4); the second factor is as it was.
  await elsewhere.signIn({ ...ann, password: next })
  await elsewhere.givePasscode(await app.next())
  await elsewhere.isIn()
})

test('R9 S13: an address that nobody has reads the same and gets no mail', async ({
  company,
  portal,
  installation,
}) => {
  const nobody = `nobody@${company.slug}.example`
  for (const [page, button, sent] of [
    ['/password', t('password.send'), t('password.sent')],
    ['/sign-in/link', t('link.send'), t('link.sent')],
  ] as const) {
    await portal.open(page)
    await portal.field('Email').fill(nobody)
    await portal.button(button).click()
    await portal.sees(sent)
  }
  const eve = await company.add('end_user', 'Eve End')
  await portal.open('/password')
  await portal.field('Email').fill(eve.email)
  await portal.button(t('password.send')).click()
  await installation.mailbox(eve.email).next('Set a new password')
  expect(installation.mailbox(nobody).all()).toEqual([])
})

test('U1 R12: a link by mail signs in at a click on the page, once, and asks the second factor all the same', async ({
  company,
  newPortal,
}) => {
  const [ann, eve] = [await company.add('agent', 'Ann Agent'), await company.add('end_user', 'Eve End')]
  const { app } = await company.enrol(ann, { byThemself: true })
  const [anns, eves, other] = [await newPortal(), await newPortal(), await newPortal()]

  await eves.open('/account/security')
  await eves.link(t('signIn.byLink')).click()
  await expect(eves.heading(t('link.title'))).toBeVisible()
  await eves.field('Email').fill(eve.email)
  await eves.button(t('link.send')).click()
  await eves.sees(t('link.sent'))
  const path = await eves.openMailed(eve.email, 'Your sign-in link')
  await expect(eves.heading(t('link.openTitle'))).toBeVisible()
  expect(await eves.me()).toBeNull()
  await other.open(path)
  await eves.button(t('signIn.submit')).click()
  await eves.isIn()
  expect(await eves.me()).toEqual({ email: eve.email, methods: ['link'] })
  await other.button(t('signIn.submit')).click()
  await other.sees(USED)
  expect(await other.me()).toBeNull()

  await anns.open('/sign-in/link')
  await anns.field('Email').fill(ann.email)
  await anns.button(t('link.send')).click()
  await anns.openMailed(ann.email, 'Your sign-in link')
  await anns.button(t('signIn.submit')).click()
  await expect(anns.heading(t('verify.title'))).toBeVisible()
  await anns.givePasscode(await app.next())
  await anns.isIn()
  expect(await anns.me()).toEqual({ email: ann.email, methods: ['link', 'otp'] })
})

test('S20 U1: whoever must still enrol gets no link but a word about the password', async ({
  company,
  portal,
  installation,
}) => {
  const ann = await company.add('agent', 'Ann Agent')
  await company.require(['team'])
  await portal.open('/sign-in/link')
  await portal.field('Email').fill(ann.email)
  await portal.button(t('link.send')).click()
  const mail = await installation.mailbox(ann.email).next('Sign in with your password')
  expect(mail.text).not.toContain('token')
})

test('S22: a link of one kind is dead at the page of another', async ({ company, portal }) => {
  const eve = await company.add('end_user', 'Eve End')
  await portal.open('/password')
  await portal.field('Email').fill(eve.email)
  await portal.button(t('password.send')).click()
  const path = await portal.openMailed(eve.email, 'Set a new password')
  for (const kind of ['magic', 'address', 'undo']) {
    const answer = await portal.open(path.replace('/link/reset', `/link/${kind}`))
    expect(answer?.status()).toBe(403)
    await expect(portal.heading(t('link.deadTitle'))).toBeVisible()
  }
  await portal.open(path)
  await expect(portal.heading(t('password.newTitle'))).toBeVisible()
})

test('R11: the address is changed by a link to the new one, and the old one can take it back', async ({
  company,
  newPortal,
  installation,
}) => {
  const bob = await company.add('agent', 'Bob Agent')
  const { app } = await company.enrol(bob, { byThemself: true })
  const moved = `bob.new@${company.slug}.example`
  const [bobs, rescue] = [await newPortal(), await newPortal()]
  await bobs.signIn(bob)
  await bobs.givePasscode(await app.next())
  await bobs.isIn()
  await company.stage.db.session.updateMany({ where: { userId: bob.id }, data: { steppedUpAt: null } })
  await bobs.open('/account/security')
  await bobs.link(t('security.changeAddress')).click()
  await bobs.confirm(bob, app)
  await bobs.field(t('security.newAddress')).fill('bob at new')
  await bobs.field(t('security.newAddress')).evaluate((input: HTMLInputElement) => {
    input.form?.setAttribute('novalidate', '')
  })
  await bobs.button(t('link.send')).click()
  await bobs.sees(t('error.not_an_address'))
  await bobs.field(t('security.newAddress')).fill(moved)
  await bobs.button(t('link.send')).click()
  await bobs.sees(t('security.addressSent'))
  expect((await bobs.me())?.email).toBe(bob.email)

  await bobs.openMailed(moved, 'Confirm your new email')
  await expect(bobs.heading(t('address.confirmTitle'))).toBeVisible()
  await bobs.button(t('address.confirm')).click()
  await bobs.sees(t('security.notice.address_confirmed'))
  expect((await bobs.me())?.email).toBe(moved)
  await installation.mailbox(moved).next('This is now the email of your account')
  await rescue.signIn(bob)
  await rescue.sees(t('error.wrong_credentials'))
  await bobs.signOut()
  await bobs.signIn({ ...bob, email: moved })
  await bobs.givePasscode(await app.next())
  await bobs.isIn()

  await rescue.openMailed(bob.email, 'The email of your account was changed')
  await expect(rescue.heading(t('address.undoTitle'))).toBeVisible()
  expect(await bobs.me()).not.toBeNull()
  await rescue.button(t('address.undo')).click()
  await rescue.sees(/^Your old email is back/.exec(t('signIn.notice.address_restored'))?.[0] ?? '')
  expect(await bobs.me()).toBeNull()
  await rescue.signIn(bob)
  await rescue.givePasscode(await app.next())
  await rescue.isAt('/password/change')
})
