import { hash as bcrypt } from '@node-rs/bcrypt'
import { days } from '../lib/core/kernel/time'
import { formatTime, translator } from '../lib/i18n/translate'
import type { Company } from './support/company'
import type { Portal } from './support/portal'
import { expect, test } from './support/test'

const t = translator('en')
const PASSWORD = 'copper meadow under seven bridges'

async function asAdmin(company: Company, portal: Portal): Promise<void> {
  await portal.hold(await company.session(company.owner, { methods: ['pwd', 'otp'], steppedUp: true }))
}

function subjectFor(company: Company): string {
  return `Your account at ${company.tenant.name}`
}

async function invite(portal: Portal, company: Company, person: { email: string; name: string }): Promise<void> {
  await portal.open(`/admin/${company.slug}/people/invitations`)
  await portal.field(t('common.email')).fill(person.email)
  await portal.field(t('people.name')).fill(person.name)
  await portal.button(t('invite.send')).first().click()
  await portal.sees(t('invite.notice.sent'))
}

test('R10 R12: invited by mail, looked at twice, the password typed once, and in without a mail', async ({
  company,
  newPortal,
}) => {
  const [console_, hers, other] = [await newPortal(), await newPortal(), await newPortal()]
  const ines = { email: `ines@${company.slug}.example`, name: 'Ines Invited', password: PASSWORD }
  await asAdmin(company, console_)
  await console_.open(`/admin/${company.slug}/people/users`)
  await console_.link(t('invite.one')).click()
  await console_.sees(t('invite.none'))
  await invite(console_, company, ines)
  await console_.sees(t('invite.is.open'))
  await console_.field(t('common.email')).fill(company.owner.email)
  await console_.field(t('people.name')).fill('Olga Again')
  await console_.button(t('invite.send')).first().click()
  await console_.sees(t('error.address_taken'))

  const path = await hers.openMailed(ines.email, subjectFor(company))
  await expect(hers.heading(t('invitation.to', { tenant: company.tenant.name }))).toBeVisible()
  await other.open(path)
  await expect(other.heading(t('invitation.to', { tenant: company.tenant.name }))).toBeVisible()
  await hers.field(t('common.password')).fill('short')
  await hers.sees(t('invitation.thenIn'))
  await hers.button(t('common.continue')).click()
  await hers.sees(t('error.password_too_short', { minimum: 15 }))
  await hers.field(t('common.password')).fill(PASSWORD)
  await hers.button(t('common.continue')).click()
  await hers.isIn()
  expect(await hers.me()).toEqual({ email: ines.email, methods: ['pwd'] })

  await other.field(t('common.password')).fill(PASSWORD)
  await other.button(t('common.continue')).click()
  // Without script the page is made anew, and has nothing to show any more.
  await other.sees(t(other.script ? 'error.mail_link_dead' : 'invitation.dead'))
  await console_.open(`/admin/${company.slug}/people/users?q=ines`)
  await console_.sees(ines.name)
})

test('R10 S1: five screens in one sitting: password, choose, connect, keep a way back, done', async ({
  company,
  newPortal,
}) => {
  const [console_, hers] = [await newPortal(), await newPortal()]
  const enno = { email: `enno@${company.slug}.example`, name: 'Enno End' }
  await company.require(['end'])
  await asAdmin(company, console_)
  await console_.open(`/admin/${company.slug}/people/invitations`)
  await console_.field(t('people.role')).selectOption('end_user')
  await console_.field(t('common.email')).fill(enno.email)
  await console_.field(t('people.name')).fill(enno.name)
  await console_.button(t('invite.send')).first().click()
  await console_.sees(t('invite.notice.sent'))

  const step = (current: number) => hers.sees(t('enroll.step', { current, total: 5 }))
  await hers.openMailed(enno.email, subjectFor(company))
  await step(1)
  await hers.sees(t('invitation.thenEnrol'))
  await hers.field(t('common.password')).fill(PASSWORD)
  await hers.button(t('common.continue')).click()
  await hers.isAt('/sign-in/enroll')
  await step(2)
  expect(await hers.me()).toBeNull()
  await hers.chooseApp()
  await step(3)
  await hers.connect(enno)
  await step(4)
  expect(await hers.me()).toBeNull()
  await hers.keepCodes()
  await hers.isAt('/sign-in/done')
  await step(5)
  await expect(hers.heading(t('done.title'))).toBeVisible()
  await hers.link(t('done.to.account')).click()
  await hers.isAt('/account')
  expect(await hers.me()).toEqual({ email: enno.email, methods: ['pwd', 'otp'] })
})

