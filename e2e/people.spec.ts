import { LOCALES } from '../lib/i18n/locales'
import { translator } from '../lib/i18n/translate'
import { aGuest } from '../lib/testing/world'
import { Company, type Member } from './support/company'
import type { Portal } from './support/portal'
import { expect, test } from './support/test'

const t = translator('en')

async function asAdmin(company: Company, portal: Portal, who: Member = company.owner): Promise<void> {
  await portal.hold(await company.session(who, { methods: ['pwd', 'otp'], steppedUp: true }))
}

/** Chooses an act in the menu at the end of somebody's row. */
async function chooseAct(portal: Portal, person: Member, act: string): Promise<void> {
  await portal.page.getByLabel(t('people.actions', { name: person.name })).click()
  await portal.page.getByRole('link', { name: act, exact: true }).first().click()
}

test('R3 S11: a locked-out agent gets in by a code of an admin, enrols anew, and the old phone and sessions are dead', async ({
  company,
  newPortal,
  installation,
}) => {
  const ann = await company.add('agent', 'Ann Agent')
  const { app: oldPhone } = await company.enrol(ann, { byThemself: true })
  const [lost, console_, office] = [await newPortal(), await newPortal(), await newPortal()]
  await office.signIn(ann)
  await office.givePasscode(await oldPhone.next(), { trust: true })
  await office.isIn()

  await asAdmin(company, console_)
  await console_.open(`/admin/${company.slug}/people/users`)
  await expect(console_.heading(t('people.title'))).toBeVisible()
  await chooseAct(console_, ann, t('act.menu.code'))
  await console_.button(t('act.menu.code')).click()
  await console_.sees(t('error.required'))
  await console_.field(t('act.reason')).fill('New phone, called back on the landline')
  await console_.button(t('act.menu.code')).click()
  await console_.sees(t('act.codeOnce', { name: ann.name }))
  const code = (await console_.page.locator('code').textContent()) ?? ''
  expect(code).toMatch(/^[A-Z2-7]{4}(-[A-Z2-7]{4}){3}$/)
  installation.secrets.add('recovery code', code, code.replaceAll('-', ''))
  await installation.mailbox(ann.email).next('An admin created a recovery code for you')

  await lost.signIn(ann)
  await lost.useRecoveryCode(code)
  await expect(lost.heading(t('enroll.title'))).toBeVisible()
  const { app: newPhone } = await lost.enrol(ann)
  await lost.isIn()
  expect(await office.me()).toBeNull()
  await lost.signOut()
  await lost.signIn(ann)
  await lost.givePasscode(await oldPhone.next())
  await lost.sees(t('error.totp_wrong'))
  await lost.givePasscode(await newPhone.next())
  await lost.isIn()

  await console_.open(`/admin/${company.slug}/people/users/${ann.id}`)
  await console_.sees(t('event.issued_code_used'))
  await console_.sees(t('event.recovery_code_issued'))
  await expect(console_.page.getByRole('main')).not.toContainText(code)
})

test('R5 E9: an admin resets 2FA from the row menu; mail arrives, and the password alone does nothing', async ({
  company,
  newPortal,
  installation,
}) => {
  const ann = await company.add('agent', 'Ann Agent')
  const { app } = await company.enrol(ann, { byThemself: true })
  const [portal, hers] = [await newPortal(), await newPortal()]
  await hers.signIn(ann)
  await hers.givePasscode(await app.next(), { trust: true })
  await hers.isIn()

  await asAdmin(company, portal)
  await portal.open(`/admin/${company.slug}/people/users`)
  await chooseAct(portal, ann, t('act.menu.reset'))
  await expect(portal.heading(t('act.title.reset', { name: ann.name }))).toBeVisible()
  await portal.sees(ann.email)
  await portal.field(t('act.reason')).fill('Phone stolen')
  await portal.button(t('act.menu.reset')).click()
  await portal.sees(t('person.notice.reset', { email: ann.email }))
  await portal.sees(t('people.status.setup_required'))
  await installation.mailbox(ann.email).next('Your two-factor authentication was reset')

  expect(await hers.me()).toBeNull()
  // The trusted browser is asked all the same.
  await hers.signIn(ann)
  await hers.verifyDevice(ann)
  await hers.enrol(ann)
  await hers.isIn()
  await portal.open(`/admin/${company.slug}/people/users/${ann.id}`)
  await portal.sees(t('people.status.enrolled'))
})

