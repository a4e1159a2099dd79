import { translator } from '../lib/i18n/translate'
import { Company } from './support/company'
import { startMailServer, startSilence } from './support/mail-server'
import { freePort } from './support/server'
import { expect, type Installation, test } from './support/test'

const t = translator('en')

const settings = (port: number) => ({
  MAIL_TRANSPORT: 'smtp',
  SMTP_URL: `smtp://127.0.0.1:${port}`,
  MAIL_FROM: 'Acme sign-in <login@example.com>',
})

async function aCompany(installation: Installation) {
  const company = await Company.open(installation.stage, installation.secrets)
  return { company, ann: await company.add('agent', 'Ann Agent') }
}

const passcodeIn = (text: string | undefined) => /^(\d{6})$/m.exec(text ?? '')?.[1] ?? ''

test('D5 S23: the passcode comes by a mail server, to one recipient, and lets in', async ({
  newInstallation,
  newPortal,
}) => {
  const port = await freePort()
  const mails = await startMailServer(port)
  try {
    const installation = await newInstallation(settings(port))
    const { ann } = await aCompany(installation)
    const portal = await newPortal({ installation })
    await portal.signIn(ann)
    await expect(portal.heading(t('device.title'))).toBeVisible()
    await expect.poll(() => mails.taken.length).toBe(1)
    const [{ to, mail } = { to: [], mail: undefined }] = mails.taken
    expect(to).toEqual([ann.email])
    expect(mail).toMatchObject({
      subject: 'Your verification passcode',
      from: { name: 'Acme sign-in', address: 'login@example.com' },
      to: [{ address: ann.email }],
    })
    const code = passcodeIn(mail?.text)
    expect(mail?.html).toContain(code)
    installation.secrets.add('passcode', code)
    await portal.givePasscode(code)
    await portal.isIn()
  } finally {
    await mails.stop()
  }
})

test('with a mail server that says nothing the page answers all the same, and the mail comes when it is back', async ({
  newInstallation,
  newPortal,
}) => {
  // Ten seconds of silence, and half a minute to the next try.
  test.setTimeout(180_000)
  const silence = await startSilence()
  const installation = await newInstallation(settings(silence.port))
  const { company, ann } = await aCompany(installation)
  const portal = await newPortal({ installation })
  await portal.signIn(ann)
  await expect(portal.heading(t('device.title'))).toBeVisible()
  await expect.poll(silence.connections).toBe(1)
  const row = () => installation.stage.db.outboxMessage.findFirstOrThrow({ where: { userId: ann.id } })
  await expect.poll(async () => (await row()).lastError, { timeout: 30_000 }).not.toBeNull()
  expect(await row()).toMatchObject({ tries: 1, sentAt: null, failedAt: null })

  const owner = await newPortal({ installation })
  await owner.hold(await company.session(company.owner, { methods: ['pwd', 'otp'], steppedUp: true }))
  await owner.open(`/admin/${company.slug}/security/messages`)
  await owner.sees(t('messages.retried'))
  await owner.sees(ann.email)
  await expect(owner.page.getByText(t('messages.dead'), { exact: true })).toHaveCount(0)

  await silence.stop()
  const mails = await startMailServer(silence.port)
  try {
    await expect.poll(() => mails.taken.length, { timeout: 60_000 }).toBe(1)
    const code = passcodeIn(mails.taken[0]?.mail.text)
    installation.secrets.add('passcode', code)
    await portal.givePasscode(code)
    await portal.isIn()
    await owner.open(`/admin/${company.slug}/security/messages`)
    await owner.sees(t('messages.none'))
  } finally {
    await mails.stop()
  }
})

test('S13: a mail that its server refuses for good is told of on the page that waits for it, and in the console: to whom and why, and nothing of its text', async ({
  newInstallation,
  newPortal,
}) => {
  const port = await freePort()
  const mails = await startMailServer(port)
  try {
    const installation = await newInstallation(settings(port))
    const { company, ann } = await aCompany(installation)
    const owner = await newPortal({ installation })
    await owner.hold(await company.session(company.owner, { methods: ['pwd', 'otp'], steppedUp: true }))
    await owner.open(`/admin/${company.slug}/security/messages`)
    await owner.sees(t('messages.none'))

    await mails.refuse(ann.email)
    const portal = await newPortal({ installation })
    await portal.signIn(ann)
    await expect(portal.heading(t('device.title'))).toBeVisible()
    const { db } = installation.stage
    await expect.poll(() => db.outboxMessage.count({ where: { userId: ann.id, failedAt: { not: null } } })).toBe(1)
    expect(mails.taken).toEqual([])
    // Whoever waits for it is told, with ways to go on.
    await portal.page.reload()
    await portal.sees(t('common.passcodeRefused'))
    await expect(portal.page.getByRole('link', { name: t('device.useIssued') })).toBeVisible()

    await owner.open(`/admin/${company.slug}`)
    await owner.link(t('messages.see')).click()
    await owner.isAt(`/admin/${company.slug}/security/messages`)
    await owner.sees(t('messages.dead'))
    const list = owner.page.getByRole('main')
    await expect(list).toContainText(ann.email)
    await expect(list).toContainText(t('messages.trouble.rejected', { code: 'SMTP_550' }))
    expect(await list.textContent()).not.toMatch(/\b\d{6}\b/)

    const other = await Company.open(installation.stage, installation.secrets, { name: 'Other' })
    const stranger = await newPortal({ installation })
    await stranger.hold(await other.session(other.owner, { methods: ['pwd', 'otp'], steppedUp: true }))
    await stranger.open(`/admin/${other.slug}/security/messages`)
    await stranger.sees(t('messages.none'))
    await expect(stranger.page.getByRole('main')).not.toContainText(ann.email)
  } finally {
    await mails.stop()
  }
})
