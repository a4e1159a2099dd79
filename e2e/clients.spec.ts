import { translator } from '../lib/i18n/translate'
import { aFurtherTenant } from '../lib/testing/world'
import { Company, type Member, newPassword } from './support/company'
import type { Portal } from './support/portal'
import { expect, type Installation, test } from './support/test'

const t = translator('en')

/** A partner in trial whose owner has an authenticator app, and the owner's browser in its console. */
async function aPartner({ stage, secrets }: Installation, portal: Portal): Promise<Company> {
  const partner = await Company.open(stage, secrets, { kind: 'partner', stage: 'trial', name: 'Northern IT' })
  await partner.enrol(partner.owner)
  await asAdmin(partner, portal)
  return partner
}

async function asAdmin(company: Company, portal: Portal, who: Member = company.owner): Promise<void> {
  await portal.hold(await company.session(who, { methods: ['pwd', 'otp'], steppedUp: true }))
}

test('T1 T3 T4: a partner makes its first customer, whose owner joins; requires 2FA there after a look at what it does', async ({
  installation,
  newPortal,
}) => {
  const [console_, hers] = [await newPortal(), await newPortal()]
  const partner = await aPartner(installation, console_)
  const slug = `beta-${process.pid}`
  await console_.open(`/admin/${partner.slug}`)
  await console_.link(t('clients.title')).first().click()
  await expect(console_.heading(t('clients.empty'))).toBeVisible()
  await console_.link(t('clients.add')).click()
  await console_.field(t('clients.companyName')).fill('Beta GmbH')
  await console_.field(t('clients.slug')).fill('Not A Slug')
  await console_.field(t('people.name')).fill('Bea Beta')
  await console_.field(t('common.email')).fill('bea@beta.example')
  await console_.button(t('clients.make')).click()
  await console_.sees(t('error.bad_slug'))
  await expect(console_.field(t('clients.companyName'))).toHaveValue('Beta GmbH')
  await console_.field(t('clients.slug')).fill(slug)
  await console_.button(t('clients.make')).click()
  await console_.sees(t('clients.notice.made'))
  await console_.isAt(`/admin/${partner.slug}/clients/${slug}`)
  await console_.sees(t('clients.state.empty'))
  await console_.sees('bea@beta.example')

  await hers.openMailed('bea@beta.example', t('mail.invitation.subject', { tenant: 'Beta GmbH', by: 'Olga Owner' }))
  const password = newPassword(installation.secrets)
  await hers.field(t('common.password')).fill(password)
  await hers.button(t('common.continue')).click()
  await hers.isIn()
  await hers.open(`/admin/${slug}`)
  await expect(hers.heading('Beta GmbH')).toBeVisible()
  await expect(hers.link(t('clients.title'))).toHaveCount(0)

  await console_.open(`/admin/${partner.slug}/clients/${slug}`)
  await console_.sees(t('clients.state.off'))
  await console_.link(t('clients.require')).click()
  await console_.field(t('advanced.require.team')).check()
  await console_.button(t('advanced.preview')).click()
  await expect(console_.heading(t('advanced.previewTitle'))).toBeVisible()
  await console_.sees(t('advanced.outcome.must_enrol'))
  await console_.button(t('common.save')).click()
  await console_.sees(t('advanced.saved'))

  await console_.open(`/admin/${partner.slug}/clients/${slug}`)
  await console_.sees(t('clients.state.outstanding', { n: 1 }))
  await console_.sees('Bea Beta')
  await console_.open(`/admin/${partner.slug}/clients`)
  await console_.sees(t('overview.of', { enrolled: 0, of: 1 }))

  await hers.signOut()
  await hers.signIn({ email: 'bea@beta.example', password })
  await expect(hers.heading(t('enroll.title'))).toBeVisible()
  await hers.enrol({ email: 'bea@beta.example' })
  await hers.isIn()
  await hers.open(`/admin/${slug}/security/audit`)
  await hers.sees(t('audit.did.policy_changed', { actor: 'Olga Owner', who: 'Beta GmbH' }))
  await console_.open(`/admin/${partner.slug}/clients`)
  await console_.sees(t('overview.of', { enrolled: 1, of: 1 }))
})