test('E9 E6: whoever was reset and need not have 2FA turns it off, and the password alone signs in again', async ({
  company,
  newPortal,
}) => {
  const ann = await company.add('agent', 'Ann Agent')
  await company.enrol(ann)
  const [portal, hers] = [await newPortal(), await newPortal()]
  await asAdmin(company, portal)
  await portal.open(`/admin/${company.slug}/people/users/${ann.id}/reset`)
  await portal.field(t('act.reason')).fill('Phone stolen')
  await portal.button(t('act.menu.reset')).click()
  await portal.sees(t('person.notice.reset', { email: ann.email }))
  // Twice, for the browser is known after the first time.
  for (let times = 0; times < 2; times += 1) {
    await hers.signIn(ann)
    await hers.verifyDevice(ann)
    await hers.isIn()
    if (times === 0) await hers.signOut()
  }
  await hers.open('/account/security')
  await hers.page.getByText(t('security.turnOff')).first().click()
  await hers.button(t('security.turnOff')).click()
  await hers.sees(t('security.notice.turned_off'))
  await hers.signOut()
  await hers.signIn(ann)
  await hers.isIn()
  expect(await hers.me()).toEqual({ email: ann.email, methods: ['pwd'] })
})

test('R3: a name and a language are changed by an admin, and the person is told in the new one', async ({
  company,
  newPortal,
}) => {
  const ann = await company.add('agent', 'Ann Agent')
  const portal = await newPortal()
  await asAdmin(company, portal)
  await portal.open(`/admin/${company.slug}/people/users`)
  await chooseAct(portal, ann, t('act.menu.profile'))
  await portal.field(t('act.newName')).fill('Anna Umbenannt')
  await portal.field(t('invite.language')).selectOption('de')
  await portal.button(t('act.menu.profile')).click()
  await portal.sees(t('person.notice.profile'))
  await expect(portal.heading('Anna Umbenannt')).toBeVisible()
  const mail = await company.stage.db.outboxMessage.findFirstOrThrow({
    where: { userId: ann.id, template: 'profile_changed' },
  })
  expect(mail.locale).toBe('de')
})

test('R3: an older tab takes back nothing that a colleague changed, and says so where both changed the same', async ({
  company,
  newPortal,
}) => {
  const ann = await company.add('agent', 'Ann Agent')
  const [portal, other] = [await newPortal(), await newPortal()]
  for (const each of [portal, other]) {
    await asAdmin(company, each)
    await each.open(`/admin/${company.slug}/people/users/${ann.id}/profile`)
  }
  const save = async (by: Portal) => {
    await by.button(t('act.menu.profile')).click()
  }
  await other.field(t('act.newName')).fill('Anna Kollege')
  await save(other)
  await other.sees(t('person.notice.profile'))
  await portal.field(t('invite.language')).selectOption('de')
  await save(portal)
  await portal.sees(t('person.notice.profile'))
  await expect(portal.heading('Anna Kollege')).toBeVisible()

  for (const each of [portal, other]) await each.open(`/admin/${company.slug}/people/users/${ann.id}/profile`)
  await other.field(t('act.newName')).fill('Anna Zuerst')
  await save(other)
  await other.sees(t('person.notice.profile'))
  await portal.field(t('act.newName')).fill('Anna Zuletzt')
  await save(portal)
  await portal.sees(t('act.profileMeanwhile', { name: 'Anna Zuerst', language: 'Deutsch' }))
  await expect(portal.field(t('act.newName'))).toHaveValue('Anna Zuletzt')
  await save(portal)
  await portal.sees(t('person.notice.profile'))
  await expect(portal.heading('Anna Zuletzt')).toBeVisible()
})

