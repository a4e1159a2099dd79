import { execFileSync } from 'node:child_process'
import { expect, type Locator, type Page, type Response, type TestInfo } from '@playwright/test'
import type { Translate } from '../../lib/i18n/translate'
import { Authenticator } from './authenticator'
import type { Mailbox } from './mailbox'
import type { Secrets } from './secrets'

export interface PortalSetup {
  page: Page
  url: string
  words: Translate
  /** Whether this browser runs script. */
  script: boolean
  secrets: Secrets
  info: TestInfo
  mailbox: (address: string) => Mailbox
  rewind: (address: string) => Promise<void>
}

/** A person at one browser: what they see, read and type, by role and label alone. */
export class Portal {
  readonly page: Page
  /** Errors of the console and of scripts, refused documents apart. */
  readonly complaints: string[] = []
  #pictures = 0

  constructor(private readonly setup: PortalSetup) {
    this.page = setup.page
    this.page.on('pageerror', (error) => this.complaints.push(error.message))
    this.page.on('console', (message) => {
      // A page that says 403 or 429 on purpose is an error to the console as well.
      const refused = /^Failed to load resource: the server responded with a status of (4\d\d|503) /
      if (message.type() === 'error' && !refused.test(message.text())) this.complaints.push(message.text())
      if (message.type() === 'warning' && /policy/i.test(message.text())) this.complaints.push(message.text())
    })
  }

  get words(): Translate {
    return this.setup.words
  }

  get script(): boolean {
    return this.setup.script
  }

  /** The same person at the same browser, who now reads another language. */
  reading(words: Translate): Portal {
    return new Portal({ ...this.setup, words })
  }

  open(path: string): Promise<Response | null> {
    return this.page.goto(`${this.setup.url}${path}`)
  }

  /** The same person at the same browser, at another instance of the installation. */
  at(url: string): Portal {
    return new Portal({ ...this.setup, url })
  }

  field(label: string): Locator {
    return this.page.getByLabel(label, { exact: true })
  }

  button(name: string | RegExp): Locator {
    return this.page.getByRole('button', { name, exact: typeof name === 'string' })
  }

  link(name: string | RegExp): Locator {
    return this.page.getByRole('link', { name, exact: typeof name === 'string' })
  }

  /** One of the cards that say how a second proof is given; the one of text messages leads to another page. */
  async chooseKind(name: string): Promise<void> {
    // Its name stands first on a card; on the page before there may be a link that only has the word in it.
    const card = { name: new RegExp(`^${name.replace(/[()]/g, '\\$&')}`) }
    await this.page.getByRole('button', card).or(this.page.getByRole('link', card)).click()
  }

  heading(name: string): Locator {
    return this.page.getByRole('heading', { name, exact: true })
  }

  async sees(text: string): Promise<void> {
    await expect(this.page.getByText(text).filter({ visible: true }).first()).toBeVisible()
  }

  async isAt(path: string | RegExp): Promise<void> {
    const wanted =
      typeof path === 'string' ? (url: URL) => url.pathname === path : (url: URL) => path.test(url.pathname)
    await this.page.waitForURL(wanted)
  }

  /** Signed in: only then can one sign out. */
  async isIn(): Promise<void> {
    await expect(this.button(this.words('common.signOut')).first()).toBeVisible()
  }

  // ——— signing in ———

  /** The password step from its page. */
  async signIn(person: { email: string; password: string }): Promise<void> {
    await this.open('/sign-in')
    await this.givePassword(person)
  }

  async givePassword({ email, password }: { email: string; password: string }): Promise<void> {
    await this.field(this.words('common.email')).fill(email)
    await this.field(this.words('common.password')).fill(password)
    await this.button(this.words('signIn.submit')).click()
  }

  /** The box above the passcode (D1). */
  trustBox(days: number): Locator {
    return this.field(this.words('verify.trust', { days }))
  }

  /** With script a full passcode sends itself. The box above it is left unticked unless it is wanted. */
  async givePasscode(code: string, { trust = false } = {}): Promise<void> {
    const field = this.field(this.words('common.passcode'))
    const verify = this.button(this.words('common.verify'))
    await this.whenReady(field)
    const box = this.page.getByRole('checkbox')
    if ((await box.count()) > 0) await box.setChecked(trust)
    // While an answer is awaited the button says so, and a passcode would not send itself.
    await expect(verify).toBeVisible()
    if (!this.script) {
      await field.fill(code)
      await verify.click()
      return
    }
    const answered = this.page.waitForResponse((response) => response.request().method() === 'POST')
    await field.fill(code)
    await answered
  }

  /** Passcode from the mail, on the page that verifies this computer. */
  async verifyDevice(person: { email: string }, subject = 'Your verification passcode'): Promise<string> {
    await expect(this.heading(this.words('device.title'))).toBeVisible()
    const code = await this.setup.mailbox(person.email).passcode(subject)
    await this.givePasscode(code)
    return code
  }

  /** Takes the next passcode out of the mailbox without using it. */
  readMail(person: { email: string }, subject = 'Your verification passcode'): Promise<string> {
    return this.setup.mailbox(person.email).passcode(subject)
  }

  async useRecoveryCode(code: string): Promise<void> {
    await this.page.getByRole('link', { name: this.words('verify.useRecovery') }).click()
    await this.field(this.words('verify.recoveryCode')).fill(code)
    await this.button(this.words('common.verify')).click()
  }

  async signOut(): Promise<void> {
    await this.button(this.words('common.signOut')).first().click()
    await this.sees(this.words('signIn.notice.signed_out'))
  }

  async startOver(): Promise<void> {
    await this.button(this.words('common.startOver')).click()
    await this.isAt('/sign-in')
  }

