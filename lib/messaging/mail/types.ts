export const MAIL_LOCALES = ['en', 'de', 'ja', 'ko'] as const
export type MailLocale = (typeof MAIL_LOCALES)[number]

export interface Message {
  /** The outbox row: a transport may use it as idempotency key, for a message can come twice. */
  id: string
  to: string
  subject: string
  text: string
  html: string
  locale: MailLocale
  createdAt: Date
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

export type MailFactor = 'totp' | 'email' | 'sms' | 'passkey'

/** What each template needs. Values with a date are given as Date and shown in the reader's language, in UTC. */
export interface MailValues {
  /** D5, D6. `address` and `userAgent` are those of the sign-in that asks. */
  device_passcode: { code: string; minutes: number; address: string | null; userAgent: string | null }
  step_up_passcode: { code: string; minutes: number }
  /** The e-mail factor at sign-in, and its confirmation (E1). */
  factor_passcode: { code: string; minutes: number; address: string | null; userAgent: string | null }
  enrol_passcode: { code: string; minutes: number }
  /** U1. The link is whole, from PUBLIC_URL; so are all below (S23). */
  sign_in_link: { link: string; minutes: number; address: string | null; userAgent: string | null }
  /** U1, S20: whom a link does not serve. */
  sign_in_link_refused: { link: string }
  /** R9. */
  password_reset: { link: string; minutes: number; address: string | null; userAgent: string | null }
  password_reset_done: Record<string, never>
  /** R11: an admin gave the address lately; it sets no password until then. */
  password_reset_refused: { until: Date }
  /** U9. */
  exempted: { by: string; until: Date }
  /** R11: to the new address. */
  address_confirm: { link: string; hours: number }
  /** R11: to whoever has the address that somebody else tried to use. */
  address_in_use: Record<string, never>
  /** R11: to the old address, with the way back. */
  address_changed: { link: string; days: number; newAddress: string }
  address_changed_here: Record<string, never>
  /** R11: an admin did it; to the old address and to the new. */
  address_given: { by: string; link: string; days: number; newAddress: string }
  address_given_here: { by: string; until: Date }
  /** R11: to an address that was only given, and has been left for another. */
  address_left: { newAddress: string }
  address_restored: Record<string, never>
  /** D9. */
  not_me_reported: { address: string | null; userAgent: string | null }
  /** What `doctor` sends. */
  test_message: Record<string, never>
  factor_added: { factor: MailFactor; when: Date }
  factor_removed: { factor: MailFactor }
  two_factor_on: Record<string, never>
  two_factor_off: Record<string, never>
  recovery_codes_made: Record<string, never>
  recovery_code_used: { left: number }
  /** R3: to the person, with the way to stop it; and to the other owners. */
  recovery_code_issued: { by: string; minutes: number; link: string }
  recovery_code_issued_other: { by: string; person: string; reason: string }
  issued_code_used: Record<string, never>
  /** R5. */
  factors_reset: { by: string; link: string }
  /** R6: to the person, with the way to cancel; to the admins; and what became of it. */
  reset_asked: { link: string; address: string | null; userAgent: string | null }
  reset_waiting: { person: string; link: string }
  reset_denied: { reason: string }
  reset_cancelled: { person: string }
  /** R10. */
  invitation: { by: string; tenant: string; link: string; hours: number }
  /** M1: to whoever asked for it. */
  report_ready: { tenant: string; rows: number; hours: number; link: string }
  /** R8: to every owner and admin. */
  break_glass: { person: string; reason: string }
  /** To the owners: a notice's "this was not me" was used. */
  stopped: { person: string }
  /** R3: the same, to the person. */
  stopped_here: Record<string, never>
  password_changed: Record<string, never>
  /** D10. */
  new_device: { address: string | null; userAgent: string | null; when: Date }
  /** Security 3.3: a limit tripped; `until` is null when only recovery or an admin helps. */
  too_many_attempts: { until: Date | null }
  code_wrong_after_password: Record<string, never>
}

export type MailTemplate = keyof MailValues

/** A template with the values that belong to it. */
export type MailContent<T extends MailTemplate = MailTemplate> = {
  [K in T]: { template: K; values: MailValues[K] }
}[T]

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
}

/** What a message is to whoever looks after its delivery. */
export function purposeOf(template: string): 'passcode' | 'link' | 'notice' {
  if (template.endsWith('passcode')) return 'passcode'
  return LINKS.some((each) => each === template) ? 'link' : 'notice'
}
const LINKS: readonly MailTemplate[] = [
  'sign_in_link',
  'password_reset',
  'address_confirm',
  'address_changed',
  'address_given',
  'reset_asked',
  'invitation',
]
