import { translator } from '../lib/i18n/translate'
import type { Company, Member } from './support/company'
import type { Portal } from './support/portal'
import { expect, test } from './support/test'

const t = translator('en')

async function asAdmin(company: Company, portal: Portal, who: Member = company.owner): Promise<void> {
  await portal.hold(await company.session(who, { methods: ['pwd', 'otp'], steppedUp: true }))
}

async function openAct(portal: Portal, company: Company, person: Member, act: string): Promise<void> {
  await portal.open(`/admin/${company.slug}/people/users/${person.id}/${act}`)
}

test('U9: exempt for some days a person gets in without a factor; the exemption ended, the next request asks', async ({
  company,
  newPortal,
  installation,
}) => {
  await company.require(['team'])
  const ann = await company.add('agent', 'Ann Agent')
  const [console_, hers] = [await newPortal(), await newPortal()]
  await asAdmin(company, console_)
  await console_.open(`/admin/${company.slug}/people/users?q=ann`)
  await expect(console_.page.getByRole('table')).toContainText(t('people.status.setup_required'))
  await openAct(console_, company, ann, 'exempt')
  await console_.field(t('act.days')).fill('3')
  await console_.field(t('act.reason')).fill('Phone in repair')
  await console_.button(t('act.menu.exempt')).click()
  await console_.sees(t('person.notice.exempt'))
  await console_.sees(t('people.status.exempt'))
  await installation.mailbox(ann.email).next('You do not need a second factor for a while')

  await hers.signIn(ann)
  await hers.verifyDevice(ann)
  await hers.isIn()
  await openAct(console_, company, ann, 'unexempt')
  await console_.button(t('act.menu.unexempt')).click()
  await console_.sees(t('person.notice.unexempt'))
  expect(await hers.me()).toBeNull()
  await hers.signIn(ann)
  await hers.enrol(ann)
  await hers.isIn()
})

test('R11: an admin gives another address: it signs in, sets no password, and the old one takes it back', async ({
  company,
  newPortal,
  installation,
}) => {
  const ann = await company.add('agent', 'Ann Agent')
  const [console_, hers, old] = [await newPortal(), await newPortal(), await newPortal()]
  const moved = `ann.married@${company.slug}.example`
  await asAdmin(company, console_)
  await openAct(console_, company, ann, 'address')
  await console_.field(t('act.newAddress')).fill(company.owner.email)
  await console_.field(t('act.reason')).fill('Married')
  await console_.button(t('act.menu.address')).click()
  await console_.sees(t('error.address_taken'))
  await expect(console_.field(t('act.reason'))).toHaveValue('Married')
  await console_.field(t('act.newAddress')).fill(moved)
  await console_.button(t('act.menu.address')).click()
  await console_.sees(t('person.notice.address'))
  await console_.sees(moved)
  await console_.sees(t('person.addressNew', { when: '|' }).split('|')[0] ?? '')
  await installation.mailbox(moved).next('An admin registered this email for your account')

  await hers.open('/password')
  await hers.field(t('common.email')).fill(moved)
  await hers.button(t('link.send')).click()
  await installation.mailbox(moved).next('No new password by email yet')
  await hers.signIn({ ...ann, email: moved })
  await hers.verifyDevice({ email: moved })
  await hers.isIn()

  await old.openMailed(ann.email, 'An admin changed the email of your account')
  await old.button(t('address.undo')).click()
  await old.sees(t('signIn.notice.address_restored'))
  expect(await hers.me()).toBeNull()
})

