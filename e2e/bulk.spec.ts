import { newId } from '../lib/core/kernel/ids'
import { translator } from '../lib/i18n/translate'
import type { Company, Member } from './support/company'
import type { Portal } from './support/portal'
import { expect, test } from './support/test'

const t = translator('en')

async function asAdmin(company: Company, portal: Portal, who: Member = company.owner): Promise<void> {
  await portal.hold(await company.session(who, { methods: ['pwd', 'otp'], steppedUp: true }))
}

async function invited(company: Company, names: readonly string[]): Promise<void> {
  const { stage, tenant } = company
  const createdAt = stage.clock.now()
  const data = names.map((name) => ({
    id: newId(createdAt, stage.random),
    tenantId: tenant.id,
    email: `${name.toLowerCase()}@${company.slug}.example`,
    name,
    role: 'end_user' as const,
    locale: 'en',
    createdAt,
  }))
  await stage.db.invitation.createMany({ data })
}

async function choose(portal: Portal, choice: string, reach: string): Promise<void> {
  await portal.page.getByText(t('bulk.for')).click()
  await portal.field(t('bulk.what')).selectOption({ label: choice })
  await portal.field(reach).check()
  await portal.button(t('bulk.next')).click()
}

async function finished(portal: Portal): Promise<void> {
  await expect(async () => {
    await portal.page.reload()
    await expect(portal.page.getByText(t('bulk.finished'))).toBeVisible({ timeout: 1000 })
  }).toPass({ timeout: 30_000 })
}

test('X7 R10: ticked invitations are sent once the page that counts them is confirmed, and all of a list withdrawn', async ({
  company,
  newPortal,
  installation,
}) => {
  const portal = await newPortal()
  await asAdmin(company, portal)
  await invited(company, ['Ada', 'Bea', 'Cem'])
  await portal.open(`/admin/${company.slug}/people/invitations`)
  await choose(portal, t('bulk.act.send'), t('bulk.picked'))
  await portal.sees(t('error.nothing_picked'))
  await portal.open(`/admin/${company.slug}/people/invitations`)
  await portal.field(t('bulk.pick', { name: 'Ada' })).check()
  await portal.field(t('bulk.pick', { name: 'Cem' })).check()
  await choose(portal, t('bulk.act.send'), t('bulk.picked'))
  await expect(portal.heading(t('bulk.act.send'))).toBeVisible()
  await portal.sees(t('bulk.outcome.open', { count: 2 }))
  await portal.button(t('bulk.confirm', { count: 2 })).click()
  await finished(portal)
  await portal.sees(t('bulk.outcome.done', { count: 2 }))
  for (const name of ['ada', 'cem']) {
    await installation.mailbox(`${name}@${company.slug}.example`).next(`Your account at ${company.tenant.name}`)
  }

  await portal.link(t('bulk.toInvitations')).click()
  await choose(portal, t('bulk.act.withdraw'), t('bulk.allOf', { count: 3 }))
  await portal.sees(t('bulk.outcome.open', { count: 3 }))
  await portal.button(t('bulk.confirm', { count: 3 })).click()
  await finished(portal)
  await portal.open(`/admin/${company.slug}/people/invitations`)
  await portal.sees(t('invite.none'))
  await portal.open(`/admin/${company.slug}/security/audit`)
  await portal.sees(t('audit.says.bulk_done', { who: company.owner.name }))
})

test('X7 N22: a proof that ran out on the way leads back to the same choice, and nobody who was ticked is lost', async ({
  company,
  newPortal,
}) => {
  const portal = await newPortal()
  const { app } = await company.enrol(company.owner)
  await asAdmin(company, portal)
  await invited(company, ['Ada', 'Bea'])
  await portal.open(`/admin/${company.slug}/people/invitations`)
  await portal.field(t('bulk.pick', { name: 'Bea' })).check()
  await choose(portal, t('bulk.act.withdraw'), t('bulk.picked'))
  await portal.sees(t('bulk.outcome.open', { count: 1 }))
  await company.stage.db.session.updateMany({ where: { userId: company.owner.id }, data: { steppedUpAt: null } })
  await portal.button(t('bulk.confirm', { count: 1 })).click()
  await portal.isAt('/reauthenticate')
  await portal.givePasscode(await app.next())
  await portal.sees(t('bulk.outcome.open', { count: 1 }))
  await portal.button(t('bulk.confirm', { count: 1 })).click()
  await finished(portal)
  const left = await company.stage.db.invitation.findMany({ where: { tenantId: company.tenant.id } })
  expect(left.map(({ name }) => name)).toEqual(['Ada'])
})

test('X7 S15: a choice of another admin, or of another company, is not there', async ({ company, newPortal }) => {
  const [portal, other] = [await newPortal(), await newPortal()]
  const ann = await company.add('admin', 'Ann Admin')
  await asAdmin(company, portal)
  await asAdmin(company, other, ann)
  await invited(company, ['Ada'])
  await portal.open(`/admin/${company.slug}/people/invitations`)
  await choose(portal, t('bulk.act.withdraw'), t('bulk.allOf', { count: 1 }))
  await portal.sees(t('bulk.outcome.open', { count: 1 }))
  const path = new URL(portal.page.url()).pathname
  expect((await other.open(path))?.status()).toBe(404)
  await portal.button(t('bulk.drop')).click()
  await portal.sees('Ada')
  expect((await portal.open(path))?.status()).toBe(404)
})

test('X7 R3: a ticked person gets a role, of all of a filter sessions end, and who is left out is named', async ({
  company,
  newPortal,
}) => {
  const portal = await newPortal()
  await asAdmin(company, portal)
  const [cem, dan] = [await company.add('end_user', 'Cem End'), await company.add('end_user', 'Dan End')]
  for (const each of [cem, dan]) await company.session(each)
  const { db } = company.stage
  const open = () => db.session.count({ where: { userId: { in: [cem.id, dan.id] }, endedAt: null } })
  const users = `/admin/${company.slug}/people/users`
  await portal.open(users)
  await portal.field(t('bulk.pick', { name: cem.name })).check()
  await portal.field(t('bulk.pick', { name: company.owner.name })).check()
  await choose(portal, t('bulk.act.role', { to: t('role.agent') }), t('bulk.picked'))
  await portal.sees(t('bulk.outcome.open', { count: 1 }))
  await portal.sees(t('bulk.outcome.self', { count: 1 }))
  await portal.button(t('bulk.confirm', { count: 1 })).click()
  await finished(portal)
  await portal.sees(t('bulk.outcome.done', { count: 1 }))
  const roles = await db.membership.findMany({
    where: { userId: { in: [cem.id, dan.id] } },
    orderBy: { userId: 'asc' },
  })
  expect(roles.map(({ role }) => role)).toEqual(['agent', 'end_user'])

  await portal.link(t('bulk.toUsers')).click()
  await portal.isAt(users)
  await portal.open(`${users}?type=end`)
  await choose(portal, t('bulk.act.end_sessions'), t('bulk.allOf', { count: 1 }))
  await portal.button(t('bulk.confirm', { count: 1 })).click()
  await finished(portal)
  expect(await open()).toBe(1)
  await portal.open(users)
  await choose(portal, t('bulk.act.end_sessions'), t('bulk.page', { count: 3 }))
  await portal.sees(t('bulk.is.self'))
  await portal.button(t('bulk.confirm', { count: 2 })).click()
  await finished(portal)
  expect(await open()).toBe(0)
})
