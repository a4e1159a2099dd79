import { de } from './texts-de'
import { en } from './texts-en'
import { ja } from './texts-ja'
import { ko } from './texts-ko'
import type { MailLocale, MailTemplate, MailValues } from './types'

/** One paragraph. */
export type MailText =
  | string
  | { code: string }
  | { link: string }
  | { facts: readonly (readonly [label: string, value: string])[] }
  | { note: string }

export interface MailBody {
  subject: string
  body: readonly MailText[]
}

/** Pages that mails lead to. */
export interface MailLinks {
  security: string
  devices: string
  /** The console or one's own page, whoever reads. */
  home: string
}

/** All words of all mails in one language; a missing one does not compile. */
export interface MailTexts {
  greeting(name: string | null): string
  /** Says who sent the mail. */
  footer(host: string): string
  mails: { [T in MailTemplate]: (values: MailValues[T], links: MailLinks) => MailBody }
}

export const MAIL_TEXTS: Record<MailLocale, MailTexts> = { en, de, ja, ko }
