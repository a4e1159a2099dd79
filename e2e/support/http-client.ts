import { randomUUID } from 'node:crypto'
import { request as sendPlainly } from 'node:http'
import { type RequestOptions, request as sendSecurely } from 'node:https'
import { Authenticator } from './authenticator'
import type { Secrets } from './secrets'

export interface Answer {
  status: number
  headers: Record<string, string | string[] | undefined>
  /** One raw line for each cookie, as it came over the wire. */
  setCookies: string[]
  body: string
}

export interface Form {
  fields: [string, string][]
  buttons: { text: string; name: string; value: string }[]
}

type Headers = Record<string, string | undefined>

export const SESSION = '__Host-twofold-session'
export const ATTEMPT = '__Host-twofold-attempt'
export const DEVICE = '__Host-twofold-device'
/** What was typed to begin a sign-in. */
export const BEGUN = '__Host-twofold-begun'

/** A client that does nothing by itself: raw headers both ways, cookies as given, no redirect followed. */
export class HttpClient {
  readonly cookies = new Map<string, string>()

  constructor(
    readonly url: string,
    private readonly secrets: Secrets,
    /** How to get there: from which address, whom to trust. */
    private readonly way: RequestOptions = {},
  ) {}

  /** Another browser at the same server. */
  fresh(): HttpClient {
    return new HttpClient(this.url, this.secrets, this.way)
  }

