// Above 300 lines: the layout of every mail as data, side by side.

import type { Messages } from '../../i18n/translate'

/** Factors that a mail can name. */
export const MAIL_FACTORS = ['totp', 'email', 'sms', 'passkey'] as const

/** The kinds of values that a message can carry, and what each is in code. */
export interface ValueKinds {
  text: string
  code: string
  /** Whole, from the public URL of the installation (S23). */
  link: string
  count: number
  /** Shown in the reader's language, in the tenant's zone. */
  time: Date
  /** The time at which something ends; null when it does not end by itself. */
  end: Date | null
  factor: (typeof MAIL_FACTORS)[number]
  ip: string | null
  /** What a browser calls itself. */
  userAgent: string | null
}
export type ValueKind = keyof ValueKinds
export type Kinds = Readonly<Record<string, ValueKind>>

/** The values of these kinds. */
export type ValuesOf<K extends Kinds> = keyof K extends never
  ? Record<string, never>
  : { -readonly [Name in keyof K]: ValueKinds[K[Name]] }

/** What a message is to whoever looks after its delivery. */
export type Purpose = 'passcode' | 'link' | 'notice'

/** What the button of a link can say. */
export const BUTTONS = [
  'signIn',
  'setPassword',
  'accept',
  'stop',
  'cancelRequest',
  'reviewRequest',
  'log',
  'confirmEmail',
  'restoreEmail',
  'report',
  'security',
  'devices',
  'home',
] as const
export type MailButton = (typeof BUTTONS)[number]

/** One paragraph: a sentence, or a value, link or list that stands by itself. */
export type Paragraph<Sentence extends string = string> =
  /** A sentence of the template's own, by its key. */
  | Sentence
  /** One that several templates say. */
  | { common: 'nothingToDo' | 'changePassword' }
  /** The first while the count is small. */
  | { count: string; upTo: number; say: Sentence; above: Paragraph<Sentence> }
  | { code: string }
  /** A button, with the address below it. */
  | { link: string; button: MailButton }
  /** A link to a page of the installation; `home` is the console or one's own page, whoever reads. */
  | { page: 'security' | 'devices' | 'home' }
  /** From which browser and IP address something was done. */
  | { browser: string; ipAddress: string }

interface Template<Sentence extends string> {
  purpose: Purpose
  values: Kinds
  body: readonly Paragraph<Sentence>[]
}

const NOTHING_TO_DO = { common: 'nothingToDo' } as const
const CHANGE_PASSWORD = { common: 'changePassword' } as const
const CODE = { code: 'code' } as const
const link = <B extends MailButton>(button: B) => ({ link: 'link', button }) as const
const SECURITY = { page: 'security' } as const
const DEVICES = { page: 'devices' } as const
const HOME = { page: 'home' } as const
const ORIGIN = { browser: 'userAgent', ipAddress: 'address' } as const

const passcode = { code: 'code', minutes: 'count' } as const
const origin = { address: 'ip', userAgent: 'userAgent' } as const

type Mails = Messages['mail']
type Sentences<T extends keyof Mails> = Exclude<keyof Mails[T], 'subject'> & string

/**
 * Every mail: its purpose, its values and its paragraphs between greeting and footer. The words are in
 * lib/i18n/messages, under the name of the template; one without words, or words without a template, do not compile.
 * Names and kinds of values stand in queued messages: after a change of them, what was queued before cannot be read.
 */
