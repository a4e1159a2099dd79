import { describe, expect, test } from 'vitest'
import type { SmsNotice } from '../sms/types'
import { noticeText, passcodeText } from './sms-texts'
import { MAIL_LOCALES } from './types'

const publicUrl = 'https://id.example.com'
const SMS_NOTICES: SmsNotice[] = ['sms_factors_reset', 'sms_code_issued', 'sms_reset_asked']

describe.each(MAIL_LOCALES)('text messages in %s', (locale) => {
  test.each(SMS_NOTICES)('R3 R5 R6: %s names the place and fits two messages, without a link', (notice) => {
    const text = noticeText(notice, { locale, publicUrl })
    expect(text).toContain('id.example.com')
    expect(text).not.toContain('https:')
    expect(text.length).toBeLessThanOrEqual(160)
  })

  test('no two say the same', () => {
    const texts = SMS_NOTICES.map((notice) => noticeText(notice, { locale, publicUrl }))
    expect(new Set([...texts, passcodeText({ code: '012345', minutes: 5 }, { locale, publicUrl })]).size).toBe(4)
  })
})
