import type { Locale } from '../../i18n/locales'
import type { Kinds, TEMPLATES, ValuesOf } from './templates'

export interface Message {
  /** The outbox row: a transport may use it as idempotency key, for a message can come twice. */
  id: string
  to: string
  subject: string
  text: string
  html: string
  locale: Locale
  createdAt: Date
  /** A picture that goes along and that the HTML shows as `cid:` with `LOGO_ID`; its bytes in base64. */
  logo?: { type: string; content: string }
}

/** What a transport throws of a message that will never be taken over, such as one to an address that is not there. */
export class Undeliverable extends Error {
  override name = 'Undeliverable'
  /** A short word without anything of the message: letters, digits and `_`. */
  constructor(readonly code: string) {
    super(code)
  }
}

/** What a transport throws of a provider that may take the message later. */
export class NotTakenOver extends Error {
  override name = 'NotTakenOver'
  constructor(readonly code: string) {
    super(code)
  }
}

/** Port. Throws when the message was not taken over; gives up by itself in less than the time of a lease. */
export interface Mailer {
  send(message: Message): Promise<void>
}

export type MailTemplate = keyof typeof TEMPLATES

/** A template with the values that belong to it. */
export type ContentOf<Templates extends Record<string, { values: Kinds }>, T extends keyof Templates> = {
  [K in T]: { template: K; values: ValuesOf<Templates[K]['values']> }
}[T]
export type MailContent<T extends MailTemplate = MailTemplate> = ContentOf<typeof TEMPLATES, T>

/** What a service asks for, within its transaction. */
export type MailOrder = MailContent & {
  /** Exactly one address, the registered one (S23). */
  to: string
  /** Whose name the greeting uses; read when the message is sent. */
  userId: string | null
  tenantId: string | null
  /** A language tag or null: `de-AT` gives German, an unknown one English. */
  locale: string | null
  /** Not sent at or after this time. */
  expiresAt?: Date | null
  /** The round of reminders that it belongs to (P8). */
  roundId?: string
}
