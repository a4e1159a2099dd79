import { translator } from '../lib/i18n/translate'
import { Company } from './support/company'
import { expect, test } from './support/test'

const t = translator('en')
const PROVED = { methods: ['pwd', 'otp'], steppedUp: true } as const

test('T5: a partner asks for 2FA and shorter trust of its customers, who read whose wish it is and cannot go below it', async ({
  installation,
  newPortal,
}) => {
  const { stage, secrets } = installation
  const partner = await Company.open(stage, secrets, { kind: 'partner', stage: 'trial', name: 'Northwind' })
  const customer = await Company.open(stage, secrets, { parentId: partner.tenant.id, name: 'Contoso' })
  const ann = await customer.add('end_user', 'Ann End')
  await partner.enrol(partner.owner)
  await customer.enrol(customer.owner)
  const [theirs, his, hers] = [await newPortal(), await newPortal(), await newPortal()]

  await theirs.hold(await partner.session(partner.owner, PROVED))
  await theirs.open(`/admin/${partner.slug}/security/floors`)
  await theirs.page.getByRole('checkbox', { name: t('floors.require.end') }).check()
  await theirs.field(t('floors.trust.end')).fill('14')
  await theirs.button(t('advanced.preview')).click()
  const row = theirs.page.getByRole('row', { name: 'Contoso' })
  await expect(row).toContainText(t('floors.mustSetUp', { now: 0, after: 1 }))
  await expect(row).toContainText(t('floors.setting.trustDays'))
  await theirs.button(t('common.save')).click()
  await theirs.sees(t('floors.saved'))

  await his.hold(await customer.session(customer.owner, PROVED))
  await his.open(`/admin/${customer.slug}/security/advanced`)
  await his.sees(t('floors.asks.required', { name: 'Northwind' }))
  await his.page.getByRole('checkbox', { name: t('advanced.require.end') }).uncheck()
  await his.button(t('common.save')).click()
  await his.sees(t('error.below_floor', { name: 'Northwind' }))
  await his.open(`/admin/${customer.slug}/security/advanced/devices`)
  await his.sees(t('floors.asks.trustDays', { name: 'Northwind', n: 14 }))
  await his.field(t('advanced.trustDays.end')).fill('15')
  await his.button(t('common.save')).click()
  await his.sees(t('error.below_floor', { name: 'Northwind' }))
  await his.open(`/admin/${customer.slug}/people/users/${ann.id}`)
  await expect(his.page.getByText('Northwind has required 2FA since')).toBeVisible()

  await hers.signIn(ann)
  await hers.verifyDevice(ann)
  await hers.enrol(ann)
  await hers.isIn()
})

test('T5, P7: a floor that leaves a customer no second factor is refused with its name, and nothing typed is lost', async ({
  installation,
  newPortal,
}) => {
  const { stage, secrets } = installation
  const partner = await Company.open(stage, secrets, { kind: 'partner', stage: 'trial', name: 'Northwind' })
  const customer = await Company.open(stage, secrets, { parentId: partner.tenant.id, name: 'Fabrikam' })
  const where = { tenantId: customer.tenant.id, userType: 'end' } as const
  await stage.db.policyRule.updateMany({ where, data: { kinds: 'email' } })
  await partner.enrol(partner.owner)
  const portal = await newPortal()
  await portal.hold(await partner.session(partner.owner, PROVED))
  await portal.open(`/admin/${partner.slug}/security/floors`)
  const kinds = portal.page.getByRole('group', { name: t('floors.kinds.end') })
  await kinds.getByRole('checkbox', { name: t('factor.email') }).uncheck()
  await portal.field(t('floors.idle.team')).fill('30')
  await portal.button(t('common.save')).click()
  await portal.sees(t('error.leaves_no_kind', { name: 'Fabrikam' }))
  await expect(portal.field(t('floors.idle.team'))).toHaveValue('30')
  await expect(kinds.getByRole('checkbox', { name: t('factor.email') })).not.toBeChecked()
})

test('T6: a customer has no such page, and no way to it', async ({ company, portal }) => {
  await company.enrol(company.owner)
  await portal.hold(await company.session(company.owner, PROVED))
  await portal.open(`/admin/${company.slug}`)
  await expect(portal.page.getByRole('link', { name: t('nav.floors') })).toHaveCount(0)
  expect((await portal.open(`/admin/${company.slug}/security/floors`))?.status()).toBe(404)
})