  /** A text message to this number, likewise. */
  readSms(number: string): Promise<string> {
    return this.setup.mailbox(number).passcode('')
  }

  /** Opens the link of the next mail with this subject, as a click in the mail program does. */
  async openMailed(address: string, subject: string): Promise<string> {
    const path = await this.setup.mailbox(address).link(subject)
    await this.open(path)
    return path
  }

  // ——— step-up ———

  /** Confirms that it is them, by the way the page asks for. */
  async confirm(
    person: { email: string; password: string },
    app?: Authenticator,
    subject = 'Your passcode to confirm it is you',
  ): Promise<void> {
    await expect(this.heading(this.words('reauth.title'))).toBeVisible()
    if (app) {
      await this.givePasscode(await app.next())
      return
    }
    await this.field(this.words('common.password')).fill(person.password)
    await this.button(this.words('common.continue')).click()
    await this.givePasscode(await this.setup.mailbox(person.email).passcode(subject))
  }

  // ——— enrolling ———

  async chooseApp(): Promise<void> {
    await expect(this.heading(this.words('enroll.title'))).toBeVisible()
    await this.page.getByRole('button', { name: this.words('factor.totp') }).click()
  }

  /** Points a phone at the screen: the QR code is read from a screenshot. */
  async scan(person: { email: string }): Promise<Authenticator> {
    await this.field(this.words('common.passcode')).waitFor()
    const folded = this.page.getByText(this.words('enroll.showQr'), { exact: true })
    if (await folded.isVisible()) await folded.click()
    await expect(this.page.getByRole('img', { name: this.words('enroll.qr') })).toBeVisible()
    const path = this.setup.info.outputPath(`scan-${++this.#pictures}.png`)
    await this.page.screenshot({ path, fullPage: true })
    const uri = execFileSync('zbarimg', ['-q', '--raw', path], { encoding: 'utf8' }).trim()
    return new Authenticator(uri, this.setup.secrets, () => this.setup.rewind(person.email))
  }

  /** Chooses nothing: scans, and types the first code. */
  async connect(person: { email: string }): Promise<Authenticator> {
    const app = await this.scan(person)
    await this.givePasscode(await app.next())
    await expect(this.page.getByRole('list', { name: this.words('codes.label') })).toBeVisible()
    return app
  }

  /** The ten codes on the page, and which of them must be typed back. */
  async readCodes(): Promise<{ codes: string[]; number: number }> {
    const list = this.page.getByRole('list', { name: this.words('codes.label') })
    await expect(list.getByRole('code')).toHaveCount(10)
    const codes = await list.getByRole('code').allInnerTexts()
    this.setup.secrets.add('recovery code', ...codes, ...codes.map((code) => code.replaceAll('-', '')))
    const [before = '', after = ''] = this.words('codes.typeBack').split('#')
    const labels = await this.page.locator('label').allInnerTexts()
    const label = labels.find((text) => text.startsWith(before) && text.endsWith(after))
    return { codes, number: Number(label?.slice(before.length, label.length - after.length)) }
  }

  async typeBack(number: number, code: string): Promise<void> {
    await this.field(this.words('codes.typeBack').replace('#', String(number))).fill(code)
    await this.button(this.words('common.continue')).click()
  }

  /** Saves the codes, types the named one back, and has them. */
  async keepCodes(): Promise<string[]> {
    const { codes, number } = await this.readCodes()
    await this.typeBack(number, codes[number - 1] ?? '')
    return codes
  }

  /** The wizard from the choice of a kind to its end. */
  async enrol(person: { email: string }): Promise<{ app: Authenticator; codes: string[] }> {
    await this.chooseApp()
    const app = await this.connect(person)
    return { app, codes: await this.keepCodes() }
  }

  /** The wizard from an unknown computer to its end, with e-mail as the factor; gives the codes. */
  async enrolByMail(person: { email: string; password: string }): Promise<string[]> {
    await this.signIn(person)
    await this.verifyDevice(person)
    await this.chooseKind(this.words('factor.email'))
    await expect(this.heading(this.words('enroll.messageTitle'))).toBeVisible()
    await this.givePasscode(await this.readMail(person))
    const codes = await this.keepCodes()
    await this.isIn()
    return codes
  }

  // ——— a session from elsewhere ———

  /** This browser holds this session, as after a complete sign-in. */
  async hold(sessionToken: string): Promise<void> {
    await this.page.context().addCookies([
      {
        name: '__Host-twofold-session',
        value: sessionToken,
        domain: 'localhost',
        path: '/',
        httpOnly: true,
        secure: true,
        sameSite: 'Lax',
      },
    ])
  }

  async noteCookies(): Promise<void> {
    for (const { name, value } of await this.page.context().cookies()) {
      if (name.startsWith('__Host-twofold-') && !/-(locale|begun|kept|tenant)$/.test(name))
        this.setup.secrets.add(`${name} cookie`, value)
    }
  }

  /** Who the API says is signed in, or null. */
  async me(url = this.setup.url): Promise<{ email: string; methods: string[] } | null> {
    const answer = await this.page.request.get(`${url}/api/v1/me`)
    if (answer.status() === 401) return null
    expect(answer.status()).toBe(200)
    const { user, session } = await answer.json()
    return { email: user.email, methods: session.methods }
  }

  /** React has this element, so that what is typed reaches the page's script too. */
  async whenReady(element: Locator): Promise<void> {
    await expect(element).toBeVisible()
    if (!this.script) return
    const ready = () => element.evaluate((node) => Object.keys(node).some((key) => key.startsWith('__reactProps$')))
    await expect.poll(ready).toBe(true)
  }
}
