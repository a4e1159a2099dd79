import { translator } from '../lib/i18n/translate'
import { policyRows, setRules } from '../lib/testing/policy'
import type { Company, Member } from './support/company'
import type { Portal } from './support/portal'
import { expect, test } from './support/test'

const t = translator('en')
const TEAM = 'Require two-factor authentication (2FA) for team members'
const END = 'Require two-factor authentication (2FA) for end users'

/** The owner at Security > Advanced, with a fresh proof behind them. */
async function ownerAtTheSwitch(company: Company, portal: Portal): Promise<void> {
  await portal.hold(await company.session(company.owner, { methods: ['pwd', 'otp'], steppedUp: true }))
  await portal.open(`/admin/${company.slug}/security/advanced`)
}

async function isIn(portal: Portal, person: Member, methods: string[]): Promise<void> {
  await portal.isIn()
  expect(await portal.me()).toEqual({ email: person.email, methods })
}

test('P1 P3 P9 S9: an owner without 2FA may not require it, enrols, comes back and saves', async ({
  company,
  portal,
}) => {
  const { owner } = company
  await company.add('agent', 'Ann Agent')
  await portal.signIn(owner)
  await portal.verifyDevice(owner)
  await portal.isAt(`/admin/${company.slug}`)
  // A sign-in that proved password and mail is fresh; the page must ask when it is not.
  await company.stage.db.session.updateMany({ where: { userId: owner.id }, data: { steppedUpAt: null } })
  await portal.page
    .getByRole('link', { name: t('nav.advanced') })
    .first()
    .click()
  await portal.sees(t('advanced.youFirst'))
  await portal.field(TEAM).check()
  await portal.button('Save').click()
  await portal.confirm(owner)
  await portal.sees(t('advanced.resumed'))
  await expect(portal.field(TEAM)).toBeChecked()
  await portal.button('Save').click()
  await portal.sees(t('error.must_enrol_first'))
  await portal.open(`/admin/${company.slug}/security/advanced`)
  await expect(portal.field(TEAM)).not.toBeChecked()

  await portal.open('/account/security')
  await portal.link(t('security.turnOnFirst')).first().click()
  await portal.chooseKind(t('factor.totp'))
  await portal.connect(owner)
  await portal.keepCodes()
  await portal.sees(t('security.notice.factor_added'))
  await portal.open(`/admin/${company.slug}/security/advanced`)
  await portal.field(TEAM).check()
  await portal.button('Save').click()
  await portal.sees(t('advanced.saved'))
  await expect(portal.field(TEAM)).toBeChecked()
  await expect(portal.field(END)).not.toBeChecked()
  await portal.sees(t('advanced.coverage', { enrolled: 1, people: 2 }))
})

test('P4: a running session goes on after the requirement; the next sign-in leads to the wizard', async ({
  company,
  newPortal,
}) => {
  const bob = await company.add('agent', 'Bob Agent')
  await company.enrol(company.owner)
  const [his, hers] = [await newPortal(), await newPortal()]
  await his.signIn(bob)
  await his.verifyDevice(bob)
  await isIn(his, bob, ['pwd', 'mail'])

  await ownerAtTheSwitch(company, hers)
  await hers.field(TEAM).check()
  await hers.button('Save').click()
  await hers.sees(t('advanced.saved'))

  await his.open('/account/security')
  await expect(his.heading(t('security.title'))).toBeVisible()
  await his.sees(t('account.state.setupRequired'))
  await his.signOut()
  await his.signIn(bob)
  await expect(his.heading(t('enroll.title'))).toBeVisible()
  expect(await his.me()).toBeNull()
})

