import { translator } from '../lib/i18n/translate'
import { policyRows } from '../lib/testing/policy'
import type { Company } from './support/company'
import type { Portal } from './support/portal'
import { expect, test } from './support/test'

const t = translator('en')
const DAY = 86_400_000

/** The owner at Security > Advanced > Devices, with a fresh proof behind them. */
async function ownerAtDevices(company: Company, portal: Portal): Promise<void> {
  await portal.hold(await company.session(company.owner, { methods: ['pwd', 'otp'], steppedUp: true }))
  await portal.open(`/admin/${company.slug}/security/advanced/devices`)
}

/** As if the box had been ticked so long ago. */
async function trustedSince(company: Company, userId: string, milliseconds: number): Promise<void> {
  const at = new Date(Date.now() - milliseconds)
  await company.stage.db.device.updateMany({
    where: { userId },
    data: { trustGrantedAt: at, verifiedAt: at, createdAt: at },
  })
}

test('D1 D2: the box stands above the passcode, ticked; a trusted computer is not asked, another one and a colleague are', async ({
  company,
  newPortal,
}) => {
  const [ann, bob] = [await company.add('agent', 'Ann Agent'), await company.add('agent', 'Bob Agent')]
  const { app } = await company.enrol(ann, { byThemself: true })
  await company.enrol(bob, { byThemself: true })
  const [office, home] = [await newPortal(), await newPortal()]

  await office.signIn(ann)
  const box = office.trustBox(30)
  await expect(box).toBeChecked()
  const [boxAt, fieldAt] = [await box.boundingBox(), await office.field('Passcode').boundingBox()]
  expect(boxAt?.y).toBeLessThan(fieldAt?.y ?? 0)
  await office.givePasscode(await app.next(), { trust: true })
  await office.isIn()
  expect(await office.me()).toEqual({ email: ann.email, methods: ['pwd', 'otp'] })
  await office.signOut()

  await office.signIn(ann)
  await office.isIn()
  expect(await office.me()).toEqual({ email: ann.email, methods: ['pwd', 'device'] })
  await office.signOut()

  await office.signIn(bob)
  await expect(office.heading(t('verify.title'))).toBeVisible()
  await home.signIn(ann)
  await expect(home.heading(t('verify.title'))).toBeVisible()
})

test('D1: whoever unticks the box is asked again at the next sign-in', async ({ company, portal }) => {
  const ann = await company.add('agent', 'Ann Agent')
  const { app } = await company.enrol(ann, { byThemself: true })
  await portal.signIn(ann)
  await portal.givePasscode(await app.next(), { trust: false })
  await portal.isIn()
  await portal.signOut()
  await portal.signIn(ann)
  await expect(portal.heading(t('verify.title'))).toBeVisible()
})

test('D3: 30 days become 7, and a computer trusted 8 days ago is asked at once; back at 30 it is still asked', async ({
  company,
  newPortal,
}) => {
  const [ann, bob] = [await company.add('agent', 'Ann Agent'), await company.add('agent', 'Bob Agent')]
  const apps = { ann: (await company.enrol(ann, { byThemself: true })).app, bob: (await company.enrol(bob)).app }
  await company.require(['team'])
  const [anns, bobs, owners] = [await newPortal(), await newPortal(), await newPortal()]
  for (const [portal, person, app] of [
    [anns, ann, apps.ann],
    [bobs, bob, apps.bob],
  ] as const) {
    await portal.signIn(person)
    await portal.givePasscode(await app.next(), { trust: true })
    await portal.isIn()
    await portal.signOut()
  }
  await trustedSince(company, ann.id, 8 * DAY)
  await trustedSince(company, bob.id, 6 * DAY)
  await anns.signIn(ann)
  await anns.isIn()
  await anns.signOut()

  const shorten = async (days: string) => {
    await owners.field(t('advanced.trustDays.team')).fill(days)
    await owners.button('Save').click()
    await owners.sees(t('advanced.deviceNotice.saved'))
    await expect(owners.field(t('advanced.trustDays.team'))).toHaveValue(days)
  }
  await ownerAtDevices(company, owners)
  await shorten('7')
  await anns.signIn(ann)
  await expect(anns.trustBox(7)).toBeVisible()
  await bobs.signIn(bob)
  await bobs.isIn()
  await bobs.signOut()

  await shorten('30')
  await anns.signIn(ann)
  await expect(anns.trustBox(30)).toBeVisible()
  await anns.givePasscode(await apps.ann.next(), { trust: true })
  await anns.isIn()
  await anns.signOut()
  await anns.signIn(ann)
  await anns.isIn()
})

