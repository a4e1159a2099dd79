/** What a new company does, in this order (X9). */
export const FIRST_STEPS = ['own_2fa', 'mail', 'people', 'tell', 'require', 'report'] as const
export type FirstStep = (typeof FIRST_STEPS)[number]

/** What is known of the company's mail. */
export interface MailFacts {
  /** Mail is written to a folder of the server: it reaches nobody. */
  toFolder: boolean
  /** The last one that was taken over, and the last that failed for good. */
  sentAt: Date | null
  failedAt: Date | null
}

export interface FirstStepsFacts {
  /** Confirmed ones of whoever looks. */
  ownFactors: number
  mail: MailFacts
  /** Everybody who is there, oneself included. */
  people: number
  invited: number
  /** Somebody said that people know. */
  told: boolean
  /** Of the team or of end users. */
  required: boolean
  /** A report was made once. */
  reported: boolean
}

export const MAIL_STATES = ['done', 'to_folder', 'none_sent', 'last_failed'] as const
export type MailState = (typeof MAIL_STATES)[number]

/** What is done, or what is missing. */
export type FirstStepView =
  | { step: 'mail'; state: MailState }
  | { step: Exclude<FirstStep, 'mail'>; state: 'done' | 'missing' }