test('T1: the list is searched, filtered and sorted, its address says how, and it fits a small screen', async ({
  installation,
  newPortal,
}) => {
  const portal = await newPortal()
  const partner = await aPartner(installation, portal)
  for (const [name, kind] of [
    ['Alpha Travel', 'customer'],
    ['Beta Works', 'partner'],
    ['Gamma Travel', 'customer'],
  ] as const) {
    const made = await aFurtherTenant(installation.stage, { kind, stage: 'trial', parentId: partner.tenant.id })
    const data = { name, nameKey: name.toLowerCase() }
    await installation.stage.db.tenant.update({ where: { id: made.id }, data })
  }
  const here = `/admin/${partner.slug}/clients`
  await portal.open(here)
  const names = () => portal.page.getByRole('row').getByRole('link').allTextContents()
  const shown = async () => (await names()).filter((name) => /Travel|Works/.test(name))
  expect(await shown()).toEqual(['Alpha Travel', 'Beta Works', 'Gamma Travel'])
  await portal.field(t('clients.search')).fill('travel')
  await portal.button(t('people.find')).click()
  await portal.page.waitForURL(/q=travel/)
  expect(await shown()).toEqual(['Alpha Travel', 'Gamma Travel'])
  await portal.open(`${here}?q=travel&dir=desc`)
  expect(await shown()).toEqual(['Gamma Travel', 'Alpha Travel'])
  await portal.open(`${here}?kind=partner`)
  expect(await shown()).toEqual(['Beta Works'])
  await portal.page.setViewportSize({ width: 320, height: 640 })
  await portal.open(here)
  const width = await portal.page.evaluate('document.documentElement.scrollWidth')
  expect(width).toBeLessThanOrEqual(320)
})

test('S13: people of a company that is suspended read why after they proved who they are, and not before', async ({
  installation,
  newPortal,
}) => {
  const [console_, his] = [await newPortal(), await newPortal()]
  const partner = await aPartner(installation, console_)
  const { stage, secrets } = installation
  const client = await Company.open(stage, secrets, { parentId: partner.tenant.id, name: 'Beta GmbH' })
  const ben = await client.add('agent', 'Ben Agent')
  const { app } = await client.enrol(ben, { byThemself: true })
  await his.signIn(ben)
  await his.givePasscode(await app.next(), { trust: true })
  await his.isIn()

  await console_.open(`/admin/${partner.slug}/clients/${client.slug}/security`)
  await console_.button(t('clients.suspend')).click()
  await console_.sees(t('clients.notice.suspended'))
  await console_.sees(t('clients.state.suspended'))

  expect(await his.me()).toBeNull()
  await his.signIn({ ...ben, password: 'not the password' })
  await his.sees(t('error.wrong_credentials'))
  const other = await newPortal()
  await other.signIn(ben)
  await other.givePasscode(await app.next())
  await other.sees(t('signIn.notice.company_suspended'))
  expect(await other.me()).toBeNull()

  await console_.open(`/admin/${partner.slug}/clients?list=suspended`)
  await console_.link('Beta GmbH').click()
  await console_.link(t('clients.security')).click()
  await console_.button(t('clients.reactivate')).click()
  await console_.sees(t('clients.notice.reactivated'))
  await other.signIn(ben)
  await other.givePasscode(await app.next())
  await other.isIn()
})

test('U7: a partner moved to production has 2FA required, and its pages say why it cannot be turned off', async ({
  installation,
  newPortal,
}) => {
  const [console_, hers] = [await newPortal(), await newPortal()]
  const partner = await aPartner(installation, console_)
  const { stage, secrets } = installation
  const below = await Company.open(stage, secrets, {
    parentId: partner.tenant.id,
    kind: 'partner',
    stage: 'trial',
    name: 'Southern IT',
  })
  const security = `/admin/${partner.slug}/clients/${below.slug}/security`
  await console_.open(security)
  await console_.button(t('clients.toProduction')).click()
  await console_.sees(t('clients.notice.production'))
  await console_.open(security)
  await console_.sees(t('error.partner_in_production'))
  await expect(console_.field(t('advanced.require.team'))).toHaveCount(0)

  await below.enrol(below.owner)
  await asAdmin(below, hers)
  await hers.open(`/admin/${below.slug}/security/advanced`)
  await hers.sees(t('error.partner_in_production'))
})

test('T6 S15: an agent sees no clients, and another partner’s customer is not there', async ({
  installation,
  newPortal,
}) => {
  const portal = await newPortal()
  const partner = await aPartner(installation, portal)
  const { stage, secrets } = installation
  const other = await Company.open(stage, secrets, { kind: 'partner', stage: 'trial', name: 'Other IT' })
  const theirs = await Company.open(stage, secrets, { parentId: other.tenant.id, name: 'Theirs' })
  for (const path of ['', '/security']) {
    for (const slug of [theirs.slug, 'no-such-company']) {
      const answer = await portal.open(`/admin/${partner.slug}/clients/${slug}${path}`)
      expect(answer?.status()).toBe(404)
      await expect(portal.heading(t('notFound.title'))).toBeVisible()
    }
  }
  const agents = await newPortal()
  await asAdmin(partner, agents, await partner.add('agent', 'Ann Agent'))
  expect((await agents.open(`/admin/${partner.slug}/clients`))?.status()).toBe(404)
  await agents.open(`/admin/${partner.slug}`)
  await expect(agents.link(t('clients.title'))).toHaveCount(0)
})
