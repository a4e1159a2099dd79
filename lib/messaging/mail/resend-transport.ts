import { Resend } from 'resend'
import type { MailAddress } from '../../core/env'
import { LOGO_ID, logoFileName } from './rules'
import { type Mailer, type Message, NotTakenOver, Undeliverable } from './types'

/** Milliseconds; the package has no end of its own. */
const WITHIN = 30_000
/** Answers that may change: no right yet, too many, or the same message still on its way. */
const LATER = [401, 403, 408, 409, 425, 429]

/** Mail through Resend's HTTP interface. The id of the outbox row is the idempotency key. */
export function createResendTransport(settings: {
  apiKey: string
  baseUrl: string
  from: MailAddress
  /** Milliseconds. */
  within?: number
}): Mailer {
  const resend = new Resend(settings.apiKey, { baseUrl: settings.baseUrl })
  const { name, address } = settings.from
  const from = name === '' ? address : `${name} <${address}>`

  async function send(message: Message): Promise<void> {
    const sending = resend.emails.send(
      {
        from,
        to: [message.to],
        subject: message.subject,
        text: message.text,
        html: message.html,
        ...(message.logo === undefined ? {} : { attachments: [inline(message.logo)] }),
        headers: { 'Auto-Submitted': 'auto-generated', 'Content-Language': message.locale },
      },
      { idempotencyKey: message.id },
    )
    const { error } = await within(settings.within ?? WITHIN, sending)
    if (error === null) return
    const status = error.statusCode ?? 0
    if (status >= 400 && status < 500 && !LATER.includes(status)) throw new Undeliverable(`RESEND_${status}`)
    throw new NotTakenOver(status > 0 ? `RESEND_${status}` : 'RESEND_FAILED')
  }

  return { send }
}

function inline({ type, content }: NonNullable<Message['logo']>) {
  return { filename: logoFileName(type), content, contentType: type, contentId: LOGO_ID }
}

async function within<T>(milliseconds: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const end = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new NotTakenOver('RESEND_TIMEOUT')), milliseconds)
  })
  try {
    return await Promise.race([work, end])
  } finally {
    clearTimeout(timer)
  }
}
