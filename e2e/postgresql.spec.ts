import { translator } from '../lib/i18n/translate'
import { startServer } from './support/server'
import { expect, test } from './support/test'

const t = translator('en')
test.use({ database: 'postgresql' })

test('on PostgreSQL: the owner requires 2FA, an agent enrols, comes back with a passcode and with a recovery code', async ({
  company,
  newPortal,
}) => {
  const ann = await company.add('agent', 'Ann Agent')
  await company.enrol(company.owner)
  const [owners, anns] = [await newPortal(), await newPortal()]
  await owners.hold(await company.session(company.owner, { methods: ['pwd', 'otp'], steppedUp: true }))
  await owners.open(`/admin/${company.slug}/security/advanced`)
  await owners.field(t('advanced.require.team')).check()
  await owners.button('Save').click()
  await owners.sees(t('advanced.saved'))

  await anns.signIn(ann)
  await anns.verifyDevice(ann)
  const { app, codes } = await anns.enrol(ann)
  await anns.isIn()
  await anns.signOut()
  await anns.signIn(ann)
  await anns.givePasscode(await app.next())
  await anns.isIn()
  await anns.signOut()
  await anns.signIn(ann)
  await anns.useRecoveryCode(codes[0] ?? '')
  await anns.button(t('verify.notAtHand')).click()
  await anns.isIn()
  expect(await anns.me()).toEqual({ email: ann.email, methods: ['pwd', 'recovery'] })
})

test('SE1: two servers on one database: a sign-in begun on one ends on the other, a session holds on both, and ends on both', async ({
  company,
  installation,
  newPortal,
}) => {
  const { server } = installation
  const { DATABASE_URL = '', SECRET_KEYS = '' } = server.environment
  const second = await startServer({ DATABASE_URL, SECRET_KEYS })
  installation.instances.push(second)
  const ann = await company.add('agent', 'Ann Agent')
  const { app } = await company.enrol(ann, { byThemself: true })
  const onFirst = await newPortal()
  const onSecond = onFirst.at(second.url)

  await onFirst.signIn(ann)
  await expect(onFirst.heading(t('verify.title'))).toBeVisible()
  await onSecond.open('/sign-in/verify')
  await onSecond.givePasscode(await app.next())
  await onSecond.isIn()
  for (const portal of [onFirst, onSecond]) {
    expect(await portal.me()).toEqual({ email: ann.email, methods: ['pwd', 'otp'] })
  }

  const cookies = await onFirst.page.context().cookies()
  await onFirst.open('/account')
  await onFirst.signOut()
  await onFirst.page.context().addCookies(cookies)
  expect(await onSecond.me()).toBeNull()
  await onSecond.open('/account')
  await onSecond.isAt('/sign-in')
})

test('S3: a passcode used on one server is refused on the other', async ({ company, installation, newPortal }) => {
  const { DATABASE_URL = '', SECRET_KEYS = '' } = installation.server.environment
  const second = await startServer({ DATABASE_URL, SECRET_KEYS })
  installation.instances.push(second)
  const ann = await company.add('agent', 'Ann Agent')
  const { app } = await company.enrol(ann, { byThemself: true })
  const onFirst = await newPortal()
  const onSecond = (await newPortal()).at(second.url)
  const code = await app.next()
  await onFirst.signIn(ann)
  await onSecond.signIn(ann)
  await onFirst.givePasscode(code)
  await onFirst.isIn()
  await onSecond.givePasscode(code)
  await onSecond.sees(t('error.totp_wrong'))
})
