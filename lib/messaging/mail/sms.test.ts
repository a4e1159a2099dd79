import { describe, expect, test } from 'vitest'
import { LOCALES } from '../../i18n/locales'
import type { SmsNotice } from '../sms/types'
import { renderSms } from './messages'

const publicUrl = 'https://id.example.com'
const SMS_NOTICES: SmsNotice[] = ['sms_factors_reset', 'sms_code_issued', 'sms_reset_asked']

describe.each(LOCALES)('text messages in %s', (locale) => {
  const notice = (template: SmsNotice) => renderSms({ template, values: {} }, { locale, publicUrl })

  test.each(SMS_NOTICES)('R3 R5 R6: %s names the place and fits two messages, without a link', (template) => {
    const text = notice(template)
    expect(text).toContain('id.example.com')
    expect(text).not.toContain('https:')
    expect(text.length).toBeLessThanOrEqual(160)
  })

  test('no two say the same', () => {
    const passcode = { template: 'sms_passcode', values: { code: '012345', minutes: 5 } } as const
    const texts = [...SMS_NOTICES.map(notice), renderSms(passcode, { locale, publicUrl })]
    expect(new Set(texts).size).toBe(4)
  })
})