test('SE1 SE4: the sessions of the company, one ended, then everybody signed out, the admin as well', async ({
  company,
  newPortal,
}) => {
  const [ann, eve] = [await company.add('agent', 'Ann Agent'), await company.add('end_user', 'Eve Enduser')]
  const [console_, anns, eves] = [await newPortal(), await newPortal(), await newPortal()]
  await anns.hold(await company.session(ann, { methods: ['pwd', 'mail'] }))
  await eves.hold(await company.session(eve, { methods: ['pwd'] }))
  await asAdmin(company, console_)
  await console_.open(`/admin/${company.slug}/security/sessions`)
  await console_.sees(ann.name)
  await console_.sees(eve.name)
  await console_.open(`/admin/${company.slug}/security/sessions?type=end`)
  await expect(console_.page.getByRole('main')).not.toContainText(ann.name)
  await console_.button(t('sessions.endOf', { name: eve.name })).click()
  await console_.sees(t('person.notice.session'))
  expect(await eves.me()).toBeNull()
  expect(await anns.me()).not.toBeNull()

  await console_.open(`/admin/${company.slug}/security/sessions`)
  await console_.link(t('contain.all')).click()
  await console_.sees(t('contain.self'))
  await console_.button(t('contain.all')).click()
  await console_.sees(t('error.required'))
  await console_.field(t('act.reason')).fill('A laptop was stolen')
  await console_.button(t('contain.all')).click()
  await console_.sees(t('signIn.notice.contained'))
  expect(await anns.me()).toBeNull()
  expect(await console_.me()).toBeNull()
})

test('R3 S15: an agent and an admin meet no act above them', async ({ company, newPortal }) => {
  const [ann, adam] = [await company.add('agent', 'Ann Agent'), await company.add('admin', 'Adam Admin')]
  const [anns, adams] = [await newPortal(), await newPortal()]
  await asAdmin(company, anns, ann)
  await asAdmin(company, adams, adam)
  for (const act of ['reset', 'code', 'exempt', 'sessions', 'role', 'address', 'suspend']) {
    const path = `/admin/${company.slug}/people/users/${company.owner.id}/${act}`
    expect((await anns.open(path))?.status()).toBe(404)
    expect((await adams.open(path))?.status()).toBe(404)
    expect((await adams.open(path.replace(company.owner.id, adam.id)))?.status()).toBe(404)
  }
  expect((await anns.open(`/admin/${company.slug}/security/sessions`))?.status()).toBe(404)
  expect((await anns.open(`/admin/${company.slug}/security/sessions/all`))?.status()).toBe(404)
})

test('R4: codes for end users only where Security > Advanced > Recovery allows them', async ({
  company,
  newPortal,
}) => {
  const eve = await company.add('end_user', 'Eve Enduser')
  const console_ = await newPortal()
  await asAdmin(company, console_)
  const path = `/admin/${company.slug}/people/users/${eve.id}/code`
  expect((await console_.open(path))?.status()).toBe(404)
  await console_.open(`/admin/${company.slug}/security/advanced/recovery`)
  await console_.page.getByRole('checkbox').check()
  await console_.button(t('common.save')).click()
  await expect(async () => {
    expect((await console_.open(path))?.status()).toBe(200)
  }).toPass()
  await console_.field(t('act.reason')).fill('Locked out, known to us')
  await console_.button(t('act.menu.code')).click()
  await console_.sees(t('act.codeOnce', { name: eve.name }))
})

test('SE2: the owner sees which sessions shorter limits end, saves at a fresh proof, and they end', async ({
  company,
  newPortal,
}) => {
  const ann = await company.add('agent', 'Ann Agent')
  const [anns, console_] = [await newPortal(), await newPortal()]
  await anns.hold(await company.session(ann, { methods: ['pwd', 'otp'] }))
  expect(await anns.me()).not.toBeNull()
  const { db } = company.stage
  const begun = new Date(Date.now() - 2 * 3_600_000)
  await db.session.updateMany({ where: { userId: ann.id }, data: { createdAt: begun } })

  await console_.hold(await company.session(company.owner, { methods: ['pwd', 'otp'], steppedUp: true }))
  await console_.open(`/admin/${company.slug}/security/advanced/sessions`)
  await console_.sees(t('limits.level.aal2'))
  await console_.field(t('limits.idle.team')).fill('15')
  await console_.field(t('limits.hours.team')).fill('1')
  await console_.button(t('advanced.preview')).click()
  await console_.sees(t('limits.ending', { n: 1 }))
  await console_.sees(t('limits.level.aal3'))
  expect(await anns.me()).not.toBeNull()
  await console_.button(t('common.save')).click()
  await console_.sees(t('limits.saved'))
  expect(await anns.me()).toBeNull()
})