test('R10 S26: a new account takes the place of no session that its page did not show', async ({
  company,
  newPortal,
}) => {
  const [console_, shared] = [await newPortal(), await newPortal()]
  const ida = { email: `ida@${company.slug}.example`, name: 'Ida Invited' }
  await asAdmin(company, console_)
  await invite(console_, company, ida)
  await shared.openMailed(ida.email, subjectFor(company))
  await shared.whenReady(shared.field(t('common.password')))
  await shared.hold(await company.session(company.owner))
  await shared.field(t('common.password')).fill(PASSWORD)
  await shared.button(t('common.continue')).click()
  await shared.sees(t('link.openSwitches', { name: company.owner.name, email: ida.email }))
  expect((await shared.me())?.email).toBe(company.owner.email)
  await shared.field(t('common.password')).fill(PASSWORD)
  await shared.button(t('common.continue')).click()
  await shared.isIn()
  expect((await shared.me())?.email).toBe(ida.email)
})

test('R10: an invitation withdrawn, or sent again, leaves a dead link that says what to do', async ({
  company,
  newPortal,
}) => {
  const [console_, his] = [await newPortal(), await newPortal()]
  const ivo = { email: `ivo@${company.slug}.example`, name: 'Ivo Invited' }
  await asAdmin(company, console_)
  await invite(console_, company, ivo)
  const first = await his.openMailed(ivo.email, subjectFor(company))
  await console_.button(t('invite.againTo', { email: ivo.email })).click()
  await console_.sees(t('invite.notice.sent'))
  await his.open(first)
  await his.sees(t('invitation.dead'))
  const second = await his.openMailed(ivo.email, subjectFor(company))
  await expect(his.heading(t('invitation.to', { tenant: company.tenant.name }))).toBeVisible()
  await console_.button(t('invite.withdrawOf', { email: ivo.email })).click()
  await console_.sees(t('invite.notice.withdrawn'))
  await his.open(second)
  await his.sees(t('invitation.dead'))
})

test('R10 P8: reminded half-way, in by the link of the reminder; the page says when, and when the next one is', async ({
  company,
  newPortal,
}) => {
  const [console_, hers] = [await newPortal(), await newPortal()]
  const rita = { email: `rita@${company.slug}.example`, name: 'Rita Reminded' }
  await asAdmin(company, console_)
  await invite(console_, company, rita)
  const first = await hers.openMailed(rita.email, subjectFor(company))
  const { db } = company.stage
  const now = Date.now()
  const [sentAt, expiresAt] = [new Date(now - days(4)), new Date(now + days(3))]
  const times = { sentAt, expiresAt, remindAt: new Date(now - days(1)) }
  await db.invitation.updateMany({ where: { email: rita.email }, data: times })
  const link = await hers.openMailed(rita.email, `Your invitation to ${company.tenant.name} is waiting for you`)
  expect(link).not.toBe(first)
  await console_.open(`/admin/${company.slug}/people/invitations`)
  await console_.link(rita.name).click()
  await console_.sees(t('invite.mailed.title'))
  await console_.sees(formatTime('en', new Date(expiresAt.getTime() - days(1))))
  await hers.field(t('common.password')).fill(PASSWORD)
  await hers.button(t('common.continue')).click()
  await hers.isIn()
  const other = await newPortal()
  await other.open(first)
  await other.sees(t('invitation.dead'))
})

