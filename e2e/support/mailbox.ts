import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Secrets } from './secrets'

export interface Mail {
  channel: string
  to: string
  subject: string
  text: string
  html: string
  locale: string
  createdAt: string
}

const WITHIN = 20_000

/** What the server wrote to one person, as files in DATA_DIR/outbox; instances of one installation have one each. */
export class Mailbox {
  readonly #read = new Set<string>()

  constructor(
    readonly address: string,
    private readonly dataDirs: readonly string[],
    private readonly secrets: Secrets,
  ) {}

  /** Everything that has arrived, oldest first. */
  all(): Mail[] {
    return this.#files().map(({ mail }) => mail)
  }

  /** The oldest message with this subject that was not read yet, once it is there. */
  async next(subject: string): Promise<Mail> {
    const deadline = Date.now() + WITHIN
    for (;;) {
      const found = this.#files().find(({ file, mail }) => !this.#read.has(file) && mail.subject === subject)
      if (found) {
        this.#read.add(found.file)
        return found.mail
      }
      if (Date.now() > deadline) {
        const subjects = this.all().map((mail) => mail.subject)
        throw new Error(`no mail “${subject}” came to ${this.address}; there is: ${subjects.join(', ') || 'nothing'}`)
      }
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }

  /** The passcode in the next message with this subject; a text message has none, and its code at its end. */
  async passcode(subject: string): Promise<string> {
    const { text } = await this.next(subject)
    const code = (subject === '' ? /#(\d{6})$/ : /^(\d{6})$/m).exec(text)?.[1]
    if (code === undefined) throw new Error(`no passcode in: ${text}`)
    this.secrets.add('passcode', code)
    return code
  }

  /** The path of the link in the next message with this subject. */
  async link(subject: string): Promise<string> {
    const { text, html } = await this.next(subject)
    const url = /^http\S+\/(?:link|admin)\/\S+$/m.exec(text)?.[0]
    if (url === undefined || !html.includes(url)) throw new Error(`no link in: ${text}`)
    const { pathname, search, searchParams } = new URL(url)
    const token = searchParams.get('token')
    if (token !== null) this.secrets.add('token of a link', token)
    return `${pathname}${search}`
  }

  #files(): { file: string; mail: Mail }[] {
    return this.dataDirs
      .map((dataDir) => join(dataDir, 'outbox'))
      .filter(existsSync)
      .flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)))
      .filter((file) => file.endsWith('.json'))
      .map((file) => ({ file, mail: JSON.parse(readFileSync(file, 'utf8')) as Mail }))
      .filter(({ mail }) => mail.to === this.address)
      .sort((a, b) => a.mail.createdAt.localeCompare(b.mail.createdAt) || a.file.localeCompare(b.file))
  }
}
