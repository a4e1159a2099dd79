import type { SmsTemplate } from '../sms/types'
import { type Purpose, SMS_TEMPLATES, TEMPLATES } from './templates'
import type { MailOrder, MailTemplate } from './types'

/** Whom a mail goes to: the person, in the language they chose or else in the one of whoever asks. */
export function readerOf(
  person: { id: string; email: string; tenantId: string; locale: string | null },
  locale: string | null,
): Pick<MailOrder, 'to' | 'userId' | 'tenantId' | 'locale'> {
  return { to: person.email, userId: person.id, tenantId: person.tenantId, locale: person.locale ?? locale }
}

/** The Content-ID of a company's logo (RFC 2392). */
export const LOGO_ID = 'logo@twofold'

/** What a mail program that saves it calls the file. */
export function logoFileName(type: string): string {
  return type === 'image/jpeg' ? 'logo.jpg' : 'logo.png'
}

const ASKING: readonly MailTemplate[] = [
  'invitation',
  'invitation_setup',
  'invitation_reminder',
  'setup_reminder',
  'setup_reminder_invited',
  'more_time',
  'account_brought',
  'account_brought_app',
  'password_reset',
  'password_reset_refused',
  'sign_in_link_refused',
  'factors_reset',
  'reset_denied',
]

/** Whether its reader has something to do and may need somebody to ask: these say where to get help (X9). */
export function asksForSomething(template: MailTemplate): boolean {
  return ASKING.includes(template)
}

export function isMailTemplate(template: string): template is MailTemplate {
  return Object.hasOwn(TEMPLATES, template)
}

export function isSmsTemplate(template: string): template is SmsTemplate {
  return Object.hasOwn(SMS_TEMPLATES, template)
}

/** What a queued message is for; one of a template that no longer exists is told as a notice. */
export function purposeOf(template: string): Purpose {
  if (isMailTemplate(template)) return TEMPLATES[template].purpose
  return isSmsTemplate(template) ? SMS_TEMPLATES[template].purpose : 'notice'
}
