import { days, later } from '../lib/core/kernel/time'
import { dayIn } from '../lib/core/kernel/zones'
import { translator } from '../lib/i18n/translate'
import { expect, test } from './support/test'

const t = translator('en')

test('U8: a person becomes a service account, opens nothing, and is a person again at its end', async ({
  company,
  newPortal,
  installation,
}) => {
  await company.require(['team'])
  const ann = await company.add('agent', 'Ann Agent')
  const robot = await company.add('agent', 'Backup Robot')
  const [console_, its, mailed] = [await newPortal(), await newPortal(), await newPortal()]
  await its.hold(await company.session(robot, { methods: ['pwd', 'otp'] }))
  expect(await its.me()).not.toBeNull()
  await console_.hold(await company.session(company.owner, { methods: ['pwd', 'otp'], steppedUp: true }))
  const users = `/admin/${company.slug}/people/users`
  await console_.open(`${users}/${robot.id}`)
  await console_.link(t('act.menu.service')).click()
  await expect(console_.heading(t('act.title.service', { name: robot.name }))).toBeVisible()
  const { clock } = company.stage
  const day = dayIn('UTC', later(clock.now(), days(30)))
  await console_.field(t('act.until')).fill(day)
  await console_.field(t('act.reason')).fill('Nightly backup')
  await console_.button(t('act.menu.service')).click()
  await console_.sees(t('person.notice.service'))
  await expect(console_.page.getByRole('main')).toContainText(t('person.serviceDoes'))
  await expect(console_.page.getByRole('main')).toContainText('Nightly backup')
  await installation.mailbox(robot.email).next('Your account at Acme is a service account now')

  expect(await its.me()).toBeNull()
  await its.signIn(robot)
  await its.sees(t('error.wrong_credentials'))

  await console_.open(users)
  await console_.page.getByRole('link', { name: new RegExp(`^${t('people.status.service')}`) }).click()
  await expect(console_.page.getByRole('row', { name: /Backup Robot/ })).toBeVisible()
  await expect(console_.page.getByRole('row', { name: new RegExp(ann.name) })).toHaveCount(0)
  await console_.open(`/admin/${company.slug}/security/proof`)
  await expect(console_.page.getByRole('row', { name: /Backup Robot/ })).toContainText('Nightly backup')

  await console_.open(`${users}/${robot.id}/reset`)
  await expect(console_.heading(t('act.title.reset', { name: robot.name }))).toHaveCount(0)

  // Its time is over; nothing else happens.
  await company.stage.db.user.update({ where: { id: robot.id }, data: { serviceUntil: clock.now() } })
  await console_.open(`${users}/${robot.id}`)
  await console_.sees(t('why.path.enrol'))
  await expect(console_.page.getByRole('main')).not.toContainText(t('person.serviceDoes'))
  await mailed.open('/password')
  await mailed.field(t('common.email')).fill(robot.email)
  await mailed.button(t('password.send')).click()
  await installation.mailbox(robot.email).next('Set a new password')
})

test('U8: a day that may not be named is refused beside its field, and nothing typed is lost', async ({
  company,
  portal,
}) => {
  const robot = await company.add('agent', 'Backup Robot')
  await portal.hold(await company.session(company.owner, { methods: ['pwd', 'otp'], steppedUp: true }))
  await portal.open(`/admin/${company.slug}/people/users/${robot.id}/service`)
  const { clock } = company.stage
  const far = portal.field(t('act.until'))
  await far.evaluate?.((input) => input.removeAttribute('max')).catch(() => undefined)
  await far.fill(dayIn('UTC', later(clock.now(), days(400))))
  await portal.field(t('act.reason')).fill('Nightly backup')
  await portal.button(t('act.menu.service')).click()
  await portal.sees(t('error.service_until'))
  await expect(portal.field(t('act.reason'))).toHaveValue('Nightly backup')
  await far.fill(dayIn('UTC', later(clock.now(), days(40))))
  await portal.button(t('act.menu.service')).click()
  await portal.sees(t('person.notice.service'))

  await portal.link(t('act.menu.unservice')).click()
  await portal.button(t('act.menu.unservice')).click()
  await portal.sees(t('person.notice.person'))
})