test('R10: the company says for how long invitations are valid, and the next one is', async ({
  company,
  newPortal,
}) => {
  const console_ = await newPortal()
  await asAdmin(company, console_)
  await console_.open(`/admin/${company.slug}/security/advanced/company`)
  await expect(console_.field(t('invite.validFor'))).toHaveValue('7')
  await expect(console_.field(t('invite.validFor')).locator('option')).toHaveCount(30)
  await console_.field(t('invite.validFor')).selectOption('21')
  await console_.button(t('company.invitesSave')).click()
  await console_.sees(t('company.invitesSaved'))
  await expect(console_.field(t('invite.validFor'))).toHaveValue('21')
  const uta = { email: `uta@${company.slug}.example`, name: 'Uta Usual' }
  await invite(console_, company, uta)
  const { sentAt, expiresAt } = await company.stage.db.invitation.findFirstOrThrow({ where: { email: uta.email } })
  expect(Number(expiresAt) - Number(sentAt)).toBe(days(21))
  await console_.open(`/admin/${company.slug}/security/audit`)
  const [actor, who] = [company.owner.name, company.tenant.name]
  await console_.sees(t('audit.did.company_changed', { actor, who }))
})

test('X8 X7: a file is checked, then brought in; refused rows are named, and a hash of another system signs in', async ({
  company,
  newPortal,
}) => {
  const [console_, hers] = [await newPortal(), await newPortal()]
  const [ada, bea] = [`ada@${company.slug}.example`, `bea@${company.slug}.example`]
  const file = [
    '\ufeffE-Mail;Name;Rolle;Passwort-Hash',
    `${ada};Ada Außerhalb;Agent;${await bcrypt(PASSWORD, { cost: 10 })}`,
    `${bea};Bea;Endbenutzer;`,
    'nobody at all;Carl;;',
  ].join('\r\n')
  await asAdmin(company, console_)
  await console_.open(`/admin/${company.slug}/people/users`)
  await console_.link(t('import.title')).click()
  await expect(console_.heading(t('import.title'))).toBeVisible()
  const send = async (text: string) => {
    await console_.field(t('import.choose')).setInputFiles({
      name: 'leute.csv',
      mimeType: 'text/csv',
      buffer: Buffer.from(text),
    })
    await console_.button(t('import.check')).click()
  }
  await send('Telephone\n1\n')
  await console_.sees(t('import.file.no_email_column'))
  await console_.button(t('import.drop')).click()
  await send(file)
  await console_.sees(t('import.outcome.added', { count: 1 }))
  await console_.sees(t('import.outcome.invited', { count: 1 }))
  await console_.sees(t('import.problem.not_an_address'))
  await console_.button(t('import.start', { count: 2 })).click()
  await expect(async () => {
    await console_.page.reload()
    await expect(console_.page.getByText(t('import.done'))).toBeVisible({ timeout: 1000 })
  }).toPass({ timeout: 30_000 })
  await console_.open(`/admin/${company.slug}/people/invitations?q=${encodeURIComponent(bea)}`)
  await console_.sees(t('invite.is.not_sent'))

  const adas = { email: ada, password: PASSWORD }
  await hers.signIn(adas)
  await hers.verifyDevice(adas)
  await hers.isIn()
})

