import { LOCALE_NAMES, type Locale } from '../lib/i18n/locales'
import { translator } from '../lib/i18n/translate'
import type { Portal } from './support/portal'
import { expect, test } from './support/test'

function subjectOf(locale: Locale): string {
  return translator(locale)('mail.device_passcode.subject')
}

/** Pictures to look at, in test-results. */
function camera(portal: Portal, locale: Locale, path: (name: string) => string) {
  let pictures = 0
  return async (name: string) => {
    await portal.page.screenshot({ path: path(`${locale}-${++pictures}-${name}.png`), fullPage: true })
  }
}

for (const { locale, tag } of [
  { locale: 'de', tag: 'de-AT' },
  { locale: 'ja', tag: 'ja-JP' },
  { locale: 'ko', tag: 'ko-KR' },
] as const) {
  test(`X1: a browser that asks for ${tag} is led through sign-in, mail and enrolment in ${LOCALE_NAMES[locale]}`, async ({
    company,
    newPortal,
    installation,
  }, info) => {
    await company.require(['team'])
    const ann = await company.add('agent', 'Ann Agent')
    const t = translator(locale)
    const portal = await newPortal({ locale, context: { locale: tag } })
    const picture = camera(portal, locale, (name) => info.outputPath(name))
    const { page } = portal

    await portal.open('/sign-in')
    await expect(page.locator('html')).toHaveAttribute('lang', locale)
    await expect(portal.heading(t('signIn.title'))).toBeVisible()
    await picture('sign-in')
    await portal.givePassword({ ...ann, password: 'wrong' })
    await portal.sees(t('error.wrong_credentials'))
    await picture('wrong')
    await portal.givePassword(ann)
    await expect(portal.heading(t('device.title'))).toBeVisible()
    await picture('device')
    await portal.verifyDevice(ann, subjectOf(locale))
    expect(installation.mailbox(ann.email).all()[0]?.locale).toBe(locale)

    await expect(portal.heading(t('enroll.title'))).toBeVisible()
    await picture('choose')
    await portal.chooseApp()
    const app = await portal.scan(ann)
    await portal.givePasscode('000000')
    await portal.sees(t('error.setup_code_wrong'))
    await picture('connect')
    await portal.givePasscode(await app.next())
    await portal.readCodes()
    await picture('codes')
    await portal.keepCodes()
    await portal.isIn()
    await portal.open('/account/security')
    await expect(portal.heading(t('security.title'))).toBeVisible()
    await picture('security')
    await portal.signOut()
    await expect(page.locator('html')).toHaveAttribute('lang', locale)
  })
}

test('X1: a language chosen in the menu stays in this browser, and follows the person who chose it signed in', async ({
  company,
  newPortal,
}) => {
  const eve = await company.add('end_user', 'Eve End')
  const portal = await newPortal()
  const german = portal.reading(translator('de'))
  await portal.open('/sign-in')
  await portal.page.getByText(portal.words('common.language', { language: 'English' })).click()
  await portal.button('Deutsch').click()
  await expect(portal.page.locator('html')).toHaveAttribute('lang', 'de')
  await expect(german.heading(german.words('signIn.title'))).toBeVisible()
  await german.signIn(eve)
  await expect(german.heading(german.words('account.hello', { name: eve.name }))).toBeVisible()

  await german.page.getByText(german.words('common.language', { language: 'Deutsch' })).click()
  await german.button('한국어').click()
  const korean = portal.reading(translator('ko'))
  await expect(korean.heading(korean.words('account.hello', { name: eve.name }))).toBeVisible()
  await korean.signOut()

  const elsewhere = await newPortal()
  await elsewhere.signIn(eve)
  const there = elsewhere.reading(translator('ko'))
  await expect(there.heading(there.words('account.hello', { name: eve.name }))).toBeVisible()
})

test('the labels that other programs rely on are there in English', async ({ company, portal }) => {
  const ann = await company.add('agent', 'Ann Agent')
  await company.enrol(ann, { byThemself: true })
  await portal.open('/sign-in')
  await expect(portal.field('Email')).toBeVisible()
  await portal.field('Email').fill(ann.email)
  await portal.field('Password').fill(ann.password)
  await portal.button('Sign in').click()
  await expect(portal.field('Passcode')).toBeVisible()
  await expect(portal.button('Verify')).toBeVisible()
  await portal.page.getByRole('link', { name: 'Use a recovery code', exact: true }).click()
  await expect(portal.field('Recovery code')).toBeVisible()
})
