import type { SMS_TEMPLATES } from '../mail/templates'
import type { ContentOf } from '../mail/types'

export type SmsTemplate = keyof typeof SMS_TEMPLATES

/**
 * What a person is told by text as well as by mail (R3, R5, R6): without a link, which a text is the wrong place for.
 */
export type SmsNotice = Exclude<SmsTemplate, 'sms_passcode'>

export type SmsContent = ContentOf<typeof SMS_TEMPLATES, SmsTemplate>

/** What a service asks for, within its transaction. */
export type SmsOrder = SmsContent & {
  /** One number in E.164. */
  to: string
  userId: string
  tenantId: string
  /** A language tag or null, as for mail. */
  locale: string | null
  /** Not sent at or after this time. */
  expiresAt: Date
}

export interface SmsMessage {
  /** The outbox row: a gateway may use it to tell a message that comes twice. */
  id: string
  /** E.164. */
  to: string
  text: string
  locale: string
  createdAt: Date
}

/** Port. Throws when the message was not taken over; gives up by itself in less than the time of a lease. */
export interface SmsSender {
  send(message: SmsMessage): Promise<void>
}
