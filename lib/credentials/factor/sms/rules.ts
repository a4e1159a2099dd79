import parsePhoneNumber from 'libphonenumber-js/max'
import { err, ok, type Result } from '../../../core/kernel/result'

/** What a number, and only it, is sealed to. */
export function phoneBinding(tenantId: string, userId: string, factorId: string): string[] {
  return ['phone', tenantId, userId, factorId]
}

export interface PhoneNumber {
  /** E.164. */
  number: string
  /** The country's ordinary mobile numbers; others are capped by prefix. */
  ordinary: boolean
}

const ORDINARY = ['MOBILE', 'FIXED_LINE_OR_MOBILE']
const REFUSED = ['PREMIUM_RATE', 'SHARED_COST', 'TOLL_FREE', 'UAN', 'VOICEMAIL', 'PAGER', 'FIXED_LINE']

/** A number that text messages reach at an ordinary price, with its country code (ASVS 6.6.1). */
export function readPhone(typed: string): Result<PhoneNumber, 'not_a_phone' | 'phone_refused'> {
  const text = typed.normalize('NFKC').trim().replace(/^00/, '+')
  const phone = /^\+[\d\s()./-]{6,30}$/.test(text) ? parsePhoneNumber(text) : undefined
  if (!phone?.isValid()) return err('not_a_phone')
  const type = phone.getType()
  if (type !== undefined && REFUSED.includes(type)) return err('phone_refused')
  const ordinary = type !== undefined && ORDINARY.includes(type) && phone.country !== undefined
  return ok({ number: phone.number, ordinary })
}

export const PHONE_ENDING_DIGITS = 2
