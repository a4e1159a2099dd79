import { days, later } from '../lib/core/kernel/time'
import { translator } from '../lib/i18n/translate'
import { expect, test } from './support/test'

const t = translator('en')

test('X11: an auditor is shown the policy, the numbers, who is exempt and why, and that the log was verified', async ({
  company,
  newPortal,
}) => {
  const { db, clock } = company.stage
  const ann = await company.add('agent', 'Ann Agent')
  await company.require(['team'])
  const now = clock.now()
  const until = later(now, days(5))
  await db.tenant.update({ where: { id: company.tenant.id }, data: { timeZone: 'Asia/Tokyo' } })
  await db.membership.updateMany({ where: { userId: ann.id }, data: { exempt: true, exemptUntil: until } })
  const exemption = { tenantId: company.tenant.id, userId: ann.id, reason: 'Phone in repair', startsAt: now }
  await db.exemption.create({ data: { ...exemption, endsAt: until, givenById: company.owner.id } })
  const backup = await company.add('agent', 'Backup Robot')
  await db.user.update({ where: { id: backup.id }, data: { kind: 'service' } })
  await db.membership.updateMany({ where: { userId: backup.id }, data: { needsFullRead: true } })
  const portal = await newPortal()
  await portal.hold(await company.session(company.owner, { methods: ['pwd', 'otp'] }))
  await portal.open(`/admin/${company.slug}/security/reports`)
  await portal.link(t('nav.proof')).first().click()
  await expect(portal.heading(t('proof.heading', { tenant: 'Acme' }))).toBeVisible()
  await expect(portal.page.getByRole('main')).toContainText('Asia/Tokyo')
  await portal.sees(t('advanced.coverage', { enrolled: 0, people: 1 }))
  await expect(portal.page.getByRole('row', { name: /Ann Agent/ })).toContainText('Phone in repair')
  await expect(portal.page.getByRole('row', { name: /Ann Agent/ })).toContainText('Olga Owner')
  await expect(portal.page.getByRole('row', { name: /Backup Robot/ })).toContainText(t('proof.noReason'))
  await portal.sees(t('proof.noReport'))
  // The worker walks the chain of a company within a minute of its first entry.
  await expect
    .poll(
      async () => {
        await portal.page.reload()
        return portal.page.getByText(/^Verified today/).count()
      },
      { timeout: 80_000 },
    )
    .toBe(1)
  // What frames the page is not printed.
  await portal.page.emulateMedia({ media: 'print' })
  await expect(portal.page.getByRole('navigation')).toHaveCount(0)
  await expect(portal.heading(t('proof.policy'))).toBeVisible()
})

test('X11 S15: an agent finds no such page', async ({ company, newPortal }) => {
  const ann = await company.add('agent', 'Ann Agent')
  const portal = await newPortal()
  await portal.hold(await company.session(ann, { methods: ['pwd', 'mail'] }))
  expect((await portal.open(`/admin/${company.slug}/security/proof`))?.status()).toBe(404)
})