test('P8: until the day that was named 2FA can be put off at each sign-in, and not after it', async ({
  company,
  newPortal,
}) => {
  const bob = await company.add('agent', 'Bob Agent')
  await company.enrol(company.owner)
  const [his, hers] = [await newPortal(), await newPortal()]
  await ownerAtTheSwitch(company, hers)
  const field = hers.field(t('advanced.deadline.team'))
  await hers.field(TEAM).check()
  await field.fill('2020-01-01')
  await hers.button('Save').click()
  await hers.sees(t('error.deadline_out_of_range'))
  const day = new Date(Date.now() + 10 * 86_400_000).toISOString().slice(0, 10)
  await field.fill(day)
  await hers.button(t('advanced.preview')).click()
  await hers.sees(t('advanced.previewTitle'))
  const foretold = hers.page.getByRole('listitem').filter({ hasText: t('advanced.outcome.may_put_off') })
  await expect(foretold).toContainText(t('advanced.previewPeople', { n: 1 }))
  await expect(field).toHaveValue(day)
  await hers.button('Save').click()
  await hers.sees(t('advanced.saved'))
  await expect(field).toHaveValue(day)

  await his.signIn(bob)
  await his.verifyDevice(bob)
  await his.isAt('/sign-in/later')
  await his.sees(t('later.left', { days: 10 }))
  await expect(his.page.locator('[aria-current=step]')).toContainText(t('enroll.stepChoose'))
  await his.link(t('later.now')).click()
  await his.isAt('/sign-in/enroll')
  await his.link(t('later.notNow')).click()
  await his.button(t('later.notNow')).click()
  await isIn(his, bob, ['pwd', 'mail', 'put_off'])
  await his.signOut()
  await his.signIn(bob)
  await his.isAt('/sign-in/later')
  await his.button(t('later.notNow')).click()
  await isIn(his, bob, ['pwd', 'put_off'])

  // The day is over.
  await setRules(company.stage.db, company.tenant.id, { team: { deadline: new Date(Date.now() - 1000) } })
  await his.open('/account/security')
  await his.isAt('/sign-in')
  await his.signIn(bob)
  await his.isAt('/sign-in/enroll')
  await expect(his.heading(t('enroll.title'))).toBeVisible()
  await expect(his.link(t('later.notNow'))).toHaveCount(0)
})

test('P8: an owner reminds those who are not done, once a day, and sees what became of it', async ({
  company,
  portal,
}) => {
  await company.add('agent', 'Bob Agent')
  await company.enrol(company.owner)
  await company.require(['team'])
  await ownerAtTheSwitch(company, portal)
  await portal.sees(t('reminder.outstanding', { n: 1 }))
  await portal.button(t('reminder.remind', { n: 1 })).click()
  await portal.sees(t('reminder.begun'))
  const sent = t('reminder.counts', { sent: 1, failed: 0, waiting: 0 })
  await expect(async () => {
    await portal.open(`/admin/${company.slug}/security/advanced`)
    await expect(portal.page.getByText(sent)).toBeVisible({ timeout: 1000 })
  }).toPass()
  await expect(portal.button(t('reminder.remind', { n: 1 }))).toHaveCount(0)
})

test('P8: after the day an admin gives one person more time, with a reason', async ({ company, newPortal }) => {
  const bob = await company.add('agent', 'Bob Agent')
  await company.enrol(company.owner)
  await company.require(['team'])
  await setRules(company.stage.db, company.tenant.id, { team: { deadline: new Date(Date.now() - 1000) } })
  const [his, hers] = [await newPortal(), await newPortal()]
  await hers.hold(await company.session(company.owner, { methods: ['pwd', 'otp'], steppedUp: true }))
  await hers.open(`/admin/${company.slug}/people/users/${bob.id}`)
  await hers.page.getByText(t('person.more'), { exact: true }).click()
  await hers.link(t('act.menu.time')).click()
  await hers.field(t('act.days')).fill('3')
  await hers.field(t('act.reason')).fill('on leave')
  await hers.button(t('act.menu.time')).click()
  await hers.sees(t('person.notice.time', { email: bob.email }))
  await hers.sees(t('why.path.put_off'))

  await his.signIn(bob)
  await his.verifyDevice(bob)
  await his.isAt('/sign-in/later')
  await his.button(t('later.notNow')).click()
  await isIn(his, bob, ['pwd', 'mail', 'put_off'])
})

test('P4: the box beside Save ends the running sessions of everybody it is required for', async ({
  company,
  newPortal,
}) => {
  const [bob, eve] = [await company.add('agent', 'Bob Agent'), await company.add('end_user', 'Eve End')]
  await company.enrol(company.owner)
  const [owners, bobs, eves] = [await newPortal(), await newPortal(), await newPortal()]
  await bobs.hold(await company.session(bob))
  await eves.hold(await company.session(eve))
  expect(await bobs.me()).not.toBeNull()

  await ownerAtTheSwitch(company, owners)
  await owners.field(TEAM).check()
  await owners.field(t('advanced.endSessions')).check()
  await owners.button('Save').click()
  await owners.isAt('/sign-in')
  expect(await owners.me()).toBeNull()
  expect(await bobs.me()).toBeNull()
  await bobs.open('/account')
  await bobs.isAt('/sign-in')
  expect(await eves.me()).toEqual({ email: eve.email, methods: ['pwd'] })
})