test('D1 D3: never takes the box away and asks everybody; allowed again, nothing that ended comes back', async ({
  company,
  newPortal,
}) => {
  const ann = await company.add('agent', 'Ann Agent')
  const { app } = await company.enrol(ann, { byThemself: true })
  const [anns, owners] = [await newPortal(), await newPortal()]
  await anns.signIn(ann)
  await anns.givePasscode(await app.next(), { trust: true })
  await anns.isIn()
  await anns.signOut()

  await ownerAtDevices(company, owners)
  await owners.field(t('advanced.trust.team')).uncheck()
  await owners.button('Save').click()
  await owners.sees(t('advanced.deviceNotice.saved'))
  await expect(owners.field(t('advanced.trust.team'))).not.toBeChecked()
  await anns.signIn(ann)
  await expect(anns.heading(t('verify.title'))).toBeVisible()
  await expect(anns.page.getByRole('checkbox')).toHaveCount(0)
  await anns.givePasscode(await app.next())
  await anns.isIn()
  await anns.signOut()

  await owners.field(t('advanced.trust.team')).check()
  await owners.button('Save').click()
  await owners.sees(t('advanced.deviceNotice.saved'))
  await anns.signIn(ann)
  await expect(anns.trustBox(30)).toBeVisible()
})

test('D1: a number of days that cannot be is said beside it, and nothing is saved', async ({ company, portal }) => {
  await ownerAtDevices(company, portal)
  const days = portal.field(t('advanced.trustDays.end'))
  await days.evaluate((input: HTMLInputElement) => input.closest('form')?.setAttribute('novalidate', ''))
  await days.fill('91')
  await portal.button('Save').click()
  await portal.sees(t('error.trust_out_of_range'))
  await expect(days).toHaveValue('91')
  const policy = await policyRows(company.stage.db, company.tenant.id)
  expect(policy).toMatchObject({ version: 1, team: { trustDays: 30 }, end: { trustDays: 30 } })
})

test('D5: with the setting on, an end user’s unknown computer is verified by mail, and known from then on', async ({
  company,
  newPortal,
}) => {
  const eve = await company.add('end_user', 'Eve End')
  const [eves, owners] = [await newPortal(), await newPortal()]
  await ownerAtDevices(company, owners)
  await owners.field(t('advanced.verification')).check()
  await owners.button('Save').click()
  await owners.sees(t('advanced.deviceNotice.saved'))
  await eves.signIn(eve)
  await eves.verifyDevice(eve)
  await eves.isIn()
  await eves.signOut()
  await eves.signIn(eve)
  await eves.isIn()
})

test('D4: forget all devices: one’s own, one person’s by an admin, and everybody’s', async ({
  company,
  newPortal,
  installation,
}) => {
  const [ann, bob] = [await company.add('agent', 'Ann Agent'), await company.add('agent', 'Bob Agent')]
  const app = (await company.enrol(ann, { byThemself: true })).app
  const [anns, bobs, owners] = [await newPortal(), await newPortal(), await newPortal()]
  const trust = async () => {
    await anns.signIn(ann)
    await anns.givePasscode(await app.next(), { trust: true })
    await anns.isIn()
  }
  const isAsked = async () => {
    await anns.signOut()
    await anns.signIn(ann)
    await expect(anns.heading(t('verify.title'))).toBeVisible()
  }
  await bobs.signIn(bob)
  await bobs.verifyDevice(bob)
  await bobs.isIn()

  await test.step('one’s own', async () => {
    await trust()
    await anns.open('/account/devices')
    await anns.button(t('devices.forgetAll')).click()
    await anns.sees(t('devices.notice.all_forgotten'))
    await isAsked()
  })

  await test.step('one person’s', async () => {
    await trust()
    await ownerAtDevices(company, owners)
    await owners.page.getByText(t('advanced.forgetOne')).click()
    await owners.field('Email').fill(`nobody@${company.slug}.example`)
    await owners.button(t('advanced.forgetOneDo')).click()
    await owners.sees(t('error.nobody_here'))
    await owners.field('Email').fill(ann.email.toUpperCase())
    await owners.button(t('advanced.forgetOneDo')).click()
    await owners.sees(t('advanced.deviceNotice.one_forgotten'))
    await isAsked()
    await bobs.signOut()
    await bobs.signIn(bob)
    await bobs.isIn()
  })

  await test.step('everybody’s', async () => {
    await trust()
    await owners.page.getByText(t('advanced.forgetAll', { tenant: 'Acme' })).click()
    await owners.button(t('advanced.forgetAllDo')).click()
    await owners.sees(t('advanced.deviceNotice.all_forgotten'))
    expect(await bobs.me()).not.toBeNull()
    await isAsked()
    await bobs.signOut()
    await bobs.signIn(bob)
    await expect(bobs.heading(t('device.title'))).toBeVisible()
  })
  await installation.mailbox(bob.email).next('New sign-in to your account')
})