  request(method: string, path: string, { headers = {}, body }: { headers?: Headers; body?: string | Buffer } = {}) {
    const { protocol, host, port } = new URL(this.url)
    const secure = protocol === 'https:'
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const all: Headers = {
      host,
      ...(cookie === '' ? {} : { cookie }),
      ...(body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }),
      ...headers,
    }
    const given = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined))
    return new Promise<Answer>((resolve, reject) => {
      const options = {
        host: '127.0.0.1',
        port: port || (secure ? 443 : 80),
        path,
        method,
        headers: given,
        agent: false,
      }
      const send: typeof sendSecurely = secure ? sendSecurely : sendPlainly
      const outgoing = send({ ...options, ...this.way }, (response) => {
        const parts: Buffer[] = []
        response.on('data', (part: Buffer) => parts.push(part))
        response.on('error', reject)
        response.on('end', () => {
          const setCookies = response.headers['set-cookie'] ?? []
          this.#keep(setCookies)
          const text = Buffer.concat(parts).toString('utf8')
          resolve({ status: response.statusCode ?? 0, headers: response.headers, setCookies, body: text })
        })
      })
      outgoing.on('error', reject)
      if (body !== undefined) outgoing.write(body)
      outgoing.end()
    })
  }

  get(path: string, headers: Headers = {}): Promise<Answer> {
    return this.request('GET', path, { headers })
  }

  /** As a browser without script sends a form of ours. */
  postForm(path: string, fields: readonly [string, string][], headers: Headers = {}): Promise<Answer> {
    const boundary = `form-${randomUUID()}`
    const parts = fields.map(
      ([name, value]) => `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
    )
    return this.request('POST', path, {
      headers: {
        'content-type': `multipart/form-data; boundary=${boundary}`,
        origin: this.url,
        'sec-fetch-site': 'same-origin',
        ...headers,
      },
      body: `${parts.join('')}--${boundary}--\r\n`,
    })
  }

  /** The authenticator app that was pointed at this page. */
  scan(page: Answer): Authenticator {
    const uri = /otpauth:\/\/[^"]+/.exec(page.body)?.[0]
    if (uri === undefined) throw new Error(`no key in: ${page.body.slice(0, 2000)}`)
    return new Authenticator(decode(uri), this.secrets)
  }

  /** The codes of this page, and the form that types one back. */
  readCodes(page: Answer): { codes: string[]; number: number; fields: [string, string][] } {
    const { fields } = formWith(page.body, ['typed', 'codes', 'number'])
    const { codes = '', number } = Object.fromEntries(fields)
    const list = codes.split(' ')
    this.secrets.add('recovery code', ...list, ...list.map((code) => code.replaceAll('-', '')))
    return { codes: list, number: Number(number), fields }
  }

  /** Loads the page, fills in the form that has these fields, and sends it by this button. */
  async submit(
    path: string,
    values: Record<string, string>,
    { button, headers, extra = [] }: { button?: string; headers?: Headers; extra?: [string, string][] } = {},
  ): Promise<Answer> {
    const page = await this.get(path)
    const fields = filled(formWith(page.body, Object.keys(values), button), values, button)
    return this.postForm(path, [...fields, ...extra], headers)
  }

  #keep(lines: readonly string[]): void {
    for (const line of lines) {
      const [pair = '', ...attributes] = line.split(';').map((part) => part.trim())
      const at = pair.indexOf('=')
      const [name, value] = [pair.slice(0, at), pair.slice(at + 1)]
      if (value === '' || attributes.some((each) => /^max-age=0$/i.test(each))) this.cookies.delete(name)
      else this.cookies.set(name, value)
      if (!/-(locale|begun|kept)$/.test(name)) this.secrets.add(`${name} cookie`, value)
    }
  }
}

/** These fields with other values in some of them. */
export function changed(fields: readonly [string, string][], values: Record<string, string>): [string, string][] {
  return fields.map(([name, value]) => [name, values[name] ?? value])
}

/** The fields of a form with these values in them, and its button's. */
export function filled(form: Form, values: Record<string, string>, button?: string): [string, string][] {
  const pressed = form.buttons.find((each) => button === undefined || each.text.includes(button))
  const fields = changed(form.fields, values)
  const ticked = Object.entries(values).filter(([name]) => !form.fields.some(([known]) => known === name))
  return [
    ...fields,
    ...ticked,
    ...(pressed && pressed.name !== '' ? [[pressed.name, pressed.value] as [string, string]] : []),
  ]
}

/** The form that has all these fields, and a button of this text; throws when there is none. */
export function formWith(html: string, names: readonly string[], button?: string): Form {
  const found = formsOf(html).find(
    (form) =>
      names.every((name) => form.names.includes(name)) &&
      (button === undefined || form.buttons.some((each) => each.text.includes(button))),
  )
  if (!found) throw new Error(`no form with ${names.join(', ')} ${button ?? ''} in: ${html.slice(0, 2000)}`)
  return found
}

function formsOf(html: string): (Form & { names: string[] })[] {
  return [...html.matchAll(/<form\b[^>]*>(.*?)<\/form>/gs)].map(([, inner = '']) => {
    const inputs = [...inner.matchAll(/<input\b([^>]*)>/g)].map(([, text = '']) => attributesOf(text))
    const sent = inputs.filter(({ type, checked }) => type !== 'checkbox' || checked !== undefined)
    const buttons = [...inner.matchAll(/<button\b([^>]*)>(.*?)<\/button>/gs)].map(([, text = '', label = '']) => {
      const { name = '', value = '' } = attributesOf(text)
      return { text: decode(label.replace(/<[^>]*>/g, ' ')).trim(), name, value }
    })
    return {
      fields: sent.map(({ name = '', value = '', type }): [string, string] => [
        name,
        type === 'checkbox' && value === '' ? 'on' : value,
      ]),
      names: inputs.map(({ name = '' }) => name),
      buttons,
    }
  })
}

function attributesOf(text: string): Record<string, string> {
  const pairs = [...text.matchAll(/([\w:$-]+)(?:="([^"]*)")?/g)]
  return Object.fromEntries(pairs.map(([, name = '', value = '']) => [name.toLowerCase(), decode(value)]))
}

function decode(text: string): string {
  return text
    .replaceAll('&quot;', '"')
    .replaceAll('&#x27;', "'")
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
}