export const TEMPLATES = {
  /** Device verification (D5); browser and address are those of the sign-in that asks. */
  device_passcode: {
    purpose: 'passcode',
    values: { ...passcode, ...origin },
    body: ['what', CODE, 'limits', ORIGIN, 'ifNotYou', SECURITY],
  },
  step_up_passcode: { purpose: 'passcode', values: passcode, body: ['what', CODE, 'limits', 'ifNotYou', SECURITY] },
  /** An owner's word for one more reset by an admin who did many (R5). */
  owner_passcode: { purpose: 'passcode', values: passcode, body: ['what', CODE, 'limits', 'ifNotAgreed', HOME] },
  /** The mailbox as a second factor: at sign-in, and when it is connected (E1). */
  factor_passcode: {
    purpose: 'passcode',
    values: { ...passcode, ...origin },
    body: ['what', CODE, 'limits', ORIGIN, 'ifNotYou', SECURITY],
  },
  enrol_passcode: { purpose: 'passcode', values: passcode, body: ['what', CODE, 'limits', 'ifNotYou', SECURITY] },

  sign_in_link: {
    purpose: 'link',
    values: { link: 'link', minutes: 'count', ...origin },
    body: ['what', link('signIn'), 'limits', ORIGIN, 'ifNotAsked'],
  },
  /** To whom a link alone does not sign in (U1, S20). */
  sign_in_link_refused: { purpose: 'notice', values: { link: 'link' }, body: ['what', link('signIn'), 'ifNotYou'] },
  password_reset: {
    purpose: 'link',
    values: { link: 'link', minutes: 'count', ...origin },
    body: ['what', link('setPassword'), 'limits', ORIGIN, 'ifNotYou'],
  },
  /** An admin gave the address lately: it sets no password until then (R11). */
  password_reset_refused: { purpose: 'notice', values: { until: 'time' }, body: ['what', 'next', 'ifNotYou'] },
  password_reset_done: { purpose: 'notice', values: {}, body: ['what', 'next', NOTHING_TO_DO, 'ifNotYou'] },
  password_changed: { purpose: 'notice', values: {}, body: ['what', NOTHING_TO_DO, 'ifNotYou', SECURITY] },
  invitation: {
    purpose: 'link',
    values: { by: 'text', tenant: 'text', link: 'link', until: 'time' },
    body: ['what', link('accept'), 'limits', 'ifUnknown'],
  },
  /** The same where a second factor is set up on the way; `app`: whether that can be an authenticator app (R10). */
  invitation_setup: {
    purpose: 'link',
    values: { by: 'text', tenant: 'text', link: 'link', until: 'time', due: 'end', app: 'count' },
    body: [
      'what',
      'next',
      { count: 'app', upTo: 0, say: 'have', above: 'haveApp' },
      link('accept'),
      'limits',
      'ifUnknown',
    ],
  },

  /** An account made from a file, with the password of another system (X8). */
  account_brought: { purpose: 'notice', values: { by: 'text', tenant: 'text' }, body: ['what', HOME, 'ifUnexpected'] },

  account_brought_app: {
    purpose: 'notice',
    values: { by: 'text', tenant: 'text' },
    body: ['what', HOME, 'ifUnexpected'],
  },

  new_device: {
    purpose: 'notice',
    values: { ...origin, when: 'time' },
    body: ['what', ORIGIN, NOTHING_TO_DO, 'ifNotYou', DEVICES],
  },
  /** An old value of the device cookie came with the right password (D7); a restored backup looks the same. */
  device_copied: {
    purpose: 'notice',
    values: { ...origin, when: 'time' },
    body: ['what', ORIGIN, 'done', 'ifBackup', 'ifNotYou', SECURITY],
  },
  not_me_reported: { purpose: 'notice', values: origin, body: ['what', ORIGIN, 'next', 'ifNotReported', SECURITY] },
  /** A limit tripped; no end when only a recovery code or an admin helps. */
  too_many_attempts: {
    purpose: 'notice',
    values: { until: 'end' },
    body: ['what', 'ifYou', CHANGE_PASSWORD, SECURITY],
  },
  signed_in_after_failures: {
    purpose: 'notice',
    values: { ...origin, when: 'time' },
    body: ['what', ORIGIN, NOTHING_TO_DO, 'ifNotYou', DEVICES],
  },
  code_wrong_after_password: { purpose: 'notice', values: {}, body: ['what', NOTHING_TO_DO, 'ifNotYou', SECURITY] },

  factor_added: {
    purpose: 'notice',
    values: { factor: 'factor', when: 'time' },
    body: ['what', NOTHING_TO_DO, CHANGE_PASSWORD, SECURITY],
  },
  factor_removed: {
    purpose: 'notice',
    values: { factor: 'factor' },
    body: ['what', NOTHING_TO_DO, CHANGE_PASSWORD, SECURITY],
  },
  two_factor_on: { purpose: 'notice', values: {}, body: ['what', NOTHING_TO_DO, CHANGE_PASSWORD, SECURITY] },
  two_factor_off: { purpose: 'notice', values: {}, body: ['what', NOTHING_TO_DO, 'ifNotYou', SECURITY] },
  /** 2FA was turned off for a whole company (P6): to whoever lost something, and to its owners. */
  factors_voided: {
    purpose: 'notice',
    values: { by: 'text', tenant: 'text' },
    body: ['what', 'next', 'ifUnexpected', SECURITY],
  },
  two_factor_voided: {
    purpose: 'notice',
    values: { by: 'text', tenant: 'text', count: 'count', link: 'link' },
    body: ['what', 'ifNotAgreed', link('log')],
  },
  exempted: { purpose: 'notice', values: { by: 'text', until: 'time' }, body: ['what', 'ifUnexpected'] },

  /** A person became a service account: to its address, and to the other owners; or is a person again (U8). */
  service_account_made: {
    purpose: 'notice',
    values: { by: 'text', tenant: 'text', reason: 'text', until: 'time' },
    body: ['what', 'reason', 'then', 'ifUnexpected'],
  },
  service_account_made_other: {
    purpose: 'notice',
    values: { by: 'text', person: 'text', reason: 'text', until: 'time' },
    body: ['what', 'ifNotAgreed', HOME],
  },
  service_account_ended: {
    purpose: 'notice',
    values: { by: 'text', tenant: 'text' },
    body: ['what', 'next', HOME, 'ifUnexpected'],
  },

  /** To whom more time was given to set up 2FA (P8). */
  more_time: { purpose: 'notice', values: { by: 'text', until: 'time' }, body: ['what'] },

  recovery_codes_made: { purpose: 'notice', values: {}, body: ['what', 'keep', CHANGE_PASSWORD, SECURITY] },
  recovery_code_used: {
    purpose: 'notice',
    values: { left: 'count' },
    body: ['what', { count: 'left', upTo: 3, say: 'ifYou', above: NOTHING_TO_DO }, 'ifNotYou', SECURITY],
  },
  /** An admin made one: to the person, with the link that stops it, and to the other owners (R3). */
  recovery_code_issued: {
    purpose: 'notice',
    values: { by: 'text', minutes: 'count', link: 'link' },
    body: ['what', 'ifAsked', 'ifNotAsked', link('stop')],
  },
  recovery_code_issued_other: {
    purpose: 'notice',
    values: { by: 'text', person: 'text', reason: 'text' },
    body: ['what', 'ifNotAgreed', HOME],
  },
  issued_code_used: { purpose: 'notice', values: {}, body: ['what', NOTHING_TO_DO, CHANGE_PASSWORD, SECURITY] },
  /** With the link that stops it (R5). */
  factors_reset: {
    purpose: 'notice',
    values: { by: 'text', link: 'link' },
    body: ['what', 'next', 'ifNotAsked', link('stop')],
  },
  /** To the owners, at most once an hour: how many resets there were since the last one (R5). */
  resets_told: {
    purpose: 'notice',
    values: { tenant: 'text', count: 'count', link: 'link' },
    body: ['what', 'ifNotAgreed', link('log')],
  },
  /** A request for a reset: to the person, with the link that cancels it; to the admins; and what came of it (R6). */
  reset_asked: {
    purpose: 'link',
    values: { link: 'link', ...origin },
    body: ['what', ORIGIN, 'ifNotYou', link('cancelRequest')],
  },
  reset_waiting: { purpose: 'notice', values: { person: 'text', link: 'link' }, body: ['what', link('reviewRequest')] },
  reset_denied: { purpose: 'notice', values: { reason: 'text' }, body: ['what', 'next', SECURITY] },
  reset_cancelled: { purpose: 'notice', values: { person: 'text' }, body: ['what', HOME] },
  /** A recovery code was made on the server: to every owner and admin (R8). */
  break_glass: { purpose: 'notice', values: { person: 'text', reason: 'text' }, body: ['what', 'ifUnknown', HOME] },
  /** What an admin decided about a request, to those who could have as well (R6). */
  reset_decided: {
    purpose: 'notice',
    values: { by: 'text', person: 'text', reason: 'text' },
    body: ['what', 'reason'],
  },
  /** What an admin did to the person. */
  suspended: { purpose: 'notice', values: { by: 'text', tenant: 'text' }, body: ['what', 'ifUnexpected'] },
  reactivated: { purpose: 'notice', values: { by: 'text', tenant: 'text' }, body: ['what', HOME] },
  role_changed: { purpose: 'notice', values: { by: 'text', tenant: 'text' }, body: ['what', 'ifUnexpected', HOME] },
  profile_changed: {
    purpose: 'notice',
    values: { by: 'text', tenant: 'text', name: 'text' },
    body: ['what', 'now', 'ifUnexpected', HOME],
  },
  membership_ended: { purpose: 'notice', values: { by: 'text', tenant: 'text' }, body: ['what', 'ifUnexpected'] },
  /** The link that stops a change was used (R3): to the owners, and to the person. */
  stopped: { purpose: 'notice', values: { person: 'text' }, body: ['what', 'next', HOME] },
  stopped_here: { purpose: 'notice', values: {}, body: ['what', 'next', HOME] },

  /** To the new address, which alone can confirm it (R11). */
  address_confirm: {
    purpose: 'link',
    values: { link: 'link', hours: 'count' },
    body: ['what', link('confirmEmail'), 'limits', 'ifUnknown'],
  },
  /** To whoever has the address that somebody else tried to use (R11). */
  address_in_use: { purpose: 'notice', values: {}, body: ['what', 'next'] },
  /** To the old address, with the way back, and to the new one (R11). */
  address_changed: {
    purpose: 'link',
    values: { link: 'link', days: 'count', newAddress: 'text' },
    body: ['what', NOTHING_TO_DO, 'ifNotYou', link('restoreEmail')],
  },
  address_changed_here: { purpose: 'notice', values: {}, body: ['what', NOTHING_TO_DO, CHANGE_PASSWORD, SECURITY] },
  /** The same when an admin did it. */
  address_given: {
    purpose: 'link',
    values: { by: 'text', link: 'link', days: 'count', newAddress: 'text' },
    body: ['what', 'ifAsked', 'ifNotAsked', link('restoreEmail')],
  },
  address_given_here: {
    purpose: 'notice',
    values: { by: 'text', until: 'time' },
    body: ['what', 'limits', 'ifUnexpected'],
  },
  /** To an address that an admin gave and that was left for another before it was proved (R11). */
  address_left: { purpose: 'notice', values: { newAddress: 'text' }, body: ['what', 'ifUnexpected'] },
  address_restored: { purpose: 'notice', values: {}, body: ['what', 'next'] },
  /** To each mailbox that had the account until a link of a notice was used (R11). */
  address_undone: { purpose: 'notice', values: {}, body: ['what', 'ifUnexpected'] },

  /** To whom is to set up 2FA; `until` is the last moment at which it can be put off (P8). */
  setup_reminder: {
    purpose: 'notice',
    values: { tenant: 'text', until: 'end', link: 'link' },
    body: ['what', 'how', link('signIn')],
  },
  /** To whoever has not accepted, with a link of its own; `until` is the last moment at which it works (R10, P8). */
  invitation_reminder: {
    purpose: 'link',
    values: { tenant: 'text', link: 'link', until: 'time', setUp: 'count', due: 'end' },
    body: [{ count: 'setUp', upTo: 0, say: 'what', above: 'whatSetUp' }, link('accept'), 'limits', 'ifUnknown'],
  },
  /** The same where no link works any more (P8). */
  setup_reminder_invited: {
    purpose: 'notice',
    values: { tenant: 'text', until: 'end' },
    body: ['what', 'how'],
  },
  report_ready: {
    purpose: 'notice',
    values: { tenant: 'text', rows: 'count', hours: 'count', link: 'link' },
    body: ['what', link('report')],
  },
  /** To the owners, before the audit log is kept for a shorter time (X12). */
  log_retention: {
    purpose: 'notice',
    values: { tenant: 'text', when: 'time', days: 'count', link: 'link' },
    body: ['what', 'ifNotAgreed', link('log')],
  },
  /** What `doctor` sends. */
  test_message: { purpose: 'notice', values: {}, body: ['what'] },
} as const satisfies { [T in Exclude<keyof Mails, 'common' | 'factor'>]: Template<Sentences<T>> }

/** Every text message, likewise. */
export const SMS_TEMPLATES = {
  sms_passcode: { purpose: 'passcode', values: { code: 'code', minutes: 'count' } },
  sms_factors_reset: { purpose: 'notice', values: {} },
  sms_code_issued: { purpose: 'notice', values: {} },
  sms_reset_asked: { purpose: 'notice', values: {} },
} as const satisfies { [T in keyof Messages['sms']]: { purpose: Purpose; values: Kinds } }