test('suspended at once, found under its tab, and active again', async ({ company, newPortal }) => {
  const ann = await company.add('agent', 'Ann Agent')
  const [portal, hers] = [await newPortal(), await newPortal()]
  await hers.hold(await company.session(ann, { methods: ['pwd', 'mail'] }))
  expect(await hers.me()).not.toBeNull()
  await asAdmin(company, portal)
  await portal.open(`/admin/${company.slug}/people/users`)
  await chooseAct(portal, ann, t('act.menu.suspend'))
  await portal.field(t('act.reason')).fill('Left the company')
  await portal.button(t('act.menu.suspend')).click()
  await portal.sees(t('person.notice.suspended'))
  expect(await hers.me()).toBeNull()
  await hers.signIn(ann)
  await hers.sees(t('error.wrong_credentials'))

  await portal.open(`/admin/${company.slug}/people/users`)
  await expect(portal.link(ann.name)).toHaveCount(0)
  await portal.link(t('people.suspended')).click()
  await chooseAct(portal, ann, t('act.menu.reactivate'))
  await portal.button(t('act.menu.reactivate')).click()
  await portal.sees(t('person.notice.reactivated'))
  await hers.signIn(ann)
  await expect(hers.heading(t('device.title'))).toBeVisible()
})

test('U6: an admin ends the membership of a guest, who keeps account and session at home', async ({
  company,
  newPortal,
  installation: { stage, secrets },
}) => {
  const home = await Company.open(stage, secrets)
  const guest = await home.add('agent', 'Gus Guest')
  await aGuest(stage, company.tenant.id, guest.id, 'agent')
  const [portal, theirs] = [await newPortal(), await newPortal()]
  await theirs.hold(await company.session(guest, { methods: ['pwd', 'mail'] }))
  expect((await theirs.open(`/admin/${company.slug}`))?.status()).toBe(200)

  await asAdmin(company, portal)
  await portal.open(`/admin/${company.slug}/people/users/${guest.id}`)
  await expect(portal.link(t('act.menu.suspend'))).toHaveCount(0)
  await expect(portal.link(t('act.menu.membership'))).toBeVisible()
  await portal.open(`/admin/${company.slug}/people/users`)
  await chooseAct(portal, guest, t('act.menu.membership'))
  await expect(portal.heading(t('act.title.membership', { name: guest.name }))).toBeVisible()
  await portal.button(t('act.menu.membership')).click()
  await portal.sees(t('error.required'))
  await portal.field(t('act.reason')).fill('The project is over')
  await portal.button(t('act.menu.membership')).click()
  await portal.sees(t('people.membershipEnded'))
  await expect(portal.link(guest.name)).toHaveCount(0)
  expect((await portal.open(`/admin/${company.slug}/people/users/${guest.id}`))?.status()).toBe(404)

  expect((await theirs.open(`/admin/${company.slug}`))?.status()).toBe(404)
  expect((await theirs.open(`/admin/${home.slug}`))?.status()).toBe(200)
  const noted = await stage.db.auditEvent.findFirst({ where: { subjectId: guest.id, kind: 'membership_ended' } })
  expect(JSON.parse(noted?.data ?? '{}')).toEqual({ reason: 'The project is over' })
})

test('what was typed and chosen comes back from a step-up', async ({ company, newPortal }) => {
  const ann = await company.add('agent', 'Ann Agent')
  const { app } = await company.enrol(company.owner, { byThemself: true })
  const portal = await newPortal()
  await asAdmin(company, portal)
  const where = { where: { userId: company.owner.id } }
  for (const [act, fill, check] of [
    [
      'address',
      async () => {
        await portal.field(t('act.newAddress')).fill('ann.new@example.com')
        await portal.field(t('act.reason')).fill('Married')
      },
      async () => {
        await expect(portal.field(t('act.newAddress'))).toHaveValue('ann.new@example.com')
        await expect(portal.field(t('act.reason'))).toHaveValue('Married')
      },
    ],
    [
      'role',
      async () => {
        await portal.field(t('act.newRole')).selectOption('end_user')
      },
      async () => expect(portal.field(t('act.newRole'))).toHaveValue('end_user'),
    ],
    [
      'sessions',
      async () => portal.page.getByLabel(t('act.withDevices')).uncheck(),
      async () => expect(portal.page.getByLabel(t('act.withDevices'))).not.toBeChecked(),
    ],
    [
      'reset',
      async () => {
        await portal.page.getByLabel(t('act.withCode')).check()
        await portal.field(t('act.reason')).fill('Phone lost')
      },
      async () => {
        await expect(portal.page.getByLabel(t('act.withCode'))).toBeChecked()
        await expect(portal.field(t('act.reason'))).toHaveValue('Phone lost')
      },
    ],
  ] as const) {
    await portal.open(`/admin/${company.slug}/people/users/${ann.id}/${act}`)
    await fill()
    // Too long ago by the time the button is pressed.
    await company.stage.db.session.updateMany({ ...where, data: { steppedUpAt: null } })
    await portal.button(t(`act.menu.${act}`)).click()
    await portal.confirm(company.owner, app)
    await check()
  }
})