test('P5: when the requirement ends, who enrolled because of it is not asked, who chose 2FA is, and an end user never was', async ({
  company,
  newPortal,
}) => {
  const ann = await company.add('agent', 'Ann Agent')
  const bob = await company.add('agent', 'Bob Agent')
  const eve = await company.add('end_user', 'Eve End')
  await company.enrol(company.owner)
  const [anns, bobs, eves, owners] = [await newPortal(), await newPortal(), await newPortal(), await newPortal()]

  await test.step('Bob turns 2FA on for himself', async () => {
    await bobs.signIn(bob)
    await bobs.verifyDevice(bob)
    await bobs.isIn()
    await bobs.open('/account/security')
    await bobs.link(t('security.turnOnFirst')).click()
    await bobs.chooseKind(t('factor.totp'))
  })
  const bobsApp = await bobs.connect(bob)
  await bobs.keepCodes()
  await bobs.sees(t('security.notice.factor_added'))
  await bobs.signOut()

  await test.step('the owner requires it, and Ann enrols because of it', async () => {
    await ownerAtTheSwitch(company, owners)
    await owners.field(TEAM).check()
    await owners.button('Save').click()
    await owners.sees(t('advanced.saved'))
    await anns.signIn(ann)
    await anns.verifyDevice(ann)
    await anns.enrol(ann)
    await isIn(anns, ann, ['pwd', 'otp', 'mail'])
    await anns.signOut()
  })

  await test.step('the owner drops it', async () => {
    await owners.field(TEAM).uncheck()
    await owners.button('Save').click()
    await owners.sees(t('advanced.saved'))
    await expect(owners.field(TEAM)).not.toBeChecked()
  })

  await anns.signIn(ann)
  await isIn(anns, ann, ['pwd'])
  await anns.open('/account/security')
  await anns.sees(t('account.state.notAsked'))
  await bobs.signIn(bob)
  await expect(bobs.heading(t('verify.title'))).toBeVisible()
  await bobs.givePasscode(await bobsApp.next())
  await isIn(bobs, bob, ['pwd', 'otp'])
  await eves.signIn(eve)
  await isIn(eves, eve, ['pwd'])
})

test('P5: one click asks for the connected app again', async ({ company, portal }) => {
  const ann = await company.add('agent', 'Ann Agent')
  const { app } = await company.enrol(ann)
  await portal.hold(await company.session(ann, { methods: ['pwd', 'otp'], steppedUp: true }))
  await portal.open('/account/security')
  await portal.button(t('security.turnOn')).click()
  await portal.sees(t('security.notice.turned_on'))
  await portal.signOut()
  await portal.signIn(ann)
  await portal.givePasscode(await app.next())
  await isIn(portal, ann, ['pwd', 'otp'])
})

test('P10: two owners at the switch: the second is told that the settings changed meanwhile', async ({
  company,
  newPortal,
}) => {
  await company.enrol(company.owner)
  const [first, second] = [await newPortal(), await newPortal()]
  await ownerAtTheSwitch(company, first)
  await ownerAtTheSwitch(company, second)
  await first.field(TEAM).check()
  await first.button('Save').click()
  await first.sees(t('advanced.saved'))
  await second.field(END).check()
  await second.button('Save').click()
  await second.sees(t('error.changed_meanwhile'))
  const policy = await policyRows(company.stage.db, company.tenant.id)
  expect(policy).toMatchObject({ team: { required: true }, end: { required: false } })
})

test('S15: an agent finds nothing at the switch, and an owner nothing at the one of another company', async ({
  company,
  newPortal,
}) => {
  const ann = await company.add('agent', 'Ann Agent')
  const visits = [
    { person: ann, slugs: [company.slug, 'first', 'no-such-company'] },
    { person: company.owner, slugs: ['first', 'no-such-company'] },
  ]
  for (const { person, slugs } of visits) {
    const portal = await newPortal()
    await portal.hold(await company.session(person, { methods: ['pwd', 'otp'], steppedUp: true }))
    for (const slug of slugs) {
      const answer = await portal.open(`/admin/${slug}/security/advanced`)
      expect(answer?.status()).toBe(404)
      await expect(portal.heading(t('notFound.title'))).toBeVisible()
    }
  }
})