test('X8 P9: what was recognised is shown and changed, and a role is asked for with what it means', async ({
  company,
  newPortal,
}) => {
  const console_ = await newPortal()
  const lines = [
    'Personalnr.;Name;Status;E-Mail',
    `1;Müller, Jörg;aktiv;joerg@${company.slug}.example`,
    `2;Öztürk, S?ren;gesperrt;soeren@${company.slug}.example`,
    '3;Vogel, Beate;aktiv;',
  ]
  await asAdmin(company, console_)
  await console_.open(`/admin/${company.slug}/people/import`)
  await expect(console_.link(t('import.sample'))).toHaveAttribute('href', '/samples/en.csv')
  await console_.field(t('import.choose')).setInputFiles({
    name: 'personal.csv',
    mimeType: 'text/csv',
    buffer: Buffer.from(lines.join('\r\n'), 'latin1'),
  })
  await console_.button(t('import.check')).click()
  await expect(console_.heading(t('import.whichRole', { count: 1 }))).toBeVisible()
  await console_.sees(t('import.means.end_user', { count: 1, required: 'no' }))
  await console_.sees(t('import.charset.windows-1252'))
  await console_.link(new RegExp(`^${t('import.filter.waiting')}`)).click()
  await console_.sees('Jörg Müller')
  await console_.sees(t('import.becoming.waiting'))
  await expect(console_.page.getByRole('radio', { checked: true })).toHaveCount(0)
  await console_.button(t('import.giveRole')).click()
  await console_.sees(t('error.no_role'))
  await console_.page.getByLabel(t('import.means.end_user', { count: 1, required: 'no' })).check()
  await console_.button(t('import.giveRole')).click()
  await console_.sees('Jörg Müller')
  await console_.sees(t('import.outcome.left_out', { count: 1 }))
  await console_.sees(t('import.lostLetter'))
  await console_.link(new RegExp(`^${t('import.filter.refused')}`)).click()
  await console_.sees(t('import.problem.required'))
  await console_.page.getByText(t('import.readElse')).click()
  await console_.field(t('import.takeSuspended')).check()
  await console_.field(t('import.roleOfRest')).selectOption('agent')
  await console_.button(t('import.readAgain')).click()
  await console_.sees(t('import.outcome.invited', { count: 2 }))
  await console_.sees(t('import.means.agent', { count: 2, required: 'no' }))
  await expect(console_.button(t('import.start', { count: 2 }))).toBeVisible()
})

test('X8 S29: people who are there change by a file once that was asked for, looked at and started', async ({
  company,
  newPortal,
}) => {
  const console_ = await newPortal()
  const ann = await company.add('agent', 'Ann Agent')
  const file = `Email,Role,Language\n${ann.email},end user,de\n${company.owner.email},admin,\n`
  await asAdmin(company, console_)
  await console_.open(`/admin/${company.slug}/people/import`)
  await console_.field(t('import.choose')).setInputFiles({
    name: 'roles.csv',
    mimeType: 'text/csv',
    buffer: Buffer.from(file),
  })
  await console_.button(t('import.check')).click()
  await console_.sees(t('import.becoming.differs'))
  await console_.sees(t('import.outcome.unchangeable', { count: 1 }))
  await expect(console_.button(t('import.startChanges', { changed: 1 }))).toHaveCount(0)
  await console_.button(t('import.update', { count: 1 })).click()
  await console_.sees(t('import.becoming.changed'))
  await console_.sees(t('import.problem.yourself'))
  await console_.link(new RegExp(`^${t('import.filter.changed')}`)).click()
  await console_.sees('Deutsch')
  await console_.button(t('import.startChanges', { changed: 1 })).click()
  await expect(async () => {
    await console_.page.reload()
    await expect(console_.page.getByText(t('import.done'))).toBeVisible({ timeout: 1000 })
  }).toPass({ timeout: 30_000 })
  await console_.open(`/admin/${company.slug}/people/users/${ann.id}`)
  await console_.sees(t('role.end_user'))
  await console_.sees('Deutsch')
})

test('S15: an agent reaches neither invitations nor files, and another company none of ours', async ({
  company,
  newPortal,
}) => {
  const ann = await company.add('agent', 'Ann Agent')
  const portal = await newPortal()
  await portal.hold(await company.session(ann, { methods: ['pwd', 'otp'], steppedUp: true }))
  for (const path of ['people/invitations', 'people/import', 'people/users']) {
    const answer = await portal.open(`/admin/${company.slug}/${path}`)
    expect(answer?.status()).toBe(404)
  }
})