test('S8: a changed role holds at the next click; the last owner stays one', async ({ company, newPortal }) => {
  const [ann, olga] = [await company.add('agent', 'Ann Agent'), await company.add('owner', 'Otto Owner')]
  const [portal, hers] = [await newPortal(), await newPortal()]
  await hers.hold(await company.session(ann, { methods: ['pwd', 'mail'] }))
  expect((await hers.open(`/admin/${company.slug}/people/users`))?.status()).toBe(404)
  await asAdmin(company, portal)
  await portal.open(`/admin/${company.slug}/people/users/${ann.id}/role`)
  await portal.field(t('act.newRole')).selectOption({ label: t('role.admin') })
  await portal.button(t('act.menu.role')).click()
  await portal.sees(t('person.notice.role'))
  expect((await hers.open(`/admin/${company.slug}/people/users`))?.status()).toBe(200)

  await portal.open(`/admin/${company.slug}/people/users/${olga.id}/role`)
  await portal.field(t('act.newRole')).selectOption({ label: t('role.agent') })
  await portal.button(t('act.menu.role')).click()
  await portal.sees(t('person.notice.role'))
  // Nobody is offered anything for themself, and an admin nothing for an owner.
  await portal.open(`/admin/${company.slug}/people/users/${company.owner.id}`)
  await expect(portal.link(t('act.menu.role'))).toHaveCount(0)
  await hers.open(`/admin/${company.slug}/people/users/${company.owner.id}`)
  await expect(hers.link(t('act.menu.suspend'))).toHaveCount(0)
  expect((await hers.open(`/admin/${company.slug}/people/users/${company.owner.id}/suspend`))?.status()).toBe(404)
})

test('M4: found by the beginning of a name, surname or address, and by role and status', async ({
  company,
  portal,
}) => {
  const people = [
    await company.add('agent', 'Änne Müller'),
    await company.add('end_user', 'Carl Meyer'),
    await company.add('agent', 'Mei Tanaka'),
  ] as const
  await company.require(['team'])
  await company.enrol(people[2])
  await asAdmin(company, portal)
  const list = `/admin/${company.slug}/people/users`
  const name = new RegExp(`^(${people.map((each) => each.name).join('|')})$`)
  const shows = (names: string[]) => expect(portal.page.getByRole('main').getByRole('link', { name })).toHaveText(names)
  await portal.open(list)
  await portal.field(t('people.search')).fill('m')
  await portal.button(t('people.find')).click()
  await shows(['Mei Tanaka', 'Carl Meyer', 'Änne Müller'])
  await portal.field(t('people.search')).fill('anne')
  await portal.button(t('people.find')).click()
  await shows(['Änne Müller'])
  await portal.link(t('people.clear')).click()
  // The owner must set it up, too: the list says how many.
  await portal.link(new RegExp(`^${t('people.status.setup_required')}\\s*2$`)).click()
  await shows(['Änne Müller'])
  await portal.open(`${list}?status=enrolled`)
  await shows(['Mei Tanaka'])
  await portal.open(`${list}?role=end_user`)
  await shows(['Carl Meyer'])
  await portal.open(list)
  await expect(portal.page.getByRole('columnheader').first()).toHaveAttribute('aria-sort', 'ascending')
  await shows(['Änne Müller', 'Carl Meyer', 'Mei Tanaka'])
  await portal.page.getByRole('columnheader').first().getByRole('link').click()
  await expect(portal.page.getByRole('columnheader').first()).toHaveAttribute('aria-sort', 'descending')
  await shows(['Mei Tanaka', 'Carl Meyer', 'Änne Müller'])
  await portal.open(`${list}?q=nobody-at-all`)
  await portal.sees(t('people.none'))
})

test('M4: the first row stands within the first screen, at 1280 px and at 320', async ({ company, portal }) => {
  await asAdmin(company, portal)
  for (const [width, most] of [
    [1280, 400],
    [320, 700],
  ] as const) {
    await portal.page.setViewportSize({ width, height: 800 })
    await portal.open(`/admin/${company.slug}/people/users`)
    const row = await portal.page.locator('tbody tr').first().boundingBox()
    expect(row?.y).toBeLessThanOrEqual(most)
    if (width === 1280) expect(row?.height).toBeLessThanOrEqual(45)
  }
})