test('D9 D10: the register names each browser and session; an ended one is out at its next click', async ({
  company,
  newPortal,
  installation,
}) => {
  const ann = await company.add('agent', 'Ann Agent')
  const [office, home] = [await newPortal(), await newPortal()]
  for (const portal of [office, home]) {
    await portal.signIn(ann)
    await portal.verifyDevice(ann)
    await portal.isIn()
    await installation.mailbox(ann.email).next('New sign-in to your account')
  }
  await office.open('/account/devices')
  await expect(office.page.getByText(t('devices.thisSession'))).toHaveCount(1)
  await expect(office.page.getByText(t('devices.thisBrowser'))).toHaveCount(1)
  await expect(office.page.getByText(/^Chrome/)).toHaveCount(4)
  await expect(office.page.getByText('127.0.0.1')).toHaveCount(4)
  await office.button(t('devices.end')).click()
  await office.sees(t('devices.notice.session_ended'))
  await home.open('/account')
  await home.isAt('/sign-in')
  expect(await home.me()).toBeNull()
  expect(await office.me()).not.toBeNull()

  // Known still: the browser was not forgotten.
  await home.givePassword(ann)
  await home.isIn()
  await home.signOut()
  await office.open('/account/devices')
  // The one used last stands first.
  await office.button(t('devices.forget')).first().click()
  await office.sees(t('devices.notice.device_forgotten'))
  await home.signIn(ann)
  await expect(home.heading(t('device.title'))).toBeVisible()
})

test('D9: “This was not me” throws the stranger out and demands a new password from whoever is left', async ({
  company,
  newPortal,
  installation,
}) => {
  const ann = await company.add('agent', 'Ann Agent')
  const [office, stranger] = [await newPortal(), await newPortal()]
  for (const portal of [stranger, office]) {
    await portal.signIn(ann)
    await portal.verifyDevice(ann)
    await portal.isIn()
  }
  await office.open('/account/devices')
  await office.page.getByText(t('devices.notMe'), { exact: true }).first().click()
  await office.button(t('devices.notMeDo')).first().click()
  await office.isAt('/password/change')
  expect(await stranger.me()).toBeNull()
  await installation.mailbox(ann.email).next('A device was signed out of your account')

  // Nothing else can be done before it.
  await office.open('/account/security')
  await office.isAt('/password/change')
  expect(await office.me()).toBeNull()
  const next = `quiet orchard ${ann.password.slice(-20)}`
  installation.secrets.add('password', next)
  await office.field(t('security.currentPassword')).fill(ann.password)
  await office.field(t('security.newPassword')).fill(next)
  await office.button(t('password.set')).click()
  await office.isAt('/account')
  expect(await office.me()).not.toBeNull()

  await stranger.signIn(ann)
  await stranger.sees(t('error.wrong_credentials'))
})

test('S15: an agent finds nothing at the device rules, and an owner nothing at those of another company', async ({
  company,
  newPortal,
}) => {
  const ann = await company.add('agent', 'Ann Agent')
  for (const [person, slug] of [
    [ann, company.slug],
    [company.owner, 'first'],
  ] as const) {
    const portal = await newPortal()
    await portal.hold(await company.session(person, { methods: ['pwd', 'otp'], steppedUp: true }))
    for (const page of ['advanced/devices', 'messages']) {
      const answer = await portal.open(`/admin/${slug}/security/${page}`)
      expect(answer?.status()).toBe(404)
      await expect(portal.heading(t('notFound.title'))).toBeVisible()
    }
  }
})
