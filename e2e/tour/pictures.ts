import { join } from 'node:path'
import type { Page } from '@playwright/test'
import { sealEvents } from '../../lib/audit/chain/service'
import { recordEvent } from '../../lib/audit/service'
import { days, earlier, hours, later, seconds } from '../../lib/core/kernel/time'
import { setRules } from '../../lib/testing/policy'
import { Company, type Member } from '../support/company'
import { expect, test } from '../support/test'

const docs = join(import.meta.dirname, '..', '..', 'docs')
const WIDE = { width: 1280, height: 800 }

const FIRST =
  'Ann Ben Chloe David Emma Finn Grace Hugo Ida Jonas Katja Leo Mia Noah Olivia Paul Quinn Rosa Sam Tara'.split(' ')
const LAST = 'Lee Meyer Tanaka'.split(' ')
const ENROLLED = 34
const WITHOUT_CODES = 5

async function keep(page: Page, name: string, { fullPage = false } = {}): Promise<void> {
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
  await page.screenshot({ path: join(docs, name), fullPage, animations: 'disabled' })
}

/** Sixty people by Wednesday: more than half are done, the day is set. */
test('the tour of README', async ({ newInstallation, newPortal }) => {
  // The first company of an installation gives the sign-in page its name.
  const installation = await newInstallation({}, { empty: true })
  const { stage, secrets, mailbox } = installation
  const company = await Company.open(stage, secrets, { name: 'Acme Travel', slug: 'acme' })
  const owner = await company.enrol(company.owner)
  const people: Member[] = []
  for (const last of LAST) {
    for (const [index, first] of FIRST.entries()) {
      people.push(await company.add(index % 4 === 3 ? 'end_user' : index === 0 ? 'admin' : 'agent', `${first} ${last}`))
    }
  }
  for (const [index, person] of people.slice(0, ENROLLED).entries()) {
    await company.enrol(person)
    if (index >= WITHOUT_CODES) continue
    await stage.db.recoveryCode.deleteMany({ where: { userId: person.id } })
    await stage.db.membership.updateMany({ where: { userId: person.id }, data: { atRisk: true } })
  }
  const now = stage.clock.now()
  await company.require(['team', 'end'], earlier(now, days(2)))
  const deadline = later(now, days(12))
  await setRules(stage.db, company.tenant.id, {
    team: { deadline, firstRequiredAt: earlier(now, days(2)) },
    end: { deadline, firstRequiredAt: earlier(now, days(2)) },
  })
  await stage.db.user.updateMany({ data: { createdAt: earlier(now, days(40)) } })
  for (const [index, { id }] of people.slice(0, ENROLLED).entries()) {
    const at = earlier(now, hours(index + 1))
    await stage.db.user.update({ where: { id }, data: { lastSignInAt: at, lastSecondFactorAt: at } })
  }

  // A person who starts today.
  const starter = await company.add('agent', 'Nora Newman')
  await setRules(stage.db, company.tenant.id, { team: { deadline: null } })
  const hers = await newPortal({ installation, context: { viewport: { width: 760, height: 900 } } })
  await hers.signIn(starter)
  await hers.verifyDevice(starter)
  await hers.chooseApp()
  await expect(hers.page.locator('input[name=code], input[autocomplete=one-time-code]').first()).toBeVisible()
  await keep(hers.page, 'enrolment.png', { fullPage: true })
  await setRules(stage.db, company.tenant.id, { team: { deadline } })
  await signIns(company, people.slice(0, 12))
  expect(mailbox(starter.email).all().length).toBeGreaterThan(0)

  const console_ = await newPortal({ installation, context: { viewport: WIDE } })
  await console_.hold(await company.session(company.owner, { methods: ['pwd', 'otp'], steppedUp: true }))
  const here = `/admin/${company.slug}`
  const pages = [
    ['overview.png', here, WIDE.height],
    ['console.png', `${here}/security/advanced`, 1330],
    ['users.png', `${here}/people/users`, WIDE.height],
    ['person.png', `${here}/people/users/${people[0]?.id}`, WIDE.height],
    ['audit.png', `${here}/security/audit`, WIDE.height],
  ] as const
  for (const [name, path, height] of pages) {
    await console_.page.setViewportSize({ ...WIDE, height })
    await console_.open(path)
    await keep(console_.page, name)
  }
  expect(owner.codes).toHaveLength(10)
})

/** What a morning leaves in the log. */
async function signIns({ stage, tenant }: Company, people: readonly Member[]): Promise<void> {
  const now = stage.clock.now()
  for (const [index, { id, name }] of people.entries()) {
    const at = earlier(now, seconds(people.length - index) / 10)
    const inThePast = { ...stage, clock: { now: () => at } }
    await recordEvent(inThePast, {
      tenantId: tenant.id,
      kind: index % 5 === 4 ? 'sign_in_failed' : 'sign_in_succeeded',
      actor: { kind: 'user', id, name },
      subject: { id, name },
      factorType: 'totp',
      request: { address: `192.0.2.${10 + index}`, userAgent: null, requestId: null },
      data: index % 5 === 4 ? { triesUsed: false } : { methods: 'pwd otp' },
    })
  }
  await sealEvents(stage, 1000)
}
