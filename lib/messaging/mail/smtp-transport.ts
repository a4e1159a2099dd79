import { createTransport } from 'nodemailer'
import type { MailAddress } from '../../core/env'
import { LOGO_ID, logoFileName } from './rules'
import { type Mailer, type Message, NotTakenOver, Undeliverable } from './types'

/** Milliseconds; together below the time that the outbox waits for a transport. */
const CONNECT = 10_000
const SILENCE = 20_000
const AT_ONCE = 4

const LOOPBACK: readonly string[] = ['localhost', '127.0.0.1', '[::1]']

export interface SmtpTransport extends Mailer {
  /** Connects and says who we are; throws when that fails. */
  verify(): Promise<void>
  close(): void
}

/**
 * Mail over SMTP (RFC 5321). `smtps:` speaks TLS from the first byte; `smtp:` must be able to begin it (STARTTLS), but
 * on this machine itself. Certificates are verified. The id of the outbox row is the Message-ID's, so that a message
 * that is sent twice can be told; we call ourselves by the host of PUBLIC_URL.
 */
export function createSmtpTransport({
  url,
  from,
  publicUrl,
}: {
  url: string
  from: MailAddress
  publicUrl: string
}): SmtpTransport {
  const { protocol, hostname, port, username, password } = new URL(url)
  const secure = protocol === 'smtps:'
  const local = LOOPBACK.includes(hostname)
  const domain = mailDomain(publicUrl)
  const transport = createTransport({
    // A machine's own name need not be one, and some servers refuse what is none (RFC 5321 4.1.1.1).
    name: domain,
    pool: true,
    maxConnections: AT_ONCE,
    host: hostname.replace(/^\[|\]$/g, ''),
    port: port === '' ? (secure ? 465 : 587) : Number(port),
    secure,
    ignoreTLS: !secure && local,
    requireTLS: !secure && !local,
    ...(username === '' ? {} : { auth: { user: decodeURIComponent(username), pass: decodeURIComponent(password) } }),
    connectionTimeout: CONNECT,
    greetingTimeout: CONNECT,
    socketTimeout: SILENCE,
    disableFileAccess: true,
    disableUrlAccess: true,
  })

  async function send(message: Message): Promise<void> {
    try {
      await transport.sendMail({
        // One recipient, in the envelope and in the header (S23). The outbox lets no comma through, at which nodemailer
        // splits.
        envelope: { from: from.address, to: [message.to] },
        from,
        to: { name: '', address: message.to },
        subject: message.subject,
        text: message.text,
        html: message.html,
        ...(message.logo === undefined ? {} : { attachments: [inline(message.logo)] }),
        messageId: `<${message.id}@${domain}>`,
        headers: { 'Auto-Submitted': 'auto-generated', 'Content-Language': message.locale },
      })
    } catch (error) {
      throw outcomeOf(error)
    }
  }

  async function verify(): Promise<void> {
    try {
      await transport.verify()
    } catch (error) {
      throw outcomeOf(error)
    }
  }

  return { send, verify, close: () => transport.close() }
}

/** Beside the HTML, which alone shows it (RFC 2387). */
function inline({ type, content }: NonNullable<Message['logo']>) {
  const place = { cid: LOGO_ID, contentDisposition: 'inline' } as const
  return { ...place, filename: logoFileName(type), contentType: type, content: Buffer.from(content, 'base64') }
}

/** The host of PUBLIC_URL as mail says it: a name, or a literal where it is an address (RFC 5321 4.1.3). */
function mailDomain(publicUrl: string): string {
  const { hostname } = new URL(publicUrl)
  if (hostname.startsWith('[')) return `[IPv6:${hostname.slice(1)}`
  return /^[\d.]+$/.test(hostname) ? `[${hostname}]` : hostname
}

/** The server's last word on this recipient or text is final; whatever else went wrong may go right later. */
function outcomeOf(error: unknown): Error {
  const { responseCode, command, code } = (typeof error === 'object' && error !== null ? error : {}) as {
    responseCode?: unknown
    command?: unknown
    code?: unknown
  }
  const status = typeof responseCode === 'number' ? responseCode : 0
  const final = status >= 500 && (command === 'RCPT TO' || command === 'DATA')
  if (final) return new Undeliverable(`SMTP_${status}`)
  if (status > 0) return new NotTakenOver(`SMTP_${status}`)
  return new NotTakenOver(typeof code === 'string' && /^[A-Z_]{1,30}$/.test(code) ? code : 'SMTP_FAILED')
}