test('M4: two banners of the operator are a line each on a phone, and leave the first row within its first screen', async ({
  company,
  portal,
}) => {
  const { db, clock } = company.stage
  const now = clock.now()
  await db.outboxMessage.create({
    data: {
      userId: company.owner.id,
      tenantId: company.tenant.id,
      channel: 'email',
      recipient: company.owner.email,
      template: 'device_passcode',
      locale: 'en',
      createdAt: now,
      runAt: now,
      failedAt: now,
    },
  })
  await asAdmin(company, portal)
  await portal.page.setViewportSize({ width: 320, height: 800 })
  for (const language of LOCALES) {
    const words = translator(language)
    await db.user.update({ where: { id: company.owner.id }, data: { locale: language } })
    await portal.open(`/admin/${company.slug}/people/users`)
    for (const text of [words('nav.directoryMailShort'), words('messages.deadShort', { count: 1 })]) {
      const line = await portal.page.getByText(text, { exact: true }).boundingBox()
      expect(line?.height, text).toBeLessThanOrEqual(24)
    }
    const row = await portal.page.locator('tbody tr').first().boundingBox()
    expect(row?.y, language).toBeLessThanOrEqual(700)
  }
  await portal.link(translator('ko')('messages.deadShort', { count: 1 })).click()
  await expect(portal.heading(translator('ko')('messages.title'))).toBeVisible()
})

test('S15: agents and end users find none of it, and an owner nobody of another company', async ({
  company,
  newPortal,
  installation,
}) => {
  const agent = await company.add('agent', 'Ann Agent')
  const endUser = await company.add('end_user', 'Eve End')
  const first = await installation.stage.db.user.findFirstOrThrow({ where: { tenant: { slug: 'first' } } })
  for (const [person, path] of [
    [agent, `/admin/${company.slug}/people/users`],
    [endUser, `/admin/${company.slug}/people/users`],
    [agent, `/admin/${company.slug}/people/users/${endUser.id}`],
    [agent, `/admin/${company.slug}/people/users/${endUser.id}/reset`],
    [company.owner, '/admin/first/people/users'],
    [company.owner, `/admin/first/people/users/${first.id}`],
    [company.owner, `/admin/${company.slug}/people/users/${first.id}`],
    [company.owner, `/admin/${company.slug}/people/users/${first.id}/reset`],
    [company.owner, `/admin/${company.slug}/people/users/${company.owner.id}/reset`],
  ] as const) {
    const portal = await newPortal()
    await portal.hold(await company.session(person, { methods: ['pwd', 'otp'], steppedUp: true }))
    const answer = await portal.open(path)
    expect([path, answer?.status()]).toEqual([path, 404])
    await expect(portal.heading(t('notFound.title'))).toBeVisible()
  }
})

test('R11 S20: an e-mail factor does not follow an address that an admin gave: the page says until when, and a code helps', async ({
  company,
  newPortal,
}) => {
  const ann = await company.add('agent', 'Ann Agent')
  await company.require(['team'])
  const [console_, hers] = [await newPortal(), await newPortal()]
  const codes = await hers.enrolByMail(ann)
  await hers.signOut()
  const email = `ann.married@${company.slug}.example`
  await asAdmin(company, console_)
  await console_.open(`/admin/${company.slug}/people/users`)
  await chooseAct(console_, ann, t('act.menu.address'))
  await console_.field(t('act.newAddress')).fill(email)
  await console_.button(t('act.menu.address')).click()
  await console_.sees(t('error.required'))
  await console_.field(t('act.reason')).fill('Married')
  await console_.button(t('act.menu.address')).click()
  await console_.sees(t('person.notice.address'))

  await hers.signIn({ ...ann, email })
  await hers.sees(t('verify.noneTitle'))
  await hers.sees(t('verify.addressNew', { when: '|' }).split('|')[0] ?? '')
  await expect(hers.field(t('common.passcode'))).toHaveCount(0)
  await hers.useRecoveryCode(codes[0] ?? '')
  await hers.button(t('verify.notAtHand')).click()
  await hers.isIn()
  // Nor does the mailbox prove a change.
  await hers.open('/account/security/address')
  await hers.sees(t('reauth.noneIntro'))
})
