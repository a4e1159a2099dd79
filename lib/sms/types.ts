/** What a service asks for, within its transaction. */
export interface SmsOrder {
  template: 'sms_passcode'
  values: { code: string; minutes: number }
  /** One number in E.164. */
  to: string
  userId: string
  tenantId: string
  /** A language tag or null, as for mail. */
  locale: string | null
  /** Not sent at or after this time. */
  expiresAt: Date
}
